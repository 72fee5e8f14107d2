/*
 * Pages of tmpfs in swap. The file's tree then has a value in the page's place: its swap entry.
 *
 * A page that goes out moves from the page cache to the swap cache, and one that comes back moves
 * the other way, so it is never in both. info->swapped counts the values of a file. Files with
 * values are on shmem_swaplist, so that swapoff finds them.
 */
#include "kernel/block/bio.h"
#include "kernel/core/panic.h"
#include "kernel/fs/tmpfs/tmpfs.h"
#include "mm/cache/page_writeback.h"
#include "mm/phys/highmem.h"
#include "mm/phys/vmstat.h"
#include "mm/shmem.h"
#include "mm/swap/swap.h"

static LIST_HEAD(shmem_swaplist); /* by info->swaplist */

/* ---- out ---- */

/* Put the locked page into the swap cache, and its entry into the file's tree. */
static bool move_to_swap_cache(struct page *page)
{
	struct tmpfs_inode_info *info = TMPFS_I(page->mapping->host);

	if (!add_to_swap(page))
		return false;
	if (swap_duplicate(page_swap_entry(page))) { /* the file's use of the slot */
		delete_from_swap_cache(page);
		return false;
	}
	if (list_empty(&info->swaplist))
		list_add_tail(&info->swaplist, &shmem_swaplist);
	info->swapped++;
	page_cache_to_value(page, swp_to_radix_entry(page_swap_entry(page)));
	ClearPageDirty(page); /* it is going to be written */
	return true;
}

int shmem_writepage(struct page *page, struct writeback_control *wbc)
{
	BUG_ON(!PageLocked(page) || page_mapped(page));
	if (!PageUptodate(page)) { /* promised by fallocate, and not written yet */
		clear_highpage(page);
		SetPageUptodate(page);
	}
	if (page->mapping->flags & AS_LOCKED || !move_to_swap_cache(page)) {
		redirty_page_for_writepage(wbc, page);
		unlock_page(page);
		return 0;
	}
	return swap_writepage(page, wbc);
}

/* ---- in ---- */

/* Is the page at index in swap, and not in memory either? */
bool tmpfs_must_read(const struct address_space *mapping, pgoff_t index)
{
	void *item = radix_tree_lookup(&mapping->pages, index);
	struct page *page = xa_is_value(item) ? find_swap_page(radix_to_swp_entry(item)) : NULL;

	if (page)
		put_page(page);
	return xa_is_value(item) && !page;
}

/* Move the locked page, which is uptodate and not being written, from the swap cache to the file.
 */
static void move_to_page_cache(struct page *page, struct address_space *mapping, pgoff_t index)
{
	swp_entry_t entry = page_swap_entry(page);

	page_cache_from_value(page, mapping, index);
	TMPFS_I(mapping->host)->swapped--;
	delete_from_swap_cache(page);
	swap_free(entry);
	SetPageDirty(page);
}

int shmem_swapin(struct address_space *mapping, pgoff_t index)
{
	void *item = radix_tree_lookup(&mapping->pages, index);
	swp_entry_t entry = radix_to_swp_entry(item);
	struct page *page = lookup_swap_cache(entry);
	int err = 0;

	if (!page)
		page = swapin_readahead(entry);
	if (!page)
		return radix_tree_lookup(&mapping->pages, index) == item ? -ENOMEM : 0;
	lock_page(page);
	wait_on_page_writeback(page);
	/* while we waited, another task may have been faster */
	if (radix_tree_lookup(&mapping->pages, index) == item && PageSwapCache(page) &&
	    page_swap_entry(page).val == entry.val) {
		if (PageUptodate(page))
			move_to_page_cache(page, mapping, index);
		else
			err = -EIO;
	}
	unlock_page(page);
	put_page(page);
	return err;
}

void shmem_drop_value(struct address_space *mapping, pgoff_t index)
{
	void *item = radix_tree_delete(&mapping->pages, index);

	BUG_ON(!xa_is_value(item));
	TMPFS_I(mapping->host)->swapped--;
	free_swap_and_cache(radix_to_swp_entry(item));
}

/* ---- swapoff ---- */

/* Bring back all pages of the file that are in the area. 0 or -errno. Those that cannot be read are
   lost: there is a hole then. */
static int unuse_inode(struct inode *inode, unsigned int type)
{
	struct address_space *mapping = inode->i_mapping;
	unsigned long index = 0;
	void *item;
	int err;

	for (; (item = radix_tree_find(&mapping->pages, &index)); index++) {
		if (signal_pending(current))
			return -EINTR;
		cond_resched();
		if (!xa_is_value(item) || swp_type(radix_to_swp_entry(item)) != type)
			continue;
		err = mapping_swapin(mapping, index);
		if (err == -EIO && radix_tree_lookup(&mapping->pages, index) == item)
			shmem_drop_value(mapping, index);
		else if (err)
			return err;
	}
	return 0;
}

/* The next file on the list that is not being freed, with a reference; NULL at the end. */
static struct inode *next_swapped(struct list_head *pos)
{
	struct tmpfs_inode_info *info;

	while ((pos = pos->next) != &shmem_swaplist) {
		info = list_entry(pos, struct tmpfs_inode_info, swaplist);
		if (igrab(&info->vfs_inode))
			return &info->vfs_inode;
	}
	return NULL;
}

int shmem_unuse(unsigned int type)
{
	struct inode *inode = next_swapped(&shmem_swaplist), *next;
	int err = 0;

	for (; inode; inode = next) {
		if (!err)
			err = unuse_inode(inode, type);
		next = err ? NULL : next_swapped(&TMPFS_I(inode)->swaplist);
		if (!TMPFS_I(inode)->swapped)
			list_del_init(&TMPFS_I(inode)->swaplist);
		iput(inode);
	}
	return err;
}

/* ---- counting ---- */

void shmem_for_each_swap_entry(void (*fn)(swp_entry_t entry))
{
	struct tmpfs_inode_info *info;
	unsigned long index;
	void *item;

	list_for_each_entry (info, &shmem_swaplist, swaplist) {
		index = 0;
		for (; (item = radix_tree_find(&info->vfs_inode.i_data.pages, &index)); index++)
			if (xa_is_value(item))
				fn(radix_to_swp_entry(item));
	}
}

bool shmem_mapping(const struct address_space *mapping)
{
	return mapping->a_ops == &tmpfs_aops;
}

unsigned long shmem_swapped_pages(const struct inode *inode)
{
	return TMPFS_CI(inode)->swapped;
}

unsigned long shmem_partial_swap_usage(struct address_space *mapping, pgoff_t start, pgoff_t end)
{
	unsigned long index = start, pages = 0;
	void *item;

	if (!TMPFS_I(mapping->host)->swapped)
		return 0;
	for (; (item = radix_tree_find(&mapping->pages, &index)) && index < end; index++) {
		pages += xa_is_value(item);
		cond_resched();
	}
	return pages;
}
