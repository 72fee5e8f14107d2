/*
 * time [-p] COMMAND [ARG ...]: how long a command takes, and how much of that it computes.
 */
#define PROGRAM "time"
#define USAGE	"[-p] COMMAND [ARG ...]"
#include "user/common.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

static bool posix;

static void print(const char *name, long seconds, long microseconds)
{
	if (posix)
		fprintf(stderr, "%s %ld.%02ld\n", name, seconds, microseconds / 10000);
	else
		fprintf(stderr, "%s\t%ldm%ld.%03lds\n", name, seconds / 60, seconds % 60,
			microseconds / 1000);
}

int main(int argc, char **argv)
{
	struct timespec start, end;
	struct rusage used;
	int opt, status;
	pid_t pid;

	while ((opt = getopt(argc, argv, "+p")) != -1) {
		if (opt != 'p')
			usage(125);
		posix = true;
	}
	if (optind == argc)
		usage(125);
	clock_gettime(CLOCK_MONOTONIC, &start);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		int err;

		execvp(argv[optind], argv + optind);
		err = errno;
		complain_errno(argv[optind]);
		_exit(err == ENOENT ? 127 : 126);
	}
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	while (wait4(pid, &status, 0, &used) < 0) {
		if (errno != EINTR)
			die("wait");
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec -= start.tv_sec + (end.tv_nsec < start.tv_nsec);
	end.tv_nsec += (end.tv_nsec < start.tv_nsec ? 1000000000 : 0) - start.tv_nsec;
	if (!posix)
		fputc('\n', stderr);
	print("real", end.tv_sec, end.tv_nsec / 1000);
	print("user", used.ru_utime.tv_sec, used.ru_utime.tv_usec);
	print("sys", used.ru_stime.tv_sec, used.ru_stime.tv_usec);
	if (WIFSIGNALED(status))
		fprintf(stderr, "%s: command ended by signal: %s\n", PROGRAM,
			strsignal(WTERMSIG(status)));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
