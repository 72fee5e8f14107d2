/*
 * The signal types that are part of a task_struct. The kernel's sigset_t is 64 bits wide; the one
 * in the UAPI headers is the old 4-byte set and is called old_sigset_t here.
 */
#ifndef KERNEL_SIGNAL_SIGNAL_TYPES_H
#define KERNEL_SIGNAL_SIGNAL_TYPES_H

#include "kernel/abi/signal.h" /* sigset_t (8 bytes), siginfo_t, struct k_sigaction, sigframes */
#include "kernel/lib/list.h"

struct signal_struct;
struct user_struct;

/* One queued signal. Standard signals queue at most once, real-time ones each time. */
struct sigqueue {
	struct list_head list;
	struct signal_struct *owner; /* the process in whose queues it is */
	struct user_struct *user;    /* the user that it counts for (RLIMIT_SIGPENDING) */
	siginfo_t info;
};
struct sigpending {
	struct list_head list;
	sigset_t signal;
};

/* A fork in progress, on signal_struct.multiprocess: the signals sent meanwhile to many processes
   at once, which the child must get as well. */
struct multiprocess_signals {
	struct list_head node;
	sigset_t signal;
};

struct sighand_struct {
	int count;
	struct k_sigaction action[_NSIG];
};

/* How restart_syscall(2) resumes an interrupted sleep (nanosleep, poll, futex). */
struct restart_block {
	long (*fn)(struct restart_block *);
	u64 expires_ns; /* monotonic */
	void *rmtp;	/* user address or NULL */
	int kind;	/* for fn: the type of the structure at rmtp, or a clock id */
	unsigned long arg[4];
};

#endif
