/*
 * The page cache: the pages of a file by their index. One address_space stands for one file; the
 * file system above fills it by its operations.
 */
#ifndef MM_CACHE_PAGECACHE_H
#define MM_CACHE_PAGECACHE_H

#include "kernel/abi/types.h"
#include "kernel/lib/radix_tree.h"
#include "kernel/lib/rbtree.h"
#include "kernel/locking/rwsem.h"
#include <linux/errno.h>

struct address_space;
struct file;
struct inode;
struct page;

struct address_space_operations {
	/* Fill a locked page from the file; unlocks it. 0 or -errno (page then not uptodate). May
	 * sleep. */
	int (*readpage)(struct file *file, struct page *page);
	/* Write a locked dirty page out; unlocks it. NULL: this file's pages live in memory only
	 * (tmpfs). */
	int (*writepage)(struct page *page);
	/* A write of `len` bytes at `pos` within one page begins: returns the locked page, uptodate
	   or with the part outside the write made valid. write_end marks dirty, extends i_size,
	   unlocks, puts. NULL pair: the file system is read-only. */
	int (*write_begin)(struct file *file, struct address_space *mapping, loff_t pos,
			   unsigned len, struct page **pagep);
	int (*write_end)(struct file *file, struct address_space *mapping, loff_t pos, unsigned len,
			 unsigned copied, struct page *page);
	/* Mark a page dirty (from a shared mapping or write_end). */
	int (*set_page_dirty)(struct page *page);
};

struct address_space {
	struct inode *host;
	struct radix_tree_root
		pages; /* page index -> struct page; each entry holds one reference */
	unsigned long nrpages;
	struct rb_root i_mmap;		  /* the VMAs that map this file: see mm/interval_tree.c */
	struct rw_semaphore i_mmap_rwsem; /* write to change that tree, or what its VMAs show of
					     the file; read to stop while walking it */
	int i_mmap_writable;		  /* VMAs with VM_SHARED|VM_MAYWRITE; < 0: none may come */
	const struct address_space_operations *a_ops;
	gfp_t gfp_mask;
	unsigned long flags; /* AS_ */
};
#define AS_UNEVICTABLE                                                             \
	1 /* pages have no store to be read again from: never dropped (tmpfs, ram) \
	   */

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
/* A VMA with VM_SHARED and VM_MAYWRITE comes, which must not be denied, and goes. */
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

/* ---- finding, adding, removing ---- */
/* The page at an index with a reference, or NULL. */
struct page *find_get_page(struct address_space *mapping, pgoff_t index);
/* The same, locked. Sleeps. */
struct page *find_lock_page(struct address_space *mapping, pgoff_t index);
/* The same, but a missing page is added: locked and not uptodate. ERR_PTR(-ENOMEM). */
struct page *find_or_create_page(struct address_space *mapping, pgoff_t index, gfp_t gfp);
/* Take a locked page out and drop the cache's reference. The caller has another one. */
void delete_from_page_cache(struct page *page);
/* A page with its contents, read by the file system if need be, and a reference; ERR_PTR(-EIO,
   -ENOMEM). `f` is passed on to readpage. Sleeps. */
struct page *read_mapping_page(struct address_space *mapping, pgoff_t index, struct file *f);
/* Returns whether it was clean. */
bool set_page_dirty(struct page *page);

/* ---- truncation ---- */
/* mm/zap.c: take the bytes [start, start + len) of a file (len 0: all behind start) out of all
   mappings; with even_cows private copies too. Sleeps. */
void unmap_mapping_range(struct address_space *mapping, loff_t start, loff_t len, bool even_cows);
/* Take a locked page, which is its file's, out of all mappings and out of the cache. Sleeps. */
void truncate_inode_page(struct page *page);
/* The same for all pages behind byte `from`; the rest of the page that holds it becomes zeros. */
void truncate_inode_pages(struct address_space *mapping, loff_t from);

/* Pages in the cache: all, and those without a store behind them (tmpfs). */
unsigned long nr_file_pages(void), nr_shmem_pages(void);

#endif
