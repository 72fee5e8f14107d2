/*
 * The first task: the code that boots the machine, and then the idle loop. It has pid 0 and is on
 * no list. Its descendants inherit what is set here: root's credentials and Linux's limits.
 */
#include "kernel/sched/sched.h"
#include "kernel/core/panic.h"
#include "kernel/cred/user.h"
#include "mm/mm_types.h"

/* The stack of start_kernel(), until it moves to one with a guard page. Backtraces need it aligned
   to its size. */
char boot_stack[THREAD_SIZE] __attribute__((aligned(THREAD_SIZE), section(".bss.page_aligned")));

#define NOFILE_SOFT    1024
#define NOFILE_HARD    4096
#define MSGQUEUE_BYTES 819200
#define UNLIMITED                            \
	{                                    \
		RLIM_INFINITY, RLIM_INFINITY \
	}
#define DEFAULT_TIMERSLACK_NS 50000

static struct signal_struct init_signals = {
	.count = 1,
	.nr_threads = 1,
	.threads = {&init_task.thread_node, &init_task.thread_node},
	.leader = &init_task,
	.shared_pending = {.list = LIST_HEAD_INIT(init_signals.shared_pending.list)},
	.multiprocess = LIST_HEAD_INIT(init_signals.multiprocess),
	.exec_update_lock = __RWSEM_INITIALIZER(init_signals.exec_update_lock),
	.cpu_sleepers = LIST_HEAD_INIT(init_signals.cpu_sleepers),
	.wait_chldexit = __WAIT_QUEUE_HEAD_INITIALIZER(init_signals.wait_chldexit),
	.rlim =
		{
			/* NPROC and SIGPENDING depend on the memory size: fork_init(). */
			[RLIMIT_CPU] = UNLIMITED,
			[RLIMIT_FSIZE] = UNLIMITED,
			[RLIMIT_DATA] = UNLIMITED,
			[RLIMIT_STACK] = {_STK_LIM, RLIM_INFINITY},
			[RLIMIT_CORE] = {0, RLIM_INFINITY},
			[RLIMIT_RSS] = UNLIMITED,
			[RLIMIT_NOFILE] = {NOFILE_SOFT, NOFILE_HARD},
			[RLIMIT_MEMLOCK] = {MLOCK_LIMIT, MLOCK_LIMIT},
			[RLIMIT_AS] = UNLIMITED,
			[RLIMIT_LOCKS] = UNLIMITED,
			[RLIMIT_MSGQUEUE] = {MSGQUEUE_BYTES, MSGQUEUE_BYTES},
			[RLIMIT_RTTIME] = UNLIMITED,
		},
};

static struct sighand_struct init_sighand = {.count = 1};

struct task_struct init_task = {
	.state = TASK_RUNNING,
	.flags = PF_KTHREAD,
	.usage = 2,
	.active_mm = &init_mm,
	.rt = {.run_list = LIST_HEAD_INIT(init_task.rt.run_list)},
	.real_parent = &init_task,
	.parent = &init_task,
	.group_leader = &init_task,
	.children = LIST_HEAD_INIT(init_task.children),
	.sibling = LIST_HEAD_INIT(init_task.sibling),
	.tasks = LIST_HEAD_INIT(init_task.tasks),
	.thread_node = LIST_HEAD_INIT(init_signals.threads),
	.pid_hash = LIST_HEAD_INIT(init_task.pid_hash),
	.timerslack_ns = DEFAULT_TIMERSLACK_NS,
	.default_timerslack_ns = DEFAULT_TIMERSLACK_NS,
	.cred = {.group_info = &init_groups,
		 .user = &root_user,
		 .cap_permitted = CAP_FULL_SET,
		 .cap_effective = CAP_FULL_SET,
		 .cap_bset = CAP_FULL_SET},
	.comm = "swapper",
	.sysvshm = {LIST_HEAD_INIT(init_task.sysvshm.shm_clist)},
	.signal = &init_signals,
	.sas_ss_flags = SS_DISABLE,
	.sighand = &init_sighand,
	.pending = {.list = LIST_HEAD_INIT(init_task.pending.list)},
};

struct task_struct *current_task = &init_task;
LIST_HEAD(all_tasks);

static void report_current(struct running_task *task)
{
	*task = (struct running_task){current->comm, current->pid, current->stack, need_resched()};
}

void sched_init(void)
{
	running_task_hook = report_current;
	init_task.stack = boot_stack;
	mmgrab(&init_mm);
}
