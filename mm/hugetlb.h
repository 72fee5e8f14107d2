/*
 * Files of huge pages, as memfd_create(MFD_HUGETLB) and mmap(MAP_HUGETLB) make them. The pool of
 * huge pages is empty: nothing can be reserved, and an access to what was mapped without a
 * reservation is SIGBUS.
 */
#ifndef MM_HUGETLB_H
#define MM_HUGETLB_H

#include "mm/layout.h"
#include "mm/phys/pgtable.h"

struct file;

#define HPAGE_SHIFT	     PMD_SHIFT /* one entry of the page directory */
#define HPAGE_SIZE	     (1UL << HPAGE_SHIFT)
#define HPAGE_MASK	     (~(HPAGE_SIZE - 1))
#define HUGE_PAGE_ALIGN(len) (((len) + HPAGE_SIZE - 1) & HPAGE_MASK)
#define HUGETLB_ANON_FILE    "anon_hugepage"

/* Is there a pool of pages of this size? page_size_log is the log2 of the bytes, as in MAP_HUGE_
   flags; 0 is the default size. */
static inline bool hugetlb_size_ok(unsigned int page_size_log)
{
	return !page_size_log || page_size_log == HPAGE_SHIFT;
}

/* Boot, after vfs_init(): mount the file system of these files, for the kernel alone. */
void hugetlb_init(void);
/* Create a nameless file of `size` bytes; /proc shows `name`. ERR_PTR: -ENODEV if there is no pool
   of pages of this size. */
struct file *hugetlb_file_setup(const char *name, loff_t size, unsigned int page_size_log);
/* Was f made by hugetlb_file_setup()? */
bool is_file_hugepages(const struct file *f);

#endif
