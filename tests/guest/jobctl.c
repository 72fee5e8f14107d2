/* Job control: process groups, sessions, stops, orphaned groups. */
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static pid_t pausing_child(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	CHECK(pid > 0);
	return pid;
}

static void finish(pid_t pid)
{
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

TEST(setpgid_rules)
{
	pid_t a = pausing_child(), b = pausing_child();

	CHECK_EQ(getpgid(a), getpgrp());
	CHECK_EQ(setpgid(a, 0), 0);
	CHECK_EQ(getpgid(a), a);
	CHECK_EQ(setpgid(b, a), 0);
	CHECK_EQ(getpgid(b), a);
	CHECK_EQ(setpgid(b, getpgrp()), 0);
	CHECK_ERRNO(setpgid(a, -1), EINVAL);
	CHECK_ERRNO(setpgid(a, 0x7ffffff), EPERM);
	CHECK_ERRNO(setpgid(getppid(), 0), ESRCH);
	CHECK_ERRNO(setpgid(0x7ffffff, 0), ESRCH);
	CHECK_ERRNO(getpgid(0x7ffffff), ESRCH);
	CHECK_ERRNO(getsid(0x7ffffff), ESRCH);
	finish(a);
	finish(b);
}

TEST(setsid_rules)
{
	pid_t pid = fork();

	if (pid == 0) {
		CHECK_EQ(setsid(), getpid());
		CHECK_EQ(getsid(0), getpid());
		CHECK_EQ(getpgrp(), getpid());
		CHECK_ERRNO(setsid(), EPERM);
		CHECK_ERRNO(setpgid(0, 0), EPERM); /* a session leader */
		CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
		_exit(0);
	}
	CHECK_CHILD(pid);
	/* The leader of a group cannot make a session. */
	pid = fork();
	if (pid == 0) {
		CHECK_EQ(setpgid(0, 0), 0);
		CHECK_ERRNO(setsid(), EPERM);
		_exit(0);
	}
	CHECK_CHILD(pid);
}

TEST(child_in_another_session)
{
	int fds[2];
	char c;
	pid_t pid;

	CHECK_EQ(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		setsid();
		CHECK_EQ(write(fds[1], "x", 1), 1);
		pause();
	}
	CHECK_EQ(read(fds[0], &c, 1), 1);
	CHECK_ERRNO(setpgid(pid, 0), EPERM);
	finish(pid);
}

TEST(after_exec_a_child_is_its_own_master)
{
	int fds[2];
	char c;
	pid_t pid;

	CHECK_EQ(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		execl("/bin/sleep", "sleep", "100", (char *)NULL);
		_exit(1);
	}
	close(fds[1]);
	CHECK_EQ(read(fds[0], &c, 1), 0); /* closed by exec */
	CHECK_ERRNO(setpgid(pid, 0), EACCES);
	finish(pid);
}

TEST(signals_to_a_group)
{
	pid_t a = pausing_child(), b = pausing_child();
	int status;

	CHECK_EQ(setpgid(a, a), 0);
	CHECK_EQ(setpgid(b, a), 0);
	CHECK_EQ(kill(-a, SIGUSR1), 0);
	CHECK_EQ(waitpid(a, &status, 0), a);
	CHECK_EQ(status, SIGUSR1);
	CHECK_EQ(waitpid(b, &status, 0), b);
	CHECK_EQ(status, SIGUSR1);
	CHECK_ERRNO(kill(-a, SIGUSR1), ESRCH);
}

TEST(stop_signals)
{
	static const int stops[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
	unsigned i;
	int status;

	for (i = 0; i < 4; i++) {
		pid_t pid = pausing_child();

		CHECK_EQ(setpgid(pid, pid), 0); /* its parent can continue it: not orphaned */
		CHECK_EQ(kill(pid, stops[i]), 0);
		CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
		CHECK_EQ(status, stops[i] << 8 | 0x7f);
		/* A signal does not reach a stopped process before SIGCONT, but SIGKILL does. */
		kill(pid, SIGTERM);
		CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
		kill(pid, SIGCONT);
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK_EQ(status, SIGTERM);
	}
}

static volatile sig_atomic_t seen;

static void handler(int sig)
{
	seen = sig;
}

TEST(caught_stop_and_cont)
{
	struct sigaction sa = {.sa_handler = handler};
	int status;
	pid_t pid;

	sigaction(SIGTSTP, &sa, NULL);
	raise(SIGTSTP);
	CHECK_EQ(seen, SIGTSTP);
	pid = fork();
	if (pid == 0) {
		sigaction(SIGCONT, &sa, NULL);
		seen = 0;
		raise(SIGSTOP);
		_exit(seen == SIGCONT ? 0 : 1);
	}
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	kill(pid, SIGCONT);
	CHECK_CHILD(pid);
}

/* SIGCONT takes back stop signals that wait, and the other way round. */
TEST(cont_and_stop_cancel_each_other)
{
	sigset_t set, pending;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGTSTP);
	sigpending(&pending);
	CHECK(sigismember(&pending, SIGTSTP));
	raise(SIGCONT);
	sigpending(&pending);
	CHECK(!sigismember(&pending, SIGTSTP));
	CHECK(sigismember(&pending, SIGCONT));
	raise(SIGTTIN);
	sigpending(&pending);
	CHECK(!sigismember(&pending, SIGCONT));
}

/* A group that nobody could continue does not stop for the terminal's signals, but for SIGSTOP. */
TEST(orphaned_group_does_not_stop)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		setsid();
		raise(SIGTSTP);
		raise(SIGTTIN);
		raise(SIGTTOU);
		_exit(7);
	}
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK_EQ(status, 7 << 8);
	pid = fork();
	if (pid == 0) {
		setsid();
		raise(SIGSTOP);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK_EQ(status, SIGSTOP << 8 | 0x7f);
	kill(pid, SIGCONT);
	CHECK_CHILD(pid);
}

/* A stopped job whose last possible continuer exits gets SIGHUP and SIGCONT. */
TEST(orphaned_stopped_job_is_hung_up)
{
	int fds[2], status;
	pid_t pid, job;

	CHECK_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	CHECK_EQ(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		setsid();
		job = fork();
		if (job == 0) {
			setpgid(0, 0);
			raise(SIGSTOP);
			_exit(1); /* SIGHUP comes first */
		}
		CHECK_EQ(waitpid(job, &status, WUNTRACED), job);
		CHECK(WIFSTOPPED(status));
		CHECK_EQ(write(fds[1], &job, sizeof(job)), sizeof(job));
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(read(fds[0], &job, sizeof(job)), sizeof(job));
	CHECK_EQ(waitpid(job, &status, 0), job);
	CHECK_EQ(status, SIGHUP);
}

/* ---- with a terminal: a pseudo-terminal, where there are any ---- */

static int open_pty(char *name, size_t size)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY);

	if (master < 0 || grantpt(master) || unlockpt(master) || ptsname_r(master, name, size))
		SKIP("no pseudo-terminals");
	return master;
}

TEST(session_leader_exit_hangs_up)
{
	char name[64];
	int master = open_pty(name, sizeof(name)), status;
	pid_t pid, leader;

	CHECK_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	leader = fork();
	if (leader == 0) {
		setsid();
		int tty = open(name, O_RDWR);

		CHECK(tty >= 0);
		CHECK_EQ(tcgetpgrp(tty), getpid());
		if (fork() == 0) {
			close(tty);
			for (;;)
				pause();
		}
		usleep(50000);
		_exit(0);
	}
	CHECK_CHILD(leader);
	pid = wait(&status);
	CHECK(pid > 0);
	CHECK_EQ(status, SIGHUP); /* it was in the foreground */
	close(master);
}

TEST(interrupt_character)
{
	char name[64];
	int master = open_pty(name, sizeof(name)), status, fds[2];
	pid_t pid;
	char c;

	CHECK_EQ(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		setsid();
		CHECK(open(name, O_RDWR) >= 0);
		CHECK_EQ(write(fds[1], "x", 1), 1);
		for (;;)
			pause();
	}
	CHECK_EQ(read(fds[0], &c, 1), 1);
	CHECK_EQ(write(master, "\003", 1), 1);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, SIGINT);
}

TEST(background_read_stops)
{
	char name[64];
	int master = open_pty(name, sizeof(name)), status;
	pid_t pid = fork();

	(void)master;
	if (pid == 0) {
		int tty;
		pid_t job;
		char c;

		setsid();
		tty = open(name, O_RDWR);
		CHECK(tty >= 0);
		job = fork();
		if (job == 0) {
			setpgid(0, 0);
			_exit(read(tty, &c, 1) == 1);
		}
		CHECK_EQ(waitpid(job, &status, WUNTRACED), job);
		CHECK_EQ(status, SIGTTIN << 8 | 0x7f);
		kill(job, SIGKILL);
		CHECK_EQ(waitpid(job, &status, 0), job);
		_exit(0);
	}
	CHECK_CHILD(pid);
}
