/*
 * Signals that files send: see fasync.h.
 */
#include "kernel/fs/fasync.h"
#include "kernel/fs/internal.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"
#include <linux/poll.h>

/* ---- the owner ---- */

/* A process group of that number? */
static bool group_exists(pid_t pgrp)
{
	struct task_struct *p;

	for_each_task (p) {
		if (p->signal->pgrp == pgrp)
			return true;
	}
	return false;
}

static bool pid_exists(int type, pid_t pid)
{
	return type == F_OWNER_PGRP ? group_exists(pid) : find_task_by_pid(pid) != NULL;
}

/* The pid may belong to another process by now. */
static bool owner_is_same(const struct fown_struct *owner)
{
	return owner->pid && owner->generation == pid_generation(owner->pid);
}

void __f_setown(struct file *f, pid_t pid, int type, bool force)
{
	struct fown_struct *owner = &f->f_owner;

	if (!force && owner->pid)
		return;
	owner->pid = pid;
	owner->generation = pid_generation(pid);
	owner->type = type;
	owner->uid = pid ? current->cred.uid : 0;
	owner->euid = pid ? current->cred.euid : 0;
}

void f_delown(struct file *f)
{
	__f_setown(f, 0, F_OWNER_PID, true);
}

static int setown(struct file *f, int type, pid_t pid)
{
	if (pid && (pid < 0 || !pid_exists(type, pid)))
		return -ESRCH;
	__f_setown(f, pid, type, true);
	return 0;
}

int f_setown(struct file *f, int who)
{
	if (who >= 0)
		return setown(f, F_OWNER_PID, who);
	return who == -__INT_MAX__ - 1 ? -EINVAL : setown(f, F_OWNER_PGRP, -who);
}

int f_setown_ex(struct file *f, const struct f_owner_ex __user *arg)
{
	struct f_owner_ex owner;

	if (copy_from_user(&owner, arg, sizeof(owner)))
		return -EFAULT;
	if (owner.type != F_OWNER_TID && owner.type != F_OWNER_PID && owner.type != F_OWNER_PGRP)
		return -EINVAL;
	return setown(f, owner.type, owner.pid);
}

/* Its number, while there is such a one. */
static pid_t owner_pid(const struct fown_struct *owner)
{
	return owner_is_same(owner) && pid_exists(owner->type, owner->pid) ? owner->pid : 0;
}

pid_t f_getown(const struct file *f)
{
	pid_t pid = owner_pid(&f->f_owner);

	return f->f_owner.type == F_OWNER_PGRP ? -pid : pid;
}

int f_getown_ex(const struct file *f, struct f_owner_ex __user *arg)
{
	struct f_owner_ex owner = {f->f_owner.type, owner_pid(&f->f_owner)};

	return copy_to_user(arg, &owner, sizeof(owner)) ? -EFAULT : 0;
}

int f_getowner_uids(const struct file *f, uid_t __user *arg)
{
	uid_t uids[] = {f->f_owner.uid, f->f_owner.euid};

	return copy_to_user(arg, uids, sizeof(uids)) ? -EFAULT : 0;
}

int f_setsig(struct file *f, unsigned long sig)
{
	if (!valid_signal(sig))
		return -EINVAL;
	f->f_owner.signum = sig;
	return 0;
}

/* ---- sending ---- */

/* What poll(2) would say of an event. */
static long band_of(int band)
{
	static const long table[NSIGPOLL] = {
		[POLL_IN - POLL_IN] = POLLIN | POLLRDNORM,
		[POLL_OUT - POLL_IN] = POLLOUT | POLLWRNORM | POLLWRBAND,
		[POLL_MSG - POLL_IN] = POLLIN | POLLRDNORM | POLLMSG,
		[POLL_ERR - POLL_IN] = POLLERR,
		[POLL_PRI - POLL_IN] = POLLPRI | POLLRDBAND,
		[POLL_HUP - POLL_IN] = POLLHUP | POLLERR,
	};

	return table[band - POLL_IN];
}

static bool sigio_perm(const struct task_struct *p, const struct fown_struct *owner)
{
	const struct cred *cred = &p->cred;

	return owner->euid == 0 || owner->euid == cred->suid || owner->euid == cred->uid ||
	       owner->uid == cred->suid || owner->uid == cred->uid;
}

/* Signals whose si_code has a meaning of its own: there POLL_IN would be taken for another. */
#define SPECIFIC_CODES                                                                        \
	(rt_sigmask(SIGILL) | rt_sigmask(SIGFPE) | rt_sigmask(SIGSEGV) | rt_sigmask(SIGBUS) | \
	 rt_sigmask(SIGTRAP) | rt_sigmask(SIGCHLD) | rt_sigmask(SIGSYS))

static int send_to(struct task_struct *p, int sig, siginfo_t *info, int type)
{
	return type == F_OWNER_TID ? send_sig_info(sig, info, p)
				   : group_send_sig_info(sig, info, p);
}

static void send_sigio_to_task(struct task_struct *p, const struct fasync_struct *fa, int band)
{
	const struct fown_struct *owner = &fa->file->f_owner;
	siginfo_t info;

	if (!sigio_perm(p, owner))
		return;
	if (owner->signum) {
		memset(&info, 0, sizeof(info));
		info.si_signo = owner->signum;
		info.si_code = sig_in(owner->signum, SPECIFIC_CODES) ? SI_SIGIO : band;
		info.si_band = band_of(band);
		info.si_fd = fa->fd;
		if (!send_to(p, owner->signum, &info, owner->type))
			return;
	}
	/* the queue is full: at least the plain signal */
	send_to(p, SIGIO, SEND_SIG_PRIV, owner->type);
}

static void send_sigio(const struct fasync_struct *fa, int band)
{
	const struct fown_struct *owner = &fa->file->f_owner;
	struct task_struct *p;

	if (!owner_is_same(owner))
		return;
	if (owner->type != F_OWNER_PGRP) {
		p = find_task_by_pid(owner->pid);
		if (p)
			send_sigio_to_task(p, fa, band);
		return;
	}
	for_each_process (p)
		if (p->signal->pgrp == owner->pid)
			send_sigio_to_task(p, fa, band);
}

void __kill_fasync(const struct fasync_struct *list, int band)
{
	for (; list; list = list->next)
		send_sigio(list, band);
}

/* ---- the lists ---- */

static int fasync_remove(struct file *f, struct fasync_struct **list)
{
	struct fasync_struct *fa;
	unsigned long flags;

	local_irq_save(flags);
	while (*list && (*list)->file != f)
		list = &(*list)->next;
	fa = *list;
	if (fa)
		*list = fa->next;
	local_irq_restore(flags);
	if (!fa)
		return 0;
	f->f_flags &= ~FASYNC;
	kfree(fa);
	return 1;
}

int fasync_helper(int fd, struct file *f, bool on, struct fasync_struct **list)
{
	struct fasync_struct *new, *fa;
	unsigned long flags;

	if (!on)
		return fasync_remove(f, list);
	new = kmalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	for (fa = *list; fa && fa->file != f;)
		fa = fa->next;
	f->f_flags |= FASYNC;
	if (fa) {
		fa->fd = fd;
		kfree(new);
		return 0;
	}
	*new = (struct fasync_struct){.next = *list, .file = f, .fd = fd};
	local_irq_save(flags);
	*list = new;
	local_irq_restore(flags);
	return 1;
}
