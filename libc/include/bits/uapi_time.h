/*
 * The kernel's time constants without its 32-bit structures: those are renamed away, because
 * libc's timespec and timeval have 64-bit seconds.
 */
#ifndef LIBC_BITS_UAPI_TIME_H
#define LIBC_BITS_UAPI_TIME_H

#define timespec   __uapi_timespec
#define timeval	   __uapi_timeval
#define itimerspec __uapi_itimerspec
#define itimerval  __uapi_itimerval
#define timezone   __uapi_timezone
#include <linux/time.h>
#undef timespec
#undef timeval
#undef itimerspec
#undef itimerval
#undef timezone

#endif
