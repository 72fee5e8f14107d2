/*
 * What the small tools share: messages, the end of a program, names of users, sizes for people.
 *
 * A tool defines PROGRAM and USAGE and includes this file before anything else.
 */
#ifndef USER_COMMON_H
#define USER_COMMON_H

#ifndef _GNU_SOURCE
#	define _GNU_SOURCE
#endif
#define _FILE_OFFSET_BITS 64

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* "ls: no such thing" on stderr, after what was printed so far. */
static inline void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static inline void complain(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "%s: ", PROGRAM);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* "ls: /x: No such file or directory", from errno. */
static inline void complain_errno(const char *what)
{
	int err = errno;

	complain("%s: %s", what, strerror(err));
}

_Noreturn static inline void usage(int status)
{
	fprintf(stderr, "usage: %s %s\n", PROGRAM, USAGE);
	exit(status);
}

_Noreturn static inline void die(const char *what)
{
	complain_errno(what);
	exit(1);
}

/* End with STATUS, or with 1 if the output could not be written. */
static inline int finish(int status)
{
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "%s: write error: %s\n", PROGRAM, strerror(errno));
		return status ? status : 1;
	}
	return status;
}

static inline void *allocate(void *old, size_t size)
{
	void *p = realloc(old, size ? size : 1);

	if (!p) {
		complain("out of memory");
		exit(1);
	}
	return p;
}

static inline char *copy_string(const char *s)
{
	return strcpy(allocate(NULL, strlen(s) + 1), s);
}

/* "dir" and "name" -> "dir/name", allocated. */
static inline char *join_path(const char *dir, const char *name)
{
	size_t n = strlen(dir);
	char *path = allocate(NULL, n + strlen(name) + 2);

	strcpy(path, dir);
	if (n > 0 && dir[n - 1] != '/')
		strcat(path, "/");
	return strcat(path, name);
}

/* The last part of a path, without changing it: "/a/b/" -> "b/". */
static inline const char *last_part(const char *path)
{
	const char *end = path + strlen(path);

	while (end > path && end[-1] == '/')
		end--;
	while (end > path && end[-1] != '/')
		end--;
	return end;
}

static inline bool parse_long(const char *s, long *result)
{
	char *end;

	errno = 0;
	*result = strtol(s, &end, 10);
	return end != s && *end == '\0' && errno == 0;
}

/* The FIELDth entry (from 0) of the line of FILE whose KEYth entry is KEY_TEXT; false: none. */
static inline bool lookup_colon_file(const char *file, int key, const char *key_text, int field,
				     char *buf, size_t size)
{
	FILE *f = fopen(file, "r");
	char line[256];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		char *entry[8] = {0}, *rest = line;
		int n = 0;

		line[strcspn(line, "\n")] = '\0';
		while (n < 8 && (entry[n] = strsep(&rest, ":")))
			n++;
		if (key < n && field < n && strcmp(entry[key], key_text) == 0) {
			snprintf(buf, size, "%s", entry[field]);
			found = true;
		}
	}
	if (f)
		fclose(f);
	return found;
}

/* The user's name, else the number; good until the next call. */
static inline const char *user_name(unsigned uid)
{
	static char number[16], name[32];
	static unsigned known;

	if (*name && known == uid)
		return name;
	snprintf(number, sizeof(number), "%u", uid);
	if (!lookup_colon_file("/etc/passwd", 2, number, 0, name, sizeof(name)))
		strcpy(name, number);
	known = uid;
	return name;
}

/* 1536 -> "1.5K", rounded up as ls -h does. BUF takes HUMAN bytes. */
enum {
	HUMAN = 24
};

static inline const char *human_size(unsigned long long bytes, char *buf)
{
	static const char units[] = "BKMGTPE";
	unsigned long long scale = 1, tenths;
	int unit = 0;

	while (bytes >= scale * 1024 && units[unit + 1]) {
		scale *= 1024;
		unit++;
	}
	tenths = (bytes % scale * 10 + scale - 1) / scale + bytes / scale * 10;
	if (unit == 0)
		snprintf(buf, HUMAN, "%llu", bytes);
	else if (tenths < 100)
		snprintf(buf, HUMAN, "%llu.%llu%c", tenths / 10, tenths % 10, units[unit]);
	else
		snprintf(buf, HUMAN, "%llu%c", (tenths + 9) / 10, units[unit]);
	return buf;
}

/* "-rwxr-xr-x" */
static inline void mode_string(mode_t mode, char buf[11])
{
	static const char bits[] = "rwxrwxrwx";

	buf[0] = S_ISDIR(mode)	  ? 'd'
		 : S_ISLNK(mode)  ? 'l'
		 : S_ISCHR(mode)  ? 'c'
		 : S_ISBLK(mode)  ? 'b'
		 : S_ISFIFO(mode) ? 'p'
		 : S_ISSOCK(mode) ? 's'
				  : '-';
	for (int i = 0; i < 9; i++)
		buf[1 + i] = mode & (0400 >> i) ? bits[i] : '-';
	if (mode & S_ISUID)
		buf[3] = mode & S_IXUSR ? 's' : 'S';
	if (mode & S_ISGID)
		buf[6] = mode & S_IXGRP ? 's' : 'S';
	if (mode & S_ISVTX)
		buf[9] = mode & S_IXOTH ? 't' : 'T';
	buf[10] = '\0';
}

#endif
