/*
 * The arguments of clone(2) and clone3(2) in a common form.
 */
#ifndef KERNEL_PROCESS_CLONE_H
#define KERNEL_PROCESS_CLONE_H

#include "kernel/abi/types.h"
#include <linux/sched.h>

struct kernel_clone_args {
	u64 flags;	     /* CLONE_*, without the exit signal */
	int exit_signal;     /* sent to the parent; 0: none */
	unsigned long stack; /* the child's stack pointer; 0: the caller's */
	unsigned long tls;   /* CLONE_SETTLS: address of a struct user_desc in user memory */
	int __user *parent_tid, *child_tid;
	/* A kernel thread: its first function, instead of a return to user mode. */
	int (*fn)(void *);
	void *fn_arg;
};

/* The flags that clone can pass; clone3 has others. */
#define CLONE_LEGACY_FLAGS 0xffffffffULL
/* Namespaces do not exist here. */
#define CLONE_NAMESPACES                                                               \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
	 CLONE_NEWPID | CLONE_NEWNET)

#endif
