/* File system status: the kernel's statfs64 under the plain name. */
#ifndef LIBC_SYS_STATFS_H
#define LIBC_SYS_STATFS_H

#include <sys/types.h>
#define statfs	 __uapi_statfs
#define statfs64 __uapi_statfs64
#include <asm/statfs.h>
#undef statfs
#undef statfs64

typedef __kernel_fsid_t fsid_t;

struct statfs {
	unsigned int f_type;
	unsigned int f_bsize;
	fsblkcnt_t f_blocks;
	fsblkcnt_t f_bfree;
	fsblkcnt_t f_bavail;
	fsfilcnt_t f_files;
	fsfilcnt_t f_ffree;
	fsid_t f_fsid;
	unsigned int f_namelen;
	unsigned int f_frsize;
	unsigned int f_flags;
	unsigned int f_spare[4];
};

int statfs(const char *path, struct statfs *buf);
int fstatfs(int fd, struct statfs *buf);

#endif
