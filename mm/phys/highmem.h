/*
 * Pages above the direct map: they have no kernel address until kmap_local_page() maps them.
 */
#ifndef MM_PHYS_HIGHMEM_H
#define MM_PHYS_HIGHMEM_H

#include "kernel/x86/page.h"
#include "libc/include/string.h"
#include "mm/phys/page.h"
#include "mm/phys/pgtable.h"

/*
 * The slots that a task holds while it is not running. The slots in use are a stack: A task may
 * sleep while it holds mappings, so they are removed when it is switched out and restored at the
 * same addresses when it is switched in.
 */
struct kmap_ctrl {
	unsigned int idx; /* slots held */
	pte_t pteval[KM_MAX_IDX];
};

extern unsigned int kmap_local_depth; /* slots in use now */
/* The parts of the functions below for pages above the direct map. They allocate nothing and cannot
   fail; more than KM_MAX_IDX mappings, or a wrong order of release, is a BUG. */
void *__kmap_local_page(struct page *page);
void __kunmap_local(const void *addr);
void __kmap_local_save(struct kmap_ctrl *ctrl);
void __kmap_local_restore(struct kmap_ctrl *ctrl);

/*
 * The page's contents at a kernel address, for the caller until kunmap_local(). At most KM_MAX_IDX
 * at a time, released in reverse order; not valid in another task. A lowmem page costs nothing.
 */
static inline void *kmap_local_page(struct page *page)
{
	return likely(!PageHighMem(page)) ? lowmem_page_address(page) : __kmap_local_page(page);
}
/* `addr` is any address in the page. */
static inline void kunmap_local(const void *addr)
{
	if (unlikely((unsigned long)addr >= FIXADDR_START))
		__kunmap_local(addr);
}
/* The context switch: `ctrl` of the task that leaves, then `ctrl` of the one that comes. */
static inline void kmap_local_switch_out(struct kmap_ctrl *ctrl)
{
	if (unlikely(kmap_local_depth))
		__kmap_local_save(ctrl);
}
static inline void kmap_local_switch_in(struct kmap_ctrl *ctrl)
{
	if (unlikely(ctrl->idx))
		__kmap_local_restore(ctrl);
}

/* --- Contents of pages, wherever they are --- */
static inline void clear_highpage(struct page *page)
{
	void *kaddr = kmap_local_page(page);

	clear_page(kaddr);
	kunmap_local(kaddr);
}
static inline void copy_highpage(struct page *to, struct page *from)
{
	void *vfrom = kmap_local_page(from), *vto = kmap_local_page(to);

	copy_page(vto, vfrom);
	kunmap_local(vto);
	kunmap_local(vfrom);
}
/* `size` bytes from `offset`, all within the page. */
static inline void zero_user(struct page *page, unsigned int offset, unsigned int size)
{
	char *kaddr = kmap_local_page(page);

	memset(kaddr + offset, 0, size);
	kunmap_local(kaddr);
}
static inline void memcpy_from_page(void *to, struct page *page, unsigned int offset,
				    unsigned int len)
{
	char *kaddr = kmap_local_page(page);

	memcpy(to, kaddr + offset, len);
	kunmap_local(kaddr);
}
static inline void memcpy_to_page(struct page *page, unsigned int offset, const void *from,
				  unsigned int len)
{
	char *kaddr = kmap_local_page(page);

	memcpy(kaddr + offset, from, len);
	kunmap_local(kaddr);
}

#endif
