/*
 * The areas of a process, from /proc/PID/maps, and the states of its pages, from /proc/PID/pagemap.
 */
#include "user/vmview/vmview.h"

/* Linux Documentation/admin-guide/mm/pagemap.rst */
#define PM_EXCLUSIVE (1ULL << 56)
#define PM_PRESENT   (1ULL << 63)

enum {
	MAPS_SIZE = 65536,
	BATCH = 128 /* entries read at a time */
};

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static enum kind kind_of(const char *perms, const char *path)
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

static bool parse_area(const char *line, struct area *a)
{
	char path[PATH_MAX] = "", *name;

	if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %4095[^\n]", &a->start, &a->end, a->perms, path) <
	    3)
		return false;
	a->kind = kind_of(a->perms, path);
	name = strrchr(path, '/');
	snprintf(a->name, sizeof(a->name), "%.39s",
		 name && !begins(path, "/dev/") ? name + 1 : path);
	return true;
}

bool read_space(int pid, struct space *space)
{
	static char maps[MAPS_SIZE];
	struct proc_stat stat;

	if (!read_stat(pid, &stat) || read_proc_file(pid, "maps", maps, sizeof(maps)) < 0)
		return false;
	if (space->pid != pid) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
		space->pagemap = open(path, O_RDONLY);
	}
	space->pid = pid;
	memcpy(space->command, stat.comm, sizeof(space->command));
	space->nr_areas = 0;
	for (char *line = maps, *end; (end = strchr(line, '\n')) && space->nr_areas < MAX_AREAS;
	     line = end + 1) {
		*end = '\0';
		if (parse_area(line, &space->areas[space->nr_areas]))
			space->nr_areas++;
	}
	return true;
}

static enum state state_of(uint64_t entry)
{
	if (!(entry & PM_PRESENT))
		return PAGE_ABSENT;
	return entry & PM_EXCLUSIVE ? PAGE_OWN : PAGE_SHARED;
}

void read_states(const struct space *space, const struct area *area, unsigned long first,
		 unsigned long n, enum state *states)
{
	off_t offset = (off_t)(area->start / PAGE_SIZE + first) * sizeof(uint64_t);
	uint64_t entries[BATCH];

	/* a device's memory has no pages, so pagemap says nothing of it; it is always there */
	for (unsigned long i = 0; i < n; i++)
		states[i] = area->kind == KIND_DEVICE ? PAGE_SHARED : PAGE_ABSENT;
	while (area->kind != KIND_DEVICE && n) {
		size_t some = n < BATCH ? n : BATCH;
		ssize_t got = pread(space->pagemap, entries, some * sizeof(*entries), offset);

		if (got <= 0)
			return;
		for (size_t i = 0; i < got / sizeof(*entries); i++)
			*states++ = state_of(entries[i]);
		n -= got / sizeof(*entries);
		offset += got;
	}
}
