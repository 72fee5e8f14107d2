/*
 * The double fault: the processor could not even push an exception's frame, most likely because the
 * kernel stack ran into its guard page.
 */
#ifndef KERNEL_X86_DOUBLEFAULT_H
#define KERNEL_X86_DOUBLEFAULT_H

#include "kernel/x86/desc.h"

/* A task of its own: IDT entry 8 is a task gate to it. */
extern struct tss_struct doublefault_tss;
/* Complete it, once paging is final. */
void doublefault_init(void);

#endif
