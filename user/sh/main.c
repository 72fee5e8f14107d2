/*
 * The shell's start: its options, where its commands come from, and its end.
 */
#include "user/sh/sh.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

struct shell sh;

extern char **environ;

struct start {
	const char *command; /* -c */
	const char *file;
	bool login, interactive, from_stdin;
};

void exit_shell(int status)
{
	out_flush();
	sh.status = status;
	run_exit_trap();
	out_flush();
	_exit(sh.status & 0xff);
}

static const char usage[] = "[-il] [-aefnuvxC] [-c COMMAND [NAME [ARG ...]] | FILE [ARG ...] | -s]";

/* The options; the first argument that is none. */
static char **parse_options(char **argv, struct start *start)
{
	bool command = false;

	for (; *argv && (argv[0][0] == '-' || argv[0][0] == '+') && argv[0][1]; argv++) {
		char rest[32];
		size_t n = 0;

		if (strcmp(*argv, "--") == 0) {
			argv++;
			break;
		}
		rest[n++] = argv[0][0];
		for (const char *p = *argv + 1; *p && n < sizeof(rest) - 1; p++) {
			if (*p == 'c')
				command = true;
			else if (*p == 'i')
				start->interactive = true;
			else if (*p == 'l')
				start->login = true;
			else if (*p == 's')
				start->from_stdin = true;
			else
				rest[n++] = *p;
		}
		rest[n] = '\0';
		if (n > 1) {
			char *words[] = {rest, rest[n - 1] == 'o' ? argv[1] : NULL, NULL};
			int used;

			if (set_options(words, &used) < 0)
				_exit(usage_error("sh", usage));
			argv += used - 1;
		}
	}
	if (command) {
		if (!*argv) {
			warn("-c needs an argument");
			_exit(2);
		}
		start->command = *argv++;
	}
	return argv;
}

static void set_defaults(void)
{
	char buf[PATH_MAX];

	sh.pid = getpid();
	sh.tmp = arena_new();
	sh.tty = -1;
	sh.args = NULL;
	vars_init(environ);
	var_set("IFS", " \t\n", 0);
	var_set("OPTIND", "1", 0);
	snprintf(buf, sizeof(buf), "%d", (int)getppid());
	var_set("PPID", buf, 0);
	if (!var_get("PATH"))
		var_set("PATH", "/bin:/sbin:/usr/bin", 0);
	if (!var_get("PS1"))
		var_set("PS1", "\\h:\\w\\$ ", 0);
	if (!var_get("PS2"))
		var_set("PS2", "> ", 0);
	if (!var_get("PWD") && getcwd(buf, sizeof(buf)))
		var_set("PWD", buf, 0);
}

static void add_directory(struct sbuf *b, bool last_part)
{
	const char *pwd = var_get("PWD"), *home = var_get("HOME");
	size_t n = home ? strlen(home) : 0;

	if (!pwd)
		pwd = "?";
	if (n > 1 && strncmp(pwd, home, n) == 0 && (pwd[n] == '/' || !pwd[n])) {
		pwd += n;
		if (!last_part || !*pwd)
			sbuf_add(b, '~');
	}
	if (last_part && strrchr(pwd, '/') && strrchr(pwd, '/')[1])
		pwd = strrchr(pwd, '/') + 1;
	sbuf_puts(b, pwd);
}

static void add_escape(struct sbuf *b, char c)
{
	struct utsname u;

	switch (c) {
	case 'w':
	case 'W':
		add_directory(b, c == 'W');
		break;
	case 'h':
		if (uname(&u) == 0)
			sbuf_write(b, u.nodename, strcspn(u.nodename, "."));
		break;
	case 'u':
		sbuf_puts(b, var_get("USER") ? var_get("USER") : "root");
		break;
	case '$':
		sbuf_puts(b, geteuid() == 0 ? "#" : "\\$");
		break;
	case 'n':
		sbuf_add(b, '\n');
		break;
	case 'e':
		sbuf_add(b, '\033');
		break;
	case '[':
	case ']':
		break;
	default:
		sbuf_add(b, '\\');
		sbuf_add(b, c);
		break;
	}
}

/* PS1 or PS2 with \w, \h, \u, \$, \n, \e and with $expansions. */
char *prompt_string(bool continuation)
{
	const char *s = var_get(continuation ? "PS2" : "PS1");
	struct sbuf b = {0};
	int status = sh.status;
	char *result;

	for (; s && *s; s++) {
		if (*s == '\\' && s[1])
			add_escape(&b, *++s);
		else
			sbuf_add(&b, *s);
	}
	result = expand_heredoc(sbuf_str(&b));
	if (!result) {
		sh.unwind = U_NONE;
		result = arena_strndup(sh.tmp, "$ ", 2);
	}
	sh.status = status;
	sbuf_free(&b);
	return result;
}

static void run_profile(const char *path)
{
	if (access(path, R_OK) == 0)
		run_file(path);
	if (sh.unwind != U_EXIT)
		sh.unwind = U_NONE;
}

/* Commands from the terminal: whatever unwinds leads back to the prompt. */
static void run_interactive(void)
{
	struct input in;

	input_fd(&in, STDIN_FILENO, true);
	in.tty = isatty(STDIN_FILENO);
	while (sh.unwind != U_EXIT && !(in.eof && in.pos == in.len)) {
		sh.unwind = U_NONE;
		run_input(&in, 0);
	}
	input_free(&in);
}

static void run_script(const char *file)
{
	struct input in;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		fd = move_high(fd);
	if (fd < 0) {
		int err = errno;

		warn("can't open '%s': %s", file, strerror(err));
		exit_shell(err == ENOENT ? 127 : 126);
	}
	input_fd(&in, fd, false);
	run_input(&in, 0);
}

static void run_stdin(void)
{
	struct input in;

	input_fd(&in, STDIN_FILENO, true);
	run_input(&in, 0);
}

int main(int argc, char **argv)
{
	struct start start = {0};
	bool terminal;

	set_defaults();
	sh.name = argc > 0 ? argv[0] : "sh";
	start.login = sh.name[0] == '-';
	argv = parse_options(argv + (argc > 0), &start);
	if (*argv && start.command) {
		sh.name = *argv++;
	} else if (*argv && !start.from_stdin) {
		start.file = sh.name = *argv++;
	}
	set_args(clone_args(argv));
	terminal = !start.command && !start.file && isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
	sh.interactive = start.interactive || terminal;
	jobs_init();
	signals_init();
	if (start.login)
		run_profile("/etc/profile");
	if (sh.unwind == U_EXIT)
		exit_shell(sh.status);
	if (start.command)
		run_string(start.command, EV_EXIT);
	else if (start.file)
		run_script(start.file);
	else if (sh.interactive)
		run_interactive();
	else
		run_stdin();
	exit_shell(sh.status);
}
