/*
 * When memory is short: what can be freed, and what can be moved.
 */
#ifndef MM_RECLAIM_RECLAIM_H
#define MM_RECLAIM_RECLAIM_H

#include "kernel/abi/types.h"

struct page;

/* ---- vmscan.c ---- */
/* Boot: the page allocator learns whom to ask when it is short of memory. */
void reclaim_init(void);
/* Drop clean unmapped pages: all (drop_caches), or about `nr`; number dropped. */
unsigned long shrink_page_cache(unsigned long nr);
extern int vm_swappiness; /* /proc/sys/vm/swappiness, 0 to 200 */

/* ---- compaction.c ---- */
/* Move pages until what is free lies in large blocks. Lets others run. */
void compact_memory(void);

/* ---- migrate.c ---- */
/* Does the page belong to a program or a file? The kernel's own (the page of zeros, the vdso) do
 * not. */
bool is_user_page(const struct page *page);
/*
 * Put `new` in the place of a locked page to which the caller has a reference, and nobody else but
 * who maps it and its file. Takes the reference to new over. 0, or -EBUSY: somebody uses the page.
 */
int migrate_page(struct page *page, struct page *new);

#endif
