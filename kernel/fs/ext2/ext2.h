/*
 * ext2 inside the kernel: what hangs on a super block and on an inode, and what the files of this
 * folder offer each other. The format itself is in ondisk.h, and its checks in parse.h.
 *
 * The file system is mounted read-only. Writing will add to ext2_aops the operations that are NULL
 * now.
 */
#ifndef KERNEL_FS_EXT2_EXT2_H
#define KERNEL_FS_EXT2_EXT2_H

#include "kernel/fs/blkdev.h"
#include "kernel/fs/ext2/parse.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "mm/phys/page.h"

struct ext2_sb_info {
	struct super_block *sb;
	struct ext2_layout layout;
	u64 free_blocks; /* sum over the groups */
	u32 overhead;	 /* blocks that no file can have */
	u64 fsid;
	struct list_head list; /* all mounted ones: a device is read by one super block only */
};

struct ext2_inode_info {
	struct ext2_inode_data data;
	u32 dir_start_lookup; /* page of a directory where the last name was found */
	struct inode vfs_inode;
};

static inline struct ext2_sb_info *EXT2_SB(const struct super_block *sb)
{
	return sb->s_fs_info;
}
static inline struct ext2_inode_info *EXT2_I(struct inode *inode)
{
	return container_of(inode, struct ext2_inode_info, vfs_inode);
}

/* super.c */
/* Report damage: the device, the function that found it, and what it is. */
void ext2_error(struct super_block *sb, const char *function, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Register the file system; called once at boot. */
void ext2_init(void);

/* inode.c */
/* The inode with a number from a directory; referenced. ERR_PTR: -EINVAL (no such number), -ESTALE
   (deleted), -EUCLEAN (nonsense), -EIO, -ENOMEM. May sleep. */
struct inode *ext2_iget(struct super_block *sb, u64 ino);
/* inode_operations.fileattr_get and getattr: the flags on disk are shown in both. */
u32 ext2_fileattr_get(struct inode *inode);
int ext2_getattr(struct inode *inode, struct kstat *stat);

/* block_map.c */
/*
 * Find where block `iblock` of a file is on the disk, and how many of the next blocks are adjacent
 * there. Returns the number of blocks (1 to `max`); *phys is the first one's disk block, or 0 if
 * all of them are a hole. -EIO: damaged or unreadable; -ENOMEM. May sleep.
 */
int ext2_get_blocks(struct inode *inode, u64 iblock, u32 max, u32 *phys);

/* dir.c */
/* Are all entries of a directory's page sound? 0, or -EIO after a message. */
int ext2_check_page(struct inode *dir, struct page *page);

/* readpage.c, dir.c, symlink.c */
extern const struct address_space_operations ext2_aops;
extern const struct file_operations ext2_file_operations, ext2_dir_operations;
extern const struct inode_operations ext2_dir_inode_operations, ext2_symlink_inode_operations;

#endif
