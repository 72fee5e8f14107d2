/*
 * A disk that is written to: a spare one.
 */
#define _GNU_SOURCE
#include "check.h"
#include "sparedisk.h"
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/hdreg.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define SECTOR 512
#define PAGE   4096

static int disk(int flags)
{
	int fd = open(spare_disk(), flags);

	CHECK(fd >= 0);
	return fd;
}

static unsigned long long size_of(int fd)
{
	unsigned long long bytes;

	CHECK(ioctl(fd, BLKGETSIZE64, &bytes) == 0);
	return bytes;
}

/* Bytes that tell where they belong. */
static void fill(unsigned char *buf, size_t len, unsigned int seed)
{
	for (size_t i = 0; i < len; i++)
		buf[i] = (i + seed) * 2654435761U >> 24;
}

/* What the disk has there, with nothing in memory. */
static void check_on_disk(int fd, const unsigned char *want, size_t len, off_t at)
{
	static unsigned char got[1 << 16];

	CHECK(len <= sizeof(got));
	CHECK(ioctl(fd, BLKFLSBUF, 0) == 0);
	CHECK_EQ(pread(fd, got, len, at), len);
	CHECK(memcmp(got, want, len) == 0);
}

TEST(odd_pieces_are_written)
{
	static unsigned char all[5 * PAGE];
	int fd = disk(O_RDWR);
	size_t at = 0;

	fill(all, sizeof(all), 1);
	while (at < sizeof(all)) {
		size_t n = sizeof(all) - at < 777 ? sizeof(all) - at : 777;

		CHECK_EQ(pwrite(fd, all + at, n, PAGE + at), n);
		at += n;
	}
	CHECK(fsync(fd) == 0);
	check_on_disk(fd, all, sizeof(all), PAGE);
}

/* Sectors that are written as a whole need not be read: what surrounds them stays. */
TEST(a_sector_in_a_page)
{
	static unsigned char page[PAGE], part[3 * SECTOR];
	int fd = disk(O_RDWR);

	fill(page, sizeof(page), 2);
	CHECK_EQ(pwrite(fd, page, PAGE, 100 * PAGE), PAGE);
	CHECK(ioctl(fd, BLKFLSBUF, 0) == 0);
	fill(part, sizeof(part), 3);
	CHECK_EQ(pwrite(fd, part, SECTOR, 100 * PAGE + SECTOR), SECTOR);
	CHECK_EQ(pwrite(fd, part + SECTOR, SECTOR, 100 * PAGE + 4 * SECTOR), SECTOR);
	memcpy(page + SECTOR, part, SECTOR);
	memcpy(page + 4 * SECTOR, part + SECTOR, SECTOR);
	CHECK(fdatasync(fd) == 0);
	check_on_disk(fd, page, PAGE, 100 * PAGE);
	/* and now with a read before the write-out */
	CHECK(ioctl(fd, BLKFLSBUF, 0) == 0);
	CHECK_EQ(pwrite(fd, part + 2 * SECTOR, SECTOR, 100 * PAGE + 7 * SECTOR), SECTOR);
	memcpy(page + 7 * SECTOR, part + 2 * SECTOR, SECTOR);
	CHECK_EQ(pread(fd, part, 2 * SECTOR, 100 * PAGE), 2 * SECTOR);
	CHECK(memcmp(part, page, 2 * SECTOR) == 0);
	check_on_disk(fd, page, PAGE, 100 * PAGE);
}

TEST(mapped_and_stored_to)
{
	static unsigned char want[4 * PAGE];
	int fd = disk(O_RDWR);
	unsigned char *map =
		mmap(NULL, sizeof(want), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 200 * PAGE);

	CHECK(map != MAP_FAILED);
	fill(want, sizeof(want), 4);
	memcpy(map, want, sizeof(want));
	CHECK(msync(map, sizeof(want), MS_SYNC) == 0);
	check_on_disk(fd, want, sizeof(want), 200 * PAGE);
	map[5] ^= 1; /* again, after it was cleaned; beside a write of one sector */
	want[5] ^= 1;
	fill(want + SECTOR, SECTOR, 5);
	CHECK_EQ(pwrite(fd, want + SECTOR, SECTOR, 200 * PAGE + SECTOR), SECTOR);
	CHECK(munmap(map, sizeof(want)) == 0);
	CHECK(fsync(fd) == 0);
	check_on_disk(fd, want, sizeof(want), 200 * PAGE);
}

TEST(a_write_ends_at_the_end)
{
	int fd = disk(O_RDWR);
	unsigned char buf[3 * SECTOR];
	unsigned long long bytes = size_of(fd);

	fill(buf, sizeof(buf), 6);
	CHECK_EQ(pwrite64(fd, buf, sizeof(buf), bytes - SECTOR), SECTOR);
	CHECK_ERRNO(pwrite64(fd, buf, 1, bytes), ENOSPC);
	CHECK_EQ(pwrite64(fd, buf, 0, bytes), 0);
	CHECK(fsync(fd) == 0);
	check_on_disk(fd, buf, SECTOR, bytes - SECTOR);
}

TEST(others_see_it_at_once)
{
	int one = disk(O_RDWR), two = disk(O_RDONLY);
	unsigned char wrote[100], got[100];

	fill(wrote, sizeof(wrote), 7);
	CHECK_EQ(pwrite(one, wrote, sizeof(wrote), 12345), sizeof(wrote));
	CHECK_EQ(pread(two, got, sizeof(got), 12345), sizeof(got));
	CHECK(memcmp(wrote, got, sizeof(got)) == 0);
}

TEST(synchronous_files)
{
	int fd = disk(O_RDWR | O_SYNC);
	unsigned char buf[PAGE];

	fill(buf, sizeof(buf), 8);
	CHECK_EQ(pwrite(fd, buf, sizeof(buf), 300 * PAGE), PAGE);
	check_on_disk(fd, buf, PAGE, 300 * PAGE);
}

TEST(direct)
{
	static unsigned char room[3 * PAGE] __attribute__((aligned(PAGE)));
	unsigned char *buf = room, *got = room + PAGE;
	int fd = disk(O_RDWR | O_DIRECT), plain = disk(O_RDWR);
	unsigned long long bytes = size_of(fd);

	fill(buf, PAGE, 9);
	CHECK_EQ(pwrite(fd, buf, PAGE, 400 * PAGE + SECTOR), PAGE);
	CHECK_EQ(pread(plain, got, PAGE, 400 * PAGE + SECTOR), PAGE);
	CHECK(memcmp(buf, got, PAGE) == 0);
	buf[0]++;
	CHECK_EQ(pwrite(plain, buf, 1, 400 * PAGE + SECTOR), 1);
	CHECK_EQ(pread(fd, got, PAGE, 400 * PAGE + SECTOR), PAGE);
	CHECK(memcmp(buf, got, PAGE) == 0);
	CHECK_ERRNO(pread(fd, got + 1, SECTOR, 0), EINVAL);
	CHECK_ERRNO(pread(fd, got, SECTOR + 1, 0), EINVAL);
	CHECK_ERRNO(pread(fd, got, SECTOR, 1), EINVAL);
	CHECK_ERRNO(pwrite(fd, buf, SECTOR, 100), EINVAL);
	CHECK_EQ(pread64(fd, got, PAGE, bytes - SECTOR), SECTOR);
	CHECK_EQ(pread64(fd, got + 1, PAGE, bytes), 0);
}

/* Many writers, and a reader that is not kept waiting for all of them. */
TEST(writers_at_once)
{
	enum {
		WRITERS = 6,
		CHUNK = 65536
	};
	static unsigned char buf[CHUNK];
	pid_t pids[WRITERS];

	spare_disk(); /* found before there are others who look for it */
	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		CHECK(pids[i] >= 0);
		if (pids[i])
			continue;
		for (int n = 0; n < 8; n++) {
			int fd = disk(O_RDWR);

			fill(buf, CHUNK, i * 100 + n);
			CHECK_EQ(pwrite(fd, buf, CHUNK, (2 << 20) + (n * WRITERS + i) * CHUNK),
				 CHUNK);
			CHECK(fsync(fd) == 0);
			close(fd);
		}
		_exit(0);
	}
	for (int i = 0; i < WRITERS; i++)
		CHECK_CHILD(pids[i]);
	for (int i = 0; i < WRITERS; i++) {
		for (int n = 0; n < 8; n++) {
			fill(buf, CHUNK, i * 100 + n);
			check_on_disk(disk(O_RDWR), buf, CHUNK,
				      (2 << 20) + (n * WRITERS + i) * CHUNK);
		}
	}
}

TEST(exclusive_use)
{
	int one = disk(O_RDONLY | O_EXCL), other;

	CHECK_ERRNO(open(spare_disk(), O_RDONLY | O_EXCL), EBUSY);
	other = disk(O_RDWR); /* without a claim: no objection */
	CHECK_ERRNO(mount(spare_disk(), "/tmp", "ext2", 0, NULL), EBUSY);
	close(one);
	one = disk(O_RDONLY | O_EXCL);
	close(one);
	close(other);
}

TEST(write_protection)
{
	int fd = disk(O_RDWR), on = 1, got = -1;

	CHECK_EQ(pwrite(fd, "before", 6, 500 * PAGE), 6);
	CHECK(ioctl(fd, BLKROSET, &on) == 0);
	CHECK(fsync(fd) == 0); /* what was written before goes there still */
	check_on_disk(fd, (const unsigned char *)"before", 6, 500 * PAGE);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
	CHECK_EQ(errno, EINVAL);
	CHECK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) != MAP_FAILED);
	CHECK(ioctl(fd, BLKROGET, &got) == 0);
	CHECK_EQ(got, 1);
	CHECK_ERRNO(write(fd, "x", 1), EPERM);
	on = 0;
	CHECK(ioctl(fd, BLKROSET, &on) == 0);
	CHECK(ioctl(fd, BLKROGET, &got) == 0);
	CHECK_EQ(got, 0);
	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK_ERRNO(ioctl(fd, BLKROSET, (void *)1), EFAULT);
}

TEST(read_ahead)
{
	int fd = disk(O_RDONLY);
	long before, now;

	CHECK(ioctl(fd, BLKRAGET, &before) == 0);
	CHECK_EQ(before, 256);
	CHECK(ioctl(fd, BLKRASET, 64) == 0);
	CHECK(ioctl(fd, BLKRAGET, &now) == 0);
	CHECK_EQ(now, 64);
	CHECK(ioctl(fd, BLKRASET, 60) == 0); /* a whole number of pages */
	CHECK(ioctl(fd, BLKFRAGET, &now) == 0);
	CHECK_EQ(now, 56);
	CHECK(ioctl(fd, BLKRASET, before) == 0);
}

TEST(figures)
{
	int fd = disk(O_RDONLY), number;
	unsigned int word;
	unsigned short half;
	struct hd_geometry geo;

	CHECK(ioctl(fd, BLKSSZGET, &number) == 0);
	CHECK_EQ(number, SECTOR);
	CHECK(ioctl(fd, BLKPBSZGET, &word) == 0);
	CHECK_EQ(word, SECTOR);
	CHECK(ioctl(fd, BLKIOMIN, &word) == 0);
	CHECK_EQ(word, SECTOR);
	CHECK(ioctl(fd, BLKIOOPT, &word) == 0);
	CHECK_EQ(word, 0);
	CHECK(ioctl(fd, BLKALIGNOFF, &number) == 0);
	CHECK_EQ(number, 0);
	CHECK(ioctl(fd, BLKROTATIONAL, &half) == 0);
	CHECK_EQ(half, 1);
	CHECK(ioctl(fd, BLKSECTGET, &half) == 0);
	CHECK_EQ(half, 2560);
	CHECK(ioctl(fd, BLKBSZGET, &number) == 0);
	CHECK(ioctl(fd, HDIO_GETGEO, &geo) == 0);
	CHECK_EQ(geo.start, 0);
	CHECK_EQ(geo.cylinders, size_of(fd) / SECTOR / geo.heads / geo.sectors);
}
