/*
 * SEM_UNDO: what an operation did to a semaphore is taken back when the process exits. Tasks that
 * were cloned with CLONE_SYSVSEM (threads) count as one process here.
 */
#include "kernel/ipc/ipc.h"
#include "kernel/ipc/sem.h"
#include "kernel/lib/err.h"
#include "kernel/sched/sched.h"
#include "mm/phys/slab.h"
#include "mm/phys/vmalloc.h"
#include <linux/errno.h>

static size_t undo_bytes(int nsems)
{
	return sizeof(struct sem_undo) + (size_t)nsems * sizeof(short);
}

static void free_undo(struct sem_undo *un)
{
	ipc_uncharge(undo_bytes(un->nsems));
	kvfree(un);
}

/* current's list; made if there is none. NULL: no memory. */
static struct sem_undo_list *get_undo_list(void)
{
	struct sem_undo_list *ulp = current->sysvsem.undo_list;

	if (ulp)
		return ulp;
	ulp = kmalloc(sizeof(*ulp), GFP_KERNEL);
	if (!ulp)
		return NULL;
	ulp->refcnt = 1;
	INIT_LIST_HEAD(&ulp->list_proc);
	current->sysvsem.undo_list = ulp;
	return ulp;
}

struct sem_undo *lookup_undo(int semid)
{
	struct sem_undo_list *ulp = current->sysvsem.undo_list;
	struct sem_undo *un;

	if (!ulp)
		return NULL;
	list_for_each_entry (un, &ulp->list_proc, list_proc) {
		if (un->semid == semid) { /* it is likely to be used again soon */
			list_move(&un->list_proc, &ulp->list_proc);
			return un;
		}
	}
	return NULL;
}

/* The structure for an array, which is not locked. 0, and *made is it, or -errno. */
static int make_undo(struct sem_array *sma, struct sem_undo **made)
{
	struct sem_undo *un;

	*made = NULL;
	if (ipc_charge(undo_bytes(sma->sem_nsems)))
		return -ENOMEM;
	un = kvzalloc(undo_bytes(sma->sem_nsems));
	if (!un) {
		ipc_uncharge(undo_bytes(sma->sem_nsems));
		return -ENOMEM;
	}
	un->nsems = sma->sem_nsems;
	un->semid = sma->sem_perm.id;
	*made = un;
	return 0;
}

int alloc_undo(int semid)
{
	struct sem_undo_list *ulp = get_undo_list();
	struct kern_ipc_perm *perm;
	struct sem_undo *un;
	int err;

	if (!ulp)
		return -ENOMEM;
	if (lookup_undo(semid))
		return 0;
	perm = ipc_obtain_object_check(&sem_ids, semid);
	if (IS_ERR(perm))
		return PTR_ERR(perm);
	perm->refcount++; /* the allocation sleeps */
	err = make_undo(to_sem_array(perm), &un);
	if (!err) {
		err = ipc_lock_object(perm);
		if (err || lookup_undo(semid)) { /* another thread was faster */
			free_undo(un);
		} else {
			list_add(&un->list_proc, &ulp->list_proc);
			list_add(&un->list_id, &to_sem_array(perm)->list_id);
		}
		if (!err)
			ipc_unlock_object(perm);
	}
	ipc_putref(perm);
	return err;
}

void free_undos(struct sem_array *sma)
{
	struct sem_undo *un, *n;

	list_for_each_entry_safe (un, n, &sma->list_id, list_id) {
		list_del(&un->list_id);
		list_del(&un->list_proc);
		free_undo(un);
		cond_resched();
	}
}

int copy_semundo(unsigned long clone_flags, struct task_struct *p)
{
	struct sem_undo_list *ulp = NULL;

	if (clone_flags & CLONE_SYSVSEM) {
		ulp = get_undo_list();
		if (!ulp)
			return -ENOMEM;
		ulp->refcnt++;
	}
	p->sysvsem.undo_list = ulp;
	return 0;
}

/* Add the adjustments to the semaphores of a locked array. */
static void adjust(struct sem_array *sma, const struct sem_undo *un)
{
	for (int i = 0; i < sma->sem_nsems; i++) {
		cond_resched();
		if (!un->semadj[i])
			continue;
		sma->sems[i].semval = clamp(sma->sems[i].semval + un->semadj[i], 0, SEMVMX);
		sma->sems[i].sempid = current->tgid;
	}
	do_smart_update(sma, NULL, 0, true);
	unmerge_queues(sma);
}

/* Nothing here needs memory: a process must be able to exit. */
void exit_sem(struct task_struct *p)
{
	struct sem_undo_list *ulp = p->sysvsem.undo_list;
	struct kern_ipc_perm *perm;
	struct sem_undo *un;

	p->sysvsem.undo_list = NULL;
	if (!ulp || --ulp->refcnt)
		return;
	while (!list_empty(&ulp->list_proc)) {
		un = list_first_entry(&ulp->list_proc, struct sem_undo, list_proc);
		perm = ipc_obtain_object_check(&sem_ids, un->semid);
		BUG_ON(IS_ERR(perm)); /* it would have gone with its array */
		if (ipc_lock_object(perm))
			continue; /* it has just gone */
		list_del(&un->list_id);
		list_del(&un->list_proc);
		adjust(to_sem_array(perm), un);
		free_undo(un);
		ipc_unlock_object(perm);
	}
	kfree(ulp);
}
