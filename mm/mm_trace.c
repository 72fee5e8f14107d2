/*
 * What the trace records of mappings. The functions that change an address space do not know of it.
 * While somebody reads the trace, all system calls pass through kernel/syscall/trace.c, which comes
 * here after each of them; and what is not a system call is called by static_call(), so that a
 * function of this file can stand in between. After a change, the mappings that touch its range are
 * told as they are now. So it does not matter how they were split and merged.
 */
#include "mm/mm_trace.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/err.h"
#include "kernel/sched/sched.h"
#include "mm/internal.h"
#include "mm/layout.h"
#include <asm/unistd.h>
#include <linux/mman.h>

#define PATH_ROOM 512 /* longer paths are told as TOO_LONG, as by Linux's perf */
#define TOO_LONG  "//toolong"

/* ---- one mapping ---- */

/* The name that /proc/PID/maps shows, or NULL. No other task runs before it is recorded. */
static const char *name_of(struct vm_area_struct *vma)
{
	static char room[PATH_ROOM];
	const char *name;

	if (!vma->vm_file || (vma->vm_ops && vma->vm_ops->name))
		return arch_vma_name(vma);
	name = d_path(&vma->vm_file->f_path, room, sizeof(room));
	return IS_ERR(name) ? TOO_LONG : name;
}

static void tell_vma(enum trace_vma_op op, struct vm_area_struct *vma, unsigned long old)
{
	const struct inode *inode = vma->vm_file ? vma->vm_file->f_inode : NULL;
	const u32 args[] = {
		op,
		vma->vm_start,
		vma->vm_end,
		vma->vm_flags,
		vma->vm_pgoff,
		inode ? inode->i_sb->s_dev : 0,
		inode ? inode->i_ino : 0,
		mm_number(vma->vm_mm),
		old,
	};

	trace_write_named(TRACE_VMA, 0, args, ARRAY_SIZE(args), TRACE_NAME_FILE, name_of(vma));
}

static void tell_unmapped(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	trace_event(TRACE_VMA, TRACE_VMA_UNMAP, start, end, 0, 0, 0, 0, mm_number(mm));
}

/* The mappings that touch [start, end). mmap_sem r. */
static void tell_vmas(struct mm_struct *mm, enum trace_vma_op op, unsigned long start,
		      unsigned long end, unsigned long old)
{
	struct vm_area_struct *vma;

	for (vma = find_vma(mm, start); vma && vma->vm_start < end; vma = vma->vm_next)
		tell_vma(op, vma, old);
}

/* The same for current after a call that took the lock itself. */
static void tell_range(enum trace_vma_op op, unsigned long start, unsigned long end,
		       unsigned long old)
{
	struct mm_struct *mm = current->mm;

	down_read(&mm->mmap_sem);
	tell_vmas(mm, op, start, end, old);
	up_read(&mm->mmap_sem);
}

/* The end of a range of `len` bytes, rounded up; the sum may wrap for a call that has failed. */
static unsigned long range_end(unsigned long start, unsigned long len)
{
	return start + PAGE_ALIGN(len) < start ? TASK_SIZE : start + PAGE_ALIGN(len);
}

/* ---- system calls ---- */

static void tell_brk(unsigned long old)
{
	unsigned long new = PAGE_ALIGN(current->mm->brk);

	old = PAGE_ALIGN(old);
	if (new < old)
		tell_unmapped(current->mm, new, old);
	else if (new > old)
		tell_range(TRACE_VMA_BRK, old, new, 0);
}

static void tell_mremap(unsigned long old, unsigned long old_len, unsigned long new,
			unsigned long new_len)
{
	struct mm_struct *mm = current->mm;

	if (IS_ERR_VALUE(new))
		return;
	tell_unmapped(mm, old, range_end(old, old_len));
	tell_range(TRACE_VMA_THERE, old, range_end(old, old_len), 0);
	tell_range(TRACE_VMA_MOVE, new, new + 1, old);
	if (new == old || !trace_on(TRACE_PAGE))
		return;
	down_read(&mm->mmap_sem);
	trace_moved(mm, old, new, min(PAGE_ALIGN(old_len), PAGE_ALIGN(new_len)));
	up_read(&mm->mmap_sem);
}

/* These change flags of the VMA; the others do something with its pages. */
static bool advice_marks_vma(unsigned long advice)
{
	return advice <= MADV_SEQUENTIAL || (advice >= MADV_DONTFORK && advice <= MADV_KEEPONFORK);
}

void trace_mm_call(unsigned int nr, unsigned long a, unsigned long b, unsigned long c, long ret,
		   unsigned long old_brk)
{
	switch (nr) {
	case __NR_brk:
		tell_brk(old_brk);
		break;
	case __NR_mmap:
	case __NR_mmap2:
		if (!IS_ERR_VALUE(ret))
			tell_range(TRACE_VMA_MAP, ret, ret + 1, 0);
		break;
	case __NR_munmap:
		if (!ret)
			tell_unmapped(current->mm, a, range_end(a, b));
		break;
	case __NR_mprotect: /* a failure may come after a part was changed */
		tell_range(TRACE_VMA_PROTECT, a, range_end(a, b), 0);
		break;
	case __NR_mremap:
		tell_mremap(a, b, ret, c);
		break;
	case __NR_madvise:
		if (!advice_marks_vma(c))
			break;
		/* fallthrough */
	case __NR_mlock:
	case __NR_mlock2:
	case __NR_munlock:
		tell_range(TRACE_VMA_FLAGS, a & PAGE_MASK, range_end(a, b), 0);
		break;
	case __NR_mlockall:
	case __NR_munlockall:
		tell_range(TRACE_VMA_FLAGS, 0, TASK_SIZE, 0);
		break;
	}
}

/* ---- other calls ---- */

/* exec's. */

static unsigned long trace_vm_mmap(struct file *file, unsigned long addr, unsigned long len,
				   unsigned long prot, unsigned long flags, unsigned long pgoff)
{
	unsigned long ret = vm_mmap(file, addr, len, prot, flags, pgoff);

	if (!IS_ERR_VALUE(ret))
		tell_range(TRACE_VMA_MAP, ret, range_end(ret, len), 0);
	return ret;
}

/* For callers who hold mmap_sem: shmat, shmdt, remap_file_pages. */
static unsigned long trace_do_mmap(struct file *file, unsigned long addr, unsigned long len,
				   unsigned long prot, unsigned long flags, unsigned long pgoff)
{
	unsigned long ret = do_mmap(file, addr, len, prot, flags, pgoff);

	if (!IS_ERR_VALUE(ret))
		tell_vmas(current->mm, TRACE_VMA_MAP, ret, range_end(ret, len), 0);
	return ret;
}

static int trace_do_munmap(struct mm_struct *mm, unsigned long start, size_t len)
{
	int err = do_munmap(mm, start, len);

	if (!err)
		tell_unmapped(mm, start, range_end(start, len));
	return err;
}

static int trace_expand_stack(struct vm_area_struct *vma, unsigned long address)
{
	int err = expand_stack(vma, address);

	if (!err)
		tell_vma(TRACE_VMA_STACK, vma, 0);
	return err;
}

static int trace_shift_arg_pages(struct vm_area_struct *vma, unsigned long shift)
{
	unsigned long start = vma->vm_start, len = vma->vm_end - start;
	int err = shift_arg_pages(vma, shift);

	if (!err)
		trace_moved(vma->vm_mm, start, start - shift, len);
	return err;
}

/* ---- whole address spaces ---- */

void trace_mm_there(struct mm_struct *mm)
{
	down_read(&mm->mmap_sem);
	tell_unmapped(mm, 0, TASK_SIZE);
	tell_vmas(mm, TRACE_VMA_THERE, 0, TASK_SIZE, 0);
	up_read(&mm->mmap_sem);
}

static int trace_exec_mmap(struct mm_struct *mm)
{
	const struct mm_struct *old = current->mm;
	u32 old_number = old ? mm_number(old) : 0;
	int err = exec_mmap(mm);

	if (!err)
		trace_event(TRACE_MM, TRACE_MM_EXEC, mm_number(mm), old_number, current->pid);
	return err;
}

static int trace_dup_mmap(struct mm_struct *mm, struct mm_struct *oldmm)
{
	int err = dup_mmap(mm, oldmm);

	if (err)
		return err;
	trace_event(TRACE_MM, TRACE_MM_FORK, mm_number(mm), mm_number(oldmm), 0);
	tell_vmas(mm, TRACE_VMA_FORK, 0, TASK_SIZE, 0);
	return 0;
}

static void trace_exit_mmap(struct mm_struct *mm)
{
	exit_mmap(mm);
	trace_event(TRACE_MM, TRACE_MM_EXIT, mm_number(mm), 0, current->pid);
}

/* ---- boot ---- */

#define WATCH(name, on) static_call_update(name, (on) ? trace_##name : name)

static void watch_mappings(bool on)
{
	WATCH(vm_mmap, on);
	WATCH(do_mmap, on);
	WATCH(do_munmap, on);
	WATCH(expand_stack, on);
}

static void watch_moves(bool on)
{
	WATCH(shift_arg_pages, on);
}

static void watch_address_spaces(bool on)
{
	WATCH(exec_mmap, on);
	WATCH(dup_mmap, on);
	WATCH(exit_mmap, on);
}

static struct trace_switch switches[] = {
	{.events = TRACE_BIT(TRACE_VMA), .set = watch_mappings},
	{.events = TRACE_BIT(TRACE_MM) | TRACE_BIT(TRACE_VMA), .set = watch_address_spaces},
	{.events = TRACE_BIT(TRACE_ZAP) | TRACE_BIT(TRACE_RSS_STAT), .set = trace_watch_zaps},
	{.events = TRACE_BIT(TRACE_FAULT) | TRACE_BIT(TRACE_COPY) | TRACE_BIT(TRACE_RSS_STAT) |
		   TRACE_BIT(TRACE_PAGE),
	 .set = trace_watch_faults},
	{.events = TRACE_BIT(TRACE_PAGE), .set = watch_moves},
};

void mm_trace_init(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(switches); i++)
		trace_register_switch(&switches[i]);
}
