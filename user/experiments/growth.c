/*
 * The stack grows down, the heap grows up: addresses of locals in nested calls, and of blocks
 * from malloc().
 */
#include "experiment.h"

enum {
	DEPTH = 5,
	BLOCKS = 5,
	BLOCK_SIZE = 5000
};

static unsigned long last;

static void show(const char *what, int i, unsigned long address)
{
	printf("%s %d  %08lx", what, i, address);
	if (i > 1)
		printf("  %s by %ld bytes", address < last ? "lower" : "higher",
		       address < last ? (long)(last - address) : (long)(address - last));
	putchar('\n');
	last = address;
}

static __attribute__((noinline)) void nest(int depth)
{
	volatile char local[64];

	local[0] = depth;
	show("local in call", depth, (unsigned long)local);
	if (depth < DEPTH)
		nest(depth + 1);
	local[1] = depth; /* so that the call is none that ends the function */
}

/* So much stack in one call that its VMA must grow. */
static __attribute__((noinline)) void use_much(void)
{
	volatile char big[512 * KIB];

	for (size_t i = sizeof(big); i > 0; i -= PAGE)
		big[i - 1] = 1;
}

static void show_vma(const char *what, const void *inside)
{
	struct vma v;

	if (find_vma((unsigned long)inside, &v))
		printf("%-36s %08lx-%08lx %4lu KiB %s\n", what, v.start, v.end,
		       (v.end - v.start) / KIB, v.name);
}

int main(int argc, char **argv)
{
	char *block = NULL, here;

	begin(argv);
	nest(1);
	for (int i = 1; i <= BLOCKS; i++) {
		block = malloc(BLOCK_SIZE);
		show("block        ", i, (unsigned long)block);
	}
	show_vma("the heap", block);
	for (int i = 0; i < 40; i++)
		block = malloc(BLOCK_SIZE);
	show_vma("after 40 blocks more", block);
	show_vma("the stack", &here);
	use_much();
	show_vma("a call with 512 KiB of locals later", &here);
	return 0;
}
