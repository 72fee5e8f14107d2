/*
 * Random system calls: a seeded, repeatable stream of calls with arguments that are right, nearly
 * right, or nonsense. What they do is not asserted; a burst passes when the machine lives, no
 * process is left over and the parent still works.
 *
 * Environment: FUZZ_SEED (1), FUZZ_BURSTS (40), FUZZ_CALLS (150); FUZZ_VERBOSE=1 prints each call
 * before it is made; FUZZ_FAIL=1 lets allocations of objects, 2 of pages fail too (a debug kernel
 * of Mapix).
 *
 * Left out are calls that end the machine or change it for everybody (reboot, clocks, mounts, swap,
 * ports), kill(-1), and real-time priorities. A path is always one of the burst's own folder where
 * a call could destroy something.
 */
#include "fuzz_calls.h"
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdint.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>

#define BURST_SECONDS	 2
#define TICK_USEC	 20000 /* a signal comes so often, so that no call waits long */
#define UNPRIVILEGED_UID 1000
#define MAX_FAULTS	 30

/* ---- one burst ---- */

static void on_alarm(int sig)
{
}

static int verbose;
static int knob = -1; /* FUZZ_FAIL: where a debug kernel is told to let allocations fail */

static void map_arena(void *at, int flags)
{
	arena = mmap(at, ARENA_PAGES * PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
	if (arena == MAP_FAILED)
		_exit(4);
	memset(arena, 0, 7 * PAGE);
	mprotect(arena + 4 * PAGE, PAGE, PROT_READ);
	mprotect(arena + 5 * PAGE, PAGE, PROT_NONE);
	munmap(arena + 8 * PAGE, PAGE);
}

static sigjmp_buf next_call;
static int faults;
static pid_t main_thread;

/* The calls took the arena away, or what is there: a new one, and on with the next call. */
static void on_fault(int sig)
{
	if (++faults > MAX_FAULTS)
		_exit(5);
	map_arena(arena, MAP_FIXED);
	if (syscall(SYS_gettid) != main_thread)
		syscall(SYS_exit, 0);
	siglongjmp(next_call, 1);
}

/* No signal ends the burst at first. */
static void handle_signals(void)
{
	struct sigaction sa = {.sa_handler = on_alarm, .sa_flags = SA_NODEFER};
	int sig;

	for (sig = 1; sig < NSIG; sig++)
		sigaction(sig, &sa, NULL);
	sa.sa_handler = on_fault;
	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
}

/* Something under most numbers from 3 to 16. */
static void prepare_files(void)
{
	int fds[2], fd;

	mkdir("d", 0777);
	fd = open("a", O_RDWR | O_CREAT, 0666);
	if (write(fd, arena, PAGE) < 0)
		_exit(2);
	open("b", O_RDONLY | O_CREAT, 0666);
	symlink("a", "l");
	symlink("l2", "d/y");
	if (pipe(fds) < 0)
		_exit(2);
	open("/dev/zero", O_RDWR);
	open(".", O_RDONLY);
	open("/proc/self/maps", O_RDONLY);
	open("/proc", O_RDONLY);
	open("/dev/urandom", O_RDONLY);
	open("a", O_RDWR | O_APPEND | O_NONBLOCK);
	if (pipe2(fds, O_NONBLOCK) < 0)
		_exit(2);
}

/* What could go on for ever or eat everything is bounded. */
static void set_limits(void)
{
	struct rlimit as = {96 << 20, 96 << 20}, size = {2 << 20, 2 << 20}, files = {64, 64},
		      core = {0, 0};

	setrlimit(RLIMIT_AS, &as);
	setrlimit(RLIMIT_FSIZE, &size);
	setrlimit(RLIMIT_NOFILE, &files);
	setrlimit(RLIMIT_CORE, &core);
}

static int makes_processes(int nr)
{
	return nr == SYS_fork || nr == SYS_vfork || nr == SYS_clone || nr == SYS_clone3;
}

static int ends_burst(int nr)
{
	return nr == SYS_exit || nr == SYS_exit_group || nr == SYS_sigreturn ||
	       nr == SYS_rt_sigreturn;
}

/* Of what a descriptor stands for, or the directory that fchdir went to: root's could be /dev/zero
 * or /proc. */
static int changes_owner(int nr)
{
	static const int calls_that_do[] = {
		SYS_chmod,  SYS_fchmod,	  SYS_fchmodat, SYS_chown,  SYS_chown32,
		SYS_fchown, SYS_fchown32, SYS_fchownat, SYS_lchown, SYS_lchown32,
	};
	unsigned int i;

	for (i = 0; i < COUNT(calls_that_do); i++)
		if (calls_that_do[i] == nr)
			return 1;
	return 0;
}

/* The argument that is the lower half of a 64-bit position, whose upper half follows; 0: none. */
static int position_argument(int nr)
{
	static const struct {
		int nr, arg;
	} takes[] = {
		{SYS_pread64, 3},      {SYS_pwrite64, 3},    {SYS_preadv, 3},
		{SYS_pwritev, 3},      {SYS_preadv2, 3},     {SYS_pwritev2, 3},
		{SYS_fallocate, 2},    {SYS_ftruncate64, 1}, {SYS_readahead, 1},
		{SYS_fadvise64_64, 1}, {SYS_truncate64, 1},
	};
	unsigned int i;

	for (i = 0; i < COUNT(takes); i++)
		if (takes[i].nr == nr)
			return takes[i].arg;
	return 0;
}

/* In the last 8 KiB of all positions, so that a length passes their end. */
static void move_to_the_end(uint32_t *low)
{
	low[0] = -1 - below(2 * PAGE);
	low[1] = 0x7fffffff;
}

/* From time to time no allocation but the next few succeeds. */
static void let_allocations_fail(void)
{
	char text[16];

	if (below(4))
		return;
	snprintf(text, sizeof(text), "%d", below(3) ? (int)below(12) : -1);
	if (pwrite(knob, text, strlen(text), 0) < 0)
		knob = -1;
}

static void one_call(int log)
{
	uint32_t a[6];
	int i, nr, made = 0;
	const char *k = "mmmmmm";
	long result;

	if (below(8)) {
		const struct call *c = &calls[below(COUNT(calls))];

		nr = c->nr;
		k = c->kinds;
	} else {
		do
			nr = below(NR_CALLS_KNOWN + 20);
		while (is_forbidden(nr));
	}
	if (ends_burst(nr) && below(8))
		return;
	if (changes_owner(nr) && syscall(SYS_geteuid32) == 0)
		return;
	if (knob >= 0)
		let_allocations_fail();
	for (i = 0; i < 6; i++)
		a[i] = *k ? argument(*k++) : below(2) ? 0 : any_number();
	/* nothing shared with the parent that would be nobody's to find again */
	if (nr == SYS_clone)
		a[0] &= ~(CLONE_UNTRACED | CLONE_VFORK);
	if (nr == SYS_mmap2 && below(4))
		a[3] = (a[3] & ~0x1fU) | MAP_ANONYMOUS | (below(2) ? MAP_PRIVATE : MAP_SHARED) |
		       (below(3) ? 0 : MAP_FIXED);
	if ((nr == SYS_ftruncate64 || nr == SYS_truncate64) && below(4))
		a[2] = 0;
	if (position_argument(nr) && !below(4))
		move_to_the_end(&a[position_argument(nr)]);
	if (makes_processes(nr) && shared->forks >= MAX_FORKS)
		return;
	if (makes_processes(nr))
		made = shared->forks++;
	if (log) {
		char line[160];

		i = snprintf(line, sizeof(line), "  [%ld] %d(%#x, %#x, %#x, %#x, %#x, %#x)",
			     syscall(SYS_getpid), nr, a[0], a[1], a[2], a[3], a[4], a[5]);
		if (write(log, line, i) < 0)
			_exit(3);
	}
	result = raw_call(nr, a);
	if (log) {
		char line[32];

		i = snprintf(line, sizeof(line), " = %ld\n", result);
		if (write(log, line, i) < 0)
			_exit(3);
	}
	if (makes_processes(nr) && result > 0)
		shared->children[made] = result;
	if (makes_processes(nr) && result == 0) /* parent and child go different ways */
		random_state ^= 0x5555;
}

/* When memory runs out a burst is what has to go. */
static void set_oom_score(const char *text)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

#define THREADS	    3
#define STACK_PAGES 8

static int thread_calls;

static int thread(void *arg)
{
	int i;

	for (i = 0; i < thread_calls; i++)
		one_call((int)(intptr_t)arg);
	syscall(SYS_exit, 0);
	return 0;
}

/* They make calls of their own from the same numbers, in the same memory, with the same files. */
static void start_threads(int n, int log)
{
	int i;

	thread_calls = n;
	for (i = 0; i < THREADS; i++) {
		char *stack = mmap(NULL, STACK_PAGES * PAGE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (stack == MAP_FAILED ||
		    clone(thread, stack + STACK_PAGES * PAGE,
			  CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD,
			  (void *)(intptr_t)log) < 0)
			_exit(6);
	}
}

static void burst(uint32_t number, int n, int threads)
{
	struct itimerval tick = {{0, TICK_USEC}, {0, TICK_USEC}};
	volatile int i;
	volatile int log = 0;
	int null;

	setsid();
	if (verbose)
		log = fcntl(1, F_DUPFD, 60);
	if (knob >= 0) {
		knob = fcntl(knob, F_DUPFD, 50);
		set_oom_score("1000");
	}
	null = open("/dev/null", O_RDWR);
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	close(null);
	map_arena(NULL, 0);
	memset(long_path, 'x', sizeof(long_path) - 1);
	prepare_files();
	set_limits();
	if (number % 2 && (setgid(UNPRIVILEGED_UID) || setuid(UNPRIVILEGED_UID)))
		_exit(2);
	handle_signals();
	setitimer(ITIMER_REAL, &tick, NULL);
	main_thread = getpid();
	if (threads)
		start_threads(n, log);
	for (i = 0; i < n; i++)
		if (sigsetjmp(next_call, 0) == 0)
			one_call(log);
	_exit(0);
}

/* ---- the parent ---- */

static char program[256];
static long before[64];
static int n_before;

static int same_program(const char *pid)
{
	char path[64], target[256];
	int n;

	snprintf(path, sizeof(path), "/proc/%.20s/exe", pid);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return 0;
	target[n] = '\0';
	return strcmp(target, program) == 0;
}

/* Calls act for each process with our program that was not there at the start. */
static int for_each_stray(void (*act)(long pid))
{
	struct dirent *e;
	DIR *d = opendir("/proc");
	int i, found = 0;

	CHECK(d);
	while ((e = readdir(d))) {
		long pid = strtol(e->d_name, NULL, 10);

		if (pid <= 0 || !same_program(e->d_name))
			continue;
		for (i = 0; i < n_before && before[i] != pid; i++)
			;
		if (i < n_before)
			continue;
		found++;
		act(pid);
	}
	closedir(d);
	return found;
}

static void remember(long pid)
{
	before[n_before++] = pid;
}

static void slay(long pid)
{
	kill(pid, SIGKILL);
}

/* Objects of System V IPC outlive those who made them. */
static void remove_ipc(void)
{
	struct semid_ds sem;
	struct shmid_ds shm;
	struct msqid_ds msg;
	char ipc_info[64]; /* of any kind */
	int i, id;

	for (i = semctl(0, 0, SEM_INFO, ipc_info); i >= 0; i--)
		if ((id = semctl(i, 0, SEM_STAT, &sem)) >= 0)
			semctl(id, 0, IPC_RMID);
	for (i = shmctl(0, SHM_INFO, (void *)ipc_info); i >= 0; i--)
		if ((id = shmctl(i, SHM_STAT, &shm)) >= 0)
			shmctl(id, IPC_RMID, NULL);
	for (i = msgctl(0, MSG_INFO, (void *)ipc_info); i >= 0; i--)
		if ((id = msgctl(i, MSG_STAT, &msg)) >= 0)
			msgctl(id, IPC_RMID, NULL);
}

static void clean_up(pid_t child)
{
	int tries;

	kill(-child, SIGKILL);
	for (tries = 0; for_each_stray(slay); tries++) {
		if (tries > 100)
			CHECK_FAIL("a process does not die");
		usleep(10000);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	remove_ipc();
}

static void remove_tree(const char *path)
{
	char name[512];
	struct dirent *e;
	DIR *d;

	chmod(path, 0777);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		if (unlink(name))
			remove_tree(name);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

/* Waits for the burst; one that outlives its alarm is killed. */
static int wait_for(pid_t pid)
{
	int status = 0;

	alarm(BURST_SECONDS);
	while (waitpid(pid, &status, 0) != pid) {
		if (errno == ECHILD)
			break;
		kill(pid, SIGKILL);
		alarm(1);
	}
	alarm(0);
	return status;
}

/* Is this still a machine that works? */
static void check_alive(void)
{
	char text[8] = "";
	int fds[2];
	pid_t pid;

	CHECK(pipe(fds) == 0);
	pid = fork();
	if (pid == 0) {
		char *p = malloc(300000);

		memset(p, 1, 300000);
		_exit(p[299999] == 1 && write(fds[1], "alive", 5) == 5 ? 0 : 1);
	}
	CHECK_CHILD(pid);
	CHECK(read(fds[0], text, sizeof(text)) == 5);
	CHECK_STR(text, "alive");
	close(fds[0]);
	close(fds[1]);
}

static int setting(const char *name, int normal)
{
	const char *value = getenv(name);

	return value ? atoi(value) : normal;
}

static void run_bursts(uint32_t seed, int bursts, int n, int threads)
{
	struct sigaction sa = {.sa_handler = on_alarm};
	char folder[64];
	int i, length = readlink("/proc/self/exe", program, sizeof(program) - 1);

	CHECK(length > 0);
	snprintf(folder, sizeof(folder), "/tmp/fuzz.%d", getpid());
	sigaction(SIGALRM, &sa, NULL);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for_each_stray(remember);
	verbose = setting("FUZZ_VERBOSE", 0);
	if (setting("FUZZ_FAIL", 0)) {
		knob = open(setting("FUZZ_FAIL", 0) == 1 ? "/proc/sys/debug/fail_slab_after"
							 : "/proc/sys/debug/fail_page_alloc_after",
			    O_RDWR);
		set_oom_score("-1000");
	}
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(shared != MAP_FAILED);
	for (i = 0; i < bursts; i++) {
		int status;
		pid_t pid;

		memset(shared, 0, sizeof(*shared));
		CHECK(mkdir(folder, 0777) == 0 && chmod(folder, 0777) == 0);
		CHECK(chdir(folder) == 0);
		if (verbose)
			check_print("burst %u.%d", seed, i);
		pid = fork();
		CHECK(pid >= 0);
		if (pid == 0) {
			seed_random(seed, i);
			burst(i, n, threads);
		}
		status = wait_for(pid);
		if (knob >= 0)
			pwrite(knob, "-1", 2, 0);
		if (verbose)
			check_print("burst %u.%d: status %#x", seed, i, status);
		clean_up(pid);
		CHECK(chdir("/") == 0);
		remove_tree(folder);
		check_alive();
	}
	CHECK(access(folder, F_OK) < 0);
}

TEST(random_calls)
{
	run_bursts(setting("FUZZ_SEED", 1), setting("FUZZ_BURSTS", 25), setting("FUZZ_CALLS", 150),
		   0);
}

TEST(random_calls_of_threads)
{
	run_bursts(setting("FUZZ_SEED", 1), setting("FUZZ_BURSTS", 25), setting("FUZZ_CALLS", 150),
		   1);
}

/* ---- programs that are damaged ---- */

#define HEADER	     0x200
#define DAMAGED_RUNS 200

static long copy_program(const char *from, const char *to)
{
	static char block[65536];
	int in = open(from, O_RDONLY), out = open(to, O_RDWR | O_CREAT | O_TRUNC, 0755);
	long size = 0;
	ssize_t n;

	CHECK(in >= 0 && out >= 0);
	while ((n = read(in, block, sizeof(block))) > 0) {
		CHECK(write(out, block, n) == n);
		size += n;
	}
	close(in);
	close(out);
	return size;
}

/* Changes a few bytes of the headers, which are at the start; returns what was there by *old. */
static void damage(const char *path, unsigned char *old)
{
	static const uint32_t values[] = {0,	      1,	  3,	      7,
					  0xfff,      0x1000,	  0x08048000, 0xbffff000,
					  0xc0000000, 0xc0100000, 0xffffffff, 0x7fffffff};
	unsigned char header[HEADER];
	int fd = open(path, O_RDWR), i;

	CHECK(fd >= 0 && pread(fd, header, HEADER, 0) == HEADER);
	memcpy(old, header, HEADER);
	for (i = 1 + below(3); i; i--)
		if (below(2))
			header[below(HEADER / 2)] = rnd();
		else
			memcpy(header + 4 * below(HEADER / 8), &values[below(COUNT(values))], 4);
	CHECK(pwrite(fd, header, HEADER, 0) == HEADER);
	close(fd);
}

TEST(damaged_programs)
{
	char folder[] = "/tmp/fuzz.XXXXXX", *argv[] = {"true", NULL}, *envp[] = {NULL};
	unsigned char header[HEADER];
	int i, fd, status, null;
	pid_t pid;

	seed_random(setting("FUZZ_SEED", 1), 0);
	CHECK(mkdtemp(folder) && chdir(folder) == 0);
	copy_program("/bin/true", "true");
	for (i = 0; i < DAMAGED_RUNS; i++) {
		damage("true", header);
		pid = fork();
		if (pid == 0) {
			null = open("/dev/null", O_RDWR);
			dup2(null, 1);
			dup2(null, 2);
			alarm(2);
			execve("./true", argv, envp);
			_exit(errno == ENOEXEC || errno == ENOMEM || errno == EINVAL ? 0 : errno);
		}
		CHECK(waitpid(pid, &status, 0) == pid);
		fd = open("true", O_WRONLY);
		CHECK(fd >= 0 && pwrite(fd, header, HEADER, 0) == HEADER);
		close(fd);
	}
	/* cut off anywhere */
	for (i = 0; i < 60; i++) {
		CHECK(truncate("true", copy_program("/bin/true", "true") * i / 60) == 0);
		pid = fork();
		if (pid == 0) {
			alarm(2);
			execve("./true", argv, envp);
			_exit(0);
		}
		CHECK(waitpid(pid, &status, 0) == pid);
	}
	CHECK(unlink("true") == 0 && chdir("/") == 0 && rmdir(folder) == 0);
}
