/*
 * Lab 1, page tables: checks that the kernel runs on itself.
 */
#include "kernel/checks/check.h"
#include "mm/internal.h"

KERNEL_CHECK(a_new_address_space_has_no_tables)
{
	struct mm_struct *mm = check_mm();

	EXPECT_EQ("mm->pgtables_bytes of a new address space", mm->pgtables_bytes, 0);
	EXPECT(!mm->mmap, "a new address space has a mapping at %#lx", mm->mmap->vm_start);
	check_exit_mm();
}
