/* Terminal control. struct termios is the kernel's own: the ioctls take it as it is. */
#ifndef LIBC_TERMIOS_H
#define LIBC_TERMIOS_H

#include <sys/types.h>
#include <asm/termios.h>

#define _POSIX_VDISABLE 0

int tcgetattr(int fd, struct termios *t);
int tcsetattr(int fd, int action, const struct termios *t);
int tcdrain(int fd);

#endif
