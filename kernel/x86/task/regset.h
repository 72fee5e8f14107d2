/*
 * The registers of a task that is not running, in the formats that debuggers and core files use.
 */
#ifndef KERNEL_X86_TASK_REGSET_H
#define KERNEL_X86_TASK_REGSET_H

#include "kernel/abi/elfcore.h"
#include "kernel/x86/desc.h"
#include <asm/ldt.h>

struct fxregs_state;
struct task_struct;

/* The x87 registers as fsave stores them. */
struct user_i387 {
	u32 cwd, swd, twd, fip, fcs, foo, fos;
	u32 st_space[20];
};

/* General registers, as they were in user mode. */
void regset_get_general(struct task_struct *p, u32 regs[ELF_NGREG]);
/* The x87 and SSE registers as fxsave stores them, and the x87 ones as fsave does. */
const struct fxregs_state *regset_get_xfp(struct task_struct *p);
void regset_get_fp(struct task_struct *p, struct user_i387 *fp);
/* TLS segments. False if there are none. */
bool regset_get_tls(const struct task_struct *p, struct user_desc tls[GDT_ENTRY_TLS_ENTRIES]);

#endif
