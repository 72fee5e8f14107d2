/*
 * Resource limits.
 */
#ifndef KERNEL_SCHED_RLIMIT_H
#define KERNEL_SCHED_RLIMIT_H

#include "kernel/sched/sched.h"

extern int sysctl_nr_open; /* the upper bound of RLIMIT_NOFILE */

/* Read, then change p's limit; either pointer may be NULL. 0, -EINVAL or -EPERM. */
int do_prlimit(struct task_struct *p, unsigned int resource, const struct rlimit *new,
	       struct rlimit *old);
/* May current read (and change) p's limits? */
bool may_prlimit(const struct task_struct *p);

#endif
