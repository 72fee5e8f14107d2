/*
 * Wait queues: sleeping until a condition holds. The sleeper puts itself on the queue, sets its
 * state, tests the condition, and only then calls schedule(), so that a wake-up in between is not
 * lost.
 *
 *	wait_event(q, condition);		  // sleeper
 *	condition = true; wake_up(&q);		  // the other side, also from an interrupt handler
 */
#ifndef KERNEL_LOCKING_WAIT_H
#define KERNEL_LOCKING_WAIT_H

#include "kernel/abi/types.h"
#include "kernel/lib/list.h"

struct task_struct;
struct wait_queue_entry;

/* Called by a wake-up for each entry; returns whether it woke a task (a wake-up counts exclusive
   waiters by this). */
typedef int (*wait_queue_func_t)(struct wait_queue_entry *entry, unsigned int mode, void *key);

typedef struct wait_queue_head {
	struct list_head head; /* interrupts off while it is changed or walked */
} wait_queue_head_t;

typedef struct wait_queue_entry {
	unsigned int flags;
#define WQ_FLAG_EXCLUSIVE 1
	struct task_struct *task;
	wait_queue_func_t func;
	void *private; /* for an own func */
	struct list_head entry;
} wait_queue_entry_t;

#define __WAIT_QUEUE_HEAD_INITIALIZER(name)        \
	{                                          \
		{                                  \
			&(name).head, &(name).head \
		}                                  \
	}
#define DECLARE_WAIT_QUEUE_HEAD(name) wait_queue_head_t name = __WAIT_QUEUE_HEAD_INITIALIZER(name)
/* An entry for current (or another task) on the stack. */
#define DECLARE_WAITQUEUE(name, tsk) \
	wait_queue_entry_t name = {  \
		.task = (tsk), .func = default_wake_function, .entry = {NULL, NULL}}
/* The same, which a wake-up takes off the queue. */
#define DEFINE_WAIT(name)                                            \
	wait_queue_entry_t name = {.task = current_task,             \
				   .func = autoremove_wake_function, \
				   .entry = {&(name).entry, &(name).entry}}

extern struct task_struct *current_task;
/* Give the processor away. current runs again when its state is TASK_RUNNING and its turn has come.
   Must not be called under a spin lock, nor by an interrupt handler. */
void schedule(void);
/* The same, but wake current after `jiffies` ticks (MAX_SCHEDULE_TIMEOUT: never), in the state set
   before. Returns the ticks left; 0 if the time is over. */
long schedule_timeout(long jiffies);

static inline void init_waitqueue_head(wait_queue_head_t *q)
{
	INIT_LIST_HEAD(&q->head);
}
static inline bool waitqueue_active(const wait_queue_head_t *q)
{
	return !list_empty(&q->head);
}

/* wait_queue_entry_t.func: wake entry->task if its state is in `mode`. Returns whether it was
   woken. autoremove_wake_function() also takes a woken entry off the queue. Interrupts are off. */
int default_wake_function(wait_queue_entry_t *entry, unsigned int mode, void *key);
int autoremove_wake_function(wait_queue_entry_t *entry, unsigned int mode, void *key);

/* Put a non-exclusive entry at the head of the queue, or take an entry off it. From any context. */
void add_wait_queue(wait_queue_head_t *q, wait_queue_entry_t *entry);
void remove_wait_queue(wait_queue_head_t *q, wait_queue_entry_t *entry);
/* Queue the entry if it is not queued, and set current's state. */
void prepare_to_wait(wait_queue_head_t *q, wait_queue_entry_t *entry, unsigned int state);
void prepare_to_wait_exclusive(wait_queue_head_t *q, wait_queue_entry_t *entry, unsigned int state);
/* The same; -ERESTARTSYS (and not queued) if the state lets signals in and one is pending. */
long prepare_to_wait_event(wait_queue_head_t *q, wait_queue_entry_t *entry, unsigned int state);
/* Running again, and off the queue. */
void finish_wait(wait_queue_head_t *q, wait_queue_entry_t *entry);

/* Wake all non-exclusive waiters and `nr` (0: all) exclusive ones; only tasks in a state of `mode`.
 */
void __wake_up(wait_queue_head_t *q, unsigned int mode, int nr, void *key);
/* Values of TASK_NORMAL and TASK_INTERRUPTIBLE in kernel/sched/sched.h. */
#define WAKE_NORMAL	   0x03
#define WAKE_INTERRUPTIBLE 0x01
/* The same without a key. An empty queue, the common case, costs no call. */
static inline void wake_up_mode(wait_queue_head_t *q, unsigned int mode, int nr)
{
	if (waitqueue_active(q))
		__wake_up(q, mode, nr, NULL);
}
#define wake_up(q)		     wake_up_mode(q, WAKE_NORMAL, 1)
#define wake_up_all(q)		     wake_up_mode(q, WAKE_NORMAL, 0)
#define wake_up_interruptible(q)     wake_up_mode(q, WAKE_INTERRUPTIBLE, 1)
#define wake_up_interruptible_all(q) wake_up_mode(q, WAKE_INTERRUPTIBLE, 0)

/* The sleeping states, repeated so that this header needs no task_struct; wait.c asserts them. */
#define WAIT_INTERRUPTIBLE   0x01
#define WAIT_UNINTERRUPTIBLE 0x02
#define WAIT_KILLABLE	     0x102

#define ___wait_event(q, condition, state, sleep)                             \
	({                                                                    \
		long __ret = 0;                                               \
		DEFINE_WAIT(__entry);                                         \
		for (;;) {                                                    \
			__ret = prepare_to_wait_event(&(q), &__entry, state); \
			if (condition) {                                      \
				__ret = 0;                                    \
				break;                                        \
			}                                                     \
			if (__ret)                                            \
				break;                                        \
			sleep;                                                \
		}                                                             \
		finish_wait(&(q), &__entry);                                  \
		__ret;                                                        \
	})
/* Sleep until condition. */
#define wait_event(q, condition)                                                       \
	do {                                                                           \
		if (!(condition))                                                      \
			___wait_event(q, condition, WAIT_UNINTERRUPTIBLE, schedule()); \
	} while (0)
/* The same, or until a signal comes: 0, or -ERESTARTSYS. _killable: only a fatal one counts. */
#define wait_event_interruptible(q, condition) \
	((condition) ? 0L : ___wait_event(q, condition, WAIT_INTERRUPTIBLE, schedule()))
#define wait_event_killable(q, condition) \
	((condition) ? 0L : ___wait_event(q, condition, WAIT_KILLABLE, schedule()))
/* The ticks left (at least 1) if the condition came true, 0 after `timeout` ticks, -ERESTARTSYS. */
#define __wait_event_timeout(q, condition, timeout, state)                                 \
	({                                                                                 \
		long __left = (timeout);                                                   \
		long __err = 0;                                                            \
		bool __true = (condition);                                                 \
		if (!__true && __left)                                                     \
			__err = ___wait_event(q, (__true = (condition)) || !__left, state, \
					      __left = schedule_timeout(__left));          \
		__err ? __err : !__true ? 0L : __left ? __left : 1L;                       \
	})
#define wait_event_interruptible_timeout(q, condition, timeout) \
	__wait_event_timeout(q, condition, timeout, WAIT_INTERRUPTIBLE)
#define wait_event_killable_timeout(q, condition, timeout) \
	__wait_event_timeout(q, condition, timeout, WAIT_KILLABLE)

/* --- Completions: waiting for an event that happens once --- */
struct completion {
	unsigned int done; /* events that no task has waited for yet */
	wait_queue_head_t wait;
};
/* Initialise c: the event has not happened yet. */
void init_completion(struct completion *c);
/* 0, or -ERESTARTSYS if a fatal signal came first. */
int wait_for_completion_killable(struct completion *c);
/* The event has happened: wake one waiter, or let the next one pass. From any context. */
void complete(struct completion *c);

#endif
