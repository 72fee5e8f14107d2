/*
 * The checker of an address space. List and tree must agree, no VMAs may overlap, and gaps and
 * counters must equal a recount. Each page-table entry must be what its VMA demands: the right page
 * of the right file, or an anonymous page whose index fits the address, with no more rights than
 * the VMA gives. Debug builds run it after every call that changes mappings, and when an address
 * space ends.
 */
#include "mm/internal.h"
#include "kernel/core/panic.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "mm/layout.h"
#include "mm/pagewalk.h"
#include "mm/reclaim/memory_failure.h"

struct recount {
	unsigned long total, locked, data, exec, stack;
	int vmas;
};

#define CHECK(mm, cond)                                                 \
	do {                                                            \
		if (!(cond))                                            \
			panic("mm_check(%p): not true: %s", mm, #cond); \
	} while (0)

static unsigned long subtree_last(struct rb_node *node)
{
	return node ? rb_entry(node, struct vm_area_struct, shared.rb)->shared.rb_subtree_last : 0;
}

/* Can the VMA be found from its file? All nodes above it must lead a search to it. */
static bool is_in_file_tree(struct vm_area_struct *vma)
{
	unsigned long last = vma->vm_pgoff + vma_pages(vma) - 1;
	struct rb_node *node = &vma->shared.rb, *parent;

	if (vma->shared.rb_subtree_last !=
	    max(last, max(subtree_last(node->rb_left), subtree_last(node->rb_right))))
		return false;
	while ((parent = rb_parent(node))) {
		struct vm_area_struct *above = rb_entry(parent, struct vm_area_struct, shared.rb);

		if (above->shared.rb_subtree_last < last)
			return false;
		if (parent->rb_left == node ? above->vm_pgoff < vma->vm_pgoff
					    : above->vm_pgoff > vma->vm_pgoff)
			return false;
		node = parent;
	}
	return node == vma->vm_file->f_mapping->i_mmap.rb_node;
}

static void check_vma_flags(struct mm_struct *mm, struct vm_area_struct *vma)
{
	unsigned long flags = vma->vm_flags;

	CHECK(mm,
	      !((flags & VM_ACCESS_FLAGS) << 4 & ~flags)); /* VM_READ needs VM_MAYREAD, and so on */
	CHECK(mm, !(flags & VM_SHARED) || (flags & VM_MAYSHARE && !vma_is_anonymous(vma)));
	CHECK(mm, !(flags & VM_ACCOUNT) || !(flags & VM_SHARED));
	CHECK(mm, !(flags & VM_LOCKONFAULT) || flags & VM_LOCKED);
	if (vma_wants_writenotify(vma))
		flags &= ~VM_SHARED;
	CHECK(mm, flags & (VM_IO | VM_PFNMAP) ||
			  pgprot_val(vma->vm_page_prot) == pgprot_val(vm_get_page_prot(flags)));
}

static void check_vma(struct mm_struct *mm, struct vm_area_struct *vma, struct recount *count)
{
	struct mm_struct one = {0};

	CHECK(mm, vma->vm_mm == mm);
	CHECK(mm, vma->vm_start < vma->vm_end && vma->vm_end <= TASK_SIZE);
	CHECK(mm, !((vma->vm_start | vma->vm_end) & ~PAGE_MASK));
	CHECK(mm, !vma->vm_prev || vma->vm_prev->vm_end <= vma->vm_start);
	CHECK(mm, !vma->vm_next || vma->vm_next->vm_prev == vma);
	CHECK(mm, !vma->vm_file || is_in_file_tree(vma));
	CHECK(mm, !vma->anon_vma || vma->anon_vma->refcount > 0);
	check_vma_flags(mm, vma);
	vm_stat_account(&one, vma->vm_flags, vma_pages(vma));
	count->total += one.total_vm;
	count->data += one.data_vm;
	count->exec += one.exec_vm;
	count->stack += one.stack_vm;
	if (vma->vm_flags & VM_LOCKED)
		count->locked += vma_pages(vma);
	count->vmas++;
}

/* An in-order walk of the tree must visit the VMAs of the list, and each rb_subtree_gap must be the
   largest gap of its subtree. */
static void check_tree(struct mm_struct *mm)
{
	struct vm_area_struct *vma = mm->mmap;
	struct rb_node *node;

	for (node = rb_first(&mm->mm_rb); node; node = rb_next(node)) {
		unsigned long gap = vma->vm_start - (vma->vm_prev ? vma->vm_prev->vm_end : 0);

		CHECK(mm, rb_entry(node, struct vm_area_struct, vm_rb) == vma);
		if (node->rb_left)
			gap = max(gap, rb_entry(node->rb_left, struct vm_area_struct, vm_rb)
					       ->rb_subtree_gap);
		if (node->rb_right)
			gap = max(gap, rb_entry(node->rb_right, struct vm_area_struct, vm_rb)
					       ->rb_subtree_gap);
		CHECK(mm, vma->rb_subtree_gap == gap);
		vma = vma->vm_next;
	}
	CHECK(mm, !vma);
}

/* The page must be the one that belongs at addr, and its counts must include this mapping. */
static void check_page(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr,
		       pte_t pte, struct page *page)
{
	CHECK(mm,
	      page_mapped(page) && page_count(page) >= page_mapcount(page) + !!page_mapping(page));
	CHECK(mm, PageMlocked(page) || !vma_locks_pages(vma));
	if (PageAnon(page)) {
		CHECK(mm, vma->anon_vma && !(vma->vm_flags & VM_SHARED));
		CHECK(mm, page->index == linear_page_index(vma, addr));
		CHECK(mm, !PageAnonExclusive(page) || page_mapcount(page) == 1);
		CHECK(mm, !pte_write(pte) || PageAnonExclusive(page));
		return;
	}
	CHECK(mm, !vma_is_anonymous(vma));
	CHECK(mm, !pte_write(pte) || vma->vm_flags & VM_SHARED);
	/* the file must know of every page that can be, or was, written to */
	CHECK(mm, PageDirty(page) || !vma_wants_writenotify(vma) ||
			  !(pte_write(pte) || pte_dirty(pte)));
	if (!vma->vm_file) /* the kernel's own pages: see special.c */
		return;
	CHECK(mm, page->mapping == vma->vm_file->f_mapping);
	CHECK(mm, page->index == linear_page_index(vma, addr));
}

/* What the walk over the page tables counts. */
struct table_count {
	long rss[NR_MM_COUNTERS];
	unsigned long tables;
};

static void check_entry(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr,
			pte_t pte, long *rss)
{
	const pteval_t rights = PTE_RIGHTS_MASK;
	struct page *page;

	CHECK(mm, vma);
	CHECK(mm, pte_kind(pte) != PTE_SWAP);
	if (is_hwpoison_pte(pte))
		return;
	CHECK(mm, !((pte.pte ^ pgprot_val(vma->vm_page_prot)) & rights));
	CHECK(mm, !pte_write(pte) || vma->vm_flags & VM_WRITE);
	page = vm_normal_page(pte);
	if (page) {
		check_page(mm, vma, addr, pte, page);
		rss[mm_counter(page)]++;
		return;
	}
	CHECK(mm, pte_pfn(pte) == zero_pfn
			  ? vma->vm_flags & VM_PFNMAP || (vma_is_anonymous(vma) && !pte_write(pte))
			  : vma->vm_flags & VM_PFNMAP);
}

static int check_pte_range(pte_t *pte, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	struct table_count *count = walk->private;

	count->tables++;
	for (; addr != end; addr += PAGE_SIZE, pte++)
		if (!pte_none(*pte))
			check_entry(walk->mm, vma_lookup(walk->mm, addr), addr, *pte, count->rss);
	return 0;
}

/* No other task may run during the walk: it could change the counters. */
static const struct mm_walk_ops check_ops = {.pte_range = check_pte_range, .no_rest = true};

static void check_page_tables(struct mm_struct *mm)
{
	struct table_count count = {0};
	int i;

	walk_page_range(mm, 0, TASK_SIZE, &check_ops, &count);
	CHECK(mm, mm->pgtables_bytes == count.tables * PAGE_SIZE);
	for (i = 0; i < NR_MM_COUNTERS; i++)
		CHECK(mm, mm->rss_stat[i] == count.rss[i]);
}

void mm_check(struct mm_struct *mm)
{
	struct vm_area_struct *vma, *last = NULL, *hit = NULL;
	struct recount count = {0};

	mmap_assert_locked(mm);
	for (vma = mm->mmap; vma; vma = vma->vm_next) {
		check_vma(mm, vma, &count);
		last = vma;
		if (vma == mm->mmap_cache)
			hit = vma;
	}
	CHECK(mm, mm->mmap_cache == hit);
	CHECK(mm, mm->highest_vm_end == (last ? last->vm_end : 0));
	CHECK(mm, mm->map_count == count.vmas);
	CHECK(mm, mm->total_vm == count.total);
	CHECK(mm, mm->locked_vm == count.locked + mm->locked_stray);
	CHECK(mm, mm->data_vm == count.data && mm->exec_vm == count.exec &&
			  mm->stack_vm == count.stack);
	check_tree(mm);
	check_page_tables(mm);
}

#if MAPIX_DEBUG
#	define ALWAYS_CHECKED 200 /* VMAs */

void mm_check_debug(struct mm_struct *mm)
{
	static int calls;

	if (mm->map_count >= ALWAYS_CHECKED && ++calls % mm->map_count)
		return;
	latency_pause();
	mm_check(mm);
	latency_resume();
}
#endif
