/* Setting handlers. Each gets a restorer, the code that it returns to. */
#include <signal.h>
#include "libc/internal/ksigaction.h"
#include "libc/internal/libc.h"
#include "libc/internal/syscall.h"

void __restore(void);
void __restore_rt(void);

int sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	struct kernel_sigaction new, previous;
	long r;

	if (act) {
		new.handler = act->sa_handler;
		new.flags = (unsigned int)act->sa_flags | SA_RESTORER;
		new.restorer = act->sa_flags &SA_SIGINFO ? __restore_rt : __restore;
		new.mask = act->sa_mask;
	}
	r = raw4(SYS_rt_sigaction, sig, act ? &new : NULL, old ? &previous : NULL,
		 KERNEL_SIGSET_SIZE);
	if (r == 0 && old) {
		old->sa_handler = previous.handler;
		old->sa_flags = previous.flags;
		old->sa_restorer = previous.restorer;
		old->sa_mask = previous.mask;
	}
	return __syscall_ret(r);
}

/* BSD's semantics, as in glibc: the handler stays, and system calls are restarted. */
sighandler_t signal(int sig, sighandler_t handler)
{
	struct sigaction act = {.sa_flags = SA_RESTART}, old;

	act.sa_handler = handler;
	sigemptyset(&act.sa_mask);
	if (handler == SIG_ERR) {
		errno = EINVAL;
		return SIG_ERR;
	}
	return sigaction(sig, &act, &old) < 0 ? SIG_ERR : old.sa_handler;
}
