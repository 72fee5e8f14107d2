/*
 * What files of a disk cost. `disk FOLDER instructions` counts instructions, as bench.c does.
 * `disk FOLDER clock` measures by the clock how fast a large file is written and read, and counts
 * the requests to the disk that many small files take; it wants to be root, for drop_caches.
 * Prints `NAME<TAB>NUMBER` for each.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 5
#define CALLS  200
#define PAGES  64
#define PAGE   4096
#define LARGE  (64 << 20)
#define CHUNK  (64 << 10)
#define SMALL  1000
#define MB     1000000

static char buffer[CHUNK];

static void check(int failed, const char *what)
{
	if (!failed)
		return;
	perror(what);
	exit(1);
}

static unsigned long long now(void)
{
	unsigned long long t;

	__asm__ volatile("rdtsc" : "=A"(t));
	return t;
}

static int open_file(const char *name, int flags)
{
	int fd = open(name, O_RDWR | flags, 0644);

	check(fd < 0, name);
	return fd;
}

/* Pages that are in memory, and as the disk has them. */
static int new_file(void)
{
	int fd = open_file("file", O_CREAT | O_TRUNC);

	for (int i = 0; i < PAGES; i++)
		check(write(fd, buffer, PAGE) != PAGE, "write");
	check(fsync(fd), "fsync");
	return fd;
}

static unsigned long long bench_read(void)
{
	int fd = new_file();
	unsigned long long start = now();

	for (int i = 0; i < CALLS; i++)
		check(pread(fd, buffer, PAGE, i % PAGES * PAGE) != PAGE, "read");
	start = now() - start;
	close(fd);
	return start / CALLS;
}

static unsigned long long write_pages(int fd)
{
	unsigned long long start = now();

	for (int i = 0; i < PAGES; i++)
		check(pwrite(fd, buffer, PAGE, i * PAGE) != PAGE, "write");
	return (now() - start) / PAGES;
}

/* Each page becomes dirty. */
static unsigned long long bench_write(void)
{
	int fd = new_file();
	unsigned long long cost = write_pages(fd);

	close(fd);
	return cost;
}

static unsigned long long bench_write_dirty(void)
{
	int fd = new_file();
	unsigned long long cost;

	write_pages(fd);
	cost = write_pages(fd);
	close(fd);
	return cost;
}

/* The file grows: a block is found for each page, at once or later. */
static unsigned long long bench_append(void)
{
	int fd = open_file("new", O_CREAT | O_TRUNC);
	unsigned long long cost = write_pages(fd);

	close(fd);
	check(unlink("new"), "unlink");
	return cost;
}

static unsigned long long bench_shared_fault(void)
{
	int fd = new_file();
	char *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	unsigned long long start;

	check(p == MAP_FAILED, "mmap");
	start = now();
	for (int i = 0; i < PAGES; i++)
		((volatile char *)p)[i * PAGE] = 1;
	start = now() - start;
	munmap(p, PAGES * PAGE);
	close(fd);
	return start / PAGES;
}

static unsigned long long bench_create_unlink(void)
{
	unsigned long long start = now();

	for (int i = 0; i < CALLS; i++) {
		close(open_file("name", O_CREAT | O_EXCL));
		check(unlink("name"), "unlink");
	}
	return (now() - start) / CALLS;
}

static void small_name(char *name, int i)
{
	sprintf(name, "small/a-name-%d", i);
}

/* Names that stay, in a directory that grows; the time when they go is not counted. */
static unsigned long long bench_create(void)
{
	unsigned long long start;
	char name[64];
	int i;

	check(mkdir("small", 0755), "mkdir");
	start = now();
	for (i = 0; i < CALLS; i++) {
		small_name(name, i);
		close(open_file(name, O_CREAT | O_EXCL));
	}
	start = now() - start;
	for (i = 0; i < CALLS; i++) {
		small_name(name, i);
		check(unlink(name), "unlink");
	}
	check(rmdir("small"), "rmdir");
	return start / CALLS;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	check(fd < 0 || write(fd, "3", 1) != 1, "drop_caches");
	close(fd);
}

static unsigned long long rate(double begin)
{
	return (double)LARGE / MB / (seconds() - begin) + 0.5;
}

static void bench_sequential(unsigned long long *written, unsigned long long *read_back)
{
	int fd = open_file("large", O_CREAT | O_TRUNC), i;
	double begin = seconds();

	for (i = 0; i < LARGE / CHUNK; i++)
		check(write(fd, buffer, CHUNK) != CHUNK, "write");
	check(fsync(fd), "fsync");
	*written = rate(begin);
	drop_caches();
	lseek(fd, 0, SEEK_SET);
	begin = seconds();
	for (i = 0; i < LARGE / CHUNK; i++)
		check(read(fd, buffer, CHUNK) != CHUNK, "read");
	*read_back = rate(begin);
	close(fd);
	check(unlink("large"), "unlink");
	sync();
}

/* Requests to the disk of this folder that wrote, and the sectors that they took, until now. */
static void disk_writes(unsigned long long *requests, unsigned long long *sectors)
{
	FILE *f = fopen("/proc/diskstats", "r");
	unsigned int maj, min;
	struct stat st;
	char line[256];

	check(!f || stat(".", &st), "/proc/diskstats");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%u %u %*s %*u %*u %*u %*u %llu %*u %llu", &maj, &min, requests,
			   sectors) == 4 &&
		    makedev(maj, min) == st.st_dev) {
			fclose(f);
			return;
		}
	}
	fprintf(stderr, "/proc/diskstats: no line of %u:%u\n", major(st.st_dev), minor(st.st_dev));
	exit(1);
}

static void bench_small_files(void)
{
	unsigned long long requests[2], sectors[2];
	char name[64];
	int fd;

	check(mkdir("small", 0755), "mkdir");
	sync();
	disk_writes(&requests[0], &sectors[0]);
	for (int i = 0; i < SMALL; i++) {
		small_name(name, i);
		fd = open_file(name, O_CREAT | O_EXCL);
		check(write(fd, buffer, 1000) != 1000, name);
		close(fd);
	}
	sync();
	disk_writes(&requests[1], &sectors[1]);
	printf("1,000 files of 1,000 bytes, sync: writes\t%llu\n", requests[1] - requests[0]);
	printf("KiB that these wrote\t%llu\n", (sectors[1] - sectors[0]) / 2);
}

static const struct {
	const char *name;
	unsigned long long (*run)(void);
} benches[] = {
	{"ext2: read of 4 KiB in memory", bench_read},
	{"ext2: write of 4 KiB in memory, page clean", bench_write},
	{"ext2: the same, page dirty", bench_write_dirty},
	{"ext2: write of 4 KiB at the end", bench_append},
	{"ext2: file fault (shared write)", bench_shared_fault},
	{"ext2: create + unlink", bench_create_unlink},
	{"ext2: create, the name stays", bench_create},
};

static void instructions(void)
{
	for (size_t i = 0; i < sizeof(benches) / sizeof(benches[0]); i++) {
		unsigned long long least = benches[i].run(), cost;

		for (int round = 1; round < ROUNDS; round++) {
			cost = benches[i].run();
			if (cost < least)
				least = cost;
		}
		printf("%s\t%llu\n", benches[i].name, least);
		fflush(stdout);
	}
}

static void by_the_clock(void)
{
	unsigned long long written, read_back, best_written = 0, best_read = 0;

	bench_small_files();
	for (int round = 0; round < ROUNDS; round++) {
		bench_sequential(&written, &read_back);
		if (written > best_written)
			best_written = written;
		if (read_back > best_read)
			best_read = read_back;
	}
	printf("64 MiB written, fsync: MB/s\t%llu\n", best_written);
	printf("64 MiB read, nothing in memory: MB/s\t%llu\n", best_read);
}

int main(int argc, char **argv)
{
	check(argc != 3 || chdir(argv[1]), "disk FOLDER instructions|clock");
	memset(buffer, 'x', sizeof(buffer));
	if (strcmp(argv[2], "instructions") == 0)
		instructions();
	else
		by_the_clock();
	return 0;
}
