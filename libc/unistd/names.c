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

int symlink(const char *target, const char *path)
{
	return sys2(SYS_symlink, target, path);
}

ssize_t readlink(const char *path, char *buf, size_t size)
{
	return sys3(SYS_readlink, path, buf, size);
}

int unlink(const char *path)
{
	return sys1(SYS_unlink, path);
}

int rmdir(const char *path)
{
	return sys1(SYS_rmdir, path);
}

int mkdir(const char *path, mode_t mode)
{
	return sys2(SYS_mkdir, path, mode);
}
