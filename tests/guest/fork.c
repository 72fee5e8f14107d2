/* fork and vfork: what the child has of its parent, and what it has not. */
#include "check.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>

static int global = 1;

TEST(return_values)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		CHECK(getpid() != parent);
		CHECK_EQ(getppid(), parent);
		_exit(0);
	}
	CHECK(pid > 0);
	CHECK_CHILD(pid);
}

TEST(memory_is_copied)
{
	int local = 1, status;
	int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	if (shared == MAP_FAILED)
		SKIP("no shared anonymous mappings");
	pid = fork();
	if (pid == 0) {
		global = 2;
		local = 2;
		*shared = 2;
		_exit(global + local);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WEXITSTATUS(status), 4);
	CHECK_EQ(global, 1);
	CHECK_EQ(local, 1);
	CHECK_EQ(*shared, 2);
}

TEST(files_are_shared)
{
	int fd = open("/tmp/fork-offset", O_RDWR | O_CREAT | O_TRUNC, 0600);
	pid_t pid;

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, "abcdef", 6), 6);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	pid = fork();
	if (pid == 0) {
		char c[4];

		CHECK_EQ(read(fd, c, 4), 4);
		close(fd);
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 4);
	unlink("/tmp/fork-offset");
}

TEST(pending_signals_and_alarms_stay)
{
	sigset_t set;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	alarm(CHECK_SECONDS);
	pid = fork();
	if (pid == 0) {
		sigset_t now;

		CHECK_EQ(alarm(0), 0);
		sigpending(&now);
		CHECK(!sigismember(&now, SIGUSR1));
		sigprocmask(SIG_BLOCK, NULL, &now);
		CHECK(sigismember(&now, SIGUSR1)); /* the mask is inherited */
		_exit(0);
	}
	CHECK_CHILD(pid);
	sigpending(&set);
	CHECK(sigismember(&set, SIGUSR1));
	CHECK(alarm(0) > CHECK_SECONDS / 2);
}

TEST(limits_names_and_nice_are_inherited)
{
	struct rlimit r = {77, 88};
	pid_t pid;

	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &r), 0);
	CHECK_EQ(prctl(PR_SET_NAME, "a-rather-long-name-indeed"), 0);
	CHECK_EQ(nice(3), 3);
	pid = fork();
	if (pid == 0) {
		char name[16];

		CHECK_EQ(getrlimit(RLIMIT_NOFILE, &r), 0);
		CHECK_EQ(r.rlim_cur, 77);
		CHECK_EQ(r.rlim_max, 88);
		CHECK_EQ(prctl(PR_GET_NAME, name), 0);
		CHECK_STR(name, "a-rather-long-n");
		CHECK_EQ(getpriority(PRIO_PROCESS, 0), 3);
		_exit(0);
	}
	CHECK_CHILD(pid);
}

TEST(times_begin_at_zero)
{
	volatile unsigned n;
	pid_t pid;

	for (n = 0; n < 30000000; n++)
		;
	pid = fork();
	if (pid == 0) {
		struct tms t;

		CHECK(times(&t) != (clock_t)-1);
		CHECK(t.tms_utime + t.tms_stime <= 1);
		CHECK_EQ(t.tms_cutime, 0);
		_exit(0);
	}
	CHECK_CHILD(pid);
}

TEST(many_children)
{
	enum {
		CHILDREN = 60
	};
	pid_t pids[CHILDREN];
	int i, status;

	for (i = 0; i < CHILDREN; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(i);
		CHECK(pids[i] > 0);
	}
	for (i = CHILDREN - 1; i >= 0; i--) {
		CHECK_EQ(waitpid(pids[i], &status, 0), pids[i]);
		CHECK_EQ(status, i << 8);
	}
	CHECK_ERRNO(wait(NULL), ECHILD);
}

/* The parent sleeps until the child has called exec or _exit, and sees what it wrote. */
TEST(vfork_shares_memory)
{
	volatile int seen = 0;
	pid_t pid = vfork();

	if (pid == 0) {
		seen = 1;
		_exit(5);
	}
	CHECK_EQ(seen, 1);
	int status;
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 5 << 8);
}

TEST(vfork_child_killed)
{
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		kill(getpid(), SIGKILL);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, SIGKILL);
}

TEST(vfork_exec_fails)
{
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		execl("/no/such/program", "program", (char *)NULL);
		_exit(errno == ENOENT ? 0 : 1);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

TEST(nproc_limit)
{
	struct rlimit r = {1, 1};
	pid_t pid;

	if (getuid())
		SKIP("needs root");
	pid = fork();
	if (pid == 0) {
		CHECK_EQ(setrlimit(RLIMIT_NPROC, &r), 0);
		CHECK_EQ(setresuid(4321, 4321, 4321), 0);
		CHECK_ERRNO(fork(), EAGAIN);
		_exit(0);
	}
	CHECK_CHILD(pid);
}

TEST(orphans_go_to_a_reaper)
{
	int fds[2];
	pid_t pid, grandparent = getpid(), now;

	CHECK_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	CHECK_EQ(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		pid_t middle = getpid();

		if (fork() == 0) {
			while (getppid() == middle)
				usleep(1000);
			now = getppid();
			CHECK_EQ(write(fds[1], &now, sizeof(now)), sizeof(now));
			_exit(9);
		}
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(read(fds[0], &now, sizeof(now)), sizeof(now));
	CHECK_EQ(now, grandparent);
	int status;
	CHECK(wait(&status) > 0);
	CHECK_EQ(status, 9 << 8);
}

TEST(pids_are_not_reused_at_once)
{
	pid_t a, b;

	a = fork();
	if (a == 0)
		_exit(0);
	CHECK_CHILD(a);
	b = fork();
	if (b == 0)
		_exit(0);
	CHECK_CHILD(b);
	CHECK(a != b);
}

/* ---- what happens while fork sleeps (docs/testing.md: mapix.alloc_yield) ---- */

/* Shared by a forker and the one that disturbs it. */
struct disturbed {
	volatile int begins, sent, signals_of_child, count, idle;
};

static volatile int signals;

static void count_signal(int sig)
{
	signals++;
}

static struct disturbed *share(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static void wait_until(volatile int *flag)
{
	while (!*flag)
		sched_yield();
}

/* In a process group of its own. Handled before, the signal is in the copy; sent after, the child
   is a member. */
static void fork_while_signalled(struct disturbed *d)
{
	pid_t child;

	CHECK_EQ(setpgid(0, 0), 0);
	CHECK(signal(SIGUSR1, count_signal) != SIG_ERR);
	d->begins = 1;
	child = fork();
	CHECK(child >= 0);
	wait_until(&d->sent);
	if (!child) {
		sched_yield(); /* it is delivered on the way back */
		d->signals_of_child = signals;
		_exit(0);
	}
	CHECK_CHILD(child);
	_exit(0);
}

TEST(a_signal_to_the_group_during_a_fork_reaches_the_child)
{
	int round;

	for (round = 0; round < 10; round++) {
		struct disturbed *d = share();
		pid_t forker = fork();

		CHECK(forker >= 0);
		if (!forker)
			fork_while_signalled(d);
		wait_until(&d->begins);
		CHECK_EQ(kill(-forker, SIGUSR1), 0);
		d->sent = 1;
		CHECK_CHILD(forker);
		CHECK_EQ(d->signals_of_child, 1);
		CHECK_EQ(munmap(d, 4096), 0);
	}
}

static void *sleep_for_ever(void *d)
{
	((struct disturbed *)d)->idle = syscall(SYS_gettid);
	for (;;)
		pause();
	return NULL;
}

static int count_for_ever(void *d)
{
	for (;; sched_yield())
		((struct disturbed *)d)->count++;
	return 0;
}

/* The stop begins with a thread that sleeps, while another one makes a third. */
TEST(a_thread_made_during_a_stop_is_stopped)
{
	static char stack[16384] __attribute__((aligned(16)));
	int round, status, before;

	for (round = 0; round < 10; round++) {
		struct disturbed *d = share();
		pid_t maker = fork();
		pthread_t thread;

		CHECK(maker >= 0);
		if (!maker) {
			CHECK_EQ(pthread_create(&thread, NULL, sleep_for_ever, d), 0);
			wait_until(&d->idle);
			d->begins = 1;
			CHECK(clone(count_for_ever, stack + sizeof(stack),
				    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
					    CLONE_THREAD,
				    d) > 0);
			pause();
		}
		wait_until(&d->begins);
		CHECK_EQ(syscall(SYS_tgkill, maker, d->idle, SIGSTOP), 0);
		CHECK_EQ(waitpid(maker, &status, WUNTRACED), maker);
		CHECK(WIFSTOPPED(status));
		before = d->count;
		usleep(20000);
		CHECK_EQ(d->count, before);
		CHECK_EQ(kill(maker, SIGKILL), 0);
		CHECK_EQ(waitpid(maker, &status, 0), maker);
		CHECK_EQ(munmap(d, 4096), 0);
	}
}
