/*
 * The address space: what the rest of the kernel asks of it. One section for each file of mm/.
 *
 * Locks: "mmap_sem r" / "mmap_sem w" means that the caller holds mm->mmap_sem for reading /
 * writing.
 */
#ifndef MM_MM_H
#define MM_MM_H

#include "mm/cache/lru.h"
#include "mm/cache/pagecache.h"
#include "mm/mm_types.h"
#include "mm/phys/page.h"
#include "mm/phys/vmstat.h"

struct address_space;
struct inode;
struct pt_regs;
struct sysinfo;
struct task_struct;

/* ---- mm_struct.c: life of an address space ---- */
void mm_init_caches(void); /* slab caches; called once after kmem_cache_init */
/* An empty address space with mm_users 1 (NULL: no memory). */
struct mm_struct *mm_alloc(void);
/* fork and clone: gives p an mm: shared with CLONE_VM, else a copy-on-write copy. 0 or -ENOMEM. */
int copy_mm(unsigned long clone_flags, struct task_struct *p);
/* Drop a user: the last one unmaps everything. May sleep. */
void mmput(struct mm_struct *mm);
/* The mm of another task with a reference, or NULL (kernel thread, or exiting). mmput when done. */
struct mm_struct *get_task_mm(struct task_struct *p);
/* The same if current may look into p (PTRACE_MODE_), which is referenced: ERR_PTR(-EACCES) if not,
   -EINTR if killed while p was in the middle of exec. May sleep. */
struct mm_struct *mm_access(struct task_struct *p, unsigned int mode);
/* current leaves its address space (exit); it goes on with a borrowed one. */
void exit_mm(void);
/* exec: current, which has let go of its mm by mm_release(), takes `mm` (reference handed over),
   and the old one is put. 0 with current->signal->exec_update_lock held for writing, or -EINTR
   (killed) with nothing taken.
 */
int exec_mmap(struct mm_struct *mm);
/* The program that mm runs: takes a reference of its own, and keeps the file from being written. */
void mm_set_exe_file(struct mm_struct *mm, struct file *file);
/* exec: the first VMA of an empty mm, one page of stack below `top` (page-aligned). NULL: no
 * memory. */
struct vm_area_struct *mm_new_stack(struct mm_struct *mm, unsigned long top);

/* ---- vma.c: list and tree ---- */
/* First VMA that ends above addr (it may begin above addr too); NULL if none. mmap_sem r. */
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr);
/* The same; *pprev is the VMA before it (the last of all if there is none after addr), or NULL.
   mmap_sem r. */
struct vm_area_struct *find_vma_prev(struct mm_struct *mm, unsigned long addr,
				     struct vm_area_struct **pprev);
/* First VMA that overlaps [start, end), or NULL. mmap_sem r. */
static inline struct vm_area_struct *find_vma_intersection(struct mm_struct *mm,
							   unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma = find_vma(mm, start);

	return vma && vma->vm_start < end ? vma : NULL;
}
/* The VMA that holds addr, or NULL. mmap_sem r. */
static inline struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	return vma && vma->vm_start <= addr ? vma : NULL;
}
static inline unsigned long vma_pages(const struct vm_area_struct *vma)
{
	return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}
/* Panics with the reason if list, tree, gaps, counters or page tables disagree. mmap_sem r. */
void mm_check(struct mm_struct *mm);
/* Debug builds call this after every change: checks small address spaces each time, large ones once
   in a while, so that n calls do not take n * n steps. */
#if MAPIX_DEBUG
void mm_check_debug(struct mm_struct *mm);
#else
#	define mm_check_debug(mm) ((void)0)
#endif

/* ---- mmap.c, munmap.c, brk.c, mprotect.c: the calls. All return an address or 0, or -errno; they
   take mmap_sem themselves unless named do_*, which want mmap_sem w. ---- */
/* A mapping of len bytes (rounded up to pages) with PROT_ and MAP_ bits, of file (borrowed; NULL:
   anonymous) from page pgoff on; addr is a hint, or the place with MAP_FIXED. Touches no page. The
   address or -errno. mmap_sem w; may sleep. */
unsigned long do_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, unsigned long pgoff);
/* mmap from inside the kernel (exec): takes mmap_sem of current->mm. */
unsigned long vm_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, unsigned long pgoff);
/* mmap2(2): the file is that of descriptor fd, or none with MAP_ANONYMOUS; pgoff in pages. Decides
   about huge pages. Takes mmap_sem of current->mm. */
unsigned long ksys_mmap_pgoff(unsigned long addr, unsigned long len, unsigned long prot,
			      unsigned long flags, unsigned long fd, unsigned long pgoff);
/* do_munmap on current's address space. -EINTR too. Takes mmap_sem. */
int vm_munmap(unsigned long start, size_t len);
/* Anonymous private mapping at a fixed place for bss and brk; `flags` are VM_ flags to add
 * (VM_EXEC). */
int vm_brk_flags(unsigned long addr, unsigned long len, unsigned long flags);
/* Unmap [start, start + len), which may have holes; len is rounded up to pages. 0, -EINVAL for what
   is not aligned, empty, or no user's; -ENOMEM if a VMA could not be split, with nothing unmapped.
   mmap_sem w; may sleep. */
int do_munmap(struct mm_struct *mm, unsigned long start, size_t len);
/* brk(2): the new break, or the old one if it could not be set. Takes mmap_sem of current->mm. */
unsigned long do_brk(unsigned long brk);
/* Where a mapping of len bytes may go, as do_mmap's arguments ask (`flags`: MAP_FIXED takes addr
   without looking at what stands there). The address, page-aligned, or -errno. mmap_sem r. */
unsigned long get_unmapped_area(struct file *file, unsigned long addr, unsigned long len,
				unsigned long pgoff, unsigned long flags);
/* The kernel's own pages in a user address space ([vdso], [vvar]). mmap_sem w. */
struct vm_special_mapping {
	const char *name;
	struct page **pages; /* NULL-terminated; NULL pages fault SIGBUS */
};
struct vm_area_struct *install_special_mapping(struct mm_struct *mm, unsigned long addr,
					       unsigned long len, unsigned long vm_flags,
					       const struct vm_special_mapping *spec);
/* The last user has gone: unmap and free everything but the directory. Cannot fail; no lock, since
   nobody can look. May sleep. */
void exit_mmap(struct mm_struct *mm);
/* Grow a VM_GROWSDOWN VMA down to cover address. mmap_sem r is enough. 0, -ENOMEM or -EFAULT. */
int expand_stack(struct vm_area_struct *vma, unsigned long address);
/* The stack of a program that has no other mapping yet moves down by `shift` bytes, with its pages.
   0, or -ENOMEM with a stack that is good for nothing but to be unmapped. mmap_sem w. May sleep. */
int shift_arg_pages(struct vm_area_struct *vma, unsigned long shift);
/* The name shown in maps: "[heap]", "[stack]", "[vdso]" or NULL (file or none). */
const char *arch_vma_name(struct vm_area_struct *vma);
int mmap_zero(struct file *file, struct vm_area_struct *vma); /* /dev/zero */

extern int sysctl_max_map_count;
extern unsigned long mmap_min_addr;
extern int sysctl_overcommit_memory, sysctl_overcommit_ratio;
extern unsigned long sysctl_overcommit_kbytes;
extern unsigned long sysctl_admin_reserve_kbytes, sysctl_user_reserve_kbytes;
extern int sysctl_legacy_va_layout;
extern int randomize_va_space;

/* ---- util.c: accounting ---- */
/* Do RLIMIT_AS and RLIMIT_DATA of current allow npages more with such VM_ flags? mmap_sem r. */
bool may_expand_vm(struct mm_struct *mm, unsigned long vm_flags, unsigned long npages);
/* Count npages (negative: fewer) of such a mapping in total_vm and its kin. mmap_sem w. */
void vm_stat_account(struct mm_struct *mm, unsigned long vm_flags, long npages);
void overcommit_init(void);		   /* the reserves, by what is free at boot */
int security_vm_enough_memory(long pages); /* overcommit: 0 (charged) or -ENOMEM */
void vm_unacct_memory(long pages);	   /* give a charge back */
/* What all processes have been promised, and what they may be in mode 2: pages. */
long vm_memory_committed(void);
long vm_commit_limit(void);
/* Pages present now, and the most that there ever were, of entries and of mappings. No lock: what
   may change is a hint. */
unsigned long get_mm_rss(const struct mm_struct *mm);
unsigned long mm_hiwater_rss(const struct mm_struct *mm);
unsigned long mm_hiwater_vm(const struct mm_struct *mm);
/* Randomised layout: picks mmap_base for a new image. */
void arch_pick_mmap_layout(struct mm_struct *mm, unsigned long stack_rlimit);
unsigned long arch_mmap_rnd(void); /* bytes, page-aligned */

/* ---- memory.c: faults and page tables ---- */
/* Make the page of `address` present for this kind of access. mmap_sem r; the VMA permits the
 * access. */
vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address, unsigned int flags);
/* Drop the pages of `size` bytes of the VMA from start on: the next touch faults. mmap_sem r; lets
   others run. */
void zap_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long size);
/* A driver's mmap: frames from pfn on, which nobody counts, appear at addr for `size` bytes with
   rights prot; the VMA becomes VM_PFNMAP. 0 or -ENOMEM, with what was mapped left for the caller's
   undo. mmap_sem w; may sleep. */
int remap_pfn_range(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn,
		    unsigned long size, pgprot_t prot);
/* The rights of an entry in a VMA with such flags: none to write where a write must fault first. */
pgprot_t vm_get_page_prot(unsigned long vm_flags);
/* References to user pages that are present or can be faulted in; how many, or -errno. What they
   are for must be over when mmap_sem is released: then fork and copy-on-write may give the place
   another page. mmap_sem r; may sleep before each page. */
long get_user_pages(struct mm_struct *mm, unsigned long start, unsigned long nr, bool write,
		    struct page **pages);
/* The same for a call that goes on reading or writing the pages when mmap_sem is free again, and
   may sleep: as long as they are pinned, fork gives the child copies of private ones and leaves
   them to this address space. So none that fork shares is pinned, for reading neither. */
long pin_user_pages(struct mm_struct *mm, unsigned long start, unsigned long nr, bool write,
		    struct page **pages);
/* `dirty`: they were written. */
void unpin_user_pages(struct page **pages, unsigned long nr, bool dirty);
#define FOLL_WRITE 0x01
#define FOLL_FORCE 0x10 /* also what the VMA might permit: private memory, readable by mprotect */
#define FOLL_PIN   0x40000
/* Read or write another process's memory (/proc/PID/environ, cmdline, mem): bytes done. */
int access_process_vm(struct mm_struct *mm, unsigned long addr, void *buf, int len,
		      unsigned int gup_flags);
/* A page of current's for a core dump, referenced; NULL for what holds nothing but zeros or cannot
   be read. Takes mmap_sem. */
struct page *get_dump_page(unsigned long addr);

/* ---- filemap.c: the pages of files in address spaces ---- */

/* ---- rmap.c ---- */
unsigned long nr_mapped_pages(void), nr_anon_pages(void);

#endif
