/* Leases: who gets one, and what happens when somebody else opens the file. */
#include "tmpdir.h"
#include <poll.h>
#include <sys/mman.h>
#include <time.h>

static sigset_t mask;

static void begin(void)
{
	tmpdir_enter();
	put_file("file", "text");
	sigemptyset(&mask);
	sigaddset(&mask, SIGIO);
	sigaddset(&mask, SIGRTMIN);
	CHECK(sigprocmask(SIG_BLOCK, &mask, NULL) == 0);
}

static int came(siginfo_t *info)
{
	struct timespec none = {0};
	int sig = sigtimedwait(&mask, info, &none);

	return sig < 0 ? 0 : sig;
}

/* Opens the file in a child, which then exits with 0; the child's number. */
static pid_t opener(int flags)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(open("file", flags) < 0);
	return pid;
}

/* Waits for the signal that the lease is to go. */
static void wait_for_break(siginfo_t *info)
{
	CHECK(sigwaitinfo(&mask, info) > 0);
}

TEST(a_read_lease_wants_no_writers)
{
	int fd, writer;

	begin();
	fd = open("file", O_RDONLY);
	CHECK_EQ(fcntl(fd, F_GETLEASE), F_UNLCK);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_RDLCK), 0);
	CHECK_EQ(fcntl(fd, F_GETLEASE), F_RDLCK);
	CHECK(fcntl(fd, F_GETFL) & O_ASYNC);
	CHECK_EQ(fcntl(fd, F_GETOWN), getpid());
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_UNLCK), 0);
	CHECK_EQ(fcntl(fd, F_GETLEASE), F_UNLCK);
	CHECK(!(fcntl(fd, F_GETFL) & O_ASYNC));
	CHECK_EQ(fcntl(fd, F_GETOWN), 0);
	CHECK_ERRNO(fcntl(fd, F_SETLEASE, F_UNLCK), EAGAIN);
	writer = open("file", O_WRONLY);
	CHECK_ERRNO(fcntl(fd, F_SETLEASE, F_RDLCK), EAGAIN);
	CHECK_ERRNO(fcntl(writer, F_SETLEASE, F_RDLCK), EAGAIN);
	tmpdir_leave();
}

TEST(a_write_lease_wants_to_be_alone)
{
	int fd, other;

	begin();
	fd = open("file", O_RDONLY);
	other = open("file", O_RDONLY);
	CHECK_ERRNO(fcntl(fd, F_SETLEASE, F_WRLCK), EAGAIN);
	CHECK_EQ(fcntl(other, F_SETLEASE, F_RDLCK), 0);
	CHECK_ERRNO(fcntl(fd, F_SETLEASE, F_WRLCK), EAGAIN);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_RDLCK), 0);
	CHECK(close(other) == 0);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_WRLCK), 0);
	CHECK_EQ(fcntl(fd, F_GETLEASE), F_WRLCK);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_RDLCK), 0);
	CHECK(close(fd) == 0);
	fd = open("file", O_RDWR);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_WRLCK), 0);
	tmpdir_leave();
}

TEST(what_can_have_none)
{
	int fd, ends[2];

	begin();
	fd = open("file", O_RDONLY);
	CHECK_ERRNO(fcntl(fd, F_SETLEASE, 3), EINVAL);
	CHECK_ERRNO(fcntl(fd, F_SETLEASE, -1), EINVAL);
	CHECK(pipe(ends) == 0);
	CHECK_ERRNO(fcntl(ends[0], F_SETLEASE, F_RDLCK), EINVAL);
	fd = open(".", O_RDONLY);
	CHECK_ERRNO(fcntl(fd, F_SETLEASE, F_RDLCK), EINVAL);
	tmpdir_leave();
}

TEST(only_the_owner_of_the_file)
{
	int fd;

	begin();
	fd = open("file", O_RDONLY);
	tmpdir_as_other();
	CHECK_ERRNO(fcntl(fd, F_SETLEASE, F_RDLCK), EACCES);
	tmpdir_as_root();
	tmpdir_leave();
}

TEST(who_opens_waits_until_it_is_given_back)
{
	siginfo_t info;
	int fd, status;
	pid_t pid;

	begin();
	fd = open("file", O_RDONLY);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_RDLCK), 0);
	pid = opener(O_RDONLY);
	CHECK_CHILD(pid);
	CHECK_EQ(came(&info), 0);
	pid = opener(O_WRONLY);
	wait_for_break(&info);
	CHECK_EQ(info.si_signo, SIGIO);
	CHECK_EQ(fcntl(fd, F_GETLEASE), F_UNLCK); /* what it is to become */
	CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_UNLCK), 0);
	CHECK_CHILD(pid);
	tmpdir_leave();
}

TEST(a_reader_is_content_with_a_downgrade)
{
	siginfo_t info;
	int fd;
	pid_t pid;

	begin();
	fd = open("file", O_RDWR);
	CHECK_EQ(fcntl(fd, F_SETSIG, SIGRTMIN), 0);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_WRLCK), 0);
	pid = opener(O_RDONLY);
	wait_for_break(&info);
	CHECK_EQ(info.si_signo, SIGRTMIN);
	CHECK_EQ(info.si_code, POLL_MSG);
	CHECK_EQ(info.si_fd, fd);
	CHECK_EQ(info.si_band, POLLIN | POLLRDNORM | POLLMSG);
	CHECK_EQ(fcntl(fd, F_GETLEASE), F_RDLCK);
	/* we write ourselves, so only giving it up helps */
	CHECK_ERRNO(fcntl(fd, F_SETLEASE, F_RDLCK), EAGAIN);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_UNLCK), 0);
	CHECK_EQ(fcntl(fd, F_GETSIG), 0);
	CHECK_CHILD(pid);
	tmpdir_leave();
}

TEST(closing_gives_it_back)
{
	siginfo_t info;
	pid_t pid;
	int fd;

	begin();
	fd = open("file", O_RDONLY);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_RDLCK), 0);
	pid = fork();
	if (pid == 0) {
		close(fd);
		_exit(open("file", O_WRONLY) < 0);
	}
	wait_for_break(&info);
	CHECK(close(fd) == 0);
	CHECK_CHILD(pid);
	tmpdir_leave();
}

TEST(who_does_not_want_to_wait)
{
	siginfo_t info;
	int fd;

	begin();
	fd = open("file", O_RDONLY);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_RDLCK), 0);
	CHECK_ERRNO(open("file", O_WRONLY | O_NONBLOCK), EWOULDBLOCK);
	CHECK_EQ(came(&info), SIGIO);
	CHECK_ERRNO(open("file", O_WRONLY | O_NONBLOCK), EWOULDBLOCK);
	CHECK_EQ(came(&info), 0); /* told once */
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_UNLCK), 0);
	CHECK(open("file", O_WRONLY | O_NONBLOCK) >= 0);
	tmpdir_leave();
}

TEST(truncate_breaks_it_too)
{
	siginfo_t info;
	struct stat st;
	pid_t pid;
	int fd;

	begin();
	fd = open("file", O_RDONLY);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_RDLCK), 0);
	pid = fork();
	if (pid == 0)
		_exit(truncate("file", 1) != 0);
	wait_for_break(&info);
	CHECK(stat("file", &st) == 0 && st.st_size == 4);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_UNLCK), 0);
	CHECK_CHILD(pid);
	CHECK(stat("file", &st) == 0 && st.st_size == 1);
	tmpdir_leave();
}

static void sysctl(const char *name, const char *value)
{
	if (getuid())
		SKIP("not root");
	put_file(name, value);
}

#define BREAK_TIME "/proc/sys/fs/lease-break-time"

/* Who does not answer loses it after lease-break-time. */
TEST(it_is_taken_in_the_end)
{
	int fd, other;

	begin();
	CHECK_STR(get_file(BREAK_TIME), "45\n");
	sysctl(BREAK_TIME, "1");
	fd = open("file", O_RDONLY);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_RDLCK), 0);
	other = open("file", O_WRONLY);
	put_file(BREAK_TIME, "45");
	CHECK(other >= 0);
	CHECK_EQ(fcntl(fd, F_GETLEASE), F_UNLCK);
	CHECK_ERRNO(fcntl(fd, F_SETLEASE, F_UNLCK), EAGAIN);
	tmpdir_leave();
}

TEST(they_can_be_forbidden)
{
	int fd, err;

	begin();
	fd = open("file", O_RDONLY);
	sysctl("/proc/sys/fs/leases-enable", "0");
	err = fcntl(fd, F_SETLEASE, F_RDLCK) ? errno : 0;
	put_file("/proc/sys/fs/leases-enable", "1");
	CHECK_EQ(err, EINVAL);
	tmpdir_leave();
}

static void on_alarm(int sig)
{
}

TEST(a_signal_ends_the_wait)
{
	pid_t pid;
	int fd;

	begin();
	fd = open("file", O_RDONLY);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_RDLCK), 0);
	pid = fork();
	if (pid == 0) {
		struct sigaction sa = {.sa_handler = on_alarm};

		sigaction(SIGALRM, &sa, NULL);
		alarm(1);
		_exit(open("file", O_WRONLY) != -1 || errno != EINTR);
	}
	CHECK_CHILD(pid);
	tmpdir_leave();
}
