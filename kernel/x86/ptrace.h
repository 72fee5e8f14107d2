/*
 * The registers of the interrupted program, as every kernel entry saves them on the stack
 * (entry.asm has a drawing of the frame). Names and order are those of Linux on i386.
 */
#ifndef KERNEL_X86_PTRACE_H
#define KERNEL_X86_PTRACE_H

#include "kernel/abi/types.h"
#include "kernel/x86/segment.h"

struct pt_regs {
	unsigned long bx;
	unsigned long cx;
	unsigned long dx;
	unsigned long si;
	unsigned long di;
	unsigned long bp;
	unsigned long ax;
	unsigned long ds; /* selectors: only the low 16 bits count */
	unsigned long es;
	unsigned long fs;
	unsigned long gs;
	unsigned long orig_ax; /* system call number; negative after a fault or interrupt */
	unsigned long ip;
	unsigned long cs;
	unsigned long flags;
	/* Pushed by the processor only when it came from user mode. */
	unsigned long sp;
	unsigned long ss;
};
#define PT_REGS_SIZE 68
_Static_assert(sizeof(struct pt_regs) == PT_REGS_SIZE, "entry.asm");

static inline bool user_mode(const struct pt_regs *regs)
{
	return (regs->cs & SEGMENT_RPL_MASK) == USER_RPL;
}
/* The stack pointer at the time of the entry: the kernel's own if the kernel was interrupted. */
static inline unsigned long regs_stack_pointer(const struct pt_regs *regs)
{
	return user_mode(regs) ? regs->sp : (unsigned long)&regs->sp;
}

#endif
