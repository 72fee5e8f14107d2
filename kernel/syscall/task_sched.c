/*
 * System calls: scheduling policies, priorities and niceness.
 */
#include "kernel/time/time.h"
#include "kernel/sched/policy.h"
#include "kernel/syscall/syscall.h"
#include "kernel/syscall/timespec.h"
#include "libc/include/string.h"
#include "mm/phys/page.h"

static struct task_struct *task_of(pid_t pid)
{
	return pid ? find_task_by_pid(pid) : current;
}

static long set_scheduler(pid_t pid, int policy, const struct sched_param __user *param)
{
	struct sched_param sp;
	struct task_struct *p;

	if (!param || pid < 0)
		return -EINVAL;
	if (copy_from_user(&sp, param, sizeof(sp)))
		return -EFAULT;
	p = task_of(pid);
	return p ? do_sched_setscheduler(p, policy, sp.sched_priority) : -ESRCH;
}

SYSCALL_DEFINE3(sched_setscheduler, pid_t, pid, int, policy, const struct sched_param __user *,
		param)
{
	return policy < 0 ? -EINVAL : set_scheduler(pid, policy, param);
}

SYSCALL_DEFINE2(sched_setparam, pid_t, pid, const struct sched_param __user *, param)
{
	return set_scheduler(pid, -1, param);
}

SYSCALL_DEFINE1(sched_getscheduler, pid_t, pid)
{
	struct task_struct *p;

	if (pid < 0)
		return -EINVAL;
	p = task_of(pid);
	if (!p)
		return -ESRCH;
	return p->policy | (p->reset_on_fork ? SCHED_RESET_ON_FORK : 0);
}

SYSCALL_DEFINE2(sched_getparam, pid_t, pid, struct sched_param __user *, param)
{
	struct sched_param sp;
	struct task_struct *p;

	if (!param || pid < 0)
		return -EINVAL;
	p = task_of(pid);
	if (!p)
		return -ESRCH;
	sp.sched_priority = p->rt_priority;
	return copy_to_user(param, &sp, sizeof(sp)) ? -EFAULT : 0;
}

/* A structure that may be shorter or longer than ours; what we do not know must be zero. */
static int copy_sched_attr(struct sched_attr *attr, struct sched_attr __user *uattr)
{
	u32 size;
	u8 byte;

	memset(attr, 0, sizeof(*attr));
	if (get_user(size, &uattr->size))
		return -EFAULT;
	if (!size)
		size = SCHED_ATTR_SIZE_VER0;
	if (size < SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE)
		goto bad_size;
	if (copy_from_user(attr, uattr, min_t(size_t, size, sizeof(*attr))))
		return -EFAULT;
	if ((attr->sched_flags & SCHED_FLAG_UTIL_CLAMP) && size < SCHED_ATTR_SIZE_VER1)
		return -EINVAL;
	for (u32 i = sizeof(*attr); i < size; i++) {
		if (get_user(byte, (u8 __user *)uattr + i))
			return -EFAULT;
		if (byte)
			goto bad_size;
	}
	return 0;
bad_size:
	put_user((u32)sizeof(*attr), &uattr->size);
	return -E2BIG;
}

SYSCALL_DEFINE3(sched_setattr, pid_t, pid, struct sched_attr __user *, uattr, unsigned int, flags)
{
	struct sched_attr attr;
	struct task_struct *p;
	int err;

	if (!uattr || pid < 0 || flags)
		return -EINVAL;
	err = copy_sched_attr(&attr, uattr);
	if (err)
		return err;
	p = task_of(pid);
	return p ? do_sched_setattr(p, &attr) : -ESRCH;
}

SYSCALL_DEFINE4(sched_getattr, pid_t, pid, struct sched_attr __user *, uattr, unsigned int, size,
		unsigned int, flags)
{
	struct sched_attr attr;
	struct task_struct *p;

	if (!uattr || pid < 0 || size > PAGE_SIZE || size < SCHED_ATTR_SIZE_VER0 || flags)
		return -EINVAL;
	p = task_of(pid);
	if (!p)
		return -ESRCH;
	memset(&attr, 0, sizeof(attr));
	attr.size = min_t(u32, size, sizeof(attr));
	attr.sched_policy = p->policy;
	attr.sched_flags = p->reset_on_fork ? SCHED_FLAG_RESET_ON_FORK : 0;
	attr.sched_priority = p->rt_priority;
	attr.sched_nice = rt_task(p) ? 0 : p->nice;
	if (clear_user((char __user *)uattr + attr.size, size - attr.size))
		return -EFAULT;
	return copy_to_user(uattr, &attr, attr.size) ? -EFAULT : 0;
}

SYSCALL_DEFINE1(sched_get_priority_max, int, policy)
{
	if (rt_policy(policy))
		return MAX_RT_PRIO - 1;
	return valid_policy(policy) || policy == SCHED_DEADLINE ? 0 : -EINVAL;
}

SYSCALL_DEFINE1(sched_get_priority_min, int, policy)
{
	if (rt_policy(policy))
		return 1;
	return valid_policy(policy) || policy == SCHED_DEADLINE ? 0 : -EINVAL;
}

/* 0, or -errno; *ts: the time after which another task may have its turn, in whole ticks: with
   SCHED_FIFO there is none. */
static int rr_interval(pid_t pid, struct timespec64 *ts)
{
	struct task_struct *p;
	u64 ns;

	if (pid < 0)
		return -EINVAL;
	p = task_of(pid);
	if (!p)
		return -ESRCH;
	ns = p->policy == SCHED_FIFO ? 0
	     : p->policy == SCHED_RR ? jiffies_to_nsecs(sched_rr_timeslice)
				     : rounddown(fair_slice(p), NSEC_PER_TICK);
	*ts = ns_to_timespec64(ns);
	return 0;
}

SYSCALL_DEFINE2(sched_rr_get_interval, pid_t, pid, struct __kernel_old_timespec __user *, interval)
{
	struct timespec64 ts;
	int err = rr_interval(pid, &ts);

	return err ? err : put_old_timespec(&ts, interval);
}

SYSCALL_DEFINE2(sched_rr_get_interval_time64, pid_t, pid, struct __kernel_timespec __user *,
		interval)
{
	struct timespec64 ts;
	int err = rr_interval(pid, &ts);

	return err ? err : put_timespec64(&ts, interval);
}

SYSCALL_DEFINE0(sched_yield)
{
	yield();
	return 0;
}

/* ---- the one processor ---- */

#define CPU_MASK 1UL

SYSCALL_DEFINE3(sched_getaffinity, pid_t, pid, unsigned int, len, unsigned long __user *, mask)
{
	/* As Linux: the bits are counted modulo 2^32. */
	if (len % sizeof(long) || len * BITS_PER_BYTE == 0)
		return -EINVAL;
	if (!task_of(pid))
		return -ESRCH;
	return put_user(CPU_MASK, mask) ? -EFAULT : (long)sizeof(long);
}

SYSCALL_DEFINE3(sched_setaffinity, pid_t, pid, unsigned int, len, unsigned long __user *, mask)
{
	unsigned long cpus = 0;
	struct task_struct *p;

	if (copy_from_user(&cpus, mask, min_t(unsigned int, len, sizeof(cpus))))
		return -EFAULT;
	p = task_of(pid);
	if (!p)
		return -ESRCH;
	if (!may_change_sched(p) || !cap_safe_nice(p))
		return -EPERM;
	return cpus & CPU_MASK ? 0 : -EINVAL;
}

SYSCALL_DEFINE3(getcpu, unsigned int __user *, cpu, unsigned int __user *, node, void __user *,
		unused)
{
	if ((cpu && put_user(0U, cpu)) || (node && put_user(0U, node)))
		return -EFAULT;
	return 0;
}

/* ---- niceness ---- */

SYSCALL_DEFINE1(nice, int, increment)
{
	int nice = clamp(current->nice + clamp(increment, -40, 40), MIN_NICE, MAX_NICE);

	if (increment < 0 && !can_nice(current, nice))
		return -EPERM;
	set_task_policy(current, current->policy, current->rt_priority, nice);
	return 0;
}

/* Is p one of those that getpriority's arguments mean? */
static bool prio_target(const struct task_struct *p, int which, int who)
{
	switch (which) {
	case PRIO_PROCESS:
		return p->pid == (who ? who : current->pid);
	case PRIO_PGRP:
		return p->signal->pgrp == (who ? who : current->signal->pgrp);
	default:
		return p->cred.uid == (who ? (uid_t)who : current->cred.uid);
	}
}

SYSCALL_DEFINE3(setpriority, int, which, int, who, int, niceval)
{
	struct task_struct *p;
	int err = -ESRCH, one;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	niceval = clamp(niceval, MIN_NICE, MAX_NICE);
	for_each_task (p) {
		if (!prio_target(p, which, who))
			continue;
		one = set_one_prio(p, niceval);
		if (one || err == -ESRCH)
			err = one;
	}
	return err;
}

/* The highest priority among them, as 1 (nice 19) to 40 (nice -20): never negative. */
SYSCALL_DEFINE2(getpriority, int, which, int, who)
{
	struct task_struct *p;
	long best = -ESRCH;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	for_each_task (p)
		if (prio_target(p, which, who))
			best = max(best, (long)(MAX_NICE + 1 - p->nice));
	return best;
}
