/*
 * Inodes on their way to the disk. The rule that a power cut tests: an inode with links has a name
 * on the disk, and a directory's inode has blocks with sound entries. So an inode enters the table
 * (as one with links) only after the page with its name, and the directories that lead to it, are
 * on the disk.
 */
#include "kernel/fs/ext2/ext2.h"
#include "kernel/sched/sched.h"
#include "libc/include/string.h"
#include "mm/phys/highmem.h"
#include <linux/errno.h>
#include <linux/stat.h>

static struct ext2_time to_ext2_time(const struct ext2_layout *l, const struct timespec64 *t)
{
	struct ext2_time time = {.sec = t->tv_sec, .nsec = t->tv_nsec};
	s64 max = ext2_max_time(l);

	if (time.sec > max)
		time.sec = max;
	return time;
}

/* What the VFS keeps comes to what this file system keeps. */
static void collect(struct inode *inode)
{
	const struct ext2_layout *l = &EXT2_SB(inode->i_sb)->layout;
	struct ext2_inode_data *data = &EXT2_I(inode)->data;

	data->mode = inode->i_mode;
	data->links = inode->i_nlink;
	data->uid = inode->i_uid;
	data->gid = inode->i_gid;
	data->size = inode->i_size;
	data->atime = to_ext2_time(l, &inode->i_atime);
	data->mtime = to_ext2_time(l, &inode->i_mtime);
	data->ctime = to_ext2_time(l, &inode->i_ctime);
	data->sectors = inode->i_blocks;
	/* Without a name it is as good as deleted: e2fsck frees it after a crash. */
	data->dtime = inode->i_nlink ? 0 : current_time().tv_sec;
}

/* The blocks of numbers that data.block[] leads to. */
static int write_fresh_indirects(struct inode *inode)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	u64 upto = ei->fresh_indirects.changed;
	int err = ext2_sync_metadata(inode->i_sb);

	if (!err)
		ext2_note_saved(&ei->fresh_indirects, upto);
	return err;
}

/* Before the table says that the inode is alive: its name, and the blocks of numbers that it leads
   to, are on the disk. While this sleeps there may be new ones. */
static int write_what_it_names(struct inode *inode)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	bool name, numbers = true;
	int err = 0;

	while (!err && inode->i_nlink) {
		name = !ei->alive && ei->name_dir;
		numbers = ext2_is_unsaved(&ei->fresh_indirects);
		if (!name && !numbers)
			break;
		err = name ? ext2_settle_name(inode) : write_fresh_indirects(inode);
	}
	return err;
}

/* Nothing here sleeps between the look at what the inode names and the end. */
static int encode_inode(struct inode *inode, struct page *page, unsigned int offset)
{
	const struct ext2_layout *l = &EXT2_SB(inode->i_sb)->layout;
	struct ext2_inode_info *ei = EXT2_I(inode);
	int err = write_what_it_names(inode);
	char *raw;

	if (err)
		return err;
	collect(inode);
	raw = (char *)kmap_local_page(page) + offset;
	if (!ei->on_disk)
		memset(raw, 0, l->inode_size);
	ext2_encode_inode(l, &ei->data, raw);
	ext2_encode_ibody(inode, raw);
	ext2_mark_dirty(page, offset, l->inode_size);
	kunmap_local(raw);
	ei->on_disk = true;
	ei->alive = inode->i_nlink;
	if (ei->alive)
		list_del_init(&ei->newborn_of);
	ext2_meta_changed(inode);
	return 0;
}

int ext2_update_inode(struct inode *inode)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	unsigned int offset;
	struct page *page = ext2_inode_page(inode->i_sb, inode->i_ino, &offset);
	int err;

	if (IS_ERR(page))
		return PTR_ERR(page);
	mutex_lock(&ei->name_mutex);
	err = encode_inode(inode, page, offset);
	mutex_unlock(&ei->name_mutex);
	put_page(page);
	return err;
}

/* Update the inode, and write it alone. */
static int update_inode_sync(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;
	const struct ext2_sb_info *sbi = EXT2_SB(sb);
	u32 g = ext2_ino_group(&sbi->layout, inode->i_ino);
	struct ext2_group_desc gd = {.bg_inode_table = sbi->groups[g].at.inode_table};
	struct ext2_place place = ext2_inode_place(&sbi->layout, inode->i_ino, &gd);
	int err = ext2_update_inode(inode);

	return err ? err : sync_block(sb->s_bdev, place.block, sb->s_blocksize);
}

/* ---- names ---- */

/* The pages of a directory, and what leads to them from the inode, survive a loss of power. */
static int write_dir_pages(struct inode *dir)
{
	struct ext2_inode_info *ei = EXT2_I(dir);
	int err = filemap_write_and_wait(dir->i_mapping);
	u64 upto = ei->unflushed.changed;

	if (!err && ext2_is_unsaved(&ei->grown))
		err = ext2_sync_metadata(dir->i_sb);
	if (err || !ext2_is_unsaved(&ei->unflushed))
		return err;
	err = blkdev_issue_flush(dir->i_sb->s_bdev);
	if (!err)
		ext2_note_saved(&ei->unflushed, upto);
	return err;
}

int ext2_write_dir(struct inode *dir)
{
	struct ext2_inode_info *ei = EXT2_I(dir);
	u64 upto = ei->grown.changed;
	int err = write_dir_pages(dir);

	if (err || ei->grown.saved >= upto || !dir->i_nlink)
		return err;
	err = update_inode_sync(dir);
	if (!err)
		err = blkdev_issue_flush(dir->i_sb->s_bdev);
	if (!err)
		ext2_note_saved(&ei->grown, upto);
	return err;
}

/* The directory of an inode's new name, referenced; NULL if it is not in memory: then it has been
   written. */
static struct inode *name_dir(struct inode *inode)
{
	return ilookup(inode->i_sb, EXT2_I(inode)->name_dir);
}

/* Of the directories above an inode, find the highest whose own inode may not be on the disk yet;
   or the inode itself, if there is none. With a reference. *parent: what is above it. */
static struct inode *highest_unsettled(struct inode *inode, struct inode **parent)
{
	struct inode *top = igrab(inode), *dir;

	while (top) {
		dir = name_dir(top);
		if (!dir || EXT2_I(dir)->alive || !EXT2_I(dir)->name_dir) {
			*parent = dir;
			break;
		}
		iput(top);
		top = dir;
		cond_resched();
	}
	return top;
}

/* One step of ext2_settle_name. */
static int settle_highest(struct inode *inode)
{
	struct inode *parent, *top = highest_unsettled(inode, &parent);
	u64 seq;
	int err;

	if (!top) /* it is going away */
		return -ESTALE;
	seq = EXT2_I(top)->name_seq;
	/* What was evicted has been written to the device's cache. */
	err = parent ? ext2_write_dir(parent) : ext2_sync_metadata(inode->i_sb);
	if (!err && top != inode)
		err = ext2_write_dir(top);
	if (!err && EXT2_I(top)->name_seq == seq) /* else another name has come meanwhile */
		EXT2_I(top)->name_dir = 0;
	iput(parent);
	iput(top);
	return err;
}

void ext2_note_name(struct inode *inode, struct inode *dir)
{
	struct ext2_inode_info *ei = EXT2_I(inode);

	ei->name_dir = dir->i_ino;
	ei->name_seq++;
	if (!ei->alive)
		list_move_tail(&ei->newborn_of, &EXT2_I(dir)->newborn);
}

int ext2_settle_name(struct inode *inode)
{
	int err = 0;

	while (EXT2_I(inode)->name_dir && !err)
		err = settle_highest(inode);
	return err;
}

/* ---- the operations ---- */

/* What a directory or a symbolic link consists of is on the disk before the table says that it is
   one. */
static int write_own_blocks(struct inode *inode)
{
	struct ext2_unsaved *grown = &EXT2_I(inode)->grown;
	u64 upto = grown->changed;
	int err = 0;

	if (!inode->i_nlink || !ext2_is_unsaved(grown))
		return 0;
	if (S_ISDIR(inode->i_mode)) {
		err = write_dir_pages(inode);
	} else if (S_ISLNK(inode->i_mode)) {
		err = filemap_write_and_wait(inode->i_mapping);
		if (!err)
			err = blkdev_issue_flush(inode->i_sb->s_bdev);
		if (!err)
			ext2_note_saved(grown, upto);
	}
	return err;
}

int ext2_write_inode(struct inode *inode, struct writeback_control *wbc)
{
	int err = write_own_blocks(inode);

	if (!err)
		err = wbc->sync_mode == WB_SYNC_ALL ? update_inode_sync(inode)
						    : ext2_update_inode(inode);
	if (err) /* the next try may have more luck */
		mark_inode_dirty(inode);
	return err;
}

/* What was made in a directory is part of it: a name of an inode that is not on the disk would be
   gone after a power cut. */
static int write_newborn(struct inode *dir)
{
	struct ext2_inode_info *di = EXT2_I(dir);
	int err = 0;

	while (!err && !list_empty(&di->newborn)) {
		struct ext2_inode_info *ei =
			list_first_entry(&di->newborn, struct ext2_inode_info, newborn_of);
		struct inode *inode = igrab(&ei->vfs_inode);

		list_del_init(&ei->newborn_of);
		if (!inode) /* it goes */
			continue;
		err = write_inode_now(inode, true);
		if (err && !ei->alive && inode->i_nlink) /* for the next try */
			list_move_tail(&ei->newborn_of, &di->newborn);
		iput(inode);
		cond_resched();
	}
	return err;
}

int ext2_fsync(struct file *f, loff_t start, loff_t end, int datasync)
{
	struct inode *inode = f->f_mapping->host;
	struct super_block *sb = inode->i_sb;
	int err = 0, ret;

	if (!S_ISDIR(inode->i_mode))
		err = filemap_fdatawrite_range(f->f_mapping, start, end, WB_SYNC_ALL);
	if (!err && inode->i_nlink)
		err = ext2_settle_name(inode);
	if (!err && S_ISDIR(inode->i_mode))
		err = write_newborn(inode);
	ret = generic_file_fsync(f, start, end, datasync);
	/* The blocks of numbers, and the inode if another task has brought it to the table. */
	if (!err && EXT2_I(inode)->meta_seq > EXT2_SB(sb)->synced_seq)
		err = ext2_sync_metadata(sb);
	return err ? err : ret;
}
