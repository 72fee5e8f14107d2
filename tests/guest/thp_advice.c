/*
 * Transparent huge pages whose memory the program does not need: what is advised of all of a page
 * leaves it whole, what is advised of a part splits it.
 */
#include "swaparea.h"
#include "thp.h"
#include <sys/wait.h>

#define KB(n) ((long)((n) >> 10))

/* A huge page full of numbers. */
static char *huge_page(void)
{
	char *p;

	thp_on();
	p = area(1);
	number_pages(p, H);
	CHECK_HUGE(p, 1);
	return p;
}

TEST(a_cold_page_stays_whole)
{
	char *p = huge_page();

	CHECK_EQ(smaps_of(p, "Referenced"), KB(H));
	CHECK(!madvise(p, H, MADV_COLD));
	CHECK_HUGE(p, 1);
	CHECK_EQ(smaps_of(p, "Referenced"), 0);
	check_numbers(p, 0, H);
	CHECK_EQ(smaps_of(p, "Referenced"), KB(H));
}

TEST(a_cold_part_splits_it)
{
	char *p = huge_page();

	CHECK(!madvise(p, H / 2, MADV_COLD));
	CHECK_HUGE(p, 0);
	CHECK_EQ(smaps_of(p, "Referenced"), KB(H / 2));
	check_numbers(p, 0, H);
}

TEST(a_page_that_may_be_dropped_stays_whole)
{
	char *p = huge_page();

	CHECK(!madvise(p, H, MADV_FREE));
	CHECK_HUGE(p, 1);
	CHECK_EQ(smaps_of(p, "LazyFree"), KB(H));
	CHECK_EQ(smaps_of(p, "Private_Dirty"), 0);
	CHECK_EQ(smaps_of(p, "Referenced"), 0);
	check_numbers(p, 0, H);
}

TEST(one_write_keeps_all_of_it)
{
	char *p = huge_page();

	CHECK(!madvise(p, H, MADV_FREE));
	p[5] = 1;
	CHECK_HUGE(p, 1);
	CHECK_EQ(smaps_of(p, "LazyFree"), 0);
	CHECK_EQ(smaps_of(p, "Private_Dirty"), KB(H));
}

TEST(what_was_not_written_since_is_dropped)
{
	char *p = huge_page();

	CHECK(!madvise(p, H, MADV_FREE));
	CHECK(!madvise(p, H, MADV_PAGEOUT));
	CHECK_HUGE(p, 0);
	CHECK_EQ(smaps_of(p, "Rss"), 0);
	CHECK_EQ(smaps_of(p, "Swap"), 0);
	CHECK_EQ(p[H / 2], 0);
}

TEST(what_a_child_has_too_is_left_alone)
{
	static const int advice[] = {MADV_COLD, MADV_FREE, MADV_PAGEOUT};
	char *p = huge_page();
	int status;

	for (int i = 0; i < 3; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (!pid) {
			CHECK(!madvise(p, H, advice[i]));
			CHECK_HUGE(p, 1);
			CHECK_EQ(smaps_of(p, "LazyFree"), 0);
			CHECK(!madvise(p, H / 2, advice[i]));
			CHECK_HUGE(p, 1);
			_exit(0);
		}
		CHECK(waitpid(pid, &status, 0) == pid && status == 0);
		CHECK_HUGE(p, 1);
	}
	check_numbers(p, 0, H);
}

TEST(clear_refs_makes_it_old)
{
	char *p = huge_page();

	CHECK_EQ(smaps_of(p, "Referenced"), KB(H));
	CHECK_EQ(try_write("/proc/self/clear_refs", "1"), 1);
	CHECK_HUGE(p, 1);
	CHECK_EQ(smaps_of(p, "Referenced"), 0);
}

TEST(it_goes_to_swap_in_small_pages)
{
	long split, fallback;
	char *p;

	p = huge_page();
	begin_swap(2 * H / SWAP_PAGE);
	split = vmstat("thp_split_page ");
	fallback = vmstat("thp_swpout_fallback ");
	CHECK(!madvise(p, H, MADV_PAGEOUT));
	CHECK_EQ(vmstat("thp_split_page ") - split, 1);
	CHECK_EQ(vmstat("thp_swpout_fallback ") - fallback, 1);
	CHECK(smaps_of(p, "Swap") > KB(H / 2));
	check_numbers(p, 0, H);
	CHECK_HUGE(p, 0);
	CHECK(!munmap(p, H));
	end_swap();
}
