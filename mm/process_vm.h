/*
 * Another process's memory, and what concerns the memory of several: process_vm_readv and its kin,
 * membarrier.
 */
#ifndef MM_PROCESS_VM_H
#define MM_PROCESS_VM_H

#include "kernel/abi/types.h"

struct iovec;

/* process_vm_readv(2) and, with `write`, process_vm_writev(2). Bytes moved or -errno. */
ssize_t process_vm_rw(pid_t pid, const struct iovec __user *lvec, unsigned long liovcnt,
		      const struct iovec __user *rvec, unsigned long riovcnt, unsigned long flags,
		      bool write);
/* membarrier(2). */
long do_membarrier(int cmd, unsigned int flags);

#endif
