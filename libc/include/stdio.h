/*
 * Buffered input and output. The kernel, which has no streams, sees the formatting into
 * memory only.
 */
#ifndef LIBC_STDIO_H
#define LIBC_STDIO_H

#include "bits/format.h"

#ifndef MAPIX_KERNEL

#	include <stdarg.h>
#	include <stddef.h>
#	include <sys/types.h>

#	define EOF	     (-1)
#	define BUFSIZ	     4096
#	define FILENAME_MAX 4096
#	define FOPEN_MAX    1000
#	define L_tmpnam     20
#	define TMP_MAX	     10000
#	define P_tmpdir     "/tmp"
#	define _IOFBF	     0
#	define _IOLBF	     1
#	define _IONBF	     2
#	ifndef SEEK_SET
#		define SEEK_SET 0
#		define SEEK_CUR 1
#		define SEEK_END 2
#	endif

typedef struct __file FILE;

extern FILE *const stdin;
extern FILE *const stdout;
extern FILE *const stderr;
#	define stdin  stdin
#	define stdout stdout
#	define stderr stderr

FILE *fopen(const char *path, const char *mode);
FILE *fdopen(int fd, const char *mode);
FILE *freopen(const char *path, const char *mode, FILE *f);
int fclose(FILE *f);
int fflush(FILE *f);
int fileno(FILE *f);
int feof(FILE *f);
int ferror(FILE *f);
void clearerr(FILE *f);
int setvbuf(FILE *f, char *buf, int mode, size_t size);
void setbuf(FILE *f, char *buf);
void setlinebuf(FILE *f);

size_t fread(void *buf, size_t size, size_t n, FILE *f);
size_t fwrite(const void *buf, size_t size, size_t n, FILE *f);
int fgetc(FILE *f);
int getc(FILE *f);
int getchar(void);
int ungetc(int c, FILE *f);
char *fgets(char *s, int n, FILE *f);
ssize_t getline(char **line, size_t *size, FILE *f);
ssize_t getdelim(char **line, size_t *size, int delim, FILE *f);
int fputc(int c, FILE *f);
int putchar(int c);
int fputs(const char *s, FILE *f);
int puts(const char *s);
#	define getc_unlocked(f)    getc(f)
#	define getchar_unlocked()  getchar()
#	define putc_unlocked(c, f) putc(c, f)
#	define putchar_unlocked(c) putchar(c)

int fseek(FILE *f, long off, int whence);
int fseeko(FILE *f, off_t off, int whence);
long ftell(FILE *f);
off_t ftello(FILE *f);
void rewind(FILE *f);

int printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int fprintf(FILE *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int dprintf(int fd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int sprintf(char *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int vfprintf(FILE *f, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
int vdprintf(int fd, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
int vsprintf(char *s, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

int fscanf(FILE *f, const char *fmt, ...) __attribute__((format(scanf, 2, 3)));
int sscanf(const char *s, const char *fmt, ...) __attribute__((format(scanf, 2, 3)));
int vfscanf(FILE *f, const char *fmt, va_list ap) __attribute__((format(scanf, 2, 0)));
int vsscanf(const char *s, const char *fmt, va_list ap) __attribute__((format(scanf, 2, 0)));

FILE *popen(const char *command, const char *mode);
int pclose(FILE *f);

#endif /* MAPIX_KERNEL */

#endif
