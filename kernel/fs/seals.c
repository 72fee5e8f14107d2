/*
 * Seals: the maker of a memory file promises others that it will not shrink, grow or change any
 * more (fcntl F_ADD_SEALS).
 */
#include "kernel/fs/seals.h"
#include "kernel/fs/internal.h"
#include "kernel/sched/sched.h"

#define F_ALL_SEALS	 (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)
#define MEMFD_TAG_PINNED 0 /* pages of such files have no other tags */
#define LAST_SCAN	 4 /* after about 150 ms */

static unsigned int *seals_of(struct file *f)
{
	return f->f_op->seals ? f->f_op->seals(f) : NULL;
}

unsigned int file_seals(struct file *f)
{
	const unsigned int *seals = seals_of(f);

	return seals ? *seals : 0;
}

/* ---- waiting for pins ---- */

/* Has the page references other than those of the cache and its mappings? */
static bool has_extra_refs(const struct page *page)
{
	return page_count(page) - page_mapcount(page) != 1;
}

static void tag_pins(struct address_space *mapping)
{
	unsigned long index = 0;
	struct page *page;

	for (; (page = radix_tree_find(&mapping->pages, &index)); index++) {
		if (!xa_is_value(page) && has_extra_refs(page))
			radix_tree_tag_set(&mapping->pages, index, MEMFD_TAG_PINNED);
		cond_resched();
	}
}

/* Clear the tags of pages that are no longer pinned; in the last scan, clear all tags. => whether a
   page was still pinned in the last scan. */
static bool untag_pins(struct address_space *mapping, bool last)
{
	unsigned long index = 0;
	struct page *page;
	bool busy = false;

	for (; (page = radix_tree_find_tag(&mapping->pages, &index, MEMFD_TAG_PINNED)); index++) {
		bool pinned = !xa_is_value(page) && has_extra_refs(page);

		if (last || !pinned)
			radix_tree_tag_clear(&mapping->pages, index, MEMFD_TAG_PINNED);
		busy |= last && pinned;
		cond_resched();
	}
	return busy;
}

/*
 * A call in progress that holds references to pages of the file may still write them, although no
 * mapping is left. New ones cannot start: no mapping is created, and the inode is locked. 0, or
 * -EBUSY if they take too long.
 */
static int memfd_wait_for_pins(struct address_space *mapping)
{
	bool busy = false;

	tag_pins(mapping);
	for (int scan = 0;
	     scan <= LAST_SCAN && radix_tree_tagged(&mapping->pages, MEMFD_TAG_PINNED); scan++) {
		if (scan && schedule_timeout_killable((HZ << scan) / 200))
			scan = LAST_SCAN;
		busy = untag_pins(mapping, scan == LAST_SCAN);
	}
	return busy ? -EBUSY : 0;
}

/* The inode is locked. May sleep. */
static long add_seals_locked(struct file *f, unsigned int seals)
{
	unsigned int *old = seals_of(f);
	int err;

	if (!old)
		return -EINVAL;
	if (*old & F_SEAL_SEAL)
		return -EPERM;
	if (seals & F_SEAL_WRITE && !(*old & F_SEAL_WRITE)) {
		err = mapping_deny_writable(f->f_mapping);
		if (err)
			return err;
		err = memfd_wait_for_pins(f->f_mapping);
		if (err) {
			mapping_allow_writable(f->f_mapping);
			return err;
		}
	}
	*old |= seals;
	return 0;
}

static long add_seals(struct file *f, unsigned int seals)
{
	long err;

	if (!(f->f_mode & FMODE_WRITE))
		return -EPERM;
	if (seals & ~F_ALL_SEALS)
		return -EINVAL;
	inode_lock(f->f_inode);
	err = add_seals_locked(f, seals);
	inode_unlock(f->f_inode);
	return err;
}

long fcntl_seals(struct file *f, unsigned int cmd, unsigned long arg)
{
	unsigned int *seals;

	if (cmd == F_ADD_SEALS)
		return add_seals(f, arg);
	seals = seals_of(f);
	return seals ? (long)*seals : -EINVAL;
}
