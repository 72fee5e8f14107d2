/*
 * Pages in swap: MADV_PAGEOUT writes them out, and whatever looks at them afterwards, or changes
 * their mapping, finds what was written.
 */
#include "swaparea.h"
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>

#define AREA  1024 /* slots */
#define PAGES 64
#define SIZE  (PAGES * SWAP_PAGE)
#define RW    (PROT_READ | PROT_WRITE)
#define ANON  (MAP_PRIVATE | MAP_ANONYMOUS)

static void fill(unsigned char *p, int pages, int salt)
{
	int i;

	for (i = 0; i < pages; i++)
		memset(p + i * SWAP_PAGE, salt + i * 7, SWAP_PAGE);
}

static void holds(const unsigned char *p, int pages, int salt)
{
	int i, j;

	for (i = 0; i < pages; i++)
		for (j = 0; j < SWAP_PAGE; j += 511)
			CHECK_EQ(p[i * SWAP_PAGE + j], (unsigned char)(salt + i * 7));
}

static unsigned char *filled(int pages, int salt)
{
	unsigned char *p = mmap(NULL, pages * SWAP_PAGE, RW, ANON, -1, 0);

	CHECK(p != MAP_FAILED);
	fill(p, pages, salt);
	return p;
}

/* A page that is being written is not taken: wait until none is. */
static void settle(void)
{
	while (field(slurp("/proc/meminfo"), "Writeback:"))
		usleep(1000);
}

static void out(unsigned char *p, int pages)
{
	settle();
	CHECK_EQ(madvise(p, pages * SWAP_PAGE, MADV_PAGEOUT), 0);
}

/* Pages of [p, p + pages) that are in swap, by pagemap. */
static int swapped(const void *p, int pages)
{
	unsigned long long entry;
	int fd = open("/proc/self/pagemap", O_RDONLY), i, n = 0;

	CHECK(fd >= 0);
	for (i = 0; i < pages; i++) {
		CHECK_EQ(pread(fd, &entry, 8, ((unsigned long)p / SWAP_PAGE + i) * 8), 8);
		n += entry >> 62 & 1;
	}
	close(fd);
	return n;
}

static unsigned char *swapped_out(int pages, int salt)
{
	unsigned char *p = filled(pages, salt);

	out(p, pages);
	CHECK_EQ(swapped(p, pages), pages);
	return p;
}

static long status(const char *name)
{
	return field(slurp("/proc/self/status"), name);
}

/* The used slots of an area. */
static long used_kb(const char *path)
{
	const char *line = swaps_line(path);
	long size, used;

	CHECK(line);
	CHECK_EQ(sscanf(line, "%*s %*s %ld %ld", &size, &used), 2);
	return used;
}

TEST(a_page_comes_back)
{
	unsigned char *p;

	begin_swap(AREA);
	p = swapped_out(PAGES, 1);
	holds(p, PAGES, 1);
	CHECK_EQ(swapped(p, PAGES), 0);
	end_swap();
}

TEST(a_write_brings_it_back)
{
	unsigned char *p;

	begin_swap(AREA);
	p = swapped_out(PAGES, 1);
	fill(p, PAGES, 2);
	holds(p, PAGES, 2);
	out(p, PAGES);
	holds(p, PAGES, 2);
	end_swap();
}

TEST(it_can_go_out_again)
{
	unsigned char *p;
	int i;

	begin_swap(AREA);
	p = swapped_out(PAGES, 1);
	for (i = 0; i < 5; i++) {
		holds(p, PAGES, 1); /* clean: need not be written */
		out(p, PAGES);
	}
	for (i = 0; i < 5; i++) {
		fill(p, PAGES, i);
		out(p, PAGES);
		holds(p, PAGES, i);
	}
	end_swap();
}

/* KiB by the page tables: Linux counts VmRSS late. */
static long resident(void)
{
	return field(slurp("/proc/self/smaps_rollup"), "Rss:");
}

TEST(vmswap_and_swaps_count_it)
{
	unsigned char *p;
	long rss;

	begin_swap(AREA);
	p = filled(PAGES, 1);
	rss = resident();
	CHECK_EQ(status("VmSwap:"), 0);
	out(p, PAGES);
	CHECK_EQ(status("VmSwap:"), PAGES * 4);
	CHECK(resident() <= rss - (PAGES - 8) * 4);
	CHECK(used_kb(swap_area) >= PAGES * 4); /* Linux sets some more aside */
	holds(p, PAGES, 1);
	CHECK(status("VmSwap:") < PAGES * 4); /* Linux counts late */
	CHECK_EQ(munmap(p, SIZE), 0);
	end_swap();
}

TEST(munmap_frees_the_slots)
{
	unsigned char *p;

	begin_swap(AREA);
	p = swapped_out(PAGES, 1);
	CHECK_EQ(munmap(p + SWAP_PAGE, SIZE - SWAP_PAGE), 0);
	CHECK_EQ(status("VmSwap:"), 4);
	CHECK_EQ(p[5], 1);
	CHECK_EQ(munmap(p, SWAP_PAGE), 0);
	CHECK_EQ(status("VmSwap:"), 0);
	end_swap();
}

TEST(dontneed_forgets_it)
{
	unsigned char *p;
	int i;

	begin_swap(AREA);
	p = swapped_out(PAGES, 1);
	CHECK_EQ(madvise(p, SIZE, MADV_DONTNEED), 0);
	CHECK_EQ(status("VmSwap:"), 0);
	for (i = 0; i < SIZE; i += 1000)
		CHECK_EQ(p[i], 0);
	end_swap();
}

TEST(madv_free_forgets_it)
{
	unsigned char *p;
	int i;

	begin_swap(AREA);
	p = swapped_out(PAGES, 1);
	CHECK_EQ(madvise(p, SIZE, MADV_FREE), 0);
	CHECK_EQ(status("VmSwap:"), 0);
	for (i = 0; i < SIZE; i += 1000)
		CHECK_EQ(p[i], 0);
	end_swap();
}

TEST(exit_frees_the_slots)
{
	pid_t pid;

	begin_swap(AREA);
	pid = fork();
	if (!pid) {
		swapped_out(PAGES, 1);
		_exit(0);
	}
	CHECK_CHILD(pid);
	end_swap();
}

TEST(willneed_reads_it)
{
	unsigned char vec[PAGES], *p;
	int i;

	begin_swap(AREA);
	p = swapped_out(PAGES, 1);
	CHECK_EQ(madvise(p, SIZE, MADV_WILLNEED), 0);
	CHECK_EQ(swapped(p, PAGES), PAGES); /* in memory, but not mapped */
	usleep(200000);
	CHECK_EQ(mincore(p, SIZE, vec), 0);
	for (i = 0; i < PAGES; i++)
		CHECK_EQ(vec[i] & 1, 1);
	holds(p, PAGES, 1);
	end_swap();
}

TEST(fork_shares_the_slots)
{
	unsigned char *p;
	pid_t pid;

	begin_swap(AREA);
	p = swapped_out(PAGES, 1);
	pid = fork();
	if (!pid) {
		CHECK_EQ(status("VmSwap:"), PAGES * 4);
		holds(p, PAGES, 1);
		fill(p, PAGES, 9);
		holds(p, PAGES, 9);
		out(p, PAGES);
		holds(p, PAGES, 9);
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(swapped(p, PAGES), PAGES);
	holds(p, PAGES, 1);
	end_swap();
}

TEST(the_parent_writes_after_fork)
{
	unsigned char *p;
	int go[2];
	pid_t pid;
	char c;

	begin_swap(AREA);
	CHECK_EQ(pipe(go), 0);
	p = swapped_out(PAGES, 1);
	pid = fork();
	if (!pid) {
		CHECK_EQ(read(go[0], &c, 1), 1);
		holds(p, PAGES, 1);
		_exit(0);
	}
	fill(p, PAGES, 3);
	CHECK_EQ(write(go[1], "x", 1), 1);
	CHECK_CHILD(pid);
	holds(p, PAGES, 3);
	end_swap();
}

TEST(mprotect_of_swapped_pages)
{
	unsigned char *p;

	begin_swap(AREA);
	p = swapped_out(PAGES, 1);
	CHECK_EQ(mprotect(p, SIZE, PROT_READ), 0);
	CHECK_SIGNAL(p[0] = 1, SIGSEGV);
	holds(p, PAGES / 2, 1);
	CHECK_EQ(mprotect(p, SIZE, PROT_NONE), 0);
	CHECK_SIGNAL(CHECK_EQ(p[SIZE - 1], 0), SIGSEGV);
	CHECK_EQ(mprotect(p, SIZE, RW), 0);
	holds(p, PAGES, 1);
	fill(p, PAGES, 2);
	holds(p, PAGES, 2);
	end_swap();
}

TEST(mremap_moves_swapped_pages)
{
	unsigned char *p, *q;

	begin_swap(AREA);
	p = swapped_out(PAGES, 1);
	q = mremap(p, SIZE, 2 * SIZE, MREMAP_MAYMOVE);
	CHECK(q != MAP_FAILED);
	CHECK_EQ(swapped(q, PAGES), PAGES);
	holds(q, PAGES, 1);
	out(q, PAGES);
	p = mmap(NULL, SIZE, PROT_NONE, ANON, -1, 0);
	CHECK(mremap(q, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, p) == p);
	CHECK_EQ(swapped(p, PAGES), PAGES);
	holds(p, PAGES, 1);
	end_swap();
}

TEST(mlock_brings_them_back)
{
	unsigned char *p;

	begin_swap(AREA);
	p = swapped_out(PAGES, 1);
	CHECK_EQ(mlock(p, SIZE), 0);
	CHECK_EQ(swapped(p, PAGES), 0);
	CHECK_ERRNO(madvise(p, SIZE, MADV_PAGEOUT), EINVAL);
	CHECK_EQ(status("VmLck:"), PAGES * 4);
	holds(p, PAGES, 1);
	CHECK_EQ(munlock(p, SIZE), 0);
	out(p, PAGES);
	CHECK_EQ(swapped(p, PAGES), PAGES);
	end_swap();
}

TEST(others_read_and_write_them)
{
	static unsigned char buf[SIZE];
	struct iovec local = {buf, SIZE}, remote = {NULL, SIZE};
	unsigned char *p;
	int fd;

	begin_swap(AREA);
	p = swapped_out(PAGES, 1);
	remote.iov_base = p;
	CHECK_EQ(process_vm_readv(getpid(), &local, 1, &remote, 1, 0), SIZE);
	holds(buf, PAGES, 1);
	out(p, PAGES);
	fill(buf, PAGES, 4);
	CHECK_EQ(process_vm_writev(getpid(), &local, 1, &remote, 1, 0), SIZE);
	holds(p, PAGES, 4);
	out(p, PAGES);
	fd = open("/proc/self/mem", O_RDWR);
	CHECK_EQ(pread64(fd, buf, SIZE, (unsigned long)p), SIZE);
	holds(buf, PAGES, 4);
	out(p, PAGES);
	fill(buf, PAGES, 5);
	CHECK_EQ(pwrite64(fd, buf, SIZE, (unsigned long)p), SIZE);
	holds(p, PAGES, 5);
	end_swap();
}

TEST(calls_read_and_write_them)
{
	unsigned char *p;
	int fd;

	begin_swap(AREA);
	p = swapped_out(PAGES, 1);
	fd = open("/mnt/file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK_EQ(write(fd, p, SIZE), SIZE);
	out(p, PAGES);
	fill(p, PAGES, 2);
	out(p, PAGES);
	CHECK_EQ(pread(fd, p, SIZE, 0), SIZE);
	holds(p, PAGES, 1);
	CHECK_EQ(unlink("/mnt/file"), 0);
	end_swap();
}

TEST(private_copies_of_a_file)
{
	unsigned char *p;
	int fd;

	begin_swap(AREA);
	fd = open("/mnt/file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK_EQ(ftruncate(fd, SIZE), 0);
	p = mmap(NULL, SIZE, RW, MAP_PRIVATE, fd, 0);
	CHECK(p != MAP_FAILED);
	fill(p, PAGES, 1);
	out(p, PAGES);
	CHECK_EQ(swapped(p, PAGES), PAGES);
	CHECK_EQ(ftruncate(fd, SIZE / 2), 0); /* takes the private copies behind the end, too */
	CHECK_EQ(swapped(p, PAGES), PAGES / 2);
	holds(p, PAGES / 2, 1);
	CHECK_EQ(unlink("/mnt/file"), 0);
	end_swap();
}

TEST(smaps_shows_swap_and_its_share)
{
	unsigned char *p;
	char *entry, range[32];
	int done[2];
	pid_t pid;
	char c;

	begin_swap(AREA);
	CHECK_EQ(pipe(done), 0);
	p = swapped_out(PAGES, 1);
	snprintf(range, sizeof(range), "\n%08lx-", (unsigned long)p);
	entry = strstr(slurp("/proc/self/smaps"), range);
	CHECK(entry);
	CHECK_EQ(field(entry, "Swap:"), PAGES * 4);
	CHECK_EQ(field(entry, "SwapPss:"), PAGES * 4);
	pid = fork();
	if (!pid)
		_exit(read(done[0], &c, 1) != 1);
	entry = strstr(slurp("/proc/self/smaps"), range);
	CHECK(entry);
	CHECK_EQ(field(entry, "Swap:"), PAGES * 4);
	CHECK_EQ(field(entry, "SwapPss:"), PAGES * 2);
	CHECK_EQ(write(done[1], "x", 1), 1);
	CHECK_CHILD(pid);
	end_swap();
}

TEST(pagemap_tells_area_and_slot)
{
	unsigned long long entry, seen[PAGES];
	int fd, i, j;
	unsigned char *p;

	begin_swap(AREA);
	p = swapped_out(PAGES, 1);
	fd = open("/proc/self/pagemap", O_RDONLY);
	for (i = 0; i < PAGES; i++) {
		CHECK_EQ(pread(fd, &entry, 8, ((unsigned long)p / SWAP_PAGE + i) * 8), 8);
		CHECK_EQ(entry >> 61, 2); /* in swap, and not of a file */
		CHECK((entry & 31) < 27); /* the area */
		CHECK((entry >> 5 & 0x3ffffffffffffULL) < AREA &&
		      (entry >> 5 & 0x3ffffffffffffULL));
		seen[i] = entry;
		for (j = 0; j < i; j++)
			CHECK(seen[j] != entry);
	}
	end_swap();
}

TEST(a_fault_on_it_may_be_counted_as_major)
{
	struct rusage before, after;
	unsigned char *p;

	begin_swap(AREA);
	p = swapped_out(PAGES, 1);
	CHECK_EQ(getrusage(RUSAGE_SELF, &before), 0);
	holds(p, PAGES, 1);
	CHECK_EQ(getrusage(RUSAGE_SELF, &after), 0);
	CHECK(after.ru_minflt + after.ru_majflt - before.ru_minflt - before.ru_majflt >= PAGES);
	end_swap();
}

TEST(swapoff_brings_everything_back)
{
	unsigned char *p;
	pid_t pid;

	begin_swap(AREA);
	p = swapped_out(PAGES, 1);
	pid = fork();
	if (!pid) {
		fill(p, PAGES / 2, 2);
		out(p, PAGES / 2);
		CHECK_EQ(swapoff(swap_area), 0);
		CHECK_EQ(swapped(p, PAGES), 0);
		holds(p, PAGES / 2, 2);
		holds(p + SIZE / 2, PAGES / 2, 1 + PAGES / 2 * 7);
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(swapped(p, PAGES), 0);
	holds(p, PAGES, 1);
	fill(p, PAGES, 5);
	holds(p, PAGES, 5);
	CHECK_EQ(unlink(swap_area), 0);
}

TEST(more_than_the_area_has)
{
	unsigned char *p;
	int n;

	begin_swap(AREA);
	p = filled(AREA + 100, 1);
	out(p, AREA + 100);
	n = swapped(p, AREA + 100);
	CHECK(n > AREA - 100 && n <= AREA + 100); /* other areas may help */
	holds(p, AREA + 100, 1);
	end_swap();
}

TEST(the_area_with_the_higher_priority_is_used_first)
{
	const char *second;
	unsigned char *p;

	begin_swap(AREA);
	fill_swap_header(256);
	second = make_swap_file("swap2", 256);
	CHECK_EQ(swapon(second, SWAP_FLAG_PREFER | 200), 0);
	p = swapped_out(128, 1);
	CHECK(used_kb("/mnt/swap2") >= 512);
	CHECK_EQ(swapoff("/mnt/swap2"), 0);
	CHECK_EQ(swapped(p, 128), 0);
	holds(p, 128, 1);
	CHECK_EQ(unlink("/mnt/swap2"), 0);
	end_swap();
}

TEST(areas_of_the_same_priority_take_turns)
{
	const char *second;
	unsigned char *p;
	long used;

	begin_swap(AREA);
	fill_swap_header(AREA);
	second = make_swap_file("swap2", AREA);
	CHECK_EQ(swapon(second, SWAP_FLAG_PREFER | 100), 0);
	p = swapped_out(512, 1);
	used = used_kb("/mnt/swap2");
	CHECK(used > 256 && used < 1792);
	CHECK_EQ(swapoff("/mnt/swap2"), 0);
	holds(p, 512, 1);
	CHECK_EQ(unlink("/mnt/swap2"), 0);
	end_swap();
}

static long swap_cached(void)
{
	return field(slurp("/proc/meminfo"), "SwapCached:");
}

/* What was only read is in its slot too, and need not be written again; but when more than half of
 * all slots are in use, they are needed for others.
 */
TEST(pages_keep_their_slots_until_half_are_in_use)
{
	unsigned char *p;
	long total, before, kept;

	begin_swap(AREA);
	total = field(slurp("/proc/meminfo"), "SwapTotal:");
	if (total > AREA * 4)
		SKIP("another area");
	before = swap_cached();
	p = swapped_out(PAGES, 1);
	holds(p, PAGES, 1);
	settle();
	CHECK(swap_cached() - before > PAGES * 4 * 3 / 4);
	fill(p, PAGES, 2);
	CHECK(swap_cached() - before < PAGES * 4 / 4);
	CHECK_EQ(munmap(p, SIZE), 0);

	p = swapped_out(AREA * 3 / 4, 1);
	settle();
	holds(p, AREA * 3 / 4, 1);
	kept = swap_cached() - before;
	CHECK(kept > AREA * 4 / 4 && kept <= AREA * 4 / 2);
	CHECK(field(slurp("/proc/meminfo"), "SwapFree:") >= total / 2 - 8);
	end_swap();
}
