/*
 * Lab 2, the VMA: mappings whose missing pages a pager in user space fills (userfaultfd). Who that
 * is belongs to what neighbours must have in common.
 */
#include "labs/vma/fixture.h"
#include "kernel/lib/err.h"

/* Change three writable pages to read-only beside a page that is so already. All are watched, by
   the same pager or by another one. => the VMA that holds the range then. */
static struct vm_area_struct *change_beside(bool same)
{
	static char pagers[2]; /* only their addresses matter */
	struct mm_struct *mm = locked_mm();
	struct vm_area_struct *left, *vma;
	struct vma_part part;

	left = add_vma(mm, BASE, 1, VM_READ | VM_UFFD_MISSING);
	vma = add_vma(mm, BASE + P, 3, VM_READ | VM_WRITE | VM_UFFD_MISSING);
	left->vm_userfaultfd_ctx = (void *)&pagers[0];
	vma->vm_userfaultfd_ctx = (void *)&pagers[same ? 0 : 1];
	part = (struct vma_part){
		.vma = vma, .prev = left, .start = vma->vm_start, .end = vma->vm_end};
	return vma_modify_flags(&part, VM_READ | VM_UFFD_MISSING | MAY);
}

KERNEL_CHECK(a_change_of_rights_keeps_the_pager_in_mind)
{
	expect_vma("vma_modify_flags() beside a VMA of the same pager", change_beside(true), BASE,
		   BASE + 4 * P);
	expect_vma("vma_modify_flags() beside a VMA of another pager", change_beside(false),
		   BASE + P, BASE + 4 * P);
}
