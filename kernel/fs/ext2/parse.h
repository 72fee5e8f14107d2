/*
 * ext2's format, read with suspicion. The functions here look at bytes from the disk and say what
 * they mean or what is wrong with them. They know nothing of the kernel (no allocation, no I/O, no
 * locks), so that the tests can feed them damaged file systems by the thousand on any machine.
 *
 * Where a function can refuse, it returns a negative errno and leaves in *why a text without a
 * newline that says what is wrong.
 */
#ifndef KERNEL_FS_EXT2_PARSE_H
#define KERNEL_FS_EXT2_PARSE_H

#include "kernel/fs/ext2/ondisk.h"
#include <stdbool.h>

/* What the superblock says, once it has been found sane. */
struct ext2_layout {
	__u32 block_size, block_bits; /* 1024..4096, 10..12 */
	__u32 blocks_count, first_data_block;
	__u32 blocks_per_group, groups_count;
	__u32 inodes_count, inodes_per_group, first_ino;
	__u32 inode_size, inodes_per_block; /* inode_size is a power of two, 128..block_size */
	__u32 itb_per_group;		    /* blocks of a group's inode table */
	__u32 desc_per_block;
	__u32 super_block; /* the block that holds the superblock: 1 or 0 */
	__u32 first_meta_bg;
	__u32 feature_compat, feature_incompat, feature_ro_compat;
	__u32 free_blocks, free_inodes, reserved_blocks;
	__u32 reserved_gdt; /* blocks behind the descriptors that are kept for more of them */
};

struct ext2_time {
	__s64 sec;
	__u32 nsec;
};

/* An inode in the machine's own terms. */
struct ext2_inode_data {
	__u16 mode, links;
	__u32 uid, gid;
	__s64 size;
	struct ext2_time atime, mtime, ctime, crtime;
	bool has_crtime;
	__u16 extra_isize; /* bytes behind the first 128 that are in use */
	__u32 dtime;
	__u32 sectors; /* i_blocks */
	__u32 flags, generation, file_acl;
	__u32 block[EXT2_N_BLOCKS];
};

/* Where something stands on the disk. */
struct ext2_place {
	__u32 block;  /* block number */
	__u32 offset; /* bytes inside it */
};

/* One used entry of a directory. */
struct ext2_dirent {
	__u32 ino;
	__u32 rec_len;
	__u32 name_len;
	__u32 file_type;  /* EXT2_FT_*, UNKNOWN without the feature */
	const char *name; /* inside the block given to ext2_parse_dirent; no NUL */
};

/* Check a superblock against itself and the device's size in bytes. 0 or -EINVAL with *why; *detail
   is a number that belongs to the text (0 if none). */
int ext2_parse_super(const struct ext2_super_block *es, __u64 device_bytes, struct ext2_layout *l,
		     const char **why, __u32 *detail);

/* Where the descriptor of `group` (below groups_count) stands. */
struct ext2_place ext2_group_desc_place(const struct ext2_layout *l, __u32 group);
/* Do the bitmaps and the inode table of a group stand inside the group? 0 or -EINVAL with *why. */
int ext2_check_group_desc(const struct ext2_layout *l, __u32 group,
			  const struct ext2_group_desc *gd, const char **why);

/* Blocks that no file can have: before the first group, superblocks, descriptors, bitmaps, inodes.
 */
__u32 ext2_overhead_blocks(const struct ext2_layout *l);

/* May `ino` be named by a directory or a caller? (the root, or one that is not reserved) */
bool ext2_valid_ino(const struct ext2_layout *l, __u64 ino);
static inline __u32 ext2_ino_group(const struct ext2_layout *l, __u32 ino)
{
	return (ino - 1) / l->inodes_per_group;
}
/* Where inode `ino` (valid) stands, given its group's descriptor (checked). */
struct ext2_place ext2_inode_place(const struct ext2_layout *l, __u32 ino,
				   const struct ext2_group_desc *gd);
/* Decode the inode_size bytes of an inode. 0; -ESTALE: deleted; -EUCLEAN with *why: nonsense. */
int ext2_parse_inode(const struct ext2_layout *l, const void *inode, struct ext2_inode_data *info,
		     const char **why);
/* Is a symbolic link's text inside the inode? */
bool ext2_inode_is_fast_symlink(const struct ext2_layout *l, const struct ext2_inode_data *info);
/* The bytes of an inode that decoding and encoding know. */
#define EXT2_MAX_INODE_KNOWN (sizeof(struct ext2_inode) + sizeof(struct ext2_inode_extra))
/* The device number of a device node, in Linux's two encodings: major and minor. */
void ext2_inode_rdev(const struct ext2_inode_data *info, __u32 *major, __u32 *minor);
/* The largest size of a file that the block map can hold. */
__s64 ext2_max_size(const struct ext2_layout *l);

/* Where a group's own blocks are, from its descriptor. */
struct ext2_places {
	__u32 block_bitmap, inode_bitmap, inode_table;
	__u32 end; /* behind all blocks of the group's own; 0: not known */
};
/* The group of a block (not before the first data block); and a group's first and last block. */
__u32 ext2_block_group(const struct ext2_layout *l, __u32 block);
__u32 ext2_group_first_block(const struct ext2_layout *l, __u32 group);
__u32 ext2_group_last_block(const struct ext2_layout *l, __u32 group);
/* Set at->end from the rest, which is known to lie in the file system. */
void ext2_set_places_end(const struct ext2_layout *l, struct ext2_places *at, __u32 group);
/* Does one of `count` blocks, all of one group, belong to the superblock's copies, descriptors,
   bitmaps or inodes? */
bool ext2_is_metadata(const struct ext2_layout *l, const struct ext2_places *at, __u32 block,
		      __u32 count);

/* May a file's data or an indirect block stand in this block? (It may still be metadata.) */
bool ext2_data_block_valid(const struct ext2_layout *l, __u32 block);
/*
 * The way to a file's block number `iblock`: the index in i_block[], then the index in each block
 * of block numbers, written to path[]; returns the number of steps (1..4), or 0 if no file can have
 * it.
 */
#define EXT2_MAX_DEPTH 4
int ext2_block_to_path(const struct ext2_layout *l, __u64 iblock, __u32 path[EXT2_MAX_DEPTH]);

/*
 * Look at the entry at `offset` of a directory's block of block_size bytes. 0 with *de filled (an
 * unused entry has ino 0; rec_len always leads on and never out of the block), or -EIO with *why.
 */
int ext2_parse_dirent(const struct ext2_layout *l, const void *block, __u32 offset,
		      struct ext2_dirent *de, const char **why);

#endif
