/*
 * Real-time tasks: the one of the highest priority runs. Among equals SCHED_FIFO runs until it
 * sleeps or yields, SCHED_RR until its time slice is over.
 */
#include "kernel/sched/rq.h"

void enqueue_rt(struct task_struct *p, bool head)
{
	struct list_head *pos;

	list_for_each (pos, &rq.rt.queue) {
		struct task_struct *t = list_entry(pos, struct task_struct, rt.run_list);

		if (head ? t->rt_priority <= p->rt_priority : t->rt_priority < p->rt_priority)
			break;
	}
	list_add_tail(&p->rt.run_list, pos);
}

void dequeue_rt(struct task_struct *p)
{
	list_del_init(&p->rt.run_list);
}

bool task_tick_rt(struct task_struct *curr)
{
	if (curr->policy != SCHED_RR || --curr->rt.time_slice > 0)
		return false;
	curr->rt.time_slice = RR_TIMESLICE;
	curr->yielded = true; /* to the tail of its priority */
	return true;
}
