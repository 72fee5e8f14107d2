/* What rt_sigaction exchanges (Linux include/linux/signal_types.h; not in the UAPI for i386). */
#ifndef LIBC_INTERNAL_KSIGACTION_H
#define LIBC_INTERNAL_KSIGACTION_H

#include <signal.h>

struct kernel_sigaction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	sigset_t mask;
};

_Static_assert(sizeof(struct kernel_sigaction) == 20, "the kernel's struct sigaction");
_Static_assert(sizeof(sigset_t) == 8, "the kernel's sigset_t");

#endif
