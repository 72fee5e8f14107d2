/*
 * Reverse mapping: from a page to the page-table entries that map it.
 *
 * A page of a file is looked for in the VMAs of its file's tree (i_mmap). An anonymous page knows
 * an anon_vma, which has a tree of the VMAs that may hold pages of it: those of the process in
 * which the page was made, and of all processes that were forked from it since. The links of these
 * trees are anon_vma_chains: each stands in the tree of one anon_vma and in the list of one VMA.
 */
#ifndef MM_RMAP_H
#define MM_RMAP_H

#include "mm/mm_types.h"
#include "mm/phys/page.h"

/*
 * The identity of a VMA's anonymous pages. The pieces of a split VMA share it. A fork gives the
 * child's VMA one of its own, for the pages that the child makes, and links that VMA to all those
 * of the parent's VMA too: the child still maps pages of them.
 */
struct anon_vma {
	struct anon_vma *root;	       /* of the first VMA that these were forked from; or itself */
	struct anon_vma *parent;       /* of the VMA that was forked; the root is its own */
	int refcount;		       /* one until the tree is empty, one for each descendant */
	unsigned long num_children;    /* those of which it is the parent */
	unsigned long num_active_vmas; /* VMAs whose anon_vma it is */
	struct rb_root rb_root;	       /* of anon_vma_chain.node */
};

struct anon_vma_chain {
	struct vm_area_struct *vma;
	struct anon_vma *anon_vma;
	struct list_head same_vma; /* in vma->anon_vma_chain, the newest anon_vma first */
	struct interval_tree_node
		node; /* in anon_vma->rb_root, by the indices of the VMA's pages */
};

/* The anon_vma of an anonymous page. */
static inline struct anon_vma *page_anon_vma(const struct page *page)
{
	return (struct anon_vma *)((unsigned long)page->mapping & ~PAGE_MAPPING_FLAGS);
}

/* ---- anon_vma.c ---- */
/* Give vma an anon_vma before its first anonymous page: that of a neighbour with which it could
   merge, else a new one. 0 or -ENOMEM. May sleep. mmap_sem r. */
int __anon_vma_prepare(struct vm_area_struct *vma);
static inline int anon_vma_prepare(struct vm_area_struct *vma)
{
	mmap_assert_locked(vma->vm_mm);
	return likely(vma->anon_vma) ? 0 : __anon_vma_prepare(vma);
}
/* Let dst, which has no anon_vma, share that of src and all its links, as a piece of the same VMA.
   0 or -ENOMEM, and dst has none. May sleep. mmap_sem w. */
int anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src);
/* fork: link the child's VMA, which has no anon_vma, to all those of the parent's VMA, if that has
   any, and give it one of its own. 0 or -ENOMEM, and it has none. May sleep. The parent's mmap_sem
   w. */
int anon_vma_fork(struct vm_area_struct *child, struct vm_area_struct *parent);
/* Take the anon_vma away from a VMA without anonymous pages, with all its links. mmap_sem w. */
void unlink_anon_vmas(struct vm_area_struct *vma);
/* Keep an anon_vma though its VMAs may go. */
static inline void get_anon_vma(struct anon_vma *anon_vma)
{
	anon_vma->refcount++;
}
/* Drop a reference: the last one frees it. */
void put_anon_vma(struct anon_vma *anon_vma);
/* Take vma out of the trees of its anon_vmas while its range or offset changes, and insert it
   again. No sleep in between: reclaim walks those trees. */
void anon_vma_interval_tree_pre_update_vma(struct vm_area_struct *vma);
void anon_vma_interval_tree_post_update_vma(struct vm_area_struct *vma);

/* ---- interval_tree.c ---- */
/* The VMAs that map a file, address_space.i_mmap. Add a VMA to its file's tree, or take it out.
   i_mmap_rwsem w. */
void vma_interval_tree_insert(struct vm_area_struct *vma, struct rb_root *root);
void vma_interval_tree_remove(struct vm_area_struct *vma, struct rb_root *root);
/* The VMAs that map any of the file's pages [first, last], sorted by the first page that each maps;
   NULL at the end. */
struct vm_area_struct *vma_interval_tree_first(struct rb_root *root, pgoff_t first, pgoff_t last);
struct vm_area_struct *vma_interval_tree_next(struct vm_area_struct *vma, pgoff_t first,
					      pgoff_t last);
#define vma_interval_tree_foreach(vma, root, first, last)               \
	for ((vma) = vma_interval_tree_first(root, first, last); (vma); \
	     (vma) = vma_interval_tree_next(vma, first, last))
/* The VMAs that may hold pages of an anon_vma, anon_vma.rb_root: the same for their links. */
void anon_vma_interval_tree_insert(struct anon_vma_chain *avc, struct rb_root *root);
void anon_vma_interval_tree_remove(struct anon_vma_chain *avc, struct rb_root *root);
struct anon_vma_chain *anon_vma_interval_tree_first(struct rb_root *root, pgoff_t first,
						    pgoff_t last);
struct anon_vma_chain *anon_vma_interval_tree_next(struct anon_vma_chain *avc, pgoff_t first,
						   pgoff_t last);
#define anon_vma_interval_tree_foreach(avc, root, first, last)               \
	for ((avc) = anon_vma_interval_tree_first(root, first, last); (avc); \
	     (avc) = anon_vma_interval_tree_next(avc, first, last))

/* ---- rmap.c: counting ---- */
/* Count an entry that now maps the page, or no longer does, and update the page's counters.
   page_table_lock.
   - new_anon: a new page of vma's anon_vma, at this address. It also becomes uptodate and
   exclusive, and goes on its list (lru.h).
   - anon: a page that was anonymous before (read from swap, moved to another frame). exclusive: no
     other process has it. Otherwise any relative may, so a page without an anon_vma gets the root.
   - dup: fork has copied an entry. */
void page_add_new_anon_rmap(struct page *page, struct vm_area_struct *vma, unsigned long address);
void page_add_anon_rmap(struct page *page, struct vm_area_struct *vma, unsigned long address,
			bool exclusive);
void page_dup_rmap(struct page *page);
void page_add_file_rmap(struct page *page, struct vm_area_struct *vma);
void page_remove_rmap(struct page *page, struct vm_area_struct *vma);
/* This many more pages of anonymous memory are mapped, all by one large entry. */
void count_anon_pages(long pages);
/* The anonymous page belongs to the process of this VMA alone from now on. It takes the VMA's own
   anon_vma, so that a search for it does not visit the relatives. page_table_lock. */
void page_move_anon_rmap(struct page *page, struct vm_area_struct *vma);

/* ---- rmap.c: walking ---- */
/* Call fn for the page by its address, with page_table_lock taken here, if vma maps it there. =>
   does it? */
typedef void (*rmap_fn)(struct page *page, struct vm_area_struct *vma, unsigned long address,
			pte_t *pte, void *arg);
bool rmap_at(struct page *page, struct vm_area_struct *vma, unsigned long address, rmap_fn fn,
	     void *arg);
/* Call fn, with page_table_lock, for every entry that maps the page; it must not change the trees
   of VMAs. Does not sleep. */
void rmap_walk(struct page *page, rmap_fn fn, void *arg);
/* Make all entries that map the page map `new` instead, which nobody uses yet. False: some entries
   were not found, and nothing has changed. The caller holds references to both. */
bool move_rmap(struct page *page, struct page *new);

/* How many entries that map the page were used since the last call, and the vm_flags of their VMAs,
   all together, in *vm_flags. VM_LOCKED is among those if any mapping is locked, used or not. */
int page_referenced(struct page *page, unsigned long *vm_flags);
/* Mark the page dirty if an entry that maps it is. */
void collect_dirty_bits(struct page *page);
/* Unmap the page everywhere, except where it is locked; page_mapped() tells whether that was all.
   The caller or the page cache holds its own reference. */
#define TTU_IGNORE_MLOCK 1 /* even where it is locked */
#define TTU_HWPOISON	 2 /* replace the entries by PTE_POISON ones */
void try_to_unmap(struct page *page, unsigned int flags);

#endif
