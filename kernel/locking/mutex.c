/*
 * The contended side of mutexes. mutex_unlock() hands the mutex over to the first waiter, so no
 * task overtakes another or starves. Kernel code is not preempted and no interrupt handler takes a
 * mutex: the fields need no lock of their own.
 */
#include "kernel/locking/mutex.h"
#include "kernel/sched/sched.h"
#include <linux/errno.h>

struct mutex_waiter {
	struct list_head list;
	struct task_struct *task;
};

/* Not inline: the compiler would warn that the address of a local variable stays in a list, because
   it does not see that the waker removes it. */
static noinline void queue_waiter(struct mutex *m, struct mutex_waiter *waiter)
{
	list_add_tail(&waiter->list, &m->waiters);
}

/* Wait until current owns it. -EINTR: `state` permits signals, and one arrived first. */
static int __sched wait_for_mutex(struct mutex *m, unsigned int state)
{
	struct mutex_waiter waiter = {.task = current};

	queue_waiter(m, &waiter);
	for (;;) {
		set_current_state(state);
		if (m->owner == current)
			break;
		if (state & TASK_INTERRUPTIBLE && signal_pending(current)) {
			set_current_state(TASK_RUNNING);
			list_del(&waiter.list);
			return -EINTR;
		}
		schedule();
	}
	set_current_state(TASK_RUNNING);
	return 0;
}

void __sched __mutex_lock_slow(struct mutex *m)
{
	wait_for_mutex(m, TASK_UNINTERRUPTIBLE);
}

int __sched mutex_lock_interruptible(struct mutex *m)
{
	might_sleep();
	return mutex_trylock(m) ? 0 : wait_for_mutex(m, TASK_INTERRUPTIBLE);
}

void __mutex_unlock_slow(struct mutex *m)
{
	struct mutex_waiter *first = list_first_entry(&m->waiters, struct mutex_waiter, list);

	list_del(&first->list);
	m->owner = first->task;
	wake_up_process(first->task);
}
