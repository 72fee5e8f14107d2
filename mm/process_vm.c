/*
 * process_vm_readv and process_vm_writev: copying between the memory of two processes. The other
 * process's pages are faulted in as its own access would do, then copied to or from the caller's
 * buffers.
 */
#include "mm/calls.h"
#include "kernel/fs/fs.h"
#include "kernel/fs/uio.h"
#include "kernel/lib/util.h"
#include "kernel/cred/ptrace.h"
#include "kernel/x86/uaccess.h"
#include "mm/phys/highmem.h"
#include "mm/internal.h"
#include "mm/phys/slab.h"

/* Linux: PVM_MAX_KMALLOC_PAGES, two pages of pointers */
#define PAGES_AT_ONCE (2 * PAGE_SIZE / sizeof(struct page *))

/* Pin up to `nr` pages from addr on, and stop at the first that cannot be faulted in. Returns how
   many are pinned. */
static unsigned long pin_remote_pages(struct mm_struct *mm, unsigned long addr, unsigned long nr,
				      bool write, struct page **pages)
{
	long pinned = pin_user_pages(mm, addr, nr, write, pages);

	return max(pinned, 0L);
}

/* Copy between these pages, from `offset` in the first on, and the caller's buffers. May sleep in
   faults on the buffers. Returns false if one is bad. */
static bool rw_pages(struct page **pages, unsigned int offset, size_t len, struct iov_iter *iter,
		     bool write)
{
	for (; len && iter->count; pages++, offset = 0) {
		size_t n = min(min(len, (size_t)(PAGE_SIZE - offset)), iter->count), copied;
		char *kaddr = kmap_local_page(*pages);

		copied = write ? copy_from_iter(kaddr + offset, n, iter)
			       : copy_to_iter(kaddr + offset, n, iter);
		kunmap_local(kaddr);
		if (copied < n)
			return false;
		len -= n;
		cond_resched();
	}
	return true;
}

/* Copy one range of the other process's memory, PAGES_AT_ONCE pages at a time. The pages of each
   step are all faulted in, even if the caller's buffers end before. 0 or -EFAULT. */
static int rw_single_vec(struct mm_struct *mm, unsigned long addr, size_t len,
			 struct iov_iter *iter, bool write, struct page **pages)
{
	unsigned int offset = addr & ~PAGE_MASK;
	unsigned long nr = len ? (addr + len - 1) / PAGE_SIZE - addr / PAGE_SIZE + 1 : 0, got;
	bool copied = true;

	for (addr &= PAGE_MASK; copied && nr && iter->count; addr += got << PAGE_SHIFT, nr -= got) {
		size_t bytes;

		got = pin_remote_pages(mm, addr, min(nr, PAGES_AT_ONCE), write, pages);
		if (!got)
			return -EFAULT;
		bytes = min(len, (size_t)(got << PAGE_SHIFT) - offset);
		copied = rw_pages(pages, offset, bytes, iter, write);
		unpin_user_pages(pages, got, write);
		len -= bytes;
		offset = 0;
	}
	return copied ? 0 : -EFAULT;
}

/* The address space of process `pid`, referenced, if current may access it; else ERR_PTR. */
static struct mm_struct *remote_mm(pid_t pid)
{
	struct task_struct *p = find_task_by_pid(pid);
	struct mm_struct *mm;

	if (!p)
		return ERR_PTR(-ESRCH);
	get_task_struct(p);
	mm = mm_access(p, PTRACE_MODE_ATTACH_REALCREDS);
	put_task_struct(p);
	if (!mm)
		return ERR_PTR(-ESRCH);
	return mm == ERR_PTR(-EACCES) ? ERR_PTR(-EPERM) : mm;
}

static ssize_t rw_vectors(pid_t pid, struct iov_iter *iter, const struct iovec *remote,
			  unsigned long nr, bool write)
{
	size_t total = iter->count;
	struct mm_struct *mm;
	struct page **pages;
	bool any = false;
	unsigned long i;
	ssize_t err = 0;

	for (i = 0; i < nr && !any; i++)
		any = remote[i].iov_len;
	if (!any)
		return 0;
	mm = remote_mm(pid);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	pages = kmalloc(PAGES_AT_ONCE * sizeof(*pages), GFP_KERNEL);
	if (!pages)
		err = -ENOMEM;
	for (i = 0; i < nr && iter->count && !err; i++)
		err = rw_single_vec(mm, (unsigned long)remote[i].iov_base, remote[i].iov_len, iter,
				    write, pages);
	kfree(pages);
	mmput(mm);
	return total > iter->count ? (ssize_t)(total - iter->count) : err;
}

ssize_t process_vm_rw(pid_t pid, const struct iovec __user *lvec, unsigned long liovcnt,
		      const struct iovec __user *rvec, unsigned long riovcnt, unsigned long flags,
		      bool write)
{
	struct iovec fast[UIO_FASTIOV], fast_remote[UIO_FASTIOV], *local, *remote;
	struct iov_iter iter;
	ssize_t ret;

	if (flags)
		return -EINVAL;
	ret = import_iovec(lvec, liovcnt, fast, UIO_FASTIOV, &local);
	if (ret < 0)
		return ret;
	if (ret) {
		iter = (struct iov_iter){.iov = local, .count = ret};
		remote = iovec_from_user(rvec, riovcnt, fast_remote, UIO_FASTIOV);
		if (IS_ERR(remote)) {
			ret = PTR_ERR(remote);
		} else {
			ret = rw_vectors(pid, &iter, remote, riovcnt, write);
			if (remote != fast_remote)
				kfree(remote);
		}
	}
	if (local != fast)
		kfree(local);
	return ret;
}
