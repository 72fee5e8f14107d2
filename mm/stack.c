/*
 * The stack: the first page that exec makes, the move to another place, and growth: a VM_GROWSDOWN
 * mapping is extended when the page below it is touched.
 */
#include "mm/internal.h"
#include "kernel/lib/util.h"
#include "mm/aslr.h"
#include "mm/layout.h"
#include <linux/errno.h>

struct vm_area_struct *mm_new_stack(struct mm_struct *mm, unsigned long top)
{
	unsigned long start = top - PAGE_SIZE;
	struct vm_area_struct *vma;

	if (security_vm_enough_memory(1))
		return NULL;
	vma = vm_area_alloc(mm, start, top,
			    VM_STACK_FLAGS | VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE |
				    VM_MAYEXEC,
			    start >> PAGE_SHIFT);
	if (!vma) {
		vm_unacct_memory(1);
		return NULL;
	}
	down_write(&mm->mmap_sem); /* free: nobody knows this address space yet */
	vma_link(mm, vma, NULL);
	mm->total_vm = mm->stack_vm = 1;
	up_write(&mm->mmap_sem);
	return vma;
}

int shift_arg_pages(struct vm_area_struct *vma, unsigned long shift)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long start = vma->vm_start, end = vma->vm_end, size = end - start;
	long pages = shift >> PAGE_SHIFT;

	mmap_assert_write_locked(mm);
	VM_BUG_ON(!PAGE_ALIGNED(shift) || shift > start || mm->map_count != 1);
	/* Until all pages have moved, the VMA covers both places: if the move fails, unmapping it
	   frees the pages at both. */
	vma->vm_start -= shift;
	vma_gap_update(vma);
	vm_stat_account(mm, vma->vm_flags, pages);
	if (move_page_tables(vma, start, start - shift, size) != size) {
		/* charge the added pages: unmapping the VMA uncharges all of it */
		vm_unacct_memory(-pages);
		return -ENOMEM;
	}
	vma->vm_end -= shift;
	mm->highest_vm_end = vma->vm_end;
	vm_stat_account(mm, vma->vm_flags, -pages);
	free_pgtables(mm, max(start, vma->vm_end), end, vma->vm_end, TASK_SIZE);
	return 0;
}

DEFINE_STATIC_CALL(shift_arg_pages);

#define STACK_ROOM_MIN (128UL << 20)
#define STACK_ROOM_MAX (TASK_SIZE / 6 * 5)

unsigned long stack_room(unsigned long stack_rlimit)
{
	unsigned long pad = stack_guard_gap, room = stack_rlimit;

	if (current->flags & PF_RANDOMIZE)
		pad += STACK_RND_PAGES << PAGE_SHIFT;
	/* if the sum wraps, the limit is as good as none */
	if (room + pad > room)
		room += pad;
	return clamp(room, STACK_ROOM_MIN, STACK_ROOM_MAX);
}

/* ---- growing ---- */

/* May the stack grow by `grow` pages to `size` bytes, by the limits of the process? */
static bool stack_limits_allow(const struct vm_area_struct *vma, unsigned long size,
			       unsigned long grow)
{
	struct mm_struct *mm = vma->vm_mm;

	return may_expand_vm(mm, vma->vm_flags, grow) && size <= rlimit(RLIMIT_STACK) &&
	       mlock_future_ok(mm, vma->vm_flags, grow << PAGE_SHIFT);
}

/* Ask the limits on a growth down to `address`, and charge it. 0 or -ENOMEM. */
static int acct_stack_growth(const struct vm_area_struct *vma, unsigned long address,
			     unsigned long grow)
{
	if (!stack_limits_allow(vma, vma->vm_end - address, grow))
		return -ENOMEM;
	return security_vm_enough_memory(grow);
}

static void count_stack_growth(struct vm_area_struct *vma, unsigned long grow)
{
	if (vma->vm_flags & VM_LOCKED)
		vma->vm_mm->locked_vm += grow;
	vm_stat_account(vma->vm_mm, vma->vm_flags, grow);
}

int mm_extend_stack(struct vm_area_struct *vma, unsigned long start)
{
	unsigned long grow = (vma->vm_start - start) >> PAGE_SHIFT;
	int err;

	if (start >= vma->vm_start)
		return 0;
	err = acct_stack_growth(vma, start, grow);
	if (err)
		return err;
	vma_expand(vma, start, vma->vm_end); /* into free room: cannot fail */
	count_stack_growth(vma, grow);
	return 0;
}

int grow_stack(struct vm_area_struct *vma, unsigned long address)
{
	unsigned long grow;
	int err;

	/* this may sleep, and another thread may grow the stack: look at vm_start after it */
	if (anon_vma_prepare(vma))
		return -ENOMEM;
	if (address >= vma->vm_start)
		return 0;
	VM_BUG_ON(vma->vm_prev && vma->vm_prev->vm_end > address);
	grow = (vma->vm_start - address) >> PAGE_SHIFT;
	if (grow > vma->vm_pgoff)
		return -ENOMEM;
	err = acct_stack_growth(vma, address, grow);
	if (err)
		return err;
	count_stack_growth(vma, grow);
	vma_rmap_detach(vma);
	vma->vm_start = address;
	vma->vm_pgoff -= grow;
	vma_rmap_attach(vma);
	vma_gap_update(vma);
	return 0;
}

static bool vma_is_accessible(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_ACCESS_FLAGS;
}

/* Does a stack that grows down to `address` keep the guard gap above the mapping below it? None is
   kept above another stack or an inaccessible mapping: that one is a guard which the program made
   itself. */
static bool keeps_guard_gap(const struct vm_area_struct *vma, unsigned long address)
{
	const struct vm_area_struct *prev = vma->vm_prev;

	return !prev || prev->vm_flags & VM_GROWSDOWN || !vma_is_accessible(prev) ||
	       address - prev->vm_end >= stack_guard_gap;
}

int expand_stack(struct vm_area_struct *vma, unsigned long address)
{
	mmap_assert_locked(vma->vm_mm);
	address &= PAGE_MASK;
	if (!(vma->vm_flags & VM_GROWSDOWN))
		return -EFAULT;
	if (address < mmap_min_addr)
		return -EPERM;
	if (!keeps_guard_gap(vma, address))
		return -ENOMEM;
	return grow_stack(vma, address);
}
DEFINE_STATIC_CALL(expand_stack);
