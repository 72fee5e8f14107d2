/*
 * Many processes and threads at once: forks that share pages, execs, pipes, files of one folder,
 * signals, mappings. Each case knows what must be in its memory and files in the end, whatever the
 * order was.
 */
#define CHECK_NO_MAIN
#include "check.h"
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>

#define PAGE 4096UL

static uint32_t random_state = 1;

static uint32_t rnd(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return random_state >> 8;
}

static void wait_for_all(int n)
{
	int status;

	while (n--) {
		CHECK(wait(&status) > 0);
		if (status)
			CHECK_FAIL("a child ended with wait status %#x", status);
	}
}

static void *pages(int n, int sharing)
{
	void *p = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

/* ---- fork ---- */

#define TREE_PAGES 24

static void check_pages(const char *p, int mark)
{
	int i;

	for (i = 0; i < TREE_PAGES; i++)
		CHECK_EQ(p[i * PAGE], mark);
}

/* Each process marks the pages it got from its parent, after it has made two children that do the
 * same. */
static void grow_tree(char *p, int mark, int depth)
{
	int i, n = 0;

	check_pages(p, mark);
	for (i = 0; i < 2 && depth; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0) {
			grow_tree(p, mark, depth - 1);
			_exit(0);
		}
		n++;
		p[rnd() % TREE_PAGES * PAGE] = mark; /* the same again: a copy all the same */
	}
	for (i = 0; i < TREE_PAGES; i++)
		p[i * PAGE] = mark + depth + 1;
	if (depth % 2)
		sched_yield();
	check_pages(p, mark + depth + 1);
	wait_for_all(n);
	check_pages(p, mark + depth + 1);
}

TEST(tree_of_forks)
{
	char *p = pages(TREE_PAGES, MAP_PRIVATE);
	int i;

	for (i = 0; i < TREE_PAGES; i++)
		p[i * PAGE] = 1;
	grow_tree(p, 1, 5);
}

TEST(orphans)
{
	int fds[2], i, n = 0;
	char c;

	CHECK(pipe(fds) == 0);
	for (i = 0; i < 50; i++)
		if (fork() == 0) {
			/* the grandchild outlives its parent and tells the pipe's reader */
			if (fork() == 0) {
				usleep(rnd() % 3000);
				c = i;
				_exit(write(fds[1], &c, 1) != 1);
			}
			_exit(0);
		}
	close(fds[1]);
	wait_for_all(50);
	while (read(fds[0], &c, 1) == 1)
		n++;
	CHECK_EQ(n, 50);
}

/* ---- exec ---- */

static const char *self = "/proc/self/exe";

TEST(many_execs_at_once)
{
	char text[16], *argv[] = {"stress", "child", text, NULL}, *envp[] = {NULL};
	int round;
	volatile int i; /* vfork */

	for (round = 0; round < 3; round++) {
		for (i = 0; i < 25; i++) {
			snprintf(text, sizeof(text), "%d", 3);
			if ((i % 3 ? fork() : vfork()) == 0) {
				execve(self, argv, envp);
				_exit(1);
			}
		}
		wait_for_all(25);
	}
}

/* ---- pipes ---- */

#define RING   8
#define ROUNDS 300

TEST(ring_of_pipes)
{
	int fds[RING][2], i, j, number;

	for (i = 0; i < RING; i++)
		CHECK(pipe(fds[i]) == 0);
	for (i = 0; i < RING; i++)
		if (fork() == 0) {
			for (j = 0; j < ROUNDS; j++) {
				if (i || j) {
					CHECK_EQ(read(fds[i][0], &number, sizeof(number)),
						 sizeof(number));
					CHECK_EQ(number, i + j * RING);
				} else {
					number = 0;
				}
				number++;
				if (number < RING * ROUNDS)
					CHECK_EQ(write(fds[(i + 1) % RING][1], &number,
						       sizeof(number)),
						 sizeof(number));
			}
			_exit(0);
		}
	wait_for_all(RING);
}

/* Several write to one pipe at once: what is at most PIPE_BUF long stays together. */
TEST(one_pipe_for_all)
{
	static char block[2000];
	int fds[2], i, j, n, counts[6] = {0};

	CHECK(pipe(fds) == 0);
	for (i = 0; i < 6; i++)
		if (fork() == 0) {
			for (j = 0; j < 60; j++) {
				memset(block, 'a' + i, sizeof(block));
				CHECK_EQ(write(fds[1], block, sizeof(block)), sizeof(block));
			}
			_exit(0);
		}
	close(fds[1]);
	for (;;) {
		for (n = 0; n < (int)sizeof(block); n += j) {
			j = read(fds[0], block + n, sizeof(block) - n);
			CHECK(j >= 0);
			if (j == 0)
				break;
		}
		if (n == 0)
			break;
		CHECK_EQ(n, sizeof(block));
		for (j = 1; j < n; j++)
			CHECK_EQ(block[j], block[0]);
		counts[block[0] - 'a']++;
	}
	wait_for_all(6);
	for (i = 0; i < 6; i++)
		CHECK_EQ(counts[i], 60);
}

/* ---- shared memory ---- */

TEST(shared_counter)
{
	volatile int *counter = pages(1, MAP_SHARED);
	int i, j;

	for (i = 0; i < 6; i++)
		if (fork() == 0) {
			for (j = 0; j < 3000; j++) {
				__sync_fetch_and_add(counter, 1);
				if (j % 500 == i)
					sched_yield();
			}
			_exit(0);
		}
	wait_for_all(6);
	CHECK_EQ(*counter, 18000);
}

/* ---- files ---- */

/* All work on the same ten names. */
static void disturb_folder(int seed)
{
	char a[16], b[16], block[300];
	int i, fd;

	random_state = seed;
	memset(block, seed, sizeof(block));
	for (i = 0; i < 400; i++) {
		snprintf(a, sizeof(a), "%d", rnd() % 10);
		snprintf(b, sizeof(b), "%d", rnd() % 10);
		switch (rnd() % 9) {
		case 0:
		case 1:
			fd = open(a, O_RDWR | O_CREAT | (rnd() % 2 ? O_TRUNC : O_APPEND), 0600);
			if (fd >= 0) {
				if (write(fd, block, sizeof(block)) > 0)
					ftruncate(fd, rnd() % 9000);
				pread(fd, block, sizeof(block), 0);
				close(fd);
			}
			break;
		case 2:
			rename(a, b);
			break;
		case 3:
			unlink(a);
			break;
		case 4:
			mkdir(a, 0700);
			break;
		case 5:
			rmdir(a);
			break;
		case 6:
			link(a, b);
			break;
		case 7:
			symlink(a, b);
			break;
		default:
			stat(a, &(struct stat){0});
			break;
		}
		if (i % 16 == 0)
			sched_yield();
	}
}

TEST(one_folder_for_all)
{
	char folder[] = "/tmp/stress.XXXXXX", name[16];
	int i;

	CHECK(mkdtemp(folder) && chdir(folder) == 0);
	for (i = 0; i < 5; i++)
		if (fork() == 0) {
			disturb_folder(i + 1);
			_exit(0);
		}
	wait_for_all(5);
	for (i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "%d", i);
		/* a folder moved into itself or into another would be in the way: there is none */
		if (unlink(name) < 0 && errno == EISDIR)
			CHECK(rmdir(name) == 0);
	}
	CHECK(chdir("/") == 0 && rmdir(folder) == 0);
}

/* Records of one file, each changed only under its lock. */
TEST(locked_records)
{
	char name[] = "/tmp/stress.XXXXXX";
	struct flock lock = {.l_len = sizeof(int)};
	int fd = mkstemp(name), i, j, value, sum = 0;

	CHECK(fd >= 0 && unlink(name) == 0 && ftruncate(fd, 4 * sizeof(int)) == 0);
	for (i = 0; i < 5; i++)
		if (fork() == 0) {
			for (j = 0; j < 100; j++) {
				lock.l_start = rnd() % 4 * sizeof(int);
				lock.l_type = F_WRLCK;
				CHECK(fcntl(fd, F_SETLKW, &lock) == 0);
				CHECK(pread(fd, &value, sizeof(value), lock.l_start) ==
				      sizeof(value));
				if (j % 7 == 0)
					sched_yield();
				value++;
				CHECK(pwrite(fd, &value, sizeof(value), lock.l_start) ==
				      sizeof(value));
				lock.l_type = F_UNLCK;
				CHECK(fcntl(fd, F_SETLKW, &lock) == 0);
			}
			_exit(0);
		}
	wait_for_all(5);
	for (i = 0; i < 4; i++) {
		CHECK(pread(fd, &value, sizeof(value), i * sizeof(int)) == sizeof(value));
		sum += value;
	}
	CHECK_EQ(sum, 500);
}

/* ---- signals ---- */

static volatile sig_atomic_t arrived;

static void on_signal(int sig)
{
	volatile double x = sig;

	arrived++;
	x = x * 1.5 + getppid();
	if (arrived % 50 == 0)
		sched_yield();
}

/* Every queued signal arrives, whatever the receiver is doing. */
TEST(storm_of_signals)
{
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	pid_t parent = getpid();
	volatile double x = 1;
	int i, j, status;

	sigfillset(&sa.sa_mask);
	CHECK(sigaction(SIGRTMIN, &sa, NULL) == 0);
	for (i = 0; i < 4; i++)
		if (fork() == 0) {
			for (j = 0; j < 200; j++)
				while (sigqueue(parent, SIGRTMIN, (union sigval){.sival_int = j}) <
				       0)
					sched_yield();
			_exit(0);
		}
	for (i = 0; i < 4; i++) {
		x = x * 1.25 + i;
		CHECK(wait(&status) > 0);
		CHECK_EQ(status, 0);
	}
	while (arrived < 800)
		sched_yield();
	CHECK_EQ(arrived, 800);
}

static void be_busy(void)
{
	volatile int i; /* vfork */
	int fds[2];
	char c = 0;

	if (pipe(fds) < 0)
		_exit(1);
	for (i = 0;; i++) {
		pid_t pid = i % 8 ? 0 : vfork();

		if (i % 8 == 0 && pid == 0)
			_exit(0);
		if (pid > 0)
			waitpid(pid, NULL, 0);
		if (write(fds[1], &c, 1) == 1 && read(fds[0], &c, 1) == 1)
			mmap(pages(1, MAP_PRIVATE), PAGE, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		if (i > 2000)
			i = 0;
	}
}

TEST(stop_and_go)
{
	pid_t pids[6];
	int i, status;

	for (i = 0; i < 6; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			alarm(CHECK_SECONDS / 2);
			be_busy();
		}
	}
	for (i = 0; i < 300; i++) {
		pid_t pid = pids[rnd() % 6];

		kill(pid, rnd() % 2 ? SIGSTOP : SIGCONT);
		if (i % 5 == 0)
			usleep(500);
		waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED);
	}
	for (i = 0; i < 6; i++) {
		kill(pids[i], SIGKILL);
		do
			CHECK(waitpid(pids[i], &status, WUNTRACED) == pids[i]);
		while (!WIFSIGNALED(status));
		CHECK_EQ(WTERMSIG(status), SIGKILL);
	}
}

/* ---- long calls ---- */

#define LONG_BYTES    (1UL << 29)
#define PART	      (1UL << 24)
#define FAIR_MS	      1500
#define FAIR_ATTEMPTS 5

static long milliseconds(void)
{
	struct timeval now;

	gettimeofday(&now, NULL);
	return now.tv_sec * 1000 + now.tv_usec / 1000;
}

/* A buffer that is large and takes little memory: a small file over and over. */
static char *large_buffer(void)
{
	char name[] = "/tmp/stress.XXXXXX";
	char *p = mmap(NULL, LONG_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
		       0);
	unsigned long i;
	int fd = mkstemp(name);

	CHECK(fd >= 0 && unlink(name) == 0 && ftruncate(fd, PART / 16) == 0 && p != MAP_FAILED);
	for (i = 0; i < LONG_BYTES; i += PART / 16)
		CHECK(mmap(p + i, PART / 16, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
			   0) != MAP_FAILED);
	close(fd);
	return p;
}

/* Beside a reader in a call that takes seconds: is one woken in time, and can the reader be killed?
 */
static int in_time(int fd, char *buffer)
{
	long start, latest = 0, end;
	pid_t pid = fork();
	int i, status;

	if (pid == 0)
		for (;;)
			if (read(fd, buffer, LONG_BYTES) < 0)
				_exit(1);
	for (i = 0; i < 20; i++) {
		start = milliseconds();
		usleep(10000);
		end = milliseconds() - start;
		latest = end > latest ? end : latest;
	}
	start = milliseconds();
	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid);
	end = milliseconds() - start;
	return latest < FAIR_MS && end < FAIR_MS;
}

/* A call that takes seconds keeps nobody else from running, and its caller can be killed. A busy
 * host may spoil some attempts; an unfair kernel spoils each. */
static void check_fair(const char *device)
{
	char *buffer = large_buffer();
	int fd = open(device, O_RDONLY), attempts = FAIR_ATTEMPTS;

	CHECK(fd >= 0);
	while (!in_time(fd, buffer))
		CHECK(--attempts > 0);
	close(fd);
	munmap(buffer, LONG_BYTES);
}

TEST(long_reads)
{
	check_fair("/dev/urandom");
	check_fair("/dev/zero");
}

/* ---- mappings ---- */

#define SLOTS 40

/* A random walk over the mappings of an arena, with a model of what each page must hold. */
static void walk_mappings(int seed, int steps)
{
	unsigned char *arena = pages(SLOTS, MAP_PRIVATE);
	int value[SLOTS] = {0}; /* -1: not mapped or not accessible */
	int i, at, n, j;

	random_state = seed;
	for (i = 0; i < steps; i++) {
		at = rnd() % SLOTS;
		n = 1 + rnd() % (SLOTS - at < 6 ? SLOTS - at : 6);
		switch (rnd() % 6) {
		case 0:
			CHECK(munmap(arena + at * PAGE, n * PAGE) == 0);
			for (j = at; j < at + n; j++)
				value[j] = -1;
			break;
		case 1:
		case 2:
			CHECK(mmap(arena + at * PAGE, n * PAGE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
				   0) == arena + at * PAGE);
			for (j = at; j < at + n; j++)
				value[j] = 0;
			break;
		case 3:
			if (fork() == 0)
				_exit(value[at] >= 0 && arena[at * PAGE] != value[at]);
			wait_for_all(1);
			break;
		default:
			for (j = at; j < at + n; j++)
				if (value[j] >= 0)
					arena[j * PAGE] = value[j] = rnd() % 256;
			break;
		}
		for (j = 0; j < SLOTS; j++)
			if (value[j] >= 0)
				CHECK_EQ(arena[j * PAGE], value[j]);
	}
}

TEST(walks_over_mappings)
{
	int i;

	for (i = 0; i < 4; i++)
		if (fork() == 0) {
			walk_mappings(i + 10, 250);
			_exit(0);
		}
	wait_for_all(4);
}

/* ---- threads ---- */

#define THREADS 6

static char stacks[THREADS][4 * PAGE] __attribute__((aligned(16)));
static volatile int running, wrong;

/* Threads have no libc of their own here: only calls of the system. */
static int map_and_touch(void *arg)
{
	int mark = (int)(intptr_t)arg, i, j;

	for (i = 0; i < 150; i++) {
		unsigned char *p =
			(unsigned char *)syscall(SYS_mmap2, NULL, 8 * PAGE, PROT_READ | PROT_WRITE,
						 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		for (j = 0; j < 8; j++)
			p[j * PAGE] = mark;
		if (i % 10 == mark % 10)
			syscall(SYS_sched_yield);
		for (j = 0; j < 8; j++)
			if (p[j * PAGE] != mark)
				wrong++;
		syscall(SYS_munmap, p, 8 * PAGE);
	}
	__sync_fetch_and_sub(&running, 1);
	syscall(SYS_exit, 0);
	return 0;
}

static void start_threads(int (*f)(void *))
{
	int i;

	for (i = 0; i < THREADS; i++) {
		__sync_fetch_and_add(&running, 1);
		CHECK(clone(f, stacks[i] + sizeof(stacks[i]),
			    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
				    CLONE_SYSVSEM,
			    (void *)(intptr_t)(i + 1)) > 0);
	}
}

TEST(threads_share_memory)
{
	int i;

	start_threads(map_and_touch);
	for (i = 0; running && i < 40; i++) {
		if (fork() == 0)
			_exit(0);
		wait_for_all(1);
	}
	while (running)
		sched_yield();
	CHECK_EQ(wrong, 0);
}

static int fault_for_ever(void *arg)
{
	for (;;) {
		unsigned char *p =
			(unsigned char *)syscall(SYS_mmap2, NULL, 8 * PAGE, PROT_READ | PROT_WRITE,
						 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		*p = 1;
		syscall(SYS_munmap, p, 8 * PAGE);
	}
	return 0;
}

static int exec_soon(void *arg)
{
	static char *const argv[] = {"stress", "child", "1", NULL}, *const envp[] = {NULL};

	if (arg != (void *)3)
		return fault_for_ever(arg);
	syscall(SYS_sched_yield);
	syscall(SYS_execve, self, argv, envp);
	return 1;
}

/* One thread of many, not the first, becomes another program; or dies with all. */
TEST(threads_exec_and_die)
{
	int i;

	for (i = 0; i < 8; i++)
		if (fork() == 0) {
			start_threads(i % 2 ? exec_soon : fault_for_ever);
			if (i % 2)
				for (;;)
					pause();
			usleep(2000);
			_exit(0);
		}
	wait_for_all(8);
}

/* `stress child N`: forks and execs itself until N is 0. */
static int child(int n)
{
	char text[16], *argv[] = {"stress", "child", text, NULL}, *envp[] = {NULL};
	int status = 0;

	if (n == 0)
		return 0;
	snprintf(text, sizeof(text), "%d", n - 1);
	if (fork() == 0) {
		execve(self, argv, envp);
		_exit(1);
	}
	return wait(&status) < 0 || status;
}

int main(int argc, char **argv)
{
	struct check_case *c;
	int failed = 0;

	if (argc > 2 && strcmp(argv[1], "child") == 0)
		return child(atoi(argv[2]));
	for (c = check_first; c; c = c->next)
		if (check_wanted(c->name, argc, argv))
			failed |= check_run(c);
	return failed;
}
