/*
 * Lab 5, the stack: the checks that the kernel runs on itself.
 *
 * Each makes a stack by hand (put_stack) and lets it grow, or asks a limit. What exec does with its
 * own stack (mm_extend_stack) is there in every kernel of the lab, and asks stack_limits_allow too.
 */
#include "kernel/checks/mappings.h"
#include "kernel/lib/err.h"
#include "kernel/sched/sched.h"
#include "libc/include/stdio.h"
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/mman.h>
#include <linux/resource.h>

#define MIB	    (1UL << 20)
#define STACK	    (RW | VM_GROWSDOWN)
#define TABLE_BYTES (4UL << 20) /* what one page table maps */

/* A stack that begins at p. */
static struct vm_area_struct *put_stack(struct mm_struct *mm, unsigned long p, unsigned long pages)
{
	return put_vma(mm, p, pages, STACK);
}

static int expand(struct vm_area_struct *vma, unsigned long address)
{
	return WITH_LOCK(vma->vm_mm, expand_stack(vma, address));
}

static int grow(struct vm_area_struct *vma, unsigned long address)
{
	return WITH_LOCK(vma->vm_mm, grow_stack(vma, address));
}

/* exec's way to a larger stack, while the limit `which` is `value`. */
static int extend(struct vm_area_struct *vma, unsigned long start, int which, unsigned long value)
{
	unsigned long *limit = &current->signal->rlim[which].rlim_cur, old = *limit;
	int err;

	*limit = value;
	err = WITH_LOCK(vma->vm_mm, mm_extend_stack(vma, start));
	*limit = old;
	return err;
}

/* ---- stack_room ---- */

KERNEL_CHECK(the_room_that_is_kept_for_a_stack)
{
	unsigned long gap = stack_guard_gap, limit = 130 * MIB + check_random_below(2000) * MIB;
	unsigned long flags = current->flags, random;

	EXPECT_EQ("stack_room(8 MiB): 128 MiB are kept at least", stack_room(8 * MIB), 128 * MIB);
	EXPECT_EQ(check_text("stack_room(%lu MiB): the limit and the guard gap", limit / MIB),
		  stack_room(limit), limit + gap);
	EXPECT_EQ("stack_room(2900 MiB): at most five sixths of user space", stack_room(2900 * MIB),
		  TASK_SIZE / 6 * 5);
	EXPECT_EQ("stack_room(RLIM_INFINITY): the same, although the sum wraps", stack_room(~0UL),
		  TASK_SIZE / 6 * 5);
	current->flags |= PF_RANDOMIZE;
	random = stack_room(limit);
	current->flags = flags;
	EXPECT_EQ(check_text("stack_room(%lu MiB) when the stack's top may be 2047 pages lower",
			     limit / MIB),
		  random, limit + gap + 2047 * P);
}

/* ---- stack_limits_allow, by way of mm_extend_stack ---- */

KERNEL_CHECK(the_stack_keeps_to_its_limit)
{
	unsigned long p = any_place(), n = 3 + check_random_below(50);
	struct vm_area_struct *vma = put_stack(check_mm(), p, 2);

	EXPECT_EQ(check_text("a stack that grows from 2 to %lu pages, RLIMIT_STACK 1 byte less", n),
		  extend(vma, p - (n - 2) * P, RLIMIT_STACK, n * P - 1), -ENOMEM);
	EXPECT_EQ(
		check_text("a stack that grows from 2 to %lu pages, which RLIMIT_STACK allows", n),
		extend(vma, p - (n - 2) * P, RLIMIT_STACK, n * P), 0);
	EXPECT_EQ(check_text("a stack of %lu pages that grows by another one", n),
		  extend(vma, vma->vm_start - P, RLIMIT_STACK, n * P), -ENOMEM);
}

KERNEL_CHECK(the_stack_keeps_to_the_limit_of_the_address_space)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place();
	struct vm_area_struct *vma = put_stack(mm, p, 2);

	put_vma(mm, p + 1000 * P, 5, VM_READ);
	EXPECT_EQ("a stack that grows by 4 pages, 3 more than RLIMIT_AS allows",
		  extend(vma, p - 4 * P, RLIMIT_AS, 8 * P), -ENOMEM);
	EXPECT_EQ("a stack that grows by 1 page, which RLIMIT_AS allows",
		  extend(vma, p - P, RLIMIT_AS, 8 * P), 0);
}

KERNEL_CHECK(a_locked_stack_keeps_to_the_limit_of_locked_memory)
{
	unsigned long p = any_place();
	struct vm_area_struct *vma = put_vma(check_mm(), p, 2, STACK | VM_LOCKED);
	u64 capabilities = current->cred.cap_effective;
	int over, at;

	current->cred.cap_effective &= ~(1ULL << CAP_IPC_LOCK);
	over = extend(vma, p - 4 * P, RLIMIT_MEMLOCK, 5 * P);
	at = extend(vma, p - 3 * P, RLIMIT_MEMLOCK, 5 * P);
	current->cred.cap_effective = capabilities;
	EXPECT_EQ("a locked stack that grows to 6 pages, RLIMIT_MEMLOCK 5", over, -ENOMEM);
	EXPECT_EQ("a locked stack that grows to 5 pages, RLIMIT_MEMLOCK 5", at, 0);
}

/* ---- grow_stack ---- */

KERNEL_CHECK(a_stack_grows_down)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place(), n = 1 + check_random_below(9);
	struct vm_area_struct *vma = put_stack(mm, p, 2);
	struct accounts before;
	long stack;

	put_vma(mm, p - 1000 * P, 3, VM_READ);
	before = accounts(mm);
	stack = mm->stack_vm;
	EXPECT_EQ("grow_stack() to the address where the stack begins", grow(vma, p), 0);
	expect_accounts("a stack that did not need to grow", mm, before,
			(struct accounts){0, 0, 0, 0});
	EXPECT_EQ(check_text("grow_stack() by %lu pages", n), grow(vma, p - n * P), 0);
	EXPECT_EQ("vm_start afterwards", vma->vm_start, p - n * P);
	EXPECT_EQ("vm_end afterwards", vma->vm_end, p + 2 * P);
	EXPECT_EQ("vm_pgoff, which moves with vm_start", vma->vm_pgoff, (p >> PAGE_SHIFT) - n);
	expect_accounts(check_text("a stack that grew by %lu pages", n), mm, before,
			(struct accounts){n, 0, 0, n});
	EXPECT_EQ("pages that it adds to stack_vm", mm->stack_vm - stack, n);
	EXPECT_EQ("the largest gap that the tree of VMAs knows (rb_subtree_gap of the root)",
		  rb_entry(mm->mm_rb.rb_node, struct vm_area_struct, vm_rb)->rb_subtree_gap,
		  max(p - 1000 * P, 997 * P - n * P));
	touch(p - n * P, 1);
	check_all(mm);
}

KERNEL_CHECK(the_gap_below_a_grown_stack_is_smaller)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = 0x10000000, found;
	struct vm_area_struct *vma;

	put_vma(mm, P, (p >> PAGE_SHIFT) - 1, 0);
	vma = put_stack(mm, p + 3000 * P, 2);
	put_vma(mm, p + 3002 * P, (TASK_SIZE - p - 3002 * P) >> PAGE_SHIFT, 0);
	EXPECT_EQ("grow_stack() by 1000 pages", grow(vma, p + 2000 * P), 0);
	found = WITH_LOCK(mm, unmapped_area_topdown(mm, 2500 * P, mmap_min_addr, TASK_SIZE));
	EXPECT_EQ("the search for 2500 pages, when 2000 are left below a grown stack", found,
		  -ENOMEM);
	check_all(mm);
}

KERNEL_CHECK(a_locked_stack_grows_by_locked_pages)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place();
	struct vm_area_struct *vma = put_vma(mm, p, 2, STACK | VM_LOCKED);
	struct accounts before = accounts(mm);

	EXPECT_EQ("grow_stack() of a locked stack by 3 pages", grow(vma, p - 3 * P), 0);
	expect_accounts("a locked stack that grew by 3 pages", mm, before,
			(struct accounts){3, 0, 3, 3});
}

KERNEL_CHECK(a_stack_that_cannot_grow_stays_as_it_is)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place();
	struct vm_area_struct *vma = put_stack(mm, p, 2);
	struct accounts before = accounts(mm);
	int mode = sysctl_overcommit_memory, err;

	sysctl_overcommit_memory = OVERCOMMIT_NEVER;
	sysctl_overcommit_kbytes = 1; /* no page can be charged */
	err = grow(vma, p - 3 * P);
	sysctl_overcommit_memory = mode;
	sysctl_overcommit_kbytes = 0;
	EXPECT_EQ("grow_stack() beyond the commit limit", err, -ENOMEM);
	vma->vm_pgoff = 3; /* as mremap() can leave it */
	EXPECT_EQ("grow_stack() by 4 pages, vm_pgoff 3", grow(vma, p - 4 * P), -ENOMEM);
	EXPECT_EQ("vm_start afterwards", vma->vm_start, p);
	expect_accounts("a stack that could not grow", mm, before, (struct accounts){0, 0, 0, 0});
	EXPECT_EQ("grow_stack() by 3 pages, vm_pgoff 3", grow(vma, p - 3 * P), 0);
}

/* ---- expand_stack, keeps_guard_gap ---- */

KERNEL_CHECK(only_a_stack_grows)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place();
	struct vm_area_struct *vma = put_vma(mm, p, 2, RW), *low;

	EXPECT_EQ("expand_stack() of a VMA without VM_GROWSDOWN", expand(vma, p - 1), -EFAULT);
	low = put_stack(mm, mmap_min_addr + P, 2);
	EXPECT_EQ("expand_stack() to an address below mmap_min_addr",
		  expand(low, mmap_min_addr - 1), -EPERM);
	EXPECT_EQ("vm_start afterwards", low->vm_start, mmap_min_addr + P);
}

KERNEL_CHECK(a_fault_below_the_stack_is_rounded_down)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place(), byte = check_random_below(P);
	struct vm_area_struct *vma = put_stack(mm, p, 2), *low;

	EXPECT_EQ(check_text("expand_stack() to byte %lu of the third page below", byte),
		  expand(vma, p - 3 * P + byte), 0);
	EXPECT_EQ("vm_start afterwards", vma->vm_start, p - 3 * P);
	EXPECT_EQ("expand_stack() to an address inside the stack", expand(vma, p + 5), 0);
	EXPECT_EQ("vm_start afterwards", vma->vm_start, p - 3 * P);
	low = put_stack(mm, mmap_min_addr + P, 2);
	EXPECT_EQ("expand_stack() to mmap_min_addr", expand(low, mmap_min_addr + 7), 0);
	check_all(mm);
}

/* A stack above another mapping, with room for `pages` pages between them. */
static struct vm_area_struct *stack_above(struct mm_struct *mm, unsigned long flags,
					  unsigned long pages)
{
	unsigned long p = any_place();

	put_vma(mm, p, 2, flags);
	return put_stack(mm, p + (2 + pages) * P, 2);
}

KERNEL_CHECK(the_guard_gap_is_kept)
{
	struct vm_area_struct *vma = stack_above(check_mm(), VM_READ, 300);
	unsigned long end = vma->vm_prev->vm_end;

	EXPECT_EQ("expand_stack() that leaves 255 pages above a mapping",
		  expand(vma, end + 255 * P), -ENOMEM);
	EXPECT_EQ("expand_stack() to the page right above a mapping", expand(vma, end), -ENOMEM);
	EXPECT_EQ("expand_stack() that leaves 256 pages above a mapping",
		  expand(vma, end + 256 * P), 0);
	vma = stack_above(check_mm(), VM_EXEC, 300);
	EXPECT_EQ("expand_stack() that leaves 1 page above a mapping that can only be executed",
		  expand(vma, vma->vm_prev->vm_end + P), -ENOMEM);
}

KERNEL_CHECK(no_guard_gap_is_kept_above_a_guard)
{
	struct vm_area_struct *vma = stack_above(check_mm(), 0, 300);

	EXPECT_EQ("expand_stack() down to a PROT_NONE mapping", expand(vma, vma->vm_prev->vm_end),
		  0);
	vma = stack_above(check_mm(), STACK, 300);
	EXPECT_EQ("expand_stack() down to another stack", expand(vma, vma->vm_prev->vm_end), 0);
}

/* ---- shift_arg_pages ---- */

/* Move a stack of 5 pages, of which 3 were touched, down by `shift` pages. */
static void check_shift(unsigned long shift)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place() & -TABLE_BYTES;
	struct vm_area_struct *vma = put_stack(mm, p - 2 * P, 5); /* in two page tables */
	char call[40];
	struct accounts before = accounts(mm);

	snprintf(call, sizeof(call), "shift_arg_pages() by %lu pages", shift);
	touch(p - 2 * P, 101);
	touch(p, 102);
	touch(p + 2 * P, 103);
	EXPECT_EQ(call, WITH_LOCK(mm, shift_arg_pages(vma, shift * P)), 0);
	p -= shift * P;
	EXPECT_EQ(check_text("vm_start after %s", call), vma->vm_start, p - 2 * P);
	EXPECT_EQ(check_text("vm_end after %s", call), vma->vm_end, p + 3 * P);
	EXPECT_EQ(check_text("the first page after %s", call), peek(p - 2 * P), 101);
	EXPECT_EQ(check_text("the third page after %s", call), peek(p), 102);
	EXPECT_EQ(check_text("the last page after %s", call), peek(p + 2 * P), 103);
	EXPECT_EQ(check_text("the old last page after %s", call), peek(p + (shift + 2) * P),
		  -EFAULT);
	expect_accounts(call, mm, before, (struct accounts){0, 0, 0, 0});
	EXPECT_EQ(check_text("stack_vm after %s", call), mm->stack_vm, 5);
	EXPECT_EQ(check_text("the highest end of a mapping (highest_vm_end) after %s", call),
		  mm->highest_vm_end, p + 3 * P);
	EXPECT_EQ(check_text("bytes of page tables after %s", call), mm->pgtables_bytes, P);
	check_exit_mm();
}

KERNEL_CHECK(exec_moves_a_stack_a_little)
{
	check_shift(3); /* the places overlap */
}

KERNEL_CHECK(exec_moves_a_stack_far)
{
	check_shift(5 + check_random_below(500));
}
