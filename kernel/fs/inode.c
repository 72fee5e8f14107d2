/*
 * Inodes in memory: creation, lookup by (file system, number), reference counts, eviction. An inode
 * that a file system can find again by its number stays cached while it is unused.
 */
#include "kernel/core/panic.h"
#include "kernel/fs/internal.h"
#include "kernel/fs/writeback.h"
#include "libc/include/string.h"
#include "mm/cache/lru.h"
#include "mm/cache/shrinker.h"
#include "mm/phys/gfp.h"
#include "mm/phys/slab.h"

#define ICACHE_HASH_SIZE 512U

static struct list_head inode_hashtable[ICACHE_HASH_SIZE];
static DECLARE_WAIT_QUEUE_HEAD(inode_wait); /* for I_NEW and I_FREEING to end */
static struct kmem_cache *inode_cache;
struct inodes_stat inodes_stat;

u64 get_next_ino(void)
{
	static u32 last_ino;

	/* Never 0: readers of directories take that for an empty entry. */
	if (!++last_ino)
		++last_ino;
	return last_ino;
}

static void address_space_init(struct address_space *mapping, struct inode *host)
{
	memset(mapping, 0, sizeof(*mapping));
	mapping->host = host;
	mapping->sb_wb_err = &host->i_sb->s_wb_err;
	mapping->gfp_mask = GFP_HIGHUSER;
	INIT_RADIX_TREE(&mapping->pages, GFP_NOFS);
	mapping->pages.update = workingset_update_node;
	mapping->i_mmap = RB_ROOT;
	init_rwsem(&mapping->i_mmap_rwsem);
	init_rwsem(&mapping->invalidate_lock);
}

static const struct inode_operations empty_iops;
static const struct file_operations no_open_fops;

static struct inode *alloc_inode(struct super_block *sb)
{
	struct inode *inode;

	if (sb->s_op->alloc_inode)
		inode = sb->s_op->alloc_inode(sb);
	else
		inode = kmem_cache_alloc(inode_cache, GFP_KERNEL);
	if (!inode)
		return NULL;
	memset(inode, 0, sizeof(*inode));
	inode->i_count = 1;
	inode->i_nlink = 1;
	inode->i_sb = sb;
	inode->i_op = &empty_iops;
	inode->i_fop = &no_open_fops;
	inode->i_blkbits = ilog2(sb->s_blocksize ? sb->s_blocksize : PAGE_SIZE);
	inode->i_mapping = &inode->i_data;
	address_space_init(&inode->i_data, inode);
	init_rwsem(&inode->i_rwsem);
	INIT_LIST_HEAD(&inode->i_hash);
	INIT_LIST_HEAD(&inode->i_lru);
	INIT_LIST_HEAD(&inode->i_wb_list);
	list_add(&inode->i_sb_list, &sb->s_inodes);
	inodes_stat.nr_inodes++;
	return inode;
}

static void free_inode(struct inode *inode)
{
	const struct super_operations *op = inode->i_sb->s_op;

	inodes_stat.nr_inodes--;
	if (op->destroy_inode)
		op->destroy_inode(inode);
	else if (!op->alloc_inode)
		kmem_cache_free(inode_cache, inode);
}

struct inode *new_inode(struct super_block *sb)
{
	return alloc_inode(sb);
}

static struct list_head *inode_bucket(const struct super_block *sb, u64 ino)
{
	u32 hash = (u32)ino + (unsigned long)sb / sizeof(*sb);

	return &inode_hashtable[(hash ^ hash >> 9) % ICACHE_HASH_SIZE];
}

/* Sleep until something changed about an inode that is being set up or torn down; look again then.
 */
static void wait_on_inodes(void)
{
	DEFINE_WAIT(wait);

	prepare_to_wait(&inode_wait, &wait, TASK_UNINTERRUPTIBLE);
	schedule();
	finish_wait(&inode_wait, &wait);
}

/* It is in use again, or goes. */
static void inode_lru_del(struct inode *inode)
{
	list_del_init(&inode->i_lru);
	inodes_stat.nr_unused--;
}

/* Find a hashed inode and take a reference; waits for one that is not ready or going away. */
static struct inode *find_inode(struct super_block *sb, u64 ino)
{
	struct inode *inode;

again:
	list_for_each_entry (inode, inode_bucket(sb, ino), i_hash) {
		if (inode->i_sb != sb || inode->i_ino != ino)
			continue;
		if (inode->i_state & (I_NEW | I_FREEING)) {
			wait_on_inodes();
			goto again;
		}
		if (!inode->i_count++)
			inode_lru_del(inode);
		return inode;
	}
	return NULL;
}

struct inode *iget_locked(struct super_block *sb, u64 ino)
{
	struct inode *inode = find_inode(sb, ino), *other;

	if (inode)
		return inode;
	inode = alloc_inode(sb);
	if (!inode)
		return NULL;
	/* The allocation may have slept, and another task may have added the inode meanwhile. */
	other = find_inode(sb, ino);
	if (other) {
		list_del(&inode->i_sb_list);
		free_inode(inode);
		return other;
	}
	inode->i_ino = ino;
	inode->i_state = I_NEW;
	list_add(&inode->i_hash, inode_bucket(sb, ino));
	return inode;
}

void unlock_new_inode(struct inode *inode)
{
	inode->i_state &= ~I_NEW;
	wake_up_all(&inode_wait);
}

void iget_failed(struct inode *inode)
{
	list_del_init(&inode->i_hash);
	inode->i_state &= ~I_NEW;
	wake_up_all(&inode_wait);
	iput(inode);
}

struct inode *ilookup(struct super_block *sb, u64 ino)
{
	return find_inode(sb, ino);
}

struct inode *igrab(struct inode *inode)
{
	if (inode->i_state & I_FREEING)
		return NULL;
	if (!inode->i_count++)
		inode_lru_del(inode);
	return inode;
}

/* Let an inode without users go: its pages, its store if it has no name, its memory. */
static void evict(struct inode *inode)
{
	inode->i_state |= I_FREEING;
	inode_wb_del(inode);
	if (!(inode->i_data.flags & AS_HUGETLB)) /* those are counted otherwise */
		truncate_inode_pages(&inode->i_data, 0);
	if (inode->i_sb->s_op->evict_inode)
		inode->i_sb->s_op->evict_inode(inode);
	BUG_ON(inode->i_data.pages.rnode);
	list_del(&inode->i_sb_list);
	list_del_init(&inode->i_hash);
	wake_up_all(&inode_wait);
	free_inode(inode);
}

void iput(struct inode *inode)
{
	if (!inode || --inode->i_count)
		return;
	if (inode->i_nlink && !list_empty(&inode->i_hash) &&
	    !inode->i_sb->s_op->drop_inode_when_unused) {
		list_add(&inode->i_lru, &inode->i_sb->s_inode_lru);
		inodes_stat.nr_unused++;
		return;
	}
	evict(inode);
}

/* Unused inodes to look at, and what became of them. */
struct prune_work {
	unsigned long nr_to_scan, scanned, freed;
	bool with_pages;
};

/* Let unused inodes go, those unused longest first; without with_pages only those that have no
   pages. What is dirty stays. */
static void prune_icache_sb(struct super_block *sb, void *arg)
{
	struct prune_work *work = arg;
	unsigned long todo = min(inodes_stat.nr_unused, work->nr_to_scan - work->scanned);
	struct inode *inode;

	/* Eviction may sleep: the walk continues with the inode that is last then. */
	for (; todo && !list_empty(&sb->s_inode_lru); todo--) {
		inode = list_last_entry(&sb->s_inode_lru, struct inode, i_lru);
		work->scanned++;
		if ((inode->i_data.nrpages && !work->with_pages) ||
		    inode->i_state & (I_DIRTY | I_SYNC)) {
			list_move(&inode->i_lru, &sb->s_inode_lru);
		} else {
			inode_lru_del(inode);
			evict(inode);
			work->freed++;
		}
		cond_resched();
	}
}

void evict_inodes(struct super_block *sb)
{
	while (!list_empty(&sb->s_inode_lru)) {
		struct inode *inode = list_last_entry(&sb->s_inode_lru, struct inode, i_lru);

		inode_lru_del(inode);
		inode->i_count++;
		write_inode_now(inode, true); /* the eviction of another may have changed it */
		inode->i_count--;
		evict(inode);
		cond_resched();
	}
}

/* The pages of a file system that can be read again. */
static void drop_pagecache_sb(struct super_block *sb, void *arg)
{
	struct inode *inode, *last = NULL;

	list_for_each_entry (inode, &sb->s_inodes, i_sb_list) {
		if (!inode->i_data.pages.rnode || inode->i_state & I_NEW || !igrab(inode))
			continue;
		/* the list may change while we sleep; the inode that we hold stays where it is */
		iput(last);
		last = inode;
		invalidate_mapping_pages(&inode->i_data, 0, ~0UL);
	}
	iput(last);
}

void drop_page_cache(void)
{
	iterate_supers(drop_pagecache_sb, NULL, false);
}

void drop_dcache_and_icache(void)
{
	struct prune_work work = {.nr_to_scan = ~0UL, .with_pages = true};

	shrink_dcache(~0UL);
	iterate_supers(prune_icache_sb, &work, false);
}

void inode_init_owner(struct inode *inode, const struct inode *dir, umode_t mode)
{
	inode->i_uid = current->cred.fsuid;
	inode->i_gid = current->cred.fsgid;
	if (dir && dir->i_mode & S_ISGID) {
		inode->i_gid = dir->i_gid;
		if (S_ISDIR(mode))
			mode |= S_ISGID;
	}
	inode->i_mode = mode;
}

void init_special_inode(struct inode *inode, umode_t mode, dev_t rdev)
{
	inode->i_mode = mode;
	if (S_ISCHR(mode)) {
		inode->i_fop = &def_chr_fops;
		inode->i_rdev = rdev;
	} else if (S_ISBLK(mode)) {
		inode->i_fop = &def_blk_fops;
		inode->i_rdev = rdev;
	} else if (S_ISFIFO(mode)) {
		inode->i_fop = &pipefifo_fops;
	}
}

void generic_fillattr(struct inode *inode, struct kstat *stat)
{
	stat->dev = inode->i_sb->s_dev;
	stat->ino = inode->i_ino;
	stat->mode = inode->i_mode;
	stat->nlink = inode->i_nlink;
	stat->uid = inode->i_uid;
	stat->gid = inode->i_gid;
	stat->rdev = inode->i_rdev;
	stat->size = inode->i_size;
	stat->atime = inode->i_atime;
	stat->mtime = inode->i_mtime;
	stat->ctime = inode->i_ctime;
	stat->blksize = 1U << inode->i_blkbits;
	stat->blocks = inode->i_blocks;
}

/* ---- reclaim ---- */

/* As many objects as reclaim is to see, so that it frees them as eagerly as the user wants. */
static unsigned long under_pressure(unsigned long unused)
{
	return (u64)unused * sysctl_vfs_cache_pressure / 100;
}

static unsigned long count_dentries(struct shrinker *shrinker, struct shrink_control *sc)
{
	return under_pressure(dentry_stat.nr_unused);
}

static unsigned long scan_dentries(struct shrinker *shrinker, struct shrink_control *sc)
{
	return shrink_dcache(sc->nr_to_scan);
}

static unsigned long count_inodes(struct shrinker *shrinker, struct shrink_control *sc)
{
	return under_pressure(inodes_stat.nr_unused);
}

static unsigned long scan_inodes(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct prune_work work = {.nr_to_scan = sc->nr_to_scan};

	iterate_supers(prune_icache_sb, &work, false);
	sc->nr_scanned = work.scanned;
	return work.freed;
}

static void register_fs_shrinkers(void)
{
	static struct shrinker dentries = {
		.count_objects = count_dentries,
		.scan_objects = scan_dentries,
		.seeks = DEFAULT_SEEKS,
	};
	static struct shrinker inodes = {
		.count_objects = count_inodes,
		.scan_objects = scan_inodes,
		.seeks = DEFAULT_SEEKS,
	};

	/* the dentries first: they hold inodes */
	register_shrinker(&dentries);
	register_shrinker(&inodes);
}

void inode_init(void)
{
	unsigned int i;

	for (i = 0; i < ICACHE_HASH_SIZE; i++)
		INIT_LIST_HEAD(&inode_hashtable[i]);
	inode_cache = kmem_cache_create("inode_cache", sizeof(struct inode), 0, 0, NULL);
	if (!inode_cache)
		panic("VFS: no memory for the inode cache");
	register_fs_shrinkers();
}
