/*
 * Policies, priorities and niceness: the rules behind sched_setscheduler(2), setpriority(2),
 * nice(2).
 */
#ifndef KERNEL_SCHED_POLICY_H
#define KERNEL_SCHED_POLICY_H

#include "kernel/sched/sched.h"
#include <linux/sched/types.h>

#define MAX_RT_PRIO 100 /* real-time priorities are 1 to 99 */
#define MIN_NICE    (-20)
#define MAX_NICE    19

/* sched_setscheduler(2) for p (policy < 0: keep the policy). 0, -EINVAL or -EPERM. */
int do_sched_setscheduler(struct task_struct *p, int policy, int priority);
/* sched_setattr(2): the same, and the nice value. */
int do_sched_setattr(struct task_struct *p, const struct sched_attr *attr);
/* Is this one of the SCHED_ policies that the kernel knows? */
bool valid_policy(int policy);
/* Is it a real-time policy? */
static inline bool rt_policy(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}
/* Does current's user own p, or does current have CAP_SYS_NICE? */
bool may_change_sched(const struct task_struct *p);
/* A task must not change the scheduling of a more privileged program: p has no capability that
   current lacks, or current has CAP_SYS_NICE. */
bool cap_safe_nice(const struct task_struct *p);
/* May p get this nice value? (A higher one is always allowed.) */
bool can_nice(const struct task_struct *p, int nice);
/* setpriority(2) for one task: 0, -EPERM or -EACCES. */
int set_one_prio(struct task_struct *p, int nice);

#endif
