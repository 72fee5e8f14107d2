/*
 * The memory calls: thin entries.
 */
#include "kernel/fs/fs.h"
#include "kernel/sched/sched.h"
#include "kernel/syscall/syscall.h"
#include "mm/layout.h"
#include "mm/mm.h"
#include "mm/mprotect.h"
#include "mm/mremap.h"
#include <linux/mman.h>
#include <linux/errno.h>

static unsigned long mmap_pgoff(unsigned long addr, unsigned long len, unsigned long prot,
				unsigned long flags, unsigned long fd, unsigned long pgoff)
{
	struct file *file = NULL;
	unsigned long ret;

	if (!(flags & MAP_ANONYMOUS)) {
		file = fget(fd);
		if (!file)
			return -EBADF;
		if (flags & MAP_HUGETLB) { /* no file here has huge pages */
			fput(file);
			return -EINVAL;
		}
	} else if (flags & MAP_HUGETLB) {
		return -ENOMEM; /* the pool of huge pages is empty */
	}
	ret = vm_mmap(file, addr, len, prot, flags, pgoff);
	if (file)
		fput(file);
	return ret;
}

SYSCALL_DEFINE6(mmap2, unsigned long, addr, unsigned long, len, unsigned long, prot, unsigned long,
		flags, unsigned long, fd, unsigned long, pgoff)
{
	return mmap_pgoff(addr, len, prot, flags, fd, pgoff);
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
	return mmap_pgoff(a.addr, a.len, a.prot, a.flags, a.fd, a.offset >> PAGE_SHIFT);
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
