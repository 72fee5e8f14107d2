/*
 * Process groups and sessions.
 */
#include "kernel/process/session.h"
#include "kernel/drivers/tty.h"
#include <linux/errno.h>

static struct task_struct *any_of_pgrp(pid_t pgrp)
{
	struct task_struct *p;

	for_each_process (p)
		if (p->signal->pgrp == pgrp)
			return p;
	return NULL;
}

static void change_pgrp(struct signal_struct *sig, pid_t pgrp)
{
	pid_hold(pgrp);
	pid_release(sig->pgrp);
	sig->pgrp = pgrp;
}

int do_setpgid(pid_t pid, pid_t pgid)
{
	struct task_struct *self = current->group_leader, *p, *g;

	if (!pid)
		pid = self->pid;
	if (!pgid)
		pgid = pid;
	if (pgid < 0)
		return -EINVAL;
	p = find_task_by_pid(pid);
	if (!p)
		return -ESRCH;
	if (!thread_group_leader(p))
		return -EINVAL;
	if (p->real_parent->signal == self->signal) {
		if (p->signal->session != self->signal->session)
			return -EPERM;
		if (!(p->flags & PF_FORKNOEXEC))
			return -EACCES; /* the child has called exec already */
	} else if (p != self) {
		return -ESRCH;
	}
	if (p->signal->leader_of_session)
		return -EPERM;
	if (pgid != pid) {
		g = any_of_pgrp(pgid);
		if (!g || g->signal->session != self->signal->session)
			return -EPERM;
	}
	if (p->signal->pgrp != pgid)
		change_pgrp(p->signal, pgid);
	return 0;
}

pid_t do_setsid(void)
{
	struct task_struct *self = current->group_leader;
	struct signal_struct *sig = current->signal;
	pid_t sid = self->pid;

	if (sig->leader_of_session || any_of_pgrp(sid))
		return -EPERM;
	sig->leader_of_session = true;
	change_pgrp(sig, sid);
	pid_hold(sid);
	pid_release(sig->session);
	sig->session = sid;
	proc_clear_tty(self);
	return sid;
}

/* pid 0: current. */
static struct task_struct *task_of(pid_t pid)
{
	return pid ? find_task_by_pid(pid) : current;
}

pid_t do_getpgid(pid_t pid)
{
	struct task_struct *p = task_of(pid);

	return p ? p->signal->pgrp : -ESRCH;
}

pid_t do_getsid(pid_t pid)
{
	struct task_struct *p = task_of(pid);

	return p ? p->signal->session : -ESRCH;
}
