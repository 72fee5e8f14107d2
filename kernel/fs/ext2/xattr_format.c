/*
 * The areas of extended attributes, read and changed; see xattr_format.h.
 */
#include "kernel/fs/ext2/xattr_format.h"
#include "libc/include/string.h"
#include <linux/errno.h>
#include <linux/limits.h>

#define PAD(len)	 (((len) + 3) & ~3U)
#define END_SIZE	 sizeof(__u32)
#define WORD_BITS	 32
#define NAME_HASH_SHIFT	 5
#define VALUE_HASH_SHIFT 16
#define BLOCK_HASH_SHIFT 16

static __u32 entry_size(__u32 name_len)
{
	return PAD(sizeof(struct ext2_xattr_entry) + name_len);
}

static struct ext2_xattr_entry *entry_at(const struct ext2_xattr_area *a, __u32 offset)
{
	return (void *)(a->base + offset);
}

static bool is_last(const struct ext2_xattr_entry *e)
{
	__u32 word;

	memcpy(&word, e, sizeof(word));
	return !word;
}

/* ---- reading ---- */

/* Is the value of an entry inside the area, behind the entries, which end before `end`? */
static bool value_is_inside(const struct ext2_xattr_area *a, const struct ext2_xattr_entry *e,
			    __u32 end)
{
	if (e->e_value_inum) /* values in inodes of their own are not known here */
		return false;
	if (!e->e_value_size)
		return true;
	return e->e_value_size <= XATTR_SIZE_MAX && e->e_value_offs >= end &&
	       e->e_value_offs <= a->size && PAD(e->e_value_size) <= a->size - e->e_value_offs;
}

/* Mark the words of a value that is inside. False: another value has one of them. */
static bool claim_words(__u32 *used, const struct ext2_xattr_entry *e)
{
	__u32 word = e->e_value_offs / sizeof(__u32);
	__u32 last = (e->e_value_offs + PAD(e->e_value_size) - 1) / sizeof(__u32);

	if (!e->e_value_size)
		return true;
	for (; word <= last; word++) {
		if (used[word / WORD_BITS] >> word % WORD_BITS & 1)
			return false;
		used[word / WORD_BITS] |= 1U << word % WORD_BITS;
	}
	return true;
}

int ext2_xattr_check(const struct ext2_xattr_area *a)
{
	__u32 used[EXT2_MAX_BLOCK_SIZE / sizeof(__u32) / WORD_BITS] = {0};
	__u32 at = a->first, end;

	for (;; at += entry_size(entry_at(a, at)->e_name_len)) {
		const struct ext2_xattr_entry *e = entry_at(a, at);

		if (at > a->size - END_SIZE)
			return -EUCLEAN;
		if (is_last(e))
			break;
		if (sizeof(*e) + e->e_name_len > a->size - at ||
		    memchr(e->e_name, 0, e->e_name_len))
			return -EUCLEAN;
	}
	end = at + END_SIZE;
	for (at = a->first; !is_last(entry_at(a, at));
	     at += entry_size(entry_at(a, at)->e_name_len)) {
		const struct ext2_xattr_entry *e = entry_at(a, at);

		if (!value_is_inside(a, e, end) || !claim_words(used, e))
			return -EUCLEAN;
	}
	return 0;
}

const struct ext2_xattr_entry *ext2_xattr_first(const struct ext2_xattr_area *a)
{
	return is_last(entry_at(a, a->first)) ? NULL : entry_at(a, a->first);
}

const struct ext2_xattr_entry *ext2_xattr_next(const struct ext2_xattr_entry *e)
{
	const struct ext2_xattr_entry *next =
		(const void *)((const char *)e + entry_size(e->e_name_len));

	return is_last(next) ? NULL : next;
}

/* The order of the entries of a block. */
static int compare(const struct ext2_xattr_name *name, const struct ext2_xattr_entry *e)
{
	if (name->index != e->e_name_index)
		return name->index - e->e_name_index;
	if (name->len != e->e_name_len)
		return name->len - e->e_name_len;
	return memcmp(name->name, e->e_name, name->len);
}

/* The offset of the name's entry; or, *found false, where it would be. */
static __u32 find(const struct ext2_xattr_area *a, const struct ext2_xattr_name *name, bool *found)
{
	__u32 at = a->first;

	*found = false;
	for (; !is_last(entry_at(a, at)); at += entry_size(entry_at(a, at)->e_name_len)) {
		int cmp = compare(name, entry_at(a, at));

		*found = !cmp;
		if (!cmp || (cmp < 0 && a->block))
			break;
	}
	return at;
}

const struct ext2_xattr_entry *ext2_xattr_find(const struct ext2_xattr_area *a,
					       const struct ext2_xattr_name *name)
{
	bool found;
	__u32 at = find(a, name, &found);

	return found ? entry_at(a, at) : NULL;
}

/* ---- changing ---- */

/* Where the entries end, and where the lowest value begins. */
static void measure(const struct ext2_xattr_area *a, __u32 *last, __u32 *lowest)
{
	const struct ext2_xattr_entry *e;

	*lowest = a->size;
	for (*last = a->first; !is_last(e = entry_at(a, *last));
	     *last += entry_size(e->e_name_len)) {
		if (e->e_value_size && e->e_value_offs < *lowest)
			*lowest = e->e_value_offs;
	}
}

/* A value goes: those below it move up. */
static void remove_value(struct ext2_xattr_area *a, struct ext2_xattr_entry *e, __u32 lowest)
{
	__u32 size = PAD(e->e_value_size), offs = e->e_value_offs;
	struct ext2_xattr_entry *other = entry_at(a, a->first);

	if (!size)
		return;
	memmove(a->base + lowest + size, a->base + lowest, offs - lowest);
	memset(a->base + lowest, 0, size);
	for (; !is_last(other); other = (void *)((char *)other + entry_size(other->e_name_len))) {
		if (other->e_value_size && other->e_value_offs < offs)
			other->e_value_offs += size;
	}
	e->e_value_size = 0;
	e->e_value_offs = 0;
}

static void remove_entry(struct ext2_xattr_area *a, __u32 at, __u32 last)
{
	__u32 size = entry_size(entry_at(a, at)->e_name_len);

	memmove(a->base + at, a->base + at + size, last + END_SIZE - at - size);
	memset(a->base + last + END_SIZE - size, 0, size);
}

static void insert_entry(struct ext2_xattr_area *a, __u32 at, __u32 last,
			 const struct ext2_xattr_name *name)
{
	struct ext2_xattr_entry *e = entry_at(a, at);
	__u32 size = entry_size(name->len);

	memmove(a->base + at + size, a->base + at, last + END_SIZE - at);
	memset(e, 0, size);
	e->e_name_index = name->index;
	e->e_name_len = name->len;
	memcpy(e->e_name, name->name, name->len);
}

static void store_value(struct ext2_xattr_area *a, struct ext2_xattr_entry *e, __u32 offs,
			const void *value, __u32 size)
{
	e->e_value_size = size;
	e->e_value_offs = size ? offs : 0;
	memcpy(a->base + offs, value, size);
	memset(a->base + offs + size, 0, PAD(size) - size);
}

static __u32 rotate(__u32 hash, int shift)
{
	return hash << shift | hash >> (32 - shift);
}

static __u32 hash_entry(const struct ext2_xattr_area *a, const struct ext2_xattr_entry *e)
{
	const char *value = ext2_xattr_value(a, e);
	__u32 hash = 0, word;

	for (__u32 i = 0; i < e->e_name_len; i++)
		hash = rotate(hash, NAME_HASH_SHIFT) ^ (unsigned char)e->e_name[i];
	for (__u32 i = 0; i < PAD(e->e_value_size); i += sizeof(word)) {
		memcpy(&word, value + i, sizeof(word));
		hash = rotate(hash, VALUE_HASH_SHIFT) ^ word;
	}
	return hash;
}

static void rehash_block(struct ext2_xattr_area *a)
{
	struct ext2_xattr_header *header = (void *)a->base;
	const struct ext2_xattr_entry *e = ext2_xattr_first(a);
	__u32 hash = 0;

	for (; e; e = ext2_xattr_next(e)) {
		if (!e->e_hash) {
			hash = 0;
			break;
		}
		hash = rotate(hash, BLOCK_HASH_SHIFT) ^ e->e_hash;
	}
	header->h_hash = hash;
}

/* The name is at `at` if `found`, else it is to be there: there is room for all. */
static void set_value(struct ext2_xattr_area *a, __u32 at, bool found,
		      const struct ext2_xattr_name *name, const void *value, __u32 size)
{
	struct ext2_xattr_entry *e = entry_at(a, at);
	__u32 last, lowest;

	measure(a, &last, &lowest);
	if (found && size && PAD(size) == PAD(e->e_value_size)) {
		store_value(a, e, e->e_value_offs, value, size);
	} else {
		if (found) {
			remove_value(a, e, lowest);
			measure(a, &last, &lowest);
		} else {
			insert_entry(a, at, last, name);
		}
		store_value(a, e, lowest - PAD(size), value, size);
	}
	e->e_hash = a->block ? hash_entry(a, e) : 0;
}

int ext2_xattr_set(struct ext2_xattr_area *a, const struct ext2_xattr_name *name, const void *value,
		   __u32 size)
{
	__u32 last, lowest, room;
	bool found;
	__u32 at = find(a, name, &found);
	struct ext2_xattr_entry *e = entry_at(a, at);

	measure(a, &last, &lowest);
	if (value) {
		room = lowest - last - END_SIZE;
		if (found)
			room += entry_size(name->len) + PAD(e->e_value_size);
		if (room < entry_size(name->len) || room - entry_size(name->len) < PAD(size))
			return -ENOSPC;
		set_value(a, at, found, name, value, size);
	} else if (found) {
		remove_value(a, e, lowest);
		remove_entry(a, at, last);
	}
	if (a->block)
		rehash_block(a);
	return 0;
}
