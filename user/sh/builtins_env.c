/*
 * Builtins about the shell's surroundings: variables, directories, limits, signals, commands.
 */
#include "user/sh/sh.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- variables ---- */

static void print_flagged(struct var *v, void *arg)
{
	const char *command = arg;
	int flag = command[0] == 'e' ? V_EXPORT : V_READONLY;

	if (!(v->flags & flag))
		return;
	out("%s %s", command, v->name);
	if (v->value) {
		out("='");
		for (const char *s = v->value; *s; s++) {
			if (*s == '\'')
				out("'\\''");
			else
				out_write(s, 1);
		}
		out("'");
	}
	out("\n");
}

static bool valid_name(const char *command, const char *s, size_t n)
{
	bool ok = n > 0 && is_name_start(*s);

	for (size_t i = 0; i < n; i++)
		ok = ok && is_name_char(s[i]);
	if (!ok)
		warn("%s: %s: bad variable name", command, s);
	return ok;
}

/* NAME or NAME=VALUE for each argument. */
static int declare(char **argv, int flags, bool local)
{
	int status = 0;

	for (char **p = argv + 1; *p; p++) {
		size_t n = strcspn(*p, "=");
		char *name = arena_strndup(sh.tmp, *p, n);

		if (!valid_name(argv[0], *p, n)) {
			status = 2;
			continue;
		}
		if (local)
			var_save(sh.locals, name);
		if (local && !(*p)[n])
			continue;
		if (var_set(name, (*p)[n] ? *p + n + 1 : NULL, flags) < 0)
			status = 2;
	}
	return status;
}

static int declare_or_print(char **argv, int flag)
{
	if (!argv[1] || strcmp(argv[1], "-p") == 0) {
		var_each(print_flagged, argv[0]);
		return 0;
	}
	return declare(argv, flag, false);
}

int builtin_export(char **argv)
{
	return declare_or_print(argv, V_EXPORT);
}

int builtin_readonly(char **argv)
{
	return declare_or_print(argv, V_READONLY);
}

int builtin_local(char **argv)
{
	if (!sh.locals) {
		warn("local: not in a function");
		return 1;
	}
	return declare(argv, 0, true);
}

int builtin_unset(char **argv)
{
	bool functions = false;
	int status = 0;

	argv++;
	if (*argv && (strcmp(*argv, "-f") == 0 || strcmp(*argv, "-v") == 0))
		functions = (*argv++)[1] == 'f';
	for (; *argv; argv++) {
		if (functions)
			unset_function(*argv);
		else if (var_unset(*argv) < 0)
			status = 1;
	}
	return status;
}

/* ---- directories ---- */

/* /a/./b/../c -> /a/c, by the text alone. */
static void normalize(char *path)
{
	char *to = path, *s = path;

	while (*s) {
		size_t n;

		s += strspn(s, "/");
		n = strcspn(s, "/");
		if (n == 2 && s[0] == '.' && s[1] == '.') {
			while (to > path && *--to != '/')
				;
		} else if (n > 0 && !(n == 1 && s[0] == '.')) {
			*to++ = '/';
			memmove(to, s, n);
			to += n;
		}
		s += n;
	}
	if (to == path)
		*to++ = '/';
	*to = '\0';
}

static const char *current_directory(void)
{
	static char buf[PATH_MAX];
	const char *pwd = var_get("PWD");
	struct stat a, b;

	if (pwd && *pwd == '/' && stat(pwd, &a) == 0 && stat(".", &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino)
		return pwd;
	return getcwd(buf, sizeof(buf));
}

static int change_directory(const char *dir, bool physical)
{
	const char *old = current_directory();
	char *was = old ? arena_strndup(sh.tmp, old, strlen(old)) : NULL;
	struct sbuf path = {0};
	char buf[PATH_MAX];

	if (*dir != '/' && was)
		sbuf_puts(&path, was);
	sbuf_add(&path, '/');
	sbuf_puts(&path, dir);
	if (was || *dir == '/')
		normalize(path.s);
	if (physical || (!was && *dir != '/') || chdir(path.s) < 0) {
		if (chdir(dir) < 0) {
			warn("cd: can't cd to %s: %s", dir, strerror(errno));
			sbuf_free(&path);
			return 1;
		}
		path.n = 0;
		sbuf_puts(&path, getcwd(buf, sizeof(buf)) ? buf : dir);
	}
	var_set("OLDPWD", was ? was : "", 0);
	var_set("PWD", path.s, V_EXPORT);
	sbuf_free(&path);
	return 0;
}

int builtin_cd(char **argv)
{
	bool physical = false, print = false;
	const char *dir;
	int status;

	for (argv++; *argv && argv[0][0] == '-' && argv[0][1]; argv++) {
		if (strcmp(*argv, "--") == 0) {
			argv++;
			break;
		}
		if (strcmp(*argv, "-P") != 0 && strcmp(*argv, "-L") != 0)
			return usage_error("cd", "[-L | -P] [DIRECTORY]");
		physical = argv[0][1] == 'P';
	}
	dir = *argv ? *argv : var_get("HOME");
	if (dir && strcmp(dir, "-") == 0) {
		dir = var_get("OLDPWD");
		print = true;
	}
	if (!dir) {
		warn("cd: %s not set", *argv ? "OLDPWD" : "HOME");
		return 1;
	}
	status = change_directory(arena_strndup(sh.tmp, dir, strlen(dir)), physical);
	if (print && status == 0)
		out("%s\n", var_get("PWD"));
	return status;
}

int builtin_pwd(char **argv)
{
	char buf[PATH_MAX];
	const char *dir;

	if (argv[1] && strcmp(argv[1], "-L") != 0 && strcmp(argv[1], "-P") != 0)
		return usage_error("pwd", "[-L | -P]");
	dir = argv[1] && argv[1][1] == 'P' ? getcwd(buf, sizeof(buf)) : current_directory();
	if (!dir) {
		warn("pwd: %s", strerror(errno));
		return 1;
	}
	out("%s\n", dir);
	return 0;
}

/* ---- limits and masks ---- */

struct limit {
	char letter;
	int resource;
	int unit; /* bytes, or what the number counts */
	const char *text;
};

static const struct limit limits[] = {
	{'c', RLIMIT_CORE, 512, "core file size (blocks)"},
	{'d', RLIMIT_DATA, 1024, "data seg size (kb)"},
	{'f', RLIMIT_FSIZE, 512, "file size (blocks)"},
	{'l', RLIMIT_MEMLOCK, 1024, "locked memory (kb)"},
	{'m', RLIMIT_RSS, 1024, "resident set (kb)"},
	{'n', RLIMIT_NOFILE, 1, "open files"},
	{'s', RLIMIT_STACK, 1024, "stack size (kb)"},
	{'t', RLIMIT_CPU, 1, "cpu time (seconds)"},
	{'u', RLIMIT_NPROC, 1, "processes"},
	{'v', RLIMIT_AS, 1024, "address space (kb)"},
};

enum {
	LIMITS = sizeof(limits) / sizeof(limits[0])
};

static const char ulimit_usage[] = "[-SH] [-a] [-cdflmnstuv] [LIMIT | unlimited]";

static int show_limit(const struct limit *l, bool hard, bool named)
{
	struct rlimit r;
	rlim_t value;

	if (getrlimit(l->resource, &r) < 0) {
		warn("ulimit: %s", strerror(errno));
		return 1;
	}
	value = hard ? r.rlim_max : r.rlim_cur;
	if (named)
		out("-%c: %-28s ", l->letter, l->text);
	if (value == RLIM_INFINITY)
		out("unlimited\n");
	else
		out("%llu\n", (unsigned long long)value / l->unit);
	return 0;
}

static int change_limit(const struct limit *l, const char *text, bool soft, bool hard)
{
	struct rlimit r;
	rlim_t value = RLIM_INFINITY;
	char *end;

	if (strcmp(text, "unlimited") != 0) {
		unsigned long long n = strtoull(text, &end, 10);

		if (*end || end == text || *text == '-') {
			warn("ulimit: bad number: %s", text);
			return 2;
		}
		value = n * l->unit;
		if (value / l->unit != n) {
			warn("ulimit: number too large: %s", text);
			return 2;
		}
	}
	if (getrlimit(l->resource, &r) == 0) {
		if (soft)
			r.rlim_cur = value;
		if (hard)
			r.rlim_max = value;
		if (setrlimit(l->resource, &r) == 0)
			return 0;
	}
	warn("ulimit: error setting limit: %s", strerror(errno));
	return 1;
}

int builtin_ulimit(char **argv)
{
	const struct limit *l = NULL;
	bool all = false, soft = false, hard = false;

	for (argv++; *argv && argv[0][0] == '-' && argv[0][1]; argv++) {
		for (const char *p = *argv + 1; *p; p++) {
			const struct limit *found = NULL;

			for (int i = 0; i < LIMITS; i++) {
				if (limits[i].letter == *p)
					found = &limits[i];
			}
			if (*p == 'a')
				all = true;
			else if (*p == 'S')
				soft = true;
			else if (*p == 'H')
				hard = true;
			else if (found)
				l = found;
			else
				return usage_error("ulimit", ulimit_usage);
		}
	}
	for (int i = 0; all && i < LIMITS; i++)
		show_limit(&limits[i], hard && !soft, true);
	if (all)
		return 0;
	if (!l)
		l = &limits[2]; /* -f, as POSIX says */
	if (!*argv)
		return show_limit(l, hard && !soft, false);
	return change_limit(l, *argv, soft || !hard, hard || !soft);
}

int builtin_umask(char **argv)
{
	mode_t mask;
	char *end;
	long value;

	if (!argv[1]) {
		mask = umask(0);
		umask(mask);
		out("%04o\n", (unsigned)mask);
		return 0;
	}
	value = strtol(argv[1], &end, 8);
	if (*end || end == argv[1] || value < 0 || value > 0777) {
		warn("umask: bad mask: %s", argv[1]);
		return 2;
	}
	umask(value);
	return 0;
}

/* ---- kill ---- */

static int list_signals(const char *arg)
{
	if (arg) {
		int sig = signal_number(arg);
		long n;

		if (parse_number(arg, &n))
			sig = n & 0x7f;
		if (sig < 0 || !signal_name(sig)) {
			warn("kill: %s: invalid signal", arg);
			return 1;
		}
		if (parse_number(arg, &n))
			out("%s\n", signal_name(sig));
		else
			out("%d\n", sig);
		return 0;
	}
	for (int i = 1; signal_name(i); i++)
		out("%2d) %s\n", i, signal_name(i));
	return 0;
}

static int kill_one(const char *target, int sig)
{
	pid_t pid;
	long n;

	if (*target == '%') {
		if (job_pgid(target, &pid) < 0)
			return 1;
	} else if (parse_number(target, &n)) {
		pid = n;
	} else {
		warn("kill: %s: not a process id", target);
		return 1;
	}
	if (kill(pid, sig) < 0) {
		warn("kill: (%s) - %s", target, strerror(errno));
		return 1;
	}
	if (*target == '%' && (sig == SIGTERM || sig == SIGHUP))
		kill(pid, SIGCONT); /* a stopped job is to see it, too */
	if (*target == '%' && (sig == SIGTERM || sig == SIGHUP || sig == SIGCONT || sig == SIGKILL))
		job_continued(target);
	return 0;
}

int builtin_kill(char **argv)
{
	const char *name = NULL;
	int sig = SIGTERM, status = 0;

	argv++;
	if (*argv && strcmp(*argv, "-l") == 0)
		return list_signals(argv[1]);
	if (*argv && strcmp(*argv, "-s") == 0 && argv[1]) {
		name = argv[1];
		argv += 2;
	} else if (*argv && argv[0][0] == '-' && argv[0][1] && strcmp(*argv, "--") != 0) {
		name = *argv + 1;
		argv++;
	}
	if (*argv && strcmp(*argv, "--") == 0)
		argv++;
	if (name && (sig = signal_number(name)) < 0) {
		warn("kill: %s: invalid signal", name);
		return 1;
	}
	if (!*argv)
		return usage_error("kill", "[-SIGNAL | -s SIGNAL | -l] PID | %JOB ...");
	for (; *argv; argv++)
		status |= kill_one(*argv, sig);
	return status;
}

/* ---- what is a command? ---- */

static bool is_keyword(const char *name)
{
	static const char *const words[] = {"!",    "{",    "}",     "case", "do",  "done",
					    "elif", "else", "esac",  "fi",   "for", "if",
					    "in",   "then", "until", "while"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i], name) == 0)
			return true;
	}
	return false;
}

static int describe(const char *name, bool brief)
{
	const struct builtin *b = find_builtin(name);
	char *path;

	if (is_keyword(name)) {
		out("%s%s\n", name, brief ? "" : " is a shell keyword");
	} else if (find_function(name)) {
		out("%s%s\n", name, brief ? "" : " is a function");
	} else if (b) {
		const char *kind =
			b->special ? " is a special shell builtin" : " is a shell builtin";

		out("%s%s\n", name, brief ? "" : kind);
	} else {
		path = find_command(name);
		if (!path || access(path, X_OK) < 0) {
			if (!brief)
				warn("%s: not found", name);
			return 127;
		}
		if (brief)
			out("%s\n", path);
		else
			out("%s is %s\n", name, path);
	}
	return 0;
}

int builtin_type(char **argv)
{
	int status = 0;

	for (argv++; *argv; argv++)
		status |= describe(*argv, false);
	return status;
}

/* "command NAME" itself is done in exec.c; here come -v and -V. */
int builtin_command(char **argv)
{
	if (!argv[1])
		return 0;
	if ((strcmp(argv[1], "-v") != 0 && strcmp(argv[1], "-V") != 0) || !argv[2])
		return usage_error("command", "[-v | -V] NAME");
	return describe(argv[2], argv[1][1] == 'v');
}
