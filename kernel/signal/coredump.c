/*
 * Stopping a process for its core dump, and letting it exit afterwards: see coredump.h.
 */
#include "kernel/signal/coredump.h"
#include "kernel/sched/internal.h"
#include "kernel/signal/signal.h"
#include <linux/errno.h>

char core_pattern[CORENAME_MAX_SIZE] = "core";
int core_uses_pid;

#define WCOREFLAG 0x80 /* of a wait status: a core was dumped */

/* Kill all threads but current. Returns how many will reach coredump_task_exit(). */
static int zap_process(struct core_state *state)
{
	struct signal_struct *sig = current->signal;
	struct task_struct *t;
	int nr = 0;

	sig->core_state = state;
	sig->group_stop_count = 0;
	for_each_thread (current, t) {
		t->group_stop_pending = false;
		if (t == current || t->flags & PF_POSTCOREDUMP)
			continue;
		sigaddset(&t->pending.signal, SIGKILL);
		signal_wake_up(t, true);
		nr++;
	}
	return nr;
}

int coredump_wait(struct core_state *state, int sig)
{
	struct signal_struct *signal = current->signal;

	if (signal->flags & SIGNAL_GROUP_EXIT || signal->group_exit_task)
		return -EAGAIN;
	*state = (struct core_state){.dumper = {.task = current}};
	init_waitqueue_head(&state->startup);
	signal->flags = (signal->flags & SIGNAL_UNKILLABLE) | SIGNAL_GROUP_EXIT;
	signal->group_exit_code = sig;
	state->nr_threads = zap_process(state);
	/* From now on only SIGKILL has an effect: prepare_signal(). */
	clear_task_work(current, TIF_SIGPENDING);
	current->flags |= PF_DUMPCORE;
	wait_event(state->startup, !state->nr_threads);
	return 0;
}

void coredump_finish(bool dumped)
{
	struct core_thread *t = current->signal->core_state->dumper.next, *next;

	if (dumped && !fatal_signal_pending(current))
		current->signal->group_exit_code |= WCOREFLAG;
	current->signal->core_state = NULL;
	for (; t; t = next) {
		struct task_struct *task = t->task;

		next = t->next; /* t is on task's stack, so it is invalid once task runs */
		t->task = NULL;
		wake_up_process(task);
	}
}

void coredump_task_exit(struct task_struct *p)
{
	struct core_state *state = p->signal->core_state;
	struct core_thread self = {0};

	p->flags |= PF_POSTCOREDUMP;
	if (!state)
		return;
	if (p->flags & PF_SIGNALED) { /* the others were exiting already, and are not dumped */
		sigdelset(&p->pending.signal, SIGKILL); /* taken, and what is still pending shows */
		self = (struct core_thread){.task = p, .next = state->dumper.next};
		state->dumper.next = &self;
	}
	if (--state->nr_threads == 0)
		wake_up_all(&state->startup);
	while (self.task) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule();
	}
}
