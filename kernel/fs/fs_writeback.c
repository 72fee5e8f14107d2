/*
 * Which inodes are dirty, and who writes them. An inode gets on its super block's list of dirty
 * ones with its first change, and leaves it when it has been written. The flusher, a kernel thread,
 * wakes every dirty_writeback_centisecs and writes what has been dirty for dirty_expire_centisecs;
 * when dirty pages are too many it writes until they are not.
 *
 * I_SYNC says that someone writes the inode: one at a time. It is no lock against changes: a change
 * meanwhile makes the inode dirty again.
 */
#include "kernel/fs/writeback.h"
#include "kernel/block/bio.h"
#include "kernel/fs/internal.h"

static DECLARE_WAIT_QUEUE_HEAD(sync_wait);    /* for I_SYNC to end */
static DECLARE_WAIT_QUEUE_HEAD(flusher_wait); /* the flusher itself */
static bool flusher_wanted;		      /* at once: wakeup_flusher */
static bool something_dirty;		      /* since the flusher last found nothing */
static bool interval_changed;

/* ---- the list ---- */

void __mark_inode_dirty(struct inode *inode, unsigned int flags)
{
	unsigned int before = inode->i_state;

	inode->i_state |= flags;
	if (before & (I_DIRTY | I_SYNC | I_FREEING) || !inode->i_sb->s_writeback)
		return; /* on the list, or put there when its writing ends */
	inode->dirtied_when = jiffies;
	list_add_tail(&inode->i_wb_list, &inode->i_sb->s_dirty);
	if (!something_dirty) {
		something_dirty = true;
		wake_up(&flusher_wait);
	}
}

static void mapping_dirtied(struct address_space *mapping)
{
	if (!(mapping->host->i_state & I_DIRTY_PAGES))
		__mark_inode_dirty(mapping->host, I_DIRTY_PAGES);
}

static void wait_for_inode_sync(struct inode *inode)
{
	wait_event(sync_wait, !(inode->i_state & I_SYNC));
}

void inode_wb_del(struct inode *inode)
{
	wait_for_inode_sync(inode);
	list_del_init(&inode->i_wb_list);
}

/* ---- one inode ---- */

/* Where the inode belongs after it was written: nowhere, or, if there is more to write, at the
   list's end, as if it had become dirty now. */
static void requeue_inode(struct inode *inode)
{
	list_del_init(&inode->i_wb_list);
	if (!(inode->i_state & I_DIRTY) || inode->i_state & I_FREEING)
		return;
	inode->dirtied_when = jiffies;
	list_add_tail(&inode->i_wb_list, &inode->i_sb->s_dirty);
}

static int write_inode(struct inode *inode, struct writeback_control *wbc)
{
	const struct super_operations *op = inode->i_sb->s_op;

	return op->write_inode ? op->write_inode(inode, wbc) : 0;
}

/* The pages, then what the inode holds: a size is written after the bytes that it counts. */
static int __writeback_single_inode(struct inode *inode, struct writeback_control *wbc, bool pages)
{
	struct address_space *mapping = inode->i_mapping;
	bool all = wbc->sync_mode == WB_SYNC_ALL;
	int err = 0, wait_err = 0, inode_err = 0;
	unsigned int dirty;

	if (pages && mapping_tagged(mapping, PAGECACHE_TAG_DIRTY))
		err = do_writepages(mapping, wbc);
	if (pages && all)
		wait_err = filemap_fdatawait_range(mapping, 0, ALL_BYTES);
	dirty = inode->i_state & I_DIRTY_INODE;
	inode->i_state &= ~I_DIRTY;
	if (mapping_tagged(mapping, PAGECACHE_TAG_DIRTY))
		inode->i_state |= I_DIRTY_PAGES;
	if (dirty)
		inode_err = write_inode(inode, wbc);
	return err ? err : wait_err ? wait_err : inode_err;
}

/* The same for one of several who may want it at a time. The caller holds a reference. */
static int writeback_single_inode(struct inode *inode, struct writeback_control *wbc, bool pages)
{
	int err = 0;

	while (inode->i_state & I_SYNC) {
		if (wbc->sync_mode != WB_SYNC_ALL)
			return 0;
		wait_for_inode_sync(inode);
	}
	if (!(inode->i_state & I_DIRTY) &&
	    !(wbc->sync_mode == WB_SYNC_ALL && pages &&
	      mapping_tagged(inode->i_mapping, PAGECACHE_TAG_WRITEBACK)))
		return 0;
	inode->i_state |= I_SYNC;
	err = __writeback_single_inode(inode, wbc, pages);
	inode->i_state &= ~I_SYNC;
	wake_up_all(&sync_wait);
	if (inode->i_sb->s_writeback)
		requeue_inode(inode);
	return err;
}

static int write_one_inode(struct inode *inode, bool wait, bool pages)
{
	struct writeback_control wbc = {
		.sync_mode = wait ? WB_SYNC_ALL : WB_SYNC_NONE,
		.nr_to_write = ALL_PAGES,
		.range_end = ALL_BYTES,
	};

	return writeback_single_inode(inode, &wbc, pages);
}

int write_inode_now(struct inode *inode, bool wait)
{
	return write_one_inode(inode, wait, true);
}

int sync_inode_metadata(struct inode *inode, bool wait)
{
	return write_one_inode(inode, wait, false);
}

/* ---- the inodes of a file system ---- */

/* Each of the flusher's looks at an inode writes at most this many pages, for the sake of others.
 */
#define WRITEBACK_CHUNK 1024

/*
 * Write the inodes that became dirty before `before`, oldest first; with `enough`, until that says
 * so. Whoever gets dirty meanwhile goes to the list's end, with a younger time. => whether there
 * was one.
 */
static bool writeback_sb(struct super_block *sb, enum writeback_sync_modes mode,
			 unsigned long before, bool (*enough)(void))
{
	bool found = false;
	struct blk_plug plug;

	/* the pages of small files are often neighbours on the disk: they go together */
	blk_start_plug(&plug);
	while (!list_empty(&sb->s_dirty) && !(enough && enough())) {
		struct inode *inode = list_first_entry(&sb->s_dirty, struct inode, i_wb_list);
		struct writeback_control wbc = {
			.sync_mode = mode,
			.nr_to_write = mode == WB_SYNC_ALL ? ALL_PAGES : WRITEBACK_CHUNK,
			.range_end = ALL_BYTES,
		};

		if (time_after(inode->dirtied_when, before))
			break;
		found = true;
		if (!igrab(inode)) { /* it goes: nothing of it is written any more */
			list_del_init(&inode->i_wb_list);
			continue;
		}
		/* Of one that is not made yet the name may be missing. Another one is being
		 * written. */
		if (inode->i_state & I_NEW || (inode->i_state & I_SYNC && mode != WB_SYNC_ALL))
			requeue_inode(inode);
		else
			writeback_single_inode(inode, &wbc, true);
		iput(inode);
		wake_dirty_waiters();
		cond_resched();
	}
	blk_finish_plug(&plug);
	return found;
}

void writeback_inodes_sb(struct super_block *sb)
{
	writeback_sb(sb, WB_SYNC_NONE, jiffies, NULL);
}

/* Wait for pages of inodes that are clean now, since their writing was started by others. */
static void wait_sb_inodes(struct super_block *sb)
{
	struct inode *inode, *last = NULL;

	list_for_each_entry (inode, &sb->s_inodes, i_sb_list) {
		if (!mapping_tagged(inode->i_mapping, PAGECACHE_TAG_WRITEBACK) || !igrab(inode))
			continue;
		/* the list may change while we sleep; the inode that we hold stays where it is */
		iput(last);
		last = inode;
		filemap_fdatawait_keep_errors(inode->i_mapping);
	}
	iput(last);
}

void sync_inodes_sb(struct super_block *sb)
{
	writeback_sb(sb, WB_SYNC_ALL, jiffies, NULL);
	wait_sb_inodes(sb);
}

/* ---- the flusher ---- */

static bool below_background(void)
{
	return !over_bground_thresh();
}

struct writeback_work {
	unsigned long before; /* inodes that became dirty until then */
	bool (*enough)(void); /* NULL: all of them */
};

static void writeback_one_super(struct super_block *sb, void *arg)
{
	struct writeback_work *work = arg;

	if (!sb->s_writeback || list_empty(&sb->s_dirty))
		return;
	if (writeback_sb(sb, WB_SYNC_NONE, work->before, work->enough) && sb->s_op->sync_fs)
		sb->s_op->sync_fs(sb, false);
}

static void writeback_all(unsigned long before, bool (*enough)(void))
{
	struct writeback_work work = {.before = before, .enough = enough};

	iterate_supers(writeback_one_super, &work, false);
}

/* Also what was left out because its s_umount was held. */
static bool anything_is_dirty(void)
{
	struct super_block *sb;

	list_for_each_entry (sb, &super_blocks, s_list) {
		if (!list_empty(&sb->s_dirty))
			return true;
	}
	return false;
}

/* Write as long as there is too much dirty, and there is something that can be written. */
static void writeback_until_below(void)
{
	unsigned long started;

	do {
		started = nr_written + nr_writeback;
		writeback_all(jiffies, below_background);
	} while (over_bground_thresh() && nr_written + nr_writeback != started);
}

void wakeup_flusher(void)
{
	if (flusher_wanted)
		return;
	flusher_wanted = true;
	wake_up(&flusher_wait);
}

void wakeup_flusher_timer(void)
{
	interval_changed = true;
	wake_up(&flusher_wait);
}

static unsigned long centisecs_to_jiffies(unsigned int centisecs)
{
	return (u64)centisecs * HZ / 100;
}

/* With an interval of 0 the flusher works only when it is told to. */
static void flusher_sleep(void)
{
	if (!something_dirty || !dirty_writeback_interval)
		wait_event(flusher_wait,
			   flusher_wanted || (something_dirty && dirty_writeback_interval));
	do {
		interval_changed = false;
		wait_event_interruptible_timeout(flusher_wait, flusher_wanted || interval_changed,
						 centisecs_to_jiffies(dirty_writeback_interval));
	} while (interval_changed && !flusher_wanted);
}

int flusher(void *unused)
{
	current->flags |= PF_MEMALLOC; /* others may wait for the memory that it makes clean */
	for (;;) {
		flusher_sleep();
		if (flusher_wanted) {
			flusher_wanted = false;
			if (over_bground_thresh())
				writeback_until_below();
			else /* memory is short */
				writeback_all(jiffies, NULL);
		}
		writeback_all(jiffies - centisecs_to_jiffies(dirty_expire_interval), NULL);
		something_dirty = anything_is_dirty();
		wake_dirty_waiters();
	}
	return 0;
}

void writeback_init(void)
{
	mapping_dirtied_hook = mapping_dirtied;
	wakeup_flusher_hook = wakeup_flusher;
}
