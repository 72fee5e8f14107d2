/*
 * The two main structures of mm/: mm_struct is one address space, vm_area_struct (a VMA) one range
 * of it with the same permissions and the same backing.
 */
#ifndef MM_MM_TYPES_H
#define MM_MM_TYPES_H

#include "kernel/abi/types.h"
#include "kernel/locking/rwsem.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/interval_tree.h"
#include "kernel/lib/list.h"
#include "kernel/lib/rbtree.h"
#include "mm/phys/pgtable.h"

struct anon_vma;
struct file;
struct ksm_mm_slot;
struct mm_struct;
struct page;
struct userfaultfd_ctx;
struct vm_area_struct;
struct vm_operations_struct;

struct vm_area_struct {
	unsigned long vm_start; /* first address */
	unsigned long vm_end;	/* first address after the end */

	/* List and tree, sorted by address. */
	struct vm_area_struct *vm_next, *vm_prev;
	struct rb_node vm_rb;
	/* The largest gap before any VMA of this subtree: guides the search for free room. */
	unsigned long rb_subtree_gap;

	struct mm_struct *vm_mm;
	pgprot_t vm_page_prot; /* of its page-table entries */
	unsigned long vm_flags;

	struct interval_tree_node shared; /* in the tree of VMAs that map the file */

	/* Reverse mapping: see rmap.h. */
	struct list_head anon_vma_chain; /* to each anon_vma that its pages may belong to: its own,
					    and before a fork its ancestors' */
	struct anon_vma *anon_vma;	 /* of its new pages; NULL until the first one */

	const struct vm_operations_struct *vm_ops; /* NULL: anonymous */
	unsigned long vm_pgoff; /* offset in the file, in pages; of an anonymous VMA, vm_start >>
				   PAGE_SHIFT where it was made (mremap keeps it) */
	struct file *vm_file;	/* referenced, or NULL */
	void *vm_private_data;

	/* Who handles its faults. Not NULL exactly if one of VM_UFFD_FLAGS is set. */
	struct userfaultfd_ctx *vm_userfaultfd_ctx;
};

/* vm_flags. Values are Linux's. */
#define VM_READ		0x00000001UL
#define VM_WRITE	0x00000002UL
#define VM_EXEC		0x00000004UL
#define VM_SHARED	0x00000008UL
#define VM_MAYREAD	0x00000010UL
#define VM_MAYWRITE	0x00000020UL
#define VM_MAYEXEC	0x00000040UL
#define VM_MAYSHARE	0x00000080UL
#define VM_GROWSDOWN	0x00000100UL
#define VM_UFFD_MISSING 0x00000200UL /* userfaultfd: a pager fills missing pages */
#define VM_PFNMAP	0x00000400UL
#define VM_UFFD_MINOR	0x00000800UL /* a pager maps pages of the page cache (Linux: bit 37) */
#define VM_UFFD_WP	0x00001000UL /* a pager hears of writes to protected pages */
#define VM_LOCKED	0x00002000UL
#define VM_IO		0x00004000UL
#define VM_SEQ_READ	0x00008000UL
#define VM_RAND_READ	0x00010000UL
#define VM_DONTCOPY	0x00020000UL
#define VM_DONTEXPAND	0x00040000UL
#define VM_LOCKONFAULT	0x00080000UL
#define VM_ACCOUNT	0x00100000UL
#define VM_NORESERVE	0x00200000UL
#define VM_HUGETLB	0x00400000UL
#define VM_SYNC		0x00800000UL
#define VM_PAT		0x01000000UL /* device memory, all of it mapped by one call */
#define VM_WIPEONFORK	0x02000000UL
#define VM_DONTDUMP	0x04000000UL
#define VM_MIXEDMAP	0x10000000UL
#define VM_HUGEPAGE	0x20000000UL
#define VM_NOHUGEPAGE	0x40000000UL
#define VM_MERGEABLE	0x80000000UL

#define VM_ACCESS_FLAGS (VM_READ | VM_WRITE | VM_EXEC)
#define VM_SPECIAL	(VM_IO | VM_DONTEXPAND | VM_PFNMAP | VM_MIXEDMAP)
#define VM_STACK_FLAGS	(VM_GROWSDOWN | VM_ACCOUNT)
#define VM_LOCKED_MASK	(VM_LOCKED | VM_LOCKONFAULT)
#define VM_UFFD_FLAGS	(VM_UFFD_MISSING | VM_UFFD_WP | VM_UFFD_MINOR)

/* Results of a page fault, a bit mask. */
typedef unsigned int vm_fault_t;
#define VM_FAULT_OOM		0x0001
#define VM_FAULT_SIGBUS		0x0002
#define VM_FAULT_MAJOR		0x0004
#define VM_FAULT_HWPOISON	0x0010 /* the page is poisoned */
#define VM_FAULT_HWPOISON_LARGE 0x0020 /* a huge page is */
#define VM_FAULT_SIGSEGV	0x0040
#define VM_FAULT_NOPAGE		0x0100 /* nothing is left to map: see mm/internal.h */
#define VM_FAULT_LOCKED		0x0200 /* the page returned is locked */
#define VM_FAULT_RETRY		0x0400 /* mmap_sem was dropped: start again */
#define VM_FAULT_FALLBACK	0x0800 /* a large page was not possible: take small ones */
#define VM_FAULT_DIRTIED	0x8000 /* a file's page became dirty: see balance_dirty_pages() */
#define VM_FAULT_ERROR                                                                  \
	(VM_FAULT_OOM | VM_FAULT_SIGBUS | VM_FAULT_HWPOISON | VM_FAULT_HWPOISON_LARGE | \
	 VM_FAULT_SIGSEGV)

/* The kind of access that faulted, and what its handler may do. Values are Linux's. */
#define FAULT_FLAG_WRITE	 0x01
#define FAULT_FLAG_ALLOW_RETRY	 0x04 /* VM_FAULT_RETRY may be returned */
#define FAULT_FLAG_TRIED	 0x20 /* it was, and this is the next attempt */
#define FAULT_FLAG_USER		 0x40 /* the processor was in user mode */
/* Waiting for a pager in user space may end with a signal that is not fatal. */
#define FAULT_FLAG_INTERRUPTIBLE 0x200
/* Such a pager itself maps the page, and is not asked for it (not a flag of Linux's). */
#define FAULT_FLAG_PAGER	 0x80000

struct vm_fault {
	struct vm_area_struct *vma;
	unsigned long address;	    /* page-aligned */
	unsigned long real_address; /* of the access: set if the VMA is watched (VM_UFFD_FLAGS) */
	unsigned int flags;	    /* FAULT_FLAG_ */
	pgoff_t pgoff;		    /* of the page in the file: for ->fault */
	pmd_t *pmd;
	pte_t *pte;	       /* the entry, once its table exists */
	pte_t orig_pte;	       /* what it held */
	struct page *page;     /* set by ->fault: referenced */
	struct page *cow_page; /* the private copy being made */
	pte_t *prealloc_pte;   /* a table for *pmd, in case it has none when the page is found */
};

struct vm_operations_struct {
	void (*open)(struct vm_area_struct *vma);  /* a copy was made: fork, split */
	void (*close)(struct vm_area_struct *vma); /* the VMA goes */
	/* Find page vmf->pgoff: 0 or VM_FAULT_LOCKED, with vmf->page referenced; or an error. */
	vm_fault_t (*fault)(struct vm_fault *vmf);
	/* A shared page becomes writable: 0 or VM_FAULT_LOCKED; SIGBUS if the file shrank. */
	vm_fault_t (*page_mkwrite)(struct vm_fault *vmf);
	/* A read fault may also map the pages around it that are in the page cache. */
	bool map_around;
	/* May the VMA be split at addr? 0 or -errno. No function: it may. */
	int (*may_split)(struct vm_area_struct *vma, unsigned long addr);
	int (*mremap)(struct vm_area_struct *vma);
	/* Read or write `len` bytes, all in one page, where there are no pages that the kernel
	   could take: bytes done, or -errno. NULL: -EIO. mmap_sem r; may sleep. */
	int (*access)(struct vm_area_struct *vma, unsigned long addr, void *buf, int len,
		      bool write);
	/* For a pager in user space that fills a hole of the file: make `page`, which is filled,
	   page pgoff of the file. 0 with the page locked and a reference of the page cache's own;
	   -EEXIST; -EFAULT: beyond the end; -ENOMEM. With no page, 0 if there is room for one, or
	   -ENOMEM. No function: no pager can. mmap_sem r; may sleep. */
	int (*add_page)(struct vm_area_struct *vma, pgoff_t pgoff, struct page *page);
	/* The name in /proc/PID/maps, or NULL. */
	const char *(*name)(struct vm_area_struct *vma);
};

/* What rss_stat counts, as in /proc/PID/status. */
enum {
	MM_FILEPAGES,
	MM_ANONPAGES,
	MM_SWAPENTS,
	MM_SHMEMPAGES,
	NR_MM_COUNTERS
};

#define AT_VECTOR_SIZE 48 /* words of saved_auxv, pairs with the closing AT_NULL */

/* Who may look into the memory of a process, and read the core dump if a signal kills it. */
#define SUID_DUMP_DISABLE 0 /* only root; there is no core dump */
#define SUID_DUMP_USER	  1 /* its user */
#define SUID_DUMP_ROOT	  2 /* only root, who can read the core dump */

/* mm->flags. The values are Linux's. */
#define MMF_DUMPABLE_MASK	 3UL	    /* SUID_DUMP_: get_dumpable() */
#define MMF_DUMP_ANON_PRIVATE	 (1UL << 2) /* what a core dump holds: coredump_filter */
#define MMF_DUMP_ANON_SHARED	 (1UL << 3)
#define MMF_DUMP_MAPPED_PRIVATE	 (1UL << 4)
#define MMF_DUMP_MAPPED_SHARED	 (1UL << 5)
#define MMF_DUMP_ELF_HEADERS	 (1UL << 6)
#define MMF_DUMP_HUGETLB_PRIVATE (1UL << 7)
#define MMF_DUMP_HUGETLB_SHARED	 (1UL << 8)
#define MMF_DUMP_FILTER_SHIFT	 2
#define MMF_DUMP_FILTER_MASK	 (0x1ffUL << MMF_DUMP_FILTER_SHIFT) /* two bits for DAX, unused */
#define MMF_DUMP_FILTER_DEFAULT                                                \
	(MMF_DUMP_ANON_PRIVATE | MMF_DUMP_ANON_SHARED | MMF_DUMP_ELF_HEADERS | \
	 MMF_DUMP_HUGETLB_PRIVATE)
#define MMF_HUGE_ZERO_PAGE (1UL << 23) /* it may map the huge page of zeros */
#define MMF_DISABLE_THP	   (1UL << 24) /* prctl(PR_SET_THP_DISABLE) */
#define MMF_MULTIPROCESS   (1UL << 26) /* several processes share it, not just threads */
/* What fork and exec keep. */
#define MMF_INIT_MASK	   (MMF_DUMPABLE_MASK | MMF_DUMP_FILTER_MASK | MMF_DISABLE_THP)

struct mm_struct {
	/* The VMAs: guarded by mmap_sem. */
	struct rw_semaphore mmap_sem;
	struct vm_area_struct *mmap; /* list, lowest first */
	struct rb_root mm_rb;
	struct vm_area_struct *mmap_cache; /* last hit of find_vma */
	unsigned long highest_vm_end;
	int map_count;

	unsigned long mmap_base;	/* top-down searches begin below it; legacy: unused */
	unsigned long mmap_legacy_base; /* bottom-up searches begin here */
	bool mmap_legacy;		/* bottom-up layout */
	unsigned long task_size;

	pgd_t *pgd;
	int mm_users; /* tasks that use it */
	int mm_count; /* one for all mm_users together, one for each lazy borrower */

	/* Page-table entries and the counters below: guarded by page_table_lock. */
	spinlock_t page_table_lock;
	long rss_stat[NR_MM_COUNTERS];
	unsigned long pgtables_bytes; /* page tables, and those in store */
	pte_t *pmd_huge_pte;	      /* in store: empty ones, as many as transparent huge pages */
	unsigned long hiwater_rss;    /* pages, at the last update */
	unsigned long hiwater_vm;
	unsigned long
		hugetlb_usage; /* small pages in mapped huge pages: rss_stat has none of them */

	/* In pages: guarded by mmap_sem. */
	unsigned long total_vm, locked_vm, pinned_vm, data_vm, exec_vm, stack_vm;
	unsigned long def_flags; /* mlockall(MCL_FUTURE) */

	unsigned long start_code, end_code, start_data, end_data;
	unsigned long start_brk, brk, start_stack;
	unsigned long arg_start, arg_end, env_start, env_end;
	unsigned long saved_auxv[AT_VECTOR_SIZE];
	struct file *exe_file;
	unsigned int membarrier_state; /* MEMBARRIER_CMD_REGISTER_ done */
	unsigned long vdso;	       /* address of the vdso's image, 0 if none */

	/* What pagers in user space are told when mmap_sem is released: see userfaultfd_events.c.
	   Guarded by mmap_sem, held for writing. */
	struct list_head uffd_events;
	/* KSM: see ksm.c. */
	struct ksm_mm_slot *ksm_slot;	 /* NULL: ksmd does not come here */
	unsigned long ksm_rmap_items;	 /* pages that it has seen */
	unsigned long ksm_merging_pages; /* those of them that are merged */

	unsigned long flags; /* MMF_ */
	struct list_head mmlist;
};

/* The kernel's own address space; borrowed at boot. */
extern struct mm_struct init_mm;

/* Bytes of page tables and, with PAE, of the middle tables, which all come with the directory. The
   directory is not counted, as in Linux. */
static inline unsigned long mm_pgtables_bytes(const struct mm_struct *mm)
{
	return mm->pgtables_bytes + PREALLOCATED_PMDS * PAGE_SIZE;
}

/* Functions that need mmap_sem, at least for reading or for writing, assert it so: see rwsem.h. */
static inline void mmap_assert_locked(const struct mm_struct *mm)
{
	rwsem_assert_held(&mm->mmap_sem);
}
static inline void mmap_assert_write_locked(const struct mm_struct *mm)
{
	rwsem_assert_held_write(&mm->mmap_sem);
}

/* Add a user, who runs in mm or looks into it. mmput() drops it. */
static inline void mmget(struct mm_struct *mm)
{
	mm->mm_users++;
}
/* The same, unless all users have gone. */
static inline bool mmget_not_zero(struct mm_struct *mm)
{
	if (!mm->mm_users)
		return false;
	mmget(mm);
	return true;
}
/* Add a reference to the structure alone, as a lazy borrower holds. mmdrop() drops it. */
static inline void mmgrab(struct mm_struct *mm)
{
	mm->mm_count++;
}
/* mm_struct.c: the last reference frees page directory and structure. */
void mmdrop(struct mm_struct *mm);

/* SUID_DUMP_ of an address space. It is here, not in the task, because threads that share memory
   share its protection. */
static inline int get_dumpable(const struct mm_struct *mm)
{
	return mm->flags & MMF_DUMPABLE_MASK;
}
static inline void set_dumpable(struct mm_struct *mm, int value)
{
	mm->flags = (mm->flags & ~MMF_DUMPABLE_MASK) | value;
}

#endif
