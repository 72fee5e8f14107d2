/*
 * The double fault: the processor could not even push an exception's frame, most likely because the
 * kernel stack ran into its guard page.
 */
#ifndef KERNEL_X86_DOUBLEFAULT_H
#define KERNEL_X86_DOUBLEFAULT_H

/* Set up its task, to which IDT entry 8 is a gate: once paging is final. */
void doublefault_init(void);

#endif
