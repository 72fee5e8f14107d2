/*
 * Reader/writer semaphores: many readers or one writer. Waiters queue in order, and a new reader
 * queues behind a waiting writer. The uncontended paths are inline: the page-fault path takes
 * mmap_sem each time.
 *
 * No interrupt handler takes one, and kernel code is not preempted, so a plain counter is enough.
 */
#ifndef KERNEL_LOCKING_RWSEM_H
#define KERNEL_LOCKING_RWSEM_H

#include "kernel/abi/types.h"
#include "kernel/core/panic.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/list.h"

struct task_struct;

struct rw_semaphore {
	long count;		  /* > 0: that many readers; RWSEM_WRITER: one writer; 0: free */
	struct list_head waiters; /* struct rwsem_waiter, first come first served */
};
#define RWSEM_WRITER (-1L)
#define __RWSEM_INITIALIZER(name)                        \
	{                                                \
		0,                                       \
		{                                        \
			&(name).waiters, &(name).waiters \
		}                                        \
	}
#define DECLARE_RWSEM(name) struct rw_semaphore name = __RWSEM_INITIALIZER(name)

/* The slow paths of the functions below: queue current and sleep until the semaphore is handed
   over. _killable: 0, or -EINTR if a fatal signal came first. */
void __down_read_slow(struct rw_semaphore *sem);
void __down_write_slow(struct rw_semaphore *sem);
int __down_slow_killable(struct rw_semaphore *sem, bool write);
/* Hand the semaphore to the waiters at the head of the queue that can have it now, and wake them.
 */
void __rwsem_wake(struct rw_semaphore *sem);

static inline void init_rwsem(struct rw_semaphore *sem)
{
	sem->count = 0;
	INIT_LIST_HEAD(&sem->waiters);
}
static inline bool rwsem_is_locked(const struct rw_semaphore *sem)
{
	return sem->count != 0;
}
static inline bool rwsem_is_write_locked(const struct rw_semaphore *sem)
{
	return sem->count < 0;
}
/* Code that needs the semaphore states it by these macros; debug kernels check that it is held. The
   holder is not recorded. */
#if MAPIX_DEBUG
#	define rwsem_assert_held(sem)	     BUG_ON(!rwsem_is_locked(sem))
#	define rwsem_assert_held_write(sem) BUG_ON(!rwsem_is_write_locked(sem))
#else
#	define rwsem_assert_held(sem)	     ((void)(sem))
#	define rwsem_assert_held_write(sem) ((void)(sem))
#endif
/* Without waiting: true if taken. */
static inline bool down_read_trylock(struct rw_semaphore *sem)
{
	if (sem->count < 0 || !list_empty(&sem->waiters))
		return false;
	sem->count++;
	return true;
}
static inline bool down_write_trylock(struct rw_semaphore *sem)
{
	if (sem->count)
		return false;
	sem->count = RWSEM_WRITER;
	return true;
}
static inline void down_read(struct rw_semaphore *sem)
{
	might_sleep();
	if (__builtin_expect(!down_read_trylock(sem), 0))
		__down_read_slow(sem);
}
static inline void down_write(struct rw_semaphore *sem)
{
	might_sleep();
	if (__builtin_expect(!down_write_trylock(sem), 0))
		__down_write_slow(sem);
}
/* 0, or -EINTR if a fatal signal came while waiting. */
static inline int down_read_killable(struct rw_semaphore *sem)
{
	return down_read_trylock(sem) ? 0 : __down_slow_killable(sem, false);
}
static inline int down_write_killable(struct rw_semaphore *sem)
{
	return down_write_trylock(sem) ? 0 : __down_slow_killable(sem, true);
}
static inline void up_read(struct rw_semaphore *sem)
{
	if (!--sem->count && __builtin_expect(!list_empty(&sem->waiters), 0))
		__rwsem_wake(sem);
}
static inline void up_write(struct rw_semaphore *sem)
{
	sem->count = 0;
	if (__builtin_expect(!list_empty(&sem->waiters), 0))
		__rwsem_wake(sem);
}

#endif
