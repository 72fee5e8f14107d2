/* Random bytes from the kernel. */
#ifndef LIBC_SYS_RANDOM_H
#define LIBC_SYS_RANDOM_H

#include <sys/types.h>
#include <linux/random.h>

ssize_t getrandom(void *buf, size_t len, unsigned int flags);
int getentropy(void *buf, size_t len);

#endif
