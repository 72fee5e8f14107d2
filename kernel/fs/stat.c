/*
 * What is known about a file: the one way to ask (vfs_getattr) behind all the stat calls.
 */
#include "kernel/fs/internal.h"
#include "kernel/fs/namei.h"
#include "libc/include/string.h"

static int vfs_getattr(const struct path *path, struct kstat *stat)
{
	struct inode *inode = path->dentry->d_inode;

	memset(stat, 0, sizeof(*stat));
	stat->mount_root = path->mnt->mnt_root == path->dentry;
	stat->mnt_id = path->mnt->mnt_id;
	if (inode->i_op->getattr)
		return inode->i_op->getattr(inode, stat);
	generic_fillattr(inode, stat);
	return 0;
}

int vfs_fstat(unsigned int fd, struct kstat *stat)
{
	struct file *f = fget_raw(fd);
	int err;

	if (!f)
		return -EBADF;
	err = vfs_getattr(&f->f_path, stat);
	fput(f);
	return err;
}

int vfs_statx(int dfd, const char __user *name, int flags, struct kstat *stat)
{
	struct path path;
	int err;

	err = user_path_at_flags(
		dfd, name, flags,
		AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE, &path);
	if (err)
		return err;
	err = vfs_getattr(&path, stat);
	path_put(&path);
	return err;
}
