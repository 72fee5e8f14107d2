/*
 * The line editor: the terminal in raw mode, keys, and the lines typed before.
 */
#include "user/sh/sh.h"

#include <sys/ioctl.h>
#include <termios.h>

#define CTRL_KEY(letter) ((letter)&0x1f)

enum {
	HISTORY = 200, /* lines that are remembered */
	COLUMNS = 80,  /* of a terminal that does not say */
	ESC = 27,
	RUBOUT = 127,
	DELETE = 256,
	NO_KEY = -1
};

struct editor {
	const char *prompt;
	struct buf line;
	size_t cursor;
	size_t row; /* of the cursor on the screen, from that of the prompt */
	int shown;  /* line of the history; HISTORY: the one that is being typed */
};

static char *history[HISTORY + 1]; /* the newest last, behind it the line being typed */

static size_t columns(void)
{
	struct winsize size;

	return ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col
									      : COLUMNS;
}

static void draw(struct editor *e)
{
	size_t cols = columns(), start = strlen(e->prompt), end = start + e->line.n,
	       at = start + e->cursor;
	struct buf b = {0};
	char move[80];

	add(&b, move,
	    snprintf(move, sizeof(move), e->row ? "\033[%zuA\r\033[J" : "\r\033[J", e->row));
	add(&b, e->prompt, start);
	add(&b, e->line.s, e->line.n);
	if (end % cols == 0) /* the terminal waits in the last column: on to the next row */
		add(&b, " \b", 2);
	if (end / cols > at / cols)
		add(&b, move, snprintf(move, sizeof(move), "\033[%zuA", end / cols - at / cols));
	if (end > at)
		add(&b, move,
		    snprintf(move, sizeof(move), at % cols ? "\r\033[%zuC" : "\r", at % cols));
	fwrite(b.s, 1, b.n, stderr);
	e->row = at / cols;
}

/* Put N characters of S in the place of those between FROM and TO. */
static void replace(struct editor *e, size_t from, size_t to, const char *s, size_t n)
{
	struct buf b = {0};

	add(&b, e->line.s, from);
	add(&b, s, n);
	add(&b, e->line.s + to, e->line.n - to);
	text(&b);
	e->line = b;
	e->cursor = from + n;
}

static void show(struct editor *e, int to)
{
	if (to < 0 || to > HISTORY || !history[to])
		return;
	if (e->shown == HISTORY)
		history[HISTORY] = get_string(e->line.s, e->line.n);
	e->shown = to;
	replace(e, 0, e->line.n, history[to], strlen(history[to]));
}

static void remember(const char *line)
{
	if (!*line || (history[HISTORY - 1] && strcmp(history[HISTORY - 1], line) == 0))
		return;
	free(history[0]);
	memmove(history, history + 1, (HISTORY - 1) * sizeof(*history));
	history[HISTORY - 1] = strdup(line);
}

static int read_byte(void)
{
	unsigned char c;
	ssize_t n = read(STDIN_FILENO, &c, 1);

	if (n < 0 && errno == EAGAIN) { /* a program has left it so */
		fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) & ~O_NONBLOCK);
		n = read(STDIN_FILENO, &c, 1);
	}
	return n != 1 ? NO_KEY : c == '\r' ? '\n' : c;
}

/* A byte; for a key that sends ESC [ and more, the control key that does the same. */
static int read_key(void)
{
	static const char codes[] = "ABCDHF1743", keys[] = "pnfbeaaaed";
	int c = read_byte(), last;
	const char *code;

	if (c != ESC)
		return c;
	c = read_byte();
	if (c == '[' || c == 'O')
		c = read_byte();
	for (last = c; isdigit(last) || last == ';';)
		last = read_byte();
	code = c > 0 ? strchr(codes, c) : NULL;
	return !code ? 0 : *code == '3' ? DELETE : CTRL_KEY(keys[code - codes]);
}

static void edit(struct editor *e, int key)
{
	size_t end = e->line.n, after = e->cursor + (e->cursor < end),
	       before = e->cursor - (e->cursor > 0);

	switch (key) {
	case CTRL_KEY('a'):
		e->cursor = 0;
		break;
	case CTRL_KEY('e'):
		e->cursor = end;
		break;
	case CTRL_KEY('b'):
		e->cursor = before;
		break;
	case CTRL_KEY('f'):
		e->cursor = after;
		break;
	case CTRL_KEY('p'):
		show(e, e->shown - 1);
		break;
	case CTRL_KEY('n'):
		show(e, e->shown + 1);
		break;
	case CTRL_KEY('h'):
	case RUBOUT:
		replace(e, before, e->cursor, "", 0);
		break;
	case CTRL_KEY('d'):
	case DELETE:
		replace(e, e->cursor, after, "", 0);
		break;
	case CTRL_KEY('u'):
		replace(e, 0, e->cursor, "", 0);
		break;
	case CTRL_KEY('k'):
		replace(e, e->cursor, end, "", 0);
		break;
	}
	draw(e);
}

static void insert(struct editor *e, char c)
{
	bool at_end = e->cursor == e->line.n;

	replace(e, e->cursor, e->cursor, &c, 1);
	if (at_end && (strlen(e->prompt) + e->line.n) % columns() != 0)
		fputc(c, stderr);
	else
		draw(e);
}

static bool ends_line(struct editor *e, int key)
{
	return key == '\n' || key == CTRL_KEY('c') || key == NO_KEY ||
	       (key == CTRL_KEY('d') && e->line.n == 0);
}

bool edit_line(const char *prompt, struct buf *line)
{
	struct editor e = {.prompt = prompt, .shown = HISTORY};
	struct termios old, raw;
	int key;

	tcsetpgrp(STDIN_FILENO, getpgrp()); /* a program may have died with the terminal */
	tcgetattr(STDIN_FILENO, &old);
	raw = old;
	raw.c_lflag &= ~(ICANON | ECHO | ISIG);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	history[HISTORY] = "";
	text(&e.line);
	draw(&e);
	while (!ends_line(&e, key = read_key())) {
		if (key >= ' ' && key != RUBOUT && key != DELETE)
			insert(&e, key);
		else
			edit(&e, key);
	}
	if (e.cursor < e.line.n)
		edit(&e, CTRL_KEY('e'));
	fputc('\n', stderr);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &old);
	interrupted = key == CTRL_KEY('c');
	if (key == '\n')
		remember(e.line.s);
	*line = e.line;
	return key == '\n' || interrupted;
}
