/* What the parts of libc know of each other. */
#ifndef LIBC_INTERNAL_LIBC_H
#define LIBC_INTERNAL_LIBC_H

#include <signal.h>
#include <stddef.h>

/* The auxiliary vector on the initial stack: pairs of type and value. */
extern unsigned long *__auxv;

/* Entered by crt0 with the stack as the kernel made it. */
_Noreturn void __libc_start_main(long *stack);

/* Writes out every stream (libc/stdio/flush.c). */
void __stdio_exit(void);

/* Size of the kernel's signal set, as the rt_ calls want it. */
#define KERNEL_SIGSET_SIZE 8

#endif
