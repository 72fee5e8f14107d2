/*
 * tmpfs: size limits, mounting and unmounting, read-only mounts, mapping.
 */
#include "tmpdir.h"
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/statfs.h>

#define PAGES 16

static void mount_small(unsigned long flags, const char *options)
{
	tmpdir_enter();
	CHECK(mkdir("m", 0777) == 0);
	if (mount("small", "m", "tmpfs", flags, options)) {
		CHECK_EQ(errno, EPERM);
		SKIP("not root");
	}
}

static void umount_small(void)
{
	CHECK(umount("m") == 0);
	tmpdir_leave();
}

TEST(size_limit)
{
	static char buf[4096];
	struct statfs sf;
	int fd, i;

	mount_small(0, "size=64k");
	CHECK(statfs("m", &sf) == 0);
	CHECK_EQ(sf.f_type, 0x01021994);
	CHECK_EQ(sf.f_blocks, PAGES);
	CHECK_EQ(sf.f_bfree, PAGES);
	fd = open("m/f", O_CREAT | O_RDWR, 0666);
	for (i = 0; i < PAGES; i++)
		CHECK_EQ(write(fd, buf, 4096), 4096);
	CHECK_ERRNO(write(fd, buf, 1), ENOSPC);
	CHECK(statfs("m", &sf) == 0);
	CHECK_EQ(sf.f_bfree, 0);
	CHECK(ftruncate(fd, 4096) == 0);
	CHECK(statfs("m", &sf) == 0);
	CHECK_EQ(sf.f_bfree, PAGES - 1);
	CHECK_EQ(pwrite(fd, buf, 1, 1 << 20), 1);
	CHECK(unlink("m/f") == 0);
	CHECK(statfs("m", &sf) == 0);
	CHECK_EQ(sf.f_bfree, PAGES - 2); /* still open */
	close(fd);
	CHECK(statfs("m", &sf) == 0);
	CHECK_EQ(sf.f_bfree, PAGES);
	umount_small();
}

TEST(holes_cost_nothing)
{
	static char buf[65536];
	struct stat st;
	int fd, fd2;

	mount_small(0, "size=64k");
	fd = open("m/f", O_CREAT | O_RDWR, 0666);
	CHECK(ftruncate(fd, 1 << 24) == 0);
	CHECK_EQ(read(fd, buf, sizeof(buf)), sizeof(buf));
	CHECK(fstat(fd, &st) == 0);
	CHECK_EQ(st.st_blocks, 0);
	CHECK(posix_fallocate(fd, 0, 8192) == 0);
	CHECK(fstat(fd, &st) == 0);
	CHECK_EQ(st.st_blocks, 16);
	CHECK_EQ(lseek(fd, 0, SEEK_HOLE), 0); /* allocated is not written */
	CHECK_EQ(posix_fallocate(fd, 0, 100000), ENOSPC);
	CHECK(fstat(fd, &st) == 0);
	CHECK_EQ(st.st_blocks, 16);
	fd2 = open("m/g", O_CREAT | O_RDWR, 0666);
	CHECK_EQ(write(fd2, buf, 16384), 16384);
	CHECK_EQ(posix_fallocate(fd, 0, 60000), ENOSPC);
	CHECK(fstat(fd, &st) == 0);
	CHECK_EQ(st.st_blocks, 16); /* only what was there before */
	close(fd2);
	CHECK(posix_fallocate(fd, 0, 8192) == 0);
	CHECK_ERRNO(fallocate(fd, 0, -1, 1), EINVAL);
	CHECK_ERRNO(fallocate(fd, 0, 0, 0), EINVAL);
	CHECK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) == 0);
	close(fd);
	umount_small();
}

TEST(full_mapping_is_sigbus)
{
	char *map;
	int fd;

	mount_small(0, "size=8k");
	fd = open("m/f", O_CREAT | O_RDWR, 0666);
	CHECK(ftruncate(fd, 65536) == 0);
	map = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(map != MAP_FAILED);
	map[0] = 1;
	map[4096] = 1;
	CHECK_SIGNAL(map[8192] = 1, SIGBUS);
	CHECK_EQ(map[0], 1);
	CHECK(munmap(map, 65536) == 0);
	close(fd);
	umount_small();
}

TEST(inode_limit)
{
	mount_small(0, "nr_inodes=3");
	put_file("m/a", "");
	put_file("m/b", "");
	CHECK_ERRNO(open("m/c", O_CREAT | O_RDWR, 0666), ENOSPC);
	CHECK_ERRNO(mkdir("m/d", 0777), ENOSPC);
	CHECK(unlink("m/a") == 0);
	put_file("m/c", "");
	umount_small();
}

static unsigned long free_inodes(void)
{
	struct statfs sf;

	CHECK(statfs("m", &sf) == 0);
	return sf.f_ffree;
}

static unsigned long free_blocks(void)
{
	struct statfs sf;

	CHECK(statfs("m", &sf) == 0);
	return sf.f_bfree;
}

/* Each name is there for as long as nobody takes it away: it costs as much as a file. */
TEST(names_cost_inodes)
{
	struct stat st;

	mount_small(0, "nr_inodes=5");
	put_file("m/a", "");
	CHECK_EQ(free_inodes(), 3);
	CHECK(link("m/a", "m/b") == 0 && link("m/b", "m/c") == 0 && link("m/a", "m/d") == 0);
	CHECK_EQ(free_inodes(), 0);
	CHECK_ERRNO(link("m/a", "m/e"), ENOSPC);
	CHECK_ERRNO(symlink("a", "m/e"), ENOSPC);
	CHECK(stat("m", &st) == 0);
	CHECK_EQ(st.st_size, 40 + 4 * 20);
	CHECK(stat("m/a", &st) == 0);
	CHECK_EQ(st.st_nlink, 4);
	CHECK(unlink("m/a") == 0); /* the first or another: all the same */
	CHECK_EQ(free_inodes(), 1);
	CHECK(rename("m/b", "m/e") == 0);
	CHECK_EQ(free_inodes(), 1);
	CHECK(mkdir("m/b", 0777) == 0);
	CHECK_EQ(free_inodes(), 0);
	CHECK(rmdir("m/b") == 0);
	put_file("m/f", "");
	CHECK_EQ(free_inodes(), 0);
	CHECK(rename("m/f", "m/c") == 0); /* over one of the names */
	CHECK_EQ(free_inodes(), 1);
	CHECK(unlink("m/c") == 0 && unlink("m/d") == 0);
	CHECK_EQ(free_inodes(), 3);
	CHECK(unlink("m/e") == 0);
	CHECK_EQ(free_inodes(), 4);
	umount_small();
}

/* The last name goes, the file stays for who has it open, and so does what it costs. */
TEST(an_open_file_costs_an_inode)
{
	int fd;

	mount_small(0, "nr_inodes=3");
	fd = open("m/a", O_CREAT | O_RDWR, 0666);
	CHECK(link("m/a", "m/b") == 0);
	CHECK_EQ(free_inodes(), 0);
	CHECK(unlink("m/a") == 0 && unlink("m/b") == 0);
	CHECK_EQ(free_inodes(), 1);
	close(fd);
	CHECK_EQ(free_inodes(), 2);
	umount_small();
}

#define SHORT_LINK 127 /* the longest text that stands beside the inode */
#define LONG_LINK  4095

TEST(long_links_cost_blocks)
{
	static char text[LONG_LINK + 1], got[LONG_LINK + 1];
	struct stat st;

	mount_small(0, "size=8k");
	memset(text, 's', LONG_LINK);
	text[SHORT_LINK] = '\0';
	CHECK(symlink(text, "m/short") == 0);
	CHECK_EQ(free_blocks(), 2);
	CHECK(lstat("m/short", &st) == 0);
	CHECK_EQ(st.st_blocks, 0);
	text[SHORT_LINK] = 's';
	CHECK(symlink(text, "m/long") == 0);
	CHECK_EQ(free_blocks(), 1);
	CHECK(lstat("m/long", &st) == 0);
	CHECK_EQ(st.st_size, LONG_LINK);
	CHECK_EQ(st.st_blocks, 8);
	CHECK_EQ(readlink("m/long", got, sizeof(got)), LONG_LINK);
	CHECK_STR(got, text);
	text[SHORT_LINK + 1] = '\0';
	CHECK(symlink(text, "m/second") == 0);
	CHECK_ERRNO(symlink(text, "m/third"), ENOSPC);
	CHECK_ERRNO(lstat("m/third", &st), ENOENT);
	text[SHORT_LINK] = '\0';
	CHECK(symlink(text, "m/third") == 0);
	CHECK(link("m/second", "m/same") == 0 && unlink("m/second") == 0);
	CHECK_EQ(free_blocks(), 0);
	CHECK(unlink("m/same") == 0);
	CHECK_EQ(free_blocks(), 1);
	CHECK(rename("m/third", "m/long") == 0);
	CHECK_EQ(free_blocks(), 2);
	umount_small();
}

/* A long text leads on as a short one does. */
TEST(long_links_are_followed)
{
	static char text[LONG_LINK + 1];
	int i;

	mount_small(0, NULL);
	for (i = 0; i < LONG_LINK - 1; i += 2)
		memcpy(text + i, "./", 2);
	text[LONG_LINK - 1] = 'f';
	put_file("m/f", "text");
	CHECK(symlink(text, "m/l") == 0);
	CHECK_STR(get_file("m/l"), "text");
	CHECK(unlink("m/f") == 0);
	CHECK_ERRNO(open("m/l", O_RDONLY), ENOENT);
	umount_small();
}

/* Does a line of the list of mounts say so? */
static int mounts_say(const char *text)
{
	static char list[16384];
	int fd = open("/proc/self/mounts", O_RDONLY);
	ssize_t n = 0, got;

	while ((got = read(fd, list + n, sizeof(list) - 1 - n)) > 0)
		n += got;
	CHECK(got == 0);
	close(fd);
	list[n] = '\0';
	return strstr(list, text) != NULL;
}

static int remount(const char *options)
{
	return mount("small", "m", NULL, MS_REMOUNT, options);
}

TEST(limits_change)
{
	struct stat st;

	mount_small(0, "size=8k,nr_inodes=4,mode=0751");
	put_file("m/a", "x");
	put_file("m/b", "x");
	CHECK_ERRNO(remount("size=4k"), EINVAL);
	CHECK_ERRNO(remount("nr_inodes=2"), EINVAL);
	CHECK(remount("size=12k,nr_inodes=3,mode=0700,uid=5") == 0);
	CHECK_EQ(free_blocks(), 1);
	CHECK_EQ(free_inodes(), 0);
	CHECK(stat("m", &st) == 0);
	CHECK_EQ(st.st_mode & 07777, 0751);
	CHECK_EQ(st.st_uid, 0);
	CHECK(mounts_say(" tmpfs rw,relatime,size=12k,nr_inodes=3,mode=751"));
	CHECK(remount("size=0,nr_inodes=0") == 0); /* none at all */
	put_file("m/c", "x");
	CHECK_EQ(free_blocks(), 0);
	CHECK_EQ(free_inodes(), 0);
	CHECK(remount("size=0,nr_inodes=0") == 0);
	CHECK_ERRNO(remount("size=1m"), EINVAL);
	CHECK_ERRNO(remount("nr_inodes=100"), EINVAL);
	umount_small();
}

TEST(options)
{
	struct stat st;

	mount_small(0, "mode=0751,uid=07,gid=0x8,inode32,huge=never");
	CHECK(stat("m", &st) == 0);
	CHECK_EQ(st.st_mode, S_IFDIR | 0751);
	CHECK_EQ(st.st_uid, 7);
	CHECK_EQ(st.st_gid, 8);
	CHECK_EQ(st.st_size, 40);
	CHECK(mkdir("n", 0777) == 0);
	CHECK_ERRNO(mount("x", "n", "tmpfs", 0, "nonsense=1"), EINVAL);
	CHECK_ERRNO(mount("x", "n", "tmpfs", 0, "uid=-1"), EINVAL);
	CHECK_ERRNO(mount("x", "n", "tmpfs", 0, "gid=4294967295"), EINVAL);
	CHECK_ERRNO(mount("x", "n", "tmpfs", 0, "inode64"), EINVAL);
	CHECK_ERRNO(mount("x", "n", "nonsense", 0, NULL), ENODEV);
	CHECK_ERRNO(mount("x", "none", "tmpfs", 0, NULL), ENOENT);
	CHECK_ERRNO(mount("x", "n", NULL, 0, NULL), EINVAL);
	CHECK_ERRNO(umount("n"), EINVAL);
	CHECK_ERRNO(umount2("n", 64), EINVAL);
	umount_small();
}

TEST(busy_mounts)
{
	int fd;

	mount_small(0, NULL);
	put_file("m/f", "x");
	fd = open("m/f", O_RDONLY);
	CHECK_ERRNO(umount("m"), EBUSY);
	CHECK_ERRNO(rmdir("m"), EBUSY);
	CHECK_ERRNO(rename("m", "n"), EBUSY);
	close(fd);
	CHECK(chdir("m") == 0);
	CHECK_ERRNO(umount("../m"), EBUSY);
	CHECK(chdir("..") == 0);
	/* a lazy umount leaves the file to who has it */
	fd = open("m/f", O_RDONLY);
	CHECK(umount2("m", MNT_DETACH) == 0);
	CHECK_ERRNO(access("m/f", F_OK), ENOENT);
	char c;
	CHECK_EQ(read(fd, &c, 1), 1);
	close(fd);
	tmpdir_leave();
}

static void write_number(const char *path, int n)
{
	char text[16];
	int fd = open(path, O_WRONLY), len = snprintf(text, sizeof(text), "%d", n);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, text, len), len);
	close(fd);
}

#define MORE_MOUNTS 10

/* On Linux there are more than one sees: the lowest one, and those under way. */
TEST(mounts_have_a_limit)
{
	int n = 0, fd, err;

	mount_small(0, NULL);
	fd = open("/proc/self/mounts", O_RDONLY);
	for (char c; read(fd, &c, 1) == 1;)
		n += c == '\n';
	close(fd);
	write_number("/proc/sys/fs/mount-max", n + MORE_MOUNTS);
	for (n = 0; n <= MORE_MOUNTS && mount("x", "m", "tmpfs", 0, NULL) == 0; n++)
		;
	err = errno;
	write_number("/proc/sys/fs/mount-max", 100000);
	CHECK_EQ(err, ENOSPC);
	CHECK(n > MORE_MOUNTS - 4 && n <= MORE_MOUNTS);
	while (n--)
		CHECK(umount("m") == 0);
	umount_small();
}

TEST(stacked_mounts)
{
	mount_small(0, NULL);
	put_file("m/lower", "x");
	CHECK(mount("upper", "m", "tmpfs", 0, NULL) == 0);
	put_file("m/upper", "x");
	CHECK_ERRNO(access("m/lower", F_OK), ENOENT);
	CHECK(access("m/..", F_OK) == 0);
	CHECK(access("m/../m/upper", F_OK) == 0);
	CHECK(umount("m") == 0);
	CHECK(access("m/lower", F_OK) == 0);
	umount_small();
}

TEST(read_only)
{
	struct timespec ts[2] = {{1, 0}, {1, 0}};
	int fd;

	mount_small(0, NULL);
	put_file("m/f", "text");
	CHECK(mkdir("m/d", 0777) == 0);
	fd = open("m/f", O_RDWR);
	CHECK_ERRNO(mount("small", "m", NULL, MS_REMOUNT | MS_RDONLY, NULL), EBUSY);
	close(fd);
	CHECK(mount("small", "m", NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
	CHECK_STR(get_file("m/f"), "text");
	CHECK_ERRNO(open("m/f", O_RDWR), EROFS);
	CHECK_ERRNO(open("m/f", O_RDONLY | O_TRUNC), EROFS);
	CHECK_ERRNO(open("m/new", O_RDWR | O_CREAT, 0666), EROFS);
	CHECK_ERRNO(open("m/none", O_RDONLY), ENOENT);
	CHECK(open("m/f", O_RDONLY | O_CREAT, 0666) >= 0);
	CHECK_ERRNO(mkdir("m/e", 0777), EROFS);
	CHECK_ERRNO(mkdir("m/d", 0777), EEXIST);
	CHECK_ERRNO(rmdir("m/d"), EROFS);
	CHECK_ERRNO(unlink("m/f"), EROFS);
	CHECK_ERRNO(unlink("m/none"), EROFS);
	CHECK_ERRNO(rename("m/f", "m/g"), EROFS);
	CHECK_ERRNO(link("m/f", "m/g"), EROFS);
	CHECK_ERRNO(symlink("f", "m/g"), EROFS);
	CHECK_ERRNO(mkfifo("m/g", 0666), EROFS);
	CHECK_ERRNO(chmod("m/f", 0600), EROFS);
	CHECK_ERRNO(chown("m/f", 0, 0), EROFS);
	CHECK_ERRNO(truncate("m/f", 0), EROFS);
	CHECK_ERRNO(utimensat(AT_FDCWD, "m/f", ts, 0), EROFS);
	CHECK_ERRNO(access("m/f", W_OK), EROFS);
	CHECK(access("m/f", R_OK) == 0);
	CHECK_ERRNO(umount("m"), EBUSY);
	CHECK(umount2("m", MNT_DETACH) == 0);
	tmpdir_leave();
}

TEST(no_devices_no_exec)
{
	mount_small(MS_NODEV | MS_NOEXEC, NULL);
	CHECK(mknod("m/null", S_IFCHR | 0666, 0x103) == 0);
	CHECK_ERRNO(open("m/null", O_RDWR), EACCES);
	put_file("m/prog", "#!/bin/sh\n");
	CHECK(chmod("m/prog", 0755) == 0);
	CHECK_ERRNO(execl("m/prog", "prog", NULL), EACCES);
	CHECK_ERRNO(access("m/prog", X_OK), EACCES);
	umount_small();
}

TEST(nothing_is_mounted_onto_what_is_gone)
{
	mount_small(0, NULL);
	CHECK(chdir("m") == 0 && mkdir("d", 0777) == 0 && chdir("d") == 0 && rmdir("../d") == 0);
	CHECK_ERRNO(mount("x", ".", "tmpfs", 0, NULL), ENOENT);
	CHECK(chdir("..") == 0 && mkdir("d", 0777) == 0);
	CHECK(umount2("../m", MNT_DETACH) == 0);
	CHECK_ERRNO(mount("x", "d", "tmpfs", 0, NULL), EINVAL);
	CHECK_ERRNO(umount2(".", MNT_DETACH), EINVAL);
	CHECK(chdir(tmpdir_path) == 0);
	tmpdir_leave();
}
