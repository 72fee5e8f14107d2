/* The old way to set a file's times. */
#ifndef LIBC_UTIME_H
#define LIBC_UTIME_H

#include <sys/types.h>

struct utimbuf {
	time_t actime;
	time_t modtime;
};

int utime(const char *path, const struct utimbuf *times);

#endif
