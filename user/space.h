/*
 * The areas of a process, from /proc/PID/maps or smaps, and the states of its pages, from
 * /proc/PID/pagemap: what vmview and vmmap draw.
 */
#ifndef USER_SPACE_H
#define USER_SPACE_H

#include "user/proc.h"
#include <stdint.h>

/* Linux Documentation/admin-guide/mm/pagemap.rst */
#define PM_EXCLUSIVE (1ULL << 56)
#define PM_SWAPPED   (1ULL << 62)
#define PM_PRESENT   (1ULL << 63)

enum kind {
	KIND_CODE,
	KIND_FILE,
	KIND_DATA,
	KIND_HEAP,
	KIND_ANON,
	KIND_STACK,
	KIND_SHARED,
	KIND_DEVICE,
	KIND_KERNEL,
	NR_KINDS
};

/* In the order in which they win where several pages are drawn as one. */
enum state {
	PAGE_ABSENT,
	PAGE_SWAPPED,
	PAGE_SHARED, /* in memory, and mapped elsewhere too */
	PAGE_OWN,    /* in memory for this process alone */
	NR_STATES
};

struct area {
	unsigned long start, end;
	char perms[5], name[40];
	enum kind kind;
	long rss, shared, dirty, swapped; /* KiB; 0 if they were read from maps */
};

struct space {
	int pid;
	char command[64];
	struct area *areas;
	unsigned int nr_areas, room;
	int pagemap; /* a descriptor; -1: none */
};

enum {
	STATES_BATCH = 512 /* pages looked at at a time */
};

static inline const char *kind_name(enum kind kind)
{
	static const char *const names[NR_KINDS] = {
		[KIND_CODE] = "code",	  [KIND_FILE] = "file",	    [KIND_DATA] = "data",
		[KIND_HEAP] = "heap",	  [KIND_ANON] = "anon",	    [KIND_STACK] = "stack",
		[KIND_SHARED] = "shared", [KIND_DEVICE] = "device", [KIND_KERNEL] = "kernel's",
	};

	return names[kind];
}

static inline bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static inline enum kind kind_of(const char *perms, const char *path)
{
	if (strcmp(path, "[heap]") == 0)
		return KIND_HEAP;
	if (strcmp(path, "[stack]") == 0)
		return KIND_STACK;
	if (path[0] == '[')
		return KIND_KERNEL;
	if (strcmp(path, "/dev/mem") == 0 || begins(path, "/dev/fb"))
		return KIND_DEVICE;
	if (perms[3] == 's')
		return KIND_SHARED;
	if (!path[0])
		return KIND_ANON;
	if (perms[2] == 'x')
		return KIND_CODE;
	return perms[1] == 'w' ? KIND_DATA : KIND_FILE;
}

static inline bool parse_area(const char *line, struct area *a)
{
	char path[PATH_MAX] = "", *name;

	*a = (struct area){0};
	if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %4095[^\n]", &a->start, &a->end, a->perms, path) <
	    3)
		return false;
	a->kind = kind_of(a->perms, path);
	name = strrchr(path, '/');
	snprintf(a->name, sizeof(a->name), "%.39s",
		 name && !begins(path, "/dev/") ? name + 1 : path);
	return true;
}

/* A line of smaps below that of an area. */
static inline void parse_amount(const char *line, struct area *a)
{
	char key[32];
	long kib;

	if (sscanf(line, "%31[^:]: %ld kB", key, &kib) != 2)
		return;
	if (strcmp(key, "Rss") == 0)
		a->rss = kib;
	else if (strcmp(key, "Swap") == 0)
		a->swapped = kib;
	if (begins(key, "Shared_"))
		a->shared += kib;
	if (strcmp(key, "Shared_Dirty") == 0 || strcmp(key, "Private_Dirty") == 0)
		a->dirty += kib;
}

/* Read the areas of a process from its file FROM, maps or smaps, into *space, which begins as
   zeros. False, with the reason in errno: it is gone, or not ours to see. */
static inline bool read_space(int pid, const char *from, struct space *space)
{
	char path[64], line[PATH_MAX + 128];
	struct proc_stat stat;
	struct area area;
	FILE *f;

	if (!read_stat(pid, &stat)) {
		errno = ESRCH;
		return false;
	}
	snprintf(path, sizeof(path), "/proc/%d/%s", pid, from);
	f = fopen(path, "r");
	if (!f)
		return false;
	if (space->pid != pid) {
		snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
		space->pagemap = open(path, O_RDONLY);
	}
	space->pid = pid;
	memcpy(space->command, stat.comm, sizeof(space->command));
	space->nr_areas = 0;
	while (fgets(line, sizeof(line), f)) {
		if (!parse_area(line, &area)) {
			if (space->nr_areas)
				parse_amount(line, &space->areas[space->nr_areas - 1]);
			continue;
		}
		if (space->nr_areas == space->room) {
			space->room = 2 * space->room + 32;
			space->areas = allocate(space->areas, space->room * sizeof(*space->areas));
		}
		space->areas[space->nr_areas++] = area;
	}
	fclose(f);
	return true;
}

static inline enum state state_of(uint64_t entry)
{
	if (entry & PM_SWAPPED)
		return PAGE_SWAPPED;
	if (!(entry & PM_PRESENT))
		return PAGE_ABSENT;
	return entry & PM_EXCLUSIVE ? PAGE_OWN : PAGE_SHARED;
}

/* The states of n pages of an area from page `first` on. */
static inline void read_states(const struct space *space, const struct area *area,
			       unsigned long first, unsigned long n, enum state *states)
{
	off_t offset = (off_t)(area->start / PAGE_SIZE + first) * sizeof(uint64_t);
	uint64_t entries[STATES_BATCH / 4];

	/* a device's memory has no pages, so pagemap says nothing of it; it is always there */
	for (unsigned long i = 0; i < n; i++)
		states[i] = area->kind == KIND_DEVICE ? PAGE_SHARED : PAGE_ABSENT;
	while (area->kind != KIND_DEVICE && n) {
		size_t some = n < STATES_BATCH / 4 ? n : STATES_BATCH / 4;
		ssize_t got = pread(space->pagemap, entries, some * sizeof(*entries), offset);

		if (got <= 0)
			return;
		for (size_t i = 0; i < got / sizeof(*entries); i++)
			*states++ = state_of(entries[i]);
		n -= got / sizeof(*entries);
		offset += got;
	}
}

/* One state for n pages from `first` on: that of the page which is there most. */
static inline enum state summary(const struct space *space, const struct area *area,
				 unsigned long first, unsigned long n)
{
	static enum state seen[STATES_BATCH];
	enum state most = PAGE_ABSENT;

	while (n && most < NR_STATES - 1) {
		unsigned long some = n < STATES_BATCH ? n : STATES_BATCH;

		read_states(space, area, first, some, seen);
		for (unsigned long i = 0; i < some; i++)
			if (seen[i] > most)
				most = seen[i];
		first += some;
		n -= some;
	}
	return most;
}

#endif
