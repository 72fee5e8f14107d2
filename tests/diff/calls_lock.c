/*
 * Advice, residence and locking: madvise, mincore, mlock and its family, msync, remap_file_pages.
 */
#define _GNU_SOURCE
#include <linux/mman.h>
#include <string.h>
#include <sys/mman.h>
#include "diff.h"

#ifndef MADV_COLLAPSE
#	define MADV_COLLAPSE 25
#endif

long advise(unsigned long addr, unsigned long len, unsigned long advice)
{
	static char page[PAGE] __attribute__((aligned(PAGE)));
	long ret = sys(SYS_madvise, addr, len, advice);

	sys(SYS_madvise, page, PAGE, MADV_COLD);
	return ret;
}

void do_madvise(void)
{
	/* the advices, some of them more often; poisoning (100, 101) would take real memory away */
	static const unsigned char usual[] = {
		MADV_DONTNEED, MADV_DONTNEED,	   MADV_DONTNEED,	MADV_FREE,
		MADV_WILLNEED, MADV_POPULATE_READ, MADV_POPULATE_WRITE, MADV_REMOVE,
		MADV_DONTFORK, MADV_DOFORK,	   MADV_WIPEONFORK,	MADV_KEEPONFORK,
		MADV_COLD,     MADV_PAGEOUT};
	unsigned long addr, len;
	uint32_t advice = chance(70) ? PICK(usual) : chance(95) ? rnd(28) : rnd32() | 0x80000000;
	long ret;

	any_range(&addr, &len);
	keep_off(&addr, &len);
	if (advice == MADV_REMOVE && maps_beyond_4g(addr, len))
		advice = MADV_DONTNEED;
	/* what FREE does to a page is up to reclaim, unless a store takes it back: it does not come
	 * alone */
	out("madvise %08lx %lx advice %d", addr, len, (int)advice);
	ret = result(advise(addr, len, advice));
	if (advice == MADV_DONTNEED && !ret) {
		/* private anonymous pages read as zero again, but others as their file */
		model_unknown(addr, len);
	} else if (advice == MADV_DONTNEED || advice == MADV_FREE || advice == MADV_REMOVE) {
		model_unknown(addr, len);
	}
}

/* A page that is swapped out is in memory while the swap cache has it: that is up to reclaim. */
static void print_resident(unsigned long addr, unsigned char resident)
{
	if (pressure && !page_is_present(addr))
		out("-");
	else
		out("%d", resident);
}

void do_mincore(void)
{
	static unsigned char vector[64];
	unsigned long addr, len;
	bool bad = chance(4);
	unsigned char *where = bad ? (void *)0xC0000000 : vector;
	long ret;

	any_range(&addr, &len);
	if (len > sizeof(vector) * PAGE && len < TASK_END)
		len = sizeof(vector) * PAGE;
	memset(vector, 9, sizeof(vector));
	out("mincore %08lx %lx%s", addr, len, bad ? " into nowhere" : "");
	ret = result(sys(SYS_mincore, addr, len, where));
	if (ret)
		return;
	out("  ");
	for (unsigned long i = 0; i < (len + PAGE - 1) / PAGE; i++)
		print_resident((addr & -PAGE) + i * PAGE, vector[i]);
	out("\n");
}

void do_mlock(void)
{
	unsigned long addr, len, flags = chance(80) ? rnd(2) : rnd(4);
	uint32_t kind = rnd(100);

	any_range(&addr, &len);
	if (kind < 35) {
		out("mlock %08lx %lx", addr, len);
		result(sys(SYS_mlock, addr, len));
	} else if (kind < 60) {
		out("mlock2 %08lx %lx flags %lx", addr, len, flags);
		result(sys(SYS_mlock2, addr, len, flags));
	} else {
		out("munlock %08lx %lx", addr, len);
		result(sys(SYS_munlock, addr, len));
	}
}

void do_mlockall(void)
{
	uint32_t flags = chance(90) ? rnd(8) : rnd(16);

	if (chance(60)) {
		out("munlockall");
		result(sys(SYS_munlockall));
		return;
	}
	out("mlockall %x", flags);
	result(sys(SYS_mlockall, flags));
}

void do_msync(void)
{
	static const int usual[] = {
		MS_SYNC,       MS_ASYNC, MS_SYNC | MS_INVALIDATE, MS_ASYNC | MS_INVALIDATE,
		MS_INVALIDATE, 0};
	unsigned long addr, len;
	int flags = chance(90) ? PICK(usual) : (int)rnd(16);

	any_range(&addr, &len);
	out("msync %08lx %lx flags %x", addr, len, flags);
	result(sys(SYS_msync, addr, len, flags));
}

void do_remap_file_pages(void)
{
	unsigned long addr, len, pgoff = chance(95) ? rnd(10) : rnd32();
	unsigned long prot = chance(95) ? 0 : rnd(8), flags = chance(80)   ? 0
							      : chance(80) ? MAP_NONBLOCK
									   : rnd32();

	any_range(&addr, &len);
	keep_off(&addr, &len);
	out("remap_file_pages %08lx %lx prot %lx off %lx flags %lx", addr, len, prot, pgoff, flags);
	result(sys(SYS_remap_file_pages, addr, len, prot, pgoff, flags));
}
