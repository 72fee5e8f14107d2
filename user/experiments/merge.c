/*
 * Splitting and merging: which calls make two VMAs of one or one of two, and what keeps neighbours
 * apart although their lines in /proc/self/maps look alike.
 *
 * A picture of the pages is printed after each call: a bracket for each VMA, a letter for each
 * page (w: writable, r: read-only), a dot for each page that is not mapped.
 */
#include "experiment.h"

enum {
	PAGES = 6,
	ROOM = 64
};

static char *base; /* PAGES pages, with free room around */

static char letter(const struct vma *v)
{
	return v->perms[1] == 'w' ? 'w' : v->perms[0] == 'r' ? 'r' : '-';
}

/* The mappings of the PAGES pages. */
static void show(const char *what)
{
	char text[3 * PAGES + 1], *at = text;
	int vmas = 0;

	for (int i = 0; i < PAGES; i++) {
		unsigned long page = (unsigned long)base + i * PAGE;
		struct vma v;

		if (!find_vma(page, &v)) {
			*at++ = '.';
			continue;
		}
		if (v.start == page) {
			*at++ = '[';
			vmas++;
		}
		*at++ = letter(&v);
		if (v.end == page + PAGE)
			*at++ = ']';
	}
	*at = '\0';
	printf("  %-46s %-18s %d\n", what, text, vmas);
}

/* Map `pages` pages at page `first`; a page of the file if there is one. */
static void map(int first, int pages, int prot, int flags, int fd, int offset)
{
	if (fd < 0)
		flags |= MAP_ANONYMOUS;
	if (mmap(base + first * PAGE, pages * PAGE, prot, flags | MAP_FIXED, fd, offset * PAGE) ==
	    MAP_FAILED)
		fail("mmap");
}

static void anon(int first, int pages, int prot)
{
	map(first, pages, prot, MAP_PRIVATE, -1, 0);
}

static void protect(int first, int pages, int prot)
{
	if (mprotect(base + first * PAGE, pages * PAGE, prot) < 0)
		fail("mprotect");
}

static void touch(int page)
{
	base[page * PAGE] = 1;
}

/* A new scene, with nothing mapped. */
static void scene(const char *title)
{
	munmap(base, PAGES * PAGE);
	printf("%s\n", title);
}

#define RW (PROT_READ | PROT_WRITE)

static void split_and_merge(void)
{
	scene("mprotect and munmap split, and what is equal again merges");
	anon(0, 6, RW);
	show("mmap of 6 pages");
	protect(2, 2, PROT_READ);
	show("mprotect(PROT_READ) of pages 2 and 3");
	protect(1, 1, PROT_READ);
	show("mprotect(PROT_READ) of page 1");
	protect(1, 3, RW);
	show("mprotect to writable of pages 1 to 3");
	munmap(base + 2 * PAGE, 2 * PAGE);
	show("munmap of pages 2 and 3");
	anon(2, 2, RW);
	show("mmap of pages 2 and 3");
}

static void other_properties(void)
{
	scene("other calls do it too");
	anon(0, 6, RW);
	touch(0);
	show("mmap of 6 pages, of which one is touched");
	mlock(base + 2 * PAGE, PAGE);
	show("mlock of page 2");
	munlock(base + 2 * PAGE, PAGE);
	show("munlock of page 2");
	madvise(base + 3 * PAGE, 2 * PAGE, MADV_SEQUENTIAL);
	show("madvise(MADV_SEQUENTIAL) of pages 3 and 4");
	madvise(base, 6 * PAGE, MADV_NORMAL);
	show("madvise(MADV_NORMAL) of all");
}

static void histories(void)
{
	scene("touched pages: each VMA has a history (anon_vma)");
	anon(0, 2, RW);
	touch(0);
	anon(4, 2, RW);
	touch(4);
	show("two mappings, both touched");
	anon(2, 2, RW);
	show("mmap of the pages between them");
	scene("the same, cut out of one mapping");
	anon(0, 6, RW);
	touch(0);
	touch(4);
	munmap(base + 2 * PAGE, 2 * PAGE);
	show("munmap of pages 2 and 3");
	anon(2, 2, RW);
	show("mmap of the pages between them");
}

static void charges(void)
{
	scene("memory that was writable once stays charged");
	anon(0, 6, PROT_READ);
	show("mmap of 6 pages, PROT_READ");
	protect(2, 2, RW);
	show("mprotect to writable of pages 2 and 3");
	protect(2, 2, PROT_READ);
	show("mprotect(PROT_READ) of pages 2 and 3");
}

static void files(void)
{
	const char *path = "/tmp/merge";
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600), again = open(path, O_RDONLY);

	if (fd < 0 || again < 0 || ftruncate(fd, 6 * PAGE) < 0)
		fail(path);
	scene("pages of a file: the offsets must fit");
	map(0, 1, PROT_READ, MAP_PRIVATE, fd, 0);
	map(1, 1, PROT_READ, MAP_PRIVATE, fd, 1);
	show("page 0 of the file, and page 1 above it");
	map(2, 1, PROT_READ, MAP_PRIVATE, fd, 3);
	show("page 3 of the file above them");
	map(3, 1, PROT_READ, MAP_PRIVATE, again, 4);
	show("page 4, by another open() of the file");
	map(4, 1, PROT_READ, MAP_SHARED, fd, 5);
	show("page 5, MAP_SHARED");
	scene("shared anonymous memory: each mapping has a file of its own");
	map(0, 2, RW, MAP_SHARED, -1, 0);
	map(2, 2, RW, MAP_SHARED, -1, 0);
	show("two mappings");
	unlink(path);
}

int main(int argc, char **argv)
{
	begin(argv);
	base = mmap(NULL, ROOM * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (base == MAP_FAILED)
		fail("mmap");
	munmap(base, ROOM * PAGE);
	base += ROOM / 2 * PAGE;
	printf("  %-46s %-18s %s\n", "", "pages", "VMAs");
	split_and_merge();
	other_properties();
	histories();
	charges();
	files();
	return 0;
}
