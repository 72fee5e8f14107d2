/*
 * Things done with every allocation failing in turn: what the inject programs share. For each n a
 * child does them with the n-th allocation, and all behind it, failing.
 */
#ifndef TESTS_GUEST_INJECT_H
#define TESTS_GUEST_INJECT_H

#include "check.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>

#define PAGE	   4096
#define MAX_POINTS 400

static int open_knob(const char *path)
{
	int fd = open(path, O_RDWR);

	if (fd < 0)
		SKIP("no debug kernel");
	return fd;
}

static void set_knob(int knob, int n)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", n);

	if (pwrite(knob, text, length, 0) != length)
		_exit(CHECK_FAILED);
}

/* Never the parent: it has to turn the failures off. */
static void set_oom_score(const char *text)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* Frees what goes by itself, but later. May be NULL. */
static void (*settle)(void);

static long free_kilobytes(void)
{
	char text[2048];
	const char *line;
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY), n;

	if (settle)
		settle();
	CHECK(fd >= 0 && write(fd, "3", 1) == 1);
	close(fd);
	fd = open("/proc/meminfo", O_RDONLY);
	n = read(fd, text, sizeof(text) - 1);
	CHECK(n > 0);
	close(fd);
	text[n] = '\0';
	line = strstr(text, "MemFree:");
	CHECK(line);
	return strtol(line + strlen("MemFree:"), NULL, 10);
}

/* All touched before, so that the child itself needs nothing. */
static char buffer[4 * PAGE];
static char folder[64];
/* Of a thread that a child starts. */
static char thread_stack[PAGE] __attribute__((aligned(16)));

/* ---- doing it with every allocation failing in turn ---- */

#define DONE 42

static void child(void (*act)(void), int knob, int n)
{
	struct itimerval soon = {{0, 0}, {3, 0}};
	int null = open("/dev/null", O_RDWR);

	dup2(null, 1);
	dup2(null, 2);
	if (chdir(folder))
		_exit(CHECK_FAILED);
	set_oom_score("1000");
	memset(buffer, 1, sizeof(buffer));
	memset(thread_stack, 0, sizeof(thread_stack));
	setitimer(ITIMER_REAL, &soon, NULL);
	set_knob(knob, n);
	act();
	_exit(DONE);
}

static void remove_leftovers(void)
{
	static const char *const names[] = {"file", "file2", "file3", "link", "lock", "script"};
	unsigned int i;

	CHECK(chdir(folder) == 0);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(names[i]);
	rmdir("d/e");
	rmdir("d/f");
	rmdir("d");
	CHECK(chdir("/") == 0);
}

static const char *const knob_paths[] = {"/proc/sys/debug/fail_page_alloc_after",
					 "/proc/sys/debug/fail_slab_after",
#ifdef ONE_MORE_KNOB
					 ONE_MORE_KNOB
#endif
};
#define NR_KNOBS ((int)(sizeof(knob_paths) / sizeof(knob_paths[0])))
static int knobs[NR_KNOBS];

/* All but the heap, which we use no more. The memory that fork shares is the parent's again when it
 * has been written to. */
static struct {
	volatile char *start, *end;
} own[16];
static int n_own;

static void find_own_memory(void)
{
	unsigned long start, end;
	char line[256], flags[8];
	FILE *f = fopen("/proc/self/maps", "r");

	CHECK(f);
	n_own = 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx %7s", &start, &end, flags) == 3 &&
		    strcmp(flags, "rw-p") == 0 && !strstr(line, "[heap]") && n_own < 16) {
			own[n_own].start =
				strstr(line, "[stack]")
					? (char *)((unsigned long)&start & -PAGE) - 4 * PAGE
					: (char *)start;
			own[n_own++].end = (char *)end;
		}
	fclose(f);
}

static void touch_own_memory(void)
{
	volatile char *p;
	int i;

	for (i = 0; i < n_own; i++)
		for (p = own[i].start; p < own[i].end; p += PAGE)
			*p = *p;
}

/* => whether an allocation failed: the knob has counted down to 0. */
static int run_point(void (*act)(void), int knob, int n)
{
	char text[16] = "";
	int status, go[2];
	pid_t pid;

	CHECK(pipe(go) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		if (read(go[0], text, 1) != 1)
			_exit(CHECK_FAILED);
		child(act, knob, n);
	}
	/* from the child's start on we must not need any memory */
	touch_own_memory();
	if (write(go[1], "x", 1) != 1)
		_exit(CHECK_FAILED);
	while (waitpid(pid, &status, 0) != pid)
		;
	if (pread(knob, text, sizeof(text) - 1, 0) <= 0)
		_exit(CHECK_FAILED);
	set_knob(knob, -1);
	close(go[0]);
	close(go[1]);
	while (waitpid(-1, NULL, 0) > 0)
		;
	remove_leftovers();
	if (WIFEXITED(status) && WEXITSTATUS(status) != DONE)
		CHECK_FAIL("point %d: exit status %d", n, WEXITSTATUS(status));
	return atoi(text) == 0;
}

static void run_round(void (*act)(void))
{
	int which, n;

	for (which = 0; which < NR_KNOBS; which++) {
		int knob = knobs[which];

		for (n = 0; run_point(act, knob, n); n++)
			CHECK(n < MAX_POINTS);
	}
}

static void fail_in_turn(void (*act)(void))
{
	char text[] = "/tmp/inject.XXXXXX";
	long before = 0, after = 0;
	int round;

	for (int i = 0; i < NR_KNOBS; i++)
		knobs[i] = open_knob(knob_paths[i]);
	set_oom_score("-1000");
	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	CHECK(mkdtemp(text));
	strcpy(folder, text);
	find_own_memory();
	/* a first round may fill caches that stay */
	for (round = 0; round < 3; round++) {
		before = free_kilobytes();
		run_round(act);
		after = free_kilobytes();
		if (before <= after)
			break;
	}
	CHECK(rmdir(folder) == 0);
	if (before > after)
		CHECK_FAIL("%ld kB are lost", before - after);
}

#endif
