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

#endif
