/*
 * The first part of start_kernel(): the loader's data and the processor.
 */
#ifndef KERNEL_X86_ENTRY_SETUP_H
#define KERNEL_X86_ENTRY_SETUP_H

#include "kernel/abi/types.h"

/* Read the loader's data; set up traps, processor, clock, command line, memblock and paging. */
void setup_arch(u32 magic, u32 info);

#endif
