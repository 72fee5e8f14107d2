/*
 * open(2): flags, what may be opened how, and what a descriptor then allows.
 */
#include "tmpdir.h"
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

TEST(creates_with_umask)
{
	struct stat st;
	int fd;

	tmpdir_enter();
	umask(027);
	fd = open("a", O_CREAT | O_RDWR, 0666);
	CHECK(fd >= 0);
	CHECK(fstat(fd, &st) == 0);
	CHECK_EQ(st.st_mode, S_IFREG | 0640);
	CHECK_EQ(st.st_size, 0);
	CHECK_EQ(st.st_nlink, 1);
	CHECK_ERRNO(open("a", O_CREAT | O_EXCL | O_RDWR, 0666), EEXIST);
	CHECK(open("a", O_CREAT, 0666) >= 0);
	/* a new file may be written even if its mode says no */
	fd = open("b", O_CREAT | O_WRONLY, 0);
	CHECK(fd >= 0);
	CHECK_EQ(write(fd, "x", 1), 1);
	tmpdir_leave();
}

TEST(missing_names)
{
	tmpdir_enter();
	CHECK_ERRNO(open("none", O_RDONLY), ENOENT);
	CHECK_ERRNO(open("", O_RDONLY), ENOENT);
	CHECK_ERRNO(open("none/x", O_CREAT | O_RDWR, 0666), ENOENT);
	CHECK_ERRNO(open("none/", O_CREAT | O_RDWR, 0666), EISDIR);
	CHECK_ERRNO(open(bad_address, O_RDONLY), EFAULT);
	CHECK_ERRNO(open((char *)0xc0100000, O_RDONLY), EFAULT);
	put_file("f", "x");
	CHECK_ERRNO(open("f/x", O_RDONLY), ENOTDIR);
	CHECK_ERRNO(open("f/", O_RDONLY), ENOTDIR);
	CHECK_ERRNO(open("f/", O_CREAT | O_RDWR, 0666), EISDIR);
	CHECK_ERRNO(openat(99, "f", O_RDONLY), EBADF);
	CHECK_ERRNO(openat(0x7fffffff, "f", O_RDONLY), EBADF);
	tmpdir_leave();
}

TEST(directories)
{
	int fd;
	char c;

	tmpdir_enter();
	CHECK(mkdir("d", 0777) == 0);
	put_file("f", "x");
	CHECK_ERRNO(open("d", O_WRONLY), EISDIR);
	CHECK_ERRNO(open("d", O_RDWR), EISDIR);
	CHECK_ERRNO(open("d", O_RDONLY | O_CREAT, 0666), EISDIR);
	CHECK_ERRNO(open("d", O_RDONLY | O_TRUNC), EISDIR);
	CHECK_ERRNO(open(".", O_RDONLY | O_CREAT, 0666), EISDIR);
	CHECK_ERRNO(open("/", O_RDONLY | O_CREAT, 0666), EISDIR);
	CHECK_ERRNO(open("d", O_CREAT | O_EXCL, 0666), EEXIST);
	CHECK_ERRNO(open("f", O_RDONLY | O_DIRECTORY), ENOTDIR);
	fd = open("d", O_RDONLY | O_DIRECTORY);
	CHECK(fd >= 0);
	CHECK_ERRNO(read(fd, &c, 1), EISDIR);
	CHECK_ERRNO(write(fd, &c, 1), EBADF);
	CHECK_EQ(openat(fd, "../f", O_RDONLY), fd + 1);
	CHECK_ERRNO(openat(fd + 1, "x", O_RDONLY), ENOTDIR);
	CHECK(openat(fd + 1, "/", O_RDONLY) >= 0);
	tmpdir_leave();
}

TEST(truncates_and_appends)
{
	int fd, fd2;

	tmpdir_enter();
	put_file("f", "hello");
	fd = open("f", O_RDONLY | O_TRUNC);
	CHECK(fd >= 0);
	CHECK_STR(get_file("f"), "");
	put_file("f", "one");
	fd = open("f", O_WRONLY | O_APPEND);
	fd2 = open("f", O_WRONLY | O_APPEND);
	CHECK_EQ(write(fd, "two", 3), 3);
	CHECK_EQ(write(fd2, "three", 5), 5);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_EQ(write(fd, "!", 1), 1);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 12);
	CHECK_STR(get_file("f"), "onetwothree!");
	tmpdir_leave();
}

TEST(modes_of_descriptors)
{
	char c;
	int fd;

	tmpdir_enter();
	put_file("f", "abc");
	fd = open("f", O_WRONLY);
	CHECK_ERRNO(read(fd, &c, 1), EBADF);
	fd = open("f", O_RDONLY);
	CHECK_ERRNO(write(fd, "x", 1), EBADF);
	fd = open("f", O_ACCMODE); /* neither: for ioctl only */
	CHECK(fd >= 0);
	CHECK_ERRNO(read(fd, &c, 1), EBADF);
	CHECK_ERRNO(write(fd, &c, 1), EBADF);
	CHECK_ERRNO(read(99, &c, 1), EBADF);
	CHECK_ERRNO(read(-1, &c, 1), EBADF);
	CHECK_ERRNO(close(-1), EBADF);
	CHECK(close(fd) == 0);
	CHECK_ERRNO(close(fd), EBADF);
	tmpdir_leave();
}

TEST(o_path)
{
	struct stat st;
	char c;
	int fd, d;

	tmpdir_enter();
	put_file("f", "abc");
	CHECK(symlink("f", "l") == 0);
	CHECK(mkdir("d", 0777) == 0);
	fd = open("f", O_PATH);
	CHECK(fd >= 0);
	CHECK_ERRNO(read(fd, &c, 1), EBADF);
	CHECK_ERRNO(lseek(fd, 0, SEEK_SET), EBADF);
	CHECK_ERRNO(fchmod(fd, 0600), EBADF);
	CHECK_ERRNO(ioctl(fd, 0, 0), EBADF);
	CHECK(fstat(fd, &st) == 0);
	CHECK_EQ(st.st_size, 3);
	CHECK_EQ(fcntl(fd, F_GETFL), O_PATH);
	fd = open("l", O_PATH | O_NOFOLLOW);
	CHECK(fd >= 0);
	CHECK(fstat(fd, &st) == 0);
	CHECK(S_ISLNK(st.st_mode));
	d = open("d", O_PATH);
	CHECK(openat(d, "../f", O_RDONLY) >= 0);
	CHECK(fchdir(d) == 0);
	CHECK(access("../f", F_OK) == 0);
	CHECK_ERRNO(open("../f", O_PATH | O_DIRECTORY), ENOTDIR);
	tmpdir_leave();
}

TEST(symlinks)
{
	tmpdir_enter();
	put_file("f", "text");
	CHECK(symlink("f", "l") == 0);
	CHECK(symlink("gone", "dangling") == 0);
	CHECK(symlink("loop", "loop") == 0);
	CHECK_STR(get_file("l"), "text");
	CHECK_ERRNO(open("l", O_RDONLY | O_NOFOLLOW), ELOOP);
	CHECK_ERRNO(open("l", O_RDONLY | O_NOFOLLOW | O_DIRECTORY), ENOTDIR);
	CHECK_ERRNO(open("l", O_RDONLY | O_CREAT | O_EXCL, 0666), EEXIST);
	CHECK_ERRNO(open("dangling", O_RDONLY), ENOENT);
	CHECK_ERRNO(open("dangling", O_RDWR | O_CREAT | O_EXCL, 0666), EEXIST);
	CHECK_ERRNO(open("loop", O_RDONLY), ELOOP);
	CHECK_ERRNO(open("loop", O_RDWR | O_CREAT, 0666), ELOOP);
	/* creating through a dangling link makes its target */
	CHECK(open("dangling", O_RDWR | O_CREAT, 0666) >= 0);
	CHECK(access("gone", F_OK) == 0);
	tmpdir_leave();
}

TEST(busy_text)
{
	pid_t pid;
	int fd;

	tmpdir_enter();
	put_file("prog", "#!/nonexistent\n");
	CHECK(chmod("prog", 0755) == 0);
	fd = open("prog", O_WRONLY);
	CHECK(fd >= 0);
	pid = fork();
	if (!pid) {
		CHECK_ERRNO(execl("prog", "prog", NULL), ETXTBSY);
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK(open("/proc/self/exe", O_WRONLY) == -1);
	CHECK(errno == ETXTBSY || errno == EROFS);
	tmpdir_leave();
}

TEST(lowest_number_and_limit)
{
	struct rlimit rl = {20, 20};
	int a, b, i;

	closefrom(3);
	a = dup(0);
	b = dup(0);
	CHECK(b == a + 1);
	CHECK(close(a) == 0);
	CHECK_EQ(dup(0), a);
	CHECK(setrlimit(RLIMIT_NOFILE, &rl) == 0);
	for (i = b + 1; i < 20; i++)
		CHECK_EQ(open("/dev/null", O_RDONLY), i);
	CHECK_ERRNO(open("/dev/null", O_RDONLY), EMFILE);
	CHECK_ERRNO(dup(0), EMFILE);
	CHECK_ERRNO(dup2(0, 20), EBADF);
	CHECK(close(7) == 0);
	CHECK_EQ(open("/dev/null", O_RDONLY), 7);
}

TEST(permissions_of_others)
{
	tmpdir_enter();
	put_file("root-only", "x");
	CHECK(chmod("root-only", 0600) == 0);
	CHECK(mkdir("closed", 0700) == 0);
	put_file("closed/f", "x");
	CHECK(chmod(".", 0755) == 0);
	tmpdir_as_other();
	CHECK_ERRNO(open("root-only", O_RDONLY), EACCES);
	CHECK_ERRNO(open("closed/f", O_RDONLY), EACCES);
	CHECK_ERRNO(open("new", O_CREAT | O_RDWR, 0666), EACCES);
	CHECK_ERRNO(unlink("root-only"), EACCES);
	CHECK_ERRNO(chmod("root-only", 0666), EPERM);
	CHECK_ERRNO(chown("root-only", 1000, -1), EPERM);
	CHECK_ERRNO(access("root-only", R_OK), EACCES);
	CHECK_ERRNO(mknod("/tmp/dev", S_IFCHR | 0666, 0x103), EPERM);
	tmpdir_as_root();
	tmpdir_leave();
}

TEST(tmpfile_and_bits)
{
	int fd;

	tmpdir_enter();
	CHECK_ERRNO(open("/tmp", O_TMPFILE | O_RDONLY, 0600), EINVAL);
	fd = open("/dev/null", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	CHECK(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK | O_CLOEXEC), O_RDWR | O_NONBLOCK);
	/* O_LARGEFILE is seen exactly as given */
	fd = syscall(SYS_open, "/dev/null", O_RDONLY);
	CHECK_EQ(syscall(SYS_fcntl64, fd, F_GETFL, 0), 0);
	tmpdir_leave();
}

TEST(devices)
{
	char buf[64];
	int fd;

	memset(buf, 1, sizeof(buf));
	fd = open("/dev/null", O_RDWR);
	CHECK_EQ(read(fd, buf, 10), 0);
	CHECK_EQ(write(fd, buf, 64), 64);
	fd = open("/dev/zero", O_RDWR);
	CHECK_EQ(read(fd, buf, 64), 64);
	CHECK_EQ(buf[0] | buf[63], 0);
	CHECK_EQ(write(fd, buf, 64), 64);
	fd = open("/dev/full", O_RDWR);
	CHECK_EQ(read(fd, buf, 64), 64);
	CHECK_ERRNO(write(fd, buf, 1), ENOSPC);
	fd = open("/dev/urandom", O_RDONLY);
	CHECK_EQ(read(fd, buf, 64), 64);
	CHECK_ERRNO(read(fd, bad_address, 16), EFAULT);
	CHECK_ERRNO(ioctl(open("/dev/null", O_RDONLY), 0x5401, buf), ENOTTY);
}
