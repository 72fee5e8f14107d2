/*
 * System V semaphores: arrays of numbers that are never negative. One semop(2) adds to several of
 * them, or waits until they are zero, all at once or not at all; if it cannot, it waits.
 *
 * A call that changes semaphores goes through the waiting ones and carries out for them what has
 * become possible. So a task that wakes up finds its operations done, and those that waited longer
 * are tried first, as on Linux.
 */
#include "kernel/ipc/sem.h"
#include "kernel/ipc/ipc.h"
#include "kernel/lib/err.h"
#include "kernel/sched/sched.h"
#include "kernel/time/time.h"
#include "kernel/x86/uaccess.h"
#include "mm/phys/slab.h"
#include "mm/phys/vmalloc.h"
#include <linux/errno.h>
#include <linux/stat.h>

#define SEMOPM_FAST 32 /* operations that are kept on the stack */
#define MAY_WAIT    1  /* perform_atomic_semop: it must wait */

int sem_ctls[SEM_CTLS] = {SEMMSL, SEMMNS, SEMOPM, SEMMNI};
int used_sems;

/* ---- the operations of one call ---- */

/* Take the operations before `sop` back. */
static void undo_operations(struct sem_array *sma, const struct sem_queue *q,
			    const struct sembuf *sop)
{
	while (--sop >= q->sops) {
		sma->sems[sop->sem_num].semval -= sop->sem_op;
		if (sop->sem_flg & SEM_UNDO)
			q->undo->semadj[sop->sem_num] += sop->sem_op;
	}
}

/* One operation: 0, MAY_WAIT or -ERANGE. */
static int perform_operation(struct sem_array *sma, const struct sem_queue *q,
			     const struct sembuf *sop)
{
	struct sem *curr = &sma->sems[sop->sem_num];
	int result = curr->semval + sop->sem_op, undo;

	if ((!sop->sem_op && result) || result < 0)
		return MAY_WAIT;
	if (result > SEMVMX)
		return -ERANGE;
	if (sop->sem_flg & SEM_UNDO) {
		undo = q->undo->semadj[sop->sem_num] - sop->sem_op;
		if (undo < -SEMAEM - 1 || undo > SEMAEM)
			return -ERANGE;
		q->undo->semadj[sop->sem_num] = undo;
	}
	curr->semval = result;
	return 0;
}

/* All operations of the call, or none: 0, MAY_WAIT, -EAGAIN (it may not wait) or -ERANGE. */
static int perform_atomic_semop(struct sem_array *sma, struct sem_queue *q)
{
	struct sembuf *sop, *end = q->sops + q->nsops;
	int err;

	for (sop = q->sops; sop < end; sop++) {
		err = perform_operation(sma, q, sop);
		if (err) {
			undo_operations(sma, q, sop);
			q->blocking = sop;
			return err == MAY_WAIT && sop->sem_flg & IPC_NOWAIT ? -EAGAIN : err;
		}
	}
	for (sop = q->sops; sop < end; sop++)
		sma->sems[sop->sem_num].sempid = q->pid;
	return 0;
}

/* ---- those that wait ---- */

void wake_up_sem_queue(struct sem_queue *q, int error)
{
	struct task_struct *sleeper = q->sleeper;

	q->status = error;
	wake_up_process(sleeper);
}

void unlink_queue(struct sem_array *sma, struct sem_queue *q)
{
	list_del(&q->list);
	if (q->nsops > 1)
		sma->complex_count--;
}

/* There are only calls with one operation: each waits at its semaphore from now on. */
void unmerge_queues(struct sem_array *sma)
{
	struct sem_queue *q, *n;

	if (sma->complex_count)
		return;
	list_for_each_entry_safe (q, n, &sma->pending_alter, list)
		list_move_tail(&q->list, &sma->sems[q->sops->sem_num].pending_alter);
}

/* The first call with several operations begins to wait: from now on all wait in one queue. */
static void merge_queues(struct sem_array *sma)
{
	for (int i = 0; i < sma->sem_nsems; i++) {
		list_splice_init(&sma->sems[i].pending_alter, &sma->pending_alter);
		cond_resched();
	}
}

/* Go through one queue of calls that wait for zeros. Has one been carried out? */
static bool wake_const_ops(struct sem_array *sma, struct list_head *pending)
{
	struct sem_queue *q, *n;
	bool completed = false;

	list_for_each_entry_safe (q, n, pending, list) {
		int error = perform_atomic_semop(sma, q);

		cond_resched();
		if (error > 0)
			continue;
		unlink_queue(sma, q);
		completed |= !error;
		wake_up_sem_queue(q, error);
	}
	return completed;
}

static bool wake_if_zero(struct sem_array *sma, int num, bool *got_zero)
{
	if (sma->sems[num].semval)
		return false;
	*got_zero = true;
	return wake_const_ops(sma, &sma->sems[num].pending_const);
}

/* Let go on what waits for a changed semaphore to be zero. */
static bool do_smart_wakeup_zero(struct sem_array *sma, const struct sembuf *sops,
				 unsigned int nsops)
{
	bool completed = false, got_zero = false;

	for (unsigned int i = 0; sops && i < nsops; i++)
		completed |= wake_if_zero(sma, sops[i].sem_num, &got_zero);
	for (int i = 0; !sops && i < sma->sem_nsems; i++) {
		completed |= wake_if_zero(sma, i, &got_zero);
		cond_resched();
	}
	if (got_zero)
		completed |= wake_const_ops(sma, &sma->pending_const);
	return completed;
}

/* Go through a queue of calls that want to change semaphores: that of one semaphore or (-1) the
   array's. When one with several operations has been carried out, those before it may be possible
   too: begin again. A single one can only have decremented, which helps nobody. */
static bool update_queue(struct sem_array *sma, int semnum)
{
	struct list_head *pending =
		semnum == -1 ? &sma->pending_alter : &sma->sems[semnum].pending_alter;
	struct sem_queue *q, *n;
	bool completed = false, again;

	do {
		again = false;
		list_for_each_entry_safe (q, n, pending, list) {
			int error;

			cond_resched();
			if (semnum != -1 && !sma->sems[semnum].semval)
				break; /* they all decrement */
			error = perform_atomic_semop(sma, q);
			if (error > 0)
				continue;
			unlink_queue(sma, q);
			if (!error) {
				completed = true;
				do_smart_wakeup_zero(sma, q->sops, q->nsops);
				again = !list_empty(&sma->pending_alter) || q->nsops > 1;
			}
			wake_up_sem_queue(q, error);
			if (again)
				break;
		}
	} while (again);
	return completed;
}

void do_smart_update(struct sem_array *sma, const struct sembuf *sops, unsigned int nsops,
		     bool otime)
{
	otime |= do_smart_wakeup_zero(sma, sops, nsops);
	if (!list_empty(&sma->pending_alter)) {
		otime |= update_queue(sma, -1);
	} else if (!sops) {
		for (int i = 0; i < sma->sem_nsems; i++) {
			otime |= update_queue(sma, i);
			cond_resched();
		}
	} else {
		for (unsigned int i = 0; i < nsops; i++)
			if (sops[i].sem_op > 0)
				otime |= update_queue(sma, sops[i].sem_num);
	}
	if (otime)
		sma->sem_otime = get_seconds();
}

/* ---- semop ---- */

/* Queue the call where it has to wait. */
static void queue_call(struct sem_array *sma, struct sem_queue *q)
{
	struct sem *curr = &sma->sems[q->sops->sem_num];
	bool alone = q->nsops == 1;

	if (!alone && !sma->complex_count++)
		merge_queues(sma);
	if (q->alter)
		list_add_tail(&q->list, alone && !sma->complex_count ? &curr->pending_alter
								     : &sma->pending_alter);
	else
		list_add_tail(&q->list, alone ? &curr->pending_const : &sma->pending_const);
}

/* Sleep until the call has a result, a signal comes, or (expires_ns not NULL) it is that late. The
   array is locked, and with it a reference is held, when this begins; neither afterwards. */
static int wait_for_result(struct sem_array *sma, struct sem_queue *q, const u64 *expires_ns)
{
	bool timed_out = false;

	q->status = -EINTR;
	do {
		unmerge_queues(sma);
		mutex_unlock(&sma->sem_perm.lock);
		set_current_state(TASK_INTERRUPTIBLE);
		if (expires_ns)
			timed_out = !schedule_until_ns(*expires_ns);
		else
			schedule();
		set_current_state(TASK_RUNNING);
		mutex_lock(&sma->sem_perm.lock);
	} while (q->status == -EINTR && !timed_out && !signal_pending(current));
	if (q->status == -EINTR) {
		unlink_queue(sma, q);
		q->status = timed_out ? -EAGAIN : -EINTR;
	}
	unmerge_queues(sma);
	ipc_unlock_object(&sma->sem_perm);
	return q->status;
}

/* The array of a call, locked and with a reference, if all is as it should be; ERR_PTR. */
static struct sem_array *lock_for_call(int semid, int max, bool alter)
{
	struct kern_ipc_perm *perm = ipc_obtain_object_check(&sem_ids, semid);
	int mode = alter ? S_IWUSR | S_IWGRP | S_IWOTH : S_IRUSR | S_IRGRP | S_IROTH, err;

	if (IS_ERR(perm))
		return ERR_CAST(perm);
	if (max >= to_sem_array(perm)->sem_nsems)
		return ERR_PTR(-EFBIG);
	if (ipcperms(perm, mode))
		return ERR_PTR(-EACCES);
	err = ipc_lock_object(perm);
	return err ? ERR_PTR(err) : to_sem_array(perm);
}

/* The operations are in the kernel's memory; q->sops and nsops say which. */
static int semop_call(int semid, struct sem_queue *q, const u64 *expires_ns)
{
	bool undos = false;
	struct sem_array *sma;
	int max = 0, err;

	for (unsigned int i = 0; i < q->nsops; i++) {
		max = max(max, (int)q->sops[i].sem_num);
		undos |= q->sops[i].sem_flg & SEM_UNDO;
		q->alter |= q->sops[i].sem_op;
	}
	err = undos ? alloc_undo(semid) : 0;
	if (err)
		return err;
	sma = lock_for_call(semid, max, q->alter);
	if (IS_ERR(sma))
		return PTR_ERR(sma);
	q->undo = undos ? lookup_undo(semid) : NULL;
	err = undos && !q->undo ? -EIDRM : perform_atomic_semop(sma, q);
	if (err == MAY_WAIT) {
		queue_call(sma, q);
		return wait_for_result(sma, q, expires_ns);
	}
	if (!err && q->alter)
		do_smart_update(sma, q->sops, q->nsops, true);
	else if (!err)
		sma->sem_otime = get_seconds();
	unmerge_queues(sma);
	ipc_unlock_object(&sma->sem_perm);
	return err;
}

/* When a wait of this length from now ends. 0 or -EINVAL. */
static int expiry(const struct timespec64 *timeout, u64 *expires_ns)
{
	u64 now = ktime_get_ns();

	if (!timespec64_valid(timeout))
		return -EINVAL;
	*expires_ns = min(timespec64_to_ns(timeout), (s64)(S64_MAX - now)) + now;
	return 0;
}

long do_semtimedop(int semid, const struct sembuf __user *tsops, unsigned int nsops,
		   const struct timespec64 *timeout)
{
	struct sem_queue q = {.nsops = nsops, .pid = current->tgid, .sleeper = current};
	struct sembuf fast[SEMOPM_FAST];
	size_t bytes = (size_t)nsops * sizeof(fast[0]);
	u64 expires_ns;
	int err;

	if (nsops > (unsigned int)sc_semopm)
		return -E2BIG;
	if (!nsops)
		return -EINVAL;
	if (nsops > SIZE_MAX / sizeof(fast[0])) /* root may set any limit */
		return -ENOMEM;
	q.sops = nsops > SEMOPM_FAST ? kvmalloc(bytes) : fast;
	if (!q.sops)
		return -ENOMEM;
	if (copy_from_user(q.sops, tsops, bytes))
		err = -EFAULT;
	else if (semid < 0)
		err = -EINVAL;
	else
		err = timeout ? expiry(timeout, &expires_ns) : 0;
	if (!err) {
		current->call_bytes = q.sops == fast ? 0 : bytes;
		err = semop_call(semid, &q, timeout ? &expires_ns : NULL);
		current->call_bytes = 0;
	}
	if (q.sops != fast)
		kvfree(q.sops);
	return err;
}

/* ---- semget ---- */

static size_t array_bytes(int nsems)
{
	return sizeof(struct sem_array) + (size_t)nsems * sizeof(struct sem);
}

static void sem_free(struct kern_ipc_perm *perm)
{
	struct sem_array *sma = to_sem_array(perm);

	ipc_uncharge(array_bytes(sma->sem_nsems));
	kvfree(sma);
}

/* An array that is in no table. NULL: no memory. */
static struct sem_array *sem_alloc(int nsems)
{
	struct sem_array *sma;

	if ((unsigned int)nsems > (INT32_MAX - sizeof(*sma)) / sizeof(sma->sems[0]))
		return NULL;
	if (ipc_charge(array_bytes(nsems)))
		return NULL;
	sma = kvzalloc(array_bytes(nsems));
	if (!sma) {
		ipc_uncharge(array_bytes(nsems));
		return NULL;
	}
	INIT_LIST_HEAD(&sma->pending_alter);
	INIT_LIST_HEAD(&sma->pending_const);
	INIT_LIST_HEAD(&sma->list_id);
	sma->sem_nsems = nsems;
	for (int i = 0; i < nsems; i++) {
		INIT_LIST_HEAD(&sma->sems[i].pending_alter);
		INIT_LIST_HEAD(&sma->sems[i].pending_const);
		cond_resched();
	}
	return sma;
}

static int newary(const struct ipc_params *params)
{
	int nsems = params->u.nsems;
	struct sem_array *sma;
	int id;

	if (!nsems)
		return -EINVAL;
	if ((s64)used_sems + nsems > sc_semmns)
		return -ENOSPC;
	sma = sem_alloc(nsems);
	if (!sma)
		return -ENOMEM;
	sma->sem_perm.key = params->key;
	sma->sem_perm.mode = params->flg & (S_IRWXU | S_IRWXG | S_IRWXO);
	sma->sem_perm.free = sem_free;
	sma->sem_ctime = get_seconds();
	id = ipc_addid(&sem_ids, &sma->sem_perm, sc_semmni);
	if (id < 0)
		sem_free(&sma->sem_perm);
	else
		used_sems += nsems;
	return id;
}

static int sem_more_checks(const struct kern_ipc_perm *perm, const struct ipc_params *params)
{
	const struct sem_array *sma = container_of(perm, struct sem_array, sem_perm);

	return params->u.nsems > sma->sem_nsems ? -EINVAL : 0;
}

long do_semget(key_t key, int nsems, int semflg)
{
	static const struct ipc_ops sem_ops = {.getnew = newary, .more_checks = sem_more_checks};
	const struct ipc_params params = {.key = key, .flg = semflg, .u.nsems = nsems};

	if (nsems < 0 || nsems > sc_semmsl)
		return -EINVAL;
	return ipcget(&sem_ids, &sem_ops, &params);
}

/* ---- /proc/sysvipc/sem ---- */

static void sem_proc_show(struct seq_file *m, const struct kern_ipc_perm *perm)
{
	const struct sem_array *sma = container_of(perm, struct sem_array, sem_perm);

	seq_printf(m, "%10d %10d  %4o %10u %5u %5u %5u %5u %10lld %10lld\n", perm->key, perm->id,
		   perm->mode, sma->sem_nsems, perm->uid, perm->gid, perm->cuid, perm->cgid,
		   sma->sem_otime, sma->sem_ctime);
}

const struct ipc_proc_iface sem_proc_iface = {
	.header = "       key      semid perms      nsems   uid   gid  cuid  cgid      otime      "
		  "ctime\n",
	.ids = &sem_ids,
	.show = sem_proc_show,
};
