/*
 * The battery-backed clock of the PC.
 */
#ifndef KERNEL_DRIVERS_RTC_H
#define KERNEL_DRIVERS_RTC_H

#include "kernel/abi/types.h"

/* Seconds since 1970, taking the clock's time as UTC; 0 if it makes no sense. */
s64 rtc_read_time(void);

#endif
