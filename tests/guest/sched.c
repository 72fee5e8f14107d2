/* Who gets how much of the processor, and what it is charged. */
#include "check.h"
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

#define NSEC_PER_SEC 1000000000LL
#define MSEC	     1000000LL

static long long clock_ns(clockid_t id)
{
	struct timespec t;

	CHECK(clock_gettime(id, &t) == 0);
	return t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

static void sleep_ns(long long ns)
{
	struct timespec t = {ns / NSEC_PER_SEC, ns % NSEC_PER_SEC};

	nanosleep(&t, NULL);
}

static void compute(long long ns)
{
	long long end = clock_ns(CLOCK_MONOTONIC) + ns;

	while (clock_ns(CLOCK_MONOTONIC) < end)
		;
}

static long long rusage_ns(const struct rusage *r)
{
	return (r->ru_utime.tv_sec + r->ru_stime.tv_sec) * NSEC_PER_SEC +
	       (r->ru_utime.tv_usec + r->ru_stime.tv_usec) * 1000LL;
}

/* The clock moves on by less than a tick, many times in one. */
static void check_fine(clockid_t id)
{
	long long last = clock_ns(id), now;
	int i, small = 0;

	for (i = 0; i < 1000; i++) {
		now = clock_ns(id);
		CHECK(now >= last);
		small += now > last && now - last < MSEC;
		last = now;
	}
	CHECK(small > 900);
}

TEST(the_clock_of_a_process_is_finer_than_a_tick)
{
	check_fine(CLOCK_PROCESS_CPUTIME_ID);
}

TEST(the_clock_of_a_thread_is_finer_than_a_tick)
{
	check_fine(CLOCK_THREAD_CPUTIME_ID);
}

TEST(usage_is_finer_than_a_tick)
{
	struct rusage before, after;
	int i, small = 0;

	getrusage(RUSAGE_SELF, &before);
	for (i = 0; i < 1000; i++) {
		compute(2000);
		getrusage(RUSAGE_SELF, &after);
		CHECK(rusage_ns(&after) >= rusage_ns(&before));
		small += rusage_ns(&after) > rusage_ns(&before) &&
			 rusage_ns(&after) - rusage_ns(&before) < MSEC;
		before = after;
	}
	CHECK(small > 900);
}

/* Works most of each tick, but sleeps when it comes. */
static void work_between_ticks(int ticks)
{
	while (ticks--) {
		sleep_ns(1000); /* until the next tick, at the earliest */
		compute(3 * MSEC);
	}
}

TEST(who_sleeps_over_each_tick_is_charged_as_well)
{
	struct rusage r;
	int status;
	pid_t pid = fork();

	if (!pid) {
		work_between_ticks(100);
		_exit(0);
	}
	CHECK(wait4(pid, &status, 0, &r) == pid && status == 0);
	CHECK(rusage_ns(&r) > 250 * MSEC);
}

static volatile int caught;

static void catch (int sig)
{
	caught = sig;
}

TEST(who_sleeps_over_each_tick_meets_its_limit)
{
	struct rlimit limit = {1, 100};
	int i;

	signal(SIGXCPU, catch);
	CHECK(setrlimit(RLIMIT_CPU, &limit) == 0);
	for (i = 0; !caught && i < 300; i++)
		work_between_ticks(10);
	CHECK_EQ(caught, SIGXCPU);
	CHECK(clock_ns(CLOCK_PROCESS_CPUTIME_ID) >= NSEC_PER_SEC * 9 / 10);
}

TEST(who_sleeps_over_each_tick_is_profiled)
{
	struct itimerval it = {.it_value = {.tv_usec = 300000}};
	int i;

	signal(SIGPROF, catch);
	CHECK(setitimer(ITIMER_PROF, &it, NULL) == 0);
	for (i = 0; !caught && i < 300; i++)
		work_between_ticks(10);
	CHECK_EQ(caught, SIGPROF);
	CHECK(clock_ns(CLOCK_PROCESS_CPUTIME_ID) >= 250 * MSEC);
}

TEST(user_and_system_time_are_the_time_on_the_processor)
{
	long long before, after;
	struct rusage r;

	compute(30 * MSEC);
	before = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	getrusage(RUSAGE_SELF, &r);
	after = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	CHECK(rusage_ns(&r) >= before - 2000 && rusage_ns(&r) <= after);
}

static void *compute_thread(void *ns)
{
	compute(*(long long *)ns);
	return NULL;
}

TEST(a_dead_thread_counts_for_its_process)
{
	long long ns = 20 * MSEC;
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, compute_thread, &ns) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	CHECK(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - clock_ns(CLOCK_THREAD_CPUTIME_ID) >= ns / 2);
}

TEST(another_process_s_clock_shows_what_it_used)
{
	clockid_t clock;
	pid_t pid = fork();

	if (!pid) {
		compute(30 * MSEC);
		raise(SIGSTOP);
		_exit(0);
	}
	CHECK(waitpid(pid, NULL, WUNTRACED) == pid);
	CHECK(clock_getcpuclockid(pid, &clock) == 0);
	CHECK(clock_ns(clock) >= 30 * MSEC);
	kill(pid, SIGCONT);
	CHECK_CHILD(pid);
}

/* Two that compute for a second, and what each got: is the nicer behind, by about a quarter? */
static int keeps_order(int nice)
{
	long long got[2];
	clockid_t clock;
	pid_t pid[2];
	int i;

	for (i = 0; i < 2; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			setpriority(PRIO_PROCESS, 0, nice + i);
			for (;;)
				;
		}
	}
	sleep_ns(NSEC_PER_SEC);
	for (i = 0; i < 2; i++) {
		CHECK(clock_getcpuclockid(pid[i], &clock) == 0);
		got[i] = clock_ns(clock);
	}
	for (i = 0; i < 2; i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
	}
	return got[0] * 100 > got[1] * 110 && got[0] * 100 < got[1] * 140;
}

/* The host may keep this machine from running for a part of the second: then once more. */
static void check_order(int nice)
{
	int tries;

	CHECK(setpriority(PRIO_PROCESS, 0, -20) == 0);
	for (tries = 0; tries < 5; tries++)
		if (keeps_order(nice))
			return;
	CHECK_FAIL("nice %d and %d do not share 5 to 4", nice, nice + 1);
}

TEST(nice_minus_20_gets_more_than_minus_19)
{
	check_order(-20);
}
TEST(nice_minus_15_gets_more_than_minus_14)
{
	check_order(-15);
}
TEST(nice_minus_10_gets_more_than_minus_9)
{
	check_order(-10);
}
TEST(nice_minus_5_gets_more_than_minus_4)
{
	check_order(-5);
}
TEST(nice_minus_1_gets_more_than_0)
{
	check_order(-1);
}
TEST(nice_0_gets_more_than_1)
{
	check_order(0);
}
TEST(nice_5_gets_more_than_6)
{
	check_order(5);
}
TEST(nice_18_gets_more_than_19)
{
	check_order(18);
}

/* With turns of a tick the one that computes would have most of the time between two sleeps. */
TEST(who_sleeps_a_lot_is_not_charged_for_the_time_of_others)
{
	pid_t pid = fork();
	long long start;
	int i;

	if (!pid)
		for (;;)
			;
	start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	for (i = 0; i < 50; i++)
		sleep_ns(4 * MSEC);
	CHECK(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start < 50 * MSEC);
	kill(pid, SIGKILL);
	CHECK(waitpid(pid, NULL, 0) == pid);
}

/* ---- sched_setattr ---- */

/* As the kernel has it: the C library has not. */
struct attr {
	unsigned int size, policy;
	unsigned long long flags;
	int nice;
	unsigned int priority;
	unsigned long long runtime, deadline, period;
	unsigned int util_min, util_max;
};
#define RESET_ON_FORK  0x01
#define KEEP_POLICY    0x08
#define KEEP_PARAMS    0x10
#define UTIL_CLAMP_MIN 0x20
#define UTIL_CLAMP_MAX 0x40

static long set_attr(unsigned int policy, unsigned long long flags, int nice, unsigned int priority)
{
	struct attr attr = {.size = sizeof(attr), policy, flags, nice, priority};

	return syscall(SYS_sched_setattr, 0, &attr, 0);
}

static void check_attr(unsigned int policy, unsigned long long flags, int nice,
		       unsigned int priority)
{
	struct attr attr = {};

	CHECK(syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 0) == 0);
	CHECK_EQ(attr.policy, policy);
	CHECK_EQ(attr.flags, flags);
	CHECK_EQ(attr.nice, nice);
	CHECK_EQ(attr.priority, priority);
}

TEST(the_policy_can_be_kept_while_the_rest_changes)
{
	CHECK_EQ(set_attr(SCHED_BATCH, 0, 3, 0), 0);
	CHECK_EQ(set_attr(SCHED_OTHER, KEEP_POLICY, 7, 0), 0);
	check_attr(SCHED_BATCH, 0, 7, 0);
	CHECK_EQ(set_attr(SCHED_FIFO, 0, 0, 5), 0);
	CHECK_EQ(set_attr(SCHED_OTHER, KEEP_POLICY, 7, 9), 0);
	check_attr(SCHED_FIFO, 0, 0, 9);
	CHECK_ERRNO(set_attr(SCHED_OTHER, KEEP_POLICY, 7, 0), EINVAL);
	CHECK_EQ(set_attr(77, KEEP_POLICY, 0, 8), 0);
	check_attr(SCHED_FIFO, 0, 0, 8);
	CHECK_EQ(set_attr(SCHED_OTHER, 0, 2, 0), 0);
	check_attr(SCHED_OTHER, 0, 2, 0);
}

TEST(parameters_can_be_kept_and_then_the_policy_is_too)
{
	CHECK_EQ(set_attr(SCHED_BATCH, 0, 3, 0), 0);
	CHECK_EQ(set_attr(SCHED_OTHER, KEEP_PARAMS, 7, 0), 0);
	check_attr(SCHED_BATCH, 0, 3, 0);
	CHECK_EQ(set_attr(SCHED_OTHER, KEEP_PARAMS | RESET_ON_FORK, 7, 0), 0);
	check_attr(SCHED_BATCH, RESET_ON_FORK, 3, 0);
	CHECK_EQ(set_attr(SCHED_OTHER, KEEP_PARAMS | KEEP_POLICY, 7, 0), 0);
	check_attr(SCHED_BATCH, RESET_ON_FORK, 3, 0);
	CHECK_EQ(set_attr(SCHED_FIFO, KEEP_PARAMS, 7, 4), 0);
	check_attr(SCHED_BATCH, 0, 3, 0);
	CHECK_ERRNO(set_attr(SCHED_FIFO, KEEP_PARAMS, 7, 0), EINVAL);
	CHECK_ERRNO(set_attr(77, KEEP_PARAMS, 7, 0), EINVAL);
}

TEST(flags_of_other_schedulers)
{
	unsigned int bit;

	for (bit = 1; bit < 8; bit++) {
		unsigned long long flag = 1ULL << bit;

		if (flag == 2 || flag == 4 || flag == KEEP_POLICY || flag == KEEP_PARAMS)
			CHECK_EQ(set_attr(SCHED_OTHER, flag, 0, 0), 0);
		else if (flag == UTIL_CLAMP_MIN || flag == UTIL_CLAMP_MAX)
			CHECK_ERRNO(set_attr(SCHED_OTHER, flag, 0, 0), EOPNOTSUPP);
		else
			CHECK_ERRNO(set_attr(SCHED_OTHER, flag, 0, 0), EINVAL);
	}
	check_attr(SCHED_OTHER, 0, 0, 0);
}

TEST(round_robin_tasks_have_turns_of_100_ms)
{
	struct sched_param param = {.sched_priority = 1};
	struct timespec t;

	CHECK(sched_setscheduler(0, SCHED_RR, &param) == 0);
	CHECK(setpriority(PRIO_PROCESS, 0, 10) == 0);
	CHECK(sched_rr_get_interval(0, &t) == 0);
	CHECK(t.tv_sec == 0 && t.tv_nsec == 100 * MSEC);
	param.sched_priority = 0;
	CHECK(sched_setscheduler(0, SCHED_OTHER, &param) == 0);
}
