/*
 * anon_vma and anon_vma_chain: which VMAs may hold an anonymous page. See rmap.h.
 *
 * A VMA gets an anon_vma before its first anonymous page. fork links the child's VMA to all the
 * anon_vmas of the parent's VMA, because the child maps the pages that those have now, and gives it
 * one of its own for the pages that it will make. So a page that a process made after the last fork
 * is looked for in that process alone:
 *
 *    parent's VMA --- chain --- anon_vma A --- chain ---.
 *                                                       child's VMA
 *                               anon_vma B --- chain ---'
 *
 *    A page of A may be in both processes, a page of B only in the child.
 *
 * Neighbours with different anon_vmas cannot be merged, because all pages of a VMA must be found
 * through the links of that one VMA.
 *
 * On one processor the trees need no lock: who walks or changes them does not sleep meanwhile.
 */
#include "mm/internal.h"
#include "kernel/core/panic.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>

static struct kmem_cache *anon_vma_cachep, *anon_vma_chain_cachep;

void anon_vma_init(void)
{
	anon_vma_cachep = kmem_cache_create("anon_vma", sizeof(struct anon_vma), 0, 0, NULL);
	anon_vma_chain_cachep =
		kmem_cache_create("anon_vma_chain", sizeof(struct anon_vma_chain), 0, 0, NULL);
}

static struct anon_vma *anon_vma_alloc(void)
{
	struct anon_vma *anon_vma = kmem_cache_alloc(anon_vma_cachep, GFP_KERNEL);

	if (anon_vma)
		*anon_vma = (struct anon_vma){
			.root = anon_vma,
			.parent = anon_vma,
			.refcount = 1,
		};
	return anon_vma;
}

void put_anon_vma(struct anon_vma *anon_vma)
{
	struct anon_vma *root = anon_vma->root;

	BUG_ON(anon_vma->refcount <= 0);
	if (--anon_vma->refcount)
		return;
	BUG_ON(anon_vma->rb_root.rb_node);
	kmem_cache_free(anon_vma_cachep, anon_vma);
	if (root != anon_vma)
		put_anon_vma(root);
}

static struct anon_vma_chain *anon_vma_chain_alloc(void)
{
	return kmem_cache_alloc(anon_vma_chain_cachep, GFP_KERNEL);
}

static void anon_vma_chain_link(struct vm_area_struct *vma, struct anon_vma_chain *avc,
				struct anon_vma *anon_vma)
{
	avc->vma = vma;
	avc->anon_vma = anon_vma;
	list_add(&avc->same_vma, &vma->anon_vma_chain);
	anon_vma_interval_tree_insert(avc, &anon_vma->rb_root);
}

void unlink_anon_vmas(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc, *next;

	if (vma->anon_vma)
		vma->anon_vma->num_active_vmas--;
	vma->anon_vma = NULL;
	/* from the newest to the root, so that no parent is freed before its children */
	list_for_each_entry_safe (avc, next, &vma->anon_vma_chain, same_vma) {
		struct anon_vma *anon_vma = avc->anon_vma;

		anon_vma_interval_tree_remove(avc, &anon_vma->rb_root);
		list_del(&avc->same_vma);
		kmem_cache_free(anon_vma_chain_cachep, avc);
		if (anon_vma->rb_root.rb_node)
			continue;
		anon_vma->parent->num_children--;
		VM_BUG_ON(anon_vma->num_children || anon_vma->num_active_vmas);
		put_anon_vma(anon_vma);
	}
}

/* Link dst to everything that src is linked to, the root first. If dst has no anon_vma, it takes
   over one that no VMA uses any more and that has at most one child: otherwise a process that forks
   and ends, again and again, would make the chains of its descendants longer and longer. 0, or
   -ENOMEM with dst as it was before, but without an anon_vma. */
static int clone_chain(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	struct anon_vma_chain *avc, *new;

	list_for_each_entry_reverse (avc, &src->anon_vma_chain, same_vma) {
		struct anon_vma *anon_vma = avc->anon_vma;

		new = anon_vma_chain_alloc();
		if (!new) {
			dst->anon_vma = NULL; /* it is not counted yet */
			unlink_anon_vmas(dst);
			return -ENOMEM;
		}
		anon_vma_chain_link(dst, new, anon_vma);
		/* never the root: it counts itself as a child, beside at least one other */
		if (!dst->anon_vma && !anon_vma->num_active_vmas && anon_vma->num_children < 2)
			dst->anon_vma = anon_vma;
	}
	if (dst->anon_vma)
		dst->anon_vma->num_active_vmas++;
	return 0;
}

int anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	VM_BUG_ON(dst->anon_vma || !list_empty(&dst->anon_vma_chain));
	VM_BUG_ON(src->anon_vma && dst->vm_flags & VM_SHARED);
	dst->anon_vma = src->anon_vma;
	return clone_chain(dst, src);
}

int anon_vma_fork(struct vm_area_struct *child, struct vm_area_struct *parent)
{
	struct anon_vma_chain *avc;
	struct anon_vma *anon_vma;

	VM_BUG_ON(child->anon_vma || !list_empty(&child->anon_vma_chain));
	if (!parent->anon_vma)
		return 0;
	if (clone_chain(child, parent))
		return -ENOMEM;
	if (child->anon_vma) /* it took one over */
		return 0;
	anon_vma = anon_vma_alloc();
	avc = anon_vma ? anon_vma_chain_alloc() : NULL;
	if (!avc) {
		if (anon_vma)
			put_anon_vma(anon_vma);
		unlink_anon_vmas(child);
		return -ENOMEM;
	}
	anon_vma->num_active_vmas++;
	anon_vma->root = parent->anon_vma->root;
	get_anon_vma(anon_vma->root);
	anon_vma->parent = parent->anon_vma;
	anon_vma->parent->num_children++;
	child->anon_vma = anon_vma;
	anon_vma_chain_link(child, avc, anon_vma);
	return 0;
}

/* ---- the first page ---- */

/* Could the two be merged if their permissions were the same? */
static bool anon_vma_compatible(const struct vm_area_struct *below,
				const struct vm_area_struct *above)
{
	return below->vm_end == above->vm_start && below->vm_file == above->vm_file &&
	       !((below->vm_flags ^ above->vm_flags) & ~VM_ACCESS_FLAGS) &&
	       above->vm_pgoff == below->vm_pgoff + vma_pages(below);
}

/* Has it an anon_vma that a neighbour can share by one link? After a fork it would need several. */
static bool is_shareable(const struct vm_area_struct *vma)
{
	return vma && vma->anon_vma && list_is_singular(&vma->anon_vma_chain);
}

static struct anon_vma *find_mergeable_anon_vma(const struct vm_area_struct *vma)
{
	const struct vm_area_struct *next = vma->vm_next, *prev = vma->vm_prev;

	if (is_shareable(next) && anon_vma_compatible(vma, next))
		return next->anon_vma;
	if (is_shareable(prev) && anon_vma_compatible(prev, vma))
		return prev->anon_vma;
	return NULL;
}

int __anon_vma_prepare(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc = anon_vma_chain_alloc();
	struct anon_vma *anon_vma, *new = NULL;

	if (!avc)
		return -ENOMEM;
	anon_vma = find_mergeable_anon_vma(vma);
	if (!anon_vma) {
		anon_vma = new = anon_vma_alloc();
		if (!new) {
			kmem_cache_free(anon_vma_chain_cachep, avc);
			return -ENOMEM;
		}
		new->num_children++; /* the root is its own parent */
	}
	if (unlikely(vma->anon_vma)) { /* another thread was faster, while we slept */
		kmem_cache_free(anon_vma_chain_cachep, avc);
		if (new)
			put_anon_vma(new);
		return 0;
	}
	vma->anon_vma = anon_vma;
	anon_vma->num_active_vmas++;
	anon_vma_chain_link(vma, avc, anon_vma);
	return 0;
}

/* ---- changes of the range ---- */

void anon_vma_interval_tree_pre_update_vma(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	list_for_each_entry (avc, &vma->anon_vma_chain, same_vma)
		anon_vma_interval_tree_remove(avc, &avc->anon_vma->rb_root);
}

void anon_vma_interval_tree_post_update_vma(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	list_for_each_entry (avc, &vma->anon_vma_chain, same_vma)
		anon_vma_interval_tree_insert(avc, &avc->anon_vma->rb_root);
}
