/*
 * The page cache: the pages of files, found by (file, page index). One cache serves read, write,
 * exec and mmap, so they always see the same bytes.
 *
 * A page enters locked and not uptodate; the file system's readpage fills it and unlocks it. The
 * cache holds one reference to each of its pages. Clean unmapped pages stay until memory is short.
 */
#include "mm/cache/pagecache.h"
#include "kernel/core/panic.h"
#include "kernel/lib/err.h"
#include "kernel/locking/wait.h"
#include "kernel/sched/sched.h"
#include "mm/cache/lru.h"
#include "mm/cache/page_writeback.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"

static unsigned long cache_pages, shmem_pages;
static DECLARE_WAIT_QUEUE_HEAD(page_wait); /* for the lock or the write of any page */

unsigned long nr_file_pages(void)
{
	return cache_pages;
}

unsigned long nr_shmem_pages(void)
{
	return shmem_pages;
}

/* ---- the page lock ---- */

/*
 * Is the page locked? If so, set PG_waiters, so that the unlock will wake the waiters. Must be
 * called at each check: unlocking clears the bit, and another task may take the lock before a woken
 * waiter runs.
 */
static bool locked_with_waiters(struct page *page)
{
	if (!PageLocked(page))
		return false;
	SetPageWaiters(page);
	return true;
}

static void wait_on_page_locked(struct page *page)
{
	wait_event(page_wait, !locked_with_waiters(page));
}

void lock_page(struct page *page)
{
	might_sleep();
	while (!trylock_page(page))
		wait_event(page_wait, !locked_with_waiters(page));
}

void wake_up_page(struct page *page)
{
	if (TestClearPageWaiters(page))
		wake_up_all(&page_wait);
}

void unlock_page(struct page *page)
{
	BUG_ON(!PageLocked(page));
	ClearPageLocked(page);
	wake_up_page(page);
}

static bool writeback_with_waiters(struct page *page)
{
	if (!PageWriteback(page))
		return false;
	SetPageWaiters(page);
	return true;
}

void wait_on_page_writeback(struct page *page)
{
	might_sleep();
	wait_event(page_wait, !writeback_with_waiters(page));
}

/* ---- finding, adding, removing ---- */

struct page *find_get_page(struct address_space *mapping, pgoff_t index)
{
	struct page *page = radix_tree_lookup(&mapping->pages, index);

	if (!page || xa_is_value(page))
		return NULL;
	get_page(page);
	return page;
}

struct page *find_lock_page(struct address_space *mapping, pgoff_t index)
{
	struct page *page;

	while ((page = find_get_page(mapping, index))) {
		lock_page(page);
		if (page->mapping == mapping)
			return page;
		unlock_page(page); /* truncated while we waited */
		put_page(page);
	}
	return NULL;
}

int mapping_swapin(struct address_space *mapping, pgoff_t index)
{
	int err = 0;

	if (mapping_has_shadows(mapping))
		return 0;
	while (!err && xa_is_value(radix_tree_lookup(&mapping->pages, index)))
		err = mapping->a_ops->swapin(mapping, index);
	return err;
}

/* The page leaves the tree, in which a value takes its place if it is not NULL. */
static void leave_page_cache(struct page *page, void *value)
{
	struct address_space *mapping = page->mapping;

	if (value)
		radix_tree_replace(&mapping->pages, page->index, value);
	else
		radix_tree_delete(&mapping->pages, page->index);
	mapping->nrpages--;
	cache_pages--;
	if (PageSwapBacked(page))
		shmem_pages--;
	page->mapping = NULL;
	put_page(page);
}

void page_cache_to_value(struct page *page, void *value)
{
	BUG_ON(!PageLocked(page) || page_mapped(page) || !PageSwapBacked(page));
	leave_page_cache(page, value);
}

void page_cache_from_value(struct page *page, struct address_space *mapping, pgoff_t index)
{
	BUG_ON(!PageLocked(page) || page->mapping);
	radix_tree_replace(&mapping->pages, index, page);
	get_page(page);
	page->mapping = mapping;
	page->index = index;
	mapping->nrpages++;
	cache_pages++;
	shmem_pages++;
}

int add_to_page_cache(struct page *page, struct address_space *mapping, pgoff_t index, gfp_t gfp)
{
	void *shadow = NULL;
	int err;

	if (mapping_has_shadows(mapping))
		err = radix_tree_insert_over_value(&mapping->pages, index, page, &shadow);
	else
		err = radix_tree_insert(&mapping->pages, index, page);
	if (err)
		return err;
	get_page(page);
	SetPageLocked(page);
	page->mapping = mapping;
	page->index = index;
	mapping->nrpages++;
	cache_pages++;
	if (mapping->flags & AS_UNEVICTABLE) {
		SetPageSwapBacked(page);
		shmem_pages++;
	}
	/* nobody has missed what is going to be written over */
	if (shadow && !(gfp & __GFP_WRITE))
		workingset_refault(page, shadow);
	lru_cache_add(page);
	return 0;
}

void __delete_from_page_cache(struct page *page, void *shadow)
{
	BUG_ON(!PageLocked(page) || PageWriteback(page));
	cancel_dirty_page(page);
	if (PagePrivate(page))
		page->mapping->a_ops->freepage(page);
	leave_page_cache(page, shadow);
}

void delete_from_page_cache(struct page *page)
{
	__delete_from_page_cache(page, NULL);
}

struct page *find_or_create_page(struct address_space *mapping, pgoff_t index, gfp_t gfp)
{
	for (;;) {
		int err = mapping_swapin(mapping, index);
		struct page *page = err ? ERR_PTR(err) : find_lock_page(mapping, index);

		if (page)
			return page;
		page = alloc_page(gfp);
		if (!page)
			return ERR_PTR(-ENOMEM);
		err = add_to_page_cache(page, mapping, index, gfp);
		if (!err)
			return page;
		put_page(page);
		if (err != -EEXIST)
			return ERR_PTR(err);
	}
}

/* ---- reading ---- */

/* Fill a locked page; waits. The page stays referenced. */
static int fill_page(struct address_space *mapping, struct page *page, struct file *f)
{
	int err;

	ClearPageError(page);
	if (trace_on(TRACE_READ))
		trace_file_page(TRACE_READ, page);
	err = mapping->a_ops->readpage(f, page);
	if (err)
		return err;
	wait_on_page_locked(page);
	return PageUptodate(page) ? 0 : -EIO;
}

static struct page *read_missing_page(struct address_space *mapping, pgoff_t index, struct file *f)
{
	struct page *page = find_or_create_page(mapping, index, mapping->gfp_mask);
	int err;

	if (IS_ERR(page))
		return page;
	if (PageUptodate(page)) {
		unlock_page(page);
		return page;
	}
	err = fill_page(mapping, page, f);
	if (!err)
		return page;
	put_page(page);
	return ERR_PTR(err);
}

struct page *read_mapping_page(struct address_space *mapping, pgoff_t index, struct file *f)
{
	struct page *page = find_get_page(mapping, index);

	if (page && PageUptodate(page))
		return page;
	if (page)
		put_page(page);
	down_read(&mapping->invalidate_lock);
	page = read_missing_page(mapping, index, f);
	up_read(&mapping->invalidate_lock);
	return page;
}

/* ---- truncation ---- */

/* Clear the rest of the last page beyond the new end: it must read as zeros if the file grows
   again. */
static void zero_tail_of_page(struct address_space *mapping, loff_t from)
{
	unsigned int offset = from & ~PAGE_MASK;
	struct page *page;

	if (!offset || mapping_swapin(mapping, from >> PAGE_SHIFT))
		return;
	page = find_lock_page(mapping, from >> PAGE_SHIFT);
	if (!page)
		return;
	wait_on_page_writeback(page); /* blocks of the rest are going to be freed */
	ClearPageMappedToDisk(page);
	zero_user(page, offset, PAGE_SIZE - offset);
	unlock_page(page);
	put_page(page);
}

void truncate_inode_page(struct page *page)
{
	wait_on_page_writeback(page);
	/* a fault may have mapped it again since the file was unmapped; private copies stay */
	if (page_mapped(page))
		unmap_mapping_range(page->mapping, (loff_t)page->index << PAGE_SHIFT, PAGE_SIZE,
				    false);
	delete_from_page_cache(page);
}

/* The value at index goes, too: nobody will want the page again. */
static void truncate_value(struct address_space *mapping, pgoff_t index)
{
	if (mapping_has_shadows(mapping))
		radix_tree_delete(&mapping->pages, index);
	else
		mapping->a_ops->drop_value(mapping, index);
}

void truncate_whole_pages(struct address_space *mapping, pgoff_t index, pgoff_t end)
{
	struct page *page;

	/* what was found may go as soon as another task runs */
	for (; (page = radix_tree_find(&mapping->pages, &index)) && index < end; cond_resched()) {
		if (xa_is_value(page)) {
			truncate_value(mapping, index++);
			continue;
		}
		get_page(page);
		lock_page(page);
		if (page->mapping == mapping) { /* else it has gone, or to swap */
			truncate_inode_page(page);
			index++;
		}
		unlock_page(page);
		put_page(page);
	}
}

void truncate_inode_pages(struct address_space *mapping, loff_t from)
{
	zero_tail_of_page(mapping, from);
	truncate_whole_pages(mapping, PFN_UP(from), ~0UL);
}
