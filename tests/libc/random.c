/* Random calls on streams of every mode and buffer: what they return, and what the file holds. */
#define _GNU_SOURCE
#include "compare.h"

#define FILE1 "/tmp/libc-random"
#define SEEDS 400
#define CALLS 60
#define LARGE 12000

static unsigned int state, hash;
static char pattern[2 * LARGE], buf[2 * LARGE], own[1024];

static unsigned int below(unsigned int n)
{
	state = state * 1103515245u + 12345;
	return (state >> 12) % n;
}

static void note(long value)
{
	hash = hash * 31 + value;
}

static unsigned int length(void)
{
	return below(3) ? below(40) : below(9000);
}

static void read_some(FILE *f)
{
	unsigned int n = length();
	int c, at = -1;

	switch (below(5)) {
	case 0:
		note(fgetc(f));
		break;
	case 1:
		buf[0] = '\0';
		note(fgets(buf, n + 2, f) != NULL);
		note(strlen(buf) + buf[0]);
		break;
	case 2:
		memset(buf, 0, n + 1);
		note(fread(buf, 1, n, f));
		note(buf[0] + buf[n / 2]);
		break;
	case 3:
		/* glibc's fflush forgets what was read ahead if another character was put back */
		c = fgetc(f);
		note(c);
		note(ungetc(c, f));
		break;
	case 4:
		buf[0] = '\0';
		note(fscanf(f, "%5s%n", buf, &at));
		note(at + buf[0]);
		break;
	}
	note(!!feof(f));
	if (below(2))
		clearerr(f);
}

static void write_some(FILE *f)
{
	unsigned int n = length();

	switch (below(4)) {
	case 0:
		note(fputc('0' + below(10), f));
		break;
	case 1:
		note(fwrite(pattern + below(500), 1, n, f));
		break;
	case 2:
		note(fprintf(f, "%d %*d %s\n", n, n % 700, 7, "text"));
		break;
	case 3:
		memcpy(buf, pattern + below(500), n);
		buf[n] = '\0';
		note(fputs(buf, f) >= 0);
		break;
	}
}

/* A call between reading and writing, which may follow each other then. */
static void move(FILE *f)
{
	switch (below(4)) {
	case 0:
		note(fseek(f, below(4) ? below(LARGE) : 0, SEEK_SET));
		break;
	case 1:
		note(fseek(f, (long)below(200) - 100, SEEK_CUR));
		break;
	case 2:
		note(fseek(f, -(long)below(200), SEEK_END));
		break;
	case 3:
		note(fflush(f));
		note(lseek(fileno(f), 0, SEEK_CUR));
		break;
	}
	note(fseek(f, 0, SEEK_CUR));
}

static FILE *open_some(const char *mode)
{
	FILE *f = fopen(FILE1, mode);

	switch (below(6)) {
	case 0:
		setvbuf(f, NULL, _IONBF, 0);
		break;
	case 1:
		setvbuf(f, NULL, _IOLBF, 0);
		break;
	case 2:
		setvbuf(f, own, below(2) ? _IOLBF : _IOFBF, sizeof(own));
		break;
	}
	return f;
}

static void run(unsigned int seed)
{
	static const char *const modes[] = {"r", "r+", "w+", "a+", "w", "a"};
	const char *mode = modes[seed % 6];
	int reads = seed % 6 < 4, writes = seed % 6 != 0, fd, i;
	enum {
		EITHER,
		READING,
		WRITING
	} last = EITHER;
	ssize_t n;
	FILE *f;

	state = seed * 7919 + 1;
	hash = 0;
	n = below(3) ? below(LARGE) : below(50);
	fd = open(FILE1, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (write(fd, pattern, n) != n)
		_exit(97);
	close(fd);
	f = open_some(mode);
	for (i = 0; i < CALLS; i++) {
		unsigned int what = below(8);

		if (what < 3 && reads && last != WRITING) {
			last = READING;
			read_some(f);
		} else if (what >= 3 && what < 6 && writes && last != READING) {
			last = WRITING;
			write_some(f);
		} else if (what == 6) {
			last = EITHER;
			move(f);
		} else if (what == 7) {
			note(ftell(f));
		}
	}
	note(fclose(f));
	fd = open(FILE1, O_RDONLY);
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		for (i = 0; i < n; i++)
			note(buf[i]);
	}
	close(fd);
	say("seed %u, mode %s: %x\n", seed, mode, hash);
}

int main(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(pattern); i++)
		pattern[i] = i % 17 == 16 ? '\n' : 'a' + i % 26;
	for (i = 0; i < SEEDS; i++)
		run(i);
	return 0;
}
