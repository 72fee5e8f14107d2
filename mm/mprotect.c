/*
 * mprotect: changes the permissions of a range, VMA by VMA; VMAs are split and merged on the way.
 * The page-table entries follow: see change_protection.c.
 */
#include "mm/internal.h"
#include "kernel/lib/err.h"
#include "kernel/lib/util.h"
#include "mm/layout.h"
#include "mm/calls.h"
#include <linux/mman.h>
#include <linux/errno.h>
#include <linux/personality.h>

/* Private memory that becomes writable counts against the commit limit from now on. */
static int charge_writable(struct mm_struct *mm, unsigned long oldflags, unsigned long *newflags,
			   unsigned long pages, unsigned long *charged)
{
	if (!(*newflags & VM_WRITE))
		return 0;
	if (!may_expand_vm(mm, *newflags, pages) && may_expand_vm(mm, oldflags, pages))
		return -ENOMEM;
	if (oldflags & (VM_ACCOUNT | VM_WRITE | VM_HUGETLB | VM_SHARED | VM_NORESERVE))
		return 0;
	if (security_vm_enough_memory(pages))
		return -ENOMEM;
	*charged = pages;
	*newflags |= VM_ACCOUNT;
	return 0;
}

/* Give the part newflags, and its page-table entries the permissions. Returns what a vma_part_fn
   does. */
static struct vm_area_struct *mprotect_fixup(const struct vma_part *part, unsigned long newflags)
{
	unsigned long oldflags = part->vma->vm_flags, charged = 0;
	long pages = (part->end - part->start) >> PAGE_SHIFT;
	struct mm_struct *mm = part->vma->vm_mm;
	struct vm_area_struct *vma;
	int err;

	if (newflags == oldflags)
		return part->vma;
	err = charge_writable(mm, oldflags, &newflags, pages, &charged);
	if (err)
		return ERR_PTR(err);
	vma = vma_modify_flags(part, newflags);
	if (IS_ERR(vma)) {
		vm_unacct_memory(charged);
		return vma;
	}
	vma->vm_flags = newflags;
	vma_set_page_prot(vma);
	change_protection(vma, part->start, part->end);
	vm_stat_account(mm, oldflags, -pages);
	vm_stat_account(mm, newflags, pages);
	/* locked pages stay resident: copy now what the next write would have to copy */
	if ((oldflags & (VM_WRITE | VM_SHARED | VM_LOCKED)) == VM_LOCKED && newflags & VM_WRITE)
		populate_vma_range(vma, part->start, part->end);
	return vma;
}

/* A vma_part_fn: give the part the PROT_ bits *part->arg, of which READ, WRITE and EXEC are those
   of vm_flags; its other flags stay. With READ_IMPLIES_EXEC, reading brings execution along where
   it is allowed. ERR_PTR(-EACCES) if one of them is not allowed (VM_MAYREAD and so on), else what
   mprotect_fixup() returns. mmap_sem w; may sleep. */
static struct vm_area_struct *protect_part(const struct vma_part *part)
{
	unsigned long prot = *(const unsigned long *)part->arg, newflags = prot & VM_ACCESS_FLAGS;

	if (current->personality & READ_IMPLIES_EXEC && prot & PROT_READ &&
	    part->vma->vm_flags & VM_MAYEXEC)
		newflags |= VM_EXEC;
	newflags |= part->vma->vm_flags & ~VM_ACCESS_FLAGS;
	/* VM_MAYxxx >> 4 is VM_xxx */
	if (newflags & ~(newflags >> 4) & VM_ACCESS_FLAGS)
		return ERR_PTR(-EACCES);
	return mprotect_fixup(part, newflags);
}

/* PROT_GROWSDOWN: extend the range down to the start of the stack's VMA. No mapping grows up on
   this machine. 0 or -errno. */
static int widen_to_growing_vma(struct mm_struct *mm, unsigned long *start, unsigned long end,
				unsigned long prot)
{
	struct vm_area_struct *vma = find_vma(mm, *start);

	if (prot & PROT_GROWSUP)
		return vma && vma->vm_start <= *start ? -EINVAL : -ENOMEM;
	if (!vma || vma->vm_start >= end)
		return -ENOMEM;
	*start = vma->vm_start;
	return vma->vm_flags & VM_GROWSDOWN ? 0 : -EINVAL;
}

_Static_assert(PROT_READ == VM_READ && PROT_WRITE == VM_WRITE && PROT_EXEC == VM_EXEC,
	       "protection bits are VM_ flags");

int do_mprotect(unsigned long start, size_t len, unsigned long prot)
{
	const unsigned long grows = PROT_GROWSDOWN | PROT_GROWSUP;
	struct mm_struct *mm = current->mm;
	unsigned long end;
	int err = 0;

	if ((prot & grows) == grows || start & ~PAGE_MASK)
		return -EINVAL;
	if (!len)
		return 0;
	end = start + PAGE_ALIGN(len);
	if (end <= start)
		return -ENOMEM;
	if (prot & ~(grows | PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM))
		return -EINVAL;
	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	if (prot & grows)
		err = widen_to_growing_vma(mm, &start, end, prot);
	if (!err)
		err = walk_vma_parts(mm, start, end, protect_part, &prot, false);
	mm_check_debug(mm);
	up_write(&mm->mmap_sem);
	return err;
}
