/*
 * Thread-local storage segments: three GDT entries per task, set by set_thread_area(2) or clone's
 * CLONE_SETTLS and loaded at each context switch.
 */
#ifndef KERNEL_X86_TASK_TLS_H
#define KERNEL_X86_TASK_TLS_H

#include "kernel/abi/types.h"
#include <asm/ldt.h>

struct desc_struct;
struct task_struct;
struct thread_struct;

/*
 * Set one TLS entry of p from a user_desc in user memory.
 * idx: the entry, or -1 for the one in the user_desc (which may be -1: a free one is found and, if
 * can_allocate, written back). 0, -EFAULT, -EINVAL, -ESRCH (no free entry).
 */
int do_set_thread_area(struct task_struct *p, int idx, struct user_desc __user *u_info,
		       int can_allocate);
/* Copy one TLS entry of p to user memory; idx as above, but no search. 0, -EFAULT or -EINVAL. */
int do_get_thread_area(struct task_struct *p, int idx, struct user_desc __user *u_info);
/* The descriptor in the form of get_thread_area(2), and whether it is empty. */
void fill_user_desc(struct user_desc *info, const struct desc_struct *d, unsigned int entry_number);
bool tls_entry_free(const struct desc_struct *d);
/* Write the three descriptors into the GDT. */
void load_tls(const struct thread_struct *t);

#endif
