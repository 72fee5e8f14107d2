/*
 * Shell variables: a small hash table of name, value and flags.
 */
#include "user/sh/sh.h"

#include <stdlib.h>
#include <string.h>

enum {
	BUCKETS = 64
};

static struct var *table[BUCKETS];

static struct var **bucket_of(const char *name)
{
	unsigned h = 0;

	while (*name && *name != '=')
		h = h * 31 + (unsigned char)*name++;
	return &table[h % BUCKETS];
}

struct var *var_find(const char *name)
{
	for (struct var *v = *bucket_of(name); v; v = v->next) {
		if (strcmp(v->name, name) == 0)
			return v;
	}
	return NULL;
}

const char *var_get(const char *name)
{
	struct var *v = var_find(name);

	return v ? v->value : NULL;
}

/* VALUE NULL keeps the value; FLAGS are added. */
int var_set(const char *name, const char *value, int flags)
{
	struct var *v = var_find(name);

	if (v && (v->flags & V_READONLY) && value) {
		warn("%s: is read only", name);
		return -1;
	}
	if (!v) {
		struct var **b = bucket_of(name);

		v = xmalloc(sizeof(*v));
		*v = (struct var){.name = xstrdup(name), .next = *b};
		*b = v;
	}
	if (value) {
		char *copy = xstrdup(value);

		free(v->value);
		v->value = copy;
	}
	v->flags |= flags | (sh.allexport && value ? V_EXPORT : 0);
	return 0;
}

int var_unset(const char *name)
{
	struct var **link = bucket_of(name);

	while (*link && strcmp((*link)->name, name) != 0)
		link = &(*link)->next;
	if (*link) {
		struct var *v = *link;

		if (v->flags & V_READONLY) {
			warn("%s: is read only", name);
			return -1;
		}
		*link = v->next;
		free(v->name);
		free(v->value);
		free(v);
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp((*(struct var *const *)a)->name, (*(struct var *const *)b)->name);
}

void var_each(void (*fn)(struct var *v, void *arg), void *arg)
{
	struct var **all;
	size_t n = 0, i = 0;

	for (int b = 0; b < BUCKETS; b++) {
		for (struct var *v = table[b]; v; v = v->next)
			n++;
	}
	all = xmalloc(n * sizeof(struct var *));
	for (int b = 0; b < BUCKETS; b++) {
		for (struct var *v = table[b]; v; v = v->next)
			all[i++] = v;
	}
	qsort(all, n, sizeof(*all), compare);
	for (i = 0; i < n; i++)
		fn(all[i], arg);
	free(all);
}

static void add_to_environ(struct var *v, void *arg)
{
	struct strlist *list = arg;
	size_t n, k;
	char *s;

	if (!(v->flags & V_EXPORT) || !v->value)
		return;
	n = strlen(v->name);
	k = strlen(v->value);
	s = arena_alloc(sh.tmp, n + k + 2);
	memcpy(s, v->name, n);
	s[n] = '=';
	memcpy(s + n + 1, v->value, k + 1);
	list_add(list, s);
}

char **var_environ(void)
{
	struct strlist list = {0};

	var_each(add_to_environ, &list);
	return list_end(&list);
}

void vars_init(char **envp)
{
	for (; *envp; envp++) {
		const char *eq = strchr(*envp, '=');
		char *name;

		if (!eq || !is_assignment(*envp))
			continue;
		name = xstrdup(*envp);
		name[eq - *envp] = '\0';
		var_set(name, eq + 1, V_EXPORT);
		free(name);
	}
}

void var_save(struct saved_var **list, const char *name)
{
	struct saved_var *s = xmalloc(sizeof(*s));
	struct var *v = var_find(name);

	*s = (struct saved_var){.name = xstrdup(name), .existed = v != NULL, .next = *list};
	if (v) {
		s->flags = v->flags;
		s->value = v->value ? xstrdup(v->value) : NULL;
	}
	*list = s;
}

void var_restore(struct saved_var **list)
{
	while (*list) {
		struct saved_var *s = *list;
		struct var *v = var_find(s->name);

		*list = s->next;
		if (v)
			v->flags = 0;
		if (!s->existed || !s->value)
			var_unset(s->name);
		if (s->existed) {
			var_set(s->name, s->value, 0);
			var_find(s->name)->flags = s->flags;
		}
		free(s->name);
		free(s->value);
		free(s);
	}
}
