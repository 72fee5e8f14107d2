/* sources: none */
/*
 * The early allocator and the page allocator on a small machine made of host memory: a loader's map
 * that lies, random allocations of all orders against a map of owners, joining of buddies,
 * watermarks, reclaim, failures, and the bugs that must panic.
 */
#include "tests/host/stubs/mm_host.h"
#include "mm/phys/page_alloc.c"
#include "mm/phys/memblock.h"

/* The kernel's image takes frames 256-271. */
static char *host_text, *host_end;
#define _text	       host_text
#define _etext	       host_end
#define __start_rodata host_end
#define __end_rodata   host_end
#define _end	       host_end
#include "mm/phys/memblock.c"

#define FRAMES 8192 /* 32 MiB */
#define LOW    6144 /* of which this much is lowmem, once the zones are cut */

static bool usable[FRAMES]; /* what the allocator may give out */
static unsigned long total;

static void mark(unsigned long start, unsigned long end, bool value)
{
	for (unsigned long i = start; i < end; i++)
		usable[i] = value;
}

static void test_memblock(void)
{
	static const struct boot_mem_range map[] = {
		{0x500000, (FRAMES << 12) - 0x500000, 1},
		{0, 0x600123, 1},	      /* calls video memory and ROM usable; overlaps */
		{0x9fc00, 0x400, 2},	      /* the BIOS's piece, no whole page */
		{0x1234567, 0x1000, 2},	      /* reserved in the middle of RAM */
		{0x100000000ULL, 1 << 30, 1}, /* beyond 4 GiB */
		{0xfffc0000, 0x40000, 2},
		{0xfffffffffffff000ULL, 0x2000, 1}, /* wraps */
	};
	unsigned long pages;
	char *p;

	host_memory(FRAMES);
	host_text = (char *)KERNEL_LOAD;
	host_end = host_text + 16 * PAGE_SIZE;
	memblock_setup(map, ARRAY_SIZE(map));
	CHECK(max_pfn == FRAMES && max_low_pfn == FRAMES);
	memblock_reserve(0x800100, 0x2000); /* a module: parts of three pages */
	memblock_reserve(0x801000, 0x100);
	p = memblock_alloc(3 * PAGE_SIZE, 4 * PAGE_SIZE);
	CHECK(p == host_end && !p[0] && !p[3 * PAGE_SIZE - 1]);
	mem_init();
	/* mem_map comes after it. */
	pages = PFN_UP(FRAMES * sizeof(struct page));
	CHECK((char *)mem_map == p + 3 * PAGE_SIZE);

	mark(1, 0x9f, true);
	mark(256 + 16 + 3 + pages, FRAMES, true);
	mark(0x1234, 0x1236, false);
	mark(0x800, 0x803, false);
	for (unsigned long i = 0; i < FRAMES; i++) {
		CHECK(PageReserved(pfn_to_page(i)) == !usable[i]);
		total += usable[i];
	}
	CHECK(totalram_pages() == total && nr_free_pages() == total);
	page_alloc_check();
}

/* Start anew with two zones. */
static void cut_zones(void)
{
	memset(zones, 0, sizeof(zones));
	free_area_init(LOW, FRAMES);
	for (unsigned long i = 0, j; i < FRAMES; i = j + 1) {
		for (j = i; j < FRAMES && usable[j]; j++)
			;
		if (i < j)
			free_page_range(i, j);
	}
	setup_per_zone_wmarks();
	CHECK(nr_free_pages() == total);
	CHECK(totalhigh_pages() == FRAMES - LOW && nr_free_highpages() == FRAMES - LOW);
	page_alloc_check();
}

static struct block {
	struct page *page;
	unsigned int order;
} blocks[FRAMES];
static int nr_blocks;
static bool owned[FRAMES];
static unsigned long owned_count;

static void check_new_block(struct page *page, gfp_t gfp, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);

	CHECK((pfn & ((1UL << order) - 1)) == 0);
	CHECK((gfp & __GFP_HIGHMEM) || pfn + (1UL << order) <= LOW);
	CHECK(page_count(page) == 1 && page_mapcount(page) == 0);
	for (unsigned long i = pfn; i < pfn + (1UL << order); i++) {
		CHECK(usable[i] && !owned[i]);
		owned[i] = true;
		if (gfp & __GFP_ZERO)
			CHECK(!*(char *)pfn_to_kaddr(i));
		*(char *)pfn_to_kaddr(i) = 1;
		if (gfp & __GFP_COMP)
			CHECK(compound_head(pfn_to_page(i)) == page);
	}
	CHECK(compound_order(page) == (gfp & __GFP_COMP ? order : 0));
	owned_count += 1UL << order;
}

static void allocate_one(void)
{
	unsigned int order = rnd_below(3) ? 0 : rnd_below(MAX_ORDER);
	gfp_t gfp = GFP_KERNEL | __GFP_NOWARN | (rnd_below(2) ? __GFP_HIGHMEM : 0) |
		    (rnd_below(4) ? 0 : __GFP_ZERO) | (rnd_below(2) ? __GFP_COMP : 0);
	struct page *page = alloc_pages(gfp, order);

	if (!page)
		return;
	check_new_block(page, gfp, order);
	blocks[nr_blocks++] = (struct block){page, order};
}

static void free_one(void)
{
	int n = rnd_below(nr_blocks);
	struct block b = blocks[n];
	unsigned long pfn = page_to_pfn(b.page);

	blocks[n] = blocks[--nr_blocks];
	for (unsigned long i = pfn; i < pfn + (1UL << b.order); i++)
		owned[i] = false;
	owned_count -= 1UL << b.order;
	SetPageUptodate(b.page);
	b.page->mapping = (void *)(PAGE_MAPPING_ANON | 64);
	if (b.order == 0 || PageHead(b.page)) {
		get_page(b.page + (1UL << b.order) - 1);
		put_page(b.page);
		put_page(b.page);
	} else {
		__free_pages(b.page, b.order);
	}
}

static void test_random(void)
{
	cut_zones();
	for (int i = 0; i < 40000; i++) {
		bool fill = (i / 5000) % 2 == 0;

		if (!nr_blocks || rnd_below(100) < (fill ? 70 : 30))
			allocate_one();
		else
			free_one();
		CHECK(nr_free_pages() == total - owned_count);
		if (i % 500 == 0)
			page_alloc_check();
	}
	while (nr_blocks)
		free_one();
	drain_all_pages();
	page_alloc_check();
	CHECK(nr_free_pages() == total);
	/* All buddies have been joined again: no more blocks than a fresh start makes. */
	for (unsigned int o = 0; o < MAX_ORDER - 1; o++)
		CHECK(zones[ZONE_HIGHMEM].free_area[o].nr_free == 0);
	CHECK(nr_pgalloc() == nr_pgfree);
}

static int reclaim_calls, reclaim_left;
static struct page *reclaimable[64];

static int reclaim(gfp_t gfp, unsigned int order)
{
	reclaim_calls++;
	if (!reclaim_left)
		return 0;
	put_page(reclaimable[--reclaim_left]);
	return 1;
}

static void test_pressure(void)
{
	struct zone *z = &zones[ZONE_NORMAL];
	struct page *page;

	CHECK(z->watermark[WMARK_MIN] && z->watermark[WMARK_LOW] > z->watermark[WMARK_MIN]);
	while ((page = alloc_page(GFP_KERNEL | __GFP_NOWARN)))
		blocks[nr_blocks++] = (struct block){page, 0};
	CHECK(zone_free_pages(z) <= z->watermark[WMARK_MIN]);
	CHECK(zone_free_pages(z) + PCP_BATCH > z->watermark[WMARK_MIN]);
	/* HighMem requests have their own zone; GFP_ATOMIC and reclaim have the reserve. */
	page = alloc_page(GFP_HIGHUSER);
	CHECK(page && PageHighMem(page));
	put_page(page);
	page = alloc_page(GFP_ATOMIC);
	CHECK(page && !PageHighMem(page));
	put_page(page);
	drain_all_pages();
	/* Reclaim is asked until it has nothing more. */
	for (int i = 0; i < 10; i++)
		reclaimable[reclaim_left++] = blocks[--nr_blocks].page;
	reclaim_hook = reclaim;
	page = alloc_pages(GFP_ATOMIC | __GFP_NOWARN, 10);
	CHECK(!page && !reclaim_calls);
	host_messages = 0;
	page = alloc_pages(GFP_KERNEL, 10);
	CHECK(!page && reclaim_calls == 11 && host_messages == 1);
	reclaim_hook = NULL;
	while (nr_blocks)
		put_page(blocks[--nr_blocks].page);
	drain_all_pages();
	CHECK(nr_free_pages() == total);
	page_alloc_check();
}

static void test_failure_injection(void)
{
	fail_page_alloc_after = 2;
	for (int i = 0; i < 4; i++) {
		struct page *page = i % 2 ? alloc_pages(GFP_KERNEL, 3) : alloc_page(GFP_HIGHUSER);

		CHECK((page != NULL) == (i < 2));
		if (page)
			__free_pages(page, i % 2 ? 3 : 0);
	}
	fail_page_alloc_after = -1;
	CHECK(nr_free_pages() == total);
}

static struct page *lru_released;
static void lru_release(struct page *page)
{
	lru_released = page;
	ClearPageLRU(page);
}

static void test_lru(void)
{
	struct page *page = alloc_page(GFP_HIGHUSER);

	lru_release_hook = lru_release;
	SetPageLRU(page);
	put_page(page);
	CHECK(lru_released == page);
	CHECK(get_order(1) == 0 && get_order(4096) == 0 && get_order(4097) == 1 &&
	      get_order(4UL << 20) == 10);
	CHECK(nr_free_pages() == total);
}

static void test_bugs(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	SetPageLocked(page);
	EXPECT_PANIC("still in use", put_page(page));
	ClearPageLocked(page);
	page->_refcount = 1;
	page->_mapcount = 0;
	EXPECT_PANIC("still mapped", put_page(page));
	page->_mapcount = -1;
	page->_refcount = 1;
	page->mapping = (void *)64;
	EXPECT_PANIC("still in a page cache", put_page(page));
	page->mapping = NULL;
	page->_refcount = 1;
	put_page(page);
	EXPECT_PANIC("freed twice", put_page(page));
	page->_refcount = 0;
	page = alloc_pages(GFP_KERNEL, 1);
	__free_pages(page, 1);
	EXPECT_PANIC("freed twice", __free_pages(page, 1));
	page = alloc_pages(GFP_KERNEL, 1);
	page[1]._refcount = 1;
	EXPECT_PANIC("part of a freed block", __free_pages(page, 1));
}

int main(void)
{
	run("memblock: a loader's map", test_memblock);
	run("buddy: random allocations", test_random);
	run("buddy: watermarks and reclaim", test_pressure);
	run("buddy: injected failures", test_failure_injection);
	run("buddy: split, LRU, orders", test_lru);
	run("buddy: bugs are caught", test_bugs);
	return failures != 0;
}
