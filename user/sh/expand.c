/*
 * Words: from what was typed to the arguments of a program.
 *
 * A word is first expanded into characters, each with a mark that says where it comes from; the
 * marks then tell where fields end and what is a pattern.
 */
#include "user/sh/sh.h"

#include <glob.h>

enum origin {
	TYPED = 't',
	QUOTED = 'q',
	EXPANDED = 'x', /* blanks in it end a field */
	THERE = '0'	/* not a character, but its field is there even if it is empty: '' */
};

struct expansion {
	struct buf text, origin;
};

/* Characters with a meaning outside of double quotes, and within. */
static const char unquoted[] = "\\\"$`'", quoted[] = "\\\"$`";

static void expand(struct expansion *e, const char *s, const char *end, const char *specials);

static void put(struct expansion *e, const char *s, size_t n, enum origin o)
{
	char mark = o;

	for (add(&e->text, s, n); n > 0; n--)
		add(&e->origin, &mark, 1);
}

static void put_expanded(struct expansion *e, const char *s, const char *specials)
{
	put(e, s, strlen(s), specials == unquoted ? EXPANDED : QUOTED);
}

/* The characters from FROM to TO; as a PATTERN: what was quoted stands behind backslashes. */
static char *characters(struct expansion *e, size_t from, size_t to, bool pattern)
{
	struct buf b = {0};

	for (; from < to; from++) {
		if (pattern && e->origin.s[from] == QUOTED)
			add(&b, "\\", 1);
		if (e->origin.s[from] != THERE)
			add(&b, e->text.s + from, 1);
	}
	return text(&b);
}

static void fail(const char *what, size_t n, const char *why)
{
	complain("%.*s: %s", (int)n, what, why);
	sh.failed = true;
	sh.status = 2;
}

/* ---- what stands behind $ ---- */

/* What the commands print, without the last newlines. */
static void put_output(struct expansion *e, const char *commands, const char *specials)
{
	struct job *j = new_job("", false);
	int ends[2] = {-1, -1};
	pid_t pid = pipe(ends) < 0 ? -1 : job_fork(j);
	size_t start = e->text.n;
	char data[512];
	ssize_t n;

	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		_exit(run_text(commands, true));
	}
	close(ends[1]);
	while ((n = read(ends[0], data, sizeof(data) - 1)) > 0) {
		data[n] = '\0';
		put_expanded(e, data, specials);
	}
	close(ends[0]);
	while (e->text.n > start && e->text.s[e->text.n - 1] == '\n')
		e->origin.n = --e->text.n;
	sh.status = job_wait(j);
}

/* The length of the parameter's name at S: a variable's, a digit or a sign. */
static size_t parameter_length(const char *s)
{
	size_t n = name_length(s);

	return n ? n : *s && strchr("0123456789?$!", *s);
}

static void put_parameter(struct expansion *e, const char *name, size_t n, const char *specials)
{
	int number = *name == '?' ? sh.status : *name == '$' ? sh.pid : sh.last_async;
	char digits[24] = "";
	const char *value = digits;

	if (name_length(name))
		value = value_of(get_string(name, n));
	else if (isdigit((unsigned char)*name))
		value = *name - '0' < sh.nargs ? sh.args[*name - '0'] : NULL;
	else if (*name != '!' || number)
		snprintf(digits, sizeof(digits), "%d", number);
	if (value)
		put_expanded(e, value, specials);
}

/* ---- $((...)): + - * / % and parentheses, on 64 bits ---- */

static const char *at; /* in the expression; NULL: it is none */

static long long sum(int level);

static long long operand(void)
{
	const char *start = at += strspn(at, " \t");
	size_t n = name_length(start);
	long long value;
	char *end;

	at++;
	if (*start == '-')
		return -operand();
	if (*start == '(') {
		value = sum(0);
		at = at && *at == ')' ? at + 1 : NULL;
	} else {
		const char *digits = n ? value_of(get_string(start, n)) : start;

		value = strtoll(digits ? digits : "0", &end, 0);
		at = n ? start + n : end > start ? end : NULL;
	}
	if (at)
		at += strspn(at, " \t");
	return value;
}

/* LEVEL 0: a sum, 1: a product, 2: an operand. */
static long long sum(int level)
{
	static const char *const operators[] = {"+-", "*/%"};
	long long value, right;

	if (level == 2)
		return operand();
	value = sum(level + 1);
	while (at && *at && strchr(operators[level], *at)) {
		char op = *at++;

		right = sum(level + 1);
		if (op == '+' || op == '-')
			value += op == '+' ? right : -right;
		else if (op == '*')
			value *= right;
		else if (right != 0)
			value = op == '/' ? value / right : value % right;
		else
			at = NULL;
	}
	return value;
}

static void put_sum(struct expansion *e, const char *s, const char *end, const char *specials)
{
	struct expansion expression = {0};
	char number[24];

	expand(&expression, s, end, quoted);
	at = characters(&expression, 0, expression.text.n, false);
	snprintf(number, sizeof(number), "%lld", sum(0));
	if (at && !*at)
		put_expanded(e, number, specials);
	else
		fail(s, end - s, "not a sum of whole numbers");
}

/* S behind $, END behind the parenthesis or brace if there is one; behind what was expanded. */
static const char *put_dollar(struct expansion *e, const char *s, const char *end,
			      const char *specials)
{
	size_t n = parameter_length(s);

	if (*s == '{') {
		n = parameter_length(s + 1);
		if (n == 0 || s[n + 1] != '}')
			fail(s, end - s, "this shell has only ${name}");
		else
			put_parameter(e, s + 1, n, specials);
		return end;
	}
	if (s[0] == '(' && s[1] == '(')
		put_sum(e, s + 2, end - 2, specials);
	else if (*s == '(')
		put_output(e, get_string(s + 1, end - s - 2), specials);
	else if (n > 0)
		put_parameter(e, s, n, specials);
	else
		put(e, "$", 1, QUOTED);
	return end + n;
}

static void put_escaped(struct expansion *e, const char *s, const char *specials)
{
	if (specials != unquoted && !strchr(specials, s[1]) && s[1] != '\n')
		put(e, s, 1, QUOTED);
	if (s[1] != '\n')
		put(e, s + 1, 1, QUOTED);
}

static void expand(struct expansion *e, const char *s, const char *end, const char *specials)
{
	while (s < end && !sh.failed) {
		const char *part = s;

		s = strchr(specials, *part) ? skip_part(part, specials != unquoted) : NULL;
		if (!s) {
			put(e, part, 1, specials == unquoted ? TYPED : QUOTED);
			s = part + 1;
		} else if (*part == '\\') {
			put_escaped(e, part, specials);
		} else if (*part == '\'') {
			put(e, part + 1, s - part - 2, QUOTED);
			put(e, "", 1, THERE);
		} else if (*part == '"') {
			expand(e, part + 1, s - 1, quoted);
			put(e, "", 1, THERE);
		} else if (*part == '`') {
			put_output(e, get_string(part + 1, s - part - 2), specials);
		} else {
			s = put_dollar(e, part + 1, s, specials);
		}
	}
}

static struct expansion expand_word(const char *s)
{
	struct expansion e = {0};
	const char *home = value_of("HOME");

	if (*s == '~' && home && (!s[1] || s[1] == '/')) {
		put(&e, home, strlen(home), QUOTED);
		s++;
	}
	expand(&e, s, s + strlen(s), unquoted);
	return e;
}

/* A field: itself, or the files that it matches. */
static void add_field(struct expansion *e, size_t from, size_t to, struct list *result)
{
	bool pattern = false;
	glob_t found;

	for (size_t i = from; i < to; i++)
		pattern |= e->origin.s[i] != QUOTED && e->text.s[i] && strchr("*?[", e->text.s[i]);
	if (!pattern || glob(characters(e, from, to, true), 0, NULL, &found) != 0) {
		list_add(result, characters(e, from, to, false));
		return;
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		list_add(result, get_string(found.gl_pathv[i], strlen(found.gl_pathv[i])));
	globfree(&found);
}

static void split(struct expansion *e, struct list *result)
{
	size_t from = 0, i;

	for (i = 0; i < e->text.n; i++) {
		if (e->origin.s[i] != EXPANDED || !strchr(" \t\n", e->text.s[i]))
			continue;
		if (i > from)
			add_field(e, from, i, result);
		from = i + 1;
	}
	if (i > from)
		add_field(e, from, i, result);
}

void expand_words(struct word *w, struct list *result)
{
	for (; w && !sh.failed; w = w->next) {
		struct expansion e = expand_word(w->text);

		if (result->n && strcmp(result->v[0], "export") == 0) /* export x=$y */
			list_add(result, characters(&e, 0, e.text.n, false));
		else
			split(&e, result);
	}
}

char *expand_text(const char *s)
{
	struct expansion e = expand_word(s);

	return characters(&e, 0, e.text.n, false);
}

char *expand_prompt(const char *s)
{
	struct expansion e = {0};

	expand(&e, s, s + strlen(s), quoted);
	return characters(&e, 0, e.text.n, false);
}
