/* Opening and closing streams. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "libc/stdio/stdio_impl.h"

#define CREATE_MODE 0666

int __parse_mode(const char *mode, unsigned int *flags)
{
	int oflags;

	switch (*mode) {
	case 'r':
		*flags = FILE_READ;
		oflags = 0;
		break;
	case 'w':
		*flags = FILE_WRITE;
		oflags = O_CREAT | O_TRUNC;
		break;
	case 'a':
		*flags = FILE_WRITE | FILE_APPEND;
		oflags = O_CREAT | O_APPEND;
		break;
	default:
		errno = EINVAL;
		return -1;
	}
	if (strchr(mode, '+'))
		*flags |= FILE_READ | FILE_WRITE;
	if (strchr(mode, 'e'))
		oflags |= O_CLOEXEC;
	if (strchr(mode, 'x'))
		oflags |= O_EXCL;
	if ((*flags & (FILE_READ | FILE_WRITE)) == (FILE_READ | FILE_WRITE))
		return oflags | O_RDWR;
	return oflags | (*flags & FILE_READ ? O_RDONLY : O_WRONLY);
}

FILE *fopen(const char *path, const char *mode)
{
	unsigned int flags;
	int oflags = __parse_mode(mode, &flags);
	FILE *f;
	int fd;

	if (oflags < 0)
		return NULL;
	fd = open(path, oflags, CREATE_MODE);
	if (fd < 0)
		return NULL;
	f = __new_stream(fd, flags);
	if (!f)
		close(fd);
	return f;
}

FILE *fdopen(int fd, const char *mode)
{
	unsigned int flags;
	int oflags = __parse_mode(mode, &flags);
	int have = fcntl(fd, F_GETFL);

	if (oflags < 0 || have < 0)
		return NULL;
	if ((have & O_ACCMODE) != O_RDWR && (have & O_ACCMODE) != (oflags & O_ACCMODE)) {
		errno = EINVAL;
		return NULL;
	}
	if ((oflags & O_APPEND) && !(have & O_APPEND) && fcntl(fd, F_SETFL, have | O_APPEND) < 0)
		return NULL;
	if ((oflags & O_CLOEXEC) && fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return NULL;
	return __new_stream(fd, flags);
}

static void free_buffer(FILE *f)
{
	if (f->flags & FILE_OWN_BUFFER)
		free(f->buf - UNGET);
	f->flags &= ~FILE_OWN_BUFFER;
	f->buf = NULL;
	f->dir = AT_REST;
}

/* The stream keeps its descriptor's number, as redirections of stdin and stdout want it. */
FILE *freopen(const char *path, const char *mode, FILE *f)
{
	unsigned int flags;
	int oflags = __parse_mode(mode, &flags);
	int fd;

	fflush(f);
	if (oflags < 0)
		return NULL;
	if (path) {
		fd = open(path, oflags, CREATE_MODE);
		if (fd < 0) {
			fclose(f);
			return NULL;
		}
		if (f->fd < 0) {
			f->fd = fd;
		} else if (fd != f->fd) {
			dup3(fd, f->fd, oflags & O_CLOEXEC);
			close(fd);
		}
	} else if (fcntl(f->fd, F_SETFL, oflags & ~O_CLOEXEC) < 0) {
		return NULL;
	}
	f->flags = flags | (f->flags & (FILE_OWN_BUFFER | FILE_OWN_STRUCT));
	f->dir = AT_REST;
	return f;
}

int fclose(FILE *f)
{
	int result = fflush(f);

	if (f->prev)
		f->prev->next = f->next;
	else
		__streams = f->next;
	if (f->next)
		f->next->prev = f->prev;
	if (close(f->fd) < 0)
		result = EOF;
	free_buffer(f);
	f->fd = -1;
	if (f->flags & FILE_OWN_STRUCT)
		free(f);
	else
		f->flags = 0;
	return result;
}

/* To be called before anything else is done with the stream. */
int setvbuf(FILE *f, char *buf, int mode, size_t size)
{
	if (mode < _IOFBF || mode > _IONBF)
		return -1;
	if (__flush_writes(f) < 0)
		return -1;
	f->flags = (f->flags & ~(FILE_LINE | FILE_UNBUFFERED)) | FILE_MODE_SET;
	if (mode == _IOLBF)
		f->flags |= FILE_LINE;
	if (mode == _IONBF) {
		f->flags |= FILE_UNBUFFERED;
		free_buffer(f);
	} else if (buf && size > UNGET) {
		free_buffer(f);
		f->buf = (unsigned char *)buf + UNGET;
		f->size = size - UNGET;
	}
	return 0;
}

void setbuf(FILE *f, char *buf)
{
	setvbuf(f, buf, buf ? _IOFBF : _IONBF, BUFSIZ);
}

void setlinebuf(FILE *f)
{
	setvbuf(f, NULL, _IOLBF, 0);
}

FILE *tmpfile(void)
{
	char name[] = P_tmpdir "/tmpXXXXXX";
	int fd = mkstemp(name);
	FILE *f;

	if (fd < 0)
		return NULL;
	unlink(name);
	f = fdopen(fd, "w+");
	if (!f)
		close(fd);
	return f;
}
