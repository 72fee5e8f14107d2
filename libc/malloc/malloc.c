/*
 * malloc and its family: requests above the threshold go to mapped.c, the others to heap.c.
 * The picture of the heap is in chunk.h.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include "libc/malloc/chunk.h"

#define DEFAULT_THRESHOLD (128 * 1024)
#define DEFAULT_MMAP_MAX  65536

struct malloc_state __malloc_state = {
	.trim_threshold = DEFAULT_THRESHOLD,
	.top_pad = DEFAULT_THRESHOLD,
	.mmap_threshold = DEFAULT_THRESHOLD,
	.mmap_max = DEFAULT_MMAP_MAX,
};

static struct malloc_state *const m = &__malloc_state;

static void *no_memory(void)
{
	errno = ENOMEM;
	return NULL;
}

static int wants_mapping(size_t n)
{
	return n > m->mmap_threshold && m->maps < m->mmap_max;
}

/* A chunk for n bytes, from where the rules want it or else from where there is memory. */
static struct chunk *allocate(size_t n)
{
	int saved = errno, map = wants_mapping(n);
	struct chunk *c;

	if (n > MAX_REQUEST)
		return no_memory();
	c = map ? __mapped_alloc(n, ALIGNMENT) : NULL;
	if (!c)
		c = __heap_alloc(chunk_for(n));
	if (!c && !map)
		c = __mapped_alloc(n, ALIGNMENT);
	if (!c)
		return no_memory();
	errno = saved;
	return c;
}

void *malloc(size_t n)
{
	struct chunk *c = allocate(n);

	return c ? chunk_data(c) : NULL;
}

void *calloc(size_t n, size_t size)
{
	struct chunk *c;
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return no_memory();
	c = allocate(bytes);
	if (!c)
		return NULL;
	/* A new mapping is zero already, and untouched. */
	return c->head & MAPPED ? chunk_data(c) : memset(chunk_data(c), 0, bytes);
}

static void release(struct chunk *c)
{
	if (c->head & MAPPED) {
		__mapped_free(c);
	} else {
		__heap_check(c);
		__heap_free(c);
	}
}

void free(void *ptr)
{
	int saved = errno;

	if (!ptr)
		return;
	if ((uintptr_t)ptr % ALIGNMENT)
		__malloc_die("free(): invalid pointer");
	release(chunk_of(ptr));
	errno = saved;
}

/* Tries to change the size without a copy. NULL: it has to be a new chunk. */
static struct chunk *resize(struct chunk *c, size_t n)
{
	if (c->head & MAPPED)
		return wants_mapping(n) ? __mapped_resize(c, n) : NULL;
	__heap_check(c);
	if (wants_mapping(n) && n > chunk_room(c))
		return NULL;
	return __heap_resize(c, chunk_for(n)) ? c : NULL;
}

void *realloc(void *ptr, size_t n)
{
	struct chunk *old, *new;
	int saved = errno;

	if (!ptr)
		return malloc(n);
	if (n == 0) {
		free(ptr);
		return NULL;
	}
	if (n > MAX_REQUEST)
		return no_memory();
	if ((uintptr_t)ptr % ALIGNMENT)
		__malloc_die("realloc(): invalid pointer");
	old = chunk_of(ptr);
	new = resize(old, n);
	errno = saved;
	if (new)
		return chunk_data(new);
	new = allocate(n);
	if (!new)
		return NULL;
	memcpy(chunk_data(new), ptr, chunk_room(old) < n ? chunk_room(old) : n);
	release(old);
	errno = saved;
	return chunk_data(new);
}

void *reallocarray(void *ptr, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return no_memory();
	return realloc(ptr, bytes);
}

/* align is a power of two above ALIGNMENT. */
static struct chunk *allocate_aligned(size_t align, size_t n)
{
	int map = wants_mapping(n);
	struct chunk *c;

	if (align > MAX_REQUEST || n > MAX_REQUEST - align - MIN_CHUNK)
		return NULL;
	c = map ? __mapped_alloc(n, align) : NULL;
	if (c)
		return c;
	c = __heap_alloc(chunk_for(n + align + MIN_CHUNK));
	if (c)
		return __heap_align(c, align, chunk_for(n));
	return map ? NULL : __mapped_alloc(n, align);
}

static void *memalign(size_t align, size_t n)
{
	size_t power = ALIGNMENT;
	int saved = errno;
	struct chunk *c;

	if (align > (size_t)PTRDIFF_MAX + 1) {
		errno = EINVAL;
		return NULL;
	}
	while (power < align)
		power *= 2;
	if (power == ALIGNMENT)
		return malloc(n);
	c = allocate_aligned(power, n);
	if (!c)
		return no_memory();
	errno = saved;
	return chunk_data(c);
}

void *aligned_alloc(size_t align, size_t n)
{
	return memalign(align, n);
}

int posix_memalign(void **out, size_t align, size_t n)
{
	int saved = errno;
	void *p;

	if (align % sizeof(void *) || align == 0 || (align & (align - 1)))
		return EINVAL;
	p = memalign(align, n);
	errno = saved;
	if (!p)
		return ENOMEM;
	*out = p;
	return 0;
}

size_t malloc_usable_size(void *ptr)
{
	return ptr ? chunk_room(chunk_of(ptr)) : 0;
}
