/*
 * The line editor of an interactive shell: the terminal in raw mode, keys, history, completion.
 *
 * The line may be longer than a row of the screen: refresh() draws it over as many rows as it
 * needs and remembers in which of them the cursor stands.
 */
#include "user/sh/sh.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum {
	DEFAULT_COLUMNS = 80
};

enum key {
	K_EOF = -1,
	K_UP = 256,
	K_DOWN,
	K_LEFT,
	K_RIGHT,
	K_HOME,
	K_END,
	K_DELETE,
	K_UNKNOWN
};

enum {
	ESC = 27,
	RUBOUT = 127
};

#define CTRL_KEY(letter) ((letter)&0x1f)

/* After the last column a terminal waits there for the next character: a blank moves it on. */
static const char next_row[] = " \b";

struct editor {
	const char *prompt;
	struct sbuf line;
	size_t cursor; /* byte offset */
	size_t history;
	char *typed; /* the line that is being typed, while an older one is shown */
	size_t row;  /* of the cursor, from the row of the prompt */
	bool repeated_tab;
};

static void put(const char *s, size_t n)
{
	write_all(STDERR_FILENO, s, n);
}

static size_t columns(void)
{
	struct winsize ws;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &ws) < 0 || ws.ws_col < 2)
		return DEFAULT_COLUMNS;
	return ws.ws_col;
}

/* Columns that the text takes: bytes that continue a UTF-8 character and escapes take none. */
static size_t width(const char *s, size_t n)
{
	size_t w = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == ESC) {
			while (i + 1 < n && s[i] != 'm')
				i++;
		} else if (s[i] == '\n') {
			w = 0;
		} else if ((s[i] & 0xc0) != 0x80) {
			w++;
		}
	}
	return w;
}

static void move(struct sbuf *b, size_t n, char direction)
{
	char buf[24];

	if (n == 0)
		return;
	snprintf(buf, sizeof(buf), "\033[%u%c", (unsigned)n, direction);
	sbuf_puts(b, buf);
}

/* Draw prompt and line again, and put the cursor where it belongs. */
static void refresh(struct editor *e)
{
	size_t cols = columns(), prompt = width(e->prompt, strlen(e->prompt));
	size_t end = prompt + width(e->line.s, e->line.n);
	size_t at = prompt + width(e->line.s, e->cursor);
	struct sbuf b = {0};

	move(&b, e->row, 'A');
	sbuf_puts(&b, "\r\033[J");
	sbuf_puts(&b, e->prompt);
	sbuf_write(&b, e->line.s, e->line.n);
	if (end > 0 && end % cols == 0)
		sbuf_puts(&b, next_row);
	if (at != end) {
		move(&b, end / cols - at / cols, 'A');
		sbuf_puts(&b, "\r");
		move(&b, at % cols, 'C');
	}
	e->row = at / cols;
	put(b.s, b.n);
	sbuf_free(&b);
}

static bool starts_char(const struct editor *e, size_t i)
{
	return i >= e->line.n || (e->line.s[i] & 0xc0) != 0x80;
}

static void step_left(struct editor *e)
{
	if (e->cursor == 0)
		return;
	do {
		e->cursor--;
	} while (e->cursor > 0 && !starts_char(e, e->cursor));
}

static void step_right(struct editor *e)
{
	if (e->cursor == e->line.n)
		return;
	do {
		e->cursor++;
	} while (!starts_char(e, e->cursor));
}

static void insert(struct editor *e, const char *s, size_t n)
{
	sbuf_write(&e->line, s, n);
	if (e->cursor + n == e->line.n) {
		size_t cols = columns(), end;

		e->cursor += n;
		end = width(e->prompt, strlen(e->prompt)) + width(e->line.s, e->line.n);
		put(s, n);
		if (end % cols == 0)
			put(next_row, strlen(next_row));
		e->row = end / cols;
		return;
	}
	memmove(e->line.s + e->cursor + n, e->line.s + e->cursor, e->line.n - n - e->cursor);
	memcpy(e->line.s + e->cursor, s, n);
	e->cursor += n;
	refresh(e);
}

static void delete_range(struct editor *e, size_t from, size_t to)
{
	memmove(e->line.s + from, e->line.s + to, e->line.n - to);
	e->line.n -= to - from;
	e->line.s[e->line.n] = '\0';
	e->cursor = from;
	refresh(e);
}

static void set_line(struct editor *e, const char *s)
{
	e->line.n = 0;
	sbuf_puts(&e->line, s);
	e->cursor = e->line.n;
	refresh(e);
}

static void browse(struct editor *e, int by)
{
	size_t count = history_count();

	if ((by < 0 && e->history == 0) || (by > 0 && e->history == count))
		return;
	if (e->history == count) {
		free(e->typed);
		e->typed = xstrdup(sbuf_str(&e->line));
	}
	e->history += by;
	set_line(e, e->history == count ? e->typed : history_get(e->history));
}

/* ---- keys ---- */

static int read_byte(void)
{
	unsigned char c;
	ssize_t n;

	do {
		n = read(STDIN_FILENO, &c, 1);
		if (n < 0 && errno == EINTR)
			run_traps();
	} while (n < 0 && errno == EINTR && sh.unwind == U_NONE);
	return n == 1 ? c : K_EOF;
}

static int letter_key(int c)
{
	static const char letters[] = "ABCDHF";
	static const int keys[] = {K_UP, K_DOWN, K_RIGHT, K_LEFT, K_HOME, K_END};
	const char *p = c > 0 ? strchr(letters, c) : NULL;

	return p ? keys[p - letters] : K_UNKNOWN;
}

static int number_key(int n)
{
	switch (n) {
	case 1:
	case 7:
		return K_HOME;
	case 4:
	case 8:
		return K_END;
	case 3:
		return K_DELETE;
	default:
		return K_UNKNOWN;
	}
}

static int read_key(void)
{
	int c = read_byte(), n = 0;

	if (c != ESC)
		return c;
	c = read_byte();
	if (c != '[' && c != 'O')
		return c == K_EOF ? c : K_UNKNOWN;
	c = read_byte();
	if (c < '0' || c > '9')
		return letter_key(c);
	while ((c >= '0' && c <= '9') || c == ';') {
		n = c == ';' ? 0 : n * 10 + c - '0';
		c = read_byte();
	}
	return c == '~' ? number_key(n) : letter_key(c);
}

/* ---- completion ---- */

static bool ends_name(char c)
{
	return strchr(" \t;|&<>()=$`\"'", c) != NULL;
}

static bool at_command(const struct editor *e, size_t start)
{
	while (start > 0 && strchr(" \t", e->line.s[start - 1]))
		start--;
	return start == 0 || strchr(";|&(`", e->line.s[start - 1]);
}

static size_t common_length(const struct strlist *l)
{
	size_t n = strlen(l->v[0]);

	for (size_t i = 1; i < l->n; i++) {
		size_t k = 0;

		while (k < n && l->v[i][k] == l->v[0][k])
			k++;
		n = k;
	}
	return n;
}

static void show_choices(struct editor *e, const struct strlist *l)
{
	size_t widest = 0, per_row;

	for (size_t i = 0; i < l->n; i++) {
		if (strlen(l->v[i]) > widest)
			widest = strlen(l->v[i]);
	}
	per_row = columns() / (widest + 2);
	if (per_row == 0)
		per_row = 1;
	put("\n", 1);
	for (size_t i = 0; i < l->n; i++) {
		bool last = (i + 1) % per_row == 0 || i + 1 == l->n;

		put(l->v[i], strlen(l->v[i]));
		for (size_t k = strlen(l->v[i]); !last && k < widest + 2; k++)
			put(" ", 1);
		if (last)
			put("\n", 1);
	}
	e->row = 0;
	refresh(e);
}

static void complete(struct editor *e)
{
	struct arena_mark mark = arena_mark(sh.tmp);
	struct strlist list = {0};
	size_t start = e->cursor, n, common;

	while (start > 0 && !ends_name(e->line.s[start - 1]))
		start--;
	n = e->cursor - start;
	complete_word(arena_strndup(sh.tmp, e->line.n ? e->line.s + start : "", n),
		      at_command(e, start), &list);
	common = list.n ? common_length(&list) : 0;
	if (common > n)
		insert(e, list.v[0] + n, common - n);
	if (list.n == 1 && list.v[0][strlen(list.v[0]) - 1] != '/')
		insert(e, " ", 1);
	else if (list.n > 1 && common == n && e->repeated_tab)
		show_choices(e, &list);
	arena_release(sh.tmp, mark);
}

/* ---- the editor ---- */

static size_t word_start(const struct editor *e)
{
	size_t i = e->cursor;

	while (i > 0 && e->line.s[i - 1] == ' ')
		i--;
	while (i > 0 && e->line.s[i - 1] != ' ')
		i--;
	return i;
}

static void clear_screen(struct editor *e)
{
	put("\033[H\033[2J", 7);
	e->row = 0;
	refresh(e);
}

static void move_key(struct editor *e, int key)
{
	size_t before = e->cursor;

	switch (key) {
	case K_LEFT:
	case CTRL_KEY('B'):
		step_left(e);
		break;
	case K_RIGHT:
	case CTRL_KEY('F'):
		step_right(e);
		break;
	case K_HOME:
	case CTRL_KEY('A'):
		e->cursor = 0;
		break;
	default:
		e->cursor = e->line.n;
		break;
	}
	if (e->cursor != before)
		refresh(e);
}

static void erase_key(struct editor *e, int key)
{
	size_t at = e->cursor;

	switch (key) {
	case CTRL_KEY('U'):
		delete_range(e, 0, at);
		break;
	case CTRL_KEY('K'):
		delete_range(e, at, e->line.n);
		break;
	case CTRL_KEY('W'):
		delete_range(e, word_start(e), at);
		break;
	case K_DELETE:
	case CTRL_KEY('D'):
		step_right(e);
		if (e->cursor != at)
			delete_range(e, at, e->cursor);
		break;
	default:
		step_left(e);
		if (e->cursor != at)
			delete_range(e, e->cursor, at);
		break;
	}
}

static void edit_key(struct editor *e, int key)
{
	switch (key) {
	case K_UP:
	case CTRL_KEY('P'):
		browse(e, -1);
		break;
	case K_DOWN:
	case CTRL_KEY('N'):
		browse(e, 1);
		break;
	case K_LEFT:
	case K_RIGHT:
	case K_HOME:
	case K_END:
	case CTRL_KEY('A'):
	case CTRL_KEY('B'):
	case CTRL_KEY('E'):
	case CTRL_KEY('F'):
		move_key(e, key);
		break;
	case K_DELETE:
	case RUBOUT:
	case CTRL_KEY('D'):
	case CTRL_KEY('H'):
	case CTRL_KEY('K'):
	case CTRL_KEY('U'):
	case CTRL_KEY('W'):
		erase_key(e, key);
		break;
	case CTRL_KEY('L'):
		clear_screen(e);
		break;
	case '\t':
		complete(e);
		break;
	default:
		if (key >= ' ' && key < K_UP)
			insert(e, (char[]){key}, 1);
		break;
	}
	e->repeated_tab = key == '\t';
}

static int edit_loop(struct editor *e)
{
	put(e->prompt, strlen(e->prompt));
	for (;;) {
		int key = read_key();

		if (key == '\r' || key == '\n' || key == CTRL_KEY('C')) {
			move_key(e, K_END);
			put(key == CTRL_KEY('C') ? "^C\n" : "\n", key == CTRL_KEY('C') ? 3 : 1);
			return key == CTRL_KEY('C') ? EDIT_INTERRUPT : (int)e->line.n;
		}
		if (key == K_EOF || (key == CTRL_KEY('D') && e->line.n == 0)) {
			put("\n", 1);
			return EDIT_EOF;
		}
		edit_key(e, key);
	}
}

static bool raw_mode(struct termios *old)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, old) < 0)
		return false;
	raw = *old;
	raw.c_iflag &= ~(ICRNL | INLCR | IXON | ISTRIP);
	raw.c_lflag &= ~(ICANON | ECHO | ISIG | IEXTEN);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	return tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

int edit_line(const char *prompt, struct sbuf *line)
{
	struct editor e = {.prompt = prompt, .history = history_count()};
	struct termios old;
	bool raw = raw_mode(&old);
	int n;

	sbuf_str(&e.line);
	n = edit_loop(&e);
	if (raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &old);
	if (n >= 0) {
		history_add(sbuf_str(&e.line));
		sbuf_add(&e.line, '\n');
	}
	*line = e.line;
	free(e.typed);
	return n;
}
