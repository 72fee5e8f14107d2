/*
 * Debugging of slab objects. An object of a cache with debugging lies in its place like this:
 *
 *   | left red zone | object | right red zone | link |
 *
 * The red zones hold one byte value while the object is free and another while it is in use, so a
 * second free, a write beyond the end and a write before the beginning are all seen. A free object
 * is filled with POISON_FREE and ends with POISON_END; a write after the free is seen at the next
 * allocation. The link is outside, because it would disturb the pattern.
 */
#include "mm/phys/slab_debug.h"
#include "kernel/core/panic.h"
#include "libc/include/string.h"

#define POISON_FREE  0x6b /* in free objects */
#define POISON_INUSE 0x5a /* in objects just given out */
#define POISON_END   0xa5
#define RED_INACTIVE 0xbb
#define RED_ACTIVE   0xcc

#define RIGHT_RED (2 * sizeof(long)) /* besides the bytes up to the next word */

/* Can the pattern be written? A constructor's work must not be undone. */
static inline bool poisoned(const struct kmem_cache *s)
{
	return (s->flags & SLAB_POISON) && !s->ctor;
}

/* Bytes from the object's beginning to the end of the right red zone. */
static inline unsigned int red_end(const struct kmem_cache *s)
{
	unsigned int end = ALIGN(s->object_size, (unsigned int)sizeof(long));

	return s->flags & SLAB_RED_ZONE ? end + RIGHT_RED : end;
}

void slab_debug_layout(struct kmem_cache *s)
{
	unsigned int end = red_end(s);

	s->left_red = s->flags & SLAB_RED_ZONE ? s->align : 0;
	if (s->ctor || (s->flags & SLAB_DEBUG_FLAGS)) {
		s->offset = end;
		end += sizeof(void *);
	}
	s->size = s->left_red + max(end, (unsigned int)sizeof(void *));
}

static __cold __noreturn void corrupt(const struct kmem_cache *s, const void *object,
				      const u8 *where, u8 expected, const char *what)
{
	panic("slab %s: object %p: %s: byte at offset %ld is %#x, not %#x", s->name, object, what,
	      (long)(where - (const u8 *)object), *where, expected);
}

static void check_bytes(const struct kmem_cache *s, const void *object, const u8 *p, unsigned int n,
			u8 expected, const char *what)
{
	for (; n; p++, n--)
		if (*p != expected)
			corrupt(s, object, p, expected, what);
}

static void set_red_zones(const struct kmem_cache *s, void *object, u8 value)
{
	if (!(s->flags & SLAB_RED_ZONE))
		return;
	memset((u8 *)object - s->left_red, value, s->left_red);
	memset((u8 *)object + s->object_size, value, red_end(s) - s->object_size);
}

static void check_red_zones(const struct kmem_cache *s, const void *object, u8 value)
{
	const u8 *p = object;

	if (!(s->flags & SLAB_RED_ZONE))
		return;
	check_bytes(s, object, p - s->left_red, s->left_red, value, "left red zone");
	check_bytes(s, object, p + s->object_size, red_end(s) - s->object_size, value,
		    "right red zone");
}

static void poison(const struct kmem_cache *s, void *object)
{
	if (!poisoned(s))
		return;
	memset(object, POISON_FREE, s->object_size - 1);
	((u8 *)object)[s->object_size - 1] = POISON_END;
}

void slab_debug_check_free(const struct kmem_cache *s, void *object)
{
	const u8 *p = object;

	check_red_zones(s, object, RED_INACTIVE);
	if (!poisoned(s))
		return;
	check_bytes(s, object, p, s->object_size - 1, POISON_FREE, "written after free");
	check_bytes(s, object, p + s->object_size - 1, 1, POISON_END, "written after free");
}

void slab_debug_init_object(const struct kmem_cache *s, void *object)
{
	set_red_zones(s, object, RED_INACTIVE);
	poison(s, object);
}

void slab_debug_alloc(const struct kmem_cache *s, void *object)
{
	if (!(s->flags & SLAB_DEBUG_FLAGS))
		return;
	slab_debug_check_free(s, object);
	set_red_zones(s, object, RED_ACTIVE);
	if (poisoned(s))
		memset(object, POISON_INUSE, s->object_size);
}

/* Is it the address of an object of this cache at all? */
static void check_address(const struct kmem_cache *s, const void *object)
{
	struct page *page = virt_to_head_page(object);
	unsigned long offset;

	if (!PageSlab(page) || page->slab_cache != s)
		panic("slab %s: object %p: freed to a cache it is not from", s->name, object);
	offset = (unsigned long)object - (unsigned long)lowmem_page_address(page);
	if (offset < s->left_red || (offset - s->left_red) % s->size)
		panic("slab %s: %p is not the beginning of an object", s->name, object);
}

void slab_debug_free(const struct kmem_cache *s, void *object)
{
	if (!(s->flags & SLAB_DEBUG_FLAGS))
		return;
	check_address(s, object);
	if ((s->flags & SLAB_RED_ZONE) && *((const u8 *)object - s->left_red) == RED_INACTIVE)
		panic("slab %s: object %p: freed twice", s->name, object);
	check_red_zones(s, object, RED_ACTIVE);
	set_red_zones(s, object, RED_INACTIVE);
	poison(s, object);
}
