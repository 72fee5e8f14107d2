/*
 * Interval timers. ITIMER_REAL runs on the clock and sends SIGALRM; ITIMER_VIRTUAL, ITIMER_PROF and
 * RLIMIT_CPU count the processor time of the process. They are checked in the tick and each time
 * the process gets the processor.
 */
#include "kernel/time/itimer.h"
#include "kernel/signal/signal.h"
#include "kernel/x86/cpu.h"
#include <linux/errno.h>

static void it_real_fn(struct timer_list *timer)
{
	struct signal_struct *sig = container_of(timer, struct signal_struct, real_timer);

	group_send_sig_info(SIGALRM, SEND_SIG_PRIV, sig->leader);
}

void rearm_real_timer(struct signal_struct *sig)
{
	struct timer_list *timer = &sig->real_timer;
	u64 now = ktime_get_ns(), next = timer->expires_ns, interval = sig->it_real_incr_ns;
	u64 rest;

	if (!interval || timer_pending(timer))
		return;
	/* Keep to multiples of the interval; missed expiries are dropped. */
	if (next <= now)
		next += (div64_u64_rem(now - next, interval, &rest) + 1) * interval;
	mod_timer_ns(timer, next);
}

/* ---- processor time ---- */

void update_cpu_timers(struct signal_struct *sig)
{
	sig->cpu_timers = sig->it_virt.expires_ns || sig->it_prof.expires_ns ||
			  sig->rlim[RLIMIT_CPU].rlim_cur != RLIM_INFINITY ||
			  !list_empty(&sig->cpu_sleepers);
}

static void check_cpu_itimer(struct task_struct *p, struct cpu_itimer *it, u64 now, int sig)
{
	if (!it->expires_ns || now < it->expires_ns)
		return;
	group_send_sig_info(sig, SEND_SIG_PRIV, p);
	it->expires_ns = it->incr_ns ? it->expires_ns + it->incr_ns : 0;
}

/* A task that sleeps until the process, or one of its threads, has used a given processor time. */
struct cpu_sleeper {
	struct list_head list; /* in signal->cpu_sleepers; empty when the time has come */
	struct task_struct *waiter, *p;
	enum cpu_clock clock;
	u64 expires_ns;
};

u64 cpu_clock_sample(struct task_struct *p, enum cpu_clock clock)
{
	struct task_usage u;

	if (clock & CPUCLOCK_PERTHREAD)
		task_usage(p, &u);
	else
		thread_group_usage(p, &u);
	return clock & CPUCLOCK_USER ? u.utime_ns : u.sum_exec_runtime;
}

static void wake_cpu_sleepers(struct signal_struct *sig)
{
	struct cpu_sleeper *s, *n;

	list_for_each_entry_safe (s, n, &sig->cpu_sleepers, list) {
		if (cpu_clock_sample(s->p, s->clock) < s->expires_ns)
			continue;
		list_del_init(&s->list);
		wake_up_process(s->waiter);
	}
}

/* Beyond the soft limit SIGXCPU each second, beyond the hard limit SIGKILL. */
static void check_cpu_limit(struct task_struct *p, u64 used)
{
	struct rlimit *limit = &p->signal->rlim[RLIMIT_CPU];

	if (limit->rlim_max != RLIM_INFINITY && used >= limit->rlim_max * NSEC_PER_SEC) {
		group_send_sig_info(SIGKILL, SEND_SIG_PRIV, p);
	} else if (used >= limit->rlim_cur * NSEC_PER_SEC) {
		group_send_sig_info(SIGXCPU, SEND_SIG_PRIV, p);
		limit->rlim_cur++;
	}
}

void run_cpu_timers(struct task_struct *p)
{
	struct signal_struct *sig = p->signal;
	struct task_usage u;
	unsigned long flags;

	local_irq_save(flags);
	thread_group_usage(p, &u);
	check_cpu_itimer(p, &sig->it_virt, u.utime_ns, SIGVTALRM);
	check_cpu_itimer(p, &sig->it_prof, u.utime_ns + u.stime_ns, SIGPROF);
	if (sig->rlim[RLIMIT_CPU].rlim_cur != RLIM_INFINITY)
		check_cpu_limit(p, u.utime_ns + u.stime_ns);
	wake_cpu_sleepers(sig);
	update_cpu_timers(sig);
	local_irq_restore(flags);
}

int cpu_clock_sleep(struct task_struct *p, enum cpu_clock clock, u64 expires_ns)
{
	struct cpu_sleeper s = {
		.waiter = current, .p = p, .clock = clock, .expires_ns = expires_ns};
	unsigned long flags;
	bool over;

	local_irq_save(flags);
	list_add_tail(&s.list, &p->signal->cpu_sleepers);
	update_cpu_timers(p->signal);
	local_irq_restore(flags);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		over = list_empty(&s.list) || cpu_clock_sample(p, clock) >= expires_ns;
		if (over || signal_pending(current))
			break;
		schedule();
	}
	set_current_state(TASK_RUNNING);
	local_irq_save(flags);
	list_del_init(&s.list);
	update_cpu_timers(p->signal);
	local_irq_restore(flags);
	return over ? 0 : -EINTR;
}

/* ---- beginning and end ---- */

void init_itimers(struct signal_struct *sig)
{
	timer_setup(&sig->real_timer, it_real_fn);
	INIT_LIST_HEAD(&sig->cpu_sleepers);
	update_cpu_timers(sig);
}

void exit_itimers(struct signal_struct *sig)
{
	del_timer(&sig->real_timer);
	sig->it_real_incr_ns = 0;
	sig->it_virt = sig->it_prof = (struct cpu_itimer){0, 0};
	update_cpu_timers(sig);
}

/* ---- the calls ---- */

/* A timer that is about to expire reports at least a microsecond: 0 would mean that it is off. */
static u64 time_left(u64 expires_ns, u64 now)
{
	return expires_ns > now ? expires_ns - now : NSEC_PER_USEC;
}

static struct cpu_itimer *cpu_itimer(int which, u64 *now)
{
	struct task_usage u;

	thread_group_usage(current, &u);
	*now = which == ITIMER_VIRTUAL ? u.utime_ns : u.utime_ns + u.stime_ns;
	return which == ITIMER_VIRTUAL ? &current->signal->it_virt : &current->signal->it_prof;
}

int do_getitimer(int which, u64 *value_ns, u64 *interval_ns)
{
	struct signal_struct *sig = current->signal;
	struct cpu_itimer *it;
	unsigned long flags;
	u64 now;

	switch (which) {
	case ITIMER_REAL:
		now = ktime_get_ns();
		local_irq_save(flags);
		*value_ns = timer_pending(&sig->real_timer)
				    ? time_left(sig->real_timer.expires_ns, now)
				    : 0;
		*interval_ns = sig->it_real_incr_ns;
		local_irq_restore(flags);
		return 0;
	case ITIMER_VIRTUAL:
	case ITIMER_PROF:
		local_irq_save(flags);
		it = cpu_itimer(which, &now);
		*value_ns = it->expires_ns ? time_left(it->expires_ns, now) : 0;
		*interval_ns = it->incr_ns;
		local_irq_restore(flags);
		return 0;
	default:
		return -EINVAL;
	}
}

int do_setitimer(int which, u64 value_ns, u64 interval_ns, u64 *old_value_ns, u64 *old_interval_ns)
{
	struct signal_struct *sig = current->signal;
	struct cpu_itimer *it;
	unsigned long flags;
	u64 now;
	int err = do_getitimer(which, old_value_ns, old_interval_ns);

	if (err)
		return err;
	local_irq_save(flags);
	if (which == ITIMER_REAL) {
		sig->it_real_incr_ns = value_ns ? interval_ns : 0;
		if (value_ns)
			mod_timer_ns(&sig->real_timer, ktime_get_ns() + value_ns);
		else
			del_timer(&sig->real_timer);
	} else {
		it = cpu_itimer(which, &now);
		it->expires_ns = value_ns ? now + value_ns : 0;
		it->incr_ns = interval_ns;
		update_cpu_timers(sig);
	}
	local_irq_restore(flags);
	return 0;
}
