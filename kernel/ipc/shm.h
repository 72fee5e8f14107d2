/*
 * Shared memory of System V inside: shared by shm.c (segments and their mappings) and shmctl.c.
 */
#ifndef KERNEL_IPC_SHM_H
#define KERNEL_IPC_SHM_H

#include "kernel/abi/shm.h"
#include "kernel/ipc/util.h"

struct user_struct;
struct vm_operations_struct;

/* A segment. Changed in one step: nothing sleeps between a check and a change. */
struct shmid_kernel {
	struct kern_ipc_perm shm_perm; /* mode: SHM_DEST and SHM_LOCKED too */
	struct file *shm_file;	       /* the memory: a file of the kernel's own tmpfs */
	/* what the file gives a VMA; known since the first attach */
	const struct vm_operations_struct *vm_ops;
	unsigned long shm_nattch;
	size_t shm_segsz;
	time64_t shm_atim, shm_dtim, shm_ctim;
	pid_t shm_cprid, shm_lprid;
	struct user_struct *mlock_user; /* SHM_LOCKED: in whose locked_shm it counts; referenced */
	struct list_head shm_clist; /* in its creator's list, or empty: the creator has exited */
};

static inline struct shmid_kernel *to_shmid(struct kern_ipc_perm *perm)
{
	return container_of(perm, struct shmid_kernel, shm_perm);
}

extern unsigned long shm_tot; /* pages of all segments, present or not */

/* IPC_RMID: remove the segment, now or with the last detach. May sleep. */
void do_shm_rmid(struct shmid_kernel *shp);
/* The pages of it that are in memory. */
unsigned long shm_rss_pages(const struct shmid_kernel *shp);
/* And those that are in swap. */
unsigned long shm_swap_pages(const struct shmid_kernel *shp);

#endif
