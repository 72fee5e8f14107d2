/*
 * kmalloc: memory of any size. Up to 8 KiB it comes from the slab cache of the next larger size,
 * above that from the page allocator. kfree() finds out from the struct page where a block came
 * from.
 */
#include "kernel/core/panic.h"
#include "libc/include/bits/format.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"

#define SMALL_SIZE 192 /* up to here the caches' sizes are no powers of two */

/* Number of the cache for `size` when the compiler cannot know it. */
static inline unsigned int cache_index(size_t size)
{
	static const u8 small[SMALL_SIZE / 8] = {0, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4,
						 5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 6};

	return size <= SMALL_SIZE ? small[(size - 1) / 8] : fls((unsigned int)size - 1) - 1;
}

/* Larger than the caches' objects: whole pages. */
static void *kmalloc_large(size_t size, gfp_t gfp)
{
	struct page *page;

	if (size > KMALLOC_MAX_SIZE || fail_slab_after == 0)
		return NULL;
	page = alloc_pages((gfp & ~__GFP_HIGHMEM) | __GFP_COMP, get_order(size));
	return page ? lowmem_page_address(page) : NULL;
}

void *__kmalloc(size_t size, gfp_t gfp)
{
	if (unlikely(!size))
		return ZERO_SIZE_PTR;
	if (unlikely(size > KMALLOC_MAX_CACHE_SIZE))
		return kmalloc_large(size, gfp);
	return kmem_cache_alloc(&kmalloc_caches[cache_index(size)], gfp);
}

static __cold __noreturn void bad_kfree(const void *p)
{
	panic("kfree of %p, which is no block of kmalloc", p);
}

void kfree(const void *p)
{
	struct page *page;

	if (unlikely(ZERO_OR_NULL_PTR(p)))
		return;
	page = virt_to_head_page(p);
	if (likely(PageSlab(page))) {
		kmem_cache_free(page->slab_cache, (void *)p);
		return;
	}
	if (!PageHead(page) || p != lowmem_page_address(page))
		bad_kfree(p);
	put_page(page);
}

void *kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? NULL : __kmalloc(bytes, gfp);
}

void *kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kmalloc_array(n, size, gfp | __GFP_ZERO);
}

void *kmemdup(const void *src, size_t len, gfp_t gfp)
{
	void *p = __kmalloc(len, gfp);

	if (p)
		memcpy(p, src, len);
	return p;
}

char *kstrdup(const char *s, gfp_t gfp)
{
	return s ? kmemdup(s, strlen(s) + 1, gfp) : NULL;
}

static char *kvasprintf(gfp_t gfp, const char *fmt, va_list args)
{
	va_list count;
	char *p;
	int len;

	va_copy(count, args);
	len = vsnprintf(NULL, 0, fmt, count);
	va_end(count);
	if (len < 0)
		return NULL;
	p = __kmalloc(len + 1, gfp);
	if (p)
		vsnprintf(p, len + 1, fmt, args);
	return p;
}

char *kasprintf(gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *p;

	va_start(args, fmt);
	p = kvasprintf(gfp, fmt, args);
	va_end(args);
	return p;
}
