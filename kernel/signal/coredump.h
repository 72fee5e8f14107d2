/*
 * Core dumps, as the scheduler and the signals see them: who dumps, who waits until it is done, and
 * the variables that decide where it goes.
 *
 * The thread that takes the fatal signal is the dumper. All others of its process get a SIGKILL,
 * stop in coredump_task_exit() at the beginning of their exit, with their registers as they were,
 * and go on when the file is written.
 */
#ifndef KERNEL_SCHED_COREDUMP_H
#define KERNEL_SCHED_COREDUMP_H

#include "kernel/sched/sched.h"

struct core_thread {
	struct task_struct *task; /* NULL: may go on */
	struct core_thread *next;
};

/* On the dumper's stack, in signal->core_state. */
struct core_state {
	int nr_threads; /* that are still to come to coredump_task_exit */
	wait_queue_head_t startup;
	struct core_thread dumper; /* and behind it those that wait */
};

#define CORENAME_MAX_SIZE 128
extern char core_pattern[CORENAME_MAX_SIZE]; /* /proc/sys/kernel/core_pattern */
extern int core_uses_pid;		     /* /proc/sys/kernel/core_uses_pid */

/* kernel/signal/coredump.c */
/* The process is dying of `sig` from now on; wait until no other thread of it runs. -EAGAIN if
   another thread kills it already, or execs. */
int coredump_wait(struct core_state *state, int sig);
/* The file is written (dumped) or there is none: the other threads go on with their exit. */
void coredump_finish(bool dumped);
/* The first step of do_exit: wait here while another thread of the process dumps. */
void coredump_task_exit(struct task_struct *p);

/* kernel/exec/coredump.c */
/* current dies of this signal: write its memory to a file if that is allowed. When one was written,
   signal->group_exit_code says so (bit 0x80). Sleeps. */
void do_coredump(const siginfo_t *info);

#endif
