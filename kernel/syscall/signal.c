/*
 * System calls: signals with the 8-byte set, sending, and alarms.
 */
#include "kernel/time/itimer.h"
#include "kernel/signal/signal.h"
#include "kernel/syscall/syscall.h"
#include "kernel/syscall/timespec.h"
#include "libc/include/string.h"

/* ---- actions and masks ---- */

SYSCALL_DEFINE4(rt_sigaction, int, sig, const struct sigaction __user *, act,
		struct sigaction __user *, oact, size_t, sigsetsize)
{
	struct k_sigaction new, old;
	int err;

	if (sigsetsize != sizeof(sigset_t))
		return -EINVAL;
	if (act && copy_from_user(&new.sa, act, sizeof(new.sa)))
		return -EFAULT;
	err = do_sigaction(sig, act ? &new : NULL, oact ? &old : NULL);
	if (!err && oact && copy_to_user(oact, &old.sa, sizeof(old.sa)))
		return -EFAULT;
	return err;
}

SYSCALL_DEFINE4(rt_sigprocmask, int, how, const sigset_t __user *, set, sigset_t __user *, oset,
		size_t, sigsetsize)
{
	sigset_t new, old = current->blocked;
	int err;

	if (sigsetsize != sizeof(sigset_t))
		return -EINVAL;
	if (set) {
		if (copy_from_user(&new, set, sizeof(new)))
			return -EFAULT;
		err = do_sigprocmask(how, &new, NULL);
		if (err)
			return err;
	}
	return oset && copy_to_user(oset, &old, sizeof(old)) ? -EFAULT : 0;
}

SYSCALL_DEFINE2(rt_sigpending, sigset_t __user *, set, size_t, sigsetsize)
{
	sigset_t pending = do_sigpending();

	if (sigsetsize > sizeof(sigset_t))
		return -EINVAL;
	return copy_to_user(set, &pending, sigsetsize) ? -EFAULT : 0;
}

SYSCALL_DEFINE2(sigaltstack, const stack_t __user *, uss, stack_t __user *, uoss)
{
	stack_t new, old;
	int err;

	if (uss && copy_from_user(&new, uss, sizeof(new)))
		return -EFAULT;
	err = do_sigaltstack(uss ? &new : NULL, uoss ? &old : NULL, task_pt_regs(current)->sp,
			     MINSIGSTKSZ);
	if (!err && uoss && copy_to_user(uoss, &old, sizeof(old)))
		return -EFAULT;
	return err;
}

/* ---- waiting ---- */

SYSCALL_DEFINE2(rt_sigsuspend, const sigset_t __user *, unewset, size_t, sigsetsize)
{
	sigset_t set;

	if (sigsetsize != sizeof(sigset_t))
		return -EINVAL;
	if (copy_from_user(&set, unewset, sizeof(set)))
		return -EFAULT;
	return do_sigsuspend(&set);
}

SYSCALL_DEFINE0(pause)
{
	while (!signal_pending(current)) {
		set_current_state(TASK_INTERRUPTIBLE);
		schedule();
	}
	set_current_state(TASK_RUNNING);
	return -ERESTARTNOHAND;
}

static long sigtimedwait(const sigset_t __user *uthese, siginfo_t __user *uinfo,
			 const struct timespec64 *ts)
{
	u64 timeout = SIGTIMEDWAIT_FOREVER;
	siginfo_t info;
	sigset_t these;
	int sig;

	if (copy_from_user(&these, uthese, sizeof(these)))
		return -EFAULT;
	if (ts) {
		if (!timespec64_valid(ts))
			return -EINVAL;
		timeout = timespec64_to_ns(ts);
	}
	sig = do_sigtimedwait(&these, &info, timeout);
	if (sig > 0 && uinfo && copy_siginfo_to_user(uinfo, &info))
		return -EFAULT;
	return sig;
}

SYSCALL_DEFINE4(rt_sigtimedwait, const sigset_t __user *, these, siginfo_t __user *, info,
		const struct __kernel_old_timespec __user *, uts, size_t, sigsetsize)
{
	struct timespec64 ts;

	if (sigsetsize != sizeof(sigset_t))
		return -EINVAL;
	if (uts && get_old_timespec(&ts, uts))
		return -EFAULT;
	return sigtimedwait(these, info, uts ? &ts : NULL);
}

SYSCALL_DEFINE4(rt_sigtimedwait_time64, const sigset_t __user *, these, siginfo_t __user *, info,
		const struct __kernel_timespec __user *, uts, size_t, sigsetsize)
{
	struct timespec64 ts;

	if (sigsetsize != sizeof(sigset_t))
		return -EINVAL;
	if (uts && get_timespec64(&ts, uts))
		return -EFAULT;
	return sigtimedwait(these, info, uts ? &ts : NULL);
}

/* ---- sending ---- */

SYSCALL_DEFINE2(kill, pid_t, pid, int, sig)
{
	siginfo_t info;

	siginfo_from_user(&info, sig, SI_USER);
	return kill_something(pid, sig, &info);
}

SYSCALL_DEFINE2(tkill, pid_t, pid, int, sig)
{
	siginfo_t info;

	if (pid <= 0)
		return -EINVAL;
	siginfo_from_user(&info, sig, SI_TKILL);
	return kill_thread(0, pid, sig, &info);
}

SYSCALL_DEFINE3(tgkill, pid_t, tgid, pid_t, pid, int, sig)
{
	siginfo_t info;

	if (pid <= 0 || tgid <= 0)
		return -EINVAL;
	siginfo_from_user(&info, sig, SI_TKILL);
	return kill_thread(tgid, pid, sig, &info);
}

/* A process may not pretend to be the kernel or kill(2), except towards itself. */
static bool may_send_siginfo(const siginfo_t *info, pid_t pid)
{
	return (info->si_code < 0 && info->si_code != SI_TKILL) || current->pid == pid;
}

SYSCALL_DEFINE3(rt_sigqueueinfo, pid_t, pid, int, sig, const siginfo_t __user *, uinfo)
{
	siginfo_t info;
	int err = copy_siginfo_from_user(&info, uinfo, sig);

	if (err)
		return err;
	return may_send_siginfo(&info, pid) ? kill_process(pid, sig, &info) : -EPERM;
}

SYSCALL_DEFINE4(rt_tgsigqueueinfo, pid_t, tgid, pid_t, pid, int, sig, const siginfo_t __user *,
		uinfo)
{
	siginfo_t info;
	int err = copy_siginfo_from_user(&info, uinfo, sig);

	if (err)
		return err;
	if (pid <= 0 || tgid <= 0)
		return -EINVAL;
	return may_send_siginfo(&info, pid) ? kill_thread(tgid, pid, sig, &info) : -EPERM;
}

/* ---- coming back ---- */

SYSCALL_DEFINE_REGS(sigreturn)
{
	return do_sigreturn(regs);
}

SYSCALL_DEFINE_REGS(rt_sigreturn)
{
	return do_rt_sigreturn(regs);
}

SYSCALL_DEFINE0(restart_syscall)
{
	struct restart_block *restart = &current->restart_block;

	return restart->fn(restart);
}

/* ---- alarms ---- */

SYSCALL_DEFINE1(alarm, unsigned int, seconds)
{
	u64 left, interval;
	u32 rest;
	unsigned long sec;

	seconds = min(seconds, 0x7fffffffU);
	do_setitimer(ITIMER_REAL, seconds * NSEC_PER_SEC, 0, &left, &interval);
	sec = (unsigned long)div_u64_rem(left, NSEC_PER_SEC, &rest);
	/* Rounded, but what is still to come is never 0. */
	if ((!sec && rest) || rest >= NSEC_PER_SEC / 2)
		sec++;
	return sec;
}

static void fill_itimerval(struct __kernel_old_itimerval *it, u64 value, u64 interval)
{
	u32 rest;

	it->it_value.tv_sec = (long)div_u64_rem(value, NSEC_PER_SEC, &rest);
	it->it_value.tv_usec = rest / NSEC_PER_USEC;
	it->it_interval.tv_sec = (long)div_u64_rem(interval, NSEC_PER_SEC, &rest);
	it->it_interval.tv_usec = rest / NSEC_PER_USEC;
}

SYSCALL_DEFINE2(getitimer, int, which, struct __kernel_old_itimerval __user *, value)
{
	struct __kernel_old_itimerval it;
	u64 left, interval;
	int err = do_getitimer(which, &left, &interval);

	if (err)
		return err;
	fill_itimerval(&it, left, interval);
	return copy_to_user(value, &it, sizeof(it)) ? -EFAULT : 0;
}

static bool timeval_to_ns(const struct __kernel_old_timeval *tv, u64 *ns)
{
	if (tv->tv_sec < 0 || (unsigned long)tv->tv_usec >= USEC_PER_SEC)
		return false;
	*ns = tv->tv_sec * NSEC_PER_SEC + tv->tv_usec * NSEC_PER_USEC;
	return true;
}

SYSCALL_DEFINE3(setitimer, int, which, const struct __kernel_old_itimerval __user *, value,
		struct __kernel_old_itimerval __user *, ovalue)
{
	struct __kernel_old_itimerval it;
	u64 left, interval, old_left, old_interval;
	int err;

	memset(&it, 0, sizeof(it));
	if (value && copy_from_user(&it, value, sizeof(it)))
		return -EFAULT;
	if (!timeval_to_ns(&it.it_value, &left) || !timeval_to_ns(&it.it_interval, &interval))
		return -EINVAL;
	err = do_setitimer(which, left, interval, &old_left, &old_interval);
	if (err || !ovalue)
		return err;
	fill_itimerval(&it, old_left, old_interval);
	return copy_to_user(ovalue, &it, sizeof(it)) ? -EFAULT : 0;
}
