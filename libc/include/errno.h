/* Error numbers come from the kernel's UAPI; errno is one plain int, as there are no threads. */
#ifndef LIBC_ERRNO_H
#define LIBC_ERRNO_H

#include <asm/errno.h>

#define ENOTSUP EOPNOTSUPP

extern int errno;
extern char *program_invocation_name;
extern char *program_invocation_short_name;

#endif
