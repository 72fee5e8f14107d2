/*
 * The pool of huge pages, for tests: its size and its figures. When the program has ended, the pool
 * is empty.
 */
#ifndef TESTS_GUEST_HUGE_H
#define TESTS_GUEST_HUGE_H

#include "maps.h"
#include "procfile.h"
#include <sys/resource.h>

static unsigned long huge_size; /* of a huge page, in bytes: H */
#define H huge_size

/* The number behind a name in a file of lines "Name:   number"; -1: it is not there. */
__attribute__((unused)) static long figure(const char *path, const char *name)
{
	char line[256];
	long value = -1;
	int fd = open(path, O_RDONLY);
	size_t length = strlen(name);

	CHECK(fd >= 0);
	map_read_line(fd, NULL, 0);
	while (value < 0 && map_read_line(fd, line, sizeof(line)))
		if (!strncmp(line, name, length) && line[length] == ':')
			value = atol(line + length + 1);
	close(fd);
	return value;
}

__attribute__((unused)) static long meminfo(const char *name)
{
	return figure("/proc/meminfo", name);
}

/* Are these the figures of the pool: all, free, reserved, surplus? */
#define CHECK_POOL(TOTAL, FREE, RSVD, SURP)                  \
	do {                                                 \
		CHECK_EQ(meminfo("HugePages_Total"), TOTAL); \
		CHECK_EQ(meminfo("HugePages_Free"), FREE);   \
		CHECK_EQ(meminfo("HugePages_Rsvd"), RSVD);   \
		CHECK_EQ(meminfo("HugePages_Surp"), SURP);   \
	} while (0)

__attribute__((unused)) static void write_number(const char *path, long number)
{
	char text[16];
	int fd = open(path, O_WRONLY), n = sprintf(text, "%ld", number);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, text, n), n);
	close(fd);
}

__attribute__((unused)) static void set_pool(long pages)
{
	write_number("/proc/sys/vm/nr_hugepages", pages);
}

__attribute__((unused)) static void set_overcommit(long pages)
{
	write_number("/proc/sys/vm/nr_overcommit_hugepages", pages);
}

/* A case ends by _exit, so this runs once, after all cases. */
__attribute__((destructor)) static void empty_pool(void)
{
	set_pool(0);
	set_overcommit(0);
}

/* A pool of this size, and no surplus. */
__attribute__((unused)) static void pool(long pages)
{
	huge_size = meminfo("Hugepagesize") << 10;
	CHECK(huge_size == 4 << 20 || huge_size == 2 << 20);
	set_overcommit(0);
	set_pool(pages);
	if (meminfo("HugePages_Total") < pages)
		SKIP("not enough free memory in one piece");
	CHECK_POOL(pages, pages, 0, 0);
}

/* n huge pages of anonymous memory. MAP_FAILED */
__attribute__((unused)) static char *map_huge(long n, int prot, int flags)
{
	return mmap(NULL, n * H, prot, MAP_ANONYMOUS | MAP_HUGETLB | flags, -1, 0);
}

/* The same, which must succeed. */
__attribute__((unused)) static char *huge(long n, int flags)
{
	char *p = map_huge(n, PROT_READ | PROT_WRITE, flags);

	CHECK(p != MAP_FAILED);
	CHECK_EQ((unsigned long)p % H, 0);
	return p;
}

#endif
