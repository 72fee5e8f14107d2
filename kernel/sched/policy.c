/*
 * The rules for changing the policy, priority and nice value of a task.
 */
#include "kernel/sched/policy.h"
#include <linux/errno.h>

#define KEEP_POLICY (-1)

bool valid_policy(int policy)
{
	return policy == SCHED_NORMAL || policy == SCHED_BATCH || policy == SCHED_IDLE ||
	       rt_policy(policy);
}

bool may_change_sched(const struct task_struct *p)
{
	uid_t euid = current->cred.euid;

	return euid == p->cred.euid || euid == p->cred.uid || has_cap(CAP_SYS_NICE);
}

bool cap_safe_nice(const struct task_struct *p)
{
	return !(p->cred.cap_permitted & ~current->cred.cap_permitted) || has_cap(CAP_SYS_NICE);
}

/* RLIMIT_NICE counts 1 (nice 19) to 40 (nice -20). */
bool can_nice(const struct task_struct *p, int nice)
{
	return (unsigned long)(MAX_NICE + 1 - nice) <= p->signal->rlim[RLIMIT_NICE].rlim_cur ||
	       has_cap(CAP_SYS_NICE);
}

/* Does the change need CAP_SYS_NICE? */
static bool is_privileged_change(struct task_struct *p, int policy, unsigned int priority, int nice,
				 bool reset_on_fork)
{
	unsigned long rtprio = p->signal->rlim[RLIMIT_RTPRIO].rlim_cur;

	if (!rt_policy(policy) && nice < p->nice && !can_nice(p, nice))
		return true;
	if (rt_policy(policy) && policy != p->policy && !rtprio)
		return true;
	if (rt_policy(policy) && priority > p->rt_priority && priority > rtprio)
		return true;
	if (p->policy == SCHED_IDLE && policy != SCHED_IDLE && !can_nice(p, p->nice))
		return true;
	return p->reset_on_fork && !reset_on_fork;
}

/* `keep`: everything is checked, but only reset_on_fork changes. */
static int change_policy(struct task_struct *p, int policy, int priority, int nice,
			 bool reset_on_fork, bool keep)
{
	if (policy == KEEP_POLICY) {
		policy = p->policy;
		reset_on_fork = p->reset_on_fork;
	}
	if (!valid_policy(policy))
		return -EINVAL;
	if (priority < 0 || priority >= MAX_RT_PRIO || rt_policy(policy) != (priority != 0))
		return -EINVAL;
	if (!has_cap(CAP_SYS_NICE) &&
	    (!may_change_sched(p) ||
	     is_privileged_change(p, policy, priority, nice, reset_on_fork)))
		return -EPERM;
	if (!cap_safe_nice(p))
		return -EPERM;
	p->reset_on_fork = reset_on_fork;
	if (!keep)
		set_task_policy(p, policy, priority, nice);
	return 0;
}

int do_sched_setscheduler(struct task_struct *p, int policy, int priority)
{
	bool reset = false;

	if (policy != KEEP_POLICY) {
		reset = policy & SCHED_RESET_ON_FORK;
		policy &= ~SCHED_RESET_ON_FORK;
		if (policy < 0)
			return -EINVAL;
	}
	return change_policy(p, policy, priority, p->nice, reset, false);
}

/* The flags of deadline tasks have no effect on others. */
#define SCHED_FLAGS_KNOWN                                                        \
	(SCHED_FLAG_RESET_ON_FORK | SCHED_FLAG_RECLAIM | SCHED_FLAG_DL_OVERRUN | \
	 SCHED_FLAG_KEEP_ALL | SCHED_FLAG_UTIL_CLAMP)

int do_sched_setattr(struct task_struct *p, const struct sched_attr *attr)
{
	int policy = attr->sched_policy, real = policy, priority = attr->sched_priority;
	int nice = clamp(attr->sched_nice, MIN_NICE, MAX_NICE);
	bool keep = attr->sched_flags & SCHED_FLAG_KEEP_PARAMS;

	if (policy < 0)
		return -EINVAL;
	if (attr->sched_flags & SCHED_FLAG_KEEP_POLICY)
		policy = KEEP_POLICY;
	else if (!valid_policy(policy))
		return -EINVAL;
	if (attr->sched_flags & ~(u64)SCHED_FLAGS_KNOWN)
		return -EINVAL;
	if (attr->sched_flags & SCHED_FLAG_UTIL_CLAMP)
		return -EOPNOTSUPP; /* utilisation clamps need a processor with variable speed */
	if (keep && rt_task(p))
		priority = p->rt_priority;
	/* Only these two policies use the nice value; with the others it stays unchanged. */
	if (policy == KEEP_POLICY)
		real = p->policy;
	if ((keep && !rt_task(p)) || (real != SCHED_NORMAL && real != SCHED_BATCH))
		nice = p->nice;
	return change_policy(p, policy, priority, nice,
			     attr->sched_flags & SCHED_FLAG_RESET_ON_FORK, keep);
}

int set_one_prio(struct task_struct *p, int nice)
{
	uid_t euid = current->cred.euid;

	if (p->cred.uid != euid && p->cred.euid != euid && !has_cap(CAP_SYS_NICE))
		return -EPERM;
	if (nice < p->nice && !can_nice(p, nice))
		return -EACCES;
	if (!cap_safe_nice(p))
		return -EPERM;
	set_task_policy(p, p->policy, p->rt_priority, nice);
	return 0;
}
