/*
 * FPU and SSE registers, switched lazily (see fpu.h). The state of a task is in the registers if it
 * owns them. Otherwise it is in thread.fpu if fpu_saved is set, and else it is the initial state.
 * It is part of the task, so nothing here allocates memory.
 */
#include "kernel/x86/task/fpu.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include <linux/errno.h>

#define FCW_DEFAULT	   0x37f /* all exceptions masked, 64-bit precision */
#define MXCSR_DEFAULT	   0x1f80
#define MXCSR_MASK_DEFAULT 0xffbf /* what a processor that reports 0 supports */

static struct task_struct *fpu_owner;

/* Bits that mxcsr may have: fxrstor faults on others. */
static u32 mxcsr_feature_mask = MXCSR_MASK_DEFAULT;
static struct fxregs_state init_fpstate;
static bool ts_set = true; /* the value of CR0.TS; cpu_init() sets it */

static void stts(void)
{
	if (!ts_set)
		write_cr0(read_cr0() | X86_CR0_TS);
	ts_set = true;
}
static void clear_ts(void)
{
	if (ts_set)
		clts();
	ts_set = false;
}

void fpu_init(void)
{
	clear_ts();
	fninit();
	fxsave(&init_fpstate);
	stts();
	if (init_fpstate.mxcsr_mask)
		mxcsr_feature_mask = init_fpstate.mxcsr_mask;
	memset(&init_fpstate, 0, sizeof(init_fpstate));
	init_fpstate.cwd = FCW_DEFAULT;
	init_fpstate.mxcsr = MXCSR_DEFAULT;
}

void fpu_sync(struct task_struct *p)
{
	if (fpu_owner != p)
		return;
	clear_ts();
	fxsave(&p->thread.fpu);
	p->thread.fpu_saved = true;
	if (p != current)
		stts();
}

void fpu_take(void)
{
	if (fpu_owner && fpu_owner != current)
		fpu_sync(fpu_owner);
	clear_ts();
	if (fpu_owner != current)
		fxrstor(fpu_state(current));
	fpu_owner = current;
}

struct fxregs_state *fpu_begin_restore(void)
{
	fpu_drop(current);
	current->thread.fpu_saved = false;
	return &current->thread.fpu;
}

void fpu_end_restore(void)
{
	current->thread.fpu.mxcsr &= mxcsr_feature_mask;
	current->thread.fpu_saved = true;
	fpu_take();
}

/*
 * A page fault may sleep, and another task may take the registers. So page faults are disabled
 * while they are saved. If that fails, the memory is faulted in, the registers are loaded again,
 * and the save is repeated.
 */
int fpu_save_user(struct fxregs_state __user *to)
{
	long err;

	if (!access_ok(to, sizeof(*to)))
		return -EFAULT;
	for (;;) {
		fpu_take();
		pagefault_disable();
		err = __fxsave_user(to);
		pagefault_enable();
		if (!err)
			return 0;
		if (clear_user(to, sizeof(*to)))
			return -EFAULT;
	}
}

const struct fxregs_state *fpu_state(const struct task_struct *p)
{
	return p->thread.fpu_saved ? &p->thread.fpu : &init_fpstate;
}

void fpu_reset(void)
{
	current->thread.fpu_saved = false;
	if (fpu_owner == current)
		fxrstor(&init_fpstate);
}

void fpu_switch(struct task_struct *next)
{
	if (next == fpu_owner)
		clear_ts();
	else
		stts();
}

void fpu_drop(struct task_struct *p)
{
	if (fpu_owner != p)
		return;
	fpu_owner = NULL;
	stts();
}
