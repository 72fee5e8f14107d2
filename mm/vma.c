/*
 * The VMAs of an address space: a list and a red-black tree, both sorted by address.
 *
 * The gap of a VMA is the free room between it and the VMA before it. Each tree node also knows the
 * largest gap in its subtree (rb_subtree_gap), so the search for free room skips subtrees without a
 * large enough gap. Gaps include the guard gaps of stacks: the search checks those when it has
 * found room.
 */
#include "mm/internal.h"
#include "kernel/core/panic.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "mm/layout.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>

static struct kmem_cache *vm_area_cachep;

void vma_init(void)
{
	vm_area_cachep =
		kmem_cache_create("vm_area_struct", sizeof(struct vm_area_struct), 0, 0, NULL);
}

static unsigned long vma_compute_gap(const struct vm_area_struct *vma)
{
	return vma->vm_start - (vma->vm_prev ? vma->vm_prev->vm_end : 0);
}

RB_DECLARE_CALLBACKS_MAX(static, vma_gap_callbacks, struct vm_area_struct, vm_rb, unsigned long,
			 rb_subtree_gap, vma_compute_gap);

void vma_gap_update(struct vm_area_struct *vma)
{
	vma_gap_callbacks_propagate(&vma->vm_rb, NULL);
}

struct vm_area_struct *vm_area_alloc(struct mm_struct *mm, unsigned long start, unsigned long end,
				     unsigned long vm_flags, pgoff_t pgoff)
{
	struct vm_area_struct *vma;

	VM_BUG_ON(!PAGE_ALIGNED(start | end) || start >= end || end > TASK_SIZE);
	vma = kmem_cache_alloc(vm_area_cachep, GFP_KERNEL);
	if (!vma)
		return NULL;
	*vma = (struct vm_area_struct){
		.vm_mm = mm,
		.vm_start = start,
		.vm_end = end,
		.vm_flags = vm_flags,
		.vm_page_prot = vm_get_page_prot(vm_flags),
		.vm_pgoff = pgoff,
	};
	INIT_LIST_HEAD(&vma->anon_vma_chain);
	return vma;
}

struct vm_area_struct *vm_area_dup(const struct vm_area_struct *orig)
{
	struct vm_area_struct *vma = kmem_cache_alloc(vm_area_cachep, GFP_KERNEL);

	if (!vma)
		return NULL;
	*vma = *orig;
	vma->anon_vma = NULL;
	INIT_LIST_HEAD(&vma->anon_vma_chain);
	if (vma->vm_file)
		get_file(vma->vm_file);
	return vma;
}

void vm_area_free(struct vm_area_struct *vma)
{
	if (vma->vm_file)
		fput_later(vma->vm_file);
	unlink_anon_vmas(vma);
	kmem_cache_free(vm_area_cachep, vma);
}

void vma_open(struct vm_area_struct *vma)
{
	if (vma->vm_ops && vma->vm_ops->open)
		vma->vm_ops->open(vma);
}

void remove_vma(struct vm_area_struct *vma)
{
	if (vma->vm_ops && vma->vm_ops->close)
		vma->vm_ops->close(vma);
	vm_area_free(vma);
}

bool vma_wants_writenotify(const struct vm_area_struct *vma)
{
	return (vma->vm_flags & (VM_WRITE | VM_SHARED)) == (VM_WRITE | VM_SHARED) && vma->vm_ops &&
	       vma->vm_ops->page_mkwrite;
}

void vma_set_page_prot(struct vm_area_struct *vma)
{
	unsigned long flags = vma->vm_flags;

	if (vma_wants_writenotify(vma))
		flags &= ~VM_SHARED;
	vma->vm_page_prot = pgprot_modify(vma->vm_page_prot, vm_get_page_prot(flags));
}

/* ---- finding ---- */

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = mm->mmap_cache;
	struct rb_node *node;

	mmap_assert_locked(mm);
	if (likely(vma && vma->vm_start <= addr && addr < vma->vm_end))
		return vma;
	vma = NULL;
	node = mm->mm_rb.rb_node;
	while (node) {
		struct vm_area_struct *tmp = rb_entry(node, struct vm_area_struct, vm_rb);

		if (tmp->vm_end > addr) {
			/* the answer, unless a lower VMA also ends above addr */
			vma = tmp;
			if (tmp->vm_start <= addr)
				break;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	if (vma)
		mm->mmap_cache = vma;
	return vma;
}

struct vm_area_struct *find_vma_prev(struct mm_struct *mm, unsigned long addr,
				     struct vm_area_struct **pprev)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	if (vma) {
		*pprev = vma->vm_prev;
	} else {
		struct rb_node *last = rb_last(&mm->mm_rb);

		*pprev = last ? rb_entry(last, struct vm_area_struct, vm_rb) : NULL;
	}
	return vma;
}

/* ---- linking ---- */

void vma_file_attach(struct vm_area_struct *vma)
{
	if (!vma->vm_file)
		return;
	rwsem_assert_held_write(&vma->vm_file->f_mapping->i_mmap_rwsem);
	vma_interval_tree_insert(vma, &vma->vm_file->f_mapping->i_mmap);
}

static void vma_file_detach(struct vm_area_struct *vma)
{
	if (!vma->vm_file)
		return;
	rwsem_assert_held_write(&vma->vm_file->f_mapping->i_mmap_rwsem);
	vma_interval_tree_remove(vma, &vma->vm_file->f_mapping->i_mmap);
}

void vma_rmap_detach(struct vm_area_struct *vma)
{
	vma_file_detach(vma);
	anon_vma_interval_tree_pre_update_vma(vma);
}

void vma_rmap_attach(struct vm_area_struct *vma)
{
	vma_file_attach(vma);
	anon_vma_interval_tree_post_update_vma(vma);
}

void vma_unlink_file(struct vm_area_struct *vma)
{
	if (!vma->vm_file)
		return;
	if (is_shared_maywrite(vma->vm_flags))
		mapping_unmap_writable(vma->vm_file->f_mapping);
	vma_file_detach(vma);
}

/* The empty child link in the tree for a VMA between `prev` and `next`; *parent: its node. */
static struct rb_node **vma_rb_place(struct mm_struct *mm, struct vm_area_struct *prev,
				     struct vm_area_struct *next, struct rb_node **parent)
{
	*parent = NULL;
	if (prev && !prev->vm_rb.rb_right) {
		*parent = &prev->vm_rb;
		return &prev->vm_rb.rb_right;
	}
	if (next) {
		/* prev has a right subtree, so next, its leftmost node, has no left child */
		*parent = &next->vm_rb;
		return &next->vm_rb.rb_left;
	}
	return &mm->mm_rb.rb_node;
}

void __vma_link(struct mm_struct *mm, struct vm_area_struct *vma, struct vm_area_struct *prev)
{
	struct vm_area_struct *next = prev ? prev->vm_next : mm->mmap;
	struct rb_node *parent, **link = vma_rb_place(mm, prev, next, &parent);

	mmap_assert_write_locked(mm);
	VM_BUG_ON(vma->vm_mm != mm || vma->vm_start >= vma->vm_end);
	VM_BUG_ON(prev && prev->vm_end > vma->vm_start);
	VM_BUG_ON(next && next->vm_start < vma->vm_end);
	vma->vm_prev = prev;
	vma->vm_next = next;
	if (prev)
		prev->vm_next = vma;
	else
		mm->mmap = vma;
	if (next)
		next->vm_prev = vma;
	else
		mm->highest_vm_end = vma->vm_end;

	/* The gap before `next` shrinks. Rebalancing recomputes only the nodes it moves, so all
	   others must be right before it. */
	if (next)
		vma_gap_update(next);
	rb_link_node(&vma->vm_rb, parent, link);
	vma->rb_subtree_gap = 0;
	vma_gap_update(vma);
	rb_insert_augmented(&vma->vm_rb, &mm->mm_rb, &vma_gap_callbacks);
	mm->map_count++;
	if (vma->vm_file && is_shared_maywrite(vma->vm_flags))
		mapping_map_writable(vma->vm_file->f_mapping);
}

void vma_link(struct mm_struct *mm, struct vm_area_struct *vma, struct vm_area_struct *prev)
{
	__vma_link(mm, vma, prev);
	if (!vma->vm_file)
		return;
	i_mmap_lock_write(vma->vm_file->f_mapping);
	vma_file_attach(vma);
	i_mmap_unlock_write(vma->vm_file->f_mapping);
}

void vma_unlink(struct mm_struct *mm, struct vm_area_struct *vma)
{
	struct vm_area_struct *prev = vma->vm_prev, *next = vma->vm_next;

	mmap_assert_write_locked(mm);
	VM_BUG_ON(vma->vm_mm != mm || mm->map_count <= 0);
	rb_erase_augmented(&vma->vm_rb, &mm->mm_rb, &vma_gap_callbacks);
	if (prev)
		prev->vm_next = next;
	else
		mm->mmap = next;
	if (next)
		next->vm_prev = prev;
	else
		mm->highest_vm_end = prev ? prev->vm_end : 0;
	if (next)
		vma_gap_update(next);
	if (mm->mmap_cache == vma)
		mm->mmap_cache = NULL;
	mm->map_count--;
}

/* ---- free room ---- */

static struct vm_area_struct *vma_of(struct rb_node *node)
{
	return rb_entry(node, struct vm_area_struct, vm_rb);
}

static unsigned long subtree_gap(struct rb_node *node)
{
	return node ? vma_of(node)->rb_subtree_gap : 0;
}

/* Clip the gap of vma to [low, high). True if `length` bytes fit in it. */
static bool gap_fits(const struct vm_area_struct *vma, unsigned long length, unsigned long low,
		     unsigned long high, unsigned long *start, unsigned long *end)
{
	*start = max(vma->vm_prev ? vma->vm_prev->vm_end : 0, low);
	*end = min(vma->vm_start, high);
	return *end > *start && *end - *start >= length;
}

/*
 * The highest place for `length` bytes in [low, high), or -ENOMEM. The room above all VMAs comes
 * first. Then the walk visits the gaps from high to low and enters only subtrees that hold a large
 * enough one. Such a gap may still lie outside [low, high): above high, the walk goes on to lower
 * gaps; at low, it ends.
 */
static unsigned long highest_gap(struct mm_struct *mm, unsigned long length, unsigned long low,
				 unsigned long high)
{
	struct rb_node *node = mm->mm_rb.rb_node;
	unsigned long start = max(mm->highest_vm_end, low), end = high;

	if (high < length || high - length < low)
		return -ENOMEM;
	if (end > start && end - start >= length)
		return end - length;
	if (subtree_gap(node) < length)
		return -ENOMEM;

	for (;;) {
		struct vm_area_struct *vma = vma_of(node);

		/* The right subtree has the higher gaps. They all lie above vm_end: too high if
		   that is not below high. */
		if (vma->vm_end < high && subtree_gap(node->rb_right) >= length) {
			node = node->rb_right;
			continue;
		}
		for (;;) { /* nothing fits to the right: this gap, then what lies left of it */
			struct rb_node *child;

			vma = vma_of(node);
			if (gap_fits(vma, length, low, high, &start, &end))
				return end - length;
			if (vma->vm_start <= low) /* all that is left lies below low */
				return -ENOMEM;
			if (subtree_gap(node->rb_left) >= length) {
				node = node->rb_left;
				break;
			}
			do { /* up to the next lower VMA: the first reached from its right child */
				child = node;
				node = rb_parent(node);
				if (!node)
					return -ENOMEM;
			} while (child != node->rb_right);
		}
	}
}

/* The mirror image: the lowest place. It visits the gaps from low to high, and the room above all
   VMAs last. */
static unsigned long lowest_gap(struct mm_struct *mm, unsigned long length, unsigned long low,
				unsigned long high)
{
	struct rb_node *node = mm->mm_rb.rb_node;
	unsigned long start, end;

	if (high < length || high - length < low)
		return -ENOMEM;
	if (subtree_gap(node) < length)
		goto above_all;

	for (;;) {
		struct vm_area_struct *vma = vma_of(node);

		if (vma->vm_start > low && subtree_gap(node->rb_left) >= length) {
			node = node->rb_left;
			continue;
		}
		for (;;) {
			struct rb_node *child;

			vma = vma_of(node);
			if (gap_fits(vma, length, low, high, &start, &end))
				return start;
			if (vma->vm_end >= high)
				return -ENOMEM;
			if (subtree_gap(node->rb_right) >= length) {
				node = node->rb_right;
				break;
			}
			do {
				child = node;
				node = rb_parent(node);
				if (!node)
					goto above_all;
			} while (child != node->rb_left);
		}
	}

above_all:
	start = max(mm->highest_vm_end, low);
	return high > start && high - start >= length ? start : (unsigned long)-ENOMEM;
}

/* If the room found reaches into the guard gap of a stack, search again below that gap. Like Linux
   6.1, this also skips room in the gap that other mappings separate from the stack. */
unsigned long unmapped_area_topdown(struct mm_struct *mm, unsigned long length, unsigned long low,
				    unsigned long high)
{
	unsigned long addr;

	VM_BUG_ON(!length || !PAGE_ALIGNED(length));
	while (!IS_ERR_VALUE(addr = highest_gap(mm, length, low, high))) {
		struct vm_area_struct *next = find_vma(mm, addr);

		cond_resched();
		if (!next || !(next->vm_flags & VM_GROWSDOWN) ||
		    vm_start_gap(next) > addr + length - 1)
			break;
		high = vm_start_gap(next);
	}
	return addr;
}

unsigned long unmapped_area(struct mm_struct *mm, unsigned long length, unsigned long low,
			    unsigned long high)
{
	unsigned long addr;

	VM_BUG_ON(!length || !PAGE_ALIGNED(length));
	while (!IS_ERR_VALUE(addr = lowest_gap(mm, length, low, high))) {
		struct vm_area_struct *next = find_vma(mm, addr);

		cond_resched();
		if (!next || !(next->vm_flags & VM_GROWSDOWN) ||
		    vm_start_gap(next) >= addr + length - 1)
			break;
		low = next->vm_end;
	}
	return addr;
}
