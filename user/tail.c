/*
 * tail [-f] [-n LINES | -c BYTES] [FILE ...]: the last part of files; -n +N: from line N on;
 * -f: wait for more to be written.
 */
#define PROGRAM "tail"
#define USAGE	"[-fqv] [-n [+]LINES | -c [+]BYTES] [FILE ...]"
#include "user/common.h"

enum {
	POLL_INTERVAL = 500000 /* microseconds */
};

static long count = 10;
static bool bytes, from_start, follow;

struct text {
	char *s;
	size_t n, cap;
};

/* Keep the end of the input only: what can't be printed any more goes. */
static void trim(struct text *t)
{
	size_t start = 0;
	long lines = 0;

	if (bytes) {
		start = t->n > (size_t)count ? t->n - count : 0;
	} else {
		for (size_t i = t->n; i > 0; i--) {
			if (t->s[i - 1] == '\n' && i != t->n && ++lines == count) {
				start = i;
				break;
			}
		}
		if (count == 0)
			start = t->n;
	}
	memmove(t->s, t->s + start, t->n - start);
	t->n -= start;
}

static bool print_end(int fd)
{
	struct text t = {0};
	size_t checked = 0;
	ssize_t n;

	for (;;) {
		if (t.cap - t.n < 4096)
			t.s = allocate(t.s, t.cap = 2 * t.cap + 65536);
		n = read(fd, t.s + t.n, t.cap - t.n);
		if (n <= 0)
			break;
		t.n += n;
		if (t.n > 2 * checked + 65536) {
			trim(&t);
			checked = t.n;
		}
	}
	trim(&t);
	fwrite(t.s, 1, t.n, stdout);
	free(t.s);
	return n == 0;
}

static bool print_from(int fd)
{
	long skip = count - 1;
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		ssize_t i = 0;

		for (; i < n && skip > 0; i++) {
			if (bytes || buf[i] == '\n')
				skip--;
		}
		fwrite(buf + i, 1, n - i, stdout);
	}
	return n == 0;
}

static int print_file(int fd, const char *name, bool title)
{
	static bool first = true;

	if (title)
		printf("%s==> %s <==\n", first ? "" : "\n", name);
	first = false;
	if (from_start ? print_from(fd) : print_end(fd))
		return 0;
	complain_errno(name);
	return 1;
}

static void follow_files(int *fds, char **names, int n, bool title)
{
	int last = n - 1;

	for (;;) {
		bool more = false;

		fflush(stdout);
		for (int i = 0; i < n; i++) {
			char buf[4096];
			ssize_t k = fds[i] < 0 ? 0 : read(fds[i], buf, sizeof(buf));

			if (k <= 0)
				continue;
			if (title && i != last)
				printf("\n==> %s <==\n", names[i]);
			last = i;
			fwrite(buf, 1, k, stdout);
			more = true;
		}
		if (!more)
			usleep(POLL_INTERVAL);
	}
}

static void set_count(const char *s)
{
	from_start = *s == '+';
	if (!parse_long(s, &count)) {
		complain("bad number: %s", s);
		exit(1);
	}
	if (count < 0)
		count = -count;
}

int main(int argc, char **argv)
{
	bool quiet = false, verbose = false, title;
	static char *standard[] = {"-"};
	char **names = standard;
	int opt, status = 0, n = 1, *fds;

	if (argc > 1 && argv[1][0] == '-' && argv[1][1] >= '0' && argv[1][1] <= '9') {
		set_count(argv[1] + 1); /* tail -5 */
		argv[1] = argv[0];
		argv++;
		argc--;
	}
	while ((opt = getopt(argc, argv, "n:c:fqv")) != -1) {
		if (opt == 'f')
			follow = true;
		else if (opt == 'q')
			quiet = true;
		else if (opt == 'v')
			verbose = true;
		else if (opt == '?')
			usage(1);
		else
			set_count(optarg), bytes = opt == 'c';
	}
	if (optind < argc) {
		names = argv + optind;
		n = argc - optind;
	}
	title = verbose || (n > 1 && !quiet);
	fds = allocate(NULL, n * sizeof(*fds));
	for (int i = 0; i < n; i++) {
		bool std = strcmp(names[i], "-") == 0;

		fds[i] = std ? STDIN_FILENO : open(names[i], O_RDONLY);
		if (fds[i] < 0) {
			complain_errno(names[i]);
			status = 1;
		} else {
			status |= print_file(fds[i], std ? "standard input" : names[i], title);
		}
	}
	if (follow)
		follow_files(fds, names, n, title);
	return finish(status);
}
