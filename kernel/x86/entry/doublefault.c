/*
 * The double-fault task. The processor saves the state of the running task in cpu_tss and loads
 * everything, including the stack pointer, from doublefault_tss. So this code works even when the
 * kernel stack is unusable.
 */
#include "kernel/x86/entry/doublefault.h"
#include "kernel/core/panic.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/desc.h"
#include "kernel/x86/ptrace.h"
#include "kernel/x86/entry/traps.h"
#include "mm/layout.h"

#define DOUBLEFAULT_STACK 4096

static char doublefault_stack[DOUBLEFAULT_STACK] __attribute__((aligned(16)));
static void doublefault_task(void);

static struct tss_struct doublefault_tss = {
	.sp0 = (u32)(doublefault_stack + DOUBLEFAULT_STACK),
	.ss0 = __KERNEL_DS,
	.ip = (u32)doublefault_task,
	.flags = X86_EFLAGS_FIXED,
	.sp = (u32)(doublefault_stack + DOUBLEFAULT_STACK - 16),
	.cs = __KERNEL_CS,
	.ss = __KERNEL_DS,
	.ds = __USER_DS,
	.es = __USER_DS,
	.io_bitmap_base = sizeof(struct tss_struct),
};

static void doublefault_task(void)
{
	const struct tss_struct *t = &cpu_tss;
	unsigned long guard = (unsigned long)current->stack - PAGE_SIZE;
	struct pt_regs regs = {
		.bx = t->bx,
		.cx = t->cx,
		.dx = t->dx,
		.si = t->si,
		.di = t->di,
		.bp = t->bp,
		.ax = t->ax,
		.ds = t->ds,
		.es = t->es,
		.fs = t->fs,
		.gs = t->gs,
		.orig_ax = -1,
		.ip = t->ip,
		.cs = t->cs,
		.flags = t->flags,
		.sp = t->sp,
		.ss = t->ss,
	};
	bool overflow = t->sp >= guard && t->sp < guard + PAGE_SIZE + sizeof(struct pt_regs);

	if (overflow)
		pr_emerg("double fault: kernel stack overflow of task %s[%d], esp %08x\n",
			 current->comm, current->pid, t->sp);
	else
		pr_emerg("double fault in task %s[%d], esp %08x\n", current->comm, current->pid,
			 t->sp);
	show_regs_at(&regs, t->sp);
	show_trace(regs.ip, regs.bp);
	panic(overflow ? "double fault: kernel stack overflow" : "double fault");
}

void doublefault_init(void)
{
	set_tss_desc(GDT_ENTRY_DOUBLEFAULT_TSS, &doublefault_tss);
	doublefault_tss.cr3 = read_cr3();
}
