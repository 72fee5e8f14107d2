/*
 * System V shared memory as programs see it. The UAPI header linux/shm.h includes <unistd.h>, which
 * the kernel does not have, so this is a copy of what the kernel uses of it.
 */
#ifndef KERNEL_ABI_SHM_H
#define KERNEL_ABI_SHM_H

#include "kernel/abi/types.h"
#include <asm/shmbuf.h>
#include <asm-generic/hugetlb_encode.h>
#include <linux/ipc.h>

/* The limits by default: bytes of a segment, segments, and pages of all segments. */
#define SHMMIN 1
#define SHMMNI 4096
#define SHMMAX (~0UL - (1UL << 24))
#define SHMALL (~0UL - (1UL << 24))

/* shmget */
#define SHM_HUGETLB    04000
#define SHM_NORESERVE  010000
#define SHM_HUGE_SHIFT HUGETLB_FLAG_ENCODE_SHIFT
#define SHM_HUGE_MASK  HUGETLB_FLAG_ENCODE_MASK

/* shmat */
#define SHM_RDONLY 010000
#define SHM_RND	   020000
#define SHM_REMAP  040000
#define SHM_EXEC   0100000

/* shmctl */
#define SHM_LOCK     11
#define SHM_UNLOCK   12
#define SHM_STAT     13
#define SHM_INFO     14
#define SHM_STAT_ANY 15

/* Bits of shm_perm.mode above the permissions; from Linux's include/linux/shm.h. */
#define SHM_DEST   01000 /* removed with the last detach */
#define SHM_LOCKED 02000

/* The structures of IPC_OLD, and that of SHM_INFO. */
struct shmid_ds {
	struct ipc_perm shm_perm;
	int shm_segsz;
	__kernel_old_time_t shm_atime, shm_dtime, shm_ctime;
	__kernel_ipc_pid_t shm_cpid, shm_lpid;
	unsigned short shm_nattch;
	unsigned short shm_unused;
	void *shm_unused2, *shm_unused3;
};

struct shminfo {
	int shmmax, shmmin, shmmni, shmseg, shmall;
};

struct shm_info {
	int used_ids;
	__kernel_ulong_t shm_tot, shm_rss, shm_swp, swap_attempts, swap_successes;
};

_Static_assert(sizeof(struct shmid_ds) == 48, "as i386's Linux has it");
_Static_assert(sizeof(struct shmid64_ds) == 84, "as i386's Linux has it");
_Static_assert(sizeof(struct shm_info) == 24, "as i386's Linux has it");

#endif
