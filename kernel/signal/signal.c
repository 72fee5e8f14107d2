/*
 * Sending signals: the queues, the choice of the thread that handles a signal, and the effects that
 * happen at once (SIGCONT wakes stopped threads, SIGKILL reaches every thread).
 *
 * Interrupt handlers send signals too (^C, alarm): interrupts are off while a queue is changed.
 * They cannot allocate memory, so a small stock of queue entries is kept for them.
 */
#include "kernel/core/panic.h"
#include "kernel/sched/internal.h"
#include "kernel/time/itimer.h"
#include "kernel/signal/signal.h"
#include "kernel/cred/user.h"
#include "kernel/x86/cpu.h"
#include "kernel/irq/irq.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"

/* ---- entries of the queues ---- */

#define STOCK 32 /* left for interrupt handlers */

int show_unhandled_signals = 1;
static struct kmem_cache *sigqueue_cache;
static LIST_HEAD(stock);
static unsigned int stock_size;

void signals_init(void)
{
	sigqueue_cache = KMEM_CACHE(sigqueue, SLAB_PANIC);
	while (stock_size < STOCK) {
		struct sigqueue *q = kmem_cache_alloc(sigqueue_cache, GFP_KERNEL);

		if (!q)
			panic("no memory for signals");
		list_add(&q->list, &stock);
		stock_size++;
	}
}

/* Allocate an entry that counts for p's user, within p's limit. Interrupts are off. Outside of
   interrupt handlers they were on before. */
static struct sigqueue *sigqueue_alloc(struct task_struct *p, bool from_irq, bool override_rlimit)
{
	struct user_struct *user = p->cred.user;
	struct sigqueue *q = NULL;

	if (!override_rlimit && user->sigpending >= p->signal->rlim[RLIMIT_SIGPENDING].rlim_cur)
		return NULL;
	if (stock_size > (from_irq ? 0 : STOCK)) {
		q = list_first_entry(&stock, struct sigqueue, list);
		list_del(&q->list);
		stock_size--;
	} else if (!from_irq) {
		q = kmem_cache_alloc(sigqueue_cache, GFP_NOWAIT);
	}
	if (!q)
		return NULL;
	q->owner = p->signal;
	q->owner->nr_sigqueue++;
	q->user = user;
	user->sigpending++;
	return q;
}

/* Interrupts are off. */
static void sigqueue_free(struct sigqueue *q)
{
	q->owner->nr_sigqueue--;
	user_signal_gone(q->user);
	if (stock_size < STOCK || in_interrupt()) {
		list_add(&q->list, &stock);
		stock_size++;
	} else {
		kmem_cache_free(sigqueue_cache, q);
	}
}

void init_sigpending(struct sigpending *p)
{
	INIT_LIST_HEAD(&p->list);
	p->signal = make_sigset(0);
}

void flush_sigqueue_mask(u64 mask, struct sigpending *p)
{
	struct sigqueue *q, *n;
	unsigned long flags;
	u64 bits;

	local_irq_save(flags);
	bits = sigset_bits(&p->signal);
	if (bits & mask) {
		p->signal = make_sigset(bits & ~mask);
		list_for_each_entry_safe (q, n, &p->list, list) {
			if (!sig_in(q->info.si_signo, mask))
				continue;
			list_del(&q->list);
			sigqueue_free(q);
		}
	}
	local_irq_restore(flags);
}

void flush_sigqueue(struct sigpending *p)
{
	flush_sigqueue_mask(~0ULL, p);
}

/* ---- what is pending ---- */

static bool has_pending_signals(const struct task_struct *p)
{
	const sigset_t *own = &p->pending.signal, *shared = &p->signal->shared_pending.signal;
	const sigset_t *blocked = &p->blocked;

	return ((own->sig[0] | shared->sig[0]) & ~blocked->sig[0]) |
	       ((own->sig[1] | shared->sig[1]) & ~blocked->sig[1]);
}

void recalc_sigpending(void)
{
	struct task_struct *p = current;

	if (p->group_stop_pending || has_pending_signals(p))
		set_task_work(p, TIF_SIGPENDING);
	else
		clear_task_work(p, TIF_SIGPENDING);
}

void signal_wake_up(struct task_struct *t, bool fatal)
{
	unsigned int mask = TASK_INTERRUPTIBLE;

	set_task_work(t, TIF_SIGPENDING);
	if (fatal)
		mask |= TASK_STOPPED | TASK_KILLABLE_BIT;
	wake_up_state(t, mask);
}

static bool sig_task_ignored(const struct task_struct *p, int sig)
{
	__sighandler_t handler = p->sighand->action[sig - 1].sa.sa_handler;

	if (p->flags & PF_KTHREAD)
		return true;
	if ((p->signal->flags & SIGNAL_UNKILLABLE) && handler == SIG_DFL)
		return true;
	return handler == SIG_IGN || (handler == SIG_DFL && sig_kernel_ignore(sig));
}

/* A blocked signal is never ignored: its action may change before it is unblocked. */
static bool sig_ignored(const struct task_struct *p, int sig)
{
	if (sigismember(&p->blocked, sig) || sigismember(&p->real_blocked, sig))
		return false;
	return sig_task_ignored(p, sig);
}

/* ---- sending ---- */

static void set_stop_flags(struct signal_struct *sig, unsigned int flags)
{
	sig->flags &= ~(SIGNAL_STOP_STOPPED | SIGNAL_STOP_CONTINUED | SIGNAL_CLD_MASK);
	sig->flags |= flags;
}

/* SIGCONT removes pending stop signals and wakes stopped threads. This happens when it is sent,
   whether or not it is handled later. */
static void prepare_cont(struct task_struct *p)
{
	struct signal_struct *sig = p->signal;
	struct task_struct *t;

	flush_sigqueue_mask(SIG_KERNEL_STOP_MASK, &sig->shared_pending);
	for_each_thread (p, t) {
		flush_sigqueue_mask(SIG_KERNEL_STOP_MASK, &t->pending);
		t->group_stop_pending = false;
		wake_up_state(t, TASK_STOPPED);
	}
	if (sig->flags & SIGNAL_STOP_STOPPED)
		set_stop_flags(sig, SIGNAL_CLD_CONTINUED | SIGNAL_STOP_CONTINUED);
	else if (sig->group_stop_count)
		set_stop_flags(sig, SIGNAL_CLD_STOPPED | SIGNAL_STOP_CONTINUED);
	else
		return;
	sig->group_stop_count = 0;
	sig->group_exit_code = 0;
}

/* The effects that a signal has when it is sent. False: it is not to be queued. */
static bool prepare_signal(int sig, struct task_struct *p)
{
	struct task_struct *t;

	if (p->signal->flags & SIGNAL_GROUP_EXIT) /* dying; SIGKILL ends a core dump */
		return p->signal->core_state && sig == SIGKILL;
	if (sig_kernel_stop(sig)) {
		flush_sigqueue_mask(rt_sigmask(SIGCONT), &p->signal->shared_pending);
		for_each_thread (p, t)
			flush_sigqueue_mask(rt_sigmask(SIGCONT), &t->pending);
	} else if (sig == SIGCONT) {
		prepare_cont(p);
	}
	return !sig_ignored(p, sig);
}

static bool wants_signal(int sig, const struct task_struct *p)
{
	if (sigismember(&p->blocked, sig) || (p->flags & PF_EXITING))
		return false;
	if (sig == SIGKILL)
		return true;
	return p->state != TASK_STOPPED && (p == current || !signal_pending(p));
}

/* Will the signal, once delivered to p, end the process without a dump of its memory? */
static bool sig_fatal(const struct task_struct *p, int sig)
{
	return p->sighand->action[sig - 1].sa.sa_handler == SIG_DFL && !sig_kernel_stop(sig) &&
	       !sig_kernel_ignore(sig) && !sig_kernel_coredump(sig);
}

/* Choose the thread that will handle the signal, and wake it. If the signal kills the process, each
   thread gets its own SIGKILL here. */
static void complete_signal(int sig, struct task_struct *p, bool group)
{
	struct signal_struct *signal = p->signal;
	struct task_struct *t = NULL, *i;

	if (wants_signal(sig, p)) {
		t = p;
	} else if (group) {
		for_each_thread (p, i) {
			if (wants_signal(sig, i)) {
				t = i;
				break;
			}
		}
	}
	if (!t)
		return; /* the first thread to unblock it will find it */
	if (sig_fatal(p, sig) && (signal->core_state || !(signal->flags & SIGNAL_GROUP_EXIT)) &&
	    !sigismember(&t->real_blocked, sig)) {
		/* No longer stopped: wait4 must not take the exit code for the signal of a stop. */
		signal->flags = (signal->flags & SIGNAL_UNKILLABLE) | SIGNAL_GROUP_EXIT;
		signal->group_exit_code = sig;
		signal->group_stop_count = 0;
		for_each_thread (p, i) {
			i->group_stop_pending = false;
			sigaddset(&i->pending.signal, SIGKILL);
			signal_wake_up(i, true);
		}
		return;
	}
	signal_wake_up(t, sig == SIGKILL);
}

void siginfo_from_user(siginfo_t *info, int sig, int code)
{
	clear_siginfo(info);
	info->si_signo = sig;
	info->si_code = code;
	info->si_pid = current->tgid;
	info->si_uid = current->cred.uid;
}

static void fill_siginfo(siginfo_t *to, int sig, const siginfo_t *info)
{
	if (info == SEND_SIG_NOINFO) {
		siginfo_from_user(to, sig, SI_USER);
	} else if (info == SEND_SIG_PRIV) {
		clear_siginfo(to);
		to->si_signo = sig;
		to->si_code = SI_KERNEL;
	} else {
		copy_siginfo(to, info);
	}
}

static int __send_signal(int sig, siginfo_t *info, struct task_struct *p, bool group, bool from_irq)
{
	struct sigpending *pending = group ? &p->signal->shared_pending : &p->pending;
	bool special = info == SEND_SIG_NOINFO || info == SEND_SIG_PRIV;
	struct sigqueue *q;

	if (!prepare_signal(sig, p))
		return 0;
	/* A standard signal that is already pending is not queued again. */
	if (sig < SIGRTMIN && sigismember(&pending->signal, sig))
		return 0;
	if (sig != SIGKILL) {
		q = sigqueue_alloc(p, from_irq, sig < SIGRTMIN && (special || info->si_code >= 0));
		if (q) {
			fill_siginfo(&q->info, sig, info);
			list_add_tail(&q->list, &pending->list);
		} else if (sig >= SIGRTMIN && !special && info->si_code != SI_USER) {
			return -EAGAIN;
		}
	}
	sigaddset(&pending->signal, sig);
	complete_signal(sig, p, group);
	return 0;
}

static int send_signal(int sig, siginfo_t *info, struct task_struct *p, bool group)
{
	bool from_irq = in_interrupt() || irqs_disabled();
	unsigned long flags;
	int ret = -ESRCH;

	local_irq_save(flags);
	if (p->sighand)
		ret = __send_signal(sig, info, p, group, from_irq);
	local_irq_restore(flags);
	return ret;
}

int send_sig_info(int sig, siginfo_t *info, struct task_struct *p)
{
	return send_signal(sig, info, p, false);
}

int group_send_sig_info(int sig, siginfo_t *info, struct task_struct *p)
{
	return send_signal(sig, info, p, true);
}

/* Every fork of p in progress records the signal for its child, but never both a stop signal and
   SIGCONT. Interrupts off. */
static void delay_for_children(int sig, struct task_struct *p)
{
	struct multiprocess_signals *delayed;

	list_for_each_entry (delayed, &p->signal->multiprocess, node) {
		u64 bits = sigset_bits(&delayed->signal);

		if (sig == SIGCONT)
			bits &= ~(u64)SIG_KERNEL_STOP_MASK;
		else if (sig_kernel_stop(sig))
			bits &= ~(u64)rt_sigmask(SIGCONT);
		delayed->signal = make_sigset(bits);
		sigaddset(&delayed->signal, sig);
	}
}

int multiprocess_send_sig_info(int sig, siginfo_t *info, struct task_struct *p)
{
	const sigset_t *pending = &p->signal->shared_pending.signal;
	bool from_irq = in_interrupt() || irqs_disabled(), was_pending;
	unsigned long flags;
	int ret = -ESRCH;

	local_irq_save(flags);
	was_pending = sig < SIGRTMIN && sigismember(pending, sig);
	if (p->sighand)
		ret = __send_signal(sig, info, p, true, from_irq);
	if (!ret && !was_pending &&
	    sigismember(pending, sig)) /* otherwise it was ignored, or already pending */
		delay_for_children(sig, p);
	local_irq_restore(flags);
	return ret;
}

/* ---- signals for faults of current ---- */

void force_sig_info(siginfo_t *info, int sig)
{
	struct k_sigaction *ka = &current->sighand->action[sig - 1];
	bool blocked = sigismember(&current->blocked, sig);

	if (blocked || ka->sa.sa_handler == SIG_IGN)
		ka->sa.sa_handler = SIG_DFL;
	if (blocked) {
		sigdelset(&current->blocked, sig);
		recalc_sigpending();
	}
	if (ka->sa.sa_handler == SIG_DFL)
		current->signal->flags &= ~SIGNAL_UNKILLABLE;
	send_sig_info(sig, info, current);
}

void force_sig(int sig)
{
	force_sig_info(SEND_SIG_PRIV, sig);
}

void force_sig_fault(int sig, int code, void __user *addr)
{
	siginfo_t info;

	clear_siginfo(&info);
	info.si_signo = sig;
	info.si_code = code;
	info.si_addr = addr;
	force_sig_info(&info, sig);
}

void force_sigsegv(int sig)
{
	if (sig == SIGSEGV)
		current->sighand->action[SIGSEGV - 1].sa.sa_handler = SIG_DFL;
	force_sig(SIGSEGV);
}

/* ---- taking signals off the queues ---- */

/* Synchronous ones first, then the lowest number. */
static int next_signal(const struct sigpending *pending, const sigset_t *mask)
{
	unsigned long bits = pending->signal.sig[0] & ~mask->sig[0];

	if (bits & SYNCHRONOUS_MASK)
		bits &= SYNCHRONOUS_MASK;
	if (bits)
		return __builtin_ctzl(bits) + 1;
	bits = pending->signal.sig[1] & ~mask->sig[1];
	return bits ? __builtin_ctzl(bits) + 32 + 1 : 0;
}

/* Fill *info from the queue; if there is no entry (no memory), only the number is known. */
static void collect_signal(int sig, struct sigpending *list, siginfo_t *info)
{
	struct sigqueue *q, *first = NULL;
	bool more = false;

	list_for_each_entry (q, &list->list, list) {
		if (q->info.si_signo != sig)
			continue;
		if (first) {
			more = true;
			break;
		}
		first = q;
	}
	if (!more)
		sigdelset(&list->signal, sig);
	if (first) {
		copy_siginfo(info, &first->info);
		list_del(&first->list);
		sigqueue_free(first);
	} else {
		clear_siginfo(info);
		info->si_signo = sig;
		info->si_code = SI_USER;
	}
}

int dequeue_signal(sigset_t *mask, siginfo_t *info)
{
	struct sigpending *pending = &current->pending;
	unsigned long flags;
	int sig;

	local_irq_save(flags);
	sig = next_signal(pending, mask);
	if (!sig) {
		pending = &current->signal->shared_pending;
		sig = next_signal(pending, mask);
		if (sig == SIGALRM)
			rearm_real_timer(current->signal);
	}
	if (sig)
		collect_signal(sig, pending, info);
	recalc_sigpending();
	local_irq_restore(flags);
	return sig;
}

/* Linux computes this mask with a shift of 32 bits: so a real-time signal counts as the one 32
 * below.
 */
static bool taken_for_synchronous(const siginfo_t *info)
{
	const int bits = 8 * sizeof(long);

	return info->si_code > SI_USER &&
	       ((unsigned long)SYNCHRONOUS_MASK >> (info->si_signo - 1) % bits & 1);
}

/*
 * The signal of a fault is delivered before all others, so that its frame shows where the fault
 * happened. As on Linux, the mask only says whether there may be one: a blocked signal that was
 * sent with the code of a fault is taken as well.
 */
int dequeue_synchronous_signal(siginfo_t *info)
{
	struct sigpending *pending = &current->pending;
	struct sigqueue *q;
	unsigned long flags;
	int sig = 0;

	if (!(sigset_bits(&pending->signal) & ~sigset_bits(&current->blocked) & SYNCHRONOUS_MASK))
		return 0;
	local_irq_save(flags);
	list_for_each_entry (q, &pending->list, list) {
		if (taken_for_synchronous(&q->info)) {
			sig = q->info.si_signo;
			break;
		}
	}
	if (sig) {
		collect_signal(sig, pending, info);
		recalc_sigpending();
	}
	local_irq_restore(flags);
	return sig;
}

bool unhandled_signal(const struct task_struct *p, int sig)
{
	__sighandler_t handler = p->sighand->action[sig - 1].sa.sa_handler;

	return p->tgid == 1 || handler == SIG_DFL || handler == SIG_IGN;
}

/* ---- deaths and stops ---- */

int zap_other_threads(struct task_struct *p)
{
	struct task_struct *t;
	int n = 0;

	p->signal->group_stop_count = 0;
	for_each_thread (p, t) {
		t->group_stop_pending = false;
		if (t == p)
			continue;
		n++;
		if (t->state & (EXIT_ZOMBIE | EXIT_DEAD))
			continue;
		sigaddset(&t->pending.signal, SIGKILL);
		signal_wake_up(t, true);
	}
	return n;
}

void exit_signals(struct task_struct *p)
{
	struct signal_struct *sig = p->signal;
	struct task_struct *t;
	u64 unblocked;

	p->flags |= PF_EXITING;
	if (thread_group_empty(p) || (sig->flags & SIGNAL_GROUP_EXIT))
		return;
	/* Signals that were to wake this thread must wake another one. */
	unblocked = sigset_bits(&sig->shared_pending.signal) & ~sigset_bits(&p->blocked);
	for_each_thread (p, t)
		if (t != p && !(t->flags & PF_EXITING) && (unblocked & ~sigset_bits(&t->blocked)))
			signal_wake_up(t, false);
	if (p->group_stop_pending) {
		p->group_stop_pending = false;
		if (--sig->group_stop_count == 0 && !(sig->flags & SIGNAL_STOP_STOPPED)) {
			set_stop_flags(sig, SIGNAL_STOP_STOPPED);
			do_notify_parent_cldstop(p, CLD_STOPPED);
		}
	}
}

static void wake_up_parent(struct task_struct *parent)
{
	wake_up_interruptible_all(&parent->signal->wait_chldexit);
}

/* A siginfo of SIGCHLD about p, without code and status. */
static void sigchld_info(siginfo_t *info, struct task_struct *p)
{
	struct signal_struct *sig = p->signal;

	clear_siginfo(info);
	info->si_signo = SIGCHLD;
	info->si_pid = p->pid;
	info->si_uid = p->cred.uid;
	info->si_utime = (__kernel_clock_t)nsec_to_clock_t(p->utime_ns + sig->utime_ns);
	info->si_stime = (__kernel_clock_t)nsec_to_clock_t(p->stime_ns + sig->stime_ns);
}

bool do_notify_parent(struct task_struct *p, int sig)
{
	struct task_struct *parent = p->real_parent;
	struct k_sigaction *ka;
	siginfo_t info;
	bool autoreap = false;

	if (parent == &init_task)
		return true;
	/* The program that chose the signal has been replaced: the new one may have more
	   privileges. */
	if (p->parent_exec_id != parent->self_exec_id)
		sig = SIGCHLD;
	sigchld_info(&info, p);
	info.si_signo = sig;
	if (p->exit_code & 0x7f) {
		info.si_code = p->exit_code & 0x80 ? CLD_DUMPED : CLD_KILLED;
		info.si_status = p->exit_code & 0x7f;
	} else {
		info.si_code = CLD_EXITED;
		info.si_status = p->exit_code >> 8;
	}
	ka = &parent->sighand->action[SIGCHLD - 1];
	if (sig == SIGCHLD && (ka->sa.sa_handler == SIG_IGN || (ka->sa.sa_flags & SA_NOCLDWAIT))) {
		autoreap = true;
		if (ka->sa.sa_handler == SIG_IGN)
			sig = 0;
	}
	if (sig > 0 && valid_signal(sig))
		group_send_sig_info(sig, &info, parent);
	wake_up_parent(parent);
	return autoreap;
}

void do_notify_parent_cldstop(struct task_struct *p, int why)
{
	struct task_struct *leader = p->group_leader, *parent = leader->real_parent;
	struct k_sigaction *ka;
	siginfo_t info;

	if (parent == &init_task)
		return;
	sigchld_info(&info, leader);
	info.si_code = why;
	info.si_status = why == CLD_CONTINUED ? SIGCONT : p->signal->group_exit_code & 0x7f;
	ka = &parent->sighand->action[SIGCHLD - 1];
	if (ka->sa.sa_handler != SIG_IGN && !(ka->sa.sa_flags & SA_NOCLDSTOP))
		group_send_sig_info(SIGCHLD, &info, parent);
	wake_up_parent(parent);
}
