/* Copying between descriptors inside the kernel. */
#ifndef LIBC_SYS_SENDFILE_H
#define LIBC_SYS_SENDFILE_H

#include <sys/types.h>

ssize_t sendfile(int out, int in, off_t *off, size_t count);
#define sendfile64 sendfile

#endif
