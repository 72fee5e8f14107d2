/* System V semaphores: operations, waiting, the order of wake-ups. */
#include "sysvipc.h"
#include <sched.h>
#include <sys/mman.h>

static int new_array(int nsems)
{
	int id = sem_get(IPC_PRIVATE, nsems, IPC_CREAT | 0600);

	CHECK(id >= 0);
	return id;
}

static void remove_array(int id)
{
	CHECK_EQ(sem_ctl(id, 0, IPC_RMID, 0), 0);
}

static void set_value(int id, int num, int value)
{
	CHECK_EQ(sem_ctl(id, num, SETVAL, value), 0);
}

#define VALUE(ID, NUM) sem_ctl((ID), (NUM), GETVAL, 0)

/* One operation. */
static long op1(int id, int num, int op, int flags)
{
	struct sembuf sop = {num, op, flags};

	return sem_op(id, &sop, 1, -1);
}

static long op2(int id, int num, int op, int num2, int op2, int flags)
{
	struct sembuf sops[] = {{num, op, flags}, {num2, op2, flags}};

	return sem_op(id, sops, 2, -1);
}

static int *shared; /* what children write */

static void make_shared(void)
{
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(shared != MAP_FAILED);
}

/* A child that performs the operations, then writes its number behind those that came before it. */
static pid_t waiter(int number, int id, const struct sembuf *sops, int n)
{
	pid_t pid = fork();

	if (!pid) {
		if (sem_op(id, sops, n, -1))
			_exit(2);
		shared[++shared[0]] = number;
		_exit(0);
	}
	CHECK(pid > 0);
	wait_for_sleep(pid);
	return pid;
}

static pid_t waiter1(int number, int id, int num, int op)
{
	const struct sembuf sop = {num, op, 0};

	return waiter(number, id, &sop, 1);
}

static void wait_for_all(int n)
{
	int status;

	while (n--) {
		CHECK(wait(&status) > 0);
		CHECK_EQ(status, 0);
	}
}

BOTH_TEST(semget_finds_and_makes_arrays)
{
	int key = new_key(), id;

	CHECK_ERRNO(sem_get(key, 3, 0600), ENOENT);
	CHECK_ERRNO(sem_get(key, 0, IPC_CREAT | 0600), EINVAL);
	CHECK_ERRNO(sem_get(key, -1, IPC_CREAT | 0600), EINVAL);
	CHECK_ERRNO(sem_get(key, 32001, IPC_CREAT | 0600), EINVAL);
	id = sem_get(key, 3, IPC_CREAT | IPC_EXCL | 0600);
	CHECK(id >= 0);
	CHECK_ERRNO(sem_get(key, 3, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
	CHECK_ERRNO(sem_get(key, 4, 0600), EINVAL);
	CHECK_EQ(sem_get(key, 2, IPC_CREAT | 0600), id);
	CHECK_EQ(sem_get(key, 0, 0), id);
	CHECK_EQ(VALUE(id, 2), 0);
	remove_array(id);
	CHECK_ERRNO(VALUE(id, 2), EINVAL);
	CHECK_ERRNO(op1(id, 0, 1, 0), EINVAL);
	CHECK_ERRNO(op1(id, 0, 1, SEM_UNDO), EINVAL);
	CHECK_ERRNO(sem_ctl(id, 0, IPC_RMID, 0), EINVAL);
	CHECK_ERRNO(sem_ctl(-1, 0, GETVAL, 0), EINVAL);
	CHECK_ERRNO(sem_ctl(id, 0, 99, 0), EINVAL);
}

BOTH_TEST(an_array_is_described)
{
	time_t before = time(NULL) - 1;
	int key = new_key(), id = sem_get(key, 7, IPC_CREAT | 0640);
	struct semid_ds ds;

	CHECK_EQ(sem_ctl(id, 0, IPC_STAT, (long)&ds), 0);
	CHECK_EQ(ds.sem_perm.__key, key);
	CHECK_EQ(ds.sem_perm.mode, 0640);
	CHECK_EQ(ds.sem_perm.__seq, id >> 15);
	CHECK_EQ(ds.sem_otime, 0);
	CHECK(ds.sem_ctime >= before && ds.sem_ctime <= time(NULL));
	CHECK_EQ(ds.sem_nsems, 7);
	CHECK_EQ(op1(id, 0, 0, 0), 0);
	CHECK_EQ(sem_ctl(id, 0, IPC_STAT, (long)&ds), 0);
	CHECK(ds.sem_otime >= before && ds.sem_otime <= time(NULL));
	ds.sem_perm.mode = 0777600;
	ds.sem_perm.uid = 5;
	CHECK_EQ(sem_ctl(id, 0, IPC_SET, (long)&ds), 0);
	CHECK_EQ(sem_ctl(id & 32767, 0, SEM_STAT, (long)&ds), id);
	CHECK_EQ(ds.sem_perm.mode, 0600);
	CHECK_EQ(ds.sem_perm.uid, 5);
	CHECK_ERRNO(sem_ctl(id, 0, IPC_STAT, 1), EFAULT);
	CHECK_ERRNO(sem_ctl(id, 0, IPC_SET, 1), EFAULT);
	remove_array(id);
	CHECK_ERRNO(sem_ctl(id, 0, IPC_STAT, (long)&ds), EINVAL);
}

BOTH_TEST(values)
{
	int id = new_array(3);
	unsigned short values[3] = {1, 2, 32767};
	pid_t pid;

	set_value(id, 1, 32767);
	CHECK_ERRNO(sem_ctl(id, 1, SETVAL, 32768), ERANGE);
	CHECK_ERRNO(sem_ctl(id, 1, SETVAL, -1), ERANGE);
	CHECK_ERRNO(sem_ctl(id, 3, SETVAL, 1), EINVAL);
	CHECK_ERRNO(sem_ctl(id, -1, SETVAL, 1), EINVAL);
	CHECK_ERRNO(sem_ctl(id, 3, GETVAL, 0), EINVAL);
	CHECK_ERRNO(sem_ctl(id, -1, GETNCNT, 0), EINVAL);
	CHECK_EQ(VALUE(id, 1), 32767);
	CHECK_EQ(sem_ctl(id, 0, GETPID, 0), 0);
	CHECK_EQ(sem_ctl(id, 1, GETPID, 0), getpid());
	CHECK_EQ(sem_ctl(id, 99, SETALL, (long)values), 0);
	memset(values, 0, sizeof(values));
	CHECK_EQ(sem_ctl(id, -5, GETALL, (long)values), 0);
	CHECK_EQ(values[0], 1);
	CHECK_EQ(values[2], 32767);
	CHECK_EQ(sem_ctl(id, 0, GETPID, 0), getpid());
	values[0] = 9;
	values[1] = 40000;
	CHECK_ERRNO(sem_ctl(id, 0, SETALL, (long)values), ERANGE);
	CHECK_EQ(VALUE(id, 0), 1);
	CHECK_ERRNO(sem_ctl(id, 0, SETALL, 1), EFAULT);
	CHECK_ERRNO(sem_ctl(id, 0, GETALL, 1), EFAULT);
	pid = fork();
	if (!pid)
		_exit(op1(id, 0, -1, 0));
	CHECK_CHILD(pid);
	CHECK_EQ(sem_ctl(id, 0, GETPID, 0), pid);
	CHECK_EQ(sem_ctl(id, 0, GETNCNT, 0), 0);
	CHECK_EQ(sem_ctl(id, 0, GETZCNT, 0), 0);
	remove_array(id);
}

BOTH_TEST(operations_happen_together_or_not_at_all)
{
	const int no = IPC_NOWAIT;
	int id = new_array(3);
	struct sembuf sops[501] = {};

	CHECK_EQ(op2(id, 0, 2, 1, 1, no), 0);
	CHECK_EQ(op2(id, 0, -2, 1, 0, 0 | no), -1);
	CHECK_EQ(errno, EAGAIN);
	CHECK_EQ(VALUE(id, 0), 2);
	CHECK_EQ(op2(id, 1, -1, 1, 0, no), 0); /* one after the other */
	CHECK_EQ(VALUE(id, 1), 0);
	CHECK_ERRNO(op2(id, 1, 1, 1, -2, no), EAGAIN);
	CHECK_EQ(op2(id, 1, 1, 1, -1, no), 0);
	CHECK_ERRNO(op1(id, 0, -3, no), EAGAIN);
	CHECK_ERRNO(op1(id, 0, 0, no), EAGAIN);
	CHECK_EQ(op1(id, 0, 32765, no), 0);
	CHECK_ERRNO(op1(id, 0, 1, no), ERANGE);
	CHECK_ERRNO(op2(id, 2, 5, 0, 1, no), ERANGE);
	CHECK_EQ(VALUE(id, 2), 0);
	CHECK_ERRNO(op1(id, 3, 1, no), EFBIG);
	CHECK_ERRNO(op1(id, 65535, 1, no), EFBIG);
	CHECK_ERRNO(sem_op(id, sops, 0, -1), EINVAL);
	CHECK_ERRNO(sem_op(id, sops, 501, -1), E2BIG);
	CHECK_ERRNO(sem_op(id, (void *)1, 1, -1), EFAULT);
	CHECK_ERRNO(sem_op(-1, (void *)1, 1, -1), EFAULT);
	CHECK_ERRNO(sem_op(-1, sops, 1, -1), EINVAL);
	for (int i = 0; i < 500; i++)
		sops[i].sem_num = 1, sops[i].sem_op = i & 1 ? -1 : 1;
	CHECK_EQ(sem_op(id, sops, 500, -1), 0);
	CHECK_EQ(VALUE(id, 1), 0);
	remove_array(id);
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

BOTH_TEST(waiting_has_an_end)
{
	struct sembuf down = {0, -1, 0};
	long long start = now_ms();
	int id = new_array(1);
	long bad[4] = {-1, -1, 0, 0};

	CHECK_ERRNO(sem_op(id, &down, 1, 60), EAGAIN);
	CHECK(now_ms() >= start + 60);
	CHECK_ERRNO(sem_op(id, &down, 1, 0), EAGAIN);
	CHECK_EQ(sem_ctl(id, 0, GETNCNT, 0), 0);
	if (by_ipc) {
		CHECK_ERRNO(ipc_call(SEMTIMEDOP_CALL, id, 1, 0, &down, bad), EINVAL);
		CHECK_ERRNO(ipc_call(SEMTIMEDOP_CALL, id, 1, 0, &down, 1), EFAULT);
		bad[0] = 0, bad[1] = 1000000000;
		CHECK_ERRNO(ipc_call(SEMTIMEDOP_CALL, id, 1, 0, &down, bad), EINVAL);
	} else {
		CHECK_ERRNO(syscall(SYS_semtimedop_time64, id, &down, 1, bad), EINVAL);
		CHECK_ERRNO(syscall(SYS_semtimedop_time64, id, &down, 1, 1), EFAULT);
		CHECK_ERRNO(syscall(SYS_semtimedop_time64, id, NULL, 1, bad), EFAULT);
	}
	set_value(id, 0, 1);
	CHECK_EQ(sem_op(id, &down, 1, 0), 0);
	remove_array(id);
}

static void handler(int sig)
{
}

/* Always EINTR, whatever the action says; a stop and SIGCONT interrupt it too. */
BOTH_TEST(semop_is_never_restarted)
{
	const struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_RESTART};
	int id = new_array(1), status, i;
	pid_t pid;

	for (i = 0; i < 2; i++) {
		pid = fork();
		if (!pid) {
			sigaction(SIGUSR1, &sa, NULL);
			CHECK_ERRNO(op1(id, 0, -1, 0), EINTR);
			_exit(0);
		}
		wait_for_sleep(pid);
		CHECK_EQ(sem_ctl(id, 0, GETNCNT, 0), 1);
		if (i) {
			kill(pid, SIGSTOP);
			CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
			kill(pid, SIGCONT);
		} else {
			kill(pid, SIGUSR1);
		}
		CHECK_CHILD(pid);
		CHECK_EQ(sem_ctl(id, 0, GETNCNT, 0), 0);
	}
	remove_array(id);
}

BOTH_TEST(removal_wakes_with_an_error)
{
	int id = new_array(2), i;
	pid_t pids[4];

	set_value(id, 1, 1);
	for (i = 0; i < 4; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			if (i < 2)
				CHECK_ERRNO(op1(id, i, i ? 0 : -1, SEM_UNDO), EIDRM);
			else
				CHECK_ERRNO(op2(id, 0, i == 2 ? -1 : 0, 1, 0, 0), EIDRM);
			_exit(0);
		}
		wait_for_sleep(pids[i]);
	}
	CHECK_EQ(sem_ctl(id, 0, GETNCNT, 0), 2);
	CHECK_EQ(sem_ctl(id, 1, GETZCNT, 0), 2);
	CHECK_EQ(sem_ctl(id, 0, GETZCNT, 0), 0);
	remove_array(id);
	for (i = 0; i < 4; i++)
		CHECK_CHILD(pids[i]);
}

BOTH_TEST(who_waited_longest_is_served_first)
{
	int id = new_array(2), i;

	make_shared();
	for (i = 1; i <= 3; i++)
		waiter1(i, id, 0, -1);
	CHECK_EQ(sem_ctl(id, 0, GETNCNT, 0), 3);
	for (i = 1; i <= 3; i++) {
		CHECK_EQ(op1(id, 0, 1, 0), 0);
		wait_for_all(1);
		CHECK_EQ(shared[0], i);
		CHECK_EQ(shared[i], i);
	}
	CHECK_EQ(VALUE(id, 0), 0);
	/* one that wants more does not hold up those that want less */
	waiter1(4, id, 0, -3);
	waiter1(5, id, 0, -1);
	CHECK_EQ(op1(id, 0, 2, 0), 0);
	wait_for_all(1);
	CHECK_EQ(shared[4], 5);
	CHECK_EQ(VALUE(id, 0), 1);
	CHECK_EQ(op1(id, 0, 2, 0), 0);
	wait_for_all(1);
	CHECK_EQ(shared[5], 4);
	remove_array(id);
}

BOTH_TEST(those_that_wait_for_zero)
{
	int id = new_array(2);
	const struct sembuf both[] = {{0, 0, 0}, {1, 0, 0}};

	make_shared();
	set_value(id, 0, 1);
	set_value(id, 1, 1);
	waiter1(1, id, 0, 0);
	waiter(2, id, both, 2);
	CHECK_EQ(sem_ctl(id, 0, GETZCNT, 0), 2);
	CHECK_EQ(sem_ctl(id, 1, GETZCNT, 0), 0);
	CHECK_EQ(op1(id, 0, -1, 0), 0);
	wait_for_all(1);
	CHECK_EQ(shared[1], 1);
	CHECK_EQ(sem_ctl(id, 0, GETZCNT, 0), 0); /* it is blocked by the other now */
	CHECK_EQ(op1(id, 1, -1, 0), 0);
	wait_for_all(1);
	CHECK_EQ(shared[2], 2);
	remove_array(id);
}

/* A call with several operations waits with the single ones in one line. */
BOTH_TEST(complex_operations_wait_in_line)
{
	const struct sembuf two[] = {{0, -1, 0}, {1, -1, 0}}, pass[] = {{0, -1, 0}, {1, 1, 0}};
	int id = new_array(3);

	make_shared();
	waiter1(1, id, 1, -1);
	waiter(2, id, two, 2);
	waiter1(3, id, 0, -1);
	CHECK_EQ(sem_ctl(id, 0, GETNCNT, 0), 2);
	CHECK_EQ(sem_ctl(id, 1, GETNCNT, 0), 1);
	CHECK_EQ(op1(id, 0, 1, 0), 0); /* not enough for 2 */
	wait_for_all(1);
	CHECK_EQ(shared[1], 3);
	CHECK_EQ(op2(id, 0, 1, 1, 1, 0), 0); /* 1 takes what 2 needs */
	wait_for_all(1);
	CHECK_EQ(shared[2], 1);
	CHECK_EQ(VALUE(id, 0), 1);
	CHECK_EQ(op1(id, 1, 1, 0), 0);
	wait_for_all(1);
	CHECK_EQ(shared[3], 2);
	/* what one does lets another go on that stands before it */
	waiter1(4, id, 1, -1);
	waiter(5, id, pass, 2);
	CHECK_EQ(op1(id, 0, 1, 0), 0);
	wait_for_all(2);
	CHECK_EQ(shared[0], 5);
	CHECK_EQ(VALUE(id, 0) | VALUE(id, 1), 0);
	/* after the last complex one has gone, each semaphore has its own line again */
	waiter1(6, id, 0, -1);
	waiter1(7, id, 1, -1);
	CHECK_EQ(op2(id, 1, 1, 0, 1, 0), 0);
	wait_for_all(2);
	CHECK_EQ(shared[0], 7);
	remove_array(id);
}

/* Several tasks that one call wakes run in the order in which they were served. */
TEST(the_order_of_wake_ups)
{
	const struct sched_param low = {.sched_priority = 1}, high = {.sched_priority = 2};
	int id = new_array(2), i;
	struct sembuf zero = {0, 0, 0};

	make_shared();
	CHECK_EQ(sched_setscheduler(0, SCHED_FIFO, &low), 0);
	set_value(id, 0, 1);
	set_value(id, 1, 0);
	for (i = 1; i <= 3; i++)
		waiter1(i, id, 1, -1);
	waiter(4, id, &zero, 1);
	CHECK_EQ(sched_setscheduler(0, SCHED_FIFO, &high), 0);
	CHECK_EQ(op2(id, 1, 3, 0, -1, 0), 0);
	wait_for_all(4);
	/* those that wait for zero first, then the others as they came */
	CHECK_EQ(shared[1], 4);
	CHECK_EQ(shared[2], 1);
	CHECK_EQ(shared[3], 2);
	CHECK_EQ(shared[4], 3);
	remove_array(id);
}

/* A waiting call may fail when it is tried again. */
BOTH_TEST(a_waiting_call_may_fail)
{
	struct sembuf sops[] = {{0, -1, 0}, {1, 1, 0}}, now[] = {{0, -1, 0}, {1, -1, IPC_NOWAIT}};
	int id = new_array(2);
	pid_t pid;

	set_value(id, 1, 32767);
	pid = fork();
	if (!pid) {
		CHECK_ERRNO(sem_op(id, sops, 2, -1), ERANGE);
		_exit(0);
	}
	wait_for_sleep(pid);
	CHECK_EQ(op1(id, 0, 1, 0), 0);
	CHECK_CHILD(pid);
	CHECK_EQ(VALUE(id, 0), 1);
	CHECK_EQ(op1(id, 0, -1, 0), 0);
	set_value(id, 1, 0);
	pid = fork();
	if (!pid) {
		CHECK_ERRNO(sem_op(id, now, 2, -1), EAGAIN);
		_exit(0);
	}
	wait_for_sleep(pid);
	CHECK_EQ(op1(id, 0, 1, 0), 0);
	CHECK_CHILD(pid);
	CHECK_EQ(VALUE(id, 0), 1);
	remove_array(id);
}

/* ---- SEM_UNDO ---- */

BOTH_TEST(what_a_process_did_is_undone)
{
	char *const argv[] = {"true", NULL};
	int id = new_array(3);
	pid_t pid;

	set_value(id, 0, 5);
	pid = fork();
	if (!pid) {
		CHECK_EQ(op1(id, 0, -3, SEM_UNDO), 0);
		CHECK_EQ(op1(id, 0, 1, 0), 0);
		CHECK_EQ(op1(id, 1, 2, SEM_UNDO), 0);
		CHECK_EQ(op1(id, 1, -1, 0), 0); /* so the undo ends at 0 */
		CHECK_EQ(op1(id, 2, 7, SEM_UNDO), 0);
		set_value(id, 2, 9); /* forgets the undo */
		CHECK_EQ(VALUE(id, 0), 3);
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(VALUE(id, 0), 6);
	CHECK_EQ(VALUE(id, 1), 0);
	CHECK_EQ(VALUE(id, 2), 9);
	CHECK_EQ(sem_ctl(id, 0, GETPID, 0), pid);
	/* exec keeps it; a child has none */
	pid = fork();
	if (!pid) {
		CHECK_EQ(op1(id, 0, -1, SEM_UNDO), 0);
		pid = fork();
		if (!pid)
			_exit(0);
		CHECK_CHILD(pid);
		CHECK_EQ(VALUE(id, 0), 5);
		execve("/bin/true", argv, NULL);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(VALUE(id, 0), 6);
	remove_array(id);
}

BOTH_TEST(undo_wakes_those_that_wait)
{
	int id = new_array(1);
	pid_t pid;

	make_shared();
	set_value(id, 0, 1);
	pid = fork();
	if (!pid) {
		CHECK_EQ(op1(id, 0, -1, SEM_UNDO), 0);
		shared[100] = 1;
		pause();
	}
	while (!shared[100])
		usleep(1000);
	wait_for_sleep(pid);
	waiter1(1, id, 0, -1);
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	wait_for_all(1);
	CHECK_EQ(shared[1], 1);
	remove_array(id);
}

BOTH_TEST(undo_has_limits)
{
	int id = new_array(1);

	CHECK_EQ(op1(id, 0, 32767, SEM_UNDO), 0);
	CHECK_EQ(op1(id, 0, -32767, 0), 0);
	CHECK_EQ(op1(id, 0, 1, SEM_UNDO), 0); /* -32768 */
	CHECK_ERRNO(op1(id, 0, 1, SEM_UNDO), ERANGE);
	CHECK_EQ(VALUE(id, 0), 1);
	CHECK_EQ(op1(id, 0, -1, SEM_UNDO), 0);
	remove_array(id);
	/* a removed array leaves nothing to be undone in one that comes after it */
	id = new_array(1);
	CHECK_EQ(op1(id, 0, 1, SEM_UNDO), 0);
	remove_array(id);
}

static int undo_thread(void *arg)
{
	return op1(*(int *)arg, 0, -1, SEM_UNDO) != 0;
}

/* Tasks that share what is undone (threads do): only the last one undoes it. */
BOTH_TEST(undo_may_be_shared)
{
	static char stack[2][16384];
	int id = new_array(1), flags = CLONE_VM | SIGCHLD;
	pid_t pid;

	set_value(id, 0, 5);
	pid = clone(undo_thread, stack[0] + sizeof(stack[0]), flags, &id);
	CHECK_CHILD(pid);
	CHECK_EQ(VALUE(id, 0), 5);
	pid = fork();
	if (!pid) {
		pid = clone(undo_thread, stack[1] + sizeof(stack[1]), flags | CLONE_SYSVSEM, &id);
		CHECK_CHILD(pid);
		CHECK_EQ(VALUE(id, 0), 4);
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(VALUE(id, 0), 5);
	remove_array(id);
}
