/*
 * FPU and SSE registers, switched lazily (see fpu.h). The state of a task is made when it first
 * computes, and is given back when it execs or exits.
 */
#include "kernel/x86/fpu.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include "mm/slab.h"
#include <linux/errno.h>

#define FCW_DEFAULT	   0x37f /* all exceptions masked, 64-bit precision */
#define MXCSR_DEFAULT	   0x1f80
#define MXCSR_MASK_DEFAULT 0xffbf /* what a processor that reports 0 supports */

struct task_struct *fpu_owner;
u32 mxcsr_feature_mask = MXCSR_MASK_DEFAULT;

static struct kmem_cache *fpu_cache;
static struct fxregs_state init_fpstate;
static bool ts_set = true; /* what CR0.TS is; cpu_init set it */

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
	fpu_cache = kmem_cache_create("task_xstate", sizeof(struct fxregs_state),
				      __alignof__(struct fxregs_state), SLAB_PANIC, NULL);
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

void fpu_alloc(struct task_struct *p)
{
	if (p->thread.fpu)
		return;
	p->thread.fpu = kmem_cache_alloc(fpu_cache, GFP_KERNEL | __GFP_NOFAIL);
	*p->thread.fpu = init_fpstate;
}

void fpu_sync(struct task_struct *p)
{
	if (fpu_owner != p)
		return;
	clear_ts();
	fxsave(p->thread.fpu);
	if (p != current)
		stts();
}

void fpu_drop(struct task_struct *p)
{
	if (fpu_owner != p)
		return;
	fpu_owner = NULL;
	stts();
}

/* current's state is in the registers; they stay its own if it has memory to keep them in. */
static void fpu_load(void)
{
	if (fpu_owner && fpu_owner != current)
		fpu_sync(fpu_owner);
	clear_ts();
	if (fpu_owner != current)
		fxrstor(fpu_state(current));
	fpu_owner = current->thread.fpu ? current : NULL;
}

void fpu_take(void)
{
	fpu_alloc(current);
	fpu_load();
}

/* A page fault may give the registers to somebody else, so none is served while they are saved:
   what is not there is touched first, and then they are loaded anew. */
int fpu_save_user(struct fxregs_state __user *to)
{
	long err;

	if (!access_ok(to, sizeof(*to)))
		return -EFAULT;
	for (;;) {
		fpu_load();
		pagefault_disable();
		err = __fxsave_user(to);
		pagefault_enable();
		if (!fpu_owner)
			stts();
		if (!err)
			return 0;
		if (clear_user(to, sizeof(*to)))
			return -EFAULT;
	}
}

int fpu_copy(struct task_struct *child, struct task_struct *parent)
{
	child->thread.fpu = NULL;
	if (!parent->thread.fpu)
		return 0;
	child->thread.fpu = kmem_cache_alloc(fpu_cache, GFP_KERNEL);
	if (!child->thread.fpu)
		return -ENOMEM;
	fpu_sync(parent);
	*child->thread.fpu = *parent->thread.fpu;
	return 0;
}

const struct fxregs_state *fpu_state(const struct task_struct *p)
{
	return p->thread.fpu ? p->thread.fpu : &init_fpstate;
}

void fpu_reset(struct task_struct *p)
{
	if (!p->thread.fpu)
		return;
	fpu_drop(p);
	*p->thread.fpu = init_fpstate;
}

void fpu_switch(struct task_struct *next)
{
	if (next == fpu_owner)
		clear_ts();
	else
		stts();
}

void fpu_free(struct task_struct *p)
{
	if (!p->thread.fpu)
		return;
	fpu_drop(p);
	kmem_cache_free(fpu_cache, p->thread.fpu);
	p->thread.fpu = NULL;
}
