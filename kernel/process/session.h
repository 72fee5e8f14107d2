/*
 * Process groups and sessions.
 */
#ifndef KERNEL_PROCESS_SESSION_H
#define KERNEL_PROCESS_SESSION_H

#include "kernel/sched/sched.h"

/* setpgid(2); pid 0: current, pgid 0: pid. 0 or -errno. */
int do_setpgid(pid_t pid, pid_t pgid);
/* setsid(2): the new session's number, or -EPERM. */
pid_t do_setsid(void);
/* The group and the session of a process (0: current), or -ESRCH. */
pid_t do_getpgid(pid_t pid);
pid_t do_getsid(pid_t pid);

#endif
