/*
 * userfaultfd: which VMAs a pager watches. A watched VMA has flags of VM_UFFD_FLAGS and points to
 * its pager; both must match for two VMAs to merge.
 */
#include "mm/hugetlb.h"
#include "mm/internal.h"
#include "mm/userfaultfd.h"
#include "kernel/lib/err.h"
#include "kernel/lib/util.h"

/* What is done to each part of the range. */
struct uffd_change {
	struct userfaultfd_ctx *ctx; /* whose VMAs it concerns */
	unsigned long watch;	     /* VM_UFFD_FLAGS that they get; 0: no longer watched */
	int err;
};

/* Can a pager handle such faults of the VMA? It can if the VMA consists of anonymous memory, whose
   pages only can be write-protected, or of pages of tmpfs or huge pages, which only may be in a
   page cache. */
static bool vma_can_userfault(const struct vm_area_struct *vma, unsigned long vm_flags)
{
	if (vma_is_anonymous(vma))
		return !(vm_flags & VM_UFFD_MINOR);
	if (vm_flags & VM_UFFD_WP)
		return false;
	return is_vm_hugetlb_page(vma) || vma->vm_ops->add_page;
}

static bool splits_huge_page(const struct vm_area_struct *vma, unsigned long addr)
{
	return vma->vm_flags & VM_HUGETLB && addr & ~HPAGE_MASK;
}

/* May the part of [.., end) in this VMA be watched by ctx? 0 or -errno. */
static int may_register(const struct vm_area_struct *vma, unsigned long end,
			const struct userfaultfd_ctx *ctx, unsigned long vm_flags)
{
	if (!vma_can_userfault(vma, vm_flags))
		return -EINVAL;
	/* a pager fills holes of a file, which needs the right to write to it */
	if (!(vma->vm_flags & VM_MAYWRITE))
		return -EPERM;
	if (end <= vma->vm_end && splits_huge_page(vma, end))
		return -EINVAL;
	return vma->vm_userfaultfd_ctx && vma->vm_userfaultfd_ctx != ctx ? -EBUSY : 0;
}

/* Isolate the part, merge it with neighbours that are watched like this, and let it be watched.
   Returns the VMA that holds it, or ERR_PTR. mmap_sem w. */
static struct vm_area_struct *set_watch(const struct vma_part *part, struct userfaultfd_ctx *ctx,
					unsigned long newflags)
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
		.uffd_ctx = ctx,
	};
	struct mm_struct *mm = vma->vm_mm;
	int err = 0;

	if (userfaultfd_wp(vma) && !(newflags & VM_UFFD_WP))
		uffd_wp_range(vma, part->start, part->end, false);
	/* as Linux 6.1, which looks for a neighbour with the offset of the VMA's first page: the
	   end of a VMA does not merge with the next one */
	merged = part->start == vma->vm_start ? vma_merge(mm, &vmg) : NULL;
	if (merged) {
		vma = merged;
	} else {
		if (part->start != vma->vm_start)
			err = split_vma(mm, vma, part->start, true);
		if (!err && part->end != vma->vm_end)
			err = split_vma(mm, vma, part->end, false);
		if (err)
			return ERR_PTR(err);
	}
	vma->vm_flags = newflags;
	vma->vm_userfaultfd_ctx = ctx;
	return vma;
}

static struct vm_area_struct *register_part(const struct vma_part *part)
{
	struct uffd_change *change = part->arg;
	struct vm_area_struct *vma = part->vma;

	if (vma->vm_userfaultfd_ctx == change->ctx &&
	    (vma->vm_flags & change->watch) == change->watch)
		return vma;
	vma = set_watch(part, change->ctx, (vma->vm_flags & ~VM_UFFD_FLAGS) | change->watch);
	change->err = PTR_ERR_OR_ZERO(vma);
	return vma;
}

static struct vm_area_struct *unregister_part(const struct vma_part *part)
{
	struct uffd_change *change = part->arg;
	struct vm_area_struct *vma = part->vma;

	if (!vma->vm_userfaultfd_ctx || (change->ctx && vma->vm_userfaultfd_ctx != change->ctx))
		return vma;
	if (userfaultfd_missing(vma)) /* nobody will fill these pages any more */
		wake_userfault(vma->vm_userfaultfd_ctx, part->start, part->end - part->start);
	vma = set_watch(part, NULL, vma->vm_flags & ~VM_UFFD_FLAGS);
	change->err = PTR_ERR_OR_ZERO(vma);
	return vma;
}

/* The first VMA of the range, which must begin with a whole huge page if it consists of them.
   ERR_PTR. mmap_sem r. */
static struct vm_area_struct *first_vma(struct mm_struct *mm, unsigned long start,
					unsigned long end)
{
	struct vm_area_struct *vma = find_vma(mm, start);

	if (!vma)
		return ERR_PTR(-ENOMEM);
	return vma->vm_start >= end || splits_huge_page(vma, start) ? ERR_PTR(-EINVAL) : vma;
}

/* Holes do not matter: the first error of a part counts. */
static int change_parts(struct mm_struct *mm, unsigned long start, unsigned long end,
			vma_part_fn fn, struct uffd_change *change)
{
	walk_vma_parts(mm, start, end, fn, change, true);
	mm_check_debug(mm);
	return change->err;
}

int userfaultfd_register(struct userfaultfd_ctx *ctx, unsigned long start, unsigned long end,
			 unsigned long vm_flags, bool *basic)
{
	struct uffd_change change = {.ctx = ctx, .watch = vm_flags};
	struct mm_struct *mm = ctx->mm;
	struct vm_area_struct *vma;
	int err;

	if (!mmget_not_zero(mm))
		return -ENOMEM;
	down_write(&mm->mmap_sem);
	*basic = false;
	vma = first_vma(mm, start, end);
	err = PTR_ERR_OR_ZERO(vma);
	for (; !err && vma && vma->vm_start < end; vma = vma->vm_next) {
		*basic |= vma->vm_flags & VM_HUGETLB;
		err = may_register(vma, end, ctx, vm_flags);
	}
	if (!err)
		err = change_parts(mm, start, end, register_part, &change);
	up_write(&mm->mmap_sem);
	mmput(mm);
	return err;
}

int userfaultfd_unregister(struct userfaultfd_ctx *ctx, unsigned long start, unsigned long end)
{
	struct mm_struct *mm = ctx->mm;
	struct uffd_change change = {};
	struct vm_area_struct *vma;
	int err;

	if (!mmget_not_zero(mm))
		return -ENOMEM;
	down_write(&mm->mmap_sem);
	vma = first_vma(mm, start, end);
	err = PTR_ERR_OR_ZERO(vma);
	for (; !err && vma && vma->vm_start < end; vma = vma->vm_next)
		if (!vma_can_userfault(vma, vma->vm_flags))
			err = -EINVAL;
	if (!err)
		err = change_parts(mm, start, end, unregister_part, &change);
	up_write(&mm->mmap_sem);
	mmput(mm);
	return err;
}

void userfaultfd_unregister_all(struct userfaultfd_ctx *ctx)
{
	struct uffd_change change = {.ctx = ctx};
	struct mm_struct *mm = ctx->mm;

	if (!mmget_not_zero(mm))
		return;
	down_write(&mm->mmap_sem);
	change_parts(mm, 0, TASK_SIZE, unregister_part, &change);
	up_write(&mm->mmap_sem);
	mmput(mm);
}
