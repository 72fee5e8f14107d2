/*
 * Kernel code is not preempted, so a loop without cond_resched() keeps all other tasks waiting.
 * Debug builds measure how long, beginning with the tick that finds another task waiting. If it
 * takes too long, they log a backtrace of the running task.
 */
#include "kernel/sched/latency.h"
#include "kernel/core/panic.h"
#include "kernel/core/spinlock.h"
#include "kernel/time/time.h"
#include "kernel/sched/sched.h"
#include "kernel/irq/irq.h"
#include "kernel/x86/ptrace.h"
#include "kernel/x86/uaccess.h"

#if MAPIX_DEBUG
int latency_warn_ms;
static u64 wanted_since; /* when another task began to wait, in ns; 0: none waits, or it was
			    reported already */
static bool told, paused;

void latency_reset(void)
{
	wanted_since = 0;
	told = false;
}

void latency_pause(void)
{
	paused = true;
}

void latency_resume(void)
{
	paused = false;
	latency_reset();
}

void might_resched(void)
{
	might_sleep();
	BUG_ON(faulthandler_disabled());
	BUG_ON(current->state !=
	       TASK_RUNNING); /* it would go to sleep here, and miss the event that it waits for */
}

void latency_tick(const struct task_struct *p)
{
	const struct pt_regs *regs = get_irq_regs();
	u64 now = sched_clock(), waited;

	if (!latency_warn_ms || paused || told || !test_task_work(p, TIF_NEED_RESCHED))
		return;
	if (!wanted_since)
		wanted_since = now;
	waited = now - wanted_since;
	if (waited < (u64)latency_warn_ms * NSEC_PER_MSEC || user_mode(regs))
		return;
	told = true;
	pr_warn("latency: %s[%d] has kept the processor for %llu us while others waited\n", p->comm,
		p->pid, div_u64(waited, NSEC_PER_USEC));
	show_trace(regs->ip, regs->bp);
}
#endif
