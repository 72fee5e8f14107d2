/*
 * brk() and sbrk() step by step: the heap grows and shrinks at once, but a page of it is in
 * memory only after the first touch.
 */
#include "experiment.h"

static char *start; /* of our part of the heap, at a page boundary */

static void show(const char *what)
{
	char *now = sbrk(0);
	long pages = (now - start + PAGE - 1) / PAGE;
	struct vma v;

	printf("%-36s start%+6ld bytes  pages:", what, (long)(now - start));
	for (long i = 0; i < pages; i++)
		printf(" %s", page_present(start + i * PAGE) ? "present" : "-");
	if (pages == 0)
		printf(" none");
	if (pages > 0 && find_vma((unsigned long)start, &v))
		printf("  (%s %s)", v.perms, v.name);
	putchar('\n');
}

static void align_break(void)
{
	unsigned long now = (unsigned long)sbrk(0);

	if (sbrk(-now & (PAGE - 1)) == (void *)-1)
		fail("sbrk");
	start = sbrk(0);
}

int main(int argc, char **argv)
{
	volatile char *p;
	bool failed;

	begin(argv);
	align_break();
	p = start;
	show("at first");
	sbrk(3 * PAGE);
	show("sbrk(3 pages)");
	p[PAGE] = 1;
	show("after a write to the second");
	printf("%-36s it holds %d\n", "a read of the third", p[2 * PAGE]);
	show("after the read");
	if (brk(start + PAGE + 100) < 0)
		fail("brk");
	show("brk(start + 1 page + 100 bytes)");
	if (brk(start + 2 * PAGE) < 0)
		fail("brk");
	show("brk(start + 2 pages)");
	printf("%-36s it holds %d\n", "a read of the second", p[PAGE]);
	sbrk(-PAGE);
	show("sbrk(-1 page)");
	sbrk(PAGE);
	show("sbrk(1 page)");
	printf("%-36s it holds %d\n", "a read of the second", p[PAGE]);
	failed = brk(&failed) < 0 && errno == ENOMEM; /* the stack is in the way */
	printf("%-36s %s\n", "brk(an address in the stack)", failed ? "ENOMEM" : "no error?");
	show("after that");
	if (brk(start) < 0)
		fail("brk");
	show("brk(start)");
	return 0;
}
