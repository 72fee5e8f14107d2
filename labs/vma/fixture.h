/*
 * Lab 2, the VMA: what its checks begin with.
 *
 * List and tree are built by hand here, and compared with what a search from the first to the last
 * VMA finds: so a function is checked without the others of the lab.
 */
#ifndef LABS_VMA_FIXTURE_H
#define LABS_VMA_FIXTURE_H

#include "kernel/checks/check.h"
#include "kernel/checks/mappings.h"
#include "kernel/lib/err.h"
#include "kernel/lib/util.h"
#include "mm/internal.h"
#include "mm/layout.h"
#include "mm/shmem.h"
#include <linux/errno.h>

#define MANY 24		  /* VMAs of a random address space */
#define BASE 0x10000000UL /* where it begins */
#define MOST 1000	  /* VMAs that a list of a check can have */

static inline struct vm_area_struct *of_node(struct rb_node *node)
{
	return rb_entry(node, struct vm_area_struct, vm_rb);
}

static inline unsigned long gap_of(const struct vm_area_struct *vma)
{
	return vma->vm_start - (vma->vm_prev ? vma->vm_prev->vm_end : 0);
}

/* The largest gap of a subtree, without a look at what the nodes say of it. */
static inline unsigned long largest_gap(struct rb_node *node)
{
	return node ? max(gap_of(of_node(node)),
			  max(largest_gap(node->rb_left), largest_gap(node->rb_right)))
		    : 0;
}

/* Write down in each node of the subtree what largest_gap() says. */
static inline void note_gaps(struct rb_node *node)
{
	if (!node)
		return;
	of_node(node)->rb_subtree_gap = largest_gap(node);
	note_gaps(node->rb_left);
	note_gaps(node->rb_right);
}

/* The last VMA of the list that begins below addr. */
static inline struct vm_area_struct *before(const struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma, *prev = NULL;

	for (vma = mm->mmap; vma && vma->vm_start < addr; vma = vma->vm_next)
		prev = vma;
	return prev;
}

static inline void link_by_hand(struct mm_struct *mm, struct vm_area_struct *vma)
{
	struct vm_area_struct *prev = before(mm, vma->vm_start);
	struct vm_area_struct *next = prev ? prev->vm_next : mm->mmap;
	struct rb_node **link = &mm->mm_rb.rb_node, *parent = NULL;

	vma->vm_prev = prev;
	vma->vm_next = next;
	*(prev ? &prev->vm_next : &mm->mmap) = vma;
	if (next)
		next->vm_prev = vma;
	else
		mm->highest_vm_end = vma->vm_end;
	while (*link) {
		parent = *link;
		link = vma->vm_start < of_node(parent)->vm_start ? &parent->rb_left
								 : &parent->rb_right;
	}
	rb_link_node(&vma->vm_rb, parent, link);
	rb_insert_color(&vma->vm_rb, &mm->mm_rb);
	note_gaps(mm->mm_rb.rb_node);
	mm->map_count++;
}

/* A VMA that is not linked: anonymous, private, with its pgoff as if it had been made there. */
static inline struct vm_area_struct *make_vma(struct mm_struct *mm, unsigned long start,
					      unsigned long pages, unsigned long flags)
{
	struct vm_area_struct *vma =
		vm_area_alloc(mm, start, start + pages * P, flags | MAY, start >> PAGE_SHIFT);

	EXPECT(vma, "there is no memory for a VMA of the check");
	return vma;
}

static inline struct vm_area_struct *add_vma(struct mm_struct *mm, unsigned long start,
					     unsigned long pages, unsigned long flags)
{
	struct vm_area_struct *vma = make_vma(mm, start, pages, flags);

	link_by_hand(mm, vma);
	vm_stat_account(mm, vma->vm_flags, pages);
	return vma;
}

/* A new address space, locked for writing. */
static inline struct mm_struct *locked_mm(void)
{
	struct mm_struct *mm = check_mm();

	down_write(&mm->mmap_sem);
	return mm;
}

/* VMAs with gaps between them, of which some are empty; vmas[] holds them by address, not linked.
 */
static inline void random_vmas(struct mm_struct *mm, struct vm_area_struct *vmas[MANY])
{
	unsigned long start = BASE, pages;
	int i;

	for (i = 0; i < MANY; i++) {
		start += check_random_below(3) * check_random_below(20) * P;
		pages = 1 + check_random_below(16);
		vmas[i] = make_vma(mm, start, pages, VM_READ);
		start += pages * P;
	}
}

static inline void random_space(struct mm_struct *mm, struct vm_area_struct *vmas[MANY])
{
	int i;

	random_vmas(mm, vmas);
	for (i = 0; i < MANY; i++)
		link_by_hand(mm, vmas[i]);
}

/* Another order of the VMAs. */
static inline void shuffle(struct vm_area_struct *vmas[MANY])
{
	int i, j;

	for (i = MANY - 1; i > 0; i--) {
		struct vm_area_struct *vma = vmas[i];

		j = check_random_below(i + 1);
		vmas[i] = vmas[j];
		vmas[j] = vma;
	}
}

/* ---- what must be true ---- */

#define RANGE(vma) (vma)->vm_start, (vma)->vm_end

static inline void expect_list(const struct mm_struct *mm, const char *call)
{
	const struct vm_area_struct *vma, *prev = NULL;
	int n = 0;

	for (vma = mm->mmap; vma; prev = vma, vma = vma->vm_next) {
		EXPECT(++n < MOST, "after %s: the list of VMAs has no end", call);
		EXPECT(!prev || prev->vm_end <= vma->vm_start,
		       "after %s: the list has %08lx-%08lx before %08lx-%08lx", call, RANGE(prev),
		       RANGE(vma));
		EXPECT(vma->vm_prev == prev,
		       "after %s: vm_prev of %08lx-%08lx is not the VMA before it in the list",
		       call, RANGE(vma));
	}
	EXPECT_EQ(check_text("mm->map_count after %s, by the list", call), mm->map_count, n);
	EXPECT_EQ(check_text("mm->highest_vm_end after %s", call), mm->highest_vm_end,
		  prev ? prev->vm_end : 0);
}

static inline void expect_tree(const struct mm_struct *mm, const char *call)
{
	struct vm_area_struct *vma = mm->mmap, *in_tree;
	struct rb_node *node;

	for (node = rb_first(&mm->mm_rb); node; node = rb_next(node), vma = vma->vm_next) {
		in_tree = of_node(node);
		EXPECT(vma, "after %s: %08lx-%08lx is in the tree, but not in the list", call,
		       RANGE(in_tree));
		EXPECT(vma == in_tree,
		       "after %s: the tree has %08lx-%08lx where the list has %08lx-%08lx", call,
		       RANGE(in_tree), RANGE(vma));
		EXPECT(vma->rb_subtree_gap == largest_gap(node),
		       "rb_subtree_gap of %08lx-%08lx after %s: wanted %#lx, seen %#lx", RANGE(vma),
		       call, largest_gap(node), vma->rb_subtree_gap);
	}
	EXPECT(!vma, "after %s: %08lx-%08lx is in the list, but not in the tree", call, RANGE(vma));
}

/* List and tree must agree, and gaps and counters must be right. */
static inline void expect_space(const struct mm_struct *mm, const char *call)
{
	expect_list(mm, call);
	expect_tree(mm, call);
}

static inline void expect_vma(const char *call, const struct vm_area_struct *vma,
			      unsigned long start, unsigned long end)
{
	EXPECT(vma, "%s: wanted the VMA %08lx-%08lx, seen NULL", call, start, end);
	EXPECT(!IS_ERR(vma), "%s: wanted the VMA %08lx-%08lx, seen the error %ld", call, start, end,
	       PTR_ERR(vma));
	EXPECT(vma->vm_start == start && vma->vm_end == end,
	       "%s: wanted the VMA %08lx-%08lx, seen %08lx-%08lx", call, start, end, RANGE(vma));
}

static inline void expect_pgoff(const char *call, const struct vm_area_struct *vma,
				unsigned long pgoff)
{
	EXPECT_EQ(check_text("vm_pgoff of %08lx-%08lx after %s", RANGE(vma), call), vma->vm_pgoff,
		  pgoff);
}

/* The range of a merge: what a new anonymous mapping there would ask for. */
static inline struct vma_merge_struct range_of(struct vm_area_struct *prev, unsigned long start,
					       unsigned long pages, unsigned long flags)
{
	return (struct vma_merge_struct){
		.prev = prev,
		.start = start,
		.end = start + pages * P,
		.flags = flags | MAY,
		.pgoff = start >> PAGE_SHIFT,
	};
}

/* The answer, found from the first VMA to the last. */
static inline struct vm_area_struct *scan(const struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = mm->mmap;

	while (vma && vma->vm_end <= addr)
		vma = vma->vm_next;
	return vma;
}

/* The answer, found by a look at each gap: the highest or the lowest place. */
static inline unsigned long model(const struct mm_struct *mm, unsigned long length,
				  unsigned long low, unsigned long high, bool topdown)
{
	unsigned long start = 0, end, from, to, answer = -ENOMEM;
	const struct vm_area_struct *vma = mm->mmap;

	for (;; vma = vma->vm_next) {
		end = vma ? vma->vm_start : TASK_SIZE;
		from = max(start, low);
		to = min(end, high);
		if (from < to && to - from >= length) {
			if (!topdown)
				return from;
			answer = to - length;
		}
		if (!vma)
			return answer;
		start = vma->vm_end;
	}
}

static inline void expect_room(struct mm_struct *mm, unsigned long length, unsigned long low,
			       unsigned long high, bool topdown)
{
	unsigned long is = (topdown ? unmapped_area_topdown : unmapped_area)(mm, length, low, high);

	EXPECT_EQ(check_text("%s place of %#lx bytes in %#lx-%#lx: %s()",
			     topdown ? "the highest" : "the lowest", length, low, high,
			     topdown ? "highest_gap" : "lowest_gap"),
		  is, model(mm, length, low, high, topdown));
}

static inline void close_it(struct vm_area_struct *vma)
{
}

static const struct vm_operations_struct with_close = {.close = close_it}, without_close;

static inline void give_anon_vma(struct vm_area_struct *vma)
{
	EXPECT(!anon_vma_prepare(vma), "there is no memory for an anon_vma of the check");
}

/* Does CAN allow the merge of the VMA with a range that matches, but not with one that differs? */
static inline void
expect_match(bool (*can)(const struct vm_area_struct *, const struct vma_merge_struct *),
	     const char *name, struct vm_area_struct *vma, struct vma_merge_struct *vmg)
{
	static struct anon_vma other;
	const struct vma_merge_struct fits = *vmg;
	struct file *file = shmem_file_setup("lab", P, 0);

	EXPECT(can(vma, vmg), "%s() of a range that matches: wanted true, seen false", name);
	vmg->flags ^= VM_WRITE;
	EXPECT(!can(vma, vmg), "%s() of a range with another VM_WRITE is true", name);
	*vmg = fits;
	vmg->pgoff++;
	EXPECT(!can(vma, vmg), "%s() of a range whose offset is one page higher is true", name);
	vmg->pgoff -= 2;
	EXPECT(!can(vma, vmg), "%s() of a range whose offset is one page lower is true", name);
	*vmg = fits;
	vmg->file = file;
	EXPECT(!can(vma, vmg), "%s() of a range with another file is true", name);
	*vmg = fits;
	give_anon_vma(vma);
	EXPECT(can(vma, vmg), "%s() of a range without anonymous pages: wanted true, seen false",
	       name);
	vmg->anon_vma = vma->anon_vma;
	EXPECT(can(vma, vmg), "%s() of a range with the same anon_vma: wanted true, seen false",
	       name);
	vmg->anon_vma = &other;
	EXPECT(!can(vma, vmg), "%s() of a range with another anon_vma is true", name);
	*vmg = fits;
	unlink_anon_vmas(vma);
	vma->vm_ops = &without_close;
	EXPECT(can(vma, vmg), "%s() of a VMA whose driver has no ->close: wanted true, seen false",
	       name);
	vma->vm_ops = &with_close;
	EXPECT(!can(vma, vmg), "%s() of a VMA whose driver has a ->close is true", name);
}

#endif
