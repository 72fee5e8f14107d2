/*
 * The interface of the address space to the rest of the kernel. One section for each file of mm/.
 *
 * Locks: "mmap_sem r" means that the caller holds mm->mmap_sem at least for reading, "mmap_sem w"
 * for writing.
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
/* fork and clone: gives p current's mm with CLONE_VM, else a copy-on-write copy. 0 or -ENOMEM. */
int copy_mm(unsigned long clone_flags, struct task_struct *p);
/* Drop a user; the last one unmaps everything. May sleep. */
void mmput(struct mm_struct *mm);
/* The mm of another task, to be dropped with mmput, or NULL (kernel thread, or exiting). */
struct mm_struct *get_task_mm(struct task_struct *p);
/* The same, if current may access p (mode: PTRACE_MODE_); the caller holds a reference to p.
   ERR_PTR(-EACCES) if it may not, -EINTR if killed while waiting for p's exec. May sleep. */
struct mm_struct *mm_access(struct task_struct *p, unsigned int mode);
/* current leaves its address space (exit); it goes on with a borrowed one. */
void exit_mm(void);
/* exec: current, after mm_release(), takes over `mm` with its reference, and drops the old mm. 0
   with current->signal->exec_update_lock held for writing, or -EINTR (killed) with nothing changed.
 */
int exec_mmap(struct mm_struct *mm);
/* Set the program that mm runs. Takes its own reference, and denies writing to the file. */
void mm_set_exe_file(struct mm_struct *mm, struct file *file);
/* exec: make the first VMA of an empty mm, one page of stack below `top` (page-aligned). NULL: no
   memory. */
struct vm_area_struct *mm_new_stack(struct mm_struct *mm, unsigned long top);

/* ---- vma.c: list and tree ---- */
/* The first VMA that ends above addr (it may also begin above addr), or NULL. mmap_sem r. */
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr);
/* The same; *pprev becomes the VMA before it, or NULL. Without a result, that is the last VMA.
   mmap_sem r. */
struct vm_area_struct *find_vma_prev(struct mm_struct *mm, unsigned long addr,
				     struct vm_area_struct **pprev);
/* The first VMA that overlaps [start, end), or NULL. mmap_sem r. */
static inline struct vm_area_struct *find_vma_intersection(struct mm_struct *mm,
							   unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma = find_vma(mm, start);

	return vma && vma->vm_start < end ? vma : NULL;
}
/* The VMA that contains addr, or NULL. mmap_sem r. */
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
/* Debug builds call this after every change. It checks small address spaces each time and large
   ones only sometimes, so that n calls do not take n * n steps. */
#if MAPIX_DEBUG
void mm_check_debug(struct mm_struct *mm);
#else
#	define mm_check_debug(mm) ((void)0)
#endif

/* ---- mmap.c, munmap.c, brk.c: the calls. They return an address or 0, or -errno. ---- */
/* Make a mapping of len bytes (rounded up to pages) with PROT_ and MAP_ bits, of file (borrowed;
   NULL: anonymous) from page pgoff on. addr is a hint, or the place with MAP_FIXED. Touches no
   page. Returns the address or -errno. mmap_sem w; may sleep. */
unsigned long do_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, unsigned long pgoff);
/* The same for current's address space, with the pages faulted in if the flags or mlockall ask for
   it. Also -EINTR. Takes mmap_sem. */
unsigned long vm_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, unsigned long pgoff);
/* mmap2(2): maps the file of descriptor fd, or none with MAP_ANONYMOUS; pgoff is in pages. Decides
   about huge pages. Takes mmap_sem of current->mm. */
unsigned long ksys_mmap_pgoff(unsigned long addr, unsigned long len, unsigned long prot,
			      unsigned long flags, unsigned long fd, unsigned long pgoff);
/* do_munmap for current's address space. Also -EINTR. Takes mmap_sem. */
int vm_munmap(unsigned long start, size_t len);
/* exec: map anonymous private memory at a fixed place, for bss. `flags` is VM_EXEC or 0. Takes
   mmap_sem of current->mm. */
int vm_brk_flags(unsigned long addr, unsigned long len, unsigned long flags);
/* Unmap [start, start + len), which may have holes; len is rounded up to pages. 0; -EINVAL if the
   range is not aligned, empty, or not in user space; -ENOMEM if a VMA could not be split, with
   nothing unmapped. mmap_sem w; may sleep. */
int do_munmap(struct mm_struct *mm, unsigned long start, size_t len);
/* brk(2): sets the break. Returns the new one, the old one if that failed, or -EINTR. Takes
   mmap_sem of current->mm. */
unsigned long do_brk(unsigned long brk);
/* Choose the place of a mapping of len bytes; the arguments are those of do_mmap. With MAP_FIXED it
   is addr, whatever is mapped there. Returns a page-aligned address or -errno. mmap_sem r. */
unsigned long get_unmapped_area(struct file *file, unsigned long addr, unsigned long len,
				unsigned long pgoff, unsigned long flags);
/* The kernel's own pages in a user address space ([vdso], [vvar]). mmap_sem w. */
struct vm_special_mapping {
	const char *name;
	struct page **pages; /* NULL-terminated; NULL pages fault SIGBUS */
};
/* Map spec->pages at [addr, addr + len), which must be free. `spec` must outlive the VMA. Returns
   it or ERR_PTR(-ENOMEM). mmap_sem w; may sleep. */
struct vm_area_struct *install_special_mapping(struct mm_struct *mm, unsigned long addr,
					       unsigned long len, unsigned long vm_flags,
					       const struct vm_special_mapping *spec);
/* The last user has gone: unmap and free everything but the page directory. Cannot fail, and needs
   no lock, since nobody else can look. May sleep. */
void exit_mmap(struct mm_struct *mm);
/* Grow a VM_GROWSDOWN VMA down to cover address. 0, -ENOMEM, -EPERM or -EFAULT. mmap_sem r is
   enough; may sleep. */
int expand_stack(struct vm_area_struct *vma, unsigned long address);
/* exec: move the stack, the only mapping so far, down by `shift` bytes with its pages. 0, or
   -ENOMEM: then the stack can only be unmapped. mmap_sem w; may sleep. */
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
/* Do current's RLIMIT_AS and RLIMIT_DATA allow npages more with these VM_ flags? mmap_sem r. */
bool may_expand_vm(struct mm_struct *mm, unsigned long vm_flags, unsigned long npages);
/* Add npages (may be negative) with these VM_ flags to total_vm and its parts. mmap_sem w. */
void vm_stat_account(struct mm_struct *mm, unsigned long vm_flags, long npages);
void overcommit_init(void);		   /* the reserves, by what is free at boot */
int security_vm_enough_memory(long pages); /* overcommit: 0 (charged) or -ENOMEM */
void vm_unacct_memory(long pages);	   /* give a charge back */
/* Pages promised to all processes, and the limit of that in overcommit mode 2. */
long vm_memory_committed(void);
long vm_commit_limit(void);
/* Resident pages now, the peak of resident pages, and the peak of mapped pages. No lock: the values
   may change at once. */
unsigned long get_mm_rss(const struct mm_struct *mm);
unsigned long mm_hiwater_rss(const struct mm_struct *mm);
unsigned long mm_hiwater_vm(const struct mm_struct *mm);
/* Choose where and in which direction a new image searches for room (PF_RANDOMIZE: at random). */
void arch_pick_mmap_layout(struct mm_struct *mm, unsigned long stack_rlimit);
unsigned long arch_mmap_rnd(void); /* bytes, page-aligned */

/* ---- memory.c: faults and page tables ---- */
/* Make the page of `address` present for this kind of access, which the VMA must permit. Returns
   VM_FAULT_ bits. mmap_sem r; may sleep. */
vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address, unsigned int flags);
/* Unmap the pages of `size` bytes of the VMA from start on; the next access faults. mmap_sem r;
   lets others run. */
void zap_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long size);
/* For a driver's mmap: map page frames from pfn on, which do not count their mappings, at addr for
   `size` bytes with permissions prot. The VMA becomes VM_PFNMAP. 0, or -ENOMEM with part of them
   mapped, for the caller to undo. mmap_sem w; may sleep. */
int remap_pfn_range(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn,
		    unsigned long size, pgprot_t prot);
/* The permissions of entries in a VMA with these flags; not writable where the first write must
   fault. */
pgprot_t vm_get_page_prot(unsigned long vm_flags);
/* Take references to `nr` user pages from start on, and fault in those not present. Returns how
   many, or -errno. The caller must be done with them before it releases mmap_sem: after that, fork
   and copy-on-write may put another page there. mmap_sem r; may sleep before each page. */
long get_user_pages(struct mm_struct *mm, unsigned long start, unsigned long nr, bool write,
		    struct page **pages);
/* The same for a caller that uses the pages after it has released mmap_sem. While private pages are
   pinned, fork gives copies to the child and leaves the pages to this address space. So a page that
   fork already shares is copied before it is pinned, even for reading. */
long pin_user_pages(struct mm_struct *mm, unsigned long start, unsigned long nr, bool write,
		    struct page **pages);
/* Drop the pins; `dirty`: the pages were written. */
void unpin_user_pages(struct page **pages, unsigned long nr, bool dirty);
#define FOLL_WRITE 0x01
#define FOLL_FORCE 0x10 /* also what mprotect could permit; writes only private copies */
#define FOLL_PIN   0x40000
/* Read or write another process's memory (/proc/PID/environ, cmdline, mem). Returns the bytes done.
   Takes mmap_sem; may sleep. */
int access_process_vm(struct mm_struct *mm, unsigned long addr, void *buf, int len,
		      unsigned int gup_flags);
/* The page at addr in current's memory for a core dump, referenced; NULL if it is untouched (zeros)
   or cannot be read. Takes mmap_sem. */
struct page *get_dump_page(unsigned long addr);

/* ---- rmap.c ---- */
/* Page-cache pages that are mapped somewhere, and anonymous pages, of all address spaces. */
unsigned long nr_mapped_pages(void), nr_anon_pages(void);

#endif
