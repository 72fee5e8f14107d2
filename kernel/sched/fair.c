/*
 * Completely fair scheduling of ordinary tasks. Each has a virtual run time (vruntime): the time it
 * has run, divided by its weight. The task with the smallest vruntime runs next, so all vruntimes
 * advance together and each task gets processor time in proportion to its weight. Runnable tasks
 * are kept in a red-black tree ordered by vruntime.
 *
 * One nice level is a factor of 1.25 in weight: of two tasks one level apart, the nicer one gets
 * about 10 % less processor time than with equal weights, the other about 10 % more.
 */
#include "kernel/lib/rbtree.h"
#include "kernel/sched/policy.h"
#include "kernel/sched/rq.h"

#define WEIGHT_IDLEPRIO 3 /* SCHED_IDLE: a very small share */
#define NICE_MIN	(-20)

/* Every runnable task gets a time slice within the latency period, unless there are too many for
   slices of the minimum granularity. Linux's values for one processor. */
#define SCHED_LATENCY_NS	    (6 * NSEC_PER_MSEC)
#define SCHED_MIN_GRANULARITY_NS    (750 * NSEC_PER_USEC)
#define SCHED_WAKEUP_GRANULARITY_NS (1 * NSEC_PER_MSEC)
#define SCHED_NR_LATENCY	    8 /* latency / granularity */

/* ---- weights ---- */

/* Indexed by nice value + 20. Linux's values, as /proc/PID/sched shows them. */
static const unsigned int prio_to_weight[] = {
	88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916,
	9548,  7620,  6100,  4904,  3906,  3121,  2501,	 1991,	1586,  1277,
	1024,  820,   655,   526,   423,   335,	  272,	 215,	172,   137,
	110,   87,    70,    56,    45,	   36,	  29,	 23,	18,    15,
};

void set_load_weight(struct task_struct *p)
{
	p->se.weight =
		p->policy == SCHED_IDLE ? WEIGHT_IDLEPRIO : prio_to_weight[p->nice - NICE_MIN];
}

/* The time slice of se in real time: its share of the latency period. */
static u64 sched_slice(const struct sched_entity *se)
{
	unsigned long nr = rq.cfs.nr_running + !se->on_rq;
	unsigned long load = rq.cfs.load + (se->on_rq ? 0 : se->weight);
	u64 period = nr > SCHED_NR_LATENCY ? nr * SCHED_MIN_GRANULARITY_NS : SCHED_LATENCY_NS;

	return max(div_u64(period * se->weight, load), SCHED_MIN_GRANULARITY_NS);
}

u64 fair_slice(const struct task_struct *p)
{
	return rq.cfs.nr_running ? sched_slice(&p->se) : 0;
}

/* ---- the tree ---- */

static bool is_fair(const struct task_struct *p)
{
	return !rt_task(p) && p != &init_task;
}

static struct sched_entity *leftmost(void)
{
	return rb_entry_safe(rq.cfs.rb_leftmost, struct sched_entity, run_node);
}

/* Virtual times wrap: only differences count. */
static s64 vruntime_ahead(const struct sched_entity *a, const struct sched_entity *b)
{
	return (s64)(a->vruntime - b->vruntime);
}

void update_min_vruntime(void)
{
	const struct sched_entity *least = leftmost();

	if (is_fair(current) && (!least || vruntime_ahead(&current->se, least) < 0))
		least = &current->se;
	if (least && (s64)(least->vruntime - rq.cfs.min_vruntime) > 0)
		rq.cfs.min_vruntime = least->vruntime;
}

void enqueue_fair(struct sched_entity *se)
{
	struct rb_node **link = &rq.cfs.tasks_timeline.rb_node, *parent = NULL;
	bool first = true;

	while (*link) {
		parent = *link;
		/* Behind tasks with the same vruntime, which came first. */
		if (vruntime_ahead(se, rb_entry(parent, struct sched_entity, run_node)) < 0) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			first = false;
		}
	}
	if (first)
		rq.cfs.rb_leftmost = &se->run_node;
	rb_link_node(&se->run_node, parent, link);
	rb_insert_color(&se->run_node, &rq.cfs.tasks_timeline);
}

void dequeue_fair(struct sched_entity *se)
{
	if (rq.cfs.rb_leftmost == &se->run_node) {
		rq.cfs.rb_leftmost = rb_next(&se->run_node);
		if (!rq.cfs.rb_leftmost) { /* the tree was empty */
			rq.cfs.tasks_timeline = RB_ROOT;
			return;
		}
	}
	rb_erase(&se->run_node, &rq.cfs.tasks_timeline);
}

/* ---- placement ---- */

/* Raise se->vruntime to `vruntime` if it is smaller. */
static void place_entity(struct sched_entity *se, u64 vruntime)
{
	if ((s64)(vruntime - se->vruntime) > 0)
		se->vruntime = vruntime;
}

void place_sleeper_fair(struct task_struct *p)
{
	/* A sleeper runs before the others, but long sleep gives it no more than this. */
	u64 bonus = p->policy == SCHED_IDLE ? SCHED_MIN_GRANULARITY_NS : SCHED_LATENCY_NS / 2;

	update_min_vruntime();
	place_entity(&p->se, rq.cfs.min_vruntime - bonus);
}

void place_new_fair(struct task_struct *p)
{
	/* One time slice behind the others, so that a task gains nothing by forking. */
	u64 debit = calc_delta_fair(sched_slice(&p->se), p->se.weight);

	update_min_vruntime();
	p->se.vruntime = is_fair(current) ? current->se.vruntime : rq.cfs.min_vruntime;
	place_entity(&p->se, rq.cfs.min_vruntime + debit);
}

/* ---- preemption ---- */

bool preempts_fair(const struct task_struct *curr, const struct task_struct *p)
{
	s64 ahead = vruntime_ahead(&curr->se, &p->se);

	if (curr->policy == SCHED_IDLE && p->policy != SCHED_IDLE)
		return true;
	if (p->policy != SCHED_NORMAL)
		return false;
	return ahead > 0 && (u64)ahead > calc_delta_fair(SCHED_WAKEUP_GRANULARITY_NS, p->se.weight);
}

bool tick_preempts_fair(const struct task_struct *curr)
{
	u64 slice = min(sched_slice(&curr->se), SCHED_LATENCY_NS);
	u64 ran = curr->se.sum_exec_runtime - curr->se.prev_sum_exec_runtime;
	const struct sched_entity *first = leftmost();

	update_min_vruntime();
	if (!first)
		return false;
	if (ran > slice)
		return true;
	if (ran < SCHED_MIN_GRANULARITY_NS)
		return false;
	return vruntime_ahead(&curr->se, first) > (s64)slice;
}
