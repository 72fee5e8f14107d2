/*
 * The run queue: the interface between sched.c, fair.c and rt.c. Interrupt handlers use all of it
 * (wake-ups), so interrupts are off around every use.
 *
 * A runnable task has on_rq set. It is in one of the two queues, except for current, which is in
 * neither. `now` is always a value of sched_clock().
 */
#ifndef KERNEL_SCHED_RQ_H
#define KERNEL_SCHED_RQ_H

#include "kernel/sched/sched.h"

struct rq {
	struct cfs_rq {
		struct rb_root tasks_timeline; /* by vruntime */
		struct rb_node *rb_leftmost;
		u64 min_vruntime;	  /* never decreases; sleepers and new tasks start here */
		unsigned long load;	  /* sum of the weights, current's included */
		unsigned long nr_running; /* current included */
	} cfs;
	struct rt_rq {
		struct list_head queue; /* the highest rt_priority first */
		u64 time_ns;		/* used in the current period */
		bool throttled;		/* used up: only ordinary tasks run until the period ends */
	} rt;
	unsigned long nr_running; /* including current, without the idle task */
	unsigned long nr_uninterruptible;
	u64 nr_switches;
	struct mm_struct
		*prev_mm; /* borrowed by the task just left; to be dropped after the switch */
};
extern struct rq rq;

/* ---- fair.c: ordinary tasks, by their virtual run time ---- */

/* Advance rq.cfs.min_vruntime to the smallest vruntime. current has been charged. */
void update_min_vruntime(void);
/* Put a runnable task into the timeline, behind those of the same vruntime, or take it out. */
void enqueue_fair(struct sched_entity *se);
void dequeue_fair(struct sched_entity *se);
/* Set the vruntime of a task that slept or comes from another policy: somewhat before the others;
   or of a new task: one time slice after them. p is not queued. */
void place_sleeper_fair(struct task_struct *p);
void place_new_fair(struct task_struct *p);
/* Real time as virtual time, of a task of this weight. */
#define NICE_0_LOAD 1024
static inline u64 calc_delta_fair(u64 delta_ns, unsigned long weight)
{
	return likely(weight == NICE_0_LOAD) ? delta_ns : div_u64(delta_ns * NICE_0_LOAD, weight);
}
/* Should p, which was just woken up or created, preempt curr? Both are ordinary tasks. */
bool preempts_fair(const struct task_struct *curr, const struct task_struct *p);
/* Has current used up its time slice, or should another task run before it? */
bool tick_preempts_fair(const struct task_struct *curr);

/* ---- rt.c: real-time tasks, by their priority ---- */

/* Put a runnable task at the head or the tail of its priority in the queue, or take it out. */
void enqueue_rt(struct task_struct *p, bool head);
void dequeue_rt(struct task_struct *p);
/* May a real-time task be chosen now? */
static inline bool rt_runnable(void)
{
	return unlikely(!list_empty(&rq.rt.queue)) && !rq.rt.throttled;
}
/* current, a real-time task, has run for delta_ns more. */
void update_curr_rt(u64 delta_ns);
/* Called from the tick: true if another task of the same priority should run. */
bool task_tick_rt(struct task_struct *curr);

#endif
