/*
 * Swap: disks and files to which anonymous memory, and that of tmpfs, is written when memory is
 * short. docs/swap.md explains it.
 *
 * Each swap area is an array of slots, one page each. A slot counts its users: page-table entries
 * and places in files of tmpfs, and the swap cache. The swap cache finds the page that is in memory
 * while its slot is in use: such a page has PG_swapcache, its entry in ->private, and one reference
 * of the cache.
 */
#ifndef MM_SWAP_SWAP_H
#define MM_SWAP_SWAP_H

#include "mm/cache/pagecache.h"
#include "mm/mm_types.h"
#include "mm/phys/swapops.h"

struct page;
struct seq_file;
struct swap_info_struct;
struct vm_fault;
struct writeback_control;

/* ---- swapon.c, swapoff.c: the calls ---- */
/* swapon(2) and swapoff(2): 0 or -errno. swapoff brings back every page of the area: -ENOMEM if
   there is not enough memory for them, -EINTR if a signal comes meanwhile. Sleep. */
int do_swapon(const char __user *uname, int flags);
int do_swapoff(const char __user *uname);
/* swapfile.c: one line of /proc/swaps for each area, by number. */
void show_swap_areas(struct seq_file *m);

/* ---- swap_map.c: slots ---- */
/* Slots of all areas in use, and free ones among them. */
extern long nr_swap_pages, total_swap_pages;
static inline long get_nr_swap_pages(void)
{
	return nr_swap_pages;
}
/* Is more than half of all slots in use? Then pages that are in memory again give theirs back. */
static inline bool vm_swap_full(void)
{
	return nr_swap_pages * 2 < total_swap_pages;
}
/* A free slot of the area with the highest priority, which the swap cache then uses. An entry with
   val 0: there is none. May sleep if the map is long. */
swp_entry_t get_swap_page(void);
/* One more page-table entry, or file of tmpfs, uses the slot, which is in use. 0; or -ENOMEM, if it
   has too many users. Does not sleep. */
int swap_duplicate(swp_entry_t entry);
/* One less. The last user but the swap cache may free the slot. Does not sleep. */
void swap_free(swp_entry_t entry);
/* The same; and if the swap cache is the only user left, the page goes too, if nobody uses it. Does
   not sleep. */
void free_swap_and_cache(swp_entry_t entry);
/* The area of an entry that the caller does not keep in use: it does not go away before
   put_swap_device(). NULL: it is gone, or the slot is free. */
struct swap_info_struct *get_swap_device(swp_entry_t entry);
void put_swap_device(struct swap_info_struct *si);
/* Users of a slot, without the swap cache. */
unsigned int swap_count(swp_entry_t entry);

/* ---- swap_state.c: the swap cache ---- */
/* Boot: how far to read ahead. */
void swap_setup(void);
extern int page_cluster;	    /* /proc/sys/vm/page-cluster: log2 of the pages to read */
extern unsigned long nr_swapcached; /* pages in the swap cache */
/* The entry of a page in the swap cache. */
static inline swp_entry_t page_swap_entry(const struct page *page)
{
	return (swp_entry_t){page_private(page)};
}
/* Give a locked page of anonymous memory (or of tmpfs), which is uptodate and not in the swap
   cache, a slot, and add it to the swap cache: it is dirty then. False: no slot, or no memory. May
   sleep, but does not wait for memory. */
bool add_to_swap(struct page *page);
/* Remove a locked page, which is not being written, from the swap cache, and drop the reference of
   the cache. The slot is free then, unless an entry names it. */
void delete_from_swap_cache(struct page *page);
/* The same for reclaim, which leaves a shadow in the place of the page. */
void __delete_from_swap_cache(struct page *page, void *shadow);
/* The swap cache does not use the slot any more. In swap_map.c. */
void put_swap_page(swp_entry_t entry);
/* A locked page leaves the swap cache, unless it is being written or something else refers to its
   slot. It is dirty then. => did it? */
bool try_to_free_swap(struct page *page);
/* The last mapping of the page has gone: it leaves the swap cache, if it can be locked at once and
   nobody else needs its slot. */
void free_swap_cache(struct page *page);
/* A page in the swap cache needs its slot no more: if its only users are one mapping and the swap
   cache, it leaves that, if it can. Does not sleep. */
void leave_swap_cache(struct page *page);
/* The page of an entry in use, if it is in memory, with a reference; NULL. For a fault; and for
   those who only look. */
struct page *lookup_swap_cache(swp_entry_t entry);
struct page *find_swap_page(swp_entry_t entry);
/* The same, but it is read if it is not in memory, for a fault together with its neighbours: locked
   until that is done, and uptodate if it succeeded. NULL: no memory, or the slot is free. Sleep. */
struct page *swapin_readahead(swp_entry_t entry);
struct page *read_swap_cache(swp_entry_t entry);

/* ---- page_io.c ---- */
/* Start to write a locked page of the swap cache that clear_page_dirty_for_io() has made clean, to
   its slot, and unlock it; if nobody needs the slot any more, it leaves the swap cache instead. If
   that fails, it is dirty again. 0. Sleeps. */
int swap_writepage(struct page *page, struct writeback_control *wbc);
/* Start to read a locked page of the swap cache, which is unlocked then. Sleeps. */
void swap_readpage(struct page *page);
/* Tests: all reads and writes of slots fail after this many; -1: never. */
extern long fail_swap_io_after;

/* ---- swap_fault.c: page-table entries. page_table_lock. ---- */
/* Replace the entry, which maps an anonymous page of the swap cache, by its swap entry, and count
   it so. The caller flushes the TLB, marks the page dirty if the entry was, and takes mapping and
   reference away. False: it must stay. */
bool swap_out_pte(struct vm_area_struct *vma, unsigned long address, pte_t *pte, struct page *page);
/* fork: the child's entry becomes a copy of one that is neither empty nor present. The page, if
   there is one, is shared from now on. 0, or -ENOMEM: it has too many users. */
int copy_swap_pte(struct mm_struct *dst_mm, unsigned long addr, pte_t *dst, pte_t pte);
/* An entry that was not present has been cleared. */
void forget_swap_pte(struct mm_struct *mm, pte_t pte);
/* Read the pages of [start, end) that are in swap into the swap cache. mmap_sem r, without
   page_table_lock; sleeps. */
void swapin_range(struct vm_area_struct *vma, unsigned long start, unsigned long end);
/* The same for pages [start, end) of a file of tmpfs. */
void swapin_mapping(struct address_space *mapping, pgoff_t start, pgoff_t end);
/* A fault on the entry vmf->orig_pte, which says that the page is in swap: map it. What handles a
   fault returns, VM_FAULT_SIGBUS if the page could not be read. mmap_sem r, without
   page_table_lock; sleeps. */
vm_fault_t do_swap_page(struct vm_fault *vmf);

#endif
