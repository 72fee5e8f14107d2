/*
 * Memory of the shell: arenas, whose pieces are freed together, and growing strings.
 *
 * A tree lives in an arena of its own; whatever an expansion makes lives in sh.tmp, which is
 * released to a mark after each command. So nothing has to be freed one by one.
 */
#include "user/sh/sh.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	CHUNK_SIZE = 4096 - 64,
	ALIGN = 8
};

struct chunk {
	struct chunk *prev;
	size_t used, size;
};

static struct sbuf output;

static void out_of_memory(void)
{
	static const char msg[] = "sh: out of memory\n";

	write_all(STDERR_FILENO, msg, sizeof(msg) - 1);
	_exit(2);
}

void *xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *xrealloc(void *p, size_t size)
{
	p = realloc(p, size ? size : 1);
	if (!p)
		out_of_memory();
	return p;
}

char *xstrdup(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(xmalloc(n), s, n);
}

struct arena *arena_new(void)
{
	struct arena *a = xmalloc(sizeof(*a));

	a->top = NULL;
	a->refs = 1;
	return a;
}

void arena_get(struct arena *a)
{
	a->refs++;
}

void arena_put(struct arena *a)
{
	if (--a->refs > 0)
		return;
	arena_release(a, (struct arena_mark){NULL, 0});
	free(a);
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct chunk *c = a->top;
	void *p;

	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (!c || c->size - c->used < size) {
		size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;

		c = xmalloc(sizeof(*c) + ALIGN + room);
		c->prev = a->top;
		c->used = 0;
		c->size = room;
		a->top = c;
	}
	p = (char *)(((size_t)(c + 1) + ALIGN - 1) & ~(size_t)(ALIGN - 1)) + c->used;
	c->used += size;
	return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

struct arena_mark arena_mark(struct arena *a)
{
	return (struct arena_mark){a->top, a->top ? a->top->used : 0};
}

void arena_release(struct arena *a, struct arena_mark m)
{
	while (a->top != m.top) {
		struct chunk *c = a->top;

		a->top = c->prev;
		free(c);
	}
	if (a->top)
		a->top->used = m.used;
}

static void sbuf_room(struct sbuf *b, size_t more)
{
	if (b->n + more + 1 <= b->cap)
		return;
	b->cap = (b->n + more + 1) * 2;
	b->s = xrealloc(b->s, b->cap);
}

void sbuf_write(struct sbuf *b, const char *s, size_t n)
{
	sbuf_room(b, n);
	memcpy(b->s + b->n, s, n);
	b->n += n;
	b->s[b->n] = '\0';
}

void sbuf_add(struct sbuf *b, char c)
{
	sbuf_write(b, &c, 1);
}

void sbuf_puts(struct sbuf *b, const char *s)
{
	sbuf_write(b, s, strlen(s));
}

char *sbuf_str(struct sbuf *b)
{
	sbuf_room(b, 0);
	b->s[b->n] = '\0';
	return b->s;
}

void sbuf_free(struct sbuf *b)
{
	free(b->s);
	*b = (struct sbuf){0};
}

void list_add(struct strlist *l, char *s)
{
	if (l->n + 2 > l->cap) {
		char **v;

		l->cap = l->cap ? l->cap * 2 : 16;
		v = arena_alloc(sh.tmp, l->cap * sizeof(*v));
		if (l->n)
			memcpy(v, l->v, l->n * sizeof(*v));
		l->v = v;
	}
	l->v[l->n++] = s;
}

char **list_end(struct strlist *l)
{
	list_add(l, NULL);
	l->n--;
	return l->v;
}

int write_all(int fd, const char *s, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, s, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		s += k;
		n -= k;
	}
	return 0;
}

static void sbuf_vprintf(struct sbuf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	sbuf_room(b, 128);
	n = vsnprintf(b->s + b->n, b->cap - b->n, fmt, ap);
	if (n >= 0 && (size_t)n >= b->cap - b->n) {
		sbuf_room(b, n);
		vsnprintf(b->s + b->n, b->cap - b->n, fmt, again);
	}
	va_end(again);
	if (n > 0)
		b->n += n;
}

void out(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sbuf_vprintf(&output, fmt, ap);
	va_end(ap);
}

void out_write(const char *s, size_t n)
{
	sbuf_write(&output, s, n);
}

int out_flush(void)
{
	int err = 0;

	if (output.n && write_all(STDOUT_FILENO, output.s, output.n) < 0) {
		warn("write error: %s", strerror(errno));
		err = 1;
	}
	output.n = 0;
	return err;
}

/* A message on stderr, after what was printed before it. */
void warn(const char *fmt, ...)
{
	struct sbuf b = {0};
	va_list ap;

	sbuf_puts(&b, "sh: ");
	va_start(ap, fmt);
	sbuf_vprintf(&b, fmt, ap);
	va_end(ap);
	sbuf_add(&b, '\n');
	write_all(STDERR_FILENO, b.s, b.n);
	sbuf_free(&b);
}
