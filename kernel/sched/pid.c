/*
 * Process numbers: allocating them, and finding the task with a given number.
 *
 * A number is in use as long as a task, a process group or a session has it. These users are
 * counted. Code that merely stores a number does not keep it in use; otherwise a user could exhaust
 * the numbers with files whose owners are dead. It compares pid_generation(), which counts how
 * often the number has been allocated, to learn whether the number still means the same task.
 */
#include "kernel/sched/sched.h"
#include "kernel/x86/cpu.h"
#include <linux/errno.h>

#define RESERVED_PIDS 300 /* not allocated again after the numbers have wrapped */
#define PID_HASH_SIZE 512

int pid_max = PID_MAX_LIMIT;
pid_t last_pid;

/* Users of each number: the task, and each process in the group or session. */
static u16 pid_users[PID_MAX_LIMIT];
static u32 pid_generations[PID_MAX_LIMIT];
static struct list_head pid_hash[PID_HASH_SIZE];

static struct list_head *pid_bucket(pid_t pid)
{
	struct list_head *bucket = &pid_hash[pid % PID_HASH_SIZE];

	if (unlikely(!bucket->next))
		INIT_LIST_HEAD(bucket);
	return bucket;
}

pid_t alloc_pid(void)
{
	pid_t pid = last_pid;

	for (int tries = 0; tries < pid_max; tries++) {
		if (++pid >= pid_max)
			pid = RESERVED_PIDS;
		if (pid_users[pid] == 0) {
			pid_users[pid] = 1;
			pid_generations[pid]++;
			last_pid = pid;
			return pid;
		}
	}
	return -EAGAIN;
}

void pid_hold(pid_t pid)
{
	if (pid)
		pid_users[pid]++;
}

void pid_release(pid_t pid)
{
	if (pid)
		pid_users[pid]--;
}

u32 pid_generation(pid_t pid)
{
	return pid_generations[pid];
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
