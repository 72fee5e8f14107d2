/*
 * Directories: files of entries that are read through the page cache like any other file. Indexed
 * (htree) directories are read entry by entry as well: the index hides in entries that look unused.
 */
#include "kernel/fs/ext2/ext2.h"
#include "kernel/sched/sched.h"
#include "libc/include/string.h"
#include "mm/phys/highmem.h"
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/stat.h>

/* What the file_type byte means to getdents (the DT_ values, which are S_IFMT shifted). */
#define S_DT_SHIFT 12
#define S_DT(mode) (((mode)&S_IFMT) >> S_DT_SHIFT)
#define DT_UNKNOWN 0
static const u8 dtype_by_ftype[EXT2_FT_MAX] = {
	[EXT2_FT_UNKNOWN] = DT_UNKNOWN,	  [EXT2_FT_REG_FILE] = S_DT(S_IFREG),
	[EXT2_FT_DIR] = S_DT(S_IFDIR),	  [EXT2_FT_CHRDEV] = S_DT(S_IFCHR),
	[EXT2_FT_BLKDEV] = S_DT(S_IFBLK), [EXT2_FT_FIFO] = S_DT(S_IFIFO),
	[EXT2_FT_SOCK] = S_DT(S_IFSOCK),  [EXT2_FT_SYMLINK] = S_DT(S_IFLNK),
};

/* Look at the entry at byte `pos` of the directory, whose page is mapped at kaddr. 0 or -EIO. */
static int dir_entry_at(struct inode *dir, const char *kaddr, loff_t pos, struct ext2_dirent *de)
{
	const struct ext2_layout *l = &EXT2_SB(dir->i_sb)->layout;
	u32 mask = l->block_size - 1;
	const char *why;
	int err =
		ext2_parse_dirent(l, kaddr + (pos & (PAGE_SIZE - 1) & ~mask), pos & mask, de, &why);

	if (err)
		ext2_error(dir->i_sb, "ext2_check_page",
			   "bad entry in directory #%lu: %s - offset=%lu, inode=%lu, rec_len=%d, "
			   "name_len=%d",
			   (unsigned long)dir->i_ino, why, (unsigned long)pos,
			   (unsigned long)de->ino, (int)de->rec_len, (int)de->name_len);
	return err;
}

int ext2_check_page(struct inode *dir, struct page *page)
{
	loff_t pos = (loff_t)page->index << PAGE_SHIFT,
	       end = min_t(loff_t, dir->i_size, pos + PAGE_SIZE);
	char *kaddr = kmap_local_page(page);
	struct ext2_dirent de;
	int err = 0;

	for (; pos < end && !err; pos += de.rec_len)
		err = dir_entry_at(dir, kaddr, pos, &de);
	kunmap_local(kaddr);
	return err;
}

/* Search one page for a name. 1 with its place in *e, 0 if it is not there, or -EIO. */
static int find_in_page(struct inode *dir, struct page *page, const struct qstr *name,
			struct ext2_entry *e)
{
	const struct ext2_layout *l = &EXT2_SB(dir->i_sb)->layout;
	loff_t pos = (loff_t)page->index << PAGE_SHIFT;
	u32 end = min_t(loff_t, dir->i_size - pos, PAGE_SIZE);
	const char *kaddr = kmap_local_page(page), *why;
	s64 ino = 0;

	for (e->block = 0; e->block < end; e->block += l->block_size) {
		ino = ext2_dirblock_find(l, kaddr + e->block, name->name, name->len, &e->offset,
					 &why);
		if (ino)
			break;
	}
	kunmap_local(kaddr);
	if (ino < 0)
		ext2_error(dir->i_sb, "ext2_find_entry", "bad entry in directory #%lu: %s",
			   (unsigned long)dir->i_ino, why);
	e->ino = ino;
	return ino < 0 ? (int)ino : ino > 0;
}

/* Search page n: 1 with its place and a reference in *e, 0, or -errno. After a search in vain there
   is a filter. */
static int search_page(struct inode *dir, u32 n, const struct qstr *name, struct ext2_entry *e)
{
	loff_t pos = (loff_t)n << PAGE_SHIFT;
	const char *kaddr;
	int found;

	e->page = read_mapping_page(dir->i_mapping, n, NULL);
	if (IS_ERR(e->page))
		return PTR_ERR(e->page);
	found = find_in_page(dir, e->page, name, e);
	if (found > 0)
		return found;
	if (!found) {
		ext2_filter_prepare(dir, n);
		kaddr = kmap_local_page(e->page);
		ext2_filter_build(dir, n, kaddr, min_t(loff_t, dir->i_size - pos, PAGE_SIZE));
		kunmap_local(kaddr);
	}
	put_page(e->page);
	return found;
}

/* The search begins at the page of the last hit, so lookups in the order of the directory succeed
   immediately. */
int ext2_find_entry(struct inode *dir, const struct qstr *name, struct ext2_entry *e)
{
	struct ext2_inode_info *ei = EXT2_I(dir);
	u32 npages = i_size_pages(dir);
	u32 start = ei->dir_start_lookup < npages ? ei->dir_start_lookup : 0, n = start;
	int found;

	if (!npages)
		return 0;
	do {
		found = ext2_filter_excludes(dir, n, name) ? 0 : search_page(dir, n, name, e);
		if (found > 0)
			ei->dir_start_lookup = n;
		if (found)
			return found;
		n = n + 1 < npages ? n + 1 : 0;
		cond_resched();
	} while (n != start);
	return 0;
}

struct dentry *ext2_lookup(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = NULL;
	struct ext2_entry e;
	int found;

	if (dentry->d_name.len > EXT2_NAME_LEN)
		return ERR_PTR(-ENAMETOOLONG);
	found = ext2_find_entry(dir, &dentry->d_name, &e);
	if (found < 0)
		return ERR_PTR(found);
	if (found) {
		put_page(e.page);
		inode = ext2_iget(dir->i_sb, e.ino);
		if (inode == ERR_PTR(-ESTALE)) {
			ext2_error(dir->i_sb, "ext2_lookup", "deleted inode referenced: %lu",
				   (unsigned long)e.ino);
			return ERR_PTR(-EIO);
		}
		if (IS_ERR(inode))
			return ERR_CAST(inode);
	}
	return d_splice_alias(inode, dentry);
}

/* A program may have seeked to anywhere: the first entry at or after `pos`, in the same block. */
static loff_t realign(struct inode *dir, const char *kaddr, loff_t pos)
{
	loff_t at = pos & ~(loff_t)(EXT2_SB(dir->i_sb)->layout.block_size - 1);
	struct ext2_dirent de;

	while (at < pos) {
		if (dir_entry_at(dir, kaddr, at, &de))
			return at;
		at += de.rec_len;
	}
	return at;
}

/* Give the entries of one page, from ctx->pos on. 0: go on with the next page; 1: stop; -EIO. */
static int iterate_page(struct inode *dir, const char *kaddr, loff_t end, struct dir_context *ctx)
{
	ctx->pos = realign(dir, kaddr, ctx->pos);
	while (ctx->pos < end) {
		struct ext2_dirent de;
		int err = dir_entry_at(dir, kaddr, ctx->pos, &de);

		if (err)
			return err;
		if (de.ino && ctx->actor(ctx->ctx, de.name, de.name_len, ctx->pos, de.ino,
					 dtype_by_ftype[de.file_type]))
			return 1;
		ctx->pos += de.rec_len;
	}
	return 0;
}

static int ext2_readdir(struct file *file, struct dir_context *ctx)
{
	struct inode *dir = file->f_inode;

	if (ctx->pos < 0)
		return 0;
	while (ctx->pos < dir->i_size) {
		pgoff_t n = ctx->pos >> PAGE_SHIFT;
		loff_t end = min_t(loff_t, dir->i_size, ((loff_t)n + 1) << PAGE_SHIFT);
		struct page *page = read_mapping_page(dir->i_mapping, n, file);
		char *kaddr;
		int err;

		if (page == ERR_PTR(-ENOMEM))
			return -ENOMEM;
		if (IS_ERR(page)) {
			ext2_error(dir->i_sb, "ext2_readdir", "bad page in #%lu",
				   (unsigned long)dir->i_ino);
			/* The rest of the directory may still be good: the next call goes on there.
			 */
			ctx->pos = end;
			return PTR_ERR(page);
		}
		kaddr = kmap_local_page(page);
		err = iterate_page(dir, kaddr, end, ctx);
		kunmap_local(kaddr);
		put_page(page);
		if (err < 0)
			ctx->pos = end;
		if (err)
			return err < 0 ? err : 0;
		cond_resched();
	}
	return 0;
}

/* Where directories may have an index, Linux takes hashes for positions: they end here, on machines
   of 32 bits. Here positions stay bytes; but what is behind the last of them is the same. */
#define HASH_EOF 0x7fffffff

static loff_t ext2_dir_llseek(struct file *f, loff_t offset, int whence)
{
	const struct ext2_layout *l = &EXT2_SB(f->f_inode->i_sb)->layout;

	if (!(l->feature_compat & EXT2_FEATURE_COMPAT_DIR_INDEX))
		return generic_file_llseek(f, offset, whence);
	switch (whence) {
	case SEEK_CUR:
		offset += f->f_pos;
		break;
	case SEEK_END:
		offset += HASH_EOF;
		break;
	case SEEK_DATA:
	case SEEK_HOLE:
		if (offset < 0 || offset >= HASH_EOF)
			return -ENXIO;
		if (whence == SEEK_HOLE)
			offset = HASH_EOF;
		break;
	}
	if (offset < 0 || offset > HASH_EOF)
		return -EINVAL;
	f->f_pos = offset;
	return offset;
}

const struct file_operations ext2_dir_operations = {
	.llseek = ext2_dir_llseek,
	.read = generic_read_dir,
	.iterate = ext2_readdir,
	.fsync = ext2_fsync,
	.ioctl = ext2_ioctl,
};
