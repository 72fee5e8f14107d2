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

#if MAPIX_DEBUG
void might_fault(void)
{
	if (!faulthandler_disabled())
		might_sleep();
}
#endif

/* ---- copies that meet a missing page ---- */

/*
 * A program whose buffer runs into a hole sees how far the kernel says it got, so that is counted
 * as Linux counts for i386 (arch/x86/lib/usercopy_32.c): blocks of 64 bytes, of which only whole
 * ones count, if source and destination are not aligned alike; else, and for the rest, long words,
 * from where the destination is aligned on; then bytes.
 */
#define BLOCK	   64UL
#define LONG_WORD  sizeof(u32)
#define ALIGN_MASK 7UL

/* How many bytes of whole blocks there are among n, if the first `reached` can be had. */
static unsigned long count_blocks(unsigned long n, unsigned long reached, bool from_user)
{
	unsigned long done, needed;

	for (done = 0; n - done >= BLOCK; done += BLOCK) {
		needed = done + BLOCK;
		if (from_user && n >= needed + LONG_WORD)
			needed += LONG_WORD; /* it fetches the next block's beginning ahead */
		if (reached < needed)
			break;
	}
	return done;
}

/* What a copy of n bytes counts that can have the first `reached` of them (< n). */
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

/* How far a copy could get that met a missing page after `copied` of n bytes: the long word there
 * may begin in the page before. */
static unsigned long copy_reach(unsigned long user, unsigned long n, unsigned long copied)
{
	unsigned long room = PAGE_SIZE - offset_in_page(user + copied);

	return room < LONG_WORD && n - copied >= LONG_WORD ? copied + room : copied;
}

/*
 * Finish a copy that left `left` of n bytes because a page is missing: the bytes up to that page as
 * far as they count. => the bytes that count as not copied.
 */
static unsigned long copy_short(void *to, const void *from, unsigned long n, unsigned long left,
				bool from_user)
{
	unsigned long copied = n - left, done = 0, more;
	unsigned long reached = copy_reach((unsigned long)(from_user ? from : to), n, copied);

	do { /* as Linux, again from where it stopped, until that brings nothing */
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
	/* A string that runs into the kernel's half has no end. */
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
