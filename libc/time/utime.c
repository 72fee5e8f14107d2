/* The times of files. */
#include <fcntl.h>
#include <linux/time_types.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <utime.h>
#include "libc/internal/syscall.h"

#define NSEC_PER_USEC 1000

int utimensat(int dirfd, const char *path, const struct timespec times[2], int flags)
{
	struct __kernel_old_timespec old[2];
	long r = raw4(SYS_utimensat_time64, dirfd, path, times, flags);
	int i;

	if (r != -ENOSYS)
		return __syscall_ret(r);
	for (i = 0; times && i < 2; i++) {
		old[i].tv_sec = times[i].tv_sec;
		old[i].tv_nsec = times[i].tv_nsec;
	}
	return sys4(SYS_utimensat, dirfd, path, times ? old : NULL, flags);
}

int futimens(int fd, const struct timespec times[2])
{
	return utimensat(fd, NULL, times, 0);
}

static const struct timespec *from_timeval(struct timespec ts[2], const struct timeval tv[2])
{
	int i;

	if (!tv)
		return NULL;
	for (i = 0; i < 2; i++)
		ts[i] = (struct timespec){.tv_sec = tv[i].tv_sec,
					  .tv_nsec = tv[i].tv_usec * NSEC_PER_USEC};
	return ts;
}

int utimes(const char *path, const struct timeval times[2])
{
	struct timespec ts[2];

	return utimensat(AT_FDCWD, path, from_timeval(ts, times), 0);
}

int futimes(int fd, const struct timeval times[2])
{
	struct timespec ts[2];

	return futimens(fd, from_timeval(ts, times));
}

int utime(const char *path, const struct utimbuf *times)
{
	struct timespec ts[2];

	if (!times)
		return utimensat(AT_FDCWD, path, NULL, 0);
	ts[0] = (struct timespec){.tv_sec = times->actime};
	ts[1] = (struct timespec){.tv_sec = times->modtime};
	return utimensat(AT_FDCWD, path, ts, 0);
}
