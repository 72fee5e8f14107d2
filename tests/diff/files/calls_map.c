/*
 * Mappings of the files, which are loaded from, stored to, and compared with what read() says by
 * the calls that follow.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "filediff.h"

#define SLOTS	   5
#define SLOT_PAGES 20
#define SLOT_AT(n) (0x40000000ul + (n)*0x100000ul)

#define FD_OF(slot) (50 + (slot)) /* the file that is mapped there */

static bool mapped[SLOTS];
static int64_t offset_of[SLOTS];

/* What stands behind the end of a file in its last page is zeros again when it was written out. */
static bool is_in_file(unsigned long addr)
{
	int slot = (addr - SLOT_AT(0)) / (SLOT_AT(1) - SLOT_AT(0));
	struct stat64 st = {0};

	return !sys(SYS_fstat64, FD_OF(slot), &st) &&
	       offset_of[slot] + (int64_t)(addr - SLOT_AT(slot)) < st.st_size;
}

void do_map(void)
{
	int fd = any_fd_slot(), slot = mapped[0] ? rnd(SLOTS) : 0;
	static const int prots[] = {PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE, PROT_READ,
				    PROT_WRITE, PROT_NONE};
	static const int kinds[] = {MAP_SHARED,	 MAP_SHARED,	      MAP_SHARED,
				    MAP_PRIVATE, MAP_SHARED_VALIDATE, 0};
	int prot = PICK(prots), kind = PICK(kinds);
	unsigned long len = 1 + rnd(SLOT_PAGES * PAGE), page = chance(80) ? rnd(4) : rnd(300);

	if (chance(5))
		page = chance(50) ? 0x7FFFF + rnd(3) : 0xFFFFF - rnd(3);
	out("mmap %d slot %d +%lx prot %x kind %x page %lx", fd, slot, len, prot, kind, page);
	if (!failed(result_addr(
		    sys(SYS_mmap2, SLOT_AT(slot), len, prot, kind | MAP_FIXED, fd, page))))
		mapped[slot] = true;
	else
		return;
	sys(SYS_dup2, fd, FD_OF(slot));
	offset_of[slot] = (int64_t)page * PAGE;
	if (len < SLOT_PAGES * PAGE) /* what was there before */
		sys(SYS_munmap, SLOT_AT(slot) + ((len + PAGE - 1) & -PAGE), SLOT_PAGES * PAGE);
	if (small_blocks && prot & PROT_WRITE && kind & MAP_SHARED)
		common->blocks_differ = common->linux_loses = true;
}

/* The address of some byte that is mapped, as far as there is one. */
static unsigned long any_mapped(void)
{
	int slot = rnd(SLOTS);

	for (int i = 0; i < 4 && !mapped[0]; i++)
		do_map();
	for (int i = 0; i < SLOTS && !mapped[slot]; i++)
		slot = (slot + 1) % SLOTS;
	return SLOT_AT(slot) + (chance(70) ? rnd(3 * PAGE) : rnd(SLOT_PAGES * PAGE));
}

void do_unmap(void)
{
	unsigned long at = any_mapped() & -PAGE,
		      len = chance(40) ? SLOT_PAGES * PAGE : 1 + rnd(4 * PAGE);

	out("munmap %lx +%lx", at, len);
	result(sys(SYS_munmap, at, len));
}

void do_map_store(void)
{
	unsigned long at = any_mapped(), len = chance(50) ? 1 : 1 + rnd(2 * PAGE), i;
	uint8_t value = rnd(256);
	struct fault fault;

	out("store %lx +%lx of %d", at, len, value);
	for (i = 0; i < len; i += 61)
		if (store_byte(at + i, value + i, &fault) < 0) {
			/* whether the page is there depends on what was read ahead */
			fault.error &= ~1ul;
			print_fault(&fault);
			return;
		}
	out("\n");
}

void do_map_load(void)
{
	unsigned long at = any_mapped(), len = chance(50) ? 1 : 1 + rnd(3 * PAGE), i;
	struct fault fault;
	uint32_t hash = 0;

	out("load %lx +%lx", at, len);
	for (i = 0; i < len; i += 31) {
		int byte = load_byte(at + i, &fault);

		if (byte < 0) {
			out(" %08x", hash);
			/* whether the page is there depends on what was read ahead */
			fault.error &= ~1ul;
			print_fault(&fault);
			return;
		}
		if (is_in_file(at + i))
			hash = hash * 31 + byte;
	}
	out(" %08x\n", hash);
}

void do_map_sync(void)
{
	static const int some[] = {MS_SYNC,
				   MS_SYNC,
				   MS_ASYNC,
				   MS_INVALIDATE,
				   MS_SYNC | MS_INVALIDATE,
				   MS_ASYNC | MS_SYNC,
				   8};
	static const int advice[] = {MADV_DONTNEED, MADV_REMOVE,     MADV_WILLNEED,
				     MADV_RANDOM,   MADV_SEQUENTIAL, MADV_NORMAL};
	unsigned long at = any_mapped(), len = chance(90) ? rnd(8 * PAGE) : rnd(1u << 24);
	int flags = PICK(some), advise = PICK(advice);

	if (chance(95))
		at &= -PAGE;
	if (chance(60)) {
		out("msync %lx +%lx %x", at, len, flags);
		result(sys(SYS_msync, at, len, flags));
	} else {
		out("madvise %lx +%lx %d", at, len, advise);
		if (!result(sys(SYS_madvise, at, len, advise)) && advise == MADV_REMOVE)
			common->blocks_differ = true;
	}
}
