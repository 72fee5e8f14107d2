/*
 * What keeps the time limits of checks just.
 *
 * The watchdog: a thread that notes every half second that it runs, and a timer that looks for this
 * note. A kernel that loops lets no other thread run, and panics in the end, with the place where
 * it loops.
 *
 * The clock of the machine leaps to the next event when the processor halts (QEMU's -icount with
 * sleep=off), but a disk takes the host's time. So the processor does not halt while a disk works:
 * a busy host would use up the limits.
 */
#include "kernel/block/blkdev.h"
#include "kernel/checks/link.h"
#include "kernel/core/panic.h"
#include "kernel/irq/irq.h"
#include "kernel/lib/err.h"
#include "kernel/sched/sched.h"
#include "kernel/time/time.h"
#include "kernel/x86/ptrace.h"

#define PERIOD	     (HZ / 2)
#define PERIOD_NS    (NSEC_PER_SEC / 2)
#define MOST_PERIODS 5 /* without a note */
#define SYMBOL_MAX   96

static int periods; /* since the last note */

static int __noreturn note_that_it_runs(void *unused)
{
	for (;;) {
		periods = 0;
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule_timeout(PERIOD);
	}
}

static void look(struct timer_list *timer)
{
	const struct pt_regs *regs = get_irq_regs();
	char symbol[SYMBOL_MAX];

	mod_timer_ns(timer, ktime_get_ns() + PERIOD_NS);
	if (++periods <= MOST_PERIODS || user_mode(regs))
		return;
	show_trace(regs->ip, regs->bp);
	panic("the kernel lets nothing else run: %s[%d] loops in %s", current->comm, current->pid,
	      sprint_symbol(symbol, sizeof(symbol), regs->ip));
}

static bool no_disk_works(void)
{
	const struct block_device *bdev;

	list_for_each_entry (bdev, &all_bdevs, list)
		if (bdev->queue && bdev->queue->nr_in_flight)
			return false;
	return true;
}

void watchdog_start(void)
{
	static struct timer_list timer;

	idle_may_halt = no_disk_works;
	if (IS_ERR(kthread_run(note_that_it_runs, NULL, "watchdog")))
		panic("No memory for the watchdog");
	timer_setup(&timer, look);
	mod_timer_ns(&timer, ktime_get_ns() + PERIOD_NS);
}
