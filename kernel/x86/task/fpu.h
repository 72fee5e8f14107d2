/*
 * The FPU and SSE registers are switched lazily: a task that does not compute with them costs
 * nothing. CR0.TS makes the first FPU instruction after a switch trap (#NM), and only then the
 * registers change their owner.
 */
#ifndef KERNEL_X86_FPU_H
#define KERNEL_X86_FPU_H

#include "kernel/x86/thread.h"

struct task_struct;

/* The task whose values are in the registers, or NULL. */
extern struct task_struct *fpu_owner;

void fpu_init(void);
/* #NM: give the registers to current. */
void fpu_take(void);
/* Write p's live registers, if it owns them, to p->thread.fpu. The registers stay live. */
void fpu_sync(struct task_struct *p);
/* What p's registers hold, after fpu_sync(). */
const struct fxregs_state *fpu_state(const struct task_struct *p);
/* What current's registers hold, written to user memory by the processor itself, which leaves alone
   what is nobody's in there. 0 or -EFAULT. Sleeps. */
int fpu_save_user(struct fxregs_state __user *to);
/* To load current's registers: begin, fill what it returns (which may sleep), end. Without the end
   they are as after exec. */
struct fxregs_state *fpu_begin_restore(void);
void fpu_end_restore(void);
/* current's registers are as after exec. */
void fpu_reset(void);
/* p ends: what its registers hold is worthless. */
void fpu_drop(struct task_struct *p);
/* Mark the registers as next's or not at a context switch: sets or clears CR0.TS. */
void fpu_switch(struct task_struct *next);

#endif
