/*
 * echo [-neE] [WORD ...]: print the words. -n: no newline; -e: with \n, \t and so on.
 */
#define PROGRAM "echo"
#define USAGE	"[-neE] [WORD ...]"
#include "user/common.h"

static int octal(const char **s)
{
	int value = 0;

	for (int i = 0; i < 3 && **s >= '0' && **s <= '7'; i++)
		value = value * 8 + *(*s)++ - '0';
	return value;
}

/* False after \c: nothing more is printed. */
static bool print_escaped(const char *s)
{
	static const char from[] = "abefnrtv\\", to[] = "\a\b\033\f\n\r\t\v\\";

	while (*s) {
		const char *p;

		if (*s != '\\' || !s[1]) {
			putchar(*s++);
			continue;
		}
		s++;
		p = strchr(from, *s);
		if (*s == 'c')
			return false;
		if (p) {
			putchar(to[p - from]);
			s++;
		} else if (*s == '0') {
			s++;
			putchar(octal(&s));
		} else {
			putchar('\\');
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	bool newline = true, escapes = false;
	int i = 1;

	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		if (argv[i][1 + strspn(argv[i] + 1, "neE")])
			break;
		for (char *p = argv[i] + 1; *p; p++) {
			if (*p == 'n')
				newline = false;
			else
				escapes = *p == 'e';
		}
	}
	for (; i < argc; i++) {
		if (!escapes)
			fputs(argv[i], stdout);
		else if (!print_escaped(argv[i]))
			return finish(0);
		if (i + 1 < argc)
			putchar(' ');
	}
	if (newline)
		putchar('\n');
	return finish(0);
}
