/*
 * What the files of mm/ share among themselves, and nobody else needs.
 */
#ifndef MM_INTERNAL_H
#define MM_INTERNAL_H

#include "kernel/sched/sched.h"
#include "mm/cache/lru.h"
#include "mm/cache/pagecache.h"
#include "mm/fault.h"
#include "mm/mm.h"
#include "mm/phys/page.h"
#include "mm/phys/vmstat.h"
#include "mm/rmap.h"
#include "mm/vma.h"
#include "mm/phys/mmdebug.h"

/* Bytes that stay free below a stack, so that it cannot grow into its neighbour unnoticed. */
extern unsigned long stack_guard_gap;

/* The highest end of a mapping below vma: a stack needs its guard gap. */
static inline unsigned long vm_start_gap(const struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_GROWSDOWN))
		return vma->vm_start;
	return vma->vm_start > stack_guard_gap ? vma->vm_start - stack_guard_gap : 0;
}
static inline bool vma_is_anonymous(const struct vm_area_struct *vma)
{
	return !vma->vm_ops;
}
/* Can this mapping change the file, now or after mprotect? */
static inline bool is_shared_maywrite(unsigned long vm_flags)
{
	return (vm_flags & (VM_SHARED | VM_MAYWRITE)) == (VM_SHARED | VM_MAYWRITE);
}
static inline pgoff_t linear_page_index(const struct vm_area_struct *vma, unsigned long address)
{
	return ((address - vma->vm_start) >> PAGE_SHIFT) + vma->vm_pgoff;
}

/* A fault of the kernel's own: the page will be pinned for reading, so it must not be one that fork
   shares (Linux: 1 << 10). */
#define FAULT_FLAG_UNSHARE 0x400

/* ---- stack.c ---- */
/* How many bytes below the end of user space are kept for the stack, whose limit is `stack_rlimit`:
   the search for free room begins below them. */
unsigned long stack_room(unsigned long stack_rlimit);

/* ---- fork.c ---- */
/* Copy all mappings of oldmm to the empty mm, copy-on-write. 0, or -ENOMEM with part of them
   copied, which mmput of mm removes. oldmm's mmap_sem w. */
int dup_mmap(struct mm_struct *mm, struct mm_struct *oldmm);
DECLARE_STATIC_CALL(dup_mmap);

/* ---- copy.c ---- */
/* fork: copy the entries of src to the child's empty VMA dst of the same range. Private pages
   become read-only in both; the caller flushes the TLB. 0, or -ENOMEM with part of them copied. The
   parent's mmap_sem w; may sleep. */
int copy_page_range(struct vm_area_struct *dst, struct vm_area_struct *src);

/* ---- vma.c ---- */
/* Allocate an anonymous VMA for [start, end), page-aligned, and do not link it. pgoff, in pages, is
   the offset of start. NULL: no memory. May sleep. */
struct vm_area_struct *vm_area_alloc(struct mm_struct *mm, unsigned long start, unsigned long end,
				     unsigned long vm_flags, pgoff_t pgoff);
/* A copy that is not linked, with its own reference to the file but without an anon_vma: the caller
   gives it one (anon_vma_clone, anon_vma_fork), links it, and calls vma_open(). NULL: no memory.
   May sleep. mmap_sem r. */
struct vm_area_struct *vm_area_dup(const struct vm_area_struct *orig);
/* Free a VMA that is not linked, with its links to anon_vmas, and put its file. May sleep. */
void vm_area_free(struct vm_area_struct *vma);
/* Tell the driver (->open) that the VMA is a copy of another. */
void vma_open(struct vm_area_struct *vma);
/* Tell the driver (->close) that the VMA, which is already unlinked, goes; then vm_area_free. May
   sleep. */
void remove_vma(struct vm_area_struct *vma);
/* Insert vma between prev and its successor. Cannot fail. mmap_sem w. The file's tree comes last,
   and waiting for its lock may sleep: no page may be mapped before. */
void vma_link(struct mm_struct *mm, struct vm_area_struct *vma, struct vm_area_struct *prev);
/* Insert vma between prev (NULL: it becomes the first) and its successor into list and tree, but
   not into the file's tree, which is left to vma_file_attach(). Cannot fail, does not sleep.
   mmap_sem w. */
void __vma_link(struct mm_struct *mm, struct vm_area_struct *vma, struct vm_area_struct *prev);
/* Remove vma from list and tree. It stays in the file's tree until vma_unlink_file(), which must
   not come before all its pages are unmapped. mmap_sem w. */
void vma_unlink(struct mm_struct *mm, struct vm_area_struct *vma);
/* Update the gaps of the tree after vm_start, or the VMA before, has changed. */
void vma_gap_update(struct vm_area_struct *vma);
/* Does the file want to be told before a page of this mapping is first written to? Then the entries
   are read-only until that write. */
bool vma_wants_writenotify(const struct vm_area_struct *vma);
/* Set vm_page_prot after vm_flags or vm_ops has changed. mmap_sem w. */
void vma_set_page_prot(struct vm_area_struct *vma);
/* Remove vma from the tree of its file, if it has one, for good. The file's i_mmap_rwsem w. */
void vma_unlink_file(struct vm_area_struct *vma);
/* Insert vma into the tree of its file, if it has one. The file's i_mmap_rwsem w. */
void vma_file_attach(struct vm_area_struct *vma);
/* Remove vma from the trees of reverse mapping, its file's and those of its anon_vmas, while its
   range or offset changes, and insert it again. If it has a file, that file's i_mmap_rwsem w. No
   sleep in between: reclaim walks those trees without a lock. */
void vma_rmap_detach(struct vm_area_struct *vma);
void vma_rmap_attach(struct vm_area_struct *vma);
/* The highest (topdown) or lowest free room of `length` bytes within [low, high). Address or
   -ENOMEM. */
unsigned long unmapped_area_topdown(struct mm_struct *mm, unsigned long length, unsigned long low,
				    unsigned long high);
unsigned long unmapped_area(struct mm_struct *mm, unsigned long length, unsigned long low,
			    unsigned long high);

/* ---- vma_merge.c ---- */
/* Extend `vma` to [start, end). Other VMAs in that range are removed or trimmed; `vma` takes over
   their anon_vma if it has none. vm_pgoff follows vm_start. 0, or -ENOMEM with nothing changed:
   only if `vma` has no anon_vma, and one of the others has. May sleep. mmap_sem w. */
int vma_expand(struct vm_area_struct *vma, unsigned long start, unsigned long end);
/* A range and the properties it has or will get. A VMA beside it that has the same can be merged
   with it. */
struct vma_merge_struct {
	struct vm_area_struct *prev;	  /* the last VMA that begins before start; NULL: none */
	unsigned long start, end;	  /* page-aligned */
	unsigned long flags;		  /* VM_ */
	struct anon_vma *anon_vma;	  /* of its anonymous pages; NULL: it has none */
	struct file *file;		  /* borrowed; NULL: anonymous */
	pgoff_t pgoff;			  /* of start */
	struct userfaultfd_ctx *uffd_ctx; /* of VMAs with VM_UFFD_FLAGS; NULL: none */
};
/* May vma, which begins where the range ends, be extended down over it? mmap_sem r. */
bool can_vma_merge_before(const struct vm_area_struct *vma, const struct vma_merge_struct *vmg);
/* May vma, which ends where the range begins, be extended up over it? mmap_sem r. */
bool can_vma_merge_after(const struct vm_area_struct *vma, const struct vma_merge_struct *vmg);
/* Merge the range with the VMA before, the VMA after, or both, if they match; VMAs within the range
   are absorbed. Returns the merged VMA (with vmg->flags), or NULL if nothing matches, or if there
   is no memory for the links of its anonymous pages. May sleep. mmap_sem w. */
struct vm_area_struct *vma_merge(struct mm_struct *mm, const struct vma_merge_struct *vmg);
/* Split vma at addr. The new VMA is the part below addr if new_below, else the part above. 0,
   -ENOMEM, or the error of ->may_split. __split_vma ignores max_map_count. mmap_sem w. */
int __split_vma(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr,
		bool new_below);
int split_vma(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr, bool new_below);

/* The part of a call's range that lies in one VMA. */
struct vma_part {
	struct vm_area_struct *vma;
	struct vm_area_struct *prev; /* the VMA before start, vma itself if start is inside it;
					NULL: there is none */
	unsigned long start, end;    /* page-aligned, within vma, not empty */
	void *arg;		     /* the caller's */
};
/* Works on one part. Returns the VMA that holds the part afterwards: part->vma, the VMA it was
   merged into, or the piece split off. NULL means that mmap_sem was released meanwhile; ERR_PTR
   ends the walk. */
typedef struct vm_area_struct *(*vma_part_fn)(const struct vma_part *part);
/* Call fn for the part of [start, end) in each VMA, from low to high; the range is page-aligned and
   not empty, and fn may split and merge. A hole ends the walk, or is skipped with pass_holes;
   either way the result is -ENOMEM, and the parts before the hole keep their change. 0 or -errno.
   mmap_sem as fn needs it; lets others run. */
int walk_vma_parts(struct mm_struct *mm, unsigned long start, unsigned long end, vma_part_fn fn,
		   void *arg, bool pass_holes);
/* Prepare the part for newflags: merge it with a neighbour that has them, or split it off. Returns
   the VMA that then holds it, whose flags the caller sets, or ERR_PTR. May sleep. mmap_sem w. */
struct vm_area_struct *vma_modify_flags(const struct vma_part *part, unsigned long newflags);

/* ---- mmap.c, munmap.c ---- */
/* Is [addr, addr + len) free of mappings and of the guard gaps of stacks? len <= TASK_SIZE.
   mmap_sem r. */
bool area_is_free(struct mm_struct *mm, unsigned long addr, unsigned long len);
/* Find free room for len bytes at a multiple of align (bytes, a power of two >= PAGE_SIZE): as high
   as possible below mmap_base and, failing that, above it; in the legacy layout, as low as
   possible. Address or -ENOMEM. mmap_sem r; lets others run. */
unsigned long vm_unmapped_area(struct mm_struct *mm, unsigned long len, unsigned long align);
/* Make or extend a VMA for [addr, addr + len), and replace what is mapped there. Address or -errno.
   mmap_sem w. */
unsigned long mmap_region(struct file *file, unsigned long addr, unsigned long len,
			  unsigned long vm_flags, unsigned long pgoff);
/* How many pages of [addr, end) are mapped, touched or not. mmap_sem r. */
unsigned long count_vma_pages_range(struct mm_struct *mm, unsigned long addr, unsigned long end);

/* ---- pagetable.c ---- */
/* The entry of address; its page table is allocated and counted if necessary. NULL: no memory. May
   sleep, so the caller looks at the entry afterwards. mmap_sem, which keeps the table. */
pte_t *mm_pte_alloc(struct mm_struct *mm, pmd_t *pmd, unsigned long address);
/* Unless *pmd has a page table already, install *table there, count it, and set *table to NULL.
   page_table_lock. */
void pmd_install(struct mm_struct *mm, pmd_t *pmd, pte_t **table);
/* Free the page tables that no VMA needs after [start, end) was unmapped. floor is the end of the
   VMA before, ceiling the start of the VMA after (0 or TASK_SIZE: none). */
void free_pgtables(struct mm_struct *mm, unsigned long start, unsigned long end,
		   unsigned long floor, unsigned long ceiling);
/* Flush [start, end) from the TLB, if the processor has mm loaded. */
static inline void flush_mm_range(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	if (mm == current->active_mm)
		flush_tlb_range(start, end);
}

/* ---- zap.c ---- */
/* Clear the entries of [start, end) and flush them from the TLB; without even_cows only those that
   map pages of the file itself, not private copies. Lets others run. */
void zap_tables(struct vm_area_struct *vma, unsigned long start, unsigned long end, bool even_cows);
DECLARE_STATIC_CALL(zap_tables);
/* Clear all entries of [start, end) and flush them from the TLB. Lets others run. */
void unmap_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long end);
/* Clear an entry that is not empty. Its page, if any, loses a reference; a file page gets the
   entry's accessed and dirty bits. Does not flush the TLB. page_table_lock. */
void zap_pte(struct vm_area_struct *vma, unsigned long addr, pte_t *pte);

/* ---- mremap.c ---- */
/* Move the entries of [old, old + len) of vma to new, where there are none; if the places overlap,
   new must be the lower one. Returns the bytes moved: less than len if there was no memory for a
   page table. mmap_sem w; may sleep. */
unsigned long move_page_tables(struct vm_area_struct *vma, unsigned long old, unsigned long new,
			       unsigned long len);

/*
 * ---- the page fault: memory.c, what it dispatches to, and install_pte.h. mmap_sem r. ----
 * What handles a fault returns 0 if the page is there now, VM_FAULT_NOPAGE if this fault mapped
 * nothing and there is no error (another thread was faster, or the handler did all of it), or the
 * bits of an error. VM_FAULT_MAJOR is added if the fault waited for a disk. After 0 and NOPAGE the
 * program repeats the instruction.
 */
/* The entry of vmf->address, which held vmf->orig_pte, has been replaced: flush the old
   translation, which would still show the old page. If it mapped a page (vm_normal_page), that page
   loses its place in rss_stat, its mapping and its reference. page_table_lock. */
void forget_old_page(struct vm_fault *vmf);
/* A fault on an empty entry of anonymous memory; vmf->pte is NULL if there is no page table yet. A
   read maps the page of zeros, a write a new page of zeros. 0, also if another thread was faster;
   or VM_FAULT_OOM. May sleep. mmap_sem r. */
vm_fault_t do_anonymous_page(struct vm_fault *vmf);
/* A fault on an empty entry of a file's or a driver's mapping: what handles a fault returns, or
   VM_FAULT_SIGBUS if there is no ->fault. May sleep. mmap_sem r. */
vm_fault_t do_fault(struct vm_fault *vmf);
/* Get the page of the file from ->fault, in vmf->page. If the result has the bit VM_FAULT_LOCKED,
   perhaps with VM_FAULT_MAJOR, the page is locked, and the caller has a reference to it. Otherwise
   there is neither lock nor reference, and the result is that of the fault: what ->fault returned,
   or VM_FAULT_HWPOISON if the page is poisoned. May sleep. mmap_sem r. */
vm_fault_t fault_in_file_page(struct vm_fault *vmf);
/* Map the locked page vmf->page of a file, and unlock it. With `write` the entry is dirty and, if
   the VMA allows it, writable, and the page is dirty (set_page_dirty). 0: the caller's reference is
   now the entry's. VM_FAULT_NOPAGE: another thread was faster, and the reference is dropped.
   mmap_sem r. */
vm_fault_t finish_fault(struct vm_fault *vmf, bool write);
/* The first access to a page of a shared mapping of a file is a write. What handles a fault
   returns; VM_FAULT_DIRTIED is added if the file was told. May sleep. mmap_sem r. */
vm_fault_t do_shared_fault(struct vm_fault *vmf);
/* The first write to a shared page since it was clean: its file may want to be told. `page` is NULL
   for a frame without a page. May sleep. */
vm_fault_t wp_page_shared(struct vm_fault *vmf, struct page *page);
/* A write to the entry vmf->orig_pte, which is not writable. In a shared mapping it is for
   wp_page_shared(). The page of a private one is not copied for its last owner; everything else is.
   What handles a fault returns. May sleep. mmap_sem r. */
vm_fault_t do_wp_page(struct vm_fault *vmf);
/* A page is about to be pinned for reading: an anonymous page that fork shares is replaced by a
   copy, to which the entry does not permit writing. Nothing else changes. 0 or VM_FAULT_OOM. May
   sleep. mmap_sem r. */
vm_fault_t do_unshare_page(struct vm_fault *vmf);
/* Make the entry writable, dirty and accessed, without a copy. 0, or VM_FAULT_NOPAGE: another
   thread was faster, and nothing has changed. */
vm_fault_t wp_page_reuse(struct vm_fault *vmf);

/* ---- what a page counts for in its address space ---- */
/* Which counter of rss_stat counts the page. */
static inline int mm_counter(const struct page *page)
{
	if (PageAnon(page))
		return MM_ANONPAGES;
	return PageSwapBacked(page) ? MM_SHMEMPAGES : MM_FILEPAGES;
}
static inline void add_mm_counter(struct mm_struct *mm, int member, long value)
{
	check_page_table_lock(mm);
	mm->rss_stat[member] += value;
	VM_BUG_ON(mm->rss_stat[member] < 0);
}
static inline void update_hiwater_rss(struct mm_struct *mm)
{
	unsigned long rss = get_mm_rss(mm);

	if (mm->hiwater_rss < rss)
		mm->hiwater_rss = rss;
}
static inline void update_hiwater_vm(struct mm_struct *mm)
{
	if (mm->hiwater_vm < mm->total_vm)
		mm->hiwater_vm = mm->total_vm;
}

/* ---- mlock.c ---- */
/* Are the pages of this VMA locked? */
static inline bool vma_locks_pages(const struct vm_area_struct *vma)
{
	return (vma->vm_flags & (VM_LOCKED | VM_SPECIAL)) == VM_LOCKED;
}
/* May this many more bytes be mapped with vm_flags? Checks the limit if those contain VM_LOCKED. */
bool mlock_future_ok(struct mm_struct *mm, unsigned long vm_flags, unsigned long bytes);

/* ---- gup.c: faulting in ahead of use ---- */
/* mm_populate() of mm.h, but stops at the first error and returns it, unless errors are to be
   ignored. */
int populate_range(unsigned long start, unsigned long len, bool ignore_errors);
/* The same for a part of one VMA. mmap_sem r. 0 or -errno. */
int populate_vma_range(struct vm_area_struct *vma, unsigned long start, unsigned long end);
/* Make the pages present for reading or writing, which the VMA must allow. *start moves on to the
   first page that is not. 0 or -errno. -EBUSY: mmap_sem was released, which *locked, now false,
   allowed (NULL does not), and the caller tries again. mmap_sem r. */
int faultin_range(struct vm_area_struct *vma, unsigned long *start, unsigned long end, bool write,
		  bool *locked);

#endif
