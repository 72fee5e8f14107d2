/*
 * Process numbers: giving them out, and finding the task that has one.
 *
 * A number is in use as long as a task has it, or a process group or a session is called by it.
 * These uses are counted, one table of counters per 2048 numbers, made when first needed and kept
 * as long as one of its numbers is in use or the next number will be one of its.
 */
#include "kernel/sched/sched.h"
#include "kernel/x86/cpu.h"
#include "mm/slab.h"
#include <linux/errno.h>

#define PID_MAX_DEFAULT 32768
#define RESERVED_PIDS	300 /* not given out again after the numbers have wrapped */
#define PIDS_PER_TABLE	2048
#define NR_TABLES	(PID_MAX_DEFAULT / PIDS_PER_TABLE)
#define PID_HASH_SIZE	512

int pid_max = PID_MAX_DEFAULT;
pid_t last_pid;

/* Users of each number: the task, and each process in the group or session. */
static u16 *pid_users[NR_TABLES];
static u16 numbers_used[NR_TABLES]; /* numbers of the table that have users */
static struct list_head pid_hash[PID_HASH_SIZE];

static struct list_head *pid_bucket(pid_t pid)
{
	struct list_head *bucket = &pid_hash[pid % PID_HASH_SIZE];

	if (unlikely(!bucket->next))
		INIT_LIST_HEAD(bucket);
	return bucket;
}

static u16 *users_of(pid_t pid)
{
	return &pid_users[pid / PIDS_PER_TABLE][pid % PIDS_PER_TABLE];
}

static int make_table(pid_t pid)
{
	u16 **table = &pid_users[pid / PIDS_PER_TABLE];

	if (likely(*table))
		return 0;
	*table = kzalloc(PIDS_PER_TABLE * sizeof(u16), GFP_KERNEL);
	return *table ? 0 : -ENOMEM;
}

static void free_table_if_unused(unsigned int table)
{
	if (numbers_used[table] || table == (unsigned int)last_pid / PIDS_PER_TABLE)
		return;
	kfree(pid_users[table]);
	pid_users[table] = NULL;
}

/* The number is free and its table there. */
static void take(pid_t pid)
{
	unsigned int last_table = last_pid / PIDS_PER_TABLE;

	*users_of(pid) = 1;
	numbers_used[pid / PIDS_PER_TABLE]++;
	last_pid = pid;
	free_table_if_unused(last_table);
}

pid_t alloc_pid(void)
{
	pid_t pid = last_pid;

	for (int tries = 0; tries < pid_max; tries++) {
		if (++pid >= pid_max)
			pid = RESERVED_PIDS;
		if (make_table(pid))
			return -ENOMEM;
		if (*users_of(pid) == 0) {
			take(pid);
			return pid;
		}
	}
	return -EAGAIN;
}

void pid_hold(pid_t pid)
{
	if (pid)
		++*users_of(pid);
}

void pid_release(pid_t pid)
{
	unsigned int table = pid / PIDS_PER_TABLE;

	if (!pid || --*users_of(pid))
		return;
	numbers_used[table]--;
	free_table_if_unused(table);
}

void free_pid(pid_t pid)
{
	pid_release(pid);
}

void hash_pid(struct task_struct *p)
{
	list_add(&p->pid_hash, pid_bucket(p->pid));
}

void unhash_pid(struct task_struct *p)
{
	list_del_init(&p->pid_hash);
}

struct task_struct *find_task_by_pid(pid_t pid)
{
	struct list_head *bucket;
	struct task_struct *p;

	if (pid <= 0)
		return NULL;
	bucket = pid_bucket(pid);
	list_for_each_entry (p, bucket, pid_hash)
		if (p->pid == pid)
			return p;
	return NULL;
}

struct task_struct *find_process_by_pid(pid_t tgid)
{
	struct task_struct *p = find_task_by_pid(tgid);

	return p && thread_group_leader(p) ? p : NULL;
}
