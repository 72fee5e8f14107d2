/*
 * The regular expressions of regex.h: parser, compiler and matcher.
 */
#include "user/grep/regex.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_REPEAT = 255,
	MAX_DEPTH = 200,
	MAX_PROGRAM = 100000
};

/* ---- the syntax tree ---- */

enum node_type {
	N_EMPTY,
	N_SET,
	N_JOIN,
	N_OR,
	N_REPEAT,
	N_ASSERT
};

enum assertion {
	A_LINE_START,
	A_LINE_END,
	A_WORD_START,
	A_WORD_END,
	A_WORD_EDGE,
	A_NO_EDGE,
	A_NO_WORD_BEFORE,
	A_NO_WORD_AFTER
};

typedef unsigned char set_t[UCHAR_MAX / CHAR_BIT + 1];

struct node {
	enum node_type type;
	struct node *left, *right;
	int min, max; /* N_REPEAT; max -1: any number */
	enum assertion assertion;
	set_t set;
	struct node *allocated; /* all nodes of a pattern, to be freed */
};

/* ---- the program ---- */

enum op {
	I_SET,
	I_SPLIT,
	I_JUMP,
	I_ASSERT,
	I_MATCH
};

struct inst {
	enum op op;
	int x, y; /* I_SPLIT, I_JUMP: where to go on; I_ASSERT: x is the assertion */
	set_t set;
};

struct regex {
	struct inst *prog;
	int n, cap;
	int *list[2], *seen; /* the threads now and next; when was an instruction added last */
	int stamp;
	int *stack;
	bool too_big;
};

struct parse {
	const unsigned char *s, *end;
	int flags, depth;
	const char *error;
	struct node *nodes;
};

static struct node *alternatives(struct parse *p);

static void *get_memory(size_t n, size_t size)
{
	void *m = calloc(n ? n : 1, size);

	if (!m) {
		fputs("grep: out of memory\n", stderr);
		exit(2);
	}
	return m;
}

static struct node *new_node(struct parse *p, enum node_type type, struct node *left,
			     struct node *right)
{
	struct node *n = get_memory(1, sizeof(*n));

	n->type = type;
	n->left = left;
	n->right = right;
	n->allocated = p->nodes;
	p->nodes = n;
	return n;
}

static void fail(struct parse *p, const char *message)
{
	if (!p->error)
		p->error = message;
	p->s = p->end;
}

static void set_add(set_t set, unsigned char c)
{
	set[c / CHAR_BIT] |= 1 << c % CHAR_BIT;
}

static bool set_has(const set_t set, unsigned char c)
{
	return set[c / CHAR_BIT] >> c % CHAR_BIT & 1;
}

static bool word_char(unsigned char c)
{
	return isalnum(c) || c == '_';
}

static void add_folded(struct parse *p, struct node *n, unsigned char c)
{
	set_add(n->set, c);
	if (p->flags & RE_ICASE) {
		set_add(n->set, tolower(c));
		set_add(n->set, toupper(c));
	}
}

static struct node *literal(struct parse *p, unsigned char c)
{
	struct node *n = new_node(p, N_SET, NULL, NULL);

	add_folded(p, n, c);
	return n;
}

static struct node *assertion(struct parse *p, enum assertion a)
{
	struct node *n = new_node(p, N_ASSERT, NULL, NULL);

	n->assertion = a;
	return n;
}

static struct node *class_node(struct parse *p, int (*is)(int), bool invert, bool underscore)
{
	struct node *n = new_node(p, N_SET, NULL, NULL);

	for (int c = 0; c <= UCHAR_MAX; c++) {
		if ((is(c) != 0 || (underscore && c == '_')) != invert)
			set_add(n->set, c);
	}
	return n;
}

/* ---- [...] ---- */

static bool add_class(struct parse *p, struct node *n)
{
	static const struct {
		const char *name;
		int (*is)(int c);
	} classes[] = {{"alpha", isalpha}, {"digit", isdigit},	 {"alnum", isalnum},
		       {"upper", isupper}, {"lower", islower},	 {"space", isspace},
		       {"blank", isblank}, {"punct", ispunct},	 {"print", isprint},
		       {"graph", isgraph}, {"xdigit", isxdigit}, {"cntrl", iscntrl}};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		size_t len = strlen(classes[i].name);

		if ((size_t)(p->end - p->s) < len + 2 || memcmp(p->s, classes[i].name, len) != 0 ||
		    memcmp(p->s + len, ":]", 2) != 0)
			continue;
		for (int c = 0; c <= UCHAR_MAX; c++) {
			if (classes[i].is(c))
				add_folded(p, n, c);
		}
		p->s += len + 2;
		return true;
	}
	fail(p, "Invalid character class name");
	return false;
}

static struct node *bracket(struct parse *p)
{
	struct node *n = new_node(p, N_SET, NULL, NULL);
	bool invert = p->s < p->end && *p->s == '^';
	const unsigned char *first = p->s += invert;

	while (p->s < p->end && (*p->s != ']' || p->s == first)) {
		unsigned char low, high;

		if (p->end - p->s > 1 && p->s[0] == '[' && p->s[1] == ':') {
			p->s += 2;
			if (!add_class(p, n))
				return n;
			continue;
		}
		low = high = *p->s++;
		if (p->end - p->s > 1 && p->s[0] == '-' && p->s[1] != ']') {
			high = p->s[1];
			p->s += 2;
		}
		if (low > high)
			fail(p, "Invalid range end");
		for (int c = low; c <= high; c++)
			add_folded(p, n, c);
	}
	if (p->s == p->end)
		fail(p, "Unmatched [, [^, [:, [., or [=");
	p->s++;
	for (size_t i = 0; invert && i < sizeof(n->set); i++)
		n->set[i] ^= UCHAR_MAX;
	return n;
}

/* ---- the grammar: alternatives of joined pieces, each perhaps repeated ---- */

/* Is the operator C here, "C" in the extended syntax and "\C" in the basic one? */
static bool at_operator(const struct parse *p, unsigned char c)
{
	if (p->flags & RE_FIXED)
		return false;
	if (p->flags & RE_EXTENDED)
		return p->s < p->end && *p->s == c;
	return p->end - p->s > 1 && p->s[0] == '\\' && p->s[1] == c;
}

static bool take_operator(struct parse *p, unsigned char c)
{
	if (!at_operator(p, c))
		return false;
	p->s += p->flags & RE_EXTENDED ? 1 : 2;
	return true;
}

static struct node *escaped(struct parse *p)
{
	unsigned char c;

	if (p->s == p->end) {
		fail(p, "Trailing backslash");
		return literal(p, '\\');
	}
	c = *p->s++;
	switch (c) {
	case 'w':
	case 'W':
		return class_node(p, isalnum, c == 'W', true);
	case 's':
	case 'S':
		return class_node(p, isspace, c == 'S', false);
	case '<':
		return assertion(p, A_WORD_START);
	case '>':
		return assertion(p, A_WORD_END);
	case 'b':
		return assertion(p, A_WORD_EDGE);
	case 'B':
		return assertion(p, A_NO_EDGE);
	default:
		if (c >= '1' && c <= '9')
			fail(p, "back-references are not supported");
		return literal(p, c);
	}
}

static struct node *group(struct parse *p)
{
	struct node *n;

	if (++p->depth > MAX_DEPTH)
		fail(p, "nested too deep");
	n = alternatives(p);
	if (!take_operator(p, ')'))
		fail(p, "Unmatched ( or \\(");
	p->depth--;
	return n;
}

/* In the basic syntax ^ and $ are special only at the ends of an alternative. */
static bool dollar_is_end(struct parse *p)
{
	return (p->flags & RE_EXTENDED) || p->s == p->end || at_operator(p, '|') ||
	       at_operator(p, ')');
}

static struct node *piece(struct parse *p, bool first)
{
	unsigned char c;

	if (p->flags & RE_FIXED)
		return literal(p, *p->s++);
	if (take_operator(p, '('))
		return group(p);
	c = *p->s++;
	if (c == '\\')
		return escaped(p);
	if (c == '[')
		return bracket(p);
	if (c == '^' && (first || (p->flags & RE_EXTENDED)))
		return assertion(p, A_LINE_START);
	if (c == '$' && dollar_is_end(p))
		return assertion(p, A_LINE_END);
	if (c == '.') {
		struct node *n = new_node(p, N_SET, NULL, NULL);

		memset(n->set, UCHAR_MAX, sizeof(n->set));
		return n;
	}
	return literal(p, c);
}

static int number(struct parse *p)
{
	int n = -1;

	while (p->s < p->end && isdigit(*p->s) && n <= MAX_REPEAT)
		n = (n < 0 ? 0 : n * 10) + *p->s++ - '0';
	if (n > MAX_REPEAT)
		fail(p, "Regular expression too big");
	return n;
}

static void interval(struct parse *p, struct node *n)
{
	n->min = n->max = number(p);
	if (p->s < p->end && *p->s == ',') {
		p->s++;
		n->max = number(p);
		if (n->min < 0)
			n->min = 0;
	}
	if (!take_operator(p, '}') || n->min < 0)
		fail(p, "Invalid content of \\{\\}");
	if (n->max >= 0 && n->max < n->min)
		fail(p, "Invalid content of \\{\\}");
}

static struct node *repeated(struct parse *p, bool first)
{
	struct node *n;

	/* a repetition of nothing: an ordinary character in basic, nothing in extended syntax */
	if (first && !(p->flags & RE_FIXED) && *p->s == '*') {
		n = literal(p, *p->s++);
		if (p->flags & RE_EXTENDED)
			n->type = N_EMPTY;
	} else {
		n = piece(p, first);
	}
	while (p->s < p->end && !(p->flags & RE_FIXED)) {
		struct node *r = new_node(p, N_REPEAT, n, NULL);

		if (*p->s == '*' && n->type != N_ASSERT) {
			p->s++;
			r->max = -1;
		} else if (take_operator(p, '+')) {
			r->min = 1;
			r->max = -1;
		} else if (take_operator(p, '?')) {
			r->max = 1;
		} else if (take_operator(p, '{')) {
			interval(p, r);
		} else {
			break;
		}
		n = r;
	}
	return n;
}

static struct node *joined(struct parse *p)
{
	struct node *n = NULL;
	bool first = true;

	while (p->s < p->end && !at_operator(p, '|') && !(p->depth && at_operator(p, ')'))) {
		struct node *next = repeated(p, first);

		first = next->type == N_ASSERT && next->assertion == A_LINE_START;
		n = n ? new_node(p, N_JOIN, n, next) : next;
	}
	return n ? n : new_node(p, N_EMPTY, NULL, NULL);
}

static struct node *alternatives(struct parse *p)
{
	struct node *n = joined(p);

	while (take_operator(p, '|'))
		n = new_node(p, N_OR, n, joined(p));
	return n;
}

/* ---- tree to program ---- */

static int emit(struct regex *re, enum op op, int x, int y)
{
	if (re->n == re->cap) {
		struct inst *more = get_memory(re->cap = 2 * re->cap + 64, sizeof(*more));

		memcpy(more, re->prog, re->n * sizeof(*more));
		free(re->prog);
		re->prog = more;
	}
	re->prog[re->n] = (struct inst){.op = op, .x = x, .y = y};
	return re->n++;
}

static void compile(struct regex *re, const struct node *n);

static void compile_repeat(struct regex *re, const struct node *n)
{
	int loop;

	for (int i = 0; i < n->min; i++)
		compile(re, n->left);
	if (n->max < 0) {
		loop = emit(re, I_SPLIT, 0, 0);
		re->prog[loop].x = re->n;
		compile(re, n->left);
		emit(re, I_JUMP, loop, 0);
		re->prog[loop].y = re->n;
	}
	for (int i = n->min; i < n->max; i++) {
		int skip = emit(re, I_SPLIT, 0, 0);

		re->prog[skip].x = re->n;
		compile(re, n->left);
		re->prog[skip].y = re->n;
	}
}

static void compile(struct regex *re, const struct node *n)
{
	int at, split, jump;

	if (re->n > MAX_PROGRAM) {
		re->too_big = true;
		return;
	}
	switch (n->type) {
	case N_EMPTY:
		break;
	case N_SET:
		at = emit(re, I_SET, 0, 0);
		memcpy(re->prog[at].set, n->set, sizeof(n->set));
		break;
	case N_ASSERT:
		emit(re, I_ASSERT, n->assertion, 0);
		break;
	case N_JOIN:
		compile(re, n->left);
		compile(re, n->right);
		break;
	case N_OR:
		split = emit(re, I_SPLIT, 0, 0);
		re->prog[split].x = re->n;
		compile(re, n->left);
		jump = emit(re, I_JUMP, 0, 0);
		re->prog[split].y = re->n;
		compile(re, n->right);
		re->prog[jump].x = re->n;
		break;
	case N_REPEAT:
		compile_repeat(re, n);
		break;
	}
}

static struct node *wrap(struct parse *p, enum assertion before, struct node *n,
			 enum assertion after)
{
	n = new_node(p, N_JOIN, assertion(p, before), n);
	return new_node(p, N_JOIN, n, assertion(p, after));
}

struct regex *regex_compile(char **patterns, size_t count, int flags, const char **error)
{
	struct regex *re = get_memory(1, sizeof(*re));
	struct parse p = {.flags = flags};
	struct node *all = NULL;

	for (size_t i = 0; i < count; i++) {
		struct node *n;

		p.s = (const unsigned char *)patterns[i];
		p.end = p.s + strlen(patterns[i]);
		n = alternatives(&p);
		all = all ? new_node(&p, N_OR, all, n) : n;
	}
	if (flags & RE_LINE)
		all = wrap(&p, A_LINE_START, all, A_LINE_END);
	else if (flags & RE_WORD)
		all = wrap(&p, A_NO_WORD_BEFORE, all, A_NO_WORD_AFTER);
	if (!p.error && all)
		compile(re, all);
	if (re->too_big)
		p.error = "Regular expression too big";
	emit(re, all ? I_MATCH : I_JUMP, 0, 0); /* without a pattern: a program that never ends */
	while (p.nodes) {
		struct node *n = p.nodes;

		p.nodes = n->allocated;
		free(n);
	}
	re->list[0] = get_memory(re->n, sizeof(int));
	re->list[1] = get_memory(re->n, sizeof(int));
	re->seen = get_memory(re->n, sizeof(int));
	re->stack = get_memory(2 * re->n + 2, sizeof(int));
	*error = p.error;
	return p.error ? NULL : re;
}

/* ---- matching ---- */

static bool holds(enum assertion a, const char *s, size_t n, size_t at)
{
	bool before = at > 0 && word_char(s[at - 1]);
	bool after = at < n && word_char(s[at]);

	switch (a) {
	case A_LINE_START:
		return at == 0;
	case A_LINE_END:
		return at == n;
	case A_WORD_START:
		return !before && after;
	case A_WORD_END:
		return before && !after;
	case A_WORD_EDGE:
		return before != after;
	case A_NO_EDGE:
		return before == after;
	case A_NO_WORD_BEFORE:
		return !before;
	default:
		return !after;
	}
}

/* Add PC, and whatever follows without reading a character, to LIST. True: a match ends here. */
static bool add_thread(struct regex *re, int *list, int *count, int pc, const char *s, size_t n,
		       size_t at)
{
	bool match = false;
	int depth = 0;

	re->stack[depth++] = pc;
	while (depth > 0) {
		const struct inst *i;

		pc = re->stack[--depth];
		if (re->seen[pc] == re->stamp)
			continue;
		re->seen[pc] = re->stamp;
		i = &re->prog[pc];
		if (i->op == I_MATCH) {
			match = true;
		} else if (i->op == I_SET) {
			list[(*count)++] = pc;
		} else if (i->op == I_ASSERT) {
			if (holds(i->x, s, n, at))
				re->stack[depth++] = pc + 1;
		} else {
			re->stack[depth++] = i->x;
			if (i->op == I_SPLIT)
				re->stack[depth++] = i->y;
		}
	}
	return match;
}

static void next_stamp(struct regex *re)
{
	if (++re->stamp == INT_MAX) {
		memset(re->seen, 0, re->n * sizeof(int));
		re->stamp = 1;
	}
}

/*
 * Run all threads from FROM on. ANYWHERE: a new one starts at each character, and the first match
 * is enough. Otherwise the end of the longest match that starts at FROM goes to *END.
 */
static bool run(struct regex *re, const char *s, size_t n, size_t from, bool anywhere, size_t *end)
{
	int *now = re->list[0], *next = re->list[1];
	int count = 0;
	bool match = false;

	next_stamp(re);
	for (size_t at = from;; at++) {
		int next_count = 0;

		if ((anywhere || at == from) && add_thread(re, now, &count, 0, s, n, at)) {
			match = true;
			*end = at;
		}
		if ((match && anywhere) || at == n || (!anywhere && count == 0))
			return match;
		next_stamp(re);
		for (int i = 0; i < count; i++) {
			if (!set_has(re->prog[now[i]].set, s[at]))
				continue;
			if (add_thread(re, next, &next_count, now[i] + 1, s, n, at + 1)) {
				match = true;
				*end = at + 1;
			}
		}
		if (match && anywhere)
			return true;
		now = next;
		next = now == re->list[0] ? re->list[1] : re->list[0];
		count = next_count;
	}
}

bool regex_search(struct regex *re, const char *s, size_t n, size_t from, size_t *start,
		  size_t *end)
{
	size_t any;

	if (!run(re, s, n, from, true, &any))
		return false;
	for (size_t at = from; start && at <= n; at++) {
		if (run(re, s, n, at, false, end)) {
			*start = at;
			break;
		}
	}
	return true;
}
