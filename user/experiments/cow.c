/*
 * Copy-on-write: after fork() parent and child share every frame, until one of them writes.
 */
#include "experiment.h"

enum step {
	SHARED = 's',
	CHILD_WROTE = 'c'
};

struct answer {
	uint64_t frame;
	char value;
};

static volatile char *page;

/* The child obeys: one letter, one step; each time it says what it sees. */
static void child(int commands, int answers)
{
	char c;

	while (read(commands, &c, 1) == 1) {
		struct answer a;

		if (c == CHILD_WROTE)
			page[0] = 'C';
		a.value = page[0];
		a.frame = page_frame((const void *)page);
		if (write(answers, &a, sizeof(a)) != sizeof(a))
			break;
	}
	_exit(0);
}

static struct answer ask(int commands, int answers, char step)
{
	struct answer a;

	if (write(commands, &step, 1) != 1 || read(answers, &a, sizeof(a)) != sizeof(a))
		fail("pipe");
	return a;
}

static void show(const char *what, uint64_t first, struct answer parent, struct answer other)
{
	printf("%-28s parent '%c' %-16s child '%c' %-16s\n", what, parent.value,
	       same_frame(parent.frame, first), other.value, same_frame(other.frame, first));
}

static struct answer look(void)
{
	return (struct answer){page_frame((const void *)page), page[0]};
}

static void run(bool child_first)
{
	int to[2], from[2], status;
	struct answer mine, its;
	uint64_t first;
	pid_t pid;

	page[0] = 'A';
	first = page_frame((const void *)page);
	printf("\nthe page is written before fork(); below, frames are compared with its frame "
	       "then\n");
	fflush(stdout);
	if (pipe(to) < 0 || pipe(from) < 0)
		fail("pipe");
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		close(to[1]);
		child(to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	its = ask(to[1], from[0], SHARED);
	mine = look();
	show("after fork()", first, mine, its);
	if (child_first) {
		its = ask(to[1], from[0], CHILD_WROTE);
		mine = look();
		show("the child wrote", first, mine, its);
		page[0] = 'P';
		mine = look();
		its = ask(to[1], from[0], SHARED);
		show("then the parent wrote", first, mine, its);
	} else {
		page[0] = 'P';
		mine = look();
		its = ask(to[1], from[0], SHARED);
		show("the parent wrote", first, mine, its);
		its = ask(to[1], from[0], CHILD_WROTE);
		mine = look();
		show("then the child wrote", first, mine, its);
	}
	close(to[1]);
	close(from[0]);
	waitpid(pid, &status, 0);
}

static void run_child_that_ends(void)
{
	uint64_t first;
	pid_t pid;

	page[0] = 'A';
	first = page_frame((const void *)page);
	printf("\na child that ends without a write\n");
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	page[0] = 'P';
	printf("%-28s parent '%c' %s\n", "then the parent wrote", page[0],
	       same_frame(page_frame((const void *)page), first));
}

int main(int argc, char **argv)
{
	begin(argv);
	need_frames();
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		fail("mmap");
	run(true);
	run(false);
	run_child_that_ends();
	return 0;
}
