/* Shared memory of System V. */
#include <sys/shm.h>
#include "libc/internal/syscall.h"

int shmget(key_t key, size_t size, int shmflg)
{
	return sys3(SYS_shmget, key, size, shmflg);
}

void *shmat(int shmid, const void *addr, int shmflg)
{
	return (void *)sys3(SYS_shmat, shmid, addr, shmflg);
}

int shmdt(const void *addr)
{
	return sys1(SYS_shmdt, addr);
}

int shmctl(int shmid, int cmd, struct shmid_ds *buf)
{
	return sys3(SYS_shmctl, shmid, cmd, buf);
}
