/*
 * The zero page: a read of memory that was never written gives zeroes, all from one shared
 * frame; the first write gives the page a frame of its own. And how many faults that takes.
 */
#include "experiment.h"
#include <sys/resource.h>

enum {
	PAGES = 4
};

static volatile char *p;

static long faults(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return r.ru_minflt;
}

static void show(const char *what, long count)
{
	uint64_t zero = page_frame((const void *)p);

	printf("%-30s %ld fault%s ", what, count, count == 1 ? ", " : "s,");
	for (int i = 0; i < PAGES; i++) {
		uint64_t frame = page_frame((const void *)(p + i * PAGE));

		printf(" %s", frame == 0 ? "-" : frame == zero ? "zero" : "own");
	}
	putchar('\n');
}

static long read_page(int i)
{
	long before = faults();

	(void)p[i * PAGE];
	return faults() - before;
}

static long write_page(int i)
{
	long before = faults();

	p[i * PAGE] = 1;
	return faults() - before;
}

int main(int argc, char **argv)
{
	begin(argv);
	need_frames();
	p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		fail("mmap");
	faults();
	show("four pages are mapped", 0);
	show("read the first", read_page(0));
	show("read the second", read_page(1));
	show("read the second again", read_page(1));
	show("write to the second", write_page(1));
	show("write to the third", write_page(2));
	show("write to the third again", write_page(2));
	printf("the second and the third: %s\n",
	       same_frame(page_frame((const void *)(p + PAGE)),
			  page_frame((const void *)(p + 2 * PAGE))));
	return 0;
}
