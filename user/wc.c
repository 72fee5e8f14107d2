/*
 * wc [-lwcm] [FILE ...]: count lines, words, bytes and characters.
 */
#define PROGRAM "wc"
#define USAGE	"[-lwcm] [FILE ...]"
#include "user/common.h"
#include <ctype.h>

struct counts {
	unsigned long long lines, words, chars, bytes;
};

static bool lines, words, chars, bytes;

static bool count(int fd, struct counts *c)
{
	char buf[16384];
	bool in_word = false;
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		c->bytes += n;
		for (ssize_t i = 0; i < n; i++) {
			unsigned char ch = buf[i];

			c->lines += ch == '\n';
			c->chars += (ch & 0xc0) != 0x80;
			c->words += !isspace(ch) && !in_word;
			in_word = !isspace(ch);
		}
	}
	return n == 0;
}

static void print_counts(const struct counts *c, const char *name, int width)
{
	const char *space = "";

	if (lines)
		printf("%*llu", width, c->lines), space = " ";
	if (words)
		printf("%s%*llu", space, width, c->words), space = " ";
	if (chars)
		printf("%s%*llu", space, width, c->chars), space = " ";
	if (bytes)
		printf("%s%*llu", space, width, c->bytes);
	if (name)
		printf(" %s", name);
	putchar('\n');
}

/* The width of the numbers: as many digits as the sizes of the files together have. */
static int number_width(char **names, int n)
{
	unsigned long long total = 0;
	int width = 1;

	if (n <= 1 && lines + words + chars + bytes == 1)
		return 1;
	for (int i = 0; i < n; i++) {
		struct stat st;

		if (stat(names[i], &st) < 0)
			continue;
		if (!S_ISREG(st.st_mode))
			return 7;
		total += st.st_size;
	}
	for (; total >= 10; total /= 10)
		width++;
	return n ? width : 7;
}

int main(int argc, char **argv)
{
	struct counts total = {0};
	int opt, status = 0, width;

	while ((opt = getopt(argc, argv, "lwcm")) != -1) {
		if (opt == 'l')
			lines = true;
		else if (opt == 'w')
			words = true;
		else if (opt == 'c')
			bytes = true;
		else if (opt == 'm')
			chars = true;
		else
			usage(1);
	}
	if (!lines && !words && !bytes && !chars)
		lines = words = bytes = true;
	width = number_width(argv + optind, argc - optind);
	if (optind == argc) {
		if (!count(STDIN_FILENO, &total))
			die("standard input");
		print_counts(&total, NULL, width);
	}
	for (int i = optind; i < argc; i++) {
		struct counts c = {0};
		bool std = strcmp(argv[i], "-") == 0;
		int fd = std ? STDIN_FILENO : open(argv[i], O_RDONLY);

		if (fd < 0 || !count(fd, &c)) {
			complain_errno(argv[i]);
			status = 1;
			if (fd < 0)
				continue;
		}
		print_counts(&c, argv[i], width);
		total.lines += c.lines;
		total.words += c.words;
		total.chars += c.chars;
		total.bytes += c.bytes;
		if (!std)
			close(fd);
	}
	if (argc - optind > 1)
		print_counts(&total, "total", width);
	return finish(status);
}
