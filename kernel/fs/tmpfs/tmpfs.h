/*
 * tmpfs inside: shared by super.c (inodes, super block), file.c (files), dir.c
 * (directories), symlink.c and devtmpfs.c.
 */
#ifndef KERNEL_FS_TMPFS_TMPFS_H
#define KERNEL_FS_TMPFS_TMPFS_H

#include "kernel/fs/internal.h"
#include "kernel/fs/xattr.h"

#define BOGO_DIRENT_SIZE 20 /* what a name counts in its directory's size, as in Linux */

struct tmpfs_sb_info {
	unsigned long max_blocks; /* pages; 0: no limit */
	unsigned long used_blocks;
	unsigned long max_inodes;  /* 0: no limit */
	unsigned long used_inodes; /* inodes, and names beyond an inode's first */
	u32 last_ino;		   /* numbers count from 1 (the root) in each file system */
	umode_t mode;		   /* of the root directory */
	uid_t uid;
	gid_t gid;
};

struct tmpfs_inode_info {
	struct inode vfs_inode;
	unsigned long charged;	   /* pages counted in used_blocks */
	bool noreserve;		   /* memory is committed page by page; else for the whole size: */
	unsigned long reserved;	   /* pages committed so (shmem_file_setup) */
	unsigned long swapped;	   /* pages in swap: see swap.c */
	struct list_head swaplist; /* shmem_swaplist, if it had any */
	unsigned int seals;	   /* F_SEAL_; guarded by i_rwsem */
	u32 fsflags;		   /* FS_..._FL; guarded by i_rwsem */
	char *symlink;		   /* the text of a short one; NULL: it is the file's page */
	struct timespec64 crtime;
	struct simple_xattrs xattrs; /* changed with i_rwsem held for writing */
};

static inline struct tmpfs_inode_info *TMPFS_I(struct inode *inode)
{
	return container_of(inode, struct tmpfs_inode_info, vfs_inode);
}
static inline const struct tmpfs_inode_info *TMPFS_CI(const struct inode *inode)
{
	return container_of(inode, struct tmpfs_inode_info, vfs_inode);
}
static inline struct tmpfs_sb_info *TMPFS_SB(const struct super_block *sb)
{
	return sb->s_fs_info;
}

/* super.c: one more inode, or one more name of an inode, counts: -ENOSPC at the limit. */
int tmpfs_reserve_inode(struct super_block *sb);
/* It is gone: the other half of tmpfs_reserve_inode. */
void tmpfs_free_inode(struct super_block *sb);
/* A new inode with one reference; NULL dir: the root. ERR_PTR(-ENOSPC, -ENOMEM). */
struct inode *tmpfs_get_inode(struct super_block *sb, const struct inode *dir, umode_t mode,
			      dev_t dev);
/* A super block of type `type` with mount's options. */
struct super_block *tmpfs_fill_super(struct file_system_type *type, unsigned long flags,
				     const char *data);

/* The flags of a file or directory. */
u32 tmpfs_fileattr_get(struct inode *inode);
/* inode_operations.fileattr_set: the inode is locked. 0, or -EOPNOTSUPP for flags that tmpfs has
   not. */
int tmpfs_fileattr_set(struct inode *inode, u32 flags);
/* inode_operations.getattr: with the flags and the time of birth. 0. */
int tmpfs_getattr(struct inode *inode, struct kstat *stat);

/* xattr.c */
extern const struct xattr_handler *const tmpfs_xattr_handlers[];
/* inode_operations.listxattr */
ssize_t tmpfs_listxattr(struct inode *inode, char *buf, size_t size);

/* file.c */
extern const struct address_space_operations tmpfs_aops;
extern const struct file_operations tmpfs_file_fops;
/* inode_operations.setattr: the inode is locked. 0 or -errno; sleeps. */
int tmpfs_setattr(struct dentry *dentry, struct iattr *attr);
/* Pages have gone (truncation): give back what was counted for them. */
void tmpfs_recalc_pages(struct inode *inode);

/* swap.c: address_space_operations of the same names. */
int shmem_writepage(struct page *page, struct writeback_control *wbc);
int shmem_swapin(struct address_space *mapping, pgoff_t index);
void shmem_drop_value(struct address_space *mapping, pgoff_t index);
/* Is the page at index in swap, and not in the swap cache? */
bool tmpfs_must_read(const struct address_space *mapping, pgoff_t index);

/* symlink.c */
extern const struct inode_operations tmpfs_symlink_iops;
/* Give a new symbolic link its text, of less than PATH_MAX bytes. 0, -ENOSPC or -ENOMEM. */
int tmpfs_set_link(struct inode *inode, const char *text);

/* dir.c */
extern const struct inode_operations tmpfs_dir_iops;
/* inode_operations.mknod: dir is locked for writing. 0, -ENOSPC or -ENOMEM. */
int tmpfs_mknod(struct inode *dir, struct dentry *dentry, umode_t mode, dev_t dev);

#endif
