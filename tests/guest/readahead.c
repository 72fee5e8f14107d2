/*
 * Read-ahead: which pages of a file on the disk at /mnt come into memory, as mincore() shows it.
 */
#include "check.h"
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#define PAGES	   160 /* that the cases look at */
#define FILE_PAGES 200
#define PAGE	   4096
#define MS	   1000000L

static int fd;
static unsigned char *map;

#define DATA "/mnt/readahead"

/* The file is made by the first case, and kept for the others. */
static void make_file(void)
{
	static char buf[FILE_PAGES * PAGE];
	int out = open(DATA, O_CREAT | O_EXCL | O_WRONLY, 0644);

	if (out < 0 && errno == EEXIST)
		return;
	CHECK(out >= 0);
	memset(buf, 'x', sizeof(buf));
	CHECK_EQ(write(out, buf, sizeof(buf)), sizeof(buf));
	CHECK(fsync(out) == 0);
	CHECK(close(out) == 0);
}

static bool resident(unsigned int page)
{
	unsigned char vec;

	CHECK(mincore(map + page * PAGE, PAGE, &vec) == 0);
	return vec & 1;
}

static unsigned int count_resident(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < PAGES; i++)
		n += resident(i);
	return n;
}

/* Pages first to last are in memory, and none else; those that are still being read are waited for.
 */
static void check_resident(int line, unsigned int first, unsigned int last)
{
	struct timespec ms = {0, MS};
	unsigned int i;

	for (i = 0; i < 5000 && count_resident() < last - first + 1; i++)
		nanosleep(&ms, NULL);
	for (i = 0; i < PAGES; i++) {
		if (resident(i) != (i >= first && i <= last))
			CHECK_FAIL("line %d: page %u is %sresident", line, i,
				   resident(i) ? "" : "not ");
	}
}
#define CHECK_RESIDENT(first, last) check_resident(__LINE__, first, last)

static void drop(void)
{
	CHECK_EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	CHECK_EQ(count_resident(), 0);
}

/* Nothing of the file is in memory, and the mapping shows it without touching it. */
static void begin(void)
{
	make_file();
	fd = open(DATA, O_RDONLY);
	CHECK(fd >= 0);
	map = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(map != MAP_FAILED);
	drop();
}

static void read_page(unsigned int page, unsigned int pages)
{
	static char buf[PAGES * PAGE];

	CHECK_EQ(pread(fd, buf, pages * PAGE, (off_t)page * PAGE), pages * PAGE);
}

/* 4 pages at first, of which the second is marked; then 8, 16 and 32. */
TEST(the_window_of_a_sequential_reader_grows)
{
	begin();
	read_page(0, 1);
	CHECK_RESIDENT(0, 3);
	read_page(1, 1);
	CHECK_RESIDENT(0, 11);
	read_page(2, 1);
	read_page(3, 1);
	CHECK_RESIDENT(0, 11);
	read_page(4, 1);
	CHECK_RESIDENT(0, 27);
	for (int i = 5; i < 12; i++)
		read_page(i, 1);
	CHECK_RESIDENT(0, 27);
	read_page(12, 1);
	CHECK_RESIDENT(0, 59);
	read_page(28, 1);
	CHECK_RESIDENT(0, 91);
}

TEST(a_reader_in_the_middle_is_read_alone)
{
	begin();
	read_page(50, 1);
	CHECK_RESIDENT(50, 50);
	read_page(51, 1); /* now it is sequential */
	CHECK_RESIDENT(50, 54);
}

TEST(a_request_sets_the_window)
{
	begin();
	read_page(0, 4);
	CHECK_RESIDENT(0, 7);
	drop();
	read_page(0, 16);
	CHECK_RESIDENT(0, 31);
	drop();
	read_page(0, 40); /* more than a window: marked in its middle, where as much follows */
	CHECK_RESIDENT(0, 79);
}

/* What another reader has left in the cache counts as history. */
TEST(history_in_the_cache)
{
	int other;
	char c;

	begin();
	other = open(DATA, O_RDONLY);
	CHECK_EQ(posix_fadvise(fd, 0, 10 * PAGE, POSIX_FADV_WILLNEED), 0);
	CHECK_RESIDENT(0, 9);
	CHECK_EQ(pread(other, &c, 1, 10 * PAGE), 1);
	CHECK_RESIDENT(0, 30);
}

TEST(fadvise_random)
{
	begin();
	CHECK_EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM), 0);
	read_page(0, 1);
	read_page(1, 1);
	read_page(2, 3);
	CHECK_RESIDENT(0, 4);
	CHECK_EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_NORMAL), 0);
	drop();
	read_page(0, 1);
	CHECK_RESIDENT(0, 3);
}

/* The window may become twice as large. */
TEST(fadvise_sequential)
{
	begin();
	CHECK_EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL), 0);
	read_page(0, 1);
	CHECK_RESIDENT(0, 3);
	drop();
	read_page(0, 64);
	CHECK_RESIDENT(0, 127);
}

TEST(fadvise_willneed_reads_what_it_says)
{
	begin();
	CHECK_EQ(posix_fadvise(fd, 20 * PAGE + 5, PAGE, POSIX_FADV_WILLNEED), 0);
	CHECK_RESIDENT(20, 21);
	drop();
	CHECK_EQ(readahead(fd, 30 * PAGE, 5 * PAGE), 0);
	CHECK_RESIDENT(30, 34);
	drop();
	CHECK_EQ(madvise(map + 40 * PAGE, 3 * PAGE, MADV_WILLNEED), 0);
	CHECK_RESIDENT(40, 42);
}

/* Only whole pages are dropped, but the page with the end of the file is whole. */
TEST(fadvise_dontneed)
{
	struct stat st;

	begin();
	CHECK_EQ(posix_fadvise(fd, 0, 10 * PAGE, POSIX_FADV_WILLNEED), 0);
	CHECK_RESIDENT(0, 9);
	CHECK_EQ(posix_fadvise(fd, 5, 3 * PAGE, POSIX_FADV_DONTNEED), 0);
	CHECK(resident(0) && !resident(1) && !resident(2) && resident(3));
	CHECK_EQ(posix_fadvise(fd, 3 * PAGE, PAGE - 1, POSIX_FADV_DONTNEED), 0);
	CHECK(resident(3));
	CHECK_EQ(posix_fadvise(fd, 0, 5, POSIX_FADV_DONTNEED), 0);
	CHECK(resident(0));
	CHECK_EQ(posix_fadvise(fd, 0, PAGE, POSIX_FADV_DONTNEED), 0);
	CHECK(!resident(0) && resident(4));
	CHECK(fstat(fd, &st) == 0);
	CHECK_EQ(posix_fadvise(fd, 4 * PAGE, st.st_size - 4 * PAGE, POSIX_FADV_DONTNEED), 0);
	CHECK_RESIDENT(3, 3);
}

TEST(a_mapped_page_is_not_dropped)
{
	begin();
	CHECK_EQ(madvise(map, PAGES * PAGE, MADV_RANDOM), 0);
	CHECK(((volatile unsigned char *)map)[7 * PAGE] | 1);
	CHECK_RESIDENT(7, 7);
	CHECK_EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	CHECK_RESIDENT(7, 7);
	CHECK_EQ(madvise(map, PAGES * PAGE, MADV_DONTNEED), 0);
	drop();
}

static long major_faults(void)
{
	struct rusage ru;

	CHECK(getrusage(RUSAGE_SELF, &ru) == 0);
	return ru.ru_majflt;
}

static void touch(unsigned int page)
{
	CHECK(((volatile unsigned char *)map)[page * PAGE] | 1);
}

TEST(a_fault_reads_around)
{
	long before;

	begin();
	before = major_faults();
	touch(60);
	CHECK_EQ(major_faults(), before + 1);
	CHECK_RESIDENT(44, 75);
	touch(61);
	touch(59);
	CHECK_EQ(major_faults(), before + 1);
}

TEST(a_fault_of_a_random_mapping_reads_one_page)
{
	begin();
	CHECK_EQ(madvise(map, PAGES * PAGE, MADV_RANDOM), 0);
	touch(60);
	CHECK_RESIDENT(60, 60);
}

TEST(a_fault_of_a_sequential_mapping_reads_behind)
{
	begin();
	CHECK_EQ(madvise(map, PAGES * PAGE, MADV_SEQUENTIAL), 0);
	touch(60);
	CHECK_RESIDENT(60, 91);
}

/* Each mark that a walk through a mapping comes to starts the next window. */
TEST(a_walk_through_a_mapping)
{
	long before;

	begin();
	touch(0);
	CHECK_RESIDENT(0, 31);
	before = major_faults();
	for (int i = 1; i < 24; i++)
		touch(i);
	CHECK_RESIDENT(0, 31);
	CHECK_EQ(major_faults(), before);
	touch(24);
	CHECK_EQ(major_faults(), before + 1); /* though it was there */
	CHECK_RESIDENT(0, 63);
}

static const char *ra_file(void)
{
	static char path[128];
	struct stat st;

	CHECK(stat("/mnt", &st) == 0);
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/queue/read_ahead_kb", major(st.st_dev),
		 minor(st.st_dev));
	return path;
}

static void set_read_ahead(const char *kb)
{
	int out = open(ra_file(), O_WRONLY);

	CHECK(out >= 0);
	CHECK_EQ(write(out, kb, strlen(kb)), strlen(kb));
	CHECK(close(out) == 0);
}

TEST(the_windows_size_can_be_set)
{
	int out;

	begin();
	set_read_ahead("16\n");
	read_page(0, 1);
	CHECK_RESIDENT(0, 3); /* the open file keeps what it has */
	drop();
	close(fd);
	begin();
	read_page(0, 1);
	CHECK_RESIDENT(0, 1);
	drop();
	read_page(0, 4);
	CHECK_RESIDENT(0, 7);
	drop();
	close(fd);
	set_read_ahead("0");
	begin();
	read_page(0, 1);
	read_page(1, 1);
	CHECK_RESIDENT(0, 1);
	touch(100);
	CHECK(resident(100) && !resident(101));
	CHECK_EQ(posix_fadvise(fd, 50 * PAGE, 2 * PAGE, POSIX_FADV_WILLNEED), 0);
	for (int i = 0; i < 5000 && !resident(51); i++)
		usleep(1000);
	CHECK(resident(50) && resident(51) && !resident(52));
	out = open(ra_file(), O_RDWR);
	CHECK_ERRNO(write(out, "x", 1), EINVAL);
	CHECK_ERRNO(write(out, "-1", 2), EINVAL);
	CHECK_ERRNO(write(out, "1 2", 3), EINVAL);
	CHECK_EQ(write(out, "128", 3), 3);
	close(out);
}

TEST(errors_of_advice)
{
	int ends[2], file;

	CHECK(pipe(ends) == 0);
	CHECK_EQ(posix_fadvise(ends[0], 0, 0, POSIX_FADV_NORMAL), ESPIPE);
	CHECK_EQ(posix_fadvise(-1, 0, 0, POSIX_FADV_NORMAL), EBADF);
	CHECK_ERRNO(readahead(ends[0], 0, 0), EINVAL);
	CHECK_ERRNO(readahead(-1, 0, 0), EBADF);
	begin();
	CHECK_EQ(posix_fadvise64(fd, 0, -1, POSIX_FADV_NORMAL), EINVAL);
	CHECK_EQ(posix_fadvise(fd, 0, 0, 6), EINVAL);
	CHECK_EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_NOREUSE), 0);
	CHECK_EQ(posix_fadvise(fd, (off_t)PAGES * PAGE * 1000, 0, POSIX_FADV_WILLNEED), 0);
	CHECK_EQ(count_resident(), 0);
	file = open("/tmp", O_WRONLY | O_TMPFILE, 0600);
	CHECK(file >= 0);
	CHECK_ERRNO(readahead(file, 0, 0), EBADF);
	CHECK_EQ(posix_fadvise(file, 0, 0, POSIX_FADV_WILLNEED), 0);
	CHECK_EQ(posix_fadvise(file, 0, 0, 6), EINVAL);
}
