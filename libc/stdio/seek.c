/* Positions in streams, and their flags. */
#include <errno.h>
#include <limits.h>
#include <unistd.h>
#include "libc/stdio/stdio_impl.h"

int fseeko(FILE *f, off_t off, int whence)
{
	if (__flush_writes(f) < 0)
		return -1;
	/* The file is ahead of the reader by what is in the buffer. */
	if (f->dir == READING && whence == SEEK_CUR)
		off -= f->rend - f->rpos;
	if (lseek(f->fd, off, whence) < 0)
		return -1;
	f->dir = AT_REST;
	f->flags &= ~FILE_EOF;
	return 0;
}

int fseek(FILE *f, long off, int whence)
{
	return fseeko(f, off, whence);
}

off_t ftello(FILE *f)
{
	off_t pos;

	/* With O_APPEND, where the buffered bytes go is only known when they are written. */
	if ((f->flags & FILE_APPEND) && __flush_writes(f) < 0)
		return -1;
	pos = lseek(f->fd, 0, SEEK_CUR);
	if (pos < 0)
		return -1;
	if (f->dir == READING)
		pos -= f->rend - f->rpos;
	else if (f->dir == WRITING)
		pos += f->wpos - f->buf;
	return pos;
}

long ftell(FILE *f)
{
	off_t pos = ftello(f);

	if (pos > LONG_MAX) {
		errno = EOVERFLOW;
		return -1;
	}
	return pos;
}

void rewind(FILE *f)
{
	fseeko(f, 0, SEEK_SET);
	clearerr(f);
}

int fileno(FILE *f)
{
	if (f->fd < 0)
		errno = EBADF;
	return f->fd;
}

int feof(FILE *f)
{
	return (f->flags & FILE_EOF) != 0;
}

int ferror(FILE *f)
{
	return (f->flags & FILE_ERROR) != 0;
}

void clearerr(FILE *f)
{
	f->flags &= ~(FILE_EOF | FILE_ERROR);
}
