/*
 * Moving pages: a page of a program or a file gets another frame, and nobody notices. For frames
 * that are about to break (memory_failure.c) and for making room in one piece (compaction.c).
 */
#include "mm/internal.h"
#include "mm/cache/filemap.h"
#include "mm/phys/highmem.h"
#include <linux/errno.h>

#define MIGRATED_FLAGS \
	(BIT(PG_referenced) | BIT(PG_uptodate) | BIT(PG_dirty) | BIT(PG_swapbacked) | BIT(PG_error))

bool is_user_page(const struct page *page)
{
	return PageAnon(page) || page_mapping(page);
}

int migrate_page(struct page *page, struct page *new)
{
	int users = 1 + page_mapcount(page) + !PageAnon(page);
	bool moved = false;

	if (page_count(page) == users && !PagePrivate(page)) {
		copy_highpage(new, page);
		new->flags |= page->flags &MIGRATED_FLAGS;
		moved = PageAnon(page) ? move_rmap(page, new) : replace_page_cache_page(page, new);
	}
	put_page(new); /* the entries, or the cache, have theirs */
	count_vm_event(moved ? PGMIGRATE_SUCCESS : PGMIGRATE_FAIL);
	return moved ? 0 : -EBUSY;
}
