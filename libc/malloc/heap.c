/*
 * The heap: chunks between the first break and the present one. Chunks are cut from free ones
 * or from the top; when they are freed they are joined with their neighbours.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "libc/malloc/chunk.h"

/* Somebody else's sbrk leaves a hole; these two small chunks, never free, stand before it. */
#define FENCE_CHUNK HEADER
#define FENCES	    (2 * FENCE_CHUNK)

static struct malloc_state *const m = &__malloc_state;

void __malloc_die(const char *message)
{
	write(STDERR_FILENO, message, strlen(message));
	write(STDERR_FILENO, "\n", 1);
	abort();
}

static void set_free(struct chunk *c, size_t size)
{
	c->head = size | (c->head & PREV_IN_USE);
	chunk_at(c, size)->prev_size = size;
	chunk_at(c, size)->head &= ~(size_t)PREV_IN_USE;
	__bin_add(c);
}

static int is_free(struct chunk *c)
{
	return !(chunk_after(c)->head & PREV_IN_USE);
}

static void set_top(struct chunk *c)
{
	m->top = c;
	c->head = (m->end - (char *)c) | PREV_IN_USE;
}

/* Closes the old top, which the new memory does not follow: what is left of it becomes free. */
static void retire_top(void)
{
	struct chunk *old = m->top;
	size_t size = ALIGN_DOWN(m->end - (char *)old - FENCES, ALIGNMENT);
	struct chunk *fence = chunk_at(old, size);

	fence->head = FENCE_CHUNK | PREV_IN_USE;
	chunk_at(fence, FENCE_CHUNK)->head = FENCE_CHUNK | PREV_IN_USE;
	if (size)
		set_free(old, size);
}

/* Moves the break so that the top has `need` bytes, rounded up to a page. */
static int extend(size_t need)
{
	char *now = sbrk(0), *end;
	int contiguous = m->top && now == m->end;
	char *start = contiguous ? (char *)m->top : (char *)ALIGN_UP((uintptr_t)now, ALIGNMENT);

	if (!contiguous)
		start += HEADER;
	if ((uintptr_t)start + need + PAGE < need)
		return 0;
	end = (char *)ALIGN_UP((uintptr_t)start + need, PAGE);
	/* sbrk takes a signed number. */
	if ((size_t)(end - now) > PTRDIFF_MAX || sbrk(end - now) == (void *)-1)
		return 0;
	m->from_system += end - now;
	if (!m->lowest || start < m->lowest)
		m->lowest = start;
	if (m->top && !contiguous)
		retire_top();
	m->end = end;
	set_top((struct chunk *)start);
	return 1;
}

/* Cuts a chunk from the low end of the top, which keeps at least MIN_CHUNK bytes. */
static struct chunk *cut_top(size_t size)
{
	struct chunk *c = m->top;

	if (!c || chunk_size(c) < size + MIN_CHUNK)
		return NULL;
	c->head = size | PREV_IN_USE;
	set_top(chunk_at(c, size));
	return c;
}

/* Gives back what chunk c (in use, not the top) has beyond `size` bytes. */
static void split(struct chunk *c, size_t size)
{
	size_t rest = chunk_size(c) - size;
	struct chunk *tail = chunk_at(c, size);

	if (rest < MIN_CHUNK)
		return;
	c->head = size | (c->head & FLAGS);
	tail->head = rest | PREV_IN_USE;
	__heap_free(tail);
}

struct chunk *__heap_alloc(size_t size)
{
	struct chunk *c = __bin_take(size);
	size_t need = size + MIN_CHUNK;

	if (c) {
		chunk_after(c)->head |= PREV_IN_USE;
		split(c, size);
		return c;
	}
	c = cut_top(size);
	/* The pad saves system calls; without room for it the request alone may still fit. */
	if (!c && ((m->top_pad <= MAX_REQUEST && extend(need + m->top_pad)) || extend(need)))
		c = cut_top(size);
	return c;
}

/* Stops the program if c cannot be a chunk in use. */
void __heap_check(struct chunk *c)
{
	size_t size = chunk_size(c);

	if ((uintptr_t)chunk_data(c) % ALIGNMENT)
		__malloc_die("free(): invalid pointer");
	if ((char *)c < m->lowest || (char *)c >= m->end)
		__malloc_die("free(): invalid pointer");
	if (c >= m->top)
		__malloc_die("free(): double free or corruption (top)");
	if (size < MIN_CHUNK || size % ALIGNMENT || size > (size_t)(m->end - (char *)c))
		__malloc_die("free(): invalid size");
	if (is_free(c))
		__malloc_die("free(): double free or corruption");
}

/* Joins c with a free chunk before it. Returns the start of the whole. */
static struct chunk *join_before(struct chunk *c)
{
	struct chunk *before;
	size_t size = chunk_size(c);

	if (c->head & PREV_IN_USE)
		return c;
	before = chunk_at(c, -(ptrdiff_t)c->prev_size);
	if ((char *)before < m->lowest || chunk_size(before) != c->prev_size)
		__malloc_die("corrupted size of the chunk before");
	__bin_remove(before);
	before->head += size;
	return before;
}

void __heap_free(struct chunk *c)
{
	struct chunk *after = chunk_after(c);

	c = join_before(c);
	if (after == m->top) {
		set_top(c);
		if (chunk_size(c) > m->trim_threshold)
			__heap_trim(m->top_pad);
		return;
	}
	if (is_free(after)) {
		__bin_remove(after);
		after = chunk_after(after);
	}
	set_free(c, (char *)after - (char *)c);
}

/* Lets c take over the free chunk or the part of the top behind it. */
static int grow(struct chunk *c, size_t size)
{
	struct chunk *after = chunk_after(c);
	size_t have = chunk_size(c) + chunk_size(after);

	if (after == m->top) {
		if (have < size + MIN_CHUNK)
			return 0;
		c->head = size | (c->head & FLAGS);
		set_top(chunk_at(c, size));
		return 1;
	}
	if (have < size || !is_free(after))
		return 0;
	__bin_remove(after);
	chunk_after(after)->head |= PREV_IN_USE;
	c->head = have | (c->head & FLAGS);
	return 1;
}

int __heap_resize(struct chunk *c, size_t size)
{
	if (chunk_size(c) < size && !grow(c, size))
		return 0;
	split(c, size);
	return 1;
}

/* Of a chunk that is large enough, keeps `size` bytes whose data starts at the alignment. */
struct chunk *__heap_align(struct chunk *c, size_t align, size_t size)
{
	uintptr_t data = ALIGN_UP((uintptr_t)chunk_data(c), align);
	struct chunk *aligned = chunk_of((void *)data);
	size_t lead = (char *)aligned - (char *)c;

	/* The part in front must be large enough to be a chunk itself. */
	while (lead && lead < MIN_CHUNK) {
		aligned = chunk_at(aligned, align);
		lead += align;
	}
	if (lead) {
		aligned->head = (chunk_size(c) - lead) | PREV_IN_USE;
		c->head = lead | (c->head & FLAGS);
		__heap_free(c);
	}
	split(aligned, size);
	return aligned;
}

/*
 * Gives whole pages at the end back, all but `pad` bytes. Does nothing if somebody else has
 * moved the break since. Returns 1 if memory was given back.
 */
int __heap_trim(size_t pad)
{
	size_t size, extra;

	if (!m->top)
		return 0;
	size = chunk_size(m->top);
	if (pad >= size || size - pad <= MIN_CHUNK)
		return 0;
	extra = ALIGN_DOWN(size - MIN_CHUNK - 1 - pad, PAGE);
	if (extra == 0 || sbrk(0) != m->end || sbrk(-(intptr_t)extra) == (void *)-1)
		return 0;
	m->end -= extra;
	m->from_system -= extra;
	set_top(m->top);
	return 1;
}
