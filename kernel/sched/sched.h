/*
 * Tasks: the task_struct, the run queue's interface, and the life of a process from fork to wait.
 *
 * Mapix runs on one processor and does not preempt kernel code: a task runs in the kernel until it
 * sleeps (schedule()) or returns to user mode. `current` is therefore one global pointer.
 */
#ifndef KERNEL_SCHED_SCHED_H
#define KERNEL_SCHED_SCHED_H

#include "kernel/abi/types.h"
#include "kernel/core/wait.h"
#include "kernel/lib/list.h"
#include "kernel/sched/signal_types.h"
#include "kernel/x86/thread.h"
#include "mm/highmem.h"
#include <linux/resource.h>
#include <linux/sched.h>

struct mm_struct;
struct files_struct;
struct fs_struct;
struct pt_regs;

/* task_struct.state: what /proc/PID/stat shows as R S D T Z X. */
#define TASK_RUNNING 0x00
#define TASK_INTERRUPTIBLE 0x01
#define TASK_UNINTERRUPTIBLE 0x02
#define TASK_STOPPED 0x04
#define EXIT_ZOMBIE 0x20
#define EXIT_DEAD 0x10
#define TASK_KILLABLE_BIT 0x100
#define TASK_KILLABLE (TASK_KILLABLE_BIT | TASK_UNINTERRUPTIBLE)

/* Bits of task_struct.work, looked at on every return to user mode (entry.asm tests the whole word). */
#define TIF_SIGPENDING 0
#define TIF_NEED_RESCHED 1
#define TIF_RESTORE_SIGMASK 2
#define TIF_NOTIFY_RESUME 3

/* task_struct.flags: Linux's PF_ values, as /proc/PID/stat shows them. */
#define PF_EXITING 0x00000004
#define PF_FORKNOEXEC 0x00000040
#define PF_SUPERPRIV 0x00000100
#define PF_SIGNALED 0x00000400
#define PF_MEMALLOC 0x00000800
#define PF_KTHREAD 0x00200000
#define PF_RANDOMIZE 0x00400000

#define TASK_COMM_LEN 16
#define NGROUPS_SMALL 32

/* Who a task is; shared by pointer between threads is not needed: each task has its own copy. */
struct cred {
	uid_t uid, euid, suid, fsuid;
	gid_t gid, egid, sgid, fsgid;
	int ngroups;
	gid_t groups[NGROUPS_SMALL];
};

/*
 * What the threads of one process share besides mm, files and fs: signals sent to the process,
 * limits, the process group and session, the terminal, and the accounts of dead threads and children.
 */
struct signal_struct {
	int count;		  /* tasks that point here */
	int nr_threads;		  /* live ones */
	struct list_head threads; /* task_struct.thread_node */
	struct task_struct *leader;

	struct sigpending shared_pending;
	wait_queue_head_t wait_chldexit; /* parents sleep here in wait4 */

	int group_exit_code;
	unsigned int flags; /* SIGNAL_* below */
	int group_stop_count;
	struct task_struct *group_exit_task;

	pid_t pgrp, session;
	bool leader_of_session;
	struct tty_struct *tty; /* controlling terminal or NULL */

	struct rlimit rlim[RLIM_NLIMITS];

	u64 utime_ns, stime_ns;	  /* of dead threads */
	u64 cutime_ns, cstime_ns; /* of children waited for */
	unsigned long min_flt, maj_flt, cmin_flt, cmaj_flt;
	unsigned long nvcsw, nivcsw, cnvcsw, cnivcsw;
	unsigned long maxrss, cmaxrss; /* pages */
	short oom_score_adj;

	u64 it_real_ns, it_real_incr_ns; /* ITIMER_REAL: expiry on the monotonic clock, 0 = off */
	struct timer_list *real_timer;
};
#define SIGNAL_STOP_STOPPED 0x01
#define SIGNAL_STOP_CONTINUED 0x02
#define SIGNAL_GROUP_EXIT 0x04

struct task_struct {
	/* Offsets known to entry.asm and switch.asm; asserted below. */
	unsigned long work;  /* TIF_ bits */
	unsigned long sp;    /* kernel stack pointer while not running */
	void *stack;	     /* lowest address of the kernel stack, THREAD_SIZE bytes */

	unsigned int state;
	unsigned int flags; /* PF_ */
	struct thread_struct thread;
	struct kmap_ctrl kmap_ctrl;

	/* Address space. mm is NULL for a kernel thread, which runs on a borrowed active_mm. */
	struct mm_struct *mm, *active_mm;

	/* Scheduling. */
	struct list_head run_list;
	int time_slice; /* ticks left */
	int nice;
	unsigned int policy; /* SCHED_NORMAL … as set by sched_setscheduler */
	unsigned int rt_priority;

	/* Identity and family. */
	pid_t pid, tgid;
	struct task_struct *real_parent, *parent, *group_leader;
	struct list_head children, sibling;
	struct list_head tasks;	      /* all tasks, by creation */
	struct list_head thread_node; /* in signal->threads */
	struct list_head pid_hash;
	int exit_code, exit_signal, pdeath_signal;
	unsigned int personality;
	bool did_exec;
	bool no_new_privs;
	bool dumpable_off;
	struct cred cred;
	char comm[TASK_COMM_LEN];

	struct completion *vfork_done; /* parent of a vfork waits for it */
	int *set_child_tid, *clear_child_tid; /* user addresses */
	void *robust_list;		      /* user address, and its length */
	size_t robust_list_len;

	/* Accounting. */
	u64 utime_ns, stime_ns;
	u64 start_time_ns; /* monotonic, at fork */
	unsigned long min_flt, maj_flt;
	unsigned long nvcsw, nivcsw;

	/* Files. */
	struct fs_struct *fs;
	struct files_struct *files;
	int link_count; /* symbolic links followed in the current path walk */

	/* Signals. */
	struct signal_struct *signal;
	struct sighand_struct *sighand;
	sigset_t blocked, saved_sigmask;
	struct sigpending pending;
	struct restart_block restart_block;
	unsigned long sas_ss_sp; /* sigaltstack */
	size_t sas_ss_size;
	unsigned int sas_ss_flags;
};
#define TASK_WORK_OFFSET 0
#define TASK_SP_OFFSET 4
#define TASK_STACK_OFFSET 8
_Static_assert(__builtin_offsetof(struct task_struct, work) == TASK_WORK_OFFSET, "entry.asm");
_Static_assert(__builtin_offsetof(struct task_struct, sp) == TASK_SP_OFFSET, "switch.asm");
_Static_assert(__builtin_offsetof(struct task_struct, stack) == TASK_STACK_OFFSET, "switch.asm");

extern struct task_struct *current_task;
#define current current_task

extern struct task_struct init_task; /* pid 0, the idle task; its mm is NULL, active_mm = &init_mm */
extern struct list_head all_tasks;   /* of task_struct.tasks; without init_task */
extern unsigned long total_forks;
extern int nr_threads;

#define for_each_task(p) list_for_each_entry(p, &all_tasks, tasks)

static inline void set_task_work(struct task_struct *p, int bit)
{
	p->work |= 1UL << bit;
}
static inline void clear_task_work(struct task_struct *p, int bit)
{
	p->work &= ~(1UL << bit);
}
static inline bool test_task_work(const struct task_struct *p, int bit)
{
	return p->work >> bit & 1;
}
static inline bool signal_pending(const struct task_struct *p)
{
	return test_task_work(p, TIF_SIGPENDING);
}
/* A SIGKILL is pending: killable sleeps and long loops give up. */
bool fatal_signal_pending(const struct task_struct *p);
static inline bool need_resched(void)
{
	return test_task_work(current, TIF_NEED_RESCHED);
}
#define set_current_state(s) (current->state = (s))

/* kernel/sched/sched.c */
void sched_init(void);
/* Give the processor away: to the next runnable task, or to the idle task. Sleeps if state != RUNNING. */
void schedule(void);
/* Like schedule() but wakes after `jiffies` ticks at the latest; returns the ticks left (0: timed out). */
long schedule_timeout(long jiffies);
/* Make p runnable; true if it was sleeping. Safe from interrupt handlers. */
bool wake_up_process(struct task_struct *p);
/* The same only if its state is in `mask`. */
bool wake_up_state(struct task_struct *p, unsigned int mask);
void scheduler_tick(bool user_tick); /* from the timer interrupt, interrupts off */
void yield(void);
unsigned long nr_running(void);
u64 nr_context_switches(void);
void get_avenrun(unsigned long loads[3]); /* 11-bit fixed point, as Linux's */
void wake_up_new_task(struct task_struct *p);

/* kernel/sched/pid.c */
pid_t alloc_pid(void); /* > 0, or -EAGAIN */
void free_pid(pid_t pid);
struct task_struct *find_task_by_pid(pid_t pid); /* any thread; NULL if none. No reference is taken:
						    valid until the caller sleeps */

/* kernel/sched/fork.c */
/* clone(2). flags are CLONE_*, low byte the exit signal. Returns the child's pid or -errno. */
long kernel_clone(unsigned long flags, struct pt_regs *regs, unsigned long newsp, int *parent_tid,
		  int *child_tid, unsigned long tls);
/* A kernel thread, runnable at once: mm NULL, named `name`. Returns the task or ERR_PTR. */
struct task_struct *kthread_run(int (*fn)(void *), void *arg, const char *name);
/* Wake the parent sleeping in vfork: the child has a new mm or is dead. (called by exec and exit) */
void mm_release(struct task_struct *p);

/* kernel/sched/exit.c */
void do_exit(long code) __noreturn;	  /* code as wait4 shows it: status << 8 or signal */
void do_group_exit(int code) __noreturn; /* the whole thread group */
/* Kill all other threads of current's group and wait until they are gone; exec needs it. -EAGAIN if
   the group is exiting already. */
int de_thread(void);

/* Credentials: root passes every check. */
static inline bool capable(void)
{
	return current->cred.euid == 0;
}
static inline unsigned long rlimit(unsigned int which)
{
	return current->signal->rlim[which].rlim_cur;
}

/* kernel/x86/process.c */
int copy_thread(struct task_struct *p, unsigned long flags, struct pt_regs *regs,
		unsigned long newsp, unsigned long tls);
struct pt_regs *task_pt_regs(struct task_struct *p);
struct task_struct *switch_to(struct task_struct *prev, struct task_struct *next);

#endif
