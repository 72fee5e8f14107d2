/*
 * What the checks about pages and faults begin with: mappings, files, entries and faults made by
 * hand, and what is in a page. Where something is out of memory, the check fails and says so.
 */
#ifndef KERNEL_CHECKS_PAGES_H
#define KERNEL_CHECKS_PAGES_H

#include "kernel/checks/check.h"
#include "mm/internal.h"
#include <linux/mman.h>

#define CHECK_RW (PROT_READ | PROT_WRITE)

/* A random page-aligned address with room for `pages` pages, in one page table. */
unsigned long check_room(unsigned long pages);
/* Map `pages` pages at addr, of file (NULL: anonymous) from page pgoff on. flags: MAP_PRIVATE or
   MAP_SHARED. No page is touched. Takes mmap_sem. => the VMA, which nothing was merged with. */
struct vm_area_struct *check_map(struct mm_struct *mm, struct file *file, unsigned long addr,
				 unsigned long pages, int prot, int flags, pgoff_t pgoff);
/* A file in memory, of so many pages: each byte of page n is check_byte(n). */
struct file *check_file(unsigned int pages);
static inline unsigned char check_byte(pgoff_t n)
{
	return 'A' + n % 50;
}
/* Page n of the file, which must be in memory; without a reference. */
struct page *check_file_page(struct file *file, pgoff_t n);

/* The entry of an address; 0 if there is no page table. */
pte_t check_entry(struct mm_struct *mm, unsigned long addr);
/* Set the entry, whose page table is made if necessary. Nothing is counted. */
void check_set_entry(struct mm_struct *mm, unsigned long addr, pte_t entry);
/* A new anonymous page, each byte of which is `byte`, mapped and counted as a fault would: one
   reference, which is the entry's. rights: of the entry. => the page. */
struct page *check_map_page(struct vm_area_struct *vma, unsigned long addr, pgprot_t rights,
			    unsigned char byte);
/* The fault record for an address as handle_mm_fault and the dispatcher fill it in. */
struct vm_fault check_fault(struct vm_area_struct *vma, unsigned long addr, unsigned int flags);

/* Call one of the functions that handle a fault, as the dispatcher does: with mmap_sem for
   reading. */
vm_fault_t check_call(vm_fault_t (*handler)(struct vm_fault *vmf), struct vm_fault *vmf);
/* handle_mm_fault() with mmap_sem for reading. */
vm_fault_t check_handle(struct vm_area_struct *vma, unsigned long addr, unsigned int flags);
/* The result of a fault must be `wanted`: VM_FAULT_ bits, but for VM_FAULT_MAJOR and
   VM_FAULT_LOCKED, which only tell how the page was found, unless all of them are asked for. */
void check_result(const char *what, vm_fault_t is, vm_fault_t wanted);
void check_whole_result(const char *what, vm_fault_t is, vm_fault_t wanted);
/* The entry of addr must map the page, and be writable as wanted. */
void check_maps(struct mm_struct *mm, unsigned long addr, struct page *page, bool write);
/* mm->rss_stat[member] must be `wanted`. */
void check_rss(struct mm_struct *mm, int member, long wanted);

/* Fill pages that are free with rubbish. */
void check_soil_memory(void);
void check_fill(struct page *page, unsigned char byte);
/* Does each byte of the page hold `byte`? */
bool check_filled(struct page *page, unsigned char byte);
/* The byte that a program reads at addr. Fails the check if it cannot be read. */
unsigned char check_read(unsigned long addr);
/* The names of the VM_FAULT_ bits; "0" if there is none. Lives as long as check_text()'s. */
const char *check_result_text(vm_fault_t ret);

#endif
