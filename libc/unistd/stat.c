/* File status. The kernel answers with struct stat64; libc's struct stat has room for more. */
#define stat   __uapi_stat
#define stat64 __uapi_stat64
#include <asm/stat.h>
#undef stat
#undef stat64
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "libc/internal/syscall.h"

/* The macros of sys/stat.h name fields of libc's structure; here the kernel's are meant. */
#undef st_atime
#undef st_mtime
#undef st_ctime

static int translate(long r, const struct __uapi_stat64 *k, struct stat *st)
{
	if (r < 0)
		return __syscall_ret(r);
	memset(st, 0, sizeof(*st));
	st->st_dev = k->st_dev;
	st->st_ino = k->st_ino;
	st->st_mode = k->st_mode;
	st->st_nlink = k->st_nlink;
	st->st_uid = k->st_uid;
	st->st_gid = k->st_gid;
	st->st_rdev = k->st_rdev;
	st->st_size = k->st_size;
	st->st_blksize = k->st_blksize;
	st->st_blocks = k->st_blocks;
	st->st_atim.tv_sec = (long)k->st_atime;
	st->st_atim.tv_nsec = k->st_atime_nsec;
	st->st_mtim.tv_sec = (long)k->st_mtime;
	st->st_mtim.tv_nsec = k->st_mtime_nsec;
	st->st_ctim.tv_sec = (long)k->st_ctime;
	st->st_ctim.tv_nsec = k->st_ctime_nsec;
	return 0;
}

int stat(const char *path, struct stat *st)
{
	struct __uapi_stat64 k;

	return translate(raw2(SYS_stat64, path, &k), &k, st);
}

int lstat(const char *path, struct stat *st)
{
	struct __uapi_stat64 k;

	return translate(raw2(SYS_lstat64, path, &k), &k, st);
}

int fstat(int fd, struct stat *st)
{
	struct __uapi_stat64 k;

	return translate(raw2(SYS_fstat64, fd, &k), &k, st);
}
