/*
 * The flags of mmap(), one by one: what each changes at once, and what only later.
 */
#include "experiment.h"
#include <signal.h>

#ifndef MAP_32BIT
#	define MAP_32BIT 0x40
#endif
#ifndef MAP_FIXED_NOREPLACE
#	define MAP_FIXED_NOREPLACE 0x100000
#endif

enum {
	PAGES = 8,
	ROOM = 2048 /* pages, of which those in the middle are used */
};

#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static char smaps[65536];

/* A file of /proc. */
static const char *slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	size_t have = 0;
	ssize_t n;

	if (fd < 0)
		fail(path);
	while ((n = read(fd, smaps + have, sizeof(smaps) - 1 - have)) > 0)
		have += n;
	close(fd);
	smaps[have] = '\0';
	return smaps;
}

/* The number behind a name, in KiB. */
static long field(const char *path, const char *name)
{
	const char *at = strstr(slurp(path), name);

	return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

/* The line VmFlags of the mapping that begins at p. */
static const char *vm_flags(const char *p)
{
	char start[16], *at, *end;

	snprintf(start, sizeof(start), "%08lx-", (unsigned long)p);
	at = strstr((char *)slurp("/proc/self/smaps"), start);
	at = at ? strstr(at, "VmFlags: ") : NULL;
	if (!at)
		return "?";
	at += strlen("VmFlags: ");
	end = strchr(at, '\n');
	while (end > at && end[-1] == ' ')
		end--;
	*end = '\0';
	return at;
}

/* Free room of ROOM pages; its middle. */
static char *free_place(void)
{
	char *p = mmap(NULL, ROOM * PAGE, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	munmap(p, ROOM * PAGE);
	return p + ROOM / 2 * PAGE;
}

/* ---- what a flag changes ---- */

static void try_flag(const char *name, int flag)
{
	static const char meminfo[] = "/proc/meminfo", status[] = "/proc/self/status";
	long charged = field(meminfo, "Committed_AS:"), locked = field(status, "VmLck:");
	char *p = mmap(free_place(), PAGES * PAGE, RW, ANON | flag, -1, 0);
	int there = 0;

	if (p == MAP_FAILED)
		fail(name);
	for (int i = 0; i < PAGES; i++)
		there += page_present(p + i * PAGE);
	charged = field(meminfo, "Committed_AS:") - charged;
	locked = field(status, "VmLck:") - locked;
	printf("%-15s %d of %d %6ld KiB %5ld KiB  %s\n", name, there, PAGES, charged, locked,
	       vm_flags(p));
	munmap(p, PAGES * PAGE);
}

static void all_flags(void)
{
	printf("8 pages mapped  present   charged    locked  VmFlags in smaps\n");
	field("/proc/meminfo", "Committed_AS:"); /* so that its own pages are there */
	try_flag("no flag", 0);
	try_flag("MAP_POPULATE", MAP_POPULATE);
	try_flag("MAP_LOCKED", MAP_LOCKED);
	try_flag("MAP_NORESERVE", MAP_NORESERVE);
	try_flag("MAP_GROWSDOWN", MAP_GROWSDOWN);
	try_flag("MAP_STACK", MAP_STACK);
	try_flag("MAP_32BIT", MAP_32BIT);
}

/* ---- the place ---- */

static void place(const char *what, char *address, char *wanted, int flag, volatile char *old)
{
	char *p = mmap(address, PAGE, RW, ANON | flag, -1, 0);

	printf("%-38s %s", what,
	       p == MAP_FAILED	    ? strerror(errno)
	       : p == wanted	    ? "that place"
	       : p + PAGE == wanted ? "directly below that"
				    : "another place");
	if (old)
		printf("; the page reads %d", *old);
	putchar('\n');
	if (p != MAP_FAILED && p != (char *)old)
		munmap(p, PAGE);
}

static void places(void)
{
	char *p = free_place();

	printf("\nwhere a page is mapped\n");
	place("a hint, the place is free", p, p, 0, NULL);
	place("MAP_FIXED_NOREPLACE, free", p, p, MAP_FIXED_NOREPLACE, NULL);
	if (mmap(p, PAGE, RW, ANON | MAP_FIXED, -1, 0) != p)
		fail("mmap");
	*p = 7;
	place("a hint, the place is taken", p, p, 0, p);
	place("MAP_FIXED_NOREPLACE, taken", p, p, MAP_FIXED_NOREPLACE, p);
	place("MAP_FIXED, taken", p, p, MAP_FIXED, p);
	munmap(p, PAGE);
	p = mmap(NULL, PAGE, PROT_READ, ANON, -1, 0);
	if (p == MAP_FAILED)
		fail("mmap");
	printf("\nanother mapping is made, and then without an address one with\n");
	place("no flag", NULL, p, 0, NULL);
	place("MAP_32BIT", NULL, p, MAP_32BIT, NULL);
	munmap(p, PAGE);
}

/* ---- MAP_GROWSDOWN ---- */

static void store(const char *what, char *address, const char *below)
{
	struct vma v;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		*(volatile char *)address = 1;
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		fail("fork");
	printf("%-38s %s", what, WIFSIGNALED(status) ? how_it_ended(status) : "works");
	if (!WIFSIGNALED(status)) {
		*(volatile char *)address = 1;
		if (find_vma((unsigned long)below, &v))
			printf("; the mapping has %lu pages", (v.end - v.start) / PAGE);
	}
	putchar('\n');
}

static void growing(void)
{
	char *p = free_place();

	printf("\nMAP_GROWSDOWN: 2 pages, and 300 pages lower another mapping; a store\n");
	if (mmap(p, 2 * PAGE, RW, ANON | MAP_GROWSDOWN, -1, 0) != p ||
	    mmap(p - 300 * PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0) == MAP_FAILED)
		fail("mmap");
	store("1 byte below it", p - 1, p);
	store("10 pages below it", p - 10 * PAGE, p);
	store("that leaves 256 pages above the other", p - 43 * PAGE, p);
	store("that leaves 255 pages", p - 44 * PAGE, p);
}

int main(int argc, char **argv)
{
	begin(argv);
	need_frames();
	all_flags();
	places();
	growing();
	return 0;
}
