/*
 * Interval timers. ITIMER_REAL runs on the clock and sends SIGALRM; ITIMER_VIRTUAL and ITIMER_PROF
 * run on the process's own processor time, and so does the limit of it: the tick asks how much that
 * is, and each time that the process gets the processor anew.
 */
#include "kernel/sched/itimer.h"
#include "kernel/sched/signal.h"
#include "kernel/x86/cpu.h"
#include <linux/errno.h>

static void it_real_fn(struct timer_list *timer)
{
	struct signal_struct *sig = container_of(timer, struct signal_struct, real_timer);
	u64 next;

	group_send_sig_info(SIGALRM, SEND_SIG_PRIV, sig->leader);
	if (!sig->it_real_incr_ns)
		return;
	/* Not due again before this handler is over, however short the interval. */
	next = max(timer->expires_ns + sig->it_real_incr_ns, ktime_get_ns() + 1);
	mod_timer_ns(timer, next);
}

/* ---- processor time ---- */

void update_cpu_timers(struct signal_struct *sig)
{
	sig->cpu_timers = sig->it_virt.expires_ns || sig->it_prof.expires_ns ||
			  sig->rlim[RLIMIT_CPU].rlim_cur != RLIM_INFINITY;
}

static void check_cpu_itimer(struct task_struct *p, struct cpu_itimer *it, u64 now, int sig)
{
	if (!it->expires_ns || now < it->expires_ns)
		return;
	group_send_sig_info(sig, SEND_SIG_PRIV, p);
	it->expires_ns = it->incr_ns ? it->expires_ns + it->incr_ns : 0;
}

/* Beyond the soft limit a SIGXCPU each second, beyond the hard one the end. */
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
	update_cpu_timers(sig);
	local_irq_restore(flags);
}

/* ---- beginning and end ---- */

void init_itimers(struct signal_struct *sig)
{
	timer_setup(&sig->real_timer, it_real_fn);
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

/* One that is about to fire has at least a microsecond left: 0 would mean that it is off. */
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
