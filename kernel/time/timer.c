/*
 * Timers: a list for each of the two clocks, sorted by expiry. The tick runs expired timers from
 * the front. Setting the wall clock does not change the lists: the next tick compares with the new
 * time.
 */
#include "kernel/time/time.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/cpu.h"
#include <linux/errno.h>

static LIST_HEAD(monotonic_timers);
static LIST_HEAD(wall_timers);

void timer_setup(struct timer_list *timer, void (*function)(struct timer_list *))
{
	timer->entry.next = NULL;
	timer->expires_ns = 0;
	timer->function = function;
}

static int detach(struct timer_list *timer)
{
	if (!timer_pending(timer))
		return 0;
	__list_del_entry(&timer->entry);
	timer->entry.next = NULL;
	return 1;
}

static int mod_timer_clock_ns(struct timer_list *timer, clockid_t clock, u64 expires_ns)
{
	struct list_head *timers = clock == CLOCK_REALTIME ? &wall_timers : &monotonic_timers;
	struct list_head *pos;
	unsigned long flags;
	int pending;

	local_irq_save(flags);
	pending = detach(timer);
	timer->expires_ns = expires_ns;
	/* Search from the end: most new timers expire late, and equal ones must run in the order
	 * they were set.
	 */
	for (pos = timers->prev; pos != timers; pos = pos->prev) {
		if (list_entry(pos, struct timer_list, entry)->expires_ns <= expires_ns)
			break;
	}
	list_add(&timer->entry, pos);
	local_irq_restore(flags);
	return pending;
}

int mod_timer_ns(struct timer_list *timer, u64 expires_ns)
{
	return mod_timer_clock_ns(timer, CLOCK_MONOTONIC, expires_ns);
}

int mod_timer(struct timer_list *timer, unsigned long expires_jiffies)
{
	long left = (long)(expires_jiffies - jiffies);

	return mod_timer_ns(timer, ktime_get_coarse_ns() + jiffies_to_nsecs(left > 0 ? left : 0));
}

int del_timer(struct timer_list *timer)
{
	unsigned long flags;
	int pending;

	local_irq_save(flags);
	pending = detach(timer);
	local_irq_restore(flags);
	return pending;
}

static void run_list(struct list_head *timers, u64 now_ns)
{
	while (!list_empty(timers)) {
		struct timer_list *timer = list_first_entry(timers, struct timer_list, entry);

		if (timer->expires_ns > now_ns)
			break;
		detach(timer);
		timer->function(timer);
	}
}

void run_timers(u64 now_ns, u64 now_real_ns)
{
	run_list(&monotonic_timers, now_ns);
	run_list(&wall_timers, now_real_ns);
}

struct sleeper {
	struct timer_list timer;
	struct task_struct *task;
	bool expired;
};

static void wake_sleeper(struct timer_list *timer)
{
	struct sleeper *s = container_of(timer, struct sleeper, timer);

	s->expired = true;
	wake_up_process(s->task);
}

int schedule_until_clock_ns(clockid_t clock, u64 expires_ns)
{
	struct sleeper s = {.task = current};

	timer_setup(&s.timer, wake_sleeper);
	mod_timer_clock_ns(&s.timer, clock, expires_ns);
	schedule();
	del_timer(&s.timer);
	set_current_state(TASK_RUNNING);
	return s.expired ? 0 : -EINTR;
}
