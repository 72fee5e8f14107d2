/*
 * Small objects: caches of objects of one size (kmem_cache), and kmalloc for any size.
 *
 * Task context only, like the page allocator (mm/phys/gfp.h). All return memory aligned to at least
 * 8 bytes (a power-of-two kmalloc size of 16 and more: to that size), or NULL.
 */
#ifndef MM_PHYS_SLAB_H
#define MM_PHYS_SLAB_H

#include "kernel/lib/list.h"
#include "mm/phys/alloc_debug.h"
#include "mm/phys/gfp.h"

/* Flags of a cache. */
#define SLAB_POISON	   0x1U /* fill free objects with a pattern and check it */
#define SLAB_RED_ZONE	   0x2U /* check bytes around the object */
#define SLAB_HWCACHE_ALIGN 0x4U /* align to a cache line */
#define SLAB_PANIC	   0x8U /* kmem_cache_create panics instead of failing */
#define SLAB_DEBUG_FLAGS   (SLAB_POISON | SLAB_RED_ZONE)

struct kmem_cache {
	/* Fast path: free objects ready for allocation, in a linked list. */
	void *hot;
	unsigned int nr_hot,
		hot_limit;	  /* hot_limit 0 in a cache with debugging: all goes the slow way */
	unsigned int offset;	  /* of the link in a free object */
	unsigned int object_size; /* as asked for */

	unsigned int size; /* with alignment, link, red zones */
	unsigned int align, flags, order, objects_per_slab;
	unsigned int left_red; /* bytes of red zone before the object */
	void (*ctor)(void *object);
	const char *name;

	struct list_head partial; /* slabs with free objects; those without objects at the end */
	struct list_head full;	  /* slabs without free objects */
	unsigned int nr_empty;	  /* slabs in `partial` without objects */
	unsigned long nr_slabs;
	unsigned long nr_out;  /* objects out of their slabs: in use or hot */
	struct list_head list; /* all caches */
};

/*
 * A cache for objects of `size` bytes (1 to 32 KiB), aligned to `align` (0: 8 bytes). `ctor`, if
 * not NULL, initialises each object once, when its slab is created; users must free objects in
 * their initialised state. `name` is not copied. NULL if there is no memory. kmem_cache_destroy
 * frees the cache; all objects must have been freed; otherwise it logs a message, and the memory is
 * lost.
 */
struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     unsigned int flags, void (*ctor)(void *object));
void kmem_cache_destroy(struct kmem_cache *s);
#define KMEM_CACHE(type, flags) \
	kmem_cache_create(#type, sizeof(struct type), __alignof__(struct type), (flags), NULL)

/* The parts of the functions below for an empty or a full list of hot objects. The first returns an
   object, or NULL if there is no memory, and may sleep as gfp allows. */
void *__kmem_cache_alloc_slow(struct kmem_cache *s, gfp_t gfp);
void __kmem_cache_free_slow(struct kmem_cache *s, void *object);
/* Tests: all slab allocations fail after this many have succeeded; -1: never. */
extern long fail_slab_after;

/* An object, or NULL. */
static inline void *kmem_cache_alloc(struct kmem_cache *s, gfp_t gfp)
{
	void *object;

	alloc_may_sleep(gfp);
	object = s->hot;
	if (unlikely(!object || (gfp & __GFP_ZERO) || fail_slab_after >= 0))
		return __kmem_cache_alloc_slow(s, gfp);
	s->nr_hot--;
	s->hot = *(void **)((char *)object + s->offset);
	return object;
}
static inline void *kmem_cache_zalloc(struct kmem_cache *s, gfp_t gfp)
{
	return kmem_cache_alloc(s, gfp | __GFP_ZERO);
}
/* Give an object back to its cache. */
static inline void kmem_cache_free(struct kmem_cache *s, void *object)
{
	if (unlikely(s->nr_hot >= s->hot_limit)) {
		__kmem_cache_free_slow(s, object);
		return;
	}
	s->nr_hot++;
	*(void **)((char *)object + s->offset) = s->hot;
	s->hot = object;
}

/* --- kmalloc: caches of 8, 16, 32, 64, 96, 128, 192, 256, 512, 1024 .. 8192 bytes, and whole pages
 * above --- */
#define KMALLOC_MAX_CACHE_SIZE 8192UL
#define KMALLOC_MAX_SIZE       (PAGE_SIZE << (MAX_ORDER - 1))
#define NR_KMALLOC_CACHES      13
extern struct kmem_cache kmalloc_caches[NR_KMALLOC_CACHES];

/* Number of the smallest cache for `size` bytes, 1 <= size <= KMALLOC_MAX_CACHE_SIZE. */
static __always_inline unsigned int kmalloc_index(size_t size)
{
	if (size <= 8)
		return 0;
	if (size > 64 && size <= 96)
		return 4;
	if (size > 128 && size <= 192)
		return 6;
	/* 16 -> 1, 32 -> 2, 64 -> 3, 128 -> 5, 256 -> 7 and so on. */
	return fls((unsigned int)size - 1) - 3 + (size > 64) + (size > 128);
}
/* kmalloc() below, for a size that the compiler does not know. */
void *__kmalloc(size_t size, gfp_t gfp);
/* `size` bytes; size 0 gives ZERO_SIZE_PTR, which kfree accepts. */
static __always_inline void *kmalloc(size_t size, gfp_t gfp)
{
	if (__builtin_constant_p(size) && size && size <= KMALLOC_MAX_CACHE_SIZE)
		return kmem_cache_alloc(&kmalloc_caches[kmalloc_index(size)], gfp);
	return __kmalloc(size, gfp);
}
static __always_inline void *kzalloc(size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp | __GFP_ZERO);
}
/* An array of n elements; NULL if n * size overflows. kcalloc zeroes it. */
void *kmalloc_array(size_t n, size_t size, gfp_t gfp);
void *kcalloc(size_t n, size_t size, gfp_t gfp);
void kfree(const void *p);		 /* NULL is ignored */
char *kstrdup(const char *s, gfp_t gfp); /* NULL for NULL */
/* A copy of len bytes, or the text that printf would print; NULL if there is no memory. The caller
   frees it with kfree(). */
void *kmemdup(const void *src, size_t len, gfp_t gfp);
char *kasprintf(gfp_t gfp, const char *fmt, ...) __printf(2, 3);

/* What kmalloc(0) returns: not NULL, but must not be dereferenced. */
#define ZERO_SIZE_PTR	    ((void *)16)
#define ZERO_OR_NULL_PTR(p) ((unsigned long)(p) <= (unsigned long)ZERO_SIZE_PTR)

/* Boot, after mem_init(): kmalloc's caches. `debug`: boot option slab_debug, poison and red zones
   in every cache created from now on, kmalloc's too. */
void kmem_cache_init(bool debug);

/* Give empty slabs back. => pages freed. All caches. */
unsigned long kmem_cache_shrink_all(void);

/* --- For /proc/slabinfo and /proc/meminfo --- */
struct slabinfo {
	const char *name;
	unsigned long active_objs, num_objs;
	unsigned int objsize, objperslab, pagesperslab;
	unsigned long active_slabs, num_slabs;
};
/* The n-th cache, counted from 0; false after the last one. */
bool get_slabinfo(unsigned int n, struct slabinfo *info);
/* Pages of slabs, those whose objects can be dropped when memory is short apart. Slabs without
   objects are free memory, and counted as such by the page allocator. */
void nr_slab_pages(unsigned long *reclaimable, unsigned long *unreclaimable);
/* Panic if a list, a count or (with debugging) a pattern is wrong. */
void slab_check(void);

#endif
