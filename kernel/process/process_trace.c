/*
 * What the trace records of tasks: switches, wake-ups, fork, exec, exit. As in mm/mm_trace.c, the
 * functions here stand between the others while somebody reads the trace.
 */
#include "kernel/process/process_trace.h"
#include "kernel/exec/exec.h"
#include "kernel/sched/sched.h"
#include "kernel/trace/trace.h"
#include "libc/include/string.h"
#include "mm/mm.h"
#include "mm/mm_trace.h"

#define COMM_WORDS  (TASK_COMM_LEN / sizeof(u32))
#define PRIO_NORMAL 120 /* of nice 0; Linux's numbers: real-time priority 99 is 0 */
#define PRIO_RT_MAX 99

/* The args of events that name another task than the one that runs: its comm, pid and priority. */
struct task_args {
	u32 comm[COMM_WORDS];
	u32 pid, prio;
	u32 more[2];
};
#define TASK_ARGS(more) (COMM_WORDS + 2 + (more))

static u32 prio_of(const struct task_struct *p)
{
	return rt_task(p) ? PRIO_RT_MAX - p->rt_priority : PRIO_NORMAL + p->nice;
}

static struct task_args args_of(const struct task_struct *p)
{
	struct task_args args = {.pid = p->pid, .prio = prio_of(p)};

	strncpy((char *)args.comm, p->comm, TASK_COMM_LEN);
	return args;
}

static void write_task(enum trace_type type, const struct task_args *args, unsigned int more)
{
	trace_write(type, 0, args->comm, TASK_ARGS(more));
}

/* ---- switches and wake-ups ---- */

/* Tell if the processor runs in another address space now. */
static void tell_address_space(const struct task_struct *next)
{
	static u32 last;
	u32 number = mm_number(next->active_mm);

	if (number != last)
		trace_event(TRACE_MM, TRACE_MM_SWITCH, number, last, next->pid);
	last = number;
}

static struct task_struct *__sched trace_switch_to(struct task_struct *prev,
						   struct task_struct *next)
{
	struct task_args args = args_of(next);

	args.more[0] = prio_of(prev);
	args.more[1] = prev->state;
	if (trace_on(TRACE_SCHED_SWITCH))
		write_task(TRACE_SCHED_SWITCH, &args, 2);
	if (trace_on(TRACE_MM))
		tell_address_space(next);
	return switch_to(prev, next);
}

/* Called for a task that is woken. */
static void trace_check_preempt_curr(const struct task_struct *p)
{
	struct task_args args = args_of(p);

	check_preempt_curr(p);
	write_task(TRACE_SCHED_WAKEUP, &args, 1);
}

/* Called for a child. Its parent has not gone on yet, so fork comes before everything it does. */
static void trace_wake_up_new_task(struct task_struct *p)
{
	struct task_args args = args_of(p);

	if (trace_on(TRACE_SCHED_PROCESS_FORK))
		trace_write(TRACE_SCHED_PROCESS_FORK, 0, args.comm, COMM_WORDS + 1);
	wake_up_new_task(p);
	if (trace_on(TRACE_SCHED_WAKEUP_NEW))
		write_task(TRACE_SCHED_WAKEUP_NEW, &args, 1);
}

/* ---- exec and exit ---- */

static int trace_do_execve(const char *filename, struct arg_vector argv, struct arg_vector envp,
			   struct pt_regs *regs)
{
	const u32 pids[] = {current->pid, current->pid};
	int err = do_execve(filename, argv, envp, regs);

	if (err)
		return err;
	if (trace_on(TRACE_VMA)) /* stack, heap and vdso are there now, besides the file's parts */
		trace_mm_there(current->mm);
	if (trace_on(TRACE_SCHED_PROCESS_EXEC))
		trace_write_named(TRACE_SCHED_PROCESS_EXEC, 0, pids, ARRAY_SIZE(pids),
				  TRACE_NAME_FILE, filename);
	return 0;
}

static void trace_exit_mm(void)
{
	struct task_args args = args_of(current);

	write_task(TRACE_SCHED_PROCESS_EXIT, &args, 0);
	exit_mm();
}

/* ---- boot ---- */

#define WATCH(name, on) static_call_update(name, (on) ? trace_##name : name)

static void watch_switches(bool on)
{
	WATCH(switch_to, on);
}

static void watch_wakeups(bool on)
{
	WATCH(check_preempt_curr, on);
}

static void watch_forks(bool on)
{
	WATCH(wake_up_new_task, on);
}

static void watch_execs(bool on)
{
	WATCH(do_execve, on);
}

static void watch_exits(bool on)
{
	WATCH(exit_mm, on);
}

static struct trace_switch switches[] = {
	{.events = TRACE_BIT(TRACE_SCHED_SWITCH) | TRACE_BIT(TRACE_MM), .set = watch_switches},
	{.events = TRACE_BIT(TRACE_SCHED_WAKEUP), .set = watch_wakeups},
	{.events = TRACE_BIT(TRACE_SCHED_PROCESS_FORK) | TRACE_BIT(TRACE_SCHED_WAKEUP_NEW),
	 .set = watch_forks},
	{.events = TRACE_BIT(TRACE_SCHED_PROCESS_EXEC) | TRACE_BIT(TRACE_VMA), .set = watch_execs},
	{.events = TRACE_BIT(TRACE_SCHED_PROCESS_EXIT), .set = watch_exits},
};

void process_trace_init(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(switches); i++)
		trace_register_switch(&switches[i]);
}
