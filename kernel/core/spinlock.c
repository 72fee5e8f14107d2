/*
 * What only debug builds have of spin locks: the counter of held ones, and the checks that use it.
 */
#include "kernel/core/spinlock.h"
#include "kernel/core/panic.h"
#include "kernel/x86/cpu.h"

#if MAPIX_DEBUG
int spinlocks_held, sleep_yield;
void (*sleep_hook)(void);
static bool may_sleep_now; /* false until tasks run */

void allow_sleeping(void)
{
	may_sleep_now = true;
}

void spin_bug(const char *what)
{
	panic("spin lock %s", what);
}

void might_sleep_at(const char *file, int line)
{
	static unsigned int turns;

	if (!may_sleep_now || panic_in_progress)
		return;
	if (!spinlocks_held && !irqs_disabled() && !in_interrupt()) {
		if (nth_turn(&turns, sleep_yield))
			sleep_hook();
		return;
	}
	panic("sleeping function called from %s at %s:%d",
	      in_interrupt()	? "an interrupt handler"
	      : irqs_disabled() ? "a section with interrupts off"
				: "under a spin lock",
	      file, line);
}
#endif
