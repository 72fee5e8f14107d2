/*
 * System calls: what a process may use and has used, and its small switches (prctl, personality).
 */
#include "kernel/time/time.h"
#include "kernel/cred/cred.h"
#include "kernel/sched/rlimit.h"
#include "kernel/signal/signal.h"
#include "kernel/process/wait.h"
#include "kernel/syscall/syscall.h"
#include "libc/include/string.h"
#include "mm/mm_types.h"
#include "mm/calls.h"
#include <linux/prctl.h>
#include <linux/times.h>

/* ---- limits ---- */

SYSCALL_DEFINE2(ugetrlimit, unsigned int, resource, struct rlimit __user *, rlim)
{
	struct rlimit value;
	int err = do_prlimit(current, resource, NULL, &value);

	if (err)
		return err;
	return copy_to_user(rlim, &value, sizeof(value)) ? -EFAULT : 0;
}

#define OLD_RLIM_INFINITY 0x7fffffffUL

/* The old call, whose values were signed. */
SYSCALL_DEFINE2(getrlimit, unsigned int, resource, struct rlimit __user *, rlim)
{
	struct rlimit value;
	int err = do_prlimit(current, resource, NULL, &value);

	if (err)
		return err;
	value.rlim_cur = min(value.rlim_cur, OLD_RLIM_INFINITY);
	value.rlim_max = min(value.rlim_max, OLD_RLIM_INFINITY);
	return copy_to_user(rlim, &value, sizeof(value)) ? -EFAULT : 0;
}

SYSCALL_DEFINE2(setrlimit, unsigned int, resource, const struct rlimit __user *, rlim)
{
	struct rlimit value;

	if (copy_from_user(&value, rlim, sizeof(value)))
		return -EFAULT;
	return do_prlimit(current, resource, &value, NULL);
}

static unsigned long rlim64_to_rlim(u64 v)
{
	return v >= RLIM_INFINITY ? RLIM_INFINITY : (unsigned long)v;
}

static u64 rlim_to_rlim64(unsigned long v)
{
	return v == RLIM_INFINITY ? RLIM64_INFINITY : v;
}

SYSCALL_DEFINE4(prlimit64, pid_t, pid, unsigned int, resource, const struct rlimit64 __user *,
		new_rlim, struct rlimit64 __user *, old_rlim)
{
	struct task_struct *p;
	struct rlimit64 value;
	struct rlimit new, old;
	int err;

	if (new_rlim) {
		if (copy_from_user(&value, new_rlim, sizeof(value)))
			return -EFAULT;
		new = (struct rlimit){rlim64_to_rlim(value.rlim_cur),
				      rlim64_to_rlim(value.rlim_max)};
	}
	p = pid ? find_task_by_pid(pid) : current;
	if (!p)
		return -ESRCH;
	if (!may_prlimit(p))
		return -EPERM;
	err = do_prlimit(p, resource, new_rlim ? &new : NULL, old_rlim ? &old : NULL);
	if (err || !old_rlim)
		return err;
	value = (struct rlimit64){rlim_to_rlim64(old.rlim_cur), rlim_to_rlim64(old.rlim_max)};
	return copy_to_user(old_rlim, &value, sizeof(value)) ? -EFAULT : 0;
}

/* ---- use ---- */

SYSCALL_DEFINE2(getrusage, int, who, struct rusage __user *, ru)
{
	struct rusage r;

	if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN && who != RUSAGE_THREAD)
		return -EINVAL;
	k_getrusage(current, who, &r);
	return copy_to_user(ru, &r, sizeof(r)) ? -EFAULT : 0;
}

SYSCALL_DEFINE1(times, struct tms __user *, tbuf)
{
	struct signal_struct *sig = current->signal;
	struct task_usage u;
	struct tms tms;

	if (tbuf) {
		thread_group_usage(current, &u);
		tms.tms_utime = (__kernel_clock_t)nsec_to_clock_t(u.utime_ns);
		tms.tms_stime = (__kernel_clock_t)nsec_to_clock_t(u.stime_ns);
		tms.tms_cutime = (__kernel_clock_t)nsec_to_clock_t(sig->cutime_ns);
		tms.tms_cstime = (__kernel_clock_t)nsec_to_clock_t(sig->cstime_ns);
		if (copy_to_user(tbuf, &tms, sizeof(tms)))
			return -EFAULT;
	}
	return (long)nsec_to_clock_t(ktime_get_ns());
}

/* ---- switches ---- */

#define PERSONALITY_ASK 0xffffffffU

SYSCALL_DEFINE1(personality, unsigned int, personality)
{
	unsigned int old = current->personality;

	if (personality != PERSONALITY_ASK)
		current->personality = personality;
	return old;
}

static long set_pdeathsig(unsigned long sig)
{
	if (!valid_signal(sig))
		return -EINVAL;
	current->pdeath_signal = (int)sig;
	return 0;
}

static long set_name(const char __user *name)
{
	char comm[TASK_COMM_LEN] = "";

	if (strncpy_from_user(comm, name, TASK_COMM_LEN - 1) < 0)
		return -EFAULT;
	set_task_comm(current, comm);
	return 0;
}

static long get_name(char __user *name)
{
	char comm[TASK_COMM_LEN] = "";

	strlcpy(comm, current->comm, sizeof(comm));
	return copy_to_user(name, comm, sizeof(comm)) ? -EFAULT : 0;
}

static long prctl_set_dumpable(unsigned long value)
{
	if (value != SUID_DUMP_DISABLE && value != SUID_DUMP_USER)
		return -EINVAL;
	set_dumpable(current->mm, value);
	return 0;
}

/* When to get SIGBUS for poisoned memory: immediately, on the first access, or as the sysctl says.
 */
static long set_mce_kill(unsigned long op, unsigned long policy)
{
	if (op == PR_MCE_KILL_CLEAR) {
		if (policy)
			return -EINVAL;
		current->flags &= ~PF_MCE_PROCESS;
		return 0;
	}
	if (op != PR_MCE_KILL_SET)
		return -EINVAL;
	current->flags |= PF_MCE_PROCESS; /* even if the policy is none: as Linux does */
	if (policy > PR_MCE_KILL_DEFAULT)
		return -EINVAL;
	if (policy == PR_MCE_KILL_EARLY)
		current->flags |= PF_MCE_EARLY;
	else
		current->flags &= ~PF_MCE_EARLY;
	if (policy == PR_MCE_KILL_DEFAULT)
		current->flags &= ~PF_MCE_PROCESS;
	return 0;
}

static long get_mce_kill(void)
{
	if (!(current->flags & PF_MCE_PROCESS))
		return PR_MCE_KILL_DEFAULT;
	return current->flags & PF_MCE_EARLY ? PR_MCE_KILL_EARLY : PR_MCE_KILL_LATE;
}

static long set_timerslack(unsigned long ns)
{
	current->timerslack_ns = ns ? ns : current->default_timerslack_ns;
	return 0;
}

/* There are no transparent huge pages; that a process would not have them is kept and told. */
static long set_thp_disable(bool disable)
{
	struct mm_struct *mm = current->mm;

	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	if (disable)
		mm->flags |= MMF_DISABLE_THP;
	else
		mm->flags &= ~MMF_DISABLE_THP;
	up_write(&mm->mmap_sem);
	return 0;
}

SYSCALL_DEFINE5(prctl, int, option, unsigned long, arg2, unsigned long, arg3, unsigned long, arg4,
		unsigned long, arg5)
{
	switch (option) {
	case PR_SET_PDEATHSIG:
		return set_pdeathsig(arg2);
	case PR_GET_PDEATHSIG:
		return put_user(current->pdeath_signal, (int __user *)arg2);
	case PR_GET_DUMPABLE:
		return get_dumpable(current->mm);
	case PR_SET_DUMPABLE:
		return prctl_set_dumpable(arg2);
	case PR_SET_NAME:
		return set_name((const char __user *)arg2);
	case PR_GET_NAME:
		return get_name((char __user *)arg2);
	case PR_GET_TIMING:
		return PR_TIMING_STATISTICAL;
	case PR_SET_TIMING:
		return arg2 == PR_TIMING_STATISTICAL ? 0 : -EINVAL;
	case PR_GET_TIMERSLACK:
		return min(current->timerslack_ns, (u64)~0UL);
	case PR_SET_TIMERSLACK:
		return set_timerslack(arg2);
	case PR_GET_SECCOMP:
		return 0; /* there are no filters */
	case PR_MCE_KILL:
		return arg4 || arg5 ? -EINVAL : set_mce_kill(arg2, arg3);
	case PR_MCE_KILL_GET:
		return arg2 || arg3 || arg4 || arg5 ? -EINVAL : get_mce_kill();
	case PR_GET_TSC:
		return put_user(current->thread.notsc ? PR_TSC_SIGSEGV : PR_TSC_ENABLE,
				(int __user *)arg2);
	case PR_SET_TSC:
		if (arg2 != PR_TSC_ENABLE && arg2 != PR_TSC_SIGSEGV)
			return -EINVAL;
		set_tsc_mode(arg2 == PR_TSC_ENABLE);
		return 0;
	case PR_GET_TID_ADDRESS:
		return put_user(current->clear_child_tid, (int __user *__user *)arg2);
	case PR_SET_CHILD_SUBREAPER:
		current->signal->is_child_subreaper = !!arg2;
		return 0;
	case PR_GET_CHILD_SUBREAPER:
		return put_user((int)current->signal->is_child_subreaper, (int __user *)arg2);
	case PR_SET_NO_NEW_PRIVS:
		if (arg2 != 1 || arg3 || arg4 || arg5)
			return -EINVAL;
		current->no_new_privs = true;
		return 0;
	case PR_GET_NO_NEW_PRIVS:
		return arg2 || arg3 || arg4 || arg5 ? -EINVAL : current->no_new_privs;
	case PR_SET_MM:
		return prctl_set_mm(arg2, arg3, arg4, arg5);
	case PR_SET_THP_DISABLE:
		return arg3 || arg4 || arg5 ? -EINVAL : set_thp_disable(arg2);
	case PR_GET_THP_DISABLE:
		if (arg2 || arg3 || arg4 || arg5)
			return -EINVAL;
		return !!(current->mm->flags & MMF_DISABLE_THP);
	default:
		return prctl_capabilities(option, arg2, arg3, arg4, arg5);
	}
}
