/*
 * From text to a tree, by recursive descent: next() reads a token, and each rule of the grammar has
 * a function. Words keep their quotes; expand.c takes them away.
 *
 * A command that does not end with its line is parsed again, from its start, when there is one more
 * line (NEED_MORE): nothing here reads input.
 */
#include "user/sh/sh.h"

#include <setjmp.h>

/* A token is its first character, or one of these. */
enum token {
	T_END = '\0',
	T_WORD = 'w',
	T_REDIR = 'r',
	T_AND = 'a', /* && */
	T_OR = 'o'   /* || */
};

struct parser {
	const char *at;		    /* behind the token */
	const char *start, *before; /* where it starts; where the one before it ends */
	char tok;
	char *word;	     /* of a T_WORD */
	struct redir *redir; /* of a T_REDIR */
	jmp_buf *out;	     /* the way out, with NEED_MORE or BAD */
};

static struct node *commands(struct parser *p, bool many);
static void next(struct parser *p);

static _Noreturn void unexpected(struct parser *p)
{
	if (p->tok == T_END)
		longjmp(*p->out, NEED_MORE);
	complain("syntax error: unexpected %s%.*s (the whole language is that of /bin/sh)",
		 p->tok == '\n' ? "end of line" : "", p->tok == '\n' ? 0 : (int)(p->at - p->start),
		 p->start);
	longjmp(*p->out, BAD);
}

/* ---- tokens ---- */

size_t name_length(const char *s)
{
	size_t n = 0;

	while (s[n] == '_' || isalpha((unsigned char)s[n]) ||
	       (n > 0 && isdigit((unsigned char)s[n])))
		n++;
	return n;
}

static void skip(struct parser *p, bool in_quotes);

static void skip_to(struct parser *p, char end, bool in_quotes)
{
	while (*p->at != end)
		skip(p, in_quotes);
	p->at++;
}

static void skip_dollar(struct parser *p, bool in_quotes)
{
	if (*p->at == '{') {
		p->at++;
		skip_to(p, '}', in_quotes);
	} else if (p->at[0] == '(' && p->at[1] == '(') {
		p->at += 2;
		for (int depth = 2; depth > 0; skip(p, true))
			depth += (*p->at == '(') - (*p->at == ')');
	} else if (*p->at == '(') {
		struct parser inner = {.at = p->at + 1, .out = p->out};

		next(&inner);
		commands(&inner, true);
		if (inner.tok != ')')
			unexpected(&inner);
		p->at = inner.at;
	}
}

/* One character, or a quotation or an expansion as a whole. */
static void skip(struct parser *p, bool in_quotes)
{
	char c = *p->at;

	if (c == '\0' || (c == '\\' && !p->at[1]))
		longjmp(*p->out, NEED_MORE);
	p->at += c == '\\' ? 2 : 1;
	if (c == '$') {
		skip_dollar(p, in_quotes);
	} else if (c == '"') {
		skip_to(p, '"', !in_quotes);
	} else if (c == '`') {
		skip_to(p, '`', true);
	} else if (c == '\'' && !in_quotes) {
		p->at = strchr(p->at, '\'');
		if (!p->at)
			longjmp(*p->out, NEED_MORE);
		p->at++;
	}
}

const char *skip_part(const char *s, bool in_quotes)
{
	jmp_buf out;
	struct parser p = {.at = s, .out = &out};

	if (setjmp(out))
		return NULL;
	skip(&p, in_quotes);
	return p.at;
}

static void read_word(struct parser *p)
{
	const char *start = p->at;

	while (!strchr(" \t\n;&|<>()", *p->at)) /* its end is among them */
		skip(p, false);
	p->word = get_string(start, p->at - start);
	p->tok = T_WORD;
}

static void skip_blanks(struct parser *p)
{
	while (*p->at == ' ' || *p->at == '\t' || strncmp(p->at, "\\\n", 2) == 0)
		p->at += *p->at == '\\' ? 2 : 1;
	if (*p->at == '#')
		p->at += strcspn(p->at, "\n");
}

/* A redirection: [N]< [N]> [N]>> [N]<& [N]>& and the word behind it. */
static void read_redirection(struct parser *p)
{
	struct redir *r = get(sizeof(*r));
	char c;

	r->fd = *p->at == '<' ? 0 : 1;
	if (isdigit((unsigned char)*p->at))
		r->fd = *p->at++ - '0';
	c = *p->at++;
	r->flags = c == '<' ? O_RDONLY : O_WRONLY | O_CREAT | (*p->at == '>' ? O_APPEND : O_TRUNC);
	r->dup = *p->at == '&';
	if (r->dup || (c == '>' && *p->at == '>'))
		p->at++;
	skip_blanks(p);
	read_word(p);
	if (!*p->word) {
		next(p);
		unexpected(p);
	}
	r->word = p->word;
	p->redir = r;
	p->tok = T_REDIR;
}

static void next(struct parser *p)
{
	p->before = p->at;
	skip_blanks(p);
	p->start = p->at;
	p->tok = *p->at;
	if (strspn(p->at + (isdigit((unsigned char)*p->at) != 0), "<>")) {
		read_redirection(p);
	} else if (!strchr("\n;()&|", *p->at)) {
		read_word(p);
	} else if (*p->at) {
		p->at++;
		if (strchr("&|", p->tok) && *p->at == p->tok)
			p->tok = *p->at++ == '&' ? T_AND : T_OR;
	}
}

/* ---- the grammar ---- */

static struct node *node(enum node_type type, struct node *left, struct node *right)
{
	struct node *n = get(sizeof(*n));

	n->type = type;
	n->left = left;
	n->right = right;
	return n;
}

static bool at_word(struct parser *p, const char *word)
{
	return p->tok == T_WORD && strcmp(p->word, word) == 0;
}

static bool take(struct parser *p, const char *word)
{
	if (!at_word(p, word))
		return false;
	next(p);
	return true;
}

static void skip_newlines(struct parser *p)
{
	while (p->tok == '\n')
		next(p);
}

static struct word **add_word(struct parser *p, struct word **link)
{
	*link = get(sizeof(**link));
	(*link)->text = p->word;
	next(p);
	return &(*link)->next;
}

/* A list that may not be empty, then WORD. */
static struct node *list_until(struct parser *p, const char *word)
{
	struct node *n = commands(p, true);

	if (!n || !take(p, word))
		unexpected(p);
	return n;
}

/* Behind "if" or "elif". */
static struct node *if_rest(struct parser *p)
{
	struct node *n = node(N_IF, list_until(p, "then"), NULL);

	n->right = commands(p, true);
	if (take(p, "elif"))
		n->other = if_rest(p);
	else if (take(p, "else"))
		n->other = list_until(p, "fi");
	else if (!take(p, "fi"))
		unexpected(p);
	return n;
}

static struct node *for_loop(struct parser *p)
{
	struct node *n = node(N_FOR, NULL, NULL);
	struct word **link = &n->words;

	if (p->tok != T_WORD || !name_length(p->word) || p->word[name_length(p->word)])
		unexpected(p);
	link = add_word(p, link);
	if (!take(p, "in"))
		unexpected(p);
	while (p->tok == T_WORD)
		link = add_word(p, link);
	if (p->tok == ';')
		next(p);
	skip_newlines(p);
	if (!take(p, "do"))
		unexpected(p);
	n->right = list_until(p, "done");
	return n;
}

static struct node *simple(struct parser *p)
{
	struct node *n = node(N_SIMPLE, NULL, NULL);
	struct word **word = &n->words;
	struct redir **redir = &n->redirs;

	while (p->tok == T_WORD || p->tok == T_REDIR) {
		if (p->tok == T_WORD) {
			word = add_word(p, word);
			continue;
		}
		*redir = p->redir;
		redir = &p->redir->next;
		next(p);
	}
	if (!n->words && !n->redirs)
		unexpected(p);
	return n;
}

static struct node *command(struct parser *p)
{
	struct node *n;

	if (p->tok == '(') {
		next(p);
		n = node(N_SUBSHELL, commands(p, true), NULL);
		if (p->tok != ')')
			unexpected(p);
		next(p);
	} else if (take(p, "{")) {
		n = node(N_GROUP, list_until(p, "}"), NULL);
	} else if (take(p, "if")) {
		n = if_rest(p);
	} else if (take(p, "while")) {
		n = node(N_WHILE, list_until(p, "do"), NULL);
		n->right = list_until(p, "done");
	} else if (take(p, "for")) {
		n = for_loop(p);
	} else {
		return simple(p);
	}
	for (struct redir **link = &n->redirs; p->tok == T_REDIR; next(p)) {
		*link = p->redir;
		link = &p->redir->next;
	}
	return n;
}

static struct node *pipeline(struct parser *p)
{
	struct node *n = take(p, "!") ? node(N_NOT, pipeline(p), NULL) : command(p);

	if (p->tok != '|')
		return n;
	next(p);
	skip_newlines(p);
	return node(N_PIPE, n, pipeline(p));
}

static struct node *and_or(struct parser *p)
{
	const char *start = p->start;
	struct node *n = pipeline(p);

	while (p->tok == T_AND || p->tok == T_OR) {
		enum node_type type = p->tok == T_AND ? N_AND : N_OR;

		next(p);
		skip_newlines(p);
		n = node(type, n, pipeline(p));
	}
	n->source = get_string(start, p->before - start);
	return n;
}

/* Does a command begin here, or has a list come to its end? */
static bool at_command(struct parser *p)
{
	static const char *const ends[] = {"then", "else", "elif", "fi", "do", "done", "}"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (at_word(p, ends[i]))
			return false;
	}
	return p->tok == T_WORD || p->tok == T_REDIR || p->tok == '(';
}

/* Commands with ; and & between them, in one line or many. */
static struct node *commands(struct parser *p, bool many)
{
	struct node *first = NULL, **link = &first;

	for (;;) {
		if (many)
			skip_newlines(p);
		if (!at_command(p))
			return first;
		*link = node(N_SEQ, and_or(p), NULL);
		if (p->tok == '&')
			(*link)->left = node(N_ASYNC, (*link)->left, NULL);
		if (p->tok == ';' || p->tok == '&')
			next(p);
		else if (p->tok != '\n')
			return first;
		link = &(*link)->right;
	}
}

enum parsed parse(const char **s, struct node **n)
{
	jmp_buf out;
	struct parser p = {.at = *s, .out = &out};
	int why = setjmp(out);

	if (why)
		return why;
	next(&p);
	*n = commands(&p, false);
	if (p.tok != '\n')
		unexpected(&p);
	*s = p.at;
	return PARSED;
}
