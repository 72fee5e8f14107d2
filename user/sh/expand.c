/*
 * Word expansion: tilde, $parameters, $(commands), $((arithmetic)), field splitting, file names,
 * quote removal - in POSIX's order.
 *
 * The first four write into a buffer in which each character carries a flag: was it quoted (then
 * it is neither split nor a pattern), or does it come from an expansion (then it may be split)?
 * The fields are cut from that buffer.
 */
#include "user/sh/sh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	F_QUOTED = 1,
	F_SPLIT = 2,
	F_BREAK = 4, /* no character: a field ends here ("$@") */
	F_NULL = 8   /* no character: there is a field, though it may be empty */
};

enum mode {
	M_DOUBLE = 1,  /* inside double quotes */
	M_HEREDOC = 2, /* the same, but " is an ordinary character */
	M_SPLIT = 4,   /* literal text may be split, too: the word in ${x:-word} */
	M_ASSIGN = 8,  /* tildes after each colon */
	M_TILDE = 16   /* at the start of a word */
};

struct expansion {
	char *c;
	unsigned char *f;
	size_t n, cap;
	bool no_args; /* "$@" without arguments was met: no field need come of it */
	bool error;
};

static void expand_text(struct expansion *x, const char *s, const char *end, int mode);

static void put(struct expansion *x, char c, int flags)
{
	if (x->n == x->cap) {
		x->cap = x->cap ? 2 * x->cap : 64;
		x->c = xrealloc(x->c, x->cap);
		x->f = xrealloc(x->f, x->cap);
	}
	x->c[x->n] = c;
	x->f[x->n++] = flags;
}

static void put_value(struct expansion *x, const char *s, int mode)
{
	while (*s)
		put(x, *s++, mode & M_DOUBLE ? F_QUOTED : F_SPLIT);
}

static void fail(struct expansion *x)
{
	x->error = true;
	if (!sh.unwind) {
		sh.unwind = U_ERROR;
		sh.status = 2;
	}
}

static const char *ifs(void)
{
	const char *s = var_get("IFS");

	return s ? s : " \t\n";
}

/* ---- parameters ---- */

static void put_args(struct expansion *x, bool star, int mode)
{
	for (int i = 0; i < sh.nargs; i++) {
		if (i > 0 && star && (mode & M_DOUBLE)) {
			if (*ifs())
				put(x, *ifs(), F_QUOTED);
		} else if (i > 0) {
			put(x, ' ', F_BREAK);
		}
		put_value(x, sh.args[i], mode);
		if ((mode & M_DOUBLE) && !star && !*sh.args[i])
			put(x, 0, F_NULL);
	}
	if (sh.nargs == 0 && !star)
		x->no_args = true;
}

static const char *option_letters(char *buf)
{
	char *p = buf;

	if (sh.errexit)
		*p++ = 'e';
	if (sh.noglob)
		*p++ = 'f';
	if (sh.interactive)
		*p++ = 'i';
	if (sh.monitor)
		*p++ = 'm';
	if (sh.nounset)
		*p++ = 'u';
	if (sh.xtrace)
		*p++ = 'x';
	*p = '\0';
	return buf;
}

/* The value of NAME (not of @ and *); NULL if it is unset. */
static const char *parameter(const char *name)
{
	static char buf[16];
	int i;

	if (is_name_start(*name))
		return var_get(name);
	switch (*name) {
	case '?':
		snprintf(buf, sizeof(buf), "%d", sh.status);
		return buf;
	case '$':
		snprintf(buf, sizeof(buf), "%d", (int)sh.pid);
		return buf;
	case '#':
		snprintf(buf, sizeof(buf), "%d", sh.nargs);
		return buf;
	case '!':
		snprintf(buf, sizeof(buf), "%d", (int)sh.last_async);
		return sh.have_async ? buf : NULL;
	case '-':
		return option_letters(buf);
	default:
		i = atoi(name);
		if (i == 0)
			return sh.name;
		return i <= sh.nargs ? sh.args[i - 1] : NULL;
	}
}

static void unset_error(struct expansion *x, const char *name, const char *message)
{
	warn("%s: %s", name, message && *message ? message : "parameter not set");
	fail(x);
}

static void put_parameter(struct expansion *x, const char *name, int mode)
{
	const char *value;

	if (*name == '@' || *name == '*') {
		put_args(x, *name == '*', mode);
		return;
	}
	value = parameter(name);
	if (value)
		put_value(x, value, mode);
	else if (sh.nounset)
		unset_error(x, name, NULL);
}

/* Text between S and END, expanded to one string that the caller frees. */
static char *expand_part(struct expansion *x, const char *s, const char *end, int mode,
			 bool pattern)
{
	struct expansion sub = {0};
	struct sbuf b = {0};

	expand_text(&sub, s, end, mode);
	x->error |= sub.error;
	for (size_t i = 0; i < sub.n; i++) {
		if (sub.f[i] & F_NULL)
			continue;
		if (pattern &&
		    (sub.c[i] == '\\' || ((sub.f[i] & F_QUOTED) && strchr("*?[]!-^", sub.c[i]))))
			sbuf_add(&b, '\\');
		sbuf_add(&b, sub.c[i]);
	}
	free(sub.c);
	free(sub.f);
	return sbuf_str(&b);
}

/* ${x#pat} ${x##pat} ${x%pat} ${x%%pat}: VALUE without the part that matches. */
static void put_trimmed(struct expansion *x, const char *value, const char *pattern, char op,
			bool longest, int mode)
{
	size_t n = strlen(value), from = 0, to = n;
	char *copy = xstrdup(value);
	bool prefix = op == '#';

	for (size_t i = 0; i <= n; i++) {
		size_t cut = prefix == longest ? n - i : i;
		bool match;

		if (prefix)
			copy[cut] = '\0';
		match = pattern_match(pattern, prefix ? copy : copy + cut);
		copy[cut] = value[cut];
		if (match) {
			from = prefix ? cut : 0;
			to = prefix ? n : cut;
			break;
		}
	}
	copy[to] = '\0';
	put_value(x, copy + from, mode);
	free(copy);
}

static void trim_parameter(struct expansion *x, const char *name, const char *s, const char *end,
			   int mode)
{
	char op = *s++;
	bool longest = s < end && *s == op;
	const char *value = parameter(name);
	char *pattern;

	if (longest)
		s++;
	if (!value) {
		if (sh.nounset)
			unset_error(x, name, NULL);
		return;
	}
	pattern = expand_part(x, s, end, M_TILDE, true);
	put_trimmed(x, value, pattern, op, longest, mode);
	free(pattern);
}

static void assign_parameter(struct expansion *x, const char *name, const char *s, const char *end,
			     int mode)
{
	char *value;

	if (!is_name_start(*name)) {
		unset_error(x, name, "cannot be assigned to");
		return;
	}
	value = expand_part(x, s, end, M_TILDE | (mode & M_DOUBLE), false);
	if (var_set(name, value, 0) < 0)
		fail(x);
	put_value(x, value, mode);
	free(value);
}

/* ${name-word} and its kin; S stands on the operator. */
static void conditional_parameter(struct expansion *x, const char *name, const char *s,
				  const char *end, int mode)
{
	bool colon = *s == ':';
	char op = s[colon];
	bool args = *name == '@' || *name == '*';
	const char *value = args ? (sh.nargs ? "x" : NULL) : parameter(name);
	bool set = value && (!colon || *value);
	int word_mode = M_TILDE | (mode & (M_DOUBLE | M_HEREDOC)) | (mode & M_DOUBLE ? 0 : M_SPLIT);

	s += colon + 1;
	if (op == '+') {
		if (set)
			expand_text(x, s, end, word_mode);
	} else if (set) {
		put_parameter(x, name, mode);
	} else if (op == '-') {
		expand_text(x, s, end, word_mode);
	} else if (op == '=') {
		assign_parameter(x, name, s, end, mode);
	} else {
		char *message = expand_part(x, s, end, M_TILDE, false);

		unset_error(x, name, message);
		free(message);
	}
}

static void put_length(struct expansion *x, const char *name, int mode)
{
	const char *value = parameter(name);
	char buf[16];

	if (!value && sh.nounset)
		unset_error(x, name, NULL);
	snprintf(buf, sizeof(buf), "%d", value ? (int)strlen(value) : 0);
	put_value(x, buf, mode);
}

static const char *name_end(const char *s)
{
	if (is_name_start(*s)) {
		while (is_name_char(*s))
			s++;
	} else if (*s >= '0' && *s <= '9') {
		while (*s >= '0' && *s <= '9')
			s++;
	} else if (*s && strchr("@*#?-$!", *s)) {
		s++;
	}
	return s;
}

/* S stands behind "${", END on its "}". */
static void braced_parameter(struct expansion *x, const char *s, const char *end, int mode)
{
	bool length = *s == '#' && s + 1 < end && name_end(s + 1) == end;
	const char *e = name_end(s += length);
	char *name = arena_strndup(sh.tmp, s, e - s);

	if (length)
		put_length(x, name, mode);
	else if (e > s && e == end)
		put_parameter(x, name, mode);
	else if (e > s && (*e == '#' || *e == '%'))
		trim_parameter(x, name, e, end, mode);
	else if (e > s && (strchr("-=?+", *e) || (*e == ':' && strchr("-=?+", e[1]))))
		conditional_parameter(x, name, e, end, mode);
	else
		unset_error(x, arena_strndup(sh.tmp, s, end - s), "bad substitution");
}

/* ---- things in $( ), $(( )) and ` ` ---- */

/* Where the construct ends that opened before S, which WAY skips; NULL after a message. */
static const char *find_end(struct expansion *x, const char *s, bool (*way)(struct parser *p),
			    int mode)
{
	struct input in;
	struct parser p;
	bool ok;

	input_string(&in, s);
	parser_init(&p, &in, arena_new());
	p.dquoted = mode & M_DOUBLE;
	ok = way(&p);
	s += in.pos;
	arena_put(p.arena);
	input_free(&in);
	if (!ok)
		fail(x);
	return ok ? s : NULL;
}

static bool skip_substitution(struct parser *p)
{
	p->dquoted = false;
	parse_substitution(p);
	return !p->error;
}

static void put_output(struct expansion *x, const char *text, int mode)
{
	struct sbuf output = {0};

	command_output(text, &output);
	put_value(x, sbuf_str(&output), mode);
	sbuf_free(&output);
}

static void put_arith(struct expansion *x, const char *s, const char *end, int mode)
{
	char *text = expand_part(x, s, end, M_DOUBLE | M_HEREDOC, false);
	long long value = 0;
	char buf[24];

	if (!x->error && !arith_eval(text, &value))
		fail(x);
	snprintf(buf, sizeof(buf), "%lld", value);
	if (!x->error)
		put_value(x, buf, mode);
	free(text);
}

/* S stands behind the backquote. */
static const char *backquoted(struct expansion *x, const char *s, int mode)
{
	struct sbuf text = {0};

	for (; *s && *s != '`'; s++) {
		if (*s == '\\' && s[1] &&
		    (strchr("$`\\", s[1]) || (s[1] == '"' && (mode & M_DOUBLE))))
			s++;
		sbuf_add(&text, *s);
	}
	put_output(x, sbuf_str(&text), mode);
	sbuf_free(&text);
	return *s ? s + 1 : s;
}

/* S stands behind the dollar sign; the text that follows the expansion is returned. */
static const char *dollar(struct expansion *x, const char *s, int mode)
{
	const char *end;

	if (s[0] == '(' && s[1] == '(') {
		end = find_end(x, s + 2, lex_skip_arith, 0);
		if (end)
			put_arith(x, s + 2, end - 2, mode);
		return end;
	}
	if (*s == '(') {
		end = find_end(x, s + 1, skip_substitution, 0);
		if (end)
			put_output(x, arena_strndup(sh.tmp, s + 1, end - 1 - (s + 1)), mode);
		return end;
	}
	if (*s == '{') {
		/* the # of ${#x} and ${##} must not be taken for more than a character */
		end = find_end(x, s + 1, lex_skip_brace, mode);
		if (end)
			braced_parameter(x, s + 1, end - 1, mode);
		return end;
	}
	end = name_end(s);
	if (*s >= '0' && *s <= '9') /* $12 is ${1}2 */
		end = s + 1;
	if (end == s)
		put(x, '$', mode & M_DOUBLE ? F_QUOTED : 0);
	else
		put_parameter(x, arena_strndup(sh.tmp, s, end - s), mode);
	return end;
}

/* ---- the text of a word ---- */

static const char *tilde(struct expansion *x, const char *s, const char *end, int mode)
{
	const char *home = var_get("HOME");
	const char *e = s + 1;

	if (home && (e == end || *e == '/' || (*e == ':' && (mode & M_ASSIGN)))) {
		while (*home)
			put(x, *home++, F_QUOTED);
		return e;
	}
	put(x, *s, 0);
	return e;
}

static const char *backslash(struct expansion *x, const char *s, const char *end, int mode)
{
	const char *special = mode & M_HEREDOC ? "$`\\\n" : "$`\\\"\n";

	if (s + 1 >= end) {
		put(x, '\\', F_QUOTED);
		return s + 1;
	}
	if ((mode & M_DOUBLE) && !strchr(special, s[1])) {
		put(x, '\\', F_QUOTED);
		return s + 1;
	}
	if (s[1] != '\n')
		put(x, s[1], F_QUOTED);
	return s + 2;
}

static const char *single_quoted(struct expansion *x, const char *s, const char *end)
{
	put(x, 0, F_NULL);
	for (s++; s < end && *s != '\''; s++)
		put(x, *s, F_QUOTED);
	return s < end ? s + 1 : s;
}

static void expand_text(struct expansion *x, const char *s, const char *end, int mode)
{
	size_t opened = 0;

	if (s < end && *s == '~' && (mode & M_TILDE) && !(mode & M_DOUBLE))
		s = tilde(x, s, end, mode);
	while (s && s < end && !x->error && !sh.unwind) {
		if (*s == '\\') {
			s = backslash(x, s, end, mode);
		} else if (*s == '$') {
			s = dollar(x, s + 1, mode);
		} else if (*s == '`') {
			s = backquoted(x, s + 1, mode);
		} else if (*s == '"' && !(mode & M_HEREDOC)) {
			mode ^= M_DOUBLE;
			if (mode & M_DOUBLE)
				x->no_args = false;
			else if (x->n == opened && !x->no_args)
				put(x, 0, F_NULL);
			opened = x->n;
			s++;
		} else if (*s == '\'' && !(mode & M_DOUBLE)) {
			s = single_quoted(x, s, end);
		} else {
			bool colon = *s == ':' && (mode & M_ASSIGN);
			int flags = mode & M_DOUBLE ? F_QUOTED : mode & M_SPLIT ? F_SPLIT : 0;

			put(x, *s++, flags);
			if (colon && s < end && *s == '~')
				s = tilde(x, s, end, mode);
		}
	}
}

/* ---- fields ---- */

struct fields {
	struct strlist *result;
	struct sbuf text; /* as a pattern: quoted characters escaped */
	bool exists, glob, after_blank;
};

static void end_field(struct fields *f)
{
	char *pattern = arena_strndup(sh.tmp, sbuf_str(&f->text), f->text.n);

	if (f->glob && !sh.noglob)
		glob_add(pattern, f->result);
	else
		list_add(f->result, unescape_pattern(pattern));
	f->text.n = 0;
	f->exists = f->glob = false;
}

static void field_char(struct fields *f, char c, int flags, const char *separators)
{
	if (flags & F_BREAK) {
		if (f->exists)
			end_field(f);
	} else if (flags & F_NULL) {
		f->exists = true;
	} else if ((flags & F_SPLIT) && strchr(separators, c)) {
		bool blank = strchr(" \t\n", c) != NULL;

		if (blank ? f->exists : !f->after_blank)
			end_field(f), f->after_blank = blank;
		else if (!blank)
			f->after_blank = false;
		return;
	} else {
		if (c == '\\' || ((flags & F_QUOTED) && strchr("*?[]!-^", c)))
			sbuf_add(&f->text, '\\');
		else if (!(flags & F_QUOTED) && strchr("*?[", c))
			f->glob = true;
		sbuf_add(&f->text, c);
		f->exists = true;
	}
	f->after_blank = false;
}

/* Expand the words W to fields, which are added to RESULT. 0, or -1 after a message. */
int expand_words(struct word *w, struct strlist *result)
{
	bool error = false;

	for (; w && !error && !sh.unwind; w = w->next) {
		struct expansion x = {0};
		struct fields f = {.result = result};
		const char *separators;

		expand_text(&x, w->text, w->text + strlen(w->text), M_TILDE);
		separators = ifs();
		for (size_t i = 0; i < x.n && !x.error; i++)
			field_char(&f, x.c[i], x.f[i], separators);
		if (f.exists && !x.error)
			end_field(&f);
		error = x.error;
		sbuf_free(&f.text);
		free(x.c);
		free(x.f);
	}
	return error || sh.unwind ? -1 : 0;
}

static char *expand_one(const char *raw, int mode, bool pattern)
{
	struct expansion x = {0};
	char *s = expand_part(&x, raw, raw + strlen(raw), mode, pattern);
	char *copy = arena_strndup(sh.tmp, s, strlen(s));

	free(s);
	return x.error || sh.unwind ? NULL : copy;
}

char *expand_string(const char *raw)
{
	return expand_one(raw, M_TILDE | M_ASSIGN, false);
}

char *expand_heredoc(const char *raw)
{
	return expand_one(raw, M_DOUBLE | M_HEREDOC, false);
}

char *expand_pattern(const char *raw)
{
	return expand_one(raw, M_TILDE, true);
}

char *unquote(const char *raw)
{
	char *result = arena_strndup(sh.tmp, raw, strlen(raw));
	char *to = result;
	char quote = 0;

	for (; *raw; raw++) {
		if (*raw == quote)
			quote = 0;
		else if (!quote && (*raw == '"' || *raw == '\''))
			quote = *raw;
		else if (*raw == '\\' && raw[1] && quote != '\'')
			*to++ = *++raw;
		else
			*to++ = *raw;
	}
	*to = '\0';
	return result;
}
