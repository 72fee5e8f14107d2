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

int pause(void)
{
	return sys0(SYS_pause);
}
