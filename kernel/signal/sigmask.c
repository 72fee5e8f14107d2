/*
 * Signal masks, actions, alternate stacks, and the calls that wait for a signal.
 */
#include "kernel/sched/internal.h"
#include "kernel/signal/signal.h"
#include "kernel/x86/uaccess.h"
#include <linux/errno.h>

/* ---- masks ---- */

/* A signal for the group may have chosen this thread, which now blocks it: wake another thread. */
static __cold void retarget_shared_pending(u64 newly)
{
	struct task_struct *t;

	newly &= sigset_bits(&current->signal->shared_pending.signal);
	if (!newly)
		return;
	for_each_thread (current, t)
		if (t != current && !(t->flags & PF_EXITING) && (newly & ~sigset_bits(&t->blocked)))
			signal_wake_up(t, false);
}

void __set_current_blocked(u64 new)
{
	u64 old = sigset_bits(&current->blocked);

	new &= ~SIG_KERNEL_ONLY_MASK;
	if (new == old)
		return;
	if (signal_pending(current) && !thread_group_empty(current))
		retarget_shared_pending(new & ~old);
	current->blocked = make_sigset(new);
	/* If no signal was deliverable before, only newly unblocked signals can be now. */
	if (signal_pending(current) || (old & ~new))
		recalc_sigpending();
}

void set_current_blocked(sigset_t *newset)
{
	__set_current_blocked(sigset_bits(newset));
}

int do_sigprocmask(int how, sigset_t *set, sigset_t *oldset)
{
	u64 old = sigset_bits(&current->blocked);
	sigset_t new;

	if (oldset)
		*oldset = current->blocked;
	if (!set)
		return 0;
	switch (how) {
	case SIG_BLOCK:
		new = make_sigset(old | sigset_bits(set));
		break;
	case SIG_UNBLOCK:
		new = make_sigset(old & ~sigset_bits(set));
		break;
	case SIG_SETMASK:
		new = *set;
		break;
	default:
		return -EINVAL;
	}
	set_current_blocked(&new);
	return 0;
}

int set_user_sigmask(const sigset_t __user *umask, size_t sigsetsize)
{
	sigset_t mask;

	if (!umask)
		return 0;
	if (sigsetsize != sizeof(sigset_t))
		return -EINVAL;
	if (copy_from_user(&mask, umask, sizeof(mask)))
		return -EFAULT;
	set_task_work(current, TIF_RESTORE_SIGMASK);
	current->saved_sigmask = current->blocked;
	set_current_blocked(&mask);
	return 0;
}

void restore_saved_sigmask(void)
{
	if (!test_task_work(current, TIF_RESTORE_SIGMASK))
		return;
	clear_task_work(current, TIF_RESTORE_SIGMASK);
	set_current_blocked(&current->saved_sigmask);
}

void restore_saved_sigmask_unless(bool interrupted)
{
	if (!interrupted)
		restore_saved_sigmask();
}

sigset_t do_sigpending(void)
{
	u64 bits = sigset_bits(&current->pending.signal) |
		   sigset_bits(&current->signal->shared_pending.signal);

	return make_sigset(bits & sigset_bits(&current->blocked));
}

/* ---- actions ---- */

/* The supported bits of sa_flags. Others are cleared, so that programs can detect which are
   supported. */
#define UAPI_SA_FLAGS                                                                      \
	(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER | \
	 SA_RESETHAND | SA_EXPOSE_TAGBITS | SA_RESTORER)

int do_sigaction(int sig, struct k_sigaction *act, struct k_sigaction *oact)
{
	struct k_sigaction *k;
	struct task_struct *t;
	__sighandler_t handler;

	if (sig < 1 || !valid_signal(sig) || (act && sig_kernel_only(sig)))
		return -EINVAL;
	k = &current->sighand->action[sig - 1];
	if (oact) {
		*oact = *k;
		oact->sa.sa_flags &= UAPI_SA_FLAGS;
	}
	if (!act)
		return 0;
	act->sa.sa_flags &= UAPI_SA_FLAGS;
	act->sa.sa_mask = make_sigset(sigset_bits(&act->sa.sa_mask) & ~SIG_KERNEL_ONLY_MASK);
	*k = *act;
	/* POSIX: setting a signal to be ignored discards what is pending, blocked or not. */
	handler = act->sa.sa_handler;
	if (handler == SIG_IGN || (handler == SIG_DFL && sig_kernel_ignore(sig))) {
		flush_sigqueue_mask(rt_sigmask(sig), &current->signal->shared_pending);
		for_each_thread (current, t)
			flush_sigqueue_mask(rt_sigmask(sig), &t->pending);
		recalc_sigpending();
	}
	return 0;
}

void flush_signal_handlers(struct task_struct *p)
{
	struct k_sigaction *ka = p->sighand->action;

	for (int i = 0; i < _NSIG; i++, ka++) {
		if (ka->sa.sa_handler != SIG_IGN)
			ka->sa.sa_handler = SIG_DFL;
		ka->sa.sa_flags = 0;
		ka->sa.sa_restorer = NULL;
		ka->sa.sa_mask = make_sigset(0);
	}
}

/* ---- the alternate stack ---- */

static bool __on_sig_stack(unsigned long sp)
{
	return sp > current->sas_ss_sp && sp - current->sas_ss_sp <= current->sas_ss_size;
}

bool on_sig_stack(unsigned long sp)
{
	return !(current->sas_ss_flags & SS_AUTODISARM) && __on_sig_stack(sp);
}

int sas_ss_flags(unsigned long sp)
{
	if (!current->sas_ss_size)
		return SS_DISABLE;
	return on_sig_stack(sp) ? SS_ONSTACK : 0;
}

void sas_ss_reset(struct task_struct *p)
{
	p->sas_ss_sp = 0;
	p->sas_ss_size = 0;
	p->sas_ss_flags = SS_DISABLE;
}

int do_sigaltstack(const stack_t *ss, stack_t *oss, unsigned long sp, size_t min_size)
{
	unsigned int mode;

	if (oss) {
		oss->ss_sp = (void *)current->sas_ss_sp;
		oss->ss_size = current->sas_ss_size;
		oss->ss_flags = sas_ss_flags(sp) | (current->sas_ss_flags & SS_FLAG_BITS);
	}
	if (!ss)
		return 0;
	if (on_sig_stack(sp))
		return -EPERM;
	mode = ss->ss_flags & ~SS_FLAG_BITS;
	if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
		return -EINVAL;
	if (mode != SS_DISABLE && ss->ss_size < min_size)
		return -ENOMEM;
	current->sas_ss_sp = mode == SS_DISABLE ? 0 : (unsigned long)ss->ss_sp;
	current->sas_ss_size = mode == SS_DISABLE ? 0 : ss->ss_size;
	current->sas_ss_flags = ss->ss_flags;
	return 0;
}

/* ---- waiting for a signal ---- */

int do_sigsuspend(sigset_t *set)
{
	current->saved_sigmask = current->blocked;
	set_current_blocked(set);
	while (!signal_pending(current)) {
		set_current_state(TASK_INTERRUPTIBLE);
		schedule();
	}
	set_current_state(TASK_RUNNING);
	set_task_work(current, TIF_RESTORE_SIGMASK);
	return -ERESTARTNOHAND;
}

int do_sigtimedwait(const sigset_t *set, siginfo_t *info, u64 timeout_ns)
{
	u64 wanted = sigset_bits(set) & ~SIG_KERNEL_ONLY_MASK, expires;
	sigset_t mask = make_sigset(~wanted);
	int sig = dequeue_signal(&mask, info), err = 0;

	if (sig)
		return sig;
	if (!timeout_ns)
		return -EAGAIN;
	/* Unblock the wanted signals while we sleep. */
	current->real_blocked = current->blocked;
	current->blocked = make_sigset(sigset_bits(&current->blocked) & ~wanted);
	recalc_sigpending();
	set_current_state(TASK_INTERRUPTIBLE);
	if (timeout_ns == SIGTIMEDWAIT_FOREVER) {
		schedule();
		err = -EINTR;
	} else {
		expires = ktime_get_ns() + timeout_ns;
		err = schedule_until_ns(expires);
	}
	set_current_state(TASK_RUNNING);
	set_current_blocked(&current->real_blocked);
	current->real_blocked = make_sigset(0);
	sig = dequeue_signal(&mask, info);
	if (sig)
		return sig;
	return err ? -EINTR : -EAGAIN;
}

long do_no_restart_syscall(struct restart_block *restart)
{
	return -EINTR;
}
