/*
 * tmpfs: a file system whose files are nothing but pages of the page cache. Also the files behind
 * shared anonymous memory (shmem_file_setup).
 */
#include "kernel/fs/tmpfs.h"
#include "kernel/core/panic.h"
#include "kernel/fs/seq_file.h"
#include "kernel/lib/kstrtox.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/gfp.h"
#include "mm/highmem.h"
#include "mm/shmem.h"
#include "mm/slab.h"
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/magic.h>

#define SECTORS_PER_PAGE (PAGE_SIZE / SECTOR_SIZE)
#define TMPFS_ROOT_MODE	 (S_IRWXU | S_IRWXG | S_IRWXO | S_ISVTX)

static struct kmem_cache *tmpfs_inode_cache;
static struct vfsmount *shm_mnt; /* for files without a name */

/* ---- counting pages ---- */

/* One more page for the inode: -ENOSPC beyond the file system's size or the commit limit. */
static int charge_page(struct inode *inode)
{
	struct tmpfs_inode_info *info = TMPFS_I(inode);
	struct tmpfs_sb_info *sbi = TMPFS_SB(inode->i_sb);

	if (!info->reserved && security_vm_enough_memory(1))
		return -ENOSPC;
	if (sbi->max_blocks && sbi->used_blocks >= sbi->max_blocks) {
		if (!info->reserved)
			vm_unacct_memory(1);
		return -ENOSPC;
	}
	sbi->used_blocks++;
	info->charged++;
	return 0;
}

/* Pages have gone (truncation): give back what was counted for them. */
static void recalc_pages(struct inode *inode)
{
	struct tmpfs_inode_info *info = TMPFS_I(inode);
	unsigned long have = inode->i_data.nrpages;

	if (info->charged > have) {
		TMPFS_SB(inode->i_sb)->used_blocks -= info->charged - have;
		if (!info->reserved)
			vm_unacct_memory(info->charged - have);
		info->charged = have;
	}
	inode->i_blocks = (u64)have * SECTORS_PER_PAGE;
}

/* ---- pages ---- */

/*
 * The page at `index`, locked; made and counted if there was none. A page that is not uptodate was
 * never written: it reads as zeros (fallocate makes such). ERR_PTR. The inode is locked.
 */
static struct page *get_page_locked(struct address_space *mapping, pgoff_t index)
{
	struct inode *inode = mapping->host;
	struct page *page = find_lock_page(mapping, index);
	int err;

	if (page)
		return page;
	err = charge_page(inode);
	if (err)
		return ERR_PTR(err);
	page = find_or_create_page(mapping, index, mapping->gfp_mask);
	recalc_pages(inode);
	return page;
}

static void make_uptodate(struct page *page)
{
	if (!PageUptodate(page)) {
		clear_highpage(page);
		SetPageUptodate(page);
	}
}

/* A fault reaches a hole: the page is in the cache already, and is counted or taken out again. */
static int tmpfs_readpage(struct file *file, struct page *page)
{
	struct inode *inode = page->mapping->host;
	int err = 0;

	/* fallocate counted its pages when it made them */
	if (TMPFS_I(inode)->charged < inode->i_data.nrpages)
		err = charge_page(inode);
	if (err) {
		delete_from_page_cache(page);
	} else {
		make_uptodate(page);
		recalc_pages(inode);
	}
	unlock_page(page);
	return err;
}

static int tmpfs_write_begin(struct file *file, struct address_space *mapping, loff_t pos,
			     unsigned int len, struct page **pagep)
{
	struct page *page = get_page_locked(mapping, pos >> PAGE_SHIFT);

	if (IS_ERR(page))
		return PTR_ERR(page);
	make_uptodate(page);
	*pagep = page;
	return 0;
}

static int tmpfs_write_end(struct file *file, struct address_space *mapping, loff_t pos,
			   unsigned int len, unsigned int copied, struct page *page)
{
	struct inode *inode = mapping->host;

	if (copied && pos + copied > inode->i_size)
		inode->i_size = pos + copied;
	set_page_dirty(page);
	unlock_page(page);
	put_page(page);
	return copied;
}

static const struct address_space_operations tmpfs_aops = {
	.readpage = tmpfs_readpage,
	.write_begin = tmpfs_write_begin,
	.write_end = tmpfs_write_end,
};

/* ---- files ---- */

/* Reading a hole makes no page. */
static ssize_t tmpfs_read(struct file *f, char __user *buf, size_t len, loff_t *ppos)
{
	struct address_space *mapping = f->f_mapping;
	struct inode *inode = mapping->host;
	size_t done = 0, n;
	unsigned long left = 0;

	while (done < len && *ppos < inode->i_size && !left) {
		unsigned int offset = *ppos & (PAGE_SIZE - 1);
		struct page *page = find_get_page(mapping, *ppos >> PAGE_SHIFT);

		n = min(len - done, (size_t)(PAGE_SIZE - offset));
		n = min((loff_t)n, inode->i_size - *ppos);
		if (page && PageUptodate(page)) {
			char *kaddr = kmap_local_page(page);

			left = copy_to_user(buf + done, kaddr + offset, n);
			kunmap_local(kaddr);
		} else {
			left = clear_user(buf + done, n);
		}
		if (page)
			put_page(page);
		done += n - left;
		*ppos += n - left;
	}
	touch_atime(&f->f_path);
	return done || !left ? (ssize_t)done : -EFAULT;
}

static bool is_written(const struct inode *inode, pgoff_t index)
{
	const struct page *page = radix_tree_lookup(&inode->i_data.pages, index);

	return page && PageUptodate(page);
}

/* The first written page at or behind *index; false if there is none. */
static bool next_written(const struct inode *inode, pgoff_t *index)
{
	const struct page *page;

	while ((page = radix_tree_find(&inode->i_data.pages, index))) {
		if (PageUptodate(page))
			return true;
		++*index;
	}
	return false;
}

/* SEEK_DATA and SEEK_HOLE: a page that was written is data. -ENXIO behind the last. */
static loff_t seek_hole_data(struct inode *inode, loff_t offset, int whence)
{
	unsigned long index = offset >> PAGE_SHIFT;
	loff_t found;

	if (offset < 0 || offset >= inode->i_size)
		return -ENXIO;
	if (whence == SEEK_DATA) {
		if (!next_written(inode, &index))
			return -ENXIO;
	} else {
		while (is_written(inode, index))
			index++;
	}
	found = max(offset, (loff_t)index << PAGE_SHIFT);
	if (whence == SEEK_DATA)
		return found < inode->i_size ? found : -ENXIO;
	return min(found, inode->i_size);
}

static loff_t tmpfs_llseek(struct file *f, loff_t offset, int whence)
{
	struct inode *inode = f->f_mapping->host;

	if (whence != SEEK_DATA && whence != SEEK_HOLE)
		return generic_file_llseek(f, offset, whence);
	inode_lock(inode);
	offset = seek_hole_data(inode, offset, whence);
	if (offset >= 0)
		f->f_pos = offset;
	inode_unlock(inode);
	return offset;
}

static int tmpfs_fsync(struct file *f, loff_t start, loff_t end, int datasync)
{
	return 0;
}

/* Drop the whole pages in [start, end) and zero the rest of it. */
static void punch_hole(struct inode *inode, loff_t start, loff_t end)
{
	struct address_space *mapping = inode->i_mapping;
	loff_t pos = start;

	unmap_mapping_range(mapping, start & ~(loff_t)(PAGE_SIZE - 1),
			    ALIGN(end, (loff_t)PAGE_SIZE) - (start & ~(loff_t)(PAGE_SIZE - 1)),
			    true);
	while (pos < end) {
		unsigned int offset = pos & (PAGE_SIZE - 1);
		unsigned int n = min((loff_t)(PAGE_SIZE - offset), end - pos);
		unsigned long index = pos >> PAGE_SHIFT;
		struct page *page = find_lock_page(mapping, index);

		if (page) {
			if (n == PAGE_SIZE)
				delete_from_page_cache(page);
			else
				zero_user(page, offset, n);
			unlock_page(page);
			put_page(page);
			pos += n;
			continue;
		}
		/* A hole may be huge: go on at the next page there is. */
		index++;
		if (!radix_tree_find(&mapping->pages, &index))
			break;
		pos = (loff_t)index << PAGE_SHIFT;
	}
	recalc_pages(inode);
}

/* Take the pages from `index` up to `end` out again that were allocated and not written. */
static void undo_allocation(struct inode *inode, pgoff_t index, pgoff_t end)
{
	struct page *page;

	for (; index < end; index++) {
		page = find_lock_page(inode->i_mapping, index);
		if (!page)
			continue;
		if (!PageUptodate(page))
			delete_from_page_cache(page);
		unlock_page(page);
		put_page(page);
	}
	recalc_pages(inode);
}

static int allocate_range(struct inode *inode, int mode, loff_t start, loff_t end)
{
	unsigned long max_blocks = TMPFS_SB(inode->i_sb)->max_blocks;
	pgoff_t index, first = start >> PAGE_SHIFT, last = (end - 1) >> PAGE_SHIFT;
	int err = 0;

	if (!(mode & FALLOC_FL_KEEP_SIZE))
		err = setattr_limits(inode, end);
	if (!err && max_blocks && last - first >= max_blocks)
		return -ENOSPC;
	for (index = first; !err && index <= last; index++) {
		struct page *page = find_lock_page(inode->i_mapping, index);

		/* One that an earlier call promised must survive our undo: it counts as written. */
		if (page)
			make_uptodate(page);
		else
			page = get_page_locked(inode->i_mapping, index);
		if (IS_ERR(page)) {
			err = PTR_ERR(page);
			break;
		}
		set_page_dirty(page);
		unlock_page(page);
		put_page(page);
		if (signal_pending(current))
			err = -EINTR;
	}
	if (err)
		undo_allocation(inode, first, index);
	else if (!(mode & FALLOC_FL_KEEP_SIZE) && end > inode->i_size)
		inode->i_size = end;
	return err;
}

static int tmpfs_fallocate(struct file *f, int mode, loff_t offset, loff_t len)
{
	struct inode *inode = f->f_mapping->host;
	int err = 0;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE))
		return -EOPNOTSUPP;
	if (mode & FALLOC_FL_PUNCH_HOLE && !(mode & FALLOC_FL_KEEP_SIZE))
		return -EOPNOTSUPP;
	inode_lock(inode);
	if (mode & FALLOC_FL_PUNCH_HOLE)
		punch_hole(inode, offset, offset + len);
	else
		err = allocate_range(inode, mode, offset, offset + len);
	if (!err)
		inode->i_ctime = inode->i_mtime = current_time();
	inode_unlock(inode);
	return err;
}

static const struct file_operations tmpfs_file_fops = {
	.llseek = tmpfs_llseek,
	.read = tmpfs_read,
	.write = generic_file_write,
	.mmap = generic_file_mmap,
	.fsync = tmpfs_fsync,
	.fallocate = tmpfs_fallocate,
};

static int tmpfs_setattr(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = dentry->d_inode;

	if (attr->ia_valid & ATTR_SIZE && S_ISREG(inode->i_mode)) {
		bool changes = attr->ia_size != inode->i_size;

		truncate_setsize(inode, attr->ia_size);
		recalc_pages(inode);
		if (changes)
			inode->i_mtime = inode->i_ctime = current_time();
	}
	setattr_copy(inode, attr);
	return 0;
}

static char *tmpfs_get_link(struct inode *inode)
{
	char *text = kstrdup(TMPFS_I(inode)->symlink, GFP_KERNEL);

	return text ? text : ERR_PTR(-ENOMEM);
}

int tmpfs_getattr(struct inode *inode, struct kstat *stat)
{
	generic_fillattr(inode, stat);
	stat->has_btime = true;
	stat->btime = TMPFS_I(inode)->crtime;
	return 0;
}

static const struct inode_operations tmpfs_iops = {.setattr = tmpfs_setattr,
						   .getattr = tmpfs_getattr};
static const struct inode_operations tmpfs_symlink_iops = {.get_link = tmpfs_get_link,
							   .getattr = tmpfs_getattr};

/* ---- inodes ---- */

static struct inode *tmpfs_alloc_inode(struct super_block *sb)
{
	struct tmpfs_inode_info *info = kmem_cache_zalloc(tmpfs_inode_cache, GFP_KERNEL);

	return info ? &info->vfs_inode : NULL;
}

static void tmpfs_destroy_inode(struct inode *inode)
{
	kmem_cache_free(tmpfs_inode_cache, TMPFS_I(inode));
}

static void tmpfs_evict_inode(struct inode *inode)
{
	struct tmpfs_inode_info *info = TMPFS_I(inode);

	recalc_pages(inode);
	if (info->reserved)
		vm_unacct_memory(info->reserved);
	kfree(info->symlink);
	TMPFS_SB(inode->i_sb)->used_inodes--;
}

/* Owner and group of something new in `dir`. */
static void init_owner(struct inode *inode, const struct inode *dir, umode_t mode)
{
	inode->i_uid = current->cred.fsuid;
	inode->i_gid = current->cred.fsgid;
	if (dir && dir->i_mode & S_ISGID) {
		inode->i_gid = dir->i_gid;
		if (S_ISDIR(mode))
			mode |= S_ISGID;
	}
	inode->i_mode = mode;
}

struct inode *tmpfs_get_inode(struct super_block *sb, const struct inode *dir, umode_t mode,
			      dev_t dev)
{
	struct tmpfs_sb_info *sbi = TMPFS_SB(sb);
	struct inode *inode;

	if (sbi->max_inodes && sbi->used_inodes >= sbi->max_inodes)
		return ERR_PTR(-ENOSPC);
	inode = new_inode(sb);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	sbi->used_inodes++;
	inode->i_ino = ++sbi->last_ino;
	init_owner(inode, dir, mode);
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time();
	TMPFS_I(inode)->crtime = inode->i_ctime;
	inode->i_op = &tmpfs_iops;
	switch (mode & S_IFMT) {
	case S_IFREG:
		inode->i_fop = &tmpfs_file_fops;
		inode->i_data.a_ops = &tmpfs_aops;
		inode->i_data.flags |= AS_UNEVICTABLE;
		break;
	case S_IFDIR:
		inode->i_nlink = 2; /* with its own . */
		inode->i_size = 2 * BOGO_DIRENT_SIZE;
		inode->i_op = &tmpfs_dir_iops;
		inode->i_fop = &tmpfs_dir_fops;
		break;
	case S_IFLNK:
		inode->i_op = &tmpfs_symlink_iops;
		break;
	default:
		init_special_inode(inode, mode, dev);
	}
	return inode;
}

/* ---- the super block ---- */

static unsigned long default_blocks(void)
{
	return totalram_pages() / 2;
}

static unsigned long default_inodes(void)
{
	return min(totalram_pages() - totalhigh_pages(), totalram_pages() / 2);
}

/* size=N[kmg%] or nr_blocks=N[kmg], as pages. */
static int parse_blocks(const char *value, bool bytes, unsigned long *res)
{
	char *end;
	unsigned long long n = memparse(value, &end);

	if (bytes && *end == '%' && !end[1]) {
		*res = n * totalram_pages() / 100;
		return 0;
	}
	if (*end || end == value)
		return -EINVAL;
	*res = bytes ? (n + PAGE_SIZE - 1) >> PAGE_SHIFT : n;
	return 0;
}

static int parse_option(struct tmpfs_sb_info *sbi, const char *name, const char *value)
{
	unsigned int mode;
	char *end;

	if (!strcmp(name, "size"))
		return parse_blocks(value, true, &sbi->max_blocks);
	if (!strcmp(name, "nr_blocks"))
		return parse_blocks(value, false, &sbi->max_blocks);
	if (!strcmp(name, "nr_inodes")) {
		sbi->max_inodes = memparse(value, &end);
		return *end ? -EINVAL : 0;
	}
	if (!strcmp(name, "mode")) {
		if (kstrtouint(value, 8, &mode))
			return -EINVAL;
		sbi->mode = mode & S_IALLUGO;
		return 0;
	}
	if (!strcmp(name, "uid"))
		return kstrtouint(value, 10, &sbi->uid) ? -EINVAL : 0;
	if (!strcmp(name, "gid"))
		return kstrtouint(value, 10, &sbi->gid) ? -EINVAL : 0;
	return -EINVAL;
}

static int parse_options(struct tmpfs_sb_info *sbi, const char *data)
{
	char *copy, *rest, *option, *value;
	int err = 0;

	if (!data || !*data)
		return 0;
	rest = copy = kstrdup(data, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	while (!err && (option = strsep(&rest, ","))) {
		if (!*option)
			continue;
		value = strchr(option, '=');
		if (value)
			*value++ = '\0';
		err = value ? parse_option(sbi, option, value) : -EINVAL;
	}
	kfree(copy);
	return err;
}

static int tmpfs_remount(struct super_block *sb, unsigned long *flags, const char *data)
{
	struct tmpfs_sb_info new = *TMPFS_SB(sb);
	int err = parse_options(&new, data);

	if (err)
		return err;
	if ((new.max_blocks &&new.max_blocks < new.used_blocks) ||
	    (new.max_inodes &&new.max_inodes < new.used_inodes))
		return -EINVAL;
	*TMPFS_SB(sb) = new;
	return 0;
}

static int tmpfs_statfs(struct super_block *sb, struct kstatfs *buf)
{
	struct tmpfs_sb_info *sbi = TMPFS_SB(sb);

	buf->f_type = sb->s_magic;
	buf->f_bsize = PAGE_SIZE;
	buf->f_namelen = NAME_MAX_KERNEL;
	buf->f_fsid = new_encode_dev(sb->s_dev);
	if (sbi->max_blocks) {
		buf->f_blocks = sbi->max_blocks;
		buf->f_bavail = buf->f_bfree = sbi->max_blocks - sbi->used_blocks;
	}
	if (sbi->max_inodes) {
		buf->f_files = sbi->max_inodes;
		buf->f_ffree = sbi->max_inodes - sbi->used_inodes;
	}
	return 0;
}

static int tmpfs_show_options(struct seq_file *m, struct super_block *sb)
{
	struct tmpfs_sb_info *sbi = TMPFS_SB(sb);

	if (sbi->max_blocks != default_blocks())
		seq_printf(m, ",size=%luk", sbi->max_blocks << (PAGE_SHIFT - 10));
	if (sbi->max_inodes != default_inodes())
		seq_printf(m, ",nr_inodes=%lu", sbi->max_inodes);
	if (sbi->mode != TMPFS_ROOT_MODE)
		seq_printf(m, ",mode=%03o", sbi->mode);
	if (sbi->uid)
		seq_printf(m, ",uid=%u", sbi->uid);
	if (sbi->gid)
		seq_printf(m, ",gid=%u", sbi->gid);
	return 0;
}

static void tmpfs_put_super(struct super_block *sb)
{
	kfree(sb->s_fs_info);
}

static const struct super_operations tmpfs_sops = {
	.alloc_inode = tmpfs_alloc_inode,
	.destroy_inode = tmpfs_destroy_inode,
	.evict_inode = tmpfs_evict_inode,
	.put_super = tmpfs_put_super,
	.statfs = tmpfs_statfs,
	.show_options = tmpfs_show_options,
	.remount_fs = tmpfs_remount,
};

/* A name that is not there is not worth remembering. */
static const struct dentry_operations tmpfs_dops = {.delete_when_unused = true};

struct super_block *tmpfs_fill_super(struct file_system_type *type, unsigned long flags,
				     const char *data)
{
	struct tmpfs_sb_info *sbi = kzalloc(sizeof(*sbi), GFP_KERNEL);
	struct super_block *sb;
	struct inode *root;
	int err;

	if (!sbi)
		return ERR_PTR(-ENOMEM);
	sbi->max_blocks = default_blocks();
	sbi->max_inodes = default_inodes();
	sbi->mode = TMPFS_ROOT_MODE;
	sbi->uid = current->cred.fsuid;
	sbi->gid = current->cred.fsgid;
	err = parse_options(sbi, data);
	sb = err ? NULL : alloc_super(type, flags);
	if (!sb) {
		kfree(sbi);
		return ERR_PTR(err ? err : -ENOMEM);
	}
	sb->s_fs_info = sbi;
	sb->s_op = &tmpfs_sops;
	sb->s_d_op = &tmpfs_dops;
	sb->s_magic = TMPFS_MAGIC;
	sb->s_dev = get_anon_bdev();
	root = tmpfs_get_inode(sb, NULL, S_IFDIR | sbi->mode, 0);
	if (!IS_ERR(root)) {
		root->i_uid = sbi->uid;
		root->i_gid = sbi->gid;
		sb->s_root = d_alloc_root(root);
		if (!sb->s_root)
			iput(root);
	}
	if (!sb->s_root) {
		deactivate_super(sb);
		return ERR_PTR(-ENOMEM);
	}
	return sb;
}

static struct super_block *tmpfs_mount(struct file_system_type *type, unsigned long flags,
				       struct block_device *dev, const char *data)
{
	return tmpfs_fill_super(type, flags, data);
}

static struct file_system_type tmpfs_type = {.name = "tmpfs", .mount = tmpfs_mount};

void tmpfs_init(void)
{
	struct super_block *sb;

	tmpfs_inode_cache =
		kmem_cache_create("shmem_inode_cache", sizeof(struct tmpfs_inode_info), 0, 0, NULL);
	if (!tmpfs_inode_cache || register_filesystem(&tmpfs_type))
		panic("tmpfs: no memory");
	sb = tmpfs_fill_super(&tmpfs_type, 0, NULL);
	if (IS_ERR(sb))
		panic("tmpfs: no memory for the kernel's own");
	TMPFS_SB(sb)->max_blocks = TMPFS_SB(sb)->max_inodes = 0;
	shm_mnt = kern_mount_super(sb);
}

/* ---- files without a name ---- */

static int shmem_dname(struct dentry *d, char *buf, int len)
{
	int n = snprintf(buf, len, "/%s (deleted)", d->d_name.name);

	return n < len ? n : -ENAMETOOLONG;
}

static const struct dentry_operations shmem_dops = {.d_dname = shmem_dname};

struct file *shmem_file_setup(const char *name, loff_t size)
{
	long pages = (size + PAGE_SIZE - 1) >> PAGE_SHIFT;
	struct inode *inode;

	if (size < 0 || size > MAX_LFS_FILESIZE)
		return ERR_PTR(-EINVAL);
	/* All of it is promised now, so that touching it later cannot fail for that reason. */
	if (pages && security_vm_enough_memory(pages))
		return ERR_PTR(-ENOMEM);
	inode = tmpfs_get_inode(shm_mnt->mnt_sb, NULL, S_IFREG | 0777, 0);
	if (IS_ERR(inode)) {
		vm_unacct_memory(pages);
		return ERR_CAST(inode);
	}
	TMPFS_I(inode)->reserved = pages;
	inode->i_size = size;
	inode->i_nlink = 0;
	return alloc_file_pseudo(inode, name, O_RDWR | O_LARGEFILE, &tmpfs_file_fops, &shmem_dops);
}
