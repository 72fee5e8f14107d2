/*
 * Memory pressure, with --mode pressure, on machines with swap: advice that takes pages out of
 * memory, at random moments.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/mman.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include "diff.h"

#define PATIENCE   5000 /* milliseconds that writes may take on a busy host */
#define IN_FLIGHT  12	/* the field of /proc/diskstats, the first one is 1 */
#define ONE_MS	   1000000
#define PM_PRESENT (1ull << 63)

bool pressure;

/* Has a line of /proc/diskstats requests in progress? */
static bool in_flight(char *line)
{
	char *save, *field = strtok_r(line, " ", &save);

	for (int i = 1; field && i < IN_FLIGHT; i++)
		field = strtok_r(NULL, " ", &save);
	return field && strcmp(field, "0") != 0;
}

static bool disks_are_idle(void)
{
	static char text[8192];
	long fd = sys(SYS_open, "/proc/diskstats", O_RDONLY), n;
	char *save;
	bool idle = true;

	if (failed(fd))
		return true;
	n = sys(SYS_read, fd, text, sizeof(text) - 1);
	sys(SYS_close, fd);
	text[n > 0 ? n : 0] = 0;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		idle &= !in_flight(line);
	return idle;
}

/* What a page under write-back answers depends on how fast the disk is: no call meets one. */
static void wait_for_writes(void)
{
	static const struct timespec pause = {.tv_nsec = ONE_MS};
	int left = PATIENCE;

	while (!disks_are_idle() && left--)
		sys(SYS_nanosleep, &pause, NULL);
	if (left < 0)
		out("the disk never rests\n");
}

void keep_program_in_memory(void)
{
	static bool done;

	if (!done && failed(sys(SYS_mlockall, MCL_CURRENT)))
		out("no mlockall\n");
	done = true;
}

void do_pressure(void)
{
	static const unsigned char usual[] = {MADV_PAGEOUT, MADV_PAGEOUT, MADV_PAGEOUT,
					      MADV_PAGEOUT, MADV_COLD,	  MADV_FREE,
					      MADV_FREE,    MADV_WILLNEED};
	unsigned long addr, len, advice = PICK(usual);

	any_range(&addr, &len);
	keep_off(&addr, &len);
	if (chance(15)) {
		addr = chance(70) ? ARENA : BORDER;
		len = (addr == ARENA ? ARENA_PAGES : BORDER_PAGES) * PAGE;
	}
	if (chance(40) && !in_vdso(addr & -PAGE, 6 * PAGE))
		store_pages(addr & -PAGE, 1 + rnd(6));
	out("pressure: madvise %08lx %lx advice %lu", addr, len, advice);
	result(advise(addr, len, advice));
	if (advice == MADV_FREE)
		model_unknown(addr, len);
	wait_for_writes();
	if (chance(30))
		print_pagemap();
	if (chance(5))
		print_smaps();
}

bool page_is_present(unsigned long addr)
{
	uint64_t entry = 0;
	unsigned long long offset = addr / PAGE * 8ull;
	long fd = sys(SYS_open, "/proc/self/pagemap", O_RDONLY); /* FD_PAGEMAP may be a parent's */

	if (failed(fd))
		return false;
	sys(SYS_pread64, fd, &entry, 8, (long)offset, (long)(offset >> 32));
	sys(SYS_close, fd);
	return entry & PM_PRESENT;
}
