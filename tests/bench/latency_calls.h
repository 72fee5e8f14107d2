/*
 * What latency.c measures: calls with input that makes them long. Each function repeats its calls
 * for ever, as a user; files stand in /tmp/latency.
 */
#ifndef LATENCY_CALLS_H
#define LATENCY_CALLS_H

#include "latency_ipc.h"
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define KIB		1024UL
#define MIB		(1024 * KIB)
#define GIB		(1024 * MIB)
#define PAGE		4096UL
#define AREA		((char *)0x10000000) /* where the many mappings stand */
#define MANY		60000
#define LARGE		(GIB + 512 * MIB)
#define NAMES		4000
#define ACTION_READ_ALL 3

static char big[MIB];

static char *anonymous(unsigned long size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		    -1, 0);
}

static int memfd(long long size)
{
	int fd = memfd_create("latency", 0);

	ftruncate64(fd, size);
	return fd;
}

/* MANY mappings that do not merge, each of one page, with a hole behind it. */
static void many_mappings(int fd)
{
	for (unsigned long i = 0; i < MANY; i++)
		mmap(AREA + i * 2 * PAGE, PAGE, i & 1 ? PROT_READ | PROT_WRITE : PROT_READ,
		     MAP_FIXED | (fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED), fd, 0);
}

/* A page here and there, so that there are page tables, and 40 MiB of pages. */
static char *sparse(void)
{
	char *p = anonymous(LARGE);

	for (unsigned long i = 0; i < LARGE; i += 4 * MIB)
		p[i] = 1;
	memset(p, 1, 40 * MIB);
	return p;
}

/* Page tables full of the page of zeros. */
static char *zeros(void)
{
	char *p = anonymous(LARGE);

	madvise(p, LARGE, MADV_POPULATE_READ);
	return p;
}

static void vectors(struct iovec v[1024], unsigned long length)
{
	for (int i = 0; i < 1024; i++)
		v[i] = (struct iovec){big, length};
}

/* ---- reading and writing ---- */

static void read_zeros(void)
{
	int fd = open("/dev/zero", O_RDONLY);
	struct iovec v[1024];

	vectors(v, MIB);
	for (;;)
		readv(fd, v, 1024);
}

static void get_random(void)
{
	char *p = anonymous(64 * MIB);

	for (;;)
		syscall(SYS_getrandom, p, 64 * MIB, 0);
}

static void write_memory(void)
{
	int fd = memfd(0);
	struct iovec v[1024];

	vectors(v, 32 * KIB);
	for (;;) {
		pwritev(fd, v, 1024, 0);
		ftruncate(fd, 0);
	}
}

static void read_hole(void)
{
	int fd = memfd(GIB);
	struct iovec v[1024];

	vectors(v, MIB);
	for (;;)
		preadv(fd, v, 1024, 0);
}

static void send_hole(void)
{
	int fd = memfd(16LL * GIB), null = open("/dev/null", O_WRONLY);

	for (;;) {
		off64_t pos = 0;

		sendfile64(null, fd, &pos, 0x7ffff000);
	}
}

static void copy_range(void)
{
	int fd = memfd(GIB), to = memfd(0);

	for (;;) {
		off64_t in = 0, out = 0;

		copy_file_range(fd, &in, to, &out, 64 * MIB, 0);
		ftruncate(to, 0);
	}
}

static void seek_data(void)
{
	int fd = memfd(0);

	fallocate64(fd, FALLOC_FL_KEEP_SIZE, 0, 64 * MIB);
	pwrite64(fd, "x", 1, (1LL << 42) - 5);
	for (;;) {
		lseek64(fd, 0, SEEK_DATA);
		lseek64(fd, 0, SEEK_HOLE);
	}
}

static void allocate(void)
{
	int fd = memfd(0);
	char *p = mmap(NULL, LARGE, PROT_READ, MAP_SHARED, fd, 0);

	for (;;) {
		fallocate64(fd, 0, 0, 48 * MIB);
		madvise(p, 48 * MIB, MADV_POPULATE_READ);
		fallocate64(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1LL << 42);
		ftruncate64(fd, 0);
	}
}

static void write_null(void)
{
	int fd = open("/dev/null", O_WRONLY);
	struct iovec v[1024];

	vectors(v, MIB);
	for (;;)
		writev(fd, v, 1024);
}

static void vm_read(void)
{
	char *from = anonymous(48 * MIB), *to = anonymous(48 * MIB);
	struct iovec local = {to, 48 * MIB}, remote = {from, 48 * MIB};

	for (;;) {
		process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
		process_vm_writev(getpid(), &local, 1, &remote, 1, 0);
		madvise(from, 48 * MIB, MADV_DONTNEED);
		madvise(to, 48 * MIB, MADV_DONTNEED);
	}
}

/* ---- memory ---- */

static void in_core(void)
{
	unsigned char *vec = malloc(LARGE / PAGE);
	char *p = sparse();

	for (;;)
		mincore(p, LARGE, vec);
}

static void map_and_unmap(void)
{
	for (;; munmap(AREA, MANY * 2 * PAGE))
		many_mappings(-1);
}

/* All show the same page of a file: how long is its truncation? */
static void truncate_mapped(void)
{
	int fd = memfd(PAGE);

	many_mappings(fd);
	for (;;) {
		for (unsigned long i = 0; i < MANY; i += 16)
			(void)*(volatile char *)(AREA + i * 2 * PAGE);
		ftruncate(fd, 0);
		ftruncate(fd, PAGE);
	}
}

static void protect(void)
{
	char *p = zeros();

	memset(p, 1, 40 * MIB);
	for (;;) {
		mprotect(p, LARGE, PROT_READ);
		mprotect(p, LARGE, PROT_READ | PROT_WRITE);
	}
}

static void protect_many(void)
{
	char *p = anonymous(MANY * 2 * PAGE);

	for (;;) {
		for (unsigned long i = 0; i < MANY; i += 2)
			mprotect(p + i * PAGE, PAGE, PROT_NONE);
		mprotect(p, MANY * PAGE, PROT_READ);
		madvise(p, MANY * PAGE, MADV_DONTFORK);
		madvise(p, MANY * PAGE, MADV_DOFORK);
		mprotect(p, MANY * PAGE, PROT_READ | PROT_WRITE);
	}
}

static void advise(void)
{
	char *p = zeros();

	for (;;) {
		memset(p, 1, 40 * MIB);
		madvise(p, LARGE, MADV_FREE);
		madvise(p, LARGE, MADV_COLD);
		madvise(p, LARGE, MADV_PAGEOUT);
		madvise(p, 48 * MIB, MADV_DONTNEED);
		madvise(p, LARGE, MADV_POPULATE_READ);
	}
}

/* From one page table into two. */
static void move(void)
{
	const unsigned long size = LARGE / 2;
	char *p = zeros(), *to = anonymous(size + 4 * MIB) + PAGE;

	for (;;) {
		if (mremap(p, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to) == MAP_FAILED ||
		    mremap(to, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, p) == MAP_FAILED)
			_exit(1);
	}
}

static void lock_memory(void)
{
	char *p = zeros();

	for (;;) {
		mlock(p, 60000);
		munlock(p, LARGE);
		msync(p, LARGE, MS_SYNC);
	}
}

static void populate(void)
{
	for (;;)
		munmap(mmap(NULL, 48 * MIB, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0),
		       48 * MIB);
}

/* ---- processes ---- */

static void fork_and_wait(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
}

static void fork_many(void)
{
	many_mappings(-1);
	for (;;)
		fork_and_wait();
}

static void fork_large(void)
{
	char *p = zeros();

	memset(p, 1, 40 * MIB);
	for (;;)
		fork_and_wait();
}

static void exit_many(void)
{
	for (;;) {
		pid_t pid = fork();

		if (!pid) {
			many_mappings(-1);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

/* The strings of execve, and the pointers to them. */
static void exec_strings(void)
{
	static char *argv[17];

	memset(big, 'x', 130000);
	for (int i = 0; i < 15; i++)
		argv[i] = big;
	for (;;) {
		pid_t pid = fork();

		if (!pid) {
			execv("/bin/true", argv);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

static void exec_pointers(void)
{
	char **argv = (char **)anonymous(8 * MIB);

	for (int i = 0; i < 2000000; i++)
		argv[i] = "";
	for (;;)
		execv("/bin/true", argv);
}

/* As many as may be: the program is started, with the pointers on its stack. */
static void exec_most(void)
{
	char **argv = (char **)anonymous(2 * MIB);

	for (int i = 0; i < 300000; i++)
		argv[i] = "";
	for (;;) {
		pid_t pid = fork();

		if (!pid) {
			execv("/bin/true", argv);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

/* A script's interpreter takes the place of its name, character by character. */
static void exec_script(void)
{
	static char *argv[] = {big, NULL};
	int fd = open("/tmp/latency/script", O_CREAT | O_WRONLY, 0700);

	write(fd, "#!/bin/true\n", 12);
	close(fd);
	memset(big, 'x', 130000);
	for (;;) {
		pid_t pid = fork();

		if (!pid) {
			execv("/tmp/latency/script", argv);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

static void signal_all(void)
{
	for (int i = 0; i < 400; i++) {
		if (!fork()) {
			pause();
			_exit(0);
		}
	}
	for (;;) {
		kill(-1, 0);
		kill(0, SIGCONT);
		setpriority(PRIO_USER, 0, 1);
		fork_and_wait();
	}
}

static void list_processes(void)
{
	int fd = open("/proc", O_RDONLY);

	for (int i = 0; i < 400; i++) {
		if (!fork()) {
			pause();
			_exit(0);
		}
	}
	for (;;) {
		lseek(fd, 0, SEEK_SET);
		while (syscall(SYS_getdents64, fd, big, sizeof(big)) > 0)
			;
	}
}

static int sleeper(void *word)
{
	syscall(SYS_futex, word, 0, 0, NULL);
	return 0;
}

static void futexes(void)
{
	static int words[64 * KIB];

	for (int i = 0; i < 800; i++)
		clone(sleeper, anonymous(2 * PAGE) + 2 * PAGE,
		      CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, words);
	for (;;) {
		syscall(SYS_futex, words, 3, 0, 1000, words + 1, 0);
		syscall(SYS_futex, words + 1, 3, 0, 1000, words, 0);
	}
}

static void queue_signals(void)
{
	union sigval value = {1};
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	for (;;) {
		pid_t pid = fork();

		if (!pid) {
			while (!sigqueue(getpid(), SIGRTMIN + 6, value))
				;
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

/* ---- /proc ---- */

static void read_again(const char *path)
{
	int fd = open(path, O_RDONLY);

	for (;;) {
		lseek(fd, 0, SEEK_SET);
		while (read(fd, big, sizeof(big)) > 0)
			;
	}
}

static void read_smaps(void)
{
	many_mappings(-1);
	read_again("/proc/self/smaps");
}

static void read_rollup(void)
{
	many_mappings(-1);
	read_again("/proc/self/smaps_rollup");
}

static void seek_maps(void)
{
	int fd;

	many_mappings(-1);
	fd = open("/proc/self/maps", O_RDONLY);
	for (;;) {
		lseek(fd, 3000000, SEEK_SET);
		read(fd, big, 100);
		lseek(fd, 0, SEEK_SET);
		read(fd, big, 100);
	}
}

static void clear_refs(void)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY);

	many_mappings(-1);
	for (;;)
		write(fd, "1", 1);
}

static void read_pagemap(void)
{
	char *p = anonymous(6 * MIB);
	int fd = open("/proc/self/pagemap", O_RDONLY);

	for (;;)
		pread(fd, p, 6 * MIB, 0);
}

/* ---- names and descriptors ---- */

static void list_names(void)
{
	char name[32];
	int fd;

	mkdir("/tmp/latency/big", 0700);
	for (int i = 0; i < NAMES; i++) {
		sprintf(name, "/tmp/latency/big/f%d", i);
		close(open(name, O_CREAT | O_RDWR, 0600));
	}
	fd = open("/tmp/latency/big", O_RDONLY);
	for (;;) {
		lseek(fd, 0, SEEK_SET);
		while (syscall(SYS_getdents64, fd, big, sizeof(big)) > 0)
			;
		lseek(fd, NAMES / 2, SEEK_SET);
		syscall(SYS_getdents64, fd, big, 300);
		rmdir("/tmp/latency/big");
	}
}

/* Links to links, the text of each as long as it may be. */
static void follow_links(void)
{
	char text[5000], name[32];
	struct stat st;

	for (int i = 0; i < 30; i++) {
		*text = '\0';
		for (char *p = text; i && p < text + 3900; p += 3)
			strcpy(p, "./.");
		if (i)
			sprintf(text + strlen(text), "/../latency/s%d", i - 1);
		else
			strcpy(text, "/tmp/latency");
		sprintf(name, "/tmp/latency/s%d", i);
		symlink(text, name);
	}
	for (;;)
		stat("/tmp/latency/s29", &st);
}

static void deep_directory(void)
{
	chdir("/tmp/latency");
	for (int i = 0; i < 3000; i++) {
		mkdir("d", 0700);
		if (chdir("d"))
			break;
	}
	for (;;) {
		syscall(SYS_getcwd, big, 4096);
		readlink("/proc/self/cwd", big, 4096);
		rename("../d", "../e");
		rename("../e", "../d");
	}
}

static void many_locks(void)
{
	for (;;) {
		int fd = open("/tmp/latency/locks", O_CREAT | O_RDWR, 0600);

		for (int i = 0; i < 3000; i++) {
			struct flock lock = {
				.l_type = F_WRLCK, .l_start = 6000 - i * 2, .l_len = 1};

			if (fcntl(fd, F_SETLK, &lock))
				break;
		}
		close(fd);
	}
}

static rlim_t most_files(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_max > 100000 ? 100000 : limit.rlim_max;
}

static void poll_many(void)
{
	rlim_t n = most_files();
	struct pollfd *fds = calloc(n, sizeof(*fds));

	for (rlim_t i = 0; i < n; i++)
		fds[i] = (struct pollfd){.fd = i % 3, .events = POLLPRI};
	for (;;)
		poll(fds, n, 0);
}

static void many_files(void)
{
	rlim_t n = most_files();

	for (;;) {
		dup2(2, n - 1);
		for (rlim_t fd = 3; fd < n / 2; fd++)
			dup2(2, fd);
		fork_and_wait();
		syscall(SYS_close_range, 3, -1, 0);
	}
}

static void read_log(void)
{
	for (;;)
		klogctl(ACTION_READ_ALL, big, sizeof(big));
}

static const struct {
	const char *name;
	void (*loop)(void);
} calls[] = {
	{"readv of /dev/zero", read_zeros},
	{"getrandom", get_random},
	{"pwritev", write_memory},
	{"preadv of a hole", read_hole},
	{"sendfile of a hole", send_hole},
	{"copy_file_range", copy_range},
	{"SEEK_DATA", seek_data},
	{"fallocate", allocate},
	{"writev", write_null},
	{"process_vm_readv", vm_read},
	{"mincore", in_core},
	{"munmap of many mappings", map_and_unmap},
	{"ftruncate of a page mapped often", truncate_mapped},
	{"mprotect", protect},
	{"mprotect of many mappings", protect_many},
	{"madvise", advise},
	{"mremap", move},
	{"munlock", lock_memory},
	{"MAP_POPULATE", populate},
	{"fork with many mappings", fork_many},
	{"fork with many pages", fork_large},
	{"exit with many mappings", exit_many},
	{"execve of long strings", exec_strings},
	{"execve of too many strings", exec_pointers},
	{"execve of many strings", exec_most},
	{"execve of a script with a long name", exec_script},
	{"kill of all", signal_all},
	{"listing of processes", list_processes},
	{"futex requeue", futexes},
	{"signals queued", queue_signals},
	{"smaps", read_smaps},
	{"smaps_rollup", read_rollup},
	{"seek in maps", seek_maps},
	{"clear_refs", clear_refs},
	{"pagemap", read_pagemap},
	{"listing of names", list_names},
	{"symbolic links", follow_links},
	{"deep directory", deep_directory},
	{"many locks", many_locks},
	{"poll", poll_many},
	{"many files", many_files},
	{"syslog", read_log},
	LATENCY_IPC_CALLS,
};

#endif
