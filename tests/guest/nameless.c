/*
 * What has no name, or only half of one: files made by O_TMPFILE, whiteouts, the numbers of file
 * systems without a device, a symbolic link's own descriptor; and how far one gets in files that
 * are not stored anywhere.
 */
#include "tmpdir.h"
#include <dirent.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#define WHITEOUT 4

static const char *fd_path(int fd)
{
	static char path[40];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

static int count_names(void)
{
	DIR *d = opendir(".");
	int n = 0;

	CHECK(d != NULL);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static long rename_whiteout(const char *from, const char *to, unsigned flags)
{
	return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags | WHITEOUT);
}

/* ---- O_TMPFILE ---- */

TEST(a_file_without_a_name)
{
	char buf[8], link[64] = "";
	struct stat st;
	int fd;

	tmpdir_enter();
	umask(027);
	fd = open(".", O_TMPFILE | O_RDWR, 0666);
	CHECK(fd >= 0);
	CHECK_EQ(count_names(), 0);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_nlink, 0);
	CHECK_EQ(st.st_mode, S_IFREG | 0640);
	CHECK_EQ(write(fd, "text", 4), 4);
	CHECK_EQ(pread(fd, buf, 8, 0), 4);
	CHECK(readlink(fd_path(fd), link, sizeof(link) - 1) > 0);
	CHECK(strstr(link, "/#") && strstr(link, " (deleted)"));
	CHECK_EQ(rmdir("."), -1);
	CHECK_EQ(linkat(AT_FDCWD, fd_path(fd), AT_FDCWD, "name", AT_SYMLINK_FOLLOW), 0);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_nlink, 1);
	CHECK_EQ(close(fd), 0);
	CHECK_STR(get_file("name"), "text");
	CHECK_EQ(count_names(), 1);
	tmpdir_leave();
}

TEST(only_once_and_not_if_exclusive)
{
	int fd, excl;

	tmpdir_enter();
	fd = open(".", O_TMPFILE | O_WRONLY, 0600);
	excl = open(".", O_TMPFILE | O_WRONLY | O_EXCL, 0600);
	CHECK(fd >= 0 && excl >= 0);
	CHECK_ERRNO(linkat(AT_FDCWD, fd_path(excl), AT_FDCWD, "x", AT_SYMLINK_FOLLOW), ENOENT);
	CHECK_EQ(linkat(AT_FDCWD, fd_path(fd), AT_FDCWD, "a", AT_SYMLINK_FOLLOW), 0);
	CHECK_EQ(link("a", "b"), 0);
	CHECK_EQ(unlink("a"), 0);
	CHECK_EQ(unlink("b"), 0);
	/* as any file whose last name has gone */
	CHECK_ERRNO(linkat(AT_FDCWD, fd_path(fd), AT_FDCWD, "c", AT_SYMLINK_FOLLOW), ENOENT);
	tmpdir_leave();
}

TEST(what_a_nameless_file_needs)
{
	struct statfs before, open_, after;
	int fd;

	tmpdir_enter();
	CHECK_EQ(mkdir("d", 0755), 0);
	put_file("f", "");
	CHECK_ERRNO(open("f", O_TMPFILE | O_RDWR, 0600), ENOTDIR);
	CHECK_ERRNO(open("none", O_TMPFILE | O_RDWR, 0600), ENOENT);
	CHECK_ERRNO(open("d", O_TMPFILE | O_RDONLY, 0600), EINVAL);
	CHECK_ERRNO(open("d", O_TMPFILE | O_RDWR | O_CREAT, 0600), EINVAL);
	CHECK_ERRNO(open("/proc", O_TMPFILE | O_RDWR, 0600), EOPNOTSUPP);
	if (!geteuid()) {
		tmpdir_as_other();
		CHECK_ERRNO(open("d", O_TMPFILE | O_RDWR, 0600), EACCES);
		tmpdir_as_root();
	}
	CHECK_EQ(statfs(".", &before), 0);
	fd = open("d", O_TMPFILE | O_RDWR, 0);
	CHECK(fd >= 0); /* rights are not asked for */
	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK_EQ(statfs(".", &open_), 0);
	CHECK_EQ(rmdir("d"), 0);
	CHECK_EQ(close(fd), 0);
	CHECK_EQ(statfs(".", &after), 0);
	if (before.f_files)
		CHECK(open_.f_ffree == before.f_ffree - 1 && after.f_ffree == before.f_ffree + 1);
	tmpdir_leave();
}

/* ---- RENAME_WHITEOUT ---- */

static void check_whiteout(const char *name)
{
	struct stat st;

	CHECK_EQ(lstat(name, &st), 0);
	CHECK_EQ(st.st_mode, S_IFCHR);
	CHECK_EQ(st.st_rdev, 0);
	CHECK_EQ(st.st_nlink, 1);
}

TEST(what_moves_away_leaves_a_whiteout)
{
	tmpdir_enter();
	put_file("a", "A");
	put_file("b", "B");
	CHECK_EQ(mkdir("d", 0755), 0);
	CHECK_EQ(rename_whiteout("a", "c", 0), 0);
	check_whiteout("a");
	CHECK_STR(get_file("c"), "A");
	CHECK_EQ(rename_whiteout("c", "b", 0), 0);
	check_whiteout("c");
	CHECK_STR(get_file("b"), "A");
	CHECK_EQ(rename_whiteout("d", "e", 1), 0);
	check_whiteout("d");
	CHECK_EQ(rename_whiteout("b", "e/b", 0), 0);
	check_whiteout("b");
	CHECK_EQ(count_names(), 5); /* a b c d e */
	CHECK_ERRNO(rename_whiteout("none", "x", 0), ENOENT);
	CHECK_ERRNO(rename_whiteout("a", "b", 1), EEXIST);
	CHECK_ERRNO(rename_whiteout("a", "b", 2), EINVAL);
	CHECK_EQ(unlink("a"), 0);
	CHECK_EQ(rename("e/b", "a"), 0);
	CHECK_STR(get_file("a"), "A");
	tmpdir_leave();
}

/* ---- numbers of file systems without a device ---- */

#define MOUNTS 300

TEST(each_mount_has_a_number_of_its_own)
{
	static dev_t dev[MOUNTS];
	struct stat st;
	char name[16];
	int i, j;

	tmpdir_enter();
	for (i = 0; i < MOUNTS; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		CHECK_EQ(mkdir(name, 0755), 0);
		if (mount("numbers", name, "tmpfs", 0, "nr_inodes=5")) {
			CHECK_EQ(errno, EPERM);
			SKIP("not root");
		}
		CHECK_EQ(stat(name, &st), 0);
		dev[i] = st.st_dev;
		CHECK(dev[i] && !major(dev[i]));
		for (j = 0; j < i; j++)
			CHECK(dev[j] != dev[i]);
	}
	CHECK_EQ(umount("m290"), 0);
	CHECK_EQ(mount("again", "m290", "tmpfs", 0, ""), 0);
	CHECK_EQ(stat("m290", &st), 0);
	CHECK_EQ(st.st_dev, dev[290]); /* the lowest that is free */
	for (i = 0; i < MOUNTS; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		CHECK_EQ(umount(name), 0);
	}
	tmpdir_leave();
}

/* ---- a symbolic link's descriptor ---- */

TEST(the_mode_of_a_symbolic_link_stays)
{
	struct stat st;
	int fd;

	tmpdir_enter();
	put_file("f", "");
	CHECK_EQ(symlink("f", "l"), 0);
	fd = open("l", O_PATH | O_NOFOLLOW);
	CHECK(fd >= 0);
	CHECK_ERRNO(chmod(fd_path(fd), 0700), EOPNOTSUPP);
	CHECK_EQ(lstat("l", &st), 0);
	CHECK_EQ(st.st_mode, S_IFLNK | 0777);
	tmpdir_leave();
}

/* ---- how far one gets ---- */

TEST(what_is_not_stored_ends_at_two_gigabytes)
{
	const char *files[] = {"/proc/self/auxv",
			       "/proc/self/cmdline",
			       "/proc/self/environ",
			       "/proc",
			       "/proc/self/task",
			       "/sys",
			       "/sys/devices/system/cpu/online"};
	const long long beyond[] = {1LL << 31, 1LL << 32, 1LL << 40, 1LL << 43, (1LL << 44) - 1};
	unsigned i, j;

	for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
		int fd = open(files[i], O_RDONLY);

		CHECK(fd >= 0);
		CHECK_EQ(lseek64(fd, 0x7fffffff, SEEK_SET), 0x7fffffff);
		for (j = 0; j < sizeof(beyond) / sizeof(*beyond); j++) {
			CHECK_ERRNO(lseek64(fd, beyond[j], SEEK_SET), EINVAL);
			CHECK_ERRNO(lseek64(fd, beyond[j] - 0x7fffffff, SEEK_CUR), EINVAL);
		}
		CHECK_EQ(lseek64(fd, 0, SEEK_CUR), 0x7fffffff);
		close(fd);
	}
}
