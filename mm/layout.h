/*
 * The map of the address space: what lies where, and how virtual addresses, physical addresses and
 * page-frame numbers are converted.
 *
 *   0xFFFFFFFF  +------------------------------+
 *               | never mapped: ERR_PTR values |  4 KiB
 *   FIXADDR_TOP +------------------------------+  0xFFFFF000
 *               | kmap_local slots             |  one page each, used from the top down
 *   FIXADDR_    +------------------------------+
 *   START       | never mapped                 |
 *   VMALLOC_END +------------------------------+  0xFFBFE000
 *               | vmalloc, ioremap, kernel     |  each area with an unmapped guard page
 *               | stacks                       |  116 MiB
 *   VMALLOC_    +------------------------------+  0xF8800000
 *   START       | hole: catches overruns       |  8 MiB, more on a machine with less memory
 *   high_memory +------------------------------+  at most 0xF8000000
 *               | direct map: physical address |  the machine's first 896 MiB (ZONE_NORMAL),
 *               | + PAGE_OFFSET                |  in pages of 4 MiB
 *               |   mem_map, page tables, slab |
 *               |   kernel .bss .data          |
 *               |   kernel .rodata .text       |  read-only, in pages of 4 KiB
 *   KERNEL_LOAD |                              |  0xC0100000
 *               |   first MiB: BIOS, VGA       |
 *   PAGE_OFFSET +------------------------------+  0xC0000000 = TASK_SIZE
 *               | user space: stack on top,    |
 *               | mappings downwards below it, |  3 GiB, different for each process
 *               | heap upwards from the bottom |
 *   0x00000000  +------------------------------+
 *
 * Everything from PAGE_OFFSET up is the same in all page directories. Its page tables are made once
 * at boot, so a new process copies 256 directory entries, which never change.
 */
#ifndef MM_LAYOUT_H
#define MM_LAYOUT_H

#include "kernel/abi/types.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1UL << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))

#define PAGE_ALIGN(addr)   (((addr) + PAGE_SIZE - 1) & PAGE_MASK)
#define PAGE_ALIGNED(addr) (((unsigned long)(addr) & ~PAGE_MASK) == 0)
#define offset_in_page(p)  ((unsigned long)(p) & ~PAGE_MASK)

#define PAGE_OFFSET 0xC0000000UL
#define LOAD_PHYS   0x00100000UL /* where the loader puts the kernel */
#define KERNEL_LOAD (PAGE_OFFSET + LOAD_PHYS)
#define MAXMEM	    (896UL << 20) /* how far the direct map can reach, bytes */

#define VMALLOC_OFFSET (8UL << 20)
#define VMALLOC_START  (PAGE_OFFSET + MAXMEM + VMALLOC_OFFSET)
#define VMALLOC_END    (FIXMAP_BASE - 2 * PAGE_SIZE)

/* The last 4 MiB: one page table. Slot n lies n pages below the highest one. */
#define FIXMAP_BASE	 0xFFC00000UL
#define FIXADDR_TOP	 0xFFFFF000UL
#define KM_MAX_IDX	 16 /* kmap_local mappings that one task may hold at a time */
#define FIXADDR_START	 (FIXADDR_TOP - KM_MAX_IDX * PAGE_SIZE)
#define __fix_to_virt(n) (FIXADDR_TOP - (((unsigned long)(n) + 1) << PAGE_SHIFT))
#define __virt_to_fix(v) ((FIXADDR_TOP - ((v)&PAGE_MASK) - PAGE_SIZE) >> PAGE_SHIFT)

/* --- User space --- */
#define TASK_SIZE	   PAGE_OFFSET
#define STACK_TOP	   TASK_SIZE
#define TASK_UNMAPPED_BASE (TASK_SIZE / 3) /* bottom-up layout: the search begins here */

/* --- Addresses of the direct map --- */
#define __pa(x)		((unsigned long)(x)-PAGE_OFFSET)
#define __va(x)		((void *)((unsigned long)(x) + PAGE_OFFSET))
#define PFN_PHYS(pfn)	((phys_addr_t)(pfn) << PAGE_SHIFT)
#define PHYS_PFN(x)	((unsigned long)((x) >> PAGE_SHIFT))
#define PFN_UP(x)	(((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_DOWN(x)	((x) >> PAGE_SHIFT)
#define pfn_to_kaddr(p) __va(PFN_PHYS(p))
#define virt_to_phys(x) __pa(x)

/* Page frames known to the kernel: [0, max_pfn). Those below max_low_pfn are in the direct map,
   which ends at high_memory. Set by memblock_setup(). */
extern unsigned long max_pfn, max_low_pfn;
extern void *high_memory;

/* The kernel's image; linker.ld places these. */
extern char _text[], _etext[], __start_rodata[], __end_rodata[], _sdata[], _edata[], __bss_start[],
	__bss_stop[], _end[];

#endif
