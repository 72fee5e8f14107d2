/*
 * semctl(2): the values of semaphores, what an array and all of them look like, changing and
 * removing one.
 */
#include "kernel/ipc/ipc.h"
#include "kernel/ipc/sem.h"
#include "kernel/lib/err.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"
#include "mm/phys/vmalloc.h"
#include <linux/errno.h>
#include <linux/stat.h>

#define SEM_READ  (S_IRUSR | S_IRGRP | S_IROTH)
#define SEM_ALTER (S_IWUSR | S_IWGRP | S_IWOTH)

/* ---- layouts ---- */

static int copy_semid_to_user(void __user *buf, const struct semid64_ds *in, int version)
{
	struct semid_ds out;

	if (version == IPC_64)
		return copy_to_user(buf, in, sizeof(*in)) ? -EFAULT : 0;
	memset(&out, 0, sizeof(out));
	ipc64_perm_to_ipc_perm(&in->sem_perm, &out.sem_perm);
	out.sem_otime = in->sem_otime;
	out.sem_ctime = in->sem_ctime;
	out.sem_nsems = in->sem_nsems;
	return copy_to_user(buf, &out, sizeof(out)) ? -EFAULT : 0;
}

static int copy_semid_from_user(struct semid64_ds *out, const void __user *buf, int version)
{
	struct semid_ds old;

	if (version == IPC_64)
		return copy_from_user(out, buf, sizeof(*out)) ? -EFAULT : 0;
	if (copy_from_user(&old, buf, sizeof(old)))
		return -EFAULT;
	ipc_perm_to_ipc64_perm(&old.sem_perm, &out->sem_perm);
	return 0;
}

/* ---- looking ---- */

/* Returns the highest index. */
static int semctl_info(int cmd, void __user *buf)
{
	const struct seminfo info = {
		.semmni = sc_semmni,
		.semmns = sc_semmns,
		.semmsl = sc_semmsl,
		.semopm = sc_semopm,
		.semvmx = SEMVMX,
		.semmnu = SEMMNU,
		.semmap = SEMMAP,
		.semume = SEMUME,
		.semusz = cmd == SEM_INFO ? sem_ids.in_use : SEMUSZ,
		.semaem = cmd == SEM_INFO ? used_sems : SEMAEM,
	};
	int max_idx = sem_ids.max_idx;

	return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : max_idx;
}

/* IPC_STAT and its relatives, which return the id. */
static int semctl_stat(int semid, int cmd, void __user *buf, int version)
{
	struct kern_ipc_perm *perm = ipc_obtain_for_stat(&sem_ids, semid, cmd, cmd == SEM_STAT_ANY);
	const struct sem_array *sma;
	struct semid64_ds out;
	int id;

	if (IS_ERR(perm))
		return PTR_ERR(perm);
	sma = to_sem_array(perm);
	id = perm->id;
	memset(&out, 0, sizeof(out));
	kernel_to_ipc64_perm(perm, &out.sem_perm);
	out.sem_otime = sma->sem_otime;
	out.sem_otime_high = sma->sem_otime >> 32;
	out.sem_ctime = sma->sem_ctime;
	out.sem_ctime_high = sma->sem_ctime >> 32;
	out.sem_nsems = sma->sem_nsems;
	if (copy_semid_to_user(buf, &out, version))
		return -EFAULT;
	return cmd == IPC_STAT ? 0 : id;
}

/* The array for a command that needs these permissions; ERR_PTR. Not locked. */
static struct kern_ipc_perm *obtain_for(int semid, int mode)
{
	struct kern_ipc_perm *perm = ipc_obtain_object_check(&sem_ids, semid);

	if (!IS_ERR(perm) && ipcperms(perm, mode))
		return ERR_PTR(-EACCES);
	return perm;
}

static int count_queue(const struct list_head *queue, int semnum, bool zero)
{
	const struct sem_queue *q;
	int count = 0;

	list_for_each_entry (q, queue, list)
		if (q->blocking->sem_num == semnum &&
		    (zero ? !q->blocking->sem_op : q->blocking->sem_op < 0))
			count++;
	return count;
}

/* How many calls wait for this semaphore to become zero, or to grow? */
static int count_semcnt(const struct sem_array *sma, int semnum, bool zero)
{
	const struct sem *sem = &sma->sems[semnum];
	int count = count_queue(zero ? &sem->pending_const : &sem->pending_alter, semnum, zero);

	count += count_queue(&sma->pending_alter, semnum, zero);
	return zero ? count + count_queue(&sma->pending_const, semnum, zero) : count;
}

/* GETVAL, GETPID, GETNCNT, GETZCNT: in one step, so without the lock. */
static int semctl_get(int semid, int semnum, int cmd)
{
	struct kern_ipc_perm *perm = obtain_for(semid, SEM_READ);
	const struct sem_array *sma;
	int err, ret;

	if (IS_ERR(perm))
		return PTR_ERR(perm);
	sma = to_sem_array(perm);
	if (semnum < 0 || semnum >= sma->sem_nsems)
		return -EINVAL;
	err = ipc_lock_object(perm);
	if (err)
		return err;
	if (cmd == GETVAL)
		ret = sma->sems[semnum].semval;
	else if (cmd == GETPID)
		ret = sma->sems[semnum].sempid;
	else
		ret = count_semcnt(sma, semnum, cmd == GETZCNT);
	ipc_unlock_object(perm);
	return ret;
}

/* ---- the values of all semaphores ---- */

/* An array of a value for each; NULL: no memory. For kvfree. */
static u16 *alloc_values(const struct sem_array *sma)
{
	return kvmalloc((size_t)sma->sem_nsems * sizeof(u16));
}

static int semctl_getall(int semid, u16 __user *buf)
{
	struct kern_ipc_perm *perm = obtain_for(semid, SEM_READ);
	const struct sem_array *sma;
	u16 *values;
	int err;

	if (IS_ERR(perm))
		return PTR_ERR(perm);
	err = ipc_lock_object(perm);
	if (err)
		return err;
	sma = to_sem_array(perm);
	values = alloc_values(sma);
	for (int i = 0; values && i < sma->sem_nsems; i++) {
		values[i] = sma->sems[i].semval;
		cond_resched();
	}
	mutex_unlock(&perm->lock);
	if (!values)
		err = -ENOMEM;
	else if (copy_to_user(buf, values, sma->sem_nsems * sizeof(u16)))
		err = -EFAULT;
	ipc_putref(perm);
	kvfree(values);
	return err;
}

/* 0, -EFAULT or -ERANGE. */
static int read_values(u16 *values, const u16 __user *buf, int nsems)
{
	if (copy_from_user(values, buf, nsems * sizeof(u16)))
		return -EFAULT;
	for (int i = 0; i < nsems; i++) {
		if (values[i] > SEMVMX)
			return -ERANGE;
		cond_resched();
	}
	return 0;
}

/* Values were set: nothing that was done before is to be undone. The array is locked. */
static void set_values(struct sem_array *sma, const u16 *values)
{
	struct sem_undo *un;

	for (int i = 0; i < sma->sem_nsems; i++) {
		sma->sems[i].semval = values[i];
		sma->sems[i].sempid = current->tgid;
		cond_resched();
	}
	list_for_each_entry (un, &sma->list_id, list_id) {
		memset(un->semadj, 0, un->nsems * sizeof(un->semadj[0]));
		cond_resched();
	}
	sma->sem_ctime = get_seconds();
	do_smart_update(sma, NULL, 0, false);
	unmerge_queues(sma);
}

static int semctl_setall(int semid, const u16 __user *buf)
{
	struct kern_ipc_perm *perm = obtain_for(semid, SEM_ALTER);
	struct sem_array *sma;
	u16 *values;
	int err;

	if (IS_ERR(perm))
		return PTR_ERR(perm);
	perm->refcount++; /* the copy sleeps */
	sma = to_sem_array(perm);
	values = alloc_values(sma);
	err = values ? read_values(values, buf, sma->sem_nsems) : -ENOMEM;
	if (!err)
		err = ipc_lock_object(perm);
	if (!err) {
		set_values(sma, values);
		ipc_unlock_object(perm);
	}
	ipc_putref(perm);
	kvfree(values);
	return err;
}

/* ---- changing ---- */

static int semctl_setval(int semid, int semnum, int val)
{
	struct kern_ipc_perm *perm;
	struct sem_array *sma;
	struct sem_undo *un;
	int err;

	if (val > SEMVMX || val < 0)
		return -ERANGE;
	perm = ipc_obtain_object_check(&sem_ids, semid);
	if (IS_ERR(perm))
		return PTR_ERR(perm);
	sma = to_sem_array(perm);
	if (semnum < 0 || semnum >= sma->sem_nsems)
		return -EINVAL;
	if (ipcperms(perm, SEM_ALTER))
		return -EACCES;
	err = ipc_lock_object(perm);
	if (err)
		return err;
	list_for_each_entry (un, &sma->list_id, list_id)
		un->semadj[semnum] = 0;
	sma->sems[semnum].semval = val;
	sma->sems[semnum].sempid = current->tgid;
	sma->sem_ctime = get_seconds();
	do_smart_update(sma, NULL, 0, false);
	unmerge_queues(sma);
	ipc_unlock_object(perm);
	return 0;
}

static int semctl_set(int semid, const void __user *buf, int version)
{
	struct kern_ipc_perm *perm;
	struct semid64_ds in;
	int err = copy_semid_from_user(&in, buf, version);

	if (err)
		return err;
	perm = ipcctl_obtain_check(&sem_ids, semid);
	if (IS_ERR(perm))
		return PTR_ERR(perm);
	err = ipc_update_perm(&in.sem_perm, perm);
	if (!err)
		to_sem_array(perm)->sem_ctime = get_seconds();
	return err;
}

/* The calls on the queue fail: their array is gone. */
static void fail_queue(struct sem_array *sma, struct list_head *queue)
{
	struct sem_queue *q, *n;

	list_for_each_entry_safe (q, n, queue, list) {
		unlink_queue(sma, q);
		wake_up_sem_queue(q, -EIDRM);
		cond_resched();
	}
}

static int semctl_rmid(int semid)
{
	struct kern_ipc_perm *perm = ipcctl_obtain_check(&sem_ids, semid);
	struct sem_array *sma;
	int err;

	if (IS_ERR(perm))
		return PTR_ERR(perm);
	err = ipc_lock_object(perm);
	if (err)
		return err;
	sma = to_sem_array(perm);
	free_undos(sma);
	fail_queue(sma, &sma->pending_const);
	fail_queue(sma, &sma->pending_alter);
	for (int i = 0; i < sma->sem_nsems; i++) {
		fail_queue(sma, &sma->sems[i].pending_const);
		fail_queue(sma, &sma->sems[i].pending_alter);
		cond_resched();
	}
	ipc_rmid(&sem_ids, perm);
	used_sems -= sma->sem_nsems;
	ipc_putref(perm); /* the tables' */
	ipc_unlock_object(perm);
	return 0;
}

long do_semctl(int semid, int semnum, int cmd, unsigned long arg, int version)
{
	void __user *p = (void __user *)arg;

	if (semid < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
	case SEM_INFO:
		return semctl_info(cmd, p);
	case IPC_STAT:
	case SEM_STAT:
	case SEM_STAT_ANY:
		return semctl_stat(semid, cmd, p, version);
	case GETALL:
		return semctl_getall(semid, p);
	case SETALL:
		return semctl_setall(semid, p);
	case GETVAL:
	case GETPID:
	case GETNCNT:
	case GETZCNT:
		return semctl_get(semid, semnum, cmd);
	case SETVAL:
		return semctl_setval(semid, semnum, arg);
	case IPC_SET:
		return semctl_set(semid, p, version);
	case IPC_RMID:
		return semctl_rmid(semid);
	}
	return -EINVAL;
}
