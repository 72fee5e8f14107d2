/*
 * Waiting for the log: readers of /proc/kmsg, /dev/kmsg and syslog(2).
 */
#include "kernel/core/printk.h"
#include "kernel/core/printk_internal.h"
#include "kernel/locking/wait.h"

static DECLARE_WAIT_QUEUE_HEAD(log_wait);

static void log_wake(void)
{
	if (waitqueue_active(&log_wait))
		wake_up_interruptible_all(&log_wait);
}

struct wait_queue_head *kmsg_wait_queue(void)
{
	kmsg_notify = log_wake;
	return &log_wait;
}
