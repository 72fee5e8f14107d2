/*
 * msync: writes shared file mappings back. Also remap_file_pages, which is an mmap of other pages
 * of the same file.
 */
#include "mm/calls.h"
#include "mm/internal.h"
#include "kernel/fs/writeback.h"
#include "kernel/lib/util.h"
#include "mm/layout.h"
#include "mm/userfaultfd.h"
#include <linux/errno.h>
#include <linux/mman.h>

/* Write back the part of the file that vma maps in [start, end). Drops mmap_sem. */
static int sync_vma(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long start,
		    unsigned long end)
{
	struct file *f = get_file(vma->vm_file);
	loff_t from = (loff_t)linear_page_index(vma, start) << PAGE_SHIFT;
	loff_t to = from + (min(end, vma->vm_end) - start) - 1;
	int err;

	up_read(&mm->mmap_sem);
	err = vfs_fsync_range(f, from, to, 1);
	fput(f);
	return err;
}

int do_msync(unsigned long start, size_t len, int flags)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	unsigned long end, next;
	int unmapped = 0, err;

	if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC) || offset_in_page(start) ||
	    (flags & MS_ASYNC && flags & MS_SYNC))
		return -EINVAL;
	end = start + PAGE_ALIGN(len);
	if (end < start)
		return -ENOMEM;
	if (end == start)
		return 0;
	down_read(&mm->mmap_sem);
	for (vma = find_vma(mm, start); vma; vma = find_vma(mm, next)) {
		if (start < vma->vm_start) {
			if (flags == MS_ASYNC)
				break;
			start = vma->vm_start;
			if (start >= end)
				break;
			unmapped = -ENOMEM;
		}
		if (flags & MS_INVALIDATE && vma->vm_flags & VM_LOCKED) {
			up_read(&mm->mmap_sem);
			return -EBUSY;
		}
		next = vma->vm_end;
		if (flags & MS_SYNC && vma->vm_file && vma->vm_flags & VM_SHARED) {
			err = sync_vma(mm, vma, start, end);
			if (err || next >= end)
				return err ? err : unmapped;
			down_read(&mm->mmap_sem);
		} else if (next >= end) {
			up_read(&mm->mmap_sem);
			return unmapped;
		}
		start = next;
		cond_resched();
	}
	up_read(&mm->mmap_sem);
	return -ENOMEM;
}

/* Do contiguous VMAs like `vma` cover everything up to `end`? */
static bool same_mapping_up_to(const struct vm_area_struct *vma, unsigned long end)
{
	const struct vm_area_struct *next = vma;

	while (next->vm_end < end) {
		const struct vm_area_struct *prev = next;

		next = next->vm_next;
		if (!next || next->vm_start != prev->vm_end || next->vm_file != vma->vm_file ||
		    next->vm_flags != vma->vm_flags)
			return false;
	}
	return true;
}

/* Returns the address of the new mapping, or -errno. mmap_sem w. */
static unsigned long remap_locked(struct mm_struct *mm, unsigned long start, unsigned long size,
				  unsigned long pgoff, unsigned long flags)
{
	struct vm_area_struct *vma = vma_lookup(mm, start);
	unsigned long prot, ret;
	struct file *f;

	if (!vma || !(vma->vm_flags & VM_SHARED) || !same_mapping_up_to(vma, start + size))
		return -EINVAL;
	prot = vma->vm_flags & (VM_READ | VM_WRITE | VM_EXEC);
	flags = (flags & MAP_NONBLOCK) | MAP_SHARED | MAP_FIXED | MAP_POPULATE;
	if (vma->vm_flags & VM_LOCKED)
		flags |= MAP_LOCKED;
	f = get_file(vma->vm_file);
	ret = static_call(do_mmap)(f, start, size, prot, flags, pgoff);
	userfaultfd_forget_events(current->mm); /* as Linux: no pager is told what was replaced */
	fput(f);
	return ret;
}

int do_remap_file_pages(unsigned long start, unsigned long size, unsigned long prot,
			unsigned long pgoff, unsigned long flags)
{
	struct mm_struct *mm = current->mm;
	bool populate = !(flags & MAP_NONBLOCK);
	unsigned long ret;

	if (prot)
		return -EINVAL;
	start &= PAGE_MASK;
	size &= PAGE_MASK;
	if (start + size <= start || pgoff + (size >> PAGE_SHIFT) < pgoff)
		return -EINVAL;
	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	ret = remap_locked(mm, start, size, pgoff, flags);
	if (!IS_ERR_VALUE(ret) && find_vma(mm, ret)->vm_flags & VM_LOCKED)
		populate = true;
	mm_check_debug(mm);
	up_write(&mm->mmap_sem);
	if (IS_ERR_VALUE(ret))
		return ret;
	if (populate)
		mm_populate(ret, size);
	return 0;
}
