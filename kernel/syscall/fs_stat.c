/*
 * System calls of files: stat and statfs in all their layouts.
 */
#include "kernel/fs/internal.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/namei.h"
#include "kernel/syscall/syscall.h"
#include "libc/include/string.h"
#include <asm/stat.h>
#include <asm/statfs.h>

#define OVERFLOW_ID 65534 /* what an id beyond 16 bits reads as in the old layouts */

static unsigned short high2low_id(unsigned int id)
{
	return id > 0xffff ? OVERFLOW_ID : id;
}

/* ---- the layouts ---- */

/* Does a device number fit into the old 8 + 8 bits? */
static bool old_valid_dev(dev_t dev)
{
	return MAJOR(dev) < 256 && MINOR(dev) < 256;
}

static long cp_old_stat(const struct kstat *stat, void __user *ubuf)
{
	struct __old_kernel_stat tmp;

	memset(&tmp, 0, sizeof(tmp));
	if (!old_valid_dev(stat->dev) || !old_valid_dev(stat->rdev) || stat->size > MAX_NON_LFS)
		return -EOVERFLOW;
	tmp.st_dev = new_encode_dev(stat->dev);
	tmp.st_rdev = new_encode_dev(stat->rdev);
	tmp.st_ino = stat->ino;
	tmp.st_mode = stat->mode;
	tmp.st_nlink = stat->nlink;
	if (tmp.st_ino != stat->ino || tmp.st_nlink != stat->nlink)
		return -EOVERFLOW;
	tmp.st_uid = high2low_id(stat->uid);
	tmp.st_gid = high2low_id(stat->gid);
	tmp.st_size = stat->size;
	tmp.st_atime = stat->atime.tv_sec;
	tmp.st_mtime = stat->mtime.tv_sec;
	tmp.st_ctime = stat->ctime.tv_sec;
	return copy_to_user(ubuf, &tmp, sizeof(tmp)) ? -EFAULT : 0;
}

static long cp_new_stat(const struct kstat *stat, void __user *ubuf)
{
	struct stat tmp;

	memset(&tmp, 0, sizeof(tmp));
	if (stat->size > MAX_NON_LFS)
		return -EOVERFLOW;
	tmp.st_dev = new_encode_dev(stat->dev);
	tmp.st_rdev = new_encode_dev(stat->rdev);
	tmp.st_ino = stat->ino;
	tmp.st_mode = stat->mode;
	tmp.st_nlink = stat->nlink;
	if (tmp.st_ino != stat->ino || tmp.st_nlink != stat->nlink)
		return -EOVERFLOW;
	tmp.st_uid = high2low_id(stat->uid);
	tmp.st_gid = high2low_id(stat->gid);
	tmp.st_size = stat->size;
	tmp.st_atime = stat->atime.tv_sec;
	tmp.st_atime_nsec = stat->atime.tv_nsec;
	tmp.st_mtime = stat->mtime.tv_sec;
	tmp.st_mtime_nsec = stat->mtime.tv_nsec;
	tmp.st_ctime = stat->ctime.tv_sec;
	tmp.st_ctime_nsec = stat->ctime.tv_nsec;
	tmp.st_blocks = stat->blocks;
	tmp.st_blksize = stat->blksize;
	return copy_to_user(ubuf, &tmp, sizeof(tmp)) ? -EFAULT : 0;
}

static long cp_new_stat64(const struct kstat *stat, void __user *ubuf)
{
	struct stat64 tmp;

	memset(&tmp, 0, sizeof(tmp));
	tmp.st_dev = new_encode_dev(stat->dev);
	tmp.st_rdev = new_encode_dev(stat->rdev);
	tmp.__st_ino = stat->ino;
	tmp.st_ino = stat->ino;
	tmp.st_mode = stat->mode;
	tmp.st_nlink = stat->nlink;
	tmp.st_uid = stat->uid;
	tmp.st_gid = stat->gid;
	tmp.st_size = stat->size;
	tmp.st_atime = stat->atime.tv_sec;
	tmp.st_atime_nsec = stat->atime.tv_nsec;
	tmp.st_mtime = stat->mtime.tv_sec;
	tmp.st_mtime_nsec = stat->mtime.tv_nsec;
	tmp.st_ctime = stat->ctime.tv_sec;
	tmp.st_ctime_nsec = stat->ctime.tv_nsec;
	tmp.st_blocks = stat->blocks;
	tmp.st_blksize = stat->blksize;
	return copy_to_user(ubuf, &tmp, sizeof(tmp)) ? -EFAULT : 0;
}

/* ---- stat, lstat, fstat ---- */

typedef long (*cp_stat_t)(const struct kstat *stat, void __user *ubuf);

static long stat_name(int dfd, const char __user *name, int flags, cp_stat_t copy, void __user *buf)
{
	struct kstat stat;
	int err = vfs_statx(dfd, name, flags, &stat);

	return err ? err : copy(&stat, buf);
}

static long stat_fd(unsigned int fd, cp_stat_t copy, void __user *buf)
{
	struct kstat stat;
	int err = vfs_fstat(fd, &stat);

	return err ? err : copy(&stat, buf);
}

SYSCALL_DEFINE2(stat, const char __user *, name, struct __old_kernel_stat __user *, buf)
{
	return stat_name(AT_FDCWD, name, 0, cp_old_stat, buf);
}

SYSCALL_DEFINE2(lstat, const char __user *, name, struct __old_kernel_stat __user *, buf)
{
	return stat_name(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, cp_old_stat, buf);
}

SYSCALL_DEFINE2(fstat, unsigned int, fd, struct __old_kernel_stat __user *, buf)
{
	return stat_fd(fd, cp_old_stat, buf);
}

SYSCALL_DEFINE2(newstat, const char __user *, name, struct stat __user *, buf)
{
	return stat_name(AT_FDCWD, name, 0, cp_new_stat, buf);
}

SYSCALL_DEFINE2(newlstat, const char __user *, name, struct stat __user *, buf)
{
	return stat_name(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, cp_new_stat, buf);
}

SYSCALL_DEFINE2(newfstat, unsigned int, fd, struct stat __user *, buf)
{
	return stat_fd(fd, cp_new_stat, buf);
}

SYSCALL_DEFINE2(stat64, const char __user *, name, struct stat64 __user *, buf)
{
	return stat_name(AT_FDCWD, name, 0, cp_new_stat64, buf);
}

SYSCALL_DEFINE2(lstat64, const char __user *, name, struct stat64 __user *, buf)
{
	return stat_name(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, cp_new_stat64, buf);
}

SYSCALL_DEFINE2(fstat64, unsigned int, fd, struct stat64 __user *, buf)
{
	return stat_fd(fd, cp_new_stat64, buf);
}

SYSCALL_DEFINE4(fstatat64, int, dfd, const char __user *, name, struct stat64 __user *, buf, int,
		flags)
{
	struct kstat stat;
	int err = vfs_statx(dfd, name, flags & ~AT_STATX_SYNC_TYPE, &stat);

	/* The synchronisation flags are statx's alone. */
	if (flags & AT_STATX_SYNC_TYPE)
		return -EINVAL;
	return err ? err : cp_new_stat64(&stat, buf);
}

static struct statx_timestamp statx_time(const struct timespec64 *ts)
{
	return (struct statx_timestamp){.tv_sec = ts->tv_sec, .tv_nsec = ts->tv_nsec};
}

SYSCALL_DEFINE5(statx, int, dfd, const char __user *, name, unsigned int, flags, unsigned int, mask,
		struct statx __user *, ubuf)
{
	struct kstat stat;
	struct statx tmp;
	int err;

	if (mask & STATX__RESERVED || (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
		return -EINVAL;
	err = vfs_statx(dfd, name, flags, &stat);
	if (err)
		return err;
	memset(&tmp, 0, sizeof(tmp));
	tmp.stx_mask = STATX_BASIC_STATS | STATX_MNT_ID | (stat.has_btime ? STATX_BTIME : 0);
	tmp.stx_blksize = stat.blksize;
	tmp.stx_attributes = stat.attributes | (stat.mount_root ? STATX_ATTR_MOUNT_ROOT : 0);
	tmp.stx_attributes_mask = stat.attributes_mask | STATX_ATTR_MOUNT_ROOT |
				  STATX_ATTR_AUTOMOUNT | STATX_ATTR_DAX;
	tmp.stx_nlink = stat.nlink;
	tmp.stx_uid = stat.uid;
	tmp.stx_gid = stat.gid;
	tmp.stx_mode = stat.mode;
	tmp.stx_ino = stat.ino;
	tmp.stx_size = stat.size;
	tmp.stx_blocks = stat.blocks;
	tmp.stx_atime = statx_time(&stat.atime);
	tmp.stx_btime = statx_time(&stat.btime);
	tmp.stx_ctime = statx_time(&stat.ctime);
	tmp.stx_mtime = statx_time(&stat.mtime);
	tmp.stx_rdev_major = MAJOR(stat.rdev);
	tmp.stx_rdev_minor = MINOR(stat.rdev);
	tmp.stx_dev_major = MAJOR(stat.dev);
	tmp.stx_dev_minor = MINOR(stat.dev);
	tmp.stx_mnt_id = stat.mnt_id;
	return copy_to_user(ubuf, &tmp, sizeof(tmp)) ? -EFAULT : 0;
}

/* ---- statfs ---- */

/* f_flags (Linux: include/linux/statfs.h, not in the UAPI headers). */
#define ST_VALID       0x0020
#define ST_RELATIME    0x1000
#define ST_NOSYMFOLLOW 0x2000

static long statfs_flags(const struct vfsmount *mnt)
{
	unsigned long sb = mnt->mnt_sb->s_flags;
	/* These have the same value in both worlds. */
	const unsigned long same =
		MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME;
	long flags = ST_VALID | (mnt->mnt_flags & same) |
		     (sb & (MS_RDONLY | MS_SYNCHRONOUS | MS_MANDLOCK));

	if (mnt->mnt_flags & MS_RELATIME)
		flags |= ST_RELATIME;
	if (mnt->mnt_flags & MS_NOSYMFOLLOW)
		flags |= ST_NOSYMFOLLOW;
	return flags;
}

struct statfs_answer {
	struct kstatfs st;
	long flags;
};

static int statfs_path(const struct path *path, struct statfs_answer *a)
{
	a->flags = statfs_flags(path->mnt);
	return vfs_statfs(path, &a->st);
}

static int user_statfs(const char __user *name, struct statfs_answer *a)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, name, LOOKUP_FOLLOW, &path);

	if (err)
		return err;
	err = statfs_path(&path, a);
	path_put(&path);
	return err;
}

static int fd_statfs(unsigned int fd, struct statfs_answer *a)
{
	struct file *f = fget_raw(fd);
	int err;

	if (!f)
		return -EBADF;
	err = statfs_path(&f->f_path, a);
	fput(f);
	return err;
}

/* 32-bit fields: a number that does not fit is an error, except unlimited file counts (-1). */
static long cp_statfs(const struct statfs_answer *a, struct statfs __user *ubuf)
{
	const struct kstatfs *st = &a->st;
	struct statfs tmp;

	if ((st->f_blocks | st->f_bfree | st->f_bavail) >> 32)
		return -EOVERFLOW;
	if ((st->f_files != (u64)-1 && st->f_files >> 32) ||
	    (st->f_ffree != (u64)-1 && st->f_ffree >> 32))
		return -EOVERFLOW;
	memset(&tmp, 0, sizeof(tmp));
	tmp.f_type = st->f_type;
	tmp.f_bsize = st->f_bsize;
	tmp.f_blocks = st->f_blocks;
	tmp.f_bfree = st->f_bfree;
	tmp.f_bavail = st->f_bavail;
	tmp.f_files = st->f_files;
	tmp.f_ffree = st->f_ffree;
	tmp.f_fsid.val[0] = (int)st->f_fsid;
	tmp.f_fsid.val[1] = (int)(st->f_fsid >> 32);
	tmp.f_namelen = st->f_namelen;
	tmp.f_frsize = st->f_frsize;
	tmp.f_flags = a->flags;
	return copy_to_user(ubuf, &tmp, sizeof(tmp)) ? -EFAULT : 0;
}

static long cp_statfs64(const struct statfs_answer *a, struct statfs64 __user *ubuf)
{
	const struct kstatfs *st = &a->st;
	struct statfs64 tmp;

	memset(&tmp, 0, sizeof(tmp));
	tmp.f_type = st->f_type;
	tmp.f_bsize = st->f_bsize;
	tmp.f_blocks = st->f_blocks;
	tmp.f_bfree = st->f_bfree;
	tmp.f_bavail = st->f_bavail;
	tmp.f_files = st->f_files;
	tmp.f_ffree = st->f_ffree;
	tmp.f_fsid.val[0] = (int)st->f_fsid;
	tmp.f_fsid.val[1] = (int)(st->f_fsid >> 32);
	tmp.f_namelen = st->f_namelen;
	tmp.f_frsize = st->f_frsize;
	tmp.f_flags = a->flags;
	return copy_to_user(ubuf, &tmp, sizeof(tmp)) ? -EFAULT : 0;
}

SYSCALL_DEFINE2(statfs, const char __user *, name, struct statfs __user *, buf)
{
	struct statfs_answer a;
	int err = user_statfs(name, &a);

	return err ? err : cp_statfs(&a, buf);
}

SYSCALL_DEFINE2(fstatfs, unsigned int, fd, struct statfs __user *, buf)
{
	struct statfs_answer a;
	int err = fd_statfs(fd, &a);

	return err ? err : cp_statfs(&a, buf);
}

SYSCALL_DEFINE3(statfs64, const char __user *, name, size_t, size, struct statfs64 __user *, buf)
{
	struct statfs_answer a;
	int err;

	if (size != sizeof(*buf))
		return -EINVAL;
	err = user_statfs(name, &a);
	return err ? err : cp_statfs64(&a, buf);
}

SYSCALL_DEFINE3(fstatfs64, unsigned int, fd, size_t, size, struct statfs64 __user *, buf)
{
	struct statfs_answer a;
	int err;

	if (size != sizeof(*buf))
		return -EINVAL;
	err = fd_statfs(fd, &a);
	return err ? err : cp_statfs64(&a, buf);
}
