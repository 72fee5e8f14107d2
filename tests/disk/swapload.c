/*
 * Loads of memory that do not fit, for machines with swap; what each page holds is known.
 *
 *	swapload touch MIB		every page is written, then read twice
 *	swapload bad MIB		every page is written, then read; SIGBUS is counted
 *	swapload churn SECONDS MIB N	N processes change and read pages at random for so long
 *	swapload off DEVICE ROUNDS MIB N
 *					the same, while DEVICE is given up and taken again
 */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE  4096ul
#define MIB   (1ul << 20)
#define WORDS (PAGE / sizeof(uint32_t))

static sigjmp_buf back;

static uint32_t word(uint32_t page, uint32_t version, uint32_t i)
{
	return (page * 2654435761u) ^ (version * 40503u + 1) ^ (i * 2246822519u);
}

static void fill(char *area, uint32_t page, uint32_t version)
{
	uint32_t *at = (uint32_t *)(area + page * PAGE);

	for (uint32_t i = 0; i < WORDS; i++)
		at[i] = word(page, version, i);
}

static bool is_right(const char *area, uint32_t page, uint32_t version)
{
	const uint32_t *at = (const uint32_t *)(area + page * PAGE);

	for (uint32_t i = 0; i < WORDS; i++)
		if (at[i] != word(page, version, i))
			return false;
	return true;
}

static char *new_area(unsigned long size)
{
	char *area = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (area == MAP_FAILED) {
		perror("mmap");
		exit(2);
	}
	return area;
}

static int touch(unsigned long mib)
{
	uint32_t pages = mib * MIB / PAGE, wrong = 0;
	char *area = new_area(mib * MIB);

	for (uint32_t page = 0; page < pages; page++)
		fill(area, page, 0);
	for (int round = 0; round < 2; round++)
		for (uint32_t page = 0; page < pages; page++)
			wrong += !is_right(area, page, 0);
	printf("%lu MiB touched, %u pages wrong\n", mib, wrong);
	return wrong > 0;
}

static void on_bus(int sig)
{
	siglongjmp(back, sig);
}

static int bad(unsigned long mib)
{
	volatile uint32_t pages = mib * MIB / PAGE, wrong = 0, lost = 0;
	char *area = new_area(mib * MIB);

	signal(SIGBUS, on_bus);
	for (uint32_t page = 0; page < pages; page++)
		fill(area, page, 0);
	for (volatile uint32_t page = 0; page < pages; page++) {
		if (sigsetjmp(back, 1))
			lost++;
		else
			wrong += !is_right(area, page, 0);
	}
	printf("%u pages lost, %u pages wrong\n", lost, wrong);
	return wrong > 0;
}

static volatile sig_atomic_t stopped;

static void on_stop(int sig)
{
	(void)sig;
	stopped = 1;
}

/* The status: were pages wrong? Pages are also sent away, which only makes it slower. */
static int churn_one(unsigned long mib, unsigned seed)
{
	uint32_t pages = mib * MIB / PAGE, wrong = 0;
	char *area = new_area(mib * MIB);
	unsigned char *version = calloc(pages, 1);

	for (uint32_t page = 0; page < pages; page++)
		fill(area, page, 0);
	while (!stopped) {
		uint32_t page = rand_r(&seed) % pages;

		wrong += !is_right(area, page, version[page]);
		if (rand_r(&seed) % 2)
			fill(area, page, ++version[page]);
		if (rand_r(&seed) % 16 == 0)
			madvise(area + page * PAGE, 16 * PAGE, MADV_PAGEOUT);
	}
	for (uint32_t page = 0; page < pages; page++)
		wrong += !is_right(area, page, version[page]);
	return wrong > 0;
}

static pid_t children[16];

static void start(int n, unsigned long mib)
{
	signal(SIGTERM, on_stop);
	for (int i = 0; i < n; i++) {
		children[i] = fork();
		if (!children[i])
			_exit(churn_one(mib, i + 1));
	}
}

/* How many have not ended well. */
static int stop(int n)
{
	int failed = 0, status;

	for (int i = 0; i < n; i++)
		kill(children[i], SIGTERM);
	for (int i = 0; i < n; i++)
		failed += waitpid(children[i], &status, 0) < 0 || status;
	return failed;
}

static int churn(int seconds, unsigned long mib, int n)
{
	int failed;

	start(n, mib);
	sleep(seconds);
	failed = stop(n);
	printf("%d of %d processes failed\n", failed, n);
	return failed > 0;
}

static int off(const char *device, int rounds, unsigned long mib, int n)
{
	static const struct timespec pause = {.tv_nsec = 300000000};
	int refused = 0, failed;

	start(n, mib);
	for (int round = 0; round < rounds; round++) {
		nanosleep(&pause, NULL);
		if (swapoff(device) < 0) {
			perror("swapoff");
			refused++;
		} else if (swapon(device, 0) < 0) {
			perror("swapon");
			refused++;
		}
	}
	failed = stop(n);
	printf("%d of %d processes failed, %d calls refused\n", failed, n, refused);
	return failed || refused;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 3 && !strcmp(argv[1], "touch"))
		return touch(atoi(argv[2]));
	if (argc == 3 && !strcmp(argv[1], "bad"))
		return bad(atoi(argv[2]));
	if (argc == 5 && !strcmp(argv[1], "churn"))
		return churn(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]));
	if (argc == 6 && !strcmp(argv[1], "off"))
		return off(argv[2], atoi(argv[3]), atoi(argv[4]), atoi(argv[5]));
	fprintf(stderr, "usage: swapload touch|bad|churn|off ...\n");
	return 2;
}
