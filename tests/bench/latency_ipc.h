/*
 * The part of latency_calls.h that is about System V IPC. What it makes is removed again when the
 * measurement ends: see remove_ipc().
 */
#ifndef LATENCY_IPC_H
#define LATENCY_IPC_H

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARRAY	 32000 /* semaphores of an array */
#define OPS	 500   /* of a call */
#define SLEEPERS 200
#define MESSAGES 16384 /* without text, in one queue */
#define ATTACHES 3000

static unsigned short values[ARRAY];

static int new_array(void)
{
	return semget(IPC_PRIVATE, ARRAY, 0600);
}

/* Processes that wait on the last semaphore after many operations that are possible, and have
   something to undo. */
static void wait_in_line(int id)
{
	struct sembuf sops[OPS] = {};

	for (int i = 0; i < OPS; i++)
		sops[i].sem_num = i;
	sops[OPS - 1] = (struct sembuf){ARRAY - 1, -2, SEM_UNDO};
	for (int i = 0; i < SLEEPERS; i++) {
		if (fork())
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		semop(id, sops, OPS);
		_exit(0);
	}
	usleep(100000);
}

static void wake_in_vain(void)
{
	struct sembuf up = {ARRAY - 1, 1, 0}, down = {ARRAY - 1, -1, IPC_NOWAIT};
	int id = new_array();

	for (wait_in_line(id);;) {
		semop(id, &up, 1);
		semop(id, &down, 1);
	}
}

static void set_semaphores(void)
{
	int id = new_array();

	for (wait_in_line(id);;) {
		semctl(id, 0, SETALL, values);
		semctl(id, 0, GETALL, values);
	}
}

static void remove_arrays(void)
{
	for (;;) {
		int id = new_array();

		wait_in_line(id);
		semctl(id, 0, IPC_RMID);
		while (wait(NULL) > 0)
			;
	}
}

static void undo_at_exit(void)
{
	int ids[8];

	for (int i = 0; i < 8; i++)
		ids[i] = new_array();
	for (;;) {
		if (!fork()) {
			for (int i = 0; i < 8; i++)
				semop(ids[i], &(struct sembuf){i, 1, SEM_UNDO}, 1);
			_exit(0);
		}
		wait(NULL);
	}
}

static int full_queue(void)
{
	int id = msgget(IPC_PRIVATE, 0600);
	long type = 1;

	for (int i = 0; i < MESSAGES; i++)
		msgsnd(id, &type, 0, IPC_NOWAIT);
	return id;
}

static void search_messages(void)
{
	int id = full_queue();
	long type;

	for (;;)
		msgrcv(id, &type, 0, 2, IPC_NOWAIT);
}

static void remove_queues(void)
{
	for (;;)
		msgctl(full_queue(), IPC_RMID, NULL);
}

static void attach_and_exit(void)
{
	int id = shmget(IPC_PRIVATE, 4096, 0600);

	for (;;) {
		if (!fork()) {
			for (int i = 0; i < ATTACHES; i++)
				shmat(id, NULL, i & 1 ? SHM_RDONLY : 0);
			_exit(0);
		}
		wait(NULL);
	}
}

static void remove_ipc(void)
{
	struct seminfo sems;
	struct shm_info shms;
	struct msginfo msgs;
	struct semid_ds ds;
	struct shmid_ds shm;
	struct msqid_ds msq;
	int i, id;

	for (i = semctl(0, 0, SEM_INFO, &sems); i >= 0; i--)
		if ((id = semctl(i, 0, SEM_STAT, &ds)) >= 0)
			semctl(id, 0, IPC_RMID);
	for (i = shmctl(0, SHM_INFO, (struct shmid_ds *)&shms); i >= 0; i--)
		if ((id = shmctl(i, SHM_STAT, &shm)) >= 0)
			shmctl(id, IPC_RMID, NULL);
	for (i = msgctl(0, MSG_INFO, (struct msqid_ds *)&msgs); i >= 0; i--)
		if ((id = msgctl(i, MSG_STAT, &msq)) >= 0)
			msgctl(id, IPC_RMID, NULL);
}

#define LATENCY_IPC_CALLS                                                             \
	{"semop with others waiting", wake_in_vain}, {"SETALL", set_semaphores},      \
		{"removal of semaphores", remove_arrays}, {"SEM_UNDO", undo_at_exit}, \
		{"msgrcv", search_messages}, {"removal of messages", remove_queues},  \
	{                                                                             \
		"exit with many attaches", attach_and_exit                            \
	}

#endif
