/*
 * Read-ahead. A reader that misses a page, or comes to the page that was marked for this purpose
 * (PG_readahead), makes the pages behind it be read. It waits only for the page it wants, and the
 * others are read meanwhile. The rules for the size of a window are Linux's.
 */
#include "kernel/fs/readahead.h"
#include "kernel/fs/internal.h"
#include "kernel/lib/bitops.h"
#include "mm/phys/gfp.h"

#define READ_BATCH 64U /* pages given to the file system at a time */

/* ---- the device's part ---- */

static const struct block_device *mapping_to_bdev(const struct address_space *mapping)
{
	const struct inode *inode = mapping->host;

	return S_ISBLK(inode->i_mode) ? inode->i_bdev : inode->i_sb->s_bdev;
}

unsigned int mapping_ra_pages(const struct address_space *mapping)
{
	const struct block_device *bdev = mapping_to_bdev(mapping);

	return bdev ? bdev->queue->ra_pages : 0;
}

bool mapping_has_device(const struct address_space *mapping)
{
	return mapping_to_bdev(mapping);
}

void file_ra_state_init(struct file_ra_state *ra, const struct address_space *mapping)
{
	*ra = (struct file_ra_state){.ra_pages = mapping_ra_pages(mapping), .prev_pos = -1};
}

/* ---- reading a range ---- */

/* Pages in the cache that follow each other, locked and with a reference each. */
struct ra_batch {
	struct address_space *mapping;
	struct file *file;
	unsigned int nr;
	struct page *pages[READ_BATCH];
};

/* Start to read what has been collected. */
static void read_pages(struct ra_batch *b)
{
	const struct address_space_operations *ops = b->mapping->a_ops;

	for (unsigned int i = 0; trace_on(TRACE_READ) && i < b->nr; i++)
		trace_file_page(TRACE_READ, b->pages[i]);
	if (b->nr && ops->readpages)
		ops->readpages(b->file, b->mapping, b->pages, b->nr);
	for (unsigned int i = 0; i < b->nr; i++) {
		if (!ops->readpages)
			ops->readpage(b->file, b->pages[i]);
		put_page(b->pages[i]);
	}
	b->nr = 0;
}

/* Add the page at `index` to the batch. False: there is no memory for it. */
static bool batch_add_page(struct ra_batch *b, pgoff_t index, bool mark)
{
	gfp_t gfp = (b->mapping->gfp_mask & ~__GFP_NOFAIL) | __GFP_NORETRY | __GFP_NOWARN;
	struct page *page = alloc_page(gfp);

	if (!page)
		return false;
	if (add_to_page_cache(page, b->mapping, index, gfp)) {
		put_page(page); /* somebody else was faster, most probably */
		read_pages(b);
		return true;
	}
	if (mark)
		SetPageReadahead(page);
	b->pages[b->nr++] = page;
	if (b->nr == READ_BATCH)
		read_pages(b);
	return true;
}

/* Read nr pages from `index`, as far as the file has them and they are not in the cache. The one
   with `lookahead` pages from it to the end of them is marked. */
static void do_page_cache_ra(struct address_space *mapping, struct file *f, pgoff_t index,
			     unsigned long nr, unsigned long lookahead)
{
	struct ra_batch b = {.mapping = mapping, .file = f};
	pgoff_t end = i_size_pages(mapping->host);

	struct blk_plug plug;

	if (index >= end)
		return;
	down_read(&mapping->invalidate_lock);
	blk_start_plug(&plug);
	nr = min(nr, end - index); /* the mark is counted from the end of the file then */
	for (unsigned long i = 0; i < nr; i++) {
		pgoff_t at = index + i;

		if (at >= i_size_pages(mapping->host)) /* may change during an allocation */
			break;
		if (page_is_cached(mapping, at))
			read_pages(&b);
		else if (!batch_add_page(&b, at, i == nr - lookahead))
			break;
		cond_resched();
	}
	read_pages(&b);
	blk_finish_plug(&plug);
	up_read(&mapping->invalidate_lock);
}

void force_page_cache_readahead(struct address_space *mapping, struct file *f, pgoff_t index,
				unsigned long nr)
{
	if (!mapping->a_ops || !mapping->a_ops->readpage)
		return;
	nr = min(nr, (unsigned long)max(BDI_IO_PAGES, f->f_ra.ra_pages));
	do_page_cache_ra(mapping, f, index, nr, 0);
}

/* ---- windows ---- */

/* The first window of a reader that wants `size` pages. */
static unsigned long get_init_ra_size(unsigned long size, unsigned long max)
{
	unsigned long newsize = size > 1 ? 1UL << fls(size - 1) : 1;

	if (newsize <= max / 32)
		return newsize * 4;
	return newsize <= max / 4 ? newsize * 2 : max;
}

/* The window after the one that came true. */
static unsigned long get_next_ra_size(const struct file_ra_state *ra, unsigned long max)
{
	if (ra->size < max / 16)
		return 4 * ra->size;
	return ra->size <= max / 2 ? 2 * ra->size : max;
}

/* Pages in the cache right before `index`, less than `max`: what a sequential reader leaves. */
static unsigned long count_history_pages(const struct address_space *mapping, pgoff_t index,
					 unsigned long max)
{
	unsigned long n = 0;

	while (n + 1 < max && n < index && page_is_cached(mapping, index - 1 - n))
		n++;
	return n;
}

/* Set the window by what is in the cache before a page that was missed. False: nothing that a
   sequential reader could have left. */
static bool try_context_readahead(const struct address_space *mapping, struct file_ra_state *ra,
				  pgoff_t index, unsigned long req_size, unsigned long max)
{
	unsigned long size = count_history_pages(mapping, index, max);

	if (size <= req_size)
		return false;
	if (size >= index) /* from the beginning of the file on: all of it, probably */
		size *= 2;
	ra->start = index;
	ra->size = min(size + req_size, max);
	ra->async_size = 1;
	return true;
}

/* A marked page of a window that is not this reader's, one of several in the file: the new window
   begins behind what is in the cache, or after `max` pages. */
static void window_behind_mark(const struct address_space *mapping, struct file_ra_state *ra,
			       pgoff_t index, unsigned long req_size, unsigned long max)
{
	unsigned long n = 1;

	while (n < max && page_is_cached(mapping, index + n))
		n++;
	ra->start = index + n;
	ra->size = n + req_size;
	ra->size = get_next_ra_size(ra, max);
	ra->async_size = ra->size;
}

static void initial_window(struct file_ra_state *ra, pgoff_t index, unsigned long req_size,
			   unsigned long max)
{
	ra->start = index;
	ra->size = get_init_ra_size(req_size, max);
	ra->async_size = ra->size > req_size ? ra->size - req_size : ra->size;
}

/* Decide what to read for a reader at `index` that wants req_size pages: sets the window. False:
   the reader is not sequential, and gets what it wants alone. `marked`: it came to a page with
   PG_readahead; else there is no page. */
static bool next_window(const struct address_space *mapping, struct file_ra_state *ra,
			pgoff_t index, bool marked, unsigned long req_size, unsigned long max_pages)
{
	if (index &&
	    (index == ra->start + ra->size - ra->async_size || index == ra->start + ra->size)) {
		ra->start += ra->size;
		/* it may be larger than `max`: that of a large request */
		ra->size = max((unsigned long)ra->size, get_next_ra_size(ra, max_pages));
		ra->async_size = ra->size;
		return true;
	}
	if (index && marked) {
		window_behind_mark(mapping, ra, index, req_size, max_pages);
		return true;
	}
	/* the beginning of the file, a large request, or the page behind the last one read */
	if (!index || req_size > max_pages || index - (pgoff_t)(ra->prev_pos >> PAGE_SHIFT) <= 1) {
		initial_window(ra, index, req_size, max_pages);
		return true;
	}
	return try_context_readahead(mapping, ra, index, req_size, max_pages);
}

/* A window that begins with the page that is wanted, and would be marked there, brings the next one
   along at once. */
static void merge_next_window(struct file_ra_state *ra, unsigned long max)
{
	unsigned long add = get_next_ra_size(ra, max);

	if (ra->size + add <= max) {
		ra->async_size = add;
		ra->size += add;
	} else {
		ra->size = max;
		ra->async_size = max / 2;
	}
}

static void ondemand_readahead(struct address_space *mapping, struct file *f, pgoff_t index,
			       bool marked, unsigned long req_size)
{
	struct file_ra_state *ra = &f->f_ra;
	unsigned long max_pages = ra->ra_pages;

	if (req_size > max_pages && BDI_IO_PAGES > max_pages)
		max_pages = min(req_size, (unsigned long)BDI_IO_PAGES);
	if (!next_window(mapping, ra, index, marked, req_size, max_pages)) {
		do_page_cache_ra(mapping, f, index, req_size, 0);
		return;
	}
	if (index == ra->start && ra->size == ra->async_size)
		merge_next_window(ra, max_pages);
	do_page_cache_ra(mapping, f, ra->start, ra->size, ra->async_size);
}

void page_cache_sync_readahead(struct address_space *mapping, struct file *f, pgoff_t index,
			       unsigned long req_count)
{
	if (!f->f_ra.ra_pages)
		force_page_cache_readahead(mapping, f, index, 1);
	else if (f->f_mode & FMODE_RANDOM)
		force_page_cache_readahead(mapping, f, index, req_count);
	else
		ondemand_readahead(mapping, f, index, false, req_count);
}

void page_cache_async_readahead(struct address_space *mapping, struct file *f, struct page *page,
				unsigned long req_count)
{
	if (!f->f_ra.ra_pages || PageWriteback(page))
		return;
	ClearPageReadahead(page);
	ondemand_readahead(mapping, f, page->index, true, req_count);
}

void page_cache_readaround(struct address_space *mapping, struct file *f, pgoff_t index)
{
	struct file_ra_state *ra = &f->f_ra;

	ra->start = index > ra->ra_pages / 2 ? index - ra->ra_pages / 2 : 0;
	ra->size = ra->ra_pages;
	ra->async_size = ra->ra_pages / 4;
	do_page_cache_ra(mapping, f, ra->start, ra->size, ra->async_size);
}

/* ---- a reader's page ---- */

/* The page is not there, not uptodate, or marked: `page` is what was found, with a reference. */
static struct page *get_page_ahead(struct file *f, struct page *page, pgoff_t index, pgoff_t last)
{
	struct address_space *mapping = f->f_mapping;

	if (!page) {
		page_cache_sync_readahead(mapping, f, index, last - index);
		page = find_get_page(mapping, index);
	}
	if (page && PageReadahead(page))
		page_cache_async_readahead(mapping, f, page, last - index);
	if (page && PageUptodate(page))
		return page;
	if (page)
		put_page(page);
	page = read_mapping_page(mapping, index, f); /* waits for it */
	if (PTR_ERR(page) == -EIO)
		f->f_ra.ra_pages /= 4; /* as a disk with errors should not be asked for much */
	return page;
}

struct page *filemap_get_page(struct file *f, pgoff_t index, pgoff_t last)
{
	struct page *page = find_get_page(f->f_mapping, index);

	if (likely(page && PageUptodate(page) && !PageReadahead(page)))
		return page;
	return get_page_ahead(f, page, index, last);
}
