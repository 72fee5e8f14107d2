/*
 * stat in its layouts, times, owners and modes, statfs.
 */
#include "tmpdir.h"
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <utime.h>

TEST(fields)
{
	struct stat st, l;

	tmpdir_enter();
	put_file("f", "12345");
	CHECK(chmod("f", 04751) == 0);
	CHECK(stat("f", &st) == 0);
	CHECK_EQ(st.st_mode, S_IFREG | 04751);
	CHECK_EQ(st.st_size, 5);
	CHECK_EQ(st.st_nlink, 1);
	CHECK_EQ(st.st_blksize, 4096);
	CHECK_EQ(st.st_blocks, 8);
	CHECK_EQ(st.st_uid, geteuid());
	CHECK(st.st_ino != 0);
	CHECK(symlink("f", "l") == 0);
	CHECK(lstat("l", &l) == 0);
	CHECK_EQ(l.st_mode, S_IFLNK | 0777);
	CHECK_EQ(l.st_size, 1);
	CHECK(stat("l", &l) == 0);
	CHECK_EQ(l.st_ino, st.st_ino);
	CHECK(stat("/dev/null", &st) == 0);
	CHECK(S_ISCHR(st.st_mode));
	CHECK_EQ(st.st_rdev, makedev(1, 3));
	CHECK_ERRNO(stat("none", &st), ENOENT);
	CHECK_ERRNO(syscall(SYS_stat64, "f", bad_address), EFAULT);
	CHECK_ERRNO(fstat(99, &st), EBADF);
	tmpdir_leave();
}

TEST(at_flags)
{
	struct stat st;
	int fd, d;

	tmpdir_enter();
	put_file("f", "123");
	CHECK(symlink("f", "l") == 0);
	d = open(".", O_RDONLY);
	fd = open("f", O_RDONLY);
	CHECK(fstatat(d, "l", &st, AT_SYMLINK_NOFOLLOW) == 0);
	CHECK(S_ISLNK(st.st_mode));
	CHECK(fstatat(fd, "", &st, AT_EMPTY_PATH) == 0);
	CHECK_EQ(st.st_size, 3);
	CHECK(fstatat(AT_FDCWD, "", &st, AT_EMPTY_PATH) == 0);
	CHECK(S_ISDIR(st.st_mode));
	CHECK_ERRNO(fstatat(fd, "", &st, 0), ENOENT);
	CHECK_ERRNO(fstatat(d, "f", &st, 0x8000), EINVAL);
	CHECK_ERRNO(fstatat(fd, "x", &st, 0), ENOTDIR);
	tmpdir_leave();
}

TEST(statx_fields)
{
	struct statx stx;

	tmpdir_enter();
	put_file("f", "123");
	CHECK(statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS, &stx) == 0);
	CHECK_EQ(stx.stx_mask & STATX_BASIC_STATS, STATX_BASIC_STATS);
	CHECK_EQ(stx.stx_size, 3);
	CHECK_EQ(stx.stx_mode, S_IFREG | 0644);
	CHECK_ERRNO(statx(AT_FDCWD, "f", 0, 0x80000000, &stx), EINVAL);
	CHECK_ERRNO(statx(AT_FDCWD, "f", 0x6000, 0, &stx), EINVAL);
	CHECK_ERRNO(statx(AT_FDCWD, "f", 0x80000, 0, &stx), EINVAL);
	tmpdir_leave();
}

TEST(old_layouts)
{
	struct {
		unsigned long dev, ino;
		unsigned short mode, nlink, uid, gid;
		unsigned long rdev, size, blksize, blocks, times[6], unused[2];
	} st;

	tmpdir_enter();
	put_file("f", "1234567");
	CHECK_EQ(syscall(SYS_stat, "f", &st), 0);
	CHECK_EQ(st.size, 7);
	CHECK_EQ(st.mode, S_IFREG | 0644);
	CHECK_EQ(st.nlink, 1);
	CHECK_EQ(syscall(SYS_lstat, "f", &st), 0);
	CHECK_EQ(syscall(SYS_fstat, open("f", O_RDONLY), &st), 0);
	CHECK_EQ(st.blksize, 4096);
	tmpdir_leave();
}

TEST(setting_times)
{
	struct timespec ts[2] = {{1000000000, 123}, {-5, 999999999}};
	struct utimbuf ub = {11, 22};
	struct stat st;
	time_t now = time(NULL);

	tmpdir_enter();
	put_file("f", "x");
	CHECK(utimensat(AT_FDCWD, "f", ts, 0) == 0);
	CHECK(stat("f", &st) == 0);
	CHECK_EQ(st.st_atim.tv_sec, 1000000000);
	CHECK_EQ(st.st_atim.tv_nsec, 123);
	CHECK_EQ(st.st_mtim.tv_sec, -5);
	CHECK(st.st_ctim.tv_sec >= now - 1);
	ts[0].tv_nsec = UTIME_OMIT;
	ts[1].tv_nsec = UTIME_NOW;
	CHECK(utimensat(AT_FDCWD, "f", ts, 0) == 0);
	CHECK(stat("f", &st) == 0);
	CHECK_EQ(st.st_atim.tv_sec, 1000000000);
	CHECK(st.st_mtim.tv_sec >= now - 1);
	ts[1].tv_nsec = 1000000000;
	CHECK_ERRNO(utimensat(AT_FDCWD, "f", ts, 0), EINVAL);
	CHECK(utime("f", &ub) == 0);
	CHECK(stat("f", &st) == 0);
	CHECK_EQ(st.st_atime, 11);
	CHECK_EQ(st.st_mtime, 22);
	CHECK(futimens(open("f", O_RDONLY), NULL) == 0);
	CHECK(stat("f", &st) == 0);
	CHECK(st.st_mtime >= now - 1);
	CHECK_ERRNO(utimensat(AT_FDCWD, "none", NULL, 0), ENOENT);
	tmpdir_leave();
}

TEST(writes_move_times)
{
	struct timespec ts[2] = {{100, 0}, {100, 0}};
	struct stat st;
	int fd;

	tmpdir_enter();
	put_file("f", "x");
	fd = open("f", O_RDWR);
	CHECK(futimens(fd, ts) == 0);
	CHECK_EQ(write(fd, "y", 1), 1);
	CHECK(fstat(fd, &st) == 0);
	CHECK(st.st_mtime > 1000);
	CHECK_EQ(st.st_atime, 100);
	CHECK(mkdir("d", 0777) == 0);
	CHECK(utimensat(AT_FDCWD, "d", ts, 0) == 0);
	put_file("d/x", "");
	CHECK(stat("d", &st) == 0);
	CHECK(st.st_mtime > 1000);
	tmpdir_leave();
}

TEST(modes_and_owners)
{
	struct stat st;
	int fd;

	tmpdir_enter();
	put_file("f", "x");
	fd = open("f", O_RDWR);
	CHECK(fchmod(fd, 0123456) == 0);
	CHECK(fstat(fd, &st) == 0);
	CHECK_EQ(st.st_mode, S_IFREG | 03456);
	CHECK(chmod("f", 06755) == 0);
	if (chown("f", 1000, 100000))
		SKIP("not root");
	CHECK(stat("f", &st) == 0);
	CHECK_EQ(st.st_uid, 1000);
	CHECK_EQ(st.st_gid, 100000);
	CHECK_EQ(st.st_mode, S_IFREG | 0755); /* the set-id bits are gone */
	CHECK(fchown(fd, -1, 5) == 0);
	CHECK(stat("f", &st) == 0);
	CHECK_EQ(st.st_uid, 1000);
	CHECK_EQ(st.st_gid, 5);
	CHECK(symlink("f", "l") == 0);
	CHECK(lchown("l", 7, 7) == 0);
	CHECK(lstat("l", &st) == 0);
	CHECK_EQ(st.st_uid, 7);
	CHECK_ERRNO(fchmodat(AT_FDCWD, "none", 0, 0), ENOENT);
	CHECK_ERRNO(fchown(99, 0, 0), EBADF);
	tmpdir_leave();
}

TEST(access_rights)
{
	tmpdir_enter();
	put_file("f", "x");
	CHECK(chmod("f", 0600) == 0);
	CHECK(access("f", R_OK | W_OK) == 0);
	CHECK_ERRNO(access("f", X_OK), EACCES); /* not even root, if nobody may */
	CHECK_ERRNO(access("f", 8), EINVAL);
	CHECK_ERRNO(access("none", F_OK), ENOENT);
	CHECK(access(".", X_OK) == 0);
	tmpdir_leave();
}

TEST(statfs_fields)
{
	struct statfs sf;

	CHECK(statfs("/proc", &sf) == 0);
	CHECK_EQ(sf.f_type, 0x9fa0);
	CHECK(statfs("/tmp", &sf) == 0);
	CHECK_EQ(sf.f_bsize, 4096);
	CHECK_EQ(sf.f_namelen, 255);
	CHECK_ERRNO(statfs("/none", &sf), ENOENT);
	CHECK_ERRNO(syscall(SYS_statfs64, "/tmp", 83, &sf), EINVAL);
	CHECK_ERRNO(fstatfs(99, &sf), EBADF);
}
