/*
 * Copying timespecs between programs and the kernel. See timespec.h.
 */
#include "kernel/syscall/timespec.h"
#include "kernel/x86/uaccess.h"
#include <linux/errno.h>

int get_timespec64(struct timespec64 *ts, const struct __kernel_timespec __user *u)
{
	struct __kernel_timespec k;

	if (copy_from_user(&k, u, sizeof(k)))
		return -EFAULT;
	ts->tv_sec = k.tv_sec;
	ts->tv_nsec = (long)k.tv_nsec; /* the upper half is padding */
	return 0;
}

int put_timespec64(const struct timespec64 *ts, struct __kernel_timespec __user *u)
{
	struct __kernel_timespec k = {ts->tv_sec, ts->tv_nsec};

	return copy_to_user(u, &k, sizeof(k)) ? -EFAULT : 0;
}

int get_old_timespec(struct timespec64 *ts, const struct __kernel_old_timespec __user *u)
{
	struct __kernel_old_timespec k;

	if (copy_from_user(&k, u, sizeof(k)))
		return -EFAULT;
	ts->tv_sec = k.tv_sec;
	ts->tv_nsec = k.tv_nsec;
	return 0;
}

int put_old_timespec(const struct timespec64 *ts, struct __kernel_old_timespec __user *u)
{
	struct __kernel_old_timespec k = {(long)ts->tv_sec, ts->tv_nsec};

	return copy_to_user(u, &k, sizeof(k)) ? -EFAULT : 0;
}
