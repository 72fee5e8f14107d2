/*
 * munmap: validate, split, detach, unmap, free. Also the end of a whole address space.
 */
#include "mm/internal.h"
#include "kernel/core/panic.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "kernel/sched/sched.h"
#include "mm/layout.h"
#include "mm/userfaultfd.h"
#include <linux/errno.h>

unsigned long count_vma_pages_range(struct mm_struct *mm, unsigned long addr, unsigned long end)
{
	struct vm_area_struct *vma;
	unsigned long pages = 0;

	for (vma = find_vma_intersection(mm, addr, end); vma && vma->vm_start < end;
	     vma = vma->vm_next)
		pages += (min(end, vma->vm_end) - max(addr, vma->vm_start)) >> PAGE_SHIFT;
	return pages;
}

/* Remove the VMAs from `vma` up to `end`, where one was split if necessary, from list and tree.
   They stay chained by vm_next. Returns the first. */
static struct vm_area_struct *detach_vmas(struct mm_struct *mm, struct vm_area_struct *vma,
					  unsigned long end)
{
	struct vm_area_struct *first = vma, **tail = &first;

	while (vma && vma->vm_start < end) {
		struct vm_area_struct *next = vma->vm_next;

		vma_unlink(mm, vma);
		*tail = vma;
		tail = &vma->vm_next;
		vma = next;
		cond_resched();
	}
	*tail = NULL;
	return first;
}

/* Remove the VMAs from `vma` on from the trees of their files. They must be unmapped by then: a
   truncation finds mapped pages only through those trees. */
static void unlink_files(struct vm_area_struct *vma)
{
	for (; vma; vma = vma->vm_next) {
		if (!vma->vm_file)
			continue;
		i_mmap_lock_write(vma->vm_file->f_mapping);
		vma_unlink_file(vma);
		i_mmap_unlock_write(vma->vm_file->f_mapping);
		cond_resched();
	}
}

/* Subtract the detached and unmapped VMAs from the accounts, and free them. */
static void remove_vma_list(struct mm_struct *mm, struct vm_area_struct *vma)
{
	unsigned long accounted = 0;

	update_hiwater_vm(mm);
	while (vma) {
		struct vm_area_struct *next = vma->vm_next;
		long pages = vma_pages(vma);

		if (vma->vm_flags & VM_ACCOUNT)
			accounted += pages;
		if (vma->vm_flags & VM_LOCKED) {
			VM_BUG_ON(mm->locked_vm < (unsigned long)pages);
			mm->locked_vm -= pages;
		}
		vm_stat_account(mm, vma->vm_flags, -pages);
		remove_vma(vma);
		vma = next;
		cond_resched();
	}
	vm_unacct_memory(accounted);
}

/* Split the VMAs that extend beyond [start, end); *first becomes the first VMA inside. 0 or
   -errno. */
static int split_at_ends(struct mm_struct *mm, unsigned long start, unsigned long end,
			 struct vm_area_struct **first)
{
	struct vm_area_struct *vma = *first, *last;
	int err;

	if (start > vma->vm_start) {
		/* a hole in the middle of one VMA makes two of it */
		if (end < vma->vm_end && mm->map_count >= sysctl_max_map_count)
			return -ENOMEM;
		err = __split_vma(mm, vma, start, false);
		if (err)
			return err;
		vma = vma->vm_next;
	}
	last = end <= vma->vm_end ? vma : find_vma(mm, end - 1);
	if (last && last->vm_start < end && end < last->vm_end) {
		err = __split_vma(mm, last, end, true);
		if (err)
			return err;
		if (last == vma)
			vma = last->vm_prev;
	}
	*first = vma;
	return 0;
}

int do_munmap(struct mm_struct *mm, unsigned long start, size_t len)
{
	struct vm_area_struct *vma, *prev, *next, *v;
	unsigned long end;
	int err;

	mmap_assert_write_locked(mm);
	if (start & ~PAGE_MASK || start > TASK_SIZE || len > TASK_SIZE - start)
		return -EINVAL;
	end = start + PAGE_ALIGN(len);
	if (end == start)
		return -EINVAL;
	vma = find_vma_intersection(mm, start, end);
	if (!vma)
		return 0;
	err = split_at_ends(mm, start, end, &vma);
	for (v = vma; !err && v && v->vm_start < end; v = v->vm_next)
		err = userfaultfd_unmap_prep(v, start, end);
	if (err)
		return err;

	prev = vma->vm_prev;
	vma = detach_vmas(mm, vma, end);
	next = prev ? prev->vm_next : mm->mmap;
	update_hiwater_rss(mm);
	for (v = vma; v; v = v->vm_next)
		unmap_page_range(v, v->vm_start, v->vm_end);
	unlink_files(vma);
	/* the neighbours may use the first and the last table too */
	free_pgtables(mm, start, end, prev ? prev->vm_end : 0, next ? next->vm_start : TASK_SIZE);
	remove_vma_list(mm, vma);
	return 0;
}
DEFINE_STATIC_CALL(do_munmap);

int vm_munmap(unsigned long start, size_t len)
{
	struct mm_struct *mm = current->mm;
	int err;

	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	err = do_munmap(mm, start, len);
	mm_check_debug(mm);
	mmap_write_unlock_notify(mm);
	return err;
}

void exit_mmap(struct mm_struct *mm)
{
	struct vm_area_struct *vma = mm->mmap, *v;
	unsigned long accounted = 0;

	VM_BUG_ON(mm->mm_users); /* nobody can look: no lock */
	for (v = vma; v; v = v->vm_next)
		unmap_page_range(v, v->vm_start, v->vm_end);
	unlink_files(vma);
	for (v = vma; v;
	     v = v->vm_next) { /* most of the directory is empty: look where VMAs were */
		free_pgtables(mm, v->vm_start, v->vm_end, 0, TASK_SIZE);
		cond_resched();
	}
	mm->mmap = mm->mmap_cache = NULL;
	mm->mm_rb = RB_ROOT;
	while (vma) {
		struct vm_area_struct *next = vma->vm_next;

		if (vma->vm_flags & VM_ACCOUNT)
			accounted += vma_pages(vma);
		mm->map_count--;
		remove_vma(vma);
		vma = next;
		cond_resched();
	}
	vm_unacct_memory(accounted);
	mm_check_empty(mm);
}
DEFINE_STATIC_CALL(exit_mmap);
