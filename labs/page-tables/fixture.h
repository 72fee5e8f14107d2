/*
 * Lab 1, page tables: what its checks begin with.
 *
 * The page tables that a function finds are made by hand here, and pages become present by the page
 * fault, which finds a table already: so a function is checked without the others of the lab.
 */
#ifndef LABS_PAGE_TABLES_FIXTURE_H
#define LABS_PAGE_TABLES_FIXTURE_H

#include "kernel/checks/check.h"
#include "kernel/x86/uaccess.h"
#include "mm/cache/pagecache.h"
#include "mm/internal.h"
#include "mm/layout.h"
#include "mm/phys/gfp.h"
#include <linux/mman.h>

/* A random address where a page table begins, with room for `tables` of them below the kernel. */
static inline unsigned long random_table(int tables)
{
	return check_random_page(PMD_SIZE, TASK_SIZE - tables * PMD_SIZE) & PMD_MASK;
}

static inline void make_table(struct mm_struct *mm, unsigned long addr)
{
	pmd_t *pmd = pmd_off(mm, addr);
	pte_t *table;

	if (!pmd_none(*pmd))
		return;
	table = pte_alloc_one();
	EXPECT(table, "there is no memory for a page table of the check");
	spin_lock(&mm->page_table_lock);
	pmd_populate(mm, pmd, table);
	mm->pgtables_bytes += PAGE_SIZE;
	spin_unlock(&mm->page_table_lock);
}

static inline pte_t *entry_of(struct mm_struct *mm, unsigned long addr)
{
	return pte_offset_map(pmd_off(mm, addr), addr);
}

static inline void set_entry(struct mm_struct *mm, unsigned long addr, pte_t pte)
{
	spin_lock(&mm->page_table_lock);
	set_pte_at(mm, addr, entry_of(mm, addr), pte);
	spin_unlock(&mm->page_table_lock);
}

/* An entry that maps something without counting it: the zero page. */
static inline void map_zeros(struct mm_struct *mm, unsigned long addr)
{
	make_table(mm, addr);
	set_entry(mm, addr, pte_mkspecial(pfn_pte(zero_pfn, PAGE_READONLY)));
}

/* A mapping with its page tables, but no pages: anonymous, or with MAP_SHARED or `file`. */
static inline struct vm_area_struct *make_mapping(struct mm_struct *mm, unsigned long start,
						  int pages, unsigned long flags, struct file *file)
{
	unsigned long addr, end = start + pages * PAGE_SIZE;

	if (!file)
		flags |= MAP_ANONYMOUS;
	down_write(&mm->mmap_sem);
	addr = do_mmap(file, start, end - start, PROT_READ | PROT_WRITE, flags | MAP_FIXED, 0);
	up_write(&mm->mmap_sem);
	EXPECT_EQ(check_text("do_mmap(%#lx)", start), addr, start);
	for (; addr < end; addr = (addr & PMD_MASK) + PMD_SIZE)
		make_table(mm, addr);
	down_read(&mm->mmap_sem);
	return find_vma(mm, start);
}

static inline struct vm_area_struct *make_anonymous(struct mm_struct *mm, unsigned long start,
						    int pages)
{
	return make_mapping(mm, start, pages, MAP_PRIVATE, NULL);
}

/* The program writes a word at addr: the page becomes present. */
static inline void store(unsigned long addr, u32 value)
{
	up_read(&current->mm->mmap_sem);
	EXPECT(!put_user(value, (u32 __user *)addr), "the check cannot write to %#lx", addr);
	down_read(&current->mm->mmap_sem);
}

static inline u32 load(unsigned long addr)
{
	u32 value;

	up_read(&current->mm->mmap_sem);
	EXPECT(!get_user(value, (u32 __user *)addr), "the check cannot read %#lx", addr);
	down_read(&current->mm->mmap_sem);
	return value;
}

/* Does the processor read or write the word without a fault? */
static inline bool processor_reads(unsigned long addr)
{
	u32 value = 0;
	bool done;

	pagefault_disable();
	done = !get_user(value, (u32 __user *)addr);
	(void)value;
	pagefault_enable();
	return done;
}

static inline bool processor_writes(unsigned long addr)
{
	bool done;

	pagefault_disable();
	done = !put_user(0, (u32 __user *)addr);
	pagefault_enable();
	return done;
}

static inline struct page *page_at(struct mm_struct *mm, unsigned long addr)
{
	return vm_normal_page(*entry_of(mm, addr));
}

/* Four tables, of which the third is missing. Entries: the first of the VMA, one that is random,
   the first of the second table, and the last of the VMA. */
struct walked {
	struct vm_area_struct vma;
	unsigned long addr[4];
};

static inline void make_walked(struct walked *w, struct mm_struct *mm)
{
	unsigned long table = random_table(4);
	int i;

	w->vma = (struct vm_area_struct){.vm_mm = mm, .vm_flags = VM_READ | VM_MAYREAD};
	w->vma.vm_start = table + PAGE_SIZE * (2 + check_random_below(100));
	w->vma.vm_end = table + 3 * PMD_SIZE + PAGE_SIZE * (2 + check_random_below(100));
	w->addr[0] = w->vma.vm_start;
	w->addr[1] = check_random_page(w->vma.vm_start + PAGE_SIZE, table + PMD_SIZE);
	w->addr[2] = table + PMD_SIZE;
	w->addr[3] = w->vma.vm_end - PAGE_SIZE;
	for (i = 0; i < 4; i++)
		map_zeros(mm, w->addr[i]);
	map_zeros(mm, w->vma.vm_start - PAGE_SIZE);
	map_zeros(mm, w->vma.vm_end);
}

/* Pages of a mapping that covers parts of two tables. */
enum {
	BELOW,	   /* the page below the range */
	FIRST,	   /* the first page of the range */
	END_TABLE, /* the last page of the first table */
	NEW_TABLE, /* the first page of the second table */
	LAST,	   /* the last page of the range */
	ABOVE,	   /* the page above the range */
	NR_PLACES
};

static const char *const places[NR_PLACES] = {"below the range",       "the first of the range",
					      "the last of its table", "the first of its table",
					      "the last of the range", "above the range"};

struct range {
	struct vm_area_struct *vma;
	unsigned long start, end, addr[NR_PLACES];
};

static inline void make_range(struct range *r, struct mm_struct *mm, unsigned long flags,
			      struct file *file)
{
	unsigned long border = random_table(2) + PMD_SIZE;
	int below = 3 + check_random_below(200), above = 3 + check_random_below(200);
	int i;

	r->vma = make_mapping(mm, border - below * PAGE_SIZE, below + above, flags, file);
	r->start = r->vma->vm_start + PAGE_SIZE;
	r->end = r->vma->vm_end - PAGE_SIZE;
	r->addr[BELOW] = r->start - PAGE_SIZE;
	r->addr[FIRST] = r->start;
	r->addr[END_TABLE] = border - PAGE_SIZE;
	r->addr[NEW_TABLE] = border;
	r->addr[LAST] = r->end - PAGE_SIZE;
	r->addr[ABOVE] = r->end;
	for (i = 0; i < NR_PLACES; i++)
		store(r->addr[i], i + 1);
}

static inline vm_fault_t file_is_told(struct vm_fault *vmf)
{
	lock_page(vmf->page);
	return VM_FAULT_LOCKED;
}

/* A dirty page of a shared mapping whose file wants to be told before a clean page is written. */
static inline struct vm_area_struct *make_shared(struct mm_struct *mm, unsigned long addr)
{
	static struct vm_operations_struct ops;
	struct vm_area_struct *vma = make_mapping(mm, addr, 1, MAP_SHARED, NULL);

	ops = *vma->vm_ops;
	ops.page_mkwrite = file_is_told;
	vma->vm_ops = &ops;
	vma_set_page_prot(vma);
	store(addr, 1);
	return vma;
}

/* mprotect's change of the VMA, and then of its entries in [start, end). */
static inline void protect(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			   unsigned long rights)
{
	vma->vm_flags = (vma->vm_flags & ~VM_ACCESS_FLAGS) | rights;
	vma_set_page_prot(vma);
	change_protection(vma, start, end);
}

#endif
