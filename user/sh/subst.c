/*
 * $(commands): a child runs them, and what it prints comes back through a pipe.
 */
#include "user/sh/sh.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void command_output(const char *text, struct sbuf *result)
{
	struct job *j;
	char buf[1024];
	ssize_t n;
	int fds[2];
	pid_t pid;

	if (pipe(fds) < 0) {
		warn("can't make a pipe: %s", strerror(errno));
		sh.subst_status = 2;
		return;
	}
	j = job_new_quiet();
	pid = job_fork(j);
	if (pid == 0) {
		close(fds[0]);
		if (fds[1] != STDOUT_FILENO) {
			dup2(fds[1], STDOUT_FILENO);
			close(fds[1]);
		}
		run_string(text, EV_EXIT);
		exit_shell(sh.status);
	}
	close(fds[1]);
	while (pid > 0 && ((n = read(fds[0], buf, sizeof(buf))) > 0 || (n < 0 && errno == EINTR))) {
		for (ssize_t i = 0; i < n; i++) {
			if (buf[i])
				sbuf_add(result, buf[i]);
		}
	}
	close(fds[0]);
	sh.subst_status = pid > 0 ? job_wait(j) : 2;
	sbuf_str(result);
	while (result->n > 0 && result->s[result->n - 1] == '\n')
		result->s[--result->n] = '\0';
}
