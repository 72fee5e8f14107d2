/*
 * Extended attributes as they stand on the disk: in an inode behind its fixed part, and in a block
 * of their own (i_file_acl), which several inodes may share. Entries grow from the beginning,
 * values from the end. As parse.h, without anything of the kernel. Source of the layout: Linux,
 * fs/ext4/xattr.h.
 */
#ifndef KERNEL_FS_EXT2_XATTR_FORMAT_H
#define KERNEL_FS_EXT2_XATTR_FORMAT_H

#include "kernel/fs/ext2/ondisk.h"
#include <stdbool.h>

#define EXT2_XATTR_MAGIC	  0xEA020000
#define EXT2_XATTR_REFCOUNT_MAX	  1024
/* e_name_index: what stands before the name */
#define EXT2_XATTR_INDEX_USER	  1
#define EXT2_XATTR_INDEX_TRUSTED  4
#define EXT2_XATTR_INDEX_SECURITY 6

/* At the beginning of a block; of an inode's part, the magic number alone. */
struct ext2_xattr_header {
	__le32 h_magic;
	__le32 h_refcount; /* inodes that have this block */
	__le32 h_blocks;   /* 1 */
	__le32 h_hash;	   /* of all entries; 0: not to be shared */
	__le32 h_checksum;
	__le32 h_reserved[3];
};
_Static_assert(sizeof(struct ext2_xattr_header) == 32, "ext2_xattr_header");

/* Entries follow each other, and end before four bytes of zeros. */
struct ext2_xattr_entry {
	__u8 e_name_len;
	__u8 e_name_index;
	__le16 e_value_offs; /* from the base of the area */
	__le32 e_value_inum; /* 0: the value is in the area */
	__le32 e_value_size;
	__le32 e_hash;
	char e_name[];
};
_Static_assert(sizeof(struct ext2_xattr_entry) == 16, "ext2_xattr_entry");

/* Where attributes are, in a copy of it: [base, base + size). */
struct ext2_xattr_area {
	char *base;  /* offsets of values count from here */
	__u32 first; /* where the first entry is: behind the header, if base has one */
	__u32 size;
	bool block; /* a block: its entries are sorted, and have hashes */
};

/* A name, without what its index stands for. */
struct ext2_xattr_name {
	__u8 index;
	__u8 len;
	const char *name;
};

/* Are all entries and values inside the area, and apart from each other? 0, or -EUCLEAN. The
 * functions below want that. */
int ext2_xattr_check(const struct ext2_xattr_area *a);
/* The first entry (NULL: there is none), and the one behind an entry. */
const struct ext2_xattr_entry *ext2_xattr_first(const struct ext2_xattr_area *a);
const struct ext2_xattr_entry *ext2_xattr_next(const struct ext2_xattr_entry *e);
/* The entry of a name; NULL: there is none. */
const struct ext2_xattr_entry *ext2_xattr_find(const struct ext2_xattr_area *a,
					       const struct ext2_xattr_name *name);
static inline const char *ext2_xattr_value(const struct ext2_xattr_area *a,
					   const struct ext2_xattr_entry *e)
{
	return a->base + e->e_value_offs;
}
/* Give the name this value, or remove it (value NULL). 0, or -ENOSPC without a change. The hashes
   of a block are brought up to date. */
int ext2_xattr_set(struct ext2_xattr_area *a, const struct ext2_xattr_name *name, const void *value,
		   __u32 size);

#endif
