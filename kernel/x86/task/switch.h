/*
 * Between process.c and switch.asm: the change of kernel stacks.
 */
#ifndef KERNEL_X86_TASK_SWITCH_H
#define KERNEL_X86_TASK_SWITCH_H

struct task_struct;

/* switch.asm: go on with the stack of `next`, and in __switch_to(). Returns, when prev runs again,
   who ran before it. */
struct task_struct *__switch_to_asm(struct task_struct *prev, struct task_struct *next);
/* process.c: the rest of the switch, on the new stack. Returns prev. */
struct task_struct *__switch_to(struct task_struct *prev, struct task_struct *next);
/* switch.asm: continue with fn, which does not return, on the stack whose top is given. */
void call_on_stack(void (*fn)(void), void *top) __attribute__((noreturn));

#endif
