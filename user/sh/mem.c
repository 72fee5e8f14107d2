/*
 * Memory that is given back all at once, and the variables, which stay.
 *
 * What a command needs while it runs (its tree, its words) comes from get(), and release() frees it
 * when the command is over: nobody else has to.
 */
#include "user/sh/sh.h"

#include <stdarg.h>

enum {
	CHUNK = 16000,
	ALIGN = 8
};

struct chunk {
	struct chunk *below;
	size_t used, size;
	_Alignas(ALIGN) char data[];
};

/* A variable that is not exported; the others stand in environ. */
struct var {
	struct var *next;
	char *value;
	char name[];
};

static struct chunk *top;
static struct var *vars;

void complain(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "msh: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void *allocate(size_t n)
{
	void *p = malloc(n);

	if (!p) {
		complain("out of memory");
		_exit(2);
	}
	return p;
}

void *get(size_t n)
{
	char *p;

	n = (n + ALIGN - 1) / ALIGN * ALIGN;
	if (!top || top->size - top->used < n) {
		size_t size = n > CHUNK ? n : CHUNK;
		struct chunk *c = allocate(sizeof(*c) + size);

		*c = (struct chunk){.below = top, .size = size};
		top = c;
	}
	p = top->data + top->used;
	top->used += n;
	return memset(p, 0, n);
}

char *get_string(const char *s, size_t n)
{
	return memcpy(get(n + 1), s, n);
}

struct mark mark(void)
{
	return (struct mark){top, top ? top->used : 0};
}

void release(struct mark m)
{
	while (top != m.chunk) {
		struct chunk *c = top;

		top = c->below;
		free(c);
	}
	if (top)
		top->used = m.used;
}

void add(struct buf *b, const char *s, size_t n)
{
	if (b->n + n >= b->size) {
		b->size = 2 * (b->n + n) + 32;
		b->s = memcpy(get(b->size), b->s ? b->s : "", b->n);
	}
	memcpy(b->s + b->n, s, n);
	b->n += n;
}

char *text(struct buf *b)
{
	add(b, "", 0);
	b->s[b->n] = '\0';
	return b->s;
}

void list_add(struct list *l, char *s)
{
	if (l->n + 1 >= l->size) {
		l->size = 2 * l->n + 8;
		l->v = memcpy(get(l->size * sizeof(*l->v)), l->v ? l->v : &s, l->n * sizeof(*l->v));
	}
	l->v[l->n++] = s;
	l->v[l->n] = NULL;
}

/* ---- variables ---- */

static struct var *find_var(const char *name)
{
	struct var *v = vars;

	while (v && strcmp(v->name, name) != 0)
		v = v->next;
	return v;
}

const char *value_of(const char *name)
{
	struct var *v = find_var(name);

	return v ? v->value : getenv(name);
}

void set_var(const char *name, const char *value)
{
	struct var *v = find_var(name);

	if (!v && getenv(name)) {
		setenv(name, value, 1);
		return;
	}
	if (!v) {
		v = allocate(sizeof(*v) + strlen(name) + 1);
		*v = (struct var){.next = vars};
		strcpy(v->name, name);
		vars = v;
	}
	free(v->value);
	v->value = strcpy(allocate(strlen(value) + 1), value);
}

/* Out of the shell's own variables; what it was is good until release(). */
void unset_var(const char *name)
{
	for (struct var **link = &vars; *link; link = &(*link)->next) {
		struct var *v = *link;

		if (strcmp(v->name, name) != 0)
			continue;
		*link = v->next;
		free(v->value);
		free(v);
		break;
	}
	unsetenv(name);
}

void export_var(const char *name, const char *value)
{
	char *copy = get_string(value, strlen(value));

	unset_var(name);
	setenv(name, copy, 1);
}
