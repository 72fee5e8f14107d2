/*
 * memfd_create(2).
 */
#ifndef KERNEL_FS_TMPFS_MEMFD_H
#define KERNEL_FS_TMPFS_MEMFD_H

#include "kernel/abi/types.h"

/* memfd_create(2): a descriptor or -errno. Sleeps. */
long do_memfd_create(const char __user *uname, unsigned int flags);

#endif
