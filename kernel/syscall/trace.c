/*
 * Tracing of the ways into the kernel: system calls and page faults. While calls are traced, no
 * number is below syscall_limit, so that entry.asm, which compares each number with it anyway,
 * sends all calls here.
 */
#include "kernel/sched/sched.h"
#include "kernel/syscall/syscall.h"
#include "kernel/syscall/table.h"
#include "kernel/trace/trace.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/entry/traps.h"
#include "kernel/x86/entry/trap_handlers.h"
#include "mm/mm_trace.h"

/* ---- system calls ---- */

static long call(struct pt_regs *regs)
{
	return regs->orig_ax < NR_SYSCALLS ? sys_call_table[regs->orig_ax](regs) : -ENOSYS;
}

long syscall_slow(struct pt_regs *regs)
{
	/* exec and sigreturn change the registers */
	unsigned long nr = regs->orig_ax, a = regs->bx, b = regs->cx, c = regs->dx;
	unsigned long old_brk = current->mm->brk;
	long ret;

	if (trace_on(TRACE_SYS_ENTER))
		trace_event(TRACE_SYS_ENTER, nr, a, b, c, regs->si, regs->di, regs->bp);
	ret = call(regs);
	if (trace_on(TRACE_VMA) || trace_on(TRACE_PAGE))
		trace_mm_call(nr, a, b, c, ret, old_brk);
	if (trace_on(TRACE_SYS_EXIT))
		trace_event(TRACE_SYS_EXIT, nr, ret);
	return ret;
}

/* The child's return from fork. */
static void trace_schedule_tail(struct task_struct *prev)
{
	const struct pt_regs *regs = task_pt_regs(current);

	schedule_tail(prev);
	if (!(current->flags & PF_KTHREAD) && regs->orig_ax < NR_SYSCALLS)
		trace_event(TRACE_SYS_EXIT, regs->orig_ax, regs->ax);
}

static void watch_calls(bool on)
{
	syscall_limit = on ? 0 : NR_SYSCALLS;
}

static void watch_returns(bool on)
{
	static_call_update(schedule_tail, on ? trace_schedule_tail : schedule_tail);
}

/* ---- page faults ---- */

static void trace_do_page_fault(struct pt_regs *regs, long error_code)
{
	enum trace_type type = user_mode(regs) ? TRACE_PAGE_FAULT_USER : TRACE_PAGE_FAULT_KERNEL;

	unsigned long address = read_cr2();
	u32 told = trace_faults_told;

	if (trace_on(type))
		trace_event(type, address, regs->ip, error_code);
	do_page_fault(regs, error_code);
	if (trace_on(TRACE_FAULT) && told == trace_faults_told)
		trace_bad_fault(address, error_code & X86_PF_WRITE);
}

static void watch_page_faults(bool on)
{
	static_call_update(do_page_fault, on ? trace_do_page_fault : do_page_fault);
}

/* ---- boot ---- */

static struct trace_switch switches[] = {
	{.events = TRACE_BIT(TRACE_SYS_ENTER) | TRACE_BIT(TRACE_SYS_EXIT) | TRACE_BIT(TRACE_VMA) |
		   TRACE_BIT(TRACE_PAGE),
	 .set = watch_calls},
	{.events = TRACE_BIT(TRACE_SYS_EXIT), .set = watch_returns},
	{.events = TRACE_BIT(TRACE_PAGE_FAULT_USER) | TRACE_BIT(TRACE_PAGE_FAULT_KERNEL) |
		   TRACE_BIT(TRACE_FAULT),
	 .set = watch_page_faults},
};

void syscall_trace_init(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(switches); i++)
		trace_register_switch(&switches[i]);
}
