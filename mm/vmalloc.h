/*
 * Memory that is contiguous in the kernel's address space only: large tables, device memory, and
 * the kernel stacks, each followed (a stack: preceded) by a page that is never mapped.
 */
#ifndef MM_VMALLOC_H
#define MM_VMALLOC_H

#include "kernel/x86/thread.h"
#include "mm/pgtable.h"

/* Boot, after kmem_cache_init. */
void vmalloc_init(void);

/* `size` bytes (rounded up to pages), or NULL. May sleep. Not for DMA: the pages lie anywhere. */
void *vmalloc(unsigned long size);
void *vzalloc(unsigned long size);
void vfree(const void *addr); /* NULL is ignored */
/* Map `count` pages of the caller's, one after another. vunmap leaves the pages to the caller. */
void *vmap(struct page **pages, unsigned int count, pgprot_t prot);
void vunmap(const void *addr);
/* The page behind an address of the vmalloc area, or NULL. */
struct page *vmalloc_to_page(const void *addr);
static inline bool is_vmalloc_addr(const void *addr)
{
	return (unsigned long)addr >= VMALLOC_START && (unsigned long)addr < VMALLOC_END;
}
/* kmalloc if that finds memory, else vmalloc. Free with kvfree. */
void *kvmalloc(size_t size, gfp_t gfp);
void kvfree(const void *p);

/* Room of device memory, mapped by ioremap: pages at `phys`, `size` a multiple of the page size. */
void *vmap_phys(phys_addr_t phys, unsigned long size, pgprot_t prot);

/*
 * A kernel stack of THREAD_SIZE bytes: its lowest address, or NULL. The page below it is not
 * mapped. The contents are what the last user left. A stack cannot free itself while it is in use.
 */
void *alloc_thread_stack(void);
void free_thread_stack(void *stack);
/* Does the address lie in a guard page below a kernel stack? (What a double fault asks.) */
bool is_stack_guard(unsigned long addr);

/* For /proc/meminfo, in bytes and pages. */
unsigned long vmalloc_used(void);     /* bytes of areas, guard pages not counted */
unsigned long nr_kernel_stacks(void); /* stacks in use */

#endif
