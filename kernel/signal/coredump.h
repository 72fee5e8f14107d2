/*
 * Core dumps, the part that concerns tasks and signals: which thread dumps, which threads wait, and
 * the variables that decide where the dump goes.
 *
 * The thread that takes the fatal signal is the dumper. All other threads of the process get
 * SIGKILL. They wait in coredump_task_exit() at the beginning of their exit, with their registers
 * unchanged, and continue when the file is written.
 */
#ifndef KERNEL_SIGNAL_COREDUMP_H
#define KERNEL_SIGNAL_COREDUMP_H

#include "kernel/sched/sched.h"

struct core_thread {
	struct task_struct *task; /* NULL: may go on */
	struct core_thread *next;
};

/* On the dumper's stack, in signal->core_state. */
struct core_state {
	int nr_threads; /* that have not reached coredump_task_exit() yet */
	wait_queue_head_t startup;
	struct core_thread dumper; /* the head of the list of waiting threads */
};

#define CORENAME_MAX_SIZE 128
extern char core_pattern[CORENAME_MAX_SIZE]; /* /proc/sys/kernel/core_pattern */
extern int core_uses_pid;		     /* /proc/sys/kernel/core_uses_pid */

/* kernel/signal/coredump.c */
/* Begin to kill the process with `sig`, and wait until none of its other threads runs. -EAGAIN if
   another thread is killing it already, or is in exec. */
int coredump_wait(struct core_state *state, int sig);
/* Let the other threads continue with their exit. dumped: a file was written. */
void coredump_finish(bool dumped);
/* The first step of do_exit: wait here while another thread of the process dumps. */
void coredump_task_exit(struct task_struct *p);

/* kernel/exec/coredump.c */
/* current dies of this signal: write its memory to a file if that is allowed. Sets bit 0x80 of
   signal->group_exit_code if a file was written. Sleeps. */
void do_coredump(const siginfo_t *info);

#endif
