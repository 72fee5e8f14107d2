/* Whole-file locks. */
#ifndef LIBC_SYS_FILE_H
#define LIBC_SYS_FILE_H

#include <fcntl.h>

int flock(int fd, int op);

#endif
