/*
 * The working set: what reclaim has taken and is read again soon is active at once. Reclaim leaves
 * a shadow of each page; /proc/vmstat counts who comes back.
 *
 * linux-alone: it measures what memory is used for, and Linux keeps much of what others have used.
 */
#define _FILE_OFFSET_BITS 64
#include "swaparea.h"
#include <stdbool.h>
#include <sys/mman.h>

#define P	 4096UL
#define MIB	 (1UL << 20)
#define RW	 (PROT_READ | PROT_WRITE)
#define ANON	 (MAP_PRIVATE | MAP_ANONYMOUS)
#define PER_NODE 64 /* pages that a node of a file's tree has room for */
#define NODES	 8
#define PAGES	 (NODES * PER_NODE)
#define SIZE	 (PAGES * P)
#define NAME	 "/mnt/workingset"
#define ROOM_MIB 24 /* what is left of memory beside what is locked */
#define SWAP_MIB 40

/* Linux counts by processor first. */
static long vmstat(const char *name)
{
	try_write("/proc/sys/vm/stat_refresh", "1");
	return field(slurp("/proc/vmstat"), name);
}

static long refaults(void)
{
	return vmstat("workingset_refault_file ");
}

static int new_file(const char *path, unsigned long size, int byte)
{
	static char text[64 * 1024];
	int fd;

	need_swap_disk();
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(fd >= 0);
	memset(text, byte, sizeof(text));
	for (unsigned long i = 0; i < size; i += sizeof(text))
		CHECK_EQ(write(fd, text, sizeof(text)), (long)sizeof(text));
	CHECK(fsync(fd) == 0);
	return fd;
}

static void gone(int fd, const char *path)
{
	close(fd);
	CHECK(unlink(path) == 0);
}

static unsigned long resident(int fd, unsigned long pages)
{
	unsigned char *vec = malloc(pages),
		      *p = mmap(NULL, pages * P, PROT_READ, MAP_SHARED, fd, 0);
	unsigned long n = 0;

	CHECK(vec && p != MAP_FAILED);
	CHECK(mincore(p, pages * P, vec) == 0);
	for (unsigned long i = 0; i < pages; i++)
		n += vec[i] & 1;
	CHECK(munmap(p, pages * P) == 0);
	free(vec);
	return n;
}

static void read_range(int fd, off_t from, off_t to, int byte)
{
	static char text[64 * 1024];

	for (; from < to; from += sizeof(text)) {
		CHECK_EQ(pread(fd, text, sizeof(text), from), (long)sizeof(text));
		for (unsigned long i = 0; i < sizeof(text); i += P / 2)
			CHECK_EQ(text[i], byte);
	}
}

/* Reclaim takes all pages of the file, which are clean. */
static void take_all(int fd)
{
	volatile char *p = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);

	CHECK(p != MAP_FAILED);
	for (unsigned long i = 0; i < PAGES; i++)
		(void)p[i * P];
	CHECK(madvise((void *)p, SIZE, MADV_PAGEOUT) == 0);
	CHECK(munmap((void *)p, SIZE) == 0);
	CHECK_EQ(resident(fd, PAGES), 0UL);
}

/* ---- pages of files ---- */

TEST(what_was_taken_and_comes_back_is_counted)
{
	int fd = new_file(NAME, SIZE, 'x');
	long before;

	take_all(fd);
	before = refaults();
	read_range(fd, 0, SIZE, 'x');
	CHECK_EQ(refaults(), before + PAGES);
	read_range(fd, 0, SIZE, 'x'); /* it is there */
	CHECK_EQ(refaults(), before + PAGES);
	gone(fd, NAME);
}

TEST(it_is_active_at_once)
{
	int fd = new_file(NAME, SIZE, 'x'), used = new_file(NAME "2", SIZE, 'y');
	long activate, active, restore;

	for (int i = 0; i < 4; i++) /* as many active pages: else there is nothing to challenge */
		read_range(used, 0, SIZE, 'y');
	sleep(3); /* until Linux has counted them */
	take_all(fd);
	activate = vmstat("workingset_activate_file ");
	active = field(proc_text, "nr_active_file ");
	restore = field(proc_text, "workingset_restore_file ");
	read_range(fd, 0, SIZE, 'x');
	CHECK_EQ(vmstat("workingset_activate_file "), activate + PAGES);
	if (field(proc_text, "nr_active_file ") < active + PAGES * 9 / 10)
		CHECK_FAIL("%lld active pages, before %ld", field(proc_text, "nr_active_file "),
			   active);
	CHECK_EQ(field(proc_text, "workingset_restore_file "),
		 restore); /* none was active before */
	gone(fd, NAME);
	gone(used, NAME "2");
}

TEST(a_mapping_counts_too)
{
	int fd = new_file(NAME, SIZE, 'x');
	volatile char *p = mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE, fd, 0);
	long before;

	CHECK(p != MAP_FAILED);
	take_all(fd);
	before = refaults();
	for (unsigned long i = 0; i < PAGES; i++)
		CHECK_EQ(p[i * P], 'x');
	CHECK_EQ(refaults(), before + PAGES);
	CHECK(munmap((void *)p, SIZE) == 0);
	gone(fd, NAME);
}

TEST(what_is_written_over_was_not_missed)
{
	int fd = new_file(NAME, SIZE, 'x');
	char text[P];
	long before;

	memset(text, 'y', P);
	take_all(fd);
	before = refaults();
	for (unsigned long i = 0; i < PAGES; i++)
		CHECK_EQ(pwrite(fd, text, P, i * P), (long)P);
	CHECK_EQ(refaults(), before);
	read_range(fd, 0, SIZE, 'y');
	CHECK_EQ(refaults(), before);
	gone(fd, NAME);
}

TEST(what_a_program_gives_up_leaves_no_shadow)
{
	int fd = new_file(NAME, SIZE, 'x');
	long before = refaults();

	CHECK(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
	CHECK_EQ(resident(fd, PAGES), 0UL);
	read_range(fd, 0, SIZE, 'x');
	CHECK_EQ(refaults(), before);
	take_all(fd); /* and it takes those away that are there */
	CHECK(posix_fadvise(fd, 0, SIZE / 2, POSIX_FADV_DONTNEED) == 0);
	read_range(fd, 0, SIZE, 'x');
	CHECK_EQ(refaults(), before + PAGES / 2);
	gone(fd, NAME);
}

TEST(drop_caches_leaves_no_shadow)
{
	int fd = new_file(NAME, SIZE, 'x');
	long before, nodes;

	try_write("/proc/sys/vm/drop_caches", "1");
	CHECK_EQ(resident(fd, PAGES), 0UL);
	before = refaults();
	read_range(fd, 0, SIZE, 'x');
	CHECK_EQ(refaults(), before);
	take_all(fd);
	nodes = vmstat("workingset_nodes ");
	CHECK(nodes >= NODES);
	try_write("/proc/sys/vm/drop_caches", "1");
	if (vmstat("workingset_nodes ") > nodes - NODES)
		CHECK_FAIL("%lld nodes, before %ld", field(proc_text, "workingset_nodes "), nodes);
	before = refaults();
	read_range(fd, 0, SIZE, 'x');
	CHECK_EQ(refaults(), before);
	gone(fd, NAME);
}

/* ---- nodes that hold nothing but shadows ---- */

TEST(nodes_of_shadows_are_counted)
{
	int fd = new_file(NAME, SIZE, 'x');
	long before = vmstat("workingset_nodes ");
	char c;

	take_all(fd);
	CHECK_EQ(vmstat("workingset_nodes "), before + NODES);
	CHECK(posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM) == 0);
	for (int i = 0; i < NODES; i++) { /* a page each */
		CHECK_EQ(pread(fd, &c, 1, i * PER_NODE * P + 5 * P), 1);
		CHECK_EQ(c, 'x');
	}
	CHECK_EQ(vmstat("workingset_nodes "), before);
	gone(fd, NAME);
}

TEST(truncation_takes_shadows_away)
{
	int fd = new_file(NAME, SIZE, 'x');
	long nodes = vmstat("workingset_nodes "), before;

	take_all(fd);
	before = refaults();
	CHECK(ftruncate(fd, SIZE / 2) == 0);
	CHECK_EQ(vmstat("workingset_nodes "), nodes + NODES / 2);
	CHECK(ftruncate(fd, SIZE) == 0);
	read_range(fd, 0, SIZE / 2, 'x');
	read_range(fd, SIZE / 2, SIZE, 0);
	CHECK_EQ(refaults(), before + PAGES / 2);
	CHECK_EQ(vmstat("workingset_nodes "), nodes);
	take_all(fd);
	CHECK(ftruncate(fd, 0) == 0);
	CHECK_EQ(vmstat("workingset_nodes "), nodes);
	gone(fd, NAME);
}

TEST(the_end_of_a_file_takes_shadows_away)
{
	int fd = new_file(NAME, SIZE, 'x');
	long nodes = vmstat("workingset_nodes ");

	take_all(fd);
	CHECK(unlink(NAME) == 0);
	CHECK_EQ(vmstat("workingset_nodes "), nodes + NODES);
	close(fd);
	CHECK_EQ(vmstat("workingset_nodes "), nodes);
}

/* A large file of which one page was read in each node. */
TEST(too_many_nodes_are_freed)
{
	const unsigned long nodes = field(slurp("/proc/meminfo"), "MemTotal:") * 1024 / P / 6;
	const off_t size = (off_t)nodes * PER_NODE * P, part = 256 * MIB;
	long reclaimed, before;
	int fd = new_file(NAME, 0, 0), big = new_file(NAME "2", 0, 0);

	before = vmstat("workingset_nodes ");
	reclaimed = field(proc_text, "workingset_nodereclaim ");
	CHECK(ftruncate(fd, size) == 0);
	for (off_t at = 0; at < size; at += part) {
		volatile char *p = mmap(NULL, part, PROT_READ, MAP_SHARED, fd, at);

		CHECK(p != MAP_FAILED);
		CHECK(madvise((void *)p, part, MADV_RANDOM) == 0);
		for (off_t i = 0; i < part && at + i < size; i += PER_NODE * P)
			CHECK_EQ(p[i], 0);
		CHECK(madvise((void *)p, part, MADV_PAGEOUT) == 0);
		CHECK(munmap((void *)p, part) == 0);
	}
	CHECK(vmstat("workingset_nodes ") > before + (long)nodes * 9 / 10);
	/* memory gets short */
	CHECK(ftruncate(big, field(slurp("/proc/meminfo"), "MemTotal:") * 1024 * 5 / 4) == 0);
	read_range(big, 0, lseek(big, 0, SEEK_END) & ~(64 * 1024 - 1), 0);
	CHECK(vmstat("workingset_nodereclaim ") > reclaimed);
	gone(fd, NAME);
	gone(big, NAME "2");
}

/* ---- under pressure ---- */

/* Locks memory until only ROOM_MIB is available. */
static void lock_memory(void)
{
	long available = field(slurp("/proc/meminfo"), "MemAvailable:") / 1024;
	char *p;

	CHECK(available > ROOM_MIB + 8);
	p = mmap(NULL, (available - ROOM_MIB) * MIB, RW, ANON, -1, 0);
	CHECK(p != MAP_FAILED);
	CHECK(mlock(p, (available - ROOM_MIB) * MIB) == 0);
}

TEST(a_file_larger_than_memory_thrashes)
{
	const unsigned long size = 2 * ROOM_MIB * MIB;
	int fd = new_file(NAME, size, 'x');
	long before, activate;

	lock_memory();
	before = refaults();
	activate = field(proc_text, "workingset_activate_file ");
	for (int i = 0; i < 4; i++)
		read_range(fd, 0, size, 'x');
	CHECK(refaults() > before + 3 * (long)(ROOM_MIB * MIB / P));
	/* each comes back too late: to keep it, memory had to be twice as large */
	activate = field(proc_text, "workingset_activate_file ") - activate;
	CHECK(activate < (long)(field(proc_text, "workingset_refault_file ") - before) / 4);
	gone(fd, NAME);
}

/* Each of the files fits into memory, and is too large for the inactive list beside the other. */
TEST(a_new_working_set_drives_out_the_old_one)
{
	const unsigned long size = 14 * MIB, pages = size / P;
	int old = new_file(NAME, size, 'x'), new = new_file(NAME "2", size, 'y');
	long activate, restore;

	CHECK(posix_fadvise(old, 0, 0, POSIX_FADV_DONTNEED) == 0);
	CHECK(posix_fadvise(new, 0, 0, POSIX_FADV_DONTNEED) == 0);
	lock_memory();
	for (int i = 0; i < 4; i++)
		read_range(old, 0, size, 'x');
	activate = vmstat("workingset_activate_file ");
	restore = field(proc_text, "workingset_restore_file ");
	for (int i = 0; i < 12; i++)
		read_range(new, 0, size, 'y');
	if (resident(new, pages) < pages * 3 / 4)
		CHECK_FAIL("%lu of %lu pages of the new one are there, and %lu of the old one",
			   resident(new, pages), pages, resident(old, pages));
	CHECK(vmstat("workingset_activate_file ") > activate + 256);
	for (int i = 0; i < 4; i++) { /* the old one had been active, and is wanted again */
		read_range(old, 0, size, 'x');
		read_range(new, 0, size, 'y');
	}
	CHECK(vmstat("workingset_restore_file ") > restore + 256);
	gone(old, NAME);
	gone(new, NAME "2");
}

/* ---- swap ---- */

static void fill(unsigned int *p, unsigned long size)
{
	for (unsigned long i = 0; i < size / P; i++)
		p[i * (P / 4)] = p[i * (P / 4) + P / 4 - 1] = i * 2654435761u;
}

static void check_filled(const unsigned int *p, unsigned long size)
{
	for (unsigned long i = 0; i < size / P; i++)
		if (p[i * (P / 4)] != i * 2654435761u ||
		    p[i * (P / 4) + P / 4 - 1] != i * 2654435761u)
			CHECK_FAIL("page %lu: %#x", i, p[i * (P / 4)]);
}

static void settle(void)
{
	while (field(slurp("/proc/meminfo"), "Writeback:"))
		usleep(1000);
}

TEST(what_is_still_in_the_swap_cache_was_not_taken)
{
	unsigned int *p;
	long before;

	begin_swap(SWAP_MIB * MIB / P);
	p = mmap(NULL, SIZE, RW, ANON, -1, 0);
	CHECK(p != MAP_FAILED);
	fill(p, SIZE);
	settle();
	CHECK(madvise(p, SIZE, MADV_PAGEOUT) == 0);
	before = vmstat("workingset_refault_anon ");
	check_filled(p, SIZE);
	CHECK_EQ(vmstat("workingset_refault_anon "), before);
	CHECK(munmap(p, SIZE) == 0);
	end_swap();
}

/* Memory of which the first part is used all the time, and the rest in order, grows until it is a
 * bit more than there is room for. */
static void outgrow_memory(int flags)
{
	const unsigned long hot = 8 * MIB, most = 38 * MIB, step = 2 * MIB;
	long refault, activate;
	unsigned long size = hot;
	unsigned int *p;

	begin_swap(SWAP_MIB * MIB / P);
	lock_memory();
	refault = vmstat("workingset_refault_anon ");
	activate = field(proc_text, "workingset_activate_anon ");
	p = mmap(NULL, most, RW, MAP_ANONYMOUS | flags, -1, 0);
	CHECK(p != MAP_FAILED);
	fill(p, hot);
	do {
		fill(p + size / 4, step);
		size += step;
		for (unsigned long at = hot; at < size; at += step) {
			check_filled(p + at / 4, step);
			check_filled(p, hot);
		}
	} while (size < most && (vmstat("workingset_refault_anon ") < refault + 256 ||
				 field(proc_text, "workingset_activate_anon ") == activate));
	CHECK(vmstat("workingset_refault_anon ") >= refault + 256);
	CHECK(field(proc_text, "workingset_activate_anon ") > activate);
	CHECK(munmap(p, most) == 0);
	end_swap(); /* no slot is in use, so no shadow is left */
}

TEST(pages_read_from_swap_are_counted)
{
	outgrow_memory(MAP_PRIVATE);
}

TEST(those_of_shared_memory_too)
{
	outgrow_memory(MAP_SHARED);
}
