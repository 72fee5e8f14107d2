/*
 * Swapping, page by page: which of eight pages are in memory and which on the swap disk, when the
 * kernel is advised to write them out; what an access brings back, and what mlock() keeps.
 */
#include "experiment.h"
#include <sys/resource.h>

#ifndef MADV_PAGEOUT
#	define MADV_PAGEOUT 21
#endif

enum {
	PAGES = 8,
	LOCKED = 2 /* the last ones */
};

#define PM_SWAPPED (1ULL << 62)

static char *p;

/* The number behind NAME in a file of /proc; 0 if it is not there. */
static long number(const char *file, const char *name)
{
	static char text[16384];
	int fd = open(file, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	char *at;

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, name);
	return at ? strtol(at + strlen(name), NULL, 10) : 0;
}

/* One letter for each page: in memory, swapped, or neither. */
static void show(const char *what)
{
	printf("%-34s", what);
	for (int i = 0; i < PAGES; i++) {
		uint64_t entry = page_entry(p + i * PAGE);

		printf(" %c", entry & PM_PRESENT ? 'm' : entry & PM_SWAPPED ? 's' : '-');
	}
	putchar('\n');
}

static long faults(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return r.ru_minflt + r.ru_majflt;
}

static void advise(int first, int count)
{
	if (madvise(p + first * PAGE, count * PAGE, MADV_PAGEOUT) < 0)
		printf("MADV_PAGEOUT: %s\n", strerror(errno));
}

int main(int argc, char **argv)
{
	long before, written;
	char byte;

	begin(argv);
	if (number("/proc/meminfo", "SwapTotal:") == 0) {
		printf("This machine has no swap: see swapon, or mapix exec --swap 64M.\n");
		return 0;
	}
	p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		fail("mmap");
	for (int i = 0; i < PAGES; i++)
		memset(p + i * PAGE, 'a' + i, PAGE);
	show("written");
	if (mlock(p + (PAGES - LOCKED) * PAGE, LOCKED * PAGE) < 0)
		fail("mlock");

	written = number("/proc/vmstat", "pswpout ");
	advise(0, PAGES - LOCKED);
	show("paged out");
	printf("pages written to the disk: %ld\n", number("/proc/vmstat", "pswpout ") - written);
	advise(PAGES - LOCKED, LOCKED);
	show("the locked ones too?");

	before = faults();
	byte = *(volatile char *)p;
	before = faults() - before;
	show("the first is read");
	printf("it holds '%c', after %ld fault%s\n", byte, before, before == 1 ? "" : "s");
	p[PAGE] = 'B';
	show("the second is written");

	written = number("/proc/vmstat", "pswpout ");
	advise(0, 1);
	show("the first is paged out again");
	printf("pages written to the disk: %ld\n", number("/proc/vmstat", "pswpout ") - written);

	munlock(p + (PAGES - LOCKED) * PAGE, LOCKED * PAGE);
	advise(PAGES - LOCKED, LOCKED);
	show("unlocked and paged out");
	return 0;
}
