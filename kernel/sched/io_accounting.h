/*
 * The I/O counters of a task, as shown in /proc/PID/io.
 */
#ifndef KERNEL_SCHED_IO_ACCOUNTING_H
#define KERNEL_SCHED_IO_ACCOUNTING_H

#include "kernel/abi/types.h"

struct task_io_accounting {
	u64 rchar, wchar;	   /* bytes transferred by read, write and similar calls */
	u64 syscr, syscw;	   /* the number of such calls */
	u64 read_bytes;		   /* bytes read from disks */
	u64 write_bytes;	   /* bytes to be written to disks: pages made dirty */
	u64 cancelled_write_bytes; /* of them: truncated before they were written */
};

static inline void task_io_accounting_add(struct task_io_accounting *to,
					  const struct task_io_accounting *from)
{
	to->rchar += from->rchar;
	to->wchar += from->wchar;
	to->syscr += from->syscr;
	to->syscw += from->syscw;
	to->read_bytes += from->read_bytes;
	to->write_bytes += from->write_bytes;
	to->cancelled_write_bytes += from->cancelled_write_bytes;
}

/* A call that read or wrote ended with `ret`: bytes, or -errno. */
static inline void task_io_count(struct task_io_accounting *io, bool write, ssize_t ret)
{
	*(write ? &io->wchar : &io->rchar) += ret > 0 ? ret : 0;
	(*(write ? &io->syscw : &io->syscr))++;
}

#endif
