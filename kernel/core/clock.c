/*
 * Time. Two sources: the tick, HZ times a second, which counts jiffies, and the
 * processor's time stamp counter, which tells the nanoseconds in between.
 */
#include "kernel/core/clock.h"
#include "kernel/lib/util.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/tsc.h"

volatile unsigned long jiffies;

static u64 tick_ns;	   /* the monotonic clock at the last tick */
static s64 wall_offset_ns; /* wall clock minus monotonic clock */

u64 jiffies_to_nsecs(unsigned long j)
{
	return (u64)j * NSEC_PER_TICK;
}

u64 nsec_to_clock_t(u64 ns)
{
	return div_u64(ns, NSEC_PER_SEC / USER_HZ);
}

struct timespec64 ns_to_timespec64(s64 ns)
{
	struct timespec64 ts;
	s32 rem;

	ts.tv_sec = div_s64_rem(ns, NSEC_PER_SEC, &rem);
	if (rem < 0) {
		ts.tv_sec--;
		rem += NSEC_PER_SEC;
	}
	ts.tv_nsec = rem;
	return ts;
}

s64 timespec64_to_ns(const struct timespec64 *ts)
{
	const s64 sec_max = S64_MAX / NSEC_PER_SEC;

	if (ts->tv_sec >= sec_max)
		return S64_MAX;
	if (ts->tv_sec <= -sec_max)
		return -S64_MAX;
	return ts->tv_sec * (s64)NSEC_PER_SEC + ts->tv_nsec;
}

u64 sched_clock(void)
{
	return tsc_sched_ns();
}
u64 ktime_get_ns(void)
{
	return tsc_ns();
}
s64 ktime_get_real_ns(void)
{
	return (s64)tsc_ns() + wall_offset_ns;
}
u64 ktime_get_coarse_ns(void)
{
	return tick_ns;
}
s64 ktime_get_coarse_real_ns(void)
{
	return (s64)tick_ns + wall_offset_ns;
}
s64 get_seconds(void)
{
	return ns_to_timespec64(ktime_get_coarse_real_ns()).tv_sec;
}

void do_settimeofday(s64 real_ns)
{
	wall_offset_ns = real_ns - (s64)tsc_ns();
}

void timekeeping_init(s64 wall)
{
	tick_ns = tsc_ns();
	wall_offset_ns = wall * (s64)NSEC_PER_SEC - (s64)tick_ns;
}

u64 timekeeping_tick(void)
{
	jiffies++;
	return tick_ns = tsc_tick();
}

void udelay(unsigned long us)
{
	u64 start = tsc_ns(), end = start + (u64)us * NSEC_PER_USEC;

	/* Before the clock runs, a port access serves: about a microsecond. */
	for (; !start && us; us--)
		io_delay();
	while (start && tsc_ns() < end)
		cpu_relax();
}
