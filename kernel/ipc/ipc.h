/*
 * System V IPC: shared memory, semaphores and message queues, which programs find by numbers and
 * not by names of files. This header has what the rest of the kernel uses; util.h has what the
 * three kinds share.
 */
#ifndef KERNEL_IPC_IPC_H
#define KERNEL_IPC_IPC_H

#include "kernel/abi/types.h"

struct ctl_table;
struct file;
struct ipc_proc_iface;
struct sembuf;
struct msgbuf;
struct task_struct;
struct timespec64;

/* Boot: before the first task that may call anything below. */
void ipc_init(void);

/*
 * The system calls. `version` is IPC_64 or IPC_OLD: the layout of the structures that a ..ctl call
 * copies. All return what the call returns, or -errno, and may sleep.
 */
/* shmget(2) and its relatives: shm.c, shmctl.c. */
long do_shmget(key_t key, size_t size, int shmflg);
/* 0, and the address in *raddr. */
long do_shmat(int shmid, unsigned long addr, int shmflg, unsigned long *raddr);
long do_shmdt(unsigned long addr);
long do_shmctl(int shmid, int cmd, void __user *buf, int version);
/* semget(2) and its relatives: sem.c, semctl.c. */
long do_semget(key_t key, int nsems, int semflg);
/* timeout: from now, or NULL: none. Never -ERESTART...: semop is not restarted. */
long do_semtimedop(int semid, const struct sembuf __user *tsops, unsigned int nsops,
		   const struct timespec64 *timeout);
/* arg: the fourth argument, a number or a user address. */
long do_semctl(int semid, int semnum, int cmd, unsigned long arg, int version);
/* msgget(2) and its relatives: msg.c, msgctl.c. The two in the middle may return -ERESTARTNOHAND.
 */
long do_msgget(key_t key, int msgflg);
long do_msgsnd(int msqid, struct msgbuf __user *msgp, size_t msgsz, int msgflg);
long do_msgrcv(int msqid, struct msgbuf __user *msgp, size_t bufsz, long msgtyp, int msgflg);
long do_msgctl(int msqid, int cmd, void __user *buf, int version);

/*
 * Fork: p shares current's adjustments of semaphores if clone_flags has CLONE_SYSVSEM, else it has
 * none. 0 or -ENOMEM.
 */
int copy_semundo(unsigned long clone_flags, struct task_struct *p);
/* p exits, or could not be created: the last task that shares them makes the adjustments. */
void exit_sem(struct task_struct *p);
/* p exits: with shm_rmid_forced, the segments that it created and nobody has attached go too. */
void exit_shm(struct task_struct *p);

/* /proc/sysvipc: open the table of one kind. 0 or -ENOMEM. */
int sysvipc_proc_open(struct file *file, const struct ipc_proc_iface *iface);
extern const struct ipc_proc_iface shm_proc_iface, sem_proc_iface, msg_proc_iface;

/* The limits, in /proc/sys/kernel. */
extern unsigned long shm_ctlmax; /* bytes of a segment */
extern unsigned long shm_ctlall; /* pages of all segments */
extern int shm_ctlmni;		 /* segments */
extern int shm_rmid_forced;	 /* see exit_shm() */
#define SEM_CTLS 4
extern int sem_ctls[SEM_CTLS]; /* semmsl, semmns, semopm, semmni */
extern int msg_ctlmax, msg_ctlmnb, msg_ctlmni;
/* shm_rmid_forced has been set: remove the segments whose creators have exited and that nobody has
   attached. May sleep. */
void shm_destroy_orphaned(void);

#endif
