/*
 * Partitions: the parts of a disk that its first sector names, as devices of their own: /dev/vda1
 * and so on. The table is that of the PC ("MBR"): four primary partitions, of which one may be an
 * extended one, a chain of sectors that name the logical ones, from number 5 on.
 */
#include "kernel/fs/internal.h"
#include "kernel/lib/util.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include "mm/phys/slab.h"
#include "mm/phys/vmalloc.h"

/* ---- reading the table ---- */

#define TABLE_OFFSET	0x1be
#define MAGIC_OFFSET	510
#define NR_SLOTS	4
#define FIRST_LOGICAL	5
#define MAX_EMPTY_LINKS 100 /* sectors in a row, in the chain, that name no partition */
#define TYPE_GPT	0xee
#define BOOT_INDICATOR	0x80
#define EXTENDED_SECTORS                                                        \
	2 /* what of the extended partition is a device: room for a boot loader \
	   */
#define LINE_MAX 512

struct part {
	u64 from, size; /* sectors; size 0: there is none */
};

struct parsed_partitions {
	struct block_device *disk;
	struct part parts[DISK_MAX_PARTS];
	unsigned int next;   /* number of the next logical one */
	char line[LINE_MAX]; /* for the log */
	u8 sector[SECTOR_SIZE];
};

/* An entry, by its place in the sector: all numbers are little-endian and not aligned. */
struct msdos_partition {
	u8 boot_ind, head, sector, cyl, sys_ind, end_head, end_sector, end_cyl;
	u8 start_sect[4], nr_sects[4];
};

static u32 le32(const u8 *bytes)
{
	return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (u32)bytes[3] << 24;
}

static bool is_extended(const struct msdos_partition *p)
{
	return p->sys_ind == 0x05 || p->sys_ind == 0x0f || p->sys_ind == 0x85;
}

/* The slots of a sector of the disk, as long as no other is read. ERR_PTR(-EIO, -ENOMEM); NULL: it
   holds no table. */
static const struct msdos_partition *read_table(struct parsed_partitions *state, u64 sector)
{
	unsigned int offset;
	struct page *page = bread_page(state->disk, sector, SECTOR_SIZE, &offset);

	if (IS_ERR(page))
		return ERR_CAST(page);
	memcpy_from_page(state->sector, page, offset, SECTOR_SIZE);
	put_page(page);
	if (state->sector[MAGIC_OFFSET] != 0x55 || state->sector[MAGIC_OFFSET + 1] != 0xaa)
		return NULL;
	return (const struct msdos_partition *)(state->sector + TABLE_OFFSET);
}

static void tell(struct parsed_partitions *state, const char *text)
{
	size_t used = strlen(state->line);

	strlcpy(state->line + used, text, sizeof(state->line) - used);
}

static void partition_name(const struct block_device *disk, unsigned int partno, char *name,
			   size_t size)
{
	char last = disk->name[strlen(disk->name) - 1];

	snprintf(name, size, "%s%s%u", disk->name, last >= '0' && last <= '9' ? "p" : "", partno);
}

static void put_partition(struct parsed_partitions *state, unsigned int n, u64 from, u64 size)
{
	char name[sizeof(state->disk->name) + 8];

	state->parts[n] = (struct part){from, size};
	partition_name(state->disk, n, name, sizeof(name));
	tell(state, " ");
	tell(state, name);
}

/* The logical partitions that one sector of the chain names. => how many. */
static unsigned int parse_logical(struct parsed_partitions *state, const struct msdos_partition *p,
				  u64 here, u64 here_size, const struct part *whole)
{
	unsigned int found = 0;

	for (int i = 0; i < NR_SLOTS && state->next < DISK_MAX_PARTS; i++, p++) {
		u64 offs = le32(p->start_sect), size = le32(p->nr_sects);

		if (!size || is_extended(p))
			continue;
		/* the third and the fourth are sometimes garbage */
		if (i >= 2 && (offs + size > here_size || here + offs < whole->from ||
			       here + offs + size > whole->from + whole->size))
			continue;
		put_partition(state, state->next++, here + offs, size);
		found++;
	}
	return found;
}

/* Follow the chain. A damaged one may lead in a circle. */
static void parse_extended(struct parsed_partitions *state, const struct part *whole)
{
	u64 here = whole->from, here_size = whole->size;

	for (int empty = 0; empty <= MAX_EMPTY_LINKS && state->next < DISK_MAX_PARTS; empty++) {
		const struct msdos_partition *p = read_table(state, here);
		int i;

		if (IS_ERR_OR_NULL(p))
			return;
		if (parse_logical(state, p, here, here_size, whole))
			empty = 0;
		for (i = 0; i < NR_SLOTS && !(le32(p[i].nr_sects) && is_extended(&p[i])); i++)
			;
		if (i == NR_SLOTS)
			return;
		here = whole->from + le32(p[i].start_sect);
		here_size = le32(p[i].nr_sects);
	}
}

/* Is this a table, or the boot sector of a file system with the same magic? */
static bool plausible(const struct msdos_partition *p)
{
	for (int i = 0; i < NR_SLOTS; i++) {
		if ((p[i].boot_ind && p[i].boot_ind != BOOT_INDICATOR) || p[i].sys_ind == TYPE_GPT)
			return false;
	}
	return true;
}

/* Fill state->parts. 0; -EIO: the disk cannot be read. */
static int parse_table(struct parsed_partitions *state)
{
	const struct msdos_partition *p = read_table(state, 0);
	struct msdos_partition table[NR_SLOTS];

	if (IS_ERR(p))
		return PTR_ERR(p);
	if (!p || !plausible(p))
		return 0;
	memcpy(table, p, sizeof(table)); /* the chain is read into the same place */
	snprintf(state->line, sizeof(state->line), " %s:", state->disk->name);
	for (int i = 0; i < NR_SLOTS; i++) {
		struct part part = {le32(table[i].start_sect), le32(table[i].nr_sects)};

		if (!part.size)
			continue;
		if (is_extended(&table[i])) {
			put_partition(state, i + 1, part.from,
				      min_t(u64, part.size, EXTENDED_SECTORS));
			tell(state, " <");
			parse_extended(state, &part);
			tell(state, " >");
		} else {
			put_partition(state, i + 1, part.from, part.size);
		}
	}
	printk(KERN_INFO "%s\n", state->line);
	return 0;
}

/* ---- the devices ---- */

/* Its number: one of the disk's own, or the next free one of those for all disks. */
static dev_t partition_devt(const struct block_device *disk, unsigned int partno)
{
	unsigned int minor = 0;

	if (partno < disk->minors)
		return disk->dev + partno;
	while (bdev_by_devt(MKDEV(BLOCK_EXT_MAJOR, minor)))
		minor++;
	return MKDEV(BLOCK_EXT_MAJOR, minor);
}

/* The structure of a partition that was there before is used again: others may look at it still. */
static struct block_device *get_partition(struct block_device *disk, unsigned int partno)
{
	struct block_device *part;

	for (part = disk->bd_parts; part; part = part->bd_next) {
		if (part->bd_partno == partno)
			return part;
	}
	part = kzalloc(sizeof(*part), GFP_KERNEL);
	if (!part)
		return NULL;
	part->ops = disk->ops;
	part->queue = disk->queue;
	part->bd_whole = disk;
	part->bd_partno = partno;
	partition_name(disk, partno, part->name, sizeof(part->name));
	part->bd_next = disk->bd_parts;
	disk->bd_parts = part;
	return part;
}

static int add_partition(struct block_device *disk, unsigned int partno, const struct part *p)
{
	struct block_device *part = get_partition(disk, partno);

	if (!part)
		return -ENOMEM;
	part->dev = partition_devt(disk, partno);
	part->bd_start_sect = p->from;
	part->nr_sectors = p->size;
	part->read_only = disk->queue->read_only;
	memset(&part->stats, 0, sizeof(part->stats));
	return add_bdev(part);
}

/* The part of it that is on the disk becomes a device. */
static void add_if_on_disk(struct block_device *disk, unsigned int partno, struct part p)
{
	int err;

	if (p.from >= disk->nr_sectors) {
		pr_warn("%s: p%u start %llu is beyond EOD, ignored\n", disk->name, partno, p.from);
		return;
	}
	if (p.size > disk->nr_sectors - p.from) {
		pr_warn("%s: p%u size %llu extends beyond EOD, truncated\n", disk->name, partno,
			p.size);
		p.size = disk->nr_sectors - p.from;
	}
	err = add_partition(disk, partno, &p);
	if (err)
		pr_err(" %s: p%u could not be added: %d\n", disk->name, partno, -err);
}

static void delete_partitions(struct block_device *disk)
{
	for (struct block_device *part = disk->bd_parts; part; part = part->bd_next) {
		if (bdev_by_devt(part->dev) == part)
			del_bdev(part);
	}
}

int bdev_disk_changed(struct block_device *disk)
{
	struct parsed_partitions *state;
	int err;

	if (disk->open_partitions)
		return -EBUSY;
	state = kvzalloc(sizeof(*state));
	if (!state)
		return -ENOMEM;
	state->disk = disk;
	state->next = FIRST_LOGICAL;
	sync_blockdev(disk);
	invalidate_mapping_pages(disk->inode->i_mapping, 0, ~0UL);
	delete_partitions(disk);
	err = parse_table(state);
	if (err)
		printk(KERN_INFO " %s: unable to read partition table\n", disk->name);
	for (unsigned int n = 1; n < DISK_MAX_PARTS; n++) {
		if (state->parts[n].size)
			add_if_on_disk(disk, n, state->parts[n]);
		cond_resched();
	}
	kvfree(state);
	return err;
}
