/*
 * One page of a file, two processes, one frame: the page cache has the page once, and every
 * mapping of it shows that frame, at whatever address.
 *
 * oneframe [FILE]: FILE is overwritten. On a disk it shows the same.
 */
#include "talk.h"

enum {
	MAP = 'm',
	READ = 'r',
	STORE_PRIVATE = 'p'
};

/* Where the two map it. */
static char *const here = (char *)0x50000000, *const there = (char *)0x60000000;
static const char *path = "/tmp/oneframe";
static uint64_t the_frame; /* what the page of the file is in */

static char *map_at(char *address, int kind)
{
	int fd = open(path, O_RDWR);
	char *p = mmap(address, PAGE, PROT_READ | PROT_WRITE, kind | MAP_FIXED, fd, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	close(fd);
	return p;
}

/* In how many page tables the frame stands: /proc/kpagecount has a number for each frame. */
static int times_mapped(uint64_t frame)
{
	int fd = open("/proc/kpagecount", O_RDONLY);
	uint64_t count = 0;

	if (fd < 0 || pread(fd, &count, sizeof(count), frame * sizeof(count)) != sizeof(count))
		fail("/proc/kpagecount");
	close(fd);
	return count;
}

/* Whether the file's page is in memory, mapped or not. */
static const char *in_cache(const char *address)
{
	unsigned char present = 0;

	if (mincore((void *)address, PAGE, &present) < 0)
		fail("mincore");
	return present & 1 ? "yes" : "no";
}

static void other(const struct talk *parent)
{
	char letter;

	while (read(parent->from, &letter, 1) == 1) {
		uint64_t frame;

		if (letter == MAP)
			map_at(there, MAP_SHARED);
		if (letter == READ)
			(void)*(volatile char *)there;
		if (letter == STORE_PRIVATE)
			*(volatile char *)map_at(there, MAP_PRIVATE) = 'P';
		frame = page_frame(there);
		if (write(parent->to, &frame, sizeof(frame)) != sizeof(frame))
			break;
	}
	_exit(0);
}

static void show(const char *what, const char *address, uint64_t frame)
{
	printf("%-36s %08lx  %-16s", what, (unsigned long)address, same_frame(frame, the_frame));
	if (the_frame)
		printf("  mappings: %d", times_mapped(the_frame));
	putchar('\n');
}

static void show_other(const char *what, const struct talk *child, char letter)
{
	uint64_t frame;

	ask(child, letter, &frame, sizeof(frame));
	show(what, there, frame);
}

int main(int argc, char **argv)
{
	struct talk child;
	pid_t pid;

	begin(argv);
	need_frames();
	if (argc > 1)
		path = argv[1];
	close(make_file(path, "one page"));
	pid = fork_to_talk(&child);
	if (pid == 0)
		other(&child);
	map_at(here, MAP_SHARED);
	show("the first maps the file", here, page_frame(here));
	printf("  is the page in memory? %s\n", in_cache(here));
	(void)*(volatile char *)here;
	the_frame = page_frame(here);
	show("the first reads", here, page_frame(here));
	show_other("the second maps it", &child, MAP);
	show_other("the second reads", &child, READ);
	*(volatile char *)here = 'S';
	show("the first stores", here, page_frame(here));
	show_other("the second reads again", &child, READ);
	show_other("the second stores, mapped privately", &child, STORE_PRIVATE);
	end_talk(&child, pid);
	show("the second has ended", here, page_frame(here));
	munmap(here, PAGE);
	printf("%-36s %-26s  mappings: %d\n", "the first unmaps it", "", times_mapped(the_frame));
	map_at(here, MAP_SHARED);
	printf("it maps it again: is the page in memory? %s\n", in_cache(here));
	(void)*(volatile char *)here;
	show("and reads", here, page_frame(here));
	unlink(path);
	return 0;
}
