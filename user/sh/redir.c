/*
 * Redirections, for a child for good, or around a builtin with the way back remembered.
 */
#include "user/sh/sh.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FIRST_HIGH = 10,
	CREATE_MODE = 0666
};

int move_high(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_HIGH);

	if (copy >= 0)
		close(fd);
	return copy;
}

/* A here-document that does not fit into a pipe is written by a child. */
static int open_heredoc(struct redir *r)
{
	const char *text = r->quoted ? r->target : expand_heredoc(r->target);
	int fds[2];
	size_t n;

	if (!text || pipe(fds) < 0)
		return -1;
	n = strlen(text);
	if (n <= PIPE_BUF) {
		write_all(fds[1], text, n);
	} else {
		pid_t pid = fork();

		if (pid == 0) {
			close(fds[0]);
			signal(SIGPIPE, SIG_DFL);
			write_all(fds[1], text, n);
			_exit(0);
		}
		if (pid < 0)
			warn("can't fork: %s", strerror(errno));
	}
	close(fds[1]);
	return fds[0];
}

/* With set -C, > does not overwrite a regular file. */
static int open_noclobber(const char *path)
{
	struct stat st;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, CREATE_MODE);

	if (fd >= 0 || errno != EEXIST)
		return fd;
	fd = open(path, O_WRONLY);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		close(fd);
		errno = EEXIST;
		return -1;
	}
	return fd;
}

static int open_target(struct redir *r, const char *path)
{
	switch (r->type) {
	case R_READ:
		return open(path, O_RDONLY);
	case R_RDWR:
		return open(path, O_RDWR | O_CREAT, CREATE_MODE);
	case R_APPEND:
		return open(path, O_WRONLY | O_CREAT | O_APPEND, CREATE_MODE);
	case R_WRITE:
		if (sh.noclobber)
			return open_noclobber(path);
		return open(path, O_WRONLY | O_CREAT | O_TRUNC, CREATE_MODE);
	default:
		return open(path, O_WRONLY | O_CREAT | O_TRUNC, CREATE_MODE);
	}
}

/* >&WORD: 0 closes, 1 done, -1 after a message. */
static int duplicate(struct redir *r, const char *word)
{
	long fd;

	if (strcmp(word, "-") == 0) {
		close(r->fd);
		return 0;
	}
	if (!parse_number(word, &fd) || fd < 0 || fd > INT_MAX) {
		warn("%s: bad file descriptor", word);
		return -1;
	}
	if ((fd != r->fd && dup2(fd, r->fd) < 0) || fcntl(r->fd, F_SETFD, 0) < 0) {
		warn("%ld: %s", fd, strerror(errno));
		return -1;
	}
	return 0;
}

static int redirect_one(struct redir *r)
{
	bool heredoc = r->type == R_HEREDOC || r->type == R_HEREDOC_TABS;
	const char *word = heredoc ? "here-document" : expand_string(r->target);
	int fd;

	if (!word)
		return -1;
	if (r->type == R_DUPIN || r->type == R_DUPOUT)
		return duplicate(r, word);
	fd = heredoc ? open_heredoc(r) : open_target(r, word);
	if (fd < 0) {
		bool create = r->type != R_READ && !heredoc;

		if (!sh.unwind)
			warn("can't %s %s: %s", create ? "create" : "open", word,
			     create && errno == ENOENT ? "nonexistent directory" : strerror(errno));
		return -1;
	}
	if (fd == r->fd)
		return 0;
	if (dup2(fd, r->fd) < 0) {
		warn("%d: %s", r->fd, strerror(errno));
		close(fd);
		return -1;
	}
	close(fd);
	return 0;
}

static void save_fd(struct saved_fd **saved, int fd)
{
	struct saved_fd *s = xmalloc(sizeof(*s));

	s->fd = fd;
	s->copy = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_HIGH);
	s->next = *saved;
	*saved = s;
}

int redirect(struct redir *r, struct saved_fd **saved)
{
	for (; r; r = r->next) {
		if (saved)
			save_fd(saved, r->fd);
		if (redirect_one(r) < 0)
			return -1;
	}
	return 0;
}

void redirect_undo(struct saved_fd **saved)
{
	while (*saved) {
		struct saved_fd *s = *saved;

		*saved = s->next;
		if (s->copy >= 0) {
			dup2(s->copy, s->fd);
			close(s->copy);
		} else {
			close(s->fd);
		}
		free(s);
	}
}
