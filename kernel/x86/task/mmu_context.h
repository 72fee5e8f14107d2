/*
 * Switching the processor to another address space.
 */
#ifndef KERNEL_X86_TASK_MMU_CONTEXT_H
#define KERNEL_X86_TASK_MMU_CONTEXT_H

#include "kernel/x86/cpu.h"
#include "mm/layout.h"
#include "mm/mm_types.h"

/* Load the page directory of `next` unless it is loaded already. Loading it flushes the user part
   of the TLB. */
static inline void switch_mm(struct mm_struct *prev, struct mm_struct *next)
{
	if (prev != next)
		write_cr3(__pa(next->pgd));
}

#endif
