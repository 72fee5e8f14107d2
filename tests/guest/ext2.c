/*
 * ext2 as programs see it, on the disk at /mnt (blocks of 4 KiB, inodes of 256 bytes): how many
 * blocks a file takes, where its holes are, names and links, flags, times, and a
 * full disk.
 */
#define _FILE_OFFSET_BITS 64
#include "tmpdir.h"
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#define BLOCK	4096
#define SECTORS (BLOCK / 512)

static char bytes[64 * BLOCK];

static struct stat stat_of(const char *name)
{
	struct stat st;

	CHECK_EQ(lstat(name, &st), 0);
	return st;
}

static int new_file(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);

	CHECK(fd >= 0);
	return fd;
}

static void put_block(int fd, long long block)
{
	CHECK_EQ(pwrite(fd, bytes, BLOCK, block * BLOCK), BLOCK);
}

/* Blocks of numbers are counted too, and go with the last of what they lead to. */
TEST(blocks_of_a_file)
{
	static const struct {
		long long block;
		int blocks;
	} at[] = {{0, 1},	  {11, 1},	  {12, 2},
		  {12 + 1023, 2}, {12 + 1024, 3}, {12 + 1024 + 1024 * 1024, 4}};
	int fd;

	disk_enter();
	fd = new_file("f");
	for (unsigned int i = 0; i < sizeof(at) / sizeof(*at); i++) {
		put_block(fd, at[i].block);
		CHECK_EQ(stat_of("f").st_blocks, at[i].blocks * SECTORS);
		CHECK_EQ(stat_of("f").st_size, (at[i].block + 1) * BLOCK);
		CHECK_EQ(ftruncate(fd, at[i].block * BLOCK), 0);
		CHECK_EQ(stat_of("f").st_blocks, 0);
		CHECK_EQ(ftruncate(fd, 0), 0);
	}
	close(fd);
	disk_leave();
}

TEST(large_files)
{
	static const long long sizes[] = {0x7fffffffLL, 0x80000000LL, 0xffffffffLL, 0x100000001LL,
					  20LL << 30};
	int fd;
	char c;

	disk_enter();
	fd = new_file("f");
	for (unsigned int i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		CHECK_EQ(pwrite(fd, "x", 1, sizes[i]), 1);
		CHECK_EQ(stat_of("f").st_size, sizes[i] + 1);
		CHECK_EQ(pread(fd, &c, 1, sizes[i]), 1);
		CHECK_EQ(c, 'x');
		CHECK_EQ(pread(fd, &c, 1, sizes[i] - BLOCK), 1);
		CHECK_EQ(c, 0);
	}
	CHECK_ERRNO(pwrite(fd, "x", 1, 0x20000000000LL), EFBIG);
	CHECK_ERRNO(ftruncate(fd, 0x20000000000LL), EFBIG);
	close(fd);
	disk_leave();
}

TEST(holes)
{
	int fd;

	disk_enter();
	fd = new_file("f");
	put_block(fd, 5);
	put_block(fd, 6);
	put_block(fd, 2000);
	CHECK_EQ(lseek(fd, 0, SEEK_DATA), 5 * BLOCK);
	CHECK_EQ(lseek(fd, 1, SEEK_HOLE), 1);
	CHECK_EQ(lseek(fd, 5 * BLOCK + 7, SEEK_DATA), 5 * BLOCK + 7);
	CHECK_EQ(lseek(fd, 5 * BLOCK + 7, SEEK_HOLE), 7 * BLOCK);
	CHECK_EQ(lseek(fd, 7 * BLOCK, SEEK_DATA), 2000 * BLOCK);
	CHECK_EQ(lseek(fd, 2000 * BLOCK, SEEK_HOLE), 2001 * BLOCK);
	CHECK_ERRNO(lseek(fd, 2001 * BLOCK, SEEK_DATA), ENXIO);
	CHECK_ERRNO(lseek(fd, 2001 * BLOCK, SEEK_HOLE), ENXIO);
	CHECK_EQ(ftruncate(fd, 3000LL * BLOCK), 0);
	CHECK_ERRNO(lseek(fd, 2001 * BLOCK, SEEK_DATA), ENXIO);
	close(fd);
	disk_leave();
}

TEST(punching_holes)
{
	const int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	char *map;
	int fd;

	disk_enter();
	fd = new_file("f");
	memset(bytes, 'x', sizeof(bytes));
	CHECK_EQ(write(fd, bytes, sizeof(bytes)), (long)sizeof(bytes));
	map = mmap(NULL, sizeof(bytes), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(map != MAP_FAILED);
	map[3 * BLOCK] = 'y';
	CHECK_EQ(stat_of("f").st_blocks, 65 * SECTORS);
	CHECK_EQ(fallocate(fd, punch, BLOCK + 100, 4 * BLOCK), 0);
	CHECK_EQ(stat_of("f").st_blocks, 62 * SECTORS);
	CHECK_EQ(stat_of("f").st_size, sizeof(bytes));
	CHECK(map[BLOCK + 99] == 'x' && !map[BLOCK + 100] && !map[3 * BLOCK] &&
	      !map[5 * BLOCK + 99] && map[5 * BLOCK + 100] == 'x');
	CHECK_EQ(lseek(fd, 0, SEEK_HOLE), 2 * BLOCK);
	CHECK_EQ(lseek(fd, 2 * BLOCK, SEEK_DATA), 5 * BLOCK);
	CHECK_EQ(fallocate(fd, punch, 1LL << 30, BLOCK), 0);
	CHECK_ERRNO(fallocate(fd, 0, 0, BLOCK), EOPNOTSUPP);
	CHECK_ERRNO(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, BLOCK), EOPNOTSUPP);
	CHECK_ERRNO(fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, BLOCK), EOPNOTSUPP);
	CHECK_ERRNO(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, BLOCK), EOPNOTSUPP);
	munmap(map, sizeof(bytes));
	close(fd);
	disk_leave();
}

TEST(symbolic_links)
{
	static const int lengths[] = {1, 59, 60, 1000, BLOCK - 1};
	static char target[BLOCK + 1], got[BLOCK + 1];

	disk_enter();
	for (unsigned int i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		int len = lengths[i];

		memset(target, 'a', len);
		target[len] = 0;
		CHECK_EQ(symlink(target, "l"), 0);
		CHECK_EQ(stat_of("l").st_size, len);
		CHECK_EQ(stat_of("l").st_blocks, len < 60 ? 0 : SECTORS);
		CHECK_EQ(readlink("l", got, sizeof(got)), len);
		CHECK(!memcmp(target, got, len));
		CHECK_EQ(unlink("l"), 0);
	}
	disk_leave();
}

TEST(nodes)
{
	disk_enter();
	CHECK_EQ(mknod("narrow", S_IFCHR | 0600, makedev(4, 255)), 0);
	CHECK_EQ(mknod("wide", S_IFBLK | 0600, makedev(300, 70000)), 0);
	CHECK_EQ(mkfifo("fifo", 0600), 0);
	CHECK_EQ(mknod("socket", S_IFSOCK | 0600, 0), 0);
	CHECK(stat_of("narrow").st_rdev == makedev(4, 255) && S_ISCHR(stat_of("narrow").st_mode));
	CHECK(stat_of("wide").st_rdev == makedev(300, 70000) && S_ISBLK(stat_of("wide").st_mode));
	CHECK(S_ISFIFO(stat_of("fifo").st_mode) && S_ISSOCK(stat_of("socket").st_mode));
	CHECK_EQ(stat_of("wide").st_blocks, 0);
	disk_leave();
}

TEST(links_of_directories)
{
	disk_enter();
	CHECK_EQ(mkdir("d", 0755), 0);
	CHECK_EQ(stat_of("d").st_nlink, 2);
	CHECK_EQ(stat_of("d").st_size, BLOCK);
	CHECK_EQ(mkdir("d/e", 0755), 0);
	CHECK_EQ(mkdir("f", 0755), 0);
	CHECK_EQ(stat_of("d").st_nlink, 3);
	CHECK_EQ(rename("d/e", "f/e"), 0);
	CHECK(stat_of("d").st_nlink == 2 && stat_of("f").st_nlink == 3);
	CHECK_EQ(stat_of("f/e/..").st_ino, stat_of("f").st_ino);
	CHECK_EQ(mkdir("d/g", 0755), 0);
	CHECK_EQ(syscall(SYS_renameat2, AT_FDCWD, "d", AT_FDCWD, "f/e", RENAME_EXCHANGE), 0);
	CHECK_EQ(stat_of("f/e/..").st_ino, stat_of("f").st_ino);
	CHECK(stat_of("d").st_nlink == 2 && stat_of("f/e").st_nlink == 3);
	CHECK_ERRNO(rename("d", "f/e"), ENOTEMPTY);
	CHECK_EQ(rmdir("f/e/g"), 0);
	CHECK_EQ(rename("d", "f/e"), 0);
	CHECK_EQ(stat_of("f").st_nlink, 3);
	CHECK_ERRNO(access("d", F_OK), ENOENT);
	CHECK_ERRNO(rmdir("f"), ENOTEMPTY);
	disk_leave();
}

/* A file without a name gets one, once. */
TEST(files_without_a_name)
{
	char path[32];
	int fd;

	disk_enter();
	fd = open(".", O_TMPFILE | O_RDWR, 0600);
	CHECK(fd >= 0);
	CHECK_EQ(write(fd, "text", 4), 4);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK_EQ(linkat(AT_FDCWD, path, AT_FDCWD, "name", AT_SYMLINK_FOLLOW), 0);
	CHECK_EQ(stat_of("name").st_nlink, 1);
	close(fd);
	CHECK(!strcmp(get_file("name"), "text"));
	fd = open("name", O_RDWR);
	CHECK_EQ(unlink("name"), 0);
	CHECK_EQ(pwrite(fd, "more", 4, 4), 4);
	CHECK_EQ(pread(fd, bytes, 10, 0), 8);
	close(fd);
	disk_leave();
}

TEST(flags_of_files)
{
	unsigned int flags = FS_APPEND_FL, got = 0;
	int fd, other;

	disk_enter();
	fd = new_file("f");
	CHECK_EQ(ioctl(fd, FS_IOC_SETFLAGS, &flags), 0);
	CHECK_EQ(ioctl(fd, FS_IOC_GETFLAGS, &got), 0);
	CHECK_EQ(got, FS_APPEND_FL);
	CHECK_ERRNO(open("f", O_WRONLY), EPERM);
	other = open("f", O_WRONLY | O_APPEND);
	CHECK_EQ(write(other, "x", 1), 1);
	close(other);
	flags = FS_IMMUTABLE_FL;
	CHECK_EQ(ioctl(fd, FS_IOC_SETFLAGS, &flags), 0);
	CHECK_ERRNO(unlink("f"), EPERM);
	flags = FS_IMMUTABLE_FL | FS_NODUMP_FL;
	CHECK_ERRNO(ioctl(fd, FS_IOC_SETFLAGS, &flags), EPERM);
	flags = FS_EXTENT_FL;
	CHECK_ERRNO(ioctl(fd, FS_IOC_SETFLAGS, &flags), EINVAL);
	flags = FS_CASEFOLD_FL;
	CHECK_ERRNO(ioctl(fd, FS_IOC_SETFLAGS, &flags), EOPNOTSUPP);
	flags = FS_JOURNAL_DATA_FL;
	CHECK_EQ(ioctl(fd, FS_IOC_SETFLAGS, &flags), 0);
	CHECK_EQ(ioctl(fd, FS_IOC_GETFLAGS, &got), 0);
	CHECK_EQ(got, 0);
	flags = 12345;
	CHECK_EQ(ioctl(fd, FS_IOC_SETVERSION, &flags), 0);
	CHECK_EQ(ioctl(fd, FS_IOC_GETVERSION, &got), 0);
	CHECK_EQ(got, 12345);
	close(fd);
	disk_leave();
}

TEST(times_at_the_ends)
{
	struct timespec64 {
		long long sec, nsec;
	} times[2] = {{20000000000LL, 7}, {-5000000000LL, 8}};
	struct statx st;

	disk_enter();
	CHECK_EQ(close(new_file("f")), 0);
	CHECK_EQ(syscall(SYS_utimensat_time64, AT_FDCWD, "f", times, 0), 0);
	CHECK_EQ(statx(AT_FDCWD, "f", 0, STATX_ALL, &st), 0);
	CHECK(st.stx_atime.tv_sec == 15032385535LL && !st.stx_atime.tv_nsec);
	CHECK(st.stx_mtime.tv_sec == -2147483648LL && !st.stx_mtime.tv_nsec);
	CHECK(st.stx_mask & STATX_BTIME && st.stx_btime.tv_sec > 1600000000);
	times[0] = (struct timespec64){4300000000LL, 123456789};
	CHECK_EQ(syscall(SYS_utimensat_time64, AT_FDCWD, "f", times, 0), 0);
	CHECK_EQ(statx(AT_FDCWD, "f", 0, STATX_ALL, &st), 0);
	CHECK(st.stx_atime.tv_sec == 4300000000LL && st.stx_atime.tv_nsec == 123456789);
	CHECK_EQ(unlink("f"), 0); /* other calls cannot show such times */
	disk_leave();
}

/* Nobody gets the last blocks but root; and what was freed comes back. */
TEST(a_full_disk)
{
	struct statfs before, full, after;
	long long written = 0;
	long n;
	int fd;

	disk_enter();
	CHECK_EQ(statfs(".", &before), 0);
	CHECK_EQ(chmod(".", 0777), 0);
	tmpdir_as_other();
	fd = new_file("f");
	while ((n = write(fd, bytes, sizeof(bytes))) > 0)
		written += n;
	CHECK(n < 0 && errno == ENOSPC);
	CHECK_EQ(statfs(".", &full), 0);
	CHECK_EQ(full.f_bavail, 0);
	CHECK(full.f_bfree > 0 && written > (long long)before.f_bavail / 2 * BLOCK);
	CHECK_EQ(stat_of("f").st_size, written);
	CHECK_ERRNO(mkdir("d", 0755), ENOSPC);
	tmpdir_as_root();
	CHECK_EQ(mkdir("d", 0755), 0);
	CHECK_EQ(write(fd, bytes, sizeof(bytes)), (long)sizeof(bytes));
	close(fd);
	CHECK_EQ(unlink("f"), 0);
	CHECK_EQ(rmdir("d"), 0);
	CHECK_EQ(statfs(".", &after), 0);
	CHECK_EQ(after.f_bfree, before.f_bfree);
	CHECK_EQ(after.f_ffree, before.f_ffree);
	/* pending or not, all of it can be had again */
	fd = new_file("g");
	for (long long left = written; left > 0; left -= n) {
		n = write(fd, bytes, sizeof(bytes));
		CHECK(n > 0);
	}
	close(fd);
	disk_leave();
}

TEST(remounting)
{
	int fd;

	disk_enter();
	fd = new_file("f");
	CHECK_ERRNO(mount(NULL, "/mnt", NULL, MS_REMOUNT | MS_RDONLY, NULL), EBUSY);
	close(fd);
	CHECK_EQ(mount(NULL, "/mnt", NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	CHECK_ERRNO(open("f", O_RDWR), EROFS);
	CHECK_ERRNO(unlink("f"), EROFS);
	CHECK_ERRNO(mkdir("d", 0755), EROFS);
	CHECK_ERRNO(mount(NULL, "/mnt", NULL, MS_REMOUNT, "no-such-option"), EINVAL);
	CHECK_EQ(mount(NULL, "/mnt", NULL, MS_REMOUNT, "errors=continue"), 0);
	put_file("f", "text");
	CHECK(!strcmp(get_file("f"), "text"));
	disk_leave();
}
