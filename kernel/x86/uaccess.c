/*
 * The C side of reaching user memory: the range checks around copy_user.asm.
 */
#include "kernel/x86/uaccess.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/util.h"
#include "libc/include/string.h"

long __strncpy_from_user(char *dst, const char *src, long count);
long __strnlen_user(const char *s, long n);

int pagefaults_disabled;

unsigned long copy_from_user(void *to, const void __user *from, unsigned long n)
{
	unsigned long left = n;

	if (likely(access_ok(from, n)))
		left = __copy_user(to, (const void *)from, n);
	if (unlikely(left))
		memset((char *)to + (n - left), 0, left);
	return left;
}

unsigned long copy_to_user(void __user *to, const void *from, unsigned long n)
{
	if (unlikely(!access_ok(to, n)))
		return n;
	return __copy_user((void *)to, from, n);
}

unsigned long clear_user(void __user *to, unsigned long n)
{
	if (unlikely(!access_ok(to, n)))
		return n;
	return __clear_user(to, n);
}

/* The bytes from addr to the end of user memory, at most n; 0 if there are none. */
static long user_room(const char __user *addr, long n)
{
	if (n <= 0 || (unsigned long)addr >= TASK_SIZE)
		return 0;
	return min_t(unsigned long, n, TASK_SIZE - (unsigned long)addr);
}

long strncpy_from_user(char *dst, const char __user *src, long count)
{
	long room = user_room(src, count), len;

	if (count <= 0)
		return 0;
	if (!room)
		return -EFAULT;
	len = __strncpy_from_user(dst, (const char *)src, room);
	/* A string that runs into the kernel's half has no end. */
	return len < 0 || (len == room && room < count) ? -EFAULT : len;
}

long strnlen_user(const char __user *s, long n)
{
	long room = user_room(s, n), len;

	if (!room)
		return 0;
	len = __strnlen_user((const char *)s, room);
	return len > room && room < n ? 0 : len;
}
