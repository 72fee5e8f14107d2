/*
 * Transparent huge pages: anonymous memory that gets large pages without asking, and what becomes
 * of them when a part is used for something else.
 *
 * linux-alone: it measures what memory is used for, and Linux keeps much of what others have used.
 */
#include "swaparea.h"
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include "thp.h"
#include <sys/prctl.h>
#include <sys/wait.h>

TEST(a_first_write_takes_a_huge_page)
{
	long before;
	char *p;

	thp_on();
	p = area(2);
	before = faults();
	memset(p, 1, 2 * H);
	CHECK(faults() - before <= 4);
	CHECK_HUGE(p, 2);
	CHECK_EQ(smaps_of(p, "Rss"), (long)(2 * H >> 10));
	CHECK_EQ(smaps_of(p, "Private_Dirty"), (long)(2 * H >> 10));
	CHECK_EQ(smaps_of(p, "THPeligible"), 1);
}

TEST(a_vma_that_is_too_short_has_none)
{
	char *p;

	thp_on();
	p = area(1);
	CHECK(!munmap(p + H - 4096, 4096));
	memset(p, 1, H - 4096);
	CHECK_HUGE(p, 0);
	CHECK_EQ(smaps_of(p, "THPeligible"), 0);
}

TEST(advice_against_them_is_followed)
{
	char *p;

	thp_on();
	p = area(1);
	CHECK(!madvise(p, H, MADV_NOHUGEPAGE));
	memset(p, 1, H);
	CHECK_HUGE(p, 0);
}

TEST(in_mode_madvise_only_advised_memory_has_them)
{
	char *p, *q;

	thp_on();
	set_mode("madvise");
	p = area(1);
	q = area(1);
	CHECK(!madvise(q, H, MADV_HUGEPAGE));
	p[0] = q[0] = 1;
	CHECK_HUGE(p, 0);
	CHECK_HUGE(q, 1);
}

TEST(a_mode_that_does_not_exist_is_refused)
{
	int fd;

	thp_on();
	fd = open(THP "enabled", O_WRONLY);
	CHECK_ERRNO(write(fd, "sometimes", 9), EINVAL);
	CHECK_ERRNO(write(fd, "defer", 5), EINVAL);
	close(fd);
}

TEST(unmapping_a_part_keeps_the_rest)
{
	char *p;

	thp_on();
	p = area(1);
	number_pages(p, H);
	CHECK(!munmap(p + 8192, 4096));
	check_numbers(p, 0, 8192);
	check_numbers(p, 12288, H);
	CHECK_HUGE(p, 0);
}

TEST(dontneed_of_a_part_gives_zeros_there)
{
	char *p;

	thp_on();
	p = area(1);
	number_pages(p, H);
	CHECK(!madvise(p + 4096, 4096, MADV_DONTNEED));
	CHECK_EQ(p[4096], 0);
	check_numbers(p, 0, 4096);
	check_numbers(p, 8192, H);
}

TEST(dontneed_of_all_gives_a_new_huge_page_of_zeros)
{
	char *p;

	thp_on();
	p = area(1);
	number_pages(p, H);
	CHECK(!madvise(p, H, MADV_DONTNEED));
	CHECK_EQ(smaps_of(p, "Rss"), 0);
	p[5] = 1;
	CHECK_EQ(p[4096], 0);
	CHECK_HUGE(p, 1);
}

TEST(mprotect_of_all_keeps_it_huge)
{
	char *p;

	thp_on();
	p = area(1);
	number_pages(p, H);
	CHECK(!mprotect(p, H, PROT_READ));
	CHECK_HUGE(p, 1);
	CHECK(!mprotect(p, H, PROT_READ | PROT_WRITE));
	number_pages(p, H);
	CHECK_HUGE(p, 1);
}

TEST(mprotect_of_a_part_protects_that_part)
{
	char *p;

	thp_on();
	p = area(1);
	number_pages(p, H);
	CHECK(!mprotect(p + 4096, 4096, PROT_READ));
	check_numbers(p, 0, H);
	CHECK_SIGNAL(p[4096] = 1, SIGSEGV);
	p[0] = 1;
	p[8192] = 1;
}

TEST(a_child_shares_it_and_gets_its_own_small_page)
{
	int status;
	char *p;

	thp_on();
	p = area(1);
	number_pages(p, H);
	if (!fork()) {
		CHECK_HUGE(p, 1);
		*(unsigned long *)(p + 4096) = 7;
		check_numbers(p, 0, 4096);
		check_numbers(p, 8192, H);
		_exit(*(unsigned long *)(p + 4096) != 7);
	}
	CHECK(wait(&status) > 0);
	CHECK_EQ(status, 0);
	check_numbers(p, 0, H);
	number_pages(p, H);
}

TEST(mremap_takes_the_contents_along)
{
	char *p, *q;

	thp_on();
	p = area(2);
	q = area(2);
	number_pages(p, H);
	CHECK(mremap(p, H, H, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q);
	check_numbers(q, 0, H);
	CHECK(mremap(q, H, H, MREMAP_MAYMOVE | MREMAP_FIXED, p + 4096) == p + 4096);
	check_numbers(p + 4096, 0, H);
}

TEST(a_pipe_reads_its_pages)
{
	unsigned long number;
	int ends[2];
	char *p;

	thp_on();
	p = area(1);
	number_pages(p, H);
	CHECK(!pipe(ends));
	CHECK_EQ(write(ends[1], p + 12288, sizeof(number)), (long)sizeof(number));
	CHECK_EQ(read(ends[0], &number, sizeof(number)), (long)sizeof(number));
	CHECK_EQ(number, 12289ul);
	close(ends[0]);
	close(ends[1]);
}

TEST(locked_memory_may_be_huge)
{
	long before;
	char *p;

	thp_on();
	before = meminfo("Mlocked");
	p = area(1);
	number_pages(p, H);
	CHECK(!mlock(p, H));
	CHECK_HUGE(p, 1);
	CHECK_EQ(meminfo("Mlocked") - before, (long)(H >> 10));
	CHECK(!munlock(p + 4096, 4096));
	check_numbers(p, 0, H);
	CHECK(!munlock(p, H));
}

TEST(collapse_makes_a_huge_page_of_small_ones)
{
	char *p;

	thp_on();
	set_mode("never");
	p = area(1);
	number_pages(p, H);
	CHECK_HUGE(p, 0);
	CHECK(!madvise(p, H, COLLAPSE));
	CHECK_HUGE(p, 1);
	check_numbers(p, 0, H);
	CHECK(!madvise(p, H, COLLAPSE)); /* it is one already */
}

TEST(collapse_fills_holes_with_zeros)
{
	char *p;

	thp_on();
	set_mode("never");
	p = area(1);
	p[4096] = 5;
	CHECK(!madvise(p, H, COLLAPSE));
	CHECK_HUGE(p, 1);
	CHECK_EQ(p[4096], 5);
	CHECK_EQ(p[8192], 0);
	CHECK_EQ(smaps_of(p, "Rss"), (long)(H >> 10));
}

TEST(collapse_of_what_shall_have_none_is_refused)
{
	char *p;

	thp_on();
	p = area(1);
	p[0] = 1;
	CHECK(!prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));
	CHECK_ERRNO(madvise(p, H, COLLAPSE), EINVAL);
	CHECK(!prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0));
	CHECK(!madvise(p, H, MADV_NOHUGEPAGE));
	CHECK_ERRNO(madvise(p, H, COLLAPSE), EINVAL);
	CHECK_ERRNO(madvise(p, P, COLLAPSE), EINVAL);
}

/* A range is right that holds or touches a boundary, even if no whole huge page lies in it. */
TEST(collapse_of_less_than_a_huge_page)
{
	char *p, *shared;

	thp_on();
	set_mode("never");
	p = area(2);
	CHECK_ERRNO(madvise(p, P, COLLAPSE), EINVAL); /* nothing was ever there */
	p[0] = 1;
	CHECK(!madvise(p, P, COLLAPSE));
	CHECK(!madvise(p + P, H - P, COLLAPSE));
	CHECK(!madvise(p + H - P, 2 * P, COLLAPSE));
	CHECK_ERRNO(madvise(p + P, P, COLLAPSE), EINVAL);
	CHECK_HUGE(p, 0);
	CHECK(!munmap(p + H - P, H + P)); /* there is room for none now */
	CHECK_ERRNO(madvise(p, P, COLLAPSE), EINVAL);
	shared = mmap(p, H, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	CHECK(shared == p && !madvise(p, P, COLLAPSE));
}

TEST(collapse_of_what_may_not_be_written_is_refused)
{
	long before;
	char *p;

	thp_on();
	set_mode("never");
	p = area(1);
	number_pages(p, H);
	before = vmstat("thp_collapse_alloc ");
	CHECK(!mprotect(p, H, PROT_READ));
	CHECK_ERRNO(madvise(p, H, COLLAPSE), EINVAL);
	CHECK(!mprotect(p, P, PROT_READ | PROT_WRITE));
	CHECK_ERRNO(madvise(p, H, COLLAPSE), EINVAL); /* not all of it is in one VMA */
	CHECK_EQ(vmstat("thp_collapse_alloc "), before);
}

TEST(collapse_takes_copies_of_what_others_have_too)
{
	pid_t child;
	char *p;

	thp_on();
	set_mode("never");
	p = area(1);
	number_pages(p, H);
	child = start_child(NULL);
	CHECK_ERRNO(madvise(p, H, COLLAPSE), EINVAL); /* none may be written */
	number_pages(p, P);
	CHECK(!madvise(p, H, COLLAPSE));
	CHECK_HUGE(p, 1);
	end_child(child);
	check_numbers(p, 0, H);
}

/* Put a page into swap, whose area is new. */
static void put_into_swap(char *p)
{
	begin_swap(64);
	CHECK_EQ(madvise(p, P, 21 /* MADV_PAGEOUT */), 0);
	CHECK_EQ(pagemap(p) >> 62, 1);
}

TEST(collapse_brings_back_what_is_in_swap)
{
	char *p;

	need_swap_disk();
	thp_on();
	set_mode("never");
	p = area(1);
	number_pages(p, H);
	put_into_swap(p + P);
	CHECK(!madvise(p, H, COLLAPSE));
	CHECK_HUGE(p, 1);
	CHECK_EQ(smaps_of(p, "Swap"), 0);
	check_numbers(p, 0, H);
	end_swap();
}

/* ---- khugepaged ---- */

#define KHUGEPAGED THP "khugepaged/"

static char old_sleep[16], old_scan[16], old_none[16], old_shared[16], old_swap[16];
static char old_alloc_sleep[16], old_defrag[16];

static void khugepaged_as_before(void)
{
	write_thp(KHUGEPAGED "scan_sleep_millisecs", old_sleep);
	write_thp(KHUGEPAGED "pages_to_scan", old_scan);
	write_thp(KHUGEPAGED "max_ptes_none", old_none);
	write_thp(KHUGEPAGED "max_ptes_shared", old_shared);
	write_thp(KHUGEPAGED "max_ptes_swap", old_swap);
	write_thp(KHUGEPAGED "alloc_sleep_millisecs", old_alloc_sleep);
	write_thp(KHUGEPAGED "defrag", old_defrag);
}

/* Give khugepaged this limit, and access the small pages of the area all the time until the counter
   has grown, or 10 seconds have passed. => by how much. */
static long khugepaged_at_work(char *p, const char *limit, const char *value, const char *counter)
{
	long before = vmstat(counter);

	write_thp(limit, value);
	write_thp(KHUGEPAGED "defrag", "1");
	write_thp(KHUGEPAGED "alloc_sleep_millisecs", "20");
	write_thp(KHUGEPAGED "pages_to_scan", "65536");
	write_thp(KHUGEPAGED "scan_sleep_millisecs", "20");
	for (int i = 0; i < 500 && vmstat(counter) == before; i++) {
		for (unsigned long at = P; at < H - P; at += P)
			(void)*(volatile char *)(p + at);
		usleep(20000);
	}
	return vmstat(counter) - before;
}

/* An area of small pages, all but the last of which are used: khugepaged may look at it whenever it
   likes, but leaves it for its hole. */
static char *small_pages(void)
{
	char *p;

	thp_on();
	read_thp(KHUGEPAGED "scan_sleep_millisecs", old_sleep, sizeof(old_sleep));
	read_thp(KHUGEPAGED "pages_to_scan", old_scan, sizeof(old_scan));
	read_thp(KHUGEPAGED "max_ptes_none", old_none, sizeof(old_none));
	read_thp(KHUGEPAGED "max_ptes_shared", old_shared, sizeof(old_shared));
	read_thp(KHUGEPAGED "max_ptes_swap", old_swap, sizeof(old_swap));
	read_thp(KHUGEPAGED "alloc_sleep_millisecs", old_alloc_sleep, sizeof(old_alloc_sleep));
	read_thp(KHUGEPAGED "defrag", old_defrag, sizeof(old_defrag));
	set_mode("never");
	p = area(1);
	number_pages(p, H - P);
	write_thp(KHUGEPAGED "max_ptes_none", "0");
	set_mode("always");
	CHECK(!madvise(p, H, MADV_HUGEPAGE)); /* tells the thread of this address space */
	return p;
}

/* The thread has made a huge page of small_pages(). */
static void check_collapsed(const char *p)
{
	khugepaged_as_before();
	usleep(100000);
	CHECK_HUGE(p, 1);
	check_numbers(p, 0, H - P);
}

TEST(khugepaged_leaves_what_has_too_many_holes)
{
	char *p = small_pages();

	CHECK(khugepaged_at_work(p, KHUGEPAGED "max_ptes_none", "0", "thp_scan_exceed_none_pte "));
	CHECK_HUGE(p, 0);
	CHECK(khugepaged_at_work(p, KHUGEPAGED "max_ptes_none", "1", "thp_collapse_alloc "));
	check_collapsed(p);
}

TEST(khugepaged_leaves_what_others_have_too)
{
	char *p = small_pages();
	pid_t child;

	child = start_child(NULL);
	write_thp(KHUGEPAGED "max_ptes_shared", "0");
	CHECK(khugepaged_at_work(p, KHUGEPAGED "max_ptes_none", "1", "thp_scan_exceed_share_pte "));
	khugepaged_as_before();
	CHECK_HUGE(p, 0);
	end_child(child);
}

TEST(khugepaged_leaves_what_is_in_swap)
{
	char *p;

	need_swap_disk();
	p = small_pages();
	put_into_swap(p);
	write_thp(KHUGEPAGED "max_ptes_swap", "0");
	CHECK(khugepaged_at_work(p, KHUGEPAGED "max_ptes_none", "1", "thp_scan_exceed_swap_pte "));
	CHECK_HUGE(p, 0);
	CHECK(khugepaged_at_work(p, KHUGEPAGED "max_ptes_swap", "1", "thp_collapse_alloc "));
	check_collapsed(p);
	end_swap();
}

/* Linux compares a time with 0 there, which says the wrong thing while its clock of 32 bits is
 * below 0: in the first five minutes after boot. */
TEST(a_new_time_to_sleep_wakes_the_thread)
{
	struct utsname name;
	struct sysinfo info;
	char *p;

	if (!uname(&name) && !strstr(name.release, "mapix") && !sysinfo(&info) && info.uptime < 300)
		SKIP("the thread may sleep on");
	p = small_pages();
	write_thp(KHUGEPAGED "scan_sleep_millisecs", "600000");
	usleep(200000); /* it has looked, and sleeps so long */
	CHECK(khugepaged_at_work(p, KHUGEPAGED "max_ptes_none", "1", "thp_collapse_alloc "));
	check_collapsed(p);
}

TEST(a_khugepaged_that_scans_nothing_is_refused)
{
	thp_on();
	CHECK_EQ(try_write(KHUGEPAGED "pages_to_scan", "0"), -EINVAL);
	CHECK_EQ(try_write(KHUGEPAGED "defrag", "2"), -EINVAL);
	CHECK_EQ(try_write(KHUGEPAGED "alloc_sleep_millisecs", "4294967296"), -EINVAL);
}

TEST(limits_are_less_than_a_huge_page)
{
	char text[16];

	thp_on();
	sprintf(text, "%lu", H / P);
	CHECK_EQ(try_write(KHUGEPAGED "max_ptes_none", text), -EINVAL);
	CHECK_EQ(try_write(KHUGEPAGED "max_ptes_shared", text), -EINVAL);
	CHECK_EQ(try_write(KHUGEPAGED "max_ptes_swap", text), -EINVAL);
	CHECK_EQ(field(slurp(KHUGEPAGED "max_ptes_shared"), ""), (long)(H / P / 2));
	CHECK_EQ(field(slurp(KHUGEPAGED "max_ptes_swap"), ""), (long)(H / P / 8));
}
