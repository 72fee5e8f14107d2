/*
 * mprotect: other permissions for a range, VMA by VMA, splitting and merging on the way.
 */
#include "mm/internal.h"
#include "kernel/lib/err.h"
#include "kernel/lib/util.h"
#include "mm/layout.h"
#include "mm/mprotect.h"
#include "mm/pagewalk.h"
#include <linux/mman.h>
#include <linux/errno.h>
#include <linux/personality.h>

/* May the entry of a private page be made writable at once? A write must not need a copy, and must
   leave nothing to be noted. */
static bool can_change_pte_writable(const struct vm_area_struct *vma, pte_t pte)
{
	const struct page *page = vm_normal_page(pte);

	return (vma->vm_flags & (VM_WRITE | VM_SHARED)) == VM_WRITE && pte_dirty(pte) && page &&
	       PageAnon(page) && PageAnonExclusive(page);
}

/* The entries of one page table. Private pages that may be shared lose the right to write: the next
   write fault decides whether to copy. */
static int change_pte_range(pte_t *pte, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	struct vm_area_struct *vma = walk->vma;
	pgprot_t newprot = vma->vm_page_prot;
	unsigned long start = addr;

	for (; addr != end; addr += PAGE_SIZE, pte++) {
		pte_t old = *pte;

		if (!pte_present(old))
			continue;
		old = pte_modify(old, newprot);
		if (can_change_pte_writable(vma, old))
			old = pte_mkwrite(old);
		set_pte_at(vma->vm_mm, addr, pte, old);
	}
	flush_mm_range(vma->vm_mm, start, end);
	return 0;
}

static const struct mm_walk_ops change_protection_ops = {.pte_range = change_pte_range};

static void change_protection(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct mm_walk walk = {.mm = vma->vm_mm, .vma = vma};

	__walk_page_range(&walk, start, end, &change_protection_ops);
}

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

/* [start, end) within vma gets newflags. *pprev: the VMA before start, on return the one that ends
   the changed range. */
static int mprotect_fixup(struct vm_area_struct *vma, struct vm_area_struct **pprev,
			  unsigned long start, unsigned long end, unsigned long newflags)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long oldflags = vma->vm_flags, charged = 0;
	long pages = (end - start) >> PAGE_SHIFT;
	int err;

	if (newflags == oldflags) {
		*pprev = vma;
		return 0;
	}
	err = charge_writable(mm, oldflags, &newflags, pages, &charged);
	if (err)
		return err;
	vma = vma_modify_flags(*pprev, vma, start, end, newflags);
	if (IS_ERR(vma)) {
		vm_unacct_memory(charged);
		return PTR_ERR(vma);
	}
	*pprev = vma;
	vma->vm_flags = newflags;
	vma_set_page_prot(vma);
	change_protection(vma, start, end);
	vm_stat_account(mm, oldflags, -pages);
	vm_stat_account(mm, newflags, pages);
	/* locked pages stay resident: copy now what the next write would have to copy */
	if ((oldflags & (VM_WRITE | VM_SHARED | VM_LOCKED)) == VM_LOCKED && newflags & VM_WRITE)
		populate_vma_range(vma, start, end);
	return 0;
}

static int change_range(struct mm_struct *mm, unsigned long start, unsigned long end,
			unsigned long prot)
{
	bool implies_exec = current->personality & READ_IMPLIES_EXEC && prot & PROT_READ;
	struct vm_area_struct *vma, *prev;
	unsigned long tmp;
	int err;

	vma = find_vma_prev(mm, start, &prev);
	if (!vma)
		return -ENOMEM;
	if (prot & PROT_GROWSDOWN) { /* from the very beginning of the stack's VMA */
		if (vma->vm_start >= end)
			return -ENOMEM;
		start = vma->vm_start;
		if (!(vma->vm_flags & VM_GROWSDOWN))
			return -EINVAL;
	} else {
		if (vma->vm_start > start)
			return -ENOMEM;
		if (prot & PROT_GROWSUP) /* nothing grows up on this machine */
			return -EINVAL;
	}
	if (start > vma->vm_start)
		prev = vma;
	for (;;) {
		unsigned long newflags = prot & (PROT_READ | PROT_WRITE | PROT_EXEC);

		if (implies_exec && vma->vm_flags & VM_MAYEXEC)
			newflags |= VM_EXEC;
		newflags |= vma->vm_flags & ~VM_ACCESS_FLAGS;
		/* VM_MAYxxx >> 4 is VM_xxx */
		if (newflags & ~(newflags >> 4) & VM_ACCESS_FLAGS)
			return -EACCES;
		tmp = min(vma->vm_end, end);
		err = mprotect_fixup(vma, &prev, start, tmp, newflags);
		if (err)
			return err;
		start = max(tmp, prev->vm_end);
		if (start >= end)
			return 0;
		vma = prev->vm_next;
		if (!vma || vma->vm_start != start)
			return -ENOMEM;
		cond_resched();
	}
}

_Static_assert(PROT_READ == VM_READ && PROT_WRITE == VM_WRITE && PROT_EXEC == VM_EXEC,
	       "protection bits are VM_ flags");

int do_mprotect(unsigned long start, size_t len, unsigned long prot)
{
	const unsigned long grows = PROT_GROWSDOWN | PROT_GROWSUP;
	struct mm_struct *mm = current->mm;
	unsigned long end;
	int err;

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
	err = change_range(mm, start, end, prot);
	mm_check_debug(mm);
	up_write(&mm->mmap_sem);
	return err;
}
