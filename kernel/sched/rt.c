/*
 * Real-time tasks: the one with the highest priority runs. Among tasks of the same priority, a
 * SCHED_FIFO task runs until it sleeps or yields, a SCHED_RR task until its time slice is over.
 *
 * All of them together may run for sched_rt_runtime_us in each sched_rt_period_us; then they are
 * throttled for the rest of it, so that the administrator's shell can run.
 */
#include "kernel/core/printk.h"
#include "kernel/sched/rq.h"
#include "kernel/signal/signal.h"

#define USEC_PER_TICK (USEC_PER_SEC / HZ)

int sysctl_sched_rr_timeslice_ms = RR_TIMESLICE_MS;
unsigned int sched_rr_timeslice = RR_TIMESLICE_MS * HZ / MSEC_PER_SEC;
int sysctl_sched_rt_period = 1000000, sysctl_sched_rt_runtime = 950000;

void enqueue_rt(struct task_struct *p, bool head)
{
	struct list_head *pos;

	list_for_each (pos, &rq.rt.queue) {
		struct task_struct *t = list_entry(pos, struct task_struct, rt.run_list);

		if (head ? t->rt_priority <= p->rt_priority : t->rt_priority < p->rt_priority)
			break;
	}
	list_add_tail(&p->rt.run_list, pos);
}

void dequeue_rt(struct task_struct *p)
{
	list_del_init(&p->rt.run_list);
}

/* ---- throttling ---- */

/* The part of a period that real-time tasks may use; 0: all of it. */
static u64 rt_runtime_ns(void)
{
	bool limited =
		sysctl_sched_rt_runtime > 0 && sysctl_sched_rt_runtime < sysctl_sched_rt_period;

	return limited ? sysctl_sched_rt_runtime * NSEC_PER_USEC : 0;
}

/* A period is over, or more than one if the tick came late. */
static void rt_period_over(struct timer_list *timer)
{
	u64 period = sysctl_sched_rt_period * NSEC_PER_USEC, runtime = rt_runtime_ns(), rest;
	u64 late = ktime_get_coarse_ns() - timer->expires_ns;
	u64 periods = div64_u64_rem(late, period, &rest) + 1;

	rq.rt.time_ns -= runtime ? min(periods * runtime, rq.rt.time_ns) : rq.rt.time_ns;
	if (rq.rt.throttled && (!runtime || rq.rt.time_ns < runtime)) {
		rq.rt.throttled = false;
		set_task_work(current, TIF_NEED_RESCHED);
	}
	if (rq.rt.time_ns || rq.rt.throttled)
		mod_timer_ns(timer, timer->expires_ns + periods * period);
}

static struct timer_list rt_period_timer = {.function = rt_period_over};

void update_curr_rt(u64 delta_ns)
{
	u64 runtime = rt_runtime_ns();
	static bool told;

	if (!runtime)
		return;
	rq.rt.time_ns += delta_ns;
	if (!timer_pending(&rt_period_timer))
		mod_timer_ns(&rt_period_timer,
			     ktime_get_coarse_ns() + sysctl_sched_rt_period * NSEC_PER_USEC);
	if (rq.rt.time_ns <= runtime || rq.rt.throttled)
		return;
	rq.rt.throttled = true;
	set_task_work(current, TIF_NEED_RESCHED);
	if (!told)
		pr_notice("sched: RT throttling activated\n");
	told = true;
}

/* ---- the tick ---- */

/* RLIMIT_RTTIME: how long a real-time task may run without sleeping. Beyond the soft limit it gets
   SIGXCPU each second, beyond the hard limit SIGKILL. */
static void watchdog(struct task_struct *p)
{
	struct rlimit *limit = &p->signal->rlim[RLIMIT_RTTIME];
	unsigned long used;

	if (limit->rlim_cur == RLIM_INFINITY)
		return;
	used = ++p->rt.timeout * USEC_PER_TICK;
	if (p->rt.timeout <= DIV_ROUND_UP(min(limit->rlim_cur, limit->rlim_max), USEC_PER_TICK))
		return;
	if (limit->rlim_max != RLIM_INFINITY && used >= limit->rlim_max) {
		group_send_sig_info(SIGKILL, SEND_SIG_PRIV, p);
	} else if (used >= limit->rlim_cur) {
		group_send_sig_info(SIGXCPU, SEND_SIG_PRIV, p);
		limit->rlim_cur += USEC_PER_SEC;
	}
}

bool task_tick_rt(struct task_struct *curr)
{
	watchdog(curr);
	if (curr->policy != SCHED_RR || --curr->rt.time_slice > 0)
		return false;
	curr->rt.time_slice = sched_rr_timeslice;
	curr->yielded = true; /* to the tail of its priority */
	return true;
}
