/*
 * What is limited for a user, whichever of his processes it belongs to: RLIMIT_NPROC (and what
 * becomes of it when a process changes to a user who has too many) and RLIMIT_SIGPENDING.
 */
#include "rights.h"
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>

ROLE(nothing)
{
}

static void limit(int resource, rlim_t n)
{
	struct rlimit r = {n, n};

	CHECK_EQ(setrlimit(resource, &r), 0);
}

/* Processes of a user that sleep until they are killed; they exist when it returns. */
static void start_sleepers(uid_t uid, pid_t *pids, int n)
{
	int i, ready[2];
	char c;

	CHECK_EQ(pipe(ready), 0);
	for (i = 0; i < n; i++) {
		pids[i] = fork();
		CHECK(pids[i] >= 0);
		if (!pids[i]) {
			become(uid);
			CHECK_EQ(write(ready[1], "", 1), 1);
			for (;;)
				pause();
		}
		CHECK_EQ(read(ready[0], &c, 1), 1);
	}
	close(ready[0]);
	close(ready[1]);
}

static void end(pid_t *pids, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		CHECK_EQ(kill(pids[i], SIGKILL), 0);
		CHECK_EQ(waitpid(pids[i], NULL, 0), pids[i]);
	}
}

/* Does not return if the exec goes through; the program exits with 0. */
static int exec_nothing(void)
{
	execl("/proc/self/exe", "x", "role", "nothing", (char *)NULL);
	return errno;
}

/* ---- RLIMIT_NPROC ---- */

static void set_real(uid_t uid)
{
	CHECK_EQ(setreuid(uid, -1), 0);
}

static void set_all(uid_t uid)
{
	CHECK_EQ(setuid(uid), 0);
}

/* A child with a limit of `n` that changes to ANN and execs: 0 or exec's errno. */
static int exec_as_ann(void (*change)(uid_t), rlim_t n)
{
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (!pid) {
		limit(RLIMIT_NPROC, n);
		change(ANN);
		_exit(exec_nothing());
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

TEST(who_becomes_a_user_with_too_many_tasks_cannot_exec)
{
	pid_t pids[3];

	need_root();
	CHECK_EQ(exec_as_ann(set_all, 1), 0);
	CHECK_EQ(exec_as_ann(set_all, 0), 0); /* he had none, and 0 are not more */
	start_sleepers(ANN, pids, 3);
	CHECK_EQ(exec_as_ann(set_all, 1), EAGAIN);
	CHECK_EQ(exec_as_ann(become, 1), EAGAIN);
	CHECK_EQ(exec_as_ann(set_real, 1), EAGAIN);
	CHECK_EQ(exec_as_ann(set_all, 2), EAGAIN);
	CHECK_EQ(exec_as_ann(set_all, 3), 0); /* three when he came, who is not counted then */
	end(pids, 3);
	CHECK_EQ(exec_as_ann(set_all, 1), 0);
}

TEST(the_limit_is_looked_at_again_by_exec)
{
	pid_t pids[3], pid;
	int gone[2], flagged[2];
	char c;

	need_root();
	CHECK_EQ(pipe(gone), 0);
	CHECK_EQ(pipe(flagged), 0);
	start_sleepers(ANN, pids, 3);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		limit(RLIMIT_NPROC, 2);
		set_all(ANN);
		CHECK_EQ(exec_nothing(), EAGAIN);
		CHECK_EQ(exec_nothing(), EAGAIN);
		CHECK_EQ(write(flagged[1], "", 1), 1);
		CHECK_EQ(read(gone[0], &c, 1), 1);
		_exit(exec_nothing());
	}
	CHECK_EQ(read(flagged[0], &c, 1), 1);
	end(pids, 2); /* with him and one there are two now */
	CHECK_EQ(write(gone[1], "", 1), 1);
	CHECK_CHILD(pid);
	end(pids + 2, 1);
}

/* Whoever was below the limit when he became the user may exec above it; and back as root, nothing
   is remembered. */
TEST(only_a_change_of_the_user_counts)
{
	pid_t pids[3], pid = fork();

	need_root();
	CHECK(pid >= 0);
	if (!pid) {
		pid_t other;

		limit(RLIMIT_NPROC, 1);
		CHECK_EQ(setresuid(ANN, 0, 0), 0);
		start_sleepers(ANN, pids, 3);
		other = vfork();
		CHECK(other >= 0);
		if (!other)
			_exit(exec_nothing());
		CHECK_CHILD(other);
		CHECK_EQ(setresuid(0, 0, 0), 0);
		CHECK_EQ(setresuid(ANN, 0, 0), 0);   /* too many */
		CHECK_EQ(setresuid(ANN, ANN, 0), 0); /* not another user */
		CHECK_EQ(setresuid(-1, 0, -1), 0);
		CHECK_EQ(setresuid(0, 0, 0), 0);
		other = vfork();
		CHECK(other >= 0);
		if (!other)
			_exit(exec_nothing());
		CHECK_CHILD(other);
		end(pids, 3);
		_exit(0);
	}
	CHECK_CHILD(pid);
}

static void *sleep_for_ever(void *arg)
{
	for (;;)
		pause();
	return arg;
}

TEST(threads_and_zombies_are_counted)
{
	pid_t pid = fork();

	need_root();
	CHECK(pid >= 0);
	if (!pid) {
		pid_t child;
		pthread_t t;

		limit(RLIMIT_NPROC, 3);
		become(ANN);
		CHECK_EQ(pthread_create(&t, NULL, sleep_for_ever, NULL), 0);
		child = fork();
		CHECK(child >= 0);
		if (!child)
			_exit(0);
		CHECK_EQ(waitid(P_PID, child, NULL, WEXITED | WNOWAIT), 0);
		CHECK_ERRNO(fork(), EAGAIN);
		CHECK_EQ(pthread_create(&t, NULL, sleep_for_ever, NULL), EAGAIN);
		CHECK_CHILD(child);
		CHECK_EQ(pthread_create(&t, NULL, sleep_for_ever, NULL), 0);
		CHECK_ERRNO(fork(), EAGAIN);
		_exit(0);
	}
	CHECK_CHILD(pid);
}

/* Four threads fork at once, again and again, and a fork may sleep anywhere. */
static volatile int made, refused;

static void *fork_four(void *arg)
{
	int i;

	for (i = 0; i < 4; i++) {
		pid_t pid = fork();

		if (!pid)
			sleep_for_ever(NULL);
		__atomic_add_fetch(pid > 0 ? &made : &refused, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

TEST(forks_at_once_do_not_pass_the_limit)
{
	pid_t pid = fork();
	int i, n = 0;

	need_root();
	CHECK(pid >= 0);
	if (!pid) {
		pthread_t threads[4];

		CHECK_EQ(setpgid(0, 0), 0);
		limit(RLIMIT_NPROC, 11);
		become(ANN);
		for (i = 0; i < 4; i++)
			CHECK_EQ(pthread_create(&threads[i], NULL, fork_four, NULL), 0);
		for (i = 0; i < 4; i++)
			CHECK_EQ(pthread_join(threads[i], NULL), 0);
		CHECK_EQ(made + refused, 16);
		CHECK(made >= 6 && made <= 10); /* up to four of the 11 were the threads */
		CHECK(signal(SIGTERM, SIG_IGN) != SIG_ERR);
		CHECK_EQ(kill(0, SIGTERM), 0);
		while (wait(NULL) > 0)
			n++;
		CHECK_EQ(n, made);
		_exit(0);
	}
	CHECK_CHILD(pid);
}

/* ---- RLIMIT_SIGPENDING ---- */

static int queue(pid_t pid, int sig)
{
	return sigqueue(pid, sig, (union sigval){0});
}

static void block_all(void)
{
	sigset_t set;

	CHECK_EQ(sigfillset(&set), 0);
	CHECK_EQ(sigprocmask(SIG_BLOCK, &set, NULL), 0);
}

/* The number of signals that /proc says are queued. */
static int queued_by_status(pid_t pid)
{
	char path[32], line[128];
	int n = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	CHECK(f != NULL);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "SigQ: %d", &n) == 1)
			break;
	fclose(f);
	return n;
}

TEST(signals_are_counted_for_their_user)
{
	pid_t ann[3], bob[1];
	int i;

	need_root();
	block_all();
	limit(RLIMIT_SIGPENDING, 4);
	start_sleepers(ANN, ann, 3);
	start_sleepers(BOB, bob, 1);
	CHECK_EQ(queue(ann[0], SIGRTMIN), 0);
	CHECK_EQ(queue(ann[1], SIGRTMIN), 0);
	CHECK_EQ(queue(ann[1], SIGRTMIN), 0);
	CHECK_EQ(queue(ann[0], SIGUSR1), 0);
	CHECK_EQ(queue(ann[0], SIGUSR1), 0); /* pending already: not queued again */
	for (i = 0; i < 3; i++) {
		CHECK_ERRNO(queue(ann[i], SIGRTMIN), EAGAIN);
		CHECK_EQ(queued_by_status(ann[i]), 4);
	}
	for (i = 0; i < 4; i++)
		CHECK_EQ(queue(bob[0], SIGRTMIN), 0);
	CHECK_ERRNO(queue(bob[0], SIGRTMIN), EAGAIN);
	CHECK_EQ(kill(ann[2], SIGUSR1), 0); /* needs no entry to be sent, but takes one */
	CHECK_EQ(kill(ann[2], SIGUSR2), 0);
	CHECK_EQ(queued_by_status(ann[2]), 6);
	CHECK_EQ(kill(ann[1], SIGKILL), 0);
	CHECK_EQ(waitpid(ann[1], NULL, 0), ann[1]);
	CHECK_EQ(queued_by_status(ann[0]), 4);
	CHECK_EQ(kill(ann[2], SIGKILL), 0);
	CHECK_EQ(waitpid(ann[2], NULL, 0), ann[2]);
	CHECK_EQ(queue(ann[0], SIGRTMIN), 0);
	CHECK_EQ(queue(ann[0], SIGRTMIN), 0);
	CHECK_ERRNO(queue(ann[0], SIGRTMIN), EAGAIN);
	end(ann, 1);
	end(bob, 1);
}

/* A signal counts for the user that the process had when it was sent, though he may have left. */
TEST(signals_stay_with_the_user_that_they_were_sent_to)
{
	pid_t pid, ann[1];
	int gate[2];
	char c;

	need_root();
	block_all();
	limit(RLIMIT_SIGPENDING, 2);
	CHECK_EQ(pipe(gate), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		sigset_t set;

		CHECK_EQ(setresuid(ANN, 0, 0), 0);
		CHECK_EQ(queue(getpid(), SIGRTMIN), 0);
		CHECK_EQ(queue(getpid(), SIGRTMIN), 0);
		CHECK_ERRNO(queue(getpid(), SIGRTMIN), EAGAIN);
		CHECK_EQ(setresuid(BOB, 0, 0), 0);
		CHECK_EQ(queued_by_status(getpid()), 0);
		CHECK_EQ(read(gate[0], &c, 1), 1);
		CHECK_EQ(sigemptyset(&set), 0);
		CHECK_EQ(sigaddset(&set, SIGRTMIN), 0);
		CHECK_EQ(sigwaitinfo(&set, NULL), SIGRTMIN);
		CHECK_EQ(queue(getppid(), SIGRTMIN), 0);
		CHECK_EQ(read(gate[0], &c, 1), 1);
		_exit(0);
	}
	start_sleepers(ANN, ann, 1);
	while (queued_by_status(ann[0]) != 2)
		sched_yield();
	CHECK_ERRNO(queue(ann[0], SIGRTMIN), EAGAIN);
	CHECK_EQ(write(gate[1], "", 1), 1);
	while (queued_by_status(ann[0]) != 1)
		sched_yield();
	CHECK_EQ(queue(ann[0], SIGRTMIN), 0);
	CHECK_ERRNO(queue(ann[0], SIGRTMIN), EAGAIN);
	CHECK_EQ(write(gate[1], "", 1), 1);
	CHECK_CHILD(pid);
	CHECK_EQ(queued_by_status(ann[0]), 1);
	end(ann, 1);
}
