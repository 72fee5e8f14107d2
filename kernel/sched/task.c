/*
 * Allocating task structures. They are reference-counted.
 */
#include "kernel/cred/cred.h"
#include "kernel/cred/user.h"
#include "kernel/sched/internal.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"
#include "mm/phys/vmalloc.h"

int nr_threads, max_threads;
unsigned long total_forks;

static struct kmem_cache *task_cache, *signal_cache;

void task_init(void)
{
	task_cache = KMEM_CACHE(task_struct, SLAB_PANIC);
	signal_cache = KMEM_CACHE(signal_struct, SLAB_PANIC);
}

struct task_struct *alloc_task_struct(void)
{
	return kmem_cache_alloc(task_cache, GFP_KERNEL);
}

void free_task_struct(struct task_struct *p)
{
	kmem_cache_free(task_cache, p);
}

struct signal_struct *alloc_signal_struct(void)
{
	return kmem_cache_zalloc(signal_cache, GFP_KERNEL);
}

void put_signal_struct(struct signal_struct *sig)
{
	if (--sig->count == 0)
		kmem_cache_free(signal_cache, sig);
}

void put_task_struct(struct task_struct *p)
{
	if (--p->usage)
		return;
	put_signal_struct(p->signal);
	put_group_info(p->cred.group_info);
	free_uid(p->cred.user);
	free_task_struct(p);
}

void put_task_stack(struct task_struct *p)
{
	free_thread_stack(p->stack);
	p->stack = NULL;
	put_task_struct(p);
}

void set_task_comm(struct task_struct *p, const char *name)
{
	strncpy(p->comm, name, TASK_COMM_LEN - 1);
	p->comm[TASK_COMM_LEN - 1] = '\0';
}
