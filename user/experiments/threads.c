/*
 * Threads share one address space. The same child is started three times, with more and more shared
 * with its parent, and each time the parent looks what it finds of what the child did.
 */
#include "experiment.h"
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum {
	STACK = 16 * PAGE,
	TOUCHED = 8 /* pages */
};

/* Where the child maps a page. */
#define MAPPED ((char *)0x50000000)

/* What the child says of itself. */
struct answer {
	pid_t process, thread;
	uint64_t frame; /* of `number`, after the store */
	char stack[40];
	volatile int *local;
};

static volatile int number;
static volatile char *shared_pages;
static int answers[2];

static void touch_pages(void)
{
	for (int i = 0; i < TOUCHED; i++)
		shared_pages[i * PAGE] = 1;
}

static int child(void *unused)
{
	volatile int local = 42;
	struct answer a = {getpid(), (pid_t)syscall(SYS_gettid), 0, "", &local};

	number = 2;
	a.frame = page_frame((const void *)&number);
	snprintf(a.stack, sizeof(a.stack), "%s", vma_name((const void *)&local));
	mmap(MAPPED, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	touch_pages();
	if (write(answers[1], &a, sizeof(a)) != sizeof(a))
		return 1;
	return 0;
}

static char *new_pages(size_t size)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	return p;
}

static long faults_of_touching(void)
{
	struct rusage before, after;

	getrusage(RUSAGE_SELF, &before);
	touch_pages();
	getrusage(RUSAGE_SELF, &after);
	return after.ru_minflt - before.ru_minflt;
}

/* The child has ended when its process has; a thread of ours, when it is not listed any more. */
static void wait_for(pid_t thread, bool ours)
{
	char path[64];

	if (!ours) {
		waitpid(thread, NULL, 0);
		return;
	}
	snprintf(path, sizeof(path), "/proc/self/task/%d", thread);
	while (access(path, F_OK) == 0)
		sched_yield();
}

static void run(const char *what, int flags)
{
	char *stack = new_pages(STACK);
	struct answer a;
	pid_t thread;

	number = 1;
	shared_pages = new_pages(TOUCHED * PAGE);
	printf("%s\n", what);
	fflush(stdout);
	thread = clone(child, stack + STACK, flags, NULL);
	if (thread < 0)
		fail("clone");
	if (read(answers[0], &a, sizeof(a)) != sizeof(a))
		fail("pipe");
	wait_for(thread, flags & CLONE_THREAD);
	printf("  the child's process: %s, its thread: %s\n",
	       a.process == getpid() ? "ours" : "another",
	       a.thread == (pid_t)syscall(SYS_gettid) ? "ours" : "another");
	printf("  it stored 2 in a variable, ours holds %d: %s\n", number,
	       same_frame(a.frame, page_frame((const void *)&number)));
	printf("  it mapped a page; we find %s\n",
	       find_vma((unsigned long)MAPPED, &(struct vma){0}) ? "the mapping" : "nothing");
	printf("  it touched %d new pages; then we do: %ld faults\n", TOUCHED,
	       faults_of_touching());
	printf("  its stack lies in: %s; its local variable, read by us: %d\n", a.stack, *a.local);
	munmap(MAPPED, PAGE);
	munmap((void *)shared_pages, TOUCHED * PAGE);
	munmap(stack, STACK);
}

int main(int argc, char **argv)
{
	begin(argv);
	need_frames();
	if (pipe(answers) < 0)
		fail("pipe");
	run("a child, as by fork()", SIGCHLD);
	run("a child with CLONE_VM", CLONE_VM | SIGCHLD);
	run("a thread",
	    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM);
	printf("the main program's stack lies in: %s\n", vma_name(&argc));
	return 0;
}
