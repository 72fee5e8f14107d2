/*
 * Permission to inspect another process, by the rules in ptrace(2), "Ptrace access mode checking".
 */
#ifndef KERNEL_CRED_PTRACE_H
#define KERNEL_CRED_PTRACE_H

#include "kernel/sched/sched.h"

/* The access requested: reading, or reading and changing. Both need the same permission, as on
   Linux without a security module. */
#define PTRACE_MODE_READ      0x01
#define PTRACE_MODE_ATTACH    0x02
/* Which of the caller's ids are used: those for file access (files in /proc) or the real ones
   (system calls). */
#define PTRACE_MODE_FSCREDS   0x08
#define PTRACE_MODE_REALCREDS 0x10

#define PTRACE_MODE_READ_FSCREDS     (PTRACE_MODE_READ | PTRACE_MODE_FSCREDS)
#define PTRACE_MODE_READ_REALCREDS   (PTRACE_MODE_READ | PTRACE_MODE_REALCREDS)
#define PTRACE_MODE_ATTACH_FSCREDS   (PTRACE_MODE_ATTACH | PTRACE_MODE_FSCREDS)
#define PTRACE_MODE_ATTACH_REALCREDS (PTRACE_MODE_ATTACH | PTRACE_MODE_REALCREDS)

/*
 * May current access p? The result is valid until the caller sleeps. To keep it valid across a
 * sleep, or to make sure that what is then read belongs to the same program, hold
 * p->signal->exec_update_lock for reading.
 */
bool ptrace_may_access(const struct task_struct *p, unsigned int mode);

#endif
