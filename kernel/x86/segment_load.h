/*
 * Loads the segment registers after the GDT has changed. Used only by gdt.c.
 */
#ifndef KERNEL_X86_SEGMENT_LOAD_H
#define KERNEL_X86_SEGMENT_LOAD_H

#include "kernel/x86/segment.h"

static inline void load_kernel_segments(void)
{
	__asm__ volatile("movl %0, %%ds\n movl %0, %%es\n"
			 "movl %1, %%fs\n movl %1, %%gs\n"
			 "movl %2, %%ss\n"
			 "ljmp %3, $1f\n"
			 "1:" ::"r"(__USER_DS),
			 "r"(0), "r"(__KERNEL_DS), "i"(__KERNEL_CS)
			 : "memory");
}

#endif
