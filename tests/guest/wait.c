/* wait4, waitid and waitpid: statuses, options, errors. */
#include "check.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static pid_t child_exiting(int code)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(code);
	CHECK(pid > 0);
	return pid;
}

static pid_t child_pausing(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	CHECK(pid > 0);
	return pid;
}

TEST(exit_codes)
{
	static const int codes[] = {0, 1, 127, 255, 256, 257, -1};
	unsigned i;
	int status;

	for (i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		pid_t pid = child_exiting(codes[i]);

		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK_EQ(status, (codes[i] & 0xff) << 8);
	}
}

TEST(killed_by)
{
	static const int signals[] = {SIGHUP,  SIGINT,	SIGKILL, SIGTERM,
				      SIGUSR1, SIGALRM, SIGPIPE, 40};
	unsigned i;
	int status;

	for (i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		pid_t pid = child_pausing();

		CHECK_EQ(kill(pid, signals[i]), 0);
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK_EQ(status, signals[i]);
	}
}

/* With a core limit of 0 nothing is dumped, and the status says so. */
TEST(no_core_bit)
{
	struct rlimit r = {0, 0};
	int status;
	pid_t pid;

	setrlimit(RLIMIT_CORE, &r);
	pid = fork();
	if (pid == 0)
		*(volatile int *)4 = 0;
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, SIGSEGV);
}

TEST(errors)
{
	int status;

	CHECK_ERRNO(wait(&status), ECHILD);
	CHECK_ERRNO(waitpid(getpid(), &status, 0), ECHILD);
	CHECK_ERRNO(waitpid(-1, &status, 0x1000), EINVAL);
	CHECK_ERRNO(waitpid((pid_t)0x80000000, &status, 0), ESRCH);
	CHECK_ERRNO(waitid(P_ALL, 0, NULL, 0), EINVAL);
	CHECK_ERRNO(waitid(P_ALL, 0, NULL, WNOHANG), EINVAL);
	CHECK_ERRNO(waitid(P_PID, 0, NULL, WEXITED), EINVAL);
	CHECK_ERRNO(waitid(P_PGID, -1, NULL, WEXITED), EINVAL);
	CHECK_ERRNO(waitid(9, 0, NULL, WEXITED), EINVAL);
	CHECK_ERRNO(waitid(P_ALL, 0, NULL, WEXITED), ECHILD);
	CHECK_ERRNO(syscall(SYS_wait4, child_exiting(0), (int *)1, 0, NULL), EFAULT);
}

TEST(nohang)
{
	pid_t pid = child_pausing();
	int status = 77;

	CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
	CHECK_EQ(status, 77);
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_ERRNO(waitpid(pid, &status, WNOHANG), ECHILD);
}

TEST(by_group)
{
	pid_t a = child_pausing(), b = child_pausing();
	int status;

	CHECK_EQ(setpgid(a, a), 0);
	CHECK_ERRNO(waitpid(-b, &status, WNOHANG), ECHILD);
	kill(b, SIGKILL);
	CHECK_EQ(waitpid(0, &status, 0), b);
	CHECK_EQ(waitpid(-a, &status, WNOHANG), 0);
	kill(a, SIGTERM);
	CHECK_EQ(waitpid(-a, &status, 0), a);
	CHECK_EQ(status, SIGTERM);
}

TEST(stopped_and_continued)
{
	pid_t pid = child_pausing();
	int status;

	kill(pid, SIGSTOP);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK_EQ(status, SIGSTOP << 8 | 0x7f);
	/* Told once. */
	CHECK_EQ(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);
	kill(pid, SIGCONT);
	CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
	CHECK_EQ(status, 0xffff);
	CHECK(WIFCONTINUED(status));
	CHECK_EQ(waitpid(pid, &status, WCONTINUED | WNOHANG), 0);
	kill(pid, SIGSTOP);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK_EQ(status, SIGKILL);
}

TEST(waitid_info)
{
	siginfo_t info;
	pid_t pid = child_exiting(42);

	memset(&info, 0x55, sizeof(info));
	CHECK_EQ(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
	CHECK_EQ(info.si_signo, SIGCHLD);
	CHECK_EQ(info.si_errno, 0);
	CHECK_EQ(info.si_code, CLD_EXITED);
	CHECK_EQ(info.si_pid, pid);
	CHECK_EQ(info.si_uid, getuid());
	CHECK_EQ(info.si_status, 42);
	CHECK_EQ(info.si_utime, 0x55555555); /* not written */
	/* Still there. */
	CHECK_EQ(waitid(P_ALL, 0, &info, WEXITED), 0);
	CHECK_EQ(info.si_pid, pid);
	pid = child_pausing();
	CHECK_EQ(waitid(P_PID, pid, &info, WEXITED | WSTOPPED | WNOHANG), 0);
	CHECK_EQ(info.si_signo, 0);
	CHECK_EQ(info.si_pid, 0);
	kill(pid, SIGSTOP);
	CHECK_EQ(waitid(P_PID, pid, &info, WSTOPPED), 0);
	CHECK_EQ(info.si_code, CLD_STOPPED);
	CHECK_EQ(info.si_status, SIGSTOP);
	kill(pid, SIGCONT);
	CHECK_EQ(waitid(P_PID, pid, &info, WCONTINUED), 0);
	CHECK_EQ(info.si_code, CLD_CONTINUED);
	CHECK_EQ(info.si_status, SIGCONT);
	kill(pid, SIGTERM);
	CHECK_EQ(waitid(P_PGID, getpgrp(), &info, WEXITED), 0);
	CHECK_EQ(info.si_code, CLD_KILLED);
	CHECK_EQ(info.si_status, SIGTERM);
}

TEST(usage_of_children)
{
	struct rusage ru, all;
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		volatile unsigned n;

		for (n = 0; n < 200000000; n++)
			;
		_exit(0);
	}
	CHECK_EQ(wait4(pid, &status, 0, &ru), pid);
	CHECK(ru.ru_utime.tv_sec || ru.ru_utime.tv_usec > 10000);
	CHECK(ru.ru_minflt > 0);
	CHECK_EQ(getrusage(RUSAGE_CHILDREN, &all), 0);
	CHECK_EQ(all.ru_utime.tv_sec, ru.ru_utime.tv_sec);
	CHECK_EQ(all.ru_minflt, ru.ru_minflt);
	CHECK_ERRNO(getrusage(5, &all), EINVAL);
	CHECK_ERRNO(syscall(SYS_getrusage, RUSAGE_SELF, 1), EFAULT);
}

/* Children of those who ignore SIGCHLD leave no zombies; wait sleeps until all are gone. */
TEST(ignored_sigchld)
{
	pid_t pid;

	signal(SIGCHLD, SIG_IGN);
	pid = child_exiting(3);
	CHECK_ERRNO(waitpid(pid, NULL, 0), ECHILD);
	CHECK_ERRNO(kill(pid, 0), ESRCH);
}

static volatile sig_atomic_t chld_seen;
static volatile siginfo_t chld_info; /* the handler changes it */

static void on_chld(int sig, siginfo_t *info, void *context)
{
	chld_info = *info;
	chld_seen++;
}

TEST(nocldwait)
{
	struct sigaction sa = {.sa_sigaction = on_chld, .sa_flags = SA_NOCLDWAIT | SA_SIGINFO};
	pid_t pid;

	sigaction(SIGCHLD, &sa, NULL);
	pid = child_exiting(3);
	while (!chld_seen)
		usleep(1000);
	CHECK_EQ(chld_info.si_pid, pid);
	CHECK_EQ(chld_info.si_status, 3);
	CHECK_ERRNO(waitpid(pid, NULL, 0), ECHILD);
}

TEST(sigchld_info)
{
	struct sigaction sa = {.sa_sigaction = on_chld, .sa_flags = SA_SIGINFO};
	pid_t pid;
	int status;

	sigaction(SIGCHLD, &sa, NULL);
	pid = child_pausing();
	kill(pid, SIGSTOP);
	while (chld_seen < 1)
		usleep(1000);
	CHECK_EQ(chld_info.si_code, CLD_STOPPED);
	CHECK_EQ(chld_info.si_status, SIGSTOP);
	CHECK_EQ(chld_info.si_pid, pid);
	kill(pid, SIGCONT);
	while (chld_seen < 2)
		usleep(1000);
	CHECK_EQ(chld_info.si_code, CLD_CONTINUED);
	CHECK_EQ(chld_info.si_status, SIGCONT);
	kill(pid, SIGKILL);
	while (chld_seen < 3)
		usleep(1000);
	CHECK_EQ(chld_info.si_code, CLD_KILLED);
	CHECK_EQ(chld_info.si_status, SIGKILL);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	/* SA_NOCLDSTOP: only deaths. */
	sa.sa_flags |= SA_NOCLDSTOP;
	sigaction(SIGCHLD, &sa, NULL);
	pid = child_pausing();
	kill(pid, SIGSTOP);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK_EQ(chld_seen, 3);
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(chld_seen, 4);
}

static void on_alarm(int sig)
{
}

TEST(interrupted)
{
	struct sigaction sa = {.sa_handler = on_alarm};
	pid_t pid = child_pausing();
	int status;

	sigaction(SIGALRM, &sa, NULL);
	alarm(1);
	CHECK_ERRNO(waitpid(pid, &status, 0), EINTR);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}
