/*
 * Address-space layout randomization: where the mappings of a new image begin, at random or not.
 */
#include "mm/internal.h"
#include "kernel/core/cmdline.h"
#include "kernel/core/random.h"
#include "kernel/lib/util.h"
#include "mm/aslr.h"
#include "mm/layout.h"
#include <linux/personality.h>

int randomize_va_space = 2;
int sysctl_legacy_va_layout;

#define MMAP_RND_BITS 8
#define BRK_RND_RANGE (32UL << 20)
#define SP_RND_BYTES  8192UL

void aslr_init(void)
{
	if (cmdline_has("norandmaps"))
		randomize_va_space = 0;
}

unsigned long arch_mmap_rnd(void)
{
	return (get_random_u32() & ((1UL << MMAP_RND_BITS) - 1)) << PAGE_SHIFT;
}

void arch_pick_mmap_layout(struct mm_struct *mm, unsigned long stack_rlimit)
{
	unsigned long rnd = current->flags & PF_RANDOMIZE ? arch_mmap_rnd() : 0;

	mm->mmap_legacy = current->personality & ADDR_COMPAT_LAYOUT || sysctl_legacy_va_layout;
	mm->mmap_legacy_base = TASK_UNMAPPED_BASE + rnd;
	mm->mmap_base = PAGE_ALIGN(TASK_SIZE - stack_room(stack_rlimit) - rnd);
}

unsigned long randomize_stack_top(unsigned long top)
{
	return top - ((get_random_u32() & STACK_RND_PAGES) << PAGE_SHIFT);
}

unsigned long arch_randomize_brk(unsigned long brk)
{
	return PAGE_ALIGN(brk) + ((get_random_u32() % (BRK_RND_RANGE >> PAGE_SHIFT)) << PAGE_SHIFT);
}

unsigned long arch_align_stack(unsigned long sp)
{
	if (!(current->personality & ADDR_NO_RANDOMIZE) && randomize_va_space)
		sp -= get_random_u32() % SP_RND_BYTES;
	return sp & ~0xfUL;
}
