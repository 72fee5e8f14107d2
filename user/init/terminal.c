/*
 * The size of the terminal: a serial line does not say how large the terminal at its other end is,
 * but the terminal does when it is asked.
 */
#include "user/init/init.h"
#include <termios.h>

enum {
	ANSWER_TENTHS = 10 /* of a second for a terminal to say how large it is */
};

/* The report "ESC [ ROWS ; COLUMNS R" within N characters: where it begins, and its length and
 * size. NULL: there is none. */
static char *find_report(char *s, size_t n, int *length, struct winsize *ws)
{
	unsigned rows, columns;

	for (size_t i = 0; i + 1 < n; i++) {
		*length = 0;
		if (sscanf(s + i, "\033[%u;%uR%n", &rows, &columns, length) == 2 && *length > 0 &&
		    rows > 0 && rows <= USHRT_MAX && columns > 0 && columns <= USHRT_MAX) {
			ws->ws_row = rows;
			ws->ws_col = columns;
			return s + i;
		}
	}
	return NULL;
}

/* Sends the cursor to the last row and column, where the terminal stops it, and asks where it is.
 * Reads until the answer is there, behind what may have been typed meanwhile, or for a second
 * nothing comes; the number of characters in BUF.
 */
static size_t ask_for_cursor(char *buf, size_t size)
{
	static const char question[] = "\0337\033[999;999H\033[6n\0338";
	struct winsize ws;
	size_t have = 0;
	int length;
	ssize_t n = write(STDOUT_FILENO, question, sizeof(question) - 1);

	while (n > 0 && have < size - 1) {
		n = read(STDIN_FILENO, buf + have, 1);
		have += n > 0;
		buf[have] = '\0';
		if (n > 0 && buf[have - 1] == 'R' && find_report(buf, have, &length, &ws))
			break;
	}
	buf[have] = '\0';
	return have;
}

/* Who does not answer once is not asked again. What has been typed meanwhile stays typed. */
void measure_terminal(void)
{
	static enum {
		UNKNOWN,
		ANSWERS,
		SILENT
	} terminal;
	struct winsize ws = {0};
	struct termios old, raw;
	char buf[256], *report;
	int length = 0;
	size_t n;

	if (terminal == SILENT || tcgetattr(STDIN_FILENO, &old) < 0 ||
	    ioctl(STDIN_FILENO, TIOCGWINSZ, &ws) < 0 || (ws.ws_col && terminal != ANSWERS))
		return;
	raw = old;
	raw.c_lflag &= ~(ICANON | ECHO | ISIG);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = ANSWER_TENTHS;
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	n = ask_for_cursor(buf, sizeof(buf));
	tcsetattr(STDIN_FILENO, TCSANOW, &old);
	report = find_report(buf, n, &length, &ws);
	terminal = report ? ANSWERS : SILENT;
	if (report)
		ioctl(STDIN_FILENO, TIOCSWINSZ, &ws);
	for (char *s = buf; s < buf + n; s++) {
		if (!report || s < report || s >= report + length)
			ioctl(STDIN_FILENO, TIOCSTI, s);
	}
}
