/*
 * kcompactd: the kernel thread that makes large blocks of free memory while nobody waits for them.
 *
 * linux-alone: it measures what memory is used for, and Linux keeps much of what others have used.
 */
#include "thp.h"
#include <time.h>

#define TURNS 200 /* of 20 ms, until it has had its turn */

/* Of Linux, which compacts memory from time to time even if nobody has asked for a block. */
#define PROACTIVENESS "/proc/sys/vm/compaction_proactiveness"

static char old_defrag[64], old_proactiveness[8];

__attribute__((constructor)) static void remember_defrag(void)
{
	read_thp(THP "defrag", old_defrag, sizeof(old_defrag));
	read_thp(PROACTIVENESS, old_proactiveness, sizeof(old_proactiveness));
}

__attribute__((destructor)) static void restore_defrag(void)
{
	char *end = strchr(old_defrag, ']'), *begin = strchr(old_defrag, '[');

	if (begin && end) {
		*end = 0;
		write_thp(THP "defrag", begin + 1);
	}
	if (old_proactiveness[0])
		write_thp(PROACTIVENESS, old_proactiveness);
}

/* Write to new memory where a huge page fits. Was there one? */
static bool write_huge(char *p, int advice)
{
	CHECK_EQ(madvise(p, H, advice), 0);
	p[0] = 1;
	return smaps_of(p, "AnonHugePages") > 0;
}

static bool take_huge_page(int advice)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
	static char *p;
	bool huge;

	p = p ?: area(1);
	CHECK(mmap(p, H, PROT_READ | PROT_WRITE, flags, -1, 0) == p);
	huge = write_huge(p, advice);
	CHECK(mmap(p, H, PROT_NONE, flags, -1, 0) == p);
	return huge;
}

#define KEPT 16 /* of so many pages, one */

#define SCATTERED 16 /* huge pages; the others stay whole */
static char *taken[256];
static int nr_taken;

/* Make small pages of one, and free most of them. */
static void scatter_page(char *p)
{
	number_pages(p, H);
	CHECK_EQ(madvise(p, P, MADV_FREE), 0); /* Linux splits the page at once */
	CHECK_EQ(madvise(p, H, MADV_NOHUGEPAGE), 0);
	for (unsigned long at = 0; at < H; at += KEPT * P)
		CHECK_EQ(madvise(p + at, (KEPT - 1) * P, MADV_DONTNEED), 0);
}

/* => huge pages that there were. */
static int scatter_all_pages(void)
{
	int first = nr_taken;

	while (nr_taken < 256 && write_huge(taken[nr_taken] = area(1), MADV_NORMAL))
		nr_taken++;
	CHECK(nr_taken < 256 && munmap(taken[nr_taken], H) == 0);
	for (int i = first; i < nr_taken && i < SCATTERED; i++)
		scatter_page(taken[i]);
	return nr_taken - first;
}

/* Huge pages are on, but there is no block for one. The last ones can be taken when other memory is
   free again. */
static void scatter(void)
{
	need_root();
	thp_on();
	write_thp(THP "defrag", "never");
	try_write(PROACTIVENESS, "0");
	nr_taken = 0;
	while (scatter_all_pages())
		;
	CHECK(nr_taken >= SCATTERED);
}

static void check_scattered(void)
{
	for (int i = 0; i < SCATTERED; i++)
		for (unsigned long at = (KEPT - 1) * P; at < H; at += KEPT * P)
			CHECK_EQ(*(const unsigned long *)(taken[i] + at), at + 1);
}

static void sleep_20_ms(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
}

static bool is_there(const char *name)
{
	for (int pid = 2; pid < 1000; pid++) {
		char path[32], comm[32] = "";
		int fd;

		sprintf(path, "/proc/%d/comm", pid);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			continue;
		CHECK(read(fd, comm, sizeof(comm) - 1) > 0);
		close(fd);
		if (!strcmp(comm, name))
			return !slurp_pid(pid, "maps")[0];
	}
	return false;
}

TEST(it_is_a_kernel_thread)
{
	CHECK(is_there("kcompactd0\n"));
}

TEST(who_defers_wakes_it_and_has_no_huge_page_yet)
{
	long wakes, stalls, fallback;

	scatter();
	wakes = vmstat("compact_daemon_wake ");
	stalls = vmstat("compact_stall ");
	fallback = vmstat("thp_fault_fallback ");
	write_thp(THP "defrag", "defer");
	CHECK(!take_huge_page(MADV_HUGEPAGE));
	CHECK_EQ(vmstat("thp_fault_fallback "), fallback + 1);
	for (int i = 0; i < TURNS && vmstat("compact_daemon_wake ") == wakes; i++) {
		sleep_20_ms();
		take_huge_page(MADV_HUGEPAGE);
	}
	CHECK(vmstat("compact_daemon_wake ") > wakes);
	CHECK_EQ(vmstat("compact_stall "), stalls);
	check_scattered();
}

TEST(what_it_has_done_is_a_huge_page_for_the_next)
{
	long moved, scanned, daemon, looked;
	bool huge = false;

	scatter();
	moved = vmstat("pgmigrate_success ");
	scanned = vmstat("compact_migrate_scanned ");
	daemon = vmstat("compact_daemon_migrate_scanned ");
	looked = vmstat("compact_daemon_free_scanned ");
	write_thp(THP "defrag", "defer");
	for (int i = 0; i < TURNS && !huge; i++) {
		huge = take_huge_page(MADV_NORMAL);
		sleep_20_ms();
	}
	CHECK(huge);
	CHECK(vmstat("pgmigrate_success ") > moved);
	daemon = vmstat("compact_daemon_migrate_scanned ") - daemon;
	CHECK(daemon > 0);
	CHECK(vmstat("compact_daemon_free_scanned ") > looked);
	CHECK(vmstat("compact_migrate_scanned ") - scanned >= daemon);
	check_scattered();
}

TEST(with_defer_and_madvise_the_others_wake_it)
{
	long stalls, wakes;

	scatter();
	stalls = vmstat("compact_stall ");
	wakes = vmstat("compact_daemon_wake ");
	write_thp(THP "defrag", "defer+madvise");
	for (int i = 0; i < TURNS && vmstat("compact_daemon_wake ") == wakes; i++) {
		take_huge_page(MADV_NORMAL);
		sleep_20_ms();
	}
	CHECK(vmstat("compact_daemon_wake ") > wakes);
	CHECK_EQ(vmstat("compact_stall "), stalls);
	check_scattered();
}

TEST(with_defer_and_madvise_who_is_advised_compacts_himself)
{
	long stalls, wakes;

	scatter();
	stalls = vmstat("compact_stall ");
	wakes = vmstat("compact_daemon_wake ");
	write_thp(THP "defrag", "defer+madvise");
	for (int i = 0; i < TURNS && vmstat("compact_stall ") == stalls; i++)
		take_huge_page(MADV_HUGEPAGE);
	CHECK(vmstat("compact_stall ") > stalls);
	CHECK_EQ(vmstat("compact_daemon_wake "), wakes);
	check_scattered();
}

static void check_nobody_compacts(const char *defrag, int advice)
{
	long scanned, wakes;

	scatter();
	scanned = vmstat("compact_migrate_scanned ");
	wakes = vmstat("compact_daemon_wake ");
	write_thp(THP "defrag", defrag);
	for (int i = 0; i < 10; i++) {
		CHECK(!take_huge_page(advice));
		sleep_20_ms();
	}
	CHECK_EQ(vmstat("compact_migrate_scanned "), scanned);
	CHECK_EQ(vmstat("compact_daemon_wake "), wakes);
	check_scattered();
}

TEST(without_advice_nobody_compacts)
{
	check_nobody_compacts("madvise", MADV_NORMAL);
}

TEST(never_means_that_nobody_compacts)
{
	check_nobody_compacts("never", MADV_HUGEPAGE);
}

/* The writer does it himself. */
TEST(compact_memory_does_not_wake_it)
{
	long scanned, wakes, daemon;

	scatter();
	scanned = vmstat("compact_migrate_scanned ");
	wakes = vmstat("compact_daemon_wake ");
	daemon = vmstat("compact_daemon_migrate_scanned ");
	CHECK_EQ(try_write("/proc/sys/vm/compact_memory", "1"), 1);
	CHECK(vmstat("compact_migrate_scanned ") > scanned);
	CHECK_EQ(vmstat("compact_daemon_wake "), wakes);
	CHECK_EQ(vmstat("compact_daemon_migrate_scanned "), daemon);
	check_scattered();
}
