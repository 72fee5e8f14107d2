/*
 * Memory that is contiguous in the kernel's address space only: large tables, device memory, and
 * the kernel stacks, each followed (a stack: preceded) by a page that is never mapped.
 */
#ifndef MM_PHYS_VMALLOC_H
#define MM_PHYS_VMALLOC_H

#include "kernel/x86/thread.h"
#include "mm/phys/pgtable.h"

/* Boot, after kmem_cache_init. */
void vmalloc_init(void);

/* `size` bytes (rounded up to pages), or NULL. May sleep. Not for DMA: the pages are not
   contiguous. */
void *vmalloc(unsigned long size);
void *vzalloc(unsigned long size);
void vfree(const void *addr); /* NULL is ignored */
/* For tables that may be large: uses kmalloc() for small sizes and vmalloc() above, so that no long
   run of free pages is needed. May sleep. kvfree takes either, and NULL. */
void *kvmalloc(unsigned long size);
void *kvzalloc(unsigned long size);
void kvfree(const void *addr);
/* The page that an address of the vmalloc area maps, or NULL. */
struct page *vmalloc_to_page(const void *addr);
static inline bool is_vmalloc_addr(const void *addr)
{
	return (unsigned long)addr >= VMALLOC_START && (unsigned long)addr < VMALLOC_END;
}

/*
 * A kernel stack of THREAD_SIZE bytes: its lowest address, or NULL. The page below it is not
 * mapped. The contents are not cleared. A stack must not be freed by the task that runs on it.
 */
void *alloc_thread_stack(void);
void free_thread_stack(void *stack);

/* An area and its guard page, for /proc/vmallocinfo. */
struct vmalloc_info {
	unsigned long start, size; /* bytes */
	unsigned long caller;	   /* an address in the function that made it */
	unsigned long nr_pages;	   /* of its own; 0: */
	phys_addr_t phys;	   /* device memory that it shows */
};
/* The first area that ends after addr. False: there is none. */
bool vmalloc_next(unsigned long addr, struct vmalloc_info *info);

/* For /proc/meminfo, in bytes and pages. */
unsigned long vmalloc_used(void);     /* bytes of areas, guard pages not counted */
unsigned long nr_kernel_stacks(void); /* stacks in use */

#endif
