/*
 * Clocks: ticks, nanoseconds since boot, and the wall clock.
 */
#ifndef KERNEL_CORE_CLOCK_H
#define KERNEL_CORE_CLOCK_H

#include "kernel/abi/types.h"
#include "kernel/x86/div64.h"
#include <linux/time.h>

#define HZ		     250
#define NSEC_PER_SEC	     1000000000ULL
#define NSEC_PER_MSEC	     1000000ULL
#define NSEC_PER_USEC	     1000ULL
#define USEC_PER_SEC	     1000000UL
#define MSEC_PER_SEC	     1000UL
#define NSEC_PER_TICK	     (NSEC_PER_SEC / HZ)
#define USER_HZ		     100 /* the ticks that programs see in times(2) and /proc/PID/stat */
#define S64_MAX		     0x7fffffffffffffffLL
#define MAX_SCHEDULE_TIMEOUT 0x7fffffffL

/* Ticks since boot (starts at 0). `jiffies` wraps; compare with time_after. */
extern volatile unsigned long jiffies;
#define time_after(a, b) ((long)((b) - (a)) < 0)
/* Ticks as nanoseconds. */
u64 jiffies_to_nsecs(unsigned long j);
u64 nsec_to_clock_t(u64 ns); /* to USER_HZ, rounded down */

/* Seconds and nanoseconds, 64 bits of seconds: as in the *_time64 calls. */
struct timespec64 {
	s64 tv_sec;
	long tv_nsec;
};
/* The seconds are rounded down, so tv_nsec is never negative. */
struct timespec64 ns_to_timespec64(s64 ns);
/* Saturates at the largest s64. */
s64 timespec64_to_ns(const struct timespec64 *ts);
/* Non-negative seconds, nanoseconds below a second. */
static inline bool timespec64_valid(const struct timespec64 *ts)
{
	return ts->tv_sec >= 0 && (unsigned long)ts->tv_nsec < NSEC_PER_SEC;
}

/* Nanoseconds since boot: never jumps, never goes back. CLOCK_MONOTONIC and CLOCK_BOOTTIME. */
u64 ktime_get_ns(void);
/* The same, cheaper: interrupts are off. Usable before the clock is set up (then 0). */
u64 sched_clock(void);
/* The wall clock, since 1970. settimeofday changes it. */
s64 ktime_get_real_ns(void);
/* The one that a program means by CLOCK_REALTIME, or the monotonic one. */
static inline s64 ktime_get_clock_ns(clockid_t clock)
{
	return clock == CLOCK_REALTIME ? ktime_get_real_ns() : (s64)ktime_get_ns();
}
/* The wall clock in seconds, as of the last tick. */
s64 get_seconds(void);
/* Whole tick's value: cheap, for CLOCK_*_COARSE. */
u64 ktime_get_coarse_ns(void);
s64 ktime_get_coarse_real_ns(void);
/* Set the wall clock to real_ns nanoseconds since 1970. */
void do_settimeofday(s64 real_ns);
/* Starts the clocks; `wall` is what the RTC says, in seconds since 1970. */
void timekeeping_init(s64 wall);
/* The tick: advances jiffies and the coarse clock, and returns what the latter shows. Interrupts
   off. */
u64 timekeeping_tick(void);
/* Busy waits, for devices. */
void udelay(unsigned long us);

#endif
