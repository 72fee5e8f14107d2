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

/* A stream that only appends begins at the end; whatever cannot be positioned, where it is. */
static int begin_at_end(int fd, unsigned int flags)
{
	if ((flags & (FILE_APPEND | FILE_READ)) != FILE_APPEND)
		return 0;
	return lseek(fd, 0, SEEK_END) < 0 && errno != ESPIPE ? -1 : 0;
}

FILE *fopen(const char *path, const char *mode)
{
	unsigned int flags;
	int oflags = __parse_mode(mode, &flags), saved = errno;
	FILE *f = NULL;
	int fd;

	if (oflags < 0)
		return NULL;
	fd = open(path, oflags, CREATE_MODE);
	if (fd < 0)
		return NULL;
	if (begin_at_end(fd, flags) == 0) {
		errno = saved;
		f = __new_stream(fd, flags);
	}
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
	if (begin_at_end(fd, flags) < 0)
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

/* Opens the path, or the stream's own file once more, by its descriptor's number if it has one. */
static int open_again(const char *path, int oflags, const FILE *f)
{
	char own[sizeof("/proc/self/fd/") + 3 * sizeof(int)];
	int fd;

	if (!path) {
		if (f->fd < 0) {
			errno = EBADF;
			return -1;
		}
		snprintf(own, sizeof(own), "/proc/self/fd/%d", f->fd);
		path = own;
	}
	fd = open(path, oflags, CREATE_MODE);
	if (fd < 0 || f->fd < 0 || fd == f->fd)
		return fd;
	if (dup3(fd, f->fd, oflags & O_CLOEXEC) < 0) {
		close(fd);
		return -1;
	}
	close(fd);
	return f->fd;
}

/* The stream keeps its descriptor's number, as redirections of stdin and stdout want it. */
FILE *freopen(const char *path, const char *mode, FILE *f)
{
	unsigned int flags;
	int oflags = __parse_mode(mode, &flags), fd = -1, saved;

	fflush(f);
	if (oflags >= 0)
		fd = open_again(path, oflags, f);
	if (fd < 0 || begin_at_end(fd, flags) < 0) {
		saved = errno;
		fclose(f);
		errno = saved;
		return NULL;
	}
	free_buffer(f);
	f->fd = fd;
	f->flags = flags | (f->flags & FILE_OWN_STRUCT);
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

/*
 * Meant for a stream that has done nothing yet. Later it holds for what follows, and what was
 * read ahead of a pipe stays in its buffer.
 */
int setvbuf(FILE *f, char *buf, int mode, size_t size)
{
	if (mode < _IOFBF || mode > _IONBF)
		return -1;
	if (__flush_writes(f) < 0 || __give_back(f) < 0)
		return -1;
	f->flags = (f->flags & ~(FILE_LINE | FILE_UNBUFFERED)) | FILE_MODE_SET;
	if (mode == _IOLBF)
		f->flags |= FILE_LINE;
	if (mode == _IONBF)
		f->flags |= FILE_UNBUFFERED;
	if (f->dir == READING && f->rpos != f->rend)
		return 0;
	f->dir = AT_REST;
	if (mode != _IONBF && buf && size > UNGET) {
		free_buffer(f);
		f->buf = (unsigned char *)buf + UNGET;
		f->size = size - UNGET;
	} else if (f->buf == f->tiny + UNGET) {
		f->buf = NULL;
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
