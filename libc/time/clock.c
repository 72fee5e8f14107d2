/*
 * Clocks and sleeping. The calls with 64-bit time come first; a kernel that lacks one of them
 * (ENOSYS) is asked by the older call.
 */
#include <linux/time_types.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include "libc/internal/syscall.h"

#define NSEC_PER_SEC 1000000000

_Static_assert(sizeof(struct timespec) == sizeof(struct __kernel_timespec), "__kernel_timespec");

/* Asks `nr64`, or else `nr32` and widens what that says. */
static int get_time(long nr64, long nr32, clockid_t clock, struct timespec *ts)
{
	struct __kernel_old_timespec old;
	long r = raw2(nr64, clock, ts);

	if (r != -ENOSYS)
		return __syscall_ret(r);
	r = raw2(nr32, clock, &old);
	if (r == 0 && ts) {
		ts->tv_sec = old.tv_sec;
		ts->tv_nsec = old.tv_nsec;
	}
	return __syscall_ret(r);
}

int clock_gettime(clockid_t clock, struct timespec *ts)
{
	return get_time(SYS_clock_gettime64, SYS_clock_gettime, clock, ts);
}

/* Returns the error instead of setting errno. */
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *req, struct timespec *rem)
{
	struct __kernel_old_timespec old_req, old_rem;
	long r = raw4(SYS_clock_nanosleep_time64, clock, flags, req, rem);

	if (r != -ENOSYS)
		return -r;
	old_req.tv_sec = req->tv_sec;
	old_req.tv_nsec = req->tv_nsec;
	r = raw4(SYS_clock_nanosleep, clock, flags, &old_req, rem ? &old_rem : NULL);
	if (r == -EINTR && rem && !(flags & TIMER_ABSTIME)) {
		rem->tv_sec = old_rem.tv_sec;
		rem->tv_nsec = old_rem.tv_nsec;
	}
	return -r;
}

int nanosleep(const struct timespec *req, struct timespec *rem)
{
	int error = clock_nanosleep(CLOCK_REALTIME, 0, req, rem);

	if (!error)
		return 0;
	errno = error;
	return -1;
}

/* Returns the whole seconds that a signal cut off. */
unsigned int sleep(unsigned int seconds)
{
	struct timespec left = {.tv_sec = seconds};

	if (nanosleep(&left, &left) == 0)
		return 0;
	return left.tv_sec + (left.tv_nsec >= NSEC_PER_SEC / 2);
}

time_t time(time_t *t)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (t)
		*t = ts.tv_sec;
	return ts.tv_sec;
}
