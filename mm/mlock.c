/*
 * mlock and its kin: mappings whose pages are faulted in now and stay.
 */
#include "mm/mlock.h"
#include "mm/internal.h"
#include "kernel/lib/err.h"
#include "kernel/lib/util.h"
#include "mm/layout.h"
#include "mm/pagewalk.h"
#include <linux/errno.h>
#include <linux/mman.h>

static bool can_do_mlock(void)
{
	return rlimit(RLIMIT_MEMLOCK) || has_cap(CAP_IPC_LOCK);
}

bool mlock_future_ok(struct mm_struct *mm, unsigned long vm_flags, unsigned long bytes)
{
	unsigned long locked;

	if (!(vm_flags & VM_LOCKED) || has_cap(CAP_IPC_LOCK))
		return true;
	locked = mm->locked_vm + (bytes >> PAGE_SHIFT);
	return locked <= rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
}

static int mlock_pte_range(pte_t *pte, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	bool lock = *(const bool *)walk->private;

	for (; addr != end; addr += PAGE_SIZE, pte++) {
		struct page *page = vm_normal_page(*pte);

		if (page && lock)
			mlock_page(page);
		else if (page)
			munlock_page(page);
	}
	return 0;
}

static const struct mm_walk_ops mlock_ops = {.pte_range = mlock_pte_range};

/* A mapping of [start, end) becomes a locked one, or is one no more. mmap_sem w. */
static void mlock_vma_pages(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			    bool lock)
{
	struct mm_walk walk = {.mm = vma->vm_mm, .vma = vma, .private = &lock};

	__walk_page_range(&walk, start, end, &mlock_ops);
}

/* [start, end) within vma gets newflags, which differ in VM_LOCKED and VM_LOCKONFAULT only. *prev:
   as in mprotect_fixup. */
static int mlock_fixup(struct vm_area_struct *vma, struct vm_area_struct **prev,
		       unsigned long start, unsigned long end, unsigned long newflags)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long oldflags = vma->vm_flags;
	long pages = (end - start) >> PAGE_SHIFT;

	if (newflags == oldflags || oldflags & VM_SPECIAL) {
		*prev = vma;
		return 0;
	}
	vma = vma_modify_flags(*prev, vma, start, end, newflags);
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	*prev = vma;
	if ((newflags ^ oldflags) & VM_LOCKED)
		mlock_vma_pages(vma, start, end, newflags & VM_LOCKED);
	if (!(newflags & VM_LOCKED))
		mm->locked_vm -= oldflags & VM_LOCKED ? pages : 0;
	else if (!(oldflags & VM_LOCKED))
		mm->locked_vm += pages;
	vma->vm_flags = newflags;
	return 0;
}

/* mmap_sem w. What came before a hole keeps the change. */
static int apply_vma_lock_flags(struct mm_struct *mm, unsigned long start, unsigned long len,
				unsigned long flags)
{
	unsigned long end = start + len;
	struct vm_area_struct *vma, *prev;

	if (end < start)
		return -EINVAL;
	if (end == start)
		return 0;
	vma = find_vma_prev(mm, start, &prev);
	if (!vma || vma->vm_start > start)
		return -ENOMEM;
	if (start > vma->vm_start)
		prev = vma;
	for (;;) {
		unsigned long newflags = (vma->vm_flags & ~VM_LOCKED_MASK) | flags;
		unsigned long tmp = min(vma->vm_end, end);
		int err = mlock_fixup(vma, &prev, start, tmp, newflags);

		if (err)
			return err;
		start = max(tmp, prev->vm_end);
		if (start >= end)
			return 0;
		vma = prev->vm_next;
		if (!vma || vma->vm_start != start)
			return -ENOMEM;
		cond_resched();
	}
}

/* Pages of the range that are locked already do not count a second time. */
static unsigned long count_locked_pages(struct mm_struct *mm, unsigned long start,
					unsigned long len)
{
	unsigned long end = start + len < start ? ~0UL : start + len, count = 0;
	struct vm_area_struct *vma;

	for (vma = find_vma(mm, start); vma && vma->vm_start < end; vma = vma->vm_next)
		if (vma->vm_flags & VM_LOCKED)
			count += min(end, vma->vm_end) - max(start, vma->vm_start);
	return count >> PAGE_SHIFT;
}

/* What POSIX wants mlock to answer when faulting in failed. */
static int mlock_posix_error(int err)
{
	return err == -EFAULT ? -ENOMEM : err == -ENOMEM ? -EAGAIN : err;
}

int do_mlock(unsigned long start, size_t len, unsigned long vm_flags)
{
	unsigned long limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT, locked;
	struct mm_struct *mm = current->mm;
	int err = -ENOMEM;

	if (!can_do_mlock())
		return -EPERM;
	len = PAGE_ALIGN(len + offset_in_page(start));
	start &= PAGE_MASK;
	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	locked = (len >> PAGE_SHIFT) + mm->locked_vm;
	if (locked > limit && !has_cap(CAP_IPC_LOCK))
		locked -= count_locked_pages(mm, start, len);
	if (locked <= limit || has_cap(CAP_IPC_LOCK))
		err = apply_vma_lock_flags(mm, start, len, vm_flags);
	mm_check_debug(mm);
	up_write(&mm->mmap_sem);
	if (err)
		return err;
	return mlock_posix_error(populate_range(start, len, false));
}

int do_munlock(unsigned long start, size_t len)
{
	struct mm_struct *mm = current->mm;
	int err;

	len = PAGE_ALIGN(len + offset_in_page(start));
	start &= PAGE_MASK;
	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	err = apply_vma_lock_flags(mm, start, len, 0);
	mm_check_debug(mm);
	up_write(&mm->mmap_sem);
	return err;
}

/* mmap_sem w. Errors of single VMAs (too many mappings) are passed over. */
static void apply_mlockall_flags(struct mm_struct *mm, int flags)
{
	unsigned long on_fault = flags & MCL_ONFAULT ? VM_LOCKONFAULT : 0, add = 0;
	struct vm_area_struct *vma, *prev = NULL;

	mm->def_flags &= ~VM_LOCKED_MASK;
	if (flags & MCL_FUTURE) {
		mm->def_flags |= VM_LOCKED | on_fault;
		if (!(flags & MCL_CURRENT))
			return;
	}
	if (flags & MCL_CURRENT)
		add = VM_LOCKED | on_fault;
	for (vma = mm->mmap; vma; vma = prev->vm_next) {
		if (mlock_fixup(vma, &prev, vma->vm_start, vma->vm_end,
				(vma->vm_flags & ~VM_LOCKED_MASK) | add))
			prev = vma;
		cond_resched();
	}
}

int do_mlockall(int flags)
{
	struct mm_struct *mm = current->mm;
	int err = -ENOMEM;

	if (!flags || flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) || flags == MCL_ONFAULT)
		return -EINVAL;
	if (!can_do_mlock())
		return -EPERM;
	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	if (!(flags & MCL_CURRENT) || mm->total_vm <= rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT ||
	    has_cap(CAP_IPC_LOCK)) {
		apply_mlockall_flags(mm, flags);
		err = 0;
	}
	mm_check_debug(mm);
	up_write(&mm->mmap_sem);
	if (!err && flags & MCL_CURRENT)
		mm_populate(0, TASK_SIZE);
	return err;
}

int do_munlockall(void)
{
	struct mm_struct *mm = current->mm;

	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	apply_mlockall_flags(mm, 0);
	mm_check_debug(mm);
	up_write(&mm->mmap_sem);
	return 0;
}
