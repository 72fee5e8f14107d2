/*
 * Calls about several nodes, processors or keys on a machine that has one of each, as Debian's i386
 * kernel is configured; and those that want a process by descriptor.
 */
#include "check.h"
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#ifndef MEMBARRIER_CMD_FLAG_CPU
#	define MEMBARRIER_CMD_FLAG_CPU 1
#endif
#define ALL_COMMANDS   511 /* up to the registration for RSEQ */
#define LATER_COMMAND  512 /* GET_REGISTRATIONS came after 6.1 */
#define PRIVATE	       MEMBARRIER_CMD_PRIVATE_EXPEDITED
#define PRIVATE_CORE   MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE
#define PRIVATE_RSEQ   MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ
#define REGISTER(KIND) ((KIND) << 1)

static int membarrier(int cmd, unsigned int flags, int cpu)
{
	return syscall(SYS_membarrier, cmd, flags, cpu);
}

TEST(no_numa_calls)
{
	CHECK_ERRNO(syscall(SYS_mbind, 0, 0, 0, 0, 0, 0), ENOSYS);
	CHECK_ERRNO(syscall(SYS_get_mempolicy, 0, 0, 0, 0, 0), ENOSYS);
	CHECK_ERRNO(syscall(SYS_set_mempolicy, 0, 0, 0), ENOSYS);
	CHECK_ERRNO(syscall(SYS_set_mempolicy_home_node, 0, 0, 0, 0), ENOSYS);
	CHECK_ERRNO(syscall(SYS_migrate_pages, 0, 0, 0, 0), ENOSYS);
	CHECK_ERRNO(syscall(SYS_move_pages, 0, 0, 0, 0, 0, 0), ENOSYS);
}

TEST(no_keys_and_no_secrets)
{
	CHECK_ERRNO(syscall(SYS_pkey_mprotect, 0, 0, 0, -1), ENOSYS);
	CHECK_ERRNO(syscall(SYS_pkey_alloc, 0, 0), ENOSYS);
	CHECK_ERRNO(syscall(SYS_pkey_free, 0), ENOSYS);
	CHECK_ERRNO(syscall(SYS_memfd_secret, 0), ENOSYS);
}

TEST(the_one_node)
{
	unsigned int cpu = 7, node = 7;

	CHECK_EQ(syscall(SYS_getcpu, &cpu, &node, NULL), 0);
	CHECK_EQ(cpu, 0);
	CHECK_EQ(node, 0);
}

TEST(barriers_for_all)
{
	CHECK_EQ(membarrier(MEMBARRIER_CMD_QUERY, 0, 77), ALL_COMMANDS);
	CHECK_EQ(membarrier(MEMBARRIER_CMD_GLOBAL, 0, 0), 0);
	CHECK_EQ(membarrier(MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0), 0);
	CHECK_EQ(membarrier(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0), 0);
}

TEST(errors_of_membarrier)
{
	CHECK_ERRNO(membarrier(MEMBARRIER_CMD_QUERY, 1, 0), EINVAL);
	CHECK_ERRNO(membarrier(MEMBARRIER_CMD_GLOBAL, 1, 0), EINVAL);
	CHECK_ERRNO(membarrier(PRIVATE, MEMBARRIER_CMD_FLAG_CPU, 0), EINVAL);
	CHECK_ERRNO(membarrier(PRIVATE_RSEQ, 2, 0), EINVAL);
	CHECK_ERRNO(membarrier(REGISTER(PRIVATE_RSEQ), MEMBARRIER_CMD_FLAG_CPU, 0), EINVAL);
	CHECK_ERRNO(membarrier(3, 0, 0), EINVAL);
	CHECK_ERRNO(membarrier(-1, 0, 0), EINVAL);
	CHECK_ERRNO(membarrier(LATER_COMMAND, 0, 0), EINVAL);
}

TEST(private_barriers_are_for_the_registered)
{
	int status;

	/* glibc may have registered for RSEQ, but not for these */
	CHECK_ERRNO(membarrier(PRIVATE, 0, 0), EPERM);
	CHECK_ERRNO(membarrier(PRIVATE_CORE, 0, 0), EPERM);
	CHECK_EQ(membarrier(REGISTER(PRIVATE_CORE), 0, 0), 0);
	CHECK_EQ(membarrier(PRIVATE_CORE, 0, 0), 0);
	CHECK_ERRNO(membarrier(PRIVATE, 0, 0), EPERM);
	CHECK_EQ(membarrier(REGISTER(PRIVATE), 0, 0), 0);
	CHECK_EQ(membarrier(PRIVATE, 0, 0), 0);
	CHECK_EQ(membarrier(REGISTER(PRIVATE_RSEQ), 0, 0), 0);
	CHECK_EQ(membarrier(PRIVATE_RSEQ, 0, 0), 0);
	CHECK_EQ(membarrier(PRIVATE_RSEQ, MEMBARRIER_CMD_FLAG_CPU, 0), 0);
	CHECK_EQ(membarrier(PRIVATE_RSEQ, MEMBARRIER_CMD_FLAG_CPU, 7), 0);
	CHECK_EQ(membarrier(PRIVATE_RSEQ, MEMBARRIER_CMD_FLAG_CPU, -1), 0);
	/* a fork inherits it */
	if (fork() == 0)
		_exit(membarrier(PRIVATE, 0, 0) ? 1 : 0);
	CHECK(wait(&status) > 0);
	CHECK_EQ(status, 0);
}

/* 0, 1 and so on are files and no processes. */
TEST(process_madvise_wants_a_process)
{
	struct iovec iov = {(void *)4096, 4096};

	CHECK_ERRNO(syscall(SYS_process_madvise, 0, NULL, 0, 0, 0), EBADF);
	CHECK_ERRNO(syscall(SYS_process_madvise, -1, &iov, 1, 0, 0), EBADF);
	CHECK_ERRNO(syscall(SYS_process_madvise, 0, NULL, 0, 0, 1), EINVAL);
	CHECK_ERRNO(syscall(SYS_process_madvise, -1, NULL, 2000, 0, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_process_madvise, -1, (void *)8, 1, 0, 0), EFAULT);
	iov.iov_len = -1UL;
	CHECK_ERRNO(syscall(SYS_process_madvise, -1, &iov, 1, 0, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_process_mrelease, 0, 0), EBADF);
	CHECK_ERRNO(syscall(SYS_process_mrelease, 0, 1), EINVAL);
}
