/*
 * $((...)): C's integer expressions, with shell variables, in 64 bits. Precedence climbing.
 */
#include "user/sh/sh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arith {
	const char *s;
	bool error;
	int skip; /* inside the branch of && || ?: that does not count */
	int depth;
};

enum {
	MAX_DEPTH = 200
};

struct op {
	const char *text;
	int precedence;
};

/* Longer ones first, so that "<<" is not taken for "<". */
static const struct op operators[] = {
	{"||", 1}, {"&&", 2}, {"==", 6}, {"!=", 6}, {"<=", 7}, {">=", 7}, {"<<", 8},
	{">>", 8}, {"|", 3},  {"^", 4},	 {"&", 5},  {"<", 7},  {">", 7},  {"+", 9},
	{"-", 9},  {"*", 10}, {"/", 10}, {"%", 10}, {NULL, 0},
};

static long long assignment(struct arith *a);

static void error(struct arith *a, const char *message)
{
	if (!a->error)
		warn("arithmetic: %s", message);
	a->error = true;
}

static void blanks(struct arith *a)
{
	while (*a->s && strchr(" \t\n", *a->s))
		a->s++;
}

static bool take(struct arith *a, const char *text)
{
	size_t n = strlen(text);

	blanks(a);
	if (strncmp(a->s, text, n) != 0)
		return false;
	a->s += n;
	return true;
}

static long long variable(struct arith *a, const char *name)
{
	const char *value = var_get(name);
	long long result;
	char *end;

	if (!value || !*value) {
		if (!value && sh.nounset)
			error(a, "parameter not set");
		return 0;
	}
	result = strtoll(value, &end, 0);
	while (*end && strchr(" \t\n", *end))
		end++;
	if (*end)
		error(a, "a variable does not hold a number");
	return result;
}

static void store(struct arith *a, const char *name, long long value)
{
	char buf[24];

	if (a->skip || a->error)
		return;
	snprintf(buf, sizeof(buf), "%lld", value);
	if (var_set(name, buf, 0) < 0)
		a->error = true;
}

static char *take_name(struct arith *a)
{
	const char *start;

	blanks(a);
	start = a->s;
	if (!is_name_start(*start))
		return NULL;
	while (is_name_char(*a->s))
		a->s++;
	return arena_strndup(sh.tmp, start, a->s - start);
}

static long long step(struct arith *a, char *name, int by, bool before)
{
	long long old;

	if (!name) {
		error(a, "a name must follow");
		return 0;
	}
	old = variable(a, name);
	store(a, name, old + by);
	return before ? old + by : old;
}

static long long primary(struct arith *a)
{
	long long value = 0;
	char *name, *end;

	if (++a->depth > MAX_DEPTH)
		error(a, "nested too deep");
	if (a->error)
		return 0;
	if (take(a, "++")) {
		value = step(a, take_name(a), 1, true);
	} else if (take(a, "--")) {
		value = step(a, take_name(a), -1, true);
	} else if (take(a, "(")) {
		value = assignment(a);
		if (!take(a, ")"))
			error(a, "missing ')'");
	} else if (take(a, "-")) {
		value = (long long)(0 - (unsigned long long)primary(a));
	} else if (take(a, "+")) {
		value = primary(a);
	} else if (take(a, "!")) {
		value = !primary(a);
	} else if (take(a, "~")) {
		value = ~primary(a);
	} else if ((name = take_name(a))) {
		if (take(a, "++"))
			value = step(a, name, 1, false);
		else if (take(a, "--"))
			value = step(a, name, -1, false);
		else
			value = variable(a, name);
	} else {
		value = strtoll(a->s, &end, 0);
		if (end == a->s || is_name_char(*end))
			error(a, "a number is expected");
		a->s = end;
	}
	a->depth--;
	return value;
}

static long long divide(struct arith *a, char op, long long x, long long y)
{
	if (y == 0) {
		if (!a->skip)
			error(a, "division by zero");
		return 0;
	}
	if (y == -1) /* the smallest number by -1 would trap */
		return op == '/' ? (long long)(0 - (unsigned long long)x) : 0;
	return op == '/' ? x / y : x % y;
}

static long long compute(struct arith *a, const char *op, long long x, long long y)
{
	unsigned long long ux = x, uy = y;

	switch (op[0]) {
	case '|':
		return x | y;
	case '^':
		return x ^ y;
	case '&':
		return x & y;
	case '=':
		return x == y;
	case '!':
		return x != y;
	case '<':
		return op[1] == '=' ? x <= y : op[1] == '<' ? (long long)(ux << (uy & 63)) : x < y;
	case '>':
		return op[1] == '=' ? x >= y : op[1] == '>' ? x >> (uy & 63) : x > y;
	case '+':
		return ux + uy;
	case '-':
		return ux - uy;
	case '*':
		return ux * uy;
	default:
		return divide(a, op[0], x, y);
	}
}

static const struct op *peek_operator(struct arith *a)
{
	blanks(a);
	for (const struct op *o = operators; o->text; o++) {
		size_t n = strlen(o->text);

		if (strncmp(a->s, o->text, n) != 0)
			continue;
		/* "+=" and the like are assignments */
		return a->s[n] == '=' && o->precedence != 6 && o->precedence != 7 ? NULL : o;
	}
	return NULL;
}

static long long binary(struct arith *a, int least)
{
	long long left = primary(a);
	const struct op *o;

	while (!a->error && (o = peek_operator(a)) && o->precedence >= least) {
		bool decided = (o->precedence == 1 && left) || (o->precedence == 2 && !left);
		long long right;

		a->s += strlen(o->text);
		a->skip += decided;
		right = binary(a, o->precedence + 1);
		a->skip -= decided;
		if (o->precedence == 1)
			left = left || right;
		else if (o->precedence == 2)
			left = left && right;
		else
			left = compute(a, o->text, left, right);
	}
	return left;
}

static long long conditional(struct arith *a)
{
	long long test = binary(a, 1), yes, no;

	if (!take(a, "?"))
		return test;
	a->skip += !test;
	yes = assignment(a);
	a->skip -= !test;
	if (!take(a, ":"))
		error(a, "missing ':'");
	a->skip += !!test;
	no = conditional(a);
	a->skip -= !!test;
	return test ? yes : no;
}

static long long assignment(struct arith *a)
{
	static const char *const ops[] = {
		"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", NULL};
	const char *start;
	char *name;

	blanks(a);
	start = a->s;
	name = take_name(a);
	for (int i = 0; name && ops[i]; i++) {
		long long value;

		if (!take(a, ops[i]))
			continue;
		if (i == 0 && *a->s == '=') /* "==" */
			break;
		value = assignment(a);
		if (i > 0)
			value = compute(a, ops[i], variable(a, name), value);
		store(a, name, value);
		return value;
	}
	a->s = start;
	return conditional(a);
}

bool arith_eval(const char *text, long long *result)
{
	struct arith a = {.s = text};

	blanks(&a);
	*result = *a.s ? assignment(&a) : 0;
	blanks(&a);
	if (*a.s)
		error(&a, "syntax error");
	return !a.error;
}
