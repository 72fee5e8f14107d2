/* The list of streams, the three standard ones, and the ways between rest, read and write. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "libc/internal/libc.h"
#include "libc/stdio/stdio_impl.h"

static FILE in, out, err;

/* Their buffers are static, so that a program that only prints has no heap. */
static unsigned char in_buffer[UNGET + BUFSIZ];
static unsigned char out_buffer[UNGET + BUFSIZ];

static FILE in = {
	.fd = STDIN_FILENO,
	.flags = FILE_READ,
	.buf = in_buffer + UNGET,
	.size = BUFSIZ,
	.next = &out,
};
static FILE out = {
	.fd = STDOUT_FILENO,
	.flags = FILE_WRITE,
	.buf = out_buffer + UNGET,
	.size = BUFSIZ,
	.prev = &in,
	.next = &err,
};
static FILE err = {
	.fd = STDERR_FILENO,
	.flags = FILE_WRITE | FILE_UNBUFFERED | FILE_MODE_SET,
	.prev = &out,
};

FILE *const stdin = &in;
FILE *const stdout = &out;
FILE *const stderr = &err;
FILE *__streams = &in;

/* Decides how the stream is buffered, if nobody has: by lines on a terminal. */
static void settle_buffer(FILE *f)
{
	struct winsize size;
	int saved = errno;

	if (!(f->flags & FILE_MODE_SET)) {
		f->flags |= FILE_MODE_SET;
		if (ioctl(f->fd, TIOCGWINSZ, &size) == 0)
			f->flags |= FILE_LINE;
		errno = saved;
	}
	if (f->buf)
		return;
	if (!(f->flags & FILE_UNBUFFERED)) {
		f->size = f->flags & FILE_LINE ? TTY_BUFFER : BUFSIZ;
		f->buf = malloc(UNGET + f->size);
		if (f->buf) {
			f->flags |= FILE_OWN_BUFFER;
			f->buf += UNGET;
			return;
		}
		errno = saved;
		f->flags |= FILE_UNBUFFERED;
	}
	f->buf = f->tiny + UNGET;
	f->size = 1;
}

static int refuse(FILE *f)
{
	errno = EBADF;
	f->flags |= FILE_ERROR;
	return -1;
}

int __to_read(FILE *f)
{
	if (f->dir == READING)
		return 0;
	if (!(f->flags & FILE_READ))
		return refuse(f);
	settle_buffer(f);
	if (f->dir == WRITING && __flush_writes(f) < 0)
		return -1;
	f->dir = READING;
	f->start = f->buf - UNGET;
	f->rpos = f->rend = f->buf;
	return 0;
}

int __to_write(FILE *f)
{
	if (f->dir == WRITING)
		return 0;
	if (!(f->flags & FILE_WRITE))
		return refuse(f);
	settle_buffer(f);
	/* What was read ahead has to be read again after this. */
	if (f->dir == READING && f->rpos != f->rend)
		lseek(f->fd, f->rpos - f->rend, SEEK_CUR);
	f->dir = WRITING;
	f->flags &= ~FILE_EOF;
	f->wpos = f->buf;
	return 0;
}

size_t __read_more(FILE *f, unsigned char *p, size_t n)
{
	ssize_t got;

	if (f->fd < 0)
		f->flags |= FILE_EOF;
	if (f->flags & FILE_EOF)
		return 0;
	/* A prompt must be seen before the answer is waited for. */
	if ((f->flags & (FILE_LINE | FILE_UNBUFFERED)) && (stdout->flags & FILE_LINE))
		__flush_writes(stdout);
	got = read(f->fd, p, n);
	if (got > 0)
		return got;
	f->flags |= got < 0 ? FILE_ERROR : FILE_EOF;
	return 0;
}

int __fill(FILE *f)
{
	size_t n;

	if (__to_read(f) < 0)
		return EOF;
	n = __read_more(f, f->buf, f->flags & FILE_UNBUFFERED ? 1 : f->size);
	if (!n)
		return EOF;
	f->rpos = f->buf;
	f->rend = f->buf + n;
	return *f->rpos++;
}

FILE *__new_stream(int fd, unsigned int flags)
{
	FILE *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->fd = fd;
	f->flags = flags | FILE_OWN_STRUCT;
	f->next = __streams;
	if (__streams)
		__streams->prev = f;
	__streams = f;
	return f;
}

void __open_string(FILE *f, const char *s)
{
	memset(f, 0, sizeof(*f));
	f->fd = -1;
	f->flags = FILE_READ | FILE_MODE_SET;
	f->dir = READING;
	f->buf = f->start = f->rpos = (unsigned char *)s;
	f->size = strlen(s);
	f->rend = f->buf + f->size;
}
