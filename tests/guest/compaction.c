/* /proc/sys/vm/compact_memory: pages move to other frames, free memory lies together, nobody
 * notices. */
#include "check.h"
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>

#define PAGE	 4096
#define PAGES	 6144
#define TURNS	 5
#define MOVED	 64 /* of PAGES, at least: some lie at the top already */
#define PFN_BITS ((1ULL << 55) - 1)

static const char compact_knob[] = "/proc/sys/vm/compact_memory";

static void compact(void)
{
	int fd = open(compact_knob, O_WRONLY);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, "1\n", 2), 2);
	close(fd);
}

static uint64_t frame_of(int pagemap, const char *p)
{
	uint64_t entry;

	CHECK_EQ(pread(pagemap, &entry, sizeof(entry), (unsigned long)p / PAGE * sizeof(entry)),
		 sizeof(entry));
	return entry & PFN_BITS;
}

/* Pages with bytes of their own, in frames between which others are free. So are as many that were
   taken first: wherever they lie, there is room. */
static char *scattered(int flags, int fd)
{
	const int prot = PROT_READ | PROT_WRITE, anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
	char *first = mmap(NULL, 2 * PAGES * PAGE, prot, anonymous | MAP_POPULATE, -1, 0);
	char *between = mmap(NULL, PAGES * PAGE, prot, anonymous, -1, 0);
	char *p = mmap(NULL, PAGES * PAGE, prot, flags, fd, 0);

	CHECK(first != MAP_FAILED && between != MAP_FAILED && p != MAP_FAILED);
	for (int i = 0; i < PAGES; i++) {
		memset(p + i * PAGE, i % 251 + 1, PAGE);
		between[i * PAGE] = 1;
	}
	CHECK(munmap(between, PAGES * PAGE) == 0);
	CHECK(munmap(first, 2 * PAGES * PAGE) == 0);
	return p;
}

static void check_bytes(const char *p)
{
	static char wanted[PAGE];

	for (int i = 0; i < PAGES; i++) {
		memset(wanted, i % 251 + 1, PAGE);
		if (memcmp(p + i * PAGE, wanted, PAGE))
			CHECK_FAIL("bytes of page %d", i);
	}
}

/* How many of the pages have other frames after compaction than before. */
static int moved_by_compaction(const char *p)
{
	static uint64_t before[PAGES];
	int pagemap = open("/proc/self/pagemap", O_RDONLY), moved = 0, i;

	CHECK(pagemap >= 0);
	for (i = 0; i < PAGES; i++)
		before[i] = frame_of(pagemap, p + i * PAGE);
	/* Linux puts off what it did not long ago. */
	for (int turn = 0; turn < TURNS && moved < MOVED; turn++) {
		compact();
		for (i = moved = 0; i < PAGES; i++)
			moved += frame_of(pagemap, p + i * PAGE) != before[i];
	}
	close(pagemap);
	return moved;
}

TEST(anonymous_pages_move_with_their_bytes)
{
	char *p = NULL;
	int moved = 0;

	/* Those that lie where free memory is gathered stay. So take others, in other frames. */
	for (int turn = 0; turn < TURNS && moved < MOVED; turn++) {
		p = scattered(MAP_PRIVATE | MAP_ANONYMOUS, -1);
		moved = moved_by_compaction(p);
	}
	CHECK(moved >= MOVED);
	check_bytes(p);
}

TEST(pages_of_a_file_move_with_their_bytes)
{
	int fd = memfd_create("scattered", 0);
	char *p, byte;

	CHECK(fd >= 0 && ftruncate(fd, PAGES * PAGE) == 0);
	p = scattered(MAP_SHARED, fd);
	CHECK(moved_by_compaction(p) >= MOVED);
	check_bytes(p);
	CHECK_EQ(pread(fd, &byte, 1, 101 * PAGE), 1);
	CHECK_EQ(byte, 102);
	CHECK_EQ(pwrite(fd, "x", 1, 101 * PAGE), 1);
	CHECK_EQ(p[101 * PAGE], 'x');
}

TEST(pages_shared_by_fork_move_for_both_and_are_copied_when_written)
{
	char *p = scattered(MAP_PRIVATE | MAP_ANONYMOUS, -1);
	int go[2];
	char byte;
	pid_t pid;

	CHECK(pipe(go) == 0);
	pid = fork();
	if (pid == 0) {
		CHECK_EQ(read(go[0], &byte, 1), 1);
		check_bytes(p);
		for (int i = 0; i < PAGES; i++)
			memset(p + i * PAGE, 0, PAGE);
		_exit(0);
	}
	CHECK(moved_by_compaction(p) >= MOVED);
	CHECK_EQ(write(go[1], "x", 1), 1);
	CHECK_CHILD(pid);
	check_bytes(p);
}

/* Free pages in blocks of at least 64. */
static long free_in_large_blocks(void)
{
	char zone[32];
	long pages = 0, blocks;
	FILE *f = fopen("/proc/buddyinfo", "r");

	CHECK(f);
	while (fscanf(f, " Node 0, zone %31s", zone) == 1)
		for (int order = 0; fscanf(f, "%ld", &blocks) == 1; order++)
			pages += order < 6 ? 0 : blocks << order;
	fclose(f);
	return pages;
}

TEST(free_memory_comes_together)
{
	long before, after;
	char *p = scattered(MAP_PRIVATE | MAP_ANONYMOUS, -1);

	before = free_in_large_blocks();
	compact();
	after = free_in_large_blocks();
	if (after < before + PAGES / 8)
		CHECK_FAIL("%ld pages before, %ld after", before, after);
	check_bytes(p);
}

static long event(const char *name)
{
	char line[80];
	long value = -1;
	FILE *f = fopen("/proc/vmstat", "r");

	CHECK(f);
	while (value < 0 && fscanf(f, "%79s %ld", line, &value) == 2)
		if (strcmp(line, name))
			value = -1;
	fclose(f);
	return value;
}

TEST(what_it_did_is_counted)
{
	long isolated = event("compact_isolated"), moved = event("pgmigrate_success"),
	     scanned = event("compact_migrate_scanned"), looked = event("compact_free_scanned");

	scattered(MAP_PRIVATE | MAP_ANONYMOUS, -1);
	compact();
	CHECK(event("pgmigrate_success") >= moved + MOVED);
	CHECK(event("compact_isolated") >= isolated + MOVED);
	CHECK(event("compact_migrate_scanned") >= scanned + MOVED);
	CHECK(event("compact_free_scanned") >= looked + MOVED);
}

TEST(the_knob_is_only_written_whatever_is_written)
{
	int fd = open(compact_knob, O_WRONLY);

	CHECK_ERRNO(open(compact_knob, O_RDONLY), EACCES);
	CHECK(fd >= 0);
	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK_EQ(write(fd, "-7 8", 4), 4);
	close(fd);
}
