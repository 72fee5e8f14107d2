/*
 * A disk as a file: /dev/vda, which holds the root file system. Skipped where there is none (the
 * reference Linux runs from an initramfs).
 */
#include "check.h"
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define DISK   "/dev/vda"
#define SECTOR 512

static int disk(int flags)
{
	int fd = open(DISK, flags);

	if (fd < 0)
		SKIP("no " DISK);
	return fd;
}

static unsigned long long size_of(int fd)
{
	unsigned long long bytes;

	CHECK(ioctl(fd, BLKGETSIZE64, &bytes) == 0);
	return bytes;
}

TEST(numbers)
{
	int fd = disk(O_RDONLY), sector;
	unsigned long long bytes = size_of(fd);
	unsigned long sectors;
	struct stat st;

	CHECK(fstat(fd, &st) == 0);
	CHECK(S_ISBLK(st.st_mode));
	CHECK_EQ(major(st.st_rdev), 254);
	CHECK_EQ(minor(st.st_rdev), 0);
	CHECK(ioctl(fd, BLKGETSIZE, &sectors) == 0);
	CHECK_EQ((unsigned long long)sectors * SECTOR, bytes);
	CHECK(ioctl(fd, BLKSSZGET, &sector) == 0);
	CHECK_EQ(sector, SECTOR);
	CHECK_EQ(lseek64(fd, 0, SEEK_END), bytes);
}

TEST(read_at_the_end)
{
	int fd = disk(O_RDONLY);
	unsigned long long bytes = size_of(fd);
	char buf[3 * SECTOR];

	CHECK_EQ(pread64(fd, buf, sizeof(buf), bytes - SECTOR), SECTOR);
	CHECK_EQ(pread64(fd, buf, sizeof(buf), bytes - 1), 1);
	CHECK_EQ(pread64(fd, buf, sizeof(buf), bytes), 0);
	CHECK_EQ(pread64(fd, buf, sizeof(buf), bytes + SECTOR), 0);
}

/* The same bytes, whether read in one piece, in odd pieces, or by a mapping. */
TEST(pieces_agree)
{
	static unsigned char whole[1 << 20], part[12345];
	int fd = disk(O_RDONLY);
	unsigned char *map;
	size_t at = 0;

	CHECK_EQ(read(fd, whole, sizeof(whole)), sizeof(whole));
	while (at < sizeof(whole)) {
		size_t n = sizeof(whole) - at < sizeof(part) ? sizeof(whole) - at : sizeof(part);

		CHECK_EQ(pread(fd, part, n, at), n);
		CHECK(memcmp(part, whole + at, n) == 0);
		at += n;
	}
	map = mmap(NULL, sizeof(whole), PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK(map != MAP_FAILED);
	CHECK(memcmp(map, whole, sizeof(whole)) == 0);
	CHECK(whole[1024 + 56] == 0x53 && whole[1024 + 57] == 0xef); /* ext2's magic number */
}

/* Many tasks have requests under way at a time; each gets its own bytes. */
TEST(readers_at_once)
{
	enum {
		READERS = 8,
		CHUNK = 65536
	};
	int fd = disk(O_RDONLY);
	unsigned long long chunks = size_of(fd) / CHUNK;
	pid_t pids[READERS];

	for (int i = 0; i < READERS; i++) {
		pids[i] = fork();
		CHECK(pids[i] >= 0);
		if (pids[i])
			continue;
		for (int n = 0; n < 20; n++) {
			static unsigned char first[CHUNK], again[CHUNK];
			off64_t at = (unsigned long long)((i * 7919 + n * 104729) % chunks) * CHUNK;

			CHECK_EQ(pread64(fd, first, CHUNK, at), CHUNK);
			CHECK_EQ(pread64(fd, again, CHUNK, at), CHUNK);
			CHECK(memcmp(first, again, CHUNK) == 0);
		}
		_exit(0);
	}
	for (int i = 0; i < READERS; i++)
		CHECK_CHILD(pids[i]);
}

TEST(bad_arguments)
{
	int fd = disk(O_RDONLY);
	void *volatile nowhere = (void *)1;

	CHECK_ERRNO(read(fd, nowhere, SECTOR), EFAULT);
	CHECK_ERRNO(write(fd, "x", 1), EBADF);
	CHECK_ERRNO(lseek(fd, -1, SEEK_SET), EINVAL);
	CHECK_ERRNO(ioctl(fd, BLKGETSIZE64, (void *)1), EFAULT);
	CHECK_ERRNO(ioctl(fd, 0x12ff, 0), ENOTTY);
}

/* A device has no end to append at: O_APPEND changes nothing. */
TEST(appending_writes_where_one_stands)
{
	int fd = disk(O_RDWR | O_APPEND);
	char sector[SECTOR], part[10];

	CHECK_EQ(pread(fd, sector, sizeof(sector), SECTOR), SECTOR);
	CHECK_EQ(lseek(fd, SECTOR, SEEK_SET), SECTOR);
	CHECK_EQ(write(fd, sector, sizeof(sector)), SECTOR); /* what is there already */
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 2 * SECTOR);
	CHECK_EQ(pwrite(fd, sector, sizeof(part), SECTOR), sizeof(part));
	CHECK_EQ(lseek(fd, 0, SEEK_END), size_of(fd));
	CHECK_ERRNO(write(fd, sector, 1), ENOSPC);
}

/* A writer locks the page for as long as the disk works, and takes it again at once; the reader,
   which faults on that page, must be told each time that it is free. */
TEST(a_fault_meets_a_busy_writer)
{
	volatile int *faults =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fd = disk(O_RDWR), seen, tries;
	char bytes[SECTOR];
	pid_t reader;

	CHECK(faults != MAP_FAILED);
	CHECK_EQ(pread(fd, bytes, SECTOR, 0), SECTOR);
	reader = fork();
	CHECK(reader >= 0);
	if (!reader) {
		volatile char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, disk(O_RDONLY), 0);

		CHECK(p != MAP_FAILED);
		for (;; (*faults)++) {
			(void)*p;
			CHECK_EQ(madvise((void *)p, 4096, MADV_DONTNEED), 0);
		}
	}
	for (tries = 0; tries < 500; tries++)
		CHECK_EQ(pwrite(fd, bytes, SECTOR, 0), SECTOR); /* what is there already */
	seen = *faults;
	for (tries = 0; *faults == seen && tries < 100; tries++)
		usleep(10000);
	CHECK(*faults != seen);
	CHECK_EQ(kill(reader, SIGKILL), 0);
	CHECK_EQ(waitpid(reader, NULL, 0), reader);
}
