/*
 * anon_vma: the identity of a VMA's anonymous pages.
 *
 * It is made before the first anonymous page, and the pieces of a split VMA share it. Neighbours
 * with different ones cannot be merged, because pages of two identities cannot live in one VMA.
 */
#include "mm/internal.h"
#include "kernel/core/panic.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>

static struct kmem_cache *anon_vma_cachep;

void anon_vma_init(void)
{
	anon_vma_cachep = kmem_cache_create("anon_vma", sizeof(struct anon_vma), 0, 0, NULL);
}

void anon_vma_put(struct anon_vma *anon_vma)
{
	BUG_ON(anon_vma->refcount <= 0);
	if (!--anon_vma->refcount)
		kmem_cache_free(anon_vma_cachep, anon_vma);
}

void anon_vma_clone(struct vm_area_struct *dst, const struct vm_area_struct *src)
{
	if (!src->anon_vma)
		return;
	VM_BUG_ON(dst->anon_vma || dst->vm_flags & VM_SHARED);
	dst->anon_vma = src->anon_vma;
	dst->anon_vma->refcount++;
	dst->anon_vma_forked = src->anon_vma_forked;
}

static struct anon_vma *anon_vma_alloc(void)
{
	struct anon_vma *anon_vma = kmem_cache_alloc(anon_vma_cachep, GFP_KERNEL);

	if (anon_vma)
		anon_vma->refcount = 1;
	return anon_vma;
}

/* The child gets an identity of its own. Some merges are forbidden because it also holds pages of
   the parent's identity. */
int anon_vma_fork(struct vm_area_struct *child, const struct vm_area_struct *parent)
{
	if (!parent->anon_vma)
		return 0;
	child->anon_vma = anon_vma_alloc();
	if (!child->anon_vma)
		return -ENOMEM;
	child->anon_vma_forked = true;
	return 0;
}

/* Could the two be merged if their permissions were the same? */
static bool anon_vma_compatible(const struct vm_area_struct *below,
				const struct vm_area_struct *above)
{
	return below->vm_end == above->vm_start && below->vm_file == above->vm_file &&
	       !((below->vm_flags ^ above->vm_flags) & ~VM_ACCESS_FLAGS) &&
	       above->vm_pgoff == below->vm_pgoff + vma_pages(below);
}

static struct vm_area_struct *find_mergeable_anon_vma(struct vm_area_struct *vma)
{
	struct vm_area_struct *next = vma->vm_next, *prev = vma->vm_prev;

	if (next && next->anon_vma && !next->anon_vma_forked && anon_vma_compatible(vma, next))
		return next;
	if (prev && prev->anon_vma && !prev->anon_vma_forked && anon_vma_compatible(prev, vma))
		return prev;
	return NULL;
}

int anon_vma_prepare(struct vm_area_struct *vma)
{
	struct anon_vma *new = NULL;
	struct vm_area_struct *near;

	mmap_assert_locked(vma->vm_mm);
	if (likely(vma->anon_vma))
		return 0;
	if (!find_mergeable_anon_vma(vma)) {
		new = anon_vma_alloc();
		if (!new)
			return -ENOMEM;
	}
	/* The allocation may have slept: another thread may have given vma or a neighbour one. */
	near = find_mergeable_anon_vma(vma);
	if (!vma->anon_vma && near) {
		anon_vma_clone(vma, near);
	} else if (!vma->anon_vma) {
		vma->anon_vma = new;
		vma->anon_vma_forked = false;
		return 0;
	}
	if (new)
		anon_vma_put(new);
	return 0;
}
