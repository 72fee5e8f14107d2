/*
 * The shell's start, and the commands that are typed at it.
 */
#include "user/sh/sh.h"

#include <limits.h>

struct shell sh;

/* One more line at the end of B; false: ^D. */
static bool read_line(struct buf *b, const char *prompt)
{
	struct buf line = {0};
	bool more = edit_line(expand_prompt(value_of(prompt) ? value_of(prompt) : "$ "), &line);

	add(b, line.s, line.n);
	add(b, "\n", 1);
	return more;
}

/* Read a command, which may take several lines, and run it. */
static void run_command(struct buf *b)
{
	enum parsed what = NEED_MORE;
	struct node *n = NULL;

	for (;;) {
		const char *s = text(b);

		what = parse(&s, &n);
		if (what != NEED_MORE || interrupted)
			break;
		if (!read_line(b, "PS2")) {
			complain("syntax error: unexpected end");
			break;
		}
	}
	if (what == PARSED && !interrupted)
		run(n, false);
	else
		sh.status = interrupted ? 128 + SIGINT : 2;
}

/* Whatever goes wrong leads back to the prompt. */
static int run_typed(void)
{
	for (;;) {
		struct mark m = mark();
		struct buf b = {0};

		do_jobs(NULL);
		sh.failed = false;
		sh.leave = STAY;
		if (!read_line(&b, "PS1"))
			return sh.status;
		run_command(&b);
		release(m);
	}
}

int main(int argc, char **argv)
{
	char cwd[PATH_MAX];

	sh.pid = getpid();
	sh.interactive = argc < 2 && isatty(STDIN_FILENO);
	set_var("PS2", "> ");
	set_var("PWD", getcwd(cwd, sizeof(cwd)) ? cwd : "?");
	jobs_init();
	if (argc > 0 && argv[0][0] == '-' && access("/etc/profile", R_OK) == 0)
		run_file("/etc/profile");
	if (argc > 2 && strcmp(argv[1], "-c") == 0)
		return run_text(argv[2], true);
	if (sh.interactive)
		return run_typed();
	return run_file(argc > 1 ? argv[1] : "/dev/stdin");
}
