/*
 * What checks begin with: an address space of their own, and random numbers.
 */
#include "kernel/checks/check.h"
#include "kernel/core/panic.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/task/mmu_context.h"
#include "mm/layout.h"
#include "mm/mm.h"

static u32 state;

void check_seed(u32 seed)
{
	state = seed ? seed : 1; /* the generator stays at 0 */
}

/* Marsaglia's xorshift. */
u32 check_random(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

void check_use_mm(struct mm_struct *mm)
{
	struct mm_struct *old = current->active_mm;
	bool borrowed = !current->mm;

	current->mm = current->active_mm = mm;
	switch_mm(old, mm);
	if (borrowed)
		mmdrop(old);
}

struct mm_struct *check_mm(void)
{
	struct mm_struct *mm = mm_alloc();

	if (!mm)
		panic("No memory for the address space of a check");
	arch_pick_mmap_layout(mm, rlimit(RLIMIT_STACK));
	check_use_mm(mm);
	return mm;
}

void check_exit_mm(void)
{
	exit_mm();
}

void check_leave_mm(void)
{
	if (!current->mm)
		return;
	mmgrab(current->mm); /* borrowed from here on */
	current->mm = NULL;
}
