/*
 * Resource limits: the soft limit is enforced, and any process may raise it up to the hard limit.
 */
#include "kernel/sched/rlimit.h"
#include "kernel/time/itimer.h"
#include <linux/errno.h>

int sysctl_nr_open = 1024 * 1024;

int do_prlimit(struct task_struct *p, unsigned int resource, const struct rlimit *new,
	       struct rlimit *old)
{
	struct rlimit *limit;

	if (resource >= RLIM_NLIMITS)
		return -EINVAL;
	limit = &p->signal->rlim[resource];
	if (new) {
		if (new->rlim_cur > new->rlim_max)
			return -EINVAL;
		if (resource == RLIMIT_NOFILE && new->rlim_max > (unsigned long)sysctl_nr_open)
			return -EPERM;
		if (new->rlim_max > limit->rlim_max && !has_cap(CAP_SYS_RESOURCE))
			return -EPERM;
	}
	if (old)
		*old = *limit;
	if (new)
		*limit = *new;
	update_cpu_timers(p->signal);
	return 0;
}

bool may_prlimit(const struct task_struct *p)
{
	const struct cred *cred = &current->cred, *target = &p->cred;

	if (p == current || has_cap(CAP_SYS_RESOURCE))
		return true;
	return cred->uid == target->uid && cred->uid == target->euid && cred->uid == target->suid &&
	       cred->gid == target->gid && cred->gid == target->egid && cred->gid == target->sgid;
}
