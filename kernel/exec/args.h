/*
 * The strings of a new program on its stack: see args.c.
 */
#ifndef KERNEL_EXEC_ARGS_H
#define KERNEL_EXEC_ARGS_H

#include "kernel/exec/exec.h"

/* A new mm with one stack page. 0 or -ENOMEM. */
int bprm_mm_init(struct linux_binprm *bprm);
/* File name, environment, arguments, in this order downwards. 0, -E2BIG, -EFAULT, -ENOMEM. */
int copy_all_strings(struct linux_binprm *bprm, struct arg_vector argv, struct arg_vector envp);

#endif
