/*
 * fork() gives the child memory of its own (though no copy of it at first); vfork() lends it the
 * parent's. Seen in the value of a variable and in the frame it stands in.
 */
#include "experiment.h"

static volatile int number;
static volatile uint64_t child_frame; /* what a child of vfork() leaves for us */

static void with_fork(void)
{
	uint64_t before, seen[2];
	int fds[2];
	pid_t pid;

	number = 1;
	before = page_frame((const void *)&number);
	if (pipe(fds) < 0)
		fail("pipe");
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		seen[0] = page_frame((const void *)&number);
		number = 2;
		seen[1] = page_frame((const void *)&number);
		_exit(write(fds[1], seen, sizeof(seen)) != sizeof(seen));
	}
	if (read(fds[0], seen, sizeof(seen)) != sizeof(seen))
		fail("read");
	waitpid(pid, NULL, 0);
	printf("fork:  the child finds the variable in the %s", same_frame(before, seen[0]));
	printf(" and, after a write, in a %s\n", same_frame(before, seen[1]));
	printf("       the child stored 2; the parent reads %d\n", number);
}

static void with_vfork(void)
{
	uint64_t before;
	pid_t pid;

	number = 1;
	before = page_frame((const void *)&number);
	pid = vfork();
	if (pid < 0)
		fail("vfork");
	if (pid == 0) {
		number = 2;
		child_frame = page_frame((const void *)&number);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	printf("vfork: the child finds the variable, after a write, in the %s\n",
	       same_frame(before, child_frame));
	printf("       the child stored 2; the parent reads %d\n", number);
}

int main(int argc, char **argv)
{
	begin(argv);
	need_frames();
	with_fork();
	fflush(stdout);
	with_vfork();
	return 0;
}
