/*
 * The exception table: instructions that may fault on a user address, and where to go on then.
 */
#ifndef KERNEL_X86_EXTABLE_H
#define KERNEL_X86_EXTABLE_H

#include "kernel/abi/types.h"

struct pt_regs;

/* If regs->ip stands in the exception table, continue at its fixup: true. */
bool fixup_exception(struct pt_regs *regs);
/* The fixup address of an instruction that may fault, or 0. */
unsigned long search_exception_tables(unsigned long addr);
/* Boot, before read-only data is protected. */
void sort_extable(void);

#endif
