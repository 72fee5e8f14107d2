/*
 * mallopt(): the three numbers by which malloc() chooses between brk and mmap. Each value is tried
 * in a child of its own, so that no heap is left over from the one before.
 */
#include "experiment.h"
#include <malloc.h>

enum {
	BLOCKS = 64,
	BLOCK = 16 * KIB
};

static char *heap_start;

static void set(int option, int value)
{
	if (!mallopt(option, value))
		fail("mallopt");
}

/* By how much is the heap longer than in the beginning? */
static long growth(void)
{
	return ((char *)sbrk(0) - heap_start) / KIB;
}

/* What the library has left from its own start must not serve the blocks that are looked at. */
static void use_up_heap(void)
{
	set(M_TOP_PAD, 0);
	heap_start = sbrk(0);
	while (sbrk(0) == heap_start) {
		if (!malloc(PAGE))
			fail("malloc");
	}
	heap_start = sbrk(0);
}

/* 1 if the break is not where it was. */
static int moved(char **last)
{
	char *now = sbrk(0);
	int moves = now != *last;

	*last = now;
	return moves;
}

static int allocate(char **blocks)
{
	char *last = sbrk(0);
	int moves = 0;

	for (int i = 0; i < BLOCKS; i++) {
		blocks[i] = malloc(BLOCK);
		if (!blocks[i])
			fail("malloc");
		moves += moved(&last);
	}
	return moves;
}

/* The last one first: what is free is then always at the end of the heap. */
static int release(char **blocks)
{
	char *last = sbrk(0);
	int moves = 0;

	for (int i = BLOCKS - 1; i >= 0; i--) {
		free(blocks[i]);
		moves += moved(&last);
	}
	return moves;
}

static void top_pad(int kib)
{
	char *blocks[BLOCKS];
	int moves;

	set(M_TOP_PAD, kib * KIB);
	moves = allocate(blocks);
	printf("  %5d KiB: the break moved %2d times, by %ld KiB\n", kib, moves, growth());
}

static void trim_threshold(int kib)
{
	char *blocks[BLOCKS];
	int moves;

	set(M_TRIM_THRESHOLD, kib < 0 ? -1 : kib * KIB);
	allocate(blocks);
	moves = release(blocks);
	printf("  %5d KiB: the break went back %2d times, %ld KiB are left\n", kib, moves,
	       growth());
}

static const char *place(size_t size)
{
	char *block = malloc(size);

	return strcmp(vma_name(block), "[heap]") == 0 ? "heap" : "mapping";
}

static void mmap_threshold(int kib)
{
	set(M_MMAP_THRESHOLD, kib * KIB);
	printf("  %5d KiB: 4 KiB: %-9s 64 KiB: %-9s 256 KiB: %-9s 8 MiB: %s\n", kib, place(4 * KIB),
	       place(64 * KIB), place(256 * KIB), place(8192 * KIB));
}

static void mmap_max(int maps)
{
	set(M_MMAP_MAX, maps);
	printf("  %5d:     three times 1 MiB:", maps);
	for (int i = 0; i < 3; i++)
		printf(" %s", place(1024 * KIB));
	printf("\n");
}

static void try(const char *title, void (*with)(int value), const int *values, int n)
{
	int status;

	printf("%s\n", title);
	for (int i = 0; i < n; i++) {
		fflush(stdout);
		switch (fork()) {
		case -1:
			fail("fork");
		case 0:
			use_up_heap();
			with(values[i]);
			fflush(stdout);
			_exit(0);
		}
		if (wait(&status) < 0 || status)
			exit(1);
	}
}

int main(int argc, char **argv)
{
	static const int pads[] = {0, 128, 1024}, trims[] = {0, 128, 512, -1};
	static const int thresholds[] = {32, 128, 1024, 16384}, maps[] = {65536, 2, 0};

	begin(argv);
	try("1 MiB in 64 blocks; M_TOP_PAD is", top_pad, pads, 3);
	try("the blocks are freed, the last one first; M_TRIM_THRESHOLD is", trim_threshold, trims,
	    4);
	try("blocks of four sizes; M_MMAP_THRESHOLD is", mmap_threshold, thresholds, 4);
	try("blocks of one size; M_MMAP_MAX is", mmap_max, maps, 3);
	return 0;
}
