/*
 * The timer interrupt: HZ times a second it advances the clock, runs expired timers and calls the
 * scheduler.
 */
#include "kernel/core/panic.h"
#include "kernel/irq/irq.h"
#include "kernel/sched/sched.h"
#include "kernel/time/time.h"
#include "kernel/x86/pit.h"
#include "kernel/x86/ptrace.h"

static void timer_tick(bool user_tick)
{
	u64 now = timekeeping_tick();

	run_timers(now, ktime_get_coarse_real_ns());
	scheduler_tick(user_tick);
}

static irqreturn_t timer_interrupt(int irq, void *dev_id)
{
	timer_tick(user_mode(get_irq_regs()));
	return IRQ_HANDLED;
}

void tick_init(void)
{
	pit_start_tick();
	if (request_irq(PIT_IRQ, timer_interrupt, "timer", NULL))
		panic("No memory for the timer interrupt");
}
