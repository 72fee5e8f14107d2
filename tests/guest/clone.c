/* clone and clone3: what threads share, how they end, and which flags go together. */
#include "check.h"
#include <linux/futex.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <asm/ldt.h>

int clone(int (*fn)(void *), void *stack, int flags, void *arg, ...);

#define THREAD_FLAGS \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

static char stacks[4][65536] __attribute__((aligned(16)));
#define STACK(i) (stacks[i] + sizeof(stacks[i]))

static volatile int shared, ids[4];

/* Threads made by clone have no libc state of their own: they call the kernel directly. */
static long raw(int nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("int $0x80" : "=a"(ret) : "a"(nr), "b"(a), "c"(b), "d"(c) : "memory");
	return ret;
}

static void raw_sleep(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	raw(SYS_nanosleep, (long)&t, 0, 0);
}

static long clone_raw(unsigned long flags, void *stack, int *ptid, void *tls, int *ctid)
{
	return syscall(SYS_clone, flags, stack, ptid, tls, ctid);
}

TEST(flags_that_do_not_go_together)
{
	CHECK_ERRNO(clone_raw(CLONE_THREAD, NULL, NULL, NULL, NULL), EINVAL);
	CHECK_ERRNO(clone_raw(CLONE_SIGHAND, NULL, NULL, NULL, NULL), EINVAL);
	CHECK_ERRNO(clone_raw(CLONE_THREAD | CLONE_SIGHAND, NULL, NULL, NULL, NULL), EINVAL);
	CHECK_ERRNO(clone_raw(CLONE_NEWNS | CLONE_FS, NULL, NULL, NULL, NULL), EINVAL);
	CHECK_ERRNO(clone_raw(CLONE_PIDFD | CLONE_PARENT_SETTID, NULL, NULL, NULL, NULL), EINVAL);
	CHECK_ERRNO(clone_raw(CLONE_SETTLS | SIGCHLD, NULL, NULL, (void *)1, NULL), EFAULT);
}

TEST(exit_signal)
{
	siginfo_t info;
	sigset_t set;
	pid_t pid;
	int status;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pid = clone_raw(SIGUSR1, NULL, NULL, NULL, NULL);
	if (pid == 0)
		raw(SYS_exit, 4, 0, 0);
	CHECK_EQ(sigwaitinfo(&set, &info), SIGUSR1);
	CHECK_EQ(info.si_pid, pid);
	/* No SIGCHLD: wait does not see it unless told to. */
	CHECK_ERRNO(waitpid(pid, &status, 0), ECHILD);
	CHECK_EQ(waitpid(pid, &status, __WCLONE), pid);
	CHECK_EQ(status, 4 << 8);
	pid = clone_raw(0, NULL, NULL, NULL, NULL);
	if (pid == 0)
		raw(SYS_exit, 5, 0, 0);
	CHECK_EQ(waitpid(pid, &status, __WALL), pid);
	CHECK_EQ(status, 5 << 8);
}

TEST(tids)
{
	int *mem = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int ptid = 0;
	pid_t pid;

	if (mem == MAP_FAILED)
		SKIP("no shared anonymous mappings");
	pid = clone_raw(CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, NULL, &ptid, NULL, mem);
	if (pid == 0)
		_exit(*mem == getpid() ? 0 : 1);
	CHECK_EQ(ptid, pid);
	CHECK_CHILD(pid);
}

static int thread_ids(void *arg)
{
	ids[0] = raw(SYS_getpid, 0, 0, 0);
	ids[1] = raw(SYS_gettid, 0, 0, 0);
	ids[2] = raw(SYS_getppid, 0, 0, 0);
	shared = 42;
	return 0;
}

TEST(thread)
{
	int tid, ctid = 1;

	tid = clone(thread_ids, STACK(0), THREAD_FLAGS | CLONE_CHILD_CLEARTID, NULL, NULL, NULL,
		    &ctid);
	CHECK(tid > 0);
	/* The kernel clears ctid at the thread's end, and wakes. */
	while (*(volatile int *)&ctid)
		syscall(SYS_futex, &ctid, FUTEX_WAIT, 1, NULL, NULL, 0);
	CHECK_EQ(shared, 42);
	CHECK_EQ(ids[0], getpid());
	CHECK_EQ(ids[1], tid);
	CHECK_EQ(ids[2], getppid());
	CHECK(tid != getpid());
	CHECK_ERRNO(waitpid(tid, NULL, __WALL), ECHILD); /* a thread is nobody's child */
	for (int i = 0; i < 1000 && syscall(SYS_tgkill, getpid(), tid, 0) == 0; i++)
		usleep(1000);
	CHECK_ERRNO(syscall(SYS_tgkill, getpid(), tid, 0), ESRCH);
}

static int sleeping_thread(void *arg)
{
	for (;;)
		raw_sleep(1000);
	return 0;
}

TEST(exit_group_ends_all_threads)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		for (int i = 0; i < 4; i++)
			CHECK(clone(sleeping_thread, STACK(i), THREAD_FLAGS, NULL) > 0);
		_exit(6);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 6 << 8);
}

TEST(a_signal_kills_all_threads)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		for (int i = 0; i < 4; i++)
			CHECK(clone(sleeping_thread, STACK(i), THREAD_FLAGS, NULL) > 0);
		for (;;)
			pause();
	}
	usleep(50000);
	kill(pid, SIGTERM);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, SIGTERM);
}

static int exiting_thread(void *arg)
{
	raw_sleep(100);
	raw(SYS_exit_group, 8, 0, 0);
	return 0;
}

/* The leader may go first: the process lives on, and is not waited for before its last thread ends.
 */
TEST(leader_exits_first)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		CHECK(clone(exiting_thread, STACK(0), THREAD_FLAGS, NULL) > 0);
		raw(SYS_exit, 3, 0, 0);
	}
	usleep(20000);
	CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 8 << 8);
}

static int faulting_thread(void *arg)
{
	*(volatile int *)4 = 1;
	return 0;
}

TEST(a_fault_in_a_thread_kills_the_process)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		CHECK(clone(faulting_thread, STACK(0), THREAD_FLAGS, NULL) > 0);
		for (;;)
			pause();
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status & 0x7f, SIGSEGV);
}

static int execing_thread(void *arg)
{
	static const char *const argv[] = {"sh", "-c", "exit 11", NULL}, *const envp[] = {NULL};

	raw_sleep(20);
	raw(SYS_execve, (long)"/bin/sh", (long)argv, (long)envp);
	raw(SYS_exit_group, 99, 0, 0);
	return 0;
}

/* exec by another thread than the first: it takes over the process's number, and the others go. */
TEST(exec_in_a_thread)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		CHECK(clone(sleeping_thread, STACK(0), THREAD_FLAGS, NULL) > 0);
		CHECK(clone(execing_thread, STACK(1), THREAD_FLAGS, NULL) > 0);
		for (;;)
			pause();
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 11 << 8);
	/* The same with a leader that is dead already. */
	pid = fork();
	if (pid == 0) {
		CHECK(clone(execing_thread, STACK(1), THREAD_FLAGS, NULL) > 0);
		raw(SYS_exit, 0, 0, 0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 11 << 8);
}

static volatile int *counter;

static int counting(void *arg)
{
	for (;;) {
		++*counter;
		raw_sleep(1);
	}
	return 0;
}

TEST(stop_reaches_all_threads)
{
	int status;
	pid_t pid;

	counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counter == MAP_FAILED)
		SKIP("no shared anonymous mappings");
	pid = fork();
	if (pid == 0) {
		CHECK(clone(counting, STACK(0), THREAD_FLAGS, NULL) > 0);
		for (;;)
			pause();
	}
	while (*counter < 3)
		usleep(1000);
	kill(pid, SIGSTOP);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	int before = *counter;
	usleep(50000);
	CHECK_EQ(*counter, before);
	kill(pid, SIGCONT);
	while (*counter == before)
		usleep(1000);
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, SIGKILL);
}

static volatile int handled_by;

static void note_thread(int sig)
{
	handled_by = raw(SYS_gettid, 0, 0, 0);
}

/* A signal for the process goes to a thread that lets it in. */
TEST(process_signals_find_a_willing_thread)
{
	sigset_t set;
	int tid;

	signal(SIGUSR1, note_thread);
	tid = clone(sleeping_thread, STACK(0), THREAD_FLAGS, NULL);
	CHECK(tid > 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	CHECK_EQ(kill(getpid(), SIGUSR1), 0);
	for (int i = 0; !handled_by && i < 1000; i++)
		usleep(1000);
	CHECK_EQ(handled_by, tid);
	CHECK_EQ(syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1), 0);
	sigpending(&set);
	CHECK(sigismember(&set, SIGUSR1));
}

static int tls_thread(void *arg)
{
	int value;

	__asm__ volatile("movl %%gs:0, %0" : "=r"(value));
	shared = value;
	raw(SYS_exit, 0, 0, 0); /* libc's way out needs its own TLS */
	return 0;
}

TEST(thread_local_storage)
{
	static int block[4] = {0x5a5a, 0, 0, 0};
	struct user_desc desc = {.base_addr = (unsigned)block,
				 .limit = 0xfffff,
				 .seg_32bit = 1,
				 .limit_in_pages = 1,
				 .useable = 1};
	unsigned short gs;
	int ctid = 1;

	__asm__("movw %%gs, %0" : "=r"(gs));
	desc.entry_number = gs >> 3; /* the same entry, with another base for the thread */
	CHECK(clone(tls_thread, STACK(0), THREAD_FLAGS | CLONE_SETTLS | CLONE_CHILD_CLEARTID, NULL,
		    NULL, &desc, &ctid) > 0);
	while (*(volatile int *)&ctid)
		usleep(1000);
	CHECK_EQ(shared, 0x5a5a);
	CHECK_EQ(errno, errno); /* ours still works */
}

TEST(clone3_basics)
{
	struct clone_args args = {.exit_signal = SIGCHLD};
	pid_t pid;
	int status;

	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0 && errno == ENOSYS)
		SKIP("no clone3");
	if (pid == 0)
		_exit(12);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 12 << 8);
	CHECK_ERRNO(syscall(SYS_clone3, &args, 8), EINVAL);
	CHECK_ERRNO(syscall(SYS_clone3, &args, 10000), E2BIG);
	CHECK_ERRNO(syscall(SYS_clone3, 1, sizeof(args)), EFAULT);
	args.exit_signal = 300;
	CHECK_ERRNO(syscall(SYS_clone3, &args, sizeof(args)), EINVAL);
	args.exit_signal = SIGCHLD;
	args.stack = 4096;
	CHECK_ERRNO(syscall(SYS_clone3, &args, sizeof(args)), EINVAL);
	args.stack = 0;
	args.flags = 1ULL << 60;
	CHECK_ERRNO(syscall(SYS_clone3, &args, sizeof(args)), EINVAL);
	args.flags = CLONE_THREAD;
	CHECK_ERRNO(syscall(SYS_clone3, &args, sizeof(args)), EINVAL);
}

TEST(clone_parent)
{
	int fds[2], status;
	pid_t pid, sibling;

	CHECK_EQ(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		sibling = clone_raw(CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);
		if (sibling == 0)
			_exit(5);
		CHECK_EQ(write(fds[1], &sibling, sizeof(sibling)), sizeof(sibling));
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(read(fds[0], &sibling, sizeof(sibling)), sizeof(sibling));
	CHECK_EQ(waitpid(sibling, &status, 0), sibling); /* ours */
	CHECK_EQ(status, 5 << 8);
}
