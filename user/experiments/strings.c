/*
 * String constants: where "hello" stands, whether equal ones are one, and what a write to one does.
 */
#include "experiment.h"

static const char *pointer = "hello, world";
static const char *again = "hello, world";
static const char *tail = "world";
static char array[] = "hello, world";

static void show(const char *what, const char *s)
{
	struct vma v;

	if (find_vma((unsigned long)s, &v))
		printf("%-28s %08lx  %s %s\n", what, (unsigned long)s, v.perms, v.name);
}

static void try_to_write(const char *what, volatile char *s)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		s[0] = 'j';
		_exit(0);
	}
	waitpid(pid, &status, 0);
	printf("a child writes to %s: %s\n", what, how_it_ended(status));
}

int main(int argc, char **argv)
{
	char local[] = "hello, world";

	begin(argv);
	show("the constant", pointer);
	show("an equal constant", again);
	show("its tail, \"world\"", tail);
	show("the pointer itself", (const char *)&pointer);
	show("a global array with a copy", array);
	show("a local array with a copy", local);
	printf("equal constants are %s\n", pointer == again ? "one object" : "two objects");
	printf("the tail %s\n",
	       tail == pointer + 7 ? "lies inside the long one" : "is an object of its own");
	try_to_write("the constant", (volatile char *)pointer);
	try_to_write("the global array", array);
	try_to_write("the local array", local);
	return 0;
}
