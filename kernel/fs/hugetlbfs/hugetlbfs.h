/*
 * hugetlbfs inside: super.c (mounts, inodes), dir.c (directories), file.c (files). What a file is
 * made of is in mm/hugetlb*.c.
 */
#ifndef KERNEL_FS_HUGETLBFS_HUGETLBFS_H
#define KERNEL_FS_HUGETLBFS_HUGETLBFS_H

#include "kernel/fs/internal.h"
#include "mm/hugetlb_internal.h"

/* super.c: a new inode with one reference; NULL dir: the root, or a file without a name. NULL: no
   memory, or the limit of the mount is reached. */
struct inode *hugetlbfs_get_inode(struct super_block *sb, const struct inode *dir, umode_t mode,
				  dev_t dev);

/* dir.c */
extern const struct inode_operations hugetlbfs_dir_iops;

/* file.c */
extern const struct file_operations hugetlbfs_file_fops;
extern const struct address_space_operations hugetlbfs_aops;
/* inode_operations.setattr: the inode is locked. 0 or -errno; sleeps. */
int hugetlbfs_setattr(struct dentry *dentry, struct iattr *attr);
/* Take the huge pages from byte `start` to byte `end` (both multiples of one) out of the file;
   whole: this is the end of the file, and its reservations there go too. May sleep. */
void remove_inode_hugepages(struct inode *inode, loff_t start, loff_t end, bool whole);

#endif
