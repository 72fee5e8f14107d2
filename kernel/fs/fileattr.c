/*
 * The flags that a file system keeps with a file (chattr(1)): FS_IOC_GETFLAGS and FS_IOC_SETFLAGS,
 * and in other places of a larger structure FS_IOC_FSGETXATTR and FS_IOC_FSSETXATTR.
 * Two of them forbid: a file or directory that is S_IMMUTABLE cannot change at all, one that is
 * S_APPEND can only grow. The places that change files look at them.
 */
#include "kernel/fs/internal.h"
#include <linux/fs.h>

void inode_set_fsflags(struct inode *inode, u32 fsflags)
{
	inode->i_flags &= ~(S_IMMUTABLE | S_APPEND | S_NOATIME | S_SYNC | S_DIRSYNC);
	inode->i_flags |= (fsflags & FS_IMMUTABLE_FL ? S_IMMUTABLE : 0) |
			  (fsflags & FS_APPEND_FL ? S_APPEND : 0) |
			  (fsflags & FS_NOATIME_FL ? S_NOATIME : 0) |
			  (fsflags & FS_SYNC_FL ? S_SYNC : 0) |
			  (fsflags & FS_DIRSYNC_FL ? S_DIRSYNC : 0);
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

static int may_set_flags(const struct file *f)
{
	int err = mnt_want_write(f->f_path.mnt);

	if (err)
		return err;
	return inode_owner_or_capable(f->f_inode) ? 0 : -EPERM;
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
	err = may_set_flags(f);
	if (err)
		return err;
	inode_lock(inode);
	err = set_flags(inode, flags);
	inode_unlock(inode);
	return err;
}

/* ---- the larger structure ---- */

/* What both have: the place here, and there. */
static const struct {
	u32 flag, xflag;
} common_flags[] = {
	{FS_SYNC_FL, FS_XFLAG_SYNC},	   {FS_IMMUTABLE_FL, FS_XFLAG_IMMUTABLE},
	{FS_APPEND_FL, FS_XFLAG_APPEND},   {FS_NODUMP_FL, FS_XFLAG_NODUMP},
	{FS_NOATIME_FL, FS_XFLAG_NOATIME},
};

long ioctl_fsgetxattr(struct file *f, struct fsxattr __user *arg)
{
	struct inode *inode = f->f_inode;
	struct fsxattr x = {};
	u32 flags;

	if (!inode->i_op->fileattr_get)
		return -ENOTTY;
	flags = inode->i_op->fileattr_get(inode);
	for (unsigned int i = 0; i < ARRAY_SIZE(common_flags); i++)
		if (flags & common_flags[i].flag)
			x.fsx_xflags |= common_flags[i].xflag;
	return copy_to_user(arg, &x, sizeof(x)) ? -EFAULT : 0;
}

/* With the inode locked. What the structure has no place for stays. */
static int set_xflags(struct inode *inode, const struct fsxattr *x)
{
	u32 flags = inode->i_op->fileattr_get(inode), rest = x->fsx_xflags;

	for (unsigned int i = 0; i < ARRAY_SIZE(common_flags); i++) {
		flags &= ~common_flags[i].flag;
		if (rest & common_flags[i].xflag)
			flags |= common_flags[i].flag;
		rest &= ~common_flags[i].xflag;
	}
	/* No file system here has hints or projects. */
	if (rest || x->fsx_extsize || x->fsx_nextents || x->fsx_projid || x->fsx_cowextsize)
		return -EOPNOTSUPP;
	return set_flags(inode, flags);
}

long ioctl_fssetxattr(struct file *f, const struct fsxattr __user *arg)
{
	struct inode *inode = f->f_inode;
	struct fsxattr x;
	int err;

	if (!inode->i_op->fileattr_get)
		return -ENOTTY;
	if (copy_from_user(&x, arg, sizeof(x)))
		return -EFAULT;
	err = may_set_flags(f);
	if (err)
		return err;
	inode_lock(inode);
	err = set_xflags(inode, &x);
	inode_unlock(inode);
	return err;
}
