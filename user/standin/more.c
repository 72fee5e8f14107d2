/*
 * more [FILE ...]: files, or standard input, a screen at a time.
 */
#define PROGRAM "more"
#define USAGE	"[FILE ...]  (space: the next screen, Enter: a line, q: the end)"
#include "user/common.h"
#include <sys/ioctl.h>
#include <termios.h>

enum {
	ROWS = 24,
	COLUMNS = 80,
	TAB = 8
};

static const char question[] = "\033[7m--More--\033[m";
static const char no_question[] = "\r\033[K";

static int keys = -1; /* the terminal, which standard input need not be; -1: show all at once */
static long left;     /* rows until the next question */
static long rows = ROWS, columns = COLUMNS;

/* Is somebody there to press keys? At a terminal without a size, which is not where the text comes
 * from, perhaps not: then all is shown at once. */
static void find_keys(void)
{
	struct winsize ws = {0};

	if (!isatty(STDOUT_FILENO))
		return;
	ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws);
	if (ws.ws_row > 1)
		rows = ws.ws_row;
	if (ws.ws_col > 0)
		columns = ws.ws_col;
	if (isatty(STDIN_FILENO))
		keys = STDIN_FILENO;
	else if (ws.ws_row > 1)
		keys = open("/dev/tty", O_RDONLY);
	left = rows - 1;
}

/* A key, read as it is pressed; 'q' if there is none. */
static char read_key(void)
{
	struct termios old, raw;
	char c = 'q';

	if (tcgetattr(keys, &old) < 0)
		return c;
	raw = old;
	raw.c_lflag &= ~(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(keys, TCSADRAIN, &raw);
	if (read(keys, &c, 1) != 1 || c == raw.c_cc[VEOF])
		c = 'q';
	tcsetattr(keys, TCSADRAIN, &old);
	return c;
}

/* Waits for a key at the end of a screen. False: that is enough. */
static bool ask(void)
{
	char c;

	fputs(question, stdout);
	fflush(stdout);
	c = read_key();
	fputs(no_question, stdout);
	fflush(stdout);
	left = c == '\n' || c == '\r' ? 1 : rows - 1;
	return c != 'q' && c != 'Q';
}

/* Shows the file; false: the user has seen enough. */
static bool show(FILE *f)
{
	long column = 0;
	int c;

	while ((c = getc(f)) != EOF) {
		if (keys >= 0 && left <= 0 && column == 0 && !ask())
			return false;
		putchar(c);
		if (c == '\t')
			column += TAB - column % TAB;
		else if (c != '\n' && (c & 0xc0) != 0x80) /* the rest of a UTF-8 character */
			column++;
		if (c == '\n' || column >= columns) {
			column = 0;
			left--;
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	bool more = true;
	int status = 0;

	if (getopt(argc, argv, "") != -1)
		usage(1);
	find_keys();
	if (optind == argc)
		show(stdin);
	for (int i = optind; i < argc && more; i++) {
		FILE *f = fopen(argv[i], "r");

		if (!f) {
			complain_errno(argv[i]);
			status = 1;
			continue;
		}
		more = show(f);
		if (ferror(f)) {
			complain_errno(argv[i]);
			status = 1;
		}
		fclose(f);
	}
	return finish(status);
}
