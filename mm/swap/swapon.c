/*
 * swapon: a disk, partition or file becomes a swap area.
 *
 * Its first page is the header that mkswap has written: how many slots there are, and which of them
 * cannot be used. A file's slots may stand anywhere on its disk, but each must be in one piece: the
 * extents say where. From then on nobody writes to the file, since pages go past its page cache.
 */
#include "mm/swap/internal.h"
#include "kernel/core/printk.h"
#include "kernel/cred/cred.h"
#include "kernel/fs/blkdev.h"
#include "kernel/fs/namei.h"
#include "kernel/lib/util.h"
#include "kernel/sched/sched.h"
#include "libc/include/string.h"
#include "mm/cache/page_writeback.h"
#include "mm/phys/highmem.h"
#include "mm/phys/slab.h"
#include "mm/phys/vmalloc.h"

/* swapon(2)'s flags, and the header: Linux 6.1, include/linux/swap.h. */
#define SWAP_FLAG_PREFER    0x8000 /* the priority is in the lower bits */
#define SWAP_FLAG_PRIO_MASK 0x7fff
#define SWAP_FLAG_DISCARD   0x70000 /* to tell the disk of free slots; no disk here wants that */
#define SWAP_FLAGS_VALID    (SWAP_FLAG_PREFER | SWAP_FLAG_PRIO_MASK | SWAP_FLAG_DISCARD)

#define SWAP_MAGIC     "SWAPSPACE2"
#define SWAP_MAGIC_LEN 10 /* at the end of the page */

struct swap_header {
	char bootbits[1024]; /* for a boot loader and the disk's label */
	u32 version, last_page, nr_badpages;
	unsigned char uuid[16], volume[16];
	u32 padding[117];
	u32 badpages[];
};
#define MAX_SWAP_BADPAGES ((PAGE_SIZE - SWAP_MAGIC_LEN - sizeof(struct swap_header)) / sizeof(u32))
_Static_assert(MAX_SWAP_BADPAGES == 637, "the layout that mkswap writes");

/* ---- the header ---- */

static bool has_signature(const struct swap_header *h)
{
	if (!memcmp((const char *)h + PAGE_SIZE - SWAP_MAGIC_LEN, SWAP_MAGIC, SWAP_MAGIC_LEN))
		return true;
	pr_err("Unable to find swap-space signature\n");
	return false;
}

/* The slots that the area has by its header, with the header's own. 0: it cannot be used. */
static unsigned long header_slots(const struct swap_header *h, const struct inode *inode)
{
	unsigned long slots = MAX_SWAP_SLOTS, size = inode->i_size >> PAGE_SHIFT;

	if (!has_signature(h))
		return 0;
	if (h->version != 1) {
		pr_warn("Unable to handle swap header version %d\n", h->version);
		return 0;
	}
	if (!h->last_page) {
		pr_warn("Empty swap-file\n");
		return 0;
	}
	if (h->last_page > slots)
		pr_warn("Truncating oversized swap area, only using %luk out of %luk\n",
			slots << (PAGE_SHIFT - 10),
			(unsigned long)h->last_page << (PAGE_SHIFT - 10));
	else
		slots = min(slots, h->last_page + 1UL);
	if (size && slots > size) {
		pr_warn("Swap area shorter than signature indicates\n");
		return 0;
	}
	if (h->nr_badpages && (S_ISREG(inode->i_mode) || h->nr_badpages > MAX_SWAP_BADPAGES))
		return 0;
	return slots;
}

/* Mark the slots that are never used: the header, and what it calls bad. 0 or -EINVAL. */
static int mark_bad_slots(struct swap_info_struct *si, const struct swap_header *h)
{
	si->pages = si->max - 1;
	si->swap_map[0] = SWAP_MAP_BAD;
	for (unsigned int i = 0; i < h->nr_badpages; i++) {
		u32 slot = h->badpages[i];

		if (!slot || slot > h->last_page)
			return -EINVAL;
		if (slot < si->max) {
			si->pages -= si->swap_map[slot] != SWAP_MAP_BAD;
			si->swap_map[slot] = SWAP_MAP_BAD;
		}
	}
	return 0;
}

static int read_header(struct swap_info_struct *si, struct inode *inode)
{
	struct page *page = read_mapping_page(inode->i_mapping, 0, si->swap_file);
	struct swap_header *h;
	int err = -EINVAL;

	if (IS_ERR(page))
		return PTR_ERR(page);
	h = kmalloc(PAGE_SIZE, GFP_KERNEL); /* the table below is allocated, which may sleep */
	if (h)
		memcpy_from_page((char *)h, page, 0, PAGE_SIZE);
	put_page(page);
	if (!h)
		return -ENOMEM;
	si->max = header_slots(h, inode);
	if (si->max) {
		si->swap_map = vzalloc(si->max * sizeof(*si->swap_map));
		err = si->swap_map ? mark_bad_slots(si, h) : -ENOMEM;
	}
	kfree(h);
	return err;
}

/* ---- where the slots are ---- */

/* The place on the disk of the page-sized piece of a file that begins with block `probe`, in
   blocks. UNALIGNED: it is not in one piece there, or not page-aligned. 0: it has a hole. */
#define UNALIGNED (~0ULL)
static u64 piece_at(struct inode *inode, u64 probe, unsigned int per_page)
{
	struct address_space *mapping = inode->i_mapping;
	u64 first = mapping->a_ops->bmap(mapping, probe), block;

	if (first & (per_page - 1))
		return UNALIGNED;
	for (unsigned int i = 1; first && i < per_page; i++) {
		block = mapping->a_ops->bmap(mapping, probe + i);
		if (block != first + i)
			return block ? UNALIGNED : 0;
	}
	return first;
}

/* The next such piece from block *probe on, which moves on behind it. => its place on the disk, in
   pages; 0: there is no further one; -EINVAL: a hole. */
static long next_file_page(struct inode *inode, u64 *probe)
{
	unsigned int per_page = PAGE_SIZE >> inode->i_blkbits;
	u64 blocks = (u64)inode->i_size >> inode->i_blkbits;

	for (; *probe + per_page <= blocks; ++*probe) {
		u64 first = piece_at(inode, *probe, per_page);

		if (!first) {
			pr_err("swapon: swapfile has holes\n");
			return -EINVAL;
		}
		cond_resched();
		if (first != UNALIGNED) {
			*probe += per_page;
			return first >> (PAGE_SHIFT - inode->i_blkbits);
		}
	}
	return 0;
}

/* Go through the pages of a file, and store the runs that are contiguous on the disk, too, in
   si->extents if that is not NULL. => how many runs, or -EINVAL. *slots: how many pages. */
static int walk_file(struct swap_info_struct *si, struct inode *inode, unsigned long *slots)
{
	struct swap_extent run = {0};
	unsigned int nr = 0;
	u64 probe = 0;
	long at;

	for (*slots = 0; *slots < si->max; ++*slots) {
		at = next_file_page(inode, &probe);
		if (at < 0)
			return at;
		if (!at)
			break;
		if (!*slots || (u64)at != run.start_block + run.nr_pages) {
			run = (struct swap_extent){.start_page = *slots, .start_block = at};
			nr++;
		}
		run.nr_pages++;
		if (si->extents)
			si->extents[nr - 1] = run;
	}
	return nr;
}

static int setup_file_extents(struct swap_info_struct *si, struct inode *inode)
{
	unsigned long slots;
	int nr = walk_file(si, inode, &slots);

	if (nr < 0)
		return nr;
	if (slots < si->max) /* some pieces of it are not aligned */
		si->max = max(slots, 1UL);
	si->pages = si->max - 1;
	si->extents = kvmalloc(max(nr, 1) * sizeof(*si->extents));
	if (!si->extents)
		return -ENOMEM;
	si->nr_extents = walk_file(si, inode, &slots);
	return 0;
}

static int setup_extents(struct swap_info_struct *si, struct inode *inode)
{
	if (S_ISREG(inode->i_mode))
		return setup_file_extents(si, inode);
	si->extents = kvmalloc(sizeof(*si->extents));
	if (!si->extents)
		return -ENOMEM;
	si->extents[0] = (struct swap_extent){.nr_pages = si->max};
	si->nr_extents = 1;
	return 0;
}

/* Slots from the first to the last place on the disk, in KiB. */
static u64 extents_span(const struct swap_info_struct *si)
{
	u64 low = ~0ULL, high = 0;

	for (unsigned int i = 0; i < si->nr_extents; i++) {
		const struct swap_extent *se = &si->extents[i];

		low = min(low, se->start_block + !se->start_page);
		high = max(high, se->start_block + se->nr_pages - 1);
	}
	return (high - low + 1) << (PAGE_SHIFT - 10);
}

/* ---- the call ---- */

/* The area uses the device alone, or the device of the file's file system. 0 or -errno. */
static int claim_swapfile(struct swap_info_struct *si, struct inode *inode)
{
	int err = 0;

	if (S_ISBLK(inode->i_mode)) {
		err = blkdev_get(inode->i_bdev, si);
		if (!err)
			si->bdev = inode->i_bdev;
	} else if (S_ISREG(inode->i_mode)) {
		si->bdev = inode->i_sb->s_bdev;
	}
	return err;
}

/* Read the header and find the slots. The inode is locked. 0 or -errno. */
static int setup_swap_area(struct swap_info_struct *si, struct inode *inode)
{
	int err;

	if (d_unlinked(si->swap_file->f_path.dentry))
		return -ENOENT;
	if (inode->i_flags & S_SWAPFILE)
		return -EBUSY;
	if (!si->bdev || (S_ISREG(inode->i_mode) && !inode->i_mapping->a_ops->bmap))
		return -EINVAL;
	err = read_header(si, inode);
	if (!err)
		err = setup_extents(si, inode);
	if (err)
		return err;
	if (!si->pages) {
		pr_warn("Empty swap-file\n");
		return -EINVAL;
	}
	si->lowest_bit = si->cluster_next = 1;
	si->highest_bit = si->max - 1;
	inode->i_flags |= S_SWAPFILE;
	err = filemap_write_and_wait(inode->i_mapping);
	if (err)
		inode->i_flags &= ~S_SWAPFILE;
	return err;
}

/* Begin to use it. */
static void enable_swap_info(struct swap_info_struct *si, const char *name, int flags)
{
	static int least_priority = -1;

	if (flags & SWAP_FLAG_PREFER)
		si->prio = flags & SWAP_FLAG_PRIO_MASK;
	else
		si->prio = --least_priority;
	insert_swap_info(si);
	pr_info("Adding %luk swap on %s.  Priority:%d extents:%u across:%lluk \n",
		(unsigned long)si->pages << (PAGE_SHIFT - 10), name, si->prio, si->nr_extents,
		extents_span(si));
}

static int swapon_name(struct swap_info_struct *si, const char *name, int flags)
{
	struct file *f = filp_open(name, O_RDWR, 0);
	struct inode *inode;
	int err;

	if (IS_ERR(f))
		return PTR_ERR(f);
	si->swap_file = f;
	inode = f->f_mapping->host;
	err = claim_swapfile(si, inode);
	if (err)
		return err;
	inode_lock(inode);
	err = setup_swap_area(si, inode);
	inode_unlock(inode);
	if (!err)
		enable_swap_info(si, name, flags);
	return err;
}

int do_swapon(const char __user *uname, int flags)
{
	struct swap_info_struct *si;
	char *name;
	int err;

	if (flags & ~SWAP_FLAGS_VALID)
		return -EINVAL;
	if (!has_cap(CAP_SYS_ADMIN))
		return -EPERM;
	name = getname(uname);
	if (IS_ERR(name))
		return PTR_ERR(name);
	swap_check();
	si = alloc_swap_info();
	err = si ? swapon_name(si, name, flags) : -EPERM;
	if (err && si)
		free_swap_info(si);
	putname(name);
	return err;
}
