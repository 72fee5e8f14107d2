/*
 * Waiting for children. Each death, stop or continuation of a child is reported to the parent once.
 */
#include "kernel/process/wait.h"
#include "kernel/locking/wait.h"
#include "kernel/sched/internal.h"
#include "kernel/signal/signal.h"
#include <linux/errno.h>

#define CONTINUED_STATUS    0xffff
#define STOPPED_STATUS(sig) ((sig) << 8 | 0x7f)

static bool eligible_child(const struct wait_opts *wo, const struct task_struct *p)
{
	bool clone_child = p->exit_signal != SIGCHLD;

	if (wo->type == P_PID && p->pid != wo->pid)
		return false;
	if (wo->type == P_PGID && p->signal->pgrp != wo->pid)
		return false;
	return (wo->flags & __WALL) || clone_child == !!(wo->flags & __WCLONE);
}

static void fill_result(struct wait_opts *wo, struct task_struct *p, int status, int cause,
			int cause_status)
{
	wo->status = status;
	wo->cause = cause;
	wo->cause_status = cause_status;
	wo->uid = p->cred.uid;
	if (wo->want_usage)
		k_getrusage(p, RUSAGE_BOTH, &wo->usage);
}

/* Add the usage of the child and its own children to the parent's figures for children. */
static void account_dead_child(struct task_struct *p)
{
	struct signal_struct *psig = current->signal, *sig = p->signal;
	struct task_usage u;

	thread_group_usage(p, &u);
	psig->cutime_ns += u.utime_ns + sig->cutime_ns;
	psig->cstime_ns += u.stime_ns + sig->cstime_ns;
	psig->cmin_flt += u.min_flt + sig->cmin_flt;
	psig->cmaj_flt += u.maj_flt + sig->cmaj_flt;
	psig->cnvcsw += u.nvcsw + sig->cnvcsw;
	psig->cnivcsw += u.nivcsw + sig->cnivcsw;
	task_io_accounting_add(&psig->ioac, &p->ioac);
	task_io_accounting_add(&psig->ioac, &sig->ioac);
	psig->cmaxrss = max(psig->cmaxrss, max(sig->maxrss, sig->cmaxrss));
}

static long wait_task_zombie(struct wait_opts *wo, struct task_struct *p)
{
	bool group_exit = p->signal->flags & SIGNAL_GROUP_EXIT;
	int status = group_exit ? p->signal->group_exit_code : p->exit_code;
	pid_t pid = p->pid;

	if (!(wo->flags & WEXITED))
		return 0;
	if (!(status & 0x7f))
		fill_result(wo, p, status, CLD_EXITED, status >> 8);
	else
		fill_result(wo, p, status, status & 0x80 ? CLD_DUMPED : CLD_KILLED, status & 0x7f);
	if (wo->flags & WNOWAIT)
		return pid;
	account_dead_child(p);
	p->state = EXIT_DEAD;
	release_task(p);
	return pid;
}

static long wait_task_stopped(struct wait_opts *wo, struct task_struct *p)
{
	struct signal_struct *sig = p->signal;
	int code = sig->group_exit_code;

	if (!(wo->flags & WUNTRACED) || !(sig->flags & SIGNAL_STOP_STOPPED) || !code)
		return 0;
	if (!(wo->flags & WNOWAIT))
		sig->group_exit_code = 0;
	fill_result(wo, p, STOPPED_STATUS(code), CLD_STOPPED, code);
	return p->pid;
}

static long wait_task_continued(struct wait_opts *wo, struct task_struct *p)
{
	if (!(wo->flags & WCONTINUED) || !(p->signal->flags & SIGNAL_STOP_CONTINUED))
		return 0;
	if (!(wo->flags & WNOWAIT))
		p->signal->flags &= ~SIGNAL_STOP_CONTINUED;
	fill_result(wo, p, CONTINUED_STATUS, CLD_CONTINUED, SIGCONT);
	return p->pid;
}

/* Does this child have something to report? Returns its pid, or 0; sets *candidate if it may later.
 */
static long wait_consider_task(struct wait_opts *wo, struct task_struct *p, bool *candidate)
{
	long ret;

	if (p->state == EXIT_DEAD || !eligible_child(wo, p))
		return 0;
	if (p->state == EXIT_ZOMBIE) {
		if (thread_group_empty(p)) {
			/* Dead: it will not stop or continue any more. */
			*candidate |= !!(wo->flags & WEXITED);
			return wait_task_zombie(wo, p);
		}
		/* It still has live threads, which may continue or exit. */
		*candidate |= !!(wo->flags & (WCONTINUED | WEXITED));
	} else {
		*candidate = true;
	}
	ret = wait_task_stopped(wo, p);
	return ret ? ret : wait_task_continued(wo, p);
}

/* Check all children once. Returns a pid, 0 (nothing yet), or -ECHILD (no child can report). */
static long check_children(struct wait_opts *wo)
{
	struct task_struct *t, *p;
	bool candidate = false;

	for_each_thread (current, t) {
		if ((wo->flags & __WNOTHREAD) && t != current)
			continue;
		list_for_each_entry (p, &t->children, sibling) {
			long ret = wait_consider_task(wo, p, &candidate);

			if (ret)
				return ret;
		}
	}
	return candidate ? 0 : -ECHILD;
}

long do_wait(struct wait_opts *wo)
{
	wait_queue_head_t *q = &current->signal->wait_chldexit;
	DECLARE_WAITQUEUE(wait, current);
	long ret;

	ret = check_children(wo);
	if (ret || (wo->flags & WNOHANG))
		return ret;
	add_wait_queue(q, &wait);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		ret = check_children(wo);
		if (ret)
			break;
		if (signal_pending(current)) {
			ret = -ERESTARTSYS;
			break;
		}
		schedule();
	}
	set_current_state(TASK_RUNNING);
	remove_wait_queue(q, &wait);
	return ret;
}
