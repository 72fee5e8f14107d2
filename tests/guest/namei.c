/*
 * Paths: components, dots, slashes, links, long names, the working directory and the root.
 */
#include "tmpdir.h"
#include <limits.h>

TEST(dots_and_slashes)
{
	tmpdir_enter();
	CHECK(mkdir("d", 0777) == 0);
	CHECK(mkdir("d/e", 0777) == 0);
	put_file("d/e/f", "x");
	CHECK(access("d/./e/../e/f", F_OK) == 0);
	CHECK(access("d//e///f", F_OK) == 0);
	CHECK(access("d/e/../../d/e/f", F_OK) == 0);
	CHECK(access("./d/e/f", F_OK) == 0);
	CHECK(access("d/e/", F_OK) == 0);
	CHECK(access("/../../tmp", F_OK) == 0);
	CHECK_ERRNO(access("d/e/f/", F_OK), ENOTDIR);
	CHECK_ERRNO(access("d/e/f/..", F_OK), ENOTDIR);
	CHECK_ERRNO(access("d/none/../e", F_OK), ENOENT);
	CHECK_ERRNO(access("d/e/f/g", F_OK), ENOTDIR);
	CHECK_ERRNO(access("", F_OK), ENOENT);
	tmpdir_leave();
}

TEST(long_names)
{
	char name[PATH_MAX + 16];

	tmpdir_enter();
	memset(name, 'n', sizeof(name));
	name[255] = 0;
	CHECK(mkdir(name, 0777) == 0);
	CHECK(rmdir(name) == 0);
	name[255] = 'n';
	name[256] = 0;
	CHECK_ERRNO(mkdir(name, 0777), ENAMETOOLONG);
	CHECK_ERRNO(access(name, F_OK), ENAMETOOLONG);
	CHECK_ERRNO(open(name, O_CREAT | O_RDWR, 0666), ENAMETOOLONG);
	/* PATH_MAX counts the terminator */
	memset(name, '/', sizeof(name));
	name[PATH_MAX - 1] = 0;
	CHECK(access(name, F_OK) == 0);
	name[PATH_MAX - 1] = '/';
	name[PATH_MAX] = 0;
	CHECK_ERRNO(access(name, F_OK), ENAMETOOLONG);
	tmpdir_leave();
}

TEST(link_chains)
{
	char from[16], to[16];
	int i;

	tmpdir_enter();
	put_file("l0", "end");
	for (i = 1; i <= 41; i++) {
		snprintf(from, sizeof(from), "l%d", i - 1);
		snprintf(to, sizeof(to), "l%d", i);
		CHECK(symlink(from, to) == 0);
	}
	CHECK_STR(get_file("l40"), "end");
	CHECK_ERRNO(open("l41", O_RDONLY), ELOOP);
	tmpdir_leave();
}

TEST(links_in_the_middle)
{
	char buf[64], abs[128];

	tmpdir_enter();
	CHECK(mkdir("real", 0777) == 0);
	CHECK(mkdir("real/sub", 0777) == 0);
	put_file("real/f", "text");
	CHECK(symlink("real", "rel") == 0);
	CHECK(symlink("real/", "slash") == 0);
	CHECK(symlink("real/sub", "deep") == 0);
	snprintf(abs, sizeof(abs), "%s/real", tmpdir_path);
	CHECK(symlink(abs, "abs") == 0);
	CHECK_STR(get_file("rel/f"), "text");
	CHECK_STR(get_file("slash/f"), "text");
	CHECK_STR(get_file("abs/f"), "text");
	CHECK_STR(get_file("deep/../f"), "text");
	CHECK_STR(get_file("rel/../abs/sub/../f"), "text");
	CHECK_EQ(readlink("rel", buf, sizeof(buf)), 4);
	CHECK(!memcmp(buf, "real", 4));
	CHECK_EQ(readlink("rel", buf, 2), 2);
	CHECK_ERRNO(readlink("rel/", buf, sizeof(buf)), EINVAL);
	CHECK_ERRNO(readlink("real", buf, sizeof(buf)), EINVAL);
	CHECK_ERRNO(readlink("none", buf, sizeof(buf)), ENOENT);
	CHECK_ERRNO(readlink("rel", buf, 0), EINVAL);
	CHECK_ERRNO(readlink("rel", bad_address, 64), EFAULT);
	tmpdir_leave();
}

TEST(working_directory)
{
	char buf[256], want[256];
	int fd;

	tmpdir_enter();
	CHECK_STR(getcwd(buf, sizeof(buf)), tmpdir_path);
	CHECK(mkdir("d", 0777) == 0);
	CHECK(chdir("d") == 0);
	snprintf(want, sizeof(want), "%s/d", tmpdir_path);
	CHECK_STR(getcwd(buf, sizeof(buf)), want);
	errno = 0;
	CHECK(getcwd(buf, 4) == NULL && errno == ERANGE);
	CHECK_ERRNO(chdir("none"), ENOENT);
	put_file("f", "x");
	CHECK_ERRNO(chdir("f"), ENOTDIR);
	fd = open("..", O_RDONLY);
	CHECK(fchdir(fd) == 0);
	CHECK_STR(getcwd(buf, sizeof(buf)), tmpdir_path);
	fd = open("d/f", O_RDONLY);
	CHECK_ERRNO(fchdir(fd), ENOTDIR);
	CHECK_ERRNO(fchdir(99), EBADF);
	tmpdir_leave();
}

TEST(removed_directory)
{
	char buf[256];

	tmpdir_enter();
	CHECK(mkdir("d", 0777) == 0);
	CHECK(chdir("d") == 0);
	CHECK(rmdir("../d") == 0);
	errno = 0;
	CHECK(getcwd(buf, sizeof(buf)) == NULL && errno == ENOENT);
	CHECK_ERRNO(open("f", O_CREAT | O_RDWR, 0666), ENOENT);
	CHECK_ERRNO(mkdir("e", 0777), ENOENT);
	CHECK(access(".", F_OK) == 0);
	CHECK(chdir("..") == 0);
	CHECK_STR(getcwd(buf, sizeof(buf)), tmpdir_path);
	tmpdir_leave();
}

TEST(other_root)
{
	char buf[256];
	pid_t pid;

	tmpdir_enter();
	CHECK(mkdir("root", 0777) == 0);
	put_file("root/f", "inside");
	CHECK(symlink("/f", "root/l") == 0);
	pid = fork();
	if (!pid) {
		if (chroot("root"))
			_exit(errno == EPERM ? 0 : 1);
		CHECK(chdir("/") == 0);
		CHECK_STR(get_file("/l"), "inside");
		CHECK_STR(get_file("/../../../f"), "inside");
		CHECK_STR(getcwd(buf, sizeof(buf)), "/");
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_ERRNO(chroot("none"), ENOENT);
	CHECK_ERRNO(chroot("root/f"), ENOTDIR);
	tmpdir_leave();
}

TEST(search_permission)
{
	tmpdir_enter();
	CHECK(mkdir("d", 0755) == 0);
	CHECK(mkdir("d/e", 0777) == 0);
	put_file("d/f", "x");
	CHECK(chmod("d", 0644) == 0);
	CHECK(chmod(".", 0755) == 0);
	tmpdir_as_other();
	CHECK_ERRNO(access("d/f", F_OK), EACCES);
	CHECK_ERRNO(chdir("d"), EACCES);
	CHECK_ERRNO(access("d/e/none", F_OK), EACCES);
	CHECK(access("d", R_OK) == 0);
	CHECK_ERRNO(access("d", X_OK), EACCES);
	tmpdir_as_root();
	tmpdir_leave();
}
