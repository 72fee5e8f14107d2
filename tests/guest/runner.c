/*
 * runner [--leaks] PROGRAM...: runs the guest tests one after the other and prints marks between
 * them:
 *
 *	@@ begin PROGRAM
 *	...what it prints...
 *	@@ leak PROGRAM: what was not given back   (with --leaks, only if there is something)
 *	@@ end PROGRAM STATUS                      (128 + signal if it was killed)
 *
 * leaks.h says how a leak is found.
 */
#define _GNU_SOURCE
#include "leaks.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM_SECONDS 3600 /* ends what hangs, not what a busy host keeps from running */

static const char *running;

static void say_leak(long count, const char *of_what)
{
	printf("@@ leak %s: %ld %s\n", running, count, of_what);
}

static int run(const char *program, int quiet)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (quiet) {
			int null = open("/dev/null", O_WRONLY);

			dup2(null, 1);
			dup2(null, 2);
			close(null);
		} else {
			dup2(1, 2);
		}
		alarm(PROGRAM_SECONDS);
		execl(program, program, (char *)NULL);
		perror(program);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 127;
	/* orphans of the test, if this process is init's stand-in or not, have a moment to end */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	static struct figures before, now;
	int i, runs, leaks = argc > 1 && strcmp(argv[1], "--leaks") == 0;

	for (i = 1 + leaks; i < argc; i++) {
		const char *name = argv[i];
		int status;

		running = name;
		printf("@@ begin %s\n", name);
		if (leaks)
			measure(&before);
		status = run(argv[i], 0);
		if (leaks)
			measure(&now);
		for (runs = 1; leaks && runs < LEAK_RUNS && leaks_found(&before, &now, NULL);
		     runs++) {
			measure(&before);
			run(argv[i], 1);
			measure(&now);
		}
		if (leaks)
			leaks_found(&before, &now, say_leak);
		printf("@@ end %s %d\n", name, status);
		fflush(stdout);
	}
	return 0;
}
