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
	.mm_users = 2, /* never taken down */
	.mm_count = 1,
};

pgd_t swapper_pg_dir[PTRS_PER_PGD] __aligned(PAGE_SIZE);
char empty_zero_page[PAGE_SIZE] __aligned(PAGE_SIZE);
unsigned long zero_pfn;
unsigned long nr_page_table_pages;

#define KERNEL_PGD_FIRST (PAGE_OFFSET >> PGDIR_SHIFT) /* directory entries of the kernel's half */
#define KERNEL_PGD_PTRS	 (PTRS_PER_PGD - KERNEL_PGD_FIRST)

/* For more pages than this, flush everything: a CR3 load costs as much as a few invlpg, plus the
   TLB misses afterwards. */
#define TLB_FLUSH_CEILING 16

/* --- Stocks of unused tables and directories, linked through the pages' private --- */

struct table_stock {
	struct page *first;
	unsigned int count, limit;
};
static struct table_stock table_stock = {.limit = 64}, pgd_stock = {.limit = 16};

static inline struct page *stock_get(struct table_stock *s)
{
	struct page *page = s->first;

	if (likely(page)) {
		s->first = (struct page *)page->private;
		s->count--;
		nr_stock_pages--;
	}
	return page;
}

/* => false: the stock is full. */
static inline bool stock_put(struct table_stock *s, struct page *page)
{
	if (unlikely(s->count >= s->limit))
		return false;
	page->private = (unsigned long)s->first;
	s->first = page;
	s->count++;
	nr_stock_pages++;
	return true;
}

static unsigned long stock_drain(struct table_stock *s)
{
	unsigned long pages = s->count;
	struct page *page;

	while ((page = stock_get(s)))
		__free_page(page);
	return pages;
}

static unsigned long drain_table_stocks(void)
{
	return stock_drain(&table_stock) + stock_drain(&pgd_stock);
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

pgd_t *pgd_alloc(void)
{
	struct page *page;
	pgd_t *pgd;

	alloc_may_sleep(GFP_KERNEL);
	page = stock_get(&pgd_stock);
	if (likely(page)) {
		nr_page_table_pages++;
		return lowmem_page_address(page);
	}
	page = alloc_page(GFP_KERNEL);
	if (!page)
		return NULL;
	nr_page_table_pages++;
	pgd = lowmem_page_address(page);
	memset(pgd, 0, KERNEL_PGD_FIRST * sizeof(pgd_t));
	memcpy(pgd + KERNEL_PGD_FIRST, swapper_pg_dir + KERNEL_PGD_FIRST,
	       KERNEL_PGD_PTRS * sizeof(pgd_t));
	return pgd;
}

void pgd_free(pgd_t *pgd)
{
	struct page *page = virt_to_page(pgd);

	nr_page_table_pages--;
	if (!stock_put(&pgd_stock, page))
		__free_page(page);
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
	pgd_t *pgd = (pgd_t *)__va(read_cr3() & PAGE_MASK) + pgd_index(address);
	pmd_t *pmd = pmd_offset(pgd, address);

	if (pmd_has_table(*pmd))
		pr_emerg("*pde = %08lx *pte = %08lx\n", pmd_val(*pmd),
			 pte_val(*pte_offset_map(pmd, address)));
	else
		pr_emerg("*pde = %08lx\n", pmd_val(*pmd));
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
	set_pte(kernel_pte(addr), __pte(0));
	invlpg(addr);
}

static void set_kernel_pmd(unsigned long addr, phys_addr_t phys, pgdval_t flags)
{
	set_pmd(pmd_offset(pgd_offset_k(addr), addr), __pmd((pgdval_t)phys | flags));
}

void paging_init(void)
{
	unsigned long addr;

	BUG_ON(!cpu_has(X86_FEATURE_PSE) || !cpu_has(X86_FEATURE_PGE));
	write_cr4(read_cr4() | X86_CR4_PSE | X86_CR4_PGE);
	/* The directory is built while another one is loaded, so nothing needs to be flushed. */
	for (phys_addr_t phys = 0; phys < PFN_PHYS(max_low_pfn); phys += PMD_SIZE)
		set_kernel_pmd((unsigned long)__va(phys), phys, pgprot_val(PAGE_KERNEL_LARGE));
	write_cr3(__pa(swapper_pg_dir));
	flush_tlb_all();

	/* From here on all lowmem is mapped and the identity map is gone. */
	for (addr = VMALLOC_START & PMD_MASK; addr; addr += PMD_SIZE)
		set_kernel_pmd(addr, __pa(memblock_alloc(PAGE_SIZE, PAGE_SIZE)), _KERNPG_TABLE);
	zero_pfn = PHYS_PFN(__pa(empty_zero_page));
	register_page_stock(drain_table_stocks);
}

/* Replace the 4 MiB page at addr by a table of 4 KiB pages with the same contents. */
static pte_t *split_large_page(unsigned long addr)
{
	pmd_t *pmd = pmd_offset(pgd_offset_k(addr), addr);
	unsigned long first = PHYS_PFN(pmd_val(*pmd) & PTE_PFN_MASK);
	pte_t *table;

	if (!pmd_large(*pmd))
		return pmd_page_vaddr(*pmd);
	table = (pte_t *)__get_free_page(GFP_KERNEL);
	if (!table)
		panic("no memory for the kernel's own page tables");
	for (unsigned int i = 0; i < PTRS_PER_PTE; i++)
		set_pte(&table[i], pfn_pte(first + i, PAGE_KERNEL));
	set_pmd(pmd, __pmd(__pa(table) | _KERNPG_TABLE));
	return table;
}

static void set_kernel_ro(const char *start, const char *end)
{
	unsigned long addr = (unsigned long)start & PAGE_MASK;

	for (; addr < (unsigned long)end; addr += PAGE_SIZE) {
		pte_t *pte = split_large_page(addr) + pte_index(addr);

		set_pte(pte, pfn_pte(pte_pfn(*pte), PAGE_KERNEL_RO));
	}
}

void mark_rodata_ro(void)
{
	set_kernel_ro(_text, _etext);
	set_kernel_ro(__start_rodata, __end_rodata);
	flush_tlb_all();
}
