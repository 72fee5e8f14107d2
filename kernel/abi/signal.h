/*
 * The signal ABI of i386: what <linux/signal.h> offers, freed of its trap (its sigset_t is the old
 * 4-byte set and its struct sigaction the old call's), and the frames it lacks, which the kernel
 * leaves on the user's stack for a handler.
 */
#ifndef KERNEL_ABI_SIGNAL_H
#define KERNEL_ABI_SIGNAL_H

#define sigset_t  old_sigset_t
#define sigaction old_sigaction
#include <linux/signal.h>
#undef sigset_t
#undef sigaction
#undef sa_handler
#undef sa_sigaction

#define _NSIG	    64
#define _NSIG_WORDS 2

/* The set of all rt_ calls; signal n is bit (n - 1). */
typedef struct {
	unsigned long sig[_NSIG_WORDS];
} sigset_t;

/* These use the 8-byte set by its name. */
#include <asm/sigcontext.h>
#include <asm/ucontext.h>

/* rt_sigaction's argument (Linux: include/linux/signal_types.h, with __ARCH_HAS_SA_RESTORER). */
struct sigaction {
	__sighandler_t sa_handler;
	unsigned long sa_flags;
	__sigrestore_t sa_restorer;
	sigset_t sa_mask;
};

/* One entry of a process's table of actions. */
struct k_sigaction {
	struct sigaction sa;
};

#define SIGFRAME_RETCODE_SIZE 8

/*
 * The frame of a handler without SA_SIGINFO (Linux: arch/x86/include/asm/sigframe.h). The FPU state
 * stands above it, where sc.fpstate points; fpstate_unused only keeps extramask at its old offset.
 */
struct sigframe {
	__u32 pretcode; /* the handler returns here */
	__s32 sig;
	struct sigcontext_32 sc;
	struct _fpstate_32 fpstate_unused;
	__u32 extramask[_NSIG_WORDS - 1];
	char retcode[SIGFRAME_RETCODE_SIZE]; /* not executed; debuggers know a frame by it */
};

/* The frame of a handler with SA_SIGINFO; same source. */
struct rt_sigframe {
	__u32 pretcode;
	__s32 sig;
	__u32 pinfo; /* = &info */
	__u32 puc;   /* = &uc */
	siginfo_t info;
	struct ucontext uc;
	char retcode[SIGFRAME_RETCODE_SIZE];
};

/* The FXSAVE image inside a struct _fpstate_32 begins at _fxsr_env. */
#define FPSTATE_FXSAVE_OFFSET __builtin_offsetof(struct _fpstate_32, _fxsr_env)
#define FXSAVE_AREA_SIZE      512
#define FPSTATE_MAGIC_FXSR    X86_FXSR_MAGIC /* _fpstate_32.magic: an FXSAVE image follows */

_Static_assert(sizeof(old_sigset_t) == 4, "old_sigset_t");
_Static_assert(sizeof(sigset_t) == 8, "sigset_t");
_Static_assert(sizeof(siginfo_t) == SI_MAX_SIZE, "siginfo_t");
_Static_assert(__builtin_offsetof(siginfo_t, _sifields) == 12, "siginfo_t._sifields");
_Static_assert(sizeof(struct old_sigaction) == 16, "old_sigaction");
_Static_assert(__builtin_offsetof(struct old_sigaction, sa_flags) == 8, "old_sigaction.sa_flags");
_Static_assert(sizeof(struct sigaction) == 20, "sigaction");
_Static_assert(__builtin_offsetof(struct sigaction, sa_mask) == 12, "sigaction.sa_mask");
_Static_assert(sizeof(stack_t) == 12, "stack_t");
_Static_assert(sizeof(struct _fpstate_32) == 624, "_fpstate_32");
_Static_assert(FPSTATE_FXSAVE_OFFSET + FXSAVE_AREA_SIZE == sizeof(struct _fpstate_32), "fxsave");
_Static_assert(sizeof(struct sigcontext_32) == 88, "sigcontext_32");
_Static_assert(sizeof(struct sigcontext) == sizeof(struct sigcontext_32), "sigcontext");
_Static_assert(sizeof(struct ucontext) == 116, "ucontext");
_Static_assert(__builtin_offsetof(struct ucontext, uc_sigmask) == 108, "ucontext.uc_sigmask");
_Static_assert(sizeof(struct sigframe) == 732, "sigframe");
_Static_assert(__builtin_offsetof(struct sigframe, extramask) == 720, "sigframe.extramask");
_Static_assert(sizeof(struct rt_sigframe) == 268, "rt_sigframe");
_Static_assert(__builtin_offsetof(struct rt_sigframe, uc) == 144, "rt_sigframe.uc");

#endif
