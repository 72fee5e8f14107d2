/*
 * The checker of an address space: list and tree agree, nothing overlaps, gaps and counters equal a
 * recount, and the page tables hold nothing outside a VMA. Debug builds run it after every call
 * that changes mappings.
 */
#include "mm/internal.h"
#include "kernel/core/panic.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "mm/layout.h"

struct recount {
	unsigned long total, locked, data, exec, stack;
	int vmas;
};

#define CHECK(mm, cond)                                                 \
	do {                                                            \
		if (!(cond))                                            \
			panic("mm_check(%p): not true: %s", mm, #cond); \
	} while (0)

/* Can the VMA be found from its file? */
static bool is_in_file_tree(struct vm_area_struct *vma)
{
	struct rb_node *node = &vma->shared.rb;

	while (rb_parent(node))
		node = rb_parent(node);
	return node == vma->vm_file->f_mapping->i_mmap.rb_node &&
	       rb_entry(node, struct vm_area_struct, shared.rb)->shared.rb_subtree_last >=
		       vma->vm_pgoff + vma_pages(vma) - 1;
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
	vm_stat_account(&one, vma->vm_flags, vma_pages(vma));
	count->total += one.total_vm;
	count->data += one.data_vm;
	count->exec += one.exec_vm;
	count->stack += one.stack_vm;
	if (vma->vm_flags & VM_LOCKED)
		count->locked += vma_pages(vma);
	count->vmas++;
}

/* In order, the tree must meet the VMAs of the list; and each gap is the largest below. */
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

static void count_table(struct mm_struct *mm, pmd_t *pmd, unsigned long base, long *rss)
{
	pte_t *pte = pte_offset_map(pmd, base);
	unsigned long i;

	for (i = 0; i < PTRS_PER_PTE; i++, pte++) {
		struct page *page;

		if (pte_none(*pte))
			continue;
		CHECK(mm, vma_lookup(mm, base + (i << PAGE_SHIFT)));
		page = pte_present(*pte) ? vm_normal_page(*pte) : NULL;
		if (!page)
			continue;
		CHECK(mm, page_count(page) > 0 && page_mapped(page));
		CHECK(mm, PageMlocked(page) ||
				  !vma_locks_pages(vma_lookup(mm, base + (i << PAGE_SHIFT))));
		rss[mm_counter(page)]++;
	}
}

static void check_page_tables(struct mm_struct *mm)
{
	long rss[NR_MM_COUNTERS] = {0};
	unsigned long base, tables = 0;
	int i;

	for (base = 0; base < TASK_SIZE; base += PGDIR_SIZE) {
		pmd_t *pmd = pmd_offset(pgd_offset(mm, base), base);

		if (pmd_none(*pmd))
			continue;
		tables++;
		count_table(mm, pmd, base, rss);
	}
	CHECK(mm, mm->pgtables_bytes == tables * PAGE_SIZE);
	for (i = 0; i < NR_MM_COUNTERS; i++)
		CHECK(mm, mm->rss_stat[i] == rss[i]);
}

void mm_check(struct mm_struct *mm)
{
	struct vm_area_struct *vma, *last = NULL;
	struct recount count = {0};

	for (vma = mm->mmap; vma; vma = vma->vm_next) {
		check_vma(mm, vma, &count);
		last = vma;
	}
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
