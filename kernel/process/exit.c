/*
 * The end of a task. do_exit() releases its resources, gives its children a new parent and notifies
 * its own parent. The task then is a zombie, which keeps the exit code until the parent waits for
 * it; release_task() frees the zombie.
 */
#include "kernel/core/panic.h"
#include "kernel/drivers/tty.h"
#include "kernel/fs/fs.h"
#include "kernel/ipc/ipc.h"
#include "kernel/signal/coredump.h"
#include "kernel/sched/internal.h"
#include "kernel/time/itimer.h"
#include "kernel/signal/signal.h"
#include "kernel/cred/user.h"
#include "kernel/irq/irq.h"
#include "mm/mm.h"
#include "mm/reclaim/oom.h"
#include <linux/errno.h>

/* ---- the last trace ---- */

/* p leaves its group. The group's structure itself stays until the last task_struct is freed. */
static void exit_group_membership(struct task_struct *p)
{
	struct signal_struct *sig = p->signal;
	struct sighand_struct *sighand = p->sighand;
	unsigned long irq_flags;

	/* ^C and timers send signals from interrupt handlers: none may come between flush and end
	 */
	local_irq_save(irq_flags);
	if (!thread_group_leader(p) && sig->notify_count > 0 && --sig->notify_count == 0)
		wake_up_process(sig->group_exit_task);
	account_dead_thread(sig, p);
	flush_sigqueue(&p->pending);
	if (thread_group_leader(p)) {
		flush_sigqueue(&sig->shared_pending);
		sig->tty = NULL;
	}
	list_del_init(&p->thread_node);
	p->sighand = NULL;
	local_irq_restore(irq_flags);
	put_sighand(sighand);
}

static void unlink_task(struct task_struct *p)
{
	unsigned long flags;

	nr_threads--;
	p->cred.user->processes--;
	local_irq_save(flags); /* kill_pgrp walks the list in interrupt handlers */
	list_del_init(&p->tasks);
	local_irq_restore(flags);
	unhash_pid(p);
	free_pid(p->pid);
	if (thread_group_leader(p)) {
		list_del_init(&p->sibling);
		pid_release(p->signal->pgrp);
		pid_release(p->signal->session);
	}
}

void release_task(struct task_struct *p)
{
	struct task_struct *leader = p->group_leader;
	bool zap_leader = false;

	exit_group_membership(p);
	unlink_task(p);
	/* A leader that died before its threads is reported to its parent only now. */
	if (leader != p && thread_group_empty(leader) && leader->state == EXIT_ZOMBIE) {
		zap_leader = do_notify_parent(leader, leader->exit_signal);
		if (zap_leader)
			leader->state = EXIT_DEAD;
	}
	put_task_struct(p);
	if (zap_leader)
		release_task(leader); /* it is its own leader, so there is no further recursion */
}

/* ---- orphaned process groups ---- */

static bool has_stopped_jobs(pid_t pgrp)
{
	struct task_struct *p;

	for_each_process (p)
		if (p->signal->pgrp == pgrp && (p->signal->flags & SIGNAL_STOP_STOPPED))
			return true;
	return false;
}

/* p's group may become orphaned because p's parent exits or (parent NULL) because p exits. Stopped
   members would then sleep for ever, so the group gets SIGHUP and SIGCONT. */
static void kill_orphaned_pgrp(struct task_struct *p, struct task_struct *parent)
{
	pid_t pgrp = p->signal->pgrp;
	const struct task_struct *ignored = parent ? NULL : p;

	if (!parent)
		parent = p->real_parent;
	if (parent->signal->pgrp == pgrp || parent->signal->session != p->signal->session)
		return;
	if (!is_orphaned_pgrp(pgrp, ignored) || !has_stopped_jobs(pgrp))
		return;
	kill_pgrp(pgrp, SIGHUP, SEND_SIG_PRIV);
	kill_pgrp(pgrp, SIGCONT, SEND_SIG_PRIV);
}

/* ---- new parents ---- */

static struct task_struct *live_thread_of(struct task_struct *p)
{
	struct task_struct *t;

	for_each_thread (p, t)
		if (!(t->flags & PF_EXITING))
			return t;
	return NULL;
}

/* Another thread of the same process; else the nearest ancestor that is a subreaper; else init.
 */
static struct task_struct *find_new_reaper(struct task_struct *father)
{
	struct task_struct *reaper = live_thread_of(father), *p;

	if (reaper)
		return reaper;
	for (p = father->real_parent; p->tgid > INIT_PID; p = p->real_parent) {
		if (!p->signal->is_child_subreaper)
			continue;
		reaper = live_thread_of(p);
		if (reaper)
			return reaper;
	}
	p = find_task_by_pid(INIT_PID);
	reaper = p ? live_thread_of(p) : NULL;
	return reaper ? reaper : &init_task;
}

/* Complete the move of a child process to another process. If it is dead already, notify the new
   parent; if the parent ignores it, put it on the list `dead`. */
static void reparent_leader(struct task_struct *father, struct task_struct *p,
			    struct list_head *dead)
{
	if (p->state == EXIT_DEAD)
		return;
	p->exit_signal = SIGCHLD; /* whatever clone chose: the new parent expects SIGCHLD */
	if (p->state == EXIT_ZOMBIE && thread_group_empty(p) &&
	    do_notify_parent(p, p->exit_signal)) {
		p->state = EXIT_DEAD;
		list_add(&p->rt.run_list, dead); /* unused in a dead task */
	}
	kill_orphaned_pgrp(p, father);
}

static void forget_original_parent(struct task_struct *father)
{
	struct task_struct *reaper, *p, *t, *n;
	LIST_HEAD(dead);

	if (list_empty(&father->children))
		return;
	reaper = find_new_reaper(father);
	list_for_each_entry (p, &father->children, sibling) {
		for_each_thread (p, t) {
			t->real_parent = t->parent = reaper;
			if (t->pdeath_signal &&
			    !check_kill_permission(t->pdeath_signal, SEND_SIG_NOINFO, t))
				group_send_sig_info(t->pdeath_signal, SEND_SIG_NOINFO, t);
		}
		if (reaper->signal != father->signal)
			reparent_leader(father, p, &dead);
	}
	list_splice_tail_init(&father->children, &reaper->children);
	list_for_each_entry_safe (p, n, &dead, rt.run_list) {
		list_del_init(&p->rt.run_list);
		release_task(p);
	}
}

/* ---- dying ---- */

/* Notify the relatives. From here on p is dead for all others, and must not sleep.
 */
static void exit_notify(struct task_struct *p, bool group_dead)
{
	bool autoreap = true;

	forget_original_parent(p);
	if (group_dead)
		kill_orphaned_pgrp(p->group_leader, NULL);
	p->state = EXIT_ZOMBIE;
	if (thread_group_leader(p))
		autoreap = thread_group_empty(p) && do_notify_parent(p, p->exit_signal);
	if (p->signal->notify_count < 0)
		wake_up_process(p->signal->group_exit_task);
	if (autoreap) {
		p->state = EXIT_DEAD;
		release_task(p);
	}
}

void do_exit(long code)
{
	struct task_struct *p = current;
	bool group_dead;

	if (in_interrupt())
		panic("Aiee, killing interrupt handler!");
	if (!p->pid)
		panic("Attempted to kill the idle task!");
	if (p->flags & PF_EXITING) {
		pr_err("Fixing recursive fault but reboot is needed!\n");
		for (;;) {
			set_current_state(TASK_UNINTERRUPTIBLE);
			schedule();
		}
	}
	coredump_task_exit(p);
	exit_signals(p);
	group_dead = --p->signal->nr_threads == 0;
	if (group_dead) {
		if (p->tgid == INIT_PID)
			panic("Attempted to kill init! exitcode=0x%08x",
			      (unsigned int)(p->signal->group_exit_code ?: code));
		exit_itimers(p->signal);
	}
	p->exit_code = code;
	mm_release(p);
	static_call(exit_mm)();
	oom_memory_freed();
	exit_sem(p);
	exit_shm(p);
	exit_files(p);
	fput_dying_files();
	exit_fs(p);
	oom_memory_freed();
	if (group_dead)
		disassociate_ctty(true);
	exit_thread(p);
	exit_notify(p, group_dead);
	schedule();
	BUG();
}

void do_group_exit(int code)
{
	struct signal_struct *sig = current->signal;

	if (sig->flags & SIGNAL_GROUP_EXIT) {
		code = sig->group_exit_code;
	} else if (!thread_group_empty(current)) {
		sig->group_exit_code = code;
		sig->flags = (sig->flags & SIGNAL_UNKILLABLE) | SIGNAL_GROUP_EXIT;
		zap_other_threads(current);
	}
	do_exit(code);
}

/* ---- exec in a process with threads ---- */

static int wait_for_other_threads(struct signal_struct *sig, int count)
{
	sig->group_exit_task = current;
	sig->notify_count = count;
	while (sig->notify_count > 0) {
		set_current_state(TASK_KILLABLE);
		schedule();
		if (fatal_signal_pending(current))
			return -EAGAIN;
	}
	/* We are not the leader: it must be dead too before we can take its place. */
	sig->notify_count = thread_group_leader(current) ? 0 : -1;
	while (!thread_group_leader(current) && current->group_leader->state != EXIT_ZOMBIE) {
		set_current_state(TASK_KILLABLE);
		schedule();
		if (fatal_signal_pending(current))
			return -EAGAIN;
	}
	return 0;
}

/* current becomes the leader, and takes its number and its place among its siblings. */
static void take_leaders_place(void)
{
	struct task_struct *p = current, *leader = p->group_leader;
	unsigned long flags;

	p->start_time_ns = leader->start_time_ns;
	unhash_pid(leader);
	unhash_pid(p);
	leader->pid = p->pid;
	p->pid = p->tgid;
	hash_pid(p);
	hash_pid(leader);
	list_replace(&leader->sibling, &p->sibling);
	INIT_LIST_HEAD(&leader->sibling);
	local_irq_save(flags); /* kill_pgrp() must see exactly one leader at any time */
	list_del(&p->tasks);
	list_replace(&leader->tasks, &p->tasks);
	list_add_tail(&leader->tasks, &all_tasks);
	p->group_leader = leader->group_leader = p;
	p->signal->leader = p;
	local_irq_restore(flags);
	p->exit_signal = SIGCHLD;
	leader->exit_signal = -1;
	leader->state = EXIT_DEAD;
	release_task(leader);
}

static int unshare_sighand(void)
{
	struct sighand_struct *old = current->sighand, *new;

	if (old->count == 1)
		return 0;
	new = dup_sighand(old);
	if (!new)
		return -ENOMEM;
	current->sighand = new;
	put_sighand(old);
	return 0;
}

int de_thread(void)
{
	struct signal_struct *sig = current->signal;
	int count, err;

	if (!thread_group_empty(current)) {
		if ((sig->flags & SIGNAL_GROUP_EXIT) || sig->group_exit_task)
			return -EAGAIN;
		count = zap_other_threads(current);
		err = wait_for_other_threads(sig, count - !thread_group_leader(current));
		sig->group_exit_task = NULL;
		sig->notify_count = 0;
		if (err)
			return err;
		if (!thread_group_leader(current))
			take_leaders_place();
	}
	return unshare_sighand();
}
