/*
 * System calls about clocks. Each comes in two kinds: with 32 bits of seconds, and (…64) with 64.
 */
#include "kernel/time/time.h"
#include "kernel/lib/util.h"
#include "kernel/time/itimer.h"
#include "kernel/sched/sched.h"
#include "kernel/signal/signal.h"
#include "kernel/syscall/syscall.h"
#include "kernel/syscall/timespec.h"
#include <linux/time.h>

/* A negative clock id is a process's or thread's processor time: ~pid << 3 | per thread << 2 |
 * kind. */
#define CPUCLOCK_KIND_MASK 3
#define CPUCLOCK_VIRT	   1 /* user time */
#define CPUCLOCK_SCHED	   2 /* time on the processor */
#define CPUCLOCK_PID_SHIFT 3

#define CPUCLOCK_OWN_PROCESS ((clockid_t)(~0U << CPUCLOCK_PID_SHIFT | CPUCLOCK_SCHED))

static struct timezone sys_tz;

/* ---- reading clocks ---- */

/* Whose clock is it, and which? 0 or -EINVAL. */
static int find_cpu_clock(clockid_t id, struct task_struct **p, enum cpu_clock *clock)
{
	pid_t pid = ~(id >> CPUCLOCK_PID_SHIFT);

	if (id == CLOCK_PROCESS_CPUTIME_ID)
		return find_cpu_clock(CPUCLOCK_OWN_PROCESS, p, clock);
	*p = pid ? find_task_by_pid(pid) : current;
	*clock = (id & CPUCLOCK_PERTHREAD) |
		 ((id & CPUCLOCK_KIND_MASK) == CPUCLOCK_VIRT ? CPUCLOCK_USER : CPUCLOCK_ALL);
	if (id >= 0 || (id & CPUCLOCK_KIND_MASK) > CPUCLOCK_SCHED || !*p)
		return -EINVAL;
	if (id & CPUCLOCK_PERTHREAD)
		return (*p)->tgid == current->tgid ? 0 : -EINVAL;
	return !pid || thread_group_leader(*p) ? 0 : -EINVAL;
}

static int clock_get(clockid_t id, struct timespec64 *ts)
{
	struct task_struct *p;
	enum cpu_clock clock;
	s64 ns;
	int err;

	switch (id) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_TAI: /* the offset to TAI is 0, as it was never set */
		ns = ktime_get_real_ns();
		break;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		ns = ktime_get_ns();
		break;
	case CLOCK_REALTIME_COARSE:
		ns = ktime_get_coarse_real_ns();
		break;
	case CLOCK_MONOTONIC_COARSE:
		ns = ktime_get_coarse_ns();
		break;
	case CLOCK_THREAD_CPUTIME_ID:
		ns = task_sched_runtime(current);
		break;
	default:
		err = find_cpu_clock(id, &p, &clock);
		if (err)
			return err;
		ns = cpu_clock_sample(p, clock);
	}
	*ts = ns_to_timespec64(ns);
	return 0;
}

static int clock_res(clockid_t id, struct timespec64 *ts)
{
	int err = clock_get(id, ts);
	bool coarse;

	if (err)
		return err;
	coarse = id == CLOCK_REALTIME_COARSE || id == CLOCK_MONOTONIC_COARSE ||
		 (id < 0 && (id & CPUCLOCK_KIND_MASK) != CPUCLOCK_SCHED);
	*ts = (struct timespec64){.tv_nsec = coarse ? NSEC_PER_TICK : 1};
	return 0;
}

SYSCALL_DEFINE2(clock_gettime, clockid_t, id, struct __kernel_old_timespec __user *, tp)
{
	struct timespec64 ts;
	int err = clock_get(id, &ts);

	return err ? err : put_old_timespec(&ts, tp);
}
SYSCALL_DEFINE2(clock_gettime64, clockid_t, id, struct __kernel_timespec __user *, tp)
{
	struct timespec64 ts;
	int err = clock_get(id, &ts);

	return err ? err : put_timespec64(&ts, tp);
}
SYSCALL_DEFINE2(clock_getres, clockid_t, id, struct __kernel_old_timespec __user *, tp)
{
	struct timespec64 ts;
	int err = clock_res(id, &ts);

	return err || !tp ? err : put_old_timespec(&ts, tp);
}
SYSCALL_DEFINE2(clock_getres_time64, clockid_t, id, struct __kernel_timespec __user *, tp)
{
	struct timespec64 ts;
	int err = clock_res(id, &ts);

	return err || !tp ? err : put_timespec64(&ts, tp);
}

SYSCALL_DEFINE1(time, __kernel_old_time_t __user *, tloc)
{
	long now = (long)get_seconds();

	if (tloc && put_user(now, tloc))
		return -EFAULT;
	return now;
}

SYSCALL_DEFINE2(gettimeofday, struct __kernel_old_timeval __user *, tv, struct timezone __user *,
		tz)
{
	if (tv) {
		struct timespec64 ts = ns_to_timespec64(ktime_get_real_ns());
		struct __kernel_old_timeval k = {(long)ts.tv_sec, ts.tv_nsec / (long)NSEC_PER_USEC};

		if (copy_to_user(tv, &k, sizeof(k)))
			return -EFAULT;
	}
	if (tz && copy_to_user(tz, &sys_tz, sizeof(sys_tz)))
		return -EFAULT;
	return 0;
}

/* ---- setting the wall clock ---- */

/* What nanoseconds since 1970 in 63 bits can tell, less thirty years for the machine to run. */
#define KTIME_SEC_MAX	    (S64_MAX / (s64)NSEC_PER_SEC)
#define TIME_UPTIME_SEC_MAX (30LL * 365 * 24 * 3600)
#define TIME_SETTOD_SEC_MAX (KTIME_SEC_MAX - TIME_UPTIME_SEC_MAX)

static bool is_settable_time(const struct timespec64 *ts)
{
	return timespec64_valid(ts) && ts->tv_sec < TIME_SETTOD_SEC_MAX;
}

static int set_wall_clock(const struct timespec64 *ts)
{
	if (!is_settable_time(ts))
		return -EINVAL;
	if (!has_cap(CAP_SYS_TIME))
		return -EPERM;
	/* The monotonic clock must not have begun after the wall clock's beginning. */
	if (timespec64_to_ns(ts) < (s64)ktime_get_ns())
		return -EINVAL;
	do_settimeofday(timespec64_to_ns(ts));
	return 0;
}

/* Checked before the time is read: can this clock be set at all? */
static int check_settable_clock(clockid_t id)
{
	return id == CLOCK_REALTIME || id < 0 ? 0 : -EINVAL;
}

static int clock_set(clockid_t id, const struct timespec64 *ts)
{
	struct task_struct *p;
	enum cpu_clock clock;

	if (id == CLOCK_REALTIME)
		return set_wall_clock(ts);
	return find_cpu_clock(id, &p, &clock) ? -EINVAL : -EPERM;
}

SYSCALL_DEFINE2(clock_settime, clockid_t, id, const struct __kernel_old_timespec __user *, tp)
{
	struct timespec64 ts;
	int err = check_settable_clock(id);

	if (!err)
		err = get_old_timespec(&ts, tp);
	return err ? err : clock_set(id, &ts);
}
SYSCALL_DEFINE2(clock_settime64, clockid_t, id, const struct __kernel_timespec __user *, tp)
{
	struct timespec64 ts;
	int err = check_settable_clock(id);

	if (!err)
		err = get_timespec64(&ts, tp);
	return err ? err : clock_set(id, &ts);
}

SYSCALL_DEFINE2(settimeofday, struct __kernel_old_timeval __user *, tv, struct timezone __user *,
		tz)
{
	const int max_minutes = 15 * 60;
	struct __kernel_old_timeval k;
	struct timespec64 ts;
	struct timezone new_tz;

	if (tv && copy_from_user(&k, tv, sizeof(k)))
		return -EFAULT;
	if (tv && (k.tv_usec < 0 || k.tv_usec >= (long)USEC_PER_SEC))
		return -EINVAL;
	if (tz && copy_from_user(&new_tz, tz, sizeof(new_tz)))
		return -EFAULT;
	if (tv) {
		ts = (struct timespec64){k.tv_sec, k.tv_usec * (long)NSEC_PER_USEC};
		if (!is_settable_time(&ts))
			return -EINVAL;
	}
	if (!has_cap(CAP_SYS_TIME))
		return -EPERM;
	if (tz) {
		if (new_tz.tz_minuteswest > max_minutes || new_tz.tz_minuteswest < -max_minutes)
			return -EINVAL;
		sys_tz = new_tz;
	}
	return tv ? set_wall_clock(&ts) : 0;
}

SYSCALL_DEFINE1(stime, __kernel_old_time_t __user *, tptr)
{
	struct timespec64 ts = {};
	long sec;

	if (get_user(sec, tptr))
		return -EFAULT;
	if (!has_cap(CAP_SYS_TIME))
		return -EPERM;
	ts.tv_sec = sec;
	set_wall_clock(&ts); /* as in Linux, a refusal is not reported */
	return 0;
}

/* ---- sleeping ---- */

enum rmtp_kind {
	RMTP_NONE,
	RMTP_OLD,
	RMTP_64
};

static long put_remaining(u64 expires_ns, enum rmtp_kind kind, void __user *rmtp)
{
	u64 now = ktime_get_ns();
	struct timespec64 left = ns_to_timespec64(expires_ns > now ? (s64)(expires_ns - now) : 0);

	if (kind == RMTP_OLD)
		return put_old_timespec(&left, rmtp);
	return kind == RMTP_64 ? put_timespec64(&left, rmtp) : 0;
}

/* Until the time comes: 0, or -EINTR if a signal came first. */
static long sleep_until(clockid_t clock, s64 expires_ns)
{
	while (ktime_get_clock_ns(clock) < expires_ns) {
		if (signal_pending(current))
			return -EINTR;
		set_current_state(TASK_INTERRUPTIBLE);
		if (!schedule_until_clock_ns(clock, expires_ns))
			break;
	}
	return 0;
}

/* The end of a span that begins now. */
static u64 saturated_sum(u64 now, s64 ns)
{
	const u64 forever = ~0ULL >> 1;

	return (u64)ns > forever - now ? forever : now + ns;
}

static long cpu_nanosleep_restart(struct restart_block *restart);

/* Until the clock `id` shows expires_ns. */
static long cpu_nanosleep(clockid_t id, struct task_struct *p, enum cpu_clock clock, u64 expires_ns,
			  enum rmtp_kind kind, void __user *rmtp)
{
	struct restart_block *restart = &current->restart_block;
	u64 now;
	int err;

	get_task_struct(p);
	err = cpu_clock_sleep(p, clock, expires_ns);
	now = cpu_clock_sample(p, clock);
	put_task_struct(p);
	if (!err)
		return 0;
	now = ktime_get_ns() + (expires_ns > now ? expires_ns - now : 0);
	if (put_remaining(now, kind, rmtp))
		return -EFAULT;
	restart->fn = cpu_nanosleep_restart;
	restart->arg[0] = id;
	restart->expires_ns = expires_ns;
	restart->kind = kind;
	restart->rmtp = (void *)rmtp;
	return -ERESTART_RESTARTBLOCK;
}

static long cpu_nanosleep_restart(struct restart_block *restart)
{
	clockid_t id = restart->arg[0];
	struct task_struct *p;
	enum cpu_clock clock;
	int err = find_cpu_clock(id, &p, &clock);

	return err ? err
		   : cpu_nanosleep(id, p, clock, restart->expires_ns, restart->kind, restart->rmtp);
}

static long do_cpu_nanosleep(clockid_t id, int flags, s64 ns, enum rmtp_kind kind,
			     void __user *rmtp)
{
	struct task_struct *p;
	enum cpu_clock clock;
	int err = find_cpu_clock(id, &p, &clock);
	long ret;

	/* A thread's own CPU time does not advance while it sleeps. */
	if (err || ((clock & CPUCLOCK_PERTHREAD) && p == current))
		return -EINVAL;
	if (!(flags & TIMER_ABSTIME))
		return cpu_nanosleep(id, p, clock, saturated_sum(cpu_clock_sample(p, clock), ns),
				     rmtp ? kind : RMTP_NONE, rmtp);
	ret = cpu_nanosleep(id, p, clock, ns, RMTP_NONE, NULL);
	return ret == -ERESTART_RESTARTBLOCK ? -ERESTARTNOHAND : ret;
}

static long nanosleep_restart(struct restart_block *restart)
{
	if (!sleep_until(CLOCK_MONOTONIC, restart->expires_ns))
		return 0;
	if (put_remaining(restart->expires_ns, restart->kind, restart->rmtp))
		return -EFAULT;
	return -ERESTART_RESTARTBLOCK;
}

static long relative_sleep(s64 ns, enum rmtp_kind kind, void __user *rmtp)
{
	u64 expires = saturated_sum(ktime_get_ns(), ns);

	if (!sleep_until(CLOCK_MONOTONIC, expires))
		return 0;
	if (!rmtp)
		kind = RMTP_NONE;
	if (put_remaining(expires, kind, rmtp))
		return -EFAULT;
	current->restart_block.fn = nanosleep_restart;
	current->restart_block.expires_ns = expires;
	current->restart_block.rmtp = (void *)rmtp;
	current->restart_block.kind = kind;
	return -ERESTART_RESTARTBLOCK;
}

/* Clocks that one can sleep by. */
static int check_sleep_clock(clockid_t id)
{
	struct timespec64 ts;

	switch (id) {
	case CLOCK_REALTIME:
	case CLOCK_TAI:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM:
	case CLOCK_PROCESS_CPUTIME_ID:
		return 0;
	default:
		if (id < 0)
			return 0;
		return clock_get(id, &ts) ? -EINVAL : -EOPNOTSUPP;
	}
}

/* The clocks that would wake a machine which sleeps. */
static int check_alarm_clock(int flags)
{
	if (flags & ~TIMER_ABSTIME)
		return -EINVAL;
	return has_cap(CAP_WAKE_ALARM) ? 0 : -EPERM;
}

static long do_clock_nanosleep(clockid_t id, int flags, const struct timespec64 *ts,
			       enum rmtp_kind kind, void __user *rmtp)
{
	int err = 0;

	if (!timespec64_valid(ts))
		return -EINVAL;
	if (id == CLOCK_REALTIME_ALARM || id == CLOCK_BOOTTIME_ALARM)
		err = check_alarm_clock(flags);
	if (err)
		return err;
	if (id < 0 || id == CLOCK_PROCESS_CPUTIME_ID)
		return do_cpu_nanosleep(id, flags, timespec64_to_ns(ts), kind, rmtp);
	if (flags & TIMER_ABSTIME) {
		bool wall = id == CLOCK_REALTIME || id == CLOCK_TAI || id == CLOCK_REALTIME_ALARM;

		return sleep_until(wall ? CLOCK_REALTIME : CLOCK_MONOTONIC, timespec64_to_ns(ts))
			       ? -ERESTARTNOHAND
			       : 0;
	}
	return relative_sleep(timespec64_to_ns(ts), kind, rmtp);
}

SYSCALL_DEFINE4(clock_nanosleep, clockid_t, id, int, flags,
		const struct __kernel_old_timespec __user *, rqtp,
		struct __kernel_old_timespec __user *, rmtp)
{
	struct timespec64 ts;
	int err = check_sleep_clock(id);

	if (!err)
		err = get_old_timespec(&ts, rqtp);
	return err ? err : do_clock_nanosleep(id, flags, &ts, RMTP_OLD, rmtp);
}
SYSCALL_DEFINE4(clock_nanosleep_time64, clockid_t, id, int, flags,
		const struct __kernel_timespec __user *, rqtp, struct __kernel_timespec __user *,
		rmtp)
{
	struct timespec64 ts;
	int err = check_sleep_clock(id);

	if (!err)
		err = get_timespec64(&ts, rqtp);
	return err ? err : do_clock_nanosleep(id, flags, &ts, RMTP_64, rmtp);
}
SYSCALL_DEFINE2(nanosleep, const struct __kernel_old_timespec __user *, rqtp,
		struct __kernel_old_timespec __user *, rmtp)
{
	struct timespec64 ts;

	if (get_old_timespec(&ts, rqtp))
		return -EFAULT;
	return do_clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, RMTP_OLD, rmtp);
}
