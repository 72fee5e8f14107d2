/*
 * The x86 part of fork, exec, exit and the context switch.
 */
#include "kernel/core/panic.h"
#include "kernel/time/itimer.h"
#include "kernel/sched/sched.h"
#include "kernel/signal/signal.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/task/fpu.h"
#include "kernel/x86/ptrace.h"
#include "kernel/x86/task/tls.h"
#include "kernel/x86/task/switch.h"
#include "libc/include/string.h"
#include <linux/sched.h>

extern void ret_from_fork(void);

/* What __switch_to_asm pops for a new task, below its pt_regs. */
struct fork_frame {
	unsigned long si;
	unsigned long di; /* kernel thread: argument */
	unsigned long bx; /* kernel thread: function; user task: 0 */
	unsigned long bp;
	unsigned long ret; /* ret_from_fork */
	struct pt_regs regs;
};

struct pt_regs *task_pt_regs(struct task_struct *p)
{
	return (struct pt_regs *)((char *)p->stack + THREAD_SIZE) - 1;
}

int copy_thread(struct task_struct *p, unsigned long flags, struct pt_regs *regs,
		unsigned long newsp, unsigned long tls)
{
	struct fork_frame *frame = container_of(task_pt_regs(p), struct fork_frame, regs);

	p->sp = (unsigned long)frame;
	p->thread.sp0 = (unsigned long)(&frame->regs + 1);
	frame->si = 0;
	frame->bp = 0;
	frame->ret = (unsigned long)ret_from_fork;
	if (!regs) {
		frame->bx = newsp;
		frame->di = tls;
		memset(&frame->regs, 0, sizeof(frame->regs));
		memset(p->thread.tls_array, 0, sizeof(p->thread.tls_array));
		return 0;
	}
	frame->bx = 0;
	frame->di = 0;
	frame->regs = *regs;
	frame->regs.ax = 0; /* the child's result of fork */
	if (newsp)
		frame->regs.sp = newsp;
	if (!(flags & CLONE_SETTLS))
		return 0;
	return do_set_thread_area(p, -1, (struct user_desc __user *)tls, 0);
}

void start_thread(struct pt_regs *regs, unsigned long new_ip, unsigned long new_sp)
{
	*regs = (struct pt_regs){
		.ds = __USER_DS,
		.es = __USER_DS,
		.ss = __USER_DS,
		.cs = __USER_CS,
		.ip = new_ip,
		.sp = new_sp,
		.flags = X86_EFLAGS_IF | X86_EFLAGS_FIXED,
		.orig_ax = (unsigned long)-1,
	};
}

void flush_thread(void)
{
	struct thread_struct *t = &current->thread;

	fpu_reset();
	memset(t->tls_array, 0, sizeof(t->tls_array));
	load_tls(t);
	t->cr2 = 0;
	t->trap_nr = 0;
	t->error_code = 0;
}

void exit_thread(struct task_struct *p)
{
	fpu_drop(p);
}

struct task_struct *__sched switch_to(struct task_struct *prev, struct task_struct *next)
{
	return __switch_to_asm(prev, next);
}
DEFINE_STATIC_CALL(switch_to);

/* Are a saved frame pointer and a return address at bp, on p's stack? */
static bool frame_on_stack(const struct task_struct *p, unsigned long bp)
{
	unsigned long low = (unsigned long)p->stack;

	return bp % sizeof(long) == 0 && bp >= low && bp <= low + THREAD_SIZE - 2 * sizeof(long);
}

unsigned int stack_trace_save_tsk(const struct task_struct *p, unsigned long *entries,
				  unsigned int max)
{
	unsigned long bp = current_frame_pointer();
	unsigned int n = 0;

	if (!p->stack)
		return 0;
	if (p != current) {
		const struct fork_frame *frame = (const struct fork_frame *)p->sp;

		entries[n++] = frame->ret;
		bp = frame->bp;
	}
	while (n < max && frame_on_stack(p, bp)) {
		const unsigned long *frame = (const unsigned long *)bp;

		if (!is_kernel_text(frame[1]))
			break;
		entries[n++] = frame[1];
		if (frame[0] <= bp)
			break;
		bp = frame[0];
	}
	return n;
}

#define WCHAN_DEPTH 16

unsigned long get_wchan(const struct task_struct *p)
{
	unsigned long entries[WCHAN_DEPTH];
	unsigned int n;

	if (p == current || p->state == TASK_RUNNING)
		return 0;
	n = stack_trace_save_tsk(p, entries, WCHAN_DEPTH);
	for (unsigned int i = 0; i < n; i++) {
		if (!in_sched_functions(entries[i]))
			return entries[i];
	}
	return 0;
}

static void disable_tsc(bool disable)
{
	unsigned long cr4 = read_cr4() & ~X86_CR4_TSD;

	write_cr4(disable ? cr4 | X86_CR4_TSD : cr4);
}

void set_tsc_mode(bool allowed)
{
	unsigned long flags;

	local_irq_save(flags);
	current->thread.notsc = !allowed;
	disable_tsc(!allowed);
	local_irq_restore(flags);
}

/* Runs on next's stack already. Interrupts are off. */
struct task_struct *__switch_to(struct task_struct *prev, struct task_struct *next)
{
	cpu_tss.sp0 = next->thread.sp0;
	load_tls(&next->thread);
	fpu_switch(next);
	if (unlikely(prev->thread.notsc != next->thread.notsc))
		disable_tsc(next->thread.notsc);
	current_task = next;
	return prev;
}

/*
 * The return to user mode found work to do. Called with interrupts off, and returns with them off.
 * Each round may create new work (a signal that arrives while another task runs), so it loops until
 * there is none.
 */
void exit_to_user_mode_work(struct pt_regs *regs)
{
	while (current->work) {
		local_irq_enable();
		if (need_resched())
			schedule();
		if (test_task_work(current, TIF_CPU_TIMERS)) {
			clear_task_work(current, TIF_CPU_TIMERS);
			run_cpu_timers(current);
		}
		if (test_task_work(current, TIF_DYING_FILES))
			fput_dying_files();
		if (current->work & ~(1UL << TIF_NEED_RESCHED))
			do_signal(regs);
		local_irq_disable();
	}
}
