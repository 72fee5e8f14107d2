/*
 * The trees by which reverse mapping finds VMAs: those that map a file, by the pages of the file,
 * and those that may hold pages of an anon_vma, by the index of the pages.
 */
#include "mm/internal.h"

/* The pages that the VMA maps, as vm_pgoff counts them. */
static void set_range(struct interval_tree_node *node, const struct vm_area_struct *vma)
{
	node->start = vma->vm_pgoff;
	node->last = vma->vm_pgoff + vma_pages(vma) - 1;
}

void vma_interval_tree_insert(struct vm_area_struct *vma, struct rb_root *root)
{
	set_range(&vma->shared, vma);
	interval_tree_insert(&vma->shared, root);
}

void vma_interval_tree_remove(struct vm_area_struct *vma, struct rb_root *root)
{
	interval_tree_remove(&vma->shared, root);
}

static struct vm_area_struct *shared_vma(struct interval_tree_node *node)
{
	return node ? container_of(node, struct vm_area_struct, shared) : NULL;
}

struct vm_area_struct *vma_interval_tree_first(struct rb_root *root, pgoff_t first, pgoff_t last)
{
	return shared_vma(interval_tree_iter_first(root, first, last));
}

struct vm_area_struct *vma_interval_tree_next(struct vm_area_struct *vma, pgoff_t first,
					      pgoff_t last)
{
	return shared_vma(interval_tree_iter_next(&vma->shared, first, last));
}

void anon_vma_interval_tree_insert(struct anon_vma_chain *avc, struct rb_root *root)
{
	set_range(&avc->node, avc->vma);
	interval_tree_insert(&avc->node, root);
}

void anon_vma_interval_tree_remove(struct anon_vma_chain *avc, struct rb_root *root)
{
	interval_tree_remove(&avc->node, root);
}

static struct anon_vma_chain *chain_of(struct interval_tree_node *node)
{
	return node ? container_of(node, struct anon_vma_chain, node) : NULL;
}

struct anon_vma_chain *anon_vma_interval_tree_first(struct rb_root *root, pgoff_t first,
						    pgoff_t last)
{
	return chain_of(interval_tree_iter_first(root, first, last));
}

struct anon_vma_chain *anon_vma_interval_tree_next(struct anon_vma_chain *avc, pgoff_t first,
						   pgoff_t last)
{
	return chain_of(interval_tree_iter_next(&avc->node, first, last));
}
