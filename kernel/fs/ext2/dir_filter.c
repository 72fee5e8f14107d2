/*
 * Large directories are lists on the disk. So that a search does not read all of a list, each page
 * that was searched in vain leaves a filter in memory: a set of bits, three for each name. A name
 * whose bits are not all set is surely not in the page. Names that go leave their bits.
 */
#include "kernel/fs/ext2/ext2.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/phys/slab.h"
#include "mm/phys/vmalloc.h"

#define MIN_PAGES    4 /* smaller directories are searched quickly anyway */
#define FILTER_BITS  2048
#define WORD_BITS    32
#define FILTER_WORDS (FILTER_BITS / WORD_BITS)
#define NAME_BITS    3	/* of a name */
#define HASH_STEP    10 /* bits of the hash from one to the next */

/* The filters of a directory's pages; NULL: that one has none. */
struct ext2_filters {
	u32 npages;
	u32 *page[];
};

/* FNV-1a, with the high bits mixed into the low ones. */
static u32 hash_name(const char *name, u32 len)
{
	u32 hash = 2166136261U;

	for (u32 i = 0; i < len; i++)
		hash = (hash ^ (u8)name[i]) * 16777619U;
	return hash ^ hash >> 15;
}

static u32 name_bit(u32 hash, int n)
{
	return (hash >> n * HASH_STEP) % FILTER_BITS;
}

static void add_name(u32 *filter, const char *name, u32 len)
{
	u32 hash = hash_name(name, len);

	for (int n = 0; n < NAME_BITS; n++) {
		u32 bit = name_bit(hash, n);

		filter[bit / WORD_BITS] |= 1U << bit % WORD_BITS;
	}
}

static u32 *filter_of(struct inode *dir, u32 page)
{
	const struct ext2_filters *f = EXT2_I(dir)->filters;

	return f && page < f->npages ? f->page[page] : NULL;
}

bool ext2_filter_excludes(struct inode *dir, u32 page, const struct qstr *name)
{
	const u32 *filter = filter_of(dir, page);
	u32 hash;

	if (!filter)
		return false;
	hash = hash_name(name->name, name->len);
	for (int n = 0; n < NAME_BITS; n++) {
		u32 bit = name_bit(hash, n);

		if (!(filter[bit / WORD_BITS] >> bit % WORD_BITS & 1))
			return true;
	}
	return false;
}

void ext2_filter_add(struct inode *dir, u32 page, const struct qstr *name)
{
	u32 *filter = filter_of(dir, page);

	if (filter)
		add_name(filter, name->name, name->len);
}

/* Room for the filter of a page. Without memory there is none. */
static struct ext2_filters *make_room(struct inode *dir, u32 page)
{
	struct ext2_filters *old = EXT2_I(dir)->filters, *more;
	u32 npages;

	if (old && page < old->npages)
		return old;
	npages = roundup_pow_of_two(page + 1);
	more = kvzalloc(sizeof(*more) + npages * sizeof(more->page[0]));
	if (!more)
		return NULL;
	if (old != EXT2_I(dir)->filters) { /* another search has been here */
		kvfree(more);
		return NULL;
	}
	more->npages = npages;
	if (old)
		memcpy(more->page, old->page, old->npages * sizeof(old->page[0]));
	EXT2_I(dir)->filters = more;
	kvfree(old);
	return more;
}

void ext2_filter_prepare(struct inode *dir, u32 page)
{
	struct ext2_filters *f;
	u32 *filter;

	if (i_size_pages(dir) < MIN_PAGES || filter_of(dir, page))
		return;
	filter = kmalloc(FILTER_BITS / 8, GFP_NOFS | __GFP_NOWARN);
	f = filter ? make_room(dir, page) : NULL;
	if (!f || f->page[page]) {
		kfree(filter);
		return;
	}
	/* All bits: it excludes nothing until it is built. */
	memset(filter, 0xff, FILTER_BITS / 8);
	f->page[page] = filter;
}

void ext2_filter_build(struct inode *dir, u32 page, const char *kaddr, u32 bytes)
{
	const struct ext2_layout *l = &EXT2_SB(dir->i_sb)->layout;
	u32 *filter = filter_of(dir, page);
	struct ext2_dirent de;
	const char *why;

	if (!filter)
		return;
	memset(filter, 0, FILTER_BITS / 8);
	for (u32 at = 0; at < bytes; at += de.rec_len) {
		u32 block = ALIGN_DOWN(at, l->block_size);

		if (ext2_parse_dirent(l, kaddr + block, at - block, &de, &why)) {
			memset(filter, 0xff, FILTER_BITS / 8);
			return;
		}
		if (de.ino)
			add_name(filter, de.name, de.name_len);
	}
}

void ext2_filters_free(struct inode *dir)
{
	struct ext2_filters *f = EXT2_I(dir)->filters;

	for (u32 i = 0; f && i < f->npages; i++)
		kfree(f->page[i]);
	kvfree(f);
	EXT2_I(dir)->filters = NULL;
}
