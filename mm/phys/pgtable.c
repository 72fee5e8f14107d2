/*
 * Page tables: their allocation, the TLB, and the kernel's half of every address space.
 *
 * Unused tables are kept with all their entries 0, as their users left them, and unused directories
 * with the kernel's half filled in, so that fork and exit need not clear 4 KiB for each.
 */
#include "mm/phys/pgtable.h"
#include "kernel/core/panic.h"
#include "kernel/core/printk.h"
#include "kernel/x86/page.h"
#include "libc/include/string.h"
#include "mm/phys/alloc_debug.h"
#include "mm/phys/gfp.h"
#include "mm/phys/memblock.h"
#include "mm/mm_types.h"

struct mm_struct init_mm = {
	.mmap_sem = __RWSEM_INITIALIZER(init_mm.mmap_sem),
	.pgd = swapper_pg_dir,
	.mmlist = LIST_HEAD_INIT(init_mm.mmlist),
	.mm_users = 2, /* never taken down */
	.mm_count = 1,
};

pgd_t swapper_pg_dir[PTRS_PER_PGD] __aligned(PAGE_SIZE);
char empty_zero_page[PAGE_SIZE] __aligned(PAGE_SIZE);
unsigned long zero_pfn;
unsigned long nr_page_table_pages;

#define KERNEL_PGD_FIRST (PAGE_OFFSET >> PGDIR_SHIFT) /* directory entries of the kernel's half */
#define KERNEL_PGD_PTRS	 (PTRS_PER_PGD - KERNEL_PGD_FIRST)
#define PGD_PAGES	 (1 + PREALLOCATED_PMDS)

/* For more pages than this, flush everything: a CR3 load costs as much as a few invlpg, plus the
   TLB misses afterwards. */
#define TLB_FLUSH_CEILING 16

/* --- Stocks of unused tables and directories, linked through the pages' private --- */

struct table_stock {
	struct page *first;
	unsigned int count, limit;
	unsigned int pages; /* that go with each: a directory has its middle tables */
};
static struct table_stock table_stock = {.limit = 64, .pages = 1},
			  pgd_stock = {.limit = 16, .pages = PGD_PAGES};

static __always_inline struct page *stock_get(struct table_stock *s)
{
	struct page *page = s->first;

	if (likely(page)) {
		s->first = (struct page *)page->private;
		s->count--;
		nr_stock_pages -= s->pages;
	}
	return page;
}

/* => false: the stock is full. */
static __always_inline bool stock_put(struct table_stock *s, struct page *page)
{
	if (unlikely(s->count >= s->limit))
		return false;
	page->private = (unsigned long)s->first;
	s->first = page;
	s->count++;
	nr_stock_pages += s->pages;
	return true;
}

/* The middle table of number i that belongs to the directory alone. */
static inline void *own_pmd(const pgd_t *pgd, int i)
{
	return pmd_offset(&pgd[i], 0);
}

/* Free a directory with its middle tables, of which there are `pmds`. */
static void free_directory(pgd_t *pgd, int pmds)
{
	while (pmds > 0)
		__free_page(virt_to_page(own_pmd(pgd, --pmds)));
	__free_page(virt_to_page(pgd));
}

static unsigned long drain_table_stocks(void)
{
	unsigned long pages = table_stock.count + PGD_PAGES * pgd_stock.count;
	struct page *page;

	while ((page = stock_get(&table_stock)))
		__free_page(page);
	while ((page = stock_get(&pgd_stock)))
		free_directory(lowmem_page_address(page), PREALLOCATED_PMDS);
	return pages;
}

pte_t *pte_alloc_one(void)
{
	struct page *page;

	alloc_may_sleep(GFP_KERNEL);
	page = stock_get(&table_stock);
	if (unlikely(!page))
		page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (unlikely(!page))
		return NULL;
	nr_page_table_pages++;
	return lowmem_page_address(page);
}

void free_pte_table(pte_t *table)
{
	struct page *page = virt_to_page(table);

	nr_page_table_pages--;
	if (!stock_put(&table_stock, page))
		__free_page(page);
}

/* Give the directory its middle tables, empty. => false: no memory, and nothing is left of it. */
static bool preallocate_pmds(pgd_t *pgd)
{
	for (int i = 0; i < PREALLOCATED_PMDS; i++) {
		struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);

		if (!page) {
			free_directory(pgd, i);
			return false;
		}
		set_pgd(&pgd[i], __pgd(page_to_phys(page) | _PAGE_PRESENT));
	}
	return true;
}

pgd_t *pgd_alloc(void)
{
	struct page *page;
	pgd_t *pgd;

	alloc_may_sleep(GFP_KERNEL);
	page = stock_get(&pgd_stock);
	if (likely(page)) {
		nr_page_table_pages += PGD_PAGES;
		return lowmem_page_address(page);
	}
	page = alloc_page(GFP_KERNEL);
	if (!page)
		return NULL;
	pgd = lowmem_page_address(page);
	memset(pgd, 0, KERNEL_PGD_FIRST * sizeof(pgd_t));
	memcpy(pgd + KERNEL_PGD_FIRST, swapper_pg_dir + KERNEL_PGD_FIRST,
	       KERNEL_PGD_PTRS * sizeof(pgd_t));
	if (!preallocate_pmds(pgd))
		return NULL;
	nr_page_table_pages += PGD_PAGES;
	return pgd;
}

void pgd_free(pgd_t *pgd)
{
	nr_page_table_pages -= PGD_PAGES;
	if (!stock_put(&pgd_stock, virt_to_page(pgd)))
		free_directory(pgd, PREALLOCATED_PMDS);
}

/* --- Entries and the TLB --- */

#if MAPIX_DEBUG
void check_page_table_lock(const struct mm_struct *mm)
{
	BUG_ON(!spin_is_locked(&mm->page_table_lock));
}
#endif

bool ptep_test_and_clear_young(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
{
	pte_t pte = *ptep;

	if (!pte_young(pte))
		return false;
	set_pte_at(vma->vm_mm, addr, ptep, pte_mkold(pte));
	return true;
}

bool ptep_set_access_flags(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, pte_t entry,
			   bool dirty)
{
	bool changed = !pte_same(*ptep, entry);

	if (changed && dirty) {
		set_pte_at(vma->vm_mm, addr, ptep, entry);
		flush_tlb_page(addr);
	}
	return changed;
}

void flush_tlb_range(unsigned long start, unsigned long end)
{
	if ((end - start) >> PAGE_SHIFT > TLB_FLUSH_CEILING) {
		flush_tlb_mm();
		return;
	}
	for (; start < end; start += PAGE_SIZE)
		invlpg(start);
}

static void flush_tlb_all(void)
{
	unsigned long cr4 = read_cr4();

	/* Clearing PGE flushes the global entries too. */
	write_cr4(cr4 & ~X86_CR4_PGE);
	write_cr4(cr4);
}

void flush_tlb_kernel_range(unsigned long start, unsigned long end)
{
	if ((end - start) >> PAGE_SHIFT > TLB_FLUSH_CEILING) {
		flush_tlb_all();
		return;
	}
	for (; start < end; start += PAGE_SIZE)
		invlpg(start);
}

void dump_pagetable(unsigned long address)
{
	const pgd_t *pgd = (pgd_t *)__va(read_cr3() & PAGE_MASK) + pgd_index(address);
	const int digits = 2 * sizeof(pteval_t);
	pmd_t *pmd;

	if (PREALLOCATED_PMDS)
		pr_emerg("*pdpt = %0*llx\n", digits, (u64)pgd_val(*pgd));
	if (pgd_none(*pgd))
		return;
	pmd = pmd_offset(pgd, address);
	if (pmd_has_table(*pmd))
		pr_emerg("*pde = %0*llx *pte = %0*llx\n", digits, (u64)pmd_val(*pmd), digits,
			 (u64)pte_val(*pte_offset_map(pmd, address)));
	else
		pr_emerg("*pde = %0*llx\n", digits, (u64)pmd_val(*pmd));
}

/* --- The kernel's half --- */

pte_t *kernel_pte(unsigned long addr)
{
	return pte_offset_kernel(pmd_offset(pgd_offset_k(addr), addr), addr);
}

void map_kernel_page(unsigned long addr, phys_addr_t phys, pgprot_t prot)
{
	pte_t *pte = kernel_pte(addr);

	BUG_ON(!pte_none(*pte));
	set_pte(pte, pfn_pte(PHYS_PFN(phys), prot));
}

void unmap_kernel_page(unsigned long addr)
{
	replace_pte(kernel_pte(addr), __pte(0));
	invlpg(addr);
}

static void set_kernel_pmd(unsigned long addr, phys_addr_t phys, pmdval_t flags)
{
	set_pmd(pmd_offset(pgd_offset_k(addr), addr), __pmd((pmdval_t)phys | flags));
}

/* The kernel runs in the first part of lowmem, so that part stays executable until its text has
   entries of its own (mark_rodata_ro). */
static pmdval_t lowmem_flags(phys_addr_t phys)
{
	pgprot_t prot = phys < __pa(_etext) ? PAGE_KERNEL_EXEC : PAGE_KERNEL;

	return pgprot_val(prot) | _PAGE_PSE;
}

void paging_init(void)
{
	unsigned long addr;

	BUG_ON(!cpu_has(X86_FEATURE_PSE) || !cpu_has(X86_FEATURE_PGE));
	write_cr4(read_cr4() | X86_CR4_PSE | X86_CR4_PGE);
	/* The directory is built while another one is loaded, so nothing needs to be flushed. */
	if (PREALLOCATED_PMDS)
		set_pgd(pgd_offset_k(PAGE_OFFSET),
			__pgd(__pa(memblock_alloc(PAGE_SIZE, PAGE_SIZE)) | _PAGE_PRESENT));
	for (phys_addr_t phys = 0; phys < PFN_PHYS(max_low_pfn); phys += PMD_SIZE)
		set_kernel_pmd((unsigned long)__va(phys), phys, lowmem_flags(phys));
	write_cr3(__pa(swapper_pg_dir));
	flush_tlb_all();

	/* From here on all lowmem is mapped and the identity map is gone. */
	for (addr = VMALLOC_START & PMD_MASK; addr; addr += PMD_SIZE)
		set_kernel_pmd(addr, __pa(memblock_alloc(PAGE_SIZE, PAGE_SIZE)), _KERNPG_TABLE);
	zero_pfn = PHYS_PFN(__pa(empty_zero_page));
	register_page_stock(drain_table_stocks);
}

/* Replace the large page at addr by a table of 4 KiB pages with the same contents and rights. */
static pte_t *split_large_page(unsigned long addr)
{
	pmd_t *pmd = pmd_offset(pgd_offset_k(addr), addr);
	unsigned long first = pmd_pfn(*pmd);
	bool exec = !(pmd_val(*pmd) & _PAGE_NX);
	pte_t *table;

	if (!pmd_large(*pmd))
		return pmd_page_vaddr(*pmd);
	table = (pte_t *)__get_free_page(GFP_KERNEL);
	if (!table)
		panic("no memory for the kernel's own page tables");
	for (unsigned int i = 0; i < PTRS_PER_PTE; i++)
		set_pte(&table[i], pfn_pte(first + i, exec ? PAGE_KERNEL_EXEC : PAGE_KERNEL));
	set_pmd(pmd, __pmd(__pa(table) | _KERNPG_TABLE));
	return table;
}

static void set_kernel_prot(const void *start, const void *end, pgprot_t prot)
{
	unsigned long addr = (unsigned long)start & PAGE_MASK;

	for (; addr < (unsigned long)end; addr += PAGE_SIZE) {
		pte_t *pte = split_large_page(addr) + pte_index(addr);

		set_pte(pte, pfn_pte(pte_pfn(*pte), prot));
	}
}

/* Is a page of the kernel's half that is writable also executable? As Linux's CONFIG_DEBUG_WX. */
static void check_wx(void)
{
	unsigned long found = 0;

	for (unsigned long addr = PAGE_OFFSET; addr; addr += PMD_SIZE) {
		pmd_t pmd = *pmd_offset(pgd_offset_k(addr), addr);

		if (pmd_large(pmd))
			found += pmd_val(pmd) & _PAGE_RW && !(pmd_val(pmd) & _PAGE_NX);
		for (unsigned int i = 0; pmd_has_table(pmd) && i < PTRS_PER_PTE; i++) {
			pte_t pte = pmd_page_vaddr(pmd)[i];

			found += pte_hw_present(pte) && pte_write(pte) && pte_exec(pte);
		}
	}
	if (found)
		pr_warn("x86/mm: Checked W+X mappings: FAILED, %lu W+X pages found.\n", found);
	else
		pr_info("x86/mm: Checked W+X mappings: passed, no W+X pages found.\n");
}

void mark_rodata_ro(void)
{
	/* what lies in one large page with text is executable so far */
	unsigned long text_end = ALIGN((unsigned long)_etext, PMD_SIZE);

	set_kernel_prot((void *)PAGE_OFFSET, _text, PAGE_KERNEL);
	set_kernel_prot(_text, _etext, PAGE_KERNEL_ROX);
	set_kernel_prot(_etext, (void *)text_end, PAGE_KERNEL);
	set_kernel_prot(__start_rodata, __end_rodata, PAGE_KERNEL_RO);
	flush_tlb_all();
	if (MAPIX_DEBUG && page_nx)
		check_wx();
}
