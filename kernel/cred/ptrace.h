/*
 * Who may look into which process: the rule of ptrace(2), "Ptrace access mode checking".
 */
#ifndef KERNEL_SCHED_PTRACE_H
#define KERNEL_SCHED_PTRACE_H

#include "kernel/sched/sched.h"

/* What is asked for: to look, or to look and change. Both are one right here, as on Linux where no
   security module tells them apart. */
#define PTRACE_MODE_READ      0x01
#define PTRACE_MODE_ATTACH    0x02
/* By which of the caller's ids: those for files (names in /proc), or the real ones (calls). */
#define PTRACE_MODE_FSCREDS   0x08
#define PTRACE_MODE_REALCREDS 0x10

#define PTRACE_MODE_READ_FSCREDS     (PTRACE_MODE_READ | PTRACE_MODE_FSCREDS)
#define PTRACE_MODE_READ_REALCREDS   (PTRACE_MODE_READ | PTRACE_MODE_REALCREDS)
#define PTRACE_MODE_ATTACH_FSCREDS   (PTRACE_MODE_ATTACH | PTRACE_MODE_FSCREDS)
#define PTRACE_MODE_ATTACH_REALCREDS (PTRACE_MODE_ATTACH | PTRACE_MODE_REALCREDS)

/* May current do so with p? The answer holds until the caller sleeps; across a sleep, and for what
   must belong to the same program as the answer, hold p->signal->exec_update_lock for reading. */
bool ptrace_may_access(const struct task_struct *p, unsigned int mode);

#endif
