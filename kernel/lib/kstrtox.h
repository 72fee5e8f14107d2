/*
 * Numbers from text, and the few string helpers that the C library does not have.
 */
#ifndef KERNEL_LIB_KSTRTOX_H
#define KERNEL_LIB_KSTRTOX_H

#include "kernel/abi/types.h"

/*
 * The whole string must be one number, with one newline allowed at its end. Base 0: by prefix (0x,
 * 0).
 * => 0 and *res, -EINVAL for anything else, -ERANGE if it does not fit.
 */
int kstrtoull(const char *s, unsigned int base, unsigned long long *res);
int kstrtouint(const char *s, unsigned int base, unsigned int *res);
int kstrtoint(const char *s, unsigned int base, int *res);

/* As much of a number as there is; *endp (if asked) behind it. No error, no overflow check. */
unsigned long simple_strtoul(const char *s, char **endp, unsigned int base);
/* A size with a suffix K, M or G: "64M". *endp (if asked) behind it. */
unsigned long long memparse(const char *s, char **endp);

/* Copy at most size-1 bytes and end with 0. => the length copied, or -E2BIG if `src` was cut. */
ssize_t strscpy(char *dst, const char *src, size_t size);
/* Cut blanks at both ends, in place. => the first other character. */
char *strim(char *s);

#endif
