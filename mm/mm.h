/*
 * The address space as a whole: its life, its calls, its accounts. Its mappings are in vma.h, its
 * pages in fault.h. One section for each file of mm/.
 *
 * Locks: "mmap_sem r" means that the caller holds mm->mmap_sem at least for reading, "mmap_sem w"
 * for writing.
 */
#ifndef MM_MM_H
#define MM_MM_H

#include "kernel/lib/static_call.h"
#include "mm/mm_types.h"

struct file;
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
DECLARE_STATIC_CALL(exit_mm);
/* exec: current, after mm_release(), takes over `mm` with its reference, and drops the old mm. 0
   with current->signal->exec_update_lock held for writing, or -EINTR (killed) with nothing changed.
 */
int exec_mmap(struct mm_struct *mm);
DECLARE_STATIC_CALL(exec_mmap);
/* Set the program that mm runs. Takes its own reference, and denies writing to the file. */
void mm_set_exe_file(struct mm_struct *mm, struct file *file);
/* exec: make the first VMA of an empty mm, one page of stack below `top` (page-aligned). NULL: no
   memory. */
struct vm_area_struct *mm_new_stack(struct mm_struct *mm, unsigned long top);

/* ---- mmap.c, munmap.c, brk.c: the calls. They return an address or 0, or -errno. ---- */
/* Make a mapping of len bytes (rounded up to pages) with PROT_ and MAP_ bits, of file (borrowed;
   NULL: anonymous) from page pgoff on. addr is a hint, or the place with MAP_FIXED. Touches no
   page. Returns the address or -errno. mmap_sem w; may sleep. */
unsigned long do_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, unsigned long pgoff);
DECLARE_STATIC_CALL(do_mmap);
/* The same for current's address space, with the pages faulted in if the flags or mlockall ask for
   it. Also -EINTR. Takes mmap_sem. */
unsigned long vm_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, unsigned long pgoff);
DECLARE_STATIC_CALL(vm_mmap);
/* mmap2(2): maps the file of descriptor fd, or none with MAP_ANONYMOUS; pgoff is in pages. Decides
   about huge pages. Takes mmap_sem of current->mm. */
unsigned long ksys_mmap_pgoff(unsigned long addr, unsigned long len, unsigned long prot,
			      unsigned long flags, unsigned long fd, unsigned long pgoff);
/* Fault in [addr, addr + len) of current's mm for MAP_POPULATE and VM_LOCKED. Ignores errors, as
   Linux does. Takes mmap_sem. In gup.c. */
void mm_populate(unsigned long addr, unsigned long len);
/* do_munmap for current's address space. Also -EINTR. Takes mmap_sem. */
int vm_munmap(unsigned long start, size_t len);
/* exec: map anonymous private memory at a fixed place, for bss. `flags` is VM_EXEC or 0. Takes
   mmap_sem of current->mm. */
int vm_brk_flags(unsigned long addr, unsigned long len, unsigned long flags);
/* Unmap [start, start + len), which may have holes; len is rounded up to pages. 0; -EINVAL if the
   range is not aligned, empty, or not in user space; -ENOMEM if a VMA could not be split, with
   nothing unmapped. mmap_sem w; may sleep. */
int do_munmap(struct mm_struct *mm, unsigned long start, size_t len);
DECLARE_STATIC_CALL(do_munmap);
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
DECLARE_STATIC_CALL(exit_mmap);
/* Grow a VM_GROWSDOWN VMA down to cover address. 0, -ENOMEM, -EPERM or -EFAULT. mmap_sem r is
   enough; may sleep. */
int expand_stack(struct vm_area_struct *vma, unsigned long address);
DECLARE_STATIC_CALL(expand_stack);
/* exec: extend the stack down to `start` (page-aligned), the room that a program begins with. 0, or
   -ENOMEM if a limit forbids it. mmap_sem w. */
int mm_extend_stack(struct vm_area_struct *vma, unsigned long start);
/* Extend a VM_GROWSDOWN VMA down to `address` (page-aligned), without a look at what lies below it.
   0, or -ENOMEM if a limit forbids it. mmap_sem r is enough; may sleep. */
int grow_stack(struct vm_area_struct *vma, unsigned long address);
/* exec: move the stack, the only mapping so far, down by `shift` bytes with its pages. 0, or
   -ENOMEM: then the stack can only be unmapped. mmap_sem w; may sleep. */
int shift_arg_pages(struct vm_area_struct *vma, unsigned long shift);
DECLARE_STATIC_CALL(shift_arg_pages);
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
/* Boot: the reserves, and how far swap reads ahead, by the memory there is. */
void overcommit_init(void);
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

#endif
