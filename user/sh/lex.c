/*
 * The shell's input and its tokens.
 *
 * A word token is the text as typed, quotes and all; expand.c works on it when the command runs.
 * To know where "$(...)" ends, the parser itself reads the commands inside.
 */
#include "user/sh/sh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	READ_SIZE = 1024,
	MAX_DEPTH = 500
};

static bool skip_dollar(struct parser *p);

bool is_name_start(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_name_char(int c)
{
	return is_name_start(c) || (c >= '0' && c <= '9');
}

void input_string(struct input *in, const char *text)
{
	*in = (struct input){.fd = -1, .line = 1};
	in->len = in->cap = strlen(text);
	in->buf = xmalloc(in->len + 1);
	memcpy(in->buf, text, in->len + 1);
	in->eof = true;
}

void input_fd(struct input *in, int fd, bool bytewise)
{
	*in = (struct input){.fd = fd, .bytewise = bytewise, .line = 1};
}

void input_free(struct input *in)
{
	free(in->buf);
	in->buf = NULL;
}

void input_next_command(struct input *in)
{
	if (in->pos < in->len)
		memmove(in->buf, in->buf + in->pos, in->len - in->pos);
	in->len -= in->pos;
	in->pos = 0;
	in->started = false;
}

static void input_append(struct input *in, const char *s, size_t n)
{
	if (in->len + n > in->cap) {
		in->cap = (in->len + n) * 2;
		in->buf = xrealloc(in->buf, in->cap);
	}
	for (size_t i = 0; i < n; i++) {
		if (s[i]) /* NUL bytes in a script mean nothing */
			in->buf[in->len++] = s[i];
	}
}

static void refill_tty(struct input *in)
{
	struct arena_mark mark = arena_mark(sh.tmp);
	struct sbuf line = {0};
	int n = edit_line(prompt_string(in->started), &line);

	arena_release(sh.tmp, mark);
	if (n == EDIT_EOF)
		in->eof = true;
	else if (n == EDIT_INTERRUPT)
		in->interrupted = true;
	else
		input_append(in, line.s, line.n);
	sbuf_free(&line);
}

static void refill_fd(struct input *in)
{
	char buf[READ_SIZE];
	ssize_t n;

	do {
		n = read(in->fd, buf, in->bytewise ? 1 : sizeof(buf));
		if (n < 0 && errno == EINTR)
			run_traps();
	} while (n < 0 && errno == EINTR && !sh.unwind);
	if (n <= 0)
		in->eof = true;
	else
		input_append(in, buf, n);
	if (n > 0 && sh.verbose)
		write_all(STDERR_FILENO, buf, n);
}

static int in_peek(struct input *in)
{
	while (in->pos == in->len) {
		if (in->eof || in->interrupted)
			return -1;
		if (in->tty)
			refill_tty(in);
		else
			refill_fd(in);
	}
	return (unsigned char)in->buf[in->pos];
}

static int in_get(struct input *in)
{
	int c = in_peek(in);

	if (c >= 0) {
		in->pos++;
		in->started = true;
	}
	if (c == '\n')
		in->line++;
	return c;
}

/* Only right after an in_get() that gave a character other than a newline. */
static void in_unget(struct input *in)
{
	in->pos--;
}

void parser_init(struct parser *p, struct input *in, struct arena *arena)
{
	*p = (struct parser){.in = in, .arena = arena};
}

void syntax_error(struct parser *p, const char *what)
{
	if (p->error || p->in->interrupted)
		return;
	p->error = true;
	if (sh.interactive)
		warn("syntax error: %s", what);
	else
		warn("line %d: syntax error: %s", p->in->line, what);
}

/* Each of the skip_ functions starts behind the opening mark and ends behind the closing one. */

static bool skip_single(struct parser *p)
{
	int c;

	while ((c = in_get(p->in)) != '\'') {
		if (c < 0) {
			syntax_error(p, "unterminated quoted string");
			return false;
		}
	}
	return true;
}

static bool skip_backquote(struct parser *p)
{
	int c;

	while ((c = in_get(p->in)) != '`') {
		if (c == '\\')
			c = in_get(p->in);
		if (c < 0) {
			syntax_error(p, "end of file in backquotes");
			return false;
		}
	}
	return true;
}

static bool skip_double(struct parser *p)
{
	bool outer = p->dquoted, ok = true;
	int c;

	p->dquoted = true;
	while (ok && (c = in_get(p->in)) != '"') {
		if (c == '\\')
			c = in_get(p->in);
		else if (c == '$')
			ok = skip_dollar(p);
		else if (c == '`')
			ok = skip_backquote(p);
		ok = ok && c >= 0;
	}
	p->dquoted = outer;
	if (!ok)
		syntax_error(p, "unterminated quoted string");
	return ok;
}

/* C was read: if it opens something, skip that. */
static bool skip_nested(struct parser *p, int c)
{
	switch (c) {
	case '\\':
		return in_get(p->in) >= 0;
	case '\'':
		return p->dquoted || skip_single(p);
	case '"':
		return skip_double(p);
	case '`':
		return skip_backquote(p);
	case '$':
		return skip_dollar(p);
	default:
		return c >= 0;
	}
}

bool lex_skip_brace(struct parser *p)
{
	for (;;) {
		int c = in_get(p->in);

		if (c == '}')
			return true;
		if (!skip_nested(p, c)) {
			syntax_error(p, "missing '}'");
			return false;
		}
	}
}

bool lex_skip_arith(struct parser *p)
{
	int depth = 0;

	for (;;) {
		int c = in_get(p->in);

		if (c == '(') {
			depth++;
		} else if (c == ')' && depth > 0) {
			depth--;
		} else if (c == ')' && in_peek(p->in) == ')') {
			in_get(p->in);
			return true;
		} else if (c < 0 || !skip_nested(p, c)) {
			syntax_error(p, "missing '))'");
			return false;
		}
	}
}

static bool skip_command(struct parser *p)
{
	struct parser sub;
	bool ok;

	if (p->depth > MAX_DEPTH) {
		syntax_error(p, "nested too deep");
		return false;
	}
	parser_init(&sub, p->in, arena_new());
	sub.depth = p->depth + 1;
	parse_substitution(&sub);
	ok = !sub.error && !p->in->interrupted;
	p->error |= sub.error;
	arena_put(sub.arena);
	return ok;
}

/* Behind a "$". */
static bool skip_dollar(struct parser *p)
{
	int c = in_peek(p->in);

	if (c == '{') {
		in_get(p->in);
		if (in_peek(p->in) == '#') /* ${#x}, ${#} */
			in_get(p->in);
		return lex_skip_brace(p);
	}
	if (c != '(')
		return true;
	in_get(p->in);
	if (in_peek(p->in) != '(')
		return skip_command(p);
	in_get(p->in);
	return lex_skip_arith(p);
}

static bool ends_word(int c)
{
	return c < 0 || strchr(" \t\n;&|<>()", c);
}

static void lex_word(struct parser *p)
{
	struct input *in = p->in;
	int c;

	while (!ends_word(c = in_peek(in))) {
		in_get(in);
		if (!skip_nested(p, c)) {
			if (c == '\\') /* the very last character of the input */
				break;
			syntax_error(p, "unexpected end of file");
			return;
		}
	}
	p->tok = T_WORD;
	p->text = arena_strndup(p->arena, in->buf + p->start, in->pos - p->start);
}

static bool take(struct parser *p, int c)
{
	if (in_peek(p->in) != c)
		return false;
	in_get(p->in);
	return true;
}

static void lex_less(struct parser *p)
{
	p->tok = T_REDIR;
	if (take(p, '<'))
		p->rtype = take(p, '-') ? R_HEREDOC_TABS : R_HEREDOC;
	else if (take(p, '&'))
		p->rtype = R_DUPIN;
	else if (take(p, '>'))
		p->rtype = R_RDWR;
	else
		p->rtype = R_READ;
}

static void lex_greater(struct parser *p)
{
	p->tok = T_REDIR;
	if (take(p, '>'))
		p->rtype = R_APPEND;
	else if (take(p, '&'))
		p->rtype = R_DUPOUT;
	else if (take(p, '|'))
		p->rtype = R_CLOBBER;
	else
		p->rtype = R_WRITE;
}

/* Digits right before < or > are the descriptor. */
static bool lex_io_number(struct parser *p)
{
	struct input *in = p->in;
	size_t start = in->pos;
	int n = 0, c;

	while ((c = in_peek(in)) >= '0' && c <= '9' && in->pos - start < 4) {
		n = n * 10 + c - '0';
		in_get(in);
	}
	if (in->pos == start || (c != '<' && c != '>')) {
		in->pos = start;
		return false;
	}
	p->rfd = n;
	in_get(in);
	if (c == '<')
		lex_less(p);
	else
		lex_greater(p);
	return true;
}

static void skip_blanks(struct parser *p)
{
	for (;;) {
		int c = in_peek(p->in);

		if (c == '#') {
			while ((c = in_peek(p->in)) >= 0 && c != '\n')
				in_get(p->in);
			return;
		}
		if (c == '\\') {
			in_get(p->in);
			if (in_peek(p->in) != '\n') {
				in_unget(p->in);
				return;
			}
		} else if (c != ' ' && c != '\t') {
			return;
		}
		in_get(p->in);
	}
}

/* One line of a here-document, without its newline; false at the end of the input. */
static bool heredoc_line(struct parser *p, struct sbuf *line, bool strip_tabs)
{
	int c = in_peek(p->in);

	line->n = 0;
	if (c < 0)
		return false;
	while (strip_tabs && in_peek(p->in) == '\t')
		in_get(p->in);
	while ((c = in_get(p->in)) >= 0 && c != '\n')
		sbuf_add(line, c);
	return true;
}

/* The line with the here-documents' operators has ended: their texts follow. */
static void read_heredocs(struct parser *p)
{
	struct sbuf line = {0}, text = {0};

	for (struct redir *r = p->heredocs; r; r = r->next_heredoc) {
		text.n = 0;
		while (heredoc_line(p, &line, r->type == R_HEREDOC_TABS)) {
			if (strcmp(sbuf_str(&line), r->delim) == 0)
				break;
			sbuf_puts(&text, line.s);
			sbuf_add(&text, '\n');
		}
		r->target = arena_strndup(p->arena, sbuf_str(&text), text.n);
	}
	p->heredocs = NULL;
	sbuf_free(&line);
	sbuf_free(&text);
}

static void lex_operator(struct parser *p, int c)
{
	in_get(p->in);
	switch (c) {
	case '\n':
		p->tok = T_NEWLINE;
		read_heredocs(p);
		break;
	case ';':
		p->tok = take(p, ';') ? T_DSEMI : T_SEMI;
		break;
	case '&':
		p->tok = take(p, '&') ? T_ANDAND : T_AMP;
		break;
	case '|':
		p->tok = take(p, '|') ? T_OROR : T_PIPE;
		break;
	case '(':
		p->tok = T_LPAREN;
		break;
	case ')':
		p->tok = T_RPAREN;
		break;
	case '<':
		lex_less(p);
		break;
	default:
		lex_greater(p);
		break;
	}
}

enum token lex_peek(struct parser *p)
{
	int c;

	if (p->have_tok)
		return p->tok;
	skip_blanks(p);
	p->have_tok = true;
	p->rfd = -1;
	p->start = p->in->pos;
	c = in_peek(p->in);
	if (c < 0) {
		p->tok = T_EOF;
		if (p->heredocs)
			read_heredocs(p);
	} else if (ends_word(c)) {
		lex_operator(p, c);
	} else if (!lex_io_number(p)) {
		lex_word(p);
	}
	if (p->error)
		p->tok = T_EOF;
	p->end = p->in->pos;
	return p->tok;
}

void lex_next(struct parser *p)
{
	lex_peek(p);
	p->last_end = p->end;
	p->have_tok = false;
}
