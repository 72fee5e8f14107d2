/*
 * The basic types of the kernel, with Linux's names, and the compiler's attributes as short words.
 * Everything includes this file and it includes nothing but the compiler's own headers. The pure
 * parts of the kernel are also compiled for the host (the tests): there the C library's types
 * stand.
 */
#ifndef KERNEL_ABI_TYPES_H
#define KERNEL_ABI_TYPES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#if __STDC_HOSTED__
#	include <sys/types.h>
#else
typedef int ssize_t;
typedef long off_t;
typedef long long loff_t;
typedef int pid_t;
typedef unsigned int uid_t;
typedef unsigned int gid_t;
typedef u32 dev_t;
typedef unsigned long ino_t;
typedef u32 nlink_t;
typedef u64 blkcnt_t;
typedef int clockid_t;
typedef int key_t;
#endif

typedef unsigned short umode_t;
typedef unsigned int fmode_t;
typedef unsigned int gfp_t;    /* how an allocation may behave: mm/phys/gfp.h */
typedef unsigned long pgoff_t; /* an offset in a file, in pages */
typedef u64 phys_addr_t;       /* wide enough for PAE: __pa() of lowmem fits in a long */
typedef u64 sector_t;	       /* a position on a disk, in units of 512 bytes */
typedef s64 time64_t;	       /* seconds */
typedef s64 ktime_t;	       /* nanoseconds */

/* Device numbers inside the kernel: 12 bits of major, 20 bits of minor. */
#define MINORBITS     20
#define MINORMASK     ((1U << MINORBITS) - 1)
#define MAJOR(dev)    ((unsigned int)((dev) >> MINORBITS))
#define MINOR(dev)    ((unsigned int)((dev)&MINORMASK))
#define MKDEV(ma, mi) (((dev_t)(ma) << MINORBITS) | (mi))

/* The number as user space and file systems see it: the minor's low 8 bits come first. */
static inline u32 new_encode_dev(dev_t dev)
{
	unsigned int major = MAJOR(dev), minor = MINOR(dev);

	return (minor & 0xff) | (major << 8) | ((minor & ~0xffU) << 12);
}
static inline dev_t new_decode_dev(u32 dev)
{
	return MKDEV((dev & 0xfff00) >> 8, (dev & 0xff) | ((dev >> 12) & 0xfff00));
}

/* --- The compiler's attributes --- */
#define likely(x)      __builtin_expect(!!(x), 1)
#define unlikely(x)    __builtin_expect(!!(x), 0)
#define __user	       /* a pointer into the user half: only copy_from_user and its like follow it */
#define __packed       __attribute__((packed))
#define __aligned(n)   __attribute__((aligned(n)))
#define __noreturn     __attribute__((noreturn))
#define __printf(a, b) __attribute__((format(printf, a, b)))
#define __cold	       __attribute__((cold))
/* The loop that follows has n rounds, and is not worth its counting. */
#define UNROLL(n)      PRAGMA(GCC unroll n)
#define PRAGMA(text)   _Pragma(#text)
/* Functions in which a task gives the processor away: a backtrace that asks where it sleeps passes
   over them. */
#define __sched	       __attribute__((section(".sched.text")))
#ifndef noinline
#	define noinline __attribute__((noinline))
#endif
#ifndef __always_inline
#	define __always_inline inline __attribute__((always_inline))
#endif
#ifndef __maybe_unused
#	define __maybe_unused __attribute__((unused))
#endif
#ifndef fallthrough
#	define fallthrough __attribute__((fallthrough))
#endif

#endif
