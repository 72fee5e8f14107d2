/*
 * Copying argv and envp from the old program's memory to the top of the new one's stack while both
 * exist.
 *
 * The new address space is not loaded, so get_user_pages() is used to get its pages one by one,
 * which also grows the stack.
 */
#include "kernel/exec/args.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "kernel/sched/sched.h"
#include "kernel/signal/signal.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include "mm/aslr.h"
#include "mm/phys/highmem.h"
#include "mm/layout.h"
#include "mm/fault.h"
#include "mm/mm.h"
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/personality.h>

#define MAX_ARG_STRLEN	(PAGE_SIZE * 32) /* one string, with its NUL */
#define MAX_ARG_STRINGS 0x7FFFFFFF
#define STACK_EXPAND	(128UL << 10)

int bprm_mm_init(struct linux_binprm *bprm)
{
	unsigned long top = STACK_TOP;

	bprm->rlim_stack = current->signal->rlim[RLIMIT_STACK];
	bprm->mm = mm_alloc();
	if (!bprm->mm)
		return -ENOMEM;
	current->exec_mm = bprm->mm;
	if (bprm->randomize)
		top = PAGE_ALIGN(arch_align_stack(randomize_stack_top(STACK_TOP)));
	bprm->vma = mm_new_stack(bprm->mm, top);
	if (!bprm->vma)
		return -ENOMEM; /* the caller puts mm */
	bprm->p = top - sizeof(void *);
	return 0;
}

/* The page of the new stack that holds `addr`, referenced; the stack grows down to it. NULL: no
 * room. */
static struct page *get_arg_page(struct linux_binprm *bprm, unsigned long addr)
{
	struct mm_struct *mm = bprm->mm;
	struct page *page = NULL;

	down_write(&mm->mmap_sem);
	if (addr >= bprm->vma->vm_start || !grow_stack(bprm->vma, addr & PAGE_MASK)) {
		if (get_user_pages(mm, addr, 1, true, &page) != 1)
			page = NULL;
	}
	up_write(&mm->mmap_sem);
	return page;
}

/* Push `len` bytes of `s`, which is a user address or (kernel) the kernel's own. */
static int push_string(struct linux_binprm *bprm, const char *s, unsigned long len, bool kernel)
{
	if (bprm->p < len || bprm->p - len < bprm->argmin)
		return -E2BIG;
	while (len) {
		unsigned long n = min(len, offset_in_page(bprm->p - 1) + 1), left = 0;
		struct page *page;
		char *kaddr;

		len -= n;
		bprm->p -= n;
		page = get_arg_page(bprm, bprm->p);
		if (!page)
			return -E2BIG;
		kaddr = kmap_local_page(page) + offset_in_page(bprm->p);
		if (kernel)
			memcpy(kaddr, s + len, n);
		else
			left = copy_from_user(kaddr, (const char __user *)s + len, n);
		kunmap_local(kaddr);
		put_page(page);
		if (left)
			return -EFAULT;
		if (fatal_signal_pending(current))
			return -ERESTARTNOHAND;
		cond_resched();
	}
	return 0;
}

int copy_string_kernel(const char *s, struct linux_binprm *bprm)
{
	return push_string(bprm, s, strlen(s) + 1, true);
}

/* The n-th string of a vector: NULL at its end, ERR_PTR(-EFAULT) if it cannot be read. */
static const char *vector_entry(struct arg_vector v, int n)
{
	u32 s;

	if (v.kernel)
		return v.kernel[n];
	if (get_user(s, v.user + n))
		return ERR_PTR(-EFAULT);
	return (const char *)(unsigned long)s;
}

static int count_strings(struct arg_vector v)
{
	int n;

	if (!v.kernel && !v.user)
		return 0;
	for (n = 0;; n++) {
		const char *s = vector_entry(v, n);

		if (!s)
			return n;
		if (IS_ERR(s))
			return -EFAULT;
		if (n >= MAX_ARG_STRINGS)
			return -E2BIG;
		if (fatal_signal_pending(current))
			return -ERESTARTNOHAND;
		cond_resched();
	}
}

static int copy_strings(struct linux_binprm *bprm, struct arg_vector v, int n)
{
	while (n-- > 0) {
		const char *s = vector_entry(v, n);
		long len;
		int err;

		if (!s || IS_ERR(s)) /* another thread has changed it since it was counted */
			return -EFAULT;
		len = v.kernel ? (long)strlen(s) + 1 : strnlen_user(s, MAX_ARG_STRLEN);
		if (!len)
			return -EFAULT;
		if (len > (long)MAX_ARG_STRLEN)
			return -E2BIG;
		err = push_string(bprm, s, len, v.kernel != NULL);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

/* Strings and pointers may take a quarter of the stack limit; the rest is for the program. */
static int bprm_stack_limits(struct linux_binprm *bprm)
{
	unsigned long limit = min(_STK_LIM / 4 * 3, bprm->rlim_stack.rlim_cur / 4);
	u64 pointers = ((u64)max(bprm->argc, 1) + bprm->envc) * sizeof(void *);

	limit = max(limit, (unsigned long)ARG_MAX);
	if (limit <= pointers)
		return -E2BIG;
	bprm->argmin = bprm->p - (limit - pointers);
	return 0;
}

int copy_all_strings(struct linux_binprm *bprm, struct arg_vector argv, struct arg_vector envp)
{
	int err;

	bprm->argc = count_strings(argv);
	if (bprm->argc < 0)
		return bprm->argc;
	bprm->envc = count_strings(envp);
	if (bprm->envc < 0)
		return bprm->envc;
	err = bprm_stack_limits(bprm);
	if (err)
		return err;
	err = copy_string_kernel(bprm->filename, bprm);
	if (err)
		return err;
	bprm->exec = bprm->p;
	err = copy_strings(bprm, envp, bprm->envc);
	if (err)
		return err;
	err = copy_strings(bprm, argv, bprm->argc);
	if (err || bprm->argc)
		return err;
	/* programs may rely on argv[0]: like Linux, supply an empty one */
	err = copy_string_kernel("", bprm);
	bprm->argc = 1;
	return err;
}

int remove_arg_zero(struct linux_binprm *bprm)
{
	char c;

	if (!bprm->argc)
		return 0;
	do {
		struct page *page = get_arg_page(bprm, bprm->p);

		if (!page)
			return -EFAULT;
		memcpy_from_page(&c, page, offset_in_page(bprm->p), 1);
		put_page(page);
		bprm->p++;
		cond_resched();
	} while (c);
	bprm->argc--;
	return 0;
}

/* A program that gains privileges must not inherit a fixed layout. Its stack was built before that
   was known, so it moves. 0 or -ENOMEM. */
static int move_stack(struct linux_binprm *bprm)
{
	unsigned long top = PAGE_ALIGN(arch_align_stack(randomize_stack_top(STACK_TOP)));
	unsigned long shift = bprm->vma->vm_end - top;

	bprm->p -= shift;
	bprm->exec -= shift;
	return shift ? static_call(shift_arg_pages)(bprm->vma, shift) : 0;
}

int setup_arg_pages(struct linux_binprm *bprm, int executable_stack)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma = bprm->vma;
	unsigned long size, limit = bprm->rlim_stack.rlim_cur & PAGE_MASK, base;
	unsigned long old_flags = vma->vm_flags;
	int err;

	down_write(&mm->mmap_sem);
	if (current->flags & PF_RANDOMIZE && !bprm->randomize && move_stack(bprm)) {
		up_write(&mm->mmap_sem);
		return -ENOMEM;
	}
	mm->arg_start = bprm->p;
	if (executable_stack == EXSTACK_ENABLE_X ||
	    (executable_stack == EXSTACK_DEFAULT && current->personality & READ_IMPLIES_EXEC))
		vma->vm_flags |= VM_EXEC;
	else if (executable_stack == EXSTACK_DISABLE_X)
		vma->vm_flags &= ~VM_EXEC;
	vma->vm_flags |= mm->def_flags;
	vma->vm_page_prot = vm_get_page_prot(vma->vm_flags);
	if ((vma->vm_flags ^ old_flags) & VM_EXEC) /* the arguments are there already */
		change_protection(vma, vma->vm_start, vma->vm_end);
	size = vma->vm_end - vma->vm_start;
	base = size + STACK_EXPAND > limit ? vma->vm_end - limit : vma->vm_start - STACK_EXPAND;
	mm->start_stack = bprm->p;
	err = mm_extend_stack(vma, base) ? -EFAULT : 0;
	up_write(&mm->mmap_sem);
	return err;
}
