/*
 * Splitting and merging VMAs.
 *
 * Adjacent VMAs with the same flags, the same file and contiguous offsets are kept as one. A call
 * that changes a range merges it with a neighbour that already has the new properties; if there is
 * none, it splits VMAs at the ends of the range.
 */
#include "mm/huge_memory.h"
#include "mm/internal.h"
#include "kernel/core/panic.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "mm/layout.h"
#include <linux/errno.h>

/* Can pages of both anon_vmas live in one VMA? They can if the two are the same. If only one
   exists, it must be that of `vma`, the VMA that would grow, and `vma` must not have links to
   others, from before a fork; without `vma`, either will do. */
static bool is_mergeable_anon_vma(const struct anon_vma *a, const struct anon_vma *b,
				  const struct vm_area_struct *vma)
{
	if ((!a || !b) && (!vma || list_is_singular(&vma->anon_vma_chain)))
		return true;
	return a == b;
}

/* A VMA whose driver must be told when it goes (->close) never merges. */
static bool is_mergeable_vma(const struct vm_area_struct *vma, const struct vma_merge_struct *vmg)
{
	if (vma->vm_flags != vmg->flags || vma->vm_file != vmg->file)
		return false;
	if (unlikely(vma->vm_userfaultfd_ctx != vmg->uffd_ctx))
		return false;
	return !(vma->vm_ops && vma->vm_ops->close);
}

bool can_vma_merge_before(const struct vm_area_struct *vma, const struct vma_merge_struct *vmg)
{
	return is_mergeable_vma(vma, vmg) &&
	       is_mergeable_anon_vma(vmg->anon_vma, vma->anon_vma, vma) &&
	       vma->vm_pgoff == vmg->pgoff + ((vmg->end - vmg->start) >> PAGE_SHIFT);
}

bool can_vma_merge_after(const struct vm_area_struct *vma, const struct vma_merge_struct *vmg)
{
	return is_mergeable_vma(vma, vmg) &&
	       is_mergeable_anon_vma(vmg->anon_vma, vma->anon_vma, vma) &&
	       vma->vm_pgoff + vma_pages(vma) == vmg->pgoff;
}

/* `vma` is to grow to [start, end), and to take over the pages of others. Without an anon_vma of
   its own, it shares theirs. 0 or -ENOMEM. */
static int inherit_anon_vma(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct vm_area_struct *from;

	for (from = vma->vm_next; !vma->anon_vma && from && from->vm_start < end;
	     from = from->vm_next)
		if (from->anon_vma && anon_vma_clone(vma, from))
			return -ENOMEM;
	for (from = vma->vm_prev; !vma->anon_vma && from && from->vm_end > start;
	     from = from->vm_prev)
		if (from->anon_vma && anon_vma_clone(vma, from))
			return -ENOMEM;
	return 0;
}

/* The pages of `from` go to `vma`: are they found there? */
static void check_anon_vma(const struct vm_area_struct *vma, const struct vm_area_struct *from)
{
	VM_BUG_ON(from->anon_vma && from->anon_vma != vma->anon_vma);
}

/* Remove or trim the VMAs after `vma`, which is to end at `end`. They map the same file as `vma`,
   so dropping their references to it does not sleep. */
static void absorb_above(struct vm_area_struct *vma, unsigned long end)
{
	struct vm_area_struct *next;

	while ((next = vma->vm_next) && next->vm_start < end) {
		check_anon_vma(vma, next);
		if (next->vm_end > end) {
			/* vm_pgoff is the offset of vm_start, and moves with it */
			vma_rmap_detach(next);
			next->vm_pgoff += (end - next->vm_start) >> PAGE_SHIFT;
			next->vm_start = end;
			vma_rmap_attach(next);
			vma_gap_update(next);
			return;
		}
		vma_unlink(vma->vm_mm, next);
		vma_unlink_file(next);
		remove_vma(next);
	}
}

/* The same for the VMAs before `vma`, which is to begin at `start`. */
static void absorb_below(struct vm_area_struct *vma, unsigned long start)
{
	struct vm_area_struct *prev;

	while ((prev = vma->vm_prev) && prev->vm_end > start) {
		check_anon_vma(vma, prev);
		if (prev->vm_start < start) {
			vma_rmap_detach(prev);
			prev->vm_end = start;
			vma_rmap_attach(prev);
			vma_gap_update(vma);
			return;
		}
		vma_unlink(vma->vm_mm, prev);
		vma_unlink_file(prev);
		remove_vma(prev);
	}
}

int vma_expand(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct address_space *mapping = vma->vm_file ? vma->vm_file->f_mapping : NULL;
	struct mm_struct *mm = vma->vm_mm;

	mmap_assert_write_locked(mm);
	VM_BUG_ON(!PAGE_ALIGNED(start | end) || start > vma->vm_start || end < vma->vm_end);
	if (inherit_anon_vma(vma, start, end))
		return -ENOMEM;
	vma_adjust_trans_huge(mm, start);
	vma_adjust_trans_huge(mm, end);
	if (mapping)
		i_mmap_lock_write(mapping);
	/* make room first: two VMAs must never overlap */
	absorb_above(vma, end);
	absorb_below(vma, start);
	vma_rmap_detach(vma);
	vma->vm_pgoff -= (vma->vm_start - start) >> PAGE_SHIFT;
	vma->vm_start = start;
	vma->vm_end = end;
	vma_rmap_attach(vma);
	vma_gap_update(vma);
	/* the gap below the next VMA begins at the new end */
	if (vma->vm_next)
		vma_gap_update(vma->vm_next);
	else
		mm->highest_vm_end = end;
	if (mapping)
		i_mmap_unlock_write(mapping);
	return 0;
}

struct vm_area_struct *vma_merge(struct mm_struct *mm, const struct vma_merge_struct *vmg)
{
	struct vm_area_struct *prev = vmg->prev, *next;
	bool merge_prev, merge_next;

	mmap_assert_write_locked(mm);
	VM_BUG_ON(vmg->start >= vmg->end || (prev && prev->vm_start >= vmg->start));
	/* a driver mapped the pages of a special VMA, which must not be extended */
	if (vmg->flags & VM_SPECIAL)
		return NULL;
	next = prev ? prev->vm_next : mm->mmap;
	if (next && next->vm_end == vmg->end) /* it is no neighbour: it ends with the range */
		next = next->vm_next;

	merge_prev = prev && prev->vm_end == vmg->start && can_vma_merge_after(prev, vmg);
	merge_next = next && next->vm_start == vmg->end && can_vma_merge_before(next, vmg);
	/* both match the range, but their anon_vmas must also match each other */
	if (merge_prev && merge_next &&
	    is_mergeable_anon_vma(prev->anon_vma, next->anon_vma, NULL)) {
		return vma_expand(prev, prev->vm_start, next->vm_end) ? NULL : prev;
	}
	if (merge_prev)
		return vma_expand(prev, prev->vm_start, vmg->end) ? NULL : prev;
	if (merge_next)
		return vma_expand(next, vmg->start, next->vm_end) ? NULL : next;
	return NULL;
}

int __split_vma(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr,
		bool new_below)
{
	struct vm_area_struct *new;

	mmap_assert_write_locked(mm);
	VM_BUG_ON(!PAGE_ALIGNED(addr) || addr <= vma->vm_start || addr >= vma->vm_end);
	if (vma->vm_ops && vma->vm_ops->may_split) {
		int err = vma->vm_ops->may_split(vma, addr);

		if (err)
			return err;
	}
	/* all that can fail comes before the first change */
	new = vm_area_dup(vma);
	if (!new)
		return -ENOMEM;
	if (new_below) {
		new->vm_end = addr;
	} else {
		new->vm_start = addr;
		new->vm_pgoff += (addr - vma->vm_start) >> PAGE_SHIFT;
	}
	if (anon_vma_clone(new, vma)) {
		vm_area_free(new);
		return -ENOMEM;
	}
	vma_adjust_trans_huge(mm, addr);
	if (new->vm_file)
		i_mmap_lock_write(new->vm_file->f_mapping);
	/* the trees are sorted by offset: nothing may sleep until the VMA is in them again */
	vma_rmap_detach(vma);
	if (new_below) {
		vma->vm_pgoff += (addr - vma->vm_start) >> PAGE_SHIFT;
		vma->vm_start = addr;
		__vma_link(mm, new, vma->vm_prev);
	} else {
		vma->vm_end = addr;
		__vma_link(mm, new, vma);
	}
	vma_rmap_attach(vma);
	vma_file_attach(new);
	if (new->vm_file)
		i_mmap_unlock_write(new->vm_file->f_mapping);
	vma_open(new);
	return 0;
}

int split_vma(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr, bool new_below)
{
	if (mm->map_count >= sysctl_max_map_count)
		return -ENOMEM;
	return __split_vma(mm, vma, addr, new_below);
}

/* ---- changing a range ---- */

struct vm_area_struct *vma_modify_flags(const struct vma_part *part, unsigned long newflags)
{
	struct vm_area_struct *vma = part->vma, *merged;
	struct vma_merge_struct vmg = {
		.prev = part->prev,
		.start = part->start,
		.end = part->end,
		.flags = newflags,
		.anon_vma = vma->anon_vma,
		.file = vma->vm_file,
		.pgoff = linear_page_index(vma, part->start),
		.uffd_ctx = vma->vm_userfaultfd_ctx,
	};
	struct mm_struct *mm = vma->vm_mm;
	int err = 0;

	VM_BUG_ON(part->start < vma->vm_start || part->end > vma->vm_end);
	/* Merge first: that may save a split, which is more likely to fail. */
	merged = vma_merge(mm, &vmg);
	if (merged)
		return merged;
	if (part->start != vma->vm_start)
		err = split_vma(mm, vma, part->start, true);
	if (!err && part->end != vma->vm_end)
		err = split_vma(mm, vma, part->end, false);
	return err ? ERR_PTR(err) : vma;
}

int walk_vma_parts(struct mm_struct *mm, unsigned long start, unsigned long end, vma_part_fn fn,
		   void *arg, bool pass_holes)
{
	struct vma_part part = {.arg = arg};
	struct vm_area_struct *holder;
	int err = 0;

	VM_BUG_ON(!PAGE_ALIGNED(start | end) || start >= end);
	part.vma = find_vma_prev(mm, start, &part.prev);
	if (part.vma && part.vma->vm_start < start)
		part.prev = part.vma;
	while (part.vma) {
		if (start < part.vma->vm_start) {
			err = -ENOMEM;
			start = part.vma->vm_start;
			if (!pass_holes || start >= end)
				return err;
		}
		part.start = start;
		part.end = min(end, part.vma->vm_end);
		holder = fn(&part);
		if (IS_ERR(holder))
			return PTR_ERR(holder);
		VM_BUG_ON(holder && (holder->vm_start > start || holder->vm_end < part.end));
		/* a merge may have absorbed the next VMA, which already had the new properties */
		start = holder ? max(part.end, holder->vm_end) : part.end;
		if (start >= end)
			return err;
		part.prev = holder;
		part.vma = holder ? holder->vm_next : find_vma(mm, start);
		cond_resched();
	}
	return -ENOMEM;
}
