/*
 * Semaphores of System V inside: shared by sem.c (operations and wake-ups), semctl.c and
 * sem_undo.c.
 */
#ifndef KERNEL_IPC_SEM_H
#define KERNEL_IPC_SEM_H

#include "kernel/ipc/util.h"
#include <linux/sem.h>

struct task_struct;

/* One semaphore. On its queues are the calls that wait for it and for nothing else. */
struct sem {
	int semval;
	pid_t sempid;			/* who changed it last */
	struct list_head pending_alter; /* that want to change it */
	struct list_head pending_const; /* that wait for zero */
};

/*
 * An array; sem_perm.lock guards it. A call with several operations waits on the array's own
 * queues; while there is one, all calls that change a semaphore wait there, in the order in which
 * they came.
 */
struct sem_array {
	struct kern_ipc_perm sem_perm;
	time64_t sem_ctime, sem_otime;
	struct list_head pending_alter, pending_const;
	struct list_head list_id; /* struct sem_undo.list_id */
	int sem_nsems;
	int complex_count; /* waiting calls with several operations */
	struct sem sems[];
};

/* A semop that waits, on the stack of its task. */
struct sem_queue {
	struct list_head list;
	struct task_struct *sleeper;
	struct sem_undo *undo; /* NULL: without SEM_UNDO */
	pid_t pid;
	int status; /* -EINTR while it waits, then the result */
	struct sembuf *sops, *blocking;
	unsigned int nsops;
	bool alter; /* it would change a semaphore */
};

/* What a process adds to the semaphores of an array when it exits. */
struct sem_undo {
	struct list_head list_proc; /* in the list of the process */
	struct list_head list_id;   /* in the array's */
	int semid;
	int nsems;
	short semadj[];
};

/* All of these of the tasks that share them (CLONE_SYSVSEM). */
struct sem_undo_list {
	int refcnt;
	struct list_head list_proc;
};

static inline struct sem_array *to_sem_array(struct kern_ipc_perm *perm)
{
	return container_of(perm, struct sem_array, sem_perm);
}

extern int used_sems; /* semaphores of all arrays */
#define sc_semmsl sem_ctls[0]
#define sc_semmns sem_ctls[1]
#define sc_semopm sem_ctls[2]
#define sc_semmni sem_ctls[3]

/* The array is locked, in all of the following; they reschedule. */
/*
 * Semaphores have changed: those of the operations, or any if sops is NULL. Let the waiting calls
 * go on that can now. `otime`: the change counts as an operation.
 */
void do_smart_update(struct sem_array *sma, const struct sembuf *sops, unsigned int nsops,
		     bool otime);
/* The call does not wait any more: take it off its queue. */
void unlink_queue(struct sem_array *sma, struct sem_queue *q);
/* Tell the unlinked call its result. Its memory may be gone afterwards. */
void wake_up_sem_queue(struct sem_queue *q, int error);
/* To be called last: once no call with several operations waits any more, each waits on the queue
   of its semaphore. */
void unmerge_queues(struct sem_array *sma);

/* sem_undo.c */
/* current's adjustments for an array, or NULL. */
struct sem_undo *lookup_undo(int semid);
/* Make sure that they exist. 0 or -errno; sleeps. The array is not locked. */
int alloc_undo(int semid);
/* Free the adjustments of all processes for an array. It is locked. */
void free_undos(struct sem_array *sma);

#endif
