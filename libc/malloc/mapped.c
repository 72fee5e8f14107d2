/* Chunks with a mapping of their own. */
#include <sys/mman.h>
#include "libc/malloc/chunk.h"

static struct malloc_state *const m = &__malloc_state;

static char *mapping_of(struct chunk *c)
{
	return (char *)c - c->prev_size;
}

static size_t mapping_size(struct chunk *c)
{
	return c->prev_size + chunk_size(c);
}

struct chunk *__mapped_alloc(size_t n, size_t align)
{
	size_t lead = align > ALIGNMENT ? align : ALIGNMENT;
	size_t total = ALIGN_UP(n + lead, PAGE);
	struct chunk *c;
	char *map;

	if (total < n)
		return NULL;
	map = mmap(NULL, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return NULL;
	c = chunk_of((void *)ALIGN_UP((uintptr_t)map + HEADER, lead));
	c->prev_size = (char *)c - map;
	c->head = (total - c->prev_size) | MAPPED;
	m->maps++;
	m->mapped_bytes += total;
	return c;
}

void __mapped_free(struct chunk *c)
{
	if ((uintptr_t)mapping_of(c) % PAGE || mapping_size(c) % PAGE)
		__malloc_die("free(): invalid pointer");
	m->maps--;
	m->mapped_bytes -= mapping_size(c);
	munmap(mapping_of(c), mapping_size(c));
}

/* Moves or stretches the mapping. NULL if that does not work. */
struct chunk *__mapped_resize(struct chunk *c, size_t n)
{
	size_t lead = c->prev_size;
	size_t old = mapping_size(c);
	size_t total = ALIGN_UP(n + HEADER + lead, PAGE);
	char *map;

	if (total < n)
		return NULL;
	if (total == old)
		return c;
	map = mremap(mapping_of(c), old, total, MREMAP_MAYMOVE);
	if (map == MAP_FAILED)
		return NULL;
	m->mapped_bytes += total - old;
	c = (struct chunk *)(map + lead);
	c->head = (total - lead) | MAPPED;
	return c;
}
