/*
 * The VMAs that map a file, as an interval tree. It is sorted by the first page of the file that
 * each VMA maps, and every node knows the last page that any VMA of its subtree maps. So the VMAs
 * that map a page of some range are found without a look at all others.
 */
#include "mm/internal.h"

static unsigned long vma_last_pgoff(const struct vm_area_struct *vma)
{
	return vma->vm_pgoff + vma_pages(vma) - 1;
}

RB_DECLARE_CALLBACKS_MAX(static, vma_interval_callbacks, struct vm_area_struct, shared.rb,
			 unsigned long, shared.rb_subtree_last, vma_last_pgoff);

static struct vm_area_struct *shared_vma(struct rb_node *node)
{
	return rb_entry_safe(node, struct vm_area_struct, shared.rb);
}

void vma_interval_tree_insert(struct vm_area_struct *vma, struct rb_root *root)
{
	struct rb_node **link = &root->rb_node, *parent = NULL;
	unsigned long last = vma_last_pgoff(vma);

	while (*link) {
		struct vm_area_struct *other = shared_vma(*link);

		parent = *link;
		if (other->shared.rb_subtree_last < last)
			other->shared.rb_subtree_last = last;
		link = vma->vm_pgoff < other->vm_pgoff ? &parent->rb_left : &parent->rb_right;
	}
	vma->shared.rb_subtree_last = last;
	rb_link_node(&vma->shared.rb, parent, link);
	rb_insert_augmented(&vma->shared.rb, root, &vma_interval_callbacks);
}

void vma_interval_tree_remove(struct vm_area_struct *vma, struct rb_root *root)
{
	rb_erase_augmented(&vma->shared.rb, root, &vma_interval_callbacks);
}

static bool reaches(struct vm_area_struct *subtree, pgoff_t first)
{
	return subtree && subtree->shared.rb_subtree_last >= first;
}

/* The first VMA of the subtree, in order, that maps a page of [first, last]. */
static struct vm_area_struct *subtree_first(struct vm_area_struct *vma, pgoff_t first, pgoff_t last)
{
	while (reaches(vma, first)) {
		struct vm_area_struct *left = shared_vma(vma->shared.rb.rb_left);

		/* some VMA on the left reaches `first`: if it begins behind `last`, so do all
		   others after it */
		if (reaches(left, first)) {
			vma = left;
			continue;
		}
		if (vma->vm_pgoff > last)
			break;
		if (vma_last_pgoff(vma) >= first)
			return vma;
		vma = shared_vma(vma->shared.rb.rb_right);
	}
	return NULL;
}

struct vm_area_struct *vma_interval_tree_first(struct rb_root *root, pgoff_t first, pgoff_t last)
{
	return subtree_first(shared_vma(root->rb_node), first, last);
}

struct vm_area_struct *vma_interval_tree_next(struct vm_area_struct *vma, pgoff_t first,
					      pgoff_t last)
{
	struct rb_node *node = &vma->shared.rb, *from;
	struct vm_area_struct *right = shared_vma(node->rb_right);

	if (reaches(right, first))
		return subtree_first(right, first, last);
	for (;;) {
		do { /* up to the first VMA that comes after those seen */
			from = node;
			node = rb_parent(node);
			if (!node)
				return NULL;
		} while (from == node->rb_right);
		vma = shared_vma(node);
		if (vma->vm_pgoff > last)
			return NULL;
		if (vma_last_pgoff(vma) >= first)
			return vma;
		right = shared_vma(node->rb_right);
		if (reaches(right, first))
			return subtree_first(right, first, last);
	}
}
