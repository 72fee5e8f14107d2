/*
 * Tasks: the task_struct, the run queue's interface, and the life of a process from fork to wait.
 *
 * Mapix runs on one processor and does not preempt kernel code: a task runs in the kernel until it
 * sleeps (schedule()) or returns to user mode. `current` is therefore one global pointer.
 */
#ifndef KERNEL_SCHED_SCHED_H
#define KERNEL_SCHED_SCHED_H

#include "kernel/abi/types.h"
#include "kernel/locking/rwsem.h"
#include "kernel/time/time.h"
#include "kernel/locking/wait.h"
#include "kernel/lib/list.h"
#include "kernel/lib/static_call.h"
#include "kernel/lib/rbtree.h"
#include "kernel/sched/io_accounting.h"
#include "kernel/sched/latency.h"
#include "kernel/signal/signal_types.h"
#include "kernel/x86/thread.h"
#include "mm/phys/highmem.h"
#include <linux/capability.h>
#include <linux/resource.h>
#include <linux/sched.h>

struct blk_plug;
struct completion;
struct core_state;
struct mm_struct;
struct files_struct;
struct kernel_clone_args;
struct robust_list_head;
struct tty_struct;
struct fs_struct;
struct pt_regs;
struct sem_undo_list;

/* task_struct.state: what /proc/PID/stat shows as R S D T Z X. */
#define TASK_RUNNING	     0x00
#define TASK_INTERRUPTIBLE   0x01
#define TASK_UNINTERRUPTIBLE 0x02
#define TASK_STOPPED	     0x04
#define EXIT_ZOMBIE	     0x20
#define EXIT_DEAD	     0x10
#define TASK_KILLABLE_BIT    0x100
#define TASK_KILLABLE	     (TASK_KILLABLE_BIT | TASK_UNINTERRUPTIBLE)

/*
 * Bits of task_struct.work, checked at every return to user mode (entry.asm tests the whole word).
 */
#define TIF_SIGPENDING	    0
#define TIF_NEED_RESCHED    1
#define TIF_RESTORE_SIGMASK 2
#define TIF_CPU_TIMERS	    3 /* it has run: check the timers and limits of its processor time */
#define TIF_DYING_FILES	    4 /* fput_later() */

/* task_struct.flags: Linux's PF_ values, as /proc/PID/stat shows them. */
#define PF_EXITING	0x00000004
#define PF_POSTCOREDUMP 0x00000008 /* exiting, and too late to take part in a core dump */
#define PF_MCE_PROCESS	0x00000080 /* PF_MCE_EARLY decides, not the sysctl */
#define PF_FORKNOEXEC	0x00000040
#define PF_SUPERPRIV	0x00000100
#define PF_DUMPCORE	0x00000200
#define PF_SIGNALED	0x00000400
#define PF_MEMALLOC	0x00000800
#define PF_NPROC_EXCEEDED                                                                   \
	0x00001000		/* changed to a user with too many tasks: exec checks again \
				 */
#define PF_KSWAPD    0x00020000 /* kswapd: frees pages for all others */
#define PF_KTHREAD   0x00200000
#define PF_RANDOMIZE 0x00400000
#define PF_MCE_EARLY 0x08000000 /* wants SIGBUS as soon as a memory error is found */

#define TASK_COMM_LEN 16
#define INIT_PID      1 /* init, which adopts orphans and must not exit */

/* Supplementary groups: kernel/cred/groups.c. */
struct group_info {
	int usage;
	unsigned int ngroups;
	gid_t gid[]; /* sorted */
};
extern struct group_info init_groups;
void put_group_info(struct group_info *groups); /* the last reference frees it */

/* Credentials. Unlike in Linux, each task has its own copy. */
struct cred {
	uid_t uid, euid, suid, fsuid;
	gid_t gid, egid, sgid, fsgid;
	struct group_info *group_info; /* referenced; never NULL */
	struct user_struct *user;      /* uid's record, referenced; never NULL */
	u64 cap_inheritable, cap_permitted, cap_effective, cap_bset, cap_ambient; /* 1 << CAP_* */
	unsigned int securebits;
};

/* The scheduler's data of a task. Names and meanings are Linux's. Times are in ns. */
struct sched_entity {
	unsigned long weight;	 /* 1024 at nice 0 */
	struct rb_node run_node; /* in the fair queue, while it is runnable and not current */
	bool on_rq;		 /* can run */
	u64 exec_start;		 /* while it runs: charged up to this value of sched_clock() */
	u64 sum_exec_runtime;
	u64 prev_sum_exec_runtime; /* its value when the task was last switched to */
	u64 vruntime;
};

struct sched_rt_entity {
	struct list_head
		run_list;	 /* in the real-time queue, while it is runnable and not current */
	unsigned int time_slice; /* SCHED_RR: ticks left */
	unsigned long timeout;	 /* ticks since it slept last */
};

/* How often the task was switched to, and how long it waited while runnable. */
struct sched_info {
	unsigned long pcount;
	u64 run_delay;
	u64 last_arrival, last_queued;
};

/* The times last reported, so that they never decrease. */
struct prev_cputime {
	u64 utime_ns, stime_ns;
};

/*
 * What the threads of one process share besides mm, files and fs: signals sent to the process,
 * limits, the process group and session, the terminal, and the accumulated times of dead threads
 * and children.
 */
struct signal_struct {
	int count;		  /* tasks that point here */
	int nr_threads;		  /* live ones */
	struct list_head threads; /* task_struct.thread_node */
	struct task_struct *leader;

	struct sigpending shared_pending;
	struct list_head multiprocess;	 /* forks under way: struct multiprocess_signals */
	unsigned int nr_sigqueue;	 /* signals queued for the group's threads and the group */
	wait_queue_head_t wait_chldexit; /* parents sleep here in wait4 */

	int group_exit_code;
	unsigned int flags; /* SIGNAL_* below */
	int group_stop_count;
	struct task_struct *group_exit_task; /* waits in exec until the other threads are gone: */
	struct core_state *core_state; /* set while a thread dumps core; the others wait here */
	int notify_count; /* > 0: threads still to exit; < 0: waiting for the leader to exit */
	bool is_child_subreaper; /* PR_SET_CHILD_SUBREAPER */

	pid_t pgrp, session;
	bool leader_of_session;
	struct tty_struct *tty; /* controlling terminal or NULL */
	pid_t tty_old_pgrp; /* of a session leader whose terminal was hung up: the foreground group
			       at that time, held by pid_hold(); 0: none */

	/*
	 * exec holds it for writing from the switch to the new memory until the new credentials are
	 * set. Code that inspects the process holds it for reading, from the permission check until
	 * it has a reference to what it inspects.
	 */
	struct rw_semaphore exec_update_lock;

	struct rlimit rlim[RLIM_NLIMITS];

	u64 utime_ns, stime_ns; /* ticks of dead threads */
	u64 sum_sched_runtime;	/* their exact time */
	struct prev_cputime prev_cputime;
	u64 cutime_ns, cstime_ns; /* of children waited for */
	unsigned long min_flt, maj_flt, cmin_flt, cmaj_flt;
	unsigned long nvcsw, nivcsw, cnvcsw, cnivcsw;
	unsigned long maxrss, cmaxrss;	/* pages */
	struct task_io_accounting ioac; /* of dead threads, and of children waited for */
	short oom_score_adj;
	short oom_score_adj_min; /* the last value set with CAP_SYS_RESOURCE; without it, the score
				    cannot be set lower */

	/* ITIMER_REAL uses a timer; the other two count the processor time used. */
	struct timer_list real_timer;
	u64 it_real_incr_ns;
	struct cpu_itimer {
		u64 expires_ns; /* in processor time of the process; 0: off */
		u64 incr_ns;
	} it_virt, it_prof;
	struct list_head cpu_sleepers; /* tasks that sleep until the process has used a given
					  processor time */
	bool cpu_timers; /* one of these timers or RLIMIT_CPU is set, or there are sleepers */
};
#define SIGNAL_STOP_STOPPED   0x01 /* all threads are stopped */
#define SIGNAL_STOP_CONTINUED 0x02 /* continued by SIGCONT, and wait has not reported it yet */
#define SIGNAL_GROUP_EXIT     0x04 /* the whole group is exiting with group_exit_code */
#define SIGNAL_CLD_STOPPED    0x10 /* the parent has not been notified yet: CLD_STOPPED */
#define SIGNAL_CLD_CONTINUED  0x20 /* the parent has not been notified yet: CLD_CONTINUED */
#define SIGNAL_CLD_MASK	      (SIGNAL_CLD_STOPPED | SIGNAL_CLD_CONTINUED)
#define SIGNAL_UNKILLABLE     0x40 /* init: default actions do not apply */

struct task_struct {
	/* Offsets known to entry.asm and switch.asm; asserted below. */
	unsigned long work; /* TIF_ bits */
	unsigned long sp;   /* kernel stack pointer while not running */
	void *stack;	    /* lowest address of the kernel stack, THREAD_SIZE bytes */

	unsigned int state;
	unsigned int flags; /* PF_ */
	int usage; /* references: one until it is reaped, one until it has left the processor */
	struct thread_struct thread;
	struct kmap_ctrl kmap_ctrl;

	/* Address space. mm is NULL for a kernel thread, which runs on a borrowed active_mm. */
	struct mm_struct *mm, *active_mm;
	struct mm_struct *exec_mm; /* the new mm during exec, for the OOM killer */
	unsigned long call_bytes;  /* memory that its system call (poll) holds while it sleeps, for
				      the OOM killer */

	/* Scheduling. */
	struct sched_entity se;
	struct sched_rt_entity rt;
	struct sched_info sched_info;
	bool yielded;	    /* queue it behind its equals: sched_yield(), end of a time slice */
	bool reset_on_fork; /* SCHED_RESET_ON_FORK */
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
	/* How often this thread and its ancestors have called exec, and the parent's value at the
	   fork. If the parent has called exec since, it is notified with SIGCHLD. */
	u64 self_exec_id, parent_exec_id;
	bool did_exec;
	bool no_new_privs;
	bool group_stop_pending;		  /* must take part in a stop of its group */
	u64 timerslack_ns, default_timerslack_ns; /* as set by prctl; the parent's value at fork */
	struct cred cred;
	char comm[TASK_COMM_LEN];

	struct completion *vfork_done;	      /* the parent waits for it in vfork */
	int *set_child_tid, *clear_child_tid; /* user addresses */
	struct robust_list_head *robust_list; /* user address */

	/* Accounting. */
	u64 utime_ns, stime_ns; /* counted by ticks; cputime.c scales them to the exact time */
	struct prev_cputime prev_cputime;
	u64 start_time_ns; /* monotonic, at fork */
	unsigned long min_flt, maj_flt;
	unsigned long nvcsw, nivcsw;
	struct task_io_accounting ioac;

	/* System V IPC. */
	struct {
		struct sem_undo_list *undo_list; /* may be shared; NULL until it is needed */
	} sysvsem;
	struct {
		struct list_head shm_clist; /* the segments that it has created */
	} sysvshm;

	/* Files. */
	struct fs_struct *fs;
	struct files_struct *files;
	struct file *dying_files; /* fput_later() */
	struct blk_plug *plug;	  /* collects its bios; NULL: none */

	/* Signals. */
	struct signal_struct *signal;
	struct sighand_struct *sighand;
	sigset_t blocked, saved_sigmask;
	sigset_t real_blocked; /* the original mask while sigtimedwait unblocks the signals it waits
				  for */
	struct sigpending pending;
	struct restart_block restart_block;
	unsigned long sas_ss_sp; /* sigaltstack */
	size_t sas_ss_size;
	unsigned int sas_ss_flags;
};

extern struct task_struct *current_task;
#define current current_task

extern struct task_struct
	init_task;		   /* pid 0, the idle task; its mm is NULL, active_mm = &init_mm */
extern struct list_head all_tasks; /* of task_struct.tasks; without init_task */
extern unsigned long total_forks;
extern int nr_threads;

#define for_each_task(p) list_for_each_entry (p, &all_tasks, tasks)

/* Close what fput_later() has left to current. Sleeps. */
void fput_dying_files(void);

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
static inline bool fatal_signal_pending(const struct task_struct *p)
{
	return signal_pending(p) && p->pending.signal.sig[0] & 1UL << (SIGKILL - 1);
}
static inline bool need_resched(void)
{
	return test_task_work(current, TIF_NEED_RESCHED);
}
#define set_current_state(s) (current->state = (s))

/* kernel/sched/sched.c */
/* Boot: the running code becomes init_task. Before anything sleeps, forks or takes a tick. */
void sched_init(void);
/* Boot, once tasks may sleep: set up the debug options that make allocations sleep. */
void sched_debug_init(void);
/* The idle loop, in which boot ends: run other tasks, or halt until an interrupt. */
void cpu_idle(void) __noreturn;
/* May the processor halt, or has the idle loop to go round? Called with interrupts off. NULL: it
   may. */
extern bool (*idle_may_halt)(void);
/* The first function of a new task, before it enters user mode or its thread function. `prev` is
   the task that ran before. Enables interrupts. */
void schedule_tail(struct task_struct *prev);
DECLARE_STATIC_CALL(schedule_tail);
/* Switch to the next runnable task, or to the idle task. Sleeps if state != RUNNING. */
void schedule(void);
/* Reschedule if necessary, and stay runnable. To be called in every loop that a program can make
   long. It counts as a sleep: the caller must check again what others may have changed. */
static inline void cond_resched(void)
{
	might_resched();
	if (unlikely(need_resched()))
		schedule();
}
/* Like schedule() but wakes after `jiffies` ticks at the latest; returns the ticks left (0: timed
 * out). */
long schedule_timeout(long jiffies);
/* Sleep for this long, unless current is killed. */
static inline long schedule_timeout_killable(long jiffies)
{
	set_current_state(TASK_KILLABLE);
	return schedule_timeout(jiffies);
}
/* Make p runnable; true if it was sleeping. Safe from interrupt handlers. */
bool wake_up_process(struct task_struct *p);
/* The same only if its state is in `mask`. */
bool wake_up_state(struct task_struct *p, unsigned int mask);
void scheduler_tick(bool user_tick); /* from the timer interrupt, interrupts off */
/* Let other runnable tasks run first; current stays runnable. */
void yield(void);
/* For /proc: the tasks that can run, the tasks in uninterruptible sleep, and the switches since
   boot. */
unsigned long nr_running(void);
unsigned long nr_uninterruptible(void);
u64 nr_context_switches(void);
/* How the processor time since boot was used, as shown in /proc/stat. */
struct kernel_cpustat {
	u64 user_ns, nice_ns, system_ns, idle_ns;
};
extern struct kernel_cpustat kcpustat;
/* The exact processor time of p up to now. */
u64 task_sched_runtime(struct task_struct *p);
#define RR_TIMESLICE_MS 100		 /* by default */
extern int sysctl_sched_rr_timeslice_ms; /* time slice of SCHED_RR */
extern unsigned int sched_rr_timeslice;	 /* the same in ticks */
/* /proc/sys/kernel/sched_rt_{period,runtime}_us: the part of each period for real-time tasks; -1:
 * all. */
extern int sysctl_sched_rt_period, sysctl_sched_rt_runtime;
/* The current time slice of an ordinary task. */
u64 fair_slice(const struct task_struct *p);
/* Set p's weight from its policy and nice value. p must not be runnable. */
void set_load_weight(struct task_struct *p);
/* Change policy, priority and nice together; the run queue is kept in order. No checks. */
void set_task_policy(struct task_struct *p, unsigned int policy, unsigned int rt_priority,
		     int nice);
static inline bool rt_task(const struct task_struct *p)
{
	return p->rt_priority != 0;
}
void get_avenrun(unsigned long loads[3]); /* 11-bit fixed point, as Linux's */
/* Make a task that fork has just built runnable. It may preempt current. */
void wake_up_new_task(struct task_struct *p);
DECLARE_STATIC_CALL(wake_up_new_task);
/* p has just become runnable: if it should preempt current, ask for that. Interrupts off. */
void check_preempt_curr(const struct task_struct *p);
DECLARE_STATIC_CALL(check_preempt_curr); /* called so for a task that is woken */

/* kernel/sched/cputime.c */
/* Called from the tick while p runs, in user mode or not. Interrupts off. */
void account_tick(struct task_struct *p, bool user_tick);
/* Processor time and faults of a thread, or of the whole group, dead threads included. utime_ns and
   stime_ns are sum_exec_runtime, divided in the proportion of the ticks; they never decrease. */
struct task_usage {
	u64 utime_ns, stime_ns, sum_exec_runtime;
	unsigned long min_flt, maj_flt, nvcsw, nivcsw;
};
/* Fill *u for the thread p, or for all of p's process. */
void task_usage(struct task_struct *p, struct task_usage *u);
void thread_group_usage(struct task_struct *p, struct task_usage *u);
/* Add the times of p, which leaves its group, to the group. */
void account_dead_thread(struct signal_struct *sig, struct task_struct *p);

/* kernel/sched/task.c */
/* Boot: caches of structures. After the slab allocator, before fork_init. */
void task_init(void);
extern int max_threads;	       /* /proc/sys/kernel/threads-max */
#define MAX_THREADS 0x3fffffff /* the upper bound: the thread numbers that fit in a futex word */

/* kernel/sched/pid.c */
pid_t alloc_pid(void); /* > 0, or -EAGAIN */
/* fork failed or the task is gone: give its number back, unless a group or session still holds it.
 */
void free_pid(pid_t pid);
struct task_struct *find_task_by_pid(pid_t pid); /* any thread; NULL if none. No reference is taken:
						    valid until the caller sleeps */
struct task_struct *find_process_by_pid(pid_t tgid); /* thread group leaders only */
/* hash_pid() lets find_task_by_pid() find p by its number; unhash_pid() ends that. */
void hash_pid(struct task_struct *p);
void unhash_pid(struct task_struct *p);
/* Keep a number in use for a process group or session: one call for each process in it, and one to
   drop it. */
void pid_hold(pid_t pid);
void pid_release(pid_t pid);
/* How often the number has been allocated. */
u32 pid_generation(pid_t pid);
extern int pid_max;	    /* /proc/sys/kernel/pid_max: numbers are below it */
#define PID_MAX_LIMIT 32768 /* its upper bound and initial value */
extern pid_t last_pid;	    /* the number allocated last, as in /proc/loadavg */

/* kernel/process/fork.c */
/* Boot: max_threads from the amount of memory. After the slab allocator. */
void fork_init(void);
/* clone(2): the child's pid or -errno. */
long kernel_clone(const struct kernel_clone_args *args, struct pt_regs *regs);
/* A kernel thread, runnable at once: mm NULL, named `name`. Returns the task or ERR_PTR. Signals do
   not reach it. It ends by returning from fn; an fn that called execve returns into the program.
   The first one ever gets pid 1 and becomes init. */
struct task_struct *kthread_run(int (*fn)(void *), void *arg, const char *name);
/* current releases its mm: handles robust futexes and clear_child_tid, and wakes the parent in
   vfork. Called by exec and exit while current->mm is still the old one. May sleep. */
void mm_release(struct task_struct *p);
static inline struct task_struct *get_task_struct(struct task_struct *p)
{
	p->usage++;
	return p;
}
/* The last reference frees it. Not from interrupt handlers. */
void put_task_struct(struct task_struct *p);
/* Drop a reference to a table of signal actions. */
void put_sighand(struct sighand_struct *sighand);
void set_task_comm(struct task_struct *p, const char *name); /* cut to 15 characters */

/* kernel/process/exit.c */
void do_exit(long code) __noreturn;	 /* code as wait4 shows it: status << 8 or signal */
void do_group_exit(int code) __noreturn; /* the whole thread group */
/* Kill all other threads of current's group and wait until they are gone; exec needs it. -EAGAIN if
   the group is exiting already. */
int de_thread(void);
/* Remove p from all lists, release its number, and add its times to the group's. */
void release_task(struct task_struct *p);
static inline bool thread_group_leader(const struct task_struct *p)
{
	return p->group_leader == p;
}
static inline bool thread_group_empty(const struct task_struct *p)
{
	return list_is_singular(&p->signal->threads);
}
#define for_each_thread(p, t) list_for_each_entry (t, &(p)->signal->threads, thread_node)
/* Every live process: the leaders of all_tasks. */
#define for_each_process(p) \
	for_each_task (p)   \
		if (thread_group_leader(p))

/* Credentials. has_cap() checks one capability; capable() checks for the right to administer the
 * system.
 */
static inline bool cred_has_cap(const struct cred *cred, int cap)
{
	return cred->cap_effective >> cap & 1;
}
static inline bool has_cap(int cap)
{
	return cred_has_cap(&current->cred, cap);
}
static inline bool capable(void)
{
	return has_cap(CAP_SYS_ADMIN);
}
#define CAP_FULL_SET ((1ULL << (CAP_LAST_CAP + 1)) - 1)
bool in_group_p(gid_t gid); /* current's fsgid, or one of its groups */
static inline unsigned long rlimit(unsigned int which)
{
	return current->signal->rlim[which].rlim_cur;
}

/* kernel/block/blk-core.c: send off the bios of current's plug. From schedule() too: neither sleeps
   nor calls any bi_end_io. */
void blk_flush_plug(struct blk_plug *plug);

/* kernel/x86/task/process.c */
/* Build p's first kernel stack frame. kernel/x86/thread.h describes the arguments. */
int copy_thread(struct task_struct *p, unsigned long flags, struct pt_regs *regs,
		unsigned long newsp, unsigned long tls);
/* The registers that p's user mode had, at the top of its kernel stack. No reference is taken. */
struct pt_regs *task_pt_regs(struct task_struct *p);
/* Leave prev for next, with interrupts off. Returns, when prev runs again, the task that ran before
   it. */
struct task_struct *switch_to(struct task_struct *prev, struct task_struct *next);
DECLARE_STATIC_CALL(switch_to);
/* The return addresses on p's kernel stack, innermost first. Returns how many, at most `max`. p
   must not run meanwhile, unless it is current. */
unsigned int stack_trace_save_tsk(const struct task_struct *p, unsigned long *entries,
				  unsigned int max);
/* The address at which p sleeps, not counting __sched functions; 0 if it does not sleep. */
unsigned long get_wchan(const struct task_struct *p);

#endif
