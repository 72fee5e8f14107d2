/*
 * How far a call says it got when its buffer runs into a hole: the kernel for i386 copies in blocks
 * of 64 bytes if the two sides are not aligned alike, and counts only those that are whole.
 */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096
#define OLD  0x55
#define NEW  0x66

/* A page with a hole behind it; its last `room` bytes hold OLD. */
static char *before_hole(int room)
{
	char *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED && munmap(p + PAGE, PAGE) == 0);
	return memset(p + PAGE - room, OLD, room);
}

/* Another process's memory, or our own, as that of another. */
static char remote[PAGE] __attribute__((aligned(PAGE)));

static ssize_t copy_into_hole(int room, int n, int offset)
{
	struct iovec local = {before_hole(room), n}, from = {remote + offset, n};

	return process_vm_readv(getpid(), &local, 1, &from, 1, 0);
}

static ssize_t copy_from_hole(int room, int n, int offset)
{
	struct iovec local = {before_hole(room), n}, to = {remote + offset, n};

	memset(remote, NEW, PAGE);
	return process_vm_writev(getpid(), &local, 1, &to, 1, 0);
}

TEST(aligned_alike_counts_every_byte)
{
	CHECK_EQ(copy_into_hole(200, 1000, 64 - 200 % 64), 200);
	CHECK_EQ(copy_into_hole(203, 1000, 1024 - 203), 203);
	CHECK_EQ(copy_from_hole(200, 1000, 1024 - 200), 200);
}

TEST(few_bytes_count_each)
{
	CHECK_EQ(copy_into_hole(3, 7, 0), 3);
	CHECK_EQ(copy_into_hole(16, 18, 1), 16);
	CHECK_EQ(copy_into_hole(13, 63, 0), 13);
}

TEST(into_a_hole_whole_blocks_count)
{
	CHECK_EQ(copy_into_hole(226, 399, 56), 192);
	CHECK_EQ(copy_into_hole(356, 390, 14), 320);
	CHECK_ERRNO(copy_into_hole(40, 104, 50), EFAULT);
	CHECK_EQ(copy_into_hole(128, 500, 3), 128);
}

TEST(into_a_hole_the_rest_counts_by_bytes)
{
	CHECK_EQ(copy_into_hole(163, 170, 60), 163);
	CHECK_EQ(copy_into_hole(323, 351, 31), 323);
}

TEST(from_a_hole_the_next_block_must_begin)
{
	CHECK_EQ(copy_from_hole(193, 429, 10), 128);
	CHECK_ERRNO(copy_from_hole(56, 268, 26), EFAULT);
	CHECK_EQ(copy_from_hole(364, 608, 22), 320);
}

TEST(from_a_hole_the_rest_counts_by_bytes)
{
	CHECK_EQ(copy_from_hole(213, 252, 14), 213);
	CHECK_EQ(remote[14 + 212], OLD);
}

TEST(what_is_not_reached_stays)
{
	CHECK_EQ(copy_from_hole(200, 1000, 1024 - 200), 200);
	CHECK_EQ(remote[1023], OLD);
	CHECK_EQ(remote[1024], NEW);
	CHECK_EQ(remote[1823], NEW);
}

TEST(reading_a_file_counts_likewise)
{
	int fd = memfd_create("file", 0), i;

	/* a page that is there, and one that is a hole */
	CHECK(write(fd, remote, PAGE) == PAGE && ftruncate(fd, 2 * PAGE) == 0);
	for (i = 0; i < 2; i++) {
		CHECK_EQ(pread(fd, before_hole(226), 399, i * PAGE + 56), 192);
		CHECK_EQ(pread(fd, before_hole(200), 399, i * PAGE + 1024 - 200), 200);
		CHECK_ERRNO(pread(fd, before_hole(6), 98, i * PAGE + 52), EFAULT);
	}
}

TEST(zeros_come_in_long_words)
{
	int fd = open("/dev/zero", O_RDONLY);
	char *p = before_hole(182);

	CHECK_EQ(read(fd, p, 413), 180);
	CHECK_EQ(p[179], 0);
	CHECK_EQ(p[180], OLD);
	CHECK_EQ(read(fd, before_hole(57), 59), 57);
	CHECK_ERRNO(read(fd, before_hole(3), 59), EFAULT);
}
