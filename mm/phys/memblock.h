/*
 * The early allocator: two sorted arrays of ranges, the machine's RAM and the reserved parts of it.
 * It is used until mem_init() hands the remaining memory to the page allocator.
 */
#ifndef MM_PHYS_MEMBLOCK_H
#define MM_PHYS_MEMBLOCK_H

#include "kernel/abi/types.h"

/* One entry of the loader's memory map. */
struct boot_mem_range {
	u64 base, len; /* bytes */
	u32 type;      /* 1: usable RAM; anything else is not */
};
#define BOOT_MEM_RAM 1

/*
 * Boot, in this order:
 * 1. memblock_setup(map, n): learn the RAM. Ranges of other types win over overlapping RAM;
 * everything above 4 GiB, the area 640 KiB - 1 MiB and partial pages are left out; frame 0 and the
 * kernel's image are reserved; sets max_pfn, max_low_pfn, high_memory. Panics if there is no usable
 * RAM.
 * 2. memblock_reserve(base, size) for each thing the loader put in memory (modules, their strings).
 * 3. paging_init() (mm/phys/pgtable.h).
 * 4. mem_init() (what the loader left in the first MiB has been read by then): mem_map, zones, and
 * the rest to the page allocator; prints "Memory: ...".
 */
void memblock_setup(const struct boot_mem_range *map, unsigned int n);
void memblock_reserve(phys_addr_t base, phys_addr_t size);
void mem_init(void);

/*
 * `size` bytes in the direct map, aligned to `align` (a power of two), zeroed, for ever. Panics if
 * there are none. Between paging_init() and mem_init() only.
 */
void *memblock_alloc(unsigned long size, unsigned long align);

#endif
