/* Shared memory of System V. */
#ifndef LIBC_SYS_SHM_H
#define LIBC_SYS_SHM_H

#include <sys/ipc.h>

/* The kernel's header has these names for layouts of long ago. */
#define shmid_ds __old_shmid_ds
#define shminfo	 __old_shminfo
#include <linux/shm.h>
#undef shmid_ds
#undef shminfo
#define shmid_ds shmid64_ds
#define shminfo	 shminfo64

#define SHMLBA 4096

typedef unsigned long shmatt_t;

int shmget(key_t key, size_t size, int shmflg);
void *shmat(int shmid, const void *addr, int shmflg);
int shmdt(const void *addr);
int shmctl(int shmid, int cmd, struct shmid_ds *buf);

#endif
