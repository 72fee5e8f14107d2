/*
 * The programs in this folder are built twice, with our libc and with glibc, and must print the
 * same. What the standards leave open, and what we do otherwise on purpose, they do not print.
 */
#ifndef TESTS_LIBC_COMPARE_H
#define TESTS_LIBC_COMPARE_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE 8192

/* Prints by write(2) alone, so that no stream under test is used for it. */
__attribute__((format(printf, 1, 2))) static inline void say(const char *fmt, ...)
{
	char line[SIZE];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (len >= (int)sizeof(line))
		len = sizeof(line) - 1;
	if (len < 0 || write(STDOUT_FILENO, line, len) != len)
		_exit(99);
}

/* The value of an expression, and the errno it left. */
#define SHOW(expr)                                                                            \
	do {                                                                                  \
		long value_;                                                                  \
		errno = 0;                                                                    \
		value_ = (long)(expr);                                                        \
		say("%s:%d: %s = %ld, errno %d\n", __func__, __LINE__, #expr, value_, errno); \
	} while (0)

/* A text, or NULL. */
#define TEXT(expr)                                                             \
	do {                                                                   \
		const char *text_;                                             \
		errno = 0;                                                     \
		text_ = (expr);                                                \
		say("%s:%d: %s = [%s], errno %d\n", __func__, __LINE__, #expr, \
		    text_ ? text_ : "NULL", errno);                            \
	} while (0)

#define FLAGS(f) say("%s:%d: eof %d error %d\n", __func__, __LINE__, !!feof(f), !!ferror(f))

/* Makes the file hold this and nothing else. */
static inline void make(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		_exit(98);
	close(fd);
}

/* Prints what the file holds. */
static inline void holds(const char *path)
{
	static char text[SIZE / 2];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	text[n < 0 ? 0 : n] = '\0';
	close(fd);
	say("  %s holds %zd: [%s]\n", path, n, text);
}

/* In a child: the body runs, the child's status is printed. */
#define CHILD(body)                                                    \
	do {                                                           \
		int status_;                                           \
		if (!fork()) {                                         \
			body;                                          \
			_exit(77);                                     \
		}                                                      \
		wait(&status_);                                        \
		say("%s:%d: child %x\n", __func__, __LINE__, status_); \
	} while (0)

#endif
