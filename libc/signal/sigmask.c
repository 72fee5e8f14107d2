/* Blocked and pending signals, waiting for one, and the alternate stack. */
#include <linux/time_types.h>
#include <signal.h>
#include <unistd.h>
#include "libc/internal/libc.h"
#include "libc/internal/syscall.h"

int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	return sys4(SYS_rt_sigprocmask, how, set, old, KERNEL_SIGSET_SIZE);
}

int sigsuspend(const sigset_t *mask)
{
	return sys2(SYS_rt_sigsuspend, mask, KERNEL_SIGSET_SIZE);
}

int sigpending(sigset_t *set)
{
	return sys2(SYS_rt_sigpending, set, KERNEL_SIGSET_SIZE);
}

/* The call with 64-bit time first; a kernel without it has the older one. */
int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout)
{
	struct __kernel_old_timespec old;
	long r = raw4(SYS_rt_sigtimedwait_time64, set, info, timeout, KERNEL_SIGSET_SIZE);

	if (r != -ENOSYS)
		return __syscall_ret(r);
	if (timeout) {
		old.tv_sec = timeout->tv_sec;
		old.tv_nsec = timeout->tv_nsec;
	}
	return sys4(SYS_rt_sigtimedwait, set, info, timeout ? &old : NULL, KERNEL_SIGSET_SIZE);
}

int sigwaitinfo(const sigset_t *set, siginfo_t *info)
{
	return sigtimedwait(set, info, NULL);
}

/* Returns the error; a handler that ran in between is none. */
int sigwait(const sigset_t *set, int *sig)
{
	int r;

	do
		r = sigwaitinfo(set, NULL);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return errno;
	*sig = r;
	return 0;
}

int sigaltstack(const stack_t *ss, stack_t *old)
{
	return sys2(SYS_sigaltstack, ss, old);
}

int pause(void)
{
	return sys0(SYS_pause);
}
