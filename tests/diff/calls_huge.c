/*
 * Huge pages, with --mode huge: both machines get a pool before the first seed, and mappings that
 * begin and end at their boundaries are made in a place of their own.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "diff.h"

#ifndef MFD_HUGETLB
#	define MFD_HUGETLB 4u
#endif

#define HUGE_ARENA   0x50000000u
#define HUGE_PLACES  6 /* of the largest size */
#define LARGEST	     (4u << 20)
#define POOL	     6
#define OVERCOMMITED 2

bool huge;
static unsigned long size; /* of a huge page */

static bool read_text(const char *path, char *text, size_t room)
{
	long fd = sys(SYS_open, path, O_RDONLY), n;

	if (failed(fd))
		return false;
	n = sys(SYS_read, fd, text, room - 1);
	sys(SYS_close, fd);
	text[n > 0 ? n : 0] = 0;
	return true;
}

static long write_number(const char *path, unsigned number)
{
	char text[16];
	long fd = sys(SYS_open, path, O_WRONLY), ret;

	if (failed(fd))
		return fd;
	ret = sys(SYS_write, fd, text, snprintf(text, sizeof(text), "%u", number));
	sys(SYS_close, fd);
	return ret;
}

void huge_pool(void)
{
	write_number("/proc/sys/vm/nr_hugepages", POOL);
	write_number("/proc/sys/vm/nr_overcommit_hugepages", OVERCOMMITED);
}

void huge_init(void)
{
	static char text[8192];
	const char *line = "";

	if (read_text("/proc/meminfo", text, sizeof(text)))
		line = strstr(text, "Hugepagesize:");
	size = line ? strtoul(line + strlen("Hugepagesize:"), NULL, 10) << 10 : LARGEST;
}

static void print_pool(void)
{
	static char text[8192];
	char *save;

	read_text("/proc/meminfo", text, sizeof(text));
	out("pool:");
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (!strncmp(line, "HugePages_", 10))
			out(" %c%lu", line[10], strtoul(strchr(line, ':') + 1, NULL, 10));
	out("\n");
}

/* A place for a huge page, now and then beside one. */
static unsigned long any_place(void)
{
	unsigned long addr = HUGE_ARENA + rnd(HUGE_PLACES * LARGEST / size) * size;

	return chance(93) ? addr : addr + rnd(LARGEST / PAGE) * PAGE;
}

static unsigned long any_size(void)
{
	return chance(90) ? (1 + rnd(3)) * size : 1 + rnd(3 * size);
}

static unsigned long any_offset(void)
{
	return chance(90) ? rnd(3) * size : rnd(3 * size / PAGE) * PAGE;
}

static void map(int fd)
{
	static const unsigned long prots[] = {PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE,
					      PROT_READ, PROT_NONE};
	static const unsigned long more[] = {0, 0, 0, MAP_POPULATE, MAP_NORESERVE, MAP_LOCKED};
	unsigned long addr = any_place(), len = any_size(), prot = PICK(prots);
	unsigned long flags = (chance(60) ? MAP_PRIVATE : MAP_SHARED) | PICK(more), ret, off = 0;

	if (chance(80))
		flags |= chance(80) ? MAP_FIXED : MAP_FIXED_NOREPLACE;
	/* Linux lets go of an old mapping's file only when the call returns: until then its pages
	 * are missing in a short pool. */
	if (flags & MAP_FIXED)
		sys(SYS_munmap, addr & -size, len + 2 * size);
	if (fd < 0)
		flags |= MAP_ANONYMOUS | MAP_HUGETLB;
	else
		off = any_offset();
	out("huge: mmap2 %08lx %lx prot %lx flags %lx fd %d off %lx", addr, len, prot, flags, fd,
	    off / PAGE);
	ret = result_addr(sys(SYS_mmap2, addr, len, prot, flags, fd, off / PAGE));
	if (!failed(ret))
		arena_remember(ret, len);
}

/* What ends or changes a mapping at the boundaries of huge pages. */
static void change(void)
{
	static const unsigned char advice[] = {MADV_DONTNEED, MADV_DONTNEED,	  MADV_REMOVE,
					       MADV_FREE,     MADV_DONTFORK,	  MADV_COLD,
					       MADV_PAGEOUT,  MADV_POPULATE_WRITE};
	unsigned long addr = any_place(), len = any_size(), to = any_place();
	unsigned what = PICK(advice);

	switch (rnd(6)) {
	case 0:
		out("huge: munmap %08lx %lx", addr, len);
		result(sys(SYS_munmap, addr, len));
		break;
	case 1:
		out("huge: mprotect %08lx %lx", addr, len);
		result(sys(SYS_mprotect, addr, len, rnd(4)));
		break;
	case 2:
		out("huge: mremap %08lx %lx to %08lx", addr, len, to);
		result_addr(sys(SYS_mremap, addr, len, chance(70) ? len : any_size(),
				chance(50) ? MREMAP_MAYMOVE : MREMAP_MAYMOVE | MREMAP_FIXED, to));
		break;
	case 3:
		out("huge: mlock %08lx %lx", addr, len);
		result(sys(chance(60) ? SYS_mlock : SYS_munlock, addr, len));
		break;
	default:
		out("huge: madvise %08lx %lx advice %u", addr, len, what);
		result(advise(addr, len, what));
	}
}

static void change_file(void)
{
	static uint8_t data[2 * PAGE];
	unsigned long at = any_offset(), len = any_size();
	int modes[] = {0, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_KEEP_SIZE};
	int mode = PICK(modes);

	switch (rnd(4)) {
	case 0:
		out("huge: ftruncate %lx", at);
		result(sys(SYS_ftruncate, FD_HUGE, at));
		break;
	case 1:
		out("huge: pread %lx", at);
		result(sys(SYS_pread64, FD_HUGE, data, sizeof(data), at, 0));
		out("  %d %d\n", data[0], data[PAGE]);
		break;
	default:
		out("huge: fallocate mode %x %lx +%lx", mode, at, len);
		result(sys(SYS_fallocate, FD_HUGE, mode, at, 0, len, 0));
	}
}

static void new_file(void)
{
	unsigned long len = rnd(4) * size;
	long fd = sys(SYS_memfd_create, "huge", MFD_HUGETLB | (chance(50) ? MFD_ALLOW_SEALING : 0));

	out("huge: memfd_create of %lx", len);
	if (failed(fd)) {
		result(fd);
		return;
	}
	sys(SYS_dup2, fd, FD_HUGE);
	sys(SYS_close, fd);
	result(sys(SYS_ftruncate, FD_HUGE, len));
}

void do_huge(void)
{
	uint32_t kind = rnd(100);

	if (kind < 20) {
		map(-1);
	} else if (kind < 35) {
		map(FD_HUGE);
	} else if (kind < 65) {
		unsigned long addr = any_place();

		for (int i = 1 + rnd(4); i; i--)
			store_pages(addr + rnd(size / PAGE) * PAGE, 1);
	} else if (kind < 80) {
		change();
	} else if (kind < 86) {
		new_file();
	} else if (kind < 94) {
		change_file();
	} else if (kind < 97) {
		print_pool();
	} else {
		unsigned pages = rnd(POOL + 1);

		out("huge: a pool of %u", pages);
		result(write_number("/proc/sys/vm/nr_hugepages", pages));
		print_pool();
	}
}
