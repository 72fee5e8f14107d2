/*
 * Nanoseconds from the time stamp counter: ns = base_ns + (tsc - base_tsc) * mult >> TSC_SHIFT,
 * with a base that every tick moves forward.
 *
 * The frequency is measured against the PIT: both counters are read at one moment, and again some
 * time later. A host may stop a virtual machine at any instruction, for any length of time. That
 * matters only between the two readings of one moment, where it is detected: the TSC is read before
 * and after the PIT. At boot the measurement is repeated until two agree. It is then made again
 * every second, in case those two were wrong.
 */
#include "kernel/x86/tsc.h"
#include "kernel/core/cmdline.h"
#include "kernel/core/panic.h"
#include "kernel/core/clock.h"
#include "kernel/lib/util.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/div64.h"
#include "kernel/x86/pit.h"

#define TSC_SHIFT 22
#define NS_PER_MS 1000000U
#define MIN_KHZ	  1000 /* slower ones would overflow mult */

#define SAMPLE_TRIES	5
#define MEASURE_COUNT	(PIT_TICK_RATE / 1000 * 15) /* one measurement takes 15 ms at least */
#define MAX_ERROR	1024			    /* a measurement may be wrong by 1/1024 */
#define AGREE		512 /* two measurements that agree differ by at most 1/512 */
#define CALIBRATE_TRIES 200
#define GUESSED_KHZ	1000000

static u64 base_tsc, base_ns, last_ns;
static u32 mult; /* nanoseconds for 2^TSC_SHIFT cycles; 0: not running yet */

static u64 cycles_to_ns(u64 cycles)
{
	u32 high = cycles >> 32, low = (u32)cycles;

	return ((u64)low * mult >> TSC_SHIFT) + ((u64)high * mult << (32 - TSC_SHIFT));
}

/* If the counter goes back (a restored virtual machine), the time since the last tick is lost, but
   the clock does not go back. */
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

/* ---- measuring ---- */

/* One moment, on both clocks. */
struct moment {
	u64 tsc;
	u64 width; /* the time stamps before and after differ by this */
	unsigned int count;
};

/* Takes the narrowest of several readings; false if the count has run out. Interrupts are off. */
static bool take_moment(struct moment *m)
{
	m->width = ~0ULL;
	for (int i = 0; i < SAMPLE_TRIES; i++) {
		u64 before = rdtsc(), width;
		int count;

		pit_latch_count();
		width = rdtsc() - before;
		count = pit_latched_count();
		if (count < 0)
			return false;
		if (width < m->width)
			*m = (struct moment){before + width / 2, width, count};
	}
	return true;
}

enum measured {
	TOO_EARLY,
	SPOILT,
	DONE
};

/* The frequency from the time since `start`. */
static enum measured measure_since(const struct moment *start, u32 *khz)
{
	struct moment now;
	u64 cycles, result;
	u32 count;

	if (!take_moment(&now))
		return SPOILT;
	count = now.count - start->count;
	if (count < MEASURE_COUNT)
		return TOO_EARLY;
	cycles = now.tsc - start->tsc;
	if ((start->width + now.width) * MAX_ERROR > cycles)
		return SPOILT;
	result = div_u64(cycles * PIT_TICK_RATE, count * MSEC_PER_SEC);
	*khz = result;
	return result >> 32 ? SPOILT : DONE;
}

static bool agree(u32 a, u32 b)
{
	return max(a, b) - min(a, b) <= max(a, b) / AGREE;
}

/* ---- the clock's rate ---- */

static void set_khz(u32 khz)
{
	boot_cpu_data.khz = khz;
	mult = (u32)div_u64((u64)NS_PER_MS << TSC_SHIFT, khz);
}

static bool measure(u32 *khz)
{
	enum measured m = SPOILT;
	struct moment start;

	pit_start_count();
	if (take_moment(&start))
		while ((m = measure_since(&start, khz)) == TOO_EARLY)
			;
	return m == DONE;
}

/* The frequency on which two measurements in a row agree. If no two agree, the last one;
 * check_rate() will correct it.
 */
static u32 calibrate(void)
{
	u32 khz = GUESSED_KHZ, last = 0;

	for (int i = 0; i < CALIBRATE_TRIES; i++) {
		if (!measure(&khz))
			continue;
		if (agree(khz, last))
			return khz;
		last = khz;
	}
	pr_warn("tsc: No two measurements agree\n");
	return khz;
}

void tsc_init(void)
{
	u32 khz = cmdline_get_ulong("tsc_early_khz", 0);

	if (!khz)
		khz = calibrate();
	if (khz < MIN_KHZ)
		panic("The time stamp counter does not count");
	base_tsc = rdtsc();
	set_khz(khz);
	pr_info("tsc: Detected %u.%03u MHz processor\n", khz / 1000, khz % 1000);
}

/* ---- correction ---- */

#define CHECK_TICKS HZ /* from the end of one check to the beginning of the next */

static struct {
	struct moment start;
	bool counting;
	unsigned int ticks; /* until the next check */
	u32 suspect_khz;    /* what the last check found, if it differed from our rate */
} check;

/* The rate changes when two checks in a row agree on it. The time does not jump, because the base
   was set just now. */
static void check_result(u32 khz)
{
	check.ticks = CHECK_TICKS;
	if (agree(khz, boot_cpu_data.khz) || khz < MIN_KHZ) {
		check.suspect_khz = 0;
	} else if (agree(khz, check.suspect_khz)) {
		set_khz(khz);
		check.suspect_khz = 0;
		pr_info("tsc: Refined TSC clocksource calibration: %u.%03u MHz\n", khz / 1000,
			khz % 1000);
	} else {
		check.suspect_khz = khz;
		check.ticks = 0;
	}
}

static void check_rate(void)
{
	u32 khz;

	if (!check.counting) {
		if (check.ticks) {
			check.ticks--;
			return;
		}
		pit_start_count();
		check.counting = take_moment(&check.start);
		return;
	}
	switch (measure_since(&check.start, &khz)) {
	case TOO_EARLY:
		return;
	case DONE:
		check_result(khz);
		break;
	case SPOILT: /* once more, at once */
		break;
	}
	check.counting = false;
}

u64 tsc_tick(void)
{
	u64 tsc = rdtsc();

	if (tsc > base_tsc)
		base_ns += cycles_to_ns(tsc - base_tsc);
	base_tsc = tsc;
	check_rate();
	return tsc_ns();
}
