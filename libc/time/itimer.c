/* Interval timers. There is only a call with 32-bit time. */
#include <linux/time_types.h>
#include <stddef.h>
#include <sys/time.h>
#include "libc/internal/syscall.h"

static void widen(struct itimerval *value, const struct __kernel_old_itimerval *k)
{
	value->it_interval.tv_sec = k->it_interval.tv_sec;
	value->it_interval.tv_usec = k->it_interval.tv_usec;
	value->it_value.tv_sec = k->it_value.tv_sec;
	value->it_value.tv_usec = k->it_value.tv_usec;
}

int setitimer(int which, const struct itimerval *value, struct itimerval *old)
{
	struct __kernel_old_itimerval new, previous;
	long r;

	if (value) {
		new.it_interval.tv_sec = value->it_interval.tv_sec;
		new.it_interval.tv_usec = value->it_interval.tv_usec;
		new.it_value.tv_sec = value->it_value.tv_sec;
		new.it_value.tv_usec = value->it_value.tv_usec;
	}
	r = raw3(SYS_setitimer, which, value ? &new : NULL, old ? &previous : NULL);
	if (r == 0 && old)
		widen(old, &previous);
	return __syscall_ret(r);
}
