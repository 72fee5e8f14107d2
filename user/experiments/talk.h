/*
 * For experiments with several processes: a child that does what its parent says.
 */
#ifndef USER_TALK_H
#define USER_TALK_H

#include "experiment.h"

/* A pipe of each to a child and from it, and what goes through them: the parent sends a letter, the
 * child does what it stands for and sends an answer. */
struct talk {
	int to, from; /* the ends of whose this is */
};

/* As fork(), with MINE set in both. */
static inline pid_t fork_to_talk(struct talk *mine)
{
	int down[2], up[2];
	pid_t pid;

	fflush(stdout);
	if (pipe(down) < 0 || pipe(up) < 0)
		fail("pipe");
	pid = fork();
	if (pid < 0)
		fail("fork");
	*mine = pid ? (struct talk){down[1], up[0]} : (struct talk){up[1], down[0]};
	close(pid ? down[0] : down[1]);
	close(pid ? up[1] : up[0]);
	return pid;
}

/* What the child answers to LETTER goes to ANSWER. */
static inline void ask(const struct talk *child, char letter, void *answer, size_t size)
{
	if (write(child->to, &letter, 1) != 1 || read(child->from, answer, size) != (ssize_t)size)
		fail("pipe");
}

/* Once nobody sends letters any more the child ends. */
static inline void end_talk(const struct talk *child, pid_t pid)
{
	close(child->to);
	close(child->from);
	waitpid(pid, NULL, 0);
}

/* A file that holds TEXT, open for reading and writing. */
static inline int make_file(const char *path, const char *text)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		fail(path);
	return fd;
}

#endif
