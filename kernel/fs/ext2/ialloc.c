/*
 * Inodes: numbers taken from and given back to the bitmaps of the groups. A file goes to its
 * directory's group, so that what is used together lies together; directories of the root are
 * spread, so that each of them has room (this is Orlov's way).
 */
#include "kernel/core/random.h"
#include "kernel/cred/cred.h"
#include "kernel/fs/ext2/ext2.h"
#include "kernel/sched/sched.h"
#include "mm/phys/highmem.h"
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/stat.h>

#define WORD_BITS     32
#define ALLOC_COMMITS 2
/* A group is good for a directory if it is not worse than the average by more than these shares. */
#define ORLOV_INODES  4
#define ORLOV_BLOCKS  4
#define ORLOV_DIRS    16

/* What is new gets these flags of its directory: Linux's EXT4_FL_INHERITED. */
#define FL_INHERITED                                                                          \
	(FS_SECRM_FL | FS_UNRM_FL | FS_COMPR_FL | FS_SYNC_FL | FS_NODUMP_FL | FS_NOATIME_FL | \
	 FS_NOCOMP_FL | FS_JOURNAL_DATA_FL | FS_NOTAIL_FL | FS_DIRSYNC_FL | FS_DAX_FL |       \
	 FS_PROJINHERIT_FL)
/* Those that files, and that others than files and directories can have. */
#define FL_NOT_REG (FS_DIRSYNC_FL | FS_TOPDIR_FL | FS_PROJINHERIT_FL)
#define FL_OTHER   (FS_NODUMP_FL | FS_NOATIME_FL)

/* ---- which group? ---- */

static bool has_room(const struct ext2_group *group)
{
	return !group->bad_inodes && group->free_inodes > group->inodes.count && group->free_blocks;
}

/* For a directory of the root: the group with the fewest directories of those that are not worse
   than the average, beginning with another one each time. */
static u32 spread_dir(struct ext2_sb_info *sbi)
{
	u32 groups = sbi->layout.groups_count, best = 0, dirs = ~0U;
	u32 inodes = sbi->free_inodes / groups, start = sbi->next_group++ % groups;
	u64 blocks = sbi->free_blocks / groups;

	for (u32 i = 0; i < groups; i++) {
		u32 g = (start + i) % groups;
		const struct ext2_group *group = &sbi->groups[g];

		if (has_room(group) && group->used_dirs < dirs && group->free_inodes >= inodes &&
		    group->free_blocks >= blocks) {
			best = g;
			dirs = group->used_dirs;
		}
	}
	return best;
}

/* For others: the parent's group, or the next that has enough left for files in it. */
static u32 near_dir(struct ext2_sb_info *sbi, u32 parent)
{
	const struct ext2_layout *l = &sbi->layout;
	u32 groups = l->groups_count;
	s64 inodes = (s64)(sbi->free_inodes / groups) - l->inodes_per_group / ORLOV_INODES;
	s64 blocks = (s64)(sbi->free_blocks / groups) - l->blocks_per_group / ORLOV_BLOCKS;
	u32 dirs = sbi->used_dirs / groups + l->inodes_per_group / ORLOV_DIRS;

	for (u32 i = 0; i < groups; i++) {
		u32 g = (parent + i) % groups;
		const struct ext2_group *group = &sbi->groups[g];

		if (has_room(group) && group->used_dirs < dirs && group->free_inodes >= inodes &&
		    group->free_blocks >= blocks)
			return g;
	}
	return parent;
}

/* For a file: the directory's group; else steps of 1, 2, 4 … from a place that depends on it. */
static u32 group_for_file(struct ext2_sb_info *sbi, u64 dir_ino, u32 parent)
{
	u32 groups = sbi->layout.groups_count;
	u32 g = (parent + (u32)dir_ino) % groups;

	if (has_room(&sbi->groups[parent]))
		return parent;
	for (u32 step = 1; step < groups; step <<= 1) {
		g = (g + step) % groups;
		if (has_room(&sbi->groups[g]))
			return g;
	}
	return parent;
}

static u32 first_group(struct inode *dir, umode_t mode)
{
	struct ext2_sb_info *sbi = EXT2_SB(dir->i_sb);
	u32 parent = ext2_ino_group(&sbi->layout, dir->i_ino);

	if (!S_ISDIR(mode))
		return group_for_file(sbi, dir->i_ino, parent);
	if (dir->i_ino == EXT2_ROOT_INO || EXT2_I(dir)->data.flags & EXT2_TOPDIR_FL)
		return spread_dir(sbi);
	return near_dir(sbi, parent);
}

/* ---- the bitmap ---- */

/* The number of the first inode of a group that can be given out, as a bit. */
static u32 first_bit(const struct ext2_layout *l, u32 g)
{
	u32 reserved = l->first_ino - 1, before = g * l->inodes_per_group;

	return reserved > before ? min(reserved - before, l->inodes_per_group) : 0;
}

/* Take an inode of a group. Its number; 0: none is free; or -errno. */
static s64 take_inode(struct super_block *sb, u32 g, bool dir)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	const struct ext2_layout *l = &sbi->layout;
	struct ext2_group *group = &sbi->groups[g];
	struct ext2_bitmaps maps;
	unsigned int offset;
	struct page *page;
	u32 bit, *map;

	if (group->bad_inodes || group->inodes.all || group->free_inodes <= group->inodes.count)
		return 0;
	page = bread_page(sb->s_bdev, group->at.inode_bitmap, sb->s_blocksize, &offset);
	if (IS_ERR(page)) {
		ext2_error(sb, "read_inode_bitmap",
			   "Cannot read inode bitmap - block_group = %u, "
			   "inode_bitmap = %u",
			   g, group->at.inode_bitmap);
		return PTR_ERR(page);
	}
	map = (u32 *)((char *)kmap_local_page(page) + offset);
	maps = ext2_maps(map, &group->inodes, NULL);
	bit = ext2_next_free(&maps, first_bit(l, g), l->inodes_per_group);
	if (bit < l->inodes_per_group) {
		map[bit / WORD_BITS] |= 1U << bit % WORD_BITS;
		ext2_mark_dirty(page, offset, sb->s_blocksize);
		group->free_inodes--;
		sbi->free_inodes--;
		group->used_dirs += dir;
		sbi->used_dirs += dir;
		group->dirty = true;
	}
	kunmap_local(map);
	put_page(page);
	return bit < l->inodes_per_group ? (s64)g * l->inodes_per_group + bit + 1 : 0;
}

/* Is the inode that the bitmap said is free really not in use? If it is, it stays marked used. */
static int check_unused(struct super_block *sb, u32 ino)
{
	const struct ext2_inode *raw;
	unsigned int offset;
	struct page *page = ext2_inode_page(sb, ino, &offset);
	bool used;

	if (IS_ERR(page))
		return PTR_ERR(page);
	raw = (const void *)((char *)kmap_local_page(page) + offset);
	used = raw->i_links_count && raw->i_mode;
	kunmap_local(raw);
	put_page(page);
	if (used)
		ext2_error(sb, "ext2_new_inode", "inode #%u is in use, but the bitmap has it free",
			   ino);
	return used ? -EEXIST : 0;
}

/* A free inode, near group g. Its number or -errno. */
static s64 find_inode(struct super_block *sb, u32 g, bool dir)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	u32 groups = sbi->layout.groups_count;
	int failed = 0;

	for (u32 i = 0; i < groups;) {
		s64 ino = take_inode(sb, (g + i) % groups, dir);
		int err = ino > 0 ? check_unused(sb, ino) : 0;

		if (ino > 0 && !err)
			return ino;
		if (ino < 0)
			failed = ino;
		if (err && err != -EEXIST)
			return err;
		if (!err) /* with EEXIST the group may have others */
			i++;
		cond_resched();
	}
	return failed ? failed : -ENOSPC;
}

/* The same, and if all that is free is pending, after a commit. */
static s64 find_inode_committing(struct inode *dir, umode_t mode)
{
	struct super_block *sb = dir->i_sb;
	s64 ino = -ENOSPC;

	for (int i = 0; ino == -ENOSPC && i <= ALLOC_COMMITS; i++) {
		if (i && EXT2_SB(sb)->pending_inodes) {
			int err = ext2_commit(sb);

			if (err)
				return err;
		}
		ino = find_inode(sb, first_group(dir, mode), S_ISDIR(mode));
	}
	return ino;
}

static void clear_inode_bit(struct super_block *sb, u64 ino, bool dir, bool at_once)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	u32 g = ext2_ino_group(&sbi->layout, ino), bit = (ino - 1) % sbi->layout.inodes_per_group;
	u32 mask = 1U << bit % WORD_BITS, *map;
	struct ext2_group *group = &sbi->groups[g];
	unsigned int offset;
	struct page *page =
		bread_page(sb->s_bdev, group->at.inode_bitmap, sb->s_blocksize, &offset);
	bool was_set;

	if (IS_ERR(page))
		return;
	map = (u32 *)((char *)kmap_local_page(page) + offset);
	was_set = map[bit / WORD_BITS] & mask;
	map[bit / WORD_BITS] &= ~mask;
	ext2_mark_dirty(page, offset, sb->s_blocksize);
	kunmap_local(map);
	put_page(page);
	if (!was_set) {
		ext2_error(sb, "ext2_free_inode", "bit already cleared for inode %lu",
			   (unsigned long)ino);
		return;
	}
	group->free_inodes++;
	sbi->free_inodes++;
	if (dir && group->used_dirs) {
		group->used_dirs--;
		sbi->used_dirs--;
	}
	group->dirty = true;
	if (!at_once)
		ext2_add_pending(sbi, &group->inodes, &sbi->pending_inodes, bit, 1);
}

void ext2_free_inode(struct inode *inode)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	/* A directory's page that went to the disk meanwhile may have its name. */
	bool at_once = !ei->on_disk && ei->born == EXT2_SB(inode->i_sb)->dir_writes;

	clear_inode_bit(inode->i_sb, inode->i_ino, S_ISDIR(inode->i_mode), at_once);
}

/* ---- the inode ---- */

/* With the option grpid, every group is that of the directory, and no mode says so. */
static void set_owner(struct inode *inode, const struct inode *dir, umode_t mode)
{
	inode_init_owner(inode, dir, mode);
	if (ext2_test_opt(&EXT2_SB(dir->i_sb)->options, EXT2_MOUNT_GRPID)) {
		inode->i_mode = mode;
		inode->i_gid = dir->i_gid;
	}
}

static u32 inherited_flags(const struct ext2_inode_data *dir, umode_t mode)
{
	u32 flags = dir->flags & FL_INHERITED;

	if (S_ISDIR(mode))
		return flags;
	return S_ISREG(mode) ? flags & ~FL_NOT_REG : flags & FL_OTHER;
}

static void init_new(struct inode *inode, struct inode *dir, umode_t mode)
{
	struct ext2_sb_info *sbi = EXT2_SB(dir->i_sb);
	struct ext2_inode_info *ei = EXT2_I(inode);

	set_owner(inode, dir, mode);
	inode->i_blkbits = sbi->layout.block_bits;
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time();
	ei->data.flags = inherited_flags(&EXT2_I(dir)->data, mode);
	ei->data.generation = sbi->next_generation++;
	if (sbi->layout.inode_size >= EXT2_MAX_INODE_KNOWN) {
		ei->data.extra_isize = sizeof(struct ext2_inode_extra);
		ei->data.has_crtime = true;
		ei->data.crtime = (struct ext2_time){inode->i_ctime.tv_sec, inode->i_ctime.tv_nsec};
	}
	ei->born = sbi->dir_writes;
	ei->data.mode = inode->i_mode;
	inode_set_fsflags(inode, ei->data.flags);
	ext2_set_operations(inode);
}

struct inode *ext2_new_inode(struct inode *dir, umode_t mode)
{
	struct super_block *sb = dir->i_sb;
	struct inode *inode;
	s64 ino;

	if (!dir->i_nlink)
		return ERR_PTR(-EPERM);
	ino = find_inode_committing(dir, mode);
	if (ino < 0)
		return ERR_PTR(ino);
	inode = iget_locked(sb, ino);
	if (!inode) {
		clear_inode_bit(sb, ino, S_ISDIR(mode), true);
		return ERR_PTR(-ENOMEM);
	}
	if (!(inode->i_state & I_NEW)) {
		ext2_error(sb, "ext2_new_inode", "inode #%lu is in use already: doubly allocated?",
			   (unsigned long)ino);
		iput(inode);
		return ERR_PTR(-EIO);
	}
	init_new(inode, dir, mode);
	return inode;
}
