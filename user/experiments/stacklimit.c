/*
 * Stack growth to the limit: a child calls itself until RLIMIT_STACK ends it.
 */
#include "experiment.h"
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>

enum {
	FRAME = 4000 /* bytes of locals in each call */
};

static int report; /* pipe to the parent */
static unsigned long top;

/* One number for the parent: KiB between the top of the stack and ADDRESS. */
static void send(const volatile void *address)
{
	unsigned kib = (top - (unsigned long)address) / KIB;

	if (write(report, &kib, sizeof(kib)) != sizeof(kib))
		_exit(1);
}

static __attribute__((noinline)) int recurse(int depth)
{
	volatile char local[FRAME];

	local[0] = depth; /* the lowest byte: here the page fault happens */
	send(local);
	return depth < INT_MAX ? recurse(depth + 1) + local[0] : 0;
}

static void child(unsigned long limit)
{
	struct rlimit r = {limit, limit};

	if (setrlimit(RLIMIT_STACK, &r) < 0)
		_exit(1);
	recurse(0);
}

static void try_limit(unsigned long kib)
{
	unsigned reached = 0;
	int fds[2], status;
	pid_t pid;

	fflush(stdout);
	if (pipe(fds) < 0)
		fail("pipe");
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		close(fds[0]);
		report = fds[1];
		child(kib * KIB);
	}
	close(fds[1]);
	while (read(fds[0], &reached, sizeof(reached)) == sizeof(reached))
		;
	close(fds[0]);
	waitpid(pid, &status, 0);
	printf("limit %5lu KiB: the deepest local was %5u KiB below the top; the child was %s%s\n",
	       kib, reached, how_it_ended(status),
	       WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV ? " (SIGSEGV)" : "");
}

/* How the VMA follows the stack pointer, as long as all is well. */
static __attribute__((noinline)) void grow(size_t size)
{
	volatile char *low = __builtin_alloca(size);
	struct vma v;

	low[0] = 1;
	if (find_vma((unsigned long)low, &v))
		printf("%4lu KiB of locals: [stack] is %08lx-%08lx, %lu KiB\n",
		       (unsigned long)size / KIB, v.start, v.end, (v.end - v.start) / KIB);
}

int main(int argc, char **argv)
{
	struct vma v;
	char here;

	begin(argv);
	if (!find_vma((unsigned long)&here, &v))
		fail("the stack");
	top = v.end;
	printf("at the start:      [stack] is %08lx-%08lx, %lu KiB\n", v.start, v.end,
	       (v.end - v.start) / KIB);
	try_limit(256);
	try_limit(1024);
	try_limit(4096);
	for (size_t size = 64 * KIB; size <= 1024 * KIB; size *= 4)
		grow(size);
	return 0;
}
