/* Patterns of file names: * ? [a-z] [!a-z] [[:alpha:]], and a backslash before what is meant as it
 * is. */
#ifndef LIBC_FNMATCH_H
#define LIBC_FNMATCH_H

#define FNM_NOMATCH 1
#define FNM_PERIOD  4 /* a period at the start is matched by a period only */

int fnmatch(const char *pattern, const char *s, int flags);

#endif
