/* The auxiliary vector that the kernel put behind the environment. */
#ifndef LIBC_SYS_AUXV_H
#define LIBC_SYS_AUXV_H

#include <elf.h>

unsigned long getauxval(unsigned long type);

#endif
