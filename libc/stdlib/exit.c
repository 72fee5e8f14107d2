/*
 * The end of a program: functions registered by atexit in reverse order, then the destructors,
 * then the streams, then the kernel.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include "libc/internal/libc.h"
#include "libc/internal/syscall.h"

#define FIRST_HANDLERS 32 /* the standard's minimum; more are allocated */

struct handler {
	void (*plain)(void);
	void (*with_status)(int, void *);
	void *arg;
};

extern void (*__fini_array_start[])(void) __attribute__((weak));
extern void (*__fini_array_end[])(void) __attribute__((weak));

static struct handler first[FIRST_HANDLERS];
static struct handler *handlers = first;
static size_t used, room = FIRST_HANDLERS;

static int add(struct handler h)
{
	if (used == room) {
		struct handler *more = malloc(2 * room * sizeof(*more));

		if (!more)
			return -1;
		for (size_t i = 0; i < used; i++)
			more[i] = handlers[i];
		if (handlers != first)
			free(handlers);
		handlers = more;
		room *= 2;
	}
	handlers[used++] = h;
	return 0;
}

int atexit(void (*fn)(void))
{
	return add((struct handler){.plain = fn});
}

int on_exit(void (*fn)(int, void *), void *arg)
{
	return add((struct handler){.with_status = fn, .arg = arg});
}

void exit(int status)
{
	void (**fini)(void);

	/* A handler may register another one, which then comes next. */
	while (used) {
		struct handler h = handlers[--used];

		if (h.plain)
			h.plain();
		else
			h.with_status(status, h.arg);
	}
	for (fini = __fini_array_end; fini > __fini_array_start;)
		(*--fini)();
	__stdio_exit();
	_exit(status);
}

void _exit(int status)
{
	raw1(SYS_exit_group, status);
	for (;;)
		raw1(SYS_exit, status);
}

void _Exit(int status)
{
	_exit(status);
}
