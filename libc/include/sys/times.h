/* Processor time used, in clock ticks. */
#ifndef LIBC_SYS_TIMES_H
#define LIBC_SYS_TIMES_H

#include <sys/types.h>
#include <linux/times.h>

clock_t times(struct tms *buf);

#endif
