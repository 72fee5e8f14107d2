/*
 * The end of address space, memory and processes. The caller gets an errno or, if it touched more
 * than there is, SIGKILL; what it took comes back, and the others go on.
 */
#include "exhaust.h"
#include <sched.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

/* ---- address space ---- */

TEST(address_space)
{
	unsigned long size = 256 * MEGABYTE, total = 0;
	char *last = NULL, *p;

	while (size >= PAGE) {
		p = mmap(last, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p == MAP_FAILED) {
			CHECK_EQ(errno, ENOMEM);
			size /= 2;
			continue;
		}
		total += size;
		last = p;
	}
	CHECK(total > 2900 * MEGABYTE && total < 3072 * MEGABYTE);
	CHECK_ERRNO((long)mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
	/* no room for anything: brk and a larger mapping fail too, and the stack still works */
	CHECK(sbrk(64 * MEGABYTE) == (void *)-1);
	CHECK_ERRNO((long)mremap(last, PAGE, 256 * MEGABYTE, MREMAP_MAYMOVE), ENOMEM);
	CHECK(munmap(last, PAGE) == 0);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}

TEST(limit_of_address_space)
{
	char *p;
	int n;

	set_limit(RLIMIT_AS, 64 * MEGABYTE);
	for (n = 0; (p = mmap(NULL, MEGABYTE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			      -1, 0)) != MAP_FAILED;
	     n++)
		*p = 1;
	CHECK_EQ(errno, ENOMEM);
	CHECK(n > 55 && n < 64);
	CHECK(malloc(2 * MEGABYTE) == NULL);
}

/* ---- memory ---- */

/* Touches as much as there is and more; the address space has room for 2.75 GiB at least. */
static void touch_everything(unsigned long most)
{
	unsigned long touched = 0, i;
	char *p;

	write_text("/proc/self/oom_score_adj", "1000");
	while (touched < most) {
		p = mmap(NULL, 4 * MEGABYTE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p == MAP_FAILED)
			_exit(1);
		for (i = 0; i < 4 * MEGABYTE; i += PAGE)
			p[i] = 1;
		touched += 4 * MEGABYTE;
	}
	_exit(2);
}

static unsigned long more_than_there_is(void)
{
	unsigned long total = memory();

	if (total > 2500 * MEGABYTE)
		SKIP("one process cannot touch it all");
	return total + 64 * MEGABYTE;
}

TEST(one_touches_all_memory)
{
	unsigned long most = more_than_there_is();

	CHECK_SIGNAL(touch_everything(most), SIGKILL);
	CHECK_SIGNAL(touch_everything(most), SIGKILL);
}

TEST(many_touch_all_memory)
{
	unsigned long most = more_than_there_is();
	int i, status, killed = 0;

	for (i = 0; i < 4; i++)
		if (fork() == 0)
			touch_everything(most);
	for (i = 0; i < 4; i++) {
		CHECK(wait(&status) > 0);
		killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	}
	CHECK_EQ(killed, 4);
}

/* ---- what the log says ---- */

#define SYSLOG_ACTION_READ_ALL 3

/* Let the OOM killer kill a process. => its number */
static pid_t let_kill(void)
{
	unsigned long most = more_than_there_is();
	pid_t pid = fork();
	int status;

	if (!pid)
		touch_everything(most);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	return pid;
}

/* The last report in the kernel's log. */
static const char *last_report(void)
{
	static char text[1 << 20];
	char *at, *report = NULL;
	int n = klogctl(SYSLOG_ACTION_READ_ALL, text, sizeof(text) - 1);

	CHECK(n > 0);
	text[n] = '\0';
	for (at = text; (at = strstr(at, " invoked oom-killer: ")); at++)
		report = at;
	CHECK(report);
	return report;
}

/* The text behind `what`, which must come. */
static const char *behind(const char *text, const char *what)
{
	const char *found = strstr(text, what);

	if (!found)
		CHECK_FAIL("no \"%s\" in: %.300s", what, text);
	return found + strlen(what);
}

TEST(the_log_says_where_memory_is)
{
	static const char *const parts[] = {"GFP_HIGHUSER_MOVABLE",
					    "order=0, oom_score_adj=1000\n",
					    "CPU: 0 PID: ",
					    "Comm: oom ",
					    "Call Trace:\n",
					    "Mem-Info:\n",
					    "active_anon:",
					    " inactive_anon:",
					    " isolated_anon:",
					    " active_file:",
					    " unevictable:",
					    " slab_reclaimable:",
					    " mapped:",
					    "free:",
					    " free_pcp:",
					    "Node 0 active_anon:",
					    "all_unreclaimable? ",
					    "Normal free:",
					    "kB min:",
					    "kB managed:",
					    "lowmem_reserve[]: ",
					    "Normal: ",
					    "*4kB ",
					    "*4096kB = ",
					    "Node 0 hugepages_total=",
					    " total pagecache pages\n",
					    " pages in swap cache\n",
					    "Free swap  = ",
					    "Total swap = ",
					    " pages RAM\n",
					    " pages HighMem/MovableOnly\n",
					    " pages reserved\n",
					    " pages hwpoisoned\n",
					    "Tasks state (memory values in pages):\n",
					    "[  pid  ]   uid  tgid total_vm      rss "
					    "pgtables_bytes swapents oom_score_adj name\n"};
	pid_t pid = let_kill();
	const char *at = last_report();
	char row[64], victim[64];
	unsigned long total, rss;
	int adj;

	for (unsigned int i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		at = behind(at, parts[i]);
	snprintf(row, sizeof(row), "[%7d] %5d %5d ", pid, 0, pid);
	at = behind(at, row);
	CHECK_EQ(sscanf(at, "%lu %lu %*u %*u %d oom", &total, &rss, &adj), 3);
	CHECK_EQ(adj, 1000);
	CHECK(rss <= total && rss > memory() / PAGE / 2);
	at = behind(at, "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,"
			"mems_allowed=0,global_oom,task_memcg=/,task=oom,");
	snprintf(victim, sizeof(victim), "pid=%d,uid=0\n", pid);
	at = behind(at, victim);
	snprintf(victim, sizeof(victim), "Out of memory: Killed process %d (oom) total-vm:%lukB, ",
		 pid, total * (PAGE / 1024));
	behind(at, victim);
}

TEST(the_log_can_do_without_the_processes)
{
	const char *at;

	write_text("/proc/sys/vm/oom_dump_tasks", "0");
	let_kill();
	write_text("/proc/sys/vm/oom_dump_tasks", "1");
	at = behind(last_report(), " pages RAM\n");
	CHECK(!strstr(at, "Tasks state"));
	behind(at, "oom-kill:constraint=");
}

/* ---- who is killed in the kernel ---- */

#define PIECE (32 * 4096UL)

/* In many mappings: the kernel must not go on to fault in the others after the kill. */
static void lock_more_than_there_is(unsigned long most)
{
	write_text("/proc/self/oom_score_adj", "1000");
	for (unsigned long i = 0; i < most / PIECE; i++)
		if (mmap(NULL, PIECE, PROT_READ | PROT_WRITE | (i % 2 ? PROT_EXEC : 0),
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
			_exit(2);
	mlockall(MCL_CURRENT);
	_exit(3);
}

TEST(one_locks_more_than_all_memory)
{
	CHECK_SIGNAL(lock_more_than_there_is(more_than_there_is()), SIGKILL);
}

/* The kernel touches it on behalf of the process. */
static void read_into_everything(unsigned long most)
{
	int zero = open("/dev/zero", O_RDONLY);
	unsigned long done = 0;
	ssize_t n;
	char *p;

	write_text("/proc/self/oom_score_adj", "1000");
	while (done < most) {
		p = mmap(NULL, 4 * MEGABYTE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p == MAP_FAILED)
			_exit(1);
		n = read(zero, p, 4 * MEGABYTE);
		if (n < 0)
			_exit(errno == EFAULT ? 0 : 3);
		done += 4 * MEGABYTE;
	}
	_exit(2);
}

TEST(the_kernel_touches_all_memory)
{
	unsigned long most = more_than_there_is();
	int status;
	pid_t pid = fork();

	if (pid == 0)
		read_into_everything(most);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0);
}

/* Locks memory of its own until it dies for it; a new one takes the place of whoever dies. */
static void lock_memory(void)
{
	int fd;
	char *p;

	while ((fd = open("/proc/self/oom_score_adj", O_WRONLY)) < 0 || write(fd, "1000", 4) != 4)
		usleep(1000);
	while ((p = mmap(NULL, MEGABYTE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0)) != MAP_FAILED)
		mlock(p, MEGABYTE);
	pause();
}

static volatile int handled;

static void count_signal(int sig)
{
	handled++;
}

/* The kernel's copies to new pages, and frames of signals on new stacks, until the time is up. */
static void need_memory(int seconds)
{
	const unsigned long size = 256 * 1024;
	int zero = open("/dev/zero", O_RDONLY);
	struct sigaction act = {.sa_handler = count_signal, .sa_flags = SA_ONSTACK};
	time_t end = time(NULL) + seconds;

	CHECK(zero >= 0 && sigaction(SIGUSR1, &act, NULL) == 0);
	while (time(NULL) < end) {
		stack_t ss = {.ss_size = 4 * PAGE};
		char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			       0);

		if (p == MAP_FAILED)
			continue; /* no memory for the mapping itself: who asks is told */
		CHECK_EQ(read(zero, p, size / 2), size / 2);
		ss.ss_sp = p + size / 2;
		CHECK(sigaltstack(&ss, NULL) == 0);
		raise(SIGUSR1);
		CHECK(munmap(p, size) == 0);
	}
	CHECK(handled > 0);
	_exit(0);
}

#define LOCKERS 300
#define SECONDS 10

/* However many want the same memory: a copy of the kernel waits for its share and does not fail. */
TEST(the_kernel_waits_for_memory)
{
	int lockers = memory() / MEGABYTE < LOCKERS ? memory() / MEGABYTE : LOCKERS, i, status;
	pid_t group, witness;

	write_text("/proc/self/oom_score_adj", "-1000"); /* the children's too */
	witness = fork();
	if (witness == 0)
		need_memory(SECONDS);
	group = fork();
	if (group == 0) {
		setpgid(0, 0);
		for (i = 0; i < lockers; i++)
			if (fork() == 0)
				lock_memory();
		for (;;)
			if (wait(NULL) > 0 && fork() == 0)
				lock_memory();
	}
	CHECK(waitpid(witness, &status, 0) == witness);
	setpgid(group, group);
	CHECK(kill(-group, SIGKILL) == 0);
	CHECK(waitpid(group, NULL, 0) == group);
	CHECK_EQ(status, 0);
}

/*
 * A file of the disk, mapped whole and read several times over, though it is larger than memory (if
 * there is such a one: see test_robust.py). Every eighth page becomes the process's own.
 */
TEST(map_more_than_memory)
{
	const char *path = "/data";
	struct stat st;
	long i, round, page;
	char *p;
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		SKIP("no file for it");
	CHECK(fstat(fd, &st) == 0);
	p = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, 0);
	CHECK(p != MAP_FAILED);
	for (round = 0; round < 3; round++)
		for (i = 0; i + (long)PAGE <= st.st_size; i += PAGE) {
			page = i / PAGE;
			/* lines of eight bytes, 128 of them with one number */
			CHECK_EQ(atoi(p + i + 8), page * 4);
			if (page % 8 == 0) {
				CHECK_EQ(p[i + 7], round ? 'x' : '\n');
				p[i + 7] = 'x';
			}
		}
	if (fork() == 0)
		_exit(p[7] != 'x' || p[PAGE + 7] != '\n');
	CHECK(wait(&fd) > 0 && fd == 0);
}

static unsigned long free_memory(void)
{
	struct sysinfo info;

	CHECK(sysinfo(&info) == 0);
	return info.freeram * info.mem_unit;
}

/* What MADV_FREE has given up is taken before anybody dies; but not what was written since. */
TEST(freed_memory_is_taken_when_it_is_short)
{
	unsigned long fifth, size, more, i, gone = 0;
	char *p, *q;

	more_than_there_is();
	write_text("/proc/sys/vm/drop_caches", "3");
	do { /* whoever was killed before may still be going */
		fifth = free_memory() / 5;
		usleep(50000);
	} while (free_memory() / 5 > fifth + MEGABYTE);
	size = 3 * fifth & -PAGE;
	more = 4 * fifth & -PAGE;
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	q = mmap(NULL, more, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED && q != MAP_FAILED);
	for (i = 0; i < size; i += PAGE)
		p[i] = 1;
	CHECK(madvise(p, size, MADV_FREE) == 0);
	for (i = 0; i < size; i += 16 * PAGE)
		p[i + 1] = 2;
	for (i = 0; i < more; i += PAGE)
		q[i] = 3;
	for (i = 0; i < more; i += PAGE)
		CHECK_EQ(q[i], 3);
	for (i = 0; i < size; i += PAGE) {
		CHECK_EQ(p[i + 1], i % (16 * PAGE) ? 0 : 2);
		CHECK(p[i] == 1 || (p[i] == 0 && i % (16 * PAGE)));
		gone += p[i] == 0;
	}
	CHECK(gone > 0);
}

/* Who runs out of memory is not who has taken it all: the large one dies, and the small one never
 * notices. */
TEST(the_large_one_dies)
{
	int fds[2], status;
	pid_t large;
	char c, *p;
	unsigned long part = (more_than_there_is() - 64 * MEGABYTE) / 8, i;

	CHECK(pipe(fds) == 0);
	/* what the cache of files has is not free, but there for the asking */
	write_text("/proc/sys/vm/drop_caches", "3");
	large = fork();
	if (large == 0) {
		unsigned long size = free_memory() - part;

		write_text("/proc/self/oom_score_adj", "900");
		p = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		for (i = 0; i < size && free_memory() > part; i += PAGE)
			p[i] = 1;
		c = write(fds[1], "x", 1);
		pause();
	}
	close(fds[1]);
	CHECK_EQ(read(fds[0], &c, 1), 1);
	p = mmap(NULL, 2 * part, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED);
	for (i = 0; i < 2 * part; i += PAGE)
		p[i] = 1;
	CHECK(waitpid(large, &status, 0) == large);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* ---- processes ---- */

TEST(fork_bomb)
{
	int n, fds[2];
	char c;

	CHECK(pipe(fds) == 0);
	set_limit(RLIMIT_NPROC, 100);
	become_nobody();
	for (n = 0;; n++) {
		pid_t pid = fork();

		if (pid < 0)
			break;
		if (pid == 0) {
			close(fds[1]);
			_exit(read(fds[0], &c, 1)); /* until the end */
		}
		CHECK(n < 100);
	}
	CHECK_EQ(errno, EAGAIN);
	CHECK_EQ(n, 99);
	CHECK_ERRNO(vfork(), EAGAIN);
	close(fds[1]);
	while (n--) {
		int status;

		CHECK(wait(&status) > 0);
		CHECK_EQ(status, 0);
	}
}

/* Each child forks again, until nothing goes any more. */
static void multiply(void)
{
	for (;;)
		if (fork() < 0 && errno != EAGAIN)
			_exit(1);
}

TEST(exponential_fork_bomb)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		setpgid(0, 0);
		set_limit(RLIMIT_NPROC, 60);
		become_nobody();
		signal(SIGALRM, SIG_DFL);
		multiply();
	}
	setpgid(pid, pid);
	usleep(300000);
	/* more may be born while the group is killed */
	while (kill(-pid, SIGKILL) == 0) {
		usleep(10000);
		while (waitpid(-1, &status, WNOHANG) > 0)
			;
	}
}

static char thread_stacks[200][512] __attribute__((aligned(16)));

static int idle_thread(void *arg)
{
	syscall(SYS_pause);
	return 0;
}

TEST(threads_until_there_are_too_many)
{
	int n;

	set_limit(RLIMIT_NPROC, 100);
	become_nobody();
	for (n = 0; n < 200; n++)
		if (clone(idle_thread, thread_stacks[n] + sizeof(thread_stacks[n]),
			  CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD,
			  NULL) < 0)
			break;
	CHECK_EQ(errno, EAGAIN);
	CHECK_EQ(n, 99);
	/* exit_group ends them all */
}
