/* Bringing buffers and files together. */
#include <errno.h>
#include <unistd.h>
#include "libc/internal/libc.h"
#include "libc/stdio/stdio_impl.h"

/* On an error the rest of the buffer is dropped: it would only fail again. */
int __flush_writes(FILE *f)
{
	unsigned char *p = f->buf;

	if (f->dir != WRITING)
		return 0;
	while (p < f->wpos) {
		ssize_t n = write(f->fd, p, f->wpos - p);

		if (n < 0) {
			f->flags |= FILE_ERROR;
			f->wpos = f->buf;
			return -1;
		}
		p += n;
	}
	f->wpos = f->buf;
	return 0;
}

/* Gives what was read ahead back to the file, if it can be positioned. */
static void drop_read_ahead(FILE *f)
{
	int saved = errno;

	if (f->rpos != f->rend && lseek(f->fd, f->rpos - f->rend, SEEK_CUR) >= 0)
		f->rpos = f->rend = f->buf;
	errno = saved;
}

int fflush(FILE *f)
{
	int result = 0;

	if (f) {
		if (f->dir == READING && f->fd >= 0)
			drop_read_ahead(f);
		return __flush_writes(f);
	}
	for (f = __streams; f; f = f->next) {
		if (__flush_writes(f) < 0)
			result = EOF;
	}
	return result;
}

void __stdio_exit(void)
{
	fflush(NULL);
}
