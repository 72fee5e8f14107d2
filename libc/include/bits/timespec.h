/*
 * struct timespec and struct timeval. timespec has the layout of the kernel's
 * __kernel_timespec (64-bit fields), so that the time64 calls take it as it is.
 */
#ifndef LIBC_BITS_TIMESPEC_H
#define LIBC_BITS_TIMESPEC_H

#include <sys/types.h>

struct timespec {
	time_t tv_sec;
	long tv_nsec;
	long : 32; /* the upper half of the kernel's tv_nsec, which it ignores */
};

struct timeval {
	time_t tv_sec;
	suseconds_t tv_usec;
};

#endif
