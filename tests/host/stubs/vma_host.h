/*
 * What stands around the VMA code, on the host: an address space of 16 MiB without page tables,
 * slab caches that are malloc and can be made to fail, a task with limits. Included before the
 * sources of mm/, it takes the place of the kernel's headers of the same guards.
 */
#ifndef TESTS_HOST_STUBS_VMA_HOST_H
#define TESTS_HOST_STUBS_VMA_HOST_H

#include "tests/host/hosttest.h"

/* --- kernel/lib/static_call.h: nobody watches --- */
#define KERNEL_LIB_STATIC_CALL_H
#define DECLARE_STATIC_CALL(name) struct host_unused
#define DEFINE_STATIC_CALL(name)  struct host_unused
#define static_call(name)	  name

#include "kernel/abi/types.h"
#include "kernel/lib/err.h"
#include "kernel/lib/list.h"
#include "kernel/lib/rbtree.h"
#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* --- mm/layout.h: a small user half --- */
#define MM_LAYOUT_H
#define PAGE_SHIFT	   12
#define PAGE_SIZE	   (1UL << PAGE_SHIFT)
#define PAGE_MASK	   (~(PAGE_SIZE - 1))
#define PAGE_ALIGN(a)	   (((a) + PAGE_SIZE - 1) & PAGE_MASK)
#define PAGE_ALIGNED(a)	   (((unsigned long)(a) & ~PAGE_MASK) == 0)
#define PFN_UP(x)	   (((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define offset_in_page(a)  ((unsigned long)(a) & ~PAGE_MASK)
#define TASK_SIZE	   (16UL << 20)
#define TASK_UNMAPPED_BASE (4UL << 20)

/* --- kernel/core --- */
#define KERNEL_CORE_PANIC_H
#define BUG_ON(cond) CHECK(!(cond))
#define MM_PHYS_MMDEBUG_H
#define VM_BUG_ON(cond) CHECK(!(cond))
#define panic(...)	(printf(__VA_ARGS__), abort())
#define KERNEL_CORE_SPINLOCK_H
typedef struct {
	int unused;
} spinlock_t;
#define spin_lock(l)   ((void)(l))
#define spin_unlock(l) ((void)(l))
#define KERNEL_LOCKING_RWSEM_H
struct rw_semaphore {
	int unused;
};
#define down_write_killable(s)	   ((void)(s), 0)
#define down_read(s)		   ((void)(s))
#define up_read(s)		   ((void)(s))
#define up_write(s)		   ((void)(s))
#define rwsem_assert_held(s)	   ((void)(s))
#define rwsem_assert_held_write(s) ((void)(s))

/* --- mm/phys/slab.h --- */
#define MM_PHYS_SLAB_H
struct kmem_cache {
	size_t size;
};
#define GFP_KERNEL 0
static long host_objects, host_fail_after = -1;
static inline struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align,
						   unsigned int flags, void *ctor)
{
	struct kmem_cache *cache = malloc(sizeof(*cache));

	cache->size = size;
	return cache;
}
static inline void *kmem_cache_zalloc(struct kmem_cache *cache, int gfp)
{
	if (host_fail_after >= 0 && host_fail_after-- == 0) {
		host_fail_after = -1;
		return NULL;
	}
	host_objects++;
	return calloc(1, cache->size);
}
#define kmem_cache_alloc kmem_cache_zalloc
static inline void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	host_objects--;
	free(object);
}

/* --- mm/phys/gfp.h, mm/phys/page.h, mm/phys/pgtable.h: no page is ever there --- */
#define MM_PHYS_GFP_H
#define totalram_pages() (1L << 20)
#define nr_free_pages()	 (1UL << 20)
#define MM_PHYS_PAGE_H
struct page {
	struct address_space *mapping;
};
#define PAGE_MAPPING_FLAGS	  3UL
#define PageAnon(page)		  ((void)(page), false)
#define PageAnonExclusive(page)	  false
#define PageSwapBacked(page)	  false
#define check_page_table_lock(mm) ((void)(mm))
#define mlock_page(page)	  ((void)(page))
#define munlock_page(page)	  ((void)(page))
#define MM_PHYS_PGTABLE_H
#define MM_PHYS_PGTABLE_LARGE_H
#define HPAGE_SHIFT 22
#define HPAGE_SIZE  (1UL << HPAGE_SHIFT)
#define HPAGE_MASK  (~(HPAGE_SIZE - 1))
typedef struct {
	unsigned long pte;
} pte_t;
typedef pte_t pmd_t, pgd_t, pgprot_t;
#define pgprot_modify(old, new)	     (new)
#define PMD_SHIFT		     22
#define PMD_SIZE		     (4UL << 20)
#define pgd_offset(mm, addr)	     ((pgd_t *)NULL)
#define pmd_offset(pgd, addr)	     ((pmd_t *)(pgd))
#define pgd_none(pgd)		     false
#define pmd_none(pmd)		     true
#define pmd_has_table(pmd)	     false
#define pmd_addr_end(addr, end)	     (end)
#define pte_none(pte)		     true
#define pmd_large(pmd)		     false
#define pmd_page(pmd)		     ((struct page *)NULL)
#define page_private(page)	     ((void)(page), 0UL)
#define vm_normal_page(pte)	     ((struct page *)NULL)
#define pte_offset_map(p, addr)	     ((pte_t *)(p))
#define pte_present(pte)	     false
#define pte_dirty(pte)		     false
#define pte_mkwrite(pte)	     (pte)
#define pte_modify(pte, prot)	     ((void)(prot), pte)
#define set_pte_at(mm, addr, p, pte) ((void)(p), (void)(pte))
#define flush_tlb_range(s, e)	     ((void)(s))
#define PMD_MASK		     (~(PMD_SIZE - 1))
#define PREALLOCATED_PMDS	     0
#define MM_PHYS_SWAPOPS_H
#define is_swap_pte(pte) false
typedef struct {
	unsigned long val;
} swp_entry_t;
#define pgd_addr_end(addr, end)                                                                    \
	((((addr) + PMD_SIZE) & ~(PMD_SIZE - 1)) < (end) ? (((addr) + PMD_SIZE) & ~(PMD_SIZE - 1)) \
							 : (end))

/* --- kernel/sched/sched.h --- */
#define KERNEL_SCHED_SCHED_H
struct signal_struct {
	struct rlimit rlim[RLIM_NLIMITS];
};
struct task_struct {
	struct mm_struct *mm, *active_mm;
	struct signal_struct *signal;
	unsigned int personality;
};
static struct task_struct *current;
static inline bool need_resched(void)
{
	return false;
}
static inline void cond_resched(void)
{
}
#define rlimit(which) ((unsigned long)current->signal->rlim[which].rlim_cur)
#define capable()     true
#define CAP_IPC_LOCK  14
#define CAP_SYS_ADMIN 21
#define CAP_SYS_RAWIO 17
#define has_cap(cap)  ((void)(cap), true)

/* --- kernel/fs/fs.h --- */
#define KERNEL_FS_FS_H
#define MM_CACHE_PAGECACHE_H
#define MM_CACHE_LRU_H
struct inode;
struct address_space {
	int i_mmap_writable;
	struct rb_root i_mmap;
	struct rw_semaphore i_mmap_rwsem;
};
struct super_block {
	loff_t s_maxbytes;
};
struct inode {
	unsigned int i_mode;
	struct super_block *i_sb;
};
struct file;
struct vm_area_struct;
struct file_operations {
	int (*mmap)(struct file *file, struct vm_area_struct *vma);
	unsigned long (*get_unmapped_area)(struct file *file, unsigned long addr, unsigned long len,
					   unsigned long pgoff, unsigned long flags);
};
struct file {
	int f_count;
	unsigned int f_mode;
	struct inode *f_inode;
	struct address_space *f_mapping;
	const struct file_operations *f_op;
	struct path {
		bool noexec;
	} f_path;
};
#define IS_APPEND(inode)   false
#define IS_SWAPFILE(inode) false
static inline bool path_noexec(const struct path *path)
{
	return path->noexec;
}
#define FMODE_READ	      1
#define FMODE_WRITE	      2
#define FMODE_UNSIGNED_OFFSET 0x2000
#define MAX_LFS_FILESIZE      0x7ffffffffffLL
static inline void i_mmap_lock_write(struct address_space *mapping)
{
}
static inline void i_mmap_unlock_write(struct address_space *mapping)
{
}
static inline bool mapping_denies_writable(const struct address_space *mapping)
{
	return mapping->i_mmap_writable < 0;
}
static inline void mapping_map_writable(struct address_space *mapping)
{
	mapping->i_mmap_writable++;
}
static inline void mapping_unmap_writable(struct address_space *mapping)
{
	mapping->i_mmap_writable--;
}
static inline struct file *get_file(struct file *f)
{
	f->f_count++;
	return f;
}
static inline void fput(struct file *f)
{
	f->f_count--;
}

static inline void fput_later(struct file *f)
{
	fput(f);
}
static inline struct file *fget(unsigned int fd)
{
	return NULL;
}

#endif
