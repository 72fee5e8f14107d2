/*
 * Names in directories: mkdir, rmdir, unlink, link, rename, mknod, and reading them.
 */
#include "tmpdir.h"
#include <dirent.h>
#include <sys/syscall.h>

#ifndef RENAME_NOREPLACE
#	define RENAME_NOREPLACE 1
#	define RENAME_EXCHANGE	 2
#endif

static int nlink_of(const char *name)
{
	struct stat st;

	CHECK(lstat(name, &st) == 0);
	return st.st_nlink;
}

TEST(making_and_removing)
{
	tmpdir_enter();
	CHECK(mkdir("d", 0777) == 0);
	CHECK_EQ(nlink_of("d"), 2);
	CHECK(mkdir("d/e/", 0777) == 0);
	CHECK_EQ(nlink_of("d"), 3);
	CHECK_ERRNO(mkdir("d", 0777), EEXIST);
	CHECK_ERRNO(mkdir("d/.", 0777), EEXIST);
	CHECK_ERRNO(mkdir("/", 0777), EEXIST);
	CHECK_ERRNO(mkdir("none/x", 0777), ENOENT);
	CHECK_ERRNO(rmdir("d"), ENOTEMPTY);
	CHECK_ERRNO(rmdir("d/e/."), EINVAL);
	CHECK_ERRNO(rmdir("d/e/.."), ENOTEMPTY);
	CHECK_ERRNO(rmdir("/"), EBUSY);
	CHECK_ERRNO(unlink("d"), EISDIR);
	CHECK_ERRNO(unlink("d/"), EISDIR);
	CHECK(rmdir("d/e") == 0);
	CHECK_EQ(nlink_of("d"), 2);
	put_file("f", "x");
	CHECK_ERRNO(rmdir("f"), ENOTDIR);
	CHECK_ERRNO(unlink("f/"), ENOTDIR);
	CHECK_ERRNO(unlink("none"), ENOENT);
	CHECK_ERRNO(rmdir("none"), ENOENT);
	CHECK_ERRNO(unlinkat(AT_FDCWD, "d", 0), EISDIR);
	CHECK(unlinkat(AT_FDCWD, "d", AT_REMOVEDIR) == 0);
	CHECK_ERRNO(unlinkat(AT_FDCWD, "f", 1), EINVAL);
	CHECK(unlink("f") == 0);
	tmpdir_leave();
}

TEST(unlinked_but_open)
{
	struct stat st;
	char buf[8];
	int fd;

	tmpdir_enter();
	put_file("f", "still");
	fd = open("f", O_RDWR);
	CHECK(unlink("f") == 0);
	CHECK_ERRNO(access("f", F_OK), ENOENT);
	CHECK_EQ(read(fd, buf, 8), 5);
	CHECK(fstat(fd, &st) == 0);
	CHECK_EQ(st.st_nlink, 0);
	put_file("f", "new");
	CHECK_EQ(pread(fd, buf, 8, 0), 5);
	tmpdir_leave();
}

TEST(hard_links)
{
	tmpdir_enter();
	put_file("f", "x");
	CHECK(mkdir("d", 0777) == 0);
	CHECK(symlink("f", "l") == 0);
	CHECK(link("f", "d/g") == 0);
	CHECK_EQ(nlink_of("f"), 2);
	put_file("d/g", "changed");
	CHECK_STR(get_file("f"), "changed");
	CHECK_ERRNO(link("f", "d/g"), EEXIST);
	CHECK_ERRNO(link("d", "e"), EPERM);
	CHECK_ERRNO(link("none", "e"), ENOENT);
	CHECK_ERRNO(link("f", "/dev/x"), EXDEV);
	CHECK_ERRNO(link("f", "e/"), ENOENT);
	CHECK(link("l", "l2") == 0); /* the link itself */
	CHECK_EQ(nlink_of("l"), 2);
	CHECK(linkat(AT_FDCWD, "l", AT_FDCWD, "f2", AT_SYMLINK_FOLLOW) == 0);
	CHECK_EQ(nlink_of("f"), 3);
	CHECK(unlink("f") == 0);
	CHECK_STR(get_file("d/g"), "changed");
	tmpdir_leave();
}

TEST(symbolic_links)
{
	tmpdir_enter();
	CHECK(symlink("anything at all", "l") == 0);
	CHECK_ERRNO(symlink("x", "l"), EEXIST);
	CHECK_ERRNO(symlink("", "m"), ENOENT);
	CHECK_ERRNO(symlink("x", ""), ENOENT);
	CHECK_ERRNO(symlink("x", "m/"), ENOENT);
	CHECK(unlink("l") == 0);
	tmpdir_leave();
}

TEST(renaming)
{
	tmpdir_enter();
	put_file("a", "a");
	put_file("b", "b");
	CHECK(mkdir("d", 0777) == 0);
	CHECK(mkdir("e", 0777) == 0);
	CHECK(mkdir("d/sub", 0777) == 0);
	CHECK(rename("a", "b") == 0);
	CHECK_STR(get_file("b"), "a");
	CHECK_ERRNO(access("a", F_OK), ENOENT);
	CHECK(rename("b", "d/b") == 0);
	CHECK_STR(get_file("d/b"), "a");
	CHECK(rename("d/b", "d/b") == 0);
	CHECK_ERRNO(rename("d/b", "e"), EISDIR);
	CHECK_ERRNO(rename("e", "d/b"), ENOTDIR);
	CHECK_ERRNO(rename("e", "d"), ENOTEMPTY);
	CHECK_ERRNO(rename("d", "d/sub/x"), EINVAL);
	CHECK_ERRNO(rename("d/sub", "d"), ENOTEMPTY);
	CHECK_ERRNO(rename("none", "x"), ENOENT);
	CHECK_ERRNO(rename("d/b", "none/x"), ENOENT);
	CHECK_ERRNO(rename("d/.", "x"), EBUSY);
	CHECK_ERRNO(rename("d", "."), EBUSY);
	CHECK_ERRNO(rename("d/b", "x/"), ENOTDIR);
	CHECK_ERRNO(rename("d/b", "/proc/x"), EXDEV);
	/* an empty directory may be replaced by another */
	CHECK_EQ(nlink_of("d"), 3);
	CHECK(rename("d/sub", "e") == 0);
	CHECK_EQ(nlink_of("d"), 2);
	CHECK(rename("e", "d/moved/") == 0);
	CHECK_EQ(nlink_of("d"), 3);
	/* two names of one file: nothing happens */
	CHECK(link("d/b", "hard") == 0);
	CHECK(rename("d/b", "hard") == 0);
	CHECK(access("d/b", F_OK) == 0);
	tmpdir_leave();
}

TEST(rename_flags)
{
	char cwd[128];

	tmpdir_enter();
	put_file("a", "a");
	put_file("b", "b");
	CHECK(mkdir("d", 0777) == 0);
	put_file("d/x", "x");
	CHECK_ERRNO(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", RENAME_NOREPLACE), EEXIST);
	CHECK_EQ(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "c", RENAME_NOREPLACE), 0);
	CHECK_EQ(syscall(SYS_renameat2, AT_FDCWD, "c", AT_FDCWD, "b", RENAME_EXCHANGE), 0);
	CHECK_STR(get_file("b"), "a");
	CHECK_STR(get_file("c"), "b");
	CHECK_ERRNO(syscall(SYS_renameat2, AT_FDCWD, "c", AT_FDCWD, "n", RENAME_EXCHANGE), ENOENT);
	CHECK_EQ(syscall(SYS_renameat2, AT_FDCWD, "c", AT_FDCWD, "d", RENAME_EXCHANGE), 0);
	CHECK_STR(get_file("c/x"), "x");
	CHECK_STR(get_file("d"), "b");
	CHECK_ERRNO(syscall(SYS_renameat2, AT_FDCWD, "c", AT_FDCWD, "d", 3), EINVAL);
	CHECK_ERRNO(syscall(SYS_renameat2, AT_FDCWD, "c", AT_FDCWD, "d", 64), EINVAL);
	/* the working directory moves along */
	CHECK(chdir("c") == 0);
	CHECK(rename("../c", "../moved") == 0);
	CHECK(getcwd(cwd, sizeof(cwd)) != NULL);
	CHECK_STR(strrchr(cwd, '/'), "/moved");
	tmpdir_leave();
}

TEST(nodes)
{
	struct stat st;

	tmpdir_enter();
	CHECK(mknod("f", 0644, 0) == 0);
	CHECK(stat("f", &st) == 0);
	CHECK(S_ISREG(st.st_mode));
	CHECK(mknod("p", S_IFIFO | 0644, 0) == 0);
	CHECK(mknod("s", S_IFSOCK | 0644, 0) == 0);
	CHECK_ERRNO(open("s", O_RDONLY), ENXIO);
	CHECK_ERRNO(mknod("x", S_IFDIR | 0644, 0), EPERM);
	CHECK_ERRNO(mknod("x", S_IFLNK | 0644, 0), EINVAL);
	CHECK_ERRNO(mknod("f", S_IFREG | 0644, 0), EEXIST);
	if (mknod("null", S_IFCHR | 0666, 0x103))
		SKIP("no devices here");
	CHECK_EQ(write(open("null", O_WRONLY), "x", 1), 1);
	CHECK(mknod("no", S_IFCHR | 0666, 0x4d07) == 0);
	CHECK_ERRNO(open("no", O_RDONLY), ENXIO);
	tmpdir_leave();
}

TEST(sticky_directories)
{
	tmpdir_enter();
	CHECK(mkdir("d", 0777) == 0);
	CHECK(chmod("d", 01777) == 0);
	put_file("d/f", "x");
	CHECK(chmod("d/f", 0666) == 0);
	tmpdir_as_other();
	CHECK_ERRNO(unlink("d/f"), EPERM);
	CHECK_ERRNO(rename("d/f", "d/g"), EPERM);
	put_file("d/own", "x");
	CHECK(unlink("d/own") == 0);
	tmpdir_as_root();
	tmpdir_leave();
}

static int count_entries(DIR *dir)
{
	struct dirent *e;
	int n = 0;

	while ((e = readdir(dir)))
		n++;
	return n;
}

TEST(reading)
{
	char name[32], buf[64];
	struct dirent *e;
	int i, fd, seen = 0;
	DIR *dir;

	tmpdir_enter();
	CHECK(mkdir("d", 0777) == 0);
	for (i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "d/file-%d", i);
		put_file(name, "");
	}
	CHECK(mkdir("d/sub", 0777) == 0);
	dir = opendir("d");
	CHECK(dir != NULL);
	CHECK_EQ(count_entries(dir), 303);
	rewinddir(dir);
	while ((e = readdir(dir))) {
		if (!strcmp(e->d_name, "sub"))
			CHECK_EQ(e->d_type, DT_DIR);
		if (!strcmp(e->d_name, "file-7"))
			CHECK_EQ(e->d_type, DT_REG);
		/* what is removed on the way hides nothing else */
		if (!strncmp(e->d_name, "file-", 5)) {
			snprintf(name, sizeof(name), "d/%.20s", e->d_name);
			CHECK(unlink(name) == 0);
			seen++;
		}
	}
	CHECK_EQ(seen, 300);
	rewinddir(dir);
	CHECK_EQ(count_entries(dir), 3);
	closedir(dir);
	fd = open("d", O_RDONLY);
	CHECK_ERRNO(syscall(SYS_getdents64, fd, buf, 8), EINVAL);
	CHECK_ERRNO(syscall(SYS_getdents64, fd, bad_address, 64), EFAULT);
	CHECK(syscall(SYS_getdents64, fd, buf, 64) > 0);
	CHECK_ERRNO(syscall(SYS_getdents64, 99, buf, 64), EBADF);
	put_file("f", "");
	CHECK_ERRNO(syscall(SYS_getdents64, open("f", O_RDONLY), buf, 64), ENOTDIR);
	CHECK(rmdir("d/sub") == 0);
	CHECK(rmdir("d") == 0);
	CHECK_ERRNO(syscall(SYS_getdents64, fd, buf, 64), ENOENT);
	tmpdir_leave();
}

TEST(old_getdents)
{
	struct {
		unsigned long ino, off;
		unsigned short reclen;
		char name[256];
	} * e;
	char buf[1024];
	int fd, n, pos, found = 0;

	tmpdir_enter();
	put_file("hello", "");
	fd = open(".", O_RDONLY);
	n = syscall(SYS_getdents, fd, buf, sizeof(buf));
	CHECK(n > 0);
	for (pos = 0; pos < n; pos += e->reclen) {
		e = (void *)(buf + pos);
		CHECK(e->reclen % 4 == 0);
		if (!strcmp(e->name, "hello")) {
			CHECK_EQ(buf[pos + e->reclen - 1], DT_REG);
			found = 1;
		}
	}
	CHECK(found);
	CHECK_EQ(syscall(SYS_getdents, fd, buf, sizeof(buf)), 0);
	tmpdir_leave();
}

TEST(set_group_id_directories)
{
	struct stat st;

	tmpdir_enter();
	CHECK(mkdir("d", 0777) == 0);
	if (chown("d", -1, 77))
		SKIP("not root");
	CHECK(chmod("d", 02777) == 0);
	put_file("d/f", "");
	CHECK(mkdir("d/e", 0777) == 0);
	CHECK(stat("d/f", &st) == 0);
	CHECK_EQ(st.st_gid, 77);
	CHECK(stat("d/e", &st) == 0);
	CHECK_EQ(st.st_gid, 77);
	CHECK(st.st_mode & S_ISGID);
	tmpdir_leave();
}
