/*
 * The run queue: what sched.c, fair.c and rt.c know of each other. All of it is touched by
 * interrupt handlers (wake-ups), so interrupts are off around every use.
 *
 * A task that can run is on_rq: it stands in one of the two queues, or it is current, which stands
 * in neither. `now` is sched_clock() throughout.
 */
#ifndef KERNEL_SCHED_RQ_H
#define KERNEL_SCHED_RQ_H

#include "kernel/sched/sched.h"

struct rq {
	struct cfs_rq {
		struct rb_root tasks_timeline; /* by vruntime */
		struct rb_node *rb_leftmost;
		u64 min_vruntime;	  /* never goes back: where sleepers and new tasks begin */
		unsigned long load;	  /* sum of the weights, current's included */
		unsigned long nr_running; /* current included */
	} cfs;
	struct rt_rq {
		struct list_head queue; /* the highest rt_priority first */
		u64 time_ns;		/* had of the present period */
		bool throttled;		/* had all of it: the rest is for ordinary tasks */
	} rt;
	unsigned long nr_running; /* with current, without the idle task */
	unsigned long nr_uninterruptible;
	u64 nr_switches;
	struct mm_struct
		*prev_mm; /* borrowed by the task just left; to be dropped after the switch */
};
extern struct rq rq;

/* ---- fair.c: ordinary tasks, by their virtual run time ---- */

/* All have come at least as far as rq.cfs.min_vruntime, which follows them. current has been
 * charged. */
void update_min_vruntime(void);
void enqueue_fair(struct sched_entity *se);
void dequeue_fair(struct sched_entity *se);
/* Where a task begins that slept, or comes from another policy; where a new one begins. */
void place_sleeper_fair(struct task_struct *p);
void place_new_fair(struct task_struct *p);
/* Real time as virtual time, of a task of this weight. */
#define NICE_0_LOAD 1024
static inline u64 calc_delta_fair(u64 delta_ns, unsigned long weight)
{
	return likely(weight == NICE_0_LOAD) ? delta_ns : div_u64(delta_ns * NICE_0_LOAD, weight);
}
/* Shall p, just woken up or made, have the processor at once? Both are ordinary tasks. */
bool preempts_fair(const struct task_struct *curr, const struct task_struct *p);
/* Has current had its share, or somebody else a better claim? */
bool tick_preempts_fair(const struct task_struct *curr);

/* ---- rt.c: real-time tasks, by their priority ---- */

/* At the head or the tail of its priority. */
void enqueue_rt(struct task_struct *p, bool head);
void dequeue_rt(struct task_struct *p);
/* May there be a choice of these now? */
static inline bool rt_runnable(void)
{
	return unlikely(!list_empty(&rq.rt.queue)) && !rq.rt.throttled;
}
/* current, a real-time task, has run for delta_ns more. */
void update_curr_rt(u64 delta_ns);
/* The tick found current at work: true if others of its priority have their turn. */
bool task_tick_rt(struct task_struct *curr);

#endif
