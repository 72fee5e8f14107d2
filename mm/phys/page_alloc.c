/*
 * The page allocator: free memory as blocks of 2^0 to 2^10 page frames (the buddy system). A block
 * that is too large is split in halves; when both halves are free again they are merged. Single
 * pages, by far the most frequent request, come from and go to a short hot list in front of the
 * free lists.
 */
#include "kernel/trace/trace.h"
#include "mm/phys/page_alloc.h"
#include "kernel/core/panic.h"
#include "kernel/x86/div64.h"
#include "mm/phys/alloc_debug.h"
#include "mm/phys/highmem.h"

struct zone zones[MAX_NR_ZONES];
/* The zone to try first, by (gfp & __GFP_HIGHMEM): without high memory both are ZONE_NORMAL. */
static struct zone *first_zone[2];
struct page *mem_map;

int (*reclaim_hook)(gfp_t gfp, unsigned int order);
struct page *(*oom_hook)(gfp_t gfp, unsigned int order, bool in_vain);
void (*wakeup_kswapd_hook)(gfp_t gfp, unsigned int order, enum zone_type idx);
void (*lru_release_hook)(struct page *page);
void (*free_huge_page_hook)(struct page *page);
unsigned long nr_stock_pages;
unsigned long nr_pgfree;
long fail_page_alloc_after = -1;

#define MAX_STOCKS 8
static unsigned long (*stocks[MAX_STOCKS])(void);
static unsigned int nr_stocks;

#define MAX_FAILURE_MESSAGES 10 /* then allocation failures are silent */

/* --- The free lists --- */

static __cold __noreturn void bad_page(const struct page *page, const char *why)
{
	panic("bad page %#lx: %s; flags %#lx count %d mapcount %d mapping %p", page_to_pfn(page),
	      why, page->flags, page->_refcount, page->_mapcount, (void *)page->mapping);
}

static void add_to_free_list(struct zone *z, struct page *page, unsigned int order)
{
	__SetPageBuddy(page);
	page->private = order;
	list_add(&page->lru, &z->free_area[order].free_list);
	z->free_area[order].nr_free++;
}

static void del_from_free_list(struct zone *z, struct page *page, unsigned int order)
{
	__ClearPageBuddy(page);
	list_del(&page->lru);
	/* The poison in ->next is even, so the page does not look like a compound tail. */
	z->free_area[order].nr_free--;
}

/* Is the page the first of a free block of this order in this zone? */
static inline bool page_is_buddy(const struct zone *z, unsigned long pfn, unsigned int order)
{
	const struct page *page = pfn_to_page(pfn);

	return pfn >= z->start_pfn && pfn < z->end_pfn && PageBuddy(page) && page->private == order;
}

/* Put a block on the lists, merged with its buddies as long as they are free. */
static void __free_one_block(struct zone *z, unsigned long pfn, unsigned int order)
{
	unsigned long buddy;

	z->nr_free += 1UL << order;
	while (order < MAX_ORDER - 1) {
		buddy = pfn ^ (1UL << order);
		if (!page_is_buddy(z, buddy, order))
			break;
		del_from_free_list(z, pfn_to_page(buddy), order);
		pfn &= buddy;
		order++;
	}
	add_to_free_list(z, pfn_to_page(pfn), order);
}

/* A block from the lists, the rest of a larger one put back; NULL if there is none large enough. */
static struct page *__rmqueue(struct zone *z, unsigned int order)
{
	unsigned int o = order;
	struct page *page;

	while (o < MAX_ORDER && list_empty(&z->free_area[o].free_list))
		o++;
	if (o == MAX_ORDER)
		return NULL;
	page = list_first_entry(&z->free_area[o].free_list, struct page, lru);
	del_from_free_list(z, page, o);
	while (o > order) {
		o--;
		add_to_free_list(z, page + (1UL << o), o);
	}
	z->nr_free -= 1UL << order;
	return page;
}

static void drain_hot_list(struct zone *z, unsigned int count)
{
	/* From the bottom: the pages freed longest ago are least likely to be cached. */
	for (unsigned int i = 0; i < count; i++)
		__free_one_block(z, page_to_pfn(z->pcp[i]), 0);
	z->pcp_count -= count;
	for (unsigned int i = 0; i < z->pcp_count; i++)
		z->pcp[i] = z->pcp[i + count];
}

void drain_all_pages(void)
{
	struct zone *z;

	for_each_zone (z)
		drain_hot_list(z, z->pcp_count);
}

void register_page_stock(unsigned long (*drain)(void))
{
	BUG_ON(nr_stocks == MAX_STOCKS);
	stocks[nr_stocks++] = drain;
}

unsigned long drain_all_stocks(void)
{
	unsigned long pages = 0;

	for (unsigned int i = 0; i < nr_stocks; i++)
		pages += stocks[i]();
	drain_all_pages();
	return pages;
}

/* --- Tracing --- */

/* The hot list serves allocations while it holds more than pcp_low pages, and takes pages while it
   holds less than pcp_high. While they are traced, it does neither, and they go the longer way. */
static unsigned int pcp_low, pcp_high = PCP_HIGH;

static void watch_allocations(bool on)
{
	pcp_low = on ? PCP_HIGH : 0;
}

static void watch_frees(bool on)
{
	pcp_high = on ? 0 : PCP_HIGH;
}

static struct trace_switch alloc_switch = {
	.events = TRACE_BIT(TRACE_MM_PAGE_ALLOC),
	.set = watch_allocations,
};
static struct trace_switch free_switch = {
	.events = TRACE_BIT(TRACE_MM_PAGE_FREE),
	.set = watch_frees,
};

/* --- Allocation --- */

static void prep_compound_page(struct page *page, unsigned int order)
{
	__SetPageHead(page);
	for (unsigned long i = 1; i < 1UL << order; i++)
		page[i].compound_head = (unsigned long)page + 1;
	page[1].compound_order = order;
	set_compound_kind(page, COMPOUND_PLAIN);
}

static noinline struct page *clear_new_page(struct page *page, unsigned int order)
{
	for (unsigned long i = 0; i < 1UL << order; i++)
		clear_highpage(page + i);
	return page;
}

/* Hand a block over to its new owner. */
static inline struct page *prep_new_page(struct page *page, gfp_t gfp, unsigned int order)
{
	page->_refcount = 1;
	if (order && (gfp & __GFP_COMP))
		prep_compound_page(page, order);
	return gfp & __GFP_ZERO ? clear_new_page(page, order) : page;
}

/* May the zone give 2^order pages and keep `mark`? */
static bool zone_watermark_ok(const struct zone *z, unsigned int order, unsigned long mark,
			      gfp_t gfp)
{
	unsigned long keep = mark;

	if (gfp & __GFP_MEMALLOC)
		return true;
	if (gfp & __GFP_HIGH)
		keep -= mark / 2;
	if (gfp & __GFP_HIGHMEM)
		keep += z->lowmem_reserve;
	return zone_free_pages(z) >= keep + (1UL << order);
}

/* Fill the hot list with a batch and take one page from it. */
static struct page *refill_hot_list(struct zone *z)
{
	struct page *page;

	while (z->pcp_count < PCP_BATCH && (page = __rmqueue(z, 0)))
		z->pcp[z->pcp_count++] = page;
	return z->pcp_count ? z->pcp[--z->pcp_count] : NULL;
}

/* Try the zones that the request allows, best first. */
static struct page *get_page_from_freelist(gfp_t gfp, unsigned int order,
					   enum zone_watermarks wmark)
{
	struct page *page;
	struct zone *z;

	for (z = first_zone[gfp & __GFP_HIGHMEM]; z >= zones; z--) {
		if (!zone_watermark_ok(z, order, z->watermark[wmark], gfp))
			continue;
		page = order ? __rmqueue(z, order) : refill_hot_list(z);
		if (page)
			return page;
	}
	return NULL;
}

static __cold void warn_alloc(gfp_t gfp, unsigned int order)
{
	static unsigned int messages;

	if ((gfp & __GFP_NOWARN) || messages >= MAX_FAILURE_MESSAGES)
		return;
	messages++;
	pr_warn("page allocation failure: order:%u, mode:%#x, free pages: %lu\n", order, gfp,
		nr_free_pages());
}

/* Try again after the hot lists have been emptied into the free lists, where their pages may merge
   into blocks. */
static struct page *get_page_after_drain(gfp_t gfp, unsigned int order)
{
	drain_all_pages();
	return get_page_from_freelist(gfp, order, WMARK_MIN);
}

/* Free other memory until there is enough; NULL if there is none to free. */
static struct page *alloc_pages_reclaim(gfp_t gfp, unsigned int order)
{
	struct page *page;
	int progress;

	do {
		progress = reclaim_hook(gfp, order);
		page = get_page_after_drain(gfp, order);
	} while (!page && progress > 0 && !(gfp & __GFP_NORETRY));
	return page;
}

struct page *alloc_pages_again(gfp_t gfp, unsigned int order)
{
	struct page *page = get_page_after_drain(gfp, order);

	return page ?: alloc_pages_reclaim(gfp, order);
}

/* May the request wait until a process has been killed? */
static bool may_wait_for_memory(gfp_t gfp, unsigned int order)
{
	return (gfp & __GFP_DIRECT_RECLAIM) && !(gfp & (__GFP_MEMALLOC | __GFP_NORETRY)) &&
	       order <= PAGE_ALLOC_COSTLY_ORDER && oom_hook;
}

/* Requests for blocks of several pages, which may take long, do not hold up the queue for single
   pages. */
static struct page *wait_for_memory(gfp_t gfp, unsigned int order, bool in_vain)
{
	struct zone *z = first_zone[gfp & __GFP_HIGHMEM];
	struct page *page;

	z->nr_waiting += !order;
	page = oom_hook(gfp, order, in_vain);
	z->nr_waiting -= !order;
	return page;
}

/* The last frame of a free block: the rest is put back, halved again and again. */
static struct page *take_last_of_block(struct zone *z, struct page *block)
{
	unsigned int order = block->private;

	del_from_free_list(z, block, order);
	while (order) {
		order--;
		add_to_free_list(z, block, order);
		block += 1UL << order;
	}
	z->nr_free--;
	return block;
}

struct page *take_highest_free_page(struct zone *z, unsigned long above, unsigned long *below)
{
	struct page *page;

	while (*below > above + 1) {
		page = pfn_to_page(--*below);
		/* The scan comes from above, so it has already passed the block's other frames. */
		if (!PageBuddy(page))
			continue;
		page = take_last_of_block(z, page);
		*below = page_to_pfn(page);
		return prep_new_page(page, GFP_HIGHUSER_MOVABLE, 0);
	}
	return NULL;
}

/* The slow path, when the free lists cannot satisfy the request. */
static noinline struct page *alloc_pages_slow(gfp_t gfp, unsigned int order)
{
	struct page *page;

	if (gfp & __GFP_KSWAPD_RECLAIM && wakeup_kswapd_hook)
		wakeup_kswapd_hook(gfp, order, first_zone[gfp & __GFP_HIGHMEM] - zones);
	page = get_page_from_freelist(gfp, order, WMARK_MIN);
	if (page)
		return page;
	/* Pages in stocks and hot lists may be the last free ones, or may merge into a larger
	   block. */
	drain_all_stocks();
	page = get_page_from_freelist(gfp, order, WMARK_MIN);
	if (!page && (gfp & __GFP_DIRECT_RECLAIM) && !(gfp & __GFP_MEMALLOC) && reclaim_hook) {
		page = alloc_pages_reclaim(gfp, order);
		if (!page && may_wait_for_memory(gfp, order))
			page = wait_for_memory(gfp, order, true);
	}
	if (!page)
		warn_alloc(gfp, order);
	return page;
}

/* Must the request queue behind waiting tasks? Otherwise the task that runs when memory is freed
   would take all of it. */
static bool others_wait(gfp_t gfp, unsigned int order)
{
	return first_zone[gfp & __GFP_HIGHMEM]->nr_waiting && !order &&
	       may_wait_for_memory(gfp, order);
}

static noinline struct page *alloc_pages_lists(gfp_t gfp, unsigned int order)
{
	struct page *page;

	if (should_fail(&fail_page_alloc_after, gfp))
		return NULL;
	if (unlikely(others_wait(gfp, order)))
		page = wait_for_memory(gfp, order, false);
	else
		page = get_page_from_freelist(gfp, order, WMARK_LOW);
	if (!page)
		page = alloc_pages_slow(gfp, order);
	if (page && trace_on(TRACE_MM_PAGE_ALLOC))
		trace_event(TRACE_MM_PAGE_ALLOC, page_to_pfn(page), order, gfp, 0);
	return page ? prep_new_page(page, gfp, order) : NULL;
}

struct page *alloc_page(gfp_t gfp)
{
	struct zone *z = first_zone[gfp & __GFP_HIGHMEM];

	alloc_may_sleep(gfp);
	if (unlikely(z->pcp_count <= pcp_low || fail_page_alloc_after >= 0))
		return alloc_pages_lists(gfp, 0);
	return prep_new_page(z->pcp[--z->pcp_count], gfp, 0);
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	if (order == 0)
		return alloc_page(gfp);
	if (WARN_ON(order >= MAX_ORDER))
		return NULL;
	alloc_may_sleep(gfp);
	return alloc_pages_lists(gfp, order);
}

unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	struct page *page;

	BUG_ON(gfp & __GFP_HIGHMEM);
	page = alloc_pages(gfp, order);
	return page ? (unsigned long)lowmem_page_address(page) : 0;
}

/* --- Freeing --- */

/* Check that a page that is freed has no owner, and clear its flags except for the zone. */
static inline void free_page_prepare(struct page *page)
{
	unsigned long mapping = (unsigned long)page->mapping;

	if (unlikely(page->flags & PAGE_FLAGS_CHECK_AT_FREE))
		bad_page(page, "still in use");
	if (unlikely(page->_mapcount != -1))
		bad_page(page, "still mapped");
	if (unlikely(mapping && !(mapping & PAGE_MAPPING_ANON)))
		bad_page(page, "still in a page cache");
	page->mapping = NULL;
	page->flags &= BIT(ZONES_PGSHIFT);
}

/* The hot list is full: make room for a batch. Or frees are traced, and all come here. */
static noinline void free_to_full_list(struct zone *z, struct page *page)
{
	if (trace_on(TRACE_MM_PAGE_FREE))
		trace_event(TRACE_MM_PAGE_FREE, page_to_pfn(page), 0);
	if (z->pcp_count == PCP_HIGH)
		drain_hot_list(z, PCP_BATCH);
	z->pcp[z->pcp_count++] = page;
}

/* A single page whose count is 0. */
static inline void free_unref_page(struct page *page)
{
	struct zone *z = page_zone(page);

	free_page_prepare(page);
	nr_pgfree++;
	if (unlikely(z->pcp_count >= pcp_high))
		free_to_full_list(z, page);
	else
		z->pcp[z->pcp_count++] = page;
}

/* A block whose count is 0. */
static void free_block(struct page *page, unsigned int order)
{
	bool compound = PageHead(page);

	if (trace_on(TRACE_MM_PAGE_FREE))
		trace_event(TRACE_MM_PAGE_FREE, page_to_pfn(page), order);
	if (unlikely(compound && page[1].compound_order != order))
		bad_page(page, "freed with another order");
	for (unsigned long i = 0; i < 1UL << order; i++) {
		if (i && page[i]._refcount)
			bad_page(page + i, "part of a freed block is in use");
		if (compound && i)
			page[i].compound_head = 0;
		free_page_prepare(page + i);
	}
	nr_pgfree += 1UL << order;
	__free_one_block(page_zone(page), page_to_pfn(page), order);
}

static noinline void __put_special_page(struct page *page)
{
	if (page->_refcount < 0)
		bad_page(page, "freed twice");
	if (PageLRU(page) && lru_release_hook)
		lru_release_hook(page);
	if (!PageHead(page))
		free_unref_page(page);
	else if (PageHuge(page))
		free_huge_page_hook(page);
	else
		free_block(page, page[1].compound_order);
}

void __put_page(struct page *page)
{
	if (unlikely(page->_refcount < 0 || page->flags & (BIT(PG_lru) | BIT(PG_head))))
		__put_special_page(page);
	else
		free_unref_page(page);
}

void __free_pages(struct page *page, unsigned int order)
{
	if (order == 0 || PageHead(page)) {
		put_page(page);
		return;
	}
	if (unlikely(page->_refcount <= 0))
		bad_page(page, "freed twice");
	if (--page->_refcount == 0)
		free_block(page, order);
}

void free_pages(unsigned long addr, unsigned int order)
{
	if (addr)
		__free_pages(virt_to_page(addr), order);
}

/* --- Boot --- */

void free_area_init(unsigned long low_end, unsigned long end)
{
	struct zone *z;

	zones[ZONE_NORMAL].name = "Normal";
	zones[ZONE_NORMAL].end_pfn = low_end;
	zones[ZONE_HIGHMEM].name = "HighMem";
	zones[ZONE_HIGHMEM].start_pfn = low_end;
	zones[ZONE_HIGHMEM].end_pfn = end;
	for_each_zone (z)
		for (unsigned int o = 0; o < MAX_ORDER; o++)
			INIT_LIST_HEAD(&z->free_area[o].free_list);
	first_zone[0] = &zones[ZONE_NORMAL];
	first_zone[1] = &zones[low_end < end ? ZONE_HIGHMEM : ZONE_NORMAL];
	for (unsigned long pfn = 0; pfn < end; pfn++) {
		struct page *page = pfn_to_page(pfn);

		*page = (struct page){
			.flags = BIT(PG_reserved) |
				 (pfn < low_end ? 0 : (unsigned long)ZONE_HIGHMEM << ZONES_PGSHIFT),
			._refcount = 1,
			._mapcount = -1,
		};
	}
}

void zone_account_present(unsigned long start, unsigned long end)
{
	struct zone *z;

	for_each_zone (z) {
		unsigned long s = max(start, z->start_pfn), e = min(end, z->end_pfn);

		if (s < e)
			z->present_pages += e - s;
	}
}

/* The largest aligned block that begins at pfn and ends by `end`. */
static unsigned int block_order(unsigned long pfn, unsigned long end)
{
	unsigned int order = 0;

	while (order < MAX_ORDER - 1 && !(pfn & (1UL << order)) && pfn + (2UL << order) <= end)
		order++;
	return order;
}

void free_page_range(unsigned long start, unsigned long end)
{
	while (start < end) {
		struct page *page = pfn_to_page(start);
		struct zone *z = page_zone(page);
		unsigned int order = block_order(start, min(end, z->end_pfn));

		for (unsigned long i = 0; i < 1UL << order; i++) {
			if (!PageReserved(page + i))
				bad_page(page + i, "given to the allocator twice");
			__ClearPageReserved(page + i);
			page[i]._refcount = 0;
		}
		z->managed_pages += 1UL << order;
		__free_one_block(z, start, order);
		start += 1UL << order;
	}
}

static unsigned long int_sqrt(unsigned long x)
{
	unsigned long r = 0;

	for (unsigned long bit = 1UL << (BITS_PER_LONG / 2 - 1); bit; bit >>= 1)
		if ((r + bit) * (r + bit) <= x)
			r += bit;
	return r;
}

#define MIN_FREE_KBYTES	     128UL
#define MAX_FREE_KBYTES	     262144UL
#define HIGHMEM_MIN_PAGES    32UL
#define HIGHMEM_MAX_PAGES    128UL
#define LOWMEM_RESERVE_RATIO 32
#define WATERMARK_SCALE	     1000 /* the marks are at least this part of the zone apart */

int min_free_kbytes;

void setup_per_zone_wmarks(void)
{
	unsigned long min_pages = (unsigned long)min_free_kbytes >> (PAGE_SHIFT - 10);
	unsigned long low = max(zones[ZONE_NORMAL].managed_pages, 1UL);
	unsigned long high = zones[ZONE_HIGHMEM].managed_pages;
	struct zone *z;

	zones[ZONE_NORMAL].lowmem_reserve = high / LOWMEM_RESERVE_RATIO;
	zones[ZONE_NORMAL].watermark[WMARK_MIN] = min_pages;
	zones[ZONE_HIGHMEM].watermark[WMARK_MIN] =
		clamp(high / 1024, HIGHMEM_MIN_PAGES, HIGHMEM_MAX_PAGES);
	for_each_zone (z) {
		unsigned long gap = div_u64((u64)min_pages * z->managed_pages, low) / 4;

		gap = max(gap, z->managed_pages / WATERMARK_SCALE);
		z->watermark[WMARK_LOW] = z->watermark[WMARK_MIN] + gap;
		z->watermark[WMARK_HIGH] = z->watermark[WMARK_LOW] + gap;
	}
}

void init_per_zone_wmark_min(void)
{
	unsigned long low_kbytes = zones[ZONE_NORMAL].managed_pages << (PAGE_SHIFT - 10);

	min_free_kbytes = clamp(int_sqrt(low_kbytes * 16), MIN_FREE_KBYTES, MAX_FREE_KBYTES);
	setup_per_zone_wmarks();
	trace_register_switch(&alloc_switch);
	trace_register_switch(&free_switch);
}

/* --- Numbers --- */

unsigned long nr_free_pages(void)
{
	return zone_free_pages(&zones[ZONE_NORMAL]) + zone_free_pages(&zones[ZONE_HIGHMEM]) +
	       nr_stock_pages;
}

unsigned long nr_pgalloc(void)
{
	unsigned long free = nr_free_pages() - nr_stock_pages;

	return nr_pgfree + totalram_pages() - free;
}

unsigned long nr_free_highpages(void)
{
	return zone_free_pages(&zones[ZONE_HIGHMEM]);
}

unsigned long totalram_pages(void)
{
	return zones[ZONE_NORMAL].managed_pages + zones[ZONE_HIGHMEM].managed_pages;
}

unsigned long totalhigh_pages(void)
{
	return zones[ZONE_HIGHMEM].managed_pages;
}

static void check_free_block(const struct zone *z, const struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);

	if (!PageBuddy(page) || page->private != order || pfn & ((1UL << order) - 1) ||
	    pfn < z->start_pfn || pfn + (1UL << order) > z->end_pfn)
		bad_page(page, "wrong in its free list");
	for (unsigned long i = 0; i < 1UL << order; i++)
		if (page[i]._refcount || (i && page[i].flags & ~BIT(ZONES_PGSHIFT)))
			bad_page(page + i, "in use in a free block");
}

void page_alloc_check(void)
{
	unsigned long free, blocks;
	struct page *page;
	struct zone *z;

	for_each_zone (z) {
		free = 0;
		for (unsigned int order = 0; order < MAX_ORDER; order++) {
			blocks = 0;
			list_for_each_entry (page, &z->free_area[order].free_list, lru) {
				check_free_block(z, page, order);
				blocks++;
			}
			BUG_ON(blocks != z->free_area[order].nr_free);
			free += blocks << order;
		}
		BUG_ON(free != z->nr_free);
		for (unsigned int i = 0; i < z->pcp_count; i++)
			if (z->pcp[i]->_refcount || z->pcp[i]->flags & ~BIT(ZONES_PGSHIFT))
				bad_page(z->pcp[i], "in use in a hot list");
	}
}
