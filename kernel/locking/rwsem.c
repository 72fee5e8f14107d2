/*
 * The contended side of reader/writer semaphores. A release hands the semaphore over to the first
 * waiter: one writer, or all readers up to the next writer.
 */
#include "kernel/locking/rwsem.h"
#include "kernel/sched/sched.h"
#include <linux/errno.h>

struct rwsem_waiter {
	struct list_head list;
	struct task_struct *task;
	bool write;
	bool granted;
};

void __rwsem_wake(struct rw_semaphore *sem)
{
	struct rwsem_waiter *w, *next;

	list_for_each_entry_safe (w, next, &sem->waiters, list) {
		if (sem->count < 0 || (w->write && sem->count))
			break;
		sem->count = w->write ? RWSEM_WRITER : sem->count + 1;
		list_del(&w->list);
		w->granted = true;
		wake_up_process(w->task);
	}
}

/* Not inline: the compiler would warn that the address of a local variable stays in a list, because
   it does not see that the waker removes it. */
static noinline void queue_waiter(struct rw_semaphore *sem, struct rwsem_waiter *w)
{
	list_add_tail(&w->list, &sem->waiters);
}

static int __sched down_slow(struct rw_semaphore *sem, bool write, unsigned int state)
{
	struct rwsem_waiter w = {.task = current, .write = write};

	queue_waiter(sem, &w);
	for (;;) {
		set_current_state(state);
		if (w.granted)
			break;
		if ((state & TASK_KILLABLE_BIT) && fatal_signal_pending(current)) {
			set_current_state(TASK_RUNNING);
			list_del(&w.list);
			__rwsem_wake(sem); /* the waiters behind it may now get the semaphore */
			return -EINTR;
		}
		schedule();
	}
	set_current_state(TASK_RUNNING);
	return 0;
}

void __sched __down_read_slow(struct rw_semaphore *sem)
{
	down_slow(sem, false, TASK_UNINTERRUPTIBLE);
}
void __sched __down_write_slow(struct rw_semaphore *sem)
{
	down_slow(sem, true, TASK_UNINTERRUPTIBLE);
}
int __sched __down_slow_killable(struct rw_semaphore *sem, bool write)
{
	return down_slow(sem, write, TASK_KILLABLE);
}
