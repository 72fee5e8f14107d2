/*
 * Checks of lab 7 that run in the kernel: dirty pages, and how they are written.
 */
#include "labs/file-mappings/own_file.h"
#include "kernel/lib/util.h"
#include "mm/cache/page_writeback.h"
#include "mm/internal.h"
#include "mm/layout.h"
#include "mm/phys/gfp.h"
#include <linux/errno.h>
#include <linux/mman.h>

/* ---- dirty pages ---- */

/* Make a page dirty by hand. */
static void make_dirty(struct page *page)
{
	SetPageDirty(page);
	radix_tree_tag_set(&page->mapping->pages, page->index, PAGECACHE_TAG_DIRTY);
	nr_file_dirty++;
}

static bool has_tag(struct page *page, unsigned int tag)
{
	unsigned long index = page->index;

	return radix_tree_find_tag(&page->mapping->pages, &index, tag) == page;
}

KERNEL_CHECK(a_page_becomes_dirty_once)
{
	struct file *f = new_file(70 * PAGE_SIZE);
	struct page *page = page_of(f, check_random_below(70));
	unsigned long dirty = nr_file_dirty, dirtied = nr_dirtied;
	u64 bytes = current->ioac.write_bytes;

	for (int i = 0; i < 2; i++) {
		EXPECT(set_page_dirty(page) == !i, "call %d of set_page_dirty(): wanted %s", i + 1,
		       i ? "false, the page is dirty already" : "true, the page was clean");
		EXPECT(PageDirty(page), "set_page_dirty(): PG_dirty is not set");
		EXPECT(has_tag(page, PAGECACHE_TAG_DIRTY),
		       "set_page_dirty(): the page has no tag DIRTY in its file's tree, so "
		       "write-back will not find it");
		EXPECT_EQ("nr_file_dirty, which has to grow by one", nr_file_dirty - dirty, 1);
		EXPECT_EQ("nr_dirtied, which has to grow by one", nr_dirtied - dirtied, 1);
		EXPECT_EQ("write_bytes of the task, which has to grow by 4096",
			  current->ioac.write_bytes - bytes, PAGE_SIZE);
		EXPECT(f->f_mapping->host->i_state & I_DIRTY_PAGES,
		       "set_page_dirty(): the inode does not know that it has a dirty page "
		       "(mapping_dirtied_hook)");
	}
}

/* Pages of tmpfs, and anonymous ones. */
KERNEL_CHECK(pages_without_a_disk_are_never_written)
{
	struct file *f = new_file(4 * PAGE_SIZE);
	struct page *page = page_of(f, 1), *anon = alloc_page(GFP_KERNEL);
	unsigned long dirty = nr_file_dirty, dirtied = nr_dirtied;

	EXPECT(anon, "no memory for a page");
	f->f_mapping->flags |= AS_UNEVICTABLE;
	EXPECT(set_page_dirty(page), "set_page_dirty() of a clean page: wanted true, seen false");
	EXPECT(PageDirty(page), "set_page_dirty() of a page of tmpfs: PG_dirty is not set");
	EXPECT(!has_tag(page, PAGECACHE_TAG_DIRTY),
	       "set_page_dirty() of a page of tmpfs: the page gets the tag DIRTY, but there is no "
	       "disk to write it to");
	EXPECT(set_page_dirty(anon),
	       "set_page_dirty() of a page without a file: wanted true, seen false");
	EXPECT(PageDirty(anon), "set_page_dirty() of a page without a file: PG_dirty is not set");
	EXPECT_EQ("nr_file_dirty after that, which must not change", nr_file_dirty - dirty, 0);
	EXPECT_EQ("nr_dirtied after that, which must not change", nr_dirtied - dirtied, 0);
}

static bool clear_dirty(struct page *page)
{
	bool was;

	lock_page(page);
	was = clear_page_dirty_for_io(page);
	unlock_page(page);
	return was;
}

KERNEL_CHECK(a_page_is_clean_before_it_is_written)
{
	struct file *f = new_file(10 * PAGE_SIZE);
	struct page *page = page_of(f, check_random_below(10));
	unsigned long dirty = nr_file_dirty;

	make_dirty(page);
	EXPECT(clear_dirty(page),
	       "clear_page_dirty_for_io() of a dirty page: wanted true, seen false");
	EXPECT(!PageDirty(page), "clear_page_dirty_for_io(): PG_dirty is still set");
	EXPECT_EQ("nr_file_dirty, compared with before the page was dirty", nr_file_dirty - dirty,
		  0);
	EXPECT(has_tag(page, PAGECACHE_TAG_DIRTY), "clear_page_dirty_for_io(): the tag DIRTY is "
						   "gone; it has to stay until the writing begins");
	EXPECT(!clear_dirty(page),
	       "clear_page_dirty_for_io() of a clean page: wanted false, seen true");
	EXPECT_EQ("nr_file_dirty after a second call", nr_file_dirty - dirty, 0);
}

/* Only an entry knows of the store. */
KERNEL_CHECK(a_store_that_only_the_entry_knows_is_found)
{
	struct file *f = new_file(PAGE_SIZE);
	const char *call = "clear_page_dirty_for_io() of a clean page with a dirty entry";
	unsigned long dirty = nr_file_dirty;
	struct vm_area_struct *vma;
	struct page *page;

	check_mm();
	vma = map_file(f, LOW, 1, RW, MAP_SHARED, 0);
	page = map_page(vma, LOW, PAGE_SHARED, _PAGE_DIRTY);
	EXPECT(clear_dirty(page), "%s: wanted true, seen false", call);
	EXPECT(!PageDirty(page), "%s: the page is dirty afterwards", call);
	EXPECT(!pte_write(entry_at(vma->vm_mm, LOW)),
	       "%s: the entry is still writable, so the next store will be lost", call);
	EXPECT_EQ(check_text("%s: change of nr_file_dirty", call), nr_file_dirty - dirty, 0);
}

/* ---- write_cache_pages ---- */

#define MOST_WRITTEN 32

/* What the writepage of the checks is to do, and which pages it was called for. */
struct written {
	pgoff_t index[MOST_WRITTEN];
	unsigned int nr;
	int error_at;	      /* the call that fails with -EIO, from 1 on; 0: none */
	struct page *disturb; /* with the first call, this page becomes dirty */
};

static int note_page(struct page *page, struct writeback_control *wbc, void *data)
{
	struct written *written = data;

	EXPECT(PageLocked(page),
	       "write_cache_pages(): writepage is called for a page that is not locked");
	EXPECT(!PageDirty(page),
	       "write_cache_pages(): writepage is called for a page that is still dirty");
	if (written->nr < MOST_WRITTEN)
		written->index[written->nr] = page->index;
	written->nr++;
	if (written->nr == 1 && written->disturb)
		make_dirty(written->disturb);
	unlock_page(page);
	return written->nr == written->error_at ? -EIO : 0;
}

static int write_range(struct file *f, enum writeback_sync_modes mode, long nr, loff_t start,
		       loff_t end, struct written *written)
{
	struct writeback_control wbc = {
		.sync_mode = mode, .nr_to_write = nr, .range_start = start, .range_end = end};

	return write_cache_pages(f->f_mapping, &wbc, note_page, written);
}

static void expect_written_pages(const char *call, const struct written *written, unsigned int nr,
				 const pgoff_t *wanted)
{
	for (unsigned int i = 0; i < min(nr, written->nr); i++)
		EXPECT_EQ(check_text("%s: the page of call %u of writepage", call, i + 1),
			  written->index[i], wanted[i]);
	EXPECT_EQ(check_text("%s: calls of writepage", call), written->nr, nr);
}

/* A file of n pages in memory, of which those in the list are dirty. */
static struct file *dirty_file(unsigned int n, const pgoff_t *dirty, unsigned int nr)
{
	struct file *f = new_file(n * PAGE_SIZE);

	for (unsigned int i = 0; i < n; i++)
		put_page(page_of(f, i));
	for (unsigned int i = 0; i < nr; i++) {
		struct page *page = page_of(f, dirty[i]);

		make_dirty(page);
		put_page(page);
	}
	return f;
}

KERNEL_CHECK(nothing_dirty_is_nothing_to_write)
{
	struct file *f = dirty_file(4, NULL, 0);
	struct written written = {0};

	EXPECT_EQ("write_cache_pages() of a file without dirty pages",
		  write_range(f, WB_SYNC_ALL, ALL_PAGES, 0, ALL_BYTES, &written), 0);
	EXPECT_EQ("calls of writepage for a file without dirty pages", written.nr, 0);
}

KERNEL_CHECK(dirty_pages_are_written_in_order)
{
	static const pgoff_t dirty[] = {70, 3, 65, 4, 0};
	static const pgoff_t sorted[] = {0, 3, 4, 65, 70};
	struct file *f = dirty_file(80, dirty, ARRAY_SIZE(dirty));
	const char *call = "write_cache_pages(WB_SYNC_ALL) of all bytes";
	struct written written = {0};

	/* a file is written completely, whatever nr_to_write says */
	EXPECT_EQ(call, write_range(f, WB_SYNC_ALL, 1, 0, ALL_BYTES, &written), 0);
	expect_written_pages(call, &written, ARRAY_SIZE(sorted), sorted);
	for (unsigned int i = 0; i < ARRAY_SIZE(sorted); i++) {
		struct page *page = page_of(f, sorted[i]);

		EXPECT(!PageLocked(page), "%s: page %lu stays locked", call, sorted[i]);
		EXPECT_EQ(check_text("%s: references of page %lu (cache, check)", call, sorted[i]),
			  page_count(page), 2);
	}
}

KERNEL_CHECK(only_the_range_is_written)
{
	static const pgoff_t dirty[] = {1, 2, 3, 4, 5, 6};
	unsigned int first = 2 + check_random_below(2), last = first + check_random_below(3);
	struct file *f = dirty_file(10, dirty, ARRAY_SIZE(dirty));
	loff_t start = first * PAGE_SIZE + check_random_below(PAGE_SIZE);
	loff_t end = last * PAGE_SIZE + PAGE_SIZE - 1;
	const char *call = check_text("write_cache_pages(WB_SYNC_ALL) of the bytes %#lx to %#lx",
				      (unsigned long)start, (unsigned long)end);
	struct written written = {0};

	EXPECT_EQ(call, write_range(f, WB_SYNC_ALL, ALL_PAGES, start, end, &written), 0);
	expect_written_pages(call, &written, last - first + 1, dirty + first - 1);
}

KERNEL_CHECK(the_flusher_writes_so_many_and_waits_for_none)
{
	static const pgoff_t dirty[] = {1, 2, 3, 5}, wanted[] = {1, 3};
	struct file *f = dirty_file(10, dirty, ARRAY_SIZE(dirty));
	const char *call = "write_cache_pages(WB_SYNC_NONE, 2 pages), page 2 being locked";
	struct page *locked = page_of(f, 2);
	struct written written = {0};

	lock_page(locked);
	EXPECT_EQ(call, write_range(f, WB_SYNC_NONE, 2, 0, ALL_BYTES, &written), 0);
	expect_written_pages(call, &written, ARRAY_SIZE(wanted), wanted);
	EXPECT_EQ(check_text("%s: references of page 2 (cache, check)", call), page_count(locked),
		  2);
}

KERNEL_CHECK(an_error_does_not_stop_the_rest)
{
	static const pgoff_t dirty[] = {1, 4, 7};
	struct file *f = dirty_file(10, dirty, ARRAY_SIZE(dirty));
	const char *call = "write_cache_pages(WB_SYNC_ALL), the first of three pages failing";
	struct written written = {.error_at = 1};

	EXPECT_EQ(call, write_range(f, WB_SYNC_ALL, ALL_PAGES, 0, ALL_BYTES, &written), -EIO);
	expect_written_pages(call, &written, ARRAY_SIZE(dirty), dirty);
}

/* A page that becomes dirty behind the beginning is left for the next time. */
KERNEL_CHECK(a_complete_write_out_ends)
{
	static const pgoff_t dirty[] = {1, 3};
	struct file *f = dirty_file(10, dirty, ARRAY_SIZE(dirty));
	const char *call = "write_cache_pages(WB_SYNC_ALL), while page 6 becomes dirty";
	struct written written = {.disturb = page_of(f, 6)};

	EXPECT_EQ(call, write_range(f, WB_SYNC_ALL, ALL_PAGES, 0, ALL_BYTES, &written), 0);
	expect_written_pages(call, &written, ARRAY_SIZE(dirty), dirty);
	EXPECT(PageDirty(written.disturb), "%s: page 6 is clean, but was not written", call);
}
