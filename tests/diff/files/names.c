/*
 * Paths, positions, modes and contents that the calls of the file tester draw from.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include "filediff.h"

#define PATHS	 8
#define NAME_LEN 255

uint8_t data[DATA_MAX];

/* The longest name, or one more. */
static void add_long_name(char *path, int len)
{
	size_t at = strlen(path);

	memset(path + at, 'L', len);
	path[at + len] = 0;
}

static void add_component(char *path, bool last)
{
	static const char *const dirs[] = {"d1", "d2", "d3", "a", "d1", "d2", "s"};
	static const char *const names[] = {"a", "b", "c",  "d",  "e", "f",
					    "g", "s", "d1", "d2", "d3"};
	uint32_t kind = rnd(1000);

	if (kind < 4)
		add_long_name(path, NAME_LEN + rnd(2));
	else if (kind < 12)
		add_long_name(path, chance(50) ? 59 + rnd(2) : 60 + rnd(70));
	else if (kind < 25)
		strcat(path, ".");
	else if (kind < 40)
		strcat(path, "..");
	else
		strcat(path, last ? PICK(names) : PICK(dirs));
}

const char *any_path(void)
{
	static char paths[PATHS][4600];
	static int next;
	char *path = paths[next++ % PATHS];
	uint32_t kind = rnd(1000);
	int depth = chance(60) ? 1 : chance(70) ? 2 : 3;

	path[0] = 0;
	if (kind < 3)
		return (const char *)0xC0001000;
	if (kind < 6)
		return NULL;
	if (kind < 10)
		return path;
	if (kind < 13) { /* the longest path, or a little too long */
		int len = 4090 + rnd(10);

		for (int i = 0; i < len; i++)
			path[i] = i % 2 ? '/' : '.';
		path[len] = 0;
		return path;
	}
	if (kind < 40)
		strcat(path, "/");
	for (int i = 0; i < depth; i++) {
		add_component(path, i == depth - 1);
		if (i < depth - 1 || chance(2))
			strcat(path, chance(3) ? "//" : "/");
	}
	return path;
}

void out_path(const char *path)
{
	if (!path || path >= (const char *)TASK_END)
		out(" %p", path);
	else if (strlen(path) > 80)
		out(" %.8s..(%u)", path, (unsigned)strlen(path));
	else
		out(" '%s'", path);
}

int any_fd_slot(void)
{
	int slot = FD_FIRST + rnd(FD_SLOTS);

	if (chance(2))
		return chance(50) ? FD_NONE : -1;
	/* mostly one that is open */
	for (int i = 0; i < 3 && failed(sys(SYS_fcntl64, slot, F_GETFD)); i++)
		slot = FD_FIRST + rnd(FD_SLOTS);
	return slot;
}

void keep_fd(long fd)
{
	int slot = FD_FIRST + rnd(FD_SLOTS);

	if (failed(fd)) {
		result(fd);
		return;
	}
	sys(SYS_dup2, fd, slot);
	sys(SYS_close, fd);
	result(slot);
}

int64_t any_offset(void)
{
	static const int64_t borders[] = {
		512,
		1024,
		PAGE,
		2 * PAGE,
		12 * 1024,
		(12 + 256) * 1024,
		(12 + 256 + 65536) * 1024ll,
		12 * PAGE,
		(12 + 1024) * PAGE,
		(12 + 1024 + 1024 * 1024) * (int64_t)PAGE,
		0x7FFFFFFF,
		0x80000000ll,
		0xFFFFFFFFll,
		0x100000000ll,
	};
	static const int64_t wild[] = {
		0,
		-1,
		INT64_MIN,
		INT64_MAX,
		(12 + 256 + 65536 + 16777216) * 1024ll,
		0x1FFFFFFFE00ll,
		0xFFFFFFFF000ll,
		0x20000000000ll,
	};
	uint32_t kind = rnd(100);

	if (kind < 30)
		return rnd(PAGE);
	if (kind < 55)
		return rnd(16 * PAGE);
	if (kind < 65)
		return rnd(16) * PAGE;
	if (kind < 93)
		return PICK(borders) + (int)rnd(5) - 2 - (chance(30) ? rnd(2 * PAGE) : 0);
	if (kind < 96)
		return rnd(1u << 31);
	return (int64_t)((uint64_t)PICK(wild) + rnd(5) - 2);
}

unsigned any_mode(void)
{
	static const unsigned modes[] = {0644,	0600,  0666,  0755,  0777,  0700,  01777,
					 02755, 04755, 06777, 02775, 02644, 04644, 02070,
					 0444,	0222,  0111,  0,     0070,  0007};

	return chance(92) ? PICK(modes) : rnd(020000);
}

void fill(uint8_t *bytes, unsigned long len, uint32_t salt)
{
	uint32_t x = salt * 2654435761u + 1;

	for (unsigned long i = 0; i < len; i++) {
		x = x * 1664525 + 1013904223;
		bytes[i] = x >> 24;
	}
}

uint32_t hash_of(const uint8_t *bytes, unsigned long len, uint32_t hash)
{
	for (unsigned long i = 0; i < len; i++)
		hash = (hash ^ bytes[i]) * 0x01000193;
	return hash;
}
