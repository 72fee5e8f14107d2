/*
 * What memory operations cost, in instructions: under `-icount shift=0` an instruction takes one
 * nanosecond of guest time, and the time-stamp counter counts just those. Prints `NAME<TAB>COUNT`
 * for each operation, the least of several rounds, so that a timer tick in one of them doesn't
 * count.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define ROUNDS 5
#define CALLS  200
#define PAGES  64
#define PAGE   4096
#define MANY   60000

static unsigned long long now(void)
{
	unsigned long long t;

	__asm__ volatile("rdtsc" : "=A"(t));
	return t;
}

/* The gate that every kernel has, whatever the C library would take. */
static long null_call(void)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(SYS_getppid) : "memory");
	return result;
}

static char *new_pages(void)
{
	char *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return p;
}

static unsigned long long touch(char *p, int write)
{
	unsigned long long start = now();
	int i;

	for (i = 0; i < PAGES; i++) {
		if (write)
			((volatile char *)p)[i * PAGE] = 1;
		else
			(void)((volatile char *)p)[i * PAGE];
	}
	return (now() - start) / PAGES;
}

static unsigned long long bench_null_call(void)
{
	unsigned long long start = now();
	int i;

	for (i = 0; i < CALLS; i++)
		null_call();
	return (now() - start) / CALLS;
}

static unsigned long long bench_fault(int write)
{
	char *p = new_pages();
	unsigned long long cost;

	/* the page table is there already */
	p[(PAGES - 1) * PAGE] = 1;
	cost = touch(p, write);
	munmap(p, PAGES * PAGE);
	return cost;
}

static unsigned long long bench_anonymous_fault(void)
{
	return bench_fault(1);
}

static unsigned long long bench_zero_page_fault(void)
{
	return bench_fault(0);
}

/* The child writes while the parent still has the pages: each is copied. */
static unsigned long long bench_cow_copy(void)
{
	unsigned long long cost = 0;
	int pipes[2];
	pid_t pid;
	char *p = new_pages();

	touch(p, 1);
	if (pipe(pipes) < 0)
		exit(1);
	pid = fork();
	if (pid == 0) {
		cost = touch(p, 1);
		if (write(pipes[1], &cost, sizeof(cost)) != sizeof(cost))
			_exit(1);
		_exit(0);
	}
	if (read(pipes[0], &cost, sizeof(cost)) != sizeof(cost))
		exit(1);
	waitpid(pid, NULL, 0);
	close(pipes[0]);
	close(pipes[1]);
	munmap(p, PAGES * PAGE);
	return cost;
}

/* The parent writes when the child is gone: it owns the pages alone and keeps them. */
static unsigned long long bench_cow_reuse(void)
{
	unsigned long long cost;
	char *p = new_pages();
	pid_t pid;

	touch(p, 1);
	pid = fork();
	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	cost = touch(p, 1);
	munmap(p, PAGES * PAGE);
	return cost;
}

static unsigned long long bench_mmap_munmap(void)
{
	unsigned long long start = now();
	int i;

	for (i = 0; i < CALLS; i++)
		munmap(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
		       PAGE);
	return (now() - start) / CALLS;
}

/* Up and down by a page. */
static unsigned long long bench_brk(void)
{
	char *end = sbrk(0);
	unsigned long long start = now();
	int i;

	for (i = 0; i < CALLS; i++) {
		brk(end + PAGE);
		brk(end);
	}
	return (now() - start) / CALLS;
}

/* One page in the middle gets another protection and its old one again: two splits, a merge. */
static unsigned long long bench_mprotect(void)
{
	char *p = new_pages();
	unsigned long long start;
	int i;

	touch(p, 1);
	start = now();
	for (i = 0; i < CALLS; i++) {
		mprotect(p + 8 * PAGE, PAGE, PROT_READ);
		mprotect(p + 8 * PAGE, PAGE, PROT_READ | PROT_WRITE);
	}
	start = now() - start;
	munmap(p, PAGES * PAGE);
	return start / CALLS;
}

/* All pages there and back. */
static unsigned long long bench_mremap(void)
{
	char *p = new_pages(), *q = new_pages();
	unsigned long long start;
	int i;

	touch(p, 1);
	start = now();
	for (i = 0; i < CALLS; i++) {
		mremap(p, PAGES * PAGE, PAGES * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, q);
		mremap(q, PAGES * PAGE, PAGES * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p);
	}
	start = now() - start;
	munmap(p, PAGES * PAGE);
	return start / (2 * CALLS);
}

static unsigned long long bench_dontneed(void)
{
	char *p = new_pages();
	unsigned long long start;

	touch(p, 1);
	start = now();
	madvise(p, PAGES * PAGE, MADV_DONTNEED);
	start = now() - start;
	munmap(p, PAGES * PAGE);
	return start / PAGES;
}

static unsigned long long bench_mlock(void)
{
	char *p = new_pages();
	unsigned long long start;

	touch(p, 1);
	start = now();
	mlock(p, PAGES * PAGE);
	munlock(p, PAGES * PAGE);
	start = now() - start;
	munmap(p, PAGES * PAGE);
	return start / PAGES;
}

/* Pages of a file in memory, PAGES of them. */
static int new_file(void)
{
	static char page[PAGE];
	int fd = memfd_create("file", 0), i;

	for (i = 0; i < PAGES; i++)
		if (write(fd, page, PAGE) != PAGE)
			exit(1);
	return fd;
}

static unsigned long long bench_file(int flags, int write)
{
	int fd = new_file();
	char *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, flags, fd, 0);
	unsigned long long cost;

	if (p == MAP_FAILED)
		exit(1);
	cost = touch(p, write);
	munmap(p, PAGES * PAGE);
	close(fd);
	return cost;
}

/* Most of them are mapped by the fault of a neighbour. */
static unsigned long long bench_file_read(void)
{
	return bench_file(MAP_PRIVATE, 0);
}

static unsigned long long bench_file_copy(void)
{
	return bench_file(MAP_PRIVATE, 1);
}

static unsigned long long bench_file_write(void)
{
	return bench_file(MAP_SHARED, 1);
}

static unsigned long long bench_shared_fault(void)
{
	char *p =
		mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned long long cost;

	if (p == MAP_FAILED)
		exit(1);
	cost = touch(p, 1);
	munmap(p, PAGES * PAGE);
	return cost;
}

/* Each touch is a page below the mapping, which grows. */
static unsigned long long bench_growth(void)
{
	char *p = new_pages();
	unsigned long long start;
	int i;

	p = mmap(p, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	munmap(p, PAGES * PAGE);
	p = mmap(p + (PAGES - 1) * PAGE, PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
	if (p == MAP_FAILED)
		exit(1);
	*(volatile char *)p = 1;
	start = now();
	for (i = 1; i < PAGES; i++)
		((volatile char *)p)[-i * PAGE] = 1;
	start = now() - start;
	munmap(p - (PAGES - 1) * PAGE, PAGES * PAGE);
	return start / (PAGES - 1);
}

/* Every other page of `p` gets another protection: as many mappings as there are pages. */
static void make_many(char *p)
{
	int i;

	for (i = 0; i < MANY; i += 2)
		if (mprotect(p + i * PAGE, PAGE, PROT_READ))
			exit(1);
}

/* mmap + munmap in a process with MANY mappings, the gap lying below all of them. */
static unsigned long long bench_mmap_among_many(void)
{
	char *p = mmap(NULL, MANY * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);
	unsigned long long cost;

	if (p == MAP_FAILED)
		exit(1);
	make_many(p);
	cost = bench_mmap_munmap();
	munmap(p, MANY * PAGE);
	return cost;
}

/* A fault in the middle of MANY mappings: find_vma, and the page. */
static unsigned long long bench_fault_among_many(void)
{
	char *p = mmap(NULL, MANY * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);
	unsigned long long start;
	int i;

	if (p == MAP_FAILED)
		exit(1);
	make_many(p);
	start = now();
	for (i = 0; i < CALLS; i++)
		(void)*(volatile char *)(p + (i * 7919 % MANY & ~1) * PAGE);
	start = now() - start;
	munmap(p, MANY * PAGE);
	return start / CALLS;
}

/* A page of a file that has MANY mappings is written, and taken away again. */
static unsigned long long bench_hole_among_many(void)
{
	int fd = memfd_create("file", 0), i;
	char *p, *q;
	unsigned long long start;

	if (ftruncate(fd, MANY * PAGE))
		exit(1);
	p = mmap(NULL, MANY * PAGE, PROT_NONE, MAP_SHARED, fd, 0);
	q = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, MANY / 2 * PAGE);
	if (p == MAP_FAILED || q == MAP_FAILED)
		exit(1);
	make_many(p);
	start = now();
	for (i = 0; i < CALLS; i++) {
		*(volatile char *)q = 1;
		fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, MANY / 2 * PAGE, PAGE);
	}
	start = now() - start;
	munmap(p, MANY * PAGE);
	munmap(q, PAGE);
	close(fd);
	return start / CALLS;
}

static volatile int handled;

static void count_signal(int sig)
{
	handled++;
}

/* Sent, handled, and back. */
static unsigned long long bench_signal(void)
{
	unsigned long long start;
	pid_t self = getpid();
	int i;

	signal(SIGUSR1, count_signal);
	handled = 0;
	start = now();
	for (i = 0; i < CALLS; i++)
		kill(self, SIGUSR1);
	start = now() - start;
	if (handled != CALLS)
		exit(1);
	return start / CALLS;
}

/* The length of `movb $1, (%eax)`. */
#define STORE_LENGTH 3

static void skip_store(int sig, siginfo_t *info, void *context)
{
	((ucontext_t *)context)->uc_mcontext.gregs[REG_EIP] += STORE_LENGTH;
	handled++;
}

/* A store to a page that may not be written, its handler, and on behind the store. */
static unsigned long long bench_fault_signal(void)
{
	struct sigaction action = {.sa_sigaction = skip_store, .sa_flags = SA_SIGINFO};
	char *p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long long start;
	int i;

	sigaction(SIGSEGV, &action, NULL);
	handled = 0;
	start = now();
	for (i = 0; i < CALLS; i++)
		__asm__ volatile("movb $1, (%0)" : : "a"(p) : "memory");
	start = now() - start;
	signal(SIGSEGV, SIG_DFL);
	munmap(p, PAGE);
	if (handled != CALLS)
		exit(1);
	return start / CALLS;
}

static unsigned long long bench_read(void)
{
	static char page[PAGE];
	int fd = new_file(), i;
	unsigned long long start = now();

	for (i = 0; i < CALLS; i++)
		if (pread(fd, page, PAGE, 0) != PAGE)
			exit(1);
	start = now() - start;
	close(fd);
	return start / CALLS;
}

static unsigned long long bench_write(void)
{
	static char page[PAGE];
	int fd = new_file(), i;
	unsigned long long start = now();

	for (i = 0; i < CALLS; i++)
		if (pwrite(fd, page, PAGE, 0) != PAGE)
			exit(1);
	start = now() - start;
	close(fd);
	return start / CALLS;
}

/* Written, and read by the same process. */
static unsigned long long bench_pipe(void)
{
	unsigned long long start;
	int pipes[2], i;
	char byte = 1;

	if (pipe(pipes) < 0)
		exit(1);
	start = now();
	for (i = 0; i < CALLS; i++)
		if (write(pipes[1], &byte, 1) != 1 || read(pipes[0], &byte, 1) != 1)
			exit(1);
	start = now() - start;
	close(pipes[0]);
	close(pipes[1]);
	return start / CALLS;
}

/* There and back between two processes: two switches. */
static unsigned long long bench_ping_pong(void)
{
	int there[2], back[2], i;
	unsigned long long start = 0;
	char byte = 1;
	pid_t pid;

	if (pipe(there) < 0 || pipe(back) < 0)
		exit(1);
	pid = fork();
	if (pid == 0) {
		for (i = 0; i <= CALLS; i++)
			if (read(there[0], &byte, 1) != 1 || write(back[1], &byte, 1) != 1)
				_exit(1);
		_exit(0);
	}
	for (i = 0; i <= CALLS; i++) {
		if (i == 1)
			start = now(); /* the child runs */
		if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1)
			exit(1);
	}
	start = now() - start;
	waitpid(pid, NULL, 0);
	close(there[0]);
	close(there[1]);
	close(back[0]);
	close(back[1]);
	return start / CALLS;
}

static unsigned long long bench_fork_exit_wait(void)
{
	unsigned long long start = now();
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	return now() - start;
}

static unsigned long long bench_fork_exec_wait(void)
{
	unsigned long long start = now();
	pid_t pid = fork();

	if (pid == 0) {
		execl("/proc/self/exe", "bench", "null", (char *)NULL);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
	return now() - start;
}

static const struct {
	const char *name;
	unsigned long long (*run)(void);
} benches[] = {
	{"null call (getppid, int 0x80)", bench_null_call},
	{"anonymous fault (write)", bench_anonymous_fault},
	{"anonymous fault (read)", bench_zero_page_fault},
	{"copy-on-write fault, copied", bench_cow_copy},
	{"copy-on-write fault, last owner", bench_cow_reuse},
	{"file fault (read, most are mapped around)", bench_file_read},
	{"file fault (private write)", bench_file_copy},
	{"file fault (shared write)", bench_file_write},
	{"shared anonymous fault (write)", bench_shared_fault},
	{"stack growth by a page", bench_growth},
	{"brk, a page up and down", bench_brk},
	{"mprotect, a page and back", bench_mprotect},
	{"mremap, 64 pages", bench_mremap},
	{"madvise(DONTNEED), for a page", bench_dontneed},
	{"mlock + munlock, for a page", bench_mlock},
	{"mmap + munmap", bench_mmap_munmap},
	{"the same among 60,000 mappings", bench_mmap_among_many},
	{"read fault among 60,000 mappings", bench_fault_among_many},
	{"fault + hole in a file of 60,000 mappings", bench_hole_among_many},
	{"kill of oneself, handler, sigreturn", bench_signal},
	{"fault, handler, sigreturn", bench_fault_signal},
	{"read of 4 KiB in memory", bench_read},
	{"write of 4 KiB in memory", bench_write},
	{"a byte into a pipe and out", bench_pipe},
	{"a byte there and back between processes", bench_ping_pong},
	{"fork + exit + wait", bench_fork_exit_wait},
	{"fork + exec + exit + wait", bench_fork_exec_wait},
};

int main(int argc, char **argv)
{
	unsigned long long started = now();
	size_t i;
	int round;

	if (argc > 1 && strcmp(argv[1], "null") == 0)
		_exit(0);
	printf("power-on to this program\t%llu\n", started);
	for (i = 0; i < sizeof(benches) / sizeof(benches[0]); i++) {
		unsigned long long least = benches[i].run(), cost;

		for (round = 1; round < ROUNDS; round++) {
			cost = benches[i].run();
			if (cost < least)
				least = cost;
		}
		printf("%s\t%llu\n", benches[i].name, least);
		fflush(stdout);
	}
	return 0;
}
