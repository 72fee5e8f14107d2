/*
 * The calls that make, change and end mappings.
 */
#define _GNU_SOURCE
#include <linux/mman.h>
#include <sys/mman.h>
#include "diff.h"

#ifndef MAP_UNINITIALIZED
#	define MAP_UNINITIALIZED 0x4000000
#endif
#ifndef MREMAP_DONTUNMAP
#	define MREMAP_DONTUNMAP 4
#endif
#define MAP_32 0x40

bool use_hugetlb = true;

static unsigned long any_prot(void)
{
	static const unsigned long usual[] = {PROT_READ | PROT_WRITE,
					      PROT_READ | PROT_WRITE,
					      PROT_READ | PROT_WRITE,
					      PROT_READ,
					      PROT_NONE,
					      PROT_READ | PROT_EXEC,
					      PROT_READ | PROT_WRITE | PROT_EXEC,
					      PROT_WRITE,
					      PROT_EXEC};

	return PICK(usual);
}

static unsigned long map_prot(void)
{
	return any_prot() | (chance(2) ? 1ul << rnd(32) : 0);
}

static unsigned long map_flags(bool file)
{
	static const unsigned long rare[] = {MAP_GROWSDOWN,  MAP_GROWSDOWN,
					     MAP_STACK,	     MAP_LOCKED,
					     MAP_POPULATE,   MAP_NONBLOCK,
					     MAP_NORESERVE,  MAP_DENYWRITE,
					     MAP_EXECUTABLE, MAP_32,
					     MAP_SYNC,	     MAP_NORESERVE,
					     MAP_POPULATE,   MAP_UNINITIALIZED,
					     MAP_GROWSDOWN,  MAP_POPULATE | MAP_NONBLOCK};
	static const unsigned long sizes[] = {0, 22ul << 26, 21ul << 26, 12ul << 26, 30ul << 26};
	unsigned long flags = file ? 0 : MAP_ANONYMOUS;

	flags |= chance(file ? 50 : 75) ? MAP_PRIVATE
		 : chance(93)		? MAP_SHARED
		 : chance(60)		? MAP_SHARED_VALIDATE
					: rnd(16);
	while (chance(22))
		flags |= PICK(rare);
	if (use_hugetlb && chance(2))
		flags |= MAP_HUGETLB | PICK(sizes);
	if (chance(1))
		flags |= 1ul << rnd(32);
	if (!use_hugetlb)
		flags &= ~MAP_HUGETLB;
	return flags;
}

static void after_mmap(unsigned long ret, unsigned long len, unsigned long flags)
{
	if (failed(ret))
		return;
	arena_remember(ret, len);
	if ((flags & MAP_ANONYMOUS) && (flags & MAP_TYPE) == MAP_PRIVATE && !(flags & MAP_HUGETLB))
		model_zero(ret, len);
	else
		model_unknown(ret, len);
}

static unsigned long any_pgoff(void)
{
	static const unsigned long wild[] = {0xFFFFF,	 0xFFFFFFFF, 0xFFFFFFF0,
					     0x80000000, 0x7FFFFFF,  0xFFFFE};

	return chance(3) ? PICK(wild) : rnd(10);
}

struct request {
	unsigned long addr, len, prot, flags;
	long fd;
	unsigned long pgoff;
};

static struct request any_request(void)
{
	bool file = chance(30);
	struct request r = {
		.len = odd_len(), .prot = map_prot(), .flags = map_flags(file), .fd = -1};
	uint32_t where = rnd(100);

	if (file || chance(5))
		r.fd = file && chance(90) ? data_fd() : any_fd();
	if (file || chance(10))
		r.pgoff = any_pgoff();
	if (where < 50)
		r.flags |= MAP_FIXED;
	else if (where < 60)
		r.flags |= MAP_FIXED_NOREPLACE;
	if (where < 80)
		r.addr = odd_addr();
	if (r.flags & MAP_FIXED)
		keep_off(&r.addr, &r.len);
	return r;
}

void do_mmap(void)
{
	struct request r = any_request();

	out("mmap2 %08lx %lx prot %lx flags %lx fd %ld off %lx", r.addr, r.len, r.prot, r.flags,
	    r.fd, r.pgoff);
	after_mmap(result_addr(sys(SYS_mmap2, r.addr, r.len, r.prot, r.flags, r.fd, r.pgoff)),
		   r.len, r.flags);
}

void do_old_mmap(void)
{
	struct request r = any_request();
	unsigned long args[6] = {r.addr,  r.len, r.prot,
				 r.flags, r.fd,	 r.pgoff * PAGE + (chance(5) ? rnd(PAGE) : 0)};

	out("mmap %08lx %lx prot %lx flags %lx fd %ld off %lx", r.addr, r.len, r.prot, r.flags,
	    r.fd, args[5]);
	after_mmap(result_addr(sys(SYS_mmap, args)), r.len, r.flags);
}

void do_munmap(void)
{
	unsigned long addr, len;

	any_range(&addr, &len);
	keep_off(&addr, &len);
	out("munmap %08lx %lx", addr, len);
	if (!result(sys(SYS_munmap, addr, len)))
		model_unknown(addr, len);
}

void do_mprotect(void)
{
	unsigned long addr, len, prot = any_prot();

	any_range(&addr, &len);
	if (chance(5))
		prot |= chance(70) ? PROT_GROWSDOWN : chance(70) ? PROT_GROWSUP : 1ul << rnd(32);
	keep_off(&addr, &len);
	out("mprotect %08lx %lx prot %lx", addr, len, prot);
	result(sys(SYS_mprotect, addr, len, prot));
}

static unsigned long mremap_flags(void)
{
	uint32_t kind = rnd(100);

	if (kind < 25)
		return 0;
	if (kind < 55)
		return MREMAP_MAYMOVE;
	if (kind < 80)
		return MREMAP_MAYMOVE | MREMAP_FIXED;
	if (kind < 90)
		return MREMAP_MAYMOVE | MREMAP_DONTUNMAP;
	if (kind < 95)
		return MREMAP_MAYMOVE | MREMAP_DONTUNMAP | MREMAP_FIXED;
	return rnd(16);
}

void do_mremap(void)
{
	unsigned long addr, old_len, new_len, flags = mremap_flags(), to = odd_addr();
	unsigned long old_pages, new_pages, ret;

	any_range(&addr, &old_len);
	new_len = chance(40) ? old_len : odd_len();
	if (chance(5))
		old_len = 0;
	keep_off(&addr, &old_len);
	if (in_vdso(addr, PAGE))
		addr = ARENA;
	if (flags & MREMAP_FIXED)
		keep_off(&to, &new_len);
	out("mremap %08lx %lx %lx flags %lx to %08lx", addr, old_len, new_len, flags, to);
	ret = result_addr(sys(SYS_mremap, addr, old_len, new_len, flags, to));
	old_pages = (old_len + PAGE - 1) & -PAGE;
	new_pages = (new_len + PAGE - 1) & -PAGE;
	if (failed(ret)) {
		if (flags & MREMAP_FIXED) { /* it may have unmapped both ends before it failed */
			model_unknown(to, new_len);
			model_unknown(addr, old_len);
		}
		return;
	}
	if (ret != addr)
		arena_remember(ret, new_pages);
	if (!old_len || flags & MREMAP_DONTUNMAP) {
		model_unknown(addr, old_pages);
		model_unknown(ret, new_pages);
	} else {
		model_move(addr, old_pages, ret, new_pages);
	}
}

void do_brk(void)
{
	static unsigned long first;
	unsigned long now = sys(SYS_brk, 0), want = now;
	uint32_t kind = rnd(100);

	if (!first)
		first = now;
	if (kind < 60)
		want = now + rnd(12 * PAGE);
	else if (kind < 75)
		want = ((now + PAGE - 1) & -PAGE) + rnd(6) * PAGE;
	else if (kind < 95)
		want = now > first ? first + rnd(now - first) : first;
	else if (kind < 97) /* rounded up, it wraps; but not the old break's last page */
		want = -1 - rnd(2 * PAGE);
	else
		want = chance(50) ? rnd(0x1000) : now + 0x20000000 + rnd(0x70000000);
	out("brk %08lx", want);
	result_addr(sys(SYS_brk, want));
}
