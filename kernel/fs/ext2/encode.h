/*
 * ext2's format, written: inodes, and the entries of a directory's block. As parse.h, without
 * anything of the kernel, so that the tests run it on any machine.
 */
#ifndef KERNEL_FS_EXT2_ENCODE_H
#define KERNEL_FS_EXT2_ENCODE_H

#include "kernel/fs/ext2/parse.h"

/* Put what the inode says into the inode_size bytes where it stands on the disk; what is not in
   ext2_inode_data stays as it is there. (A new inode's place is all zeros before.) */
void ext2_encode_inode(const struct ext2_layout *l, const struct ext2_inode_data *info,
		       void *inode);
/* A device's number goes where other files have their blocks: the reverse of ext2_inode_rdev. */
void ext2_encode_rdev(struct ext2_inode_data *info, __u32 major, __u32 minor);
/* The first and the last second that an inode can say. */
#define EXT2_MIN_TIME (-0x80000000LL)
__s64 ext2_max_time(const struct ext2_layout *l);

/* ---- blocks of directories: block_size bytes each ---- */

/* No entries. */
void ext2_dirblock_init(const struct ext2_layout *l, void *block);
/* A new directory's first block: "." and "..". */
void ext2_dirblock_dots(const struct ext2_layout *l, void *block, __u32 self, __u32 parent);
/* Where the entry of a name is: its inode's number and *offset; 0: not in this block; -EIO with
 *why. */
__s64 ext2_dirblock_find(const struct ext2_layout *l, const void *block, const char *name,
			 __u32 len, __u32 *offset, const char **why);
/* Add an entry: 0, -ENOSPC if there is no room, or -EIO with *why; then nothing has changed. */
int ext2_dirblock_insert(const struct ext2_layout *l, void *block, const char *name, __u32 len,
			 __u32 ino, __u32 file_type, const char **why);
/* Let the entry at `offset` be unused. 0, or -EIO with *why. */
int ext2_dirblock_delete(const struct ext2_layout *l, void *block, __u32 offset, const char **why);
/* Give the entry at `offset` another name, in the same block: 0, or -ENOSPC or -EIO without a
 * change.
 */
int ext2_dirblock_rename(const struct ext2_layout *l, void *block, __u32 offset, const char *name,
			 __u32 len, __u32 file_type, const char **why);
/* The entry at `offset`, which is sound, names another inode. */
void ext2_dirblock_set(const struct ext2_layout *l, void *block, __u32 offset, __u32 ino,
		       __u32 file_type);
/* Is there an entry besides "." and ".."? 1, 0, or -EIO with *why. */
int ext2_dirblock_has_names(const struct ext2_layout *l, const void *block, const char **why);

#endif
