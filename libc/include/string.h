/*
 * Memory and strings. Functions above the line "libc only" are pure (no errno, no allocator):
 * the kernel uses them too, through the path libc/include/string.h.
 */
#ifndef LIBC_STRING_H
#define LIBC_STRING_H

#include <stddef.h>

void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
void *memrchr(const void *s, int c, size_t n);
void explicit_bzero(void *dst, size_t n);

size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
char *strcpy(char *restrict dst, const char *restrict src);
char *stpcpy(char *restrict dst, const char *restrict src);
char *stpncpy(char *restrict dst, const char *restrict src, size_t n);
char *strncpy(char *restrict dst, const char *restrict src, size_t n);
char *strcat(char *restrict dst, const char *restrict src);
size_t strlcpy(char *restrict dst, const char *restrict src, size_t size);
size_t strlcat(char *restrict dst, const char *restrict src, size_t size);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
int strncasecmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strchrnul(const char *s, int c);
char *strstr(const char *hay, const char *needle);
char *strpbrk(const char *s, const char *set);
size_t strspn(const char *s, const char *set);
size_t strcspn(const char *s, const char *set);
char *strtok_r(char *restrict s, const char *restrict delim, char **restrict save);
char *strsep(char **s, const char *delim);

/* libc only */
char *strdup(const char *s) __attribute__((malloc));
#define strdupa(s)                                               \
	({                                                       \
		const char *__s = (s);                           \
		size_t __n = strlen(__s) + 1;                    \
		(char *)memcpy(__builtin_alloca(__n), __s, __n); \
	})
char *strerror(int err);
char *strerror_r(int err, char *buf, size_t size);
char *strsignal(int sig);
const char *sigabbrev_np(int sig);
#ifndef basename /* <libgen.h> has POSIX's, which may change its argument */
#endif

#endif
