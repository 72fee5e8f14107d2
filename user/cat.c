/*
 * cat [-nbsE] [FILE ...]: print files one after the other; "-" is standard input.
 */
#define PROGRAM "cat"
#define USAGE	"[-nbsE] [FILE ...]"
#include "user/common.h"

static bool number, number_filled, squeeze, ends;

static bool copy(int fd, const char *name)
{
	static char buf[65536];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			complain_errno(name);
			return false;
		}
		for (ssize_t done = 0, k; done < n; done += k) {
			k = write(STDOUT_FILENO, buf + done, n - done);
			if (k < 0)
				die("write error");
		}
	}
	return true;
}

static bool print_lines(FILE *f, const char *name)
{
	static unsigned long count;
	static bool line_start = true, was_empty;
	int c;

	while ((c = getc(f)) != EOF) {
		if (line_start) {
			bool empty = c == '\n';

			if (squeeze && empty && was_empty)
				continue;
			was_empty = empty;
			if (number_filled ? !empty : number)
				printf("%6lu\t", ++count);
		}
		if (c == '\n' && ends)
			putchar('$');
		putchar(c);
		line_start = c == '\n';
	}
	if (ferror(f))
		complain_errno(name);
	return !ferror(f);
}

static bool print_file(const char *name)
{
	bool std = strcmp(name, "-") == 0, ok;
	int fd = std ? STDIN_FILENO : open(name, O_RDONLY);
	FILE *f;

	if (fd < 0) {
		complain_errno(name);
		return false;
	}
	if (!number && !number_filled && !squeeze && !ends) {
		ok = copy(fd, std ? "standard input" : name);
		if (!std)
			close(fd);
		return ok;
	}
	f = std ? stdin : fdopen(fd, "r");
	ok = f && print_lines(f, name);
	if (f && !std)
		fclose(f);
	return ok;
}

int main(int argc, char **argv)
{
	int opt, status = 0;

	while ((opt = getopt(argc, argv, "nbsEu")) != -1) {
		if (opt == 'n')
			number = true;
		else if (opt == 'b')
			number_filled = true;
		else if (opt == 's')
			squeeze = true;
		else if (opt == 'E')
			ends = true;
		else if (opt != 'u') /* output is unbuffered anyway */
			usage(1);
	}
	if (optind == argc)
		status = !print_file("-");
	for (; optind < argc; optind++)
		status |= !print_file(argv[optind]);
	return finish(status);
}
