/*
 * Job control: which session a terminal belongs to, which of its process groups is in the
 * foreground, and what the others may not do.
 */
#include "kernel/drivers/tty.h"
#include "kernel/fs/fs.h"
#include "kernel/signal/signal.h"
#include "kernel/x86/uaccess.h"
#include <linux/errno.h>

/* *held, whose number was kept from others (or 0), names `pid` from now on. */
static void replace_held(pid_t *held, pid_t pid)
{
	pid_hold(pid);
	pid_release(*held);
	*held = pid;
}

void tty_set_pgrp(struct tty_struct *tty, pid_t pgrp)
{
	replace_held(&tty->pgrp, pgrp);
}

void tty_set_session(struct tty_struct *tty, pid_t session)
{
	replace_held(&tty->session, session);
}

static bool is_ignored(int sig)
{
	return sigismember(&current->blocked, sig) ||
	       current->sighand->action[sig - 1].sa.sa_handler == SIG_IGN;
}

int __tty_check_change(struct tty_struct *tty, int sig)
{
	pid_t pgrp = current->signal->pgrp;

	if (current->signal->tty != tty || !tty->pgrp || tty->pgrp == pgrp)
		return 0;
	if (is_ignored(sig))
		return sig == SIGTTIN ? -EIO : 0;
	if (is_current_pgrp_orphaned())
		return -EIO;
	kill_pgrp(pgrp, sig, SEND_SIG_PRIV);
	set_task_work(current, TIF_SIGPENDING);
	return -ERESTARTSYS;
}

int tty_check_change(struct tty_struct *tty)
{
	return __tty_check_change(tty, SIGTTOU);
}

void proc_clear_tty(struct task_struct *p)
{
	p->signal->tty = NULL;
}

/* All processes of a session lose their terminal. */
static void session_clear_tty(pid_t session)
{
	struct task_struct *p;

	for_each_process (p) {
		if (p->signal->session == session)
			proc_clear_tty(p);
	}
}

/* tty becomes the controlling terminal of current's session. */
static void proc_set_tty(struct tty_struct *tty)
{
	tty_set_session(tty, current->signal->session);
	tty_set_pgrp(tty, current->signal->pgrp);
	replace_held(&current->signal->tty_old_pgrp, 0);
	current->signal->tty = tty;
}

static bool is_session_leader(void)
{
	return current->signal->session == current->tgid;
}

void tty_open_proc_set_tty(struct file *file, struct tty_struct *tty)
{
	if (is_session_leader() && !current->signal->tty && !tty->session &&
	    file->f_mode & FMODE_READ)
		proc_set_tty(tty);
}

void tty_signal_session(struct tty_struct *tty)
{
	struct task_struct *p;

	for_each_process (p) {
		if (p->signal->session != tty->session)
			continue;
		if (p->signal->tty == tty)
			p->signal->tty = NULL;
		if (!p->signal->leader_of_session)
			continue;
		send_sig(SIGHUP, p);
		send_sig(SIGCONT, p);
		if (tty->pgrp)
			replace_held(&p->signal->tty_old_pgrp, tty->pgrp);
	}
}

static void hang_up_and_continue(pid_t pgrp)
{
	if (!pgrp)
		return;
	kill_pgrp(pgrp, SIGHUP, SEND_SIG_PRIV);
	kill_pgrp(pgrp, SIGCONT, SEND_SIG_PRIV);
}

void disassociate_ctty(bool on_exit)
{
	struct tty_struct *tty = current->signal->tty;

	if (!is_session_leader())
		return;
	if (!tty && on_exit)
		hang_up_and_continue(current->signal->tty_old_pgrp);
	else if (tty && on_exit)
		tty_hangup(tty, true);
	else if (tty)
		hang_up_and_continue(tty->pgrp);
	replace_held(&current->signal->tty_old_pgrp, 0);
	if (tty && tty->session == current->signal->session) {
		tty_set_session(tty, 0);
		tty_set_pgrp(tty, 0);
	}
	session_clear_tty(current->signal->session);
}

/* ---- ioctls ---- */

static long tiocsctty(struct tty_struct *tty, struct file *file, unsigned long arg)
{
	if (is_session_leader() && current->signal->session == tty->session)
		return 0;
	if (!is_session_leader() || current->signal->tty)
		return -EPERM;
	if (tty->session) {
		if (arg != 1 || !capable())
			return -EPERM;
		session_clear_tty(tty->session); /* stolen */
	}
	if (!(file->f_mode & FMODE_READ) && !capable())
		return -EPERM;
	proc_set_tty(tty);
	return 0;
}

static long tiocgpgrp(struct tty_struct *tty, pid_t __user *p)
{
	if (current->signal->tty != tty)
		return -ENOTTY;
	return put_user(tty->pgrp, p);
}

static long tiocgsid(struct tty_struct *tty, pid_t __user *p)
{
	if (current->signal->tty != tty || !tty->session)
		return -ENOTTY;
	return put_user(tty->session, p);
}

/* The session of a process group, or of the process with that number; -ESRCH if there is neither.
 */
static pid_t session_of_pgrp(pid_t pgrp)
{
	struct task_struct *p;

	for_each_process (p) {
		if (p->signal->pgrp == pgrp)
			return p->signal->session;
	}
	p = find_task_by_pid(pgrp);
	return p ? p->signal->session : -ESRCH;
}

static long tiocspgrp(struct tty_struct *tty, pid_t __user *p)
{
	int err = tty_check_change(tty);
	pid_t pgrp, session;

	if (err)
		return err == -EIO ? -ENOTTY : err;
	if (get_user(pgrp, p))
		return -EFAULT;
	if (pgrp < 0)
		return -EINVAL;
	if (current->signal->tty != tty || tty->session != current->signal->session)
		return -ENOTTY;
	session = session_of_pgrp(pgrp);
	if (session < 0)
		return session;
	if (session != current->signal->session)
		return -EPERM;
	tty_set_pgrp(tty, pgrp);
	return 0;
}

static long tiocnotty(struct tty_struct *tty)
{
	if (current->signal->tty != tty)
		return -ENOTTY;
	disassociate_ctty(false);
	proc_clear_tty(current);
	return 0;
}

long tty_jobctrl_ioctl(struct tty_struct *tty, struct file *file, unsigned int cmd,
		       unsigned long arg)
{
	pid_t __user *p = (pid_t __user *)arg;

	switch (cmd) {
	case TIOCNOTTY:
		return tiocnotty(tty);
	case TIOCSCTTY:
		return tiocsctty(tty, file, arg);
	case TIOCGPGRP:
		return tiocgpgrp(tty, p);
	case TIOCSPGRP:
		return tiocspgrp(tty, p);
	case TIOCGSID:
		return tiocgsid(tty, p);
	default:
		return -ENOIOCTLCMD;
	}
}

void task_tty_numbers(const struct task_struct *p, int *tty_nr, int *tty_pgrp)
{
	const struct tty_struct *tty = p->signal->tty;

	*tty_nr = tty ? (int)new_encode_dev(tty->dev) : 0;
	*tty_pgrp = tty && tty->pgrp ? tty->pgrp : -1;
}
