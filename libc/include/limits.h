/* Limits of the implementation: C's from the compiler's own macros, POSIX's from the UAPI. */
#ifndef LIBC_LIMITS_H
#define LIBC_LIMITS_H

#include <linux/limits.h>

#define CHAR_BIT   __CHAR_BIT__
#define SCHAR_MAX  __SCHAR_MAX__
#define SCHAR_MIN  (-SCHAR_MAX - 1)
#define UCHAR_MAX  (SCHAR_MAX * 2 + 1)
#define CHAR_MIN   SCHAR_MIN
#define CHAR_MAX   SCHAR_MAX
#define SHRT_MAX   __SHRT_MAX__
#define SHRT_MIN   (-SHRT_MAX - 1)
#define USHRT_MAX  (SHRT_MAX * 2 + 1)
#define INT_MAX	   __INT_MAX__
#define INT_MIN	   (-INT_MAX - 1)
#define UINT_MAX   (INT_MAX * 2U + 1U)
#define LONG_MAX   __LONG_MAX__
#define LONG_MIN   (-LONG_MAX - 1L)
#define ULONG_MAX  (LONG_MAX * 2UL + 1UL)
#define LLONG_MAX  __LONG_LONG_MAX__
#define LLONG_MIN  (-LLONG_MAX - 1LL)
#define ULLONG_MAX (LLONG_MAX * 2ULL + 1ULL)
#define MB_LEN_MAX 1

#define SSIZE_MAX	 INT_MAX
#define LINE_MAX	 2048
#define IOV_MAX		 1024
#define HOST_NAME_MAX	 64
#define TTY_NAME_MAX	 32
#define LOGIN_NAME_MAX	 256
#define SYMLOOP_MAX	 40
#define PAGESIZE	 4096
#define PAGE_SIZE	 PAGESIZE
#define _POSIX_PATH_MAX	 256
#define _POSIX_PIPE_BUF	 512
#define _POSIX_ARG_MAX	 4096
#define _POSIX_OPEN_MAX	 20
#define _POSIX_CHILD_MAX 25
#define _POSIX_NAME_MAX	 14

#endif
