/*
 * hexdump [-Cv] [-n LENGTH] [-s OFFSET] [FILE ...]: bytes as numbers; -C: and as characters.
 * Lines equal to the one before are shown as "*", unless -v is given.
 */
#define PROGRAM "hexdump"
#define USAGE	"[-Cv] [-n LENGTH] [-s OFFSET] [FILE ...]"
#include "user/common.h"
#include <ctype.h>

enum {
	ROW = 16
};

struct input {
	char **names; /* still to be opened */
	int fd;
	int status;
};

static bool canonical, verbose;

/* Up to N bytes from the files, one behind the other. */
static size_t read_some(struct input *in, unsigned char *buf, size_t n)
{
	size_t have = 0;

	while (have < n) {
		ssize_t k = in->fd < 0 ? 0 : read(in->fd, buf + have, n - have);

		if (k < 0) {
			complain_errno("read");
			in->status = 1;
		}
		if (k > 0) {
			have += k;
			continue;
		}
		if (in->fd >= 0)
			close(in->fd);
		in->fd = -1;
		if (!*in->names)
			break;
		in->fd = open(*in->names, O_RDONLY);
		if (in->fd < 0) {
			complain_errno(*in->names);
			in->status = 1;
		}
		in->names++;
	}
	return have;
}

static void print_words(const unsigned char *row, size_t n)
{
	for (size_t i = 0; i < n; i += 2)
		printf(" %04x", row[i] | (i + 1 < n ? row[i + 1] << 8 : 0));
	for (size_t i = n + n % 2; i < ROW; i += 2)
		printf("     ");
}

static void print_canonical(const unsigned char *row, size_t n)
{
	for (size_t i = 0; i < ROW; i++) {
		if (i % 8 == 0)
			putchar(' ');
		if (i < n)
			printf(" %02x", row[i]);
		else
			printf("   ");
	}
	printf("  |");
	for (size_t i = 0; i < n; i++)
		putchar(row[i] < 128 && isprint(row[i]) ? row[i] : '.');
	putchar('|');
}

static void skip(struct input *in, unsigned long long n)
{
	unsigned char buf[4096];

	while (n > 0) {
		size_t k = read_some(in, buf, n < sizeof(buf) ? n : sizeof(buf));

		if (k == 0)
			return;
		n -= k;
	}
}

static void dump(struct input *in, unsigned long long at, unsigned long long left)
{
	unsigned char row[ROW], last[ROW];
	bool starred = false, have_last = false;
	const char *offset = canonical ? "%08llx" : "%07llx";
	size_t n;

	while (left > 0 && (n = read_some(in, row, left < ROW ? left : ROW)) > 0) {
		left -= n;
		if (!verbose && have_last && n == ROW && memcmp(row, last, ROW) == 0) {
			if (!starred)
				puts("*");
			starred = true;
		} else {
			printf(offset, at);
			if (canonical)
				print_canonical(row, n);
			else
				print_words(row, n);
			putchar('\n');
			starred = false;
		}
		memcpy(last, row, n);
		have_last = n == ROW;
		at += n;
	}
	if (at > 0) {
		printf(offset, at);
		putchar('\n');
	}
}

static unsigned long long number(const char *s)
{
	char *end;
	unsigned long long n = strtoull(s, &end, 0);

	if (end == s || *end || *s == '-') {
		complain("bad number: %s", s);
		exit(1);
	}
	return n;
}

int main(int argc, char **argv)
{
	unsigned long long offset = 0, length = ULLONG_MAX;
	static char *none[] = {NULL};
	struct input in = {none, STDIN_FILENO, 0};
	int opt;

	while ((opt = getopt(argc, argv, "Cvn:s:")) != -1) {
		if (opt == 'C')
			canonical = true;
		else if (opt == 'v')
			verbose = true;
		else if (opt == 'n')
			length = number(optarg);
		else if (opt == 's')
			offset = number(optarg);
		else
			usage(1);
	}
	if (optind < argc) {
		in.names = argv + optind;
		in.fd = -1;
	}
	skip(&in, offset);
	dump(&in, offset, length);
	return finish(in.status);
}
