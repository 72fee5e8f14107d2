/*
 * The checker of an address space. List and tree must agree, no VMAs may overlap, and gaps and
 * counters must equal a recount. Each page-table entry must be what its VMA demands: the right page
 * of the right file, or an anonymous page whose index fits the address, with no more rights than
 * the VMA gives. Debug builds run it after every call that changes mappings, and when an address
 * space ends. What is wrong is told by a sentence, and the kernel panics. The checker has
 * its own search for a VMA, so that it does not rely on find_vma, which it checks.
 */
#include "mm/huge_memory.h"
#include "mm/hugetlb.h"
#include "mm/internal.h"
#include "mm/ksm.h"
#include "kernel/core/panic.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "mm/layout.h"
#include "mm/pagewalk.h"
#include "mm/reclaim/memory_failure.h"
#include "mm/reclaim/reclaim.h"
#include "mm/swap/swap.h"

struct recount {
	unsigned long total, locked, data, exec, stack;
	int vmas;
};

#define CHECK(cond, ...)                                 \
	do {                                             \
		if (!(cond))                             \
			panic("mm_check: " __VA_ARGS__); \
	} while (0)
#define CHECK_VMA(vma, cond, says, ...) \
	CHECK(cond, "the VMA %08lx-%08lx " says, (vma)->vm_start, (vma)->vm_end, ##__VA_ARGS__)
#define CHECK_ENTRY(addr, cond, says, ...) \
	CHECK(cond, "the page-table entry of %08lx " says, addr, ##__VA_ARGS__)

/* Is the VMA in the tree, by the pages that it maps now? */
static bool is_in_tree(const struct rb_root *root, const struct interval_tree_node *node,
		       const struct vm_area_struct *vma)
{
	return node->start == vma->vm_pgoff && node->last == vma->vm_pgoff + vma_pages(vma) - 1 &&
	       interval_tree_contains(root, node);
}

/* Can the VMA be found from each anon_vma that its pages may belong to? */
static void check_chain(const struct vm_area_struct *vma)
{
	const struct anon_vma_chain *avc;
	bool own = !vma->anon_vma, to_root = own;

	list_for_each_entry (avc, &vma->anon_vma_chain, same_vma) {
		const struct anon_vma *anon_vma = avc->anon_vma;

		CHECK_VMA(vma, vma->anon_vma, "has links to anon_vmas, but none of its own");
		CHECK_VMA(vma, avc->vma == vma, "has a link that belongs to another VMA");
		CHECK_VMA(vma, anon_vma->root == vma->anon_vma->root,
			  "has links to anon_vmas that are no relatives");
		CHECK_VMA(vma, anon_vma->refcount > 0, "has an anon_vma without references");
		CHECK_VMA(vma, is_in_tree(&anon_vma->rb_root, &avc->node, vma),
			  "cannot be found in the tree of an anon_vma");
		own |= anon_vma == vma->anon_vma;
		to_root |= anon_vma == vma->anon_vma->root;
	}
	CHECK_VMA(vma, own, "is not linked to its own anon_vma");
	CHECK_VMA(vma, to_root, "is not linked to the root of its anon_vmas");
	CHECK_VMA(vma, !vma->anon_vma || vma->anon_vma->num_active_vmas,
		  "has an anon_vma that counts no VMAs");
}

static void check_vma_flags(const struct vm_area_struct *vma)
{
	unsigned long flags = vma->vm_flags;

	CHECK_VMA(vma, !((flags & VM_ACCESS_FLAGS) << 4 & ~flags),
		  "has a right that it may not have: vm_flags is %#lx", flags);
	CHECK_VMA(vma, !(flags & VM_UFFD_FLAGS) == !vma->vm_userfaultfd_ctx,
		  "has a pager or flags that say so, but not both: vm_flags is %#lx", flags);
	CHECK_VMA(vma, !(flags & VM_SHARED) || flags & VM_MAYSHARE,
		  "has VM_SHARED without VM_MAYSHARE");
	CHECK_VMA(vma, !(flags & VM_SHARED) || !vma_is_anonymous(vma),
		  "is shared, but has no vm_ops");
	CHECK_VMA(vma, !(flags & VM_ACCOUNT) || !(flags & VM_SHARED),
		  "is shared, and charged by itself (VM_ACCOUNT)");
	CHECK_VMA(vma, !(flags & VM_LOCKONFAULT) || flags & VM_LOCKED,
		  "has VM_LOCKONFAULT without VM_LOCKED");
	if (vma_wants_writenotify(vma))
		flags &= ~VM_SHARED;
	CHECK_VMA(vma,
		  flags & (VM_IO | VM_PFNMAP) ||
			  pgprot_val(vma->vm_page_prot) == pgprot_val(vm_get_page_prot(flags)),
		  "has a vm_page_prot that does not follow from its vm_flags");
}

/* Its place in the address space and in the list. */
static void check_vma_place(const struct vm_area_struct *vma)
{
	const struct vm_area_struct *prev = vma->vm_prev;

	CHECK_VMA(vma, vma->vm_start < vma->vm_end, "does not end above its start");
	CHECK_VMA(vma, vma->vm_end <= TASK_SIZE, "reaches into the kernel's addresses");
	CHECK_VMA(vma, !((vma->vm_start | vma->vm_end) & ~PAGE_MASK), "is not page-aligned");
	CHECK_VMA(vma, !prev || prev->vm_start < vma->vm_start,
		  "comes in the list after a higher one, %08lx-%08lx", prev->vm_start,
		  prev->vm_end);
	CHECK_VMA(vma, !prev || prev->vm_end <= vma->vm_start,
		  "overlaps the one before it, %08lx-%08lx", prev->vm_start, prev->vm_end);
}

static void check_vma(struct mm_struct *mm, struct vm_area_struct *vma, struct recount *count)
{
	struct mm_struct one = {0};

	CHECK_VMA(vma, vma->vm_mm == mm, "belongs to another address space: see its vm_mm");
	check_vma_place(vma);
	CHECK_VMA(vma,
		  !vma->vm_file || is_in_tree(&vma->vm_file->f_mapping->i_mmap, &vma->shared, vma),
		  "cannot be found in the tree of its file (i_mmap)");
	check_chain(vma);
	check_vma_flags(vma);
	vm_stat_account(&one, vma->vm_flags, vma_pages(vma));
	count->total += one.total_vm;
	count->data += one.data_vm;
	count->exec += one.exec_vm;
	count->stack += one.stack_vm;
	if (vma->vm_flags & VM_LOCKED)
		count->locked += vma_pages(vma);
	count->vmas++;
}

static unsigned long subtree_gap(struct rb_node *node)
{
	return node ? rb_entry(node, struct vm_area_struct, vm_rb)->rb_subtree_gap : 0;
}

/* An in-order walk of the tree must visit the VMAs of the list, and each rb_subtree_gap must be the
   largest gap of its subtree. */
static void check_tree(struct mm_struct *mm)
{
	const struct vm_area_struct *vma = mm->mmap, *in_tree;
	struct rb_node *node;

	for (node = rb_first(&mm->mm_rb); node; node = rb_next(node)) {
		unsigned long gap;

		in_tree = rb_entry(node, struct vm_area_struct, vm_rb);
		CHECK_VMA(in_tree, vma, "is in the tree, but not in the list");
		CHECK_VMA(in_tree, in_tree == vma,
			  "stands in the tree where the list has %08lx-%08lx", vma->vm_start,
			  vma->vm_end);
		gap = vma->vm_start - (vma->vm_prev ? vma->vm_prev->vm_end : 0);
		gap = max(gap, max(subtree_gap(node->rb_left), subtree_gap(node->rb_right)));
		CHECK_VMA(vma, vma->rb_subtree_gap == gap,
			  "has the rb_subtree_gap %#lx; the largest gap of its subtree is %#lx",
			  vma->rb_subtree_gap, gap);
		vma = vma->vm_next;
	}
	CHECK_VMA(vma, !vma, "is in the list, but not in the tree");
}

static void check_anon_page(const struct vm_area_struct *vma, unsigned long addr, pte_t pte,
			    const struct page *page)
{
	CHECK_ENTRY(addr, vma->anon_vma, "maps an anonymous page, but its VMA has no anon_vma");
	CHECK_ENTRY(addr, !(vma->vm_flags & VM_SHARED),
		    "maps an anonymous page, but its VMA is shared");
	CHECK_ENTRY(addr, PageKsm(page) || page->index == linear_page_index(vma, addr),
		    "maps the page with the index %#lx; that of the address is %#lx", page->index,
		    linear_page_index(vma, addr));
	CHECK_ENTRY(addr, !PageAnonExclusive(page) || page_mapcount(page) == 1,
		    "maps a page that belongs to one process alone, but %d entries map it",
		    page_mapcount(page));
	CHECK_ENTRY(addr, !pte_write(pte) || PageAnonExclusive(page),
		    "is writable, but others may map the page too");
	CHECK_ENTRY(addr, !PageKsm(page) || !PageAnonExclusive(page),
		    "maps a merged page that belongs to one process");
}

static void check_file_page(const struct vm_area_struct *vma, unsigned long addr, pte_t pte,
			    struct page *page)
{
	CHECK_ENTRY(addr, !vma_is_anonymous(vma),
		    "maps a page of a file, but its VMA is anonymous");
	CHECK_ENTRY(addr, !pte_write(pte) || vma->vm_flags & VM_SHARED,
		    "is writable and maps the page of a file, but its VMA is private");
	/* the file must know of every page that can be, or was, written to */
	CHECK_ENTRY(addr,
		    PageDirty(page) || !vma_wants_writenotify(vma) ||
			    !(pte_write(pte) || pte_dirty(pte)),
		    "is writable or dirty, but the page of the file is clean");
	if (!vma->vm_file) /* the kernel's own pages: see special.c */
		return;
	CHECK_ENTRY(addr, page->mapping == vma->vm_file->f_mapping,
		    "maps a page that does not belong to the VMA's file");
	CHECK_ENTRY(addr, page->index == linear_page_index(vma, addr),
		    "maps page %#lx of the file; the address stands for page %#lx", page->index,
		    linear_page_index(vma, addr));
}

/* What reverse mapping finds for a page. */
struct found {
	const struct page *page;
	const struct vm_area_struct *vma; /* where the page was met: its mm is locked */
	unsigned long addr;
	int entries;
	bool here; /* the entry of addr in vma is one of them */
};

/* Does another VMA of its address space stand in the list for the address? A VMA that is being
   split, by a task that sleeps, is in the trees with its new part, which is not in the list yet. */
static bool is_split_off(const struct vm_area_struct *vma, unsigned long addr)
{
	const struct vm_area_struct *v = vma->vm_mm->mmap;

	if (vma == (vma->vm_prev ? vma->vm_prev->vm_next : v))
		return false;
	while (v && v->vm_end <= addr)
		v = v->vm_next;
	return v && v != vma && v->vm_start <= addr;
}

/* Count the entry of the address in vma, if it maps the page. => true: go on. */
static bool count_found_at(struct vm_area_struct *vma, unsigned long address, void *arg)
{
	struct found *found = arg;
	bool other = vma->vm_mm != found->vma->vm_mm;
	const pte_t *pte;

	if (other)
		spin_lock(&vma->vm_mm->page_table_lock);
	pte = lookup_pte(vma->vm_mm, address);
	if (pte && vm_normal_page(*pte) == found->page && !(other && is_split_off(vma, address))) {
		found->entries++;
		found->here |= vma == found->vma && address == found->addr;
	}
	if (other)
		spin_unlock(&vma->vm_mm->page_table_lock);
	return true;
}

static void count_found(struct vm_area_struct *vma, struct found *found)
{
	const struct page *page = found->page;

	if (page->index >= vma->vm_pgoff && page->index - vma->vm_pgoff < vma_pages(vma))
		count_found_at(vma, vma->vm_start + ((page->index - vma->vm_pgoff) << PAGE_SHIFT),
			       found);
}

static unsigned long nr_checks; /* the number of the mm_check that runs */

/* From the page, exactly the entries that map it must be found. A merged page has many: they are
   counted once in each check. */
static void check_reverse(const struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	struct found found = {.page = page, .vma = vma, .addr = addr};
	struct anon_vma_chain *avc;
	struct vm_area_struct *v;

	if (PageKsm(page)) {
		CHECK_ENTRY(addr, ksm_is_found(page, vma, addr),
			    "maps a merged page that does not know the place");
		if (!ksm_check_counts(page, nr_checks))
			return;
		ksm_for_each_vma(page, count_found_at, &found);
	} else if (PageAnon(page)) {
		anon_vma_interval_tree_foreach(avc, &page_anon_vma(page)->rb_root, page->index,
					       page->index) count_found(avc->vma, &found);
	} else if (page->mapping) { /* else the kernel's own: nothing looks for its entries */
		vma_interval_tree_foreach (v, &page->mapping->i_mmap, page->index, page->index)
			count_found(v, &found);
	} else {
		return;
	}
	CHECK_ENTRY(addr, found.here, "is not found from the page that it maps");
	CHECK_ENTRY(addr, found.entries == page_mapcount(page),
		    "maps a page that counts %d mappings, but %d are found", page_mapcount(page),
		    found.entries);
}

/* The page must be the one that belongs at addr, and its counts must include this mapping. */
static void check_page(const struct vm_area_struct *vma, unsigned long addr, pte_t pte,
		       struct page *page)
{
	CHECK_ENTRY(addr, page_mapped(page), "maps a page that counts no mapping");
	CHECK_ENTRY(addr, page_count(page) >= page_mapcount(page) + !!page_mapping(page),
		    "maps a page with %d mappings, but only %d references", page_mapcount(page),
		    page_count(page));
	CHECK_ENTRY(addr, PageMlocked(page) || !vma_locks_pages(vma),
		    "maps a page that is not locked, but its VMA is");
	if (PageAnon(page))
		check_anon_page(vma, addr, pte, page);
	else
		check_file_page(vma, addr, pte, page);
	check_reverse(vma, addr, page);
}

/* An entry has the rights of its VMA; of writing it may have less. */
static void check_rights(const struct vm_area_struct *vma, unsigned long addr, pte_t pte)
{
	const pteval_t rights = PTE_RIGHTS_MASK;

	CHECK_ENTRY(addr, !((pte.pte ^ pgprot_val(vma->vm_page_prot)) & rights),
		    "has other rights (%#llx) than vm_page_prot of its VMA (%#llx)",
		    (u64)(pte.pte & rights), (u64)(pgprot_val(vma->vm_page_prot) & rights));
	CHECK_ENTRY(addr, !pte_write(pte) || vma->vm_flags & VM_WRITE,
		    "is writable, but its VMA is not");
	if (!pte_uffd_wp(pte))
		return;
	CHECK_ENTRY(addr, vma->vm_flags & VM_UFFD_WP,
		    "is write-protected for a pager, but its VMA has none for that");
	CHECK_ENTRY(addr, !pte_write(pte), "is write-protected for a pager, but writable");
}

/* ---- huge pages ---- */

static void check_huge_page(const struct vm_area_struct *vma, unsigned long addr, pmd_t pmd,
			    const struct page *page)
{
	CHECK_ENTRY(addr, PageHuge(page) && PageHead(page),
		    "maps a huge page that does not come from the pool");
	CHECK_ENTRY(addr, page_mapped(page), "maps a page that counts no mapping");
	CHECK_ENTRY(addr, page_count(page) >= page_mapcount(page) + !!page_mapping(page),
		    "maps a page with %d mappings, but only %d references", page_mapcount(page),
		    page_count(page));
	if (PageAnon(page)) {
		check_anon_page(vma, addr, pmd_small_pte(pmd, addr), page);
		return;
	}
	CHECK_ENTRY(addr, page->mapping == vma->vm_file->f_mapping,
		    "maps a page that does not belong to the VMA's file");
	CHECK_ENTRY(addr, page->index == linear_page_index(vma, addr) >> HPAGE_ORDER,
		    "maps huge page %#lx of the file; the address stands for page %#lx",
		    page->index, linear_page_index(vma, addr) >> HPAGE_ORDER);
	CHECK_ENTRY(addr, !pmd_write(pmd) || vma->vm_flags & VM_SHARED,
		    "is writable and maps the page of a file, but its VMA is private");
}

static void check_trans_huge_page(const struct vm_area_struct *vma, unsigned long addr,
				  const struct page *page)
{
	CHECK_ENTRY(addr, PageTransHuge(page) && PageHead(page) && PageAnon(page),
		    "maps something else than a transparent huge page");
	CHECK_ENTRY(addr, page_mapped(page) && page_count(page) >= page_mapcount(page),
		    "maps a page with %d mappings, but only %d references", page_mapcount(page),
		    page_count(page));
	CHECK_ENTRY(addr, page->index == linear_page_index(vma, addr),
		    "maps page %#lx of the memory; the address stands for page %#lx", page->index,
		    linear_page_index(vma, addr));
}

static void check_huge_zero_page(const struct vm_area_struct *vma, unsigned long addr, pmd_t pmd)
{
	CHECK_ENTRY(addr, is_huge_zero_pfn(pmd_pfn(pmd)),
		    "maps frame %#lx as the huge page of zeros, which it is not", pmd_pfn(pmd));
	CHECK_ENTRY(addr, vma->vm_mm->flags & MMF_HUGE_ZERO_PAGE,
		    "maps the huge page of zeros, of which its address space is no user");
	CHECK_ENTRY(addr, !pmd_write(pmd), "maps the huge page of zeros, but is writable");
}

/* An entry of the directory that maps a large page. */
static void check_large_entry(const struct vm_area_struct *vma, unsigned long addr, pmd_t pmd)
{
	CHECK_ENTRY(addr, vma && vma->vm_start <= addr && vma->vm_end >= addr + HPAGE_SIZE,
		    "maps a large page, but no VMA covers all of it");
	CHECK_ENTRY(addr, is_vm_hugetlb_page(vma) || vma_is_anonymous(vma),
		    "maps a large page, but its VMA is that of a file");
	if (is_hwpoison_pmd(pmd))
		return;
	check_rights(vma, addr, pmd_small_pte(pmd, addr));
	if (is_vm_hugetlb_page(vma))
		check_huge_page(vma, addr, pmd, pmd_page(pmd));
	else if (is_huge_zero_pmd(pmd))
		check_huge_zero_page(vma, addr, pmd);
	else
		check_trans_huge_page(vma, addr, pmd_page(pmd));
}

/* What the walk over the page tables counts, and how far it has come in the list. */
struct table_count {
	long rss[NR_MM_COUNTERS];
	unsigned long tables, huge;
	unsigned long stored;		  /* page tables that should be in store */
	const struct vm_area_struct *vma; /* the first that ends above the address; NULL: none */
};

/* Anonymous memory may, and what a pager in user space fills in a private mapping of a file. */
static bool may_map_zeros(const struct vm_area_struct *vma)
{
	return vma_is_anonymous(vma) || (vma->vm_ops->add_page && !(vma->vm_flags & VM_SHARED));
}

/* The slot must count this entry. */
static void check_swap_entry(const struct vm_area_struct *vma, unsigned long addr, pte_t pte,
			     long *rss)
{
	swp_entry_t entry = pte_to_swp_entry(pte);
	struct swap_info_struct *si;

	if (is_swapin_error_pte(pte))
		return;
	CHECK_ENTRY(addr, is_swap_pte(pte), "is neither a page nor empty: %#llx",
		    (u64)pte_val(pte));
	si = get_swap_device(entry);
	CHECK_ENTRY(addr, si, "names a slot that is not in use: area %u, slot %lu", swp_type(entry),
		    swp_offset(entry));
	put_swap_device(si);
	CHECK_ENTRY(addr, swap_count(entry), "names a slot that counts no entry: area %u, slot %lu",
		    swp_type(entry), swp_offset(entry));
	CHECK_ENTRY(addr, !pte_swp_uffd_wp(pte) || vma->vm_flags & VM_UFFD_WP,
		    "is write-protected for a pager, but its VMA has none for that");
	CHECK_ENTRY(addr, !(vma->vm_flags & VM_SHARED),
		    "is of an anonymous page in swap, but its VMA is shared");
	CHECK_ENTRY(addr, vma->anon_vma,
		    "is of an anonymous page in swap, but its VMA has no anon_vma");
	CHECK(!list_empty(&vma->vm_mm->mmlist),
	      "the address space has pages in swap, but it is not on the list of those (mmlist)");
	rss[MM_SWAPENTS]++;
}

static void check_entry(const struct vm_area_struct *vma, unsigned long addr, pte_t pte, long *rss)
{
	struct page *page;

	CHECK_ENTRY(addr, vma && vma->vm_start <= addr, "is not empty, but no VMA covers it");
	if (pte_kind(pte) == PTE_SWAP) {
		check_swap_entry(vma, addr, pte, rss);
		return;
	}
	if (is_hwpoison_pte(pte))
		return;
	check_rights(vma, addr, pte);
	page = vm_normal_page(pte);
	if (page) {
		check_page(vma, addr, pte, page);
		rss[mm_counter(page)]++;
		return;
	}
	if (vma->vm_flags & VM_PFNMAP)
		return;
	CHECK_ENTRY(addr, pte_pfn(pte) == zero_pfn && may_map_zeros(vma),
		    "maps a frame without a page, but its VMA is not VM_PFNMAP");
	CHECK_ENTRY(addr, !pte_write(pte), "maps the zero page, but is writable");
}

static int check_pte_range(pte_t *pte, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	struct table_count *count = walk->private;

	count->tables++;
	for (; addr != end; addr += PAGE_SIZE, pte++) {
		while (count->vma && count->vma->vm_end <= addr)
			count->vma = count->vma->vm_next;
		if (!pte_none(*pte))
			check_entry(count->vma, addr, *pte, count->rss);
	}
	return 0;
}

static int check_large_page(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	struct table_count *count = walk->private;

	while (count->vma && count->vma->vm_end <= addr)
		count->vma = count->vma->vm_next;
	check_large_entry(count->vma, addr, *pmd);
	if (is_vm_hugetlb_page(count->vma)) {
		count->huge += is_hwpoison_pmd(*pmd) ? 0 : HPAGE_NR;
	} else {
		count->rss[MM_ANONPAGES] += is_huge_zero_pmd(*pmd) ? 0 : HPAGE_NR;
		count->stored++;
	}
	return 0;
}

/* No other task may run during the walk: it could change the counters. */
static const struct mm_walk_ops check_ops = {
	.pte_range = check_pte_range, .large_page = check_large_page, .no_rest = true};

static const char *const counters[NR_MM_COUNTERS] = {
	[MM_FILEPAGES] = "MM_FILEPAGES",
	[MM_ANONPAGES] = "MM_ANONPAGES",
	[MM_SWAPENTS] = "MM_SWAPENTS",
	[MM_SHMEMPAGES] = "MM_SHMEMPAGES",
};

static void check_page_tables(struct mm_struct *mm)
{
	struct table_count count = {.vma = mm->mmap};
	int i;

	walk_page_range(mm, 0, TASK_SIZE, &check_ops, &count);
	CHECK(mm->pgtables_bytes == (count.tables + count.stored) * PAGE_SIZE,
	      "pgtables_bytes is %lu, but there are %lu page tables and %lu transparent huge pages",
	      mm->pgtables_bytes, count.tables, count.stored);
	for (pte_t *table = mm->pmd_huge_pte; table;
	     table = (pte_t *)page_private(virt_to_page(table)))
		count.stored--;
	CHECK(!count.stored, "%ld page tables too few are stored for transparent huge pages",
	      (long)count.stored);
	CHECK(mm->hugetlb_usage == count.huge,
	      "hugetlb_usage is %lu, but %lu small pages are mapped as huge ones",
	      mm->hugetlb_usage, count.huge);
	for (i = 0; i < NR_MM_COUNTERS; i++)
		CHECK(mm->rss_stat[i] == count.rss[i],
		      "rss_stat[%s] is %ld, but %ld such pages are mapped", counters[i],
		      mm->rss_stat[i], count.rss[i]);
}

/* A counter of pages against the recount. */
static void check_total(const char *counter, unsigned long is, unsigned long counted)
{
	CHECK(is == counted, "%s is %lu, but the VMAs have %lu such pages", counter, is, counted);
}

void mm_check(struct mm_struct *mm)
{
	struct vm_area_struct *vma, *last = NULL, *hit = NULL;
	struct recount count = {0};

	mmap_assert_locked(mm);
	nr_checks++;
	for (vma = mm->mmap; vma; vma = vma->vm_next) {
		CHECK_VMA(vma, vma->vm_prev == last,
			  "has a vm_prev that is not the VMA before it in the list");
		check_vma(mm, vma, &count);
		last = vma;
		if (vma == mm->mmap_cache)
			hit = vma;
	}
	CHECK(mm->mmap_cache == hit, "mmap_cache, the last answer of find_vma, is not in the list");
	CHECK(mm->highest_vm_end == (last ? last->vm_end : 0),
	      "highest_vm_end is %08lx, but the last VMA ends at %08lx", mm->highest_vm_end,
	      last ? last->vm_end : 0);
	CHECK(mm->map_count == count.vmas, "map_count is %d, but the list has %d VMAs",
	      mm->map_count, count.vmas);
	check_total("total_vm", mm->total_vm, count.total);
	check_total("locked_vm", mm->locked_vm, count.locked);
	check_total("data_vm", mm->data_vm, count.data);
	check_total("exec_vm", mm->exec_vm, count.exec);
	check_total("stack_vm", mm->stack_vm, count.stack);
	check_tree(mm);
	check_page_tables(mm);
	workingset_check();
}

void mm_check_empty(const struct mm_struct *mm)
{
	int i;

	CHECK(!mm->map_count, "%d VMAs are left in an address space that has ended", mm->map_count);
	for (i = 0; i < NR_MM_COUNTERS; i++)
		CHECK(!mm->rss_stat[i],
		      "rss_stat[%s] is %ld in an address space that has ended: its pages are still "
		      "mapped, or were counted wrongly",
		      counters[i], mm->rss_stat[i]);
	CHECK(!mm->hugetlb_usage, "hugetlb_usage is %lu in an address space that has ended",
	      mm->hugetlb_usage);
	CHECK(!mm->pgtables_bytes, "%lu page tables are left in an address space that has ended",
	      mm->pgtables_bytes >> PAGE_SHIFT);
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
