/* dmesg: the kernel's log. */
#define PROGRAM "dmesg"
#define USAGE	""
#include "user/common.h"
#include <sys/klog.h>

enum {
	READ_ALL = 3, /* syslog(2) */
	SIZE = 10
};

int main(int argc, char **argv)
{
	int size = klogctl(SIZE, NULL, 0), n = -1;
	char *text = size > 0 ? allocate(NULL, size) : NULL;
	char *line, *end;

	if (text)
		n = klogctl(READ_ALL, text, size - 1);
	if (n < 0)
		die("klogctl");
	text[n] = '\0';
	while ((line = strsep(&text, "\n"))) {
		end = line[0] == '<' ? strchr(line, '>') : NULL; /* its level */
		if (*line)
			puts(end ? end + 1 : line);
	}
	return finish(0);
}
