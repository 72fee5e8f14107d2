/*
 * A writer and a reader share a file by mmap(), while a third process reads it with cat: all see
 * the same bytes at once, for all look at the same page in memory.
 *
 * sharedfile [FILE]: FILE is overwritten. On a disk it shows the same.
 */
#include "talk.h"

enum {
	LENGTH = 6,
	STORE = 's',	     /* the reader stores into its mapping */
	STORE_PRIVATE = 'p', /* and into a private one */
	LOOK = 'l'
};

struct view {
	char shared[LENGTH + 1], private[LENGTH + 1];
};

static const char *path = "/tmp/sharedfile";

static char *map(int fd, int kind)
{
	char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, kind, fd, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	return p;
}

/* It opens the file by itself: nothing is inherited. */
static void reader(const struct talk *parent)
{
	int fd = open(path, O_RDWR);
	char *shared = map(fd, MAP_SHARED), *private = map(fd, MAP_PRIVATE);
	char letter;

	close(fd); /* a mapping does not need it */
	while (read(parent->from, &letter, 1) == 1) {
		struct view v = {"", ""};

		if (letter == STORE)
			shared[3] = 'D';
		if (letter == STORE_PRIVATE)
		private[4] = 'E';
		memcpy(v.shared, shared, LENGTH);
		memcpy(v.private, private, LENGTH);
		if (write(parent->to, &v, sizeof(v)) != sizeof(v))
			break;
	}
	_exit(0);
}

/* What cat prints of the file. */
static const char *by_cat(void)
{
	static char text[LENGTH + 2];
	int fds[2];
	ssize_t n;

	if (pipe(fds) < 0)
		fail("pipe");
	if (fork() == 0) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		execl("/bin/cat", "cat", path, (char *)NULL);
		_exit(1);
	}
	close(fds[1]);
	n = read(fds[0], text, LENGTH);
	close(fds[0]);
	wait(NULL);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void show(const char *what, const struct talk *child, char letter, const char *mine)
{
	struct view v;

	ask(child, letter, &v, sizeof(v));
	printf("%-38s %.*s  %s  %s   %s\n", what, LENGTH, mine, v.shared, by_cat(), v.private);
}

int main(int argc, char **argv)
{
	struct talk child;
	struct vma v;
	char *mine;
	pid_t pid;
	int fd;

	begin(argv);
	if (argc > 1)
		path = argv[1];
	fd = make_file(path, "------");
	pid = fork_to_talk(&child);
	if (pid == 0)
		reader(&child);
	mine = map(fd, MAP_SHARED);
	printf("%-38s %-*s  %-*s  %-*s   %s\n", "", LENGTH, "writer", LENGTH, "reader", LENGTH,
	       "cat", "the reader's private mapping");
	show("at first", &child, LOOK, mine);
	mine[0] = 'A';
	show("the writer stores A", &child, LOOK, mine);
	if (pwrite(fd, "B", 1, 1) != 1)
		fail("write");
	show("the writer calls write() with B", &child, LOOK, mine);
	mine[2] = 'C';
	show("the writer stores C", &child, LOOK, mine);
	show("the reader stores D", &child, STORE, mine);
	show("the reader stores E privately", &child, STORE_PRIVATE, mine);
	mine[5] = 'F';
	show("the writer stores F", &child, LOOK, mine);
	if (find_vma((unsigned long)mine, &v))
		printf("\nthe writer's mapping in /proc/self/maps: %s\n", v.perms);
	end_talk(&child, pid);
	close(fd);
	printf("both have ended, cat reads %s\n", by_cat());
	unlink(path);
	return 0;
}
