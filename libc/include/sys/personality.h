/* Execution domain of a process. */
#ifndef LIBC_SYS_PERSONALITY_H
#define LIBC_SYS_PERSONALITY_H

#include <linux/personality.h>

int personality(unsigned long persona);

#endif
