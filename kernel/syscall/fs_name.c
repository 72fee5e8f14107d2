/*
 * System calls of files: names, directories, rights, owners, times, mounts.
 */
#include "kernel/fs/internal.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/namei.h"
#include "kernel/syscall/syscall.h"
#include "kernel/syscall/timespec.h"
#include "mm/phys/gfp.h"
#include "mm/phys/slab.h"
#include <linux/time_types.h>
#include <linux/utime.h>

/* ---- directories ---- */

SYSCALL_DEFINE2(mkdir, const char __user *, name, umode_t, mode)
{
	return do_mkdirat(AT_FDCWD, name, mode);
}

SYSCALL_DEFINE3(mkdirat, int, dfd, const char __user *, name, umode_t, mode)
{
	return do_mkdirat(dfd, name, mode);
}

SYSCALL_DEFINE1(rmdir, const char __user *, name)
{
	return do_rmdir(AT_FDCWD, name);
}

SYSCALL_DEFINE1(unlink, const char __user *, name)
{
	return do_unlinkat(AT_FDCWD, name);
}

SYSCALL_DEFINE3(unlinkat, int, dfd, const char __user *, name, int, flag)
{
	if (flag & ~AT_REMOVEDIR)
		return -EINVAL;
	return flag & AT_REMOVEDIR ? do_rmdir(dfd, name) : do_unlinkat(dfd, name);
}

SYSCALL_DEFINE2(rename, const char __user *, old, const char __user *, new)
{
	return do_renameat2(AT_FDCWD, old, AT_FDCWD, new, 0);
}

SYSCALL_DEFINE4(renameat, int, olddfd, const char __user *, old, int, newdfd, const char __user *,
		new)
{
	return do_renameat2(olddfd, old, newdfd, new, 0);
}

SYSCALL_DEFINE5(renameat2, int, olddfd, const char __user *, old, int, newdfd, const char __user *,
		new, unsigned int, flags)
{
	return do_renameat2(olddfd, old, newdfd, new, flags);
}

SYSCALL_DEFINE2(link, const char __user *, old, const char __user *, new)
{
	return do_linkat(AT_FDCWD, old, AT_FDCWD, new, 0);
}

SYSCALL_DEFINE5(linkat, int, olddfd, const char __user *, old, int, newdfd, const char __user *,
		new, int, flags)
{
	return do_linkat(olddfd, old, newdfd, new, flags);
}

SYSCALL_DEFINE2(symlink, const char __user *, target, const char __user *, name)
{
	return do_symlinkat(target, AT_FDCWD, name);
}

SYSCALL_DEFINE3(symlinkat, const char __user *, target, int, dfd, const char __user *, name)
{
	return do_symlinkat(target, dfd, name);
}

SYSCALL_DEFINE3(readlink, const char __user *, name, char __user *, buf, int, size)
{
	return do_readlinkat(AT_FDCWD, name, buf, size);
}

SYSCALL_DEFINE4(readlinkat, int, dfd, const char __user *, name, char __user *, buf, int, size)
{
	return do_readlinkat(dfd, name, buf, size);
}

SYSCALL_DEFINE3(mknod, const char __user *, name, umode_t, mode, unsigned int, dev)
{
	return do_mknodat(AT_FDCWD, name, mode, dev);
}

SYSCALL_DEFINE4(mknodat, int, dfd, const char __user *, name, umode_t, mode, unsigned int, dev)
{
	return do_mknodat(dfd, name, mode, dev);
}

SYSCALL_DEFINE3(getdents, unsigned int, fd, void __user *, buf, unsigned int, count)
{
	return do_getdents(fd, buf, count, false);
}

SYSCALL_DEFINE3(getdents64, unsigned int, fd, void __user *, buf, unsigned int, count)
{
	return do_getdents(fd, buf, count, true);
}

/* ---- where we are ---- */

SYSCALL_DEFINE1(chdir, const char __user *, name)
{
	return do_chdir(name);
}

SYSCALL_DEFINE1(fchdir, unsigned int, fd)
{
	return do_fchdir(fd);
}

SYSCALL_DEFINE1(chroot, const char __user *, name)
{
	return do_chroot(name);
}

/* The length with the terminator. */
SYSCALL_DEFINE2(getcwd, char __user *, buf, unsigned long, size)
{
	char *page = kmalloc(PATH_MAX_KERNEL, GFP_KERNEL), *start;
	long ret;

	if (!page)
		return -ENOMEM;
	ret = d_path_cwd(page, PATH_MAX_KERNEL, &start);
	if (!ret) {
		ret = page + PATH_MAX_KERNEL - start;
		if ((unsigned long)ret > size)
			ret = -ERANGE;
		else if (copy_to_user(buf, start, ret))
			ret = -EFAULT;
	}
	kfree(page);
	return ret;
}

/* ---- rights and owners ---- */

SYSCALL_DEFINE2(access, const char __user *, name, int, mode)
{
	return do_faccessat(AT_FDCWD, name, mode, 0);
}

SYSCALL_DEFINE3(faccessat, int, dfd, const char __user *, name, int, mode)
{
	return do_faccessat(dfd, name, mode, 0);
}

SYSCALL_DEFINE4(faccessat2, int, dfd, const char __user *, name, int, mode, int, flags)
{
	return do_faccessat(dfd, name, mode, flags);
}

SYSCALL_DEFINE2(chmod, const char __user *, name, umode_t, mode)
{
	return do_fchmodat(AT_FDCWD, name, mode);
}

SYSCALL_DEFINE3(fchmodat, int, dfd, const char __user *, name, umode_t, mode)
{
	return do_fchmodat(dfd, name, mode);
}

SYSCALL_DEFINE2(fchmod, unsigned int, fd, umode_t, mode)
{
	return do_fchmod(fd, mode);
}

/* The calls with 16-bit ids: all ones still means "leave it". */
static inline unsigned int low2high_id(unsigned short id)
{
	return id == (unsigned short)-1 ? (unsigned int)-1 : id;
}

SYSCALL_DEFINE3(chown16, const char __user *, name, unsigned short, uid, unsigned short, gid)
{
	return do_fchownat(AT_FDCWD, name, low2high_id(uid), low2high_id(gid), 0);
}

SYSCALL_DEFINE3(lchown16, const char __user *, name, unsigned short, uid, unsigned short, gid)
{
	return do_fchownat(AT_FDCWD, name, low2high_id(uid), low2high_id(gid), AT_SYMLINK_NOFOLLOW);
}

SYSCALL_DEFINE3(fchown16, unsigned int, fd, unsigned short, uid, unsigned short, gid)
{
	return do_fchown(fd, low2high_id(uid), low2high_id(gid));
}

SYSCALL_DEFINE3(chown32, const char __user *, name, uid_t, uid, gid_t, gid)
{
	return do_fchownat(AT_FDCWD, name, uid, gid, 0);
}

SYSCALL_DEFINE3(lchown32, const char __user *, name, uid_t, uid, gid_t, gid)
{
	return do_fchownat(AT_FDCWD, name, uid, gid, AT_SYMLINK_NOFOLLOW);
}

SYSCALL_DEFINE3(fchown32, unsigned int, fd, uid_t, uid, gid_t, gid)
{
	return do_fchown(fd, uid, gid);
}

SYSCALL_DEFINE5(fchownat, int, dfd, const char __user *, name, uid_t, uid, gid_t, gid, int, flags)
{
	return do_fchownat(dfd, name, uid, gid, flags);
}

/* ---- times ---- */

SYSCALL_DEFINE2(utime, const char __user *, name, const struct utimbuf __user *, utimes)
{
	struct timespec64 times[2] = {};
	struct utimbuf buf;

	if (!utimes)
		return do_utimes(AT_FDCWD, name, NULL, 0);
	if (copy_from_user(&buf, utimes, sizeof(buf)))
		return -EFAULT;
	times[0].tv_sec = buf.actime;
	times[1].tv_sec = buf.modtime;
	return do_utimes(AT_FDCWD, name, times, 0);
}

static long utimes_timeval(int dfd, const char __user *name,
			   const struct __kernel_old_timeval __user *utimes)
{
	struct __kernel_old_timeval tv[2];
	struct timespec64 times[2];
	int i;

	if (!utimes)
		return do_utimes(dfd, name, NULL, 0);
	if (copy_from_user(tv, utimes, sizeof(tv)))
		return -EFAULT;
	for (i = 0; i < 2; i++) {
		/* Microseconds that would read as UTIME_NOW or UTIME_OMIT must not pass. */
		if (tv[i].tv_usec < 0 || tv[i].tv_usec >= (long)USEC_PER_SEC)
			return -EINVAL;
		times[i].tv_sec = tv[i].tv_sec;
		times[i].tv_nsec = tv[i].tv_usec * (long)NSEC_PER_USEC;
	}
	return do_utimes(dfd, name, times, 0);
}

SYSCALL_DEFINE2(utimes, const char __user *, name, const struct __kernel_old_timeval __user *,
		utimes)
{
	return utimes_timeval(AT_FDCWD, name, utimes);
}

SYSCALL_DEFINE3(futimesat, int, dfd, const char __user *, name,
		const struct __kernel_old_timeval __user *, utimes)
{
	return utimes_timeval(dfd, name, utimes);
}

SYSCALL_DEFINE4(utimensat, int, dfd, const char __user *, name,
		const struct __kernel_old_timespec __user *, utimes, int, flags)
{
	struct timespec64 times[2];

	if (!utimes)
		return do_utimes(dfd, name, NULL, flags);
	if (get_old_timespec(&times[0], utimes) || get_old_timespec(&times[1], utimes + 1))
		return -EFAULT;
	return do_utimes(dfd, name, times, flags);
}

SYSCALL_DEFINE4(utimensat_time64, int, dfd, const char __user *, name,
		const struct __kernel_timespec __user *, utimes, int, flags)
{
	struct timespec64 times[2];

	if (!utimes)
		return do_utimes(dfd, name, NULL, flags);
	if (get_timespec64(&times[0], utimes) || get_timespec64(&times[1], utimes + 1))
		return -EFAULT;
	return do_utimes(dfd, name, times, flags);
}

/* ---- mounts ---- */

/* An optional string argument. *res is NULL for a null pointer. */
static int copy_mount_string(const char __user *user, char **res)
{
	char *text;
	long len;

	*res = NULL;
	if (!user)
		return 0;
	text = kmalloc(PATH_MAX_KERNEL, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	len = strncpy_from_user(text, user, PATH_MAX_KERNEL);
	if (len < 0 || len >= PATH_MAX_KERNEL) {
		kfree(text);
		return len < 0 ? len : -EINVAL;
	}
	*res = text;
	return 0;
}

/* The options: up to a page of bytes, or as many of them as can be read. */
static int copy_mount_options(const void __user *user, char **res)
{
	unsigned long left;
	char *page;

	*res = NULL;
	if (!user)
		return 0;
	page = kzalloc(PAGE_SIZE, GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	left = copy_from_user(page, user, min(PAGE_SIZE, TASK_SIZE - (unsigned long)user));
	if (left == PAGE_SIZE) {
		kfree(page);
		return -EFAULT;
	}
	page[PAGE_SIZE - 1] = '\0';
	*res = page;
	return 0;
}

SYSCALL_DEFINE5(mount, const char __user *, udev, const char __user *, udir, const char __user *,
		utype, unsigned long, flags, const void __user *, udata)
{
	char *dev = NULL, *type = NULL, *data = NULL, *dir;
	int err;

	err = copy_mount_string(utype, &type);
	if (!err)
		err = copy_mount_string(udev, &dev);
	if (!err)
		err = copy_mount_options(udata, &data);
	if (!err) {
		dir = getname(udir);
		err = PTR_ERR_OR_ZERO(dir);
		if (!err)
			err = do_mount(dev, dir, type, flags, data);
		putname(dir);
	}
	kfree(data);
	kfree(dev);
	kfree(type);
	return err;
}

SYSCALL_DEFINE1(oldumount, const char __user *, name)
{
	return do_umount_path(name, 0);
}

SYSCALL_DEFINE2(umount, const char __user *, name, int, flags)
{
	return do_umount_path(name, flags);
}
