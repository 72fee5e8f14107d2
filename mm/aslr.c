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

#define MMAP_RND_BITS	8
#define STACK_RND_PAGES 0x7ffUL /* the top of the stack moves by up to this many pages */
#define STACK_GAP_MIN	(128UL << 20)
#define STACK_GAP_MAX	(TASK_SIZE / 6 * 5)
#define BRK_RND_RANGE	(32UL << 20)
#define SP_RND_BYTES	8192UL

void aslr_init(void)
{
	if (cmdline_has("norandmaps"))
		randomize_va_space = 0;
}

unsigned long arch_mmap_rnd(void)
{
	return (get_random_u32() & ((1UL << MMAP_RND_BITS) - 1)) << PAGE_SHIFT;
}

/* Mappings grow down from below the room that is left for the stack. */
static unsigned long mmap_base(unsigned long rnd, unsigned long stack_rlimit)
{
	unsigned long pad = stack_guard_gap, gap = stack_rlimit;

	if (current->flags & PF_RANDOMIZE)
		pad += STACK_RND_PAGES << PAGE_SHIFT;
	if (gap + pad > gap)
		gap += pad;
	gap = clamp(gap, STACK_GAP_MIN, STACK_GAP_MAX);
	return PAGE_ALIGN(TASK_SIZE - gap - rnd);
}

void arch_pick_mmap_layout(struct mm_struct *mm, unsigned long stack_rlimit)
{
	unsigned long rnd = current->flags & PF_RANDOMIZE ? arch_mmap_rnd() : 0;

	mm->mmap_legacy = current->personality & ADDR_COMPAT_LAYOUT || sysctl_legacy_va_layout;
	mm->mmap_legacy_base = TASK_UNMAPPED_BASE + rnd;
	mm->mmap_base = mmap_base(rnd, stack_rlimit);
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
