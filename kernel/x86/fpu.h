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
/* #NM: give the registers to current. Sleeps until there is memory for its state. */
void fpu_take(void);
/* Write p's live registers, if it owns them, to p->thread.fpu. The registers stay live. */
void fpu_sync(struct task_struct *p);
/* p->thread.fpu is about to be changed or freed: the registers, if p's, are worthless now. */
void fpu_drop(struct task_struct *p);
/* Make sure that p->thread.fpu exists (in the initial state if new). On Linux it is part of the
   task: so this does not fail either, but sleeps until there is memory. */
void fpu_alloc(struct task_struct *p);
/* What current's registers hold, written to user memory by the processor itself, which leaves alone
   what is nobody's in there. 0 or -EFAULT. Sleeps. */
int fpu_save_user(struct fxregs_state __user *to);
/* fork: the child starts with a copy of the parent's registers. 0 or -ENOMEM. */
int fpu_copy(struct task_struct *child, struct task_struct *parent);
/* What p's registers hold, after fpu_sync: the initial state if it has none of its own. */
const struct fxregs_state *fpu_state(const struct task_struct *p);
/* p's registers are as after exec; its memory for them, if any, stays. */
void fpu_reset(struct task_struct *p);
/* Give p's state back. */
void fpu_free(struct task_struct *p);
/* Bits that mxcsr may have; a value from user memory must be masked with it before fxrstor. */
extern u32 mxcsr_feature_mask;
/* Mark the registers as p's or not at a context switch: sets or clears CR0.TS. */
void fpu_switch(struct task_struct *next);

#endif
