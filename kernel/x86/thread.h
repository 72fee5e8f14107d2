/*
 * The x86 part of a task: TLS descriptors, FPU state, and the last fault. It is the member `thread`
 * of task_struct.
 */
#ifndef KERNEL_X86_THREAD_H
#define KERNEL_X86_THREAD_H

#include "kernel/abi/types.h"
#include "kernel/x86/desc.h"
#include "mm/layout.h"

/* The size of a kernel stack. There is an unmapped guard page below it. */
#define THREAD_SIZE_PAGES 2
#define THREAD_SIZE	  (THREAD_SIZE_PAGES * PAGE_SIZE)

/* The fxsave area; the legacy x87 part comes first (Intel SDM volume 1, 10.5). */
struct fxregs_state {
	u16 cwd, swd, twd, fop;
	u32 fip, fcs, foo, fos;
	u32 mxcsr, mxcsr_mask;
	u32 st_space[32];  /* 8 registers of 16 bytes */
	u32 xmm_space[32]; /* 8 registers of 16 bytes */
	u32 padding[56];
} __attribute__((aligned(16)));
_Static_assert(sizeof(struct fxregs_state) == 512, "fxsave area");

struct thread_struct {
	unsigned long sp0; /* top of the kernel stack, for the TSS */
	struct desc_struct tls_array[GDT_ENTRY_TLS_ENTRIES];
	bool notsc; /* PR_SET_TSC: reading the time stamp counter is a fault */
	/* The last fault of user mode, as sigcontext reports it. */
	unsigned long cr2, trap_nr, error_code;
	bool fpu_saved;		 /* fpu holds the state, unless the registers are live: fpu.c */
	struct fxregs_state fpu; /* part of the task, because the return from a signal handler must
				    not allocate memory */
};

struct task_struct;
struct pt_regs;

/*
 * copy_thread(p, flags, regs, newsp, tls), declared in sched.h, makes the kernel stack of a new
 * task:
 * - a user task: regs are the parent's; newsp 0 keeps the parent's stack pointer; tls is the
 * address of a user_desc, used with CLONE_SETTLS. p->thread must be a copy of the parent's, made
 * after fpu_sync().
 * - a kernel thread: regs is NULL, newsp the function (int (*)(void *)), tls its argument.
 * p->stack is set by the caller. 0, or what do_set_thread_area returns. The new task
 * starts in ret_from_fork, which calls schedule_tail(prev) (sched.c); that opens interrupts.
 */

/* prctl(PR_SET_TSC): may current read the time stamp counter? */
void set_tsc_mode(bool allowed);
/* exec: discard the FPU state and the TLS segments of the old program. */
void flush_thread(void);
/* Set the registers with which a new program starts. */
void start_thread(struct pt_regs *regs, unsigned long new_ip, unsigned long new_sp);
/* exit: p will not run again. */
void exit_thread(struct task_struct *p);

#endif
