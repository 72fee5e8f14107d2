/*
 * Functions: the list of them, and calling one.
 */
#include "user/sh/sh.h"

#include <stdlib.h>
#include <string.h>

struct func *functions;

struct func *find_function(const char *name)
{
	struct func *f = functions;

	while (f && strcmp(f->name, name) != 0)
		f = f->next;
	return f;
}

void unset_function(const char *name)
{
	for (struct func **link = &functions; *link; link = &(*link)->next) {
		struct func *f = *link;

		if (strcmp(f->name, name) != 0)
			continue;
		*link = f->next;
		arena_put(f->arena);
		free(f->name);
		free(f);
		return;
	}
}

void define_function(struct node *n)
{
	struct func *f = xmalloc(sizeof(*f));

	arena_get(sh.current);
	unset_function(n->name);
	*f = (struct func){xstrdup(n->name), n->left, sh.current, functions};
	functions = f;
}

/* The function may be redefined while it runs: its arena is held. */
int call_function(struct func *f, char **argv, int flags)
{
	struct arena *arena = f->arena, *current = sh.current;
	struct saved_var *locals = NULL, **outer_locals = sh.locals;
	char **args = sh.args;
	int nargs = sh.nargs, loops = sh.loops;

	sh.args = NULL;
	set_args(clone_args(argv + 1));
	sh.loops = 0;
	sh.functions++;
	sh.locals = &locals;
	sh.current = arena;
	arena_get(arena);
	exec_node(f->body, flags & EV_TESTED);
	arena_put(arena);
	sh.current = current;
	sh.functions--;
	if (sh.unwind == U_RETURN)
		sh.unwind = U_NONE;
	var_restore(&locals);
	sh.locals = outer_locals;
	free_args(sh.args);
	sh.args = args;
	sh.nargs = nargs;
	sh.loops = loops;
	return sh.status;
}
