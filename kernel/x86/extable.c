/*
 * The exception table: pairs of an instruction that may fault on a user address and the address at
 * which to continue if it does. The table is sorted once at boot; lookups use binary search.
 */
#include "kernel/x86/extable.h"
#include "kernel/lib/util.h"
#include "kernel/x86/ptrace.h"

struct exception_table_entry {
	unsigned long insn, fixup;
};
extern struct exception_table_entry __start___ex_table[], __stop___ex_table[];

/* Insertion sort: the linker leaves the table nearly sorted. */
void sort_extable(void)
{
	struct exception_table_entry *e, *p;

	for (e = __start___ex_table + 1; e < __stop___ex_table; e++) {
		for (p = e; p > __start___ex_table && p[-1].insn > p->insn; p--)
			swap(p[-1], p[0]);
	}
}

unsigned long search_exception_tables(unsigned long addr)
{
	const struct exception_table_entry *low = __start___ex_table, *high = __stop___ex_table;

	while (low < high) {
		const struct exception_table_entry *mid = low + (high - low) / 2;

		if (mid->insn == addr)
			return mid->fixup;
		if (mid->insn < addr)
			low = mid + 1;
		else
			high = mid;
	}
	return 0;
}

bool fixup_exception(struct pt_regs *regs)
{
	unsigned long fixup = search_exception_tables(regs->ip);

	if (!fixup)
		return false;
	regs->ip = fixup;
	return true;
}
