/*
 * Locked pages stay: memory becomes short, and the kernel writes pages to the swap disk, but not
 * those under mlock(). What the kernel says about both, before and after.
 */
#include "talk.h"
#include <sys/resource.h>

#ifndef MLOCK_ONFAULT
#	define MLOCK_ONFAULT 1
#endif

enum {
	PAGES = 8, /* of each area */
	STEP = 64, /* pages that the hog takes at a time */
	HOG = 'h'
};

#define PM_SWAPPED	(1ULL << 62)
#define KPF_UNEVICTABLE (1ULL << 18) /* of an entry of /proc/kpageflags */

static char *const locked = (char *)0x50000000, *const ordinary = (char *)0x50100000;

/* The number behind NAME in a file of /proc, below the line that begins with AREA if that is not
   NULL; -1 if it is not there. */
static long number(const char *file, const char *area, const char *name)
{
	static char text[65536];
	int fd = open(file, O_RDONLY);
	size_t have = 0;
	ssize_t n;
	char *at = text;

	if (fd < 0)
		fail(file);
	while ((n = read(fd, text + have, sizeof(text) - 1 - have)) > 0)
		have += n;
	close(fd);
	text[have] = '\0';
	if (area)
		at = strstr(at, area);
	at = at ? strstr(at, name) : NULL;
	return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

static void map_at(char *address)
{
	if (mmap(address, PAGES * PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != address)
		fail("mmap");
	for (int i = 0; i < PAGES; i++)
		address[i * PAGE] = 'a' + i;
}

static int count(const char *p, uint64_t bit)
{
	int n = 0;

	for (int i = 0; i < PAGES; i++)
		n += (page_entry(p + i * PAGE) & bit) != 0;
	return n;
}

/* One letter for each page: in memory, swapped, or neither. */
static void show(const char *what, const char *p)
{
	printf("%-34s", what);
	for (int i = 0; i < PAGES; i++) {
		uint64_t entry = page_entry(p + i * PAGE);

		printf(" %c", entry & PM_PRESENT ? 'm' : entry & PM_SWAPPED ? 's' : '-');
	}
	putchar('\n');
}

static void show_both(void)
{
	show("  locked", locked);
	show("  not locked", ordinary);
}

/* Takes memory, a step for each letter: more than there is makes the kernel look for pages that it
   can swap. */
static void hog(const struct talk *parent)
{
	char letter;

	while (read(parent->from, &letter, 1) == 1) {
		char *p = mmap(NULL, STEP * PAGE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		for (int i = 0; p != MAP_FAILED && i < STEP; i++)
			memset(p + i * PAGE, i + 1, PAGE);
		letter = p != MAP_FAILED;
		if (write(parent->to, &letter, 1) != 1)
			break;
	}
	_exit(0);
}

/* Until all pages at p are on the swap disk another process takes memory; it may be killed for it.
 */
static void make_memory_short(const char *p)
{
	long most = (number("/proc/meminfo", NULL, "MemFree:") +
		     number("/proc/meminfo", NULL, "SwapFree:")) /
		    (STEP * PAGE / KIB);
	struct talk child;
	pid_t pid = fork_to_talk(&child);
	char letter = HOG, done = 1;

	if (pid == 0)
		hog(&child);
	for (long i = 0; i < most && done && count(p, PM_SWAPPED) < PAGES; i++)
		done = write(child.to, &letter, 1) == 1 && read(child.from, &done, 1) == 1;
	end_talk(&child, pid);
}

static long faults(const char *p)
{
	struct rusage before, after;

	getrusage(RUSAGE_SELF, &before);
	for (int i = 0; i < PAGES; i++)
		(void)*(volatile const char *)(p + i * PAGE);
	getrusage(RUSAGE_SELF, &after);
	return after.ru_minflt + after.ru_majflt - before.ru_minflt - before.ru_majflt;
}

static void show_numbers(const char *what, const char *area)
{
	printf("%-34s Rss %3ld kB  Swap %3ld kB  Locked %3ld kB\n", what,
	       number("/proc/self/smaps", area, "Rss:"), number("/proc/self/smaps", area, "Swap:"),
	       number("/proc/self/smaps", area, "Locked:"));
}

static void lock_on_fault(void)
{
	char *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);

	if (p == MAP_FAILED || mlock2(p, PAGES * PAGE, MLOCK_ONFAULT) < 0)
		fail("mlock2");
	p[PAGE] = 1;
	show("MLOCK_ONFAULT, one page written", p);
	if (mlock(p, PAGES * PAGE) < 0)
		fail("mlock");
	show("mlock", p);
	munmap(p, PAGES * PAGE);
}

/* What the kernel's lists say of a page. */
static const char *list_of(const char *address)
{
	int fd = open("/proc/kpageflags", O_RDONLY);
	uint64_t flags = 0;

	if (fd < 0 || pread(fd, &flags, sizeof(flags), page_frame(address) * sizeof(flags)) < 0)
		fail("/proc/kpageflags");
	close(fd);
	return flags & KPF_UNEVICTABLE ? "UNEVICTABLE" : "may be taken";
}

static void short_memory(void)
{
	printf("another process takes memory\n");
	make_memory_short(ordinary);
	show_both();
	show_numbers("  smaps: locked", "50000000-");
	show_numbers("  smaps: not locked", "50100000-");
	printf("  faults to read all: locked %ld, not locked %s\n", faults(locked),
	       faults(ordinary) > 0 ? "more than 0" : "0");
}

int main(int argc, char **argv)
{
	begin(argv);
	need_frames();
	if (number("/proc/meminfo", NULL, "SwapTotal:") == 0) {
		printf("This machine has no swap: see swapon, or mapix exec --swap 64M.\n");
		return 0;
	}
	map_at(locked);
	map_at(ordinary);
	if (mlock(locked, PAGES * PAGE) < 0)
		fail("mlock");
	printf("written, and one area locked: VmLck %ld kB\n",
	       number("/proc/self/status", NULL, "VmLck:"));
	show_both();
	printf("  a locked page: %s; another one: %s\n", list_of(locked), list_of(ordinary));
	short_memory();
	lock_on_fault();
	return 0;
}
