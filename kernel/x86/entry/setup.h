/*
 * The first part of start_kernel: what the loader says, and the processor.
 */
#ifndef KERNEL_X86_SETUP_H
#define KERNEL_X86_SETUP_H

#include "kernel/abi/types.h"

/* The first boot module: an image of a root file system. Size 0: there is none. It is reserved, and
   may lie above the direct map. */
extern phys_addr_t initrd_start_phys;
extern unsigned long initrd_size;

/* Read what the loader left, set up traps, processor, clock, command line, memblock and paging. */
void setup_arch(u32 magic, u32 info);

/* Continue with fn on another stack, whose top is given; fn does not return. (switch.asm) */
void call_on_stack(void (*fn)(void), void *top) __noreturn;

#endif
