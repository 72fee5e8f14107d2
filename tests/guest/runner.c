/*
 * runner [--leaks] PROGRAM...: runs the guest tests one after the other and prints marks between
 * them:
 *
 *	@@ begin PROGRAM
 *	...what it prints...
 *	@@ leak PROGRAM: what was not given back   (with --leaks, only if there is something)
 *	@@ end PROGRAM STATUS                      (128 + signal if it was killed)
 *
 * A leak is found by what /proc tells of free pages and of slab objects, after the page cache has
 * been dropped, and of what is promised and locked. A first run may fill caches that stay, so a
 *program that seems to leak is run a second time, silently, and that run counts.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM_SECONDS 3600 /* ends what hangs, not what a busy host keeps from running */
#define MAX_CACHES	128
#define PAGE_KB		4

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

/* Prints nothing if as much is in use as before; quiet: only tells. Empty slabs that are kept count
 * as free, and so do pages of files: which of them are mapped depends on what was short of memory.
 */
static int differ(const struct figures *before, const struct figures *now, const char *name,
		  int quiet)
{
	long lost = before->free_kb + before->slab_kb + before->file_kb - now->free_kb -
		    now->slab_kb - now->file_kb + before->broken_kb - now->broken_kb;
	long promised = now->promised_kb - before->promised_kb;
	long locked = now->locked_kb - before->locked_kb;
	int i, leaks = lost > 0 || promised || locked;

	if (lost > 0 && !quiet)
		printf("@@ leak %s: %ld pages\n", name, lost / PAGE_KB);
	if (promised && !quiet) /* given back twice is as wrong */
		printf("@@ leak %s: %ld promised pages\n", name, promised / PAGE_KB);
	if (locked && !quiet)
		printf("@@ leak %s: %ld locked pages\n", name, locked / PAGE_KB);
	for (i = 0; i < before->caches && i < now->caches; i++) {
		long more = (long)(now->cache[i].active - before->cache[i].active);

		if (more <= 0 || strcmp(before->cache[i].name, now->cache[i].name))
			continue;
		if (now->file_kb > before->file_kb && !strcmp(now->cache[i].name, FILE_CACHE))
			continue;
		leaks = 1;
		if (!quiet)
			printf("@@ leak %s: %ld objects of %s\n", name, more, now->cache[i].name);
	}
	return leaks;
}

static int run(const char *program, int quiet)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (quiet) {
			int null = open("/dev/null", O_WRONLY);

			dup2(null, 1);
			dup2(null, 2);
			close(null);
		} else {
			dup2(1, 2);
		}
		alarm(PROGRAM_SECONDS);
		execl(program, program, (char *)NULL);
		perror(program);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 127;
	/* orphans of the test, if this process is init's stand-in or not, have a moment to end */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	static struct figures before, now;
	int i, leaks = argc > 1 && strcmp(argv[1], "--leaks") == 0;

	for (i = 1 + leaks; i < argc; i++) {
		const char *name = argv[i];
		int status;

		printf("@@ begin %s\n", name);
		if (leaks)
			measure(&before);
		status = run(argv[i], 0);
		if (leaks)
			measure(&now);
		if (leaks && differ(&before, &now, name, 1)) {
			measure(&before);
			run(argv[i], 1);
			measure(&now);
			differ(&before, &now, name, 0);
		}
		printf("@@ end %s %d\n", name, status);
		fflush(stdout);
	}
	return 0;
}
