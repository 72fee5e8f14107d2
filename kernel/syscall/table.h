/*
 * The system call table, as entry.asm and the trace use it.
 */
#ifndef KERNEL_SYSCALL_TABLE_H
#define KERNEL_SYSCALL_TABLE_H

#include "kernel/abi/types.h"

struct pt_regs;

/* One above the highest number Linux 6.1 has on i386 (set_mempolicy_home_node, 450). */
#define NR_SYSCALLS 451

/* entry.asm serves the calls below it from the table; the others take syscall_slow(). */
extern u32 syscall_limit;

/* A call that does not exist, or that is traced. Returns its result. */
long syscall_slow(struct pt_regs *regs);
/* Boot, before trace_init(). */
void syscall_trace_init(void);

#endif
