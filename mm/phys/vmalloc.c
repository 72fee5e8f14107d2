/*
 * vmalloc: addresses in the kernel's address space are allocated from a bitmap; the pages that are
 * mapped there need not be contiguous. One page after each area (below each kernel stack) is never
 * mapped, so that an overrun faults at once.
 */
#include "mm/phys/vmalloc.h"
#include "kernel/core/panic.h"
#include "kernel/lib/bitmap.h"
#include "libc/include/string.h"
#include "mm/phys/alloc_debug.h"
#include "mm/phys/gfp.h"
#include "mm/phys/slab.h"

#define VM_PAGES ((VMALLOC_END - VMALLOC_START) >> PAGE_SHIFT)

/* Who a piece of room belongs to. */
struct vm_area {
	struct list_head list;
	unsigned long addr, pages; /* without the guard page */
	bool owns_pages;	   /* vmalloc: free them with the area */
	unsigned long caller;	   /* return address of the caller */
};

#define CALLER __builtin_return_address(0)

static DECLARE_BITMAP(room, VM_PAGES); /* guard pages are taken too */
static unsigned long room_hint;	       /* searches begin here */
static LIST_HEAD(areas);
static struct kmem_cache *vm_area_cache;
static unsigned long used_pages;

/* Unused stacks, still mapped; each holds the next one's address in its lowest word. */
#define STACK_STOCK_LIMIT 16
static void *stack_stock;
static unsigned int stack_stock_count;
static unsigned long stacks_in_use;

static inline unsigned long addr_of(unsigned long page)
{
	return VMALLOC_START + (page << PAGE_SHIFT);
}

static inline unsigned long room_of(unsigned long addr)
{
	return (addr - VMALLOC_START) >> PAGE_SHIFT;
}

/* --- Room --- */

/* Take `pages` pages of address space. => the first one's address, or 0. */
static unsigned long take_room(unsigned long pages)
{
	unsigned long first = bitmap_find_next_zero_area(room, VM_PAGES, room_hint, pages, 0);

	if (first >= VM_PAGES)
		first = bitmap_find_next_zero_area(room, VM_PAGES, 0, pages, 0);
	if (first >= VM_PAGES)
		return 0;
	bitmap_set(room, first, pages);
	room_hint = first + pages;
	return addr_of(first);
}

static void give_room(unsigned long addr, unsigned long pages)
{
	bitmap_clear(room, room_of(addr), pages);
	room_hint = min(room_hint, room_of(addr));
}

static struct vm_area *new_area(unsigned long pages, const void *caller)
{
	struct vm_area *area;

	if (!pages || pages >= VM_PAGES)
		return NULL;
	area = kmem_cache_zalloc(vm_area_cache, GFP_KERNEL);
	if (!area)
		return NULL;
	area->addr = take_room(pages + 1);
	if (!area->addr) {
		kmem_cache_free(vm_area_cache, area);
		return NULL;
	}
	area->pages = pages;
	area->caller = (unsigned long)caller;
	list_add(&area->list, &areas);
	used_pages += pages;
	return area;
}

/* Take the mappings away, and the pages if they are the area's. */
static void unmap_area(const struct vm_area *area)
{
	for (unsigned long i = 0; i < area->pages; i++) {
		pte_t *pte = kernel_pte(area->addr + (i << PAGE_SHIFT)), old = *pte;

		replace_pte(pte, __pte(0));
		if (area->owns_pages && !pte_none(old))
			__free_page(pte_page(old));
	}
	flush_tlb_kernel_range(area->addr, area->addr + (area->pages << PAGE_SHIFT));
}

static void free_area(struct vm_area *area)
{
	unmap_area(area);
	list_del(&area->list);
	used_pages -= area->pages;
	give_room(area->addr, area->pages + 1);
	kmem_cache_free(vm_area_cache, area);
}

/* Free the area that begins at addr; it must be one. */
static void free_area_at(const void *addr)
{
	struct vm_area *area;

	if (!addr)
		return;
	list_for_each_entry (area, &areas, list)
		if (area->addr == (unsigned long)addr) {
			free_area(area);
			return;
		}
	panic("vfree of %p, which is no area", addr);
}

/* --- The callers' kinds --- */

static void *vmalloc_gfp(unsigned long size, gfp_t gfp, const void *caller)
{
	struct vm_area *area;
	struct page *page;

	if (size > VMALLOC_END - VMALLOC_START)
		return NULL;
	area = new_area(PFN_UP(size), caller);
	if (!area)
		return NULL;
	area->owns_pages = true;
	for (unsigned long i = 0; i < area->pages; i++) {
		page = alloc_page(gfp | __GFP_HIGHMEM);
		if (!page) {
			free_area(area);
			return NULL;
		}
		map_kernel_page(area->addr + (i << PAGE_SHIFT), page_to_phys(page), PAGE_KERNEL);
	}
	return (void *)area->addr;
}

void *vmalloc(unsigned long size)
{
	return vmalloc_gfp(size, GFP_KERNEL, CALLER);
}

void *vzalloc(unsigned long size)
{
	return vmalloc_gfp(size, GFP_KERNEL | __GFP_ZERO, CALLER);
}

void vfree(const void *addr)
{
	free_area_at(addr);
}

#define KVMALLOC_RUN (8 * PAGE_SIZE) /* a run of this size is nearly always available */

void *kvmalloc(unsigned long size)
{
	return size <= KVMALLOC_RUN ? kmalloc(size, GFP_KERNEL)
				    : vmalloc_gfp(size, GFP_KERNEL, CALLER);
}

void *kvzalloc(unsigned long size)
{
	return size <= KVMALLOC_RUN ? kzalloc(size, GFP_KERNEL)
				    : vmalloc_gfp(size, GFP_KERNEL | __GFP_ZERO, CALLER);
}

void kvfree(const void *addr)
{
	if (is_vmalloc_addr(addr))
		vfree(addr);
	else
		kfree(addr);
}

/* Room of device memory: pages at `phys`, `size` a multiple of the page size. */
static void *vmap_phys(phys_addr_t phys, unsigned long size, pgprot_t prot, const void *caller)
{
	struct vm_area *area = new_area(size >> PAGE_SHIFT, caller);

	if (!area)
		return NULL;
	for (unsigned long i = 0; i < area->pages; i++)
		map_kernel_page(area->addr + (i << PAGE_SHIFT), phys + (i << PAGE_SHIFT), prot);
	return (void *)area->addr;
}

/* Is any frame of [phys, phys + size) RAM that the page allocator has? */
static bool is_ram(phys_addr_t phys, unsigned long size)
{
	for (unsigned long pfn = PFN_DOWN(phys); pfn <= PFN_DOWN(phys + size - 1); pfn++)
		if (pfn_valid(pfn) && !PageReserved(pfn_to_page(pfn)))
			return true;
	return false;
}

void *ioremap(phys_addr_t phys, unsigned long size)
{
	phys_addr_t base = phys - offset_in_page(phys);
	char *addr;

	if (!size || phys + size - 1 < phys || size > VMALLOC_END - VMALLOC_START)
		return NULL;
	if (WARN_ON(is_ram(phys, size)))
		return NULL;
	addr = vmap_phys(base, PAGE_ALIGN(phys + size - base), PAGE_KERNEL_NOCACHE, CALLER);
	return addr ? addr + (phys - base) : NULL;
}

void iounmap(void *addr)
{
	free_area_at((void *)((unsigned long)addr & PAGE_MASK));
}

struct page *vmalloc_to_page(const void *addr)
{
	pte_t pte;

	if (!is_vmalloc_addr(addr))
		return NULL;
	pte = *kernel_pte((unsigned long)addr);
	return !pte_none(pte) && pfn_valid(pte_pfn(pte)) ? pte_page(pte) : NULL;
}

/* --- Kernel stacks --- */

/* Reserve a guard page and a stack, and map pages for the stack. => the stack, or NULL. */
static void *new_stack(void)
{
	struct page *pages[THREAD_SIZE_PAGES];
	unsigned long addr;
	int n;

	for (n = 0; n < THREAD_SIZE_PAGES; n++) {
		pages[n] = alloc_page(GFP_KERNEL);
		if (!pages[n])
			goto fail;
	}
	addr = take_room(THREAD_SIZE_PAGES + 1);
	if (!addr)
		goto fail;
	addr += PAGE_SIZE;
	for (int i = 0; i < THREAD_SIZE_PAGES; i++)
		map_kernel_page(addr + i * PAGE_SIZE, page_to_phys(pages[i]), PAGE_KERNEL);
	return (void *)addr;
fail:
	while (n--)
		__free_page(pages[n]);
	return NULL;
}

static void release_stack(void *stack)
{
	unsigned long addr = (unsigned long)stack;

	for (int i = 0; i < THREAD_SIZE_PAGES; i++) {
		struct page *page = vmalloc_to_page((void *)(addr + i * PAGE_SIZE));

		unmap_kernel_page(addr + i * PAGE_SIZE);
		__free_page(page);
	}
	give_room(addr - PAGE_SIZE, THREAD_SIZE_PAGES + 1);
}

void *alloc_thread_stack(void)
{
	void *stack;

	alloc_may_sleep(GFP_KERNEL);
	stack = stack_stock;
	if (likely(stack)) {
		stack_stock = *(void **)stack;
		stack_stock_count--;
		nr_stock_pages -= THREAD_SIZE_PAGES;
	} else {
		stack = new_stack();
	}
	if (stack)
		stacks_in_use++;
	return stack;
}

void free_thread_stack(void *stack)
{
	stacks_in_use--;
	if (stack_stock_count >= STACK_STOCK_LIMIT) {
		release_stack(stack);
		return;
	}
	*(void **)stack = stack_stock;
	stack_stock = stack;
	stack_stock_count++;
	nr_stock_pages += THREAD_SIZE_PAGES;
}

static unsigned long drain_stack_stock(void)
{
	unsigned long pages = 0;
	void *stack;

	while ((stack = stack_stock)) {
		stack_stock = *(void **)stack;
		stack_stock_count--;
		nr_stock_pages -= THREAD_SIZE_PAGES;
		release_stack(stack);
		pages += THREAD_SIZE_PAGES;
	}
	return pages;
}

/* What is mapped from `start` on, up to the next guard page, as an area. */
static void describe_area(unsigned long start, struct vmalloc_info *info)
{
	unsigned long end = start;
	struct vm_area *area;

	while (!pte_none(*kernel_pte(end)))
		end += PAGE_SIZE;
	list_for_each_entry (area, &areas, list) {
		if (area->addr != start)
			continue;
		*info = (struct vmalloc_info){
			.start = start,
			.size = end - start + PAGE_SIZE,
			.caller = area->caller,
			.nr_pages = area->owns_pages ? area->pages : 0,
			.phys = PFN_PHYS(pte_pfn(*kernel_pte(start))),
		};
		return;
	}
	/* A stack: its guard page lies below. */
	*info = (struct vmalloc_info){
		.start = start - PAGE_SIZE,
		.size = end - start + PAGE_SIZE,
		.caller = (unsigned long)alloc_thread_stack,
		.nr_pages = (end - start) >> PAGE_SHIFT,
	};
}

bool vmalloc_next(unsigned long addr, struct vmalloc_info *info)
{
	unsigned long page = room_of(addr);

	/* Room that is taken and not mapped is a guard page, or is being filled. */
	for (;; page++) {
		page = find_next_bit(room, VM_PAGES, page);
		if (page >= VM_PAGES)
			return false;
		if (!pte_none(*kernel_pte(addr_of(page))))
			break;
	}
	describe_area(addr_of(page), info);
	return true;
}

unsigned long vmalloc_used(void)
{
	return used_pages << PAGE_SHIFT;
}

unsigned long nr_kernel_stacks(void)
{
	return stacks_in_use;
}

void vmalloc_init(void)
{
	vm_area_cache = KMEM_CACHE(vm_area, SLAB_PANIC);
	register_page_stock(drain_stack_stock);
}
