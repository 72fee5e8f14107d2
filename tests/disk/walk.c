/*
 * walk DEVICE:KIND ...: mount each device, look at everything on it, change it, and unmount it
 * again.
 *
 * KIND is `damaged` (anything may be changed, and every call may fail) or `repaired` (only what
 * this program made itself is changed, and these calls work). It prints a line for each device.
 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#define PLACE	 "/mnt"
#define DEEP	 12
#define ENTRIES	 3000 /* a damaged folder may lead into itself */
#define FILES	 20
#define PIECE	 65536
#define PATH_LEN 4096

static int entries, damaged;
static char buffer[PIECE];
static sigjmp_buf back;

static void on_fault(int sig)
{
	siglongjmp(back, sig);
}

static void must(int good, const char *what)
{
	if (!good && !damaged)
		printf(" FAILED:%s:%s", what, strerrorname_np(errno));
}

static void map_and_touch(int fd, off_t size, int store)
{
	char *p = mmap(NULL, PIECE, PROT_READ | (store ? PROT_WRITE : 0), MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return;
	if (!sigsetjmp(back, 1))
		for (off_t at = 0; at < PIECE && at < size; at += 1024) {
			if (store)
				((volatile char *)p)[at]++;
			else
				(void)((volatile char *)p)[at];
		}
	munmap(p, PIECE);
}

/* The two ends of a file: it may claim to have terabytes. */
static void look_at(const char *path, off_t size)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK);

	if (fd < 0)
		return;
	(void)!pread(fd, buffer, PIECE, 0);
	(void)!pread(fd, buffer, PIECE, size > PIECE ? size - PIECE : 0);
	map_and_touch(fd, size, 0);
	lseek(fd, 0, SEEK_HOLE);
	close(fd);
}

static void change(const char *path, off_t size)
{
	static int n;
	char other[PATH_LEN + 8];
	int fd;

	snprintf(other, sizeof(other), "%s.new", path);
	switch (n++ % 8) {
	case 0:
		unlink(path);
		break;
	case 1:
		(void)!truncate(path, size / 2);
		break;
	case 2:
		rename(path, other);
		break;
	case 3:
		(void)!link(path, other);
		chmod(path, 0600);
		break;
	default:
		fd = open(path, O_RDWR | O_NONBLOCK);
		if (fd < 0)
			break;
		(void)!pwrite(fd, buffer, 5000, size > 5000 ? size - 5000 : 0);
		(void)!pwrite(fd, buffer, 100, size + 100000);
		map_and_touch(fd, size, 1);
		fsync(fd);
		close(fd);
	}
}

static void walk(const char *path, int depth)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && depth < DEEP && (entry = readdir(dir)) && entries++ < ENTRIES) {
		char below[PATH_LEN];
		struct stat st;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (snprintf(below, sizeof(below), "%s/%s", path, entry->d_name) >= PATH_LEN ||
		    lstat(below, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode)) {
			walk(below, depth + 1);
			if (damaged)
				rmdir(below);
		} else if (S_ISLNK(st.st_mode)) {
			(void)!readlink(below, buffer, PIECE);
		} else if (S_ISREG(st.st_mode)) {
			look_at(below, st.st_size);
			if (damaged)
				change(below, st.st_size);
		}
	}
	if (dir)
		closedir(dir);
}

/* What is made here stays, but for every third file. */
static void make_ours(void)
{
	char name[60], other[60];

	must(mkdir(PLACE "/ours", 0755) == 0, "mkdir");
	must(symlink("a/target/of/some/length/that/does/not/fit/into/the/inode/itself",
		     PLACE "/ours/link") == 0,
	     "symlink");
	for (int i = 0; i < FILES; i++) {
		int fd;

		snprintf(name, sizeof(name), PLACE "/ours/f%d", i);
		snprintf(other, sizeof(other), PLACE "/ours/g%d", i);
		fd = open(name, O_RDWR | O_CREAT, 0644);
		must(fd >= 0, "open");
		if (fd < 0)
			continue;
		memset(buffer, 'a' + i, PIECE);
		must(write(fd, buffer, 2000 * i) == 2000 * i, "write");
		map_and_touch(fd, 2000 * i, 1);
		if (i % 4 == 0)
			must(fsync(fd) == 0, "fsync");
		close(fd);
		if (i % 2)
			must(rename(name, other) == 0, "rename");
		if (i % 3 == 0)
			must(unlink(i % 2 ? other : name) == 0, "unlink");
	}
}

static void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	sync();
	must(write(fd, "3", 1) == 1, "drop_caches");
	close(fd);
}

static void do_device(char *argument)
{
	char *kind = strchr(argument, ':');
	struct statfs st;

	*kind++ = 0;
	damaged = !strcmp(kind, "damaged");
	entries = 0;
	printf("%s", argument);
	fflush(stdout);
	if (mount(argument, PLACE, "ext2", 0, "errors=continue") < 0) {
		printf(" mount:%s\n", strerrorname_np(errno));
		return;
	}
	walk(PLACE, 0);
	make_ours();
	drop_caches();
	statfs(PLACE, &st);
	entries = 0;
	if (damaged)
		walk(PLACE, 0);
	printf(umount(PLACE) < 0 ? " umount:%s" : " done", strerrorname_np(errno));
	printf("\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	signal(SIGBUS, on_fault);
	for (int i = 1; i < argc; i++)
		do_device(argv[i]);
	return 0;
}
