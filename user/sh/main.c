/*
 * The shell's start, and the commands that are typed at it.
 */
#include "user/sh/sh.h"

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
	enum parsed what;
	struct node *n = NULL;

	do {
		const char *s = text(b);

		what = parse(&s, &n);
	} while (what == NEED_MORE && !interrupted && read_line(b, "PS2"));
	if (what == NEED_MORE && !interrupted)
		complain("syntax error: unexpected end");
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
	bool command = argc > 2 && strcmp(argv[1], "-c") == 0;

	sh.pid = getpid();
	sh.interactive = argc < 2 && isatty(STDIN_FILENO);
	sh.args = argv + (command ? 3 : argc > 1 ? 1 : 0);
	sh.nargs = argv + argc - sh.args;
	set_var("PS2", "> ");
	do_cd((char *[]){"cd", ".", NULL}); /* so that PWD is right */
	jobs_init();
	if (argc > 0 && argv[0][0] == '-' && access("/etc/profile", R_OK) == 0)
		run_file("/etc/profile");
	if (command)
		return run_text(argv[2], true);
	if (sh.interactive)
		return run_typed();
	return run_file(argc > 1 ? argv[1] : "/dev/stdin");
}
