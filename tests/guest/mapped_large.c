/*
 * A file that is larger than memory: read, mapped, stored to in order and out of order. It is on
 * the disk at /mnt, and is skipped if that, or the memory, has another size.
 */
#include "maps.h"
#include "procfile.h"
#include <sys/statvfs.h>

#define RW	 (PROT_READ | PROT_WRITE)
#define MB	 (1UL << 20)
#define MOST	 (40 * MB) /* of memory: the file is one and a half times as large */
#define SMALLEST (24 * MB)

static unsigned long pages;
static int file;

/* What page i holds in its two words after a round of stores. */
static unsigned value(unsigned long i, unsigned round)
{
	return i * 2654435761u + round;
}

static unsigned long file_size(void)
{
	unsigned long memory = field(slurp("/proc/meminfo"), "MemTotal:") * 1024;
	unsigned long size = memory + memory / 2;
	struct statvfs fs;

	if (memory > MOST)
		SKIP("too much memory");
	if (size < SMALLEST)
		size = SMALLEST;
	CHECK(statvfs("/mnt", &fs) == 0);
	if ((unsigned long long)fs.f_bavail * fs.f_bsize < size + 2 * MB)
		SKIP("no disk, or a small one");
	return size & -P;
}

static void make_file(void)
{
	char name[] = "/mnt/largeXXXXXX";
	unsigned long size = file_size();

	file = mkstemp(name);
	if (file < 0)
		SKIP("no disk to write to");
	CHECK(unlink(name) == 0);
	CHECK(ftruncate(file, size) == 0);
	pages = size / P;
}

static unsigned *map_all(int prot)
{
	void *p = mmap(NULL, pages * P, prot, MAP_SHARED, file, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static unsigned *page_of(unsigned *p, unsigned long i)
{
	return p + i * (P / sizeof(*p));
}

/* Each page once: `step` and the number of pages have no common divisor. */
static unsigned long step(void)
{
	unsigned long n = pages * 5 / 8, a, b, t;

	for (;; n++) {
		for (a = pages, b = n; b; t = a % b, a = b, b = t)
			;
		if (a == 1)
			return n;
	}
}

static void store_all(unsigned *p, unsigned round, unsigned long by)
{
	unsigned long i, at = 0;

	for (i = 0; i < pages; i++, at = (at + by) % pages) {
		page_of(p, at)[0] = value(at, round);
		page_of(p, at)[P / sizeof(*p) - 1] = value(at, round);
	}
}

static void check_by_read(unsigned round)
{
	static unsigned page[P / sizeof(unsigned)];
	unsigned long i;

	CHECK_EQ(lseek(file, 0, SEEK_SET), 0);
	for (i = 0; i < pages; i++) {
		CHECK_EQ(read(file, page, P), P);
		CHECK_EQ(page[0], value(i, round));
		CHECK_EQ(page[P / sizeof(*page) - 1], value(i, round));
		CHECK_EQ(page[1], 0);
	}
}

static void check_by_map(unsigned *p, unsigned round, unsigned long by)
{
	unsigned long i, at = 0;

	for (i = 0; i < pages; i++, at = (at + by) % pages)
		CHECK_EQ(page_of(p, at)[0], value(at, round));
}

TEST(stored_to_and_read)
{
	unsigned *p;

	make_file();
	p = map_all(RW);
	store_all(p, 1, 1);
	check_by_read(1);
	check_by_map(p, 1, step());
	store_all(p, 2, step());
	check_by_map(p, 2, 1);
	CHECK(msync(p, pages * P, MS_SYNC) == 0);
	check_by_read(2);
}

/* What memory is needed for besides goes on meanwhile. */
TEST(others_get_memory)
{
	int status, i;
	pid_t pid;
	unsigned *p;

	make_file();
	p = map_all(RW);
	pid = fork();
	if (!pid) {
		store_all(p, 1, 1);
		_exit(0);
	}
	for (i = 0; i < 20 && !waitpid(pid, &status, WNOHANG); i++) {
		pid_t other = fork();

		if (!other) {
			char *mine = mmap(NULL, MB, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

			CHECK(mine != MAP_FAILED);
			memset(mine, 1, MB);
			_exit(0);
		}
		CHECK(waitpid(other, &status, 0) == other && status == 0);
	}
	CHECK(i < 20 || (waitpid(pid, &status, 0) == pid && status == 0));
	check_by_read(1);
	CHECK_EQ(field(slurp("/proc/vmstat"), "oom_kill "), 0);
}

/* write(2) of more than memory holds, with nobody asking for it to be written back. */
TEST(written)
{
	static unsigned page[P / sizeof(unsigned)];
	unsigned long i;

	make_file();
	for (i = 0; i < pages; i++) {
		page[0] = page[P / sizeof(*page) - 1] = value(i, 3);
		CHECK_EQ(pwrite(file, page, P, i * P), P);
	}
	check_by_read(3);
	check_by_map(map_all(PROT_READ), 3, step());
}
