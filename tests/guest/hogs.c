/* mapix-only: Linux's killer does not see what a process has in pipes and memfds, and takes others.
 *
 * A user takes all memory, of one kind in each case. Meanwhile root's shell answers in time and
 * gets no ENOMEM, nobody of root's is killed, and in the end everything is free again. For machines
 * of 16 to 256 MiB; see tests/system/test_hogs.py.
 */
#include "exhaust.h"
#include <poll.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#define HOGS	    4
#define ROUNDS	    4
#define MOST_MS	    5000 /* until the killed are gone */
#define SHELL_MS    5000
#define SHORT_PAGES 1024 /* memory is short: so few are free */
#define TABLE_SPAN  (4UL << 20)
#define VMAS	    40000
#define PROCESSES   24
#define DESCRIPTORS 4096
#define MAPPINGS    2000
#define LOCKS	    200 /* of a file */
#define LOCKED	    160 /* files */
#define TEXTS	    500

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

/* All that there are for everybody. */
static void files_of_tmpfs(void)
{
	static const char *const folders[] = {"/dev/shm/hogs", "/tmp/hogs"};
	char name[64];
	int fd, i;

	for (i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "%s/%d", folders[i], getpid());
		fd = open(name, O_WRONLY | O_CREAT, 0600);
		while (write(fd, block, sizeof(block)) > 0)
			;
	}
	rest();
}

/* One table for each page that is read; a child has none of them. */
static void page_tables(void)
{
	volatile char *p = MAP_FAILED;
	unsigned long size = 2UL << 30, i;

	while ((p = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			 0)) == MAP_FAILED)
		size -= TABLE_SPAN;
	do
		for (i = 0; i < size; i += TABLE_SPAN)
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

/* Names of one file, and links with the longest text that costs no block. */
/* Each is filled and left behind. */
static void segments(void)
{
	int id;

	while ((id = shmget(IPC_PRIVATE, MEGABYTE, 0600)) >= 0) {
		char *p = shmat(id, NULL, 0);

		memset(p, 1, MEGABYTE);
		shmdt(p);
	}
	rest();
}

/* Semaphores too, with what is to be undone. */
static void messages(void)
{
	struct sembuf sop = {0, 1, SEM_UNDO};
	long type = 1;
	int id;

	while ((id = msgget(IPC_PRIVATE, 0600)) >= 0)
		while (msgsnd(id, &type, 0, IPC_NOWAIT) == 0)
			;
	while ((id = semget(IPC_PRIVATE, 32, 0600)) >= 0)
		semop(id, &sop, 1);
	rest();
}

static void remove_ipc(void)
{
	struct seminfo sems;
	struct shm_info shms;
	struct msginfo msgs;
	struct semid_ds sem;
	struct shmid_ds shm;
	struct msqid_ds msg;
	int i, id;

	for (i = semctl(0, 0, SEM_INFO, &sems); i >= 0; i--)
		if ((id = semctl(i, 0, SEM_STAT, &sem)) >= 0)
			semctl(id, 0, IPC_RMID);
	for (i = shmctl(0, SHM_INFO, (struct shmid_ds *)&shms); i >= 0; i--)
		if ((id = shmctl(i, SHM_STAT, &shm)) >= 0)
			shmctl(id, IPC_RMID, NULL);
	for (i = msgctl(0, MSG_INFO, (struct msqid_ds *)&msgs); i >= 0; i--)
		if ((id = msgctl(i, MSG_STAT, &msg)) >= 0)
			msgctl(id, IPC_RMID, NULL);
}

static void names_in_tmpfs(void)
{
	char name[256], text[128];
	int i;

	memset(text, 't', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	if (chdir("/dev/shm/hogs"))
		rest();
	close(open("file", O_WRONLY | O_CREAT, 0644));
	for (i = 0;; i++) {
		snprintf(name, sizeof(name), "%0200d", getpid() * 10000000 + i);
		if ((i & 1 ? link("file", name) : symlink(text, name)) < 0 && errno == ENOSPC)
			rest();
	}
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

static long killed_by_oom(void)
{
	return number_in("/proc/vmstat", "oom_kill ");
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
	static const char line[] = "mkdir /dev/q && echo abc >/dev/q/f && cat /dev/q/f "
				   "/proc/self/status | grep -q abc && "
				   "ls /dev/q | grep -q f && rm /dev/q/f && rmdir /dev/q";
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
	long before, after, longest, end, killed = killed_by_oom();
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
	if (access("/tmp/hogs", F_OK) == 0)
		CHECK(system("rm -r /tmp/hogs /dev/shm/hogs") == 0);
	remove_ipc();
	after = pages_to_have();
	check_print("  %s: %ld ms", check_name, longest);
	if (longest > SHELL_MS)
		CHECK_FAIL("the shell took %ld ms", longest);
	if (after < before - before / 50)
		CHECK_FAIL("%ld pages of %ld are missing", before - after, before);
	if (takes_all)
		CHECK(killed_by_oom() > killed);
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

static void make_folders(void)
{
	CHECK(mkdir("/dev/shm/hogs", 0777) == 0 && chmod("/dev/shm/hogs", 0777) == 0);
	CHECK(mkdir("/tmp/hogs", 0777) == 0 && chmod("/tmp/hogs", 0777) == 0);
}

TEST(files_of_tmpfs)
{
	make_folders();
	withstand(files_of_tmpfs, 0);
}

TEST(names_in_tmpfs)
{
	make_folders();
	withstand(names_in_tmpfs, 0);
}

TEST(segments)
{
	withstand(segments, 0);
}

TEST(messages)
{
	withstand(messages, 0);
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

/* ---- who has the kernel's own memory is found ---- */

/* Each is a file of its own. */
static void shared_mappings(void)
{
	int i;

	for (i = 0; i < MAPPINGS; i++)
		CHECK(mmap(NULL, PAGE, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}

/* Every second byte of many files. */
static void file_locks(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
	int fd, i;

	for (i = 0; i < LOCKED; i++) {
		fd = open("/tmp/locked", O_RDWR | O_CREAT, 0600);
		CHECK(fd >= 0 && unlink("/tmp/locked") == 0);
		for (lock.l_start = 0; lock.l_start < 2 * LOCKS; lock.l_start += 2)
			CHECK(fcntl(fd, F_SETLK, &lock) == 0);
	}
}

/* The first byte of each: the rest of the text stays in the file's buffer. */
static void texts_of_proc(void)
{
	char c;
	int i;

	for (i = 0; i < TEXTS; i++)
		CHECK_EQ(read(open("/proc/version", O_RDONLY), &c, 1), 1);
}

/* Files that name the memory of processes that are gone. */
static void dead_memory(void)
{
	char name[32];
	pid_t pid;
	int i;

	for (i = 0; i < TEXTS; i++) {
		pid = fork();
		if (pid == 0)
			rest();
		snprintf(name, sizeof(name), i & 1 ? "/proc/%d/mem" : "/proc/%d/maps", pid);
		CHECK(pid > 0 && open(name, O_RDONLY) >= 0);
		CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
	}
}

static void readers_of_the_log(void)
{
	int i;

	for (i = 0; i < TEXTS; i++)
		CHECK(open("/dev/kmsg", O_RDONLY) >= 0);
}

/* A thread sleeps on many queues. */
static int sleep_on_all(void *arg)
{
	poll(arg, DESCRIPTORS, -1);
	return 0;
}

static void polls(void)
{
	static struct pollfd fds[DESCRIPTORS];
	static char stack[8192] __attribute__((aligned(16)));
	int ends[2], i;

	set_limit(RLIMIT_NOFILE, DESCRIPTORS);
	CHECK(pipe(ends) == 0);
	for (i = 0; i < DESCRIPTORS; i++)
		fds[i] = (struct pollfd){.fd = ends[0], .events = POLLIN};
	CHECK(clone(sleep_on_all, stack + sizeof(stack),
		    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, fds) > 0);
}

static void take_pages(unsigned long bytes)
{
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long i;

	CHECK(p != MAP_FAILED);
	for (i = 0; i < bytes; i += PAGE)
		p[i] = 1;
}

static void take_until_one_dies(void)
{
	long killed = killed_by_oom();

	while (killed_by_oom() == killed)
		take_pages(sizeof(block));
	rest();
}

/* A child that does it, or has so many bytes of its own, and is the first to be killed. */
static pid_t start_holder(void (*hold)(void), unsigned long bytes)
{
	int ready[2];
	pid_t pid;
	char c;

	CHECK(pipe(ready) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		write_text("/proc/self/oom_score_adj", "900");
		if (hold)
			hold();
		else
			take_pages(bytes);
		CHECK_EQ(write(ready[1], "x", 1), 1);
		rest();
	}
	close(ready[1]);
	CHECK_EQ(read(ready[0], &c, 1), 1);
	close(ready[0]);
	return pid;
}

/* It is killed before one that has `bytes` in pages of its own. */
static void is_found(void (*hold)(void), unsigned long bytes)
{
	pid_t holder = start_holder(hold, 0), other = start_holder(NULL, bytes), user = fork();
	int status;

	CHECK(user >= 0);
	if (user == 0) {
		write_text("/proc/self/oom_score_adj", "-900");
		take_until_one_dies();
	}
	CHECK_EQ(wait(&status), holder);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK(kill(user, SIGKILL) == 0 && kill(other, SIGKILL) == 0);
	CHECK(wait(NULL) > 0 && wait(NULL) > 0);
}

TEST(files_of_mappings_are_found)
{
	is_found(shared_mappings, MAPPINGS * 300);
}

TEST(locks_are_found)
{
	is_found(file_locks, LOCKED * LOCKS * 32);
}

TEST(texts_of_proc_are_found)
{
	is_found(texts_of_proc, TEXTS * 3000);
}

TEST(dead_memory_is_found)
{
	is_found(dead_memory, TEXTS * 3000);
}

TEST(readers_of_the_log_are_found)
{
	is_found(readers_of_the_log, TEXTS * 3000);
}

TEST(polls_are_found)
{
	is_found(polls, DESCRIPTORS * 32);
}
