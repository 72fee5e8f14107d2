/*
 * brk: moves the upper end of the heap up and down. A failure returns the old end, and no error.
 */
#include "mm/internal.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "kernel/sched/sched.h"
#include "mm/layout.h"
#include "mm/userfaultfd.h"
#include <linux/mman.h>
#include <linux/errno.h>
#include <linux/personality.h>

static int check_brk_limits(struct mm_struct *mm, unsigned long addr, unsigned long len)
{
	unsigned long mapped = get_unmapped_area(NULL, addr, len, 0, MAP_FIXED);

	if (IS_ERR_VALUE(mapped))
		return mapped;
	return mlock_future_ok(mm, mm->def_flags, len) ? 0 : -EAGAIN;
}

/* Map anonymous private memory at [addr, addr + len), which is free. `prev` is a VMA that may be
   extended, or NULL. */
static int do_brk_flags(struct mm_struct *mm, struct vm_area_struct *prev, unsigned long addr,
			unsigned long len, unsigned long flags)
{
	struct vma_merge_struct vmg = {
		.start = addr, .end = addr + len, .pgoff = addr >> PAGE_SHIFT};
	unsigned long pages = len >> PAGE_SHIFT;
	struct vm_area_struct *vma;

	mmap_assert_write_locked(mm);
	VM_BUG_ON(find_vma_intersection(mm, addr, vmg.end));
	flags |= VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_ACCOUNT |
		 mm->def_flags;
	if (current->personality & READ_IMPLIES_EXEC)
		flags |= VM_EXEC;
	if (!may_expand_vm(mm, flags, pages) || mm->map_count > sysctl_max_map_count)
		return -ENOMEM;
	if (security_vm_enough_memory(pages))
		return -ENOMEM;
	vmg.flags = flags;
	if (prev && prev->vm_end == addr && can_vma_merge_after(prev, &vmg)) {
		vma_expand(prev, prev->vm_start, vmg.end); /* into free room: cannot fail */
	} else {
		vma = vm_area_alloc(mm, addr, vmg.end, flags, vmg.pgoff);
		if (!vma) {
			vm_unacct_memory(pages);
			return -ENOMEM;
		}
		find_vma_prev(mm, addr, &prev);
		vma_link(mm, vma, prev);
	}
	mm->total_vm += pages;
	mm->data_vm += pages;
	if (flags & VM_LOCKED)
		mm->locked_vm += pages;
	return 0;
}

int vm_brk_flags(unsigned long addr, unsigned long request, unsigned long flags)
{
	struct mm_struct *mm = current->mm;
	unsigned long len = PAGE_ALIGN(request);
	struct vm_area_struct *prev;
	bool populate;
	int err;

	if (len < request)
		return -ENOMEM;
	if (!len)
		return 0;
	if (flags & ~VM_EXEC)
		return -EINVAL;
	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	err = check_brk_limits(mm, addr, len);
	if (!err && find_vma_intersection(mm, addr, addr + len))
		err = do_munmap(mm, addr, len);
	if (!err) {
		find_vma_prev(mm, addr, &prev);
		err = do_brk_flags(mm, prev, addr, len, flags);
	}
	populate = !err && mm->def_flags & VM_LOCKED;
	mmap_write_unlock_notify(mm);
	if (populate)
		mm_populate(addr, len);
	return err;
}

static bool data_limit_exceeded(const struct mm_struct *mm, unsigned long brk)
{
	unsigned long limit = rlimit(RLIMIT_DATA);

	return limit < RLIM_INFINITY &&
	       brk - mm->start_brk + (mm->end_data - mm->start_data) > limit;
}

static int shrink_brk(struct mm_struct *mm, unsigned long newbrk, unsigned long oldbrk)
{
	/* if nothing is mapped there, the program has unmapped its heap: refuse, as Linux does */
	if (!find_vma_intersection(mm, newbrk, oldbrk))
		return -EINVAL;
	return do_munmap(mm, newbrk, oldbrk - newbrk);
}

/* Map the heap's new part [oldbrk, newbrk), whose ends are page-aligned. It extends the VMA of the
   heap, but not one that ends where the heap begins, which is .bss. 0; or -ENOMEM: a limit forbids
   it, there is no memory, or not one page would stay free below the next mapping or below the guard
   gap of a stack. mmap_sem w; may sleep. */
static int grow_brk(struct mm_struct *mm, unsigned long oldbrk, unsigned long newbrk)
{
	struct vm_area_struct *next, *prev;

	if (check_brk_limits(mm, oldbrk, newbrk - oldbrk))
		return -ENOMEM;
	/* leave one page free below the next mapping, or below the guard gap of a stack */
	next = find_vma_prev(mm, oldbrk, &prev);
	if (next && newbrk + PAGE_SIZE > vm_start_gap(next))
		return -ENOMEM;
	/* the VMA that ends where the heap begins is .bss, which is not the heap */
	if (prev && prev->vm_end <= mm->start_brk)
		prev = NULL;
	return do_brk_flags(mm, prev, oldbrk, newbrk - oldbrk, 0);
}

unsigned long do_brk(unsigned long brk)
{
	struct mm_struct *mm = current->mm;
	unsigned long oldbrk, newbrk, ret;
	bool populate = false;
	int err = 0;

	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	newbrk = PAGE_ALIGN(brk);
	oldbrk = PAGE_ALIGN(mm->brk);
	/* newbrk < brk: rounding up has wrapped to 0 */
	if (brk < mm->start_brk || newbrk < brk || data_limit_exceeded(mm, brk))
		err = -EINVAL;
	else if (newbrk < oldbrk)
		err = shrink_brk(mm, newbrk, oldbrk);
	else if (newbrk > oldbrk)
		err = grow_brk(mm, oldbrk, newbrk);
	if (!err) {
		populate = newbrk > oldbrk && mm->def_flags & VM_LOCKED;
		mm->brk = brk;
	}
	ret = mm->brk;
	mm_check_debug(mm);
	mmap_write_unlock_notify(mm);
	if (populate)
		mm_populate(oldbrk, newbrk - oldbrk);
	return ret;
}
