/*
 * execve: a thin entry.
 */
#include "kernel/exec/exec.h"
#include "kernel/fs/fs.h"
#include "kernel/fs/namei.h"
#include "kernel/syscall/syscall.h"

SYSCALL_DEFINE_REGS(execve)
{
	char *name = getname((const char __user *)regs->bx);
	long err;

	if (IS_ERR(name))
		return PTR_ERR(name);
	err = static_call(do_execve)(
		name, (struct arg_vector){.user = (const u32 __user *)regs->cx},
		(struct arg_vector){.user = (const u32 __user *)regs->dx}, regs);
	putname(name);
	return err;
}
