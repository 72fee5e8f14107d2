/*
 * Lab 9, reclaim and swap: a swap area of the check's own, on a disk of its own, and pages that are
 * looked at as reclaim does. What is counted here is counted by hand, so that a check needs no
 * function of the lab but its own.
 */
#ifndef LABS_RECLAIM_AREA_H
#define LABS_RECLAIM_AREA_H

#include "kernel/checks/pages.h"
#include "mm/reclaim/vmscan.h"
#include "mm/swap/internal.h"

#define SLOTS 64 /* of the area, with its header */

/* What the disk has done since put_area(), and whether it returns errors. */
extern struct what_the_disk_does {
	unsigned int reads, writes;
	bool broken;
} disk;

/* A new area, with a random number, from which slots are given out at a random place; there is no
   other. The checks' only one. */
struct swap_info_struct *put_area(void);
/* The end of it: what is in its swap cache leaves that, and mm is not looked into any more. */
void remove_area(struct swap_info_struct *si, struct mm_struct *mm);

/* A page of the swap cache, each byte of which is `byte`, with a slot of the area and a reference
   of the check: no entry names it. */
struct page *cached_page(unsigned char byte);
/* A slot that holds such bytes, while no page of memory does. */
swp_entry_t slot_on_disk(struct swap_info_struct *si, unsigned char byte);
/* Let the entry of addr name the slot, which counts it then. */
void name_slot(struct mm_struct *mm, unsigned long addr, swp_entry_t entry);
/* The number in swap_map of the slot. */
u16 *map_entry(swp_entry_t entry);

/* A private anonymous mapping of so many pages, none of which is there, with its anon_vma. */
struct vm_area_struct *anon_mapping(struct mm_struct *mm, unsigned long pages, int prot);
/* Set or clear the accessed bit of an entry. */
void set_used(struct mm_struct *mm, unsigned long addr, bool used);
/* Hand an inactive or active page to reclaim, which starts no write. => pages freed (0 or 1). */
unsigned long look_at_page(struct page *page, bool ignore_references);

#endif
