/*
 * Addresses to aim at: two small arenas that the program chooses places in, what the kernel chose
 * lately, the heap, and now and then somewhere wild. And the model: what every private anonymous
 * page of the arenas must read as.
 */
#include <sys/auxv.h>
#include "diff.h"

#define REMEMBERED 16
#define STACK_KEPT 0xBFF00000u /* the program's own stack is somewhere above */

static struct {
	unsigned long addr, len;
} seen[REMEMBERED];
static int next_seen;
#define VVAR_SIZE 0x4000
#define VDSO_SIZE 0x2000

static unsigned long heap_start, vdso;

enum {
	UNKNOWN = -1
};
/* The first byte of each arena page, or UNKNOWN. */
static short model[ARENA_PAGES + BORDER_PAGES];

void arena_init(void)
{
	heap_start = sys(SYS_brk, 0);
	vdso = getauxval(AT_SYSINFO_EHDR);
	for (int i = 0; i < ARENA_PAGES + BORDER_PAGES; i++)
		model[i] = UNKNOWN;
}

void arena_remember(unsigned long addr, unsigned long len)
{
	seen[next_seen].addr = addr;
	seen[next_seen].len = (len + PAGE - 1) & -PAGE;
	next_seen = (next_seen + 1) % REMEMBERED;
}

unsigned long any_addr(void)
{
	uint32_t kind = rnd(100), slot = rnd(REMEMBERED);

	if (kind < 40)
		return ARENA + rnd(ARENA_PAGES) * PAGE;
	if (kind < 50)
		return BORDER + rnd(BORDER_PAGES) * PAGE;
	if (kind < 55)
		return ((heap_start + PAGE - 1) & -PAGE) + rnd(24) * PAGE;
	if (!seen[slot].addr)
		return ARENA + rnd(ARENA_PAGES) * PAGE;
	return seen[slot].addr + (chance(40) ? 0 : rnd(seen[slot].len / PAGE + 2) * PAGE);
}

void any_range(unsigned long *addr, unsigned long *len)
{
	uint32_t slot = rnd(REMEMBERED), skip, pages = seen[slot].len / PAGE;

	if (!pages || chance(45)) {
		*addr = odd_addr();
		*len = odd_len();
		return;
	}
	/* a mapping as a whole, or a part of it, or a little more */
	skip = chance(50) ? 0 : rnd(pages);
	*addr = seen[slot].addr + skip * PAGE;
	*len = (chance(50) ? pages - skip : 1 + rnd(pages - skip + (chance(10) ? 3 : 0))) * PAGE;
}

unsigned long odd_addr(void)
{
	static const unsigned long wild[] = {
		0,	    PAGE,	0xF000,	    0x10000,	0xB8000000, 0xB7FFF000, 0xB7FFA000,
		0xB7FFE000, 0xBE000000, 0xBFFFF000, 0xC0000000, 0xC0100000, 0xFFFFF000, 0x80000000,
		0xB7000000, 0x40000000, 0xFFFFE000, 0xFFFFF001, 0xFFFFFFFF, 0xBFFFFFFF};
	uint32_t kind = rnd(100);

	if (kind < 4)
		return any_addr() + 1 + rnd(PAGE - 1);
	if (kind < 7)
		return PICK(wild);
	return any_addr();
}

unsigned long any_len(void)
{
	uint32_t kind = rnd(100);

	if (kind < 12)
		return 1 + rnd(6 * PAGE);
	if (kind < 90)
		return (1 + rnd(6)) * PAGE;
	if (kind < 96)
		return (1 + rnd(40)) * PAGE;
	return (1 + rnd(1200)) * PAGE;
}

unsigned long odd_len(void)
{
	static const unsigned long wild[] = {0,		 0,	     0xFFFFFFFF, 0xFFFFF000,
					     0xFFFFF001, 0xC0000000, 0xBFFFF000, 0x80000000,
					     0xD0000000, 0x40000000, 0xB0000000};

	if (chance(1)) /* from anywhere in the arena it ends about where addresses do */
		return -ARENA - rnd(ARENA_PAGES + 2) * PAGE + rnd(3) - 1;
	return chance(4) ? PICK(wild) : any_len();
}

static bool meets(unsigned long addr, unsigned long end, unsigned long from, unsigned long to)
{
	return addr < to && end > from;
}

bool precious(unsigned long addr, unsigned long len)
{
	unsigned long end = addr + len;

	if (end < addr || end > TASK_END)
		end = TASK_END;
	return meets(addr, end, 0x08000000, (heap_start + PAGE - 1) & -PAGE) ||
	       meets(addr, end, STACK_KEPT, TASK_END) || meets(addr, end, 0x60000000, 0x60001000);
}

void keep_off(unsigned long *addr, unsigned long *len)
{
	if (!precious(*addr, *len))
		return;
	if (precious(*addr & -PAGE, PAGE))
		*addr = ARENA + rnd(ARENA_PAGES) * PAGE;
	*len = PAGE;
}

bool in_vdso(unsigned long addr, unsigned long len)
{
	return meets(addr, addr + len, vdso - VVAR_SIZE, vdso + VDSO_SIZE);
}

/* ---- the model ---- */

static int page_index(unsigned long addr)
{
	if (addr - ARENA < ARENA_PAGES * PAGE)
		return (addr - ARENA) / PAGE;
	if (addr - BORDER < BORDER_PAGES * PAGE)
		return ARENA_PAGES + (addr - BORDER) / PAGE;
	return -1;
}

static void model_set(unsigned long addr, unsigned long len, short value)
{
	unsigned long end = addr + len;

	for (int i = 0; i < ARENA_PAGES + BORDER_PAGES; i++) {
		unsigned long page =
			i < ARENA_PAGES ? ARENA + i * PAGE : BORDER + (i - ARENA_PAGES) * PAGE;

		if (page + PAGE > addr && page < end)
			model[i] = value;
	}
}

void model_unknown(unsigned long addr, unsigned long len)
{
	model_set(addr, len, UNKNOWN);
}

void model_zero(unsigned long addr, unsigned long len)
{
	model_set(addr, len, 0);
}

void model_store(unsigned long addr, uint8_t value)
{
	int i = page_index(addr);

	/* only what began as anonymous is known; a shared page would have to be known everywhere */
	if (i >= 0 && model[i] != UNKNOWN && !(addr % PAGE))
		model[i] = value;
}

void model_move(unsigned long from, unsigned long old_len, unsigned long to, unsigned long new_len)
{
	short kept[ARENA_PAGES + BORDER_PAGES];
	unsigned long off, len = old_len < new_len ? old_len : new_len;

	for (int i = 0; i < ARENA_PAGES + BORDER_PAGES; i++)
		kept[i] = model[i];
	model_set(from, old_len, UNKNOWN);
	model_set(to, new_len, UNKNOWN);
	for (off = 0; off < len; off += PAGE) {
		int a = page_index(from + off), b = page_index(to + off);

		if (a >= 0 && b >= 0)
			model[b] = kept[a];
	}
}

void model_check(unsigned long addr, int value)
{
	int i = page_index(addr);

	if (i >= 0 && !(addr % PAGE) && model[i] != UNKNOWN && value >= 0 && value != model[i])
		out("MODEL: %08lx holds %d, not %d\n", addr, value, model[i]);
}

void each_page(void (*fn)(unsigned long addr))
{
	for (int i = 0; i < ARENA_PAGES; i++)
		fn(ARENA + i * PAGE);
	for (int i = 0; i < BORDER_PAGES; i++)
		fn(BORDER + i * PAGE);
	for (int i = 0; i < REMEMBERED; i++)
		for (unsigned long off = 0; off < seen[i].len && off < 8 * PAGE; off += PAGE)
			if (!precious(seen[i].addr + off, PAGE) &&
			    !in_vdso(seen[i].addr + off, PAGE))
				fn(seen[i].addr + off);
}
