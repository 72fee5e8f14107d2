/*
 * scale large FILE MIB: a file is written, dropped from memory, read and compared, and compared by
 * a mapping that also changes every page; then read once more.
 * scale names FOLDER COUNT: so many names are made in a new folder, listed, looked up, every other
 * one is removed, and what is left is listed and looked up again.
 * Both print what they did, or exit with 1 and say what was wrong.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK  (256 << 10)
#define PAGE   4096
#define WORDS  (CHUNK / sizeof(unsigned int))
#define WINDOW (16 << 20)

static unsigned int words[WORDS], wanted[WORDS];

static void check(int failed, const char *what)
{
	if (!failed)
		return;
	perror(what);
	exit(1);
}

static void wrong(const char *what, unsigned long where)
{
	printf("%s: wrong at %lu\n", what, where);
	exit(1);
}

static void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	check(fd < 0 || write(fd, "3", 1) != 1, "drop_caches");
	close(fd);
}

/* What chunk `n` of the file holds, and after the change that the mapping makes. */
static void pattern(unsigned int n, int changed)
{
	unsigned int x = n * 2654435761u + 1;

	for (size_t i = 0; i < WORDS; i++) {
		x = x * 1664525 + 1013904223;
		wanted[i] = x;
	}
	for (size_t i = 0; changed && i < WORDS; i += PAGE / sizeof(unsigned int))
		wanted[i] = ~n;
}

static void write_file(int fd, unsigned int chunks)
{
	for (unsigned int n = 0; n < chunks; n++) {
		pattern(n, 0);
		check(write(fd, wanted, CHUNK) != CHUNK, "write");
	}
	check(fsync(fd), "fsync");
}

static void read_file(int fd, unsigned int chunks, int changed)
{
	check(lseek(fd, 0, SEEK_SET) != 0, "lseek");
	for (unsigned int n = 0; n < chunks; n++) {
		check(read(fd, words, CHUNK) != CHUNK, "read");
		pattern(n, changed);
		if (memcmp(words, wanted, CHUNK))
			wrong("read", n);
	}
	check(read(fd, words, 1) != 0, "read at the end");
}

/* One window after the other; the kernel finds the changed pages and writes them when it must. */
static void change_file(int fd, unsigned int chunks)
{
	unsigned int n, i, step = WINDOW / CHUNK;
	unsigned int *p = NULL;

	for (n = 0; n < chunks; n++) {
		if (n % step == 0) {
			p = mmap(NULL, WINDOW, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
				 (off_t)n * CHUNK);
			check(p == MAP_FAILED, "mmap");
		}
		pattern(n, 0);
		if (memcmp(p + n % step * WORDS, wanted, CHUNK))
			wrong("mapping", n);
		for (i = 0; i < WORDS; i += PAGE / sizeof(unsigned int))
			p[n % step * WORDS + i] = ~n;
		if (n % step == step - 1 || n == chunks - 1)
			munmap(p, WINDOW);
	}
	check(fsync(fd), "fsync");
}

static void large(const char *path, unsigned int chunks)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);

	check(fd < 0, path);
	write_file(fd, chunks);
	drop_caches();
	read_file(fd, chunks, 0);
	change_file(fd, chunks);
	drop_caches();
	read_file(fd, chunks, 1);
	close(fd);
	printf("large: %u MiB\n", chunks / (1024 * 1024 / CHUNK));
}

static void make_name(char *name, int i)
{
	sprintf(name, "a-name-of-middle-length-%d", i);
}

/* Every name in `there` is in the list once, and no other. */
static void list(const char *there, int count)
{
	char *seen = calloc(1, count);
	struct dirent *entry;
	DIR *dir = opendir(".");
	int i;

	check(!dir || !seen, "opendir");
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (sscanf(entry->d_name, "a-name-of-middle-length-%d", &i) != 1 || i < 0 ||
		    i >= count || !there[i] || seen[i]++)
			wrong(entry->d_name, 0);
	}
	for (i = 0; i < count; i++)
		if (seen[i] != there[i])
			wrong("list", i);
	closedir(dir);
	free(seen);
}

/* From memory and from the disk, every seventh name. */
static void look_up(const char *there, int count)
{
	struct stat st;
	char name[64];

	for (int i = 0; i < count; i += 7) {
		make_name(name, i);
		if ((stat(name, &st) == 0) != there[i] || (!there[i] && errno != ENOENT))
			wrong("look up", i);
	}
	check(stat("a-name-of-middle-length-x", &st) == 0, "what was never there");
}

static void check_names(const char *there, int count)
{
	list(there, count);
	look_up(there, count);
	drop_caches();
	list(there, count);
	look_up(there, count);
}

static void names(const char *folder, int count)
{
	char *there = calloc(1, count), name[64];
	int i, fd;

	check(!there || mkdir(folder, 0755) || chdir(folder), folder);
	for (i = 0; i < count; i++) {
		make_name(name, i);
		fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0644);
		check(fd < 0 || close(fd), name);
		there[i] = 1;
	}
	sync();
	check_names(there, count);
	for (i = 0; i < count; i += 2) {
		make_name(name, i);
		check(unlink(name), name);
		there[i] = 0;
	}
	check_names(there, count);
	printf("names: %d\n", count);
	free(there);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	if (strcmp(argv[1], "large") == 0)
		large(argv[2], atoi(argv[3]) * (1024 * 1024 / CHUNK));
	else
		names(argv[2], atoi(argv[3]));
	return 0;
}
