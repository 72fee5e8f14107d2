/*
 * Access to user memory, the C part: range checks around copy_user.asm.
 */
#include "kernel/x86/uaccess.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/util.h"
#include "libc/include/string.h"

long __strncpy_from_user(char *dst, const char *src, long count);
long __strnlen_user(const char *s, long n);

int pagefaults_disabled;

#if MAPIX_DEBUG
void might_fault(void)
{
	if (!faulthandler_disabled())
		might_sleep();
}
#endif

/* ---- copies that meet a missing page ---- */

/*
 * When a buffer runs into a hole, the program learns how many bytes were copied, so they are
 * counted as in Linux for i386 (arch/x86/lib/usercopy_32.c). If source and destination are not
 * equally aligned, Linux copies blocks of 64 bytes, of which only whole ones count. Otherwise, and
 * for the rest, it copies long words, once the destination is aligned, and then bytes.
 */
#define BLOCK	   64UL
#define LONG_WORD  sizeof(u32)
#define ALIGN_MASK 7UL

/* The number of bytes in whole blocks among n, if the first `reached` bytes are accessible. */
static unsigned long count_blocks(unsigned long n, unsigned long reached, bool from_user)
{
	unsigned long done, needed;

	for (done = 0; n - done >= BLOCK; done += BLOCK) {
		needed = done + BLOCK;
		if (from_user && n >= needed + LONG_WORD)
			needed += LONG_WORD; /* it prefetches the beginning of the next block */
		if (reached < needed)
			break;
	}
	return done;
}

/* The number of bytes that count as copied, out of n, if the first `reached` (< n) are accessible.
 */
static unsigned long count_once(unsigned long to, unsigned long from, unsigned long n,
				unsigned long reached, bool from_user)
{
	unsigned long done;

	if (n >= BLOCK && (to ^ from) & ALIGN_MASK) {
		done = count_blocks(n, reached, from_user);
		if (n - done >= BLOCK)
			return done;
	} else {
		done = n > ALIGN_MASK ? -to & ALIGN_MASK : n;
		if (reached <= done)
			return reached;
	}
	if (reached - done < rounddown(n - done, LONG_WORD))
		return done + rounddown(reached - done, LONG_WORD);
	return reached;
}

/* The number of accessible bytes when a copy of n bytes stopped at a missing page after `copied`
   bytes: the long word at which it stopped may begin in the page before. */
static unsigned long copy_reach(unsigned long user, unsigned long n, unsigned long copied)
{
	unsigned long room = PAGE_SIZE - offset_in_page(user + copied);

	return room < LONG_WORD && n - copied >= LONG_WORD ? copied + room : copied;
}

/*
 * Finish a copy that stopped at a missing page with `left` of n bytes to go: copy the bytes up to
 * that page that count. => the bytes that count as not copied.
 */
static unsigned long copy_short(void *to, const void *from, unsigned long n, unsigned long left,
				bool from_user)
{
	unsigned long copied = n - left, done = 0, more;
	unsigned long reached = copy_reach((unsigned long)(from_user ? from : to), n, copied);

	do { /* as in Linux, try again from where it stopped, until nothing more is copied */
		more = count_once((unsigned long)to + done, (unsigned long)from + done, n - done,
				  reached - done, from_user);
		done += more;
	} while (more);
	if (done > copied)
		done -= __copy_user((char *)to + copied, (const char *)from + copied,
				    done - copied);
	return n - done;
}

unsigned long raw_copy_from_user(void *to, const void __user *from, unsigned long n)
{
	unsigned long left;

	if (unlikely(!access_ok(from, n)))
		return n;
	might_fault();
	left = __copy_user(to, (const void *)from, n);
	return likely(!left) ? 0 : copy_short(to, (const void *)from, n, left, true);
}

unsigned long _copy_from_user(void *to, const void __user *from, unsigned long n)
{
	unsigned long left = raw_copy_from_user(to, from, n);

	if (unlikely(left))
		memset((char *)to + (n - left), 0, left);
	return left;
}

unsigned long _copy_to_user(void __user *to, const void *from, unsigned long n)
{
	unsigned long left;

	if (unlikely(!access_ok(to, n)))
		return n;
	might_fault();
	left = __copy_user((void *)to, from, n);
	return likely(!left) ? 0 : copy_short((void *)to, from, n, left, false);
}

unsigned long clear_user(void __user *to, unsigned long n)
{
	if (unlikely(!access_ok(to, n)))
		return n;
	might_fault();
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
	might_fault();
	len = __strncpy_from_user(dst, (const char *)src, room);
	/* A string that reaches the kernel's half is not terminated. */
	return len < 0 || (len == room && room < count) ? -EFAULT : len;
}

long strnlen_user(const char __user *s, long n)
{
	long room = user_room(s, n), len;

	if (!room)
		return 0;
	might_fault();
	len = __strnlen_user((const char *)s, room);
	return len > room && room < n ? 0 : len;
}
