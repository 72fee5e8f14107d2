/*
 * Exceptions other than the page fault. From user mode each becomes the signal that Linux sends for
 * it; in the kernel, either the exception table has a fixup, or it is a panic.
 */
#include "kernel/x86/entry/traps.h"
#include "kernel/x86/extable.h"
#include "kernel/core/panic.h"
#include "kernel/signal/signal.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/task/fpu.h"
#include "kernel/x86/ptrace.h"
#include "kernel/x86/entry/trap_handlers.h"

/* Debug status register: single step, a breakpoint register, and what it holds when idle. */
#define DR6_STEP      (1UL << 14)
#define DR6_TRAP_BITS 0xfUL
#define DR6_RESERVED  0xffff0ff0UL

static void cond_irq_enable(struct pt_regs *regs)
{
	if (regs->flags & X86_EFLAGS_IF)
		local_irq_enable();
}

void exit_if_vm86(const struct pt_regs *regs)
{
	if (!(regs->flags & X86_EFLAGS_VM))
		return;
	local_irq_enable();
	do_group_exit(SIGSEGV);
}

void die(const char *what, struct pt_regs *regs, long error_code)
{
	exit_if_vm86(regs);
	local_irq_disable();
	pr_emerg("%s: %04lx [#1]\n", what, error_code & 0xffff);
	show_regs(regs);
	show_trace(regs->ip, regs->bp);
	panic("Fatal exception%s", in_interrupt() ? " in interrupt" : "");
}

static void show_signal(int sig, const char *desc, struct pt_regs *regs, long error_code)
{
	if (show_unhandled_signals && unhandled_signal(current, sig) && printk_ratelimit())
		pr_info("%s[%d] %s ip:%lx sp:%lx error:%lx\n", current->comm, current->pid, desc,
			regs->ip, regs->sp, error_code);
}

/*
 * Common to all exceptions. Code 0 means that the signal has no specific reason (SI_KERNEL).
 */
static void do_trap(int trapnr, int sig, const char *what, struct pt_regs *regs, long error_code,
		    int code, unsigned long addr)
{
	if (!user_mode(regs)) {
		if (!fixup_exception(regs))
			die(what, regs, error_code);
		return;
	}
	cond_irq_enable(regs);
	current->thread.error_code = error_code;
	current->thread.trap_nr = trapnr;
	show_signal(sig, what, regs, error_code);
	if (code)
		force_sig_fault(sig, code, (void __user *)addr);
	else
		force_sig(sig);
}

void do_divide_error(struct pt_regs *regs, long error_code)
{
	do_trap(X86_TRAP_DE, SIGFPE, "trap divide error", regs, 0, FPE_INTDIV, regs->ip);
}
void do_overflow(struct pt_regs *regs, long error_code)
{
	do_trap(X86_TRAP_OF, SIGSEGV, "trap overflow", regs, 0, 0, 0);
}
void do_bounds(struct pt_regs *regs, long error_code)
{
	do_trap(X86_TRAP_BR, SIGSEGV, "trap bounds", regs, 0, 0, 0);
}
void do_invalid_op(struct pt_regs *regs, long error_code)
{
	do_trap(X86_TRAP_UD, SIGILL, "trap invalid opcode", regs, 0, ILL_ILLOPN, regs->ip);
}
void do_coprocessor_segment_overrun(struct pt_regs *regs, long error_code)
{
	do_trap(X86_TRAP_OLD_MF, SIGFPE, "coprocessor segment overrun", regs, 0, 0, 0);
}
void do_invalid_tss(struct pt_regs *regs, long error_code)
{
	do_trap(X86_TRAP_TS, SIGSEGV, "invalid TSS", regs, error_code, 0, 0);
}
void do_segment_not_present(struct pt_regs *regs, long error_code)
{
	do_trap(X86_TRAP_NP, SIGBUS, "segment not present", regs, error_code, 0, 0);
}
void do_stack_segment(struct pt_regs *regs, long error_code)
{
	do_trap(X86_TRAP_SS, SIGBUS, "stack segment", regs, error_code, 0, 0);
}
void do_general_protection(struct pt_regs *regs, long error_code)
{
	do_trap(X86_TRAP_GP, SIGSEGV, "general protection fault", regs, error_code, 0, 0);
}
void do_alignment_check(struct pt_regs *regs, long error_code)
{
	do_trap(X86_TRAP_AC, SIGBUS, "alignment check", regs, error_code, BUS_ADRALN, 0);
}

/* entry.asm: iret faulted on the registers it was to load. */
void iret_error(struct pt_regs *regs)
{
	local_irq_enable();
	current->thread.error_code = 0;
	current->thread.trap_nr = X86_TRAP_IRET;
	show_signal(SIGILL, "iret exception", regs, 0);
	force_sig_fault(SIGILL, ILL_BADSTK, NULL);
}

void do_int3(struct pt_regs *regs, long error_code)
{
	do_trap(X86_TRAP_BP, SIGTRAP, "int3", regs, 0, 0, 0);
}

void do_debug(struct pt_regs *regs, long error_code)
{
	unsigned long dr6 = read_dr6() ^ DR6_RESERVED;
	int code = dr6 & DR6_STEP ? TRAP_TRACE : dr6 & DR6_TRAP_BITS ? TRAP_HWBKPT : TRAP_BRKPT;

	write_dr6(DR6_RESERVED);
	if (!user_mode(regs)) {
		/* The program was single-stepping when it entered the kernel: stop here. */
		regs->flags &= ~X86_EFLAGS_TF;
		return;
	}
	cond_irq_enable(regs);
	current->thread.trap_nr = X86_TRAP_DB;
	current->thread.error_code = 0;
	force_sig_fault(SIGTRAP, code, (void __user *)regs->ip);
}

void do_nmi(struct pt_regs *regs, long error_code)
{
	pr_emerg("NMI received for unknown reason\n");
}
void do_machine_check(struct pt_regs *regs, long error_code)
{
	die("machine check", regs, error_code);
}
void do_spurious_interrupt_bug(struct pt_regs *regs, long error_code)
{
	pr_warn("spurious exception 15\n");
}

/* CR0.TS was set: this task's FPU registers are not in the processor. */
void do_device_not_available(struct pt_regs *regs, long error_code)
{
	if (!user_mode(regs))
		die("FPU instruction in the kernel", regs, error_code);
	cond_irq_enable(regs);
	fpu_take();
}

/* The si_code of an exception. The bits of the x87 status word and of mxcsr have the same order. */
static int fpu_si_code(unsigned int err)
{
	enum {
		INVALID = 0x01,
		DENORMAL = 0x02,
		ZERO = 0x04,
		OVER = 0x08,
		UNDER = 0x10,
		INEXACT = 0x20
	};

	if (err & INVALID)
		return FPE_FLTINV;
	if (err & ZERO)
		return FPE_FLTDIV;
	if (err & OVER)
		return FPE_FLTOVF;
	if (err & (DENORMAL | UNDER))
		return FPE_FLTUND;
	return err & INEXACT ? FPE_FLTRES : 0;
}

static void math_error(struct pt_regs *regs, int trapnr)
{
	const unsigned int mxcsr_mask_shift = 7;
	const struct fxregs_state *fx;
	int code;

	if (!user_mode(regs)) {
		if (!fixup_exception(regs))
			die(trapnr == X86_TRAP_MF ? "fpu exception" : "simd exception", regs, 0);
		return;
	}
	cond_irq_enable(regs);
	fpu_sync(current);
	fx = fpu_state(current);
	code = trapnr == X86_TRAP_MF ? fpu_si_code(fx->swd & ~fx->cwd)
				     : fpu_si_code(fx->mxcsr & ~(fx->mxcsr >> mxcsr_mask_shift));
	current->thread.trap_nr = trapnr;
	current->thread.error_code = 0;
	if (code) /* else the exception was cleared meanwhile: try again */
		force_sig_fault(SIGFPE, code, (void __user *)regs->ip);
}
void do_coprocessor_error(struct pt_regs *regs, long error_code)
{
	math_error(regs, X86_TRAP_MF);
}
void do_simd_error(struct pt_regs *regs, long error_code)
{
	math_error(regs, X86_TRAP_XF);
}
