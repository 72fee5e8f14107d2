/*
 * Variables in /proc/sys, and what happens when they change.
 */
#include "check.h"
#include "procfile.h"
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#define PIPE_MAX   "/proc/sys/fs/pipe-max-size"
#define PIPE_SOFT  "/proc/sys/fs/pipe-user-pages-soft"
#define PIPE_HARD  "/proc/sys/fs/pipe-user-pages-hard"
#define MIN_FREE   "/proc/sys/vm/min_free_kbytes"
#define PAGE	   4096
#define STRANGER   4711
#define NR_PIPES   4
#define DEF_SLOTS  16
#define FEW_SLOTS  2
#define MORE_PIPES 8

/* Write a text as one piece; 0 or errno. */
static int put(const char *name, const char *text)
{
	int n = try_write(name, text);

	return n < 0 ? -n : 0;
}

static long get(const char *name)
{
	return strtol(slurp(name), NULL, 10);
}

static long available_kbytes(void)
{
	return field(slurp("/proc/meminfo"), "MemAvailable:");
}

static void put_number(const char *name, long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld\n", value);
	CHECK_EQ(put(name, text), 0);
}

/* Run in a child as a user without rights. */
static void as_stranger(void (*what)(void))
{
	pid_t pid = fork();

	if (!pid) {
		CHECK(!setgid(STRANGER) && !setuid(STRANGER));
		what();
		_exit(0);
	}
	CHECK_CHILD(pid);
}

/* ---- vm ---- */

static void check_range(const char *name, long start, long max)
{
	long before = get(name);
	struct stat st;

	CHECK_EQ(before, start);
	CHECK(!stat(name, &st));
	CHECK_EQ(st.st_mode, S_IFREG | 0644);
	put_number(name, max);
	CHECK_EQ(get(name), max);
	CHECK_EQ(put(name, "-1\n"), EINVAL);
	if (max < INT_MAX) {
		char text[32];

		snprintf(text, sizeof(text), "%ld", max + 1);
		CHECK_EQ(put(name, text), EINVAL);
	}
	CHECK_EQ(get(name), max);
	put_number(name, before);
}

TEST(swappiness_is_0_to_200)
{
	check_range("/proc/sys/vm/swappiness", 60, 200);
}

TEST(panic_on_oom_is_0_to_2)
{
	check_range("/proc/sys/vm/panic_on_oom", 0, 2);
}

TEST(vfs_cache_pressure_has_no_upper_end)
{
	check_range("/proc/sys/vm/vfs_cache_pressure", 100, INT_MAX);
}

/* A mark of a zone in /proc/zoneinfo. */
static long zone_mark(const char *zone, const char *mark)
{
	char head[64], name[32];
	char *text;

	snprintf(head, sizeof(head), "Node 0, zone %8s\n", zone);
	text = strstr(slurp("/proc/zoneinfo"), head);
	CHECK(text != NULL);
	snprintf(name, sizeof(name), "        %-8s", mark);
	return field(text, name);
}

TEST(min_free_kbytes_moves_the_watermarks)
{
	long before = get(MIN_FREE), min, kbytes = 16384;

	put_number(MIN_FREE, before); /* memory may have grown since the marks were last set */
	min = zone_mark("Normal", "min");
	put_number(MIN_FREE, kbytes);
	CHECK_EQ(get(MIN_FREE), kbytes);
	/* A zone for DMA may have its share. */
	CHECK(zone_mark("Normal", "min") > kbytes / 4 * 9 / 10);
	CHECK(zone_mark("Normal", "min") <= kbytes / 4);
	CHECK_EQ(zone_mark("Normal", "low"),
		 zone_mark("Normal", "min") + zone_mark("Normal", "min") / 4);
	CHECK_EQ(zone_mark("Normal", "high"),
		 zone_mark("Normal", "low") + zone_mark("Normal", "min") / 4);
	CHECK_EQ(put(MIN_FREE, "-1"), EINVAL);
	put_number(MIN_FREE, before);
	CHECK_EQ(zone_mark("Normal", "min"), min);
}

TEST(min_free_kbytes_lessens_what_is_available)
{
	long before = get(MIN_FREE);
	long available = available_kbytes();

	put_number(MIN_FREE, before + 16384);
	/* What is to stay free is no longer there to be had. */
	CHECK(available_kbytes() < available - 8192);
	put_number(MIN_FREE, before);
}

/* ---- pipes ---- */

TEST(pipe_max_size_is_rounded_to_a_size_of_pipes)
{
	long before = get(PIPE_MAX);

	CHECK_EQ(before, 1048576);
	put_number(PIPE_MAX, 5000);
	CHECK_EQ(get(PIPE_MAX), 2 * PAGE);
	put_number(PIPE_MAX, 0);
	CHECK_EQ(get(PIPE_MAX), PAGE);
	CHECK_EQ(put(PIPE_MAX, "-1"), EINVAL);
	CHECK_EQ(put(PIPE_MAX, "2147483649"), EINVAL);
	CHECK_EQ(put(PIPE_MAX, "4294967296"), EINVAL);
	CHECK_EQ(get(PIPE_MAX), PAGE);
	put_number(PIPE_MAX, before);
}

static void small_pipes_only(void)
{
	int fds[2];

	CHECK(!pipe(fds));
	CHECK_EQ(fcntl(fds[0], F_GETPIPE_SZ), 8 * PAGE);
	CHECK_EQ(fcntl(fds[0], F_SETPIPE_SZ, 4 * PAGE), 4 * PAGE);
	CHECK_EQ(fcntl(fds[0], F_SETPIPE_SZ, 8 * PAGE), 8 * PAGE);
	CHECK_ERRNO(fcntl(fds[0], F_SETPIPE_SZ, 16 * PAGE), EPERM);
}

TEST(pipe_max_size_holds_for_all_but_root)
{
	long before = get(PIPE_MAX);
	int fds[2];

	put_number(PIPE_MAX, 8 * PAGE);
	as_stranger(small_pipes_only);
	CHECK(!pipe(fds));
	CHECK_EQ(fcntl(fds[0], F_GETPIPE_SZ), DEF_SLOTS * PAGE);
	CHECK_EQ(fcntl(fds[0], F_SETPIPE_SZ, 32 * PAGE), 32 * PAGE);
	put_number(PIPE_MAX, before);
}

/* With room for so many pipes in all, a further one is small and none can grow. */
static void few_pages(void)
{
	int fds[NR_PIPES + 1][2];

	for (int i = 0; i <= NR_PIPES; i++)
		CHECK(!pipe(fds[i]));
	CHECK_EQ(fcntl(fds[NR_PIPES - 1][0], F_GETPIPE_SZ), DEF_SLOTS * PAGE);
	CHECK_EQ(fcntl(fds[NR_PIPES][0], F_GETPIPE_SZ), FEW_SLOTS * PAGE);
	CHECK_ERRNO(fcntl(fds[NR_PIPES][0], F_SETPIPE_SZ, 4 * PAGE), EPERM);
	CHECK_EQ(fcntl(fds[0][0], F_SETPIPE_SZ, PAGE), PAGE);
	CHECK_EQ(fcntl(fds[NR_PIPES][0], F_SETPIPE_SZ, 4 * PAGE), 4 * PAGE);
	/* What is closed counts no longer. */
	close(fds[1][0]);
	close(fds[1][1]);
	CHECK(!pipe(fds[1]));
	CHECK_EQ(fcntl(fds[1][0], F_GETPIPE_SZ), DEF_SLOTS * PAGE);
}

TEST(pipe_user_pages_soft_makes_further_pipes_small)
{
	long before = get(PIPE_SOFT);

	CHECK_EQ(before, 16384);
	put_number(PIPE_SOFT, NR_PIPES * DEF_SLOTS);
	as_stranger(few_pages);
	put_number(PIPE_SOFT, before);
}

static void no_more_pipes(void)
{
	int fds[MORE_PIPES][2];

	for (int i = 0; i < NR_PIPES; i++)
		CHECK(!pipe(fds[i]));
	CHECK_ERRNO(pipe(fds[NR_PIPES]), ENFILE);
	CHECK_EQ(fcntl(fds[0][0], F_SETPIPE_SZ, PAGE), PAGE);
	CHECK_ERRNO(fcntl(fds[0][0], F_SETPIPE_SZ, 2 * DEF_SLOTS * PAGE), EPERM);
}

TEST(pipe_user_pages_hard_refuses_further_pipes)
{
	int fds[MORE_PIPES][2];

	CHECK_EQ(get(PIPE_HARD), 0);
	put_number(PIPE_HARD, NR_PIPES * DEF_SLOTS);
	as_stranger(no_more_pipes);
	/* Root has no limit. */
	for (int i = 0; i < MORE_PIPES; i++)
		CHECK(!pipe(fds[i]));
	put_number(PIPE_HARD, 0);
}
