/*
 * Wait queues and completions. A queue's list is changed by sleepers and walked by wake-ups, also
 * from interrupt handlers: interrupts are off around each use.
 */
#include "kernel/locking/wait.h"
#include "kernel/sched/sched.h"
#include "kernel/signal/signal.h"
#include "kernel/x86/cpu.h"

_Static_assert(WAIT_INTERRUPTIBLE == TASK_INTERRUPTIBLE &&
		       WAIT_UNINTERRUPTIBLE == TASK_UNINTERRUPTIBLE &&
		       WAIT_KILLABLE == TASK_KILLABLE &&
		       WAKE_NORMAL == (TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE),
	       "wait.h repeats these");

int default_wake_function(wait_queue_entry_t *entry, unsigned int mode, void *key)
{
	return wake_up_state(entry->task, mode);
}

int autoremove_wake_function(wait_queue_entry_t *entry, unsigned int mode, void *key)
{
	int woken = default_wake_function(entry, mode, key);

	if (woken)
		list_del_init(&entry->entry);
	return woken;
}

void add_wait_queue(wait_queue_head_t *q, wait_queue_entry_t *entry)
{
	unsigned long flags;

	local_irq_save(flags);
	entry->flags &= ~WQ_FLAG_EXCLUSIVE;
	list_add(&entry->entry, &q->head);
	local_irq_restore(flags);
}

void remove_wait_queue(wait_queue_head_t *q, wait_queue_entry_t *entry)
{
	unsigned long flags;

	local_irq_save(flags);
	list_del_init(&entry->entry);
	local_irq_restore(flags);
}

static void queue_and_set_state(wait_queue_head_t *q, wait_queue_entry_t *entry, unsigned int state)
{
	if (list_empty(&entry->entry)) {
		if (entry->flags & WQ_FLAG_EXCLUSIVE)
			list_add_tail(&entry->entry, &q->head);
		else
			list_add(&entry->entry, &q->head);
	}
	set_current_state(state);
}

void prepare_to_wait(wait_queue_head_t *q, wait_queue_entry_t *entry, unsigned int state)
{
	unsigned long flags;

	local_irq_save(flags);
	entry->flags &= ~WQ_FLAG_EXCLUSIVE;
	queue_and_set_state(q, entry, state);
	local_irq_restore(flags);
}

void prepare_to_wait_exclusive(wait_queue_head_t *q, wait_queue_entry_t *entry, unsigned int state)
{
	unsigned long flags;

	local_irq_save(flags);
	entry->flags |= WQ_FLAG_EXCLUSIVE;
	queue_and_set_state(q, entry, state);
	local_irq_restore(flags);
}

static bool signal_ends_wait(unsigned int state)
{
	if (state & TASK_INTERRUPTIBLE)
		return signal_pending(current);
	return (state & TASK_KILLABLE_BIT) && fatal_signal_pending(current);
}

long prepare_to_wait_event(wait_queue_head_t *q, wait_queue_entry_t *entry, unsigned int state)
{
	unsigned long flags;
	long ret = 0;

	local_irq_save(flags);
	if (unlikely(signal_ends_wait(state))) {
		list_del_init(&entry->entry);
		ret = -ERESTARTSYS;
	} else {
		queue_and_set_state(q, entry, state);
	}
	local_irq_restore(flags);
	return ret;
}

void finish_wait(wait_queue_head_t *q, wait_queue_entry_t *entry)
{
	unsigned long flags;

	set_current_state(TASK_RUNNING);
	if (list_empty(&entry->entry))
		return;
	local_irq_save(flags);
	list_del_init(&entry->entry);
	local_irq_restore(flags);
}

void __wake_up(wait_queue_head_t *q, unsigned int mode, int nr, void *key)
{
	wait_queue_entry_t *entry, *next;
	unsigned long flags;

	local_irq_save(flags);
	list_for_each_entry_safe (entry, next, &q->head, entry) {
		bool exclusive = entry->flags & WQ_FLAG_EXCLUSIVE;

		if (entry->func(entry, mode, key) && exclusive && !--nr)
			break;
	}
	local_irq_restore(flags);
}

/* ---- completions ---- */

void init_completion(struct completion *c)
{
	c->done = 0;
	init_waitqueue_head(&c->wait);
}

int __sched wait_for_completion_killable(struct completion *c)
{
	unsigned long flags;
	long err = wait_event_killable(c->wait, c->done);

	if (err)
		return err;
	local_irq_save(flags);
	c->done--;
	local_irq_restore(flags);
	return 0;
}

void complete(struct completion *c)
{
	unsigned long flags;

	local_irq_save(flags);
	c->done++;
	local_irq_restore(flags);
	wake_up(&c->wait);
}
