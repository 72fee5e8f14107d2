/*
 * The page cache: the pages of a file by their index. Each file has one address_space, which the
 * file system fills by its operations.
 */
#ifndef MM_CACHE_PAGECACHE_H
#define MM_CACHE_PAGECACHE_H

#include "kernel/abi/types.h"
#include "kernel/lib/errseq.h"
#include "kernel/lib/radix_tree.h"
#include "kernel/lib/rbtree.h"
#include "kernel/locking/rwsem.h"
#include <linux/errno.h>
#include "kernel/trace/trace.h"

struct address_space;
struct file;
struct inode;
struct page;
struct writeback_control;

struct address_space_operations {
	/* Fill a locked page from the file; unlocks it. 0 or -errno (page then not uptodate). May
	 * sleep. */
	int (*readpage)(struct file *file, struct page *page);
	/* Start to read pages that are locked, in the cache, and follow each other; each is
	   unlocked when it has been read, and uptodate if that succeeded. May sleep, but does not
	   wait for the reads. NULL: readpage, one by one. */
	void (*readpages)(struct file *file, struct address_space *mapping, struct page **pages,
			  unsigned int nr);
	/* Start to write a locked page that clear_page_dirty_for_io has made clean: sets
	   PG_writeback, unlocks the page. 0 or -errno. NULL: this file's pages are in memory only
	   (tmpfs), or it is read-only. */
	int (*writepage)(struct page *page, struct writeback_control *wbc);
	/* The same for the dirty pages of a file in wbc's range. NULL: writepage, one by one. */
	int (*writepages)(struct address_space *mapping, struct writeback_control *wbc);
	/* A write of `len` bytes at `pos` within one page begins: returns the locked page, uptodate
	   or with the part outside the write made valid. write_end marks dirty, extends i_size,
	   unlocks, puts. NULL pair: the file system is read-only. */
	int (*write_begin)(struct file *file, struct address_space *mapping, loff_t pos,
			   unsigned len, struct page **pagep);
	int (*write_end)(struct file *file, struct address_space *mapping, loff_t pos, unsigned len,
			 unsigned copied, struct page *page);
	/* A locked page is going to be written to through a mapping. NULL: set_page_dirty. Does not
	   sleep. */
	void (*page_mkwrite)(struct page *page);
	/* tmpfs: the tree has a value at index, because the page is in swap: bring it back. 0 (it
	   is back, or something has changed meanwhile) or -errno: -EIO, -ENOMEM. Sleeps. */
	int (*swapin)(struct address_space *mapping, pgoff_t index);
	/* Take the value at index out instead: nobody needs the page any more. */
	void (*drop_value)(struct address_space *mapping, pgoff_t index);
	/* The block of the disk that holds block `block` of the file; 0: a hole, or an error. For
	   swap files: see mm/swap/swapon.c. May sleep. */
	u64 (*bmap)(struct address_space *mapping, u64 block);
	/* A locked page with PG_private leaves the cache: free what hangs on it. Does not sleep. */
	void (*freepage)(struct page *page);
};

struct address_space {
	struct inode *host;
	struct radix_tree_root
		pages; /* page index -> struct page, each with a reference; or a value */
	unsigned long nrpages;
	struct rb_root i_mmap; /* the VMAs that map this file: see mm/interval_tree.c */
	/* Taken for writing to change the tree or the file range of its VMAs, for reading to walk
	 * it. */
	struct rw_semaphore i_mmap_rwsem;
	/* Taken for reading to fill a page that was missing, for writing to take pages out together
	 * with their blocks (holes): no page is read while the blocks go. */
	struct rw_semaphore invalidate_lock;
	int i_mmap_writable; /* VMAs with VM_SHARED|VM_MAYWRITE; < 0: none may be added */
	const struct address_space_operations *a_ops;
	gfp_t gfp_mask;
	unsigned long flags; /* AS_ */
	errseq_t wb_err;     /* the last error of write-back, for who has the file open */
	errseq_t *sb_wb_err; /* the same of all files of its file system, for syncfs */
};
#define AS_UNEVICTABLE                                                                       \
	1	      /* pages have no backing store, so they are never dropped (tmpfs, ram) \
		       */
#define AS_HUGETLB 8  /* a file of huge pages: each has one number */
#define AS_LOCKED  16 /* its pages stay in memory: SHM_LOCK */
#define AS_EIO	   2  /* a page could not be written, and nobody who waited knows */
#define AS_ENOSPC  4

/* The file's pages live in memory only. */
static inline void mapping_set_unevictable(struct address_space *mapping)
{
	mapping->flags |= AS_UNEVICTABLE;
	mapping->pages.update = NULL;
}
/* What are the values in the tree? Shadows: reclaim has taken the page, and remembers when
   (mm/reclaim/workingset.c). Or, in a file that lives in memory only: the page is in swap. */
static inline bool mapping_has_shadows(const struct address_space *mapping)
{
	return !(mapping->flags & AS_UNEVICTABLE);
}
/* Has the tree a page at index (and not a value)? */
static inline bool page_is_cached(const struct address_space *mapping, pgoff_t index)
{
	const void *item = radix_tree_lookup(&mapping->pages, index);

	return item && !xa_is_value(item);
}

static inline void i_mmap_lock_write(struct address_space *mapping)
{
	down_write(&mapping->i_mmap_rwsem);
}
static inline void i_mmap_unlock_write(struct address_space *mapping)
{
	up_write(&mapping->i_mmap_rwsem);
}
static inline void i_mmap_lock_read(struct address_space *mapping)
{
	down_read(&mapping->i_mmap_rwsem);
}
static inline void i_mmap_unlock_read(struct address_space *mapping)
{
	up_read(&mapping->i_mmap_rwsem);
}

/* Deny mappings that can write to the file: -EBUSY if there is one. */
static inline int mapping_deny_writable(struct address_space *mapping)
{
	if (mapping->i_mmap_writable > 0)
		return -EBUSY;
	mapping->i_mmap_writable--;
	return 0;
}
/* Allow them again. */
static inline void mapping_allow_writable(struct address_space *mapping)
{
	mapping->i_mmap_writable++;
}
static inline bool mapping_denies_writable(const struct address_space *mapping)
{
	return mapping->i_mmap_writable < 0;
}
/* Count a new VMA with VM_SHARED and VM_MAYWRITE (which must be allowed), or its removal. */
static inline void mapping_map_writable(struct address_space *mapping)
{
	mapping->i_mmap_writable++;
}
static inline void mapping_unmap_writable(struct address_space *mapping)
{
	mapping->i_mmap_writable--;
}

/* ---- the page lock ---- */
/* The lock is held while a page is filled, and while it is added to or removed from its file.
   Sleeps. */
void lock_page(struct page *page);
void unlock_page(struct page *page);
/* PG_locked or PG_writeback was cleared: wake those who wait for it, if any do. */
void wake_up_page(struct page *page);

/* ---- finding, adding, removing ---- */
/* If the page at index is in swap, bring it back: 0, also if there is nothing; or -errno. Sleeps,
   but not after the last look. */
int mapping_swapin(struct address_space *mapping, pgoff_t index);
/* A locked page, which is not mapped, leaves the page cache, and a value takes its place in the
   tree; and the other way round: the page, which is locked, must have a reference of the caller's.
 */
void page_cache_to_value(struct page *page, void *value);
void page_cache_from_value(struct page *page, struct address_space *mapping, pgoff_t index);
/* The page at an index with a reference, or NULL: there is none, or it is in swap. */
struct page *find_get_page(struct address_space *mapping, pgoff_t index);
/* The same, locked. Sleeps. */
struct page *find_lock_page(struct address_space *mapping, pgoff_t index);
/* The same, but a missing page is added: locked and not uptodate. ERR_PTR(-ENOMEM). */
struct page *find_or_create_page(struct address_space *mapping, pgoff_t index, gfp_t gfp);
/* Add a new page, which the cache takes a reference to and locks. If reclaim had taken it not long
   ago, it is active at once, unless __GFP_WRITE says that it is going to be written over. 0,
   -EEXIST (there is one) or -ENOMEM. May sleep. */
int add_to_page_cache(struct page *page, struct address_space *mapping, pgoff_t index, gfp_t gfp);
/* Remove a locked page and drop the cache's reference. The caller holds another one. */
void delete_from_page_cache(struct page *page);
/* The same for reclaim, which leaves a shadow in the tree. */
void __delete_from_page_cache(struct page *page, void *shadow);
/* A page with its contents, read by the file system if need be, and a reference; ERR_PTR(-EIO,
   -ENOMEM). `f` is passed on to readpage. Sleeps. */
struct page *read_mapping_page(struct address_space *mapping, pgoff_t index, struct file *f);
/* page_writeback.c: the page is newer than its copy in the store; the inode gets on the list of
   dirty ones. => whether it was clean. */
bool set_page_dirty(struct page *page);

/* ---- truncation ---- */
/* mm/unmap_mapping.c: unmap the bytes [start, start + len) of a file (len 0: to the end) from all
   mappings; with even_cows private copies too. Sleeps. */
void unmap_mapping_range(struct address_space *mapping, loff_t start, loff_t len, bool even_cows);
/* mm/shared_fault.c: write-protect a locked page in all mappings, so that the next write to it
   faults, and take the dirty bits of their entries. => whether the page may have been written to
   since the last call. Does not sleep. */
bool page_mkclean(struct page *page);
/* Remove a locked page of a file from all mappings and from the cache. Sleeps. */
void truncate_inode_page(struct page *page);
/* The same for the pages with an index in [index, end); ~0: to the end of the file. */
void truncate_whole_pages(struct address_space *mapping, pgoff_t index, pgoff_t end);
/* The same for all pages after byte `from`; the rest of the page that contains it is zeroed. */
void truncate_inode_pages(struct address_space *mapping, loff_t from);
/* truncate.c: remove those of pages [start, end] (indices, inclusive) that can be read again:
   neither dirty, being written, locked, mapped, nor used; and all shadows. => how many pages.
   Reschedules. */
unsigned long invalidate_mapping_pages(struct address_space *mapping, pgoff_t start, pgoff_t end);

/* Pages in the cache: all, and those without a backing store (tmpfs). */
unsigned long nr_file_pages(void), nr_shmem_pages(void);

/* mm/fault_trace.c: record that a page of a file, which is locked, is read or written: TRACE_READ
   or TRACE_WRITE. */
void trace_file_page(enum trace_type type, const struct page *page);

#endif
