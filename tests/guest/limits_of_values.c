/*
 * Values at the ends of what a call takes: which are refused, with which error first, which are cut
 * off, and what is told of those that are taken.
 */
#include "check.h"
#include "procfile.h"
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/klog.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#define STRANGER   1000
#define CAPS_NONE  setuid(STRANGER)
#define BAD	   ((void *)8)
#define ALARM	   9 /* CLOCK_BOOTTIME_ALARM */
#define CPU_CLOCK  (-6)
#define SYSLOG_ALL 3
#define SYSLOG_LEN 10

struct time64 {
	long long sec, nsec;
};

static long clock_set64(int clock, const void *t)
{
	return syscall(SYS_clock_settime64, clock, t);
}

/* STATEMENT in a child without rights. */
#define AS_STRANGER(STATEMENT)             \
	do {                               \
		pid_t pid_ = fork();       \
		CHECK(pid_ >= 0);          \
		if (!pid_) {               \
			CHECK(!CAPS_NONE); \
			STATEMENT;         \
			_exit(0);          \
		}                          \
		CHECK_CHILD(pid_);         \
	} while (0)

/* ---- clocks ---- */

TEST(what_is_wrong_with_a_clock_is_told_before_what_is_wrong_with_the_time)
{
	struct time64 bad = {-1, 0}, good = {1000000000, 0};
	int clock;

	need_root();
	for (clock = 1; clock < 13; clock++)
		CHECK_ERRNO(clock_set64(clock, BAD), EINVAL);
	CHECK_ERRNO(clock_set64(CLOCK_REALTIME, BAD), EFAULT);
	CHECK_ERRNO(clock_set64(CPU_CLOCK, BAD), EFAULT);
	CHECK_ERRNO(clock_set64(CPU_CLOCK, &bad), EPERM);
	CHECK_ERRNO(clock_set64(CPU_CLOCK, &good), EPERM);
	AS_STRANGER(CHECK_ERRNO(clock_set64(CLOCK_REALTIME, &bad), EINVAL));
	AS_STRANGER(CHECK_ERRNO(clock_set64(CLOCK_REALTIME, &good), EPERM));
}

TEST(the_old_calls_to_set_the_clock)
{
	long negative[2] = {-1, 0}, good[2] = {1000000000, 0}, now = time(NULL);

	need_root();
	AS_STRANGER(CHECK_ERRNO(syscall(SYS_settimeofday, negative, NULL), EINVAL));
	AS_STRANGER(CHECK_ERRNO(syscall(SYS_settimeofday, good, NULL), EPERM));
	AS_STRANGER(CHECK_ERRNO(syscall(SYS_stime, negative), EPERM));
	AS_STRANGER(CHECK_ERRNO(syscall(SYS_stime, BAD), EFAULT));
	CHECK_EQ(syscall(SYS_stime, negative), 0); /* nobody hears that it is refused */
	CHECK(time(NULL) >= now && time(NULL) < now + 60);
}

TEST(clocks_that_wake_the_machine_need_the_right_to)
{
	struct time64 moment = {0, 1}, bad = {0, -1};

	need_root();
	CHECK_EQ(syscall(SYS_clock_nanosleep_time64, ALARM, 0, &moment, NULL), 0);
	CHECK_ERRNO(syscall(SYS_clock_nanosleep_time64, ALARM, 2, &moment, NULL), EINVAL);
	CHECK_EQ(syscall(SYS_clock_nanosleep_time64, CLOCK_MONOTONIC, 2, &moment, NULL), 0);
	AS_STRANGER(
		CHECK_ERRNO(syscall(SYS_clock_nanosleep_time64, ALARM, 0, &moment, NULL), EPERM));
	AS_STRANGER(
		CHECK_ERRNO(syscall(SYS_clock_nanosleep_time64, ALARM, 2, &moment, NULL), EINVAL));
	AS_STRANGER(CHECK_ERRNO(syscall(SYS_clock_nanosleep_time64, ALARM, 0, &bad, NULL), EINVAL));
}

/* The rest of a time that no clock of nanoseconds can show, in seconds. */
static long long left_of(long long sec)
{
	struct time64 t = {sec, 999999999};
	struct pollfd p = {.fd = 1, .events = POLLOUT};

	CHECK_EQ(syscall(SYS_ppoll_time64, &p, 1, &t, NULL, 8), 1);
	return t.sec;
}

TEST(the_rest_of_a_long_wait_is_told_in_full)
{
	const long long ends[] = {1000, 9223372036LL, 10000000000LL, 1LL << 40, 1LL << 62};
	unsigned i;

	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		CHECK(left_of(ends[i]) <= ends[i] && left_of(ends[i]) > ends[i] - 60);
	/* but the sum with the time of today is cut off */
	CHECK(left_of(0x7fffffffffffffffLL) > 0x7fffffffffffffffLL - 100LL * 24 * 3600);
}

/* ---- scheduling ---- */

struct attr {
	unsigned size, sched_policy;
	unsigned long long flags;
	int sched_nice;
	unsigned priority;
	unsigned long long runtime, deadline, period;
};

TEST(idle_tasks_keep_their_niceness)
{
	struct attr attr = {.size = sizeof(attr), .sched_policy = SCHED_IDLE, .sched_nice = -21};

	need_root();
	CHECK_EQ(syscall(SYS_sched_setattr, 0, &attr, 0), 0);
	CHECK_EQ(syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 0), 0);
	CHECK_EQ(attr.sched_nice, 0);
	attr = (struct attr){.size = sizeof(attr), .sched_policy = SCHED_BATCH, .sched_nice = -21};
	CHECK_EQ(syscall(SYS_sched_setattr, 0, &attr, 0), 0);
	CHECK_EQ(syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 0), 0);
	CHECK_EQ(attr.sched_nice, -20);
}

/* ---- /proc/sys ---- */

/* Write a text as one piece; 0 or errno. */
static int put(const char *name, const char *text)
{
	int n = try_write(name, text);

	return n < 0 ? -n : 0;
}

#define RR_SLICE "/proc/sys/kernel/sched_rr_timeslice_ms"

static long rr_interval_ms(void)
{
	struct timespec ts;

	CHECK_EQ(sched_rr_get_interval(0, &ts), 0);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

TEST(the_time_slice_of_round_robin)
{
	struct sched_param param = {1};

	need_root();
	CHECK_EQ(sched_setscheduler(0, SCHED_RR, &param), 0);
	CHECK_STR(slurp(RR_SLICE), "100\n");
	CHECK_EQ(rr_interval_ms(), 100);
	CHECK_EQ(put(RR_SLICE, "21"), 0);
	CHECK_STR(slurp(RR_SLICE), "21\n");
	CHECK_EQ(rr_interval_ms(), 24); /* whole ticks */
	CHECK_EQ(put(RR_SLICE, "2147483648"), EINVAL);
	CHECK_STR(slurp(RR_SLICE), "21\n");
	CHECK_EQ(put(RR_SLICE, "-1"), 0); /* the default */
	CHECK_STR(slurp(RR_SLICE), "100\n");
	CHECK_EQ(rr_interval_ms(), 100);
}

#define NR_OPEN "/proc/sys/fs/nr_open"

TEST(no_descriptor_is_above_nr_open)
{
	struct rlimit r = {256, 256}, more = {257, 257};

	need_root();
	CHECK_STR(slurp(NR_OPEN), "1048576\n");
	CHECK_EQ(put(NR_OPEN, "31"), EINVAL);
	CHECK_EQ(put(NR_OPEN, "1073741793"), EINVAL);
	CHECK_EQ(put(NR_OPEN, "256"), 0);
	int limit = setrlimit(RLIMIT_NOFILE, &r), above = setrlimit(RLIMIT_NOFILE, &more);
	int err = errno, last = dup2(1, 255), fd = dup2(1, 256);

	CHECK_EQ(put(NR_OPEN, "1048576"), 0);
	CHECK_EQ(limit, 0);
	CHECK(above == -1 && err == EPERM);
	CHECK_EQ(last, 255);
	CHECK_EQ(fd, -1);
}

TEST(threads_max_may_be_small)
{
	const char *before = strdup(slurp("/proc/sys/kernel/threads-max"));

	need_root();
	CHECK_EQ(put("/proc/sys/kernel/threads-max", "0"), EINVAL);
	CHECK_EQ(put("/proc/sys/kernel/threads-max", "1073741824"), EINVAL);
	CHECK_EQ(put("/proc/sys/kernel/threads-max", "1"), 0);
	pid_t pid = fork();
	int err = errno;

	CHECK_EQ(put("/proc/sys/kernel/threads-max", before), 0);
	CHECK(pid == -1 && err == EAGAIN);
}

/* ---- the kernel's log ---- */

#define DMESG_RESTRICT "/proc/sys/kernel/dmesg_restrict"

static void looks(int err)
{
	char buf[64];

	if (err) {
		CHECK_ERRNO(klogctl(SYSLOG_ALL, buf, sizeof(buf)), err);
		CHECK_ERRNO(klogctl(SYSLOG_LEN, NULL, 0), err);
		CHECK_ERRNO(open("/dev/kmsg", O_RDONLY), err);
	} else {
		CHECK(klogctl(SYSLOG_ALL, buf, sizeof(buf)) >= 0);
		CHECK(klogctl(SYSLOG_LEN, NULL, 0) > 0);
		CHECK(open("/dev/kmsg", O_RDONLY) >= 0);
	}
	CHECK_ERRNO(klogctl(1, NULL, 0), EPERM);
}

TEST(the_log_is_the_administrators_unless_he_shares_it)
{
	need_root();
	CHECK_STR(slurp(DMESG_RESTRICT), "1\n");
	AS_STRANGER(looks(EPERM));
	AS_STRANGER(CHECK_EQ(put(DMESG_RESTRICT, "0"), EACCES));
	CHECK_EQ(put(DMESG_RESTRICT, "2"), EINVAL);
	CHECK_EQ(put(DMESG_RESTRICT, "0"), 0);
	AS_STRANGER(looks(0));
	CHECK_EQ(put(DMESG_RESTRICT, "1"), 0);
	CHECK(klogctl(SYSLOG_LEN, NULL, 0) > 0);
}
