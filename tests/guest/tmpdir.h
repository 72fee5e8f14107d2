/*
 * A directory of its own for a case that needs files: made below /tmp, or on the disk at /mnt,
 * entered, and taken away again.
 */
#ifndef TESTS_GUEST_TMPDIR_H
#define TESTS_GUEST_TMPDIR_H

#include "check.h"
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

static char tmpdir_path[64];

/* An address that is never mapped, which the compiler knows nothing about. */
__attribute__((unused)) static void *volatile bad_address = (void *)1;

static int tmpdir_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static void tmpdir_enter_at(const char *base)
{
	snprintf(tmpdir_path, sizeof(tmpdir_path), "%s/test-%d", base, (int)getpid());
	CHECK(mkdir(tmpdir_path, 0777) == 0);
	CHECK(chdir(tmpdir_path) == 0);
	umask(022);
}

__attribute__((unused)) static void tmpdir_enter(void)
{
	tmpdir_enter_at("/tmp");
}

/* The same on the disk. */
__attribute__((unused)) static void disk_enter(void)
{
	tmpdir_enter_at("/mnt");
}

__attribute__((unused)) static void tmpdir_leave(void)
{
	CHECK(chdir("/") == 0);
	CHECK(nftw(tmpdir_path, tmpdir_remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
}

__attribute__((unused)) static void disk_leave(void)
{
	tmpdir_leave();
	sync(); /* what was removed is on no list of dirty things any more */
}

/* Somebody without rights from here on, as the kernel sees it; tmpdir_as_root() ends it. */
__attribute__((unused)) static void tmpdir_as_other(void)
{
	if (setresuid(1000, 1000, 0))
		SKIP("not root");
}

__attribute__((unused)) static void tmpdir_as_root(void)
{
	CHECK(setresuid(0, 0, 0) == 0);
}

__attribute__((unused)) static void put_file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	CHECK(fd >= 0);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	CHECK(close(fd) == 0);
}

__attribute__((unused)) static const char *get_file(const char *name)
{
	static char buf[256];
	int fd = open(name, O_RDONLY);
	ssize_t n;

	CHECK(fd >= 0);
	n = read(fd, buf, sizeof(buf) - 1);
	CHECK(n >= 0);
	buf[n] = 0;
	close(fd);
	return buf;
}

#endif
