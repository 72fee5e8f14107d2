/*
 * The double fault: the processor could not push the frame of an exception, most likely because the
 * kernel stack overflowed into its guard page.
 */
#ifndef KERNEL_X86_ENTRY_DOUBLEFAULT_H
#define KERNEL_X86_ENTRY_DOUBLEFAULT_H

/* Set up the task that IDT entry 8 switches to. Called once the kernel's page tables are final. */
void doublefault_init(void);

#endif
