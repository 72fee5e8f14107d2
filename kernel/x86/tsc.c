/*
 * Nanoseconds from the time stamp counter: ns = base_ns + (tsc - base_tsc) * mult >> TSC_SHIFT,
 * with a base that every tick moves forward.
 */
#include "kernel/x86/tsc.h"
#include "kernel/core/panic.h"
#include "kernel/lib/util.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/div64.h"
#include "kernel/x86/pit.h"

#define TSC_SHIFT      22
#define NS_PER_MS      1000000U
#define CALIBRATE_MS   10
#define CALIBRATE_RUNS 3
#define MIN_KHZ	       1000 /* slower ones would overflow mult */

static u64 base_tsc, base_ns, last_ns;
static u32 mult; /* nanoseconds for 2^TSC_SHIFT cycles; 0: not running yet */

static u64 cycles_to_ns(u64 cycles)
{
	u32 high = cycles >> 32, low = (u32)cycles;

	return ((u64)low * mult >> TSC_SHIFT) + ((u64)high * mult << (32 - TSC_SHIFT));
}

/* A counter that went back (a restored machine) costs the time since the last tick, not the order
   of time. */
static noinline u64 long_since_tick(s64 cycles)
{
	return cycles > 0 ? base_ns + cycles_to_ns(cycles) : base_ns;
}

u64 tsc_sched_ns(void)
{
	u64 cycles = rdtsc() - base_tsc;

	if (unlikely(cycles >> 32))
		return long_since_tick(cycles);
	return base_ns + ((u64)(u32)cycles * mult >> TSC_SHIFT);
}

u64 tsc_ns(void)
{
	unsigned long flags;
	u64 ns;

	local_irq_save(flags);
	ns = tsc_sched_ns();
	if (ns < last_ns)
		ns = last_ns;
	last_ns = ns;
	local_irq_restore(flags);
	return ns;
}

u64 tsc_tick(void)
{
	u64 tsc = rdtsc();

	if (tsc > base_tsc)
		base_ns += cycles_to_ns(tsc - base_tsc);
	base_tsc = tsc;
	return tsc_ns();
}

void tsc_init(void)
{
	u64 best = ~0ULL;
	u32 khz, rem;
	int i;

	/* Whatever disturbs a measurement makes it longer: the shortest is the best. */
	for (i = 0; i < CALIBRATE_RUNS; i++) {
		u64 start = rdtsc(), cycles;

		pit_wait_ms(CALIBRATE_MS);
		cycles = rdtsc() - start;
		best = min(best, cycles);
	}
	khz = (u32)div_u64_rem(best, CALIBRATE_MS, &rem);
	if (khz < MIN_KHZ)
		panic("The time stamp counter does not count");
	boot_cpu_data.khz = khz;
	base_tsc = rdtsc();
	mult = (u32)div_u64_rem((u64)NS_PER_MS << TSC_SHIFT, khz, &rem);
	pr_info("tsc: Detected %u.%03u MHz processor\n", khz / 1000, khz % 1000);
}
