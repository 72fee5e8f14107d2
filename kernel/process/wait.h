/*
 * Waiting for children: what wait4(2) and waitid(2) have in common.
 */
#ifndef KERNEL_PROCESS_WAIT_H
#define KERNEL_PROCESS_WAIT_H

#include "kernel/abi/types.h"
#include <linux/resource.h>
#include <linux/wait.h>

struct wait_opts {
	int type;	 /* P_ALL, P_PID or P_PGID */
	pid_t pid;	 /* of a process or group */
	int flags;	 /* WNOHANG, WEXITED, WSTOPPED, WCONTINUED, WNOWAIT, __W… */
	bool want_usage; /* fill `usage` */

	/* The child found: */
	int status; /* as wait4 shows it */
	int cause;  /* as waitid shows it: CLD_* and … */
	int cause_status;
	uid_t uid;
	struct rusage usage;
};

/* The child's pid; 0 with WNOHANG if none has anything to report; -ECHILD, -ERESTARTSYS. May sleep.
 */
long do_wait(struct wait_opts *wo);

struct task_struct;
/* Fill *r with what p used; who: RUSAGE_SELF, _CHILDREN, _THREAD or _BOTH. In rusage.c. */
void k_getrusage(struct task_struct *p, int who, struct rusage *r);

#endif
