/*
 * What poll(2) and select(2) ask of a file: file_operations.poll reports readiness, and calls
 * poll_wait on each wait queue whose wake-up could change the answer.
 */
#ifndef KERNEL_FS_POLL_H
#define KERNEL_FS_POLL_H

#include "kernel/locking/wait.h"
#include <linux/poll.h>

struct file;

struct poll_table {
	/* NULL: the caller will not sleep, nothing is queued. */
	void (*queue)(struct file *file, wait_queue_head_t *wq, struct poll_table *pt);
};

/* Ask to be woken by wq. May allocate; on failure the poll call gives ENOMEM. */
static inline void poll_wait(struct file *file, wait_queue_head_t *wq, struct poll_table *pt)
{
	if (pt && pt->queue)
		pt->queue(file, wq, pt);
}

/* Files without a poll operation are always ready (regular files, directories). */
#define DEFAULT_POLLMASK (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM)

#endif
