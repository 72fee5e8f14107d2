/*
 * System calls of files: poll and select in all their layouts.
 */
#include "kernel/fs/internal.h"
#include "kernel/syscall/syscall.h"
#include "kernel/syscall/timespec.h"
#include <linux/personality.h>
#include <linux/poll.h>

/* ---- times ---- */

/* When a wait is over, on the monotonic clock; 0 for no wait. The nanoseconds end before the
   seconds do, of which the rest is told. */
struct poll_end {
	struct timespec64 ts;
	u64 ns;
};

static struct timespec64 sum_saturated(const struct timespec64 *a, const struct timespec64 *b)
{
	struct timespec64 sum = {S64_MAX, 0};
	long nsec = a->tv_nsec + b->tv_nsec;
	s64 carry = nsec >= (long)NSEC_PER_SEC;

	if (a->tv_sec > S64_MAX - b->tv_sec - carry)
		return sum;
	sum.tv_sec = a->tv_sec + b->tv_sec + carry;
	sum.tv_nsec = carry ? nsec - (long)NSEC_PER_SEC : nsec;
	return sum;
}

/* The end of a wait of this length. -EINVAL if it is no time. */
static int timeout_to_end(const struct timespec64 *ts, struct poll_end *end)
{
	struct timespec64 now;

	if (!timespec64_valid(ts))
		return -EINVAL;
	if (!ts->tv_sec && !ts->tv_nsec) {
		end->ns = 0;
		return 0;
	}
	now = ns_to_timespec64(ktime_get_ns());
	end->ts = sum_saturated(ts, &now);
	end->ns = timespec64_to_ns(&end->ts);
	return 0;
}

static struct timespec64 time_left(const struct poll_end *end)
{
	struct timespec64 now = ns_to_timespec64(ktime_get_ns());
	struct timespec64 left = {end->ts.tv_sec - now.tv_sec, end->ts.tv_nsec - now.tv_nsec};

	if (left.tv_nsec < 0) {
		left.tv_nsec += NSEC_PER_SEC;
		left.tv_sec--;
	}
	return left.tv_sec >= 0 ? left : (struct timespec64){};
}

/* The three layouts in which a timeout comes and the rest of it goes back. */
enum timeout_type {
	PT_TIMEVAL,
	PT_TIMESPEC,
	PT_TIMESPEC64
};

/* 0, or -EFAULT, -EINVAL. Not called with a null pointer. */
static int get_timeout(const void __user *utime, enum timeout_type type, struct timespec64 *ts)
{
	struct __kernel_old_timeval tv;

	if (type == PT_TIMESPEC64)
		return get_timespec64(ts, utime);
	if (type == PT_TIMESPEC)
		return get_old_timespec(ts, utime);
	if (copy_from_user(&tv, utime, sizeof(tv)))
		return -EFAULT;
	if (tv.tv_usec < 0)
		return -EINVAL;
	/* as Linux, in 32 bits: a sum that wraps is negative, and no time */
	ts->tv_sec = tv.tv_sec + tv.tv_usec / (long)USEC_PER_SEC;
	ts->tv_nsec = tv.tv_usec % (long)USEC_PER_SEC * (long)NSEC_PER_USEC;
	return 0;
}

static int put_timeout(void __user *utime, enum timeout_type type, const struct timespec64 *ts)
{
	struct __kernel_old_timeval tv = {ts->tv_sec, ts->tv_nsec / (long)NSEC_PER_USEC};

	if (type == PT_TIMESPEC64)
		return put_timespec64(ts, utime);
	if (type == PT_TIMESPEC)
		return put_old_timespec(ts, utime);
	return copy_to_user(utime, &tv, sizeof(tv)) ? -EFAULT : 0;
}

/* What comes before the wait: the caller's timeout, if there is one, as its end, and the caller's
 * mask. 0 or -errno. */
static int begin_wait(const void __user *utime, enum timeout_type type, const sigset_t __user *mask,
		      size_t size, struct poll_end *end)
{
	struct timespec64 ts;
	int err = 0;

	if (utime) {
		err = get_timeout(utime, type, &ts);
		if (!err)
			err = timeout_to_end(&ts, end);
	}
	return err ? err : set_user_sigmask(mask, size);
}

/* Tell the caller how much time was left. Where that cannot be stored, the call cannot be
 * restarted. */
static long finish_timeout(long ret, void __user *utime, enum timeout_type type,
			   const struct poll_end *end)
{
	struct timespec64 left;

	if (!utime)
		return ret;
	if (!(current->personality & STICKY_TIMEOUTS)) {
		if (!end->ns)
			return ret;
		left = time_left(end);
		if (!put_timeout(utime, type, &left))
			return ret;
	}
	return ret == -ERESTARTNOHAND ? -EINTR : ret;
}

/* ---- poll ---- */

static long do_restart_poll(struct restart_block *restart)
{
	u64 expires = restart->expires_ns;
	long ret = do_sys_poll((struct pollfd __user *)restart->arg[0], restart->arg[1],
			       restart->arg[2] ? &expires : NULL);

	if (ret == -ERESTARTNOHAND) {
		current->restart_block = *restart;
		ret = -ERESTART_RESTARTBLOCK;
	}
	return ret;
}

SYSCALL_DEFINE3(poll, struct pollfd __user *, fds, unsigned int, nfds, int, timeout_ms)
{
	u64 expires = timeout_ms > 0 ? ktime_get_ns() + timeout_ms * NSEC_PER_MSEC : 0;
	bool timed = timeout_ms >= 0;
	long ret = do_sys_poll(fds, nfds, timed ? &expires : NULL);

	if (ret == -ERESTARTNOHAND) {
		current->restart_block = (struct restart_block){
			.fn = do_restart_poll,
			.expires_ns = expires,
			.arg = {(unsigned long)fds, nfds, timed},
		};
		ret = -ERESTART_RESTARTBLOCK;
	}
	return ret;
}

static long do_ppoll(struct pollfd __user *fds, unsigned int nfds, void __user *utime,
		     enum timeout_type type, const sigset_t __user *mask, size_t size)
{
	struct poll_end end = {};
	long ret = begin_wait(utime, type, mask, size, &end);

	if (ret)
		return ret;
	ret = do_sys_poll(fds, nfds, utime ? &end.ns : NULL);
	restore_saved_sigmask_unless(ret == -ERESTARTNOHAND);
	return finish_timeout(ret, utime, type, &end);
}

SYSCALL_DEFINE5(ppoll, struct pollfd __user *, fds, unsigned int, nfds, void __user *, utime,
		const sigset_t __user *, mask, size_t, size)
{
	return do_ppoll(fds, nfds, utime, PT_TIMESPEC, mask, size);
}

SYSCALL_DEFINE5(ppoll_time64, struct pollfd __user *, fds, unsigned int, nfds, void __user *, utime,
		const sigset_t __user *, mask, size_t, size)
{
	return do_ppoll(fds, nfds, utime, PT_TIMESPEC64, mask, size);
}

/* ---- select ---- */

static long do_select_call(int n, unsigned long __user *const sets[3], void __user *utime,
			   enum timeout_type type, const sigset_t __user *mask, size_t size)
{
	struct poll_end end = {};
	long ret = begin_wait(utime, type, mask, size, &end);

	if (ret)
		return ret;
	ret = core_sys_select(n, sets, utime ? &end.ns : NULL);
	restore_saved_sigmask_unless(ret == -ERESTARTNOHAND);
	return finish_timeout(ret, utime, type, &end);
}

SYSCALL_DEFINE5(select, int, n, unsigned long __user *, in, unsigned long __user *, out,
		unsigned long __user *, ex, void __user *, utime)
{
	unsigned long __user *const sets[3] = {in, out, ex};

	return do_select_call(n, sets, utime, PT_TIMEVAL, NULL, 0);
}

/* The oldest select: all arguments in memory. */
SYSCALL_DEFINE1(old_select, const unsigned long __user *, uargs)
{
	unsigned long args[5];
	unsigned long __user *sets[3];

	if (copy_from_user(args, uargs, sizeof(args)))
		return -EFAULT;
	sets[0] = (unsigned long __user *)args[1];
	sets[1] = (unsigned long __user *)args[2];
	sets[2] = (unsigned long __user *)args[3];
	return do_select_call(args[0], sets, (void __user *)args[4], PT_TIMEVAL, NULL, 0);
}

/* The last argument points to a signal set and its size: six registers do not hold seven arguments.
 */
struct sigset_argpack {
	const sigset_t __user *mask;
	size_t size;
};

static long do_pselect6(int n, unsigned long __user *const sets[3], void __user *utime,
			enum timeout_type type, const struct sigset_argpack __user *upack)
{
	struct sigset_argpack pack = {NULL, 0};

	if (upack && copy_from_user(&pack, upack, sizeof(pack)))
		return -EFAULT;
	return do_select_call(n, sets, utime, type, pack.mask, pack.size);
}

SYSCALL_DEFINE6(pselect6, int, n, unsigned long __user *, in, unsigned long __user *, out,
		unsigned long __user *, ex, void __user *, utime,
		const struct sigset_argpack __user *, pack)
{
	unsigned long __user *const sets[3] = {in, out, ex};

	return do_pselect6(n, sets, utime, PT_TIMESPEC, pack);
}

SYSCALL_DEFINE6(pselect6_time64, int, n, unsigned long __user *, in, unsigned long __user *, out,
		unsigned long __user *, ex, void __user *, utime,
		const struct sigset_argpack __user *, pack)
{
	unsigned long __user *const sets[3] = {in, out, ex};

	return do_pselect6(n, sets, utime, PT_TIMESPEC64, pack);
}
