/* KSM: equal pages become one, a write makes them two again, and the figures of /sys/kernel/mm/ksm.
 */
#include "ksm.h"

TEST(equal_pages_become_one)
{
	char *p, *q;

	ksm_start();
	p = pages(4, 'a');
	q = pages(4, 'a');
	q[2 * P + 77] = 'b';
	await_rounds(4);
	CHECK_EQ(frames_in(p, 4), 1);
	CHECK(frame(q) == frame(p) && frame(q + P) == frame(p) && frame(q + 3 * P) == frame(p));
	CHECK(frame(q + 2 * P) != frame(p));
	CHECK_EQ(ksm_figure("pages_shared"), 1);
	CHECK_EQ(ksm_figure("pages_sharing"), 6);
	CHECK_EQ(ksm_figure("pages_unshared"), 1);
	CHECK_EQ(ksm_figure("pages_volatile"), 0);
	CHECK_EQ(ksm_figure("stable_node_chains"), 0);
	ksm_end();
}

TEST(a_write_makes_a_copy)
{
	long before;
	char *p;

	ksm_start();
	p = pages(4, 'c');
	await_rounds(4);
	CHECK_EQ(frames_in(p, 4), 1);
	before = proc_number("/proc/vmstat", "cow_ksm");
	p[P] = 'd';
	CHECK(proc_number("/proc/vmstat", "cow_ksm") > before);
	CHECK(p[0] == 'c' && p[P] == 'd' && p[P + 1] == 'c' && p[2 * P] == 'c');
	CHECK(frame(p + P) != frame(p));
	CHECK_EQ(frames_in(p, 4), 2);
	p[P] = 'c';
	await_rounds(4);
	CHECK_EQ(frames_in(p, 4), 1);
	ksm_end();
}

/* Even who is the only one left writes to a copy: the page stays as the tree knows it. */
TEST(the_last_one_copies_too)
{
	unsigned long long merged;
	char *p;

	ksm_start();
	p = pages(2, 'e');
	await_rounds(4);
	CHECK_EQ(frames_in(p, 2), 1);
	merged = frame(p);
	CHECK_EQ(munmap(p + P, P), 0);
	CHECK_EQ(ksm_write("run", "0"), 0);
	p[0] = 'f';
	CHECK(frame(p) != merged);
	ksm_end();
}

TEST(who_does_not_want_it_any_more_gets_pages_of_its_own)
{
	char *p;

	ksm_start();
	p = pages(6, 'g');
	await_rounds(4);
	CHECK_EQ(frames_in(p, 6), 1);
	CHECK_EQ(madvise(p + 2 * P, 3 * P, MADV_UNMERGEABLE), 0);
	CHECK_EQ(frames_in(p, 6), 4);
	CHECK_EQ(frames_in(p + 2 * P, 3), 3);
	CHECK(frame(p) == frame(p + P) && frame(p) == frame(p + 5 * P));
	CHECK(p[2 * P] == 'g' && p[5 * P - 1] == 'g');
	await_rounds(3);
	CHECK_EQ(frames_in(p + 2 * P, 3), 3);
	ksm_end();
}

TEST(memory_that_cannot_be_merged_is_left_alone)
{
	char *shared = mmap(NULL, 2 * P, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *plain = mmap(NULL, 2 * P, RW, ANON, -1, 0);

	CHECK(shared != MAP_FAILED && plain != MAP_FAILED);
	ksm_start();
	memset(shared, 'h', 2 * P);
	memset(plain, 'h', 2 * P);
	CHECK_EQ(madvise(shared, 2 * P, MADV_MERGEABLE), 0);
	CHECK_EQ(madvise(shared, 2 * P, MADV_UNMERGEABLE), 0);
	CHECK_EQ(madvise(plain, 2 * P, MADV_UNMERGEABLE), 0);
	pages(1, 'h'); /* gives ksmd something to do */
	await_rounds(3);
	CHECK_EQ(frames_in(shared, 2), 2);
	CHECK_EQ(frames_in(plain, 2), 2);
	ksm_end();
}

TEST(read_only_memory_is_merged_and_unmerged)
{
	char *p;

	ksm_start();
	p = pages(3, 'i');
	CHECK_EQ(mprotect(p, 3 * P, PROT_READ), 0);
	await_rounds(4);
	CHECK_EQ(frames_in(p, 3), 1);
	CHECK_EQ(mprotect(p, 3 * P, RW), 0);
	p[P] = 'j';
	CHECK(p[0] == 'i' && p[2 * P] == 'i');
	CHECK_EQ(mprotect(p, 3 * P, PROT_READ), 0);
	CHECK_EQ(madvise(p, 3 * P, MADV_UNMERGEABLE), 0);
	CHECK_EQ(frames_in(p, 3), 3);
	CHECK_FAULT(p[0] = 1, SIGSEGV, SEGV_ACCERR, p);
	ksm_end();
}

TEST(a_child_is_searched_too)
{
	int fds[2], i;
	char *p, byte;
	pid_t pid;

	ksm_start();
	p = pages(8, 'k');
	await_rounds(4);
	CHECK(!pipe(fds));
	CHECK_EQ(ksm_write("run", "0"), 0);
	pid = fork();
	if (!pid) {
		CHECK_EQ(frames_in(p, 8), 1);
		for (i = 0; i < 8; i++)
			p[i * P] = 'l';
		CHECK_EQ(frames_in(p, 8), 8);
		CHECK_EQ(ksm_write("run", "1"), 0);
		await_rounds(4);
		CHECK_EQ(frames_in(p, 8), 1);
		CHECK_EQ(ksm_figure("pages_shared"), 2);
		CHECK_EQ(ksm_figure("pages_sharing"), 14);
		CHECK_EQ(write(fds[1], "", 1), 1);
		_exit(0);
	}
	close(fds[1]);
	CHECK_EQ(read(fds[0], &byte, 1), 1);
	CHECK_CHILD(pid);
	CHECK(p[0] == 'k' && p[7 * P] == 'k');
	await_rounds(1);
	CHECK_EQ(ksm_figure("pages_shared"), 1);
	CHECK_EQ(ksm_figure("pages_sharing"), 7);
	ksm_end();
}

TEST(what_moves_is_unmerged)
{
	char *p, *q;

	ksm_start();
	p = pages(4, 'm');
	await_rounds(4);
	CHECK_EQ(frames_in(p, 4), 1);
	CHECK_EQ(ksm_write("run", "0"), 0);
	q = free_room(2);
	CHECK(mremap(p, 2 * P, 2 * P, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q);
	CHECK_EQ(frames_in(q, 2), 2);
	CHECK_EQ(frames_in(p + 2 * P, 2), 1);
	CHECK(q[0] == 'm' && q[P] == 'm');
	CHECK_EQ(ksm_write("run", "1"), 0);
	await_rounds(4);
	CHECK(frames_in(q, 2) == 1 && frame(q) == frame(p + 2 * P));
	ksm_end();
}

TEST(pages_of_zeros_can_be_the_page_of_zeros)
{
	char *p, *empty = mmap(NULL, P, PROT_READ, ANON, -1, 0);

	CHECK(empty != MAP_FAILED && empty[0] == 0);
	ksm_start();
	CHECK_EQ(ksm_write("use_zero_pages", "1"), 0);
	p = free_room(3);
	anon_at(p, 3, RW);
	memset(p, 0, 2 * P);
	memset(p + 2 * P, 'n', P);
	CHECK_EQ(madvise(p, 3 * P, MADV_MERGEABLE), 0);
	await_rounds(4);
	/* the page of zeros is not shown as present by all kernels: what counts is that nothing is
	   shared, and that a write works */
	CHECK_EQ(ksm_figure("pages_shared"), 0);
	CHECK_EQ(pagemap(p) & PM_PFN, pagemap(empty) & PM_PFN);
	CHECK_EQ(pagemap(p + P) & PM_PFN, pagemap(empty) & PM_PFN);
	p[0] = 'o';
	CHECK(p[1] == 0 && p[P] == 0 && empty[0] == 0);
	CHECK_EQ(ksm_write("use_zero_pages", "0"), 0);
	ksm_end();
}

TEST(no_more_than_so_many_share_a_page)
{
	char *p;

	ksm_start();
	CHECK_EQ(ksm_write("max_page_sharing", "3"), 0);
	p = pages(9, 'p');
	await_rounds(6);
	CHECK_EQ(frames_in(p, 9), 3);
	CHECK_EQ(ksm_figure("pages_shared"), 3);
	CHECK_EQ(ksm_figure("pages_sharing"), 6);
	CHECK_EQ(ksm_figure("stable_node_chains"), 1);
	CHECK_EQ(ksm_figure("stable_node_dups"), 3);
	CHECK_EQ(ksm_write("max_page_sharing", "4"), EBUSY);
	CHECK_EQ(munmap(p, 6 * P), 0);
	await_rounds(4);
	CHECK_EQ(frames_in(p + 6 * P, 3) <= 3, 1);
	CHECK_EQ(p[8 * P], 'p');
	CHECK_EQ(ksm_write("run", "2"), 0);
	CHECK_EQ(ksm_write("max_page_sharing", "256"), 0);
	ksm_end();
}

TEST(stopping_keeps_what_is_merged)
{
	char *p;

	ksm_start();
	p = pages(3, 'q');
	await_rounds(4);
	CHECK_EQ(ksm_write("run", "0"), 0);
	CHECK_EQ(frames_in(p, 3), 1);
	CHECK_EQ(proc_number("/proc/self/ksm_stat", "ksm_rmap_items"), 3);
	CHECK_EQ(ksm_write("run", "2"), 0);
	CHECK_EQ(frames_in(p, 3), 3);
	CHECK_EQ(proc_number("/proc/self/ksm_stat", "ksm_rmap_items"), 0);
	CHECK_EQ(p[2 * P + 5], 'q');
	ksm_end();
}

/* Whose signal it would be is not known: they all keep it. */
TEST(a_merged_page_that_breaks_stays_where_it_is)
{
	unsigned long long broken;
	char *p;

	if (geteuid())
		SKIP("not root");
	ksm_start();
	p = pages(4, 'h');
	await_rounds(4);
	CHECK_EQ(frames_in(p, 4), 1);
	broken = frame(p);
	CHECK_ERRNO(madvise(p, P, MADV_HWPOISON), EBUSY);
	CHECK_ERRNO(madvise(p, P, MADV_HWPOISON), EHWPOISON);
	CHECK(frame(p) == broken && p[0] == 'h' && p[3 * P] == 'h');
	p[0] = 'i';
	CHECK(frame(p) != broken && frame(p + P) == broken && p[1] == 'h');
	ksm_end();
}

TEST(what_the_files_refuse)
{
	CHECK_EQ(ksm_write("run", "3"), EINVAL);
	CHECK_EQ(ksm_write("run", "-1"), EINVAL);
	CHECK_EQ(ksm_write("run", "x"), EINVAL);
	CHECK_EQ(ksm_write("sleep_millisecs", "4294967296"), EINVAL);
	CHECK_EQ(ksm_write("max_page_sharing", "1"), EINVAL);
	CHECK_EQ(ksm_write("use_zero_pages", "2"), EINVAL);
	CHECK_ERRNO(open(KSM "pages_shared", O_WRONLY), EACCES);
	CHECK_EQ(ksm_figure("run"), 0);
}
