/*
 * Converting between the fsave and fxsave formats of the x87 registers.
 */
#ifndef KERNEL_X86_TASK_I387_H
#define KERNEL_X86_TASK_I387_H

#include "kernel/abi/signal.h"
#include "kernel/x86/thread.h"

#define FPU_REGS 8

/* fxsave spaces the registers by 16 bytes, of which the first 10 are fsave's. */
static inline struct _fpreg *fx_reg(const struct fxregs_state *fx, int i)
{
	return (struct _fpreg *)((struct _fpxreg *)fx->st_space + i);
}

/* Fill the fsave image, and the words that follow it in a signal frame, from an fxsave image. */
void fill_fsave_header(struct _fpstate_32 *to, const struct fxregs_state *fx);
/* The tag word, from fsave's two bits a register to fxsave's one. */
u16 twd_i387_to_fxsr(u32 twd);

#endif
