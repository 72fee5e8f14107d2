/*
 * poll and select in their variants.
 */
#include "tmpdir.h"
#include <poll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>

static int p[2];

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

TEST(readiness)
{
	struct pollfd f[4];

	CHECK(pipe(p) == 0);
	f[0] = (struct pollfd){p[0], POLLIN, -1};
	f[1] = (struct pollfd){p[1], POLLOUT, -1};
	f[2] = (struct pollfd){-5, POLLIN, -1};
	f[3] = (struct pollfd){999, POLLIN, -1};
	CHECK_EQ(poll(f, 4, 0), 2);
	CHECK_EQ(f[0].revents, 0);
	CHECK_EQ(f[1].revents, POLLOUT);
	CHECK_EQ(f[2].revents, 0);
	CHECK_EQ(f[3].revents, POLLNVAL);
	CHECK_EQ(write(p[1], "x", 1), 1);
	f[0].events = POLLIN | POLLRDNORM | POLLPRI;
	CHECK_EQ(poll(f, 1, -1), 1);
	CHECK_EQ(f[0].revents, POLLIN | POLLRDNORM);
	close(p[1]);
	f[0].events = 0;
	CHECK_EQ(poll(f, 1, 0), 1);
	CHECK_EQ(f[0].revents, POLLHUP);
	CHECK(pipe(p) == 0);
	close(p[0]);
	f[0] = (struct pollfd){p[1], POLLOUT, 0};
	CHECK_EQ(poll(f, 1, 0), 1);
	CHECK_EQ(f[0].revents, POLLOUT | POLLERR);
}

TEST(always_ready)
{
	struct pollfd f = {open("/", O_RDONLY), POLLIN | POLLOUT, 0};

	CHECK_EQ(poll(&f, 1, 1000), 1);
	CHECK_EQ(f.revents, POLLIN | POLLOUT);
}

TEST(timeouts)
{
	long long start = now_ms(), took;
	struct timespec ts = {0, 50000000};
	struct timeval tv = {0, 50000};

	CHECK_EQ(poll(NULL, 0, 100), 0);
	took = now_ms() - start;
	CHECK(took >= 99);
	CHECK_EQ(ppoll(NULL, 0, &ts, NULL), 0);
	CHECK_EQ(select(0, NULL, NULL, NULL, &tv), 0);
	CHECK_EQ(tv.tv_sec + tv.tv_usec, 0);
	ts = (struct timespec){0, 1000000000};
	CHECK_ERRNO(ppoll(NULL, 0, &ts, NULL), EINVAL);
	ts = (struct timespec){-1, 0};
	CHECK_ERRNO(ppoll(NULL, 0, &ts, NULL), EINVAL);
	tv = (struct timeval){-1, 0};
	CHECK_ERRNO(select(0, NULL, NULL, NULL, &tv), EINVAL);
}

TEST(woken_by_writer)
{
	struct pollfd f;
	pid_t pid;

	CHECK(pipe(p) == 0);
	pid = fork();
	if (!pid) {
		usleep(50000);
		CHECK_EQ(write(p[1], "x", 1), 1);
		_exit(0);
	}
	f = (struct pollfd){p[0], POLLIN, 0};
	CHECK_EQ(poll(&f, 1, 10000), 1);
	CHECK_EQ(f.revents, POLLIN);
	CHECK_CHILD(pid);
}

TEST(many_descriptors)
{
	struct pollfd f[64];
	int i;

	for (i = 0; i < 32; i++) {
		CHECK(pipe(p) == 0);
		f[2 * i] = (struct pollfd){p[0], POLLIN, 0};
		f[2 * i + 1] = (struct pollfd){p[1], 0, 0};
	}
	CHECK_EQ(poll(f, 64, 10), 0);
	CHECK_EQ(write(f[41].fd, "x", 1), 1);
	CHECK_EQ(poll(f, 64, -1), 1);
	CHECK_EQ(f[40].revents, POLLIN);
}

TEST(select_sets)
{
	fd_set r, w, e;
	struct timeval tv = {10, 0};

	CHECK(pipe(p) == 0);
	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_ZERO(&e);
	FD_SET(p[0], &r);
	FD_SET(p[1], &w);
	FD_SET(p[0], &e);
	CHECK_EQ(select(p[1] + 1, &r, &w, &e, &tv), 1);
	CHECK(!FD_ISSET(p[0], &r) && FD_ISSET(p[1], &w) && !FD_ISSET(p[0], &e));
	CHECK(tv.tv_sec == 10 || (tv.tv_sec == 9 && tv.tv_usec > 0));
	CHECK_EQ(write(p[1], "x", 1), 1);
	FD_SET(p[0], &r);
	CHECK_EQ(select(p[1] + 1, &r, &w, NULL, NULL), 2);
	close(p[1]);
	FD_ZERO(&r);
	FD_SET(p[1], &r);
	CHECK_ERRNO(select(p[1] + 1, &r, NULL, NULL, NULL), EBADF);
	CHECK_ERRNO(select(-1, NULL, NULL, NULL, NULL), EINVAL);
	CHECK_ERRNO(select(5, bad_address, NULL, NULL, NULL), EFAULT);
	/* the end of a pipe counts as readable */
	FD_ZERO(&r);
	FD_SET(p[0], &r);
	CHECK_EQ(select(p[0] + 1, &r, NULL, NULL, NULL), 1);
}

static void nothing(int sig)
{
}

TEST(signals)
{
	struct sigaction sa = {.sa_handler = nothing};
	struct timespec ts = {10, 0};
	sigset_t set, empty;

	sigaction(SIGALRM, &sa, NULL);
	alarm(1);
	CHECK_ERRNO(poll(NULL, 0, 10000), EINTR);
	alarm(1);
	CHECK_ERRNO(select(0, NULL, NULL, NULL, NULL), EINTR);
	sigemptyset(&empty);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGALRM);
	CHECK_EQ(poll(NULL, 0, 10), 0);
	CHECK_ERRNO(ppoll(NULL, 0, &ts, &empty), EINTR);
	raise(SIGALRM);
	CHECK_ERRNO(pselect(0, NULL, NULL, NULL, &ts, &empty), EINTR);
	/* the old mask is back */
	sigprocmask(SIG_BLOCK, NULL, &set);
	CHECK(sigismember(&set, SIGALRM));
}

TEST(limits)
{
	struct rlimit rl = {8, 8};
	struct pollfd f[9] = {};

	CHECK(setrlimit(RLIMIT_NOFILE, &rl) == 0);
	CHECK_ERRNO(poll(f, 9, 0), EINVAL);
	CHECK_ERRNO(poll(bad_address, 1, 0), EFAULT);
}
