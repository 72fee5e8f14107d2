/*
 * What the files of mm/swap/ share among themselves.
 */
#ifndef MM_SWAP_INTERNAL_H
#define MM_SWAP_INTERNAL_H

#include "kernel/lib/list.h"
#include "kernel/lib/radix_tree.h"
#include "mm/swap/swap.h"

struct block_device;
struct file;

/* A run of slots that follow each other on the disk, too. */
struct swap_extent {
	unsigned long start_page, nr_pages;
	u64 start_block; /* of PAGE_SIZE bytes, on the device */
};

/* A swap area. There is an array of them, and they stay when the area is removed. */
struct swap_info_struct {
	unsigned int flags;    /* SWP_ */
	unsigned int type;     /* its number */
	int prio;	       /* the area with the highest one is used first */
	struct list_head list; /* swap_active_head, while it may be written to: by prio */
	int users; /* tasks that use it now: swapoff waits for them. See get_swap_device() */

	struct file *swap_file;
	struct block_device *bdev; /* where the slots are */
	struct swap_extent *extents;
	unsigned int nr_extents, last_extent; /* last_extent: the one that was found last */

	u16 *swap_map;	    /* users of each slot, and SWAP_HAS_CACHE */
	unsigned int max;   /* slots, with the header */
	unsigned int pages; /* usable slots */
	unsigned int inuse_pages;
	unsigned int lowest_bit, highest_bit;  /* the first and last slot that may be free */
	unsigned int next_to_reclaim;	       /* the slot to look at when all are in use */
	unsigned int cluster_next, cluster_nr; /* the next slot to try, and how many from there */

	/* The swap cache: slot -> page; or the shadow of one that reclaim has taken. */
	struct radix_tree_root cache;
};
#define SWP_USED    1 /* this number is taken */
#define SWP_WRITEOK 2 /* pages may be written to it */

/* swap_map: the count, and whether the swap cache uses the slot, too. */
#define SWAP_HAS_CACHE 0x8000
#define SWAP_MAP_BAD   0x7fff /* never used: the header, or a bad block */
#define SWAP_MAP_MAX   0x7ffe

extern struct swap_info_struct swap_info[MAX_SWAPFILES];
extern unsigned int nr_swapfiles; /* numbers that were ever used */
extern struct list_head swap_active_head;

/* ---- swapfile.c ---- */
/* An area with a number that no other has; NULL: there is none left. */
struct swap_info_struct *alloc_swap_info(void);
/* Begin to use the slots of an area (again). Its prio is set. */
void insert_swap_info(struct swap_info_struct *si);
/* Nobody gets a slot of it any more. */
void remove_swap_info(struct swap_info_struct *si);
/* The area is no more: nobody uses a slot. Its number is free then. Sleeps. */
void free_swap_info(struct swap_info_struct *si);

static inline struct swap_info_struct *swp_swap_info(swp_entry_t entry)
{
	return &swap_info[swp_type(entry)];
}
/* ---- swap_state.c ---- */
/* The swap cache is the only user of the slot: the page leaves it, if it is not mapped, or if slots
   are short. Does not sleep. */
void try_to_reclaim_swap(struct swap_info_struct *si, unsigned long offset);
/* The slot is free: the shadow of its page is of no use any more. */
void clear_shadow_from_swap_cache(swp_entry_t entry);

/* ---- swap_fault.c: page_table_lock ---- */
/* Replace the swap entry in *pte by the locked page, which is uptodate. The caller's reference
   becomes the entry's. flags: FAULT_FLAG_. => what the entry holds now. */
pte_t map_swapped_page(struct vm_area_struct *vma, unsigned long address, pte_t *pte,
		       struct page *page, unsigned int flags);
/* Replace it by one that says that the page is lost, because it could not be read. */
void lose_swapped_page(struct mm_struct *mm, unsigned long address, pte_t *pte,
		       const struct page *page);

/* ---- swap_check.c ---- */
#if MAPIX_DEBUG
/* Panic if the slots of the areas do not count what there is. May sleep. */
void swap_check(void);
#else
static inline void swap_check(void)
{
}
#endif

#endif
