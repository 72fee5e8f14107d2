/*
 * Swap areas for tests: files on the disk at /mnt, with the header that mkswap writes.
 */
#ifndef TESTS_GUEST_SWAPAREA_H
#define TESTS_GUEST_SWAPAREA_H

#include "procfile.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/swap.h>

#define SWAP_PAGE 4096

/* The fields of the header (Linux: union swap_header), in words of its page. */
#define SWAP_VERSION   256
#define SWAP_LAST_PAGE 257
#define SWAP_NR_BAD    258
#define SWAP_BAD       384

static unsigned int swap_header[SWAP_PAGE / 4];

/* Fill swap_header for an area of so many pages. */
__attribute__((unused)) static void fill_swap_header(unsigned int pages)
{
	memset(swap_header, 0, sizeof(swap_header));
	swap_header[SWAP_VERSION] = 1;
	swap_header[SWAP_LAST_PAGE] = pages - 1;
	memcpy((char *)swap_header + SWAP_PAGE - 10, "SWAPSPACE2", 10);
}

/* The disk at /mnt; the case is skipped where there is none, or who runs it is not root. */
__attribute__((unused)) static void need_swap_disk(void)
{
	struct stat root, mnt;

	if (geteuid())
		SKIP("not root");
	if (stat("/", &root) || stat("/mnt", &mnt) || root.st_dev == mnt.st_dev)
		SKIP("no disk at /mnt");
}

/* A file of so many pages with swap_header as its first. => its name, valid until the next call. */
__attribute__((unused)) static const char *make_swap_file(const char *name, unsigned int pages)
{
	static char path[64], zeros[16 * SWAP_PAGE];
	unsigned int i, n;
	int fd;

	need_swap_disk();
	snprintf(path, sizeof(path), "/mnt/%s", name);
	swapoff(path); /* what a case left that failed */
	unlink(path);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(fd >= 0);
	CHECK_EQ(write(fd, swap_header, SWAP_PAGE), SWAP_PAGE);
	for (i = 1; i < pages; i += n) {
		n = pages - i < 16 ? pages - i : 16;
		CHECK_EQ(write(fd, zeros, n * SWAP_PAGE), (ssize_t)(n * SWAP_PAGE));
	}
	close(fd);
	return path;
}

/* The area of a case that has one: begin_swap() made it. */
static const char *swap_area;

__attribute__((unused)) static void begin_swap(unsigned int pages)
{
	fill_swap_header(pages);
	swap_area = strdup(make_swap_file("swap", pages));
	CHECK_EQ(swapon(swap_area, SWAP_FLAG_PREFER | 100), 0);
}

__attribute__((unused)) static void end_swap(void)
{
	CHECK_EQ(swapoff(swap_area), 0);
	CHECK_EQ(unlink(swap_area), 0);
}

/* Locks memory until only this much is available. => it. */
__attribute__((unused)) static char *lock_all_but(unsigned long room_mib, size_t *size)
{
	unsigned long long available = field(slurp("/proc/meminfo"), "MemAvailable:") / 1024;
	char *p;

	CHECK(available > room_mib + 8);
	*size = (available - room_mib) << 20;
	p = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED);
	CHECK(mlock(p, *size) == 0);
	return p;
}

/* The line of /proc/swaps about an area; NULL if there is none. */
__attribute__((unused)) static char *swaps_line(const char *path)
{
	char *line = strstr(slurp("/proc/swaps"), path), *end;

	if (!line)
		return NULL;
	end = strchr(line, '\n');
	CHECK(end);
	*end = 0;
	return line;
}

#endif
