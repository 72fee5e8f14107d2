/*
 * KSM: where a merged page may be mapped.
 *
 * A merged page belongs to no single anon_vma and has no index, so its node keeps a list of places.
 * A place is an address in a family: in the VMAs that were forked from one another, which are all
 * in the tree of one root anon_vma. So one place stands for the entries of parent and children, and
 * no entry belongs to two places. Every entry that maps a merged page belongs to one:
 *
 *	merged by ksmd		the item of the address takes the place, or makes it
 *	copied by fork		the same family and address
 *	back from swap		the place is there still, or is made (ksm_might_need_to_copy)
 *	moved by mremap		the page is copied first (ksm_unmerge_range)
 *
 * The items of ksmd come and go; a place stays until no item has it and no entry is found there.
 */
#include "mm/ksm_internal.h"
#include "kernel/core/panic.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include "mm/phys/slab.h"

static struct kmem_cache *place_cachep;
static struct ksm_place *reserved[2]; /* two pages that become one are at two places */

void ksm_rmap_init(void)
{
	place_cachep = kmem_cache_create("ksm_place", sizeof(struct ksm_place), 0, 0, NULL);
}

bool ksm_reserve_places(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(reserved); i++) {
		if (!reserved[i])
			reserved[i] = kmem_cache_alloc(place_cachep,
						       GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
		if (!reserved[i])
			return false;
	}
	return true;
}

void ksm_release_places(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(reserved); i++) {
		if (reserved[i])
			kmem_cache_free(place_cachep, reserved[i]);
		reserved[i] = NULL;
	}
}

static struct ksm_place *take_reserved(void)
{
	struct ksm_place **from = reserved[0] ? &reserved[0] : &reserved[1];
	struct ksm_place *place = *from;

	BUG_ON(!place);
	*from = NULL;
	return place;
}

/* ---- walking ---- */

/* Call fn for the VMAs that have the place's address, until it returns false. => did it not? */
static bool walk_place(const struct ksm_place *place, ksm_vma_fn fn, void *arg)
{
	struct anon_vma_chain *avc;

	anon_vma_interval_tree_foreach(avc, &place->root->rb_root, 0, ~0UL)
	{
		struct vm_area_struct *vma = avc->vma;

		if (vma->vm_start <= place->address && place->address < vma->vm_end &&
		    !fn(vma, place->address, arg))
			return false;
	}
	return true;
}

void ksm_for_each_vma(const struct page *page, ksm_vma_fn fn, void *arg)
{
	const struct ksm_stable_node *node = page_stable_node(page);
	const struct ksm_place *place;

	list_for_each_entry (place, &node->places, list)
		if (!walk_place(place, fn, arg))
			break;
}

/* What rmap_walk_ksm() was called with. */
struct walk {
	struct page *page;
	rmap_fn fn;
	void *arg;
};

static bool walk_vma(struct vm_area_struct *vma, unsigned long address, void *arg)
{
	const struct walk *walk = arg;

	rmap_at(walk->page, vma, address, walk->fn, walk->arg);
	return page_mapped(walk->page); /* when fn unmaps, there may be no more to find */
}

void rmap_walk_ksm(struct page *page, rmap_fn fn, void *arg)
{
	struct walk walk = {.page = page, .fn = fn, .arg = arg};

	ksm_for_each_vma(page, walk_vma, &walk);
}

/* ---- places ---- */

static void free_place(struct ksm_place *place)
{
	list_del(&place->list);
	put_anon_vma(place->root);
	kmem_cache_free(place_cachep, place);
}

static void just_found(struct page *page, struct vm_area_struct *vma, unsigned long address,
		       pte_t *pte, void *arg)
{
}

/* Does the VMA not map the page? */
static bool is_not_here(struct vm_area_struct *vma, unsigned long address, void *page)
{
	return !rmap_at(page, vma, address, just_found, NULL);
}

/* Nobody needs the place: no item has it, and no entry is there. */
static bool is_unused(const struct ksm_stable_node *node, const struct ksm_place *place)
{
	return !place->nr_items && (!is_alive(node) || walk_place(place, is_not_here, node->page));
}

static struct ksm_place *find_place(const struct ksm_stable_node *node, const struct anon_vma *root,
				    unsigned long address)
{
	struct ksm_place *place;

	list_for_each_entry (place, &node->places, list)
		if (place->address == address && place->root == root)
			return place;
	return NULL;
}

/* The page may be mapped by vma, or a relative of it, at the address from here on. Places that are
   not used any more go, lest they become many. */
static struct ksm_place *add_place(struct ksm_stable_node *node, struct ksm_place *new,
				   const struct vm_area_struct *vma, unsigned long address)
{
	struct ksm_place *place, *next;

	list_for_each_entry_safe (place, next, &node->places, list)
		if (is_unused(node, place))
			free_place(place);
	*new = (struct ksm_place){.root = vma->anon_vma->root, .address = address};
	get_anon_vma(new->root);
	list_add(&new->list, &node->places);
	return new;
}

struct ksm_place *ksm_get_place(struct ksm_stable_node *node, const struct vm_area_struct *vma,
				unsigned long address)
{
	struct ksm_place *place = find_place(node, vma->anon_vma->root, address);

	if (!place)
		place = add_place(node, take_reserved(), vma, address);
	place->nr_items++;
	return place;
}

void ksm_put_place(struct ksm_stable_node *node, struct ksm_place *place)
{
	place->nr_items--;
	if (is_unused(node, place))
		free_place(place);
}

void ksm_drop_places(struct ksm_stable_node *node)
{
	while (!list_empty(&node->places))
		free_place(list_first_entry(&node->places, struct ksm_place, list));
}

bool ksm_is_found(const struct page *page, const struct vm_area_struct *vma, unsigned long address)
{
	const struct ksm_stable_node *node = page_stable_node(page);

	return node && find_place(node, vma->anon_vma->root, address);
}

bool ksm_check_counts(const struct page *page, unsigned long check)
{
	struct ksm_stable_node *node = page_stable_node(page);

	if (node->checked == check)
		return false;
	node->checked = check;
	return true;
}

/* ---- from swap ---- */

/* Does the page stay a merged one? Its node is gone if ksmd has forgotten all. */
static bool stays_merged(const struct page *page)
{
	return page_stable_node(page) && ksm_run != KSM_RUN_UNMERGE;
}

/* Can vma map the merged page at the address, so that it is found there? Sleeps. */
static bool merged_page_fits(const struct page *page, const struct vm_area_struct *vma,
			     unsigned long address)
{
	struct ksm_place *new;

	if (!stays_merged(page))
		return false;
	if (ksm_is_found(page, vma, address))
		return true;
	new = kmem_cache_alloc(place_cachep, GFP_KERNEL);
	if (!new)
		return false;
	if (stays_merged(page) && !ksm_is_found(page, vma, address)) /* it may have slept */
		add_place(page_stable_node(page), new, vma, address);
	else
		kmem_cache_free(place_cachep, new);
	return stays_merged(page);
}

/* Is this one of the anon_vmas whose pages vma may map? */
static bool is_linked_to(const struct vm_area_struct *vma, const struct anon_vma *anon_vma)
{
	const struct anon_vma_chain *avc;

	list_for_each_entry (avc, &vma->anon_vma_chain, same_vma)
		if (avc->anon_vma == anon_vma)
			return true;
	return false;
}

/* Would reverse mapping find the page if vma mapped it at the address? */
static bool page_fits(const struct page *page, const struct vm_area_struct *vma,
		      unsigned long address)
{
	if (PageKsm(page))
		return merged_page_fits(page, vma, address);
	/* if nobody maps the page, its anon_vma may have gone: look at no field of it */
	return !PageAnon(page) || (page->index == linear_page_index(vma, address) &&
				   is_linked_to(vma, page_anon_vma(page)));
}

struct page *ksm_might_need_to_copy(struct page *page, const struct vm_area_struct *vma,
				    unsigned long address)
{
	struct page *new;

	if (!PageUptodate(page) || page_fits(page, vma, address))
		return page;
	new = alloc_page(GFP_HIGHUSER_MOVABLE);
	if (!new)
		return NULL;
	copy_highpage(new, page);
	new->flags |= BIT(PG_uptodate) | BIT(PG_dirty);
	lru_cache_add_new_anon(new);
	count_vm_event(KSM_SWPIN_COPY);
	return new;
}
