/*
 * Merged pages: /sys/kernel/mm/ksm, memory that may be merged, and which frames it has.
 */
#ifndef TESTS_GUEST_KSM_H
#define TESTS_GUEST_KSM_H

#include "maps.h"
#include "procfile.h"
#include <time.h>

#define KSM	"/sys/kernel/mm/ksm/"
#define RW	(PROT_READ | PROT_WRITE)
#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)
#define SECONDS 60 /* that ksmd has for what it is waited for */

static long ksm_figure(const char *name)
{
	char path[80], text[32];
	int fd, n;

	snprintf(path, sizeof(path), KSM "%s", name);
	fd = open(path, O_RDONLY);
	CHECK(fd >= 0);
	n = read(fd, text, sizeof(text) - 1);
	CHECK(n > 0);
	text[n] = 0;
	close(fd);
	return atol(text);
}

/* The number behind a name in a file of /proc. */
__attribute__((unused)) static long proc_number(const char *path, const char *name)
{
	char *text = slurp(path);
	unsigned int length = strlen(name);

	while (text && (strncmp(text, name, length) || text[length] != ' ')) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	CHECK(text);
	return atol(text + length);
}

/* 0, or the error. */
static int ksm_write(const char *name, const char *text)
{
	char path[80];
	int fd, err = 0;

	snprintf(path, sizeof(path), KSM "%s", name);
	fd = open(path, O_WRONLY);
	CHECK(fd >= 0);
	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	return err;
}

static void ksm_start(void)
{
	CHECK_EQ(ksm_write("run", "2"), 0); /* nothing is left from before */
	CHECK_EQ(ksm_write("sleep_millisecs", "1"), 0);
	CHECK_EQ(ksm_write("pages_to_scan", "1000"), 0);
	CHECK_EQ(ksm_write("run", "1"), 0);
}

static void ksm_end(void)
{
	CHECK_EQ(ksm_write("run", "2"), 0);
	CHECK_EQ(ksm_figure("pages_shared"), 0);
	CHECK_EQ(ksm_figure("pages_sharing"), 0);
	CHECK_EQ(ksm_write("run", "0"), 0);
	CHECK_EQ(ksm_write("sleep_millisecs", "20"), 0);
	CHECK_EQ(ksm_write("pages_to_scan", "100"), 0);
}

/* Until ksmd has been everywhere, often enough to merge what can be merged. */
static void await_rounds(int n)
{
	long wanted = ksm_figure("full_scans") + n;
	time_t end = time(NULL) + SECONDS;

	while (ksm_figure("full_scans") < wanted) {
		CHECK(time(NULL) < end);
		usleep(2000);
	}
}

static unsigned long long frame(const void *addr)
{
	unsigned long long entry = pagemap(addr);

	CHECK(entry & PM_PRESENT);
	return entry & PM_PFN;
}

/* n pages, all with this byte, that may be merged. */
__attribute__((unused)) static char *pages(int n, int byte)
{
	char *p = free_room(n);

	anon_at(p, n, RW);
	memset(p, byte, n * P);
	CHECK_EQ(madvise(p, n * P, MADV_MERGEABLE), 0);
	return p;
}

__attribute__((unused)) static int frames_in(const char *p, int n)
{
	int different = 0, i, j;

	for (i = 0; i < n; i++) {
		for (j = 0; j < i && frame(p + i * P) != frame(p + j * P); j++)
			;
		different += i == j;
	}
	return different;
}

#endif
