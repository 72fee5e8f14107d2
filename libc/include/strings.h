/* BSD's string functions. */
#ifndef LIBC_STRINGS_H
#define LIBC_STRINGS_H

#include <stddef.h>

void explicit_bzero(void *dst, size_t n);
int strncasecmp(const char *a, const char *b, size_t n);

#endif
