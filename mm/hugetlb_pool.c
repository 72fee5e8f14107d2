/*
 * The pool of huge pages. Root says how many there are (vm.nr_hugepages); with
 * vm.nr_overcommit_hugepages, more are taken out of free memory when they are needed, and go back
 * when they are not: the surplus.
 *
 *        +------------------ nr_huge_pages ------------------+
 *        |  in use  |             free_huge_pages            |
 *                   |  resv_huge_pages  |  for whom comes    |
 *
 * A page that is in use has a reference count, like any other; the pool gets it when the count
 * drops to 0.
 */
#include "mm/hugetlb_internal.h"
#include "kernel/core/cmdline.h"
#include "kernel/core/panic.h"
#include "kernel/core/printk.h"
#include "kernel/lib/kstrtox.h"
#include "kernel/lib/util.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/phys/slab.h"
#include "mm/reclaim/memory_failure.h"
#include "mm/reclaim/reclaim.h"
#include <linux/errno.h>

struct hstate default_hstate;

static struct hstate *const h = &default_hstate;
static LIST_HEAD(free_list); /* by page->lru; their count is 0 */
static DEFINE_MUTEX(resize_lock);

static unsigned long persistent_huge_pages(void)
{
	return h->nr_huge_pages - h->surplus_huge_pages;
}

/* ---- pages ---- */

static void enqueue_huge_page(struct page *page)
{
	list_add(&page->lru, &free_list);
	h->free_huge_pages++;
}

static void remove_free_page(struct page *page)
{
	list_del(&page->lru);
	h->free_huge_pages--;
}

/* A free page for somebody, or NULL. A broken one may lie in the pool, and counts, as on Linux: its
   last user has let it go, or it is promised. */
static struct page *dequeue_huge_page(void)
{
	struct page *page;

	list_for_each_entry (page, &free_list, lru) {
		if (broken_part(page))
			continue;
		remove_free_page(page);
		return page;
	}
	return NULL;
}

/* A page from the buddy allocator, with count 0, or NULL. May sleep. */
static struct page *alloc_fresh_huge_page(void)
{
	const gfp_t gfp = GFP_HIGHUSER_MOVABLE | __GFP_COMP | __GFP_NOWARN | __GFP_NORETRY;
	struct page *page = alloc_pages(gfp, HPAGE_ORDER);

	if (!page && nr_free_pages() > HPAGE_NR) {
		compact_memory();
		page = alloc_pages(gfp, HPAGE_ORDER);
	}
	count_vm_event(page ? HTLB_BUDDY_PGALLOC : HTLB_BUDDY_PGALLOC_FAIL);
	if (!page)
		return NULL;
	page->_refcount = 0;
	set_compound_kind(page, COMPOUND_HUGETLB);
	set_restore_reserve(page, false);
	set_broken_part(page, NULL);
	h->nr_huge_pages++;
	return page;
}

/* All small pages but the broken one go to the buddy allocator, one by one. */
static void free_healthy_parts(struct page *page)
{
	struct page *broken = broken_part(page);

	set_broken_part(page, NULL);
	page[1].compound_order = 0;
	__ClearPageHead(page);
	for (struct page *part = page; part < page + HPAGE_NR; part++) {
		part->compound_head = 0;
		part->_refcount = 1;
		if (part == broken)
			SetPageHWPoison(part);
		else
			put_page(part);
	}
}

/* Give a page, whose count is 0, back to the buddy allocator. */
static void update_and_free_page(struct page *page)
{
	h->nr_huge_pages--;
	set_compound_kind(page, COMPOUND_PLAIN);
	if (broken_part(page)) {
		free_healthy_parts(page);
		return;
	}
	page->_refcount = 1;
	put_page(page);
}

/* A free page leaves the pool. False: there is none. */
static bool remove_pool_huge_page(void)
{
	struct page *page = list_first_entry_or_null(&free_list, struct page, lru);

	if (!page)
		return false;
	remove_free_page(page);
	update_and_free_page(page);
	return true;
}

static struct hugepage_subpool *page_subpool(const struct page *page)
{
	return (struct hugepage_subpool *)page[2].private;
}

static void set_page_subpool(struct page *page, struct hugepage_subpool *spool)
{
	page[2].private = (unsigned long)spool;
	if (spool)
		spool->refs++;
}

static void subpool_put(struct hugepage_subpool *spool)
{
	if (!spool || --spool->refs)
		return;
	if (spool->min != -1) /* nobody uses them any more */
		hugetlb_acct_memory(-spool->min);
	kfree(spool);
}

/* free_huge_page_hook: the last reference is gone. */
static void free_huge_page(struct page *page)
{
	struct hugepage_subpool *spool = page_subpool(page);
	bool restore = HPageRestoreReserve(page);

	BUG_ON(page_mapped(page));
	page->mapping = NULL;
	page->flags &= BIT(PG_head) | BIT(ZONES_PGSHIFT);
	set_restore_reserve(page, false);
	if (!restore && !hugepage_subpool_put_pages(spool, 1))
		restore = true; /* it belongs to those that the mount has reserved */
	if (restore)
		h->resv_huge_pages++;
	if (h->surplus_huge_pages) {
		h->surplus_huge_pages--;
		update_and_free_page(page);
	} else {
		enqueue_huge_page(page);
	}
	set_page_subpool(page, NULL);
	subpool_put(spool);
}

int dissolve_broken_huge_page(struct page *page)
{
	unsigned long before = h->nr_huge_pages;

	put_page(page); /* now it is free, or was surplus and is gone */
	if (h->nr_huge_pages < before)
		return 0;
	if (h->free_huge_pages <= h->resv_huge_pages)
		return -EBUSY;
	remove_free_page(page);
	h->max_huge_pages--;
	update_and_free_page(page);
	return 0;
}

/* A page beyond what root asked for, with count 0; NULL: that is not allowed, or there is no
   memory. May sleep. */
static struct page *alloc_surplus_huge_page(void)
{
	struct page *page;

	if (h->surplus_huge_pages >= h->nr_overcommit_huge_pages)
		return NULL;
	h->surplus_huge_pages++; /* before the allocation sleeps, so that the limit holds */
	page = alloc_fresh_huge_page();
	if (!page)
		h->surplus_huge_pages--;
	return page;
}

/* ---- limits of a mount ---- */

struct hugepage_subpool *hugepage_new_subpool(long max, long min)
{
	struct hugepage_subpool *spool = kzalloc(sizeof(*spool), GFP_KERNEL);

	if (!spool)
		return NULL;
	*spool = (struct hugepage_subpool){.refs = 1, .max = max, .min = min};
	if (min != -1) {
		if (hugetlb_acct_memory(min)) {
			kfree(spool);
			return NULL;
		}
		spool->reserved = min;
	}
	return spool;
}

void hugepage_put_subpool(struct hugepage_subpool *spool)
{
	subpool_put(spool);
}

long hugepage_subpool_get_pages(struct hugepage_subpool *spool, long delta)
{
	long from_reserve;

	if (!spool)
		return delta;
	if (spool->max != -1) {
		if (spool->used + delta > spool->max)
			return -ENOMEM;
		spool->used += delta;
	}
	from_reserve = spool->min == -1 ? 0 : min(spool->reserved, delta);
	spool->reserved -= from_reserve;
	return delta - from_reserve;
}

long hugepage_subpool_put_pages(struct hugepage_subpool *spool, long delta)
{
	long to_reserve;

	if (!spool)
		return delta;
	if (spool->max != -1)
		spool->used -= delta;
	if (spool->min == -1 || spool->used >= spool->min)
		return delta;
	to_reserve = min(spool->min - spool->reserved, delta);
	spool->reserved += to_reserve;
	return delta - to_reserve;
}

/* ---- reservations ---- */

/* Reserve `delta` pages, if necessary with surplus pages. 0, or -ENOMEM with nothing changed. May
   sleep. */
static int gather_surplus_pages(long delta)
{
	long needed, allocated = 0;
	struct page *page, *next;
	LIST_HEAD(surplus);
	int err = 0;

	/* while an allocation sleeps, others may take or bring pages */
	while ((needed = (long)(h->resv_huge_pages + delta) -
			 (long)(h->free_huge_pages + allocated)) > 0) {
		page = alloc_surplus_huge_page();
		if (!page) {
			err = -ENOMEM;
			break;
		}
		list_add(&page->lru, &surplus);
		allocated++;
		cond_resched();
	}
	if (!err)
		h->resv_huge_pages += delta;
	needed += allocated;
	list_for_each_entry_safe (page, next, &surplus, lru) {
		list_del(&page->lru);
		if (!err && needed-- > 0) {
			enqueue_huge_page(page);
		} else {
			h->surplus_huge_pages--;
			update_and_free_page(page);
		}
	}
	return err;
}

/* Give `unused` reservations back, and the surplus pages that only they needed. */
static void return_unused_surplus_pages(unsigned long unused)
{
	unsigned long pages = min(unused, h->surplus_huge_pages);

	h->resv_huge_pages -= unused;
	while (pages--) {
		if (!remove_pool_huge_page())
			break;
		h->surplus_huge_pages--;
		cond_resched();
	}
}

int hugetlb_acct_memory(long delta)
{
	if (delta > 0)
		return gather_surplus_pages(delta);
	if (delta < 0)
		return_unused_surplus_pages(-delta);
	return 0;
}

/* ---- allocation ---- */

/* A page from the free list, or a surplus page, for a VMA that has a reservation for it or not;
   count 0. NULL: the pool is dry. */
static struct page *get_pool_page(bool reserved)
{
	struct page *page;

	if (reserved || h->free_huge_pages > h->resv_huge_pages) {
		page = dequeue_huge_page();
	} else {
		page = alloc_surplus_huge_page();
	}
	if (page && reserved) {
		set_restore_reserve(page, true);
		h->resv_huge_pages--;
	}
	return page;
}

struct page *alloc_huge_page(struct vm_area_struct *vma, unsigned long addr, bool avoid_reserve)
{
	struct hugepage_subpool *spool = inode_subpool(vma->vm_file->f_mapping->host);
	long map_chg, gbl_chg;
	struct page *page = NULL;

	map_chg = gbl_chg = vma_needs_reservation(vma, addr);
	if (map_chg < 0)
		return ERR_PTR(-ENOMEM);
	if (map_chg || avoid_reserve)
		gbl_chg = hugepage_subpool_get_pages(spool, 1);
	if (gbl_chg >= 0) {
		page = get_pool_page(!avoid_reserve && vma_has_reserves(vma, gbl_chg));
		if (!page && (map_chg || avoid_reserve))
			hugepage_subpool_put_pages(spool, 1);
	}
	if (!page) {
		vma_end_reservation(vma, addr);
		return ERR_PTR(-ENOSPC);
	}
	page->_refcount = 1;
	set_page_subpool(page, spool);
	if (map_chg > vma_commit_reservation(vma, addr)) /* reserved while this task slept */
		hugetlb_acct_memory(-hugepage_subpool_put_pages(spool, 1));
	return page;
}

/* ---- the size of the pool ---- */

static void grow_pool(unsigned long count)
{
	struct page *page;

	/* surplus pages become part of the pool */
	while (h->surplus_huge_pages && count > persistent_huge_pages())
		h->surplus_huge_pages--;
	while (count > persistent_huge_pages()) {
		page = alloc_fresh_huge_page();
		if (!page)
			return;
		enqueue_huge_page(page);
		cond_resched();
		if (signal_pending(current))
			return;
	}
}

static void shrink_pool(unsigned long count)
{
	/* pages in use, and those that are promised, stay */
	unsigned long kept = h->resv_huge_pages + h->nr_huge_pages - h->free_huge_pages;

	kept = max(count, kept);
	while (kept < persistent_huge_pages() && remove_pool_huge_page())
		cond_resched();
	/* they go when they are freed */
	while (count < persistent_huge_pages())
		h->surplus_huge_pages++;
}

void set_max_huge_pages(unsigned long count)
{
	mutex_lock(&resize_lock);
	grow_pool(count);
	shrink_pool(count);
	h->max_huge_pages = persistent_huge_pages();
	mutex_unlock(&resize_lock);
}

/* ---- boot ---- */

#define OPTION_SIZE 32

/* The options hugepagesz=, default_hugepagesz= and hugepages=, as Linux reads them: a number counts
   for the size before it. There is only one size. */
static void parse_option(const char *name, const char *value, bool *valid)
{
	unsigned int pages;

	if (!strcmp(name, "hugepagesz") || !strcmp(name, "default_hugepagesz")) {
		*valid = memparse(value, NULL) == HPAGE_SIZE;
		if (!*valid)
			pr_err("HugeTLB: unsupported %s=%s\n", name, value);
	} else if (!strcmp(name, "hugepages")) {
		if (!*valid)
			pr_warn("HugeTLB: hugepages=%s does not follow a valid hugepagesz, "
				"ignoring\n",
				value);
		else if (kstrtouint(value, 10, &pages))
			pr_warn("HugeTLB: Invalid hugepages parameter %s\n", value);
		else
			h->max_huge_pages = pages;
		*valid = true;
	}
}

void hugetlb_init(void)
{
	char word[OPTION_SIZE], *value;
	unsigned long wanted;
	bool valid = true;

	free_huge_page_hook = free_huge_page;
	for (int i = 0; cmdline_word(i, word, sizeof(word)) >= 0; i++) {
		value = strchr(word, '=');
		if (!value)
			continue;
		*value++ = '\0';
		parse_option(word, value, &valid);
	}
	wanted = h->max_huge_pages;
	set_max_huge_pages(wanted);
	pr_info("HugeTLB: registered %lu.00 MiB page size, pre-allocated %lu pages\n",
		HPAGE_SIZE >> 20, h->nr_huge_pages);
	if (h->max_huge_pages < wanted)
		pr_warn("HugeTLB: allocating %lu of page size %lu kB failed.  Only allocated %lu "
			"hugepages.\n",
			wanted, HPAGE_SIZE >> 10, h->max_huge_pages);
}
