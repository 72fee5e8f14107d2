/*
 * kill(2) and related calls: which processes a number means, and permission to send.
 */
#include "kernel/signal/signal.h"
#include <linux/errno.h>

/* The rule of kill(2): our real or effective uid is the target's real or saved one, or CAP_KILL. */
static bool kill_ok_by_cred(const struct task_struct *p)
{
	const struct cred *cred = &current->cred, *target = &p->cred;

	return cred->euid == target->suid || cred->euid == target->uid ||
	       cred->uid == target->suid || cred->uid == target->uid || has_cap(CAP_KILL);
}

int check_kill_permission(int sig, const siginfo_t *info, const struct task_struct *p)
{
	if (!valid_signal(sig))
		return -EINVAL;
	if (info == SEND_SIG_PRIV || (info != SEND_SIG_NOINFO && info->si_code > 0))
		return 0;
	if (p->signal == current->signal || kill_ok_by_cred(p))
		return 0;
	/* A shell may continue any process of its session, whatever its ids. */
	if (sig == SIGCONT && p->signal->session == current->signal->session)
		return 0;
	return -EPERM;
}

/* send_sig_info, group_send_sig_info or multiprocess_send_sig_info */
typedef int (*send_fn)(int sig, siginfo_t *info, struct task_struct *p);

static int check_and_send(int sig, siginfo_t *info, struct task_struct *p, send_fn send)
{
	int err = check_kill_permission(sig, info, p);

	return err || !sig ? err : send(sig, info, p);
}

int kill_process(pid_t pid, int sig, siginfo_t *info)
{
	struct task_struct *p = find_task_by_pid(pid);

	return p ? check_and_send(sig, info, p, group_send_sig_info) : -ESRCH;
}

int kill_thread(pid_t tgid, pid_t pid, int sig, siginfo_t *info)
{
	struct task_struct *p = find_task_by_pid(pid);
	int err;

	if (!p || (tgid > 0 && p->tgid != tgid))
		return -ESRCH;
	err = check_and_send(sig, info, p, send_sig_info);
	/* The target is dead or dying: report success. */
	return err == -ESRCH ? 0 : err;
}

/* 0 if at least one of them got it. */
static int kill_group(pid_t pgrp, int sig, siginfo_t *info, bool check)
{
	struct task_struct *p;
	bool success = false;
	int ret = -ESRCH;

	for_each_process (p) {
		if (p->signal->pgrp != pgrp)
			continue;
		ret = check ? check_and_send(sig, info, p, multiprocess_send_sig_info)
			    : multiprocess_send_sig_info(sig, info, p);
		success |= !ret;
	}
	return success ? 0 : ret;
}

int kill_pgrp(pid_t pgrp, int sig, siginfo_t *info)
{
	return kill_group(pgrp, sig, info, false);
}

/* kill(-1): all processes but init and the sender's own. */
static int kill_all(int sig, siginfo_t *info)
{
	struct task_struct *p;
	int ret = 0, count = 0;

	for_each_process (p) {
		int err;

		if (p->pid <= INIT_PID || p->signal == current->signal)
			continue;
		err = check_and_send(sig, info, p, multiprocess_send_sig_info);
		count++;
		if (err != -EPERM)
			ret = err;
	}
	return count ? ret : -ESRCH;
}

#define NO_PGRP ((pid_t)0x80000000) /* -INT_MIN does not exist */

int kill_something(pid_t pid, int sig, siginfo_t *info)
{
	if (pid > 0)
		return kill_process(pid, sig, info);
	if (pid == NO_PGRP)
		return -ESRCH;
	if (pid == -1)
		return kill_all(sig, info);
	return kill_group(pid ? -pid : current->signal->pgrp, sig, info, true);
}

/* ---- orphaned process groups ---- */

bool is_orphaned_pgrp(pid_t pgrp, const struct task_struct *ignored)
{
	struct task_struct *p;

	for_each_process (p) {
		const struct signal_struct *parent = p->real_parent->signal;

		if (p->signal->pgrp != pgrp || p == ignored || p->real_parent->tgid == INIT_PID ||
		    ((p->state & (EXIT_ZOMBIE | EXIT_DEAD)) && thread_group_empty(p)))
			continue;
		if (parent->pgrp != pgrp && parent->session == p->signal->session)
			return false;
	}
	return true;
}

bool is_current_pgrp_orphaned(void)
{
	return is_orphaned_pgrp(current->signal->pgrp, NULL);
}
