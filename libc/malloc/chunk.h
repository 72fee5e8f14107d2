/*
 * The allocator's data. The heap is a row of chunks without gaps, from the first break that
 * malloc saw to the top chunk, which ends at the present break:
 *
 *        +-----------------------------+
 *  chunk | prev_size: size of the chunk before, if that one is free (else it is its data)
 *        | head: size of this chunk (a multiple of 16) and the flags below
 *  data  | next_free |  both only while the chunk is free; in use this is the program's,
 *        | prev_free |  up to and with the prev_size field of the following chunk
 *        | ...
 *        +-----------------------------+
 *  chunk | prev_size ...
 *
 * So a chunk in use costs four bytes, and a free one finds both its neighbours (the boundary
 * tags of Knuth): neighbours that are both free are joined at once. Whether a chunk is in use
 * is written in the chunk behind it.
 *
 * Free chunks are kept in bins by size. The top chunk is in none of them: it is used last, and
 * when it becomes large its memory is given back to the system.
 *
 * A large request gets a mapping of its own, and is a single chunk with the flag MAPPED; its
 * prev_size is the distance to the start of the mapping.
 */
#ifndef LIBC_MALLOC_CHUNK_H
#define LIBC_MALLOC_CHUNK_H

#include <stddef.h>
#include <stdint.h>

struct chunk {
	size_t prev_size;
	size_t head;
	struct chunk *next_free;
	struct chunk *prev_free;
};

#define PREV_IN_USE 1u
#define MAPPED	    2u
#define FLAGS	    (PREV_IN_USE | MAPPED)

#define ALIGNMENT   16
#define HEADER	    offsetof(struct chunk, next_free)
#define OVERHEAD    sizeof(size_t) /* what a chunk in use costs */
#define MIN_CHUNK   sizeof(struct chunk)
#define MAX_REQUEST ((size_t)PTRDIFF_MAX - 0x10000)

#define PAGE 4096u

#define ALIGN_UP(v, a)	 (((v) + (a)-1) & ~((size_t)(a)-1))
#define ALIGN_DOWN(v, a) ((v) & ~((size_t)(a)-1))

struct malloc_state {
	struct chunk *top; /* NULL: there is no heap yet */
	char *lowest;	   /* every chunk of the heap lies between these two */
	char *end;	   /* of the top chunk */
	size_t from_system;
	int maps; /* chunks with a mapping of their own, and their bytes */
	size_t mapped_bytes;
	/* as glibc's mallopt(3) names them */
	size_t trim_threshold;
	size_t top_pad;
	size_t mmap_threshold;
	int mmap_max;
};

extern struct malloc_state __malloc_state;

static inline size_t chunk_size(const struct chunk *c)
{
	return c->head & ~(size_t)FLAGS;
}

static inline struct chunk *chunk_at(struct chunk *c, ptrdiff_t offset)
{
	return (struct chunk *)((char *)c + offset);
}

static inline struct chunk *chunk_after(struct chunk *c)
{
	return chunk_at(c, chunk_size(c));
}

static inline void *chunk_data(struct chunk *c)
{
	return (char *)c + HEADER;
}

static inline struct chunk *chunk_of(void *data)
{
	return (struct chunk *)((char *)data - HEADER);
}

/* The bytes a program may use in the chunk. */
static inline size_t chunk_room(const struct chunk *c)
{
	return chunk_size(c) - (c->head & MAPPED ? HEADER : OVERHEAD);
}

/* The size of the chunk that serves a request of n bytes (at most MAX_REQUEST). */
static inline size_t chunk_for(size_t n)
{
	size_t size = ALIGN_UP(n + OVERHEAD, ALIGNMENT);

	return size < MIN_CHUNK ? MIN_CHUNK : size;
}

/* Prints the message and aborts: the program has damaged the heap. */
_Noreturn void __malloc_die(const char *message);

/* bins.c: the free chunks. take returns one of at least `size` bytes, or NULL. */
void __bin_add(struct chunk *c);
void __bin_remove(struct chunk *c);
struct chunk *__bin_take(size_t size);

/*
 * heap.c. `size` is a chunk size. Allocation returns NULL if the system has no memory; resize
 * returns 0 if the chunk cannot become that large where it is.
 */
struct chunk *__heap_alloc(size_t size);
void __heap_free(struct chunk *c);
struct chunk *__heap_align(struct chunk *c, size_t align, size_t size);
int __heap_resize(struct chunk *c, size_t size);
void __heap_check(struct chunk *c);
int __heap_trim(size_t pad);

/* mapped.c. For n bytes at a multiple of align; NULL if there is no memory. */
struct chunk *__mapped_alloc(size_t n, size_t align);
void __mapped_free(struct chunk *c);
struct chunk *__mapped_resize(struct chunk *c, size_t n);

#endif
