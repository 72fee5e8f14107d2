/*
 * Access to user memory from the kernel. Each instruction here that accesses it has an entry in the
 * exception table (__ex_table). If it faults and the fault cannot be resolved, fixup_exception()
 * continues at the entry's fixup, and the caller gets -EFAULT or the number of bytes not copied.
 * Never call these with mmap_sem held for writing or with interrupts off: the fault may sleep.
 */
#ifndef KERNEL_X86_UACCESS_H
#define KERNEL_X86_UACCESS_H

#include "kernel/abi/types.h"
#include "kernel/lib/err.h"
#include "kernel/x86/cpu.h"
#include "mm/layout.h"
#include <linux/errno.h>

/* Is [addr, addr + size) below the kernel? */
static inline bool access_ok(const void __user *addr, unsigned long size)
{
	return size <= TASK_SIZE && (unsigned long)addr <= TASK_SIZE - size;
}

#define _ASM_EXTABLE(from, to)             \
	".pushsection __ex_table, \"a\"\n" \
	".balign 4\n"                      \
	".long " from ", " to "\n"         \
	".popsection\n"

/* One load or store of 1, 2 or 4 bytes; err becomes -EFAULT if it faults. */
#define __get_user_asm(x, addr, err, suffix, constraint)             \
	__asm__ volatile("1: mov" suffix " %2, %1\n2:\n"             \
			 ".pushsection .text.fixup, \"ax\"\n"        \
			 "3: movl %3, %0\n xorl %k1, %k1\n jmp 2b\n" \
			 ".popsection\n" _ASM_EXTABLE("1b", "3b")    \
			 : "+r"(err), constraint(x)                  \
			 : "m"(*(addr)), "i"(-EFAULT))
#define __put_user_asm(x, addr, err, suffix, constraint)             \
	__asm__ volatile("1: mov" suffix " %1, %2\n2:\n"             \
			 ".pushsection .text.fixup, \"ax\"\n"        \
			 "3: movl %3, %0\n jmp 2b\n"                 \
			 ".popsection\n" _ASM_EXTABLE("1b", "3b")    \
			 : "+r"(err)                                 \
			 : constraint(x), "m"(*(addr)), "i"(-EFAULT) \
			 : "memory")

/*
 * In one atomic step: *found = *addr, and if that is `expected`, *addr = new. The caller has called
 * access_ok(). Returns 0 or -EFAULT (also if the word is read-only). With one processor, no lock
 * prefix is needed.
 */
static inline int __cmpxchg_user(u32 *found, u32 __user *addr, u32 expected, u32 new)
{
	int err = 0;

	__asm__ volatile("1: cmpxchgl %3, %1\n2:\n"
			 ".pushsection .text.fixup, \"ax\"\n"
			 "3: movl %4, %0\n jmp 2b\n"
			 ".popsection\n" _ASM_EXTABLE("1b", "3b")
			 : "+r"(err), "+m"(*addr), "+a"(expected)
			 : "r"(new), "i"(-EFAULT)
			 : "memory", "cc");
	*found = expected;
	return err;
}

/* Load gs with a selector chosen by a program. Returns what gs then holds: the null selector if the
   selector is invalid. */
static inline u16 load_gs(u16 selector)
{
	u32 value = selector;

	__asm__ volatile("1: movl %0, %%gs\n2:\n"
			 ".pushsection .text.fixup, \"ax\"\n"
			 "3: xorl %0, %0\n jmp 1b\n"
			 ".popsection\n" _ASM_EXTABLE("1b", "3b")
			 : "+r"(value));
	return value;
}

/* fxsave to user memory, aligned to 16: 0 or -EFAULT. The registers must be the program's (fpu.c).
 */
static inline long __fxsave_user(void __user *to)
{
	long err = 0;

	__asm__ volatile("1: fxsave (%1)\n2:\n"
			 ".pushsection .text.fixup, \"ax\"\n"
			 "3: movl %2, %0\n jmp 2b\n"
			 ".popsection\n" _ASM_EXTABLE("1b", "3b")
			 : "+r"(err)
			 : "r"(to), "i"(-EFAULT)
			 : "memory");
	return err;
}

/* Called first by every function that accesses user memory: it may sleep, unless page faults are
   disabled. */
#if MAPIX_DEBUG
void might_fault(void);
#else
static inline void might_fault(void)
{
}
#endif

/* Copies without a range check (the caller has called access_ok()). They return the number of bytes
   NOT copied. */
unsigned long __copy_user(void *to, const void *from, unsigned long n);
unsigned long __clear_user(void __user *to, unsigned long n);

/*
 * get_user(x, ptr): x = *ptr from user memory; 0 or -EFAULT (x is then 0). put_user(x, ptr) stores.
 * Objects of 1, 2, 4 and 8 bytes. With two underscores, the caller must call access_ok().
 */
#define __get_user(x, ptr)                                                                    \
	({                                                                                    \
		_Static_assert(sizeof(*(ptr)) <= 8, "get_user takes integers only");          \
		long __gu_err = 0;                                                            \
		const __typeof__(*(ptr)) __user *__gu_p = (ptr);                              \
		u64 __gu_v8 = 0;                                                              \
		u32 __gu_v4 = 0;                                                              \
		might_fault();                                                                \
		switch (sizeof(*(ptr))) {                                                     \
		case 1:                                                                       \
			__get_user_asm(__gu_v4, (const u8 *)__gu_p, __gu_err, "zbl", "=&r");  \
			break;                                                                \
		case 2:                                                                       \
			__get_user_asm(__gu_v4, (const u16 *)__gu_p, __gu_err, "zwl", "=&r"); \
			break;                                                                \
		case 4:                                                                       \
			__get_user_asm(__gu_v4, (const u32 *)__gu_p, __gu_err, "l", "=&r");   \
			break;                                                                \
		default:                                                                      \
			if (__copy_user(&__gu_v8, (const void *)__gu_p, 8)) {                 \
				__gu_v8 = 0;                                                  \
				__gu_err = -EFAULT;                                           \
			}                                                                     \
		}                                                                             \
		(x) = (__typeof__(*(ptr)))__builtin_choose_expr(sizeof(*(ptr)) == 8, __gu_v8, \
								__gu_v4);                     \
		__gu_err;                                                                     \
	})
#define __put_user(x, ptr)                                                                       \
	({                                                                                       \
		_Static_assert(sizeof(*(ptr)) <= 8, "put_user takes integers only");             \
		long __pu_err = 0;                                                               \
		__typeof__(*(ptr)) __user *__pu_p = (ptr);                                       \
		__typeof__(*(ptr)) __pu_v = (__typeof__(*(ptr)))(x);                             \
		might_fault();                                                                   \
		switch (sizeof(*(ptr))) {                                                        \
		case 1:                                                                          \
			__put_user_asm((u8)(unsigned long)__pu_v, (u8 *)__pu_p, __pu_err, "b",   \
				       "qi");                                                    \
			break;                                                                   \
		case 2:                                                                          \
			__put_user_asm((u16)(unsigned long)__pu_v, (u16 *)__pu_p, __pu_err, "w", \
				       "ri");                                                    \
			break;                                                                   \
		case 4:                                                                          \
			__put_user_asm((u32)(unsigned long)__pu_v, (u32 *)__pu_p, __pu_err, "l", \
				       "ri");                                                    \
			break;                                                                   \
		default:                                                                         \
			if (__copy_user((void *)__pu_p, &__pu_v, 8))                             \
				__pu_err = -EFAULT;                                              \
		}                                                                                \
		__pu_err;                                                                        \
	})
#define get_user(x, ptr)                                        \
	({                                                      \
		const __typeof__(*(ptr)) __user *__gup = (ptr); \
		long __gur = -EFAULT;                           \
		if (access_ok(__gup, sizeof(*__gup)))           \
			__gur = __get_user(x, __gup);           \
		else                                            \
			(x) = (__typeof__(*(ptr)))0;            \
		__gur;                                          \
	})
#define put_user(x, ptr)                                                                 \
	({                                                                               \
		__typeof__(*(ptr)) __user *__pup = (ptr);                                \
		access_ok(__pup, sizeof(*__pup)) ? __put_user(x, __pup) : (long)-EFAULT; \
	})

/* Copies long words inline. Returns the number of bytes that could NOT be copied. */
static inline unsigned long __copy_user_longs(void *to, const void *from, unsigned long count)
{
	__asm__ volatile("1: rep movsl\n2:\n" _ASM_EXTABLE("1b", "2b")
			 : "+c"(count), "+D"(to), "+S"(from)
			 :
			 : "memory");
	return count;
}

/* A structure of long words, whose size the compiler knows: true if all of it was copied. */
#define copied_as_longs(to, from, n) \
	((n) % sizeof(long) == 0 &&  \
	 !__copy_user_longs((void *)(to), (const void *)(from), (n) / sizeof(long)))

/* Copies with a range check. They return the number of bytes NOT copied and may sleep. */
unsigned long _copy_from_user(void *to, const void __user *from, unsigned long n);
unsigned long _copy_to_user(void __user *to, const void *from, unsigned long n);
unsigned long raw_copy_from_user(void *to, const void __user *from, unsigned long n);

/* These return the number of bytes that could NOT be copied: 0 is success. When copy_from_user()
   fails, it clears the rest of the kernel's buffer; raw_copy_from_user() does not. */
static inline unsigned long copy_from_user(void *to, const void __user *from, unsigned long n)
{
	if (__builtin_constant_p(n) && access_ok(from, n) && copied_as_longs(to, from, n))
		return 0;
	return _copy_from_user(to, from, n);
}
static inline unsigned long copy_to_user(void __user *to, const void *from, unsigned long n)
{
	if (__builtin_constant_p(n) && access_ok(to, n) && copied_as_longs(to, from, n))
		return 0;
	return _copy_to_user(to, from, n);
}
/* Zero n bytes of user memory; returns the bytes not cleared. */
unsigned long clear_user(void __user *to, unsigned long n);

/* Copy a string of less than `count` bytes with its terminator: its length without it; `count` if
   no terminator came within count bytes (dst is then not terminated); -EFAULT. */
long strncpy_from_user(char *dst, const char __user *src, long count);
/* Length with the terminator, 0 on a fault, more than n if longer than n. */
long strnlen_user(const char __user *s, long n);

/* Between these two, an access that would fault fails at once instead of sleeping. */
extern int pagefaults_disabled;
static inline void pagefault_disable(void)
{
	pagefaults_disabled++;
	barrier();
}
static inline void pagefault_enable(void)
{
	barrier();
	pagefaults_disabled--;
}
static inline bool faulthandler_disabled(void)
{
	return pagefaults_disabled;
}

#endif
