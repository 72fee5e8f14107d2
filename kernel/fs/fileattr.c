/*
 * The flags that a file system keeps with a file (chattr(1)): FS_IOC_GETFLAGS and FS_IOC_SETFLAGS.
 * Two of them forbid: a file or directory that is S_IMMUTABLE cannot change at all, one that is
 * S_APPEND can only grow. The places that change files look at them.
 */
#include "kernel/fs/internal.h"
#include <linux/fs.h>

void inode_set_fsflags(struct inode *inode, u32 fsflags)
{
	inode->i_flags &= ~(S_IMMUTABLE | S_APPEND | S_NOATIME);
	inode->i_flags |= (fsflags & FS_IMMUTABLE_FL ? S_IMMUTABLE : 0) |
			  (fsflags & FS_APPEND_FL ? S_APPEND : 0) |
			  (fsflags & FS_NOATIME_FL ? S_NOATIME : 0);
}

void fill_stat_attributes(struct kstat *stat, u32 fsflags, u32 known)
{
	/* STATX_ATTR_ has the same values. */
	stat->attributes |= fsflags & known;
	stat->attributes_mask |= known;
}

long ioctl_getflags(struct file *f, u32 __user *arg)
{
	struct inode *inode = f->f_inode;

	if (!inode->i_op->fileattr_get)
		return -ENOTTY;
	return put_user(inode->i_op->fileattr_get(inode), arg);
}

/* With the inode locked. */
static int set_flags(struct inode *inode, u32 flags)
{
	u32 changed = flags ^ inode->i_op->fileattr_get(inode);

	if (changed & (FS_APPEND_FL | FS_IMMUTABLE_FL) && !has_cap(CAP_LINUX_IMMUTABLE))
		return -EPERM;
	return inode->i_op->fileattr_set ? inode->i_op->fileattr_set(inode, flags) : -EOPNOTSUPP;
}

long ioctl_setflags(struct file *f, const u32 __user *arg)
{
	struct inode *inode = f->f_inode;
	u32 flags;
	int err;

	if (!inode->i_op->fileattr_get)
		return -ENOTTY;
	if (get_user(flags, arg))
		return -EFAULT;
	err = mnt_want_write(f->f_path.mnt);
	if (err)
		return err;
	if (!inode_owner_or_capable(inode))
		return -EPERM;
	inode_lock(inode);
	err = set_flags(inode, flags);
	inode_unlock(inode);
	return err;
}
