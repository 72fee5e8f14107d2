/*
 * xattrs make|change|show: extended attributes on the disk at /mnt. `make` gives six files the same
 * ones, too large for an inode, so that Linux lets the files share a block; `change` changes each
 * file in another way, and makes many others; all show what the six have.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define FILES	 6
#define OTHERS	 200
#define SHARED	 700 /* bytes of the large one */
#define MAX_SIZE 800

static char value[4096];

static void check(int failed, const char *what)
{
	if (!failed)
		return;
	perror(what);
	exit(1);
}

static void make_file(const char *name)
{
	int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0644);

	check(fd < 0 || close(fd), name);
}

static void set(const char *file, const char *name, size_t size)
{
	check(setxattr(file, name, value, size, 0), name);
}

static void make(void)
{
	char name[32];

	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		make_file(name);
		set(name, "user.shared", SHARED);
		set(name, "user.in", 5);
	}
}

static void change(void)
{
	char name[32];

	set("s0", "user.shared", SHARED - 50);
	set("s1", "trusted.more", 30);
	check(removexattr("s2", "user.shared"), "remove");
	check(unlink("s3"), "unlink");
	set("s4", "user.shared", 4);
	for (int i = 0; i < OTHERS; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		make_file(name);
		set(name, i % 2 ? "user.x" : "trusted.yy", i * 37 % MAX_SIZE);
		if (i % 7 == 0)
			check(unlink(name), name);
	}
}

static void show(const char *file)
{
	char names[sizeof(value)];
	ssize_t len = listxattr(file, names, sizeof(names));
	struct stat st;

	if (stat(file, &st))
		return;
	printf("%s, %ld blocks:", file, (long)st.st_blocks);
	for (char *p = names; len > 0 && p < names + len; p += strlen(p) + 1) {
		char got[sizeof(value)];
		ssize_t size = getxattr(file, p, got, sizeof(got));

		printf(" %s %zd%s", p, size, size >= 0 && !memcmp(got, value, size) ? "" : " BAD");
	}
	putchar('\n');
}

int main(int argc, char **argv)
{
	char name[32];

	memset(value, 'q', sizeof(value));
	check(argc < 2 || chdir("/mnt"), "/mnt");
	if (!strcmp(argv[1], "make"))
		make();
	else if (!strcmp(argv[1], "change"))
		change();
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		show(name);
	}
	return 0;
}
