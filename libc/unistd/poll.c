/* Waiting for descriptors. Calls with 64-bit time first, the older ones if those are missing. */
#include <linux/time_types.h>
#include <poll.h>
#include <sys/select.h>
#include "libc/internal/libc.h"
#include "libc/internal/syscall.h"

#define NSEC_PER_USEC 1000

int poll(struct pollfd *fds, nfds_t nfds, int timeout)
{
	return sys3(SYS_poll, fds, nfds, timeout);
}

/* The kernel writes the time that is left into its argument, so it gets a copy. */
int ppoll(struct pollfd *fds, nfds_t nfds, const struct timespec *timeout, const sigset_t *mask)
{
	struct __kernel_old_timespec old;
	struct timespec ts;
	long r;

	if (timeout)
		ts = *timeout;
	r = raw5(SYS_ppoll_time64, fds, nfds, timeout ? &ts : NULL, mask, KERNEL_SIGSET_SIZE);
	if (r != -ENOSYS)
		return __syscall_ret(r);
	if (timeout) {
		old.tv_sec = timeout->tv_sec;
		old.tv_nsec = timeout->tv_nsec;
	}
	return sys5(SYS_ppoll, fds, nfds, timeout ? &old : NULL, mask, KERNEL_SIGSET_SIZE);
}

/* Leaves in *ts what is left of it. */
static int do_select(int n, fd_set *r, fd_set *w, fd_set *e, struct timespec *ts,
		     const sigset_t *mask)
{
	/* The sixth argument of the kernel's call: where the mask is, and its size. */
	unsigned long sixth[2] = {(unsigned long)mask, KERNEL_SIGSET_SIZE};
	struct __kernel_old_timespec old;
	long ret = raw6(SYS_pselect6_time64, n, r, w, e, ts, sixth);

	if (ret != -ENOSYS)
		return __syscall_ret(ret);
	if (ts) {
		old.tv_sec = ts->tv_sec;
		old.tv_nsec = ts->tv_nsec;
	}
	ret = raw6(SYS_pselect6, n, r, w, e, ts ? &old : NULL, sixth);
	if (ts) {
		ts->tv_sec = old.tv_sec;
		ts->tv_nsec = old.tv_nsec;
	}
	return __syscall_ret(ret);
}

int pselect(int n, fd_set *r, fd_set *w, fd_set *e, const struct timespec *timeout,
	    const sigset_t *mask)
{
	struct timespec ts;

	if (timeout)
		ts = *timeout;
	return do_select(n, r, w, e, timeout ? &ts : NULL, mask);
}

int select(int n, fd_set *r, fd_set *w, fd_set *e, struct timeval *timeout)
{
	struct timespec ts;
	int ret;

	if (!timeout)
		return do_select(n, r, w, e, NULL, NULL);
	ts.tv_sec = timeout->tv_sec;
	ts.tv_nsec = timeout->tv_usec * NSEC_PER_USEC;
	ret = do_select(n, r, w, e, &ts, NULL);
	timeout->tv_sec = ts.tv_sec;
	timeout->tv_usec = ts.tv_nsec / NSEC_PER_USEC;
	return ret;
}
