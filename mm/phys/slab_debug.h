/*
 * Debugging of slab objects: red zones before and after each object, and a pattern in free ones.
 * Called on the slow paths of slab.c only; caches with debugging have no fast path. All are without
 * effect for caches without SLAB_POISON and SLAB_RED_ZONE.
 */
#ifndef MM_PHYS_SLAB_DEBUG_H
#define MM_PHYS_SLAB_DEBUG_H

#include "mm/phys/slab.h"

/* Decide where red zones and the link of free objects stand: sets size, offset and left_red. */
void slab_debug_layout(struct kmem_cache *s);
/* A new slab's object becomes free. */
void slab_debug_init_object(const struct kmem_cache *s, void *object);
/* An object is given out, or comes back: check it (panic with cache, object and place), mark it. */
void slab_debug_alloc(const struct kmem_cache *s, void *object);
void slab_debug_free(const struct kmem_cache *s, void *object);
/* Is a free object untouched? */
void slab_debug_check_free(const struct kmem_cache *s, void *object);

#endif
