/*
 * Sending signals, and delivering them on the way back to user mode.
 */
#ifndef KERNEL_SCHED_SIGNAL_H
#define KERNEL_SCHED_SIGNAL_H

#include "kernel/sched/sched.h"

/* Returned by a call that a signal interrupted; do_signal turns them into EINTR or a restart. Never
   seen by a program. Values are Linux's. */
#define ERESTARTSYS 512
#define ERESTARTNOINTR 513
#define ERESTARTNOHAND 514
#define ERESTART_RESTARTBLOCK 516

/* siginfo pointers that stand for a kind of sender. */
#define SEND_SIG_NOINFO ((siginfo_t *)0) /* kill(2) by current */
#define SEND_SIG_PRIV ((siginfo_t *)1)	 /* the kernel */

static inline bool sigismember(const sigset_t *set, int sig)
{
	return set->sig[(sig - 1) / 32] >> ((sig - 1) % 32) & 1;
}
static inline void sigaddset(sigset_t *set, int sig)
{
	set->sig[(sig - 1) / 32] |= 1UL << ((sig - 1) % 32);
}
static inline void sigdelset(sigset_t *set, int sig)
{
	set->sig[(sig - 1) / 32] &= ~(1UL << ((sig - 1) % 32));
}
#define sigmask(sig) (1UL << ((sig)-1))

/* Send to one thread / to its process. `info` may be SEND_SIG_*. 0 or -errno. No permission check.
   Safe from interrupt handlers. */
int send_sig_info(int sig, siginfo_t *info, struct task_struct *p);
int group_send_sig_info(int sig, siginfo_t *info, struct task_struct *p);
static inline int send_sig(int sig, struct task_struct *p)
{
	return group_send_sig_info(sig, SEND_SIG_PRIV, p);
}
/* To every process of a group; -ESRCH if there is none. */
int kill_pgrp(pid_t pgrp, int sig, siginfo_t *info);
/* A fault of current's own doing: cannot be blocked or ignored (the handler is reset if so). */
void force_sig(int sig);
void force_sig_fault(int sig, int code, void __user *addr);
/* A handler could not be run (bad stack): SIGSEGV, fatal if it was SIGSEGV's own. */
void force_sigsegv(int sig);

/* Recompute TIF_SIGPENDING after a change of the mask or of the queues. */
void recalc_sigpending(void);
void set_current_blocked(sigset_t *newset); /* SIGKILL and SIGSTOP are left out */
/* sigsuspend, ppoll, pselect: install a mask until the next return to user mode. */
int set_user_sigmask(const sigset_t __user *umask, size_t sigsetsize);
void restore_saved_sigmask_unless(bool interrupted);

/* Take the next deliverable signal off the queues; 0 if none. */
int dequeue_signal(sigset_t *mask, siginfo_t *info);
/* Called on the way to user mode with TIF_SIGPENDING: delivers, stops, kills, restarts. */
void do_signal(struct pt_regs *regs);
/* kernel/x86/signal_frame.c: build the frame for a handler; 0 or -EFAULT. */
int setup_signal_frame(int sig, struct k_sigaction *ka, siginfo_t *info, sigset_t *oldset,
		       struct pt_regs *regs);

void init_sigpending(struct sigpending *p);
void flush_signal_handlers(struct task_struct *p); /* exec: caught ones to SIG_DFL */
void flush_sigqueue(struct sigpending *p);
int copy_siginfo_to_user(siginfo_t __user *to, const siginfo_t *from);

/* Terminal stop rules: is the group orphaned (no parent in the session outside the group)? */
bool is_current_pgrp_orphaned(void);

#endif
