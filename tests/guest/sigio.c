/* Signals that files send: O_ASYNC, F_SETOWN, F_SETSIG on pipes and terminals. */
#include "tmpdir.h"
#include "tty_test.h"
#include <sys/syscall.h>

static int ends[2];
static sigset_t mask;
static siginfo_t info;

/* The signal that came, 0 if none; info tells of it. */
static int came(void)
{
	struct timespec none = {0};
	int sig;

	memset(&info, 0, sizeof(info));
	sig = sigtimedwait(&mask, &info, &none);
	return sig < 0 ? 0 : sig;
}

static void begin(void)
{
	sigfillset(&mask);
	sigdelset(&mask, SIGALRM);
	CHECK(sigprocmask(SIG_BLOCK, &mask, NULL) == 0);
	CHECK(pipe(ends) == 0);
}

static void want_signals(int fd)
{
	CHECK(fcntl(fd, F_SETOWN, getpid()) == 0);
	CHECK(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC) == 0);
}

TEST(a_reader_gets_sigio)
{
	begin();
	want_signals(ends[0]);
	CHECK_EQ(came(), 0);
	CHECK(write(ends[1], "x", 1) == 1);
	CHECK_EQ(came(), SIGIO);
	CHECK_EQ(info.si_code, SI_KERNEL);
	CHECK_EQ(came(), 0);
}

TEST(a_writer_gets_sigio)
{
	char c;

	begin();
	want_signals(ends[1]);
	CHECK(write(ends[1], "x", 1) == 1);
	CHECK_EQ(came(), 0);
	CHECK(read(ends[0], &c, 1) == 1);
	CHECK_EQ(came(), SIGIO);
}

TEST(another_signal_tells_more)
{
	char c;

	begin();
	want_signals(ends[0]);
	CHECK_EQ(fcntl(ends[0], F_GETSIG), 0);
	CHECK_EQ(fcntl(ends[0], F_SETSIG, SIGRTMIN + 1), 0);
	CHECK_EQ(fcntl(ends[0], F_GETSIG), SIGRTMIN + 1);
	CHECK(write(ends[1], "x", 1) == 1);
	CHECK_EQ(came(), SIGRTMIN + 1);
	CHECK_EQ(info.si_code, POLL_IN);
	CHECK_EQ(info.si_fd, ends[0]);
	CHECK_EQ(info.si_band, POLLIN | POLLRDNORM);
	CHECK_EQ(fcntl(ends[1], F_SETSIG, SIGIO), 0);
	want_signals(ends[1]);
	CHECK(read(ends[0], &c, 1) == 1);
	CHECK_EQ(came(), SIGIO);
	CHECK_EQ(info.si_code, POLL_OUT);
	CHECK_EQ(info.si_fd, ends[1]);
	CHECK_EQ(info.si_band, POLLOUT | POLLWRNORM | POLLWRBAND);
	/* where codes mean something else, this one says that it is ours */
	CHECK_EQ(fcntl(ends[0], F_SETSIG, SIGCHLD), 0);
	CHECK(write(ends[1], "x", 1) == 1);
	CHECK_EQ(came(), SIGCHLD);
	CHECK_EQ(info.si_code, SI_SIGIO);
	CHECK_EQ(fcntl(ends[0], F_SETSIG, 0), 0);
	CHECK_ERRNO(fcntl(ends[0], F_SETSIG, 65), EINVAL);
	CHECK_ERRNO(fcntl(ends[0], F_SETSIG, -1), EINVAL);
}

TEST(the_other_end_goes)
{
	begin();
	want_signals(ends[0]);
	CHECK_EQ(fcntl(ends[0], F_SETSIG, SIGRTMIN), 0);
	CHECK(close(ends[1]) == 0);
	CHECK_EQ(came(), SIGRTMIN);
	CHECK_EQ(info.si_code, POLL_IN);
}

TEST(fioasync_is_the_same_switch)
{
	int on = 1, off = 0, fd;

	begin();
	CHECK(fcntl(ends[0], F_SETOWN, getpid()) == 0);
	CHECK(ioctl(ends[0], FIOASYNC, &on) == 0);
	CHECK(fcntl(ends[0], F_GETFL) & O_ASYNC);
	CHECK(write(ends[1], "x", 1) == 1);
	CHECK_EQ(came(), SIGIO);
	CHECK(ioctl(ends[0], FIOASYNC, &off) == 0);
	CHECK(!(fcntl(ends[0], F_GETFL) & O_ASYNC));
	CHECK(write(ends[1], "x", 1) == 1);
	CHECK_EQ(came(), 0);
	CHECK_ERRNO(ioctl(ends[0], FIOASYNC, bad_address), EFAULT);
	fd = open("/proc/self/exe", O_RDONLY);
	CHECK(ioctl(fd, FIOASYNC, &off) == 0);
	CHECK_ERRNO(ioctl(fd, FIOASYNC, &on), ENOTTY);
	/* F_SETFL takes it from such files, and nothing comes of it */
	CHECK(fcntl(fd, F_SETFL, O_ASYNC) == 0);
	CHECK(!(fcntl(fd, F_GETFL) & O_ASYNC));
}

TEST(nobody_is_told_without_an_owner)
{
	begin();
	CHECK(fcntl(ends[0], F_SETFL, O_ASYNC) == 0);
	CHECK(write(ends[1], "x", 1) == 1);
	CHECK_EQ(came(), 0);
	CHECK_EQ(fcntl(ends[0], F_GETOWN), 0);
}

TEST(the_owner_may_be_a_group)
{
	struct f_owner_ex owner;

	begin();
	CHECK(setpgid(0, 0) == 0);
	CHECK(fcntl(ends[0], F_SETOWN, -getpgrp()) == 0);
	CHECK(fcntl(ends[0], F_GETOWN_EX, &owner) == 0);
	CHECK(owner.type == F_OWNER_PGRP && owner.pid == getpgrp());
	CHECK(fcntl(ends[0], F_SETFL, O_ASYNC) == 0);
	CHECK(write(ends[1], "x", 1) == 1);
	CHECK_EQ(came(), SIGIO);
}

TEST(the_owner_may_be_a_thread)
{
	struct f_owner_ex owner = {F_OWNER_TID, getpid()};

	begin();
	CHECK(fcntl(ends[0], F_SETOWN_EX, &owner) == 0);
	CHECK(fcntl(ends[0], F_SETFL, O_ASYNC) == 0);
	CHECK(write(ends[1], "x", 1) == 1);
	CHECK_EQ(came(), SIGIO);
	owner.type = 3;
	CHECK_ERRNO(fcntl(ends[0], F_SETOWN_EX, &owner), EINVAL);
	owner = (struct f_owner_ex){F_OWNER_PID, 32767};
	CHECK_ERRNO(fcntl(ends[0], F_SETOWN_EX, &owner), ESRCH);
	CHECK_ERRNO(fcntl(ends[0], F_SETOWN_EX, bad_address), EFAULT);
}

/* A dead owner is nobody, and who comes after him is not the owner. */
TEST(a_dead_owner_is_nobody)
{
	pid_t pid = fork();

	begin();
	if (pid == 0)
		for (;;)
			pause();
	CHECK(fcntl(ends[0], F_SETOWN, pid) == 0);
	CHECK_EQ(fcntl(ends[0], F_GETOWN), pid);
	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
	CHECK_EQ(came(), SIGCHLD);
	CHECK_EQ(fcntl(ends[0], F_GETOWN), 0);
	CHECK(fcntl(ends[0], F_SETFL, O_ASYNC) == 0);
	CHECK(write(ends[1], "x", 1) == 1);
	CHECK_EQ(came(), 0);
}

#define SMALL_PID_MAX 600 /* 300 are never given out again */
#define FILES	      700

static long set_pid_max(long value)
{
	char text[16] = "";
	long old;
	int fd = open("/proc/sys/kernel/pid_max", O_RDWR);

	if (fd < 0)
		SKIP("not root");
	CHECK(read(fd, text, sizeof(text) - 1) > 0);
	old = atol(text);
	snprintf(text, sizeof(text), "%ld", value);
	CHECK(pwrite(fd, text, strlen(text), 0) > 0);
	close(fd);
	return old;
}

/* Nor does he take his number with him: there are enough for all who come. */
TEST(dead_owners_keep_no_numbers)
{
	int fds[FILES], i, failed = 0, owners = 0;
	long old = set_pid_max(SMALL_PID_MAX);

	for (i = 0; i < FILES && !failed; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		fds[i] = open("/dev/null", O_RDONLY);
		failed = pid < 0 || fds[i] < 0 || fcntl(fds[i], F_SETOWN, pid) ||
			 waitpid(pid, NULL, 0) != pid;
	}
	while (i-- > 0)
		owners += fcntl(fds[i], F_GETOWN) != 0;
	set_pid_max(old);
	CHECK(!failed);
	CHECK_EQ(owners, 0);
}

/* Who made himself the owner must be allowed to send signals there. */
TEST(rights_count)
{
	uid_t uids[2];
	pid_t pid = getpid(), child;

	begin();
	if (getuid())
		SKIP("not root");
	child = fork();
	if (child == 0) {
		CHECK(setresuid(1000, 1000, 1000) == 0);
		CHECK(fcntl(ends[0], F_SETOWN, pid) == 0);
		CHECK(fcntl(ends[0], F_SETFL, O_ASYNC) == 0);
		CHECK(write(ends[1], "x", 1) == 1);
		_exit(0);
	}
	CHECK_CHILD(child);
	CHECK_EQ(came(), SIGCHLD);
	CHECK_EQ(came(), 0);
	CHECK(syscall(SYS_fcntl64, ends[0], 17 /* F_GETOWNER_UIDS */, uids) == 0);
	CHECK(uids[0] == 1000 && uids[1] == 1000);
	CHECK(fcntl(ends[0], F_SETOWN, pid) == 0);
	CHECK(write(ends[1], "x", 1) == 1);
	CHECK_EQ(came(), SIGIO);
}

/* The file goes on wanting them while any descriptor is open, and no longer. */
TEST(a_closed_file_sends_none)
{
	int copy;

	begin();
	want_signals(ends[0]);
	copy = dup(ends[0]);
	CHECK(close(ends[0]) == 0);
	CHECK(write(ends[1], "x", 1) == 1);
	CHECK_EQ(came(), SIGIO);
	CHECK(close(copy) == 0);
	CHECK_ERRNO(write(ends[1], "x", 1), EPIPE);
	CHECK_EQ(came(), SIGPIPE);
	CHECK_EQ(came(), 0);
}

/* A full queue still lets the plain signal through. */
TEST(a_full_queue_gives_sigio)
{
	union sigval value = {0};

	begin();
	want_signals(ends[0]);
	CHECK(fcntl(ends[0], F_SETSIG, SIGRTMIN) == 0);
	while (sigqueue(getpid(), SIGRTMIN + 1, value) == 0)
		;
	CHECK_EQ(errno, EAGAIN);
	CHECK(write(ends[1], "x", 1) == 1);
	CHECK_EQ(came(), SIGIO);
	CHECK_EQ(info.si_code, SI_KERNEL);
}

/* A terminal tells of a line; while it has no group in the foreground, whoever asked. */
TEST(a_terminal_gets_sigio)
{
	int fd = open(TTY, O_RDWR | O_NOCTTY);
	struct termios t;

	if (fd < 0 || getuid())
		SKIP("no terminal");
	begin();
	t = get(fd);
	t.c_lflag |= ICANON;
	set(fd, &t);
	CHECK(fcntl(fd, F_SETSIG, SIGRTMIN) == 0);
	CHECK(fcntl(fd, F_SETFL, O_RDWR | O_ASYNC) == 0);
	CHECK_EQ(fcntl(fd, F_GETOWN), getpid());
	TYPE(fd, "li");
	CHECK_EQ(came(), 0);
	TYPE(fd, "ne\n");
	CHECK_EQ(came(), SIGRTMIN);
	CHECK_EQ(info.si_code, POLL_IN);
	CHECK_EQ(info.si_fd, fd);
	CHECK_EQ(info.si_band, POLLIN | POLLRDNORM);
	t.c_lflag &= ~ICANON;
	set(fd, &t);
	CHECK(ioctl(fd, TCFLSH, TCIFLUSH) == 0);
	TYPE(fd, "x");
	CHECK_EQ(came(), SIGRTMIN);
}
