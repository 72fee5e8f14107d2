/*
 * The table of builtins, and the short ones: control flow, arguments, options.
 */
#include "user/sh/sh.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/times.h>
#include <unistd.h>

bool parse_number(const char *s, long *result)
{
	char *end;

	if (!*s || strchr(" \t\n", *s))
		return false;
	errno = 0;
	*result = strtol(s, &end, 10);
	return *end == '\0' && errno == 0;
}

int usage_error(const char *name, const char *usage)
{
	warn("usage: %s %s", name, usage);
	return 2;
}

/* A count: "break 2"; 1 without an argument, -1 after a message. */
static long count_argument(char **argv, long missing, long least)
{
	long n = missing;

	if (argv[1] && (!parse_number(argv[1], &n) || n < least)) {
		warn("%s: bad number: %s", argv[0], argv[1]);
		return -1;
	}
	return n;
}

static int builtin_true(char **argv)
{
	return 0;
}

static int builtin_false(char **argv)
{
	return 1;
}

static int leave_loops(char **argv, enum unwind how)
{
	long n = count_argument(argv, 1, 1);

	if (n < 0)
		return 1;
	if (sh.loops == 0)
		return 0;
	sh.unwind = how;
	sh.unwind_count = n > sh.loops ? sh.loops : n;
	return 0;
}

static int builtin_break(char **argv)
{
	return leave_loops(argv, U_BREAK);
}

static int builtin_continue(char **argv)
{
	return leave_loops(argv, U_CONTINUE);
}

static int builtin_return(char **argv)
{
	long n = count_argument(argv, sh.status, 0);

	if (n < 0)
		n = 2;
	sh.unwind = sh.functions || sh.sourced ? U_RETURN : U_EXIT;
	return n & 0xff;
}

static int builtin_exit(char **argv)
{
	long n = count_argument(argv, sh.status, 0);

	sh.unwind = U_EXIT;
	return n < 0 ? 2 : n & 0xff;
}

static int builtin_eval(char **argv)
{
	struct sbuf text = {0};
	int status;

	for (argv++; *argv; argv++) {
		sbuf_puts(&text, *argv);
		if (argv[1])
			sbuf_add(&text, ' ');
	}
	status = run_string(sbuf_str(&text), sh.call_flags);
	sbuf_free(&text);
	return status;
}

static int builtin_dot(char **argv)
{
	char *path;
	int status;

	if (!argv[1])
		return usage_error(argv[0], "FILE");
	path = strchr(argv[1], '/') ? argv[1] : find_command(argv[1]);
	if (!path && access(argv[1], R_OK) == 0)
		path = argv[1];
	sh.sourced++;
	status = path ? run_file(path) : -1;
	sh.sourced--;
	if (status < 0) {
		warn("%s: can't open '%s': %s", argv[0], argv[1], strerror(path ? errno : ENOENT));
		if (!sh.interactive)
			sh.unwind = U_ERROR;
		return 2;
	}
	if (sh.unwind == U_RETURN)
		sh.unwind = U_NONE;
	return sh.status;
}

/* Redirections were done for good already. */
int builtin_exec(char **argv)
{
	argv++;
	if (*argv && strcmp(*argv, "--") == 0)
		argv++;
	if (!*argv)
		return 0;
	out_flush();
	signals_child();
	exec_program(argv);
}

char **clone_args(char **argv)
{
	size_t n = 0;
	char **copy;

	while (argv[n])
		n++;
	copy = xmalloc((n + 1) * sizeof(*copy));
	for (size_t i = 0; i < n; i++)
		copy[i] = xstrdup(argv[i]);
	copy[n] = NULL;
	return copy;
}

void free_args(char **argv)
{
	for (char **p = argv; p && *p; p++)
		free(*p);
	free(argv);
}

void set_args(char **argv)
{
	free_args(sh.args);
	sh.args = argv;
	for (sh.nargs = 0; argv[sh.nargs]; sh.nargs++)
		;
}

int builtin_shift(char **argv)
{
	long n = count_argument(argv, 1, 0);

	if (n < 0)
		return 2;
	if (n > sh.nargs) {
		warn("shift: can't shift that many");
		return 1;
	}
	set_args(clone_args(sh.args + n));
	return 0;
}

static const struct {
	char letter;
	const char *name;
	bool *value;
} options[] = {
	{'a', "allexport", &sh.allexport}, {'C', "noclobber", &sh.noclobber},
	{'e', "errexit", &sh.errexit},	   {'f', "noglob", &sh.noglob},
	{'m', "monitor", &sh.monitor},	   {'n', "noexec", &sh.noexec},
	{'u', "nounset", &sh.nounset},	   {'v', "verbose", &sh.verbose},
	{'x', "xtrace", &sh.xtrace},
};

enum {
	OPTIONS = sizeof(options) / sizeof(options[0])
};

static bool set_option(char letter, const char *name, bool value)
{
	for (int i = 0; i < OPTIONS; i++) {
		if (name ? strcmp(options[i].name, name) != 0 : options[i].letter != letter)
			continue;
		if (options[i].letter == 'm' && value && sh.tty < 0) {
			warn("set: no terminal for job control");
			return false;
		}
		*options[i].value = value;
		return true;
	}
	if (name)
		warn("set: illegal option %s", name);
	else
		warn("set: illegal option -%c", letter);
	return false;
}

static void print_options(bool value)
{
	for (int i = 0; i < OPTIONS; i++) {
		if (value)
			out("%-15s %s\n", options[i].name, *options[i].value ? "on" : "off");
		else
			out("set %co %s\n", *options[i].value ? '-' : '+', options[i].name);
	}
}

int set_options(char **argv, int *consumed)
{
	int i = 0;

	for (; argv[i] && (argv[i][0] == '-' || argv[i][0] == '+') && argv[i][1]; i++) {
		bool on = argv[i][0] == '-';

		if (strcmp(argv[i], "--") == 0)
			break;
		for (char *p = argv[i] + 1; *p; p++) {
			if (*p != 'o') {
				if (!set_option(*p, NULL, on))
					return -1;
			} else if (!argv[i + 1]) {
				print_options(on);
			} else if (!set_option(0, argv[++i], on)) {
				return -1;
			} else {
				break;
			}
		}
	}
	*consumed = i;
	return 0;
}

static void print_var(struct var *v, void *arg)
{
	if (!v->value)
		return;
	out("%s='", v->name);
	for (const char *s = v->value; *s; s++) {
		if (*s == '\'')
			out("'\\''");
		else
			out_write(s, 1);
	}
	out("'\n");
}

int builtin_set(char **argv)
{
	int n;

	argv++;
	if (!*argv) {
		var_each(print_var, NULL);
		return 0;
	}
	if (set_options(argv, &n) < 0)
		return 2;
	if (argv[n] && strcmp(argv[n], "--") == 0)
		set_args(clone_args(argv + n + 1));
	else if (argv[n])
		set_args(clone_args(argv + n));
	return 0;
}

static void print_time(clock_t ticks, char end)
{
	long hz = sysconf(_SC_CLK_TCK);

	out("%ldm%ld.%03lds%c", (long)ticks / hz / 60, (long)ticks / hz % 60,
	    (long)ticks % hz * 1000 / hz, end);
}

int builtin_times(char **argv)
{
	struct tms t;

	times(&t);
	print_time(t.tms_utime, ' ');
	print_time(t.tms_stime, '\n');
	print_time(t.tms_cutime, ' ');
	print_time(t.tms_cstime, '\n');
	return 0;
}

int builtin_history(char **argv)
{
	for (size_t i = 0; i < history_count(); i++)
		out("%5d  %s\n", (int)i + 1, history_get(i));
	return 0;
}

static const struct builtin table[] = {
	{".", builtin_dot, true},
	{":", builtin_true, true},
	{"[", builtin_test, false},
	{"bg", builtin_bg, false},
	{"break", builtin_break, true},
	{"cd", builtin_cd, false},
	{"command", builtin_command, false},
	{"continue", builtin_continue, true},
	{"echo", builtin_echo, false},
	{"eval", builtin_eval, true},
	{"exec", builtin_exec, true},
	{"exit", builtin_exit, true},
	{"export", builtin_export, true},
	{"false", builtin_false, false},
	{"fg", builtin_fg, false},
	{"getopts", builtin_getopts, false},
	{"history", builtin_history, false},
	{"jobs", builtin_jobs, false},
	{"kill", builtin_kill, false},
	{"local", builtin_local, false},
	{"printf", builtin_printf, false},
	{"pwd", builtin_pwd, false},
	{"read", builtin_read, false},
	{"readonly", builtin_readonly, true},
	{"return", builtin_return, true},
	{"set", builtin_set, true},
	{"shift", builtin_shift, true},
	{"test", builtin_test, false},
	{"times", builtin_times, true},
	{"trap", builtin_trap, true},
	{"true", builtin_true, false},
	{"type", builtin_type, false},
	{"ulimit", builtin_ulimit, false},
	{"umask", builtin_umask, false},
	{"unset", builtin_unset, true},
	{"wait", builtin_wait, false},
};

enum {
	BUILTINS = sizeof(table) / sizeof(table[0])
};

const struct builtin *find_builtin(const char *name)
{
	for (int i = 0; i < BUILTINS; i++) {
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	}
	return NULL;
}

void each_builtin(void (*fn)(const char *name, void *arg), void *arg)
{
	for (int i = 0; i < BUILTINS; i++)
		fn(table[i].name, arg);
}
