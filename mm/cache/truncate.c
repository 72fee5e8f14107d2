/*
 * Taking pages out of the page cache that can be read again: what a program, or the owner of a
 * device, says is not needed any more. (Truncation, which takes out pages that are no longer part
 * of their file, is in pagecache.c.)
 */
#include "kernel/sched/sched.h"
#include "mm/cache/lru.h"
#include "mm/cache/pagecache.h"
#include "mm/phys/page.h"

/* References to a page that nobody uses, beside those of its mappings: the cache's and ours. */
#define UNUSED_REFERENCES 2

/* Remove a locked page unless something is lost or somebody uses it. */
static bool invalidate_page(struct page *page)
{
	if (PageDirty(page) || PageWriteback(page) || page_count(page) > UNUSED_REFERENCES)
		return false;
	delete_from_page_cache(page);
	return true;
}

unsigned long invalidate_mapping_pages(struct address_space *mapping, pgoff_t start, pgoff_t end)
{
	unsigned long index = start, gone = 0;
	struct page *page;

	if (mapping->flags & AS_UNEVICTABLE)
		return 0;
	while ((page = radix_tree_find(&mapping->pages, &index)) && index <= end) {
		if (xa_is_value(page)) {
			radix_tree_delete(&mapping->pages, index);
		} else if (trylock_page(page)) {
			get_page(page);
			if (invalidate_page(page))
				gone++;
			else
				deactivate_file_page(page);
			unlock_page(page);
			put_page(page);
		}
		if (index++ == end)
			break;
		cond_resched();
	}
	return gone;
}
