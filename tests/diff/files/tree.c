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

bool on_tmpfs, caches_dropped;
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
	if (on_tmpfs ? !caches_dropped : !S_ISDIR(st->stx_mode) && !common->punched)
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

/* Data only, so that a file of many GiB takes no time; where no data are said to be, the bytes at
 * the borders are read all the same. */
static void print_contents_of(const char *path, int64_t size)
{
	long fd = sys(SYS_open, path, O_RDONLY | O_LARGEFILE | O_NOATIME, 0), n = 0;
	int64_t at = 0, end = 0;
	uint32_t hash = 0;
	static const uint8_t zeros[PAGE];

	if (failed(fd)) {
		result(fd);
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
				out(" read at %llx: %ld", (long long)at, n);
				break;
			}
			if (memcmp(data, zeros, n))
				hash = hash_of(data, n, hash_of((uint8_t *)&at, 8, hash));
		}
		if (n <= 0)
			break;
	}
	out(" %08x", hash);
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
		out("%s: %ld\n", path, got);
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

/* A text may be longer than what out() takes at once. */
static void print_name(const char *path)
{
	size_t len = strlen(path);

	if (len > 100)
		out("..%.100s", path + len - 100);
	else
		out("%s", path);
}

static void print_entry(const char *path, int depth)
{
	static char target[5000];
	struct statx st;
	long ret = sys(SYS_statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &st);

	print_name(path);
	if (failed(ret)) {
		result(ret);
		return;
	}
	print_statx(&st);
	if (S_ISLNK(st.stx_mode)) {
		ret = sys(SYS_readlink, path, target, sizeof(target));
		out(" -> %ld %08x", ret, ret > 0 ? hash_of((uint8_t *)target, ret, 0) : 0);
	}
	if (S_ISREG(st.stx_mode))
		print_contents_of(path, st.stx_size);
	out("\n");
	if (S_ISDIR(st.stx_mode) && depth < DEEP - 1)
		print_folder(path, depth);
}

void print_tree(const char *path)
{
	out("tree:\n");
	print_entry(path, 0);
}
