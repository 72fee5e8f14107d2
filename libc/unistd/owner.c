/* Modes and owners of files. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "libc/internal/syscall.h"

int chmod(const char *path, mode_t mode)
{
	return sys2(SYS_chmod, path, mode);
}

int fchmod(int fd, mode_t mode)
{
	return sys2(SYS_fchmod, fd, mode);
}

/* The kernel's call has no flags, and the mode of a link cannot be changed. */
int fchmodat(int dirfd, const char *path, mode_t mode, int flags)
{
	if (flags) {
		errno = flags == AT_SYMLINK_NOFOLLOW ? EOPNOTSUPP : EINVAL;
		return -1;
	}
	return sys3(SYS_fchmodat, dirfd, path, mode);
}

int chown(const char *path, uid_t uid, gid_t gid)
{
	return sys3(SYS_chown32, path, uid, gid);
}

int lchown(const char *path, uid_t uid, gid_t gid)
{
	return sys3(SYS_lchown32, path, uid, gid);
}

int fchown(int fd, uid_t uid, gid_t gid)
{
	return sys3(SYS_fchown32, fd, uid, gid);
}

int fchownat(int dirfd, const char *path, uid_t uid, gid_t gid, int flags)
{
	return sys5(SYS_fchownat, dirfd, path, uid, gid, flags);
}

mode_t umask(mode_t mask)
{
	return sys1(SYS_umask, mask);
}
