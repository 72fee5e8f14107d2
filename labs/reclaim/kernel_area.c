/*
 * Lab 9: the area and the disk of the checks. See area.h.
 */
#include "labs/reclaim/area.h"
#include "kernel/block/blkdev.h"
#include "kernel/lib/util.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include "mm/phys/slab.h"
#include "mm/phys/vmalloc.h"

#define MOST_NUMBERS 3 /* areas that seem to be there before ours */

struct what_the_disk_does disk;
static unsigned char *store; /* SLOTS pages */

/* ---- the disk ---- */

static void transfer(bool write, unsigned char *at, struct page *page)
{
	unsigned char *data = kmap_local_page(page);

	memcpy(write ? at : data, write ? data : at, PAGE_SIZE);
	kunmap_local(data);
	*(write ? &disk.writes : &disk.reads) += 1;
}

static void disk_submit_bio(struct bio *bio)
{
	unsigned char *at = store + bio->bi_sector * SECTOR_SIZE;

	for (unsigned int i = 0; i < bio->bi_vcnt; i++, at += PAGE_SIZE)
		transfer(op_is_write(bio->bi_opf), at, bio->bi_io_vec[i].page);
	bio_endio(bio, disk.broken ? -EIO : 0);
}

static const struct block_device_operations disk_ops = {.submit_bio = disk_submit_bio};

static struct request_queue disk_queue = {
	.limits = {.max_segments = BIO_MAX_VECS, .max_segment_size = ~0U, .max_sectors = ~0U},
};

static struct block_device disk_device = {
	.name = "check",
	.nr_sectors = SLOTS * PAGE_SIZE / SECTOR_SIZE,
	.ops = &disk_ops,
	.queue = &disk_queue,
};

/* ---- the area ---- */

struct swap_info_struct *put_area(void)
{
	unsigned int others = check_random_below(MOST_NUMBERS);
	struct swap_info_struct *si, *first[MOST_NUMBERS];

	for (unsigned int i = 0; i < others; i++)
		first[i] = alloc_swap_info();
	si = alloc_swap_info();
	for (unsigned int i = 0; i < others; i++)
		first[i]->flags = 0;
	store = store ? store : vmalloc(SLOTS * PAGE_SIZE);
	si->swap_map = vzalloc(SLOTS * sizeof(*si->swap_map));
	si->extents = kmalloc(sizeof(*si->extents), GFP_KERNEL);
	EXPECT(store && si->swap_map && si->extents, "the check had no memory for a swap area");
	si->extents[0] = (struct swap_extent){.nr_pages = SLOTS};
	si->nr_extents = 1;
	si->swap_map[0] = SWAP_MAP_BAD;
	si->bdev = &disk_device;
	si->max = SLOTS;
	si->pages = SLOTS - 1;
	si->lowest_bit = 1;
	si->highest_bit = SLOTS - 1;
	si->cluster_next = 1 + check_random_below(SLOTS / 2);
	si->cluster_nr = SLOTS;
	insert_swap_info(si);
	memset(&disk, 0, sizeof(disk));
	return si;
}

void remove_area(struct swap_info_struct *si, struct mm_struct *mm)
{
	list_del_init(&mm->mmlist);
	remove_swap_info(si);
	for (unsigned int offset = 1; offset < si->max; offset++) {
		struct page *page = radix_tree_delete(&si->cache, offset);

		if (!page || xa_is_value(page))
			continue;
		ClearPageSwapCache(page);
		set_page_private(page, 0);
		nr_swapcached--;
		put_page(page);
	}
	vfree(si->swap_map);
	kfree(si->extents);
	si->swap_map = NULL;
	si->flags = 0;
}

u16 *map_entry(swp_entry_t entry)
{
	return &swp_swap_info(entry)->swap_map[swp_offset(entry)];
}

/* ---- pages in swap ---- */

struct page *cached_page(unsigned char byte)
{
	struct page *page = alloc_page(GFP_HIGHUSER_MOVABLE);
	bool added;

	EXPECT(page, "the check had no memory for a page");
	check_fill(page, byte);
	SetPageUptodate(page);
	SetPageSwapBacked(page);
	lru_cache_add(page);
	lock_page(page);
	added = add_to_swap(page);
	unlock_page(page);
	EXPECT(added, "the check found no slot in swap");
	return page;
}

swp_entry_t slot_on_disk(struct swap_info_struct *si, unsigned char byte)
{
	swp_entry_t entry = get_swap_page();

	EXPECT(entry.val, "the check found no slot in swap");
	*map_entry(entry) = 0; /* until name_slot() */
	memset(store + swp_offset(entry) * PAGE_SIZE, byte, PAGE_SIZE);
	return entry;
}

void name_slot(struct mm_struct *mm, unsigned long addr, swp_entry_t entry)
{
	++*map_entry(entry);
	spin_lock(&mm->page_table_lock);
	add_mm_counter(mm, MM_SWAPENTS, 1);
	spin_unlock(&mm->page_table_lock);
	check_set_entry(mm, addr, swp_entry_to_pte(entry));
}

/* ---- mappings and reclaim ---- */

struct vm_area_struct *anon_mapping(struct mm_struct *mm, unsigned long pages, int prot)
{
	struct vm_area_struct *vma =
		check_map(mm, NULL, check_room(pages), pages, prot, MAP_PRIVATE, 0);
	int err;

	down_read(&mm->mmap_sem);
	err = anon_vma_prepare(vma);
	up_read(&mm->mmap_sem);
	EXPECT(!err, "the check had no memory for an anon_vma");
	return vma;
}

void set_used(struct mm_struct *mm, unsigned long addr, bool used)
{
	pte_t entry = check_entry(mm, addr);

	check_set_entry(mm, addr, used ? pte_mkyoung(entry) : pte_mkold(entry));
}

unsigned long look_at_page(struct page *page, bool ignore_references)
{
	struct scan_control sc = {.gfp_mask = GFP_KERNEL,
				  .reclaim_idx = ZONE_HIGHMEM,
				  .may_unmap = true,
				  .may_swap = true};
	struct reclaim_stat stat = {0};
	unsigned long freed;
	LIST_HEAD(pages);

	EXPECT(isolate_lru_page(page), "the page of the check is on no list");
	list_add(&page->lru, &pages);
	freed = shrink_page_list(&pages, &sc, &stat, ignore_references);
	if (!list_empty(&pages)) {
		list_del(&page->lru);
		putback_lru_page(page);
	}
	return freed;
}
