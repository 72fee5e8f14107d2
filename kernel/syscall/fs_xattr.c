/*
 * System calls of extended attributes: by path, by the link itself (l), by descriptor (f).
 */
#include "kernel/fs/internal.h"
#include "kernel/lib/util.h"
#include "kernel/syscall/syscall.h"
#include <linux/limits.h>
#include <linux/xattr.h>

#define PIECE 128

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

/* No file system stores the value, but an unreadable one has its own error. */
static int read_value(const char __user *value, size_t size)
{
	char piece[PIECE];
	size_t n;

	if (size > XATTR_SIZE_MAX)
		return -E2BIG;
	for (; size; value += n, size -= n) {
		n = min(size, sizeof(piece));
		if (copy_from_user(piece, value, n))
			return -EFAULT;
	}
	return 0;
}

/* These take over the path, and the error of looking it up. */

static long get(int err, struct path *path, const char __user *name)
{
	char kname[XATTR_NAME_MAX + 1];

	if (err)
		return err;
	err = copy_name(kname, name);
	if (!err)
		err = vfs_xattr(path, kname, MAY_READ);
	path_put(path);
	return err;
}

static long set(int err, struct path *path, const char __user *name, const char __user *value,
		size_t size, int flags)
{
	char kname[XATTR_NAME_MAX + 1];

	if (err)
		return err;
	err = mnt_want_write(path->mnt);
	if (!err && flags & ~(XATTR_CREATE | XATTR_REPLACE))
		err = -EINVAL;
	if (!err)
		err = copy_name(kname, name);
	if (!err)
		err = read_value(value, size);
	if (!err)
		err = vfs_xattr(path, kname, MAY_WRITE);
	path_put(path);
	return err;
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
		err = vfs_xattr(path, kname, MAY_WRITE);
	path_put(path);
	return err;
}

/* The list is empty. */
static long list(int err, struct path *path)
{
	if (!err)
		path_put(path);
	return err;
}

SYSCALL_DEFINE4(getxattr, const char __user *, file, const char __user *, name, void __user *,
		value, size_t, size)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, file, LOOKUP_FOLLOW, &path);

	return get(err, &path, name);
}

SYSCALL_DEFINE5(setxattr, const char __user *, file, const char __user *, name, const char __user *,
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

	return list(err, &path);
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

	return get(err, &path, name);
}

SYSCALL_DEFINE5(lsetxattr, const char __user *, file, const char __user *, name,
		const char __user *, value, size_t, size, int, flags)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, file, 0, &path);

	return set(err, &path, name, value, size, flags);
}

SYSCALL_DEFINE3(llistxattr, const char __user *, file, char __user *, names, size_t, size)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, file, 0, &path);

	return list(err, &path);
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

	return get(err, &path, name);
}

SYSCALL_DEFINE5(fsetxattr, int, file, const char __user *, name, const char __user *, value, size_t,
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

	return list(err, &path);
}

SYSCALL_DEFINE2(fremovexattr, int, file, const char __user *, name)
{
	struct path path;
	int err = fd_path(file, &path);

	return remove(err, &path, name);
}
