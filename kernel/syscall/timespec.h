/*
 * Timespecs as programs pass them: with 32 bits of seconds ("old"), and with 64.
 */
#ifndef KERNEL_SYSCALL_TIMESPEC_H
#define KERNEL_SYSCALL_TIMESPEC_H

#include "kernel/time/time.h"
#include <linux/time_types.h>

/* Copy one in or out: 0 or -EFAULT. Whether it is a valid time is not looked at. */
int get_timespec64(struct timespec64 *ts, const struct __kernel_timespec __user *u);
int put_timespec64(const struct timespec64 *ts, struct __kernel_timespec __user *u);
int get_old_timespec(struct timespec64 *ts, const struct __kernel_old_timespec __user *u);
int put_old_timespec(const struct timespec64 *ts, struct __kernel_old_timespec __user *u);

#endif
