/*
 * The early allocator: two sorted arrays of ranges, RAM and the reserved parts of it. The loader's
 * map may be wrong: entries may overlap, be in any order, call ROM usable, and extend beyond what
 * page tables can map.
 */
#include "mm/phys/memblock.h"
#include "kernel/core/panic.h"
#include "kernel/core/printk.h"
#include "kernel/lib/util.h"
#include "kernel/x86/pgtable-types.h"
#include "libc/include/string.h"
#include "mm/layout.h"
#include "mm/phys/page_alloc.h"

unsigned long max_pfn, max_low_pfn;
void *high_memory;

/* Page frames [start, end). */
struct range {
	unsigned long start, end;
};

#define MAX_RANGES 128
struct range_list {
	const char *name;
	unsigned int n;
	struct range r[MAX_RANGES];
};

static struct range_list memory = {.name = "memory"}, reserved = {.name = "reserved"};
static bool handed_over; /* mem_init has run */

#define PHYS_LIMIT   (1ULL << MAX_PHYSMEM_BITS)
/* Memory above this is not used, since struct pages for it would fill lowmem. */
#define RAM_LIMIT    min(PHYS_LIMIT, 16ULL << 30)
#define ROM_AREA     0xA0000UL	/* 640 KiB: video memory and ROMs */
#define ROM_AREA_END 0x100000UL /* 1 MiB */
#define KIB_PER_PAGE (PAGE_SIZE >> 10)

/* --- Lists of ranges: sorted, neither overlapping nor adjacent --- */

static void delete_ranges(struct range_list *l, unsigned int at, unsigned int count)
{
	memmove(&l->r[at], &l->r[at + count], (l->n - at - count) * sizeof(l->r[0]));
	l->n -= count;
}

static void insert_range(struct range_list *l, unsigned int at, unsigned long start,
			 unsigned long end)
{
	if (l->n == MAX_RANGES)
		panic("memblock: too many ranges of %s", l->name);
	memmove(&l->r[at + 1], &l->r[at], (l->n - at) * sizeof(l->r[0]));
	l->r[at] = (struct range){start, end};
	l->n++;
}

/* Add [start, end), merged with the ranges that it overlaps or touches. */
static void add_range(struct range_list *l, unsigned long start, unsigned long end)
{
	unsigned int first = 0, last;

	if (start >= end)
		return;
	while (first < l->n && l->r[first].end < start)
		first++;
	for (last = first; last < l->n && l->r[last].start <= end; last++) {
		start = min(start, l->r[last].start);
		end = max(end, l->r[last].end);
	}
	delete_ranges(l, first, last - first);
	insert_range(l, first, start, end);
}

/* Remove [start, end). */
static void remove_range(struct range_list *l, unsigned long start, unsigned long end)
{
	for (unsigned int i = 0; i < l->n; i++) {
		struct range r = l->r[i];

		if (r.end <= start || r.start >= end)
			continue;
		delete_ranges(l, i, 1);
		if (r.start < start)
			insert_range(l, i++, r.start, start);
		if (r.end > end)
			insert_range(l, i++, end, r.end);
		i--;
	}
}

/* The frames that lie wholly (or, `outward`, in part) in the bytes [base, base + size) below
   RAM_LIMIT. */
static struct range frames_of(u64 base, u64 size, bool outward)
{
	u64 end = base + size;

	if (end < base || end > RAM_LIMIT)
		end = RAM_LIMIT;
	if (base > end)
		base = end;
	if (outward)
		return (struct range){(unsigned long)PFN_DOWN(base), (unsigned long)PFN_UP(end)};
	return (struct range){(unsigned long)PFN_UP(base), (unsigned long)PFN_DOWN(end)};
}

static void memblock_add(u64 base, u64 size)
{
	struct range r = frames_of(base, size, false);

	if (base + size > RAM_LIMIT)
		pr_warn("Warning: only %lluGB will be used.\n", RAM_LIMIT >> 30);
	add_range(&memory, r.start, r.end);
}

static void memblock_remove(u64 base, u64 size)
{
	struct range r = frames_of(base, size, true);

	remove_range(&memory, r.start, r.end);
}

void memblock_reserve(phys_addr_t base, phys_addr_t size)
{
	struct range r = frames_of(base, size, true);

	BUG_ON(handed_over);
	add_range(&reserved, r.start, r.end);
}

void memblock_setup(const struct boot_mem_range *map, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (map[i].type == BOOT_MEM_RAM)
			memblock_add(map[i].base, map[i].len);
	for (unsigned int i = 0; i < n; i++)
		if (map[i].type != BOOT_MEM_RAM)
			memblock_remove(map[i].base, map[i].len);
	memblock_remove(ROM_AREA, ROM_AREA_END - ROM_AREA);
	if (!memory.n)
		panic("the loader's memory map names no usable memory");
	/* The last frame below 4 GiB is not used: its end does not fit in 32 bits. */
	remove_range(&memory, (1UL << (32 - PAGE_SHIFT)) - 1, 1UL << (32 - PAGE_SHIFT));

	max_pfn = memory.r[memory.n - 1].end;
	max_low_pfn = min(max_pfn, MAXMEM >> PAGE_SHIFT);
	high_memory = pfn_to_kaddr(max_low_pfn);
	/* Frame 0 belongs to the BIOS, and physical address 0 often means "none". */
	memblock_reserve(0, PAGE_SIZE);
	memblock_reserve(__pa(KERNEL_LOAD), (unsigned long)_end - KERNEL_LOAD);
}

/* The lowest `pages` unreserved frames of lowmem, aligned; 0 if there are none. The first MiB is
   not used, because the loader's data may be there and may not have been read yet. */
static unsigned long find_frames(unsigned long pages, unsigned long align)
{
	for (unsigned int i = 0; i < memory.n; i++) {
		unsigned long start = ALIGN(max(memory.r[i].start, PFN_UP(ROM_AREA_END)), align);
		unsigned long end = min(memory.r[i].end, max_low_pfn);

		for (unsigned int j = 0; j < reserved.n; j++) {
			if (reserved.r[j].end <= start)
				continue;
			if (start + pages <= reserved.r[j].start)
				break;
			start = ALIGN(reserved.r[j].end, align);
		}
		if (start + pages <= end)
			return start;
	}
	return 0;
}

void *memblock_alloc(unsigned long size, unsigned long align)
{
	unsigned long pages = PFN_UP(size), frame;
	void *p;

	BUG_ON(handed_over);
	frame = find_frames(pages, max(PFN_UP(align), 1UL));
	if (!frame)
		panic("memblock: no room for %lu bytes: this machine has too little memory", size);
	add_range(&reserved, frame, frame + pages);
	p = pfn_to_kaddr(frame);
	memset(p, 0, size);
	return p;
}

/* Give [start, end) less the reserved ranges to the page allocator. => pages. */
static unsigned long free_unreserved(unsigned long start, unsigned long end)
{
	unsigned long pages = 0, stop;

	for (unsigned int i = 0; start < end; i++) {
		stop = i < reserved.n ? clamp(reserved.r[i].start, start, end) : end;
		free_page_range(start, stop);
		pages += stop - start;
		if (i == reserved.n)
			break;
		start = max(stop, reserved.r[i].end);
	}
	return pages;
}

void mem_init(void)
{
	unsigned long present = 0, free = 0;

	mem_map = memblock_alloc(max_pfn * sizeof(struct page), PAGE_SIZE);
	free_area_init(max_low_pfn, max_pfn);
	handed_over = true;
	for (unsigned int i = 0; i < memory.n; i++) {
		present += memory.r[i].end - memory.r[i].start;
		zone_account_present(memory.r[i].start, memory.r[i].end);
		free += free_unreserved(memory.r[i].start, memory.r[i].end);
	}
	init_per_zone_wmark_min();
	pr_info("Memory: %luK/%luK available (%luK kernel code, %luK rodata, %luK reserved, "
		"%luK highmem)\n",
		free * KIB_PER_PAGE, present * KIB_PER_PAGE, (unsigned long)(_etext - _text) >> 10,
		(unsigned long)(__end_rodata - __start_rodata) >> 10,
		(present - free) * KIB_PER_PAGE, totalhigh_pages() * KIB_PER_PAGE);
}
