/*
 * Merged pages in swap: they go there by their slot like other pages, and each who had one gets the
 * same bytes back. A page that is still in memory is a merged one still; one that was read again is
 * not, so that each gets a copy.
 *
 * linux-alone: it measures what memory is used for, and Linux keeps much of what others have used.
 */
#include "ksm.h"
#include "swaparea.h"
#include <stdbool.h>

#define LARGE_AREA (56 * MIB / P) /* in pages: for what is driven out */
#define SMALL_AREA 64		  /* for single pages */
#define ROOM_MIB   24UL		  /* what is left of memory beside what is locked */
#define MIB	   (1UL << 20)

#define PM_SWAP (1ULL << 62)
#define KPF_KSM (1ULL << 21)

static long vmstat(const char *name)
{
	return proc_number("/proc/vmstat", name);
}

static bool is_merged(const char *p)
{
	unsigned long long flags;
	int fd = open("/proc/kpageflags", O_RDONLY);

	CHECK(fd >= 0);
	CHECK_EQ(pread(fd, &flags, 8, frame(p) * 8), 8);
	close(fd);
	return flags & KPF_KSM;
}

static int swapped(const char *p, int n)
{
	int count = 0;

	for (int i = 0; i < n; i++)
		count += pagemap(p + i * P) >> 62 & 1;
	return count;
}

static void begin(unsigned int pages)
{
	begin_swap(pages);
	ksm_start();
}

static void end(void)
{
	ksm_end();
	end_swap();
}

/* All of each page is this byte. */
static void holds(const char *p, int n, int byte)
{
	for (int i = 0; i < n; i++)
		for (unsigned int at = 0; at < P; at += 511)
			CHECK_EQ(p[i * P + at], byte);
}

/* A merged page that nothing else maps, in memory of two pages, of which the second is gone. ksmd
   sleeps. */
static char *one(int byte)
{
	char *p = pages(2, byte);

	await_rounds(4);
	CHECK_EQ(frames_in(p, 2), 1);
	CHECK_EQ(ksm_write("run", "0"), 0);
	CHECK_EQ(munmap(p + P, P), 0);
	CHECK(is_merged(p));
	return p;
}

/* A page that is being written is not taken: wait until none is. */
static void page_out(char *p, int n)
{
	while (field(slurp("/proc/meminfo"), "Writeback:"))
		usleep(1000);
	CHECK_EQ(madvise(p, n * P, MADV_PAGEOUT), 0);
}

/* The same: its entry says that it is in swap, and the page is in the swap cache. => its frame
   before. */
static unsigned long long one_in_swap(int byte, char **p)
{
	unsigned long long before;

	*p = one(byte);
	before = frame(*p);
	page_out(*p, 1);
	CHECK_EQ(swapped(*p, 1), 1);
	return before;
}

/* ---- one who maps it asks for it ---- */

TEST(pageout_leaves_what_others_map)
{
	char *p;

	begin(SMALL_AREA);
	p = pages(2, 'a');
	await_rounds(4);
	CHECK_EQ(frames_in(p, 2), 1);
	page_out(p, 2);
	CHECK_EQ(swapped(p, 2), 0);
	CHECK_EQ(frames_in(p, 2), 1);
	end();
}

TEST(pageout_takes_what_only_one_maps)
{
	long copies;
	char *p;

	begin(SMALL_AREA);
	one_in_swap('b', &p);
	CHECK_EQ(field(slurp("/proc/self/status"), "VmSwap:"), 4);
	copies = vmstat("ksm_swpin_copy");
	holds(p, 1, 'b');
	CHECK_EQ(swapped(p, 1), 0);
	CHECK_EQ(vmstat("ksm_swpin_copy"), copies);
	end();
}

TEST(in_memory_it_is_merged_still)
{
	unsigned long long before;
	long copies;
	char *p;

	begin(SMALL_AREA);
	before = one_in_swap('c', &p);
	holds(p, 1, 'c');
	CHECK(frame(p) == before && is_merged(p));
	copies = vmstat("cow_ksm");
	p[0] = 'd';
	CHECK_EQ(vmstat("cow_ksm"), copies + 1);
	CHECK(frame(p) != before && !is_merged(p));
	CHECK(p[0] == 'd' && p[1] == 'c');
	end();
}

TEST(a_write_brings_a_copy)
{
	unsigned long long before;
	char *p;

	begin(SMALL_AREA);
	before = one_in_swap('d', &p);
	p[7] = 'e';
	CHECK(frame(p) != before && !is_merged(p));
	CHECK(p[7] == 'e' && p[8] == 'd' && p[P - 1] == 'd');
	end();
}

/* It leaves the swap cache then, and only one entry has it; but it is nobody's own. */
TEST(locked_it_is_copied_by_the_last_one_too)
{
	unsigned long long before;
	char *p;

	begin(SMALL_AREA);
	before = one_in_swap('e', &p);
	CHECK_EQ(mprotect(p, P, PROT_READ), 0);
	CHECK_EQ(mlock(p, P), 0);
	CHECK(frame(p) == before && is_merged(p));
	CHECK_EQ(mprotect(p, P, RW), 0);
	p[0] = 'f';
	CHECK(frame(p) != before && !is_merged(p) && p[1] == 'e');
	end();
}

TEST(a_child_shares_it)
{
	unsigned long long before;
	char *p;
	pid_t pid;

	begin(SMALL_AREA);
	before = one_in_swap('f', &p);
	pid = fork();
	if (!pid) {
		CHECK_EQ(swapped(p, 1), 1);
		holds(p, 1, 'f');
		CHECK(frame(p) == before && is_merged(p));
		p[3] = 'g';
		CHECK(frame(p) != before && p[3] == 'g' && p[4] == 'f');
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(swapped(p, 1), 1);
	holds(p, 1, 'f');
	CHECK(frame(p) == before);
	end();
}

TEST(smaps_divides_the_slot)
{
	char *p, *line;
	pid_t pid;

	begin(SMALL_AREA);
	one_in_swap('g', &p);
	pid = fork();
	if (!pid) {
		char start[16];

		snprintf(start, sizeof(start), "%lx-", (unsigned long)p);
		line = strstr(slurp("/proc/self/smaps"), start);
		CHECK(line);
		CHECK_EQ(field(line, "Swap:"), 4);
		CHECK_EQ(field(line, "SwapPss:"), 2);
		CHECK_EQ(field(line, "Rss:"), 0);
		_exit(0);
	}
	CHECK_CHILD(pid);
	holds(p, 1, 'g');
	end();
}

TEST(the_figures_forget_it_and_learn_of_it_again)
{
	char *p;

	begin(SMALL_AREA);
	one_in_swap('h', &p);
	CHECK_EQ(ksm_figure("pages_shared"), 1);
	CHECK_EQ(ksm_write("run", "1"), 0);
	pages(1, 'i'); /* gives ksmd something to do */
	await_rounds(3);
	CHECK_EQ(ksm_figure("pages_shared"), 0);
	CHECK_EQ(ksm_figure("pages_sharing"), 0);
	holds(p, 1, 'h');
	CHECK(is_merged(p));
	await_rounds(3);
	CHECK_EQ(ksm_figure("pages_shared"), 1);
	CHECK_EQ(ksm_figure("pages_sharing"), 0);
	end();
}

TEST(ksmd_maps_it_meanwhile)
{
	unsigned long long before;
	char *p, *q;

	begin(SMALL_AREA);
	before = one_in_swap('i', &p);
	CHECK_EQ(ksm_write("run", "1"), 0);
	q = pages(1, 'i');
	await_rounds(3);
	CHECK_EQ(frame(q), before);
	CHECK_EQ(swapped(p, 1), 1);
	holds(p, 1, 'i');
	CHECK_EQ(frame(p), before);
	end();
}

/* ---- who does not want it any more ---- */

TEST(when_all_is_unmerged_it_comes_back_as_a_copy)
{
	unsigned long long before;
	long copies;
	char *p;

	begin(SMALL_AREA);
	before = one_in_swap('j', &p);
	CHECK_EQ(ksm_write("run", "2"), 0);
	CHECK_EQ(swapped(p, 1), 1);
	CHECK_EQ(ksm_figure("pages_shared"), 0);
	copies = vmstat("ksm_swpin_copy");
	holds(p, 1, 'j');
	CHECK_EQ(vmstat("ksm_swpin_copy"), copies + 1);
	CHECK(frame(p) != before && !is_merged(p));
	end();
}

TEST(nothing_is_unmerged_that_is_in_swap)
{
	unsigned long long before;
	char *p;

	begin(SMALL_AREA);
	before = one_in_swap('k', &p);
	CHECK_EQ(madvise(p, P, MADV_UNMERGEABLE), 0);
	CHECK_EQ(swapped(p, 1), 1);
	holds(p, 1, 'k');
	CHECK(frame(p) == before && is_merged(p));
	p[0] = 'l';
	CHECK(!is_merged(p) && p[1] == 'k');
	end();
}

TEST(it_may_move_there)
{
	unsigned long long before;
	char *p, *q;

	begin(SMALL_AREA);
	before = one_in_swap('l', &p);
	q = free_room(1);
	CHECK(mremap(p, P, P, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q);
	CHECK_EQ(swapped(q, 1), 1);
	holds(q, 1, 'l');
	CHECK(frame(q) == before && is_merged(q));
	q[0] = 'm';
	CHECK(q[1] == 'l' && !is_merged(q));
	end();
}

TEST(what_is_not_needed_frees_its_slot)
{
	char *p;

	begin(SMALL_AREA);
	one_in_swap('m', &p);
	CHECK_EQ(munmap(p, P), 0);
	CHECK_EQ(field(slurp("/proc/self/status"), "VmSwap:"), 0);
	end();
}

/* Linux 6.1 drops it from both. */
TEST(given_up_it_is_kept_for_others)
{
	char *p, *q;

	if (access("/proc/sys/debug/alloc_reclaim", F_OK))
		SKIP("no debug kernel");
	begin(SMALL_AREA);
	p = one('n');
	CHECK_EQ(madvise(p, P, MADV_FREE), 0);
	CHECK_EQ(ksm_write("run", "1"), 0);
	q = pages(1, 'n');
	await_rounds(3);
	CHECK_EQ(munmap(p, P), 0);
	page_out(q, 1);
	holds(q, 1, 'n');
	end();
}

/* ---- memory is short ---- */

/* Use more memory than there is, until none of the n pages is in memory. That they were used must
   be forgotten, or they count as active, as many map them. */
static void drive_out(char *p, int n)
{
	size_t locked, size = (ROOM_MIB + 16) * MIB;
	char *lock = lock_all_but(ROOM_MIB, &locked);
	char *used = mmap(NULL, size, RW, ANON, -1, 0);
	unsigned char in_memory[n];
	int left = n;

	CHECK(used != MAP_FAILED);
	CHECK_EQ(try_write("/proc/self/clear_refs", "1"), 1);
	for (int round = 0; left && round < 20; round++) {
		for (size_t i = 0; i < size; i += P)
			*(size_t *)(used + i) = i + round;
		CHECK_EQ(mincore(p, n * P, in_memory), 0);
		left = 0;
		for (int i = 0; i < n; i++)
			left += in_memory[i] & 1;
	}
	CHECK_EQ(left, 0);
	CHECK(munmap(used, size) == 0 && munmap(lock, locked) == 0);
}

#define MANY 24

TEST(each_gets_a_page_of_its_own_back)
{
	long copies;
	char *p;

	begin(LARGE_AREA);
	p = pages(MANY, 'o');
	await_rounds(4);
	CHECK_EQ(frames_in(p, MANY), 1);
	CHECK_EQ(ksm_write("run", "0"), 0);
	drive_out(p, MANY);
	CHECK_EQ(swapped(p, MANY), MANY);
	copies = vmstat("ksm_swpin_copy");
	holds(p, MANY, 'o');
	CHECK_EQ(vmstat("ksm_swpin_copy"), copies + MANY - 1);
	CHECK_EQ(frames_in(p, MANY), MANY);
	p[5 * P] = 'p';
	CHECK(p[0] == 'o' && p[6 * P] == 'o' && p[5 * P + 1] == 'o');
	p[5 * P] = 'o';
	CHECK_EQ(ksm_write("run", "1"), 0);
	await_rounds(4);
	CHECK_EQ(frames_in(p, MANY), 1);
	end();
}

/* The parent and the child have the page at several addresses, and each writes to some. */
TEST(a_child_gets_its_own_back)
{
	int to_child[2];
	char *p, byte;
	pid_t pid;

	begin(LARGE_AREA);
	p = pages(MANY, 'q');
	await_rounds(4);
	CHECK_EQ(frames_in(p, MANY), 1);
	CHECK_EQ(ksm_write("run", "0"), 0);
	CHECK(!pipe(to_child));
	pid = fork();
	if (!pid) {
		CHECK_EQ(read(to_child[0], &byte, 1), 1);
		for (int i = 0; i < MANY; i += 2)
			p[i * P] = 'r';
		for (int i = 0; i < MANY; i++)
			CHECK(p[i * P] == (i % 2 ? 'q' : 'r') && p[i * P + 1] == 'q');
		_exit(0);
	}
	drive_out(p, MANY);
	CHECK_EQ(write(to_child[1], "", 1), 1);
	for (int i = 0; i < MANY; i += 3)
		p[i * P + P - 1] = 's';
	for (int i = 0; i < MANY; i++)
		CHECK(p[i * P] == 'q' && p[i * P + P - 1] == (i % 3 ? 'q' : 's'));
	CHECK_CHILD(pid);
	end();
}

/* ---- who is left ---- */

/* The items of ksmd go with the parent; the child's pages are found all the same. */
TEST(a_child_without_its_parent)
{
	int from_child[2];
	char *p, byte = 0;
	pid_t pid;

	begin(SMALL_AREA);
	p = pages(2, 't');
	await_rounds(4);
	CHECK_EQ(frames_in(p, 2), 1);
	CHECK_EQ(ksm_write("run", "0"), 0);
	CHECK(!pipe(from_child));
	pid = fork();
	if (!pid) {
		pid_t parent = getpid();

		if (fork())
			_exit(0);
		while (getppid() == parent)
			usleep(1000);
		CHECK_EQ(frames_in(p, 2), 1);
		CHECK_EQ(munmap(p + P, P), 0);
		holds(p, 1, 't');
		p[0] = 'u';
		CHECK_EQ(p[1], 't');
		CHECK_EQ(write(from_child[1], "k", 1), 1);
		_exit(0);
	}
	close(from_child[1]);
	CHECK_CHILD(pid);
	CHECK_EQ(read(from_child[0], &byte, 1), 1);
	CHECK_EQ(byte, 'k');
	CHECK_EQ(frames_in(p, 2), 1);
	holds(p, 2, 't');
	end();
}

/* A relative has the page elsewhere when it is merged. */
TEST(a_child_that_has_moved_it)
{
	int to_child[2], from_child[2];
	char *p, *q, byte;
	pid_t pid;

	begin(SMALL_AREA);
	p = anon_at(free_room(2), 2, RW);
	q = free_room(2);
	memset(p, 'v', 2 * P);
	CHECK(!pipe(to_child) && !pipe(from_child));
	pid = fork();
	if (!pid) {
		CHECK(mremap(p, P, P, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q);
		CHECK_EQ(write(from_child[1], "", 1), 1);
		CHECK_EQ(read(to_child[0], &byte, 1), 1);
		holds(q, 1, 'v');
		q[0] = 'w';
		CHECK(q[1] == 'v');
		_exit(0);
	}
	close(from_child[1]);
	CHECK_EQ(read(from_child[0], &byte, 1), 1);
	CHECK_EQ(madvise(p, 2 * P, MADV_MERGEABLE), 0);
	await_rounds(4);
	CHECK_EQ(write(to_child[1], "", 1), 1);
	CHECK_CHILD(pid);
	holds(p, 2, 'v');
	end();
}

/* ---- swapoff ---- */

TEST(swapoff_brings_all_back)
{
	char *p, *q;
	pid_t pid;
	int go[2];
	char byte;

	begin(LARGE_AREA);
	p = pages(MANY, 'x');
	await_rounds(4);
	CHECK_EQ(ksm_write("run", "0"), 0);
	drive_out(p, MANY);
	CHECK_EQ(ksm_write("run", "1"), 0);
	one_in_swap('y', &q);
	CHECK(!pipe(go));
	pid = fork();
	if (!pid) {
		CHECK_EQ(read(go[0], &byte, 1), 1);
		CHECK_EQ(swapped(p, MANY) + swapped(q, 1), 0);
		holds(p, MANY, 'x');
		p[P] = 'z';
		holds(q, 1, 'y');
		_exit(0);
	}
	CHECK_EQ(swapoff(swap_area), 0);
	CHECK_EQ(swapped(p, MANY) + swapped(q, 1), 0);
	CHECK_EQ(write(go[1], "", 1), 1);
	CHECK_CHILD(pid);
	holds(p, MANY, 'x');
	holds(q, 1, 'y');
	p[0] = 'z';
	CHECK_EQ(p[P], 'x');
	CHECK_EQ(swapon(swap_area, 0), 0);
	end();
}
