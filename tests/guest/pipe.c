/*
 * Pipes and FIFOs.
 */
#include "tmpdir.h"
#include <limits.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

static int p[2];

TEST(passes_bytes)
{
	struct stat st;
	char buf[16];

	CHECK(pipe(p) == 0);
	CHECK_EQ(write(p[1], "hello", 5), 5);
	CHECK_EQ(write(p[1], "world", 5), 5);
	CHECK_EQ(read(p[0], buf, 3), 3);
	CHECK_EQ(read(p[0], buf + 3, 13), 7);
	CHECK(!memcmp(buf, "helloworld", 10));
	CHECK(fstat(p[0], &st) == 0);
	CHECK_EQ(st.st_mode, S_IFIFO | 0600);
	CHECK_EQ(st.st_size, 0);
	CHECK_ERRNO(read(p[1], buf, 1), EBADF);
	CHECK_ERRNO(write(p[0], buf, 1), EBADF);
	CHECK_ERRNO(lseek(p[0], 0, SEEK_SET), ESPIPE);
	CHECK_ERRNO(pread(p[0], buf, 1, 0), ESPIPE);
	CHECK_EQ(write(p[1], "x", 1), 1);
	CHECK_ERRNO(read(p[0], bad_address, 1), EFAULT);
	CHECK_EQ(read(p[0], buf, 16), 1);
}

TEST(ends)
{
	char c;

	CHECK(pipe(p) == 0);
	CHECK_EQ(write(p[1], "x", 1), 1);
	close(p[1]);
	CHECK_EQ(read(p[0], &c, 1), 1);
	CHECK_EQ(read(p[0], &c, 1), 0);
	CHECK(pipe(p) == 0);
	close(p[0]);
	CHECK_SIGNAL(write(p[1], "x", 1), SIGPIPE);
	signal(SIGPIPE, SIG_IGN);
	CHECK_ERRNO(write(p[1], "x", 1), EPIPE);
	CHECK_EQ(write(p[1], "x", 0), 0);
}

TEST(capacity)
{
	static char buf[70000];
	int n, total = 0;

	CHECK(pipe2(p, O_NONBLOCK) == 0);
	CHECK_ERRNO(read(p[0], buf, 1), EAGAIN);
	CHECK_EQ(fcntl(p[0], F_GETPIPE_SZ), 65536);
	CHECK_EQ(write(p[1], buf, 70000), 65536);
	CHECK_ERRNO(write(p[1], buf, 1), EAGAIN);
	CHECK(ioctl(p[0], FIONREAD, &n) == 0);
	CHECK_EQ(n, 65536);
	/* a write of up to PIPE_BUF goes whole or not at all */
	CHECK_EQ(read(p[0], buf, 100), 100);
	CHECK_ERRNO(write(p[1], buf, PIPE_BUF), EAGAIN);
	CHECK_EQ(read(p[0], buf, 4096), 4096);
	CHECK_EQ(write(p[1], buf, PIPE_BUF), PIPE_BUF);
	while ((n = read(p[0], buf, sizeof(buf))) > 0)
		total += n;
	CHECK_EQ(total, 65536 - 100);
}

TEST(resizing)
{
	static char buf[8192];
	int n;

	CHECK(pipe2(p, O_NONBLOCK) == 0);
	CHECK_EQ(fcntl(p[1], F_SETPIPE_SZ, 5000), 8192);
	CHECK_EQ(write(p[1], buf, 8192), 8192);
	CHECK_ERRNO(fcntl(p[1], F_SETPIPE_SZ, 4096), EBUSY);
	CHECK_EQ(fcntl(p[1], F_SETPIPE_SZ, 100000), 131072);
	CHECK(ioctl(p[0], FIONREAD, &n) == 0);
	CHECK_EQ(n, 8192);
	CHECK_ERRNO(fcntl(0x7fff, F_GETPIPE_SZ), EBADF);
	n = open("/dev/null", O_RDONLY);
	CHECK_ERRNO(fcntl(n, F_GETPIPE_SZ), EBADF);
}

TEST(blocking_reader_and_writer)
{
	static char buf[200000];
	int i, n, total = 0;
	pid_t pid;

	CHECK(pipe(p) == 0);
	pid = fork();
	if (!pid) {
		close(p[0]);
		for (i = 0; i < (int)sizeof(buf); i++)
			buf[i] = i % 251;
		CHECK_EQ(write(p[1], buf, sizeof(buf)), sizeof(buf));
		_exit(0);
	}
	close(p[1]);
	while ((n = read(p[0], buf, 777)) > 0) {
		for (i = 0; i < n; i++)
			CHECK_EQ((unsigned char)buf[i], (total + i) % 251);
		total += n;
	}
	CHECK_EQ(total, sizeof(buf));
	CHECK_CHILD(pid);
}

static void nothing(int sig)
{
}

TEST(interrupted)
{
	struct sigaction sa = {.sa_handler = nothing};
	char c;

	CHECK(pipe(p) == 0);
	sigaction(SIGALRM, &sa, NULL);
	alarm(1);
	CHECK_ERRNO(read(p[0], &c, 1), EINTR);
}

TEST(atomic_vectors)
{
	struct iovec v[2] = {{"aaaa", 4}, {"bbbb", 4}};
	char buf[16];

	CHECK(pipe(p) == 0);
	CHECK_EQ(writev(p[1], v, 2), 8);
	v[0].iov_base = buf;
	v[1].iov_base = buf + 4;
	/* readv does not wait for more than what is there */
	CHECK_EQ(readv(p[0], v, 2), 8);
	CHECK(!memcmp(buf, "aaaabbbb", 8));
	CHECK_EQ(write(p[1], "cccc", 4), 4);
	CHECK_EQ(readv(p[0], v, 2), 4);
}

TEST(packets)
{
	char buf[16];

	CHECK(pipe2(p, O_DIRECT) == 0);
	CHECK_EQ(write(p[1], "one", 3), 3);
	CHECK_EQ(write(p[1], "two", 3), 3);
	CHECK_EQ(read(p[0], buf, 16), 3);
	CHECK_EQ(read(p[0], buf, 1), 1);
	CHECK_EQ(buf[0], 't');
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	CHECK_ERRNO(read(p[0], buf, 16), EAGAIN);
}

TEST(bad_arguments)
{
	int fd;

	CHECK_ERRNO(pipe2(p, O_APPEND), EINVAL);
	CHECK_ERRNO(pipe(bad_address), EFAULT);
	fd = dup(0);
	close(fd);
	CHECK(pipe2(p, O_CLOEXEC) == 0);
	CHECK_EQ(p[0], fd);
	CHECK_EQ(p[1], fd + 1);
	CHECK_EQ(fcntl(p[0], F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(p[0], F_GETFL), O_RDONLY);
	CHECK_EQ(fcntl(p[1], F_GETFL), O_WRONLY);
}

TEST(fifos)
{
	struct pollfd pfd;
	char buf[16];
	int r, w;
	pid_t pid;

	tmpdir_enter();
	CHECK(mkfifo("fifo", 0666) == 0);
	CHECK_ERRNO(open("fifo", O_WRONLY | O_NONBLOCK), ENXIO);
	r = open("fifo", O_RDONLY | O_NONBLOCK);
	CHECK(r >= 0);
	CHECK_EQ(read(r, buf, 1), 0);
	pfd = (struct pollfd){r, POLLIN, 0};
	CHECK_EQ(poll(&pfd, 1, 0), 0);
	w = open("fifo", O_WRONLY);
	CHECK(w >= 0);
	CHECK_ERRNO(read(r, buf, 1), EAGAIN);
	CHECK_EQ(write(w, "abc", 3), 3);
	CHECK_EQ(read(r, buf, 16), 3);
	close(w);
	CHECK_EQ(poll(&pfd, 1, 0), 1);
	CHECK_EQ(pfd.revents, POLLHUP);
	close(r);
	/* open waits for the other side */
	pid = fork();
	if (!pid) {
		w = open("fifo", O_WRONLY);
		CHECK_EQ(write(w, "late", 4), 4);
		_exit(0);
	}
	r = open("fifo", O_RDONLY);
	CHECK_EQ(read(r, buf, 16), 4);
	CHECK_EQ(read(r, buf, 16), 0);
	CHECK_CHILD(pid);
	CHECK(open("fifo", O_RDWR) >= 0);
	tmpdir_leave();
}

TEST(name_in_proc)
{
	char link[64], name[64];
	ssize_t n;

	CHECK(pipe(p) == 0);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", p[0]);
	n = readlink(link, name, sizeof(name) - 1);
	CHECK(n > 0);
	name[n] = 0;
	CHECK(!strncmp(name, "pipe:[", 6));
	/* a pipe can be opened again through it */
	CHECK_EQ(write(p[1], "x", 1), 1);
	CHECK_EQ(read(open(link, O_RDONLY), name, 4), 1);
}
