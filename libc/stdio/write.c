/* Putting bytes into streams. */
#include <string.h>
#include <unistd.h>
#include "libc/stdio/stdio_impl.h"

/* Past the buffer, straight into the file. Returns how many bytes were written. */
static size_t write_through(FILE *f, const unsigned char *p, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t w = write(f->fd, p + done, n - done);

		if (w < 0) {
			f->flags |= FILE_ERROR;
			break;
		}
		done += w;
	}
	return done;
}

static size_t put(FILE *f, const unsigned char *p, size_t n)
{
	size_t done = 0;

	while (done < n) {
		size_t room = f->buf + f->size - f->wpos;
		size_t part = n - done < room ? n - done : room;

		/* What would fill the buffer at once need not go through it. */
		if (f->wpos == f->buf && n - done >= f->size)
			return done + write_through(f, p + done, n - done);
		memcpy(f->wpos, p + done, part);
		f->wpos += part;
		done += part;
		if (part == room && __flush_writes(f) < 0)
			return done - part;
	}
	return done;
}

static size_t write_bytes(FILE *f, const unsigned char *p, size_t n)
{
	const unsigned char *newline;
	size_t lines, done;

	if (__to_write(f) < 0)
		return 0;
	if (f->flags & FILE_UNBUFFERED)
		return write_through(f, p, n);
	newline = f->flags & FILE_LINE ? memrchr(p, '\n', n) : NULL;
	if (!newline)
		return put(f, p, n);
	/* Whole lines go out; what follows the last one waits for its end. */
	lines = newline + 1 - p;
	done = put(f, p, lines);
	if (done < lines)
		return done;
	if (__flush_writes(f) < 0)
		return 0;
	return lines + put(f, p + lines, n - lines);
}

size_t fwrite(const void *buf, size_t size, size_t n, FILE *f)
{
	size_t want = size * n;
	size_t done = want ? write_bytes(f, buf, want) : 0;

	return done == want ? (want ? n : 0) : done / size;
}

int fputc(int c, FILE *f)
{
	unsigned char byte = c;

	if (f->dir == WRITING && !(f->flags & (FILE_LINE | FILE_UNBUFFERED)) &&
	    f->wpos < f->buf + f->size - 1) {
		*f->wpos++ = byte;
		return byte;
	}
	return write_bytes(f, &byte, 1) == 1 ? byte : EOF;
}

int putchar(int c)
{
	return fputc(c, stdout);
}

int fputs(const char *s, FILE *f)
{
	size_t len = strlen(s);

	return write_bytes(f, (const unsigned char *)s, len) == len ? 1 : EOF;
}

int puts(const char *s)
{
	return fputs(s, stdout) < 0 || putchar('\n') < 0 ? EOF : (int)strlen(s) + 1;
}
