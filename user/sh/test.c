/*
 * test and [: expressions about files, strings and numbers.
 */
#include "user/sh/sh.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct test {
	char **arg; /* the next one */
	char **end;
	bool error;
};

static bool or_expression(struct test *t);

static bool fail(struct test *t, const char *what, const char *message)
{
	if (!t->error)
		warn("test: %s: %s", what, message);
	t->error = true;
	return false;
}

static long number(struct test *t, const char *s)
{
	long n = 0;

	while (*s == ' ' || *s == '\t')
		s++;
	if (!parse_number(s, &n))
		fail(t, s, "bad number");
	return n;
}

static bool is_unary(const char *s)
{
	return s[0] == '-' && s[1] && !s[2] && strchr("bcdefghknoprstuwxzGLNOS", s[1]);
}

static bool is_binary(const char *s)
{
	static const char *const ops[] = {"=",	 "==",	"!=",  "<",   ">",   "-eq", "-ne",
					  "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"};

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (strcmp(ops[i], s) == 0)
			return true;
	}
	return false;
}

static bool file_test(char op, const char *path)
{
	struct stat st;
	bool link = op == 'L' || op == 'h';

	if ((link ? lstat(path, &st) : stat(path, &st)) < 0)
		return false;
	switch (op) {
	case 'b':
		return S_ISBLK(st.st_mode);
	case 'c':
		return S_ISCHR(st.st_mode);
	case 'd':
		return S_ISDIR(st.st_mode);
	case 'f':
		return S_ISREG(st.st_mode);
	case 'p':
		return S_ISFIFO(st.st_mode);
	case 'S':
		return S_ISSOCK(st.st_mode);
	case 'L':
	case 'h':
		return S_ISLNK(st.st_mode);
	case 's':
		return st.st_size > 0;
	case 'r':
		return access(path, R_OK) == 0;
	case 'w':
		return access(path, W_OK) == 0;
	case 'x':
		return access(path, X_OK) == 0;
	case 'u':
		return st.st_mode & S_ISUID;
	case 'g':
		return st.st_mode & S_ISGID;
	case 'k':
		return st.st_mode & S_ISVTX;
	case 'O':
		return st.st_uid == geteuid();
	case 'G':
		return st.st_gid == getegid();
	case 'N':
		return st.st_mtime > st.st_atime;
	default:
		return true; /* -e */
	}
}

static bool unary(struct test *t, char op, const char *arg)
{
	if (op == 'n')
		return *arg != '\0';
	if (op == 'z')
		return *arg == '\0';
	if (op == 't')
		return isatty(number(t, arg));
	return file_test(op, arg);
}

static bool newer(const char *a, const char *b)
{
	struct stat sa, sb;

	if (stat(a, &sa) < 0)
		return false;
	if (stat(b, &sb) < 0)
		return true;
	if (sa.st_mtim.tv_sec != sb.st_mtim.tv_sec)
		return sa.st_mtim.tv_sec > sb.st_mtim.tv_sec;
	return sa.st_mtim.tv_nsec > sb.st_mtim.tv_nsec;
}

static bool same_file(const char *a, const char *b)
{
	struct stat sa, sb;

	return stat(a, &sa) == 0 && stat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
	       sa.st_ino == sb.st_ino;
}

static bool binary(struct test *t, const char *a, const char *op, const char *b)
{
	long x, y;

	if (op[0] != '-') {
		int order = strcmp(a, b);

		return *op == '='   ? order == 0
		       : *op == '!' ? order != 0
		       : *op == '<' ? order < 0
				    : order > 0;
	}
	if (strcmp(op, "-nt") == 0)
		return newer(a, b);
	if (strcmp(op, "-ot") == 0)
		return newer(b, a);
	if (strcmp(op, "-ef") == 0)
		return same_file(a, b);
	x = number(t, a);
	y = number(t, b);
	switch (op[1] << 8 | op[2]) {
	case 'e' << 8 | 'q':
		return x == y;
	case 'n' << 8 | 'e':
		return x != y;
	case 'l' << 8 | 't':
		return x < y;
	case 'l' << 8 | 'e':
		return x <= y;
	case 'g' << 8 | 't':
		return x > y;
	default:
		return x >= y;
	}
}

static bool primary(struct test *t)
{
	char **a = t->arg;
	long left = t->end - a;
	bool result;

	if (left <= 0)
		return fail(t, "argument", "expected");
	if (left >= 3 && is_binary(a[1])) {
		t->arg += 3;
		return binary(t, a[0], a[1], a[2]);
	}
	if (left >= 2 && strcmp(a[0], "!") == 0) {
		t->arg++;
		return !primary(t);
	}
	if (left >= 2 && strcmp(a[0], "(") == 0) {
		t->arg++;
		result = or_expression(t);
		if (t->arg >= t->end || strcmp(*t->arg, ")") != 0)
			return fail(t, "closing paren", "expected");
		t->arg++;
		return result;
	}
	if (left >= 2 && is_unary(a[0])) {
		t->arg += 2;
		return unary(t, a[0][1], a[1]);
	}
	t->arg++;
	return *a[0] != '\0';
}

static bool and_expression(struct test *t)
{
	bool result = primary(t);

	while (!t->error && t->arg < t->end && strcmp(*t->arg, "-a") == 0) {
		t->arg++;
		result = primary(t) && result;
	}
	return result;
}

static bool or_expression(struct test *t)
{
	bool result = and_expression(t);

	while (!t->error && t->arg < t->end && strcmp(*t->arg, "-o") == 0) {
		t->arg++;
		result = and_expression(t) || result;
	}
	return result;
}

int builtin_test(char **argv)
{
	struct test t = {.arg = argv + 1};
	bool result;

	for (t.end = t.arg; *t.end; t.end++)
		;
	if (strcmp(argv[0], "[") == 0) {
		if (t.end == t.arg || strcmp(t.end[-1], "]") != 0) {
			warn("[: missing ]");
			return 2;
		}
		t.end--;
	}
	if (t.arg == t.end)
		return 1;
	result = or_expression(&t);
	if (!t.error && t.arg < t.end)
		fail(&t, *t.arg, "unexpected operator");
	return t.error ? 2 : !result;
}
