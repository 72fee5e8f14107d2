/* The files that a pattern matches. */
#ifndef LIBC_GLOB_H
#define LIBC_GLOB_H

#include <stddef.h>

#define GLOB_NOSPACE 1
#define GLOB_NOMATCH 3

typedef struct {
	size_t gl_pathc;
	char **gl_pathv; /* sorted, NULL behind the last */
} glob_t;

/* No flags, and `errfunc` is not called: what cannot be read has no files. */
int glob(const char *pattern, int flags, int (*errfunc)(const char *path, int error),
	 glob_t *found);
void globfree(glob_t *found);

#endif
