/* Setting the wall clock, and who sleeps by it. */
#include "check.h"
#include <linux/futex.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#define HOUR 3600

/* The call with 64 bits of seconds, whatever the C library makes of time_t. */
struct time64 {
	long long sec;
	long nsec, padding;
};

static long set_time(long long sec)
{
	struct time64 t = {.sec = sec};

	return syscall(SYS_clock_settime64, CLOCK_REALTIME, &t);
}

static long long get_time(void)
{
	struct time64 t;

	CHECK(syscall(SYS_clock_gettime64, CLOCK_REALTIME, &t) == 0);
	return t.sec;
}

static void move_clock(long seconds)
{
	CHECK(set_time(get_time() + seconds) == 0);
}

static void sleep_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

static struct timespec in_an_hour(void)
{
	return (struct timespec){.tv_sec = get_time() + HOUR};
}

/* A child that sleeps until an hour from now on the wall clock wakes when the clock is set there.
 */
static void check_woken(void (*sleeper)(struct timespec *))
{
	struct timespec t = in_an_hour();
	int status;
	pid_t pid = fork();

	if (!pid) {
		sleeper(&t);
		_exit(0);
	}
	sleep_ms(100);
	CHECK(waitpid(pid, &status, WNOHANG) == 0);
	move_clock(2 * HOUR);
	CHECK(waitpid(pid, &status, 0) == pid);
	move_clock(-2 * HOUR);
	CHECK_EQ(status, 0);
}

static void by_nanosleep(struct timespec *t)
{
	CHECK(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, t, NULL) == 0);
}

static void by_futex(struct timespec *t)
{
	int word = 0;

	CHECK_ERRNO(
		syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, t, NULL, 1),
		ETIMEDOUT);
}

static void by_semaphore(struct timespec *t)
{
	sem_t sem;

	sem_init(&sem, 0, 0);
	CHECK_ERRNO(sem_timedwait(&sem, t), ETIMEDOUT);
}

TEST(setting_the_clock_wakes_clock_nanosleep)
{
	check_woken(by_nanosleep);
}
TEST(setting_the_clock_wakes_a_futex)
{
	check_woken(by_futex);
}
TEST(setting_the_clock_wakes_a_semaphore)
{
	check_woken(by_semaphore);
}

TEST(setting_the_clock_back_lets_sleep_on)
{
	struct timespec t = {.tv_sec = get_time() + 2};
	int status;
	pid_t pid = fork();

	if (!pid) {
		by_nanosleep(&t);
		_exit(0);
	}
	sleep_ms(100);
	move_clock(-HOUR);
	sleep_ms(3000);
	CHECK(waitpid(pid, &status, WNOHANG) == 0);
	move_clock(HOUR);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

TEST(a_stop_does_not_change_the_clock_of_a_sleeper)
{
	struct timespec t = in_an_hour();
	int status;
	pid_t pid = fork();

	if (!pid) {
		by_futex(&t);
		_exit(0);
	}
	sleep_ms(100);
	kill(pid, SIGSTOP);
	CHECK(waitpid(pid, &status, WUNTRACED) == pid);
	kill(pid, SIGCONT);
	sleep_ms(100);
	CHECK(waitpid(pid, &status, WNOHANG) == 0);
	move_clock(2 * HOUR);
	CHECK(waitpid(pid, &status, 0) == pid);
	move_clock(-2 * HOUR);
	CHECK_EQ(status, 0);
}

TEST(interval_timers_do_not_go_by_the_wall_clock)
{
	struct itimerval it = {.it_value = {HOUR / 2, 0}};

	CHECK(setitimer(ITIMER_REAL, &it, NULL) == 0);
	move_clock(HOUR);
	sleep_ms(50);
	move_clock(-HOUR);
	CHECK(getitimer(ITIMER_REAL, &it) == 0);
	CHECK(it.it_value.tv_sec >= HOUR / 2 - 60);
}

TEST(spans_of_time_do_not_go_by_the_wall_clock)
{
	struct timespec span = {.tv_sec = HOUR}, left;
	int status;
	pid_t pid = fork();

	if (!pid) {
		signal(SIGALRM, SIG_IGN);
		clock_nanosleep(CLOCK_REALTIME, 0, &span, &left);
		_exit(1);
	}
	sleep_ms(50);
	move_clock(2 * HOUR);
	sleep_ms(100);
	move_clock(-2 * HOUR);
	CHECK(waitpid(pid, &status, WNOHANG) == 0);
	kill(pid, SIGKILL);
	CHECK(waitpid(pid, &status, 0) == pid);
}

/* The last second that the clock takes leaves thirty years to go on counting in nanoseconds. */
TEST(a_time_that_the_clock_cannot_hold_is_refused)
{
	const long long last = 9223372036LL - 30LL * 365 * 24 * HOUR - 1;
	long long now = get_time();
	long ok = set_time(last);
	long long then = get_time();
	int i;

	CHECK(set_time(now) == 0);
	CHECK_EQ(ok, 0);
	CHECK(then >= last && then < last + 60);
	for (i = 1; i < 62; i++)
		CHECK_ERRNO(set_time(last + (1LL << i) - 1), EINVAL);
	CHECK_ERRNO(set_time(0x7fffffffffffffffLL), EINVAL);
	CHECK_ERRNO(set_time(-1), EINVAL);
	CHECK(get_time() < now + 60);
}
