/*
 * Sending signals, and delivering them on the way back to user mode.
 */
#ifndef KERNEL_SIGNAL_SIGNAL_H
#define KERNEL_SIGNAL_SIGNAL_H

#include "kernel/sched/sched.h"

/* Returned by a call that a signal interrupted; do_signal() turns them into EINTR or a restart.
   Programs never see them. Values are Linux's. */
#define ERESTARTSYS	      512
#define ERESTARTNOINTR	      513
#define ERESTARTNOHAND	      514
#define ERESTART_RESTARTBLOCK 516

/* The default actions (signal(7)), and what no handler can catch. */
#define rt_sigmask(sig)	     (1ULL << ((sig)-1))
#define SIG_KERNEL_ONLY_MASK (rt_sigmask(SIGKILL) | rt_sigmask(SIGSTOP))
#define SIG_KERNEL_STOP_MASK \
	(rt_sigmask(SIGSTOP) | rt_sigmask(SIGTSTP) | rt_sigmask(SIGTTIN) | rt_sigmask(SIGTTOU))
#define SIG_KERNEL_COREDUMP_MASK                                                                \
	(rt_sigmask(SIGQUIT) | rt_sigmask(SIGILL) | rt_sigmask(SIGTRAP) | rt_sigmask(SIGABRT) | \
	 rt_sigmask(SIGFPE) | rt_sigmask(SIGSEGV) | rt_sigmask(SIGBUS) | rt_sigmask(SIGSYS) |   \
	 rt_sigmask(SIGXCPU) | rt_sigmask(SIGXFSZ))
#define SIG_KERNEL_IGNORE_MASK \
	(rt_sigmask(SIGCONT) | rt_sigmask(SIGCHLD) | rt_sigmask(SIGWINCH) | rt_sigmask(SIGURG))
#define SYNCHRONOUS_MASK                                                                       \
	(rt_sigmask(SIGSEGV) | rt_sigmask(SIGBUS) | rt_sigmask(SIGILL) | rt_sigmask(SIGTRAP) | \
	 rt_sigmask(SIGFPE) | rt_sigmask(SIGSYS))
static inline bool sig_in(int sig, u64 mask)
{
	return mask >> (sig - 1) & 1;
}
/* The same for a mask without real-time signals. */
static inline bool sig_in_low(int sig, unsigned long mask)
{
	return sig < SIGRTMIN && (mask >> (sig - 1) & 1);
}
#define sig_kernel_only(sig)	 sig_in_low(sig, SIG_KERNEL_ONLY_MASK)
#define sig_kernel_stop(sig)	 sig_in_low(sig, SIG_KERNEL_STOP_MASK)
#define sig_kernel_coredump(sig) sig_in_low(sig, SIG_KERNEL_COREDUMP_MASK)
#define sig_kernel_ignore(sig)	 sig_in_low(sig, SIG_KERNEL_IGNORE_MASK)
static inline bool valid_signal(unsigned long sig)
{
	return sig <= _NSIG;
}

/* Special siginfo pointers that name the sender. */
#define SEND_SIG_NOINFO ((siginfo_t *)0) /* kill(2) by current */
#define SEND_SIG_PRIV	((siginfo_t *)1) /* the kernel */

static inline bool sigismember(const sigset_t *set, unsigned int sig)
{
	return set->sig[(sig - 1) / 32] >> ((sig - 1) % 32) & 1;
}
static inline void sigaddset(sigset_t *set, unsigned int sig)
{
	set->sig[(sig - 1) / 32] |= 1UL << ((sig - 1) % 32);
}
static inline void sigdelset(sigset_t *set, unsigned int sig)
{
	set->sig[(sig - 1) / 32] &= ~(1UL << ((sig - 1) % 32));
}
/* The set as one number, signal n in bit n - 1. */
static inline u64 sigset_bits(const sigset_t *set)
{
	return set->sig[0] | (u64)set->sig[1] << 32;
}
static inline sigset_t make_sigset(u64 bits)
{
	return (sigset_t){{(unsigned long)bits, (unsigned long)(bits >> 32)}};
}

/* Send to one thread / to its process. `info` may be SEND_SIG_*. 0 or -errno. No permission check.
   Safe from interrupt handlers. */
int send_sig_info(int sig, siginfo_t *info, struct task_struct *p);
int group_send_sig_info(int sig, siginfo_t *info, struct task_struct *p);
/* For a signal to several processes: a child that p is forking gets it too. */
int multiprocess_send_sig_info(int sig, siginfo_t *info, struct task_struct *p);
/* kill.c: may current send p this signal? 0, -EPERM, or -EINVAL: no such signal. */
int check_kill_permission(int sig, const siginfo_t *info, const struct task_struct *p);
static inline int send_sig(int sig, struct task_struct *p)
{
	return group_send_sig_info(sig, SEND_SIG_PRIV, p);
}
/* Send to every process of a group; -ESRCH if there is none. Interrupt handlers may call it (^C),
   so code that changes the lists of tasks and threads disables interrupts. */
int kill_pgrp(pid_t pgrp, int sig, siginfo_t *info);
/* For a fault of current: cannot be blocked or ignored (if it is, the action is reset). `info` may
   be SEND_SIG_PRIV, or says what and where. */
void force_sig_info(siginfo_t *info, int sig);
void force_sig(int sig);
void force_sig_fault(int sig, int code, void __user *addr);
/* A handler could not be run (bad stack): SIGSEGV, fatal if it was the handler of SIGSEGV. */
void force_sigsegv(int sig);

/* Recompute TIF_SIGPENDING after a change of the mask or of the queues. */
void recalc_sigpending(void);
/* Block these signals but SIGKILL and SIGSTOP, and no others, in current. A signal for the process
   that current can no longer take goes to another thread. */
void set_current_blocked(sigset_t *newset);
void __set_current_blocked(u64 new); /* bits as sigset_bits gives them */
/* sigsuspend, ppoll, pselect: install a mask until the next return to user mode. */
int set_user_sigmask(const sigset_t __user *umask, size_t sigsetsize);
/* Restore the mask that set_user_sigmask() saved, unless a signal interrupted the call: then the
   return to user mode does it. */
void restore_saved_sigmask_unless(bool interrupted);

/* Dequeue the next deliverable signal; 0 if there is none. */
int dequeue_signal(sigset_t *mask, siginfo_t *info);
/* Called on the way to user mode with TIF_SIGPENDING: delivers, stops, kills, restarts. */
void do_signal(struct pt_regs *regs);
/* kernel/x86/task/signal_frame.c: build the frame for a handler; 0 or -EFAULT. */
int setup_signal_frame(int sig, struct k_sigaction *ka, siginfo_t *info, sigset_t *oldset,
		       struct pt_regs *regs);

/* Boot, with the slab allocator running. */
void signals_init(void);
/* Make p an empty queue. */
void init_sigpending(struct sigpending *p);
void flush_signal_handlers(struct task_struct *p); /* exec: caught ones to SIG_DFL */
/* Discard and free all signals of a queue. */
void flush_sigqueue(struct sigpending *p);
/* Discard the queued signals of `mask` (bits as sigset_bits gives them). */
void flush_sigqueue_mask(u64 mask, struct sigpending *p);
/* A siginfo that a program sends as signal sig. 0, -EFAULT, or -E2BIG if it contains more than the
   kernel understands. */
int copy_siginfo_from_user(siginfo_t *to, const siginfo_t __user *from, int sig);
/* Copy a whole siginfo_t; its unused end is filled with zeros. 0 or -EFAULT. */
int copy_siginfo_to_user(siginfo_t __user *to, const siginfo_t *from);
/* The kernel uses only the first bytes of a siginfo_t: the three numbers and the largest of the
   layouts that follow (Linux: struct kernel_siginfo). */
#define KERNEL_SIGINFO_SIZE    32
#define SIGINFO_EXPANSION_SIZE (SI_MAX_SIZE - KERNEL_SIGINFO_SIZE)
static inline void clear_siginfo(siginfo_t *info)
{
	__builtin_memset(info, 0, KERNEL_SIGINFO_SIZE);
}
static inline void copy_siginfo(siginfo_t *to, const siginfo_t *from)
{
	__builtin_memcpy(to, from, KERNEL_SIGINFO_SIZE);
}
/* Fills *info as for SEND_SIG_NOINFO: kill(2) by current. */
void siginfo_from_user(siginfo_t *info, int sig, int code);

/* kernel/signal/kill.c: kill(2) and related calls, with permission checks. 0 or -errno; sig 0 only
 * checks.
 */
int kill_something(pid_t pid, int sig, siginfo_t *info);
int kill_process(pid_t pid, int sig, siginfo_t *info);		  /* the thread group of pid */
int kill_thread(pid_t tgid, pid_t pid, int sig, siginfo_t *info); /* tgid <= 0: any group */

/* kernel/signal/sigmask.c: masks, actions, stacks, and waiting for signals. */
/* sigaction(2) on kernel copies; act and oact may be NULL. 0 or -EINVAL. */
int do_sigaction(int sig, struct k_sigaction *act, struct k_sigaction *oact);
/* sigprocmask(2) on kernel copies; set and oldset may be NULL. 0 or -EINVAL. */
int do_sigprocmask(int how, sigset_t *set, sigset_t *oldset);
/* `sp`: the program's stack pointer; min_size: the smallest stack allowed. */
int do_sigaltstack(const stack_t *ss, stack_t *oss, unsigned long sp, size_t min_size);
bool on_sig_stack(unsigned long sp);	  /* does sp lie on the alternate stack? */
int sas_ss_flags(unsigned long sp);	  /* SS_DISABLE, SS_ONSTACK or 0 */
void sas_ss_reset(struct task_struct *p); /* remove the alternate stack */
/* Block exactly `set` and sleep until a signal comes; the old mask returns on the way to user mode.
   Always -ERESTARTNOHAND. */
int do_sigsuspend(sigset_t *set);
/* Dequeue a signal of `set`, or wait for one. Returns its number, -EAGAIN after timeout_ns
   (SIGTIMEDWAIT_FOREVER: none), or -EINTR. */
#define SIGTIMEDWAIT_FOREVER (~0ULL)
int do_sigtimedwait(const sigset_t *set, siginfo_t *info, u64 timeout_ns);
/* The signals pending for current or its process that current blocks. */
sigset_t do_sigpending(void);
/* Install saved_sigmask if TIF_RESTORE_SIGMASK is set, and clear that bit. */
void restore_saved_sigmask(void);

/* restart_block.fn for calls that do not restart: -EINTR. */
long do_no_restart_syscall(struct restart_block *restart);
/* kernel/x86/task/signal_frame.c: sigreturn and rt_sigreturn. The value for ax. */
long do_sigreturn(struct pt_regs *regs);
long do_rt_sigreturn(struct pt_regs *regs);

/* Is the group orphaned? That is: no member other than `ignored` has a parent that is in the same
   session but in another group. */
bool is_orphaned_pgrp(pid_t pgrp, const struct task_struct *ignored);
/* The same for current's group, for the rules about stops by a terminal. */
bool is_current_pgrp_orphaned(void);

/* Would the signal kill p because it is not handled? Then its cause is logged, if that is enabled.
 */
bool unhandled_signal(const struct task_struct *p, int sig);
extern int show_unhandled_signals; /* /proc/sys/debug/exception-trace */

#endif
