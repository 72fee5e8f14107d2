/* test EXPRESSION, or [ EXPRESSION ]: of a file, a string or two numbers; true: 0, false: 1. */
#define PROGRAM "test"
#define USAGE                                                                                   \
	"[!] [-d | -e | -f | -r | -w | -x | -n | -z | -t] X, or X (= | != | -eq | -ne | -lt | " \
	"-le | "                                                                                \
	"-gt | -ge) Y"
#include "user/common.h"

static bool test_one(char op, const char *s)
{
	struct stat st;

	if (op == 't')
		return isatty(atoi(s));
	if (op == 'n' || op == 'z')
		return (*s == '\0') == (op == 'z');
	if (op == 'r' || op == 'w' || op == 'x')
		return access(s, op == 'r' ? R_OK : op == 'w' ? W_OK : X_OK) == 0;
	if (stat(s, &st) < 0)
		return false;
	return op == 'd' ? S_ISDIR(st.st_mode) : op == 'f' ? S_ISREG(st.st_mode) : true;
}

static bool test_two(const char *a, const char *op, const char *b)
{
	static const char *const ops[] = {"-eq", "-ne", "-lt", "-le", "-gt", "-ge"};
	long x, y;
	int i = 0;

	if (strcmp(op, "=") == 0 || strcmp(op, "!=") == 0)
		return (strcmp(a, b) == 0) == (*op == '=');
	while (i < 6 && strcmp(op, ops[i]) != 0)
		i++;
	if (i == 6 || !parse_long(a, &x) || !parse_long(b, &y))
		usage(2);
	return i == 0	? x == y
	       : i == 1 ? x != y
	       : i == 2 ? x < y
	       : i == 3 ? x <= y
	       : i == 4 ? x > y
			: x >= y;
}

int main(int argc, char **argv)
{
	bool invert, result = false;

	if (strcmp(last_part(argv[0]), "[") == 0 && (argc < 2 || strcmp(argv[--argc], "]") != 0))
		usage(2);
	invert = argc > 2 && strcmp(argv[1], "!") == 0;
	argv += invert;
	argc -= invert;
	if (argc == 2)
		result = *argv[1];
	else if (argc == 3 && argv[1][0] == '-' && strchr("defrwxnzt", argv[1][1]))
		result = test_one(argv[1][1], argv[2]);
	else if (argc == 4)
		result = test_two(argv[1], argv[2], argv[3]);
	else if (argc != 1)
		usage(2);
	return result == invert;
}
