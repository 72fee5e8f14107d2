/*
 * The one entry of a huge page: the same stores into as much memory, mapped by small pages, by a
 * huge page of the pool, and by a transparent one. What an access makes present, what the tables
 * take, and what can be done with a part.
 */
#include "experiment.h"
#include <sys/resource.h>

#ifndef MADV_HUGEPAGE
#	define MADV_HUGEPAGE	14
#	define MADV_NOHUGEPAGE 15
#endif

/* Linux Documentation/admin-guide/mm/pagemap.rst: bits of an entry of /proc/kpageflags */
#define KPF_COMPOUND_HEAD (1ULL << 15)
#define KPF_COMPOUND_TAIL (1ULL << 16)
#define KPF_HUGE	  (1ULL << 17)
#define KPF_THP		  (1ULL << 22)

#define POOL "/proc/sys/vm/nr_hugepages"
#define THP  "/sys/kernel/mm/transparent_hugepage/enabled"

/* Where the memory is: a multiple of any huge page. */
static char *const p = (char *)0x50000000;
static unsigned long huge; /* bytes of a huge page */
static int pages;	   /* small ones in it */

static char *read_file(const char *file)
{
	static char text[65536];
	int fd = open(file, O_RDONLY);
	size_t have = 0;
	ssize_t n;

	if (fd < 0)
		fail(file);
	while ((n = read(fd, text + have, sizeof(text) - 1 - have)) > 0)
		have += n;
	close(fd);
	text[have] = '\0';
	return text;
}

static void write_file(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		fail(file);
	close(fd);
}

/* The number behind NAME in a file of /proc. */
static long number(const char *file, const char *name)
{
	char *at = strstr(read_file(file), name);

	return at ? strtol(at + strlen(name), NULL, 10) : 0;
}

static long faults(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return r.ru_minflt + r.ru_majflt;
}

static int present(void)
{
	int n = 0;

	for (int i = 0; i < pages; i++)
		n += page_present(p + i * PAGE);
	return n;
}

/* Whether the frames follow each other, as one large frame's do. */
static bool in_a_row(void)
{
	uint64_t first = page_frame(p);

	for (int i = 1; i < pages; i++)
		if (page_frame(p + i * PAGE) != first + i)
			return false;
	return first % pages == 0;
}

static int in_core(void)
{
	static unsigned char map[1024];
	int n = 0;

	if (mincore(p, huge, map) < 0)
		fail("mincore");
	for (int i = 0; i < pages; i++)
		n += map[i] & 1;
	return n;
}

static void show_flags(const char *what, const char *address)
{
	int fd = open("/proc/kpageflags", O_RDONLY);
	uint64_t flags = 0;

	if (fd < 0 || pread(fd, &flags, sizeof(flags), page_frame(address) * sizeof(flags)) < 0)
		fail("/proc/kpageflags");
	close(fd);
	printf("  %s:%s%s%s%s%s\n", what, flags & KPF_COMPOUND_HEAD ? " COMPOUND_HEAD" : "",
	       flags & KPF_COMPOUND_TAIL ? " COMPOUND_TAIL" : "", flags & KPF_HUGE ? " HUGE" : "",
	       flags & KPF_THP ? " THP" : "",
	       flags & (KPF_COMPOUND_HEAD | KPF_COMPOUND_TAIL) ? "" : " a page by itself");
}

/* Is it the first line of an area in smaps, and does that lie in our memory? -1: it is not. */
static int is_ours(const char *line)
{
	unsigned long start, end;

	if (sscanf(line, "%lx-%lx", &start, &end) != 2)
		return -1;
	return start >= (unsigned long)p && end <= (unsigned long)p + huge;
}

/* The sum of what smaps says of the areas in our memory. */
static long of_areas(const char *name)
{
	long sum = 0;
	int ours = 0;

	for (char *line = read_file("/proc/self/smaps"); line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (is_ours(line) >= 0)
			ours = is_ours(line);
		else if (ours && strncmp(line, name, strlen(name)) == 0)
			sum += strtol(line + strlen(name), NULL, 10);
	}
	return sum;
}

static void show_smaps(void)
{
	static const char *const names[] = {"Rss:", "AnonHugePages:", "Private_Hugetlb:"};

	printf("  smaps:");
	for (unsigned int i = 0; i < sizeof(names) / sizeof(*names); i++)
		printf(" %s %ld kB", names[i], of_areas(names[i]));
	printf("\n");
}

/* The page tables of the process, in KiB. */
static long tables(void)
{
	return number("/proc/self/status", "VmPTE:");
}

static void map(const char *what, int flags, int advice)
{
	printf("%s\n", what);
	if (mmap(p, huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | flags,
		 -1, 0) != p)
		fail("mmap");
	if (advice && madvise(p, huge, advice) < 0)
		fail("madvise");
}

static void touch(void)
{
	long before = faults(), first, table = tables();

	p[huge / 2] = 1;
	first = present();
	for (int i = 0; i < pages; i++)
		p[i * PAGE] = 1;
	printf("  one byte is written: %ld present; all are: %ld fault%s\n", first,
	       faults() - before, faults() - before == 1 ? "" : "s");
	printf("  VmPTE: %ld kB more; frames in a row: %s; mincore: %d\n", tables() - table,
	       in_a_row() ? "yes" : "no", in_core());
	show_flags("the first page", p);
	show_flags("the second page", p + PAGE);
	show_smaps();
	printf("  KernelPageSize: %ld kB\n", of_areas("KernelPageSize:"));
}

static void show_call(const char *call, int err)
{
	long table = tables();

	printf("  %s: %s", call, err < 0 ? strerror(errno) : "done");
	printf("; %d present, VmPTE %ld kB more\n", present(), tables() - table);
}

/* A page in the middle is treated differently. */
static void take_a_part(void)
{
	show_call("mprotect of the second page", mprotect(p + PAGE, PAGE, PROT_READ));
	show_smaps();
	show_call("munmap of the third", munmap(p + 2 * PAGE, PAGE));
	munmap(p, huge);
}

int main(int argc, char **argv)
{
	char pool[24], *enabled;
	const char *mode;

	begin(argv);
	need_frames();
	huge = number("/proc/meminfo", "Hugepagesize:") * KIB;
	pages = huge / PAGE;
	printf("a huge page has %d pages\n", pages);

	map("small pages", 0, MADV_NOHUGEPAGE);
	touch();
	take_a_part();

	snprintf(pool, sizeof(pool), "%ld", number("/proc/meminfo", "HugePages_Total:"));
	write_file(POOL, "1");
	map("a huge page of the pool", MAP_HUGETLB, 0);
	touch();
	take_a_part();
	write_file(POOL, pool);

	enabled = strchr(read_file(THP), '[') + 1;
	mode = *enabled == 'a' ? "always" : *enabled == 'm' ? "madvise" : "never";
	write_file(THP, "madvise");
	map("a transparent huge page", 0, MADV_HUGEPAGE);
	touch();
	take_a_part();
	write_file(THP, mode);
	return 0;
}
