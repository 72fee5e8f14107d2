/*
 * Creating tasks. fork, vfork and clone are one function, kernel_clone(), and differ in what the
 * child shares with its parent. copy_process() builds the child part by part; when one part fails,
 * the parts built so far are freed in reverse order.
 */
#include "kernel/core/panic.h"
#include "kernel/fs/fs.h"
#include "kernel/ipc/ipc.h"
#include "kernel/process/clone.h"
#include "kernel/cred/cred.h"
#include "kernel/process/futex.h"
#include "kernel/sched/internal.h"
#include "kernel/time/itimer.h"
#include "kernel/signal/signal.h"
#include "kernel/cred/user.h"
#include "kernel/x86/task/fpu.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include "mm/mm.h"
#include "mm/phys/slab.h"
#include "mm/phys/vmalloc.h"
#include <linux/futex.h>

_Static_assert(MAX_THREADS == FUTEX_TID_MASK, "a futex names any thread");
#define MIN_THREADS	    20
#define THREAD_MEMORY_SHARE 8 /* kernel stacks may take 1/8 of memory */

static struct kmem_cache *sighand_cache;

void fork_init(void)
{
	unsigned long threads = totalram_pages() / (THREAD_SIZE_PAGES * THREAD_MEMORY_SHARE);
	struct rlimit *rlim = init_task.signal->rlim;

	sighand_cache = KMEM_CACHE(sighand_struct, SLAB_PANIC);
	max_threads = clamp(threads, (unsigned long)MIN_THREADS, (unsigned long)MAX_THREADS);
	rlim[RLIMIT_NPROC].rlim_cur = rlim[RLIMIT_NPROC].rlim_max = max_threads / 2;
	rlim[RLIMIT_SIGPENDING] = rlim[RLIMIT_NPROC];
}

/* ---- taking a task apart ---- */

void put_sighand(struct sighand_struct *sighand)
{
	if (--sighand->count == 0)
		kmem_cache_free(sighand_cache, sighand);
}

/* ---- the parts of the child ---- */

static struct task_struct *dup_task_struct(void)
{
	struct task_struct *p = alloc_task_struct();
	void *stack = alloc_thread_stack();

	if (!p || !stack) {
		if (p)
			free_task_struct(p);
		if (stack)
			free_thread_stack(stack);
		return NULL;
	}
	fpu_sync(current);
	*p = *current;
	p->cred.group_info->usage++;
	get_uid(p->cred.user)->processes++;
	p->stack = stack;
	p->usage = 2;
	p->work = 0;
	p->dying_files = NULL;
	p->kmap_ctrl.idx = 0;
	INIT_LIST_HEAD(&p->children);
	INIT_LIST_HEAD(&p->sibling);
	INIT_LIST_HEAD(&p->sysvshm.shm_clist);
	init_sigpending(&p->pending);
	return p;
}

/* Reset the fields that a child does not inherit. */
static void reset_task(struct task_struct *p, const struct kernel_clone_args *args)
{
	p->flags &= ~(PF_SUPERPRIV | PF_KTHREAD | PF_SIGNALED | PF_MEMALLOC);
	p->flags |= PF_FORKNOEXEC | (args->fn ? PF_KTHREAD : 0);
	p->did_exec = false;
	p->group_stop_pending = false;
	p->pdeath_signal = 0;
	p->vfork_done = NULL;
	p->robust_list = NULL;
	p->restart_block.fn = do_no_restart_syscall;
	p->utime_ns = p->stime_ns = 0;
	p->prev_cputime = (struct prev_cputime){0, 0};
	p->min_flt = p->maj_flt = p->nvcsw = p->nivcsw = 0;
	memset(&p->ioac, 0, sizeof(p->ioac));
	p->default_timerslack_ns = p->timerslack_ns;
	p->start_time_ns = ktime_get_ns();
	p->set_child_tid = args->flags & CLONE_CHILD_SETTID ? args->child_tid : NULL;
	p->clear_child_tid = args->flags & CLONE_CHILD_CLEARTID ? args->child_tid : NULL;
	if ((args->flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM) {
		p->sas_ss_sp = 0;
		p->sas_ss_size = 0;
		p->sas_ss_flags = SS_DISABLE;
	}
}

/* The child is not on any run queue yet. */
static void reset_sched(struct task_struct *p)
{
	p->yielded = false;
	p->se = (struct sched_entity){0};
	p->rt = (struct sched_rt_entity){.time_slice = sched_rr_timeslice};
	INIT_LIST_HEAD(&p->rt.run_list);
	p->sched_info = (struct sched_info){0};
	if (p->reset_on_fork) {
		p->reset_on_fork = false;
		if (rt_task(p) || p->nice < 0) {
			p->policy = SCHED_NORMAL;
			p->rt_priority = 0;
			p->nice = 0;
		}
	}
	set_load_weight(p);
}

struct sighand_struct *dup_sighand(const struct sighand_struct *old)
{
	struct sighand_struct *new = kmem_cache_alloc(sighand_cache, GFP_KERNEL);

	if (new) {
		*new = *old;
		new->count = 1;
	}
	return new;
}

static int copy_sighand(u64 flags, struct task_struct *p)
{
	if (flags & CLONE_SIGHAND) {
		p->sighand->count++;
		return 0;
	}
	p->sighand = dup_sighand(current->sighand);
	if (!p->sighand)
		return -ENOMEM;
	if (flags & CLONE_CLEAR_SIGHAND)
		flush_signal_handlers(p);
	return 0;
}

static int copy_signal(u64 flags, struct task_struct *p)
{
	struct signal_struct *sig, *old = current->signal;

	if (flags & CLONE_THREAD) {
		old->count++;
		return 0;
	}
	sig = alloc_signal_struct();
	if (!sig)
		return -ENOMEM;
	sig->count = 1;
	sig->leader = p;
	INIT_LIST_HEAD(&sig->threads);
	init_sigpending(&sig->shared_pending);
	INIT_LIST_HEAD(&sig->multiprocess);
	init_waitqueue_head(&sig->wait_chldexit);
	init_rwsem(&sig->exec_update_lock);
	memcpy(sig->rlim, old->rlim, sizeof(sig->rlim));
	sig->oom_score_adj = old->oom_score_adj;
	sig->oom_score_adj_min = old->oom_score_adj_min;
	init_itimers(sig);
	p->signal = sig;
	return 0;
}

static int check_clone_flags(const struct kernel_clone_args *args)
{
	u64 flags = args->flags;

	if ((flags & CLONE_NEWNS) && (flags & CLONE_FS))
		return -EINVAL;
	if ((flags & CLONE_NEWUSER) && (flags & CLONE_FS))
		return -EINVAL;
	if ((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND))
		return -EINVAL;
	if ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM))
		return -EINVAL;
	if ((flags & CLONE_PARENT) && (current->signal->flags & SIGNAL_UNKILLABLE))
		return -EINVAL;
	if ((flags & CLONE_THREAD) && (flags & (CLONE_NEWUSER | CLONE_NEWPID)))
		return -EINVAL;
	if (flags & CLONE_NAMESPACES)
		return has_cap(CAP_SYS_ADMIN) ? -EINVAL : -EPERM;
	if (flags & CLONE_PIDFD)
		return -EINVAL;
	return 0;
}

/* Check the limits on tasks. p has been counted for its user already, so that concurrent forks
   cannot exceed them. 0 or -EAGAIN. */
static int count_task(const struct task_struct *p)
{
	if (nproc_exceeded(p->cred.user) && !has_cap(CAP_SYS_RESOURCE) && !has_cap(CAP_SYS_ADMIN))
		return -EAGAIN;
	current->flags &= ~PF_NPROC_EXCEEDED;
	return nr_threads < max_threads ? 0 : -EAGAIN;
}

/* Is this combination of flags permitted? 0 or -errno. */
static int clone_permitted(const struct kernel_clone_args *args)
{
	int err = check_clone_flags(args);

	if (err)
		return err;
	/* Signals sent before the fork must be handled before it: the child does not get them. */
	recalc_sigpending();
	if (signal_pending(current))
		return -ERESTARTNOINTR;
	return 0;
}

/* Copy what the child inherits from its process or its parent only now, when nothing sleeps any
   more: meanwhile the parent may have been moved to another group or have lost its terminal. */
static void join_session(struct task_struct *p, const sigset_t *delayed)
{
	struct signal_struct *sig = p->signal, *old = current->signal;

	sig->pgrp = old->pgrp;
	sig->session = old->session;
	sig->tty = old->tty;
	pid_hold(sig->pgrp);
	pid_hold(sig->session);
	sig->shared_pending.signal = *delayed;
	if (sigset_bits(delayed))
		set_task_work(p, TIF_SIGPENDING);
}

/* A new thread takes part in a stop of its process. */
static void join_group_stop(struct task_struct *p)
{
	struct signal_struct *sig = p->signal;

	if (!sig->group_stop_count && !(sig->flags & SIGNAL_STOP_STOPPED))
		return;
	sig->group_stop_count++;
	p->group_stop_pending = true;
	set_task_work(p, TIF_SIGPENDING);
}

/* Make p visible: relatives, group, number. From here on nothing fails or sleeps. */
static void link_task(struct task_struct *p, const struct kernel_clone_args *args,
		      const sigset_t *delayed)
{
	unsigned long flags;

	p->tgid = args->flags & CLONE_THREAD ? current->tgid : p->pid;
	if (args->flags & (CLONE_PARENT | CLONE_THREAD)) {
		p->real_parent = current->real_parent;
		p->parent_exec_id = current->parent_exec_id;
	} else {
		p->real_parent = args->fn ? &init_task : current;
		p->parent_exec_id = current->self_exec_id;
	}
	p->parent = p->real_parent;
	if (args->flags & CLONE_THREAD) {
		p->group_leader = current->group_leader;
		p->exit_signal = -1;
		join_group_stop(p);
	} else {
		p->group_leader = p;
		p->exit_signal = args->flags & CLONE_PARENT ? current->group_leader->exit_signal
							    : args->exit_signal;
		list_add_tail(&p->sibling, &p->real_parent->children);
		join_session(p, delayed);
		if (p->pid == INIT_PID)
			p->signal->flags |= SIGNAL_UNKILLABLE;
	}
	local_irq_save(flags); /* signals from interrupt handlers walk both lists */
	list_add_tail(&p->thread_node, &p->signal->threads);
	p->signal->nr_threads++;
	list_add_tail(&p->tasks, &all_tasks);
	local_irq_restore(flags);
	hash_pid(p);
	nr_threads++;
	total_forks++;
}

/* Copying the parts may have slept: check again whether the child is permitted. Returns its number,
   or -errno. */
static int number_child(void)
{
	if (fatal_signal_pending(current))
		return -EINTR;
	return nr_threads < max_threads ? alloc_pid() : -EAGAIN;
}

/* Where the child begins: at the kernel thread's function, or where its parent is. 0 or -errno. */
static int copy_registers(const struct kernel_clone_args *args, struct pt_regs *regs,
			  struct task_struct *p)
{
	unsigned long clone_flags = (unsigned long)args->flags;

	if (args->fn)
		return copy_thread(p, clone_flags, NULL, (unsigned long)args->fn,
				   (unsigned long)args->fn_arg);
	return copy_thread(p, clone_flags, regs, args->stack, args->tls);
}

/* The work of copy_process(). *delayed: the signals that wait for the child. */
static struct task_struct *copy_parts(const struct kernel_clone_args *args, struct pt_regs *regs,
				      const sigset_t *delayed)
{
	u64 flags = args->flags;
	unsigned long clone_flags = (unsigned long)flags;
	struct task_struct *p;
	int err = clone_permitted(args);

	if (err)
		return ERR_PTR(err);
	p = dup_task_struct();
	if (!p)
		return ERR_PTR(-ENOMEM);
	err = count_task(p);
	if (err)
		goto free_task;
	reset_task(p, args);
	reset_sched(p);
	err = copy_semundo(clone_flags, p);
	if (err)
		goto free_task;
	err = copy_files(clone_flags, p);
	if (err)
		goto exit_sem;
	err = copy_fs(clone_flags, p);
	if (err)
		goto exit_files;
	err = copy_sighand(flags, p);
	if (err)
		goto exit_fs;
	err = copy_signal(flags, p);
	if (err)
		goto put_sighand;
	p->mm = p->active_mm = NULL;
	err = args->fn ? 0 : copy_mm(clone_flags, p);
	if (err)
		goto put_signal;
	err = copy_registers(args, regs, p);
	if (err)
		goto put_mm;
	err = number_child();
	if (err < 0)
		goto exit_thread;
	p->pid = err;
	link_task(p, args, delayed);
	return p;

exit_thread:
	exit_thread(p);
put_mm:
	if (p->mm)
		mmput(p->mm);
put_signal:
	put_signal_struct(p->signal);
put_sighand:
	put_sighand(p->sighand);
exit_fs:
	exit_fs(p);
exit_files:
	exit_files(p);
exit_sem:
	exit_sem(p);
free_task:
	put_group_info(p->cred.group_info);
	p->cred.user->processes--;
	free_uid(p->cred.user);
	free_thread_stack(p->stack);
	free_task_struct(p);
	return ERR_PTR(err);
}

/* Create the child, not yet runnable. ERR_PTR on failure. */
static struct task_struct *copy_process(const struct kernel_clone_args *args, struct pt_regs *regs)
{
	struct multiprocess_signals delayed = {.signal = make_sigset(0)};
	struct task_struct *p;
	unsigned long flags;

	local_irq_save(flags); /* ^C walks the list */
	list_add(&delayed.node, &current->signal->multiprocess);
	local_irq_restore(flags);
	p = copy_parts(args, regs, &delayed.signal);
	local_irq_save(flags);
	list_del(&delayed.node);
	local_irq_restore(flags);
	return p;
}

/* ---- fork, vfork, clone ---- */

/* Sleep until the child has its own mm or is dead. If we are killed first, it must not use the
   completion, which is on our stack. */
static void wait_for_vfork_done(struct task_struct *child, struct completion *vfork)
{
	if (wait_for_completion_killable(vfork))
		child->vfork_done = NULL;
	put_task_struct(child);
}

long kernel_clone(const struct kernel_clone_args *args, struct pt_regs *regs)
{
	struct completion vfork;
	struct task_struct *p = copy_process(args, regs);
	pid_t pid;

	if (IS_ERR(p))
		return PTR_ERR(p);
	pid = p->pid;
	if (args->flags & CLONE_PARENT_SETTID)
		put_user(pid, args->parent_tid);
	if (args->flags & CLONE_VFORK) {
		init_completion(&vfork);
		p->vfork_done = &vfork;
		get_task_struct(p);
	}
	static_call(wake_up_new_task)(p);
	if (args->flags & CLONE_VFORK)
		wait_for_vfork_done(p, &vfork);
	return pid;
}

void mm_release(struct task_struct *p)
{
	struct completion *vfork;

	if (p->mm)
		exit_robust_list(p);
	if (p->mm && p->clear_child_tid && p->mm->mm_users > 1 && !put_user(0, p->clear_child_tid))
		futex_wake_address(p->clear_child_tid);
	p->clear_child_tid = NULL;
	/* Read it only now: the code above may sleep, and the parent may have been killed
	   meanwhile. */
	vfork = p->vfork_done;
	if (vfork) {
		p->vfork_done = NULL;
		complete(vfork);
	}
}

/* ---- kernel threads ---- */

struct kthread_start {
	int (*fn)(void *);
	void *arg;
};

static int kthread_main(void *arg)
{
	struct kthread_start start = *(struct kthread_start *)arg;
	int ret;

	kfree(arg);
	ret = start.fn(start.arg);
	if (current->flags & PF_KTHREAD)
		do_exit(ret);
	return ret;
}

struct task_struct *kthread_run(int (*fn)(void *), void *arg, const char *name)
{
	struct kthread_start *start = kmalloc(sizeof(*start), GFP_KERNEL);
	struct kernel_clone_args args = {.fn = kthread_main, .fn_arg = start};
	struct task_struct *p;

	if (!start)
		return ERR_PTR(-ENOMEM);
	*start = (struct kthread_start){fn, arg};
	p = copy_process(&args, NULL);
	if (IS_ERR(p)) {
		kfree(start);
		return p;
	}
	set_task_comm(p, name);
	wake_up_new_task(p);
	return p;
}
