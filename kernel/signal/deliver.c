/*
 * Delivering signals at the return to user mode: stop, die, or run a handler; and restart the
 * interrupted system call or make it fail with EINTR.
 */
#include "kernel/core/printk.h"
#include "kernel/signal/coredump.h"
#include "kernel/sched/internal.h"
#include "kernel/signal/signal.h"
#include "kernel/x86/task/fpu.h"
#include "kernel/x86/ptrace.h"
#include <asm/processor-flags.h>
#include <asm/unistd.h>
#include <linux/errno.h>

/* ---- stopping ---- */

/* Stop the whole group because of `sig`, or (sig 0) take part in a stop that another thread began.
   Returns after being continued. False if the process is dying. */
static bool do_signal_stop(int sig)
{
	struct signal_struct *signal = current->signal;
	struct task_struct *t;
	bool last;

	if (!current->group_stop_pending) {
		if (signal->flags & SIGNAL_GROUP_EXIT)
			return false;
		if (!(signal->flags & SIGNAL_STOP_STOPPED))
			signal->group_exit_code = sig;
		signal->group_stop_count = 0;
		for_each_thread (current, t) {
			if ((t->flags & PF_EXITING) || t->state == TASK_STOPPED)
				continue;
			t->group_stop_pending = true;
			signal->group_stop_count++;
			if (t != current)
				signal_wake_up(t, false);
		}
	}
	current->group_stop_pending = false;
	/* If the process was stopped already, a new thread that stops is not reported. */
	last = --signal->group_stop_count == 0 && !(signal->flags & SIGNAL_STOP_STOPPED);
	if (last) {
		signal->flags &= ~(SIGNAL_STOP_CONTINUED | SIGNAL_CLD_MASK);
		signal->flags |= SIGNAL_STOP_STOPPED;
	}
	set_current_state(TASK_STOPPED);
	if (last)
		do_notify_parent_cldstop(current, CLD_STOPPED);
	schedule();
	return true;
}

/* SIGCONT arrived while we were stopped or stopping: the thread that it woke notifies the parent.
 */
static void notify_continued(struct signal_struct *signal)
{
	int why = signal->flags & SIGNAL_CLD_CONTINUED ? CLD_CONTINUED : CLD_STOPPED;

	signal->flags &= ~SIGNAL_CLD_MASK;
	do_notify_parent_cldstop(current, why);
}

/* ---- choosing ---- */

/* Take the default action of a signal. True if it only ignored or stopped, so that the caller takes
   the next signal. */
static bool default_action(int sig)
{
	if (sig_kernel_ignore(sig))
		return true;
	if ((current->signal->flags & SIGNAL_UNKILLABLE) && !sig_kernel_only(sig))
		return true;
	if (sig_kernel_stop(sig)) {
		/* An orphaned group is not stopped by its terminal, because no shell could continue
		   it. */
		if (sig != SIGSTOP && is_current_pgrp_orphaned())
			return true;
		return do_signal_stop(sig);
	}
	return false;
}

/* The process dies, or all of its threads but one in exec. Remove the SIGKILL, so that during its
   exit the task can still wait for pages and locks, which a killed task would not. */
static __noreturn void die_with_the_group(void)
{
	sigdelset(&current->pending.signal, SIGKILL);
	recalc_sigpending();
	current->flags |= PF_SIGNALED;
	if (current->signal->flags & SIGNAL_GROUP_EXIT)
		do_group_exit(current->signal->group_exit_code);
	do_exit(SIGKILL);
}

/* Dequeue the next signal that has a handler, and copy its action to *ka; 0 if there is none.
   Default actions are taken in here. */
static int get_signal(struct k_sigaction *ka, siginfo_t *info)
{
	struct signal_struct *signal = current->signal;
	struct k_sigaction *action;
	int sig;

	for (;;) {
		if (signal->flags & SIGNAL_CLD_MASK)
			notify_continued(signal);
		if ((signal->flags & SIGNAL_GROUP_EXIT) || fatal_signal_pending(current))
			die_with_the_group();
		if (current->group_stop_pending) {
			do_signal_stop(0);
			continue;
		}
		sig = dequeue_synchronous_signal(info);
		if (!sig)
			sig = dequeue_signal(&current->blocked, info);
		if (!sig)
			return 0;
		action = &current->sighand->action[sig - 1];
		if (action->sa.sa_handler == SIG_IGN)
			continue;
		if (action->sa.sa_handler != SIG_DFL) {
			*ka = *action;
			if (ka->sa.sa_flags & SA_RESETHAND)
				action->sa.sa_handler = SIG_DFL;
			return sig;
		}
		if (default_action(sig))
			continue;
		current->flags |= PF_SIGNALED;
		if (sig_kernel_coredump(sig))
			do_coredump(info);
		do_group_exit(sig);
	}
}

/* ---- the interrupted call ---- */

#define INT80_LENGTH 2 /* bytes of the instruction that entered the kernel */

static bool in_syscall(const struct pt_regs *regs)
{
	return (long)regs->orig_ax >= 0;
}

static void restart_syscall(struct pt_regs *regs, unsigned long nr)
{
	regs->ax = nr;
	regs->ip -= INT80_LENGTH;
}

static void restart_without_handler(struct pt_regs *regs)
{
	switch ((long)regs->ax) {
	case -ERESTARTNOHAND:
	case -ERESTARTSYS:
	case -ERESTARTNOINTR:
		restart_syscall(regs, regs->orig_ax);
		break;
	case -ERESTART_RESTARTBLOCK:
		restart_syscall(regs, __NR_restart_syscall);
		break;
	}
}

static void restart_after_handler(struct pt_regs *regs, const struct k_sigaction *ka)
{
	switch ((long)regs->ax) {
	case -ERESTART_RESTARTBLOCK:
	case -ERESTARTNOHAND:
		regs->ax = -EINTR;
		break;
	case -ERESTARTSYS:
		if (!(ka->sa.sa_flags & SA_RESTART)) {
			regs->ax = -EINTR;
			break;
		}
		fallthrough;
	case -ERESTARTNOINTR:
		restart_syscall(regs, regs->orig_ax);
		break;
	}
}

/* ---- running a handler ---- */

static void handle_signal(int sig, struct k_sigaction *ka, siginfo_t *info, struct pt_regs *regs)
{
	bool suspended = test_task_work(current, TIF_RESTORE_SIGMASK);
	sigset_t oldset = suspended ? current->saved_sigmask : current->blocked;
	u64 blocked;

	if (in_syscall(regs))
		restart_after_handler(regs, ka);
	if (setup_signal_frame(sig, ka, info, &oldset, regs)) {
		force_sigsegv(sig);
		return;
	}
	/* The handler starts with these flags clear; sigreturn restores them. */
	regs->flags &= ~(X86_EFLAGS_DF | X86_EFLAGS_RF | X86_EFLAGS_TF);
	clear_task_work(current, TIF_RESTORE_SIGMASK);
	blocked = sigset_bits(&current->blocked) | sigset_bits(&ka->sa.sa_mask);
	if (!(ka->sa.sa_flags & SA_NODEFER))
		blocked |= rt_sigmask(sig);
	__set_current_blocked(blocked);
	if (current->sas_ss_flags & SS_AUTODISARM)
		sas_ss_reset(current);
}

void do_signal(struct pt_regs *regs)
{
	struct k_sigaction ka;
	siginfo_t info;
	int sig = get_signal(&ka, &info);

	if (sig) {
		handle_signal(sig, &ka, &info, regs);
		return;
	}
	if (in_syscall(regs))
		restart_without_handler(regs);
	restore_saved_sigmask();
}
