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

int __give_back(FILE *f)
{
	int saved = errno;

	if (f->dir != READING || f->fd < 0 || f->rpos == f->rend)
		return 0;
	if (lseek(f->fd, f->rpos - f->rend, SEEK_CUR) >= 0)
		f->rpos = f->rend = f->buf;
	else if (errno != ESPIPE)
		return -1;
	errno = saved;
	return 0;
}

int fflush(FILE *f)
{
	int result = 0;

	if (f)
		return __give_back(f) < 0 || __flush_writes(f) < 0 ? EOF : 0;
	for (f = __streams; f; f = f->next) {
		if (__flush_writes(f) < 0)
			result = EOF;
	}
	return result;
}

/* Whoever shares the files goes on where this program stopped. */
void __stdio_exit(void)
{
	FILE *f;

	fflush(NULL);
	for (f = __streams; f; f = f->next)
		__give_back(f);
}
