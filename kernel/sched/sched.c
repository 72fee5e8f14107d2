/*
 * The scheduler: round robin over the tasks that can run, real-time tasks before all others.
 *
 * A task runs until it sleeps or its time slice is used up; then the next one in the queue has its
 * turn. Whoever wakes up with some of its slice left goes before those that only compute, so that a
 * shell answers beside a busy loop. Kernel code is never preempted: the tick and a wake-up only set
 * TIF_NEED_RESCHED, which the return to user mode obeys.
 *
 * The queues are touched by interrupt handlers (wake-ups): interrupts are off around every use.
 */
#include "kernel/core/panic.h"
#include "kernel/sched/internal.h"
#include "kernel/sched/itimer.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/signal.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/irq.h"
#include "kernel/x86/uaccess.h"
#include "mm/alloc_debug.h"
#include "mm/highmem.h"
#include "mm/mm.h"

#define DEFAULT_SLICE_MS  100
#define SLICE_MS_PER_NICE (DEFAULT_SLICE_MS / 20)

/* All that can run, except the one that does. */
static struct {
	struct list_head rt;	  /* highest rt_priority first */
	struct list_head woken;	  /* woke up and have slice left; first come, first served */
	struct list_head queue;	  /* the round */
	unsigned long nr_running; /* with current, without the idle task */
	unsigned long nr_uninterruptible;
	u64 nr_switches;
	struct mm_struct
		*prev_mm; /* borrowed by the task just left; to be dropped after the switch */
} rq = {
	.rt = LIST_HEAD_INIT(rq.rt),
	.woken = LIST_HEAD_INIT(rq.woken),
	.queue = LIST_HEAD_INIT(rq.queue),
};

struct kernel_cpustat kcpustat;

/* ---- the queues ---- */

int task_timeslice(const struct task_struct *p)
{
	return max(1, (int)(((20 - p->nice) * SLICE_MS_PER_NICE * HZ) / (int)MSEC_PER_SEC));
}

static void enqueue_rt(struct task_struct *p, bool head)
{
	struct list_head *pos;

	list_for_each (pos, &rq.rt) {
		struct task_struct *t = list_entry(pos, struct task_struct, run_list);

		if (head ? t->rt_priority <= p->rt_priority : t->rt_priority < p->rt_priority)
			break;
	}
	list_add_tail(&p->run_list, pos);
}

/* current is queued again because somebody else has to run. */
static void requeue_current(struct task_struct *p)
{
	bool expired = p->time_slice <= 0;

	if (expired)
		p->time_slice = task_timeslice(p);
	if (rt_task(p))
		enqueue_rt(p, !expired && !p->yielded);
	else if (expired || p->yielded)
		list_add_tail(&p->run_list, &rq.queue);
	else
		list_add(&p->run_list, &rq.queue);
	p->yielded = false;
}

static void enqueue_woken(struct task_struct *p)
{
	if (p->time_slice <= 0) {
		p->time_slice = task_timeslice(p);
		list_add_tail(&p->run_list, &rq.queue);
	} else if (rt_task(p)) {
		enqueue_rt(p, false);
	} else {
		list_add_tail(&p->run_list, &rq.woken);
	}
}

static struct task_struct *pick_next_task(void)
{
	struct list_head *from = !list_empty(&rq.rt)	  ? &rq.rt
				 : !list_empty(&rq.woken) ? &rq.woken
							  : &rq.queue;
	struct task_struct *next;

	if (list_empty(from))
		return &init_task;
	next = list_first_entry(from, struct task_struct, run_list);
	list_del_init(&next->run_list);
	return next;
}

static bool others_can_run(void)
{
	return !list_empty(&rq.queue) || !list_empty(&rq.woken) || !list_empty(&rq.rt);
}

/* ---- the switch ---- */

/* On the stack of the task that runs now: the last things for the one that ran before. */
static void finish_task_switch(struct task_struct *prev)
{
	struct mm_struct *mm = rq.prev_mm;

	rq.prev_mm = NULL;
	if (mm)
		mmdrop(mm);
	if (unlikely(prev->state & (EXIT_ZOMBIE | EXIT_DEAD)))
		put_task_stack(prev);
}

/* Returns, when prev runs again, the task that ran before it. */
static struct task_struct *context_switch(struct task_struct *prev, struct task_struct *next)
{
	struct mm_struct *oldmm = prev->active_mm;

	if (next->mm) {
		switch_mm(oldmm, next->mm);
	} else {
		next->active_mm = oldmm;
		mmgrab(oldmm);
	}
	if (!prev->mm) {
		prev->active_mm = NULL;
		rq.prev_mm = oldmm;
	}
	kmap_local_switch_out(&prev->kmap_ctrl);
	kmap_local_switch_in(&next->kmap_ctrl);
	rq.nr_switches++;
	return switch_to(prev, next);
}

/* current leaves the queue, unless a signal it would listen to keeps it from sleeping. */
static void deactivate_current(struct task_struct *prev)
{
	bool listens = prev->state & TASK_INTERRUPTIBLE;
	bool killable = prev->state & TASK_KILLABLE_BIT;

	if ((listens && signal_pending(prev)) || (killable && fatal_signal_pending(prev))) {
		prev->state = TASK_RUNNING;
		return;
	}
	if (prev == &init_task)
		return;
	if (prev->state & TASK_UNINTERRUPTIBLE)
		rq.nr_uninterruptible++;
	rq.nr_running--;
}

static void __schedule(void)
{
	struct task_struct *prev = current, *next, *last = NULL;
	unsigned long flags;

	if (unlikely(in_interrupt()))
		panic("schedule() called by an interrupt handler");
	local_irq_save(flags);
	clear_task_work(prev, TIF_NEED_RESCHED);
	if (prev->state != TASK_RUNNING)
		deactivate_current(prev);
	if (prev->state == TASK_RUNNING && prev != &init_task) {
		requeue_current(prev);
		next = pick_next_task();
		prev->nivcsw += next != prev;
	} else {
		next = pick_next_task();
		prev->nvcsw++;
	}
	if (next != prev)
		last = context_switch(prev, next);
	local_irq_restore(flags);
	if (last)
		finish_task_switch(last);
}

void schedule(void)
{
	__schedule();
	/* The idle task cannot leave the processor, and while the machine boots it does sleep. */
	while (unlikely(current == &init_task && current->state != TASK_RUNNING)) {
		safe_halt();
		__schedule();
	}
}

void schedule_tail(struct task_struct *prev)
{
	local_irq_enable();
	finish_task_switch(prev);
	if (current->set_child_tid)
		put_user(current->pid, current->set_child_tid);
}

void yield(void)
{
	current->yielded = true;
	schedule();
}

#if MAPIX_DEBUG
/* An allocation sleeps on purpose (mm/alloc_debug.h). */
static void yield_in_allocation(void)
{
	if (current->state != TASK_RUNNING)
		panic("allocation by a task that is about to sleep (state %#lx)",
		      (unsigned long)current->state);
	yield();
}

void sched_debug_init(void)
{
	alloc_yield_hook = yield_in_allocation;
	alloc_debug_init();
}
#else
void sched_debug_init(void)
{
}
#endif

void cpu_idle(void)
{
	for (;;) {
		schedule();
		local_irq_disable();
		if (others_can_run() || need_resched())
			local_irq_enable();
		else
			safe_halt();
	}
}

/* ---- waking ---- */

/* p has just become runnable: does that end current's turn at once? Others wait for the tick. */
static void check_preempt(const struct task_struct *p)
{
	if (current == &init_task || p->rt_priority > current->rt_priority)
		set_task_work(current, TIF_NEED_RESCHED);
}

bool wake_up_state(struct task_struct *p, unsigned int mask)
{
	unsigned long flags;
	bool woken;

	local_irq_save(flags);
	woken = p->state & mask;
	if (woken) {
		bool queued = p == current || p == &init_task;

		if (!queued) {
			if (p->state & TASK_UNINTERRUPTIBLE)
				rq.nr_uninterruptible--;
			rq.nr_running++;
			enqueue_woken(p);
		}
		p->state = TASK_RUNNING;
		check_preempt(p);
	}
	local_irq_restore(flags);
	return woken;
}

bool wake_up_process(struct task_struct *p)
{
	return wake_up_state(p, TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE);
}

void wake_up_new_task(struct task_struct *p)
{
	unsigned long flags;

	local_irq_save(flags);
	p->state = TASK_RUNNING;
	p->time_slice = task_timeslice(p);
	rq.nr_running++;
	if (rt_task(p))
		enqueue_rt(p, false);
	else
		list_add_tail(&p->run_list, &rq.queue);
	check_preempt(p);
	local_irq_restore(flags);
}

struct process_timer {
	struct timer_list timer;
	struct task_struct *task;
};

static void process_timeout(struct timer_list *timer)
{
	wake_up_process(container_of(timer, struct process_timer, timer)->task);
}

long schedule_timeout(long timeout)
{
	struct process_timer t = {.task = current};
	unsigned long expires;

	if (timeout == MAX_SCHEDULE_TIMEOUT) {
		schedule();
		return timeout;
	}
	if (timeout < 0) {
		set_current_state(TASK_RUNNING);
		return 0;
	}
	expires = jiffies + timeout;
	timer_setup(&t.timer, process_timeout);
	mod_timer(&t.timer, expires);
	schedule();
	del_timer(&t.timer);
	return max(0L, (long)(expires - jiffies));
}

/* ---- the tick ---- */

/* The load average is a number with 11 bits of fraction, updated every five seconds. */
#define LOAD_FREQ (5 * HZ + 1)
#define FSHIFT	  11
#define FIXED_1	  (1UL << FSHIFT)
static const unsigned long load_exp[3] = {1884, 2014, 2037}; /* FIXED_1 / e^(5s / 1, 5, 15 min) */
static unsigned long avenrun[3];

static void calc_global_load(void)
{
	static unsigned int ticks;
	unsigned long active = (rq.nr_running + rq.nr_uninterruptible) * FIXED_1;

	if (++ticks < LOAD_FREQ)
		return;
	ticks = 0;
	for (int i = 0; i < 3; i++) {
		unsigned long load = avenrun[i] * load_exp[i] + active * (FIXED_1 - load_exp[i]);

		if (active >= avenrun[i])
			load += FIXED_1 - 1;
		avenrun[i] = load / FIXED_1;
	}
}

static void account_tick(struct task_struct *p, bool user_tick)
{
	if (p == &init_task && !user_tick) {
		kcpustat.idle_ns += NSEC_PER_TICK;
	} else if (user_tick) {
		p->utime_ns += NSEC_PER_TICK;
		if (p->nice > 0)
			kcpustat.nice_ns += NSEC_PER_TICK;
		else
			kcpustat.user_ns += NSEC_PER_TICK;
	} else {
		p->stime_ns += NSEC_PER_TICK;
		kcpustat.system_ns += NSEC_PER_TICK;
	}
}

void scheduler_tick(bool user_tick)
{
	struct task_struct *p = current;

	account_tick(p, user_tick);
	calc_global_load();
	if (p == &init_task)
		return;
	run_cpu_timers(p);
	if (p->policy == SCHED_FIFO)
		return;
	if (--p->time_slice <= 0) {
		if (others_can_run())
			set_task_work(p, TIF_NEED_RESCHED);
		else
			p->time_slice = task_timeslice(p);
	} else if (!list_empty(&rq.woken) && !rt_task(p)) {
		set_task_work(p, TIF_NEED_RESCHED);
	}
}

/* ---- settings and figures ---- */

void set_task_policy(struct task_struct *p, unsigned int policy, unsigned int rt_priority, int nice)
{
	unsigned long flags;
	bool queued;

	local_irq_save(flags);
	queued = p != current && !list_empty(&p->run_list);
	if (queued)
		list_del_init(&p->run_list);
	p->policy = policy;
	p->rt_priority = rt_priority;
	p->nice = nice;
	p->time_slice = min(p->time_slice, task_timeslice(p));
	if (queued) {
		enqueue_woken(p);
		check_preempt(p);
	} else if (p == current && others_can_run()) {
		set_task_work(p, TIF_NEED_RESCHED);
	}
	local_irq_restore(flags);
}

unsigned long nr_running(void)
{
	return rq.nr_running;
}

unsigned long nr_uninterruptible(void)
{
	return rq.nr_uninterruptible;
}

u64 nr_context_switches(void)
{
	return rq.nr_switches;
}

void get_avenrun(unsigned long loads[3])
{
	for (int i = 0; i < 3; i++)
		loads[i] = avenrun[i];
}
