/*
 * What becomes of single pages: that no dirty bit, no flag and no hole is lost, and that what takes
 * some pages away takes no other.
 */
#include "maps.h"
#include "procfile.h"
#include <linux/falloc.h>
#include <stdint.h>

#ifndef MADV_PAGEOUT
#	define MADV_PAGEOUT 21
#endif
#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static char *anon(int n, int prot)
{
	return anon_at(free_room(n), n, prot);
}

TEST(freed_pages_that_are_written_again_stay)
{
	char *p = anon(4, RW);

	memset(p, 7, 4 * P);
	CHECK(!madvise(p, 4 * P, MADV_FREE));
	p[P] = 8; /* without a fault: the entry is writable */
	p[3 * P] = 9;
	CHECK(!madvise(p, 4 * P, MADV_PAGEOUT));
	CHECK_EQ(p[P], 8);
	CHECK_EQ(p[P + 1], 7);
	CHECK_EQ(p[3 * P], 9);
	CHECK_EQ(p[0] + p[2 * P + 5], 0);
}

TEST(a_shared_page_stays_dirty_when_it_is_unmapped)
{
	int fd = memfd_create("x", 0);
	volatile char *p;

	CHECK(!ftruncate(fd, P));
	p = mmap(NULL, P, RW, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(p[0], 0);
	p[0] = 1; /* the processor alone knows */
	CHECK(!munmap((char *)p, P));
	p = mmap(NULL, P, PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK_EQ(p[0], 1);
	{
		char name[32];
		const char *smaps;

		snprintf(name, sizeof(name), "%08lx-", (unsigned long)p);
		smaps = strstr(slurp("/proc/self/smaps"), name);
		CHECK(smaps);
		CHECK_EQ(field(smaps, "Private_Dirty:"), 4);
	}
}

/* File of n pages, mapped private and every odd page written. */
static char *half_copied(int *fd, int n)
{
	char *p;
	int i;

	*fd = memfd_create("x", 0);
	for (i = 0; i < n; i++) {
		char page[P];

		memset(page, 'a' + i, P);
		CHECK_EQ(write(*fd, page, P), P);
	}
	p = mmap(NULL, n * P, RW, MAP_PRIVATE, *fd, 0);
	CHECK(p != MAP_FAILED);
	for (i = 0; i < n; i++)
		if (i % 2)
			p[i * P] = 'A' + i;
		else
			CHECK_EQ(p[i * P], 'a' + i);
	return p;
}

TEST(a_hole_takes_its_pages_and_no_other)
{
	int fd, i;
	char *p = half_copied(&fd, 10);

	CHECK(!fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 2 * P, 4 * P));
	for (i = 0; i < 10; i++)
		CHECK_EQ(!!(pagemap(p + i * P) & PM_PRESENT), i % 2 || i < 2 || i > 5);
	for (i = 0; i < 10; i++)
		CHECK_EQ(p[i * P], i % 2 ? 'A' + i : i < 2 || i > 5 ? 'a' + i : 0);
}

TEST(a_shorter_file_takes_the_copies_behind_its_end)
{
	int fd, i;
	char *p = half_copied(&fd, 10);

	CHECK(!ftruncate(fd, 5 * P + 100));
	for (i = 0; i < 10; i++)
		CHECK_EQ(PROBE((void)*(volatile char *)(p + i * P)), i < 6 ? 0 : SIGBUS);
	CHECK_EQ(p[5 * P], 'A' + 5); /* the end lies within it: the copy stays, as it was */
	CHECK_EQ(p[5 * P + 200], 'a' + 5);
	CHECK(!ftruncate(fd, 10 * P));
	for (i = 6; i < 10; i++)
		CHECK_EQ(p[i * P], 0);
}

TEST(pages_behind_the_end_of_a_file_are_not_shown)
{
	int fd = memfd_create("x", 0);
	volatile char *p;

	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK(!fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 8 * P));
	p = mmap(NULL, 8 * P, RW, MAP_SHARED, fd, 0);
	CHECK_EQ(p[0], 'x');
	CHECK_EQ(PROBE((void)p[P]), SIGBUS);
	CHECK_EQ(PROBE(p[2 * P] = 1), SIGBUS);
	CHECK_EQ(PROBE((void)p[7 * P]), SIGBUS);
}

TEST(behind_the_end_of_a_program_is_nothing)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	off_t size = lseek(fd, 0, SEEK_END), last = (size - 1) / P;
	volatile char *p = mmap(NULL, 4 * P, PROT_READ, MAP_PRIVATE, fd, last * P);

	CHECK(p != MAP_FAILED);
	CHECK_EQ(PROBE((void)p[0]), 0);
	CHECK_EQ(PROBE((void)p[P]), SIGBUS);
	CHECK_EQ(PROBE((void)p[2 * P]), SIGBUS);
}

/* Pages may come with others: so the range ends at each of them once. */
TEST(advice_brings_in_the_last_page_too)
{
	int fd = open("/proc/self/exe", O_RDONLY), n;
	off_t pages = lseek(fd, 0, SEEK_END) / P;
	unsigned char there = 0;
	char *p;

	CHECK(pages > 20);
	p = mmap(NULL, 20 * P, PROT_READ, MAP_PRIVATE, fd, (pages - 20) * P);
	CHECK(p != MAP_FAILED);
	for (n = 1; n <= 20; n++) {
		try_write("/proc/sys/vm/drop_caches", "3");
		CHECK(!madvise(p, n * P, MADV_WILLNEED));
		for (int tries = 0; tries < 1000; tries++) { /* the disk needs some time */
			CHECK(!mincore(p + (n - 1) * P, P, &there));
			if (there & 1)
				break;
			usleep(1000);
		}
		CHECK(there & 1);
	}
}

static int has_flag(const char *p, const char *flag)
{
	char name[32], *at, *end;

	snprintf(name, sizeof(name), "%08lx-", (unsigned long)p);
	at = strstr(slurp("/proc/self/smaps"), name);
	CHECK(at);
	at = strstr(at, "VmFlags:");
	CHECK(at);
	end = strchr(at, '\n');
	at = strstr(at, flag);
	return at && at < end;
}

TEST(the_last_advice_about_reading_holds)
{
	char *p = anon(3, RW);

	CHECK(!madvise(p, 3 * P, MADV_RANDOM));
	CHECK(has_flag(p, " rr") && !has_flag(p, " sr"));
	CHECK(!madvise(p, 3 * P, MADV_SEQUENTIAL));
	CHECK(has_flag(p, " sr") && !has_flag(p, " rr"));
	CHECK(!madvise(p, 3 * P, MADV_RANDOM));
	CHECK(has_flag(p, " rr") && !has_flag(p, " sr"));
	CHECK(!madvise(p, 3 * P, MADV_NORMAL));
	CHECK(!has_flag(p, " rr") && !has_flag(p, " sr"));
}

TEST(mincore_of_many_pages)
{
	enum {
		MANY = 9000
	};
	static unsigned char there[MANY + 1];
	char *p = mmap(NULL, MANY * P, RW, ANON | MAP_NORESERVE, -1, 0);
	int i;

	CHECK(p != MAP_FAILED);
	for (i = 0; i < MANY; i += 1000)
		p[i * P] = 1;
	p[4097 * P] = p[(MANY - 1) * P] = 1;
	there[MANY] = 0xaa;
	CHECK(!mincore(p, MANY * P - 4000, there));
	for (i = 0; i < MANY; i++)
		CHECK_EQ(there[i] & 1, i % 1000 == 0 || i == 4097 || i == MANY - 1);
	CHECK_EQ(there[MANY], 0xaa);
}

TEST(mincore_of_a_file_looks_at_its_page)
{
	int fd = memfd_create("x", 0);
	unsigned char there[4];
	char *p;

	CHECK(!ftruncate(fd, 8 * P));
	CHECK_EQ(pwrite(fd, "x", 1, 5 * P), 1);
	p = mmap(NULL, 4 * P, RW, MAP_SHARED, fd, 3 * P);
	CHECK(p != MAP_FAILED && !mincore(p, 4 * P, there));
	CHECK_EQ((there[0] & 1) | (there[1] & 1) << 1 | (there[2] & 1) << 2 | (there[3] & 1) << 3,
		 4);
}

TEST(holes_are_reported_by_all_calls)
{
	char *p = anon(9, RW);

	CHECK(!munmap(p + 3 * P, 2 * P));
	CHECK_ERRNO(msync(p, 9 * P, MS_SYNC), ENOMEM);
	CHECK_ERRNO(msync(p + 4 * P, 3 * P, MS_SYNC), ENOMEM);
	CHECK_ERRNO(madvise(p, 9 * P, MADV_DONTNEED), ENOMEM);
	CHECK_ERRNO(madvise(p + 4 * P, 2 * P, MADV_NORMAL), ENOMEM);
	CHECK_ERRNO(mlock(p + 2 * P, 4 * P), ENOMEM);
	CHECK_ERRNO(mprotect(p + 2 * P, 4 * P, PROT_READ), ENOMEM);
	CHECK(!msync(p, 3 * P, MS_SYNC));
}

TEST(pieces_of_a_reordered_mapping_have_the_same_flags)
{
	int fd = memfd_create("x", 0);
	char *p;

	CHECK(!ftruncate(fd, 8 * P));
	p = mmap(NULL, 8 * P, RW, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED);
	CHECK(!mprotect(p + 4 * P, 4 * P, PROT_READ));
	CHECK_ERRNO(remap_file_pages(p + 2 * P, 4 * P, 0, 1, 0), EINVAL);
	CHECK(!remap_file_pages(p + 2 * P, 2 * P, 0, 1, 0));
}

/* A page that was written by force is not writable for the program. */
TEST(a_forced_write_gives_no_right)
{
	char *p = anon(1, PROT_READ);
	int fd = open("/proc/self/mem", O_RDWR);

	CHECK(fd >= 0);
	CHECK_EQ(pwrite64(fd, "x", 1, (unsigned long)p), 1);
	CHECK_EQ(*p, 'x');
	CHECK_EQ(PROBE(*(volatile char *)p = 1), SIGSEGV);
}

TEST(the_peak_of_memory_is_noted)
{
	char *p = anon(300, RW);
	long long peak;

	memset(p, 1, 300 * P);
	peak = field(slurp("/proc/self/status"), "VmRSS:");
	CHECK(!munmap(p, 300 * P));
	CHECK(field(slurp("/proc/self/status"), "VmHWM:") >= peak);
}

/* What the machine has of a kind of pages; Linux may not have added up all of it yet. */
static void check_kind_comes_back(const char *kind, int flags, int fd)
{
	long long before = field(slurp("/proc/meminfo"), kind), more;
	int i;

	for (i = 0; i < 4; i++) {
		char *p = mmap(NULL, 1000 * P, RW, flags, fd, 0);

		CHECK(p != MAP_FAILED);
		memset(p, 1, 1000 * P);
		more = field(slurp("/proc/meminfo"), kind) - before;
		CHECK(more > 2800 && more < 5200);
		CHECK(!munmap(p, 1000 * P));
		more = field(slurp("/proc/meminfo"), kind) - before;
		CHECK(more > -1200 && more < 1200);
	}
}

TEST(pages_of_each_kind_are_counted_up_and_down)
{
	int fd = memfd_create("x", 0);

	CHECK(!ftruncate(fd, 1000 * P));
	check_kind_comes_back("AnonPages:", ANON, -1);
	check_kind_comes_back("Mapped:", MAP_SHARED, fd);
}
