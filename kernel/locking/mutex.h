/*
 * Mutexes: one owner, others sleep in the order they came.
 */
#ifndef KERNEL_LOCKING_MUTEX_H
#define KERNEL_LOCKING_MUTEX_H

#include "kernel/abi/types.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/list.h"

struct task_struct;
extern struct task_struct *current_task;

struct mutex {
	struct task_struct *owner; /* NULL: free */
	struct list_head waiters;
};
#define __MUTEX_INITIALIZER(name)                        \
	{                                                \
		NULL,                                    \
		{                                        \
			&(name).waiters, &(name).waiters \
		}                                        \
	}
#define DEFINE_MUTEX(name) struct mutex name = __MUTEX_INITIALIZER(name)

/* The slow paths of the functions below: sleep until m is handed over; hand m over to its first
   waiter. */
void __mutex_lock_slow(struct mutex *m);
void __mutex_unlock_slow(struct mutex *m);

static inline void mutex_init(struct mutex *m)
{
	m->owner = NULL;
	INIT_LIST_HEAD(&m->waiters);
}
static inline bool mutex_trylock(struct mutex *m)
{
	if (m->owner)
		return false;
	m->owner = current_task;
	return true;
}
/* Not recursive. */
static inline void mutex_lock(struct mutex *m)
{
	might_sleep();
	if (!mutex_trylock(m))
		__mutex_lock_slow(m);
}
/* 0, or -EINTR if a signal came while waiting. */
int mutex_lock_interruptible(struct mutex *m);
static inline void mutex_unlock(struct mutex *m)
{
	m->owner = NULL;
	if (__builtin_expect(!list_empty(&m->waiters), 0))
		__mutex_unlock_slow(m);
}

#endif
