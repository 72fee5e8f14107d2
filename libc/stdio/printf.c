/* The printf family: __format with a stream, a descriptor or growing memory as its sink. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "libc/include/bits/format.h"
#include "libc/stdio/stdio_impl.h"

/* One write for a whole message on an unbuffered stream, if it is not longer than this. */
#define MESSAGE_BUFFER 512

struct stream_sink {
	struct format_sink sink;
	FILE *f;
	int failed;
};

static void stream_write(struct format_sink *sink, const char *s, size_t len)
{
	struct stream_sink *stream = (struct stream_sink *)sink;

	if (fwrite(s, 1, len, stream->f) != len)
		stream->failed = 1;
}

static int format_buffered(FILE *f, const char *fmt, va_list ap)
{
	struct stream_sink stream = {.sink.write = stream_write, .f = f};
	int len = __format(&stream.sink, fmt, ap);

	return stream.failed ? -1 : len;
}

/* Lends the stream, which is writing, a buffer for the time of one call. */
static int format_unbuffered(FILE *f, const char *fmt, va_list ap)
{
	unsigned char buffer[MESSAGE_BUFFER], *own = f->buf;
	size_t size = f->size;
	int len;

	f->flags &= ~FILE_UNBUFFERED;
	f->buf = f->wpos = buffer;
	f->size = sizeof(buffer);
	len = format_buffered(f, fmt, ap);
	if (__flush_writes(f) < 0)
		len = -1;
	f->flags |= FILE_UNBUFFERED;
	f->buf = f->wpos = own;
	f->size = size;
	return len;
}

int vfprintf(FILE *f, const char *fmt, va_list ap)
{
	if (__to_write(f) < 0)
		return -1;
	if (f->flags & FILE_UNBUFFERED)
		return format_unbuffered(f, fmt, ap);
	return format_buffered(f, fmt, ap);
}

int vdprintf(int fd, const char *fmt, va_list ap)
{
	FILE f = {.fd = fd, .flags = FILE_WRITE | FILE_UNBUFFERED | FILE_MODE_SET};

	__to_write(&f);
	return format_unbuffered(&f, fmt, ap);
}

int vsprintf(char *s, const char *fmt, va_list ap)
{
	return vsnprintf(s, INT_MAX, fmt, ap);
}

int printf(const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vfprintf(stdout, fmt, ap);
	va_end(ap);
	return len;
}

int fprintf(FILE *f, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vfprintf(f, fmt, ap);
	va_end(ap);
	return len;
}

int dprintf(int fd, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vdprintf(fd, fmt, ap);
	va_end(ap);
	return len;
}

int sprintf(char *s, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsprintf(s, fmt, ap);
	va_end(ap);
	return len;
}
