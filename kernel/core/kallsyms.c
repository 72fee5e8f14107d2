/*
 * From kernel addresses to names, for backtraces. The table is made by scripts/ksyms from the
 * linked kernel and linked in again.
 */
#include "kernel/abi/types.h"
#include "kernel/core/panic.h"
#include "libc/include/bits/format.h"
#include "mm/layout.h"

extern const unsigned int ksym_count;
extern const unsigned long ksym_addresses[];
extern const unsigned int ksym_name_offsets[];
extern const char ksym_types[], ksym_names[];

bool is_kernel_text(unsigned long addr)
{
	return addr >= (unsigned long)_text && addr < (unsigned long)_etext;
}

extern const char __sched_text_start[], __sched_text_end[];

bool in_sched_functions(unsigned long addr)
{
	return addr >= (unsigned long)__sched_text_start && addr < (unsigned long)__sched_text_end;
}

const char *kallsyms_symbol(unsigned int n, unsigned long *addr, char *type)
{
	if (n >= ksym_count)
		return NULL;
	*addr = ksym_addresses[n];
	*type = ksym_types[n];
	return ksym_names + ksym_name_offsets[n];
}

const char *kallsyms_lookup(unsigned long addr, unsigned long *offset, unsigned long *size)
{
	unsigned int low = 0, high = ksym_count;
	unsigned long end = (unsigned long)_etext;

	if (!is_kernel_text(addr) || !ksym_count || addr < ksym_addresses[0])
		return NULL;
	/* The last symbol that does not lie above addr. */
	while (high - low > 1) {
		unsigned int mid = low + (high - low) / 2;

		if (ksym_addresses[mid] <= addr)
			low = mid;
		else
			high = mid;
	}
	if (low + 1 < ksym_count)
		end = ksym_addresses[low + 1];
	*offset = addr - ksym_addresses[low];
	*size = end - ksym_addresses[low];
	return ksym_names + ksym_name_offsets[low];
}

char *sprint_symbol(char *buf, size_t size, unsigned long addr)
{
	unsigned long offset, len;
	const char *name = kallsyms_lookup(addr, &offset, &len);

	if (name)
		snprintf(buf, size, "%s+0x%lx/0x%lx", name, offset, len);
	else
		snprintf(buf, size, "0x%lx", addr);
	return buf;
}
