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

size_t fread(void *buf, size_t size, size_t n, FILE *f)
{
	size_t want = size * n, got = 0;
	unsigned char *p = buf;

	while (got < want) {
		size_t have;
		int c = fgetc(f);

		if (c == EOF)
			break;
		p[got++] = c;
		have = f->rend - f->rpos;
		if (have > want - got)
			have = want - got;
		memcpy(p + got, f->rpos, have);
		f->rpos += have;
		got += have;
	}
	return size ? got / size : 0;
}

char *fgets(char *s, int n, FILE *f)
{
	int len = 0;

	if (n <= 0)
		return NULL;
	while (len < n - 1) {
		int c = fgetc(f);

		if (c == EOF)
			break;
		s[len++] = c;
		if (c == '\n')
			break;
	}
	/* An error spoils the line, the end of the file does not. */
	if ((len == 0 && n > 1) || (f->flags & FILE_ERROR))
		return NULL;
	s[len] = '\0';
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
