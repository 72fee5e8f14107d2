/*
 * The shell's grammar: one function per rule of POSIX, each building a piece of the tree.
 */
#include "user/sh/sh.h"

#include <string.h>

static struct node *parse_list(struct parser *p, bool lines);
static struct node *parse_and_or(struct parser *p);

static struct node *new_node(struct parser *p, enum node_type type)
{
	struct node *n = arena_alloc(p->arena, sizeof(*n));

	memset(n, 0, sizeof(*n));
	n->type = type;
	return n;
}

static const char *token_text(struct parser *p)
{
	static const char *const names[] = {
		[T_EOF] = "end of file", [T_NEWLINE] = "newline",   [T_ANDAND] = "'&&'",
		[T_OROR] = "'||'",	 [T_SEMI] = "';'",	    [T_DSEMI] = "';;'",
		[T_AMP] = "'&'",	 [T_PIPE] = "'|'",	    [T_LPAREN] = "'('",
		[T_RPAREN] = "')'",	 [T_REDIR] = "redirection",
	};

	return p->tok == T_WORD ? p->text : names[p->tok];
}

static void unexpected(struct parser *p)
{
	struct sbuf b = {0};

	lex_peek(p);
	sbuf_puts(&b, "unexpected ");
	sbuf_puts(&b, token_text(p));
	syntax_error(p, b.s);
	sbuf_free(&b);
}

static bool at_word(struct parser *p, const char *word)
{
	return lex_peek(p) == T_WORD && strcmp(p->text, word) == 0;
}

static bool accept_word(struct parser *p, const char *word)
{
	if (!at_word(p, word))
		return false;
	lex_next(p);
	return true;
}

static void expect_word(struct parser *p, const char *word)
{
	if (!accept_word(p, word))
		unexpected(p);
}

static bool accept(struct parser *p, enum token t)
{
	if (lex_peek(p) != t)
		return false;
	lex_next(p);
	return true;
}

static void skip_newlines(struct parser *p)
{
	while (accept(p, T_NEWLINE))
		;
}

/* Words that end a list when they stand where a command would. */
static bool at_terminator(struct parser *p)
{
	static const char *const words[] = {"then", "else", "elif", "fi", "do",
					    "done", "esac", "}",    NULL};

	if (lex_peek(p) != T_WORD)
		return p->tok == T_EOF || p->tok == T_RPAREN || p->tok == T_DSEMI;
	for (int i = 0; words[i]; i++) {
		if (strcmp(p->text, words[i]) == 0)
			return true;
	}
	return false;
}

bool is_assignment(const char *word)
{
	const char *s = word;

	if (!is_name_start(*s))
		return false;
	while (is_name_char(*s))
		s++;
	return *s == '=';
}

static bool is_name(const char *s)
{
	if (!is_name_start(*s))
		return false;
	while (is_name_char(*s))
		s++;
	return *s == '\0';
}

static struct word *take_word(struct parser *p)
{
	struct word *w = arena_alloc(p->arena, sizeof(*w));

	w->text = p->text;
	w->next = NULL;
	lex_next(p);
	return w;
}

static void parse_redir(struct parser *p, struct redir ***tail)
{
	struct redir *r = arena_alloc(p->arena, sizeof(*r));
	bool input;

	memset(r, 0, sizeof(*r));
	r->type = p->rtype;
	input = r->type == R_READ || r->type == R_RDWR || r->type == R_DUPIN ||
		r->type == R_HEREDOC || r->type == R_HEREDOC_TABS;
	r->fd = p->rfd >= 0 ? p->rfd : !input;
	lex_next(p);
	if (lex_peek(p) != T_WORD) {
		unexpected(p);
		return;
	}
	r->target = p->text;
	if (r->type == R_HEREDOC || r->type == R_HEREDOC_TABS) {
		struct redir **h = &p->heredocs;

		r->quoted = strpbrk(p->text, "'\"\\") != NULL;
		r->delim = arena_strndup(p->arena, p->text, strlen(p->text));
		if (r->quoted)
			strcpy(r->delim, unquote(p->text));
		r->target = arena_strndup(p->arena, "", 0);
		while (*h)
			h = &(*h)->next_heredoc;
		*h = r;
	}
	lex_next(p);
	**tail = r;
	*tail = &r->next;
}

static void parse_redirs(struct parser *p, struct node *n)
{
	struct redir **tail = &n->redirs;

	while (lex_peek(p) == T_REDIR && !p->error)
		parse_redir(p, &tail);
}

static struct node *parse_body(struct parser *p, const char *end)
{
	struct node *n = parse_list(p, true);

	if (!n)
		unexpected(p);
	expect_word(p, end);
	return n;
}

static struct node *parse_if(struct parser *p)
{
	struct node *n = new_node(p, N_IF);

	n->left = parse_body(p, "then");
	n->right = parse_list(p, true);
	if (!n->right)
		unexpected(p);
	if (p->error)
		return n;
	if (accept_word(p, "elif")) {
		n->third = parse_if(p);
		return n;
	}
	if (accept_word(p, "else"))
		n->third = parse_body(p, "fi");
	else
		expect_word(p, "fi");
	return n;
}

static struct node *parse_loop(struct parser *p, enum node_type type)
{
	struct node *n = new_node(p, type);

	n->left = parse_body(p, "do");
	n->right = parse_body(p, "done");
	return n;
}

static struct node *parse_for(struct parser *p)
{
	struct node *n = new_node(p, N_FOR);
	struct word **tail = &n->words;

	if (lex_peek(p) != T_WORD || !is_name(p->text)) {
		unexpected(p);
		return n;
	}
	n->name = p->text;
	lex_next(p);
	skip_newlines(p);
	if (accept_word(p, "in")) {
		n->in_words = true;
		while (lex_peek(p) == T_WORD) {
			*tail = take_word(p);
			tail = &(*tail)->next;
		}
		if (p->tok != T_SEMI && p->tok != T_NEWLINE)
			unexpected(p);
		lex_next(p);
	} else {
		accept(p, T_SEMI);
	}
	skip_newlines(p);
	expect_word(p, "do");
	n->right = parse_body(p, "done");
	return n;
}

static struct case_item *parse_case_item(struct parser *p)
{
	struct case_item *item = arena_alloc(p->arena, sizeof(*item));
	struct word **tail = &item->patterns;

	memset(item, 0, sizeof(*item));
	accept(p, T_LPAREN);
	do {
		if (lex_peek(p) != T_WORD) {
			unexpected(p);
			return item;
		}
		*tail = take_word(p);
		tail = &(*tail)->next;
	} while (accept(p, T_PIPE));
	if (!accept(p, T_RPAREN))
		unexpected(p);
	item->body = parse_list(p, true);
	return item;
}

static struct node *parse_case(struct parser *p)
{
	struct node *n = new_node(p, N_CASE);
	struct case_item **tail = &n->items;

	if (lex_peek(p) != T_WORD) {
		unexpected(p);
		return n;
	}
	n->words = take_word(p);
	skip_newlines(p);
	expect_word(p, "in");
	skip_newlines(p);
	while (!p->error && !at_word(p, "esac")) {
		*tail = parse_case_item(p);
		tail = &(*tail)->next;
		if (!accept(p, T_DSEMI) && !at_word(p, "esac"))
			unexpected(p);
		skip_newlines(p);
	}
	expect_word(p, "esac");
	return n;
}

static struct node *parse_subshell(struct parser *p)
{
	struct node *n = new_node(p, N_SUBSHELL);

	n->left = parse_list(p, true);
	if (!n->left || !accept(p, T_RPAREN))
		unexpected(p);
	return n;
}

static struct node *parse_group(struct parser *p)
{
	struct node *n = new_node(p, N_GROUP);

	n->left = parse_body(p, "}");
	return n;
}

/* A command that starts with a reserved word or "("; NULL if it is a simple one. */
static struct node *parse_compound(struct parser *p)
{
	if (accept(p, T_LPAREN))
		return parse_subshell(p);
	if (accept_word(p, "{"))
		return parse_group(p);
	if (accept_word(p, "if"))
		return parse_if(p);
	if (accept_word(p, "while"))
		return parse_loop(p, N_WHILE);
	if (accept_word(p, "until"))
		return parse_loop(p, N_UNTIL);
	if (accept_word(p, "for"))
		return parse_for(p);
	if (accept_word(p, "case"))
		return parse_case(p);
	return NULL;
}

static struct node *parse_function(struct parser *p, char *name)
{
	struct node *n = new_node(p, N_FUNC);

	n->name = name;
	if (!accept(p, T_RPAREN))
		unexpected(p);
	skip_newlines(p);
	n->left = parse_compound(p);
	if (!n->left)
		unexpected(p);
	else
		parse_redirs(p, n->left);
	return n;
}

static struct node *parse_simple(struct parser *p)
{
	struct node *n = new_node(p, N_SIMPLE);
	struct word **words = &n->words, **assigns = &n->assigns;
	struct redir **redirs = &n->redirs;

	while (!p->error) {
		enum token t = lex_peek(p);

		if (t == T_REDIR) {
			parse_redir(p, &redirs);
		} else if (t == T_WORD && !n->words && is_assignment(p->text)) {
			*assigns = take_word(p);
			assigns = &(*assigns)->next;
		} else if (t == T_WORD) {
			*words = take_word(p);
			words = &(*words)->next;
		} else if (t == T_LPAREN && n->words && !n->words->next && !n->redirs &&
			   !n->assigns && is_name(n->words->text)) {
			lex_next(p);
			return parse_function(p, n->words->text);
		} else {
			break;
		}
	}
	if (!n->words && !n->assigns && !n->redirs)
		unexpected(p);
	return n;
}

static struct node *parse_command(struct parser *p)
{
	struct node *n;

	if (at_terminator(p)) {
		unexpected(p);
		return NULL;
	}
	n = parse_compound(p);
	if (!n)
		return parse_simple(p);
	if (!p->error)
		parse_redirs(p, n);
	return n;
}

static struct node *parse_pipeline(struct parser *p)
{
	struct node *first, **tail, *n;
	bool not = false;

	while (accept_word(p, "!"))
		not = !not ;
	first = parse_command(p);
	if (!p->error && lex_peek(p) == T_PIPE) {
		n = new_node(p, N_PIPE);
		n->left = first;
		tail = &first->next;
		while (!p->error && accept(p, T_PIPE)) {
			skip_newlines(p);
			*tail = parse_command(p);
			if (*tail)
				tail = &(*tail)->next;
		}
		first = n;
	}
	if (!not )
		return first;
	n = new_node(p, N_NOT);
	n->left = first;
	return n;
}

static struct node *parse_and_or(struct parser *p)
{
	struct node *n = parse_pipeline(p);

	while (!p->error && (lex_peek(p) == T_ANDAND || p->tok == T_OROR)) {
		struct node *both = new_node(p, p->tok == T_ANDAND ? N_AND : N_OR);

		lex_next(p);
		skip_newlines(p);
		both->left = n;
		both->right = parse_pipeline(p);
		n = both;
	}
	return n;
}

/* Append N to a list whose last element stands at TAIL; the new TAIL. */
static struct node **join(struct parser *p, struct node **tail, struct node *n)
{
	struct node *seq;

	if (!*tail) {
		*tail = n;
		return tail;
	}
	seq = new_node(p, N_SEQ);
	seq->left = *tail;
	seq->right = n;
	*tail = seq;
	return &seq->right;
}

/* Commands up to something that cannot start one. LINES: newlines separate, too. */
static struct node *parse_list(struct parser *p, bool lines)
{
	struct node *list = NULL, **tail = &list;

	if (++p->depth > 500)
		syntax_error(p, "nested too deep");
	if (lines)
		skip_newlines(p);
	while (!p->error && !at_terminator(p)) {
		size_t start = p->start;
		struct node *n = parse_and_or(p);

		if (p->error)
			break;
		n->src = arena_strndup(p->arena, p->in->buf + start, p->last_end - start);
		if (accept(p, T_AMP)) {
			struct node *async = new_node(p, N_ASYNC);

			async->left = n;
			async->src = n->src;
			n = async;
		} else if (!accept(p, T_SEMI) && lex_peek(p) != T_NEWLINE) {
			join(p, tail, n);
			break;
		}
		tail = join(p, tail, n);
		if (!lines && lex_peek(p) == T_NEWLINE)
			break;
		if (lines)
			skip_newlines(p);
	}
	p->depth--;
	return list;
}

struct node *parse_line(struct parser *p)
{
	struct node *n;

	if (lex_peek(p) == T_NEWLINE) {
		lex_next(p);
		return NULL;
	}
	n = parse_list(p, false);
	if (!p->error && !accept(p, T_NEWLINE) && lex_peek(p) != T_EOF)
		unexpected(p);
	return p->error || p->in->interrupted ? NULL : n;
}

struct node *parse_substitution(struct parser *p)
{
	struct node *n = parse_list(p, true);

	if (!p->error && !accept(p, T_RPAREN))
		unexpected(p);
	if (p->heredocs)
		syntax_error(p, "here-document without a text");
	return n;
}
