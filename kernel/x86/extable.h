/*
 * The exception table: instructions that may fault on a user address, and where to continue if they
 * do.
 */
#ifndef KERNEL_X86_EXTABLE_H
#define KERNEL_X86_EXTABLE_H

#include "kernel/abi/types.h"

struct pt_regs;

/* If regs->ip is in the exception table, set it to the fixup and return true. */
bool fixup_exception(struct pt_regs *regs);
/* The fixup address of an instruction that may fault, or 0. */
unsigned long search_exception_tables(unsigned long addr);
/* Boot, before read-only data is protected. */
void sort_extable(void);

#endif
