/*
 * What the tests of terminals share. They use /dev/tty1, which nobody else has open; characters are
 * typed by TIOCSTI.
 */
#ifndef TESTS_GUEST_TTY_TEST_H
#define TESTS_GUEST_TTY_TEST_H

#include "check.h"
#include <asm/termbits.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>

#define TTY "/dev/tty1"

/* <termios.h> and the kernel's structure don't go together. */
__attribute__((unused)) static struct termios get(int fd)
{
	struct termios t;

	CHECK(ioctl(fd, TCGETS, &t) == 0);
	return t;
}

__attribute__((unused)) static void set(int fd, const struct termios *t)
{
	CHECK(ioctl(fd, TCSETS, t) == 0);
}

__attribute__((unused)) static void type(int fd, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		CHECK(ioctl(fd, TIOCSTI, s + i) == 0);
}
#define TYPE(fd, s) type(fd, s, sizeof(s) - 1)

/* What a read of up to `size` bytes gives must be `s`. */
__attribute__((unused)) static void check_read(int fd, size_t size, const char *s, size_t n,
					       int line)
{
	char buf[8192];
	ssize_t got = read(fd, buf, size);

	if (got != (ssize_t)n || memcmp(buf, s, n))
		CHECK_FAIL("line %d: read gave %zd bytes (errno %d): \"%.*s\"", line, got, errno,
			   got > 0 ? (int)got : 0, buf);
}
#define READS(fd, size, s) check_read(fd, size, s, sizeof(s) - 1, __LINE__)

__attribute__((unused)) static void no_input(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	CHECK_EQ(poll(&p, 1, 0), 0);
}

/* Run fn(fd) as the leader of a new session that has the terminal. */
__attribute__((unused)) static void session(void (*fn)(int fd))
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		int fd;

		alarm(CHECK_SECONDS / 2);
		CHECK(setsid() > 0);
		fd = open(TTY, O_RDWR);
		if (fd < 0)
			CHECK_FAIL("open %s: errno %d", TTY, errno);
		fn(fd);
		_exit(0);
	}
	CHECK_CHILD(pid);
}

#endif
