/*
 * Reclaim, compaction and migration: freeing and moving pages.
 */
#ifndef MM_RECLAIM_RECLAIM_H
#define MM_RECLAIM_RECLAIM_H

#include "kernel/abi/types.h"

struct page;

/* ---- vmscan.c ---- */
/* Boot: registers the reclaim and OOM functions with the page allocator. */
void reclaim_init(void);
/* Drop clean unmapped pages: all (drop_caches), or about `nr`; number dropped. */
unsigned long shrink_page_cache(unsigned long nr);
extern int vm_swappiness; /* /proc/sys/vm/swappiness, 0 to 200 */

/* ---- compaction.c ---- */
/* Move pages until the free frames form large blocks. Reschedules. */
void compact_memory(void);

/* ---- migrate.c ---- */
/* Does the page belong to a program or a file? The kernel's own pages (the zero page, the vdso) do
   not. */
bool is_user_page(const struct page *page);
/*
 * Replace a locked page by `new`. The caller holds a reference to the page; all other references
 * must be those of its mappings and its file. Consumes the caller's reference to new, even on
 * failure. 0, or -EBUSY if the page has other users.
 */
int migrate_page(struct page *page, struct page *new);

#endif
