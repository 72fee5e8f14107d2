/*
 * What memory costs that is not simply there: swapped pages, huge pages, and pages that a thread of
 * the program brings, in instructions as in bench.c; and with `clock`, the milliseconds that a
 * program takes which touches four times the memory. A line is missing where a kernel has no such
 * call.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 5
#define PAGES  64
#define PAGE   4096
#define HUGES  8
#define LARGE  (512u << 20)

static unsigned long long now(void)
{
	unsigned long long t;

	__asm__ volatile("rdtsc" : "=A"(t));
	return t;
}

static char *new_pages(size_t size, int flags)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1,
		       0);

	return p == MAP_FAILED ? NULL : p;
}

static unsigned long long touch(char *p, size_t size, size_t step)
{
	unsigned long long start = now();

	for (size_t at = 0; at < size; at += step)
		((volatile char *)p)[at] = 1;
	return (now() - start) / (size / step);
}

/* Until the disk has written, so that the next step does not wait for it. */
static void settle(void)
{
	static const struct timespec pause = {.tv_nsec = 100000000};

	nanosleep(&pause, NULL);
}

static unsigned long long bench_pageout(void)
{
	char *p = new_pages(PAGES * PAGE, 0);
	unsigned long long cost;

	touch(p, PAGES * PAGE, PAGE);
	cost = now();
	madvise(p, PAGES * PAGE, MADV_PAGEOUT);
	cost = now() - cost;
	settle();
	munmap(p, PAGES * PAGE);
	return cost / PAGES;
}

static unsigned long long bench_swapin(void)
{
	char *p = new_pages(PAGES * PAGE, 0);
	unsigned long long cost;

	touch(p, PAGES * PAGE, PAGE);
	madvise(p, PAGES * PAGE, MADV_PAGEOUT);
	settle();
	cost = touch(p, PAGES * PAGE, PAGE);
	munmap(p, PAGES * PAGE);
	return cost;
}

/* The size of a huge page; 0: there are none. */
static size_t huge_size(void)
{
	FILE *f = fopen("/proc/meminfo", "r");
	char line[128];
	size_t kb = 0;

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "Hugepagesize: %zu", &kb);
	if (f)
		fclose(f);
	f = fopen("/proc/sys/vm/nr_hugepages", "w");
	if (!f)
		return 0;
	fprintf(f, "%d", HUGES);
	fclose(f);
	return kb * 1024;
}

static unsigned long long bench_huge(void)
{
	size_t size = huge_size();
	char *p = size ? new_pages(HUGES * size, MAP_HUGETLB) : NULL;
	unsigned long long cost;

	if (!p)
		return 0;
	cost = touch(p, HUGES * size, size);
	munmap(p, HUGES * size);
	return cost;
}

static char filled[PAGE];

static void *monitor(void *fd)
{
	struct uffd_msg msg;

	while (read((long)fd, &msg, sizeof(msg)) == sizeof(msg)) {
		struct uffdio_copy copy = {.dst = msg.arg.pagefault.address & -PAGE,
					   .src = (unsigned long)filled,
					   .len = PAGE};

		ioctl((long)fd, UFFDIO_COPY, &copy);
	}
	return NULL;
}

static unsigned long long bench_uffd(void)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register reg = {.mode = UFFDIO_REGISTER_MODE_MISSING};
	char *p = new_pages(PAGES * PAGE, 0);
	long fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	unsigned long long cost;
	pthread_t thread;

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) < 0)
		return 0;
	reg.range.start = (unsigned long)p;
	reg.range.len = PAGES * PAGE;
	if (ioctl(fd, UFFDIO_REGISTER, &reg) < 0 ||
	    pthread_create(&thread, NULL, monitor, (void *)fd))
		return 0;
	cost = touch(p, PAGES * PAGE, PAGE);
	pthread_cancel(thread);
	pthread_join(thread, NULL);
	close(fd);
	munmap(p, PAGES * PAGE);
	return cost;
}

static const struct {
	const char *name;
	unsigned long long (*run)(void);
} benches[] = {
	{"MADV_PAGEOUT, for a page", bench_pageout},
	{"fault of a page in the swap cache", bench_swapin},
	{"huge page fault", bench_huge},
	{"fault, answered by userfaultfd", bench_uffd},
};

/* Written, and read again. */
static void by_the_clock(void)
{
	struct timespec start, end;
	char *p = new_pages(LARGE, MAP_NORESERVE);

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int round = 0; p && round < 2; round++)
		touch(p, LARGE, PAGE);
	clock_gettime(CLOCK_MONOTONIC, &end);
	if (p)
		printf("512 MiB touched twice on 128 MiB, ms\t%lld\n",
		       (long long)(end.tv_sec - start.tv_sec) * 1000 +
			       (end.tv_nsec - start.tv_nsec) / 1000000);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "clock") == 0) {
		by_the_clock();
		return 0;
	}
	for (size_t i = 0; i < sizeof(benches) / sizeof(benches[0]); i++) {
		unsigned long long least = benches[i].run(), cost;

		for (int round = 1; least && round < ROUNDS; round++) {
			cost = benches[i].run();
			if (cost < least)
				least = cost;
		}
		if (least)
			printf("%s\t%llu\n", benches[i].name, least);
		fflush(stdout);
	}
	return 0;
}
