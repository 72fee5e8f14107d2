/*
 * Transparent huge pages, for tests. The machines of the tests are too small for them by default,
 * so each case switches them on; when the program has ended, they are as before.
 */
#ifndef TESTS_GUEST_THP_H
#define TESTS_GUEST_THP_H

#include "huge.h"
#include <stdbool.h>

#define THP	 "/sys/kernel/mm/transparent_hugepage/"
#define COLLAPSE 25 /* MADV_COLLAPSE: Debian's headers are older */

static char old_mode[64], old_use_zero_page[8];

static void read_thp(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY);

	if (fd >= 0 && read(fd, text, size - 1) < 0)
		text[0] = 0;
	close(fd);
}

static void write_thp(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, text, strlen(text)), (long)strlen(text));
	close(fd);
}

static void set_mode(const char *mode)
{
	write_thp(THP "enabled", mode);
}

/* A case ends by _exit, so these run once, before and after all cases. */
__attribute__((constructor)) static void remember_mode(void)
{
	read_thp(THP "enabled", old_mode, sizeof(old_mode));
	read_thp(THP "use_zero_page", old_use_zero_page, sizeof(old_use_zero_page));
}

__attribute__((destructor)) static void restore_mode(void)
{
	char *end = strchr(old_mode, ']'), *begin = strchr(old_mode, '[');

	if (!begin || !end)
		return;
	*end = 0;
	set_mode(begin + 1);
	write_thp(THP "use_zero_page", old_use_zero_page);
}

/* Switch them on until the program ends. */
__attribute__((unused)) static void thp_on(void)
{
	char line[64] = {0};

	read_thp(THP "hpage_pmd_size", line, sizeof(line));
	huge_size = strtoul(line, NULL, 10);
	CHECK(huge_size == 2 << 20 || huge_size == 4 << 20);
	set_mode("always");
	write_thp(THP "use_zero_page", "1");
}

/* n huge pages of address space, aligned, in a VMA of their own. */
__attribute__((unused)) static char *area(unsigned long n)
{
	char *p = mmap(NULL, (n + 2) * H, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *at = (char *)(((unsigned long)p + 2 * H - 1) & ~(H - 1));

	CHECK(p != MAP_FAILED);
	CHECK(mmap(at, n * H, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		   0) == at);
	return at;
}

/* A line of smaps for the VMA that begins at p, in kilobytes. */
__attribute__((unused)) static long smaps_of(const char *p, const char *name)
{
	char line[256], begin[16];
	FILE *f = fopen("/proc/self/smaps", "r");
	bool here = false;
	long value = -1;

	CHECK(f != NULL);
	sprintf(begin, "%08lx-", (unsigned long)p);
	while (value < 0 && fgets(line, sizeof(line), f)) {
		if (strchr(line, '-') == line + 8)
			here = !strncmp(line, begin, 9);
		else if (here && !strncmp(line, name, strlen(name)) && line[strlen(name)] == ':')
			value = atol(line + strlen(name) + 1);
	}
	fclose(f);
	return value;
}

#define CHECK_HUGE(p, n) CHECK_EQ(smaps_of(p, "AnonHugePages"), (long)((n) * (H >> 10)))

__attribute__((unused)) static long faults(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return r.ru_minflt;
}

/* Each page of the area holds its number. */
__attribute__((unused)) static void number_pages(char *p, unsigned long bytes)
{
	for (unsigned long i = 0; i < bytes; i += 4096)
		*(unsigned long *)(p + i) = i + 1;
}

__attribute__((unused)) static void check_numbers(const char *p, unsigned long from,
						  unsigned long to)
{
	for (unsigned long i = from; i < to; i += 4096)
		CHECK_EQ(*(const unsigned long *)(p + i), i + 1);
}

/* A counter of /proc/vmstat. */
__attribute__((unused)) static long vmstat(const char *name)
{
	return field(slurp("/proc/vmstat"), name);
}

/* What a frame is, or the one that p maps: bits of /proc/kpageflags. */
__attribute__((unused)) static unsigned long long flags_of(unsigned long long frame)
{
	unsigned long long flags;
	int fd = open("/proc/kpageflags", O_RDONLY);

	CHECK(fd >= 0);
	CHECK_EQ(pread(fd, &flags, 8, frame * 8), 8);
	close(fd);
	return flags;
}

__attribute__((unused)) static unsigned long long frame_flags_of(const char *p)
{
	return flags_of(pagemap(p) & PM_PFN);
}

#endif
