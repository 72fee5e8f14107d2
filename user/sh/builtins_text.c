/*
 * Builtins that print and read: echo, printf, read, getopts.
 */
#include "user/sh/sh.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static const char *numeric_escape(const char *s, int base, int digits)
{
	int value = 0;

	for (; digits > 0; digits--, s++) {
		int d = hex_digit(*s);

		if (d < 0 || d >= base)
			break;
		value = value * base + d;
	}
	out_write((char[]){value}, 1);
	return s;
}

/* S stands behind a backslash. NULL: \c, nothing more is to be printed. */
static const char *escape(const char *s, bool octal_needs_zero)
{
	static const char from[] = "abefnrtv\\", to[] = "\a\b\033\f\n\r\t\v\\";
	const char *p = *s ? strchr(from, *s) : NULL;

	if (p) {
		out_write(&to[p - from], 1);
		return s + 1;
	}
	if (*s == 'c')
		return NULL;
	if (*s == '0' && octal_needs_zero)
		return numeric_escape(s + 1, 8, 3);
	if (*s >= '0' && *s <= '7' && !octal_needs_zero)
		return numeric_escape(s, 8, 3);
	if (*s == 'x' && hex_digit(s[1]) >= 0)
		return numeric_escape(s + 1, 16, 2);
	out_write("\\", 1);
	return s;
}

/* S with its escapes; false after \c. */
static bool out_escaped(const char *s)
{
	while (*s) {
		if (*s != '\\') {
			out_write(s++, 1);
			continue;
		}
		s = escape(s + 1, true);
		if (!s)
			return false;
	}
	return true;
}

int builtin_echo(char **argv)
{
	bool newline = true, escapes = false;

	for (argv++; *argv && argv[0][0] == '-' && argv[0][1]; argv++) {
		if (argv[0][1 + strspn(*argv + 1, "neE")])
			break;
		for (const char *p = *argv + 1; *p; p++) {
			if (*p == 'n')
				newline = false;
			else
				escapes = *p == 'e';
		}
	}
	for (; *argv; argv++) {
		if (!escapes)
			out("%s", *argv);
		else if (!out_escaped(*argv))
			return 0;
		if (argv[1])
			out(" ");
	}
	if (newline)
		out("\n");
	return 0;
}

/* ---- printf ---- */

struct printf_state {
	char **args;
	bool used; /* a conversion took an argument */
	int status;
};

static const char *next_arg(struct printf_state *st)
{
	if (!*st->args)
		return NULL;
	st->used = true;
	return *st->args++;
}

static long long number_arg(struct printf_state *st)
{
	const char *s = next_arg(st);
	long long value;
	char *end;

	if (!s || !*s)
		return 0;
	if (*s == '\'' || *s == '"')
		return (unsigned char)s[1];
	errno = 0;
	value = *s == '-' ? strtoll(s, &end, 0) : (long long)strtoull(s, &end, 0);
	if (*end || errno) {
		warn("printf: %s: %s", s, errno ? strerror(errno) : "not a number");
		st->status = 1;
	}
	return value;
}

/* One conversion; S stands behind "%". The text behind it, or NULL: stop. */
static const char *conversion(struct printf_state *st, const char *s)
{
	char spec[32] = "%";
	size_t n = 1;
	const char *arg;

	while (*s && strchr("-+ #0123456789.*", *s) && n < sizeof(spec) - 12) {
		if (*s == '*') {
			n += snprintf(spec + n, 12, "%d", (int)number_arg(st));
			s++;
		} else {
			spec[n++] = *s++;
		}
	}
	switch (*s) {
	case '%':
		out("%%");
		break;
	case 'c':
		arg = next_arg(st);
		if (arg && *arg)
			out_write(arg, 1);
		break;
	case 'b':
		arg = next_arg(st);
		if (arg && !out_escaped(arg))
			return NULL;
		break;
	case 's':
		arg = next_arg(st);
		strcpy(spec + n, "s");
		out(spec, arg ? arg : "");
		break;
	case 'd':
	case 'i':
	case 'o':
	case 'u':
	case 'x':
	case 'X':
		snprintf(spec + n, sizeof(spec) - n, "ll%c", *s);
		out(spec, number_arg(st));
		break;
	default:
		warn("printf: %%%c: invalid directive", *s ? *s : ' ');
		st->status = 1;
		return NULL;
	}
	return s + 1;
}

/* The format once; false: stop. */
static bool print_format(struct printf_state *st, const char *s)
{
	while (s && *s) {
		if (*s == '\\') {
			s = escape(s + 1, false);
		} else if (*s == '%') {
			s = conversion(st, s + 1);
		} else {
			out_write(s++, 1);
		}
	}
	return s != NULL;
}

int builtin_printf(char **argv)
{
	struct printf_state st = {0};
	const char *format = argv[1];

	if (format && strcmp(format, "--") == 0)
		format = *++argv ? argv[1] : NULL;
	if (!format)
		return usage_error("printf", "FORMAT [ARGUMENT ...]");
	st.args = argv + 2;
	do {
		st.used = false;
		if (!print_format(&st, format))
			break;
	} while (*st.args && st.used);
	return st.status;
}

/* ---- read ---- */

/* A line from standard input, byte by byte. 0; 1 at the end of the input; 128+n after ^C. */
static int read_line(struct sbuf *line, struct sbuf *quoted, bool raw)
{
	bool escaped = false;

	for (;;) {
		char c;
		ssize_t n = read(STDIN_FILENO, &c, 1);

		if (n < 0 && errno == EINTR && (got_interrupt || pending_trap()))
			return 128 + (got_interrupt ? SIGINT : pending_trap());
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 1;
		if (!escaped && c == '\\' && !raw) {
			escaped = true;
			continue;
		}
		if (c == '\n' && !escaped)
			return 0;
		if (c && !(c == '\n' && escaped)) {
			sbuf_add(line, c);
			sbuf_add(quoted, escaped ? 'q' : ' ');
		}
		escaped = false;
	}
}

/* Fields of the line go to the variables; the last one takes the rest. */
static int assign_fields(char **names, char *s, const char *q)
{
	const char *ifs = var_get("IFS") ? var_get("IFS") : " \t\n";
	int status = 0;

	for (; *names; names++) {
		char *start, *end;

		while (*s && *q == ' ' && strchr(ifs, *s) && strchr(" \t\n", *s))
			s++, q++;
		start = s;
		if (names[1]) {
			while (*s && !(*q == ' ' && strchr(ifs, *s)))
				s++, q++;
			end = s;
			while (*s && *q == ' ' && strchr(ifs, *s) && strchr(" \t\n", *s))
				s++, q++;
			if (*s && *q == ' ' && strchr(ifs, *s))
				s++, q++;
		} else {
			end = s + strlen(s);
			while (end > start && q[end - start - 1] == ' ' && strchr(ifs, end[-1]) &&
			       strchr(" \t\n", end[-1]))
				end--;
			s += strlen(s);
		}
		if (var_set(*names, arena_strndup(sh.tmp, start, end - start), 0) < 0)
			status = 1;
	}
	return status;
}

int builtin_read(char **argv)
{
	static char *reply[] = {"REPLY", NULL};
	struct sbuf line = {0}, quoted = {0};
	bool raw = false;
	int status;

	for (argv++; *argv && argv[0][0] == '-' && argv[0][1]; argv++) {
		if (strcmp(*argv, "--") == 0) {
			argv++;
			break;
		}
		if (strcmp(*argv, "-r") == 0) {
			raw = true;
		} else if (strcmp(*argv, "-p") == 0 && argv[1]) {
			argv++;
			write_all(STDERR_FILENO, *argv, strlen(*argv));
		} else {
			return usage_error("read", "[-r] [-p PROMPT] [NAME ...]");
		}
	}
	status = read_line(&line, &quoted, raw);
	if (status <= 1) {
		sbuf_str(&quoted);
		if (assign_fields(*argv ? argv : reply, sbuf_str(&line), quoted.s))
			status = 2;
	}
	sbuf_free(&line);
	sbuf_free(&quoted);
	return status;
}

/* ---- getopts ---- */

static int next_option(const char *spec, const char *name, char **args, long index)
{
	static int at = 1; /* position within the word */
	static long last;
	const char *word = args[index - 1], *known;
	char letter[2] = {0};
	char number[16];

	if (index != last)
		at = 1;
	if (!word || word[0] != '-' || !word[1] || strcmp(word, "--") == 0) {
		if (word && strcmp(word, "--") == 0)
			index++;
		letter[0] = '?';
		at = -1;
	} else {
		letter[0] = word[at++];
		known = letter[0] == ':' ? NULL : strchr(spec, letter[0]);
		var_unset("OPTARG");
		if (!known) {
			if (*spec == ':')
				var_set("OPTARG", letter, 0);
			else
				warn("illegal option -%s", letter);
			letter[0] = '?';
		} else if (known[1] == ':') {
			const char *arg = word[at] ? word + at : args[index++];

			at = 1;
			if (arg) {
				var_set("OPTARG", arg, 0);
			} else if (*spec == ':') {
				var_set("OPTARG", letter, 0);
				letter[0] = ':';
			} else {
				warn("no argument for -%s option", letter);
				letter[0] = '?';
			}
			index++;
			word = "";
		}
		if (*word && !word[at]) {
			at = 1;
			index++;
		}
	}
	last = index;
	snprintf(number, sizeof(number), "%ld", index);
	var_set("OPTIND", number, 0);
	var_set(name, letter, 0);
	if (at > 0)
		return 0;
	at = 1;
	return 1;
}

int builtin_getopts(char **argv)
{
	const char *text = var_get("OPTIND");
	long index = 1, n = 0;
	char **args;

	if (!argv[1] || !argv[2])
		return usage_error("getopts", "OPTIONS NAME [ARG ...]");
	args = argv[3] ? argv + 3 : sh.args;
	while (args[n])
		n++;
	if (!text || !parse_number(text, &index) || index < 1)
		index = 1;
	if (index > n)
		index = n + 1;
	return next_option(argv[1], argv[2], args, index);
}
