/*
 * Running the checks of a lab, before there is a program. Without a host that asks for them, on the
 * second serial port, all run, the log tells of each, and the machine is switched off.
 */
#include "kernel/checks/check.h"
#include "kernel/core/panic.h"
#include "kernel/core/random.h"
#include "kernel/lib/err.h"
#include "kernel/locking/wait.h"
#include "kernel/sched/sched.h"
#include "kernel/time/time.h"

#define CHECK_SECONDS 2 /* of the machine's time: a check takes some milliseconds */

/* The table of the lab's checks: see linker.ld. */
extern const struct kernel_check __start_checks[], __stop_checks[];

static const struct kernel_check *running;
static bool failed;
static struct completion ended;

static void too_late(struct timer_list *timer)
{
	panic("the check %s has not ended after %d seconds of the machine's time", running->name,
	      CHECK_SECONDS);
}

void check_end(void)
{
	check_leave_mm();
	complete(&ended);
	do_exit(0);
}

static int check_thread(void *unused)
{
	failed = true;
	running->run();
	failed = false;
	check_end();
}

/* Run one in a thread of its own. Returns whether it found everything as it should be. */
static bool run_check(const struct kernel_check *check, u32 seed)
{
	struct timer_list timer;

	running = check;
	check_seed(seed);
	timer_setup(&timer, too_late);
	mod_timer_ns(&timer, ktime_get_ns() + CHECK_SECONDS * NSEC_PER_SEC);
	init_completion(&ended);
	if (IS_ERR(kthread_run(check_thread, NULL, "check")))
		panic("No memory for the thread of a check");
	wait_for_completion_killable(&ended); /* nothing kills the thread that becomes init */
	del_timer(&timer);
	return !failed;
}

void run_kernel_checks(void)
{
	u32 seed = get_random_u32();
	const struct kernel_check *check;

	pr_notice("checks: seed %08x\n", seed);
	for (check = __start_checks; check < __stop_checks; check++) {
		if (run_check(check, seed))
			pr_notice("check %s: ok\n", check->name);
		else
			pr_notice("check %s: failed: %s\n", check->name, check_reason());
	}
	machine_power_off();
}
