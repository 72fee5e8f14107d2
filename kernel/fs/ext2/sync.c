/*
 * What the whole file system writes: the superblock, the groups' counts, and the commits after
 * which what was freed may be used again.
 *
 * A commit: all changed inodes and blocks of numbers go to the disk, then the pages of directories
 * that lost names. From then on nothing on the disk names what had been freed when it began.
 */
#include "kernel/fs/ext2/ext2.h"
#include "kernel/sched/sched.h"
#include "libc/include/string.h"
#include "mm/phys/highmem.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>
#include <linux/fs.h>

int ext2_sync_metadata(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	u64 seq = sbi->meta_seq;
	int err;

	if (sbi->synced_seq >= seq)
		return 0;
	err = sync_blockdev(sb->s_bdev);
	if (!err)
		err = blkdev_issue_flush(sb->s_bdev);
	if (!err && sbi->synced_seq < seq)
		sbi->synced_seq = seq;
	return err;
}

/* ---- commits ---- */

/* What is pending belongs to the commit that begins; more may come while it lasts. */
static void begin_pending(struct ext2_sb_info *sbi, struct ext2_pending *p)
{
	u32 words = sbi->layout.block_size / sizeof(u32);

	if (!p->map[1]) {
		swap(p->map[0], p->map[1]);
		return;
	}
	for (u32 i = 0; p->map[0] && i < words; i++) /* the last commit failed */
		p->map[1][i] |= p->map[0][i];
	kfree(p->map[0]);
	p->map[0] = NULL;
}

/* The commit has succeeded. `count`: pending bits when it began. */
static void end_pending(struct ext2_pending *p, u32 count, u32 *total)
{
	kfree(p->map[1]);
	p->map[1] = NULL;
	p->count -= count;
	*total -= count;
	if (!p->count)
		p->all = false;
}

/* Write the directories that have lost names. 0 or the first error; what failed stays listed. */
static int write_removal_dirs(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	struct ext2_inode_info *ei;
	LIST_HEAD(todo);
	int err = 0;

	list_splice_init(&sbi->removal_dirs, &todo);
	while (!list_empty(&todo)) {
		struct inode *dir;
		int one;

		ei = list_first_entry(&todo, struct ext2_inode_info, removal_list);
		list_del_init(&ei->removal_list);
		dir = igrab(&ei->vfs_inode);
		if (!dir) /* it goes, and was written */
			continue;
		one = ext2_write_dir(dir);
		if (one)
			list_move(&ei->removal_list, &sbi->removal_dirs);
		err = err ? err : one;
		iput(dir);
		cond_resched();
	}
	return err;
}

/* For each group that has something pending: its commit begins, and what it covers is noted. */
static void begin_commit(struct ext2_sb_info *sbi)
{
	for (u32 g = 0; g < sbi->layout.groups_count; g++) {
		struct ext2_group *group = &sbi->groups[g];

		if (group->blocks.count)
			begin_pending(sbi, &group->blocks);
		if (group->inodes.count)
			begin_pending(sbi, &group->inodes);
		group->blocks.covered = group->blocks.count;
		group->inodes.covered = group->inodes.count;
	}
}

static void end_commit(struct ext2_sb_info *sbi)
{
	for (u32 g = 0; g < sbi->layout.groups_count; g++) {
		struct ext2_group *group = &sbi->groups[g];

		if (group->blocks.covered)
			end_pending(&group->blocks, group->blocks.covered, &sbi->pending_blocks);
		if (group->inodes.covered)
			end_pending(&group->inodes, group->inodes.covered, &sbi->pending_inodes);
	}
}

int ext2_commit(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	int err;

	mutex_lock(&sbi->commit_mutex);
	begin_commit(sbi);
	err = ext2_sync_metadata(sb);
	if (!err)
		err = write_removal_dirs(sb);
	if (!err)
		end_commit(sbi);
	mutex_unlock(&sbi->commit_mutex);
	return err;
}

/* ---- counts and the superblock ---- */

static int write_group(struct super_block *sb, u32 g)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	struct ext2_group *group = &sbi->groups[g];
	struct ext2_place place = ext2_group_desc_place(&sbi->layout, g);
	struct ext2_group_desc *gd;
	unsigned int offset;
	struct page *page = bread_page(sb->s_bdev, place.block, sb->s_blocksize, &offset);

	if (IS_ERR(page))
		return PTR_ERR(page);
	group->dirty = false;
	gd = (void *)((char *)kmap_local_page(page) + offset + place.offset);
	gd->bg_free_blocks_count = group->free_blocks;
	gd->bg_free_inodes_count = group->free_inodes;
	gd->bg_used_dirs_count = group->used_dirs;
	ext2_mark_dirty(page, offset + place.offset, sizeof(*gd));
	kunmap_local(gd);
	put_page(page);
	return 0;
}

/* The superblock in the device's cache: the page, referenced, and *offset; or ERR_PTR. */
static struct page *super_page(struct super_block *sb, unsigned int *offset)
{
	return bread_page(sb->s_bdev, EXT2_SB(sb)->options.sb_block, EXT2_MIN_BLOCK_SIZE, offset);
}

static void fill_super_block(const struct ext2_sb_info *sbi, struct ext2_super_block *es)
{
	es->s_free_blocks_count = sbi->free_blocks;
	es->s_free_inodes_count = sbi->free_inodes;
	es->s_wtime = current_time().tv_sec;
	if ((sbi->layout.feature_ro_compat || sbi->layout.feature_compat) &&
	    es->s_rev_level == EXT2_GOOD_OLD_REV) {
		es->s_rev_level = EXT2_DYNAMIC_REV;
		es->s_first_ino = EXT2_GOOD_OLD_FIRST_INO;
		es->s_inode_size = EXT2_GOOD_OLD_INODE_SIZE;
		es->s_feature_incompat = 0;
	}
	es->s_feature_ro_compat = sbi->layout.feature_ro_compat;
	es->s_feature_compat = sbi->layout.feature_compat;
	if (sbi->damaged)
		es->s_state |= EXT2_ERROR_FS;
}

/* Bring the superblock up to date; `mounts`: it becomes (1) or ceases to be (-1) writable. */
static int write_super(struct super_block *sb, int mounts)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	struct ext2_super_block *es;
	unsigned int offset;
	struct page *page = super_page(sb, &offset);

	if (IS_ERR(page))
		return PTR_ERR(page);
	es = (void *)((char *)kmap_local_page(page) + offset);
	fill_super_block(sbi, es);
	if (mounts > 0) {
		sbi->mount_state = es->s_state;
		es->s_state &= ~EXT2_VALID_FS;
		es->s_mnt_count++;
		es->s_mtime = es->s_wtime;
	} else if (mounts < 0) {
		es->s_state |= sbi->mount_state & EXT2_VALID_FS;
	}
	ext2_mark_dirty(page, offset, sizeof(*es));
	kunmap_local(es);
	put_page(page);
	return 0;
}

static int write_counts(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	int err = 0;

	for (u32 g = 0; g < sbi->layout.groups_count && !err; g++) {
		if (sbi->groups[g].dirty)
			err = write_group(sb, g);
	}
	return err;
}

static bool counts_are_dirty(const struct ext2_sb_info *sbi)
{
	for (u32 g = 0; g < sbi->layout.groups_count; g++) {
		if (sbi->groups[g].dirty)
			return true;
	}
	return sbi->damaged && !(sbi->mount_state & EXT2_ERROR_FS);
}

int ext2_sync_fs(struct super_block *sb, bool wait)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	int err = 0;

	if (!sbi->writable)
		return 0;
	if (counts_are_dirty(sbi)) {
		err = write_counts(sb);
		if (!err)
			err = write_super(sb, 0);
		sbi->mount_state |= sbi->damaged ? EXT2_ERROR_FS : 0;
		sbi->meta_seq++;
	}
	if (!err && (wait || sbi->pending_blocks || sbi->pending_inodes))
		err = ext2_commit(sb);
	if (!err && wait)
		err = blkdev_issue_flush(sb->s_bdev);
	return err;
}

int ext2_write_state(struct super_block *sb, bool rw)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	int err = 0;

	if (rw == sbi->writable)
		return 0;
	if (!rw) {
		err = ext2_sync_fs(sb, true);
		/* Valid only once all that it vouches for is there. */
		if (err)
			return err;
	}
	if (!rw)
		err = blkdev_issue_flush(sb->s_bdev);
	if (!err)
		err = write_super(sb, rw ? 1 : -1);
	if (!err)
		err = sync_blockdev(sb->s_bdev);
	if (!err)
		err = blkdev_issue_flush(sb->s_bdev);
	if (!err)
		sbi->writable = rw;
	return err;
}

/* A feature's bit, in a field of the layout, comes to the superblock on the disk. */
static int set_feature(struct super_block *sb, u32 *field, u32 feature)
{
	int err;

	if (*field & feature)
		return 0;
	*field |= feature;
	err = write_super(sb, 0);
	return err ? err : sync_blockdev(sb->s_bdev);
}

int ext2_set_large_file(struct super_block *sb)
{
	return set_feature(sb, &EXT2_SB(sb)->layout.feature_ro_compat,
			   EXT2_FEATURE_RO_COMPAT_LARGE_FILE);
}

int ext2_set_ext_attr(struct super_block *sb)
{
	return set_feature(sb, &EXT2_SB(sb)->layout.feature_compat, EXT2_FEATURE_COMPAT_EXT_ATTR);
}
