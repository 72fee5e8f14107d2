/* Device control. */
#ifndef LIBC_SYS_IOCTL_H
#define LIBC_SYS_IOCTL_H

#include <asm/ioctls.h>
#include <asm/termios.h>

int ioctl(int fd, unsigned long request, ...);

#endif
