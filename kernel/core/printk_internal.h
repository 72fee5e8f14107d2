/*
 * Between printk.c (the log) and console.c (where it is shown).
 */
#ifndef KERNEL_CORE_PRINTK_INTERNAL_H
#define KERNEL_CORE_PRINTK_INTERNAL_H

#include "kernel/abi/types.h"

/* Show a new record. Interrupts are off. */
void console_emit(u8 level, u64 ts_ns, const char *text, unsigned int len);
/* A line without its newline so far is stored now: before the machine stops. */
void printk_flush(void);
/* Called after each new record; NULL until a reader waits for records (kmsg.c). */
extern void (*kmsg_notify)(void);

/* All consoles show the log again. Interrupts off. */
void console_unblank(void);

#endif
