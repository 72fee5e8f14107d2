/*
 * System V IPC by both ways: the calls with numbers of their own, and ipc(2) with the present
 * layouts. A BOTH_TEST runs as two cases.
 */
#ifndef TESTS_GUEST_SYSVIPC_H
#define TESTS_GUEST_SYSVIPC_H

#include "procfile.h"
#include <grp.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <time.h>

#define IPC64 0x100 /* a bit of ..ctl commands in ipc(2) */

enum {
	SEMOP_CALL = 1,
	SEMGET_CALL,
	SEMCTL_CALL,
	SEMTIMEDOP_CALL,
	MSGSND_CALL = 11,
	MSGRCV_CALL,
	MSGGET_CALL,
	MSGCTL_CALL,
	SHMAT_CALL = 21,
	SHMDT_CALL,
	SHMGET_CALL,
	SHMCTL_CALL
};

static int by_ipc;

#define BOTH_TEST(NAME)                \
	static void both_##NAME(void); \
	TEST(NAME)                     \
	{                              \
		both_##NAME();         \
	}                              \
	TEST(NAME##_by_ipc)            \
	{                              \
		by_ipc = 1;            \
		both_##NAME();         \
	}                              \
	static void both_##NAME(void)

/* The calls are macros, so that CHECK_ERRNO shows their arguments. */
#define ipc_call(...) syscall(SYS_ipc, __VA_ARGS__)
#define shm_get(KEY, SIZE, FLAGS)                                        \
	(by_ipc ? ipc_call(SHMGET_CALL, (KEY), (SIZE), (FLAGS), NULL, 0) \
		: syscall(SYS_shmget, (KEY), (SIZE), (FLAGS)))
#define shm_dt(ADDR) \
	(by_ipc ? ipc_call(SHMDT_CALL, 0, 0, 0, (ADDR), 0) : syscall(SYS_shmdt, (ADDR)))
#define shm_ctl(ID, CMD, BUF)                                             \
	(by_ipc ? ipc_call(SHMCTL_CALL, (ID), (CMD) | IPC64, 0, (BUF), 0) \
		: syscall(SYS_shmctl, (ID), (CMD), (BUF)))
#define sem_get(KEY, NSEMS, FLAGS)                                        \
	(by_ipc ? ipc_call(SEMGET_CALL, (KEY), (NSEMS), (FLAGS), NULL, 0) \
		: syscall(SYS_semget, (KEY), (NSEMS), (FLAGS)))
#define msg_get(KEY, FLAGS)                                         \
	(by_ipc ? ipc_call(MSGGET_CALL, (KEY), (FLAGS), 0, NULL, 0) \
		: syscall(SYS_msgget, (KEY), (FLAGS)))
#define msg_snd(ID, BUF, SIZE, FLAGS)                                    \
	(by_ipc ? ipc_call(MSGSND_CALL, (ID), (SIZE), (FLAGS), (BUF), 0) \
		: syscall(SYS_msgsnd, (ID), (BUF), (SIZE), (FLAGS)))
#define msg_ctl(ID, CMD, BUF)                                             \
	(by_ipc ? ipc_call(MSGCTL_CALL, (ID), (CMD) | IPC64, 0, (BUF), 0) \
		: syscall(SYS_msgctl, (ID), (CMD), (BUF)))

__attribute__((unused)) static char *shm_at(int id, const void *addr, int flags)
{
	char *at = NULL;

	if (!by_ipc)
		return (char *)syscall(SYS_shmat, id, addr, flags);
	return ipc_call(SHMAT_CALL, id, flags, &at, addr, 0) ? (char *)-1 : at;
}

__attribute__((unused)) static long sem_ctl(int id, int num, int cmd, unsigned long arg)
{
	if (!by_ipc)
		return syscall(SYS_semctl, id, num, cmd, arg);
	return ipc_call(SEMCTL_CALL, id, num, cmd | IPC64, &arg, 0);
}

/* timeout: milliseconds; negative: none. */
__attribute__((unused)) static long sem_op(int id, const struct sembuf *ops, unsigned int n,
					   long timeout)
{
	struct {
		long long sec, nsec;
	} ts64 = {timeout / 1000, timeout % 1000 * 1000000};
	struct {
		long sec, nsec;
	} ts = {timeout / 1000, timeout % 1000 * 1000000};

	if (!by_ipc)
		return syscall(SYS_semtimedop_time64, id, ops, n, timeout < 0 ? NULL : &ts64);
	if (timeout < 0)
		return ipc_call(SEMOP_CALL, id, n, 0, ops, 0);
	return ipc_call(SEMTIMEDOP_CALL, id, n, 0, ops, &ts);
}

__attribute__((unused)) static long msg_rcv(int id, void *buf, size_t size, long type, int flags)
{
	struct {
		void *buf;
		long type;
	} kludge = {buf, type};

	if (!by_ipc)
		return syscall(SYS_msgrcv, id, buf, size, type, flags);
	return ipc_call(MSGRCV_CALL, id, size, flags, &kludge, 0);
}

/* A key that nobody else uses. */
__attribute__((unused)) static int new_key(void)
{
	return getpid() << 8 | 0x55;
}

/* The line of an object in a file of /proc/sysvipc; "" if it has none. Valid until the next call.
 */
__attribute__((unused)) static const char *ipc_line(const char *path, int id)
{
	char *line = slurp(path), *end;
	int key, other;

	while ((line = strchr(line, '\n')) && *++line) {
		end = strchr(line, '\n');
		CHECK(end && sscanf(line, "%d %d", &key, &other) == 2);
		if (other == id) {
			*end = '\0';
			return line;
		}
	}
	return "";
}

__attribute__((unused)) static unsigned long sysctl_number(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/sys/kernel/%s", name);
	return strtoul(slurp(path), NULL, 10);
}

/* => what try_write() returns. */
__attribute__((unused)) static int set_sysctl(const char *name, const char *value)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/sys/kernel/%s", name);
	return try_write(path, value);
}

/* Waits until `pid` sleeps (or is gone). */
__attribute__((unused)) static void wait_for_sleep(pid_t pid)
{
	char state = 'R';

	while (state == 'R') {
		usleep(1000);
		sscanf(strrchr(slurp_pid(pid, "stat"), ')'), ") %c", &state);
	}
}

__attribute__((unused)) static void become_user(uid_t uid)
{
	CHECK(!setgroups(0, NULL) && !setresgid(uid, uid, uid) && !setresuid(uid, uid, uid));
}

/* The statement, by a child with other ids. */
#define AS_USER(UID, STATEMENT)           \
	do {                              \
		pid_t user_ = fork();     \
		if (!user_) {             \
			become_user(UID); \
			STATEMENT;        \
			_exit(0);         \
		}                         \
		CHECK(user_ > 0);         \
		CHECK_CHILD(user_);       \
	} while (0)

#endif
