/*
 * What ksm.c and ksm_tree.c share.
 */
#ifndef MM_KSM_INTERNAL_H
#define MM_KSM_INTERNAL_H

#include "mm/internal.h"
#include "mm/ksm.h"

/* An address that ksmd has looked at. */
struct ksm_rmap_item {
	struct ksm_rmap_item *next; /* of the same address space, by address */
	struct mm_struct *mm;
	unsigned long address;
	u32 checksum; /* of the page when ksmd last saw it */
	enum {
		KSM_ALONE,
		KSM_UNSTABLE, /* in the unstable tree, if seqnr is that of the present round */
		KSM_STABLE,   /* a mapping of a merged page */
	} state;
	unsigned long seqnr;
	struct rb_node node;		/* KSM_UNSTABLE */
	struct ksm_stable_node *stable; /* KSM_STABLE: the page */
	struct list_head same_page;	/* KSM_STABLE: in stable->items */
	struct ksm_place *place;	/* KSM_STABLE: one of stable->places */
};

/* Where a merged page may be mapped: at an address in the VMAs of a family. See ksm_rmap.c. */
struct ksm_place {
	struct list_head list; /* in ksm_stable_node.places */
	struct anon_vma *root; /* of the family, referenced */
	unsigned long address;
	unsigned int nr_items; /* whose place it is */
};

/* A merged page. Its page->mapping is the node's address, with both low bits set. When nobody maps
   it any more, it is freed like any other, and the node is stale. */
struct ksm_stable_node {
	struct page *page;
	struct list_head items;
	unsigned int nr_items;
	struct list_head places;
	unsigned long checked; /* the last mm_check that has counted the mappings */
	/* In the stable tree; pages with the same contents, of which no more than max_page_sharing
	   mappings each are made, are a chain with only the first in the tree. */
	struct rb_node node;
	struct ksm_stable_node *first; /* NULL: it is itself the one in the tree */
	struct list_head dups;	       /* the first: the others; each of them: its link there */
	unsigned long pruned;	       /* jiffies when the chain was last searched for stale ones */
};

static inline struct ksm_stable_node *page_stable_node(const struct page *page)
{
	return (struct ksm_stable_node *)((unsigned long)page->mapping & ~PAGE_MAPPING_FLAGS);
}

/* Is the node's page still the merged one? Otherwise that was freed. */
static inline bool is_alive(const struct ksm_stable_node *node)
{
	return PageKsm(node->page) && page_stable_node(node->page) == node;
}

/* The page that the entry (NULL: there is none) maps, if ksmd looks at such: an anonymous page; but
   not one that a pager in user space has write-protected, unless it is merged already. NULL. */
static inline struct page *ksm_candidate(const pte_t *pte)
{
	struct page *page = pte ? vm_normal_page(*pte) : NULL;

	if (!page || !PageAnon(page) || (pte_uffd_wp(*pte) && !PageKsm(page)))
		return NULL;
	return page;
}

extern unsigned long ksm_pages_shared, ksm_pages_sharing, ksm_pages_unshared;
extern unsigned long ksm_chains, ksm_dups;
extern unsigned long ksm_seqnr; /* the number of the present round */
extern unsigned int ksm_max_page_sharing, ksm_prune_millisecs;
extern bool ksm_use_zero_pages;
extern unsigned int ksm_run; /* KSM_RUN_ */

/* ---- ksm_tree.c ---- */

/* Boot. */
void ksm_tree_init(void);
/* Without the items of the present round, as another begins. */
void unstable_tree_reset(void);
/* Allocate what merging may need, so that it does not sleep. False: no memory. May sleep. */
bool ksm_reserve_node(void);
/* Free it, if it was not used. */
void ksm_release_node(void);
/* Take the item out of the tree or the list that it is in. */
void ksm_detach(struct ksm_rmap_item *item);
/* Merge the page of the item with an equal one, if there is one; else remember it. The page is
   anonymous, and vma maps it at item->address. Does not sleep. mmap_sem r. */
void ksm_merge_page(struct ksm_rmap_item *item, struct vm_area_struct *vma, struct page *page);
/* Forget all merged pages, but those that somebody maps still. => are all forgotten? Sleeps. */
bool ksm_drop_stable_nodes(void);
/* Is there no merged page? */
bool ksm_nothing_is_merged(void);

/* ---- ksm_rmap.c ---- */
/* Boot. */
void ksm_rmap_init(void);
/* As ksm_reserve_node() and ksm_release_node(). */
bool ksm_reserve_places(void);
void ksm_release_places(void);
/* The place of an item that vma has at the address, new if there was none: a reserved one then. */
struct ksm_place *ksm_get_place(struct ksm_stable_node *node, const struct vm_area_struct *vma,
				unsigned long address);
/* An item leaves its place. */
void ksm_put_place(struct ksm_stable_node *node, struct ksm_place *place);
/* Nobody maps the page, and the node goes. */
void ksm_drop_places(struct ksm_stable_node *node);

#endif
