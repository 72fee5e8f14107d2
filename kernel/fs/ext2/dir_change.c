/*
 * Directories that change: a name is added where an entry has room, or in a new block; a name that
 * is removed gives its room to the entry before it. A page is locked while it changes and while it
 * is made ready for the disk, so that a block is always written whole.
 *
 * An index of hashes is not kept up: the first change of a directory that has one makes it a plain
 * list, which the index was hidden in.
 */
#include "kernel/fs/ext2/ext2.h"
#include "kernel/sched/sched.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include <linux/errno.h>
#include <linux/stat.h>

/* Directories are not larger (Linux: EXT2 has no high half of the size for them). */
#define MAX_DIR_SIZE	 0x7fffffff
#define ROOM_SLACK_PAGES 8

static u8 ftype_of(const struct inode *inode)
{
	static const u8 types[S_IFMT >> 12] = {
		[S_IFREG >> 12] = EXT2_FT_REG_FILE, [S_IFDIR >> 12] = EXT2_FT_DIR,
		[S_IFCHR >> 12] = EXT2_FT_CHRDEV,   [S_IFBLK >> 12] = EXT2_FT_BLKDEV,
		[S_IFIFO >> 12] = EXT2_FT_FIFO,	    [S_IFSOCK >> 12] = EXT2_FT_SOCK,
		[S_IFLNK >> 12] = EXT2_FT_SYMLINK,
	};

	return types[(inode->i_mode & S_IFMT) >> 12];
}

static void touch_dir(struct inode *dir)
{
	dir->i_mtime = dir->i_ctime = current_time();
	mark_inode_dirty(dir);
}

/* The page of an entry, locked and not on its way to the disk. */
static void lock_for_change(struct page *page)
{
	lock_page(page);
	wait_on_page_writeback(page);
}

static void end_change(struct page *page, bool changed)
{
	if (changed)
		set_page_dirty(page);
	unlock_page(page);
	put_page(page);
}

/* A directory with an index becomes one without, on the disk too, before its blocks change. */
static int drop_index(struct inode *dir)
{
	struct ext2_inode_data *data = &EXT2_I(dir)->data;
	int err;

	if (!(data->flags & EXT2_INDEX_FL))
		return 0;
	data->flags &= ~EXT2_INDEX_FL;
	err = ext2_update_inode(dir);
	if (!err)
		err = ext2_sync_metadata(dir->i_sb);
	if (err)
		data->flags |= EXT2_INDEX_FL;
	return err;
}

static int bad_block(struct inode *dir, const char *function, const char *why)
{
	ext2_error(dir->i_sb, function, "bad entry in directory #%lu: %s",
		   (unsigned long)dir->i_ino, why);
	return -EIO;
}

/* ---- adding ---- */

/* Add a name to one of the blocks of a page. 0, -ENOSPC, -EIO. The page's reference ends. */
static int insert_in_page(struct inode *dir, struct page *page, const struct qstr *name,
			  const struct inode *inode)
{
	const struct ext2_layout *l = &EXT2_SB(dir->i_sb)->layout;
	loff_t start = (loff_t)page->index << PAGE_SHIFT;
	u32 end = min_t(loff_t, dir->i_size - start, PAGE_SIZE);
	const char *why = NULL;
	int err = -ENOSPC;
	char *kaddr;

	lock_for_change(page);
	kaddr = kmap_local_page(page);
	for (u32 at = 0; at < end && err == -ENOSPC; at += l->block_size)
		err = ext2_dirblock_insert(l, kaddr + at, name->name, name->len, inode->i_ino,
					   ftype_of(inode), &why);
	kunmap_local(kaddr);
	if (!err)
		ext2_filter_add(dir, page->index, name);
	end_change(page, !err);
	return err == -EIO ? bad_block(dir, "ext2_add_entry", why) : err;
}

/* Pages below n have no room for a name of len bytes. What was known of shorter ones is worth more,
   if it is nearly as far. */
static void note_room(struct ext2_inode_info *ei, u32 n, u32 len)
{
	if (len >= ei->dir_room_len && n - ei->dir_room < ROOM_SLACK_PAGES)
		return;
	ei->dir_room = n;
	ei->dir_room_len = len;
}

/* Try the pages that are there. Those below dir_room had no room for such a name before. */
static int insert_in_old_block(struct inode *dir, const struct qstr *name,
			       const struct inode *inode)
{
	struct ext2_inode_info *ei = EXT2_I(dir);
	u32 npages = i_size_pages(dir), n = name->len >= ei->dir_room_len ? ei->dir_room : 0;

	for (; n < npages; n++) {
		struct page *page = read_mapping_page(dir->i_mapping, n, NULL);
		int err;

		if (IS_ERR(page))
			return PTR_ERR(page);
		err = insert_in_page(dir, page, name, inode);
		if (err != -ENOSPC) {
			note_room(ei, n, name->len);
			return err;
		}
		cond_resched();
	}
	return -ENOSPC;
}

/* The page where a block will be, with that block empty, unlocked. The block is beyond i_size. */
static struct page *page_for_block(struct inode *dir, loff_t pos)
{
	pgoff_t index = pos >> PAGE_SHIFT;
	u32 at = offset_in_page(pos);
	struct page *page;
	char *kaddr;

	if (at)
		page = read_mapping_page(dir->i_mapping, index, NULL);
	else
		page = find_or_create_page(dir->i_mapping, index, GFP_NOFS | __GFP_HIGHMEM);
	if (IS_ERR(page))
		return page;
	if (at)
		lock_page(page);
	wait_on_page_writeback(page);
	kaddr = kmap_local_page(page);
	if (!at)
		memset(kaddr, 0, PAGE_SIZE);
	ext2_dirblock_init(&EXT2_SB(dir->i_sb)->layout, kaddr + at);
	kunmap_local(kaddr);
	SetPageUptodate(page);
	unlock_page(page);
	return page;
}

/* One more block, and the name in it. */
static int insert_in_new_block(struct inode *dir, const struct qstr *name,
			       const struct inode *inode)
{
	loff_t pos = dir->i_size;
	struct page *page;
	bool fresh;
	u32 phys;
	int n;

	if (pos + dir->i_sb->s_blocksize > MAX_DIR_SIZE)
		return -ENOSPC;
	n = ext2_get_blocks_create(dir, pos >> dir->i_blkbits, 1, &phys, &fresh);
	if (n < 0)
		return n;
	page = page_for_block(dir, pos);
	if (IS_ERR(page)) {
		ext2_truncate_blocks(dir, dir->i_size);
		return PTR_ERR(page);
	}
	dir->i_size += dir->i_sb->s_blocksize;
	EXT2_I(dir)->grown.changed++;
	return insert_in_page(dir, page, name, inode);
}

int ext2_add_name(struct inode *dir, const struct qstr *name, struct inode *inode)
{
	int err = drop_index(dir);

	if (!err)
		err = insert_in_old_block(dir, name, inode);
	if (err == -ENOSPC)
		err = insert_in_new_block(dir, name, inode);
	if (!err)
		touch_dir(dir);
	return err;
}

int ext2_make_empty(struct inode *inode, struct inode *parent)
{
	struct page *page;
	char *kaddr;
	bool fresh;
	u32 phys;
	int n = ext2_get_blocks_create(inode, 0, 1, &phys, &fresh);

	if (n < 0)
		return n;
	page = page_for_block(inode, 0);
	if (IS_ERR(page))
		return PTR_ERR(page);
	lock_page(page);
	inode->i_size = inode->i_sb->s_blocksize;
	kaddr = kmap_local_page(page);
	ext2_dirblock_dots(&EXT2_SB(inode->i_sb)->layout, kaddr, inode->i_ino, parent->i_ino);
	kunmap_local(kaddr);
	end_change(page, true);
	mark_inode_dirty(inode);
	return 0;
}

/* ---- removing and replacing ---- */

int ext2_delete_entry(struct inode *dir, struct ext2_entry *e)
{
	struct ext2_inode_info *ei = EXT2_I(dir);
	u32 index = e->page->index;
	const char *why;
	char *kaddr;
	int err = drop_index(dir);

	if (err) {
		put_page(e->page);
		return err;
	}
	lock_for_change(e->page);
	kaddr = kmap_local_page(e->page);
	err = ext2_dirblock_delete(&EXT2_SB(dir->i_sb)->layout, kaddr + e->block, e->offset, &why);
	kunmap_local(kaddr);
	end_change(e->page, !err);
	if (err)
		return bad_block(dir, "ext2_delete_entry", why);
	ei->dir_room = min(ei->dir_room, index);
	touch_dir(dir);
	return 0;
}

int ext2_replace_name(struct inode *dir, struct ext2_entry *e, const struct qstr *name,
		      struct inode *inode)
{
	struct ext2_inode_info *ei = EXT2_I(dir);
	const char *why;
	char *kaddr;
	int err = drop_index(dir);

	if (err)
		return err;
	get_page(e->page); /* end_change puts it */
	lock_for_change(e->page);
	kaddr = kmap_local_page(e->page);
	err = ext2_dirblock_rename(&EXT2_SB(dir->i_sb)->layout, kaddr + e->block, e->offset,
				   name->name, name->len, ftype_of(inode), &why);
	kunmap_local(kaddr);
	if (!err)
		ext2_filter_add(dir, e->page->index, name);
	end_change(e->page, !err);
	if (err == -EIO)
		return bad_block(dir, "ext2_rename", why);
	if (err)
		return err;
	ei->dir_room = min_t(u32, ei->dir_room, e->page->index);
	touch_dir(dir);
	return 0;
}

void ext2_set_entry(struct inode *dir, struct ext2_entry *e, struct inode *inode, bool touch)
{
	char *kaddr;

	lock_for_change(e->page);
	kaddr = kmap_local_page(e->page);
	ext2_dirblock_set(&EXT2_SB(dir->i_sb)->layout, kaddr + e->block, e->offset, inode->i_ino,
			  ftype_of(inode));
	kunmap_local(kaddr);
	end_change(e->page, true);
	if (touch)
		touch_dir(dir);
}

int ext2_swap_entries(struct inode *dir, const struct ext2_entry *a, struct inode *in_a,
		      const struct ext2_entry *b, struct inode *in_b)
{
	const struct ext2_layout *l = &EXT2_SB(dir->i_sb)->layout;
	char *kaddr;

	get_page(a->page);
	lock_for_change(a->page);
	kaddr = kmap_local_page(a->page);
	ext2_dirblock_set(l, kaddr + a->block, a->offset, in_a->i_ino, ftype_of(in_a));
	ext2_dirblock_set(l, kaddr + b->block, b->offset, in_b->i_ino, ftype_of(in_b));
	kunmap_local(kaddr);
	end_change(a->page, true);
	touch_dir(dir);
	return 0;
}

/* A name that a file has only while it dies. */
#define PASSING_NAME_SIZE 24

int ext2_set_entry_keeping(struct inode *dir, const struct ext2_entry *e, struct inode *inode,
			   struct inode *kept, struct ext2_entry *left)
{
	const struct ext2_layout *l = &EXT2_SB(dir->i_sb)->layout;
	char text[PASSING_NAME_SIZE], *kaddr;
	struct qstr name = {.name = text};
	const char *why;
	int err;

	name.len = snprintf(text, sizeof(text), ".replaced-%lu", (unsigned long)kept->i_ino);
	err = ext2_find_entry(dir, &name, left);
	if (err > 0)
		put_page(left->page);
	left->page = NULL;
	if (!err)
		err = drop_index(dir);
	if (err)
		return err < 0 ? err : -ENOSPC;
	get_page(e->page);
	lock_for_change(e->page);
	kaddr = kmap_local_page(e->page);
	err = ext2_dirblock_insert(l, kaddr + e->block, name.name, name.len, kept->i_ino,
				   ftype_of(kept), &why);
	if (!err) {
		ext2_dirblock_set(l, kaddr + e->block, e->offset, inode->i_ino, ftype_of(inode));
		*left = *e;
		ext2_dirblock_find(l, kaddr + e->block, name.name, name.len, &left->offset, &why);
		get_page(left->page);
	}
	kunmap_local(kaddr);
	if (!err)
		ext2_filter_add(dir, e->page->index, &name);
	end_change(e->page, !err);
	if (err == -EIO)
		return bad_block(dir, "ext2_rename", why);
	if (!err)
		touch_dir(dir);
	return err;
}

bool ext2_dir_is_empty(struct inode *dir)
{
	const struct ext2_layout *l = &EXT2_SB(dir->i_sb)->layout;
	u32 npages = i_size_pages(dir);
	int has = 0;

	for (u32 n = 0; n < npages && !has; n++) {
		struct page *page = read_mapping_page(dir->i_mapping, n, NULL);
		u32 end = min_t(loff_t, dir->i_size - ((loff_t)n << PAGE_SHIFT), PAGE_SIZE);
		const char *kaddr, *why;

		if (IS_ERR(page))
			return false;
		kaddr = kmap_local_page(page);
		for (u32 at = 0; at < end && !has; at += l->block_size)
			has = ext2_dirblock_has_names(l, kaddr + at, &why);
		kunmap_local(kaddr);
		put_page(page);
		if (has < 0)
			bad_block(dir, "ext2_empty_dir", why);
		cond_resched();
	}
	return !has;
}
