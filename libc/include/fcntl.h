/*
 * open and fcntl. The constants are the kernel's; its two record-lock structures are hidden
 * behind one `struct flock` with 64-bit offsets, which is the kernel's flock64.
 */
#ifndef LIBC_FCNTL_H
#define LIBC_FCNTL_H

#include <sys/types.h>
#define flock	__uapi_flock
#define flock64 __uapi_flock64
#include <linux/fcntl.h>
#undef flock
#undef flock64
#include <linux/falloc.h>
#include <sys/stat.h>

#undef F_GETLK
#undef F_SETLK
#undef F_SETLKW
#define F_GETLK	 F_GETLK64
#define F_SETLK	 F_SETLK64
#define F_SETLKW F_SETLKW64

struct flock {
	short l_type;
	short l_whence;
	off_t l_start;
	off_t l_len;
	pid_t l_pid;
};

/* C11 7.21.1 and Linux include/uapi/linux/fs.h. */
#ifndef SEEK_SET
#	define SEEK_SET 0
#	define SEEK_CUR 1
#	define SEEK_END 2
#endif

/* Linux include/uapi/linux/fadvise.h has them under the same names. */
#include <linux/fadvise.h>

int open(const char *path, int flags, ...);
int fcntl(int fd, int cmd, ...);

#define open64	 open
#define openat64 openat
#define creat64	 creat

#endif
