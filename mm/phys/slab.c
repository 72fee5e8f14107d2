/*
 * The slab allocator: objects of one size, cut from blocks of pages ("slabs"). The free objects of
 * a slab contain the links of a list. In front of its slabs each cache has a hot list of free
 * objects: kmem_cache_alloc() and kmem_cache_free() (slab.h) use that, and come here only when it
 * is empty or full.
 *
 * A slab is on its cache's `partial` list if it has free objects, else on `full`. Objects on the
 * hot list count as allocated. One empty slab is kept; further ones are freed.
 */
#include "mm/phys/slab.h"
#include "mm/phys/alloc_debug.h"
#include "kernel/core/panic.h"
#include "kernel/lib/radix_tree.h"
#include "kernel/trace/trace.h"
#include "libc/include/string.h"
#include "mm/phys/page_alloc.h"
#include "mm/phys/slab_debug.h"

long fail_slab_after = -1;
struct kmem_cache kmalloc_caches[NR_KMALLOC_CACHES];

static LIST_HEAD(slab_caches);
static struct kmem_cache cache_cache; /* of struct kmem_cache */
static struct kmem_cache *radix_tree_node_cache;
static unsigned long slab_pages;
static unsigned int debug_flags; /* for all caches: boot option slab_debug */

#define SLAB_MIN_ALIGN 8U
#define CACHE_LINE     64U
#define MAX_SLAB_ORDER 3U
#define MAX_EMPTY      1U    /* empty slabs that a cache keeps */
#define DEBUG_MAX_SIZE 2048U /* larger objects are page-aligned: red zones would double them */

#define SLAB_EVENTS                                                                              \
	(TRACE_BIT(TRACE_KMALLOC) | TRACE_BIT(TRACE_KFREE) | TRACE_BIT(TRACE_KMEM_CACHE_ALLOC) | \
	 TRACE_BIT(TRACE_KMEM_CACHE_FREE))
static bool traced; /* somebody wants some of them */

/* The link in a free object. */
static inline void **link_of(const struct kmem_cache *s, void *object)
{
	return (void **)((char *)object + s->offset);
}

/* --- Slabs --- */

/* A new slab, all objects free, on the partial list. => false: no memory. May sleep. */
static bool new_slab(struct kmem_cache *s, gfp_t gfp)
{
	struct page *page;
	char *object;

	gfp &= ~(__GFP_HIGHMEM | __GFP_ZERO | __GFP_MOVABLE);
	page = alloc_pages(s->order ? gfp | __GFP_COMP : gfp, s->order);
	if (!page)
		return false;
	page->slab_cache = s;
	page->inuse = 0;
	page->objects = s->objects_per_slab;
	page->freelist = NULL;
	__SetPageSlab(page);
	object = (char *)lowmem_page_address(page) + s->left_red;
	/* From the last to the first, so that they are allocated in order of address. */
	for (int i = s->objects_per_slab - 1; i >= 0; i--) {
		void *o = object + i * s->size;

		if (s->ctor)
			s->ctor(o);
		slab_debug_init_object(s, o);
		*link_of(s, o) = page->freelist;
		page->freelist = o;
	}
	list_add_tail(&page->lru, &s->partial);
	s->nr_empty++;
	s->nr_slabs++;
	slab_pages += 1UL << s->order;
	nr_stock_pages += 1UL << s->order;
	return true;
}

/* Free an empty slab, which is on no list. */
static void discard_slab(struct kmem_cache *s, struct page *page)
{
	s->nr_slabs--;
	slab_pages -= 1UL << s->order;
	page->freelist = NULL;
	page->slab_cache = NULL;
	__ClearPageSlab(page);
	page_mapcount_reset(page);
	__free_pages(page, s->order);
}

/* Take up to `max` objects of one slab. => their list and *n, or NULL if no slab has one. */
static void *take_objects(struct kmem_cache *s, unsigned int max, unsigned int *n)
{
	struct page *page;
	void *first, *last;

	if (list_empty(&s->partial))
		return NULL;
	page = list_first_entry(&s->partial, struct page, lru);
	if (!page->inuse) {
		s->nr_empty--;
		nr_stock_pages -= 1UL << s->order;
	}
	first = last = page->freelist;
	for (*n = 1; *n < max && *link_of(s, last); ++*n)
		last = *link_of(s, last);
	page->freelist = *link_of(s, last);
	*link_of(s, last) = NULL;
	page->inuse += *n;
	s->nr_out += *n;
	if (!page->freelist)
		list_move(&page->lru, &s->full);
	return first;
}

static __cold __noreturn void bad_object(const struct kmem_cache *s, const void *object,
					 const char *why)
{
	panic("slab %s: object %p: %s", s->name, object, why);
}

/* Return an object to its slab. */
static void return_object(struct kmem_cache *s, void *object)
{
	struct page *page = virt_to_head_page(object);

	if (!PageSlab(page) || page->slab_cache != s)
		bad_object(s, object, "freed to a cache it is not from");
	if (page->freelist == object || !page->inuse)
		bad_object(s, object, "freed twice");
	if (!page->freelist)
		list_move(&page->lru, &s->partial);
	*link_of(s, object) = page->freelist;
	page->freelist = object;
	s->nr_out--;
	if (--page->inuse)
		return;
	if (s->nr_empty >= MAX_EMPTY) {
		list_del(&page->lru);
		discard_slab(s, page);
		return;
	}
	s->nr_empty++;
	nr_stock_pages += 1UL << s->order;
	list_move_tail(&page->lru, &s->partial);
}

/* --- The slow paths --- */

/* Refill the hot list from the slabs, or from a new one if necessary. Returns one object to the
   caller. */
static void *refill(struct kmem_cache *s, gfp_t gfp)
{
	unsigned int max = s->hot_limit ? max(s->hot_limit / 2, 1U) : 1, n;
	void *object, *last;

	while (!(object = take_objects(s, max, &n)))
		if (!new_slab(s, gfp))
			return NULL;
	/* While new_slab() slept, others may have put objects on the hot list. */
	last = object;
	if (s->hot)
		while (*link_of(s, last))
			last = *link_of(s, last);
	if (last != object)
		*link_of(s, last) = s->hot;
	if (n > 1)
		s->hot = *link_of(s, object);
	s->nr_hot += n - 1;
	return object;
}

/* Is it one of kmalloc's? */
static bool is_kmalloc_cache(const struct kmem_cache *s)
{
	return s >= kmalloc_caches && s < kmalloc_caches + NR_KMALLOC_CACHES;
}

static noinline void trace_alloc(const struct kmem_cache *s, const void *object, gfp_t gfp,
				 const void *caller)
{
	const u32 args[] = {(unsigned long)caller, (unsigned long)object, s->object_size, s->size,
			    gfp};

	trace_write_named(is_kmalloc_cache(s) ? TRACE_KMALLOC : TRACE_KMEM_CACHE_ALLOC, 0, args,
			  ARRAY_SIZE(args), TRACE_NAME_CACHE, s->name);
}

static noinline void trace_free(const struct kmem_cache *s, const void *object, const void *caller)
{
	const u32 args[] = {(unsigned long)caller, (unsigned long)object};

	trace_write_named(is_kmalloc_cache(s) ? TRACE_KFREE : TRACE_KMEM_CACHE_FREE, 0, args,
			  ARRAY_SIZE(args), TRACE_NAME_CACHE, s->name);
}

void *__kmem_cache_alloc_slow(struct kmem_cache *s, gfp_t gfp)
{
	void *object;

	if (should_fail(&fail_slab_after, gfp))
		return NULL;
	object = s->hot;
	if (object) {
		s->hot = *link_of(s, object);
		s->nr_hot--;
	} else {
		object = refill(s, gfp);
		if (!object)
			return NULL;
		slab_debug_alloc(s, object);
		if (unlikely(trace_mask & SLAB_EVENTS))
			trace_alloc(s, object, gfp, __builtin_return_address(0));
	}
	if (gfp & __GFP_ZERO)
		memset(object, 0, s->object_size);
	return object;
}

/* Objects from the hot list back to their slabs. */
static void flush_hot(struct kmem_cache *s, unsigned int n)
{
	void *object;

	while (n-- && (object = s->hot)) {
		s->hot = *link_of(s, object);
		s->nr_hot--;
		return_object(s, object);
	}
}

void __kmem_cache_free_slow(struct kmem_cache *s, void *object)
{
	if (!s->hot_limit) {
		if (unlikely(trace_mask & SLAB_EVENTS))
			trace_free(s, object, __builtin_return_address(0));
		slab_debug_free(s, object);
		return_object(s, object);
		return;
	}
	flush_hot(s, max(s->hot_limit / 2, 1U));
	*link_of(s, object) = s->hot;
	s->hot = object;
	s->nr_hot++;
}

/* --- Caches --- */

/* How many objects may wait on the hot list: about two pages full, and 4 at least. None in a cache
   with debugging, and none while allocations are traced: all go the slow way then. */
static unsigned int hot_limit_for(const struct kmem_cache *s)
{
	if (s->flags & SLAB_DEBUG_FLAGS || traced)
		return 0;
	return clamp(2 * (unsigned int)PAGE_SIZE / s->size, 4U, 64U);
}

/* The smallest order that wastes at most an eighth of the slab; the largest allowed if there is
 * none. */
static unsigned int slab_order(unsigned int size)
{
	unsigned int order = get_order(size), bytes;

	for (; order < MAX_SLAB_ORDER; order++) {
		bytes = (unsigned int)PAGE_SIZE << order;
		if (bytes % size <= bytes / 8)
			break;
	}
	return order;
}

static void cache_init(struct kmem_cache *s, const char *name, unsigned int size,
		       unsigned int align, unsigned int flags, void (*ctor)(void *object))
{
	flags |= debug_flags;
	if (size >= DEBUG_MAX_SIZE)
		flags &= ~SLAB_DEBUG_FLAGS;
	if (flags & SLAB_HWCACHE_ALIGN)
		align = max(align, CACHE_LINE);
	align = max(align, SLAB_MIN_ALIGN);
	*s = (struct kmem_cache){
		.name = name, .object_size = size, .align = align, .flags = flags, .ctor = ctor};
	slab_debug_layout(s);
	s->size = ALIGN(s->size, align);
	s->order = slab_order(s->size);
	s->objects_per_slab = ((unsigned int)PAGE_SIZE << s->order) / s->size;
	s->hot_limit = hot_limit_for(s);
	INIT_LIST_HEAD(&s->partial);
	INIT_LIST_HEAD(&s->full);
	list_add_tail(&s->list, &slab_caches);
}

struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     unsigned int flags, void (*ctor)(void *object))
{
	struct kmem_cache *s = kmem_cache_alloc(&cache_cache, GFP_KERNEL);

	if (s)
		cache_init(s, name, size, align, flags, ctor);
	else if (flags & SLAB_PANIC)
		panic("no memory for the slab cache %s", name);
	return s;
}

static void watch_slabs(bool on)
{
	struct kmem_cache *s;

	traced = on;
	list_for_each_entry (s, &slab_caches, list) {
		flush_hot(s, s->nr_hot);
		s->hot_limit = hot_limit_for(s);
	}
}

static struct trace_switch slab_switch = {.events = SLAB_EVENTS, .set = watch_slabs};

/* Give the empty slabs back. => pages. */
static unsigned long shrink_cache(struct kmem_cache *s)
{
	struct page *page, *next;
	unsigned long pages = 0;

	flush_hot(s, s->nr_hot);
	list_for_each_entry_safe (page, next, &s->partial, lru) {
		if (page->inuse)
			continue;
		list_del(&page->lru);
		s->nr_empty--;
		nr_stock_pages -= 1UL << s->order;
		pages += 1UL << s->order;
		discard_slab(s, page);
	}
	return pages;
}

void kmem_cache_destroy(struct kmem_cache *s)
{
	if (!s)
		return;
	shrink_cache(s);
	list_del(&s->list);
	if (s->nr_slabs) {
		pr_err("slab %s: destroyed with %lu objects in use\n", s->name, s->nr_out);
		return;
	}
	kmem_cache_free(&cache_cache, s);
}

unsigned long kmem_cache_shrink_all(void)
{
	struct kmem_cache *s;
	unsigned long pages = 0;

	list_for_each_entry (s, &slab_caches, list)
		pages += shrink_cache(s);
	return pages;
}

static void *alloc_radix_tree_node(gfp_t gfp)
{
	return kmem_cache_zalloc(radix_tree_node_cache, gfp);
}

static void free_radix_tree_node(void *node)
{
	kmem_cache_free(radix_tree_node_cache, node);
}

void kmem_cache_init(bool debug)
{
	static const struct {
		const char *name;
		unsigned int size, align;
	} sizes[NR_KMALLOC_CACHES] = {
		{"kmalloc-8", 8, 8},	    {"kmalloc-16", 16, 16},	{"kmalloc-32", 32, 32},
		{"kmalloc-64", 64, 64},	    {"kmalloc-96", 96, 8},	{"kmalloc-128", 128, 128},
		{"kmalloc-192", 192, 8},    {"kmalloc-256", 256, 256},	{"kmalloc-512", 512, 512},
		{"kmalloc-1k", 1024, 1024}, {"kmalloc-2k", 2048, 2048}, {"kmalloc-4k", 4096, 4096},
		{"kmalloc-8k", 8192, 4096},
	};

	debug_flags = debug ? SLAB_DEBUG_FLAGS : 0;
	cache_init(&cache_cache, "kmem_cache", sizeof(struct kmem_cache), 0, 0, NULL);
	for (unsigned int i = 0; i < NR_KMALLOC_CACHES; i++)
		cache_init(&kmalloc_caches[i], sizes[i].name, sizes[i].size, sizes[i].align, 0,
			   NULL);
	radix_tree_node_cache = kmem_cache_create("radix_tree_node", sizeof(struct radix_tree_node),
						  0, SLAB_PANIC, NULL);
	radix_tree_set_allocator(alloc_radix_tree_node, free_radix_tree_node);
	register_page_stock(kmem_cache_shrink_all);
	trace_register_switch(&slab_switch);
}

/* --- Reports and checks --- */

bool get_slabinfo(unsigned int n, struct slabinfo *info)
{
	struct kmem_cache *s;

	list_for_each_entry (s, &slab_caches, list) {
		if (n--)
			continue;
		*info = (struct slabinfo){
			.name = s->name,
			.active_objs = s->nr_out - s->nr_hot,
			.num_objs = s->nr_slabs * s->objects_per_slab,
			.objsize = s->size,
			.objperslab = s->objects_per_slab,
			.pagesperslab = 1U << s->order,
			.active_slabs = s->nr_slabs - s->nr_empty,
			.num_slabs = s->nr_slabs,
		};
		return true;
	}
	return false;
}

static bool is_reclaimable_cache(const char *name)
{
	return !strcmp(name, "dentry") || !strcmp(name, "radix_tree_node") ||
	       strstr(name, "inode_cache");
}

void nr_slab_pages(unsigned long *reclaimable, unsigned long *unreclaimable)
{
	const struct kmem_cache *s;

	*reclaimable = *unreclaimable = 0;
	list_for_each_entry (s, &slab_caches, list) {
		unsigned long pages = (unsigned long)(s->nr_slabs - s->nr_empty) << s->order;

		if (is_reclaimable_cache(s->name))
			*reclaimable += pages;
		else
			*unreclaimable += pages;
	}
}

static void check_slab(const struct kmem_cache *s, const struct page *page)
{
	unsigned int free = 0;

	if (!PageSlab(page) || page->slab_cache != s || page->objects != s->objects_per_slab)
		panic("slab %s: page %#lx is no slab of it", s->name, page_to_pfn(page));
	for (void *o = page->freelist; o; o = *link_of(s, o)) {
		if (virt_to_head_page(o) != page || ++free > page->objects)
			bad_object(s, o, "wrong in its slab's free list");
		slab_debug_check_free(s, o);
	}
	if (page->inuse + free != page->objects)
		panic("slab %s: page %#lx counts wrongly", s->name, page_to_pfn(page));
}

static void check_cache(const struct kmem_cache *s)
{
	unsigned long slabs = 0, out = 0, empty = 0, hot = 0;
	const struct page *page;

	list_for_each_entry (page, &s->partial, lru) {
		check_slab(s, page);
		slabs++;
		out += page->inuse;
		empty += !page->inuse;
	}
	list_for_each_entry (page, &s->full, lru) {
		check_slab(s, page);
		slabs++;
		out += page->inuse;
	}
	for (void *o = s->hot; o; o = *link_of(s, o))
		hot++;
	if (slabs != s->nr_slabs || out != s->nr_out || empty != s->nr_empty || hot != s->nr_hot)
		panic("slab %s: counters and lists disagree", s->name);
}

void slab_check(void)
{
	const struct kmem_cache *s;

	list_for_each_entry (s, &slab_caches, list)
		check_cache(s);
}
