/*
 * The interface between process.c and switch.asm: switching kernel stacks.
 */
#ifndef KERNEL_X86_TASK_SWITCH_H
#define KERNEL_X86_TASK_SWITCH_H

struct task_struct;

/* switch.asm: switch to the stack of `next` and continue in __switch_to(). When prev runs again,
   returns the task that ran before it. */
struct task_struct *__switch_to_asm(struct task_struct *prev, struct task_struct *next);
/* process.c: the rest of the switch, on the new stack. Returns prev. */
struct task_struct *__switch_to(struct task_struct *prev, struct task_struct *next);
/* switch.asm: continue with fn, which does not return, on the stack whose top is given. */
void call_on_stack(void (*fn)(void), void *top) __attribute__((noreturn));

#endif
