/*
 * Lab 1, page tables: checks that the kernel runs on itself.
 */
#include "labs/page-tables/fixture.h"
#include "kernel/lib/err.h"
#include "mm/calls.h"
#include "mm/pagewalk.h"
#include "mm/shmem.h"

#define MAX_SEEN 8

/* ---- lookup_pte ---- */

static pte_t *look_up(struct mm_struct *mm, unsigned long addr)
{
	pte_t *pte;

	spin_lock(&mm->page_table_lock);
	pte = lookup_pte(mm, addr);
	spin_unlock(&mm->page_table_lock);
	return pte;
}

static void expect_entry(struct mm_struct *mm, unsigned long addr)
{
	pte_t *table = pmd_page_vaddr(*pmd_off(mm, addr)), *pte = look_up(mm, addr);

	EXPECT(pte, "lookup_pte(mm, %#lx): wanted entry %lu of its table, seen NULL", addr,
	       pte_index(addr));
	EXPECT(pte == table + pte_index(addr),
	       "lookup_pte(mm, %#lx): wanted entry %lu of the table at %p, that is %p, seen %p",
	       addr, pte_index(addr), table, table + pte_index(addr), pte);
}

KERNEL_CHECK(lookup_pte_finds_the_entry)
{
	struct mm_struct *mm = check_mm();
	unsigned long first = random_table(2), second = first + PMD_SIZE;

	make_table(mm, first);
	make_table(mm, second);
	expect_entry(mm, first);
	expect_entry(mm, second - PAGE_SIZE);
	expect_entry(mm, second);
	expect_entry(mm, check_random_page(first, second) + check_random_below(PAGE_SIZE));
	expect_entry(mm, check_random_page(second, second + PMD_SIZE));
}

KERNEL_CHECK(lookup_pte_says_that_there_is_no_table)
{
	struct mm_struct *mm = check_mm();
	unsigned long table = random_table(2), addr = check_random_page(table, table + PMD_SIZE);

	make_table(mm, table + PMD_SIZE);
	expect_entry(mm, table + PMD_SIZE);
	EXPECT_EQ(check_text("lookup_pte(mm, %#lx) where no page table is", addr),
		  look_up(mm, addr), NULL);
	EXPECT(pmd_none(*pmd_off(mm, addr)), "lookup_pte(mm, %#lx) has made a page table", addr);
}

KERNEL_CHECK(lookup_pte_looks_into_the_address_space_it_is_given)
{
	struct mm_struct *loaded = check_mm(), *mm = mm_alloc();
	unsigned long addr = check_random_page(PMD_SIZE, TASK_SIZE);

	EXPECT(mm, "there is no memory for an address space");
	make_table(loaded, addr);
	make_table(mm, addr);
	expect_entry(mm, addr);
}

/* ---- walk_page_range_vma ---- */

/* What a walk has told. */
struct seen {
	int entries, holes;
	unsigned long addr[MAX_SEEN], hole[MAX_SEEN], hole_end[MAX_SEEN];
	struct vm_area_struct *vma;
	int stop_at; /* the entry at which the walk is to end */
};

static int see_entry(pte_t *pte, unsigned long addr, struct mm_walk *walk)
{
	struct seen *seen = walk->private;

	if (seen->entries < MAX_SEEN)
		seen->addr[seen->entries] = addr;
	seen->entries++;
	seen->vma = walk->vma;
	EXPECT(pte == entry_of(walk->mm, addr), "the walk calls pte_entry for %#lx with %p", addr,
	       pte);
	return seen->entries == seen->stop_at ? 7 : 0;
}

static int see_hole(unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	struct seen *seen = walk->private;

	if (seen->holes < MAX_SEEN) {
		seen->hole[seen->holes] = addr;
		seen->hole_end[seen->holes] = end;
	}
	seen->holes++;
	return seen->stop_at == -1 ? 5 : 0;
}

static const struct mm_walk_ops see_all = {.pte_entry = see_entry, .pte_hole = see_hole};
static const struct mm_walk_ops see_entries = {.pte_entry = see_entry};

static void expect_visits(const struct seen *seen, const unsigned long *addr, int n)
{
	int i;

	EXPECT(seen->entries == n, "the walk calls pte_entry for %d entries, and %d are mapped",
	       seen->entries, n);
	for (i = 0; i < n; i++)
		EXPECT(seen->addr[i] == addr[i], "visit %d of the walk: wanted %#lx, seen %#lx",
		       i + 1, addr[i], seen->addr[i]);
}

KERNEL_CHECK(the_walk_visits_what_is_mapped_in_the_range)
{
	struct mm_struct *mm = check_mm();
	struct seen seen = {0};
	struct walked w;
	int err;

	make_walked(&w, mm);
	err = walk_page_range_vma(&w.vma, w.vma.vm_start, w.vma.vm_end, &see_entries, &seen);
	EXPECT_EQ("walk_page_range_vma(vma, vma->vm_start, vma->vm_end)", err, 0);
	expect_visits(&seen, w.addr, 4);
	EXPECT(seen.vma == &w.vma, "walk->vma is %p in the functions of the walk, and not the VMA",
	       seen.vma);
	/* only a part of the VMA: without the first entry and without the last */
	seen = (struct seen){0};
	walk_page_range_vma(&w.vma, w.addr[0] + PAGE_SIZE, w.addr[3], &see_entries, &seen);
	expect_visits(&seen, w.addr + 1, 2);
}

KERNEL_CHECK(the_walk_tells_where_no_table_is_and_can_be_ended)
{
	struct mm_struct *mm = check_mm();
	struct seen seen = {0};
	unsigned long hole;
	struct walked w;

	make_walked(&w, mm);
	hole = w.addr[2] + PMD_SIZE;
	walk_page_range_vma(&w.vma, w.vma.vm_start, w.vma.vm_end, &see_all, &seen);
	EXPECT_EQ("how often the walk calls pte_hole for one missing table", seen.holes, 1);
	EXPECT(seen.hole[0] == hole && seen.hole_end[0] == hole + PMD_SIZE,
	       "pte_hole: wanted %#lx-%#lx, seen %#lx-%#lx", hole, hole + PMD_SIZE, seen.hole[0],
	       seen.hole_end[0]);
	seen = (struct seen){.stop_at = 2};
	EXPECT_EQ("walk_page_range_vma() whose function returns 7",
		  walk_page_range_vma(&w.vma, w.vma.vm_start, w.vma.vm_end, &see_all, &seen), 7);
	EXPECT_EQ("how many entries it has visited when the second one ends the walk", seen.entries,
		  2);
}

KERNEL_CHECK(a_mapping_of_frames_is_a_hole_to_the_walk)
{
	struct mm_struct *mm = check_mm();
	struct seen seen = {0};
	struct walked w;

	make_walked(&w, mm);
	w.vma.vm_flags |= VM_PFNMAP;
	EXPECT_EQ("walk_page_range_vma() of a VM_PFNMAP mapping without pte_hole",
		  walk_page_range_vma(&w.vma, w.vma.vm_start, w.vma.vm_end, &see_entries, &seen),
		  0);
	EXPECT_EQ("how many entries of a VM_PFNMAP mapping the walk visits", seen.entries, 0);
	seen.stop_at = -1;
	EXPECT_EQ("walk_page_range_vma() of a VM_PFNMAP mapping whose pte_hole returns 5",
		  walk_page_range_vma(&w.vma, w.addr[1], w.vma.vm_end, &see_all, &seen), 5);
	EXPECT(seen.holes == 1 && seen.hole[0] == w.addr[1] && seen.hole_end[0] == w.vma.vm_end,
	       "pte_hole of a VM_PFNMAP mapping: wanted once, %#lx-%#lx; seen %d times, the first "
	       "%#lx-%#lx",
	       w.addr[1], w.vma.vm_end, seen.holes, seen.hole[0], seen.hole_end[0]);
}

/* ---- pmd_install, mm_pte_alloc ---- */

static void install(struct mm_struct *mm, pmd_t *pmd, pte_t **table)
{
	spin_lock(&mm->page_table_lock);
	pmd_install(mm, pmd, table);
	spin_unlock(&mm->page_table_lock);
}

KERNEL_CHECK(pmd_install_puts_the_table_into_the_directory)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_random_page(PMD_SIZE, TASK_SIZE);
	pte_t *table = pte_alloc_one(), *given = table;
	pmd_t *pmd = pmd_off(mm, addr);

	EXPECT(table, "there is no memory for a page table");
	install(mm, pmd, &given);
	EXPECT(pmd_has_table(*pmd), "after pmd_install() the entry of the directory is %#llx",
	       (u64)pmd_val(*pmd));
	EXPECT_EQ("the table that the directory points to", pmd_page_vaddr(*pmd), table);
	EXPECT_EQ("mm->pgtables_bytes with one page table", mm->pgtables_bytes, PAGE_SIZE);
	EXPECT_EQ("*table, once pmd_install() has used it", given, NULL);
}

KERNEL_CHECK(pmd_install_leaves_a_table_that_is_there)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_random_page(PMD_SIZE, TASK_SIZE);
	pte_t *first = pte_alloc_one(), *second = pte_alloc_one(), *given = second;
	pmd_t *pmd = pmd_off(mm, addr), before;

	install(mm, pmd, &first);
	EXPECT(pmd_has_table(*pmd), "after pmd_install() the entry of the directory is %#llx",
	       (u64)pmd_val(*pmd));
	before = *pmd;
	install(mm, pmd, &given);
	EXPECT(pmd_val(*pmd) == pmd_val(before),
	       "pmd_install() has replaced the table of another thread: the entry of the directory "
	       "was %#llx and is %#llx",
	       (u64)pmd_val(before), (u64)pmd_val(*pmd));
	EXPECT_EQ("*table, when pmd_install() has not used it", given, second);
	EXPECT_EQ("mm->pgtables_bytes with one page table", mm->pgtables_bytes, PAGE_SIZE);
}

KERNEL_CHECK(mm_pte_alloc_finds_the_entry_in_a_table_that_is_there)
{
	struct mm_struct *mm = check_mm();
	unsigned long table = random_table(1), addr, tables;
	int i;

	make_table(mm, table);
	tables = nr_page_table_pages;
	for (i = 0; i < 3; i++) {
		addr = i ? check_random_page(table, table + PMD_SIZE)
			 : table + PMD_SIZE - PAGE_SIZE;
		EXPECT_EQ(check_text("mm_pte_alloc(mm, pmd, %#lx)", addr),
			  mm_pte_alloc(mm, pmd_off(mm, addr), addr), entry_of(mm, addr));
	}
	EXPECT_EQ("page tables that mm_pte_alloc() has allocated although there is one",
		  nr_page_table_pages - tables, 0);
}

KERNEL_CHECK(mm_pte_alloc_makes_the_table_that_is_missing)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_random_page(PMD_SIZE, TASK_SIZE), tables = nr_page_table_pages;
	pmd_t *pmd = pmd_off(mm, addr);
	pte_t *pte = mm_pte_alloc(mm, pmd, addr);

	EXPECT(pmd_has_table(*pmd), "mm_pte_alloc(mm, pmd, %#lx) has left no page table at pmd",
	       addr);
	EXPECT_EQ(check_text("mm_pte_alloc(mm, pmd, %#lx)", addr), pte, entry_of(mm, addr));
	EXPECT(pte_none(*pte), "the entry of a new table is %#llx and not empty",
	       (u64)pte_val(*pte));
	EXPECT_EQ("mm->pgtables_bytes with one page table", mm->pgtables_bytes, PAGE_SIZE);
	EXPECT_EQ("page tables allocated for one table", nr_page_table_pages - tables, 1);
}

KERNEL_CHECK(mm_pte_alloc_says_that_there_is_no_memory)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_random_page(PMD_SIZE, TASK_SIZE);
	pmd_t *pmd = pmd_off(mm, addr);
	pte_t *pte;

	drain_all_stocks();
	fail_page_alloc_after = 0;
	pte = mm_pte_alloc(mm, pmd, addr);
	fail_page_alloc_after = -1;
	EXPECT_EQ("mm_pte_alloc() when no memory is left", pte, NULL);
	EXPECT(pmd_none(*pmd), "mm_pte_alloc() had no memory, but the directory's entry is %#llx",
	       (u64)pmd_val(*pmd));
	EXPECT_EQ("mm->pgtables_bytes when no memory is left", mm->pgtables_bytes, 0);
	/* there is memory again: the same call succeeds now */
	pte = mm_pte_alloc(mm, pmd, addr);
	EXPECT(pte, "mm_pte_alloc() when there is memory again: wanted an entry, seen NULL");
}

/* ---- __zap_pte, by zap_pte ---- */

static void zap_one(struct vm_area_struct *vma, unsigned long addr)
{
	struct mm_struct *mm = vma->vm_mm;

	spin_lock(&mm->page_table_lock);
	zap_pte(vma, addr, entry_of(mm, addr));
	spin_unlock(&mm->page_table_lock);
	flush_tlb_mm();
}

KERNEL_CHECK(an_entry_that_is_cleared_lets_its_page_go)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = random_table(1);
	struct vm_area_struct *vma = make_anonymous(mm, addr, 2);
	struct page *page;

	store(addr, check_random());
	store(addr + PAGE_SIZE, check_random());
	page = page_at(mm, addr);
	get_page(page); /* so that it is not freed, and can be looked at */
	zap_one(vma, addr);
	EXPECT(pte_none(*entry_of(mm, addr)), "zap_pte(): the entry is %#llx and not empty",
	       (u64)pte_val(*entry_of(mm, addr)));
	EXPECT_EQ("entries that map the page, when its only one is cleared", page_mapcount(page),
		  0);
	EXPECT_EQ("references to the page, when all that is left is the check's own",
		  page_count(page), 1);
	EXPECT_EQ("mm->rss_stat[MM_ANONPAGES], when one page of two is left",
		  mm->rss_stat[MM_ANONPAGES], 1);
	EXPECT(page_at(mm, addr + PAGE_SIZE), "zap_pte() has cleared the entry above too");
	put_page(page);
}

/* A page of a shared mapping that is present, with these bits in its entry, but whose own flags
   know nothing of it. */
static struct page *make_shared_page(struct vm_area_struct *vma, bool dirty, bool young)
{
	unsigned long addr = vma->vm_start;
	struct page *page;
	pte_t pte;

	store(addr, check_random());
	page = page_at(vma->vm_mm, addr);
	ClearPageDirty(page);
	deactivate_page(page);
	pte = *entry_of(vma->vm_mm, addr);
	pte = dirty ? pte_mkdirty(pte) : pte_mkclean(pte);
	set_entry(vma->vm_mm, addr, young ? pte_mkyoung(pte) : pte_mkold(pte));
	flush_tlb_mm();
	get_page(page);
	return page;
}

KERNEL_CHECK(the_page_of_a_file_learns_that_it_was_written)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma = make_mapping(mm, random_table(1), 1, MAP_SHARED, NULL);
	struct page *page = make_shared_page(vma, true, false);

	zap_one(vma, vma->vm_start);
	EXPECT(PageDirty(page),
	       "the entry was dirty, but the page of the file is clean after zap_pte()");
	EXPECT(!PageReferenced(page),
	       "the entry was not accessed, but zap_pte() has marked the page as used");
	EXPECT_EQ("mm->rss_stat[MM_SHMEMPAGES], when the only shared page is unmapped",
		  mm->rss_stat[MM_SHMEMPAGES], 0);
	EXPECT_EQ("mm->rss_stat[MM_FILEPAGES], of which there was none", mm->rss_stat[MM_FILEPAGES],
		  0);
	EXPECT_EQ("entries that map the page, when its only one is cleared", page_mapcount(page),
		  0);
}

KERNEL_CHECK(the_page_of_a_file_learns_that_it_was_used)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma = make_mapping(mm, random_table(1), 1, MAP_SHARED, NULL);
	struct page *page = make_shared_page(vma, false, true);

	zap_one(vma, vma->vm_start);
	EXPECT(PageReferenced(page),
	       "the entry was accessed, but zap_pte() has not marked the page of the file as used");
	EXPECT(!PageDirty(page), "the entry was clean, but zap_pte() has made the page dirty");
	/* the advice that the mapping is read once, in sequence */
	page = make_shared_page(vma, false, true);
	vma->vm_flags |= VM_SEQ_READ;
	zap_one(vma, vma->vm_start);
	EXPECT(!PageReferenced(page),
	       "the mapping is read once, in sequence (VM_SEQ_READ), but zap_pte() has marked the "
	       "page as used");
}

KERNEL_CHECK(a_frame_without_a_page_is_not_counted_down)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = random_table(1);
	struct vm_area_struct *vma = make_anonymous(mm, addr, 1);
	int count = page_count(ZERO_PAGE(addr));

	load(addr);
	EXPECT(!pte_none(*entry_of(mm, addr)), "the check's read has mapped no page");
	zap_one(vma, addr);
	EXPECT(pte_none(*entry_of(mm, addr)), "zap_pte(): the entry is %#llx and not empty",
	       (u64)pte_val(*entry_of(mm, addr)));
	EXPECT_EQ("references to the zero page, which mappings do not count",
		  page_count(ZERO_PAGE(addr)), count);
	EXPECT_EQ("mm->rss_stat[MM_ANONPAGES], which does not count the zero page",
		  mm->rss_stat[MM_ANONPAGES], 0);
}

/* ---- zap_pte_range, by zap_page_range and zap_tables ---- */

KERNEL_CHECK(unmapping_takes_the_range_and_no_page_more)
{
	struct mm_struct *mm = check_mm();
	struct range r;
	int i;

	make_range(&r, mm, MAP_PRIVATE, NULL);
	zap_page_range(r.vma, r.start, r.end - r.start);
	for (i = FIRST; i <= LAST; i++)
		EXPECT(pte_none(*entry_of(mm, r.addr[i])),
		       "zap_page_range(vma, %#lx, %#lx): page %#lx, %s, is still mapped", r.start,
		       r.end - r.start, r.addr[i], places[i]);
	for (i = BELOW; i <= ABOVE; i += ABOVE - BELOW)
		EXPECT(page_at(mm, r.addr[i]),
		       "zap_page_range(vma, %#lx, %#lx): page %#lx, %s, is unmapped too", r.start,
		       r.end - r.start, r.addr[i], places[i]);
	EXPECT_EQ("mm->rss_stat[MM_ANONPAGES], when two of six pages are left",
		  mm->rss_stat[MM_ANONPAGES], 2);
}

KERNEL_CHECK(the_processor_forgets_what_was_unmapped)
{
	struct mm_struct *mm = check_mm();
	struct range r;
	int i;

	make_range(&r, mm, MAP_PRIVATE, NULL);
	for (i = 0; i < NR_PLACES; i++)
		EXPECT(processor_reads(r.addr[i]), "the check cannot read %#lx", r.addr[i]);
	zap_page_range(r.vma, r.start, r.end - r.start);
	for (i = FIRST; i <= LAST; i++)
		EXPECT(!processor_reads(r.addr[i]),
		       "zap_page_range(vma, %#lx, %#lx): the processor still reads page %#lx, %s, "
		       "by its TLB",
		       r.start, r.end - r.start, r.addr[i], places[i]);
}

KERNEL_CHECK(private_copies_can_stay_when_a_file_is_unmapped)
{
	struct mm_struct *mm = check_mm();
	unsigned long start = random_table(1);
	struct file *file = shmem_file_setup("lab", 4 * PAGE_SIZE, 0);
	struct vm_area_struct *vma;

	EXPECT(!IS_ERR(file), "the check cannot make a file");
	vma = make_mapping(mm, start, 4, MAP_PRIVATE, file);
	load(start);		     /* the page of the file */
	store(start + PAGE_SIZE, 1); /* a copy of it */
	zap_tables(vma, start, vma->vm_end, false);
	EXPECT(pte_none(*entry_of(mm, start)),
	       "zap_tables(vma, start, end, false): the page of the file is still mapped");
	EXPECT(page_at(mm, start + PAGE_SIZE),
	       "zap_tables(vma, start, end, false): the private copy is gone, and what was written "
	       "is lost");
	zap_tables(vma, start, vma->vm_end, true);
	EXPECT(pte_none(*entry_of(mm, start + PAGE_SIZE)),
	       "zap_tables(vma, start, end, true): the private copy is still mapped");
}

/* ---- change_pte_range, can_change_pte_writable, by change_protection ---- */

KERNEL_CHECK(the_right_to_write_is_taken_from_each_page_of_the_range)
{
	struct mm_struct *mm = check_mm();
	struct range r;
	int i;

	make_range(&r, mm, MAP_PRIVATE, NULL);
	protect(r.vma, r.start, r.end, VM_READ);
	for (i = FIRST; i <= LAST; i++)
		EXPECT(page_at(mm, r.addr[i]) && !pte_write(*entry_of(mm, r.addr[i])),
		       "change_protection(vma, %#lx, %#lx) to read-only: the entry of %#lx, %s, is "
		       "%#llx",
		       r.start, r.end, r.addr[i], places[i],
		       (u64)pte_val(*entry_of(mm, r.addr[i])));
	for (i = BELOW; i <= ABOVE; i += ABOVE - BELOW)
		EXPECT(pte_write(*entry_of(mm, r.addr[i])),
		       "change_protection(vma, %#lx, %#lx): page %#lx, %s, is read-only too",
		       r.start, r.end, r.addr[i], places[i]);
	EXPECT(pte_none(*entry_of(mm, r.start + PAGE_SIZE)),
	       "change_protection(): the entry of %#lx was empty and is %#llx", r.start + PAGE_SIZE,
	       (u64)pte_val(*entry_of(mm, r.start + PAGE_SIZE)));
}

KERNEL_CHECK(the_processor_learns_of_rights_that_are_taken)
{
	struct mm_struct *mm = check_mm();
	struct range r;
	int i;

	make_range(&r, mm, MAP_PRIVATE, NULL);
	for (i = 0; i < NR_PLACES; i++)
		EXPECT(processor_writes(r.addr[i]), "the check cannot write to %#lx", r.addr[i]);
	protect(r.vma, r.start, r.end, VM_READ);
	for (i = FIRST; i <= LAST; i++)
		EXPECT(!processor_writes(r.addr[i]),
		       "change_protection(vma, %#lx, %#lx) to read-only: the processor still "
		       "writes to page %#lx, %s, by its TLB",
		       r.start, r.end, r.addr[i], places[i]);
}

KERNEL_CHECK(a_page_keeps_its_contents_and_marks_when_rights_change)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = random_table(1);
	struct vm_area_struct *vma = make_anonymous(mm, addr, 1);
	u32 value = check_random();
	struct page *page;
	pte_t pte;

	store(addr, value);
	page = page_at(mm, addr);
	set_entry(mm, addr, pte_mkold(*entry_of(mm, addr)));
	protect(vma, addr, addr + PAGE_SIZE, 0);
	pte = *entry_of(mm, addr);
	EXPECT(!pte_none(pte), "PROT_NONE: the entry is empty, and the page is lost");
	EXPECT(!pte_hw_present(pte), "PROT_NONE: the entry is %#llx, and the processor can use it",
	       (u64)pte_val(pte));
	EXPECT(vm_normal_page(pte) == page, "PROT_NONE: the entry maps another page");
	EXPECT(pte_dirty(pte), "PROT_NONE: the entry was dirty and is clean");
	protect(vma, addr, addr + PAGE_SIZE, VM_READ);
	EXPECT(vm_normal_page(*entry_of(mm, addr)) == page,
	       "PROT_READ after PROT_NONE: the entry maps another page");
	EXPECT_EQ("the word in the page, after PROT_NONE and PROT_READ", load(addr), value);
}

KERNEL_CHECK(a_dirty_page_of_its_own_is_writable_at_once)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = random_table(1);
	struct vm_area_struct *vma = make_anonymous(mm, addr, 1), *shared;

	store(addr, 1);
	protect(vma, addr, addr + PAGE_SIZE, VM_READ);
	EXPECT(!pte_write(*entry_of(mm, addr)),
	       "change_protection() to read-only: the entry is %#llx, and writable",
	       (u64)pte_val(*entry_of(mm, addr)));
	protect(vma, addr, addr + PAGE_SIZE, VM_READ | VM_WRITE);
	EXPECT(pte_write(*entry_of(mm, addr)),
	       "change_protection() to read and write: a dirty page that only this process has is "
	       "still read-only");
	up_read(&mm->mmap_sem);
	shared = make_shared(mm, addr + PMD_SIZE);
	protect(shared, shared->vm_start, shared->vm_end, VM_READ);
	protect(shared, shared->vm_start, shared->vm_end, VM_READ | VM_WRITE);
	EXPECT(pte_write(*entry_of(mm, shared->vm_start)),
	       "change_protection() to read and write: a dirty page of a shared mapping is still "
	       "read-only, although its file knows that it is written to");
}

KERNEL_CHECK(a_page_whose_first_write_matters_stays_read_only)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = random_table(1);
	struct vm_area_struct *vma = make_anonymous(mm, addr, 3), *shared;

	store(addr, 1);
	store(addr + PAGE_SIZE, 1);
	load(addr + 2 * PAGE_SIZE);
	ClearPageAnonExclusive(page_at(mm, addr)); /* as if fork had shared it */
	protect(vma, addr, vma->vm_end, VM_READ);
	set_entry(mm, addr + PAGE_SIZE, pte_mkclean(*entry_of(mm, addr + PAGE_SIZE)));
	protect(vma, addr, vma->vm_end, VM_READ | VM_WRITE);
	EXPECT(!pte_write(*entry_of(mm, addr)),
	       "change_protection() to read and write: a page that fork shares is writable");
	EXPECT(!pte_write(*entry_of(mm, addr + PAGE_SIZE)),
	       "change_protection() to read and write: a page that is clean is writable, so nobody "
	       "notices the first write");
	EXPECT(!pte_write(*entry_of(mm, addr + 2 * PAGE_SIZE)),
	       "change_protection() to read and write: the zero page is writable");
	up_read(&mm->mmap_sem);
	shared = make_shared(mm, addr + PMD_SIZE);
	set_entry(mm, shared->vm_start, pte_mkclean(*entry_of(mm, shared->vm_start)));
	protect(shared, shared->vm_start, shared->vm_end, VM_READ);
	protect(shared, shared->vm_start, shared->vm_end, VM_READ | VM_WRITE);
	EXPECT(!pte_write(*entry_of(mm, shared->vm_start)),
	       "change_protection() to read and write: a clean page of a shared mapping is "
	       "writable, "
	       "so its file does not learn of the first write");
}

/* ---- free_pgtables, free_pte_range ---- */

/* Three tables in a row, without entries. */
static unsigned long make_tables(struct mm_struct *mm)
{
	unsigned long table = random_table(4);
	int i;

	for (i = 0; i < 3; i++)
		make_table(mm, table + i * PMD_SIZE);
	return table;
}

/* Tables that are left, of the three, as bits. */
static unsigned int tables_left(struct mm_struct *mm, unsigned long table)
{
	unsigned int left = 0;
	int i;

	for (i = 0; i < 3; i++)
		if (!pmd_none(*pmd_off(mm, table + i * PMD_SIZE)))
			left |= 1 << i;
	return left;
}

static const char *table_names(unsigned int tables)
{
	static const char *const names[] = {"none",	     "the first", "the second",
					    "the first two", "the third", "the first and the third",
					    "the last two",  "all three"};

	return names[tables];
}

static unsigned long table_bytes(unsigned int tables)
{
	return ((tables & 1) + (tables >> 1 & 1) + (tables >> 2 & 1)) * PAGE_SIZE;
}

static void expect_tables(struct mm_struct *mm, unsigned long table, unsigned int wanted,
			  const char *when)
{
	unsigned int left = tables_left(mm, table);

	EXPECT(left == wanted,
	       "the page tables left by free_pgtables() of a range in three, %s: wanted %s, seen "
	       "%s",
	       when, table_names(wanted), table_names(left));
	EXPECT_EQ(check_text("mm->pgtables_bytes, %s", when), mm->pgtables_bytes,
		  table_bytes(wanted));
}

KERNEL_CHECK(tables_that_no_mapping_needs_are_freed)
{
	struct mm_struct *mm = check_mm();
	unsigned long table = make_tables(mm), tables = nr_page_table_pages;
	unsigned long start = table + PMD_SIZE / 2, end = table + 2 * PMD_SIZE + PMD_SIZE / 2;

	free_pgtables(mm, start, end, 0, TASK_SIZE);
	expect_tables(mm, table, 0, "without neighbours");
	EXPECT_EQ("page tables that went back to the allocator", tables - nr_page_table_pages, 3);
}

KERNEL_CHECK(a_table_that_a_neighbour_uses_stays)
{
	struct mm_struct *mm = check_mm();
	unsigned long table = make_tables(mm);
	unsigned long start = table + PAGE_SIZE * (2 + check_random_below(500));
	unsigned long end = table + 2 * PMD_SIZE + PAGE_SIZE * (2 + check_random_below(500));

	/* the neighbours need not touch the range */
	free_pgtables(mm, start, end, table + PAGE_SIZE, table + 3 * PMD_SIZE - PAGE_SIZE);
	expect_tables(mm, table, 5, "with a neighbour in the first and one in the third");
	free_pgtables(mm, start, end, table + PAGE_SIZE, TASK_SIZE);
	expect_tables(mm, table, 1, "with a neighbour in the first");
}

KERNEL_CHECK(a_neighbour_that_ends_where_a_table_begins_does_not_use_it)
{
	struct mm_struct *mm = check_mm();
	unsigned long table = make_tables(mm), end = table + 3 * PMD_SIZE;

	free_pgtables(mm, table + PAGE_SIZE, end - PAGE_SIZE, table, end);
	expect_tables(mm, table, 0, "with neighbours that end and begin at their borders");
	table = make_tables(mm);
	free_pgtables(mm, table, table + PMD_SIZE, table, table + PMD_SIZE);
	expect_tables(mm, table, 6, "of which the range fills the first");
}

KERNEL_CHECK(the_processor_forgets_a_table_that_is_freed)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = random_table(1);
	unsigned long pages = nr_page_table_pages;

	map_zeros(mm, addr);
	EXPECT(processor_reads(addr), "the check cannot read %#lx", addr);
	set_entry(mm, addr, __pte(0)); /* and the TLB still has it */
	free_pgtables(mm, addr, addr + PAGE_SIZE, 0, TASK_SIZE);
	EXPECT_EQ("page tables that are left", nr_page_table_pages - pages, 0);
	EXPECT(!processor_reads(addr),
	       "free_pgtables() of %#lx: the processor still uses the table that is freed", addr);
}

/* ---- all of them ---- */

KERNEL_CHECK(an_address_space_ends_with_nothing_left)
{
	struct mm_struct *mm = check_mm();
	unsigned long tables = nr_page_table_pages, anon = nr_anon_pages();
	struct range r;

	make_range(&r, mm, MAP_PRIVATE, NULL);
	up_read(&mm->mmap_sem);
	EXPECT(!do_mprotect(r.start, r.end - r.start, PROT_READ), "mprotect of a range fails");
	EXPECT(!vm_munmap(r.start + PAGE_SIZE, PAGE_SIZE), "munmap of a page fails");
	check_exit_mm();
	EXPECT_EQ("page tables left of the address space", nr_page_table_pages - tables, 0);
	EXPECT_EQ("anonymous pages left of the address space", nr_anon_pages() - anon, 0);
}
