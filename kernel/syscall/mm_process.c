/*
 * Memory calls that reach beyond the caller's own address space: thin entries.
 */
#include "kernel/fs/fs.h"
#include "kernel/fs/uio.h"
#include "kernel/syscall/syscall.h"
#include "kernel/fs/tmpfs/memfd.h"
#include "kernel/fs/userfaultfd.h"
#include "mm/calls.h"
#include "mm/phys/slab.h"

SYSCALL_DEFINE2(memfd_create, const char __user *, name, unsigned int, flags)
{
	return do_memfd_create(name, flags);
}

SYSCALL_DEFINE6(process_vm_readv, pid_t, pid, const struct iovec __user *, lvec, unsigned long,
		liovcnt, const struct iovec __user *, rvec, unsigned long, riovcnt, unsigned long,
		flags)
{
	return process_vm_rw(pid, lvec, liovcnt, rvec, riovcnt, flags, false);
}

SYSCALL_DEFINE6(process_vm_writev, pid_t, pid, const struct iovec __user *, lvec, unsigned long,
		liovcnt, const struct iovec __user *, rvec, unsigned long, riovcnt, unsigned long,
		flags)
{
	return process_vm_rw(pid, lvec, liovcnt, rvec, riovcnt, flags, true);
}

SYSCALL_DEFINE2(membarrier, int, cmd, unsigned int, flags)
{
	return do_membarrier(cmd, flags);
}

/* There are no process descriptors (no pidfd_open), so every descriptor is bad. */
SYSCALL_DEFINE5(process_madvise, int, pidfd, const struct iovec __user *, vec, size_t, vlen, int,
		behavior, unsigned int, flags)
{
	struct iovec fast[UIO_FASTIOV], *iov;
	ssize_t total;

	if (flags)
		return -EINVAL;
	total = import_iovec(vec, vlen, fast, UIO_FASTIOV, &iov);
	if (total < 0)
		return total;
	if (iov != fast)
		kfree(iov);
	return -EBADF;
}

SYSCALL_DEFINE2(process_mrelease, int, pidfd, unsigned int, flags)
{
	return flags ? -EINVAL : -EBADF;
}

SYSCALL_DEFINE1(userfaultfd, int, flags)
{
	return do_userfaultfd(flags);
}
