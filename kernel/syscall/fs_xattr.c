/*
 * System calls of extended attributes: by path, by the link itself (l), by descriptor (f).
 */
#include "kernel/fs/internal.h"
#include "kernel/fs/namei.h"
#include "kernel/fs/xattr.h"
#include "kernel/lib/util.h"
#include "kernel/syscall/syscall.h"
#include "mm/phys/vmalloc.h"
#include <linux/limits.h>
#include <linux/xattr.h>

/* The file of an open descriptor; O_PATH ones have no attributes (EBADF). path_put() it. */
static int fd_path(int fd, struct path *path)
{
	struct file *f = fget(fd);

	if (!f)
		return -EBADF;
	*path = f->f_path;
	path_get(path);
	fput(f);
	return 0;
}

/* -ERANGE for names that are empty or too long. */
static int copy_name(char *to, const char __user *name)
{
	long n = strncpy_from_user(to, name, XATTR_NAME_MAX + 1);

	if (n == 0 || n == XATTR_NAME_MAX + 1)
		return -ERANGE;
	return n < 0 ? n : 0;
}

/* These take over the path, and the error of looking it up. */

static long getxattr(struct inode *inode, const char __user *name, void __user *value, size_t size)
{
	char kname[XATTR_NAME_MAX + 1], *kvalue = NULL;
	long ret = copy_name(kname, name);

	if (ret)
		return ret;
	size = min(size, (size_t)XATTR_SIZE_MAX);
	if (size) {
		kvalue = kvzalloc(size);
		if (!kvalue)
			return -ENOMEM;
	}
	ret = vfs_getxattr(inode, kname, kvalue, size);
	if (ret > 0 && size && copy_to_user(value, kvalue, ret))
		ret = -EFAULT;
	else if (ret == -ERANGE && size == XATTR_SIZE_MAX) /* no buffer can be large enough */
		ret = -E2BIG;
	kvfree(kvalue);
	return ret;
}

static long get(int err, struct path *path, const char __user *name, void __user *value,
		size_t size)
{
	long ret;

	if (err)
		return err;
	ret = getxattr(path->dentry->d_inode, name, value, size);
	path_put(path);
	return ret;
}

static long setxattr(struct inode *inode, const char __user *name, const void __user *value,
		     size_t size, int flags)
{
	static char none[1]; /* an empty value */
	char kname[XATTR_NAME_MAX + 1], *kvalue = none;
	long ret = flags & ~(XATTR_CREATE | XATTR_REPLACE) ? -EINVAL : copy_name(kname, name);

	if (ret)
		return ret;
	if (size > XATTR_SIZE_MAX)
		return -E2BIG;
	if (size) {
		kvalue = kvmalloc(size);
		if (!kvalue)
			return -ENOMEM;
		if (copy_from_user(kvalue, value, size))
			ret = -EFAULT;
	}
	if (!ret)
		ret = vfs_setxattr(inode, kname, kvalue, size, flags);
	if (size)
		kvfree(kvalue);
	return ret;
}

static long set(int err, struct path *path, const char __user *name, const void __user *value,
		size_t size, int flags)
{
	long ret;

	if (err)
		return err;
	ret = mnt_want_write(path->mnt);
	if (!ret)
		ret = setxattr(path->dentry->d_inode, name, value, size, flags);
	path_put(path);
	return ret;
}

static long remove(int err, struct path *path, const char __user *name)
{
	char kname[XATTR_NAME_MAX + 1];

	if (err)
		return err;
	err = mnt_want_write(path->mnt);
	if (!err)
		err = copy_name(kname, name);
	if (!err)
		err = vfs_removexattr(path->dentry->d_inode, kname);
	path_put(path);
	return err;
}

static long listxattr(struct inode *inode, char __user *names, size_t size)
{
	char *buf = NULL;
	long ret;

	size = min(size, (size_t)XATTR_LIST_MAX);
	if (size) {
		buf = kvmalloc(size);
		if (!buf)
			return -ENOMEM;
	}
	ret = vfs_listxattr(inode, buf, size);
	if (ret > 0 && size && copy_to_user(names, buf, ret))
		ret = -EFAULT;
	else if (ret == -ERANGE && size == XATTR_LIST_MAX)
		ret = -E2BIG;
	kvfree(buf);
	return ret;
}

static long list(int err, struct path *path, char __user *names, size_t size)
{
	long ret;

	if (err)
		return err;
	ret = listxattr(path->dentry->d_inode, names, size);
	path_put(path);
	return ret;
}

SYSCALL_DEFINE4(getxattr, const char __user *, file, const char __user *, name, void __user *,
		value, size_t, size)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, file, LOOKUP_FOLLOW, &path);

	return get(err, &path, name, value, size);
}

SYSCALL_DEFINE5(setxattr, const char __user *, file, const char __user *, name, const void __user *,
		value, size_t, size, int, flags)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, file, LOOKUP_FOLLOW, &path);

	return set(err, &path, name, value, size, flags);
}

SYSCALL_DEFINE3(listxattr, const char __user *, file, char __user *, names, size_t, size)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, file, LOOKUP_FOLLOW, &path);

	return list(err, &path, names, size);
}

SYSCALL_DEFINE2(removexattr, const char __user *, file, const char __user *, name)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, file, LOOKUP_FOLLOW, &path);

	return remove(err, &path, name);
}

SYSCALL_DEFINE4(lgetxattr, const char __user *, file, const char __user *, name, void __user *,
		value, size_t, size)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, file, 0, &path);

	return get(err, &path, name, value, size);
}

SYSCALL_DEFINE5(lsetxattr, const char __user *, file, const char __user *, name,
		const void __user *, value, size_t, size, int, flags)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, file, 0, &path);

	return set(err, &path, name, value, size, flags);
}

SYSCALL_DEFINE3(llistxattr, const char __user *, file, char __user *, names, size_t, size)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, file, 0, &path);

	return list(err, &path, names, size);
}

SYSCALL_DEFINE2(lremovexattr, const char __user *, file, const char __user *, name)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, file, 0, &path);

	return remove(err, &path, name);
}

SYSCALL_DEFINE4(fgetxattr, int, file, const char __user *, name, void __user *, value, size_t, size)
{
	struct path path;
	int err = fd_path(file, &path);

	return get(err, &path, name, value, size);
}

SYSCALL_DEFINE5(fsetxattr, int, file, const char __user *, name, const void __user *, value, size_t,
		size, int, flags)
{
	struct path path;
	int err = fd_path(file, &path);

	return set(err, &path, name, value, size, flags);
}

SYSCALL_DEFINE3(flistxattr, int, file, char __user *, names, size_t, size)
{
	struct path path;
	int err = fd_path(file, &path);

	return list(err, &path, names, size);
}

SYSCALL_DEFINE2(fremovexattr, int, file, const char __user *, name)
{
	struct path path;
	int err = fd_path(file, &path);

	return remove(err, &path, name);
}
