/*
 * The system call table: number to function. The lines are in the tbl_*.h files; a number without
 * a line answers ENOSYS.
 */
#include "kernel/syscall/syscall.h"
#include "kernel/syscall/table.h"
#include <asm/unistd.h>

/* First pass over the lists: declarations. */
#define SYSCALL(name)	     SYSCALL_AS(__NR_##name, name)
#define SYSCALL_AS(nr, name) long sys_##name(const struct pt_regs *regs);
#include "kernel/syscall/tbl_all.h"
#undef SYSCALL_AS

static long sys_ni_syscall(const struct pt_regs *regs)
{
	return -ENOSYS;
}

/* Second pass: the table. Every entry is ENOSYS first, and that some are then overwritten is meant.
 */
#pragma GCC diagnostic ignored "-Woverride-init"
#define SYSCALL_AS(nr, name) [nr] = sys_##name,
const sys_call_ptr_t sys_call_table[NR_SYSCALLS] = {
	[0 ... NR_SYSCALLS - 1] = sys_ni_syscall,
#include "kernel/syscall/tbl_all.h"
};

u32 syscall_limit = NR_SYSCALLS;
