/*
 * The memory calls: thin entries.
 */
#include "kernel/syscall/syscall.h"
#include "mm/layout.h"
#include "mm/calls.h"
#include "mm/mm.h"
#include "mm/swap/swap.h"
#include <linux/mman.h>
#include <linux/errno.h>

SYSCALL_DEFINE6(mmap2, unsigned long, addr, unsigned long, len, unsigned long, prot, unsigned long,
		flags, unsigned long, fd, unsigned long, pgoff)
{
	return ksys_mmap_pgoff(addr, len, prot, flags, fd, pgoff);
}

/* The old call has its six arguments in memory (Linux: struct mmap_arg_struct in mm/mmap.c). */
struct mmap_arg_struct {
	u32 addr, len, prot, flags, fd, offset;
};
_Static_assert(sizeof(struct mmap_arg_struct) == 24, "six words");

SYSCALL_DEFINE1(mmap, struct mmap_arg_struct __user *, arg)
{
	struct mmap_arg_struct a;

	if (copy_from_user(&a, arg, sizeof(a)))
		return -EFAULT;
	if (offset_in_page(a.offset))
		return -EINVAL;
	return ksys_mmap_pgoff(a.addr, a.len, a.prot, a.flags, a.fd, a.offset >> PAGE_SHIFT);
}

SYSCALL_DEFINE2(munmap, unsigned long, addr, size_t, len)
{
	return vm_munmap(addr, len);
}

SYSCALL_DEFINE1(brk, unsigned long, brk)
{
	return do_brk(brk);
}

SYSCALL_DEFINE3(mprotect, unsigned long, start, size_t, len, unsigned long, prot)
{
	return do_mprotect(start, len, prot);
}

SYSCALL_DEFINE5(mremap, unsigned long, addr, unsigned long, old_len, unsigned long, new_len,
		unsigned long, flags, unsigned long, new_addr)
{
	return do_mremap(addr, old_len, new_len, flags, new_addr);
}

SYSCALL_DEFINE3(madvise, unsigned long, start, size_t, len, int, behavior)
{
	return do_madvise(start, len, behavior);
}

SYSCALL_DEFINE3(mincore, unsigned long, start, size_t, len, unsigned char __user *, vec)
{
	return mincore_range(start, len, vec);
}

SYSCALL_DEFINE3(msync, unsigned long, start, size_t, len, int, flags)
{
	return do_msync(start, len, flags);
}

SYSCALL_DEFINE5(remap_file_pages, unsigned long, start, unsigned long, size, unsigned long, prot,
		unsigned long, pgoff, unsigned long, flags)
{
	return do_remap_file_pages(start, size, prot, pgoff, flags);
}

SYSCALL_DEFINE2(mlock, unsigned long, start, size_t, len)
{
	return do_mlock(start, len, VM_LOCKED);
}

SYSCALL_DEFINE3(mlock2, unsigned long, start, size_t, len, int, flags)
{
	if (flags & ~MLOCK_ONFAULT)
		return -EINVAL;
	return do_mlock(start, len, VM_LOCKED | (flags & MLOCK_ONFAULT ? VM_LOCKONFAULT : 0));
}

SYSCALL_DEFINE2(munlock, unsigned long, start, size_t, len)
{
	return do_munlock(start, len);
}

SYSCALL_DEFINE1(mlockall, int, flags)
{
	return do_mlockall(flags);
}

SYSCALL_DEFINE0(munlockall)
{
	return do_munlockall();
}

SYSCALL_DEFINE2(swapon, const char __user *, name, int, flags)
{
	return do_swapon(name, flags);
}

SYSCALL_DEFINE1(swapoff, const char __user *, name)
{
	return do_swapoff(name);
}
