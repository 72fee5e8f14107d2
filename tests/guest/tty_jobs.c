/*
 * Terminals and process groups: signal characters, foreground and background, the controlling
 * terminal, hang-up.
 */
#include "tty_test.h"
#include <stdbool.h>
#include <sys/syscall.h>

static volatile int last_signal;
static void on_signal(int sig)
{
	last_signal = sig;
}
static void signal_characters(int fd)
{
	struct termios t = get(fd);

	signal(SIGINT, on_signal);
	signal(SIGQUIT, on_signal);
	signal(SIGTSTP, on_signal);
	TYPE(fd, "typed before");
	TYPE(fd, "\003");
	CHECK_EQ(last_signal, SIGINT);
	TYPE(fd, "x\n");
	READS(fd, 100, "x\n"); /* the signal flushed the rest */
	TYPE(fd, "\034");
	CHECK_EQ(last_signal, SIGQUIT);
	TYPE(fd, "\032");
	CHECK_EQ(last_signal, SIGTSTP);
	last_signal = 0;
	t.c_lflag |= NOFLSH;
	set(fd, &t);
	TYPE(fd, "kept");
	TYPE(fd, "\003");
	TYPE(fd, "\n");
	CHECK_EQ(last_signal, SIGINT);
	READS(fd, 100, "kept\n");
	last_signal = 0;
	t.c_lflag &= ~ISIG;
	set(fd, &t);
	TYPE(fd, "\003\n");
	READS(fd, 100, "\003\n");
	CHECK_EQ(last_signal, 0);
}
TEST(signal_characters)
{
	session(signal_characters);
}

/* A child in a process group of its own; `foreground`: which gets the terminal. */
static pid_t job(int fd, void (*fn)(int fd), int foreground)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		setpgid(0, 0);
		signal(SIGTTOU, SIG_IGN);
		if (foreground) {
			pid = getpid();
			CHECK(ioctl(fd, TIOCSPGRP, &pid) == 0);
		}
		signal(SIGTTOU, SIG_DFL);
		fn(fd);
		_exit(0);
	}
	setpgid(pid, pid);
	return pid;
}

static int wait_status(pid_t pid)
{
	int status;

	CHECK(waitpid(pid, &status, WUNTRACED) == pid);
	return status;
}

static void reads(int fd)
{
	char c;

	if (read(fd, &c, 1) != 1)
		_exit(errno);
}
static void writes(int fd)
{
	if (write(fd, "x", 1) != 1)
		_exit(errno);
}
static void sets(int fd)
{
	struct termios t = get(fd);

	if (ioctl(fd, TCSETS, &t))
		_exit(errno);
}
static void waits(int fd)
{
	pause();
}
static void ignores_and_reads(int fd)
{
	signal(SIGTTIN, SIG_IGN);
	reads(fd);
}
static void blocks_and_sets(int fd)
{
	sigset_t s;

	sigemptyset(&s);
	sigaddset(&s, SIGTTOU);
	sigprocmask(SIG_BLOCK, &s, NULL);
	sets(fd);
}

static void check_stopped(pid_t pid, int sig)
{
	int status = wait_status(pid);

	if (!WIFSTOPPED(status) || WSTOPSIG(status) != sig)
		CHECK_FAIL("status %#x, not stopped by %d", status, sig);
	kill(pid, SIGKILL);
	kill(pid, SIGCONT);
	wait_status(pid);
}

static void background(int fd)
{
	struct termios t = get(fd);

	check_stopped(job(fd, reads, 0), SIGTTIN);
	CHECK_EQ(wait_status(job(fd, ignores_and_reads, 0)), EIO << 8);
	CHECK_EQ(wait_status(job(fd, writes, 0)), 0);
	check_stopped(job(fd, sets, 0), SIGTTOU);
	CHECK_EQ(wait_status(job(fd, blocks_and_sets, 0)), 0);
	t.c_lflag |= TOSTOP;
	set(fd, &t);
	check_stopped(job(fd, writes, 0), SIGTTOU);
}
TEST(background_jobs)
{
	session(background);
}

static void foreground(int fd)
{
	pid_t pid = job(fd, waits, 1), pgrp;
	int status;

	do {
		CHECK(ioctl(fd, TIOCGPGRP, &pgrp) == 0);
	} while (pgrp != pid);
	TYPE(fd, "\032");
	status = wait_status(pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP);
	kill(-pid, SIGCONT);
	TYPE(fd, "\003");
	CHECK_EQ(wait_status(pid), SIGINT);
	signal(SIGTTOU, SIG_IGN);
	pgrp = getpid();
	CHECK(ioctl(fd, TIOCSPGRP, &pgrp) == 0);
}
TEST(foreground_job)
{
	session(foreground);
}

/* The group of a process whose parent has died: nobody would continue it. */
static void orphaned(int fd)
{
	int report[2];
	char result;
	pid_t pid;

	CHECK(pipe(report) == 0);
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		if (fork())
			_exit(0);
		while (getppid() == pid)
			usleep(1000);
		usleep(50000);
		result = read(fd, &result, 1) < 0 ? errno : 0;
		if (write(report[1], &result, 1) != 1)
			_exit(1);
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(read(report[0], &result, 1), 1);
	CHECK_EQ(result, EIO);
}
TEST(orphaned_group)
{
	session(orphaned);
}

static void process_groups(int fd)
{
	pid_t me = getpid(), pgrp, parent = getppid();

	CHECK(ioctl(fd, TIOCGPGRP, &pgrp) == 0);
	CHECK_EQ(pgrp, me);
	CHECK(ioctl(fd, TIOCGSID, &pgrp) == 0);
	CHECK_EQ(pgrp, me);
	pgrp = -1;
	CHECK_ERRNO(ioctl(fd, TIOCSPGRP, &pgrp), EINVAL);
	pgrp = 30000;
	CHECK_ERRNO(ioctl(fd, TIOCSPGRP, &pgrp), ESRCH);
	CHECK_ERRNO(ioctl(fd, TIOCSPGRP, &parent), EPERM);
	CHECK_ERRNO(ioctl(fd, TIOCSPGRP, (void *)1), EFAULT);
	CHECK(ioctl(fd, TIOCSCTTY, 0) == 0); /* it is ours already */
}
TEST(process_groups)
{
	session(process_groups);
}

static void gives_up(int fd)
{
	pid_t pgrp;
	int tty = open("/dev/tty", O_RDWR);

	CHECK(tty >= 0);
	CHECK(ioctl(tty, TIOCGPGRP, &pgrp) == 0);
	CHECK_EQ(pgrp, getpid());
	signal(SIGHUP, on_signal);
	CHECK(ioctl(fd, TIOCNOTTY, 0) == 0);
	CHECK_EQ(last_signal, SIGHUP);
	CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
	CHECK_ERRNO(ioctl(fd, TIOCNOTTY, 0), ENOTTY);
	CHECK_ERRNO(ioctl(fd, TIOCGPGRP, &pgrp), ENOTTY);
	CHECK(ioctl(fd, TIOCSCTTY, 0) == 0);
	CHECK(ioctl(fd, TIOCGPGRP, &pgrp) == 0);
}
TEST(controlling_terminal)
{
	session(gives_up);
}

static void no_ctty(int fd)
{
	pid_t pid = fork();

	if (pid == 0) {
		CHECK_ERRNO(ioctl(fd, TIOCSCTTY, 0), 0 + EPERM); /* no leader */
		CHECK(setsid() > 0);
		CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
		CHECK_ERRNO(ioctl(fd, TIOCSCTTY, 0), EPERM); /* another session's */
		CHECK(open(TTY, O_RDWR) >= 0);
		CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
		_exit(0);
	}
	CHECK_CHILD(pid);
}
TEST(no_controlling_terminal)
{
	session(no_ctty);
}

/* The leader ends: its foreground job gets SIGHUP, and every open file of the terminal is dead. */
TEST(hangup)
{
	int report[2], fd = open(TTY, O_RDWR | O_NOCTTY);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char result = 0;
	pid_t pid;

	CHECK(fd >= 0 && pipe(report) == 0);
	pid = fork();
	if (pid == 0) {
		int tty;

		setsid();
		tty = open(TTY, O_RDWR);
		CHECK(tty >= 0);
		signal(SIGHUP, on_signal);
		if (fork() == 0) {
			while (!last_signal)
				usleep(1000);
			result = last_signal;
			if (read(tty, &result, 1) != 0 || write(tty, "x", 1) != -1 || errno != EIO)
				result = 0;
			if (write(report[1], &result, 1) != 1)
				_exit(1);
			_exit(0);
		}
		usleep(50000);
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(read(report[0], &result, 1), 1);
	CHECK_EQ(result, SIGHUP);
	CHECK_EQ(read(fd, &result, 1), 0);
	CHECK_ERRNO(write(fd, "x", 1), EIO);
	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(p.revents & (POLLHUP | POLLERR | POLLIN), POLLHUP | POLLERR | POLLIN);
	CHECK_ERRNO(ioctl(fd, TIOCGPGRP, &pid), EIO);
	CHECK_ERRNO(ioctl(fd, TIOCSPGRP, &pid), ENOTTY);
}

/* ---- the leader outlives the hang-up ---- */

/* What a process was sent: SIGHUP 1, SIGCONT 2. */
static volatile int was_sent;

static void on_hangup(int sig)
{
	was_sent |= sig == SIGHUP ? 1 : 2;
}

static void catch_hangup(void)
{
	CHECK(signal(SIGHUP, on_hangup) != SIG_ERR);
	CHECK(signal(SIGCONT, on_hangup) != SIG_ERR);
}

/* A job in the foreground; its signals so far come by `report` at each byte on `ask`. 'q' ends it.
 */
static void foreground_job_that_tells(int fd, int ask, int report)
{
	pid_t pid = fork();
	char c;

	CHECK(pid >= 0);
	if (!pid) {
		setpgid(0, 0);
		catch_hangup();
		for (;;) {
			ssize_t n = read(ask, &c, 1);

			if (n == 1 && c == 'q')
				_exit(0);
			c = was_sent;
			if (n == 1 && write(report, &c, 1) != 1)
				_exit(1);
		}
	}
	setpgid(pid, pid);
	CHECK(signal(SIGTTOU, SIG_IGN) != SIG_ERR);
	CHECK_EQ(ioctl(fd, TIOCSPGRP, &pid), 0);
}

static int ask_job(int ask, int report)
{
	char c;

	CHECK_EQ(write(ask, "", 1), 1);
	CHECK_EQ(read(report, &c, 1), 1);
	return c;
}

/* `again`: the leader gets the terminal once more before it exits. What the job that was in the
   foreground at the hang-up is sent at the leader's exit. */
static int sent_at_exit(bool again)
{
	int ask[2], report[2], sent;
	pid_t leader;

	CHECK(pipe(ask) == 0 && pipe(report) == 0);
	leader = fork();
	CHECK(leader >= 0);
	if (!leader) {
		int fd;

		CHECK(setsid() > 0);
		catch_hangup();
		fd = open(TTY, O_RDWR);
		CHECK(fd >= 0);
		foreground_job_that_tells(fd, ask[0], report[1]);
		CHECK_EQ(ask_job(ask[1], report[0]), 0);
		CHECK_EQ(syscall(SYS_vhangup), 0);
		CHECK_EQ(was_sent, 3);
		CHECK_EQ(ask_job(ask[1], report[0]), 0);
		if (again)
			CHECK(open(TTY, O_RDWR) >= 0);
		_exit(0);
	}
	CHECK_CHILD(leader);
	sent = ask_job(ask[1], report[0]);
	CHECK_EQ(write(ask[1], "q", 1), 1);
	return sent;
}

TEST(a_leader_that_outlives_the_hangup_tells_the_old_foreground_group)
{
	if (geteuid())
		SKIP("not root");
	CHECK_EQ(sent_at_exit(false), 3);
	CHECK_EQ(sent_at_exit(true), 0);
}

static void exclusive(int fd)
{
	pid_t pid;
	int n;

	CHECK(ioctl(fd, TIOCEXCL, 0) == 0);
	CHECK(ioctl(fd, TIOCGEXCL, &n) == 0);
	CHECK_EQ(n, 1);
	pid = fork();
	if (pid == 0) {
		CHECK(setuid(1) == 0);
		CHECK(open(TTY, O_RDWR) < 0 && (errno == EBUSY || errno == EACCES));
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK(ioctl(fd, TIOCNXCL, 0) == 0);
}
TEST(exclusive_use)
{
	session(exclusive);
}
