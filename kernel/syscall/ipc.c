/*
 * System calls: System V IPC. i386 had them as one call, ipc(2), with a number that says which is
 * meant; since Linux 5.1 each has a number of its own, too. Those know the present layouts of
 * structures only.
 */
#include "kernel/ipc/ipc.h"
#include "kernel/sched/sched.h"
#include "kernel/syscall/syscall.h"
#include "kernel/syscall/timespec.h"
#include <linux/ipc.h>
#include <linux/msg.h>
#include <linux/sem.h>

SYSCALL_DEFINE3(shmget, key_t, key, size_t, size, int, shmflg)
{
	return do_shmget(key, size, shmflg);
}

SYSCALL_DEFINE3(shmat, int, shmid, unsigned long, addr, int, shmflg)
{
	unsigned long raddr;
	long err = do_shmat(shmid, addr, shmflg, &raddr);

	return err ? err : (long)raddr;
}

SYSCALL_DEFINE1(shmdt, unsigned long, addr)
{
	return do_shmdt(addr);
}

SYSCALL_DEFINE3(shmctl, int, shmid, int, cmd, void __user *, buf)
{
	return do_shmctl(shmid, cmd, buf, IPC_64);
}

SYSCALL_DEFINE3(semget, key_t, key, int, nsems, int, semflg)
{
	return do_semget(key, nsems, semflg);
}

SYSCALL_DEFINE4(semctl, int, semid, int, semnum, int, cmd, unsigned long, arg)
{
	return do_semctl(semid, semnum, cmd, arg, IPC_64);
}

SYSCALL_DEFINE4(semtimedop_time64, int, semid, struct sembuf __user *, tsops, unsigned int, nsops,
		const struct __kernel_timespec __user *, timeout)
{
	struct timespec64 ts;

	if (timeout && get_timespec64(&ts, timeout))
		return -EFAULT;
	return do_semtimedop(semid, tsops, nsops, timeout ? &ts : NULL);
}

SYSCALL_DEFINE2(msgget, key_t, key, int, msgflg)
{
	return do_msgget(key, msgflg);
}

SYSCALL_DEFINE4(msgsnd, int, msqid, struct msgbuf __user *, msgp, size_t, msgsz, int, msgflg)
{
	return do_msgsnd(msqid, msgp, msgsz, msgflg);
}

SYSCALL_DEFINE5(msgrcv, int, msqid, struct msgbuf __user *, msgp, size_t, msgsz, long, msgtyp, int,
		msgflg)
{
	return do_msgrcv(msqid, msgp, msgsz, msgtyp, msgflg);
}

SYSCALL_DEFINE3(msgctl, int, msqid, int, cmd, void __user *, buf)
{
	return do_msgctl(msqid, cmd, buf, IPC_64);
}

/* ---- ipc(2) ---- */

/* The arguments of ipc(2). */
struct ipc_args {
	int version; /* of the call's own arguments */
	int first;
	unsigned long second, third, ptr;
	long fifth;
};

/* The layout that a command is about, which is a bit of it. */
static int ipc_parse_version(int *cmd)
{
	int version = *cmd & IPC_64;

	*cmd &= ~IPC_64;
	return version;
}

static long ipc_semtimedop(const struct ipc_args *a, bool timed)
{
	const struct __kernel_old_timespec __user *timeout = (void __user *)a->fifth;
	struct timespec64 ts;

	timed = timed && timeout;
	if (timed && get_old_timespec(&ts, timeout))
		return -EFAULT;
	return do_semtimedop(a->first, (struct sembuf __user *)a->ptr, a->second,
			     timed ? &ts : NULL);
}

static long ipc_semctl(const struct ipc_args *a)
{
	int cmd = a->third, version = ipc_parse_version(&cmd);
	unsigned long arg;

	if (!a->ptr)
		return -EINVAL;
	if (get_user(arg, (unsigned long __user *)a->ptr))
		return -EFAULT;
	return do_semctl(a->first, a->second, cmd, arg, version);
}

static long ipc_msgrcv(const struct ipc_args *a)
{
	struct ipc_kludge tmp = {(struct msgbuf *)a->ptr, a->fifth};

	if (!a->version) {
		if (!a->ptr)
			return -EINVAL;
		if (copy_from_user(&tmp, (void __user *)a->ptr, sizeof(tmp)))
			return -EFAULT;
	}
	return do_msgrcv(a->first, tmp.msgp, a->second, tmp.msgtyp, a->third);
}

static long ipc_shmat(const struct ipc_args *a)
{
	unsigned long raddr;
	long err;

	if (a->version == 1) /* what iBCS2 used */
		return -EINVAL;
	err = do_shmat(a->first, a->ptr, a->second, &raddr);
	if (err)
		return err;
	return put_user(raddr, (unsigned long __user *)a->third) ? -EFAULT : 0;
}

/* msgctl or shmctl. */
static long ipc_ctl(const struct ipc_args *a, long (*ctl)(int, int, void __user *, int))
{
	int cmd = a->second, version = ipc_parse_version(&cmd);

	return ctl(a->first, cmd, (void __user *)a->ptr, version);
}

static long ipc_call(unsigned int call, const struct ipc_args *a)
{
	switch (call) {
	case SEMOP:
	case SEMTIMEDOP:
		return ipc_semtimedop(a, call == SEMTIMEDOP);
	case SEMGET:
		return do_semget(a->first, a->second, a->third);
	case SEMCTL:
		return ipc_semctl(a);
	case MSGSND:
		return do_msgsnd(a->first, (struct msgbuf __user *)a->ptr, a->second, a->third);
	case MSGRCV:
		return ipc_msgrcv(a);
	case MSGGET:
		return do_msgget(a->first, a->second);
	case MSGCTL:
		return ipc_ctl(a, do_msgctl);
	case SHMAT:
		return ipc_shmat(a);
	case SHMDT:
		return do_shmdt(a->ptr);
	case SHMGET:
		return do_shmget(a->first, a->second, a->third);
	case SHMCTL:
		return ipc_ctl(a, do_shmctl);
	}
	return -ENOSYS;
}

#define IPC_VERSION_SHIFT 16
#define IPC_CALL_MASK	  0xffff

SYSCALL_DEFINE6(ipc, unsigned int, call, int, first, unsigned long, second, unsigned long, third,
		unsigned long, ptr, long, fifth)
{
	const struct ipc_args args = {
		.version = call >> IPC_VERSION_SHIFT,
		.first = first,
		.second = second,
		.third = third,
		.ptr = ptr,
		.fifth = fifth,
	};

	return ipc_call(call & IPC_CALL_MASK, &args);
}
