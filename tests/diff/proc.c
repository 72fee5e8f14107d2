/*
 * What the kernel itself says about the address space, as far as two kernels can agree on it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "diff.h"

static char text[65536];

static bool slurp(const char *path)
{
	long fd = sys(SYS_open, path, O_RDONLY), n;
	size_t used = 0;

	text[0] = 0;
	if (failed(fd)) {
		out("%s: errno %ld\n", path, -fd);
		return false;
	}
	while ((n = sys(SYS_read, fd, text + used, sizeof(text) - 1 - used)) > 0)
		used += n;
	text[used] = 0;
	sys(SYS_close, fd);
	return true;
}

/* The next line of text, ended by a NUL; NULL at the end. */
static char *next_line(char **at)
{
	char *line = *at, *end;

	if (!*line)
		return NULL;
	end = strchr(line, '\n');
	if (end) {
		*end = 0;
		*at = end + 1;
	} else {
		*at = line + strlen(line);
	}
	return line;
}

/* One line of maps without device and inode numbers: those are the file system's affair. */
static void print_maps_line(const char *line)
{
	const char *rest = line + strlen(line);

	/* start-end perms offset dev inode, padded up to the name */
	if (strlen(line) >= 49)
		rest = line + 49;
	out("  %.31s  %s\n", line, rest);
}

bool maps_beyond_4g(unsigned long addr, unsigned long len)
{
	char *at = text, *line;

	if (!slurp("/proc/self/maps"))
		return false;
	while ((line = next_line(&at))) {
		unsigned long start = strtoul(line, &line, 16), end = strtoul(line + 1, &line, 16);
		unsigned long long offset = strtoull(line + 6, NULL, 16); /* after " rwxp " */

		if (start < addr + len && end > addr && (offset + (end - start)) >> 32)
			return true;
	}
	return false;
}

void print_maps(void)
{
	char *at = text, *line;

	if (!slurp("/proc/self/maps"))
		return;
	out("maps:\n");
	while ((line = next_line(&at)))
		print_maps_line(line);
}

/* Not the resident set: with several processors in its configuration, Linux 6.1 counts pages in
   each task and adds them up only every 64 faults, so that VmRSS, VmHWM and the three parts are off
   by up to 64 pages; so is VmSwap. smaps walks the page tables and is exact. */
static bool is_exact(const char *line)
{
	if (huge && !strncmp(line, "HugetlbPages", 12))
		return true;
	return !strncmp(line, "Vm", 2) && strncmp(line, "VmRSS", 5) && strncmp(line, "VmHWM", 5) &&
	       strncmp(line, "VmSwap", 6);
}

void print_status(void)
{
	static struct rusage usage;
	char *at = text, *line;

	if (!slurp("/proc/self/status"))
		return;
	out("status:");
	while ((line = next_line(&at)))
		if (is_exact(line)) {
			char *colon = strchr(line, ':');

			if (colon)
				out(" %.*s %lu", (int)(colon - line), line,
				    strtoul(colon + 1, NULL, 10));
		}
	sys(SYS_getrusage, RUSAGE_SELF, &usage);
	/* whether a swapped page is still in the swap cache depends on how fast the disk is; a
	 * fault that waited for a monitor counts as a major one */
	if (pressure || uffd)
		out(" faults %ld\n", usage.ru_minflt + usage.ru_majflt);
	else
		out(" faults %ld %ld\n", usage.ru_minflt, usage.ru_majflt);
}

/* The fields of smaps that say what is where, for each mapping, without those that depend on who
   else maps it (Pss) or on how far reclaim got (LazyFree, and Referenced, which also counts a mark
   that pages carry from one seed to the next). */
static void print_sizes(const char *line)
{
	static const char *const wanted[] = {"Shared_Hugetlb:", "Private_Hugetlb:", "MMUPageSize:"};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!strncmp(line, wanted[i], strlen(wanted[i])))
			out(" %c%lu", wanted[i][0], strtoul(line + strlen(wanted[i]), NULL, 10));
}

void print_smaps(void)
{
	static const char *const wanted[] = {"Size",	     "Rss",	      "Shared_Clean",
					     "Shared_Dirty", "Private_Clean", "Private_Dirty",
					     "Anonymous",    "Swap",	      "SwapPss",
					     "Locked",	     "VmFlags"};
	char *at = text, *line;

	if (!slurp("/proc/self/smaps"))
		return;
	out("smaps:");
	while ((line = next_line(&at))) {
		char *colon = strchr(line, ':');

		if (!colon || line[8] == '-') {
			out("\n  %.31s", line);
			continue;
		}
		if (huge)
			print_sizes(line);
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
			size_t n = strlen(wanted[i]);

			if (strncmp(line, wanted[i], n) || line[n] != ':')
				continue;
			colon++;
			while (*colon == ' ')
				colon++;
			if (i == sizeof(wanted) / sizeof(wanted[0]) - 1)
				out(" %s", colon);
			else
				out(" %c%c%lu", wanted[i][0],
				    strchr(wanted[i], '_') ? strchr(wanted[i], '_')[1] : '=',
				    strtoul(colon, NULL, 10));
		}
	}
	out("\n");
}

static int column;

static void print_page(unsigned long addr)
{
	struct fault fault;
	int first = load_byte(addr, &fault), value;

	if (first < 0) {
		if (fault.sig == 7)
			out(" %lx:B", addr / PAGE);
		return;
	}
	out(" %lx:%d", addr / PAGE, first);
	model_check(addr, first);
	value = load_byte(addr + 1000, &fault);
	if (value != first)
		out("/%d", value);
	value = load_byte(addr + PAGE - 1, &fault);
	if (value != first)
		out("\\%d", value);
	if (++column % 16 == 0)
		out("\n ");
}

void print_contents(void)
{
	column = 0;
	out("contents:");
	each_page(print_page);
	out("\n");
}

/* Which pages are present, and whether they are a file's (or shared) or nobody else's. */
static void print_entry(unsigned long addr)
{
	uint64_t entry = 0;
	unsigned long long offset = addr / PAGE * 8ull;

	if (sys(SYS_pread64, FD_PAGEMAP, &entry, 8, (long)offset, (long)(offset >> 32)) != 8)
		return;
	if (entry >> 55)
		out(" %lx:%x", addr / PAGE, (unsigned)(entry >> 55));
}

void print_pagemap(void)
{
	out("pagemap:");
	each_page(print_entry);
	out("\n");
}
