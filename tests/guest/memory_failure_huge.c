/*
 * As memory_failure.c, for huge pages: a transparent one loses a small page, one of the pool is
 * lost as a whole. What these cases break stays out of use until the machine ends.
 */
#include "thp.h"
#include <sys/prctl.h>
#include <sys/wait.h>

#ifndef MADV_SOFT_OFFLINE
#	define MADV_SOFT_OFFLINE 101
#endif
#define KPF_HUGE     (1ULL << 17)
#define KPF_HWPOISON (1ULL << 19)

static void check_broken(volatile char *p, int bits)
{
	CHECK_FAULT((void)*p, SIGBUS, BUS_MCEERR_AR, p);
	CHECK_EQ(probe_info.si_addr_lsb, bits);
	CHECK_FAULT(*p = 1, SIGBUS, BUS_MCEERR_AR, p);
	CHECK_EQ(probe_info.si_addr_lsb, bits);
}

static long corrupted(void)
{
	return meminfo("HardwareCorrupted");
}

/* A transparent huge page is split, and only the small one is lost, or replaced. */
TEST(a_part_of_a_transparent_one)
{
	unsigned long long frame;
	long corrupt, split;
	char *p;

	need_root();
	thp_on();
	p = memset(area(2), 7, 2 * H);
	CHECK_HUGE(p, 2);
	corrupt = corrupted();
	split = vmstat("thp_split_page ");
	frame = pagemap(p + P) & PM_PFN;
	CHECK_EQ(madvise(p + P, P, MADV_SOFT_OFFLINE), 0);
	CHECK_HUGE(p, 1);
	CHECK_EQ(p[P], 7);
	CHECK((pagemap(p + P) & PM_PFN) != frame);
	CHECK_EQ(pagemap(p + 2 * P) & PM_PFN, frame + 1);
	CHECK_EQ(madvise(p + H + P, P, MADV_HWPOISON), 0);
	CHECK_HUGE(p, 0);
	check_broken(p + H + P, 12);
	CHECK_EQ(p[H] + p[H + 2 * P], 14);
	CHECK_EQ(corrupted(), corrupt + 8);
	CHECK_EQ(vmstat("thp_split_page "), split + 2);
}

/* One of the pool is lost as a whole, but the pool loses no more than that one. */
TEST(a_part_of_one_of_the_pool)
{
	unsigned long long frame;
	long corrupt;
	int status;
	char *p;

	need_root();
	pool(3);
	p = memset(huge(2, MAP_PRIVATE), 7, 2 * H);
	corrupt = corrupted();
	frame = pagemap(p + 2 * P) & PM_PFN;
	CHECK_EQ(madvise(p + 2 * P, P, MADV_HWPOISON), 0);
	CHECK_EQ(corrupted(), corrupt + 4);
	CHECK_POOL(2, 1, 0, 0);
	check_broken(p, huge_size == 4 << 20 ? 22 : 21);
	check_broken(p + H - 1, huge_size == 4 << 20 ? 22 : 21);
	CHECK_EQ(p[H], 7);
	CHECK_EQ(pagemap(p), 0);
	CHECK_EQ(flags_of(frame), KPF_HWPOISON);
	CHECK_EQ(flags_of(frame - 1) & (KPF_HWPOISON | KPF_HUGE), 0);
	CHECK_EQ(smaps_of(p, "Private_Hugetlb"), (long)(2 * H >> 10)); /* counted all the same */
	CHECK_ERRNO(madvise(p + P, P, MADV_HWPOISON), EFAULT);
	CHECK_EQ(mprotect(p, H, PROT_READ), 0);
	if (!fork()) {
		CHECK_FAULT((void)*(volatile char *)p, SIGBUS, BUS_MCEERR_AR, p);
		CHECK_EQ(*(volatile char *)(p + H), 7);
		_exit(0);
	}
	CHECK(wait(&status) > 0);
	CHECK_EQ(status, 0);
	CHECK_EQ(munmap(p, H), 0);
	CHECK_EQ(munmap(p + H, H), 0);
	CHECK_POOL(2, 2, 0, 0);
}

TEST(all_who_share_one_of_the_pool_lose_it)
{
	int go[2], status;
	char *p, c;

	need_root();
	pool(2);
	p = memset(huge(1, MAP_PRIVATE), 7, H);
	CHECK_EQ(pipe(go), 0);
	if (!fork()) {
		CHECK_EQ(read(go[0], &c, 1), 1);
		check_broken(p, huge_size == 4 << 20 ? 22 : 21);
		_exit(0);
	}
	CHECK_EQ(madvise(p, 1, MADV_HWPOISON), 0);
	check_broken(p, huge_size == 4 << 20 ? 22 : 21);
	CHECK_EQ(write(go[1], "", 1), 1);
	CHECK(wait(&status) > 0);
	CHECK_EQ(status, 0);
	CHECK_POOL(1, 1, 0, 0);
	/* the place is empty again, and gets another page */
	CHECK_EQ(madvise(p, H, MADV_DONTNEED), 0);
	CHECK_EQ(*(volatile char *)p, 0);
}

/* Huge pages do not move on this processor. */
TEST(one_of_the_pool_stays_where_it_is)
{
	long corrupt;
	char *p;

	need_root();
	pool(3);
	p = memset(huge(1, MAP_PRIVATE), 7, H);
	corrupt = corrupted();
	CHECK_ERRNO(madvise(p + P, P, MADV_SOFT_OFFLINE), EBUSY);
	CHECK_EQ(p[P], 7);
	CHECK_EQ(corrupted(), corrupt);
	CHECK_POOL(3, 2, 0, 0);
}

static volatile int early_signals;
static volatile siginfo_t early_info;

static void note_early(int sig, siginfo_t *info, void *context)
{
	early_info = *info;
	early_signals++;
}

TEST(some_want_to_know_early)
{
	struct sigaction sa = {.sa_sigaction = note_early, .sa_flags = SA_SIGINFO};
	char *p;

	need_root();
	pool(1);
	p = memset(huge(1, MAP_PRIVATE), 7, H);
	CHECK_EQ(sigaction(SIGBUS, &sa, NULL), 0);
	CHECK_EQ(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0), 0);
	CHECK_EQ(madvise(p + P, P, MADV_HWPOISON), 0);
	CHECK_EQ(early_signals, 1);
	CHECK_EQ(early_info.si_code, BUS_MCEERR_AO);
	CHECK_EQ((unsigned long)early_info.si_addr, (unsigned long)p);
	CHECK_EQ(early_info.si_addr_lsb, huge_size == 4 << 20 ? 22 : 21);
}
