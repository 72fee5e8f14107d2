/*
 * Page tables: reading and making entries, walking, allocating tables, flushing the TLB, and the
 * kernel's own mappings. All writes to page tables go through this file and pgtable.c.
 *
 * A walk is pgd_offset -> pmd_offset -> pte_offset_map, as in Linux; without PAE the
 * middle step costs nothing. mm/pagewalk.h has the walk over a range. Entries of an mm are guarded
 * by its page_table_lock: debug kernels panic when one is changed without it.
 */
#ifndef MM_PHYS_PGTABLE_H
#define MM_PHYS_PGTABLE_H

#include "kernel/x86/cpu.h"
#include "kernel/x86/pgtable-types.h"
#include "mm/phys/page.h"

struct mm_struct;
struct vm_area_struct;

/* --- Protections --- */
#define __USER_BITS	    (_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED)
#define PAGE_NONE	    __pgprot(_PAGE_PROTNONE | _PAGE_ACCESSED)
#define PAGE_SHARED	    __pgprot(__USER_BITS | _PAGE_RW | _PAGE_NX)
#define PAGE_SHARED_EXEC    __pgprot(__USER_BITS | _PAGE_RW)
#define PAGE_COPY	    __pgprot(__USER_BITS | _PAGE_NX) /* read-only until a write */
#define PAGE_COPY_EXEC	    __pgprot(__USER_BITS)
#define PAGE_READONLY	    __pgprot(__USER_BITS | _PAGE_NX)
#define PAGE_READONLY_EXEC  __pgprot(__USER_BITS)
#define __KERNEL_BITS	    (_PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_GLOBAL)
#define PAGE_KERNEL_EXEC    __pgprot(__KERNEL_BITS | _PAGE_RW | _PAGE_DIRTY)
#define PAGE_KERNEL	    __pgprot(pgprot_val(PAGE_KERNEL_EXEC) | page_nx)
#define PAGE_KERNEL_ROX	    __pgprot(__KERNEL_BITS)
#define PAGE_KERNEL_RO	    __pgprot(__KERNEL_BITS | page_nx)
#define PAGE_KERNEL_NOCACHE __pgprot(pgprot_val(PAGE_KERNEL) | _PAGE_PCD | _PAGE_PWT)
/* A directory entry that points to a table; the table's entries determine the rights. */
#define _PAGE_TABLE	    (_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED | _PAGE_DIRTY)
#define _KERNPG_TABLE	    (_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY)

/* The protection, without what the processor cannot do. */
static inline pgprot_t pgprot_usable(pgprot_t prot)
{
	return __pgprot(pgprot_val(prot) & ~(_PAGE_NX ^ page_nx));
}
/* The protection of memory that the processor must not cache: registers, frame buffers. */
static inline pgprot_t pgprot_noncached(pgprot_t prot)
{
	return __pgprot(pgprot_val(prot) | _PAGE_PCD);
}
/* Another protection, but cached like the old one. */
static inline pgprot_t pgprot_modify(pgprot_t oldprot, pgprot_t newprot)
{
	return __pgprot((pgprot_val(oldprot) & (_PAGE_PCD | _PAGE_PWT)) | pgprot_val(newprot));
}

/* --- Questions about an entry --- */
static inline bool pte_none(pte_t pte)
{
	return pte.pte == 0;
}
/* A page is present; if it is PROT_NONE, every access still faults. */
static inline bool pte_present(pte_t pte)
{
	return pte.pte & (_PAGE_PRESENT | _PAGE_PROTNONE);
}
/* The processor may use it. */
static inline bool pte_hw_present(pte_t pte)
{
	return pte.pte & _PAGE_PRESENT;
}
static inline bool pte_write(pte_t pte)
{
	return pte.pte & _PAGE_RW;
}
static inline bool pte_dirty(pte_t pte)
{
	return pte.pte & _PAGE_DIRTY;
}
static inline bool pte_young(pte_t pte)
{
	return pte.pte & _PAGE_ACCESSED;
}
/* userfaultfd has write-protected the page: see userfaultfd_wp.c. It is not writable then. */
static inline bool pte_uffd_wp(pte_t pte)
{
	return pte.pte & _PAGE_UFFD_WP;
}
static inline bool pte_exec(pte_t pte)
{
	return !(pte.pte & _PAGE_NX);
}
static inline bool pte_same(pte_t a, pte_t b)
{
	return a.pte == b.pte;
}
static inline unsigned long pte_pfn(pte_t pte)
{
	return (unsigned long)((pte.pte & PTE_PFN_MASK) >> PAGE_SHIFT);
}
#define pte_page(pte) pfn_to_page(pte_pfn(pte))

/* The bits that depend only on the VMA's protection. */
#define PTE_RIGHTS_MASK (_PAGE_PRESENT | _PAGE_PROTNONE | _PAGE_USER | _PAGE_NX)

/* What an entry stands for. Code that reads an entry asks this. pte_none() is short for PTE_NONE,
   pte_present() for PTE_PAGE or PTE_SPECIAL. */
enum pte_kind {
	PTE_NONE,    /* empty: the first access installs a page */
	PTE_PAGE,    /* a page that counts its mappings */
	PTE_SPECIAL, /* a frame that does not: the zero page, device memory */
	PTE_SWAP,    /* a page that is in swap, and perhaps in memory too: see swapops.h */
	PTE_POISON,  /* a page with a hardware error (memory_failure.c): every access is SIGBUS */
};
static inline enum pte_kind pte_kind(pte_t pte)
{
	if (likely(pte_present(pte)))
		return pte.pte & _PAGE_SPECIAL ? PTE_SPECIAL : PTE_PAGE;
	if (pte_none(pte))
		return PTE_NONE;
	return pte.pte & _PAGE_HWPOISON ? PTE_POISON : PTE_SWAP;
}
/* The page that a PTE_PAGE entry maps; NULL for every other kind. */
static inline struct page *vm_normal_page(pte_t pte)
{
	return pte_kind(pte) == PTE_PAGE ? pte_page(pte) : NULL;
}

/* --- Changed copies of an entry --- */
#define __PTE_CHANGE(name, expression)            \
	static inline pte_t pte_##name(pte_t pte) \
	{                                         \
		return __pte(expression);         \
	}
__PTE_CHANGE(mkwrite, pte.pte | _PAGE_RW)
__PTE_CHANGE(wrprotect, pte.pte & ~_PAGE_RW)
__PTE_CHANGE(mkdirty, pte.pte | _PAGE_DIRTY | _PAGE_SOFT_DIRTY)
__PTE_CHANGE(mkclean, pte.pte & ~_PAGE_DIRTY)
__PTE_CHANGE(mkyoung, pte.pte | _PAGE_ACCESSED)
__PTE_CHANGE(mkold, pte.pte & ~_PAGE_ACCESSED)
__PTE_CHANGE(mkspecial, pte.pte | _PAGE_SPECIAL)
__PTE_CHANGE(mksoft_dirty, pte.pte | _PAGE_SOFT_DIRTY)
__PTE_CHANGE(clear_soft_dirty, pte.pte & ~_PAGE_SOFT_DIRTY)
__PTE_CHANGE(mkuffd_wp, (pte.pte | _PAGE_UFFD_WP) & ~_PAGE_RW)
__PTE_CHANGE(clear_uffd_wp, pte.pte & ~_PAGE_UFFD_WP)
#undef __PTE_CHANGE

static inline pte_t pfn_pte(unsigned long pfn, pgprot_t prot)
{
	return __pte(((pteval_t)pfn << PAGE_SHIFT) | pgprot_val(prot));
}
#define mk_pte(page, prot)    pfn_pte(page_to_pfn(page), prot)
#define pfn_hwpoison_pte(pfn) pfn_pte(pfn, __pgprot(_PAGE_HWPOISON)) /* PTE_POISON */
/* The same page with another protection; accessed, dirty and the system's bits stay. */
static inline pte_t pte_modify(pte_t pte, pgprot_t newprot)
{
	return __pte((pte.pte & _PAGE_CHG_MASK) | (pgprot_val(newprot) & ~_PAGE_CHG_MASK));
}

/* --- Directory entries --- */
static inline bool pmd_none(pmd_t pmd)
{
	return pmd_val(pmd) == 0;
}
/* It maps a large page; what else there is to know about such an entry is in pgtable_large.h. */
static inline bool pmd_large(pmd_t pmd)
{
	return pmd_val(pmd) & _PAGE_PSE;
}
/* It points to a page table: it is neither empty nor a large page. */
static inline bool pmd_has_table(pmd_t pmd)
{
	return (pmd_val(pmd) & (_PAGE_PRESENT | _PAGE_PSE)) == _PAGE_PRESENT;
}
static inline pte_t *pmd_page_vaddr(pmd_t pmd)
{
	return (pte_t *)__va((unsigned long)pmd_val(pmd) & PAGE_MASK); /* tables are in lowmem */
}
/* The frame of the table, or the first one of the large page; pmd_page() is its page. */
static inline unsigned long pmd_pfn(pmd_t pmd)
{
	return (unsigned long)((pmd_val(pmd) & PTE_PFN_MASK) >> PAGE_SHIFT);
}
#define pmd_page(pmd) pfn_to_page(pmd_pfn(pmd))

/* --- The walk --- */
#define pgd_index(addr)	     ((unsigned long)(addr) >> PGDIR_SHIFT)
#define pte_index(addr)	     (((unsigned long)(addr) >> PAGE_SHIFT) & (PTRS_PER_PTE - 1))
#define pgd_offset(mm, addr) ((mm)->pgd + pgd_index(addr))
#define pgd_offset_k(addr)   (swapper_pg_dir + pgd_index(addr))
/* The directory entry of a user address, empty or not. */
#define pmd_off(mm, addr)    pmd_offset(pgd_offset(mm, addr), addr)
/* The entry of addr in the table that *pmd points to (it must be present). Tables are in the direct
   map, so mapping one is free. */
static inline pte_t *pte_offset_map(const pmd_t *pmd, unsigned long addr)
{
	return pmd_page_vaddr(*pmd) + pte_index(addr);
}
#define pte_offset_kernel(pmd, addr) pte_offset_map(pmd, addr)
/* The end of the part of [addr, end) that one directory entry covers. */
#define pgd_addr_end(addr, end)                                                \
	({                                                                     \
		unsigned long __boundary = ((addr) + PGDIR_SIZE) & PGDIR_MASK; \
		__boundary - 1 < (end)-1 ? __boundary : (end);                 \
	})

/* --- Changing entries of an mm, with its page_table_lock. None of these flushes unless its name
 * says so. --- */
#if MAPIX_DEBUG
/* Panic if the page_table_lock is not held. */
void check_page_table_lock(const struct mm_struct *mm);
#else
static inline void check_page_table_lock(const struct mm_struct *mm)
{
}
#endif
/* Install a page table in a user's directory, or remove it. */
static inline void pmd_populate(struct mm_struct *mm, pmd_t *pmd, pte_t *table)
{
	check_page_table_lock(mm);
	replace_pmd(pmd, __pmd(__pa(table) | _PAGE_TABLE));
}
static inline void pmd_clear(struct mm_struct *mm, pmd_t *pmd)
{
	check_page_table_lock(mm);
	replace_pmd(pmd, __pmd(0));
}
static inline void set_pte_at(struct mm_struct *mm, unsigned long addr, pte_t *ptep, pte_t pte)
{
	check_page_table_lock(mm);
	replace_pte(ptep, pte);
}
/* Clear the entry. => its old value, with the dirty and accessed bits that the processor set. */
static inline pte_t ptep_get_and_clear(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
{
	pte_t pte = *ptep;

	set_pte_at(mm, addr, ptep, __pte(0));
	return pte;
}
static inline void ptep_set_wrprotect(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
{
	set_pte_at(mm, addr, ptep, pte_wrprotect(*ptep));
}
/* Clear the accessed bit. => its old value. Does not flush, so the TLB may hide the next access. */
bool ptep_test_and_clear_young(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep);
/* Relax an entry (more accessed, dirty or writable) after a fault on it, and flush it. => changed?
 */
bool ptep_set_access_flags(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, pte_t entry,
			   bool dirty);

/*
 * --- TLB --- These functions act on the address space that is loaded in CR3. An mm that is not
 * loaded has no entries in the TLB: nothing to flush (and flushing does no harm).
 */
static inline void flush_tlb_page(unsigned long addr)
{
	invlpg(addr);
}
/* [start, end): page by page if there are few, else all user entries. */
void flush_tlb_range(unsigned long start, unsigned long end);
/* All user entries. */
static inline void flush_tlb_mm(void)
{
	write_cr3(read_cr3());
}
/* Everything, the kernel's global entries too. */
void flush_tlb_kernel_range(unsigned long start, unsigned long end);

/* --- Tables --- */
extern pgd_t
	swapper_pg_dir[PTRS_PER_PGD]; /* the kernel half's master copy, and the idle directory */
/* A directory with the kernel half filled in and the user half empty, or NULL. May sleep. */
pgd_t *pgd_alloc(void);
/* Give it back. Its user half must be empty: all tables freed, all entries cleared. */
void pgd_free(pgd_t *pgd);
/* Give a table back. Every entry must be 0: that is what makes the next allocation cheap. */
void free_pte_table(pte_t *table);
/* An empty table (every entry 0), or NULL. May sleep. */
pte_t *pte_alloc_one(void);
extern unsigned long nr_page_table_pages; /* tables and directories in use */

/* --- The shared page of zeros --- */
extern char empty_zero_page[PAGE_SIZE];
extern unsigned long zero_pfn;
#define ZERO_PAGE(addr) pfn_to_page(zero_pfn)

/* Print the entries that translate an address in the page directory in CR3, for the report of an
   unexpected fault. */
void dump_pagetable(unsigned long address);

/* --- The kernel's half --- */
/*
 * Boot: the real swapper_pg_dir (direct map of all lowmem by global 4 MiB pages, empty tables for
 * the vmalloc area and the fixmap, no identity map), and load it. After memblock_setup, before
 * mem_init.
 */
void paging_init(void);
/* Boot, before the first pgd_alloc: write-protect the kernel's text and read-only data, and
   forbid the execution of everything but text. */
void mark_rodata_ro(void);
/* The entry of an address of the vmalloc area or fixmap. Its table always exists. */
pte_t *kernel_pte(unsigned long addr);
/* Map one page there (the entry must be empty), or unmap it and flush the TLB entry. */
void map_kernel_page(unsigned long addr, phys_addr_t phys, pgprot_t prot);
void unmap_kernel_page(unsigned long addr);

/*
 * Device memory: `size` bytes at `phys` (any alignment), not cached. => its address, or NULL if
 * there is no room. RAM cannot be mapped in this way. Use __va() for the first MiB and below
 * high_memory.
 */
void *ioremap(phys_addr_t phys, unsigned long size);
void iounmap(void *addr);

#endif
