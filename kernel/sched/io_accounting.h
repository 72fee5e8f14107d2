/*
 * What a task read and wrote, as /proc/PID/io shows it.
 */
#ifndef KERNEL_SCHED_IO_ACCOUNTING_H
#define KERNEL_SCHED_IO_ACCOUNTING_H

#include "kernel/abi/types.h"

struct task_io_accounting {
	u64 rchar, wchar; /* bytes that read and write and their like transferred */
	u64 syscr, syscw; /* and how often they were called */
	u64 read_bytes;	  /* that came from disks */
	u64 write_bytes;  /* that went to disks; written through, so none is ever cancelled */
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
}

/* A call that read or wrote ended with `ret`: bytes, or -errno. */
static inline void task_io_count(struct task_io_accounting *io, bool write, ssize_t ret)
{
	*(write ? &io->wchar : &io->rchar) += ret > 0 ? ret : 0;
	(*(write ? &io->syscw : &io->syscr))++;
}

#endif
