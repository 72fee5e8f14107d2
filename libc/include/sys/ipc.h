/* What the objects of System V IPC have in common. */
#ifndef LIBC_SYS_IPC_H
#define LIBC_SYS_IPC_H

#include <sys/types.h>

/* The kernel's header has this name for a layout of long ago. */
#define ipc_perm __old_ipc_perm
#include <linux/ipc.h>
#undef ipc_perm
#define ipc_perm ipc64_perm

#endif
