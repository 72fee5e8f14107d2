/*
 * ext2 as it stands on the disk: the superblock, the group descriptors, the inodes, the directory
 * entries. All numbers are little-endian, as this processor's own. Source of the layout: Linux,
 * fs/ext2/ext2.h, and "The Second Extended File System: Internal Layout" (Dave Poirier).
 */
#ifndef KERNEL_FS_EXT2_ONDISK_H
#define KERNEL_FS_EXT2_ONDISK_H

#include <linux/types.h>

#define EXT2_SUPER_MAGIC  0xEF53
#define EXT2_SUPER_OFFSET 1024 /* bytes from the start of the device, whatever the block size */

/* Inodes with a fixed number. */
#define EXT2_ROOT_INO		 2
#define EXT2_GOOD_OLD_FIRST_INO	 11
#define EXT2_GOOD_OLD_INODE_SIZE 128
#define EXT2_GOOD_OLD_REV	 0
#define EXT2_DYNAMIC_REV	 1

#define EXT2_MIN_BLOCK_SIZE	1024
#define EXT2_MAX_BLOCK_SIZE	4096
#define EXT2_MIN_BLOCK_LOG_SIZE 10
#define EXT2_MAX_LOG_BLOCK_SIZE 2 /* s_log_block_size of 4096 */

/* What a kernel must know (incompat) to read, and must know (ro_compat) to write. */
#define EXT2_FEATURE_COMPAT_EXT_ATTR	    0x0008
#define EXT2_FEATURE_COMPAT_RESIZE_INODE    0x0010
#define EXT2_FEATURE_COMPAT_DIR_INDEX	    0x0020
#define EXT2_FEATURE_INCOMPAT_COMPRESSION   0x0001
#define EXT2_FEATURE_INCOMPAT_FILETYPE	    0x0002
#define EXT2_FEATURE_INCOMPAT_META_BG	    0x0010
#define EXT2_FEATURE_INCOMPAT_SUPP	    (EXT2_FEATURE_INCOMPAT_FILETYPE | EXT2_FEATURE_INCOMPAT_META_BG)
#define EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER 0x0001
#define EXT2_FEATURE_RO_COMPAT_LARGE_FILE   0x0002
#define EXT2_FEATURE_RO_COMPAT_BTREE_DIR    0x0004
#define EXT2_FEATURE_RO_COMPAT_SUPP                                                \
	(EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER | EXT2_FEATURE_RO_COMPAT_LARGE_FILE | \
	 EXT2_FEATURE_RO_COMPAT_BTREE_DIR)

/* s_state */
#define EXT2_VALID_FS	     0x0001 /* unmounted cleanly */
#define EXT2_ERROR_FS	     0x0002 /* damage was found */
/* s_errors: what to do when damage is found */
#define EXT2_ERRORS_CONTINUE 1
#define EXT2_ERRORS_RO	     2
#define EXT2_ERRORS_PANIC    3

struct ext2_super_block {
	__le32 s_inodes_count;
	__le32 s_blocks_count;
	__le32 s_r_blocks_count; /* kept for root */
	__le32 s_free_blocks_count;
	__le32 s_free_inodes_count;
	__le32 s_first_data_block; /* 1 with blocks of 1 KiB, else 0 */
	__le32 s_log_block_size;   /* block size = 1024 << this */
	__le32 s_log_frag_size;
	__le32 s_blocks_per_group;
	__le32 s_frags_per_group;
	__le32 s_inodes_per_group;
	__le32 s_mtime; /* last mount */
	__le32 s_wtime; /* last write */
	__le16 s_mnt_count;
	__le16 s_max_mnt_count;
	__le16 s_magic;
	__le16 s_state;
	__le16 s_errors;
	__le16 s_minor_rev_level;
	__le32 s_lastcheck;
	__le32 s_checkinterval;
	__le32 s_creator_os;
	__le32 s_rev_level;
	__le16 s_def_resuid;
	__le16 s_def_resgid;
	/* From here on only with EXT2_DYNAMIC_REV. */
	__le32 s_first_ino;  /* the first inode that is not reserved */
	__le16 s_inode_size; /* bytes */
	__le16 s_block_group_nr;
	__le32 s_feature_compat;
	__le32 s_feature_incompat;
	__le32 s_feature_ro_compat;
	__u8 s_uuid[16];
	char s_volume_name[16];
	char s_last_mounted[64];
	__le32 s_algorithm_usage_bitmap;
	__u8 s_prealloc_blocks;
	__u8 s_prealloc_dir_blocks;
	__le16 s_reserved_gdt_blocks; /* resize_inode */
	__u8 s_journal_uuid[16];
	__le32 s_journal_inum;
	__le32 s_journal_dev;
	__le32 s_last_orphan;
	__le32 s_hash_seed[4];
	__u8 s_def_hash_version;
	__u8 s_reserved_char_pad;
	__le16 s_reserved_word_pad;
	__le32 s_default_mount_opts;
	__le32 s_first_meta_bg;
	__le32 s_reserved[190];
};
_Static_assert(sizeof(struct ext2_super_block) == 1024, "ext2_super_block");
_Static_assert(__builtin_offsetof(struct ext2_super_block, s_magic) == 56, "s_magic");
_Static_assert(__builtin_offsetof(struct ext2_super_block, s_first_ino) == 84, "s_first_ino");
_Static_assert(__builtin_offsetof(struct ext2_super_block, s_first_meta_bg) == 260,
	       "s_first_meta_bg");

/* One per block group, in an array that begins in the block after the superblock's. */
struct ext2_group_desc {
	__le32 bg_block_bitmap;
	__le32 bg_inode_bitmap;
	__le32 bg_inode_table; /* first block of the group's inodes */
	__le16 bg_free_blocks_count;
	__le16 bg_free_inodes_count;
	__le16 bg_used_dirs_count;
	__le16 bg_pad;
	__le32 bg_reserved[3];
};
_Static_assert(sizeof(struct ext2_group_desc) == 32, "ext2_group_desc");

/* i_block[]: twelve blocks of data, then blocks of block numbers: one, two and three levels deep.
 */
#define EXT2_NDIR_BLOCKS 12
#define EXT2_IND_BLOCK	 12
#define EXT2_DIND_BLOCK	 13
#define EXT2_TIND_BLOCK	 14
#define EXT2_N_BLOCKS	 15

struct ext2_inode {
	__le16 i_mode;
	__le16 i_uid; /* low half */
	__le32 i_size;
	__le32 i_atime;
	__le32 i_ctime;
	__le32 i_mtime;
	__le32 i_dtime; /* when it was deleted */
	__le16 i_gid;	/* low half */
	__le16 i_links_count;
	__le32 i_blocks; /* of 512 bytes */
	__le32 i_flags;
	__le32 i_reserved1;
	__le32 i_block[EXT2_N_BLOCKS]; /* or a short symbolic link's text, or a device number */
	__le32 i_generation;
	__le32 i_file_acl;  /* block of extended attributes */
	__le32 i_size_high; /* of regular files; i_dir_acl of others */
	__le32 i_faddr;
	__u8 i_frag;
	__u8 i_fsize;
	__le16 i_pad1;
	__le16 i_uid_high;
	__le16 i_gid_high;
	__le32 i_reserved2;
};
_Static_assert(sizeof(struct ext2_inode) == 128, "ext2_inode");
_Static_assert(__builtin_offsetof(struct ext2_inode, i_block) == 40, "i_block");

/* Behind it in inodes of more than 128 bytes. What i_extra_isize does not cover is not there. */
struct ext2_inode_extra {
	__le16 i_extra_isize;
	__le16 i_checksum_hi;
	/* The lowest two bits stand above the 32 of the seconds, the others are nanoseconds. */
	__le32 i_ctime_extra;
	__le32 i_mtime_extra;
	__le32 i_atime_extra;
	__le32 i_crtime; /* when it was made */
	__le32 i_crtime_extra;
	__le32 i_version_hi;
	__le32 i_projid;
};
_Static_assert(sizeof(struct ext2_inode_extra) == 32, "ext2_inode_extra");
/* Is the field in an inode whose i_extra_isize is `isize`? */
#define EXT2_HAS_EXTRA(isize, field)                              \
	(__builtin_offsetof(struct ext2_inode_extra, field) +     \
		 sizeof(((struct ext2_inode_extra *)0)->field) <= \
	 (isize))

/* i_flags that mean something to this file system; the others are Linux's FS_..._FL. */
#define EXT2_INDEX_FL  0x00001000 /* a directory with an index of hashes */
#define EXT2_TOPDIR_FL 0x00020000 /* what is made in it goes to other groups */
#define EXT2_LINK_MAX  65000

/* A directory is a file of these; an entry never crosses a block. */
#define EXT2_NAME_LEN 255
struct ext2_dir_entry_2 {
	__le32 inode;	/* 0: unused */
	__le16 rec_len; /* to the next entry: a multiple of 4 */
	__u8 name_len;
	__u8 file_type; /* with the filetype feature, else the high byte of name_len */
	char name[];	/* name_len bytes, no NUL */
};
_Static_assert(sizeof(struct ext2_dir_entry_2) == 8, "ext2_dir_entry_2");
#define EXT2_DIR_PAD		   4
#define EXT2_DIR_REC_LEN(name_len) (((name_len) + 8 + EXT2_DIR_PAD - 1) & ~(EXT2_DIR_PAD - 1))

/* file_type, which is Linux's generic FT_ set. */
#define EXT2_FT_UNKNOWN	 0
#define EXT2_FT_REG_FILE 1
#define EXT2_FT_DIR	 2
#define EXT2_FT_CHRDEV	 3
#define EXT2_FT_BLKDEV	 4
#define EXT2_FT_FIFO	 5
#define EXT2_FT_SOCK	 6
#define EXT2_FT_SYMLINK	 7
#define EXT2_FT_MAX	 8

#endif
