/*
 * Signal frames: the data on the user's stack from which a handler gets its arguments and sigreturn
 * restores the registers. Layout and values are those of Linux on i386:
 *
 *	(old stack pointer)
 *	FPU state		fxsave image, aligned to 64, below it the old fsave header
 *	struct sigframe or	4 below a multiple of 16, as after a call
 *	struct rt_sigframe	<- stack pointer of the handler, at the return address
 */
#include "kernel/abi/signal.h"
#include "kernel/core/printk.h"
#include "kernel/signal/signal.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/task/fpu.h"
#include "kernel/x86/task/i387.h"
#include "kernel/x86/ptrace.h"
#include "kernel/x86/uaccess.h"
#include "kernel/x86/task/vdso.h"
#include "libc/include/string.h"
#include "mm/mm_types.h"
#include <asm/unistd.h>

#define FXSAVE_ALIGN  64
#define FRAME_ALIGN   16
#define SELECTOR_MASK 0xffff

/* The flags that a program may change, and so sigreturn too. */
#define FIX_EFLAGS                                                                       \
	(X86_EFLAGS_AC | X86_EFLAGS_OF | X86_EFLAGS_DF | X86_EFLAGS_TF | X86_EFLAGS_SF | \
	 X86_EFLAGS_ZF | X86_EFLAGS_AF | X86_EFLAGS_PF | X86_EFLAGS_CF | X86_EFLAGS_RF)

/* ---- FPU state ---- */

static int save_fpu(struct _fpstate_32 __user *to)
{
	static const struct _fpx_sw_bytes sw_bytes = {
		.magic1 = FP_XSTATE_MAGIC1,
		.extended_size = sizeof(*to) + FP_XSTATE_MAGIC2_SIZE,
		.xstate_size = sizeof(struct fxregs_state),
	};
	struct _fpstate_32 state;

	if (fpu_save_user((struct fxregs_state __user *)&to->_fxsr_env))
		return -EFAULT;
	fpu_sync(current);
	fill_fsave_header(&state, fpu_state(current));
	return copy_to_user(to, &state, FPSTATE_FXSAVE_OFFSET) ||
			       copy_to_user(&to->sw_reserved, &sw_bytes, sizeof(sw_bytes))
		       ? -EFAULT
		       : 0;
}

/*
 * The SSE registers are loaded from the fxsave image, the x87 registers from the fsave image before
 * it, which programs that are older than SSE modify. The part of the fxsave image that 32-bit mode
 * does not load is not copied, but must be accessible.
 */
static int load_fpstate(const struct _fpstate_32 __user *from)
{
	const struct fxregs_state __user *image = (const void __user *)&from->_fxsr_env;
	struct fxregs_state *fx = fpu_begin_restore();
	struct _fpstate_32 state;
	u32 last;

	if (copy_from_user(&state, from, FPSTATE_FXSAVE_OFFSET) ||
	    copy_from_user(fx, image, offsetof(struct fxregs_state, st_space)) ||
	    copy_from_user(fx->xmm_space, image->xmm_space, sizeof(fx->xmm_space)) ||
	    copy_from_user(&last, &image->padding[ARRAY_SIZE(image->padding) - 1], sizeof(last)))
		return -EFAULT;
	fx->cwd = state.cw;
	fx->swd = state.sw;
	fx->twd = twd_i387_to_fxsr(state.tag);
	fx->fop = state.cssel >> 16;
	fx->fip = state.ipoff;
	fx->fcs = (u16)state.cssel;
	fx->foo = state.dataoff;
	fx->fos = state.datasel;
	UNROLL(FPU_REGS)
	for (int i = 0; i < FPU_REGS; i++)
		*fx_reg(fx, i) = state._st[i];
	fpu_end_restore();
	return 0;
}

/* If the frame has no FPU state, or one that cannot be loaded, the state is reset to the initial
   one. */
static int restore_fpu(const struct _fpstate_32 __user *from)
{
	int err = from ? load_fpstate(from) : 0;

	if (!from || err)
		fpu_reset();
	return err;
}

/* ---- entering the handler ---- */

static void fill_sigcontext(struct sigcontext_32 *sc, const struct pt_regs *regs, u32 fpstate,
			    unsigned long oldmask)
{
	sc->gs = regs->gs;
	sc->__gsh = 0;
	sc->fs = regs->fs;
	sc->__fsh = 0;
	sc->es = regs->es;
	sc->__esh = 0;
	sc->ds = regs->ds;
	sc->__dsh = 0;
	sc->di = regs->di;
	sc->si = regs->si;
	sc->bp = regs->bp;
	sc->sp = regs->sp;
	sc->bx = regs->bx;
	sc->dx = regs->dx;
	sc->cx = regs->cx;
	sc->ax = regs->ax;
	sc->trapno = current->thread.trap_nr;
	sc->err = current->thread.error_code;
	sc->ip = regs->ip;
	sc->cs = regs->cs;
	sc->__csh = 0;
	sc->flags = regs->flags;
	sc->sp_at_signal = regs->sp;
	sc->ss = regs->ss;
	sc->__ssh = 0;
	sc->fpstate = fpstate;
	sc->oldmask = oldmask;
	sc->cr2 = current->thread.cr2;
}

/* Save the FPU state on the user's stack. Returns the address of the frame, which is below it, or 0
   if there is no room. */
static unsigned long get_sigframe(const struct k_sigaction *ka, const struct pt_regs *regs,
				  size_t frame_size, u32 *fpstate)
{
	unsigned long sp = regs->sp;
	bool altstack = on_sig_stack(sp);

	if ((ka->sa.sa_flags & SA_ONSTACK) && sas_ss_flags(sp) == 0) {
		sp = current->sas_ss_sp + current->sas_ss_size;
		altstack = true;
	} else if (!(ka->sa.sa_flags & (SA_ONSTACK | SA_RESTORER)) && !altstack &&
		   (regs->ss & SELECTOR_MASK) != __USER_DS && ka->sa.sa_restorer) {
		/* The stack is in a different segment: the restorer is the new stack pointer. Since
		   5.14 Linux treats it as the alternate stack, so elsewhere there is no room. */
		sp = (unsigned long)ka->sa.sa_restorer;
		altstack = true;
	}
	sp = ALIGN_DOWN(sp - FXSAVE_AREA_SIZE, FXSAVE_ALIGN) - FPSTATE_FXSAVE_OFFSET;
	*fpstate = sp;
	sp = ALIGN_DOWN(sp - frame_size + sizeof(long), FRAME_ALIGN) - sizeof(long);
	/* An overflow of the alternate stack would overwrite the memory below it. */
	if (altstack &&
	    (sp <= current->sas_ss_sp || sp - current->sas_ss_sp > current->sas_ss_size)) {
		if (show_unhandled_signals && printk_ratelimit())
			pr_info("%s[%d] overflowed sigaltstack\n", current->comm, current->pid);
		return 0;
	}
	return save_fpu((struct _fpstate_32 __user *)*fpstate) ? 0 : sp;
}

/* The address that the handler returns to: the program's restorer, the vdso, or, if there is
   neither, code on the stack (which must then be executable). */
static u32 return_address(const struct k_sigaction *ka, unsigned long vdso_symbol, u32 retcode)
{
	if (ka->sa.sa_flags & SA_RESTORER)
		return (u32)ka->sa.sa_restorer;
	return current->mm->vdso ? current->mm->vdso + vdso_symbol : retcode;
}

/* popl %eax; movl $__NR_sigreturn, %eax; int $0x80 */
static const u8 sigreturn_code[SIGFRAME_RETCODE_SIZE] = {0x58, 0xb8, __NR_sigreturn, 0,
							 0,    0,    0xcd,	     0x80};
/* movl $__NR_rt_sigreturn, %eax; int $0x80 */
static const u8 rt_sigreturn_code[SIGFRAME_RETCODE_SIZE] = {0xb8, __NR_rt_sigreturn, 0, 0, 0, 0xcd,
							    0x80};

static int setup_old_frame(int sig, const struct k_sigaction *ka, const sigset_t *set,
			   struct pt_regs *regs)
{
	struct {
		u32 pretcode;
		s32 sig;
		struct sigcontext_32 sc;
	} head;
	struct {
		u32 extramask;
		u8 retcode[SIGFRAME_RETCODE_SIZE];
	} tail = {.extramask = set->sig[1]};
	u32 fpstate;
	struct sigframe __user *frame =
		(struct sigframe __user *)get_sigframe(ka, regs, sizeof(struct sigframe), &fpstate);

	if (!frame)
		return -EFAULT;
	head.pretcode = return_address(ka, vdso_sym_sigreturn, (u32)&frame->retcode);
	head.sig = sig;
	fill_sigcontext(&head.sc, regs, fpstate, set->sig[0]);
	__builtin_memcpy(tail.retcode, sigreturn_code, sizeof(tail.retcode));
	if (copy_to_user(frame, &head, sizeof(head)) ||
	    copy_to_user(&frame->extramask, &tail, sizeof(tail)))
		return -EFAULT;
	regs->sp = (unsigned long)frame;
	regs->dx = 0;
	regs->cx = 0;
	return 0;
}

/* The frame without the unused rest of siginfo. */
#define RT_SIGFRAME_HEAD (offsetof(struct rt_sigframe, info) + KERNEL_SIGINFO_SIZE)

static int setup_rt_frame(int sig, const struct k_sigaction *ka, const siginfo_t *info,
			  const sigset_t *set, struct pt_regs *regs)
{
	struct rt_sigframe f;
	u32 fpstate;
	struct rt_sigframe __user *frame =
		(struct rt_sigframe __user *)get_sigframe(ka, regs, sizeof(f), &fpstate);

	if (!frame)
		return -EFAULT;
	f.pretcode = return_address(ka, vdso_sym_rt_sigreturn, (u32)&frame->retcode);
	f.sig = sig;
	f.pinfo = (u32)&frame->info;
	f.puc = (u32)&frame->uc;
	copy_siginfo(&f.info, info);
	f.uc.uc_flags = 0; /* UC_FP_XSTATE would mean xsave */
	f.uc.uc_link = NULL;
	f.uc.uc_stack = (stack_t){
		.ss_sp = (void *)current->sas_ss_sp,
		.ss_flags = (int)current->sas_ss_flags, /* as they were set, not as sigaltstack(2)
							   reports them */
		.ss_size = current->sas_ss_size,
	};
	fill_sigcontext((struct sigcontext_32 *)&f.uc.uc_mcontext, regs, fpstate, set->sig[0]);
	f.uc.uc_sigmask = *set;
	__builtin_memcpy(f.retcode, rt_sigreturn_code, sizeof(f.retcode));
	if (copy_to_user(frame, &f, RT_SIGFRAME_HEAD) ||
	    clear_user((u8 __user *)frame + RT_SIGFRAME_HEAD, SIGINFO_EXPANSION_SIZE) ||
	    copy_to_user(&frame->uc, &f.uc, sizeof(f) - offsetof(struct rt_sigframe, uc)))
		return -EFAULT;
	regs->sp = (unsigned long)frame;
	regs->dx = (unsigned long)&frame->info;
	regs->cx = (unsigned long)&frame->uc;
	return 0;
}

int setup_signal_frame(int sig, struct k_sigaction *ka, siginfo_t *info, sigset_t *oldset,
		       struct pt_regs *regs)
{
	int err;

	if (ka->sa.sa_flags & SA_SIGINFO)
		err = setup_rt_frame(sig, ka, info, oldset, regs);
	else
		err = setup_old_frame(sig, ka, oldset, regs);
	if (err)
		return -EFAULT;
	regs->ip = (unsigned long)ka->sa.sa_handler;
	regs->ax = sig;
	regs->ds = regs->es = regs->ss = __USER_DS;
	regs->cs = __USER_CS;
	fpu_reset(); /* the handler starts with the initial state */
	return 0;
}

/* ---- returning from the handler ---- */

static int restore_sigcontext(struct pt_regs *regs, const struct sigcontext_32 __user *usc)
{
	struct sigcontext_32 sc;

	/* If an interrupted call is still to be restarted, it returns EINTR instead. */
	current->restart_block.fn = do_no_restart_syscall;
	if (copy_from_user(&sc, usc, sizeof(sc)))
		return -EFAULT;
	/* gs is loaded here, the other selectors when they are popped at the return, where invalid
	 * ones fault.
	 */
	regs->gs = load_gs(sc.gs);
	regs->fs = sc.fs;
	regs->es = sc.es;
	regs->ds = sc.ds;
	regs->di = sc.di;
	regs->si = sc.si;
	regs->bp = sc.bp;
	regs->sp = sc.sp;
	regs->bx = sc.bx;
	regs->dx = sc.dx;
	regs->cx = sc.cx;
	regs->ax = sc.ax;
	regs->ip = sc.ip;
	regs->cs = sc.cs | USER_RPL;
	regs->ss = sc.ss | USER_RPL;
	regs->flags = (regs->flags & ~FIX_EFLAGS) | (sc.flags & FIX_EFLAGS);
	regs->orig_ax = (unsigned long)-1; /* no longer in a system call */
	return restore_fpu((const struct _fpstate_32 __user *)sc.fpstate);
}

static long bad_frame(struct pt_regs *regs, const void __user *frame, const char *where)
{
	if (show_unhandled_signals && printk_ratelimit())
		pr_info("%s[%d] bad frame in %s frame:%p ip:%lx sp:%lx orax:%lx\n", current->comm,
			current->pid, where, frame, regs->ip, regs->sp, regs->orig_ax);
	force_sig(SIGSEGV);
	return 0;
}

/* The handler's ret popped the return address, and the code there popped the signal number.
 */
long do_sigreturn(struct pt_regs *regs)
{
	struct sigframe __user *frame = (struct sigframe __user *)(regs->sp - 2 * sizeof(long));
	sigset_t set;

	if (get_user(set.sig[0], &frame->sc.oldmask) || get_user(set.sig[1], &frame->extramask[0]))
		return bad_frame(regs, frame, "sigreturn");
	set_current_blocked(&set);
	if (restore_sigcontext(regs, &frame->sc))
		return bad_frame(regs, frame, "sigreturn");
	return regs->ax;
}

/* Most handlers return with the alternate stack unchanged. */
static bool is_altstack(const stack_t *stack)
{
	return stack->ss_sp == (void *)current->sas_ss_sp &&
	       stack->ss_size == current->sas_ss_size &&
	       stack->ss_flags == (int)current->sas_ss_flags;
}

long do_rt_sigreturn(struct pt_regs *regs)
{
	struct rt_sigframe __user *frame = (struct rt_sigframe __user *)(regs->sp - sizeof(long));
	sigset_t set;
	stack_t stack;

	if (copy_from_user(&set, &frame->uc.uc_sigmask, sizeof(set)))
		return bad_frame(regs, frame, "rt_sigreturn");
	set_current_blocked(&set);
	if (restore_sigcontext(regs, (struct sigcontext_32 __user *)&frame->uc.uc_mcontext) ||
	    copy_from_user(&stack, &frame->uc.uc_stack, sizeof(stack)))
		return bad_frame(regs, frame, "rt_sigreturn");
	/* An invalid alternate stack is silently ignored, as in Linux. */
	if (!is_altstack(&stack))
		do_sigaltstack(&stack, NULL, regs->sp, MINSIGSTKSZ);
	return regs->ax;
}
