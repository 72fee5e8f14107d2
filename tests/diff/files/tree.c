/*
 * A file's properties, and all files below a folder with what is in them, as far as two kernels
 * must agree on it.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "filediff.h"

#define ENTRIES	  512
#define DEEP	  24
/* A time in between is the time of a call, and is not printed. */
#define NOW_FIRST 1700000000ll
#define NOW_LAST  2100000000ll

bool on_tmpfs, small_blocks, caches_dropped;
struct common *common;

static void print_time(char which, const struct statx_timestamp *t)
{
	if (t->tv_sec >= NOW_FIRST && t->tv_sec < NOW_LAST)
		out(" %cnow", which);
	else
		out(" %c%lld.%u", which, (long long)t->tv_sec, t->tv_nsec);
}

/* Of a folder on ext2, size and blocks depend on what was in it; of a device neither matters. */
static void print_statx(const struct statx *st)
{
	out(" %o n%u u%u g%u", st->stx_mode, st->stx_nlink, st->stx_uid, st->stx_gid);
	if (on_tmpfs || !S_ISDIR(st->stx_mode))
		out(" s%llx", (unsigned long long)st->stx_size);
	/* a page of tmpfs that was only read through a mapping may be dropped as a cache is */
	if (on_tmpfs ? !caches_dropped : !S_ISDIR(st->stx_mode) && !common->blocks_differ)
		out(" b%llx", (unsigned long long)st->stx_blocks);
	if (S_ISCHR(st->stx_mode) || S_ISBLK(st->stx_mode))
		out(" r%u:%u", st->stx_rdev_major, st->stx_rdev_minor);
	out(" k%x", st->stx_blksize);
	print_time('a', &st->stx_atime);
	print_time('m', &st->stx_mtime);
	print_time('c', &st->stx_ctime);
}

void print_stat_of(int dirfd, const char *path, int flags)
{
	struct statx st;
	long ret = sys(SYS_statx, dirfd, path, flags, STATX_BASIC_STATS, &st);

	result(ret);
	if (failed(ret))
		return;
	print_statx(&st);
	out("\n");
}

/* ---- the tree ---- */

static bool silent;
static uint32_t all; /* the hash of all that must not change when it is read from the disk */

#define say(...)                          \
	do {                              \
		if (!silent)              \
			out(__VA_ARGS__); \
	} while (0)

static void note(const void *bytes, size_t n)
{
	all = hash_of(bytes, n, all);
}

static void note_statx(const struct statx *st)
{
	note(&st->stx_mode, sizeof(st->stx_mode));
	note(&st->stx_nlink, sizeof(st->stx_nlink));
	note(&st->stx_uid, sizeof(st->stx_uid));
	note(&st->stx_gid, sizeof(st->stx_gid));
	note(&st->stx_size, sizeof(st->stx_size));
	note(&st->stx_ino, sizeof(st->stx_ino));
	note(&st->stx_rdev_major, sizeof(st->stx_rdev_major));
	note(&st->stx_rdev_minor, sizeof(st->stx_rdev_minor));
	note(&st->stx_mtime, sizeof(st->stx_mtime));
	note(&st->stx_ctime, sizeof(st->stx_ctime));
}

/* Data only, so that a file of many GiB takes no time; where no data are said to be, the bytes at
 * the borders are read all the same. */
static void print_contents_of(const char *path, int64_t size)
{
	long fd = sys(SYS_open, path, O_RDONLY | O_LARGEFILE | O_NOATIME, 0), n = 0;
	int64_t at = 0, end = 0;
	uint32_t hash = 0;
	static const uint8_t zeros[PAGE];

	if (failed(fd)) {
		say(" errno %ld", -fd);
		return;
	}
	while (at < size) {
		if (failed(sys(SYS__llseek, fd, HIGH(at), LOW(at), &at, SEEK_DATA)))
			break;
		if (failed(sys(SYS__llseek, fd, HIGH(at), LOW(at), &end, SEEK_HOLE)))
			break;
		at &= -(int64_t)PAGE;
		for (; at < end; at += PAGE) {
			n = sys(SYS_pread64, fd, data, PAGE, LOW(at), HIGH(at));
			if (n <= 0) {
				say(" read at %llx: %ld", (long long)at, n);
				break;
			}
			if (memcmp(data, zeros, n))
				hash = hash_of(data, n, hash_of((uint8_t *)&at, 8, hash));
		}
		if (n <= 0)
			break;
	}
	say(" %08x", hash);
	note(&hash, sizeof(hash));
	sys(SYS_close, fd);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void print_entry(const char *path, int depth);

static void print_folder(const char *path, int depth)
{
	static char buffer[DEEP][8192];
	char **names = malloc(ENTRIES * sizeof(*names));
	long fd = sys(SYS_open, path, O_RDONLY | O_DIRECTORY | O_NOATIME, 0), got;
	int n = 0;

	while ((got = sys(SYS_getdents64, fd, buffer[depth], sizeof(buffer[depth]))) > 0)
		for (long at = 0; at < got;) {
			struct dirent64 *entry = (struct dirent64 *)(buffer[depth] + at);

			if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
			    n < ENTRIES)
				names[n++] = strdup(entry->d_name);
			at += entry->d_reclen;
		}
	if (got)
		say("%s: %ld\n", path, got);
	sys(SYS_close, fd);
	qsort(names, n, sizeof(*names), compare);
	for (int i = 0; i < n; i++) {
		char *below = malloc(strlen(path) + strlen(names[i]) + 2);

		sprintf(below, "%s/%s", path, names[i]);
		print_entry(below, depth + 1);
		free(below);
		free(names[i]);
	}
	free(names);
}

/* A text may be longer than what say() takes at once. */
static void print_name(const char *path)
{
	size_t len = strlen(path);

	if (len > 100)
		say("..%.100s", path + len - 100);
	else
		say("%s", path);
}

static void print_entry(const char *path, int depth)
{
	static char target[5000];
	struct statx st;
	long ret = sys(SYS_statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &st);

	print_name(path);
	if (failed(ret)) {
		say(" errno %ld\n", -ret);
		return;
	}
	if (!silent)
		print_statx(&st);
	note(path, strlen(path));
	note_statx(&st);
	if (S_ISLNK(st.stx_mode)) {
		ret = sys(SYS_readlink, path, target, sizeof(target));
		say(" -> %ld %08x", ret, ret > 0 ? hash_of((uint8_t *)target, ret, 0) : 0);
		note(target, ret > 0 ? ret : 0);
	}
	if (S_ISREG(st.stx_mode))
		print_contents_of(path, st.stx_size);
	say("\n");
	if (S_ISDIR(st.stx_mode) && depth < DEEP - 1)
		print_folder(path, depth);
}

uint32_t print_tree(const char *path, bool print)
{
	silent = !print;
	all = 0;
	say("tree:\n");
	print_entry(path, 0);
	return all;
}
