/* Operations on the calling process. */
#ifndef LIBC_SYS_PRCTL_H
#define LIBC_SYS_PRCTL_H

#include <linux/prctl.h>

int prctl(int option, ...);

#endif
