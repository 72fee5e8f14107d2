/*
 * What memory operations cost, in instructions: under `-icount shift=0` an instruction takes one
 * nanosecond of guest time, and the time-stamp counter counts just those. Prints `NAME<TAB>COUNT`
 * for each operation, the least of several rounds, so that a timer tick in one of them doesn't
 * count.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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
	{"mmap + munmap", bench_mmap_munmap},
	{"the same among 60,000 mappings", bench_mmap_among_many},
	{"read fault among 60,000 mappings", bench_fault_among_many},
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
