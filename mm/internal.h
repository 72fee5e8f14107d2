/*
 * What the files of mm/ share among themselves and nobody else needs.
 */
#ifndef MM_INTERNAL_H
#define MM_INTERNAL_H

#include "kernel/sched/sched.h"
#include "mm/mm.h"
#include "mm/phys/mmdebug.h"

/* Pages that stay free below a stack, so that it does not grow into its neighbour unnoticed. */
extern unsigned long stack_guard_gap; /* bytes */

/* Where a neighbour may end at the latest: a stack keeps its guard gap free. */
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
/* Does, or can, this mapping change the file? */
static inline bool is_shared_maywrite(unsigned long vm_flags)
{
	return (vm_flags & (VM_SHARED | VM_MAYWRITE)) == (VM_SHARED | VM_MAYWRITE);
}
static inline pgoff_t linear_page_index(const struct vm_area_struct *vma, unsigned long address)
{
	return ((address - vma->vm_start) >> PAGE_SHIFT) + vma->vm_pgoff;
}

/* One more kind of fault, the kernel's own: the page is going to be pinned for reading, and must
   not be one that fork shares (Linux: 1 << 10). */
#define FAULT_FLAG_UNSHARE 0x400

/* ---- copy.c: fork's half ---- */
/* Copy all of oldmm's mappings into the empty mm, copy-on-write. 0 or -ENOMEM: then what has been
   copied is in mm and goes with mmput. oldmm's mmap_sem w. */
int dup_mmap(struct mm_struct *mm, struct mm_struct *oldmm);

/* ---- vma.c ---- */
/* A VMA of its own kind, linked nowhere: [start, end), page-aligned, without a store (anonymous).
   pgoff, in pages, is the offset of start. NULL: no memory. May sleep. */
struct vm_area_struct *vm_area_alloc(struct mm_struct *mm, unsigned long start, unsigned long end,
				     unsigned long vm_flags, pgoff_t pgoff);
/* A copy, linked nowhere, with a reference of its own to the file but without an anon_vma: that is
   the caller's to give (anon_vma_clone, anon_vma_fork), and vma_open() when the copy is in place.
   NULL: no memory. May sleep. mmap_sem r. */
struct vm_area_struct *vm_area_dup(const struct vm_area_struct *orig);
/* Free a VMA that is linked nowhere, and put its file and its anon_vma. May sleep. */
void vm_area_free(struct vm_area_struct *vma);
/* Tell the store that the VMA is a copy of another. */
void vma_open(struct vm_area_struct *vma);
/* Tell the store that the VMA, which is unlinked already, goes; then vm_area_free. May sleep. */
void remove_vma(struct vm_area_struct *vma);
/* Insert between prev and its successor. Never fails. mmap_sem w. The file of a VMA learns of it
   last, which may sleep: it must show no page before. */
void vma_link(struct mm_struct *mm, struct vm_area_struct *vma, struct vm_area_struct *prev);
/* The same for all but its file's tree: for vma_file_attach(). Does not sleep. */
void __vma_link(struct mm_struct *mm, struct vm_area_struct *vma, struct vm_area_struct *prev);
/* Out of list and tree. Its file goes on knowing it until vma_unlink_file(), which must wait until
   no page is mapped there any more. */
void vma_unlink(struct mm_struct *mm, struct vm_area_struct *vma);
/* vm_start, or the VMA before, changed: bring the gaps of the tree up to date. */
void vma_gap_update(struct vm_area_struct *vma);
/* vm_flags changed: vm_page_prot follows. mmap_sem w. */
void vma_set_page_prot(struct vm_area_struct *vma);
/* Its file, if it has one, forgets it for good. The file's i_mmap_rwsem w. */
void vma_unlink_file(struct vm_area_struct *vma);
/* Whoever changes which pages of its file a VMA shows takes it out of the file's tree meanwhile.
   Nothing is done for VMAs without a file; else the file's i_mmap_rwsem w, and no sleep in
   between: reclaim walks that tree without a lock. */
void vma_file_detach(struct vm_area_struct *vma);
void vma_file_attach(struct vm_area_struct *vma);
/* Highest (topdown) or lowest gap of `length` bytes within [low, high). Address or -ENOMEM. */
unsigned long unmapped_area_topdown(struct mm_struct *mm, unsigned long length, unsigned long low,
				    unsigned long high);
unsigned long unmapped_area(struct mm_struct *mm, unsigned long length, unsigned long low,
			    unsigned long high);

/* ---- interval_tree.c: the VMAs that map a file, address_space.i_mmap ---- */
void vma_interval_tree_insert(struct vm_area_struct *vma, struct rb_root *root);
void vma_interval_tree_remove(struct vm_area_struct *vma, struct rb_root *root);
/* Those that show some of the file's pages [first, last], by the first page that each shows; NULL
   at the end. */
struct vm_area_struct *vma_interval_tree_first(struct rb_root *root, pgoff_t first, pgoff_t last);
struct vm_area_struct *vma_interval_tree_next(struct vm_area_struct *vma, pgoff_t first,
					      pgoff_t last);
#define vma_interval_tree_foreach(vma, root, first, last)               \
	for ((vma) = vma_interval_tree_first(root, first, last); (vma); \
	     (vma) = vma_interval_tree_next(vma, first, last))

/* ---- vma_merge.c ---- */
/* Give `vma` the range [start, end): whatever other VMA stood there is removed or trimmed; its
   anonymous identity is taken over. pgoff follows the start. Cannot fail. mmap_sem w. */
void vma_expand(struct vm_area_struct *vma, unsigned long start, unsigned long end);
/* A range and the properties it has or is to get: what a VMA beside it must share to become one
   with it. */
struct vma_merge_struct {
	struct vm_area_struct *prev; /* the last VMA that begins before start; NULL: none */
	unsigned long start, end;    /* page-aligned */
	unsigned long flags;	     /* VM_ */
	struct anon_vma *anon_vma;   /* of its anonymous pages; NULL: it has none */
	struct file *file;	     /* borrowed; NULL: anonymous */
	pgoff_t pgoff;		     /* of start */
};
/* May vma, which begins where the range ends, be extended down over it? mmap_sem r. */
bool can_vma_merge_before(const struct vm_area_struct *vma, const struct vma_merge_struct *vmg);
/* May vma, which ends where the range begins, be extended up over it? mmap_sem r. */
bool can_vma_merge_after(const struct vm_area_struct *vma, const struct vma_merge_struct *vmg);
/* Join the range with the VMA before, the VMA after, or both, if they match; VMAs that it held go.
   The resulting VMA (its flags are vmg->flags), or NULL when nothing could be joined. Does not
   allocate. mmap_sem w. */
struct vm_area_struct *vma_merge(struct mm_struct *mm, const struct vma_merge_struct *vmg);
/* Cut at addr; the new VMA is the part above (new_below == 0) or below. 0, -ENOMEM, or what
   may_split says. __split_vma does not look at max_map_count. */
int __split_vma(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr,
		bool new_below);

/* One VMA's part of a range that a call works through. */
struct vma_part {
	struct vm_area_struct *vma;
	struct vm_area_struct *prev; /* the VMA before start, vma itself if start is inside it;
					NULL: there is none */
	unsigned long start, end;    /* page-aligned, within vma, not empty */
	void *arg;		     /* the caller's */
};
/* Works on one part. => the VMA that holds the part in the end: part->vma, what it was merged into,
   or the piece that was split off; NULL if mmap_sem was released on the way; ERR_PTR ends the walk.
 */
typedef struct vm_area_struct *(*vma_part_fn)(const struct vma_part *part);
/* Call fn for each VMA's part of [start, end), page-aligned and not empty, from low to high; fn may
   split and merge. A hole ends the walk, or with pass_holes is passed over: -ENOMEM either way, and
   what came before it keeps its change. 0 or -errno. mmap_sem as fn wants it; lets others run. */
int walk_vma_parts(struct mm_struct *mm, unsigned long start, unsigned long end, vma_part_fn fn,
		   void *arg, bool pass_holes);
/* The part is to get newflags: join it with a neighbour that has them, or split it off. The VMA
   that then holds it, whose flags the caller sets, or ERR_PTR. May sleep. mmap_sem w. */
struct vm_area_struct *vma_modify_flags(const struct vma_part *part, unsigned long newflags);

/* ---- anon_vma.c ---- */
/* Give vma an anon_vma before its first anonymous page: a neighbour's if they could be one VMA,
   else a new one. 0 or -ENOMEM. mmap_sem r, page_table_lock not held. */
int anon_vma_prepare(struct vm_area_struct *vma);
/* dst, which has none, shares src's anon_vma if there is one: a piece of the same VMA. mmap_sem w.
 */
void anon_vma_clone(struct vm_area_struct *dst, const struct vm_area_struct *src);
/* fork: the child's VMA, which has none, gets an anon_vma of its own if the parent's has one. 0 or
   -ENOMEM. May sleep. The parent's mmap_sem w. */
int anon_vma_fork(struct vm_area_struct *child, const struct vm_area_struct *parent);
/* Drop a reference: the last one frees it. */
void anon_vma_put(struct anon_vma *anon_vma);

/* ---- mmap.c, munmap.c ---- */
/* Can [addr, addr + len) be mapped without touching another mapping or a stack's guard gap? Bytes;
   len <= TASK_SIZE. mmap_sem r. */
bool area_is_free(struct mm_struct *mm, unsigned long addr, unsigned long len);
/* Free room for len bytes at a multiple of align (bytes, a power of two >= PAGE_SIZE) where the
   layout wants it: as high as possible below mmap_base and, failing that, above; or, in the legacy
   layout, as low as possible. Address or -ENOMEM. mmap_sem r; lets others run. */
unsigned long vm_unmapped_area(struct mm_struct *mm, unsigned long len, unsigned long align);
/* Make or extend a VMA at [addr, addr + len), replacing what is there. Address or -errno. mmap_sem
 * w. */
unsigned long mmap_region(struct file *file, unsigned long addr, unsigned long len,
			  unsigned long vm_flags, unsigned long pgoff);
/* How many pages of [addr, end) are mapped, touched or not. mmap_sem r. */
unsigned long count_vma_pages_range(struct mm_struct *mm, unsigned long addr, unsigned long end);

/* ---- zap.c ---- */
/* Clear all entries of [start, end). Lets others run, with nothing of what was cleared left in the
   TLB. */
void unmap_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long end);
/* Clear an entry that is not empty: its page, if there is one, is told and loses a reference. Not
   flushed. page_table_lock. */
void zap_pte(struct vm_area_struct *vma, unsigned long addr, pte_t *pte);
/* Free the page tables that cover nothing any more after [start, end) was unmapped; floor and
   ceiling are the ends of the neighbours (ceiling 0: end of user space). */
void free_pgtables(struct mm_struct *mm, unsigned long start, unsigned long end,
		   unsigned long floor, unsigned long ceiling);
/* mremap.c: carry the entries of [old, old + len) of vma to new, where there are none; an overlap
   must lie above new. Bytes done: less than len if a table could not be had. mmap_sem w; may sleep.
 */
unsigned long move_page_tables(struct vm_area_struct *vma, unsigned long old, unsigned long new,
			       unsigned long len);

/* ---- memory.c ---- */
/* The entry of address, its table made and counted if need be; NULL: no memory. May sleep; whoever
   changes the entry looks at it afterwards. mmap_sem, which keeps the table. */
pte_t *mm_pte_alloc(struct mm_struct *mm, pmd_t *pmd, unsigned long address);
/* Hang *table into the directory and count it, and make *table NULL; unless there is one already.
   page_table_lock. */
void pmd_install(struct mm_struct *mm, pmd_t *pmd, pte_t **table);
/* Flush what the processor may remember of [start, end), if it has mm loaded. */
static inline void flush_mm_range(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	if (mm == current->active_mm)
		flush_tlb_range(start, end);
}

/* ---- rmap.c: who maps a page, and the counters that follow ---- */
/* An entry maps the page from now on (new_anon: it belongs to vma's anon_vma at this address; dup:
   fork), or does no more. The counters of the page follow, and its list. page_table_lock. */
void page_add_new_anon_rmap(struct page *page, struct vm_area_struct *vma, unsigned long address);
void page_dup_rmap(struct page *page);
void page_add_file_rmap(struct page *page, struct vm_area_struct *vma);
void page_remove_rmap(struct page *page, struct vm_area_struct *vma);
/* Call fn, with page_table_lock, for every entry that maps the page; it must not change the lists
   of VMAs. An address space that several processes share is visited several times. */
typedef void (*rmap_fn)(struct page *page, struct vm_area_struct *vma, unsigned long address,
			pte_t *pte, void *arg);
void rmap_walk(struct page *page, rmap_fn fn, void *arg);
/* All entries that map the page map `new` from now on, which nobody uses yet. False: some were not
   found, and nothing has changed. The caller has a reference to both. */
bool move_rmap(struct page *page, struct page *new);

/* Was the page touched through a mapping since this was asked last, or is it locked in one? */
bool page_referenced(struct page *page);
/* Note in the page what the entries that map it know: that it was written. */
void collect_dirty_bits(struct page *page);
/* Take the page out of all mappings. The caller, or the page cache, has a reference of its own. */
#define TTU_IGNORE_MLOCK 1 /* also out of those that lock it */
#define TTU_HWPOISON	 2 /* the entries say from now on that the page is broken */
void try_to_unmap(struct page *page, unsigned int flags);
/* Which of rss_stat's counters a page belongs to. */
int mm_counter(const struct page *page);
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
/* May so many more bytes be locked, if vm_flags say that they will be? */
bool mlock_future_ok(struct mm_struct *mm, unsigned long vm_flags, unsigned long bytes);

/* ---- gup.c: faulting in ahead of use ---- */
/* [addr, addr + len) of current's mm, as MAP_POPULATE and VM_LOCKED want. Takes mmap_sem. Errors
   are ignored, as Linux does. */
void mm_populate(unsigned long addr, unsigned long len);
/* The same; the first error ends it and is returned, unless they are to be ignored. */
int populate_range(unsigned long start, unsigned long len, bool ignore_errors);
/* The same for a part of one VMA. mmap_sem r. 0 or -errno. */
int populate_vma_range(struct vm_area_struct *vma, unsigned long start, unsigned long end);
/* Make the pages present for reading or writing, which the VMA must allow. mmap_sem r. 0 or -errno.
 */
int faultin_range(struct vm_area_struct *vma, unsigned long start, unsigned long end, bool write);

#endif
