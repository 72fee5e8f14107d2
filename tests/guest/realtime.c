/* Real-time tasks: their limits, and what is left for the others. */
#include "check.h"
#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <time.h>

#define NSEC_PER_SEC 1000000000LL
#define MSEC	     1000000LL
#define RUNTIME	     "/proc/sys/kernel/sched_rt_runtime_us"
#define PERIOD	     "/proc/sys/kernel/sched_rt_period_us"

static long long clock_ns(clockid_t id)
{
	struct timespec t;

	CHECK(clock_gettime(id, &t) == 0);
	return t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

static void compute(clockid_t clock, long long ns)
{
	long long end = clock_ns(clock) + ns;

	while (clock_ns(clock) < end)
		;
}

static void become_realtime(void)
{
	struct sched_param param = {.sched_priority = 10};

	CHECK(sched_setscheduler(0, SCHED_FIFO, &param) == 0);
}

static int read_int(const char *path)
{
	char text[32] = "";
	int fd = open(path, O_RDONLY);

	CHECK(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	return atoi(text);
}

/* 0 or -errno. */
static int write_int(const char *path, int value)
{
	char text[32];
	int fd = open(path, O_WRONLY), err;

	CHECK(fd >= 0);
	err = write(fd, text, sprintf(text, "%d\n", value)) < 0 ? -errno : 0;
	close(fd);
	return err;
}

/* ---- RLIMIT_RTTIME ---- */

static volatile int caught;
static long long caught_at;

static void on_limit(int sig)
{
	caught = sig;
	caught_at = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static void set_limit(rlim_t soft, rlim_t hard)
{
	struct rlimit limit = {soft, hard};

	signal(SIGXCPU, on_limit);
	CHECK(setrlimit(RLIMIT_RTTIME, &limit) == 0);
	become_realtime();
}

TEST(computing_too_long_is_a_signal)
{
	long long start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	struct rlimit limit;

	set_limit(200000, RLIM_INFINITY);
	while (!caught)
		;
	CHECK_EQ(caught, SIGXCPU);
	CHECK(caught_at - start >= 190 * MSEC);
	CHECK(getrlimit(RLIMIT_RTTIME, &limit) == 0);
	CHECK_EQ(limit.rlim_cur, 1200000); /* and the next one a second later */
}

TEST(computing_beyond_the_hard_limit_is_the_end)
{
	CHECK_SIGNAL(
		{
			set_limit(100000, 200000);
			compute(CLOCK_PROCESS_CPUTIME_ID, 30 * NSEC_PER_SEC);
		},
		SIGKILL);
}

TEST(a_sleep_begins_the_time_anew)
{
	struct timespec t = {0, MSEC};
	int i;

	set_limit(200000, RLIM_INFINITY);
	for (i = 0; i < 20; i++) {
		compute(CLOCK_PROCESS_CPUTIME_ID, 20 * MSEC);
		nanosleep(&t, NULL);
	}
	CHECK_EQ(caught, 0);
}

TEST(an_ordinary_task_has_no_such_limit)
{
	struct rlimit limit = {10000, 20000};

	signal(SIGXCPU, on_limit);
	CHECK(setrlimit(RLIMIT_RTTIME, &limit) == 0);
	compute(CLOCK_PROCESS_CPUTIME_ID, 200 * MSEC);
	CHECK_EQ(caught, 0);
}

/* ---- throttling ---- */

/* Processor time of an ordinary task beside a real-time one that computes for three seconds. Where
   the host stops the machine, the real-time task pays for it: then there is more left. */
static long long left_for_others(void)
{
	long long start;
	pid_t pid = fork();

	if (!pid) {
		become_realtime();
		compute(CLOCK_MONOTONIC, 3 * NSEC_PER_SEC);
		_exit(0);
	}
	sched_yield();
	start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	while (waitpid(pid, NULL, WNOHANG) == 0)
		;
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start;
}

TEST(ordinary_tasks_have_a_twentieth_of_the_time)
{
	long long left;

	CHECK_EQ(read_int(RUNTIME), 950000);
	CHECK_EQ(read_int(PERIOD), 1000000);
	left = left_for_others();
	CHECK(left > 60 * MSEC);
}

TEST(the_share_can_be_set)
{
	long long left;

	CHECK_EQ(write_int(RUNTIME, 100000), 0);
	CHECK_EQ(write_int(PERIOD, 200000), 0);
	left = left_for_others();
	CHECK_EQ(write_int(PERIOD, 1000000), 0);
	CHECK_EQ(write_int(RUNTIME, 950000), 0);
	CHECK(left > 1000 * MSEC);
}

TEST(without_a_limit_nothing_is_left)
{
	long long left;

	CHECK_EQ(write_int(RUNTIME, 100000), 0);
	CHECK_EQ(write_int(PERIOD, 200000), 0);
	CHECK_EQ(write_int(RUNTIME, -1), 0);
	CHECK_EQ(read_int(RUNTIME), -1);
	left = left_for_others();
	CHECK_EQ(write_int(PERIOD, 1000000), 0);
	CHECK_EQ(write_int(RUNTIME, 950000), 0);
	CHECK(left < 700 * MSEC);
}

TEST(a_share_that_makes_no_sense_is_refused)
{
	CHECK_EQ(write_int(RUNTIME, 1000001), -EINVAL);
	CHECK_EQ(write_int(RUNTIME, -2), -EINVAL);
	CHECK_EQ(write_int(PERIOD, 949999), -EINVAL);
	CHECK_EQ(write_int(PERIOD, 0), -EINVAL);
	CHECK_EQ(write_int(PERIOD, -1), -EINVAL);
	CHECK_EQ(read_int(RUNTIME), 950000);
	CHECK_EQ(read_int(PERIOD), 1000000);
}
