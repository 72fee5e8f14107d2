/*
 * Descriptors: fcntl, dup, close_range, close on exec, locks.
 */
#include "tmpdir.h"
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#ifndef F_OFD_SETLK
#	define F_OFD_SETLK 37
#endif

static struct flock lock_of(short type, off_t start, off_t len)
{
	return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};
}

TEST(flags)
{
	int fd;

	tmpdir_enter();
	fd = open("f", O_CREAT | O_RDWR, 0666);
	CHECK_EQ(fcntl(fd, F_GETFD), 0);
	CHECK(fcntl(fd, F_SETFD, FD_CLOEXEC) == 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(dup(fd), F_GETFD), 0);
	CHECK(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK | O_WRONLY | O_CREAT) == 0);
	CHECK_EQ(fcntl(fd, F_GETFL) & ~O_LARGEFILE & ~0100000, O_RDWR | O_APPEND | O_NONBLOCK);
	CHECK_ERRNO(fcntl(99, F_GETFD), EBADF);
	CHECK_ERRNO(fcntl(fd, 12345), EINVAL);
	CHECK_EQ(fcntl(fd, F_GETOWN), 0);
	CHECK(fcntl(fd, F_SETOWN, getpid()) == 0);
	CHECK_EQ(fcntl(fd, F_GETOWN), getpid());
	CHECK(fcntl(fd, F_SETOWN, -getpgrp()) == 0);
	CHECK_EQ(fcntl(fd, F_GETOWN), -getpgrp());
	CHECK_ERRNO(fcntl(fd, F_SETOWN, 99999), ESRCH);
	tmpdir_leave();
}

TEST(dups)
{
	struct rlimit rl;
	int fd = open("/dev/null", O_RDONLY);

	CHECK_EQ(fcntl(fd, F_DUPFD, 100), 100);
	CHECK_EQ(fcntl(fd, F_DUPFD, 100), 101);
	CHECK_EQ(fcntl(fd, F_DUPFD_CLOEXEC, 100), 102);
	CHECK_EQ(fcntl(102, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(dup2(fd, 50), 50);
	CHECK_EQ(dup2(50, 50), 50);
	CHECK_ERRNO(dup2(99, 99), EBADF);
	CHECK_ERRNO(dup2(99, 50), EBADF);
	CHECK_ERRNO(dup3(50, 50, 0), EINVAL);
	CHECK_ERRNO(dup3(50, 51, O_APPEND), EINVAL);
	CHECK_EQ(dup3(50, 51, O_CLOEXEC), 51);
	CHECK_EQ(fcntl(51, F_GETFD), FD_CLOEXEC);
	CHECK_ERRNO(dup2(fd, -1), EBADF);
	CHECK(getrlimit(RLIMIT_NOFILE, &rl) == 0);
	CHECK_ERRNO(fcntl(fd, F_DUPFD, rl.rlim_cur), EINVAL);
	CHECK_ERRNO(dup2(fd, rl.rlim_cur), EBADF);
}

TEST(ranges)
{
	int i;

	for (i = 100; i < 110; i++)
		CHECK_EQ(dup2(0, i), i);
	CHECK_EQ(syscall(SYS_close_range, 102, 104, 0), 0);
	CHECK_ERRNO(fcntl(103, F_GETFD), EBADF);
	CHECK_EQ(fcntl(105, F_GETFD), 0);
	CHECK_EQ(syscall(SYS_close_range, 105, ~0U, 4), 0);
	CHECK_EQ(fcntl(109, F_GETFD), FD_CLOEXEC);
	CHECK_ERRNO(syscall(SYS_close_range, 5, 4, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_close_range, 5, 6, 1), EINVAL);
}

TEST(shared_and_own_tables)
{
	pid_t pid;
	int fd = open("/dev/null", O_RDONLY);

	pid = fork();
	if (!pid) {
		CHECK(close(fd) == 0);
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(fcntl(fd, F_GETFD), 0);
}

TEST(record_locks)
{
	struct flock fl = lock_of(F_WRLCK, 0, 10);
	pid_t pid;
	int fd;

	tmpdir_enter();
	fd = open("f", O_CREAT | O_RDWR, 0666);
	CHECK(fcntl(fd, F_SETLK, &fl) == 0);
	fl = lock_of(F_RDLCK, 20, 10);
	CHECK(fcntl(fd, F_SETLK, &fl) == 0);
	pid = fork();
	if (!pid) {
		int fd2 = open("f", O_RDWR);

		fl = lock_of(F_RDLCK, 5, 1);
		CHECK_ERRNO(fcntl(fd2, F_SETLK, &fl), EAGAIN);
		fl = lock_of(F_RDLCK, 25, 1);
		CHECK(fcntl(fd2, F_SETLK, &fl) == 0);
		fl = lock_of(F_WRLCK, 0, 0);
		CHECK(fcntl(fd2, F_GETLK, &fl) == 0);
		CHECK_EQ(fl.l_type, F_WRLCK);
		CHECK_EQ(fl.l_start, 0);
		CHECK_EQ(fl.l_len, 10);
		CHECK_EQ(fl.l_pid, getppid());
		fl = lock_of(F_WRLCK, 10, 10);
		CHECK(fcntl(fd2, F_GETLK, &fl) == 0);
		CHECK_EQ(fl.l_type, F_UNLCK);
		_exit(0);
	}
	CHECK_CHILD(pid);
	/* unlocking the middle splits */
	fl = lock_of(F_UNLCK, 4, 2);
	CHECK(fcntl(fd, F_SETLK, &fl) == 0);
	pid = fork();
	if (!pid) {
		fl = lock_of(F_WRLCK, 4, 2);
		CHECK(fcntl(fd, F_SETLK, &fl) == 0);
		fl = lock_of(F_WRLCK, 3, 1);
		CHECK_ERRNO(fcntl(fd, F_SETLK, &fl), EAGAIN);
		fl = lock_of(F_WRLCK, 6, 1);
		CHECK_ERRNO(fcntl(fd, F_SETLK, &fl), EAGAIN);
		_exit(0);
	}
	CHECK_CHILD(pid);
	/* closing any descriptor of the file releases all */
	close(dup(fd));
	pid = fork();
	if (!pid) {
		fl = lock_of(F_WRLCK, 0, 0);
		CHECK(fcntl(fd, F_SETLK, &fl) == 0);
		_exit(0);
	}
	CHECK_CHILD(pid);
	fl = lock_of(7, 0, 0);
	CHECK_ERRNO(fcntl(fd, F_SETLK, &fl), EINVAL);
	fl = lock_of(F_WRLCK, -5, 0);
	CHECK_ERRNO(fcntl(fd, F_SETLK, &fl), EINVAL);
	fd = open("f", O_RDONLY);
	fl = lock_of(F_WRLCK, 0, 0);
	CHECK_ERRNO(fcntl(fd, F_SETLK, &fl), EBADF);
	tmpdir_leave();
}

TEST(waiting_for_a_lock)
{
	struct flock fl = lock_of(F_WRLCK, 0, 1);
	pid_t pid;
	int fd, p[2];
	char c;

	tmpdir_enter();
	CHECK(pipe(p) == 0);
	fd = open("f", O_CREAT | O_RDWR, 0666);
	CHECK(fcntl(fd, F_SETLK, &fl) == 0);
	pid = fork();
	if (!pid) {
		CHECK_EQ(write(p[1], "x", 1), 1);
		CHECK(fcntl(fd, F_SETLKW, &fl) == 0);
		CHECK_STR(get_file("g"), "done");
		_exit(0);
	}
	CHECK_EQ(read(p[0], &c, 1), 1);
	usleep(50000);
	put_file("g", "done");
	fl.l_type = F_UNLCK;
	CHECK(fcntl(fd, F_SETLK, &fl) == 0);
	CHECK_CHILD(pid);
	tmpdir_leave();
}

TEST(deadlock_is_seen)
{
	struct flock a = lock_of(F_WRLCK, 0, 1), b = lock_of(F_WRLCK, 1, 1);
	pid_t pid;
	int fd, p[2];
	char c;

	tmpdir_enter();
	CHECK(pipe(p) == 0);
	fd = open("f", O_CREAT | O_RDWR, 0666);
	CHECK(fcntl(fd, F_SETLK, &a) == 0);
	pid = fork();
	if (!pid) {
		CHECK(fcntl(fd, F_SETLK, &b) == 0);
		CHECK_EQ(write(p[1], "x", 1), 1);
		CHECK(fcntl(fd, F_SETLKW, &a) == 0);
		_exit(0);
	}
	CHECK_EQ(read(p[0], &c, 1), 1);
	usleep(100000);
	CHECK_ERRNO(fcntl(fd, F_SETLKW, &b), EDEADLK);
	a.l_type = F_UNLCK;
	CHECK(fcntl(fd, F_SETLK, &a) == 0);
	CHECK_CHILD(pid);
	tmpdir_leave();
}

TEST(whole_file_locks)
{
	int fd, fd2, fd3;

	tmpdir_enter();
	fd = open("f", O_CREAT | O_RDWR, 0666);
	fd2 = open("f", O_RDWR);
	fd3 = dup(fd);
	CHECK(flock(fd, LOCK_EX) == 0);
	CHECK_ERRNO(flock(fd2, LOCK_SH | LOCK_NB), EWOULDBLOCK);
	CHECK(flock(fd3, LOCK_EX | LOCK_NB) == 0);
	CHECK(flock(fd, LOCK_SH) == 0);
	CHECK(flock(fd2, LOCK_SH | LOCK_NB) == 0);
	CHECK_ERRNO(flock(fd2, LOCK_EX | LOCK_NB), EWOULDBLOCK);
	close(fd);
	CHECK_ERRNO(flock(fd2, LOCK_EX | LOCK_NB), EWOULDBLOCK);
	close(fd3);
	CHECK(flock(fd2, LOCK_EX | LOCK_NB) == 0);
	CHECK(flock(fd2, LOCK_UN) == 0);
	CHECK_ERRNO(flock(fd2, 16), EINVAL);
	CHECK_ERRNO(flock(99, LOCK_SH), EBADF);
	tmpdir_leave();
}

/* As many descriptors as there can be, for a table of megabytes; a copy of it for a child. */
TEST(a_million_descriptors)
{
	struct rlimit most = {1 << 20, 1 << 20};
	int status, last = (1 << 20) - 1;

	if (setrlimit(RLIMIT_NOFILE, &most))
		SKIP("needs root");
	CHECK_EQ(dup2(1, last), last);
	CHECK_ERRNO(dup2(1, last + 1), EBADF);
	if (fork() == 0)
		_exit(fcntl(last, F_GETFD) || close(last));
	CHECK(wait(&status) > 0 && status == 0);
	CHECK_EQ(fcntl(last, F_GETFD), 0);
}

TEST(ofd_locks)
{
	struct flock64 fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10};
	int fd, fd2;

	tmpdir_enter();
	fd = open("f", O_CREAT | O_RDWR, 0666);
	fd2 = open("f", O_RDWR);
	CHECK_EQ(syscall(SYS_fcntl64, fd, F_OFD_SETLK, &fl), 0);
	CHECK_ERRNO(syscall(SYS_fcntl64, fd2, F_OFD_SETLK, &fl), EAGAIN);
	close(dup(fd));
	CHECK_ERRNO(syscall(SYS_fcntl64, fd2, F_OFD_SETLK, &fl), EAGAIN);
	close(fd);
	CHECK_EQ(syscall(SYS_fcntl64, fd2, F_OFD_SETLK, &fl), 0);
	tmpdir_leave();
}
