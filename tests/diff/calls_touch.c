/*
 * Touching memory: loads, stores and jumps, and stores far below the stack pointer.
 */
#include "diff.h"

#define RET_CODE 0xC3

static unsigned long touch_addr(void)
{
	unsigned long addr, len;

	any_range(&addr, &len);
	if (chance(50) && len < TASK_END)
		addr += rnd(len / PAGE + 1) * PAGE;
	if (chance(7)) /* below it, where a mapping that grows down may grow to */
		addr -= (1 + rnd(chance(70) ? 4 : 300)) * PAGE;
	if (in_vdso(addr, 6 * PAGE))
		addr = any_addr() & 0x3FFFFFFF;
	/* mostly the first byte, which the model knows, and the last bytes, where a file may end */
	if (!(addr % PAGE) && chance(25))
		addr += chance(50) ? PAGE - 1 : rnd(PAGE);
	return addr;
}

static void touch_read(unsigned long addr)
{
	struct fault fault;
	int value;

	if (precious(addr & -PAGE, PAGE)) /* what the kernel laid on the stack differs */
		return;
	out("load %08lx", addr);
	value = load_byte(addr, &fault);
	if (value < 0)
		print_fault(&fault);
	else
		out(" = %d\n", value);
	model_check(addr, value);
}

static void touch_write(unsigned long addr, uint8_t value)
{
	struct fault fault;

	if (precious(addr & -PAGE, PAGE))
		return;
	out("store %08lx %d", addr, value);
	if (store_byte(addr, value, &fault)) {
		print_fault(&fault);
	} else {
		out(" = done\n");
		model_store(addr, value);
	}
}

/* Jump there, if that faults or comes back at once. */
static void touch_exec(unsigned long addr)
{
	struct fault fault;
	char byte = 0;
	long n;

	if (precious(addr & -PAGE, PAGE))
		return;
	n = sys(SYS_write, FD_PIPE_W, addr, 1);
	if (n == 1)
		sys(SYS_read, FD_PIPE_R, &byte, 1);
	out("exec %08lx (write %ld)", addr, n);
	/* the monitor of --mode uffd may put any code there, whose effect hangs on the registers */
	if (n == 1 ? (uint8_t)byte != RET_CODE : uffd) {
		out(" = not code\n");
		return;
	}
	if (run_code(addr, &fault))
		print_fault(&fault);
	else
		out(" = done\n");
}

void store_pages(unsigned long addr, int pages)
{
	for (; pages > 0; pages--, addr += PAGE)
		touch_write(addr, rnd(256));
}

void do_touch(void)
{
	uint32_t kind = rnd(100);
	unsigned long addr = touch_addr();

	calls_made++;
	if (kind < 35) {
		touch_read(addr);
	} else if (kind < 75) {
		touch_write(addr, chance(10) ? RET_CODE : rnd(256));
	} else if (kind < 95) {
		/* a run of pages, mostly so that what was mapped gets pages at all */
		store_pages(addr, 1 + rnd(6));
	} else {
		touch_exec(addr);
	}
}

void do_touch_stack(void)
{
	unsigned long addr = 0xBFF00000u - rnd(chance(80) ? 0x80000 : 0xA00000);
	struct fault fault;

	calls_made++;
	if (chance(50)) {
		int value;

		out("load %08lx", addr);
		value = load_byte(addr, &fault);
		if (value < 0)
			print_fault(&fault);
		else
			out(" = %d\n", value);
		return;
	}
	out("store %08lx", addr);
	if (store_byte(addr, 1, &fault))
		print_fault(&fault);
	else
		out(" = done\n");
}
