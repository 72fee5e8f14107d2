/*
 * Running whole inputs: a terminal, a file, a string, command by command.
 */
#include "user/sh/sh.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Is there nothing but blanks left? Then the command just read is the last. */
static bool at_end(const struct input *in)
{
	return in->eof && strspn(in->buf + in->pos, " \t\n") >= in->len - in->pos;
}

static void run_one(struct input *in, int flags)
{
	struct arena *outer = sh.current;
	struct arena *arena = arena_new();
	struct parser p;
	struct node *n;

	sh.current = arena;
	parser_init(&p, in, arena);
	n = parse_line(&p);
	if (p.error) {
		sh.status = 2;
		sh.unwind = U_ERROR;
		if (in->tty)
			in->pos = in->len;
	} else if (in->interrupted) {
		sh.status = 128 + SIGINT;
		in->interrupted = false;
		in->pos = in->len;
	} else if (n) {
		exec_node(n, in->fd < 0 && at_end(in) ? flags : flags & ~EV_EXIT);
	}
	sh.current = outer;
	arena_put(arena);
}

/* Run commands until the input ends or something unwinds. The status of the last one. */
int run_input(struct input *in, int flags)
{
	while (!sh.unwind) {
		struct arena_mark mark = arena_mark(sh.tmp);

		if (in->tty)
			jobs_notify();
		input_next_command(in);
		if (in->eof && in->pos == in->len)
			break;
		run_one(in, flags);
		arena_release(sh.tmp, mark);
	}
	return sh.status;
}

int run_string(const char *text, int flags)
{
	struct input in;
	int status;

	input_string(&in, text);
	if (!text[strspn(text, " \t\n")])
		sh.status = 0;
	status = run_input(&in, flags);
	input_free(&in);
	return status;
}

int run_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct input in;

	if (fd >= 0)
		fd = move_high(fd);
	if (fd < 0)
		return -1;
	input_fd(&in, fd, false);
	run_input(&in, 0);
	input_free(&in);
	close(fd);
	return sh.status;
}
