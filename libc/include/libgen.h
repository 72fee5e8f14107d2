/* POSIX's path splitting; both may change their argument. */
#ifndef LIBC_LIBGEN_H
#define LIBC_LIBGEN_H

char *dirname(char *path);
char *__xpg_basename(char *path);
#define basename __xpg_basename

#endif
