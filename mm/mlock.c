/*
 * mlock and its relatives: they fault in the pages of mappings and keep them in memory.
 */
#include "mm/calls.h"
#include "mm/huge_memory.h"
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

static int mlock_large_page(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	if (is_huge_zero_pmd(*pmd)) /* nobody's */
		return 0;
	if (end - addr != HPAGE_SIZE || !pmd_large(*pmd))
		return split_large_page(pmd, addr, end, walk);
	if (*(const bool *)walk->private)
		mlock_page(pmd_page(*pmd));
	else
		munlock_page(pmd_page(*pmd));
	return 0;
}

static const struct mm_walk_ops mlock_ops = {.pte_range = mlock_pte_range,
					     .large_page = mlock_large_page};

/* Lock or unlock the pages that are mapped in [start, end), a part of one VMA. mmap_sem w. */
static void mlock_vma_pages(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			    bool lock)
{
	struct mm_walk walk = {.mm = vma->vm_mm, .vma = vma, .private = &lock};

	__walk_page_range(&walk, start, end, &mlock_ops);
}

/* Give the part newflags, which differ only in VM_LOCKED and VM_LOCKONFAULT. Returns what a
   vma_part_fn does. */
static struct vm_area_struct *mlock_fixup(const struct vma_part *part, unsigned long newflags)
{
	struct vm_area_struct *vma = part->vma;
	struct mm_struct *mm = vma->vm_mm;
	unsigned long oldflags = vma->vm_flags;
	long pages = (part->end - part->start) >> PAGE_SHIFT;

	if (newflags == oldflags || oldflags & VM_SPECIAL)
		return vma;
	vma = vma_modify_flags(part, newflags);
	if (IS_ERR(vma))
		return vma;
	if ((newflags ^ oldflags) & VM_LOCKED)
		mlock_vma_pages(vma, part->start, part->end, newflags & VM_LOCKED);
	VM_BUG_ON(oldflags & VM_LOCKED && mm->locked_vm < (unsigned long)pages);
	if (!(newflags & VM_LOCKED))
		mm->locked_vm -= oldflags & VM_LOCKED ? pages : 0;
	else if (!(oldflags & VM_LOCKED))
		mm->locked_vm += pages;
	vma->vm_flags = newflags;
	return vma;
}

static struct vm_area_struct *lock_part(const struct vma_part *part)
{
	unsigned long flags = *(const unsigned long *)part->arg;

	return mlock_fixup(part, (part->vma->vm_flags & ~VM_LOCKED_MASK) | flags);
}

/* The part of the range before a hole keeps the change. mmap_sem w. */
static int apply_vma_lock_flags(struct mm_struct *mm, unsigned long start, unsigned long len,
				unsigned long flags)
{
	if (start + len < start)
		return -EINVAL;
	return len ? walk_vma_parts(mm, start, start + len, lock_part, &flags, false) : 0;
}

/* How many pages of the range are already locked: they do not count a second time. */
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

/* The error that POSIX wants from mlock when faulting in failed. */
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

/* Ignores the errors of single VMAs (too many mappings). */
static struct vm_area_struct *lock_whole_vma(const struct vma_part *part)
{
	struct vm_area_struct *vma = lock_part(part);

	return IS_ERR(vma) ? part->vma : vma;
}

/* mmap_sem w. */
static void apply_mlockall_flags(struct mm_struct *mm, int flags)
{
	unsigned long on_fault = flags & MCL_ONFAULT ? VM_LOCKONFAULT : 0, add = 0;

	mm->def_flags &= ~VM_LOCKED_MASK;
	if (flags & MCL_FUTURE) {
		mm->def_flags |= VM_LOCKED | on_fault;
		if (!(flags & MCL_CURRENT))
			return;
	}
	if (flags & MCL_CURRENT)
		add = VM_LOCKED | on_fault;
	walk_vma_parts(mm, 0, TASK_SIZE, lock_whole_vma, &add, true);
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
