/*
 * The scheduler: choosing the next task, the context switch, wake-ups, the tick.
 *
 * Real-time tasks run before all others (rt.c). Among ordinary tasks, each gets processor time in
 * proportion to its weight (fair.c). Kernel code is never preempted: the tick and wake-ups only set
 * TIF_NEED_RESCHED, which is checked at the return to user mode.
 *
 * current is charged by the clock whenever another task may get the processor or the time is read.
 * So a task that sleeps at each tick is charged too.
 */
#include "kernel/core/panic.h"
#include "kernel/sched/internal.h"
#include "kernel/time/itimer.h"
#include "kernel/sched/rq.h"
#include "kernel/sched/sched.h"
#include "kernel/signal/signal.h"
#include "kernel/x86/cpu.h"
#include "kernel/irq/irq.h"
#include "kernel/x86/uaccess.h"
#include "mm/phys/alloc_debug.h"
#include "mm/phys/highmem.h"
#include "kernel/x86/task/mmu_context.h"

struct rq rq = {.rt = {.queue = LIST_HEAD_INIT(rq.rt.queue)}};

/* ---- charging ---- */

/* Charge current for the time since the last call. */
static void update_curr(u64 now)
{
	struct sched_entity *se = &current->se;
	s64 delta = now - se->exec_start;

	if (current == &init_task || delta < 0)
		return;
	se->exec_start = now;
	se->sum_exec_runtime += delta;
	if (unlikely(rt_task(current)))
		update_curr_rt(delta);
	else
		se->vruntime += calc_delta_fair(delta, se->weight);
}

u64 task_sched_runtime(struct task_struct *p)
{
	unsigned long flags;

	if (p == current) {
		local_irq_save(flags);
		update_curr(sched_clock());
		local_irq_restore(flags);
	}
	return p->se.sum_exec_runtime;
}

/* p begins to wait for the processor. */
static void sched_info_queued(struct task_struct *p, u64 now)
{
	p->sched_info.last_queued = now;
}

/* p gets the processor. */
static void sched_info_arrive(struct task_struct *p, u64 now)
{
	struct sched_info *info = &p->sched_info;

	info->run_delay += now - info->last_queued;
	info->last_arrival = now;
	info->pcount++;
}

/* ---- the queues ---- */

static void enqueue_task(struct task_struct *p, bool head)
{
	if (rt_task(p))
		enqueue_rt(p, head);
	else
		enqueue_fair(&p->se);
}

static void dequeue_task(struct task_struct *p)
{
	if (rt_task(p))
		dequeue_rt(p);
	else
		dequeue_fair(&p->se);
}

/* Add or remove the weight of a runnable ordinary task. */
static void account_weight(const struct sched_entity *se)
{
	rq.cfs.nr_running++;
	rq.cfs.load += se->weight;
}

static void unaccount_weight(const struct sched_entity *se)
{
	rq.cfs.nr_running--;
	rq.cfs.load -= se->weight;
}

/* Make p runnable and queue it. */
static void activate_task(struct task_struct *p, u64 now)
{
	if (!rt_task(p))
		account_weight(&p->se);
	p->se.on_rq = true;
	rq.nr_running++;
	enqueue_task(p, false);
	sched_info_queued(p, now);
}

static bool others_can_run(void)
{
	return rq.cfs.rb_leftmost || rt_runnable();
}

/* Take the first task out of its queue; take `skip` only if there is no other. */
static struct task_struct *pick_queued(const struct task_struct *skip)
{
	struct rb_node *node = rq.cfs.rb_leftmost;
	struct task_struct *next;

	if (rt_runnable()) {
		next = list_first_entry(&rq.rt.queue, struct task_struct, rt.run_list);
		dequeue_rt(next);
		return next;
	}
	if (!node)
		return &init_task;
	if (unlikely(skip) && node == &skip->se.run_node)
		node = rb_next(node) ?: node;
	next = rb_entry(node, struct task_struct, se.run_node);
	dequeue_fair(&next->se);
	return next;
}

/* Queue prev again if it is still runnable, and take the first task out of its queue. */
static struct task_struct *pick_next_task(struct task_struct *prev)
{
	bool yielded = prev->yielded;

	prev->yielded = false;
	if (prev->se.on_rq) {
		if (!others_can_run() && !(rt_task(prev) && rq.rt.throttled))
			return prev;
		enqueue_task(prev, !yielded);
	}
	return pick_queued(yielded ? prev : NULL);
}

/* ---- the switch ---- */

/* Runs on the stack of the new task: finishes the switch away from prev. */
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
static struct task_struct *__sched context_switch(struct task_struct *prev,
						  struct task_struct *next)
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
	return static_call(switch_to)(prev, next);
}

/* current goes to sleep, unless a pending signal prevents that. */
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
	if (!rt_task(prev)) {
		update_min_vruntime();
		unaccount_weight(&prev->se);
	}
	prev->se.on_rq = false;
	rq.nr_running--;
}

/* Accounting for the switch from prev to next. */
static void account_switch(struct task_struct *prev, struct task_struct *next, u64 now)
{
	if (prev->se.on_rq) {
		prev->nivcsw++;
		sched_info_queued(prev, now);
	} else {
		prev->nvcsw++;
	}
	next->se.exec_start = now;
	if (next == &init_task)
		return;
	sched_info_arrive(next, now);
	if (unlikely(next->signal->cpu_timers))
		set_task_work(next, TIF_CPU_TIMERS);
}

static void __sched __schedule(void)
{
	struct task_struct *prev = current, *next, *last = NULL;
	unsigned long flags;
	u64 now;

	if (unlikely(in_interrupt()))
		panic("schedule() called by an interrupt handler");
	local_irq_save(flags);
	now = sched_clock();
	update_curr(now);
	clear_task_work(prev, TIF_NEED_RESCHED);
	latency_reset();
	if (prev->state != TASK_RUNNING)
		deactivate_current(prev);
	next = pick_next_task(prev);
	next->se.prev_sum_exec_runtime = next->se.sum_exec_runtime;
	if (next != prev) {
		account_switch(prev, next, now);
		last = context_switch(prev, next);
	}
	local_irq_restore(flags);
	if (last)
		finish_task_switch(last);
}

void __sched schedule(void)
{
	if (unlikely(current->plug) && current->state != TASK_RUNNING)
		blk_flush_plug(current->plug);
	__schedule();
	/* There is no other task than the idle task, yet it may sleep during boot. */
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
DEFINE_STATIC_CALL(schedule_tail);

void __sched yield(void)
{
	current->yielded = true;
	schedule();
}

#if MAPIX_DEBUG
/* Yield on purpose, for tests (kernel/core/spinlock.h, mm/phys/alloc_debug.h). */
static void yield_for_tests(void)
{
	if (current->state != TASK_RUNNING)
		panic("sleep by a task that is about to sleep (state %#lx)",
		      (unsigned long)current->state);
	yield();
}

void sched_debug_init(void)
{
	sleep_hook = yield_for_tests;
	alloc_debug_init();
}
#else
void sched_debug_init(void)
{
}
#endif

bool (*idle_may_halt)(void);

void cpu_idle(void)
{
	for (;;) {
		schedule();
		local_irq_disable();
		if (others_can_run() || need_resched() ||
		    unlikely(idle_may_halt && !idle_may_halt()))
			local_irq_enable();
		else
			safe_halt();
	}
}

/* ---- waking ---- */

void check_preempt_curr(const struct task_struct *p)
{
	bool preempt;

	if (current == &init_task || p->rt_priority > current->rt_priority)
		preempt = true;
	else
		preempt = !rt_task(current) && preempts_fair(current, p);
	if (preempt)
		set_task_work(current, TIF_NEED_RESCHED);
}
DEFINE_STATIC_CALL(check_preempt_curr);

bool wake_up_state(struct task_struct *p, unsigned int mask)
{
	unsigned long flags;
	bool woken;

	local_irq_save(flags);
	woken = p->state & mask;
	if (woken && !p->se.on_rq && p != &init_task) {
		u64 now = sched_clock();

		update_curr(now);
		if (p->state & TASK_UNINTERRUPTIBLE)
			rq.nr_uninterruptible--;
		p->rt.timeout = 0;
		if (!rt_task(p))
			place_sleeper_fair(p);
		activate_task(p, now);
		static_call(check_preempt_curr)(p);
	}
	if (woken)
		p->state = TASK_RUNNING;
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
	u64 now;

	local_irq_save(flags);
	now = sched_clock();
	update_curr(now);
	p->state = TASK_RUNNING;
	if (!rt_task(p))
		place_new_fair(p);
	activate_task(p, now);
	check_preempt_curr(p);
	local_irq_restore(flags);
}
DEFINE_STATIC_CALL(wake_up_new_task);

struct process_timer {
	struct timer_list timer;
	struct task_struct *task;
};

static void process_timeout(struct timer_list *timer)
{
	wake_up_process(container_of(timer, struct process_timer, timer)->task);
}

long __sched schedule_timeout(long timeout)
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

void scheduler_tick(bool user_tick)
{
	struct task_struct *p = current;
	bool preempt;

	account_tick(p, user_tick);
	calc_global_load();
	if (p == &init_task)
		return;
	latency_tick(p);
	update_curr(sched_clock());
	if (unlikely(p->signal->cpu_timers))
		run_cpu_timers(p);
	preempt = rt_task(p) ? task_tick_rt(p) : tick_preempts_fair(p);
	if (preempt)
		set_task_work(p, TIF_NEED_RESCHED);
}

/* ---- settings and figures ---- */

void set_task_policy(struct task_struct *p, unsigned int policy, unsigned int rt_priority, int nice)
{
	bool on_rq, queued, was_rt, lowered;
	unsigned long flags;

	local_irq_save(flags);
	update_curr(sched_clock());
	on_rq = p->se.on_rq;
	queued = on_rq && p != current;
	was_rt = rt_task(p);
	lowered = rt_priority < p->rt_priority;
	if (queued)
		dequeue_task(p);
	if (on_rq && !was_rt)
		unaccount_weight(&p->se);
	p->policy = policy;
	p->rt_priority = rt_priority;
	p->nice = nice;
	set_load_weight(p);
	if (was_rt && !rt_task(p))
		place_sleeper_fair(p);
	if (on_rq && !rt_task(p))
		account_weight(&p->se);
	if (queued) {
		enqueue_task(p, lowered);
		check_preempt_curr(p);
	} else if (on_rq) {
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
