/*
 * Page migration: moves the contents of a user or file page to another frame, transparently to its
 * users. It serves frames with failing memory (memory_failure.c) and compaction (compaction.c).
 */
#include "mm/reclaim/reclaim.h"
#include "mm/cache/page_writeback.h"
#include "mm/internal.h"
#include "mm/mm_trace.h"
#include "mm/phys/vmstat.h"
#include "mm/phys/highmem.h"
#include "mm/swap/swap.h"
#include <linux/errno.h>

#define MIGRATED_FLAGS                                                                \
	(BIT(PG_referenced) | BIT(PG_uptodate) | BIT(PG_dirty) | BIT(PG_swapbacked) | \
	 BIT(PG_error) | BIT(PG_active) | BIT(PG_workingset))

bool is_user_page(const struct page *page)
{
	return !PageCompound(page) && (PageAnon(page) || page_mapping(page));
}

/* Replace a locked page by its copy, in its file and in all mappings. Returns false, with nothing
   changed, if not all of its mappings were found. */
static bool replace_page_cache_page(struct page *page, struct page *new)
{
	struct address_space *mapping = page->mapping;

	new->mapping = mapping;
	new->index = page->index;
	lru_cache_add(new);
	if (!move_rmap(page, new)) {
		lru_cache_del(new);
		new->mapping = NULL;
		return false;
	}
	radix_tree_replace(&mapping->pages, page->index, new);
	dirty_page_moved(page, new);
	get_page(new);
	page->mapping = NULL;
	put_page(page);
	return true;
}

int migrate_page(struct page *page, struct page *new)
{
	int users = 1 + page_mapcount(page) + !PageAnon(page);
	bool moved = false;

	if (PageSwapCache(page)) /* if it has to stay there, it cannot move */
		try_to_free_swap(page);

	if (page_count(page) == users && !PagePrivate(page) && !PageWriteback(page)) {
		copy_highpage(new, page);
		if (trace_on(TRACE_COPY))
			trace_copy(page_to_pfn(page), page_to_pfn(new));
		new->flags |= page->flags &MIGRATED_FLAGS;
		moved = PageAnon(page) ? move_rmap(page, new) : replace_page_cache_page(page, new);
	}
	if (moved)
		lru_cache_del(page); /* the caller may keep it for long */
	put_page(new);		     /* the entries and the cache have their own references */
	count_vm_event(moved ? PGMIGRATE_SUCCESS : PGMIGRATE_FAIL);
	return moved ? 0 : -EBUSY;
}
