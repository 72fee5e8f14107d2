/*
 * Processor time. The total time of a task is known exactly (sum_exec_runtime). How much of it was
 * in user mode is only sampled: each tick finds the task either in user mode or in the kernel. So
 * the exact time is divided in the proportion of the ticks.
 */
#include "kernel/lib/util.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/cpu.h"

struct kernel_cpustat kcpustat;

void account_tick(struct task_struct *p, bool user_tick)
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

/* runtime * part / whole, without overflow. part <= whole, whole is not 0. */
static u64 scale_runtime(u64 runtime, u64 part, u64 whole)
{
	u32 rest;
	u64 times;

	while (whole >> 32) {
		whole >>= 1;
		part >>= 1;
	}
	times = div_u64_rem(runtime, whole, &rest);
	return times * part + div_u64(rest * part, whole);
}

/* Divide u->sum_exec_runtime into u->utime_ns and u->stime_ns, in proportion to their present
   values, which were counted by ticks. */
static void cputime_adjust(struct task_usage *u, struct prev_cputime *prev)
{
	u64 runtime = u->sum_exec_runtime, user = u->utime_ns, system = u->stime_ns;
	unsigned long flags;

	local_irq_save(flags);
	if (prev->utime_ns + prev->stime_ns < runtime) {
		if (!system || !user)
			system = system ? runtime : 0;
		else
			system = scale_runtime(runtime, system, system + user);
		/* Neither value may decrease, though the proportion may change. */
		system = max(system, prev->stime_ns);
		if (runtime - system < prev->utime_ns)
			system = runtime - prev->utime_ns;
		*prev = (struct prev_cputime){runtime - system, system};
	}
	u->utime_ns = prev->utime_ns;
	u->stime_ns = prev->stime_ns;
	local_irq_restore(flags);
}

static void add_thread(struct task_usage *u, struct task_struct *p)
{
	u->utime_ns += p->utime_ns;
	u->stime_ns += p->stime_ns;
	u->sum_exec_runtime += task_sched_runtime(p);
	u->min_flt += p->min_flt;
	u->maj_flt += p->maj_flt;
	u->nvcsw += p->nvcsw;
	u->nivcsw += p->nivcsw;
}

void task_usage(struct task_struct *p, struct task_usage *u)
{
	*u = (struct task_usage){0};
	add_thread(u, p);
	cputime_adjust(u, &p->prev_cputime);
}

void thread_group_usage(struct task_struct *p, struct task_usage *u)
{
	struct signal_struct *sig = p->signal;
	struct task_struct *t;

	*u = (struct task_usage){
		.utime_ns = sig->utime_ns,
		.stime_ns = sig->stime_ns,
		.sum_exec_runtime = sig->sum_sched_runtime,
		.min_flt = sig->min_flt,
		.maj_flt = sig->maj_flt,
		.nvcsw = sig->nvcsw,
		.nivcsw = sig->nivcsw,
	};
	for_each_thread (p, t)
		add_thread(u, t);
	cputime_adjust(u, &sig->prev_cputime);
}

void account_dead_thread(struct signal_struct *sig, struct task_struct *p)
{
	sig->utime_ns += p->utime_ns;
	sig->stime_ns += p->stime_ns;
	sig->sum_sched_runtime += task_sched_runtime(p);
	sig->min_flt += p->min_flt;
	sig->maj_flt += p->maj_flt;
	sig->nvcsw += p->nvcsw;
	sig->nivcsw += p->nivcsw;
	task_io_accounting_add(&sig->ioac, &p->ioac);
}
