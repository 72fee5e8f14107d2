/*
 * The huge page of zeros, which is what a program finds where it only reads and a huge page would
 * fit: what is seen of it, and when small pages of zeros or the program's own take its place.
 *
 * linux-alone: after five minutes of Linux, khugepaged takes part.
 */
#include "thp.h"
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <sys/wait.h>

#define KPF_COMPOUND_HEAD (1ULL << 15)
#define KPF_COMPOUND_TAIL (1ULL << 16)
#define KPF_THP		  (1ULL << 22)
#define KPF_REFERENCED	  (1ULL << 2)
#define KPF_ZERO_PAGE	  (1ULL << 24)
#define KPF_RESERVED	  (1ULL << 32)
#define PM_FILE		  (1ULL << 61)
#define HUGE_ZERO	  (PM_PRESENT | PM_FILE) /* so pagemap shows it */

static char read_byte(const char *p)
{
	return *(const volatile char *)p;
}

/* Room for n huge pages, in which all that is there is the huge page of zeros. */
static char *zeros(unsigned long n)
{
	char *p;

	need_root();
	thp_on();
	p = area(n);
	for (unsigned long i = 0; i < n; i++)
		CHECK_EQ(read_byte(p + i * H + 5 * P), 0);
	return p;
}

static bool is_huge_zero(const char *p)
{
	unsigned long long entry = pagemap(p);

	return (entry & ~PM_PFN) == HUGE_ZERO && frame_flags_of(p) & KPF_ZERO_PAGE &&
	       frame_flags_of(p) & KPF_THP;
}

static bool is_small_zero(const char *p)
{
	/* it is everybody's: others may have referenced it */
	return (pagemap(p) & ~PM_PFN) == PM_PRESENT && pagemap(p) & PM_PFN &&
	       (frame_flags_of(p) & ~KPF_REFERENCED) == (KPF_ZERO_PAGE | KPF_RESERVED);
}

static unsigned long in_core(char *p, unsigned long bytes)
{
	static unsigned char vec[4096];
	unsigned long n = 0;

	CHECK_EQ(mincore(p, bytes, vec), 0);
	for (unsigned long i = 0; i < bytes / P; i++)
		n += vec[i] & 1;
	return n;
}

TEST(a_read_finds_it)
{
	long before, allocated = vmstat("thp_fault_alloc ");
	char *p = zeros(2);

	CHECK_EQ(smaps_of(p, "Rss"), 0);
	CHECK_EQ(smaps_of(p, "Referenced"), 0);
	CHECK_HUGE(p, 0);
	CHECK_EQ(in_core(p, 2 * H), 2 * H / P);
	CHECK_EQ(pagemap(p), pagemap(p + H));
	CHECK_EQ(pagemap(p + 7 * P), pagemap(p) + 7);
	CHECK_EQ(frame_flags_of(p), KPF_COMPOUND_HEAD | KPF_THP | KPF_ZERO_PAGE);
	CHECK_EQ(frame_flags_of(p + P), KPF_COMPOUND_TAIL | KPF_THP | KPF_ZERO_PAGE);
	CHECK_EQ(vmstat("thp_fault_alloc "), allocated);
	before = faults();
	for (unsigned long i = 0; i < 2 * H; i += P)
		CHECK_EQ(read_byte(p + i), 0);
	CHECK(faults() - before <= 1);
}

/* A table is in store for each. */
TEST(it_costs_a_page_table)
{
	char *p = zeros(1);
	long before = field(slurp("/proc/self/status"), "VmPTE:");

	CHECK_EQ(read_byte(area(1)), 0);
	CHECK_EQ(field(slurp("/proc/self/status"), "VmPTE:"), before + 4);
	CHECK_EQ(munmap(p, H), 0);
}

TEST(the_first_write_replaces_a_small_page)
{
	char *p = zeros(2);
	long before = vmstat("thp_split_pmd "), pages = vmstat("thp_split_page ");

	p[P] = 1;
	CHECK_EQ(vmstat("thp_split_pmd "), before + 1);
	CHECK_EQ(vmstat("thp_split_page "), pages);
	CHECK_EQ(smaps_of(p, "Rss"), 4);
	CHECK_EQ(smaps_of(p, "Private_Dirty"), 4);
	CHECK(is_small_zero(p) && is_small_zero(p + H - P));
	CHECK(is_huge_zero(p + H));
	CHECK_EQ(in_core(p, H), H / P);
	for (unsigned long i = 0; i < H; i += P)
		CHECK_EQ(read_byte(p + i), i == P);
}

static void check_not_taken(const char *text)
{
	CHECK_EQ(try_write(THP "use_zero_page", text), -EINVAL);
}

TEST(without_it_a_read_takes_memory)
{
	long before;
	char *p;

	need_root();
	thp_on();
	check_not_taken("2");
	check_not_taken("-1");
	check_not_taken("no");
	CHECK_STR(slurp(THP "use_zero_page"), "1\n");
	write_thp(THP "use_zero_page", "0");
	before = vmstat("thp_fault_alloc ");
	p = area(1);
	CHECK_EQ(read_byte(p), 0);
	CHECK_HUGE(p, 1);
	CHECK_EQ(smaps_of(p, "Private_Dirty"), (long)(H >> 10));
	CHECK_EQ(vmstat("thp_fault_alloc "), before + 1);
}

TEST(advice_against_huge_pages_is_against_it)
{
	char *p;

	need_root();
	thp_on();
	p = area(1);
	CHECK_EQ(madvise(p, H, MADV_NOHUGEPAGE), 0);
	CHECK_EQ(read_byte(p), 0);
	CHECK(is_small_zero(p));
	CHECK_EQ(in_core(p, H), 1);
}

TEST(a_child_has_it_too)
{
	char *p = zeros(1);
	int status;

	if (!fork()) {
		CHECK(is_huge_zero(p)); /* without a fault */
		CHECK_EQ(read_byte(p + H - 1), 0);
		p[P] = 1;
		CHECK(is_small_zero(p));
		_exit(0);
	}
	CHECK(wait(&status) > 0);
	CHECK_EQ(status, 0);
	CHECK(is_huge_zero(p + P));
	CHECK_EQ(read_byte(p + P), 0);
}

/* Who has it last keeps it in memory. */
TEST(it_stays_while_anybody_has_it)
{
	unsigned long long frame;
	char *p = zeros(1);
	int status;

	if (!fork()) {
		frame = pagemap(p);
		CHECK_EQ(read_byte(area(1)), 0);
		CHECK_EQ(munmap(p, H), 0);
		CHECK_EQ(try_write("/proc/sys/vm/drop_caches", "2"), 1);
		p = area(1);
		CHECK_EQ(read_byte(p), 0);
		CHECK_EQ(pagemap(p), frame);
		_exit(0);
	}
	CHECK(wait(&status) > 0);
	CHECK_EQ(status, 0);
	CHECK(is_huge_zero(p));
}

static void read_zeros_in_a_child(void)
{
	int status;

	if (!fork()) {
		zeros(1);
		_exit(0);
	}
	CHECK(wait(&status) > 0);
	CHECK_EQ(status, 0);
}

TEST(when_nobody_has_it_it_can_be_freed)
{
	long before;

	need_root();
	read_zeros_in_a_child();
	before = vmstat("thp_zero_page_alloc ");
	read_zeros_in_a_child();
	CHECK_EQ(vmstat("thp_zero_page_alloc "), before);
	CHECK_EQ(try_write("/proc/sys/vm/drop_caches", "2"), 1);
	read_zeros_in_a_child();
	CHECK_EQ(vmstat("thp_zero_page_alloc "), before + 1);
	CHECK_EQ(vmstat("thp_zero_page_alloc_failed "), 0);
}

TEST(mprotect_of_all_and_of_a_part)
{
	char *p = zeros(1);

	CHECK_EQ(mprotect(p, H, PROT_NONE), 0);
	CHECK(is_huge_zero(p));
	CHECK_SIGNAL(read_byte(p), SIGSEGV);
	CHECK_EQ(mprotect(p, H, PROT_READ | PROT_WRITE), 0);
	CHECK(is_huge_zero(p));
	CHECK_EQ(read_byte(p), 0);
	CHECK_EQ(mprotect(p + P, P, PROT_NONE), 0);
	CHECK(is_small_zero(p) && is_small_zero(p + P));
	CHECK_SIGNAL(read_byte(p + P), SIGSEGV);
	p[0] = 1;
	CHECK_EQ(smaps_of(p, "Rss"), 4);
}

TEST(mremap_takes_it_along)
{
	char *p = zeros(1), *q = area(1), *r = area(2);

	CHECK(mremap(p, H, H, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q);
	CHECK(is_huge_zero(q));
	CHECK(mremap(q, H, H, MREMAP_MAYMOVE | MREMAP_FIXED, r + P) == r + P);
	CHECK(is_small_zero(r + P) && is_small_zero(r + H));
	CHECK_EQ(read_byte(r + H), 0);
	CHECK_EQ(pagemap(r), 0);
}

TEST(dontneed_of_a_part_leaves_small_ones)
{
	char *p = zeros(2);

	CHECK_EQ(madvise(p + P, P, MADV_DONTNEED), 0);
	CHECK(is_small_zero(p));
	CHECK_EQ(pagemap(p + P), 0);
	CHECK_EQ(in_core(p, H), H / P - 1);
	CHECK_EQ(madvise(p + H, H, MADV_DONTNEED), 0);
	CHECK_EQ(in_core(p + H, H), 0);
	CHECK_EQ(munmap(p + H - P, 2 * P), 0);
	CHECK_EQ(read_byte(p + H - 2 * P), 0);
}

TEST(other_advice_leaves_it_alone)
{
	static const int advice[] = {MADV_FREE, 20 /* MADV_COLD */, 21 /* MADV_PAGEOUT */};
	char *p = zeros(1);

	for (int i = 0; i < 3; i++) {
		CHECK_EQ(madvise(p, H, advice[i]), 0);
		CHECK_EQ(madvise(p + P, P, advice[i]), 0);
		CHECK(is_huge_zero(p + P));
	}
}

TEST(locked_memory_that_may_be_written_is_memory)
{
	char *p = zeros(1), *q = area(1);

	CHECK_EQ(mlock(p, H), 0);
	CHECK_EQ(smaps_of(p, "Rss"), (long)(H >> 10));
	CHECK_EQ(smaps_of(p, "Locked"), (long)(H >> 10));
	CHECK_EQ(munlock(p, H), 0);
	CHECK_EQ(mprotect(q, H, PROT_READ), 0);
	CHECK_EQ(mlock(q, H), 0);
	CHECK(is_huge_zero(q));
	CHECK_EQ(smaps_of(q, "Locked"), 0);
	CHECK_EQ(munlock(q + P, P), 0);
	CHECK(is_small_zero(q));
	CHECK_EQ(munlock(q, H), 0);
}

TEST(calls_read_and_write_there)
{
	char *p = zeros(2), bytes[16] = "x";
	struct iovec here = {bytes, 16}, there = {p + P, 16};
	int ends[2];

	CHECK_EQ(pipe(ends), 0);
	CHECK_EQ(write(ends[1], p + P, 16), 16);
	CHECK_EQ(process_vm_readv(getpid(), &here, 1, &there, 1, 0), 16);
	CHECK_EQ(bytes[0], 0);
	CHECK(is_huge_zero(p));
	bytes[0] = 'y';
	CHECK_EQ(process_vm_writev(getpid(), &here, 1, &there, 1, 0), 16);
	CHECK_EQ(p[P], 'y');
	CHECK(is_small_zero(p));
	CHECK_EQ(write(ends[1], "abc", 3), 3);
	CHECK_EQ(read(ends[0], p + H, 19), 19);
	CHECK(!memcmp(p + H + 16, "abc", 3));
	CHECK_EQ(smaps_of(p, "Rss"), 8);
}

TEST(collapse_is_content_with_it)
{
	char *p = zeros(1);
	long before = vmstat("thp_collapse_alloc ");

	CHECK_EQ(madvise(p, H, COLLAPSE), 0);
	CHECK(is_huge_zero(p));
	CHECK_EQ(madvise(p, P, MADV_DONTNEED), 0);
	/* nothing but small pages of zeros: that is no reason to use memory */
	CHECK_ERRNO(madvise(p, H, COLLAPSE), EINVAL);
	CHECK_EQ(vmstat("thp_collapse_alloc "), before);
	p[0] = 1;
	CHECK_EQ(madvise(p, H, COLLAPSE), 0);
	CHECK_HUGE(p, 1);
	CHECK_EQ(p[0], 1);
	CHECK_EQ(read_byte(p + P), 0);
	CHECK_EQ(vmstat("thp_collapse_alloc "), before + 1);
}

TEST(the_kernel_keeps_it)
{
	char *p = zeros(1);

	CHECK_ERRNO(madvise(p + P, P, 101 /* MADV_SOFT_OFFLINE */), EIO);
	CHECK(is_huge_zero(p));
}

TEST(a_pager_finds_it_there)
{
	char *p = zeros(1);
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register reg = {{(unsigned long)p, H}, UFFDIO_REGISTER_MODE_MISSING, 0};
	struct uffdio_zeropage zero = {.range = {(unsigned long)p, P}};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	CHECK(fd >= 0);
	CHECK_EQ(ioctl(fd, UFFDIO_API, &api), 0);
	CHECK_EQ(ioctl(fd, UFFDIO_REGISTER, &reg), 0);
	CHECK_EQ(read_byte(p), 0); /* nothing is missing */
	CHECK_ERRNO(ioctl(fd, UFFDIO_ZEROPAGE, &zero), EEXIST);
	CHECK(is_huge_zero(p));
	CHECK_EQ(ioctl(fd, UFFDIO_UNREGISTER, &reg.range), 0);
	p[0] = 1;
	CHECK_EQ(smaps_of(p, "Rss"), 4);
}

TEST(merging_does_not_touch_it)
{
	char *p = zeros(1);

	CHECK_EQ(madvise(p, H, MADV_MERGEABLE), 0);
	CHECK(is_huge_zero(p));
	CHECK_EQ(madvise(p, H, MADV_UNMERGEABLE), 0);
	CHECK(is_huge_zero(p));
}
