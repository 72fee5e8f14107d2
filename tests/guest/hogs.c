/* mapix-only: Linux's killer does not see what a process has in pipes and memfds, and takes others.
 *
 * A user takes all memory, of one kind in each case. Meanwhile root's shell answers in time and
 * gets no ENOMEM, nobody of root's is killed, and in the end everything is free again. For machines
 * of 16 to 256 MiB; see tests/system/test_hogs.py.
 */
#include "exhaust.h"
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#define HOGS	    4
#define ROUNDS	    4
#define MOST_MS	    5000 /* until the killed are gone */
#define SHELL_MS    3000
#define SHORT_PAGES 1024 /* memory is short: so few are free */
#define PGDIR_SIZE  (4UL << 20)
#define VMAS	    40000
#define PROCESSES   24

static char block[64 * 1024];

/* ---- the hogs, each until it is killed ---- */

/* Where there is a limit short of all memory the hog stays there. */
static void rest(void)
{
	for (;;)
		pause();
}

static void anonymous_pages(void)
{
	char *p;

	while ((p = mmap(NULL, MEGABYTE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0)) != MAP_FAILED)
		memset(p, 1, MEGABYTE);
	rest();
}

static void pipes(void)
{
	int fds[2];

	while (pipe2(fds, O_NONBLOCK) == 0)
		while (write(fds[1], block, PAGE) > 0)
			;
	rest();
}

static void memfds(void)
{
	int fd = syscall(SYS_memfd_create, "hog", 0);

	while (write(fd, block, sizeof(block)) > 0)
		;
	rest();
}

/* The same, but the descriptor is closed: only one page of it is mapped. */
static void mapped_memfds(void)
{
	int fd, i;

	for (;;) {
		fd = syscall(SYS_memfd_create, "hog", 0);
		for (i = 0; i < 16 && write(fd, block, sizeof(block)) > 0; i++)
			;
		mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
		close(fd);
	}
}

static void files_of_tmpfs(void)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "/dev/shm/hogs/%d", getpid());
	fd = open(name, O_WRONLY | O_CREAT, 0600);
	while (write(fd, block, sizeof(block)) > 0)
		;
	rest();
}

/* One table for each page that is read; a child has none of them. */
static void page_tables(void)
{
	volatile char *p = MAP_FAILED;
	unsigned long size = 2UL << 30, i;

	while ((p = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			 0)) == MAP_FAILED)
		size -= PGDIR_SIZE;
	do
		for (i = 0; i < size; i += PGDIR_SIZE)
			(void)p[i];
	while (fork() == 0);
	rest();
}

static void mappings(void)
{
	char *p = mmap(NULL, VMAS * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);
	unsigned long i;

	for (i = 0; p != MAP_FAILED && i < VMAS; i += 2)
		mprotect(p + i * PAGE, PAGE, PROT_READ);
	for (;;)
		if (fork() < 0)
			sched_yield();
}

/* Names that are not there, on the disk. */
static void dentries(void)
{
	char name[256];
	int i;

	for (i = 0;; i++) {
		snprintf(name, sizeof(name), "/bin/%0200d", getpid() * 10000000 + i);
		access(name, F_OK);
	}
}

/* ---- the others ---- */

static long number_in(const char *path, const char *key)
{
	static char text[8192];
	const char *line;
	int fd = open(path, O_RDONLY), n;

	CHECK(fd >= 0);
	n = read(fd, text, sizeof(text) - 1);
	CHECK(n > 0);
	close(fd);
	text[n] = '\0';
	line = strstr(text, key);
	CHECK(line);
	return strtol(line + strlen(key), NULL, 10);
}

static long free_pages_now(void)
{
	return number_in("/proc/meminfo", "MemFree:") / 4;
}

static long now_ms(void)
{
	struct timespec t;

	CHECK(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Hogs of the user, and one who makes new ones for those that die. */
static pid_t start_hogs(void (*hog)(void))
{
	pid_t pid = fork();
	int i;

	CHECK(pid >= 0);
	if (pid) {
		setpgid(pid, pid);
		return pid;
	}
	setpgid(0, 0);
	set_limit(RLIMIT_NPROC, PROCESSES);
	become_nobody();
	for (i = 0;; i++) {
		if (i >= HOGS)
			wait(NULL);
		if (fork() == 0)
			hog();
	}
}

static void wait_until_short(void)
{
	long end = now_ms() + 1000;

	while (free_pages_now() > SHORT_PAGES && now_ms() < end)
		usleep(10000);
}

/* What root does at a terminal: files, folders, programs, pipes. */
static void use_the_shell(void)
{
	static const char line[] = "mkdir /tmp/q && echo abc >/tmp/q/f && cat /tmp/q/f "
				   "/proc/self/status | grep -q abc && "
				   "ls /tmp/q | grep -q f && rm /tmp/q/f && rmdir /tmp/q";
	char *const argv[] = {"sh", "-c", (char *)line, NULL};
	pid_t pid = vfork();

	if (pid == 0) {
		execv("/bin/sh", argv);
		_exit(CHECK_FAILED);
	}
	CHECK(pid > 0);
	CHECK_CHILD(pid);
}

/* All that is not in use, in the caches too. */
static long pages_to_have(void)
{
	write_text("/proc/sys/vm/drop_caches", "3");
	return free_pages_now();
}

/* => the longest that the shell took. */
static long root_works(void)
{
	long longest = 0, start, i;

	for (i = 0; i < ROUNDS; i++) {
		start = now_ms();
		use_the_shell();
		if (now_ms() - start > longest)
			longest = now_ms() - start;
	}
	return longest;
}

/* takes_all: no limit but memory stops the hogs, so some of them must have been killed. */
static void withstand(void (*hog)(void), int takes_all)
{
	long before, after, longest, end, killed = number_in("/proc/vmstat", "oom_kill ");
	pid_t hogs;

	use_the_shell(); /* what it needs is there, and stays */
	before = pages_to_have();
	hogs = start_hogs(hog);
	wait_until_short();
	longest = root_works();
	end = now_ms() + MOST_MS;
	while (kill(-hogs, SIGKILL) == 0 && now_ms() < end) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		usleep(10000);
	}
	CHECK_ERRNO(kill(-hogs, 0), ESRCH);
	if (hog == files_of_tmpfs)
		CHECK(system("rm -r /dev/shm/hogs") == 0);
	after = pages_to_have();
	check_print("  %s: %ld ms", check_name, longest);
	if (longest > SHELL_MS)
		CHECK_FAIL("the shell took %ld ms", longest);
	if (after < before - before / 50)
		CHECK_FAIL("%ld pages of %ld are missing", before - after, before);
	if (takes_all)
		CHECK(number_in("/proc/vmstat", "oom_kill ") > killed);
}

TEST(anonymous_pages)
{
	withstand(anonymous_pages, 1);
}

TEST(pipes)
{
	withstand(pipes, 0);
}

TEST(memfds)
{
	withstand(memfds, 1);
}

TEST(mapped_memfds)
{
	withstand(mapped_memfds, 1);
}

TEST(files_of_tmpfs)
{
	CHECK(mkdir("/dev/shm/hogs", 0777) == 0 && chmod("/dev/shm/hogs", 0777) == 0);
	withstand(files_of_tmpfs, 0);
}

TEST(page_tables)
{
	withstand(page_tables, 0);
}

TEST(mappings)
{
	withstand(mappings, 0);
}

TEST(dentries)
{
	withstand(dentries, 0);
}
