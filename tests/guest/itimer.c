/* Interval timers, and sleeping by clocks of processor time. */
#include "check.h"
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#define MSEC 1000000LL

static long long clock_ns(clockid_t id)
{
	struct timespec t;

	CHECK(clock_gettime(id, &t) == 0);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void compute(long long ns)
{
	long long end = clock_ns(CLOCK_MONOTONIC) + ns;

	while (clock_ns(CLOCK_MONOTONIC) < end)
		;
}

/* ---- ITIMER_REAL ---- */

static volatile int alarms;

static void count_alarm(int sig)
{
	alarms++;
}

static void start_timer(int ms)
{
	struct itimerval it = {{0, ms * 1000}, {0, ms * 1000}};

	CHECK(setitimer(ITIMER_REAL, &it, NULL) == 0);
}

static struct itimerval left(void)
{
	struct itimerval it;

	CHECK(getitimer(ITIMER_REAL, &it) == 0);
	return it;
}

TEST(a_timer_whose_signal_is_ignored_ends)
{
	signal(SIGALRM, SIG_IGN);
	start_timer(10);
	usleep(100000);
	CHECK(left().it_value.tv_sec == 0 && left().it_value.tv_usec == 0);
	CHECK_EQ(left().it_interval.tv_usec, 10000);
}

TEST(a_timer_whose_signal_is_blocked_waits_until_it_is_taken)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	start_timer(100);
	usleep(250000);
	CHECK(left().it_value.tv_usec == 0);
	CHECK(sigwait(&set, &sig) == 0 && sig == SIGALRM);
	CHECK(left().it_value.tv_usec > 0 && left().it_value.tv_usec <= 100000);
	CHECK(sigwait(&set, &sig) == 0 && sig == SIGALRM);
}

/* What came too late is left out; the rest keeps the beat. */
TEST(a_timer_goes_on_in_its_beat)
{
	long long start = clock_ns(CLOCK_MONOTONIC);
	int i;

	signal(SIGALRM, count_alarm);
	start_timer(50);
	for (i = 1; i <= 5; i++) {
		while (alarms < i)
			pause();
		CHECK(clock_ns(CLOCK_MONOTONIC) - start >= i * 50 * MSEC);
	}
}

/* ---- clock_nanosleep by processor time ---- */

static void *compute_forever(void *arg)
{
	for (;;)
		compute(MSEC);
	return arg;
}

static long sleep_by(clockid_t clock, int flags, long long ns, struct timespec *rest)
{
	struct timespec t = {ns / 1000000000, ns % 1000000000};

	return clock_nanosleep(clock, flags, &t, rest);
}

TEST(a_process_sleeps_by_its_own_time_while_a_thread_computes)
{
	long long start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, compute_forever, NULL) == 0);
	CHECK_EQ(sleep_by(CLOCK_PROCESS_CPUTIME_ID, 0, 100 * MSEC, NULL), 0);
	CHECK(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start >= 100 * MSEC);
	start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	CHECK_EQ(sleep_by(CLOCK_PROCESS_CPUTIME_ID, TIMER_ABSTIME, start + 50 * MSEC, NULL), 0);
	CHECK(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start >= 50 * MSEC);
}

TEST(one_sleeps_by_the_time_of_another_process)
{
	clockid_t clock;
	pid_t pid = fork();

	if (!pid)
		compute_forever(NULL);
	CHECK(clock_getcpuclockid(pid, &clock) == 0);
	CHECK_EQ(sleep_by(clock, TIMER_ABSTIME, 100 * MSEC, NULL), 0);
	CHECK(clock_ns(clock) >= 100 * MSEC);
	kill(pid, SIGKILL);
	CHECK(waitpid(pid, NULL, 0) == pid);
}

TEST(one_sleeps_by_the_time_of_another_thread)
{
	pthread_t thread;
	clockid_t clock;

	CHECK(pthread_create(&thread, NULL, compute_forever, NULL) == 0);
	CHECK(pthread_getcpuclockid(thread, &clock) == 0);
	CHECK_EQ(sleep_by(clock, TIMER_ABSTIME, 100 * MSEC, NULL), 0);
	CHECK(clock_ns(clock) >= 100 * MSEC);
}

TEST(a_signal_ends_the_sleep_and_tells_the_rest)
{
	struct itimerval it = {.it_value = {.tv_usec = 50000}};
	struct timespec rest = {0, 0};

	signal(SIGALRM, count_alarm);
	CHECK(setitimer(ITIMER_REAL, &it, NULL) == 0);
	CHECK_EQ(sleep_by(CLOCK_PROCESS_CPUTIME_ID, 0, 5000 * MSEC, &rest), EINTR);
	CHECK(rest.tv_sec == 4 || (rest.tv_sec == 5 && rest.tv_nsec == 0));
}

TEST(one_s_own_thread_s_time_does_not_pass_in_sleep)
{
	clockid_t clock;

	CHECK_EQ(sleep_by(CLOCK_THREAD_CPUTIME_ID, 0, MSEC, NULL), EINVAL);
	CHECK(pthread_getcpuclockid(pthread_self(), &clock) == 0);
	CHECK_EQ(sleep_by(clock, 0, MSEC, NULL), EINVAL);
	CHECK_EQ(sleep_by(clock & ~7 & 0x7ffffff8, 0, MSEC, NULL), EINVAL);
}

TEST(sleepers_of_processes_that_are_gone_find_nothing)
{
	clockid_t clock;
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	CHECK(clock_getcpuclockid(pid, &clock) == 0);
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK_EQ(sleep_by(clock, 0, MSEC, NULL), EINVAL);
}

/* ---- resolutions ---- */

static long resolution(clockid_t id)
{
	struct timespec t;

	CHECK(clock_getres(id, &t) == 0 && t.tv_sec == 0);
	return t.tv_nsec;
}

TEST(clocks_of_ticks_tell_so)
{
	const clockid_t own = ~0U << 3;

	CHECK_EQ(resolution(CLOCK_PROCESS_CPUTIME_ID), 1);
	CHECK_EQ(resolution(CLOCK_THREAD_CPUTIME_ID), 1);
	CHECK_EQ(resolution(own | 0), 4 * MSEC);
	CHECK_EQ(resolution(own | 1), 4 * MSEC);
	CHECK_EQ(resolution(own | 2), 1);
	CHECK_EQ(resolution(own | 4), 4 * MSEC);
	CHECK_EQ(resolution(own | 6), 1);
}
