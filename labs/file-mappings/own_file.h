/*
 * A file of the check's own, for the checks of lab 7. Its readpage, page_mkwrite and fsync do what
 * `file_does` says, and note there how they were called.
 */
#ifndef LABS_FILE_MAPPINGS_OWN_FILE_H
#define LABS_FILE_MAPPINGS_OWN_FILE_H

#include "kernel/checks/check.h"
#include "kernel/fs/fs.h"
#include "mm/mm_types.h"

#define LOW	    0x10000000UL /* user addresses */
#define HIGH	    0x60000000UL
#define RW	    (PROT_READ | PROT_WRITE)
#define OLD_TIME    1000 /* seconds: the file's times at first */
#define MOST_SYNCED 4

struct what_the_file_does {
	int reads;		   /* calls of readpage */
	int read_error;		   /* what readpage returns */
	bool shrink;		   /* the first readpage takes the page out of the cache again, */
	loff_t shrink_to;	   /* and makes this the file's size; < 0: leaves it */
	struct page *gone;	   /* the page that it has taken out, with a reference */
	vm_fault_t fault;	   /* what vm_ops->fault returns, instead of a page; 0: a page */
	int mkwrites;		   /* calls of page_mkwrite */
	vm_fault_t mkwrite;	   /* what it returns */
	struct page *mkwrite_page; /* the page that it was called for, */
	int mkwrite_count;	   /* its references, */
	pte_t mkwrite_entry;	   /* and its entry then */
	bool unmap_in_mkwrite;	   /* page_mkwrite clears the entry, as another thread could */
	int syncs;		   /* calls of fsync, which returns sync_error */
	loff_t sync_start[MOST_SYNCED], sync_end[MOST_SYNCED];
	int sync_error;
};
extern struct what_the_file_does file_does;

/* A new file of so many bytes, of which no page is in memory; file_does is reset. */
struct file *new_file(loff_t size);
/* Mappings of it from now on are of a file without page_mkwrite, until the next new_file(). */
void file_is_not_told(void);
/* The operations of a mapping with page_mkwrite, for a VMA made by hand. */
extern const struct vm_operations_struct own_vm_ops;
/* Have mtime and ctime changed since new_file()? */
bool time_is_new(struct file *f);
/* Map pages [pgoff, pgoff + pages) of the file at addr in the thread's address space. */
struct vm_area_struct *map_file(struct file *f, unsigned long addr, unsigned int pages,
				unsigned long prot, unsigned long flags, pgoff_t pgoff);
/* Take a page out of the cache, as a truncation does; file_does.gone holds it then. */
void take_out(struct address_space *mapping, struct page *page);
/* The file's page, in memory and with a reference. */
struct page *page_of(struct file *f, pgoff_t index);
/* The entry of an address, or 0. Takes page_table_lock. */
pte_t entry_at(struct mm_struct *mm, unsigned long addr);
/* Set it by hand. Takes page_table_lock; may sleep. */
void set_entry(struct mm_struct *mm, unsigned long addr, pte_t entry);
/* Map the file's page at addr by hand, with these bits beside those of prot. Returns it, with a
   reference for the check beside the entry's. */
struct page *map_page(struct vm_area_struct *vma, unsigned long addr, pgprot_t prot, pteval_t bits);
/* A fault at addr, as the dispatcher hands it to the functions for files: the table exists. */
struct vm_fault fault_at(struct vm_area_struct *vma, unsigned long addr, bool write);
/* Of the result of a fault, the bits of mask must be as wanted. */
void expect_fault(const char *call, vm_fault_t is, vm_fault_t mask, vm_fault_t wanted);
#define ALL_BITS (~0U)

#endif
