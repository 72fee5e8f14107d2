/*
 * The FPU and SSE registers are switched lazily: a task that does not use them costs nothing.
 * CR0.TS makes the first FPU instruction after a switch trap (#NM), and only then do the registers
 * change owner.
 */
#ifndef KERNEL_X86_TASK_FPU_H
#define KERNEL_X86_TASK_FPU_H

#include "kernel/x86/thread.h"

struct task_struct;

/* Boot: find out what the processor's mxcsr allows, and make the initial FPU state. */
void fpu_init(void);
/* #NM: give the registers to current. */
void fpu_take(void);
/* Write p's live registers, if it owns them, to p->thread.fpu. The registers stay live. */
void fpu_sync(struct task_struct *p);
/* The FPU state of p, after fpu_sync(). */
const struct fxregs_state *fpu_state(const struct task_struct *p);
/* Write current's FPU state to user memory. The processor writes it directly, and leaves unused
   bytes of the area unchanged. 0 or -EFAULT. Sleeps. */
int fpu_save_user(struct fxregs_state __user *to);
/* To load current's FPU state: call begin, fill the area that it returns (this may sleep), call
   end. Without the call of end the state is the initial one. */
struct fxregs_state *fpu_begin_restore(void);
void fpu_end_restore(void);
/* Reset current's FPU state to the initial one, as exec does. */
void fpu_reset(void);
/* p exits: discard its FPU state. */
void fpu_drop(struct task_struct *p);
/* At a context switch: clear CR0.TS if the registers belong to next, else set it. */
void fpu_switch(struct task_struct *next);

#endif
