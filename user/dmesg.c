/*
 * dmesg [-c] [-C] [-n LEVEL]: print the kernel's messages; clear them; set what the console shows.
 */
#define PROGRAM "dmesg"
#define USAGE	"[-c] [-C] [-n LEVEL]"
#include "user/common.h"
#include <sys/klog.h>

/* klogctl()'s actions: Linux include/linux/syslog.h */
enum {
	READ_ALL = 3,
	READ_CLEAR = 4,
	CLEAR = 5,
	CONSOLE_LEVEL = 8,
	SIZE_BUFFER = 10
};

/* The messages without the "<6>" in front of each line. */
static void print(const char *s, int n)
{
	bool line_start = true;

	for (int i = 0; i < n; i++) {
		if (line_start && s[i] == '<') {
			int k = i + 1;

			while (k < n && s[k] >= '0' && s[k] <= '9')
				k++;
			if (k < n && s[k] == '>')
				i = k + 1;
			if (i >= n)
				break;
		}
		putchar(s[i]);
		line_start = s[i] == '\n';
	}
	if (!line_start)
		putchar('\n');
}

int main(int argc, char **argv)
{
	int opt, action = READ_ALL, size, n;
	long level;
	char *buf;

	while ((opt = getopt(argc, argv, "cCn:")) != -1) {
		if (opt == 'c') {
			action = READ_CLEAR;
		} else if (opt == 'C') {
			action = CLEAR;
		} else if (opt == 'n') {
			if (!parse_long(optarg, &level))
				usage(1);
			if (klogctl(CONSOLE_LEVEL, NULL, level) < 0)
				die("klogctl");
			return 0;
		} else {
			usage(1);
		}
	}
	if (optind < argc)
		usage(1);
	if (action == CLEAR) {
		if (klogctl(CLEAR, NULL, 0) < 0)
			die("klogctl");
		return 0;
	}
	size = klogctl(SIZE_BUFFER, NULL, 0);
	if (size < 0)
		die("klogctl");
	buf = allocate(NULL, size);
	n = klogctl(action, buf, size);
	if (n < 0)
		die("klogctl");
	print(buf, n);
	return finish(0);
}
