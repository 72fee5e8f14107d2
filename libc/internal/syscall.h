/*
 * How libc enters the kernel. raw0..raw6 give the kernel's answer (a result, or -errno);
 * sys0..sys6 give the C library's (a result, or -1 with errno set).
 */
#ifndef LIBC_INTERNAL_SYSCALL_H
#define LIBC_INTERNAL_SYSCALL_H

#include <errno.h>
#include <sys/syscall.h>

/* The int 0x80 itself (libc/syscall/syscall.asm). */
long __syscall(long nr, long a, long b, long c, long d, long e, long f);

/* Turns the kernel's answer into C's: -4095..-1 becomes -1 and errno. */
long __syscall_ret(unsigned long r);

#define raw6(nr, a, b, c, d, e, f) \
	__syscall(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define raw5(nr, a, b, c, d, e) raw6(nr, a, b, c, d, e, 0)
#define raw4(nr, a, b, c, d)	raw6(nr, a, b, c, d, 0, 0)
#define raw3(nr, a, b, c)	raw6(nr, a, b, c, 0, 0, 0)
#define raw2(nr, a, b)		raw6(nr, a, b, 0, 0, 0, 0)
#define raw1(nr, a)		raw6(nr, a, 0, 0, 0, 0, 0)
#define raw0(nr)		raw6(nr, 0, 0, 0, 0, 0, 0)

#define sys6(nr, a, b, c, d, e, f) __syscall_ret(raw6(nr, a, b, c, d, e, f))
#define sys5(nr, a, b, c, d, e)	   __syscall_ret(raw5(nr, a, b, c, d, e))
#define sys4(nr, a, b, c, d)	   __syscall_ret(raw4(nr, a, b, c, d))
#define sys3(nr, a, b, c)	   __syscall_ret(raw3(nr, a, b, c))
#define sys2(nr, a, b)		   __syscall_ret(raw2(nr, a, b))
#define sys1(nr, a)		   __syscall_ret(raw1(nr, a))
#define sys0(nr)		   __syscall_ret(raw0(nr))

/* A 64-bit argument takes two registers, the lower half first. */
#define LOW(v)	((long)(v))
#define HIGH(v) ((long)((unsigned long long)(v) >> 32))

#endif
