/*
 * What runners look at to find a leak: what /proc tells of free pages and of slab objects, after
 * the page cache has been dropped, and of what is promised and locked. A first run may fill caches
 * that stay, and when memory was short, the mapped pages of files that are left may need more nodes
 * of their trees than others did before. So what seems to leak is run again: a leak comes each
 * time.
 */
#ifndef TESTS_GUEST_LEAKS_H
#define TESTS_GUEST_LEAKS_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_CACHES 128
#define LEAK_RUNS  4 /* so often a leak must be seen */
#define PAGE_KB	   4

struct cache {
	char name[32];
	unsigned long active;
};

/* The kernel's memory that is in use: what must be the same again after a test. */
struct figures {
	long free_kb, slab_kb, broken_kb;
	long file_kb; /* pages of files that are mapped: dropping caches leaves them */
	long promised_kb, locked_kb;
	int caches;
	struct cache cache[MAX_CACHES];
};

static void measure(struct figures *f)
{
	char line[256];
	FILE *file;
	long kb;
	int fd;

	memset(f, 0, sizeof(*f));
	fd = open("/proc/sys/vm/drop_caches", O_WRONLY);
	if (fd >= 0) {
		if (write(fd, "3\n", 2) < 0)
			perror("drop_caches");
		close(fd);
	}
	file = fopen("/proc/slabinfo", "r");
	while (file && f->caches < MAX_CACHES && fgets(line, sizeof(line), file)) {
		struct cache *c = &f->cache[f->caches];

		if (line[0] != '#' && sscanf(line, "%31s %lu", c->name, &c->active) == 2)
			f->caches++;
	}
	if (file)
		fclose(file);
	file = fopen("/proc/meminfo", "r");
	while (file && fgets(line, sizeof(line), file)) {
		sscanf(line, "MemFree: %ld", &f->free_kb);
		sscanf(line, "Slab: %ld", &f->slab_kb);
		sscanf(line, "Committed_AS: %ld", &f->promised_kb);
		sscanf(line, "Mlocked: %ld", &f->locked_kb);
		if (sscanf(line, "HardwareCorrupted: %ld", &kb) == 1)
			f->broken_kb = kb; /* by a test: they do not come back */
		if (sscanf(line, "Cached: %ld", &kb) == 1 || sscanf(line, "Buffers: %ld", &kb) == 1)
			f->file_kb += kb;
		if (sscanf(line, "Shmem: %ld", &kb) == 1)
			f->file_kb -= kb;
	}
	if (file)
		fclose(file);
}

/* The index of the page cache grows with it. */
#define FILE_CACHE "radix_tree_node"

/* Compares: tells say(), unless that is NULL, of each thing of which more is in use than before.
 * Returns whether there is any. Empty slabs that are kept count as free, and so do pages of files:
 * which of them are mapped depends on what was short of memory.
 */
static int leaks_found(const struct figures *before, const struct figures *now,
		       void (*say)(long count, const char *of_what))
{
	long lost = before->free_kb + before->slab_kb + before->file_kb - now->free_kb -
		    now->slab_kb - now->file_kb + before->broken_kb - now->broken_kb;
	long promised = now->promised_kb - before->promised_kb;
	long locked = now->locked_kb - before->locked_kb;
	int i, leaks = lost > 0 || promised || locked;
	char text[64];

	if (lost > 0 && say)
		say(lost / PAGE_KB, "pages");
	if (promised && say) /* given back twice is as wrong */
		say(promised / PAGE_KB, "promised pages");
	if (locked && say)
		say(locked / PAGE_KB, "locked pages");
	for (i = 0; i < before->caches && i < now->caches; i++) {
		long more = (long)(now->cache[i].active - before->cache[i].active);

		if (more <= 0 || strcmp(before->cache[i].name, now->cache[i].name))
			continue;
		if (now->file_kb > before->file_kb && !strcmp(now->cache[i].name, FILE_CACHE))
			continue;
		leaks = 1;
		snprintf(text, sizeof(text), "objects of %s", now->cache[i].name);
		if (say)
			say(more, text);
	}
	return leaks;
}

#endif
