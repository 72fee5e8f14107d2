/*
 * Swap entries: the name of a place in swap, and how a page-table entry holds it. The place of the
 * bits in a page-table entry is in kernel/x86/pgtable-*.h, and nobody but this file reads them.
 *
 * A swp_entry_t is a type (which swap area) and an offset (which slot, of a page each). It is never
 * 0, because slot 0 of every area holds the area's header.
 */
#ifndef MM_PHYS_SWAPOPS_H
#define MM_PHYS_SWAPOPS_H

#include "kernel/lib/radix_tree.h"
#include "mm/phys/pgtable.h"

typedef struct {
	unsigned long val;
} swp_entry_t;

#define SWP_TYPE_OF_VAL 26 /* bits of the offset; the type is above them. One bit stays free. */
#define SWP_OFFSET_MASK ((1UL << SWP_TYPE_OF_VAL) - 1)
#define SWP_TYPE_MASK	((1UL << SWP_TYPE_BITS) - 1)

/* Types that are swap areas. Linux uses those above for what is neither present nor in swap; the
   numbers are seen in /proc/PID/pagemap. */
#define MAX_SWAPFILES	 27
/* The page could not be read when its swap area was removed. The offset is the number of the frame
   that it would have had. */
#define SWP_SWAPIN_ERROR 31

static inline swp_entry_t swp_entry(unsigned int type, unsigned long offset)
{
	return (swp_entry_t){(unsigned long)type << SWP_TYPE_OF_VAL | offset};
}
static inline unsigned int swp_type(swp_entry_t entry)
{
	return entry.val >> SWP_TYPE_OF_VAL;
}
static inline unsigned long swp_offset(swp_entry_t entry)
{
	return entry.val & SWP_OFFSET_MASK;
}

/* ---- in a page-table entry ---- */

/* How many slots an area can have. */
#define MAX_SWAP_SLOTS (1UL << SWP_OFFSET_BITS)
_Static_assert(SWP_OFFSET_BITS <= SWP_TYPE_OF_VAL, "a swp_entry_t holds every offset");

static inline pte_t swp_entry_to_pte(swp_entry_t entry)
{
	return __pte((pteval_t)swp_offset(entry) << SWP_OFFSET_SHIFT | (pteval_t)swp_type(entry)
									       << SWP_TYPE_SHIFT);
}
/* The entry that a PTE_SWAP page-table entry holds. */
static inline swp_entry_t pte_to_swp_entry(pte_t pte)
{
	return swp_entry((unsigned int)pte_val(pte) >> SWP_TYPE_SHIFT & SWP_TYPE_MASK,
			 (unsigned long)(pte_val(pte) >> SWP_OFFSET_SHIFT));
}
/* Is the page in swap? (PTE_SWAP also stands for pages that were lost.) */
static inline bool is_swap_pte(pte_t pte)
{
	return pte_kind(pte) == PTE_SWAP && swp_type(pte_to_swp_entry(pte)) < MAX_SWAPFILES;
}
/* Was the page lost when its swap area was removed? Every access is SIGBUS. */
static inline bool is_swapin_error_pte(pte_t pte)
{
	return pte_kind(pte) == PTE_SWAP && swp_type(pte_to_swp_entry(pte)) == SWP_SWAPIN_ERROR;
}
/* userfaultfd has write-protected the page (_PAGE_UFFD_WP while it was mapped). */
static inline bool pte_swp_uffd_wp(pte_t pte)
{
	return pte_val(pte) & _PAGE_SWP_UFFD_WP;
}
static inline pte_t pte_swp_mkuffd_wp(pte_t pte)
{
	return __pte(pte_val(pte) | _PAGE_SWP_UFFD_WP);
}
static inline pte_t pte_swp_clear_uffd_wp(pte_t pte)
{
	return __pte(pte_val(pte) & ~_PAGE_SWP_UFFD_WP);
}

/* ---- in the tree of a file's pages, where tmpfs keeps what it has swapped out ---- */

/* A value in the place of a pointer: see radix_tree.h. */
static inline void *swp_to_radix_entry(swp_entry_t entry)
{
	return xa_mk_value(entry.val);
}
static inline swp_entry_t radix_to_swp_entry(const void *item)
{
	return (swp_entry_t){xa_to_value(item)};
}

#endif
