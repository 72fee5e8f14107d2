/* Names in directories: making, removing, renaming, linking, access. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "libc/internal/syscall.h"

int access(const char *path, int mode)
{
	return sys2(SYS_access, path, mode);
}

/* The older call knows no flags; a kernel without the newer one cannot serve them. */
int faccessat(int dirfd, const char *path, int mode, int flags)
{
	if (flags == 0)
		return sys3(SYS_faccessat, dirfd, path, mode);
	return sys4(SYS_faccessat2, dirfd, path, mode, flags);
}

int link(const char *from, const char *to)
{
	return sys2(SYS_link, from, to);
}

int linkat(int fromfd, const char *from, int tofd, const char *to, int flags)
{
	return sys5(SYS_linkat, fromfd, from, tofd, to, flags);
}

int symlink(const char *target, const char *path)
{
	return sys2(SYS_symlink, target, path);
}

int symlinkat(const char *target, int dirfd, const char *path)
{
	return sys3(SYS_symlinkat, target, dirfd, path);
}

ssize_t readlink(const char *path, char *buf, size_t size)
{
	return sys3(SYS_readlink, path, buf, size);
}

ssize_t readlinkat(int dirfd, const char *path, char *buf, size_t size)
{
	return sys4(SYS_readlinkat, dirfd, path, buf, size);
}

int unlink(const char *path)
{
	return sys1(SYS_unlink, path);
}

int unlinkat(int dirfd, const char *path, int flags)
{
	return sys3(SYS_unlinkat, dirfd, path, flags);
}

int rmdir(const char *path)
{
	return sys1(SYS_rmdir, path);
}

int remove(const char *path)
{
	long r = raw1(SYS_unlink, path);

	return r == -EISDIR ? rmdir(path) : __syscall_ret(r);
}

int rename(const char *from, const char *to)
{
	return sys2(SYS_rename, from, to);
}

int renameat(int fromfd, const char *from, int tofd, const char *to)
{
	return sys4(SYS_renameat, fromfd, from, tofd, to);
}

int mkdir(const char *path, mode_t mode)
{
	return sys2(SYS_mkdir, path, mode);
}

int mkdirat(int dirfd, const char *path, mode_t mode)
{
	return sys3(SYS_mkdirat, dirfd, path, mode);
}

int mknod(const char *path, mode_t mode, dev_t dev)
{
	return sys3(SYS_mknod, path, mode, dev);
}

int mknodat(int dirfd, const char *path, mode_t mode, dev_t dev)
{
	return sys4(SYS_mknodat, dirfd, path, mode, dev);
}

int mkfifo(const char *path, mode_t mode)
{
	return mknod(path, mode | S_IFIFO, 0);
}

int mkfifoat(int dirfd, const char *path, mode_t mode)
{
	return mknodat(dirfd, path, mode | S_IFIFO, 0);
}
