/*
 * The inside of a stream. A stream is at rest, reading or writing, and its buffer serves one
 * of the two at a time:
 *
 *   reading  the bytes from rpos to rend have been read and not yet delivered
 *   writing  the bytes from buf to wpos have been delivered and not yet written
 *
 * In front of buf there are UNGET bytes for ungetc.
 */
#ifndef LIBC_STDIO_IMPL_H
#define LIBC_STDIO_IMPL_H

#include <stdio.h>
#include <sys/types.h>

#define UNGET	   8
#define TTY_BUFFER 1024

#define FILE_READ	0x001 /* may read */
#define FILE_WRITE	0x002 /* may write */
#define FILE_APPEND	0x004
#define FILE_EOF	0x008
#define FILE_ERROR	0x010
#define FILE_LINE	0x020 /* line buffered */
#define FILE_UNBUFFERED 0x040 /* reads bytes, writes at once; the buffer stays */
#define FILE_MODE_SET	0x080 /* the kind of buffering is decided */
#define FILE_OWN_BUFFER 0x100 /* buf is to be freed */
#define FILE_OWN_STRUCT 0x200 /* so is the FILE */

enum direction {
	AT_REST,
	READING,
	WRITING
};

struct __file {
	int fd; /* -1: a string */
	unsigned int flags;
	enum direction dir;
	unsigned char *buf;
	size_t size;
	unsigned char *rpos;
	unsigned char *rend;
	unsigned char *wpos;
	unsigned char *start; /* ungetc may go back to here */
	pid_t pid;	      /* of popen */
	FILE *prev;
	FILE *next;
	unsigned char tiny[UNGET + 1]; /* the buffer of a stream that has none */
};

/* Every open stream, the three standard ones included. */
extern FILE *__streams;

/* Each of these returns 0, or -1 with the error flag set. */
int __to_read(FILE *f);
int __to_write(FILE *f);
int __flush_writes(FILE *f);

/*
 * Gives what was read ahead back to the file, for the next who reads it; what cannot be
 * positioned keeps it in the buffer. Returns 0, or -1 for another error.
 */
int __give_back(FILE *f);

/*
 * Reads up to n bytes of the file to p; the buffer must have nothing left. Returns how many
 * there are, or 0 with the flag of the end or of an error set.
 */
size_t __read_more(FILE *f, unsigned char *p, size_t n);

/* Reads more; the first byte, or EOF. Only called when rpos == rend. */
int __fill(FILE *f);

/* Takes back the last byte that was read. */
static inline void __unread(FILE *f)
{
	f->rpos--;
}

/* The flags of open() and of the stream for a mode of fopen; -1 if it is not one. */
int __parse_mode(const char *mode, unsigned int *flags);

/* A new stream in the list, or NULL. */
FILE *__new_stream(int fd, unsigned int flags);

/* Lets a stream read the string and nothing else. */
void __open_string(FILE *f, const char *s);

#endif
