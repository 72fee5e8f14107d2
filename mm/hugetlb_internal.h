/*
 * Huge pages inside: what the files mm/hugetlb*.c and the file system hugetlbfs share.
 *
 *   hugetlb_pool.c      the pool: how many huge pages there are, who gets one
 *   hugetlb_reserve.c   reservations of files and mappings
 *   hugetlb_regions.c   the map of what is reserved
 *   hugetlb.c           page faults
 *   hugetlb_uffd.c      pages that a pager fills
 *   hugetlb_tables.c    fork, mprotect, munmap: changes of directory entries
 */
#ifndef MM_HUGETLB_INTERNAL_H
#define MM_HUGETLB_INTERNAL_H

#include "kernel/fs/fs.h"
#include "kernel/locking/mutex.h"
#include "mm/hugetlb.h"
#include "mm/hugetlb_regions.h"
#include "mm/internal.h"

/* The limits of one mounted file system, in huge pages; -1: none. */
struct hugepage_subpool {
	int refs;	    /* the mount, and each page in use */
	long max, used;	    /* used counts only if there is a limit */
	long min, reserved; /* reserved for it from the start, and how many of them are left */
};

struct hugetlbfs_sb_info {
	struct hugepage_subpool *spool; /* NULL: no limits */
	long max_inodes, free_inodes;	/* -1: no limit */
	uid_t uid;
	gid_t gid;
	umode_t mode;		 /* of the root directory */
	long max_size, min_size; /* options, in huge pages; -1: not given */
};

struct hugetlbfs_inode_info {
	struct inode vfs_inode;
	unsigned int seals;    /* F_SEAL_; guarded by i_rwsem */
	struct resv_map *resv; /* of a regular file: what is reserved, or there */
	char *symlink;	       /* the text of a symbolic link */
};

static inline struct hugetlbfs_inode_info *HUGETLBFS_I(struct inode *inode)
{
	return container_of(inode, struct hugetlbfs_inode_info, vfs_inode);
}
static inline struct hugetlbfs_sb_info *HUGETLBFS_SB(const struct super_block *sb)
{
	return sb->s_fs_info;
}
static inline struct hugepage_subpool *inode_subpool(const struct inode *inode)
{
	return HUGETLBFS_SB(inode->i_sb)->spool;
}

/* The number of the huge page of the file that belongs at addr. */
static inline pgoff_t vma_hugecache_offset(const struct vm_area_struct *vma, unsigned long addr)
{
	return (vma->vm_pgoff >> HPAGE_ORDER) + ((addr - vma->vm_start) >> HPAGE_SHIFT);
}

/* A page that is freed gives its reservation back: it was allocated, but not used. Kept in a part
   of the block that nobody needs. */
static inline bool HPageRestoreReserve(const struct page *page)
{
	return page[2].index;
}
static inline void set_restore_reserve(struct page *page, bool on)
{
	page[2].index = on;
}

/* The small page of a huge one that is broken; NULL: none. Kept in the same way. */
static inline struct page *broken_part(const struct page *page)
{
	return (struct page *)page[3].private;
}
static inline void set_broken_part(struct page *page, struct page *part)
{
	page[3].private = (unsigned long)part;
}

/* ---- hugetlb_pool.c ---- */
/* A page for this address of the VMA, out of the pool, with one reference; its contents are
   undefined. It uses the reservation for this address, unless avoid_reserve. ERR_PTR(-ENOSPC): the
   pool is dry; ERR_PTR(-ENOMEM). May sleep. */
struct page *alloc_huge_page(struct vm_area_struct *vma, unsigned long addr, bool avoid_reserve);
/* The caller has the only reference to a page with a broken part: drop it, and let the page leave
   the pool. 0, or -EBUSY if it is promised to somebody, who will get none: it stays there. */
int dissolve_broken_huge_page(struct page *page);
/* Reserve (or, if negative, give back) this many pages of the pool. 0 or -ENOMEM. May sleep. */
int hugetlb_acct_memory(long delta);
/* Limits for a mount: min pages are reserved at once. NULL: no memory, or too few huge pages. */
struct hugepage_subpool *hugepage_new_subpool(long max, long min);
/* The mount ends. NULL is ignored. */
void hugepage_put_subpool(struct hugepage_subpool *spool);
/* Count `delta` pages more against the limits: how many of them the pool itself must provide, or
   -ENOMEM. Without limits, all of them. */
long hugepage_subpool_get_pages(struct hugepage_subpool *spool, long delta);
/* Count them no longer: how many go back to the pool. */
long hugepage_subpool_put_pages(struct hugepage_subpool *spool, long delta);

/* ---- hugetlb_reserve.c ---- */
/* Does the page of addr need a new reservation (1), is there one (0), or is there no memory to
   record it (-ENOMEM)? After 0 and 1, the caller calls one of the next two. May sleep. */
long vma_needs_reservation(struct vm_area_struct *vma, unsigned long addr);
/* The page was allocated. Returns what vma_needs_reservation() would have returned just before. */
long vma_commit_reservation(struct vm_area_struct *vma, unsigned long addr);
/* It was not. */
void vma_end_reservation(struct vm_area_struct *vma, unsigned long addr);
/* Has the VMA a reservation for the page? `chg` is what vma_needs_reservation() returned. */
bool vma_has_reserves(const struct vm_area_struct *vma, long chg);
/* A page that alloc_huge_page() gave will not be used: when it is freed, its reservation is as it
   was before. May sleep. */
void restore_reserve_on_error(struct vm_area_struct *vma, unsigned long addr, struct page *page);
/* Reserve huge pages [from, to) of a file; for a private mapping (vma) reserve them for it alone.
   With VM_NORESERVE in vm_flags nothing happens. False: the pool has not enough. May sleep. */
bool hugetlb_reserve_pages(struct inode *inode, long from, long to, struct vm_area_struct *vma,
			   unsigned long vm_flags);
/* Pages [start, end) of a file went; `freed` of them were there. 0 or -ENOMEM. */
long hugetlb_unreserve_pages(struct inode *inode, long start, long end, long freed);
/* That failed for one page, which was there: its place in the file stays in the map, so it gets a
   reservation. May sleep. */
void hugetlb_fix_reserve_counts(struct inode *inode);

/* Bits of vm_private_data of a private mapping, beside the address of its reservation map. */
#define HPAGE_RESV_OWNER    1UL /* it made the reservation: not a copy made by fork */
#define HPAGE_RESV_UNMAPPED 2UL /* the owner needed a page that this copy had */
static inline bool is_vma_resv_set(const struct vm_area_struct *vma, unsigned long flag)
{
	return (unsigned long)vma->vm_private_data & flag;
}
static inline void set_vma_resv_flags(struct vm_area_struct *vma, unsigned long flags)
{
	vma->vm_private_data = (void *)((unsigned long)vma->vm_private_data | flags);
}

/* ---- hugetlb.c ---- */
extern const struct vm_operations_struct hugetlb_vm_ops;
/* Taken by faults, and by whoever adds or removes pages of a file: two tasks must not take two
   pages out of the pool for one place. Below mmap_sem and i_rwsem, above page locks and
   i_mmap_rwsem. */
extern struct mutex hugetlb_fault_mutex;
/* Add a page, which is up to date, to its file as huge page idx, and lock it. 0, -EEXIST or
   -ENOMEM. hugetlb_fault_mutex; may sleep. */
int hugetlb_add_to_page_cache(struct page *page, struct address_space *mapping, pgoff_t idx);
/* Take a locked page out of its file, and drop the file's reference. */
void hugetlb_delete_from_page_cache(struct page *page);
/* Fill a huge page with zeros; lets others run. */
void clear_huge_page(struct page *page);
/* Copy a huge page; lets others run. */
void copy_huge_page(struct page *to, struct page *from);
/* An entry that maps the page in vma. */
pmd_t make_huge_pmd(const struct vm_area_struct *vma, struct page *page, bool writable);
/* The page, which is new, belongs to the VMA's memory at addr, and the caller maps it there. */
void hugepage_add_new_anon_rmap(struct page *page, struct vm_area_struct *vma, unsigned long addr);

/* ---- hugetlb_tables.c ---- */
/* Unmap the huge page of `ref` wherever private copies (fork) of the VMA map it at this address:
   the owner of the reservation needs it. Takes i_mmap_rwsem. */
void unmap_ref_private(struct vm_area_struct *vma, const struct page *ref, unsigned long addr);

#endif
