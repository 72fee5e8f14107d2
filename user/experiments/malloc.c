/*
 * Where malloc() takes memory from: small blocks from the heap (brk), big ones from mappings of
 * their own (mmap). The limit is 128 KiB.
 */
#include "experiment.h"

static const struct {
	const char *text;
	size_t size;
} requests[] = {
	{"100 bytes", 100},	{"64 KiB", 64 * KIB},		{"128 KiB - 64", 128 * KIB - 64},
	{"128 KiB", 128 * KIB}, {"128 KiB + 1", 128 * KIB + 1}, {"1 MiB", 1024 * KIB},
};

enum {
	REQUESTS = sizeof(requests) / sizeof(requests[0])
};

static const char *area(const void *block)
{
	const char *name = vma_name(block);

	if (strcmp(name, "[heap]") == 0)
		return "heap";
	return strcmp(name, "-") == 0 ? "mapping area" : name;
}

int main(int argc, char **argv)
{
	char *blocks[REQUESTS];
	char *before, *after;

	begin(argv);
	for (int i = 0; i < REQUESTS; i++) {
		before = sbrk(0);
		blocks[i] = malloc(requests[i].size);
		after = sbrk(0);
		if (!blocks[i])
			fail("malloc");
		printf("malloc(%-12s) = %08lx  %-13s the break moved by %ld KiB\n",
		       requests[i].text, (unsigned long)blocks[i], area(blocks[i]),
		       (long)(after - before) / KIB);
	}
	for (int i = REQUESTS - 1; i >= 0; i--) {
		volatile unsigned long address = (unsigned long)blocks[i]; /* outlives it */
		bool heap = strcmp(area(blocks[i]), "heap") == 0;
		struct vma v;

		before = sbrk(0);
		free(blocks[i]);
		after = sbrk(0);
		printf("free(%-14s): ", requests[i].text);
		if (!heap)
			printf("the mapping is %s\n",
			       find_vma(address, &v) ? "still there" : "gone");
		else if (before != after)
			printf("the break went back by %ld KiB\n", (long)(before - after) / KIB);
		else
			printf("kept for the next malloc()\n");
	}
	return 0;
}
