/*
 * KSM: which pages are equal.
 *
 * Two trees are sorted by the contents of the pages. The stable tree holds the merged pages, which
 * are read-only, so it is always in order. The unstable tree holds pages that did not change since
 * the last round; they may change at any time, and then the tree is out of order, and a search may
 * miss an equal page. That does no harm: every round begins with an empty unstable tree.
 *
 * From the search to the replaced entry nothing sleeps, so no page changes in between.
 */
#include "mm/ksm_internal.h"
#include "kernel/core/panic.h"
#include "kernel/time/time.h"
#include "libc/include/string.h"
#include "mm/mm_trace.h"
#include "mm/pagewalk.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include "mm/phys/slab.h"
#include "mm/swap/swap.h"

static struct kmem_cache *stable_node_cachep;
static struct ksm_stable_node *reserved_node;
static struct rb_root stable_tree, unstable_tree;

unsigned long ksm_pages_shared, ksm_pages_sharing, ksm_pages_unshared, ksm_chains, ksm_dups;
unsigned long ksm_seqnr;
unsigned int ksm_max_page_sharing = 256, ksm_prune_millisecs = 2000;
bool ksm_use_zero_pages;

static u32 zero_checksum;

static int memcmp_pages(struct page *a, struct page *b)
{
	const char *in_a = kmap_local_page(a), *in_b = kmap_local_page(b);
	int order = memcmp(in_a, in_b, PAGE_SIZE);

	kunmap_local(in_b);
	kunmap_local(in_a);
	return order;
}

static u32 calc_checksum(struct page *page)
{
	const u32 *words = kmap_local_page(page);
	u32 sum = 0;

	for (unsigned int i = 0; i < PAGE_SIZE / sizeof(*words); i++)
		sum = (sum << 5 | sum >> 27) * 0x9e3779b1U + words[i];
	kunmap_local(words);
	return sum;
}

void ksm_tree_init(void)
{
	stable_node_cachep =
		kmem_cache_create("ksm_stable_node", sizeof(struct ksm_stable_node), 0, 0, NULL);
	zero_checksum = calc_checksum(ZERO_PAGE(0));
}

bool ksm_reserve_node(void)
{
	if (!reserved_node)
		reserved_node = kmem_cache_alloc(stable_node_cachep,
						 GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
	return reserved_node;
}

void ksm_release_node(void)
{
	if (reserved_node)
		kmem_cache_free(stable_node_cachep, reserved_node);
	reserved_node = NULL;
}

/* ---- the stable tree ---- */

static void append_item(struct ksm_stable_node *node, struct ksm_rmap_item *item,
			const struct vm_area_struct *vma)
{
	*(node->nr_items++ ? &ksm_pages_sharing : &ksm_pages_shared) += 1;
	list_add(&item->same_page, &node->items);
	item->state = KSM_STABLE;
	item->stable = node;
	item->place = ksm_get_place(node, vma, item->address);
	item->mm->ksm_merging_pages++;
}

void ksm_detach(struct ksm_rmap_item *item)
{
	if (item->state == KSM_STABLE) {
		list_del(&item->same_page);
		*(--item->stable->nr_items ? &ksm_pages_sharing : &ksm_pages_shared) -= 1;
		item->mm->ksm_merging_pages--;
		ksm_put_place(item->stable, item->place);
	} else if (item->state == KSM_UNSTABLE) {
		if (item->seqnr == ksm_seqnr)
			rb_erase(&item->node, &unstable_tree);
		ksm_pages_unshared--;
	}
	item->state = KSM_ALONE;
}

/* Another page with the contents of `first`, which is in the tree. */
static void add_dup(struct ksm_stable_node *first, struct ksm_stable_node *node)
{
	if (list_empty(&first->dups)) {
		ksm_chains++;
		ksm_dups++;
		first->pruned = jiffies;
	}
	ksm_dups++;
	node->first = first;
	list_add_tail(&node->dups, &first->dups);
}

/* A chain of which one is left is none. */
static void end_chain(const struct ksm_stable_node *first)
{
	ksm_dups--;
	if (list_empty(&first->dups)) {
		ksm_chains--;
		ksm_dups--;
	}
}

/* The first of a chain goes: the next one takes its place in the tree. */
static void promote_dup(struct ksm_stable_node *first)
{
	struct ksm_stable_node *next = list_first_entry(&first->dups, struct ksm_stable_node, dups);
	struct ksm_stable_node *dup;

	list_del(&next->dups);
	INIT_LIST_HEAD(&next->dups);
	list_splice_init(&first->dups, &next->dups);
	list_for_each_entry (dup, &next->dups, dups)
		dup->first = next;
	next->first = NULL;
	next->pruned = first->pruned;
	rb_replace_node(&first->node, &next->node, &stable_tree);
	end_chain(next);
}

static void detach_all(struct ksm_stable_node *node)
{
	while (!list_empty(&node->items))
		ksm_detach(list_first_entry(&node->items, struct ksm_rmap_item, same_page));
}

static void drop_stable_node(struct ksm_stable_node *node)
{
	detach_all(node);
	ksm_drop_places(node);
	if (node->first) {
		list_del(&node->dups);
		end_chain(node->first);
	} else if (list_empty(&node->dups)) {
		rb_erase(&node->node, &stable_tree);
	} else {
		promote_dup(node);
	}
	kmem_cache_free(stable_node_cachep, node);
}

/* Forget the node, unless its page is mapped still: by an address space that is ending, or by a
   relative that has not asked for it. A page that is in the swap cache only goes on as nobody's:
   who comes for it gets a copy. => is it forgotten? */
static bool forget_stable_node(struct ksm_stable_node *node)
{
	if (is_alive(node) && page_mapped(node->page)) {
		detach_all(node);
		return false;
	}
	if (is_alive(node))
		node->page->mapping = (void *)PAGE_MAPPING_KSM;
	drop_stable_node(node);
	return true;
}

bool ksm_drop_stable_nodes(void)
{
	struct rb_node *rb, *next_rb;
	bool all = true;

	for (rb = rb_first(&stable_tree); rb; rb = next_rb) {
		struct ksm_stable_node *first = rb_entry(rb, struct ksm_stable_node, node);
		struct ksm_stable_node *dup, *next;

		next_rb = rb_next(rb);
		list_for_each_entry_safe (dup, next, &first->dups, dups)
			all &= forget_stable_node(dup);
		all &= forget_stable_node(first);
		cond_resched();
	}
	return all;
}

bool ksm_nothing_is_merged(void)
{
	return !stable_tree.rb_node;
}

/* Where a page belongs in the tree: the node with the same contents, or NULL and the empty link. */
static struct ksm_stable_node *stable_tree_search(struct page *page, struct rb_node **parent,
						  struct rb_node ***link)
{
	struct ksm_stable_node *node;
	int order;

again:
	*link = &stable_tree.rb_node;
	*parent = NULL;
	while (**link) {
		node = rb_entry(**link, struct ksm_stable_node, node);
		if (!is_alive(node)) {
			drop_stable_node(node);
			goto again;
		}
		order = memcmp_pages(page, node->page);
		if (!order)
			return node;
		*parent = **link;
		*link = order < 0 ? &(*parent)->rb_left : &(*parent)->rb_right;
	}
	return NULL;
}

/* Drop the stale pages of a chain, unless that was done not long ago. */
static void prune_chain(struct ksm_stable_node *first)
{
	struct ksm_stable_node *dup, *next;

	if (!time_after(jiffies, first->pruned + ksm_prune_millisecs / (1000 / HZ)))
		return;
	first->pruned = jiffies;
	list_for_each_entry_safe (dup, next, &first->dups, dups)
		if (!is_alive(dup))
			drop_stable_node(dup);
}

/* One of the pages with these contents that may have another mapping, or NULL. */
static struct ksm_stable_node *node_with_room(struct ksm_stable_node *first)
{
	struct ksm_stable_node *dup, *next;

	if (first->nr_items < ksm_max_page_sharing)
		return first;
	prune_chain(first);
	list_for_each_entry_safe (dup, next, &first->dups, dups) {
		if (!is_alive(dup))
			drop_stable_node(dup);
		else if (dup->nr_items < ksm_max_page_sharing)
			return dup;
	}
	return NULL;
}

/* The page becomes a merged one, with a node of its own. */
static struct ksm_stable_node *new_stable_node(struct page *page)
{
	struct ksm_stable_node *node = reserved_node, *same;
	struct rb_node *parent, **link;

	reserved_node = NULL;
	*node = (struct ksm_stable_node){.page = page};
	INIT_LIST_HEAD(&node->items);
	INIT_LIST_HEAD(&node->places);
	INIT_LIST_HEAD(&node->dups);
	same = stable_tree_search(page, &parent, &link);
	page->mapping = (void *)((unsigned long)node | PAGE_MAPPING_KSM);
	if (same) {
		add_dup(same, node);
	} else {
		rb_link_node(&node->node, parent, link);
		rb_insert_color(&node->node, &stable_tree);
	}
	return node;
}

/* ---- entries ---- */

/* The entry by which vma maps the page at `address`, if nobody uses the page but by entries and the
   swap cache; else NULL. One that a pager in user space has write-protected is left to it.
   page_table_lock. */
static pte_t *mergeable_entry(const struct vm_area_struct *vma, unsigned long address,
			      const struct page *page)
{
	pte_t *pte = lookup_pte(vma->vm_mm, address);

	if (!pte || vm_normal_page(*pte) != page || PageLocked(page) || pte_uffd_wp(*pte))
		return NULL;
	return page_count(page) == page_mapcount(page) + PageSwapCache(page) ? pte : NULL;
}

static bool can_merge(const struct vm_area_struct *vma, unsigned long address,
		      const struct page *page)
{
	const pte_t *pte;

	spin_lock(&vma->vm_mm->page_table_lock);
	pte = mergeable_entry(vma, address, page);
	spin_unlock(&vma->vm_mm->page_table_lock);
	return pte;
}

/* Make the entry read-only, so that the page cannot change any more. => is it so? */
static bool write_protect_page(struct vm_area_struct *vma, unsigned long address, struct page *page)
{
	struct mm_struct *mm = vma->vm_mm;
	pte_t *pte;

	spin_lock(&mm->page_table_lock);
	pte = mergeable_entry(vma, address, page);
	if (pte) {
		set_page_dirty(page); /* it must not be dropped as clean */
		ClearPageAnonExclusive(page);
		set_pte_at(mm, address, pte, pte_mkclean(pte_wrprotect(*pte)));
		flush_mm_range(mm, address, address + PAGE_SIZE);
	}
	spin_unlock(&mm->page_table_lock);
	return pte;
}

/* Map kpage, which has the same contents, in the place of the page; NULL: the page of zeros. =>
   done? */
static bool replace_page(struct vm_area_struct *vma, unsigned long address, struct page *page,
			 struct page *kpage)
{
	struct mm_struct *mm = vma->vm_mm;
	pte_t *pte, new;

	spin_lock(&mm->page_table_lock);
	pte = mergeable_entry(vma, address, page);
	if (!pte) {
		spin_unlock(&mm->page_table_lock);
		return false;
	}
	if (kpage) {
		get_page(kpage);
		if (!PageSwapBacked(kpage)) /* who gave it up was the only one then */
			set_page_dirty(kpage);
		page_add_anon_rmap(kpage, vma, address, false);
		new = mk_pte(kpage, vma->vm_page_prot);
	} else {
		add_mm_counter(mm, MM_ANONPAGES, -1);
		new = pte_mkspecial(pfn_pte(zero_pfn, vma->vm_page_prot));
	}
	set_pte_at(mm, address, pte, new);
	flush_mm_range(mm, address, address + PAGE_SIZE);
	page_remove_rmap(page, vma);
	free_swap_cache(page);
	put_page(page);
	if (trace_on(TRACE_PAGE))
		trace_migrated(mm, address, new);
	spin_unlock(&mm->page_table_lock);
	return true;
}

/* ---- the unstable tree ---- */

void unstable_tree_reset(void)
{
	unstable_tree = RB_ROOT;
	ksm_seqnr++;
}

/* The page of an item that was looked at before, if it can still be merged, with its VMA; else
   NULL. `held` is the address space whose mmap_sem is held; after another's, unlock_item(). */
static struct page *lock_item(const struct ksm_rmap_item *item, const struct mm_struct *held,
			      struct vm_area_struct **vma)
{
	struct mm_struct *mm = item->mm;
	struct page *page = NULL;

	if (!mm->mm_users || (mm != held && !down_read_trylock(&mm->mmap_sem)))
		return NULL;
	*vma = vma_lookup(mm, item->address);
	if (*vma && (*vma)->vm_flags & VM_MERGEABLE && (*vma)->anon_vma) {
		spin_lock(&mm->page_table_lock);
		page = ksm_candidate(lookup_pte(mm, item->address));
		spin_unlock(&mm->page_table_lock);
	}
	if (page && !PageKsm(page))
		return page;
	if (mm != held)
		up_read(&mm->mmap_sem);
	return NULL;
}

static void unlock_item(const struct ksm_rmap_item *item, const struct mm_struct *held)
{
	if (item->mm != held)
		up_read(&item->mm->mmap_sem);
}

/* An item whose page has the same contents; else the item itself joins the tree, and the result is
   NULL. It is NULL, too, if the search cannot go on. */
static struct ksm_rmap_item *unstable_tree_search_insert(struct ksm_rmap_item *item,
							 struct page *page)
{
	struct rb_node **link = &unstable_tree.rb_node, *parent = NULL;
	struct vm_area_struct *vma;

	while (*link) {
		struct ksm_rmap_item *other = rb_entry(*link, struct ksm_rmap_item, node);
		struct page *theirs = lock_item(other, item->mm, &vma);
		int order;

		if (!theirs)
			return NULL;
		order = memcmp_pages(page, theirs);
		unlock_item(other, item->mm);
		if (page == theirs) /* shared by a fork already */
			return NULL;
		if (!order)
			return other;
		parent = *link;
		link = order < 0 ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&item->node, parent, link);
	rb_insert_color(&item->node, &unstable_tree);
	item->state = KSM_UNSTABLE;
	item->seqnr = ksm_seqnr;
	ksm_pages_unshared++;
	return NULL;
}

/* ---- merging ---- */

/* An entry that maps a page: count those at one address. */
struct at_address {
	unsigned long address;
	int entries;
};

static void count_at(struct page *page, struct vm_area_struct *vma, unsigned long address,
		     pte_t *pte, void *arg)
{
	struct at_address *at = arg;

	at->entries += address == at->address;
}

/* Do all who map the page have it at this address? A relative may have moved its memory since the
   fork, and would not be found any more. */
static bool all_have_it_at(struct page *page, unsigned long address)
{
	struct at_address at = {.address = address};

	rmap_walk(page, count_at, &at);
	return at.entries == page_mapcount(page);
}

/* Both pages have the same contents, and none is a merged page yet. */
static void merge_two_pages(struct ksm_rmap_item *item, struct vm_area_struct *vma,
			    struct page *page, struct ksm_rmap_item *other)
{
	struct ksm_stable_node *node;
	struct vm_area_struct *their_vma;
	struct page *theirs = lock_item(other, item->mm, &their_vma);

	if (!theirs)
		return;
	if (can_merge(their_vma, other->address, theirs) && all_have_it_at(page, item->address) &&
	    write_protect_page(vma, item->address, page)) {
		ksm_detach(other);
		node = new_stable_node(page);
		append_item(node, item, vma);
		BUG_ON(!replace_page(their_vma, other->address, theirs, page));
		append_item(node, other, their_vma);
	}
	unlock_item(other, item->mm);
}

void ksm_merge_page(struct ksm_rmap_item *item, struct vm_area_struct *vma, struct page *page)
{
	struct ksm_stable_node *node;
	struct ksm_rmap_item *other;
	struct rb_node *parent, **link;
	u32 checksum;

	if (PageKsm(page)) {
		node = page_stable_node(page);
		if (item->state == KSM_STABLE && item->stable == node)
			return;
		ksm_detach(item);
		if (node) /* inherited by fork */
			append_item(node, item, vma);
		return;
	}
	ksm_detach(item);
	node = stable_tree_search(page, &parent, &link);
	node = node ? node_with_room(node) : NULL;
	if (node) {
		if (replace_page(vma, item->address, page, node->page))
			append_item(node, item, vma);
		return;
	}
	/* only what stays as it is for a round is worth it */
	checksum = calc_checksum(page);
	if (item->checksum != checksum) {
		item->checksum = checksum;
		return;
	}
	if (ksm_use_zero_pages && checksum == zero_checksum && !memcmp_pages(page, ZERO_PAGE(0)) &&
	    replace_page(vma, item->address, page, NULL))
		return;
	other = unstable_tree_search_insert(item, page);
	if (other)
		merge_two_pages(item, vma, page, other);
}

/* ---- moving ---- */

void ksm_migrate_page(struct page *new, struct page *page)
{
	struct ksm_stable_node *node = page_stable_node(page);

	if (PageKsm(page) && node)
		node->page = new;
}
