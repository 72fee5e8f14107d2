/*
 * Resource limits.
 */
#ifndef KERNEL_SCHED_RLIMIT_H
#define KERNEL_SCHED_RLIMIT_H

#include "kernel/sched/sched.h"

extern int sysctl_nr_open; /* no descriptor and no limit of them is above it */

/* Read, then change p's limit; either pointer may be NULL. 0, -EINVAL or -EPERM. */
int do_prlimit(struct task_struct *p, unsigned int resource, const struct rlimit *new,
	       struct rlimit *old);
/* May current look at (and change) p's limits? */
bool may_prlimit(const struct task_struct *p);

#endif
