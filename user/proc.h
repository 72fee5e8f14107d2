/*
 * Reading /proc: whole files, and the fields of /proc/PID/stat.
 */
#ifndef USER_PROC_H
#define USER_PROC_H

#include "user/common.h"

struct proc_stat {
	int pid, ppid, pgrp, session, tty, tpgid;
	char comm[64];
	char state;
	unsigned long long utime, stime, start; /* clock ticks */
	long nice, threads;
	unsigned long vsize; /* bytes */
	long rss;	     /* pages */
};

/* The first SIZE-1 bytes of a file, with a NUL behind them. The length; -1 on error. */
static inline ssize_t read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY);
	size_t have = 0;
	ssize_t n;

	if (fd < 0)
		return -1;
	while ((n = read(fd, buf + have, size - 1 - have)) > 0)
		have += n;
	close(fd);
	buf[have] = '\0';
	return n < 0 ? -1 : (ssize_t)have;
}

static inline ssize_t read_proc_file(int pid, const char *name, char *buf, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return read_file(path, buf, size);
}

/* False: the process is gone. The name in parentheses may itself contain some. */
static inline bool read_stat(int pid, struct proc_stat *st)
{
	char buf[1024], *open_paren, *close_paren;

	memset(st, 0, sizeof(*st));
	if (read_proc_file(pid, "stat", buf, sizeof(buf)) <= 0)
		return false;
	open_paren = strchr(buf, '(');
	close_paren = strrchr(buf, ')');
	if (!open_paren || !close_paren)
		return false;
	*close_paren = '\0';
	st->pid = pid;
	snprintf(st->comm, sizeof(st->comm), "%s", open_paren + 1);
	return sscanf(close_paren + 1,
		      " %c %d %d %d %d %d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %ld %ld %*d"
		      " %llu %lu %ld",
		      &st->state, &st->ppid, &st->pgrp, &st->session, &st->tty, &st->tpgid,
		      &st->utime, &st->stime, &st->nice, &st->threads, &st->start, &st->vsize,
		      &st->rss) == 13;
}

/* The number behind "KEY" in text like that of /proc/meminfo or /proc/PID/status; -1: none. */
static inline long long proc_value(const char *text, const char *key)
{
	size_t n = strlen(key);

	while (text && *text) {
		if (strncmp(text, key, n) == 0 && text[n] == ':')
			return strtoll(text + n + 1, NULL, 10);
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return -1;
}

#endif
