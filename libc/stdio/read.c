/* Taking bytes and lines from streams. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libc/stdio/stdio_impl.h"

int fgetc(FILE *f)
{
	if (f->dir == READING && f->rpos < f->rend)
		return *f->rpos++;
	return __fill(f);
}

int getc(FILE *f)
{
	return fgetc(f);
}

int getchar(void)
{
	return fgetc(stdin);
}

int ungetc(int c, FILE *f)
{
	if (c == EOF || __to_read(f) < 0 || f->rpos <= f->start)
		return EOF;
	*--f->rpos = c;
	f->flags &= ~FILE_EOF;
	return (unsigned char)c;
}

/* Up to n bytes, one at least, from the buffer or past it. Returns 0 at the end and on errors. */
static size_t read_bytes(FILE *f, unsigned char *p, size_t n)
{
	size_t have = f->rend - f->rpos;
	int c;

	if (have) {
		have = have < n ? have : n;
		memcpy(p, f->rpos, have);
		f->rpos += have;
		return have;
	}
	/* What would fill the buffer at once need not go through it. */
	if (f->flags & FILE_UNBUFFERED)
		return __read_more(f, p, n);
	if (n >= f->size)
		return __read_more(f, p, n - n % f->size);
	c = __fill(f);
	if (c == EOF)
		return 0;
	*p = c;
	return 1;
}

size_t fread(void *buf, size_t size, size_t n, FILE *f)
{
	size_t want = size * n, got = 0, part;
	unsigned char *p = buf;

	if (!want || __to_read(f) < 0)
		return 0;
	do {
		part = read_bytes(f, p + got, want - got);
		got += part;
	} while (part && got < want);
	return got / size;
}

char *fgets(char *s, int n, FILE *f)
{
	unsigned int before = f->flags & FILE_ERROR;
	int len = 0;

	if (n <= 0)
		return NULL;
	/* An error of an earlier call is not one of this line. */
	f->flags &= ~FILE_ERROR;
	while (len < n - 1) {
		int c = fgetc(f);

		if (c == EOF)
			break;
		s[len++] = c;
		if (c == '\n')
			break;
	}
	/* An error spoils the line; the end of the file and a pipe without more do not. */
	if ((len == 0 && n > 1) || ((f->flags & FILE_ERROR) && errno != EAGAIN))
		s = NULL;
	else
		s[len] = '\0';
	f->flags |= before;
	return s;
}

ssize_t getdelim(char **line, size_t *size, int delim, FILE *f)
{
	size_t len = 0;
	int c;

	if (!line || !size) {
		errno = EINVAL;
		return -1;
	}
	if (!*line)
		*size = 0;
	do {
		c = fgetc(f);
		if (c == EOF)
			break;
		if (len + 2 > *size) {
			size_t bigger = *size < 60 ? 120 : 2 * *size;
			char *more = realloc(*line, bigger);

			if (!more)
				return -1;
			*line = more;
			*size = bigger;
		}
		(*line)[len++] = c;
	} while (c != delim);
	if (len == 0)
		return -1;
	(*line)[len] = '\0';
	return len;
}

ssize_t getline(char **line, size_t *size, FILE *f)
{
	return getdelim(line, size, '\n', f);
}
