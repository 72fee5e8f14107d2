/*
 * The kernel's own pages in a user address space: [vdso] and [vvar]. Also /dev/zero, whose private
 * mappings are plain anonymous memory.
 */
#include "mm/internal.h"
#include "kernel/fs/fs.h"
#include "mm/shmem.h"
#include <linux/errno.h>

static vm_fault_t special_mapping_fault(struct vm_fault *vmf)
{
	const struct vm_special_mapping *spec = vmf->vma->vm_private_data;
	struct page **page = spec->pages;
	pgoff_t pgoff = vmf->pgoff;

	while (pgoff && *page) {
		page++;
		pgoff--;
	}
	if (!*page)
		return VM_FAULT_SIGBUS;
	get_page(*page);
	vmf->page = *page;
	return 0;
}

static const char *special_mapping_name(struct vm_area_struct *vma)
{
	return ((const struct vm_special_mapping *)vma->vm_private_data)->name;
}

/* There is nothing to do, but a VMA with a close function is never merged. */
static void special_mapping_close(struct vm_area_struct *vma)
{
}

static int special_mapping_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	return -EINVAL; /* it is moved or unmapped only as a whole */
}

static const struct vm_operations_struct special_mapping_vmops = {
	.fault = special_mapping_fault,
	.name = special_mapping_name,
	.close = special_mapping_close,
	.may_split = special_mapping_may_split,
};

struct vm_area_struct *install_special_mapping(struct mm_struct *mm, unsigned long addr,
					       unsigned long len, unsigned long vm_flags,
					       const struct vm_special_mapping *spec)
{
	struct vm_area_struct *vma, *prev;

	vm_flags |= mm->def_flags | VM_DONTEXPAND;
	vma = vm_area_alloc(mm, addr, addr + len, vm_flags, 0);
	if (!vma)
		return ERR_PTR(-ENOMEM);
	vma->vm_ops = &special_mapping_vmops;
	vma->vm_private_data = (void *)spec;
	find_vma_prev(mm, addr, &prev);
	vma_link(mm, vma, prev);
	vm_stat_account(mm, vma->vm_flags, len >> PAGE_SHIFT);
	return vma;
}

int mmap_zero(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_SHARED)
		return shmem_zero_setup(vma);
	vma->vm_ops = NULL;
	return 0;
}

const char *arch_vma_name(struct vm_area_struct *vma)
{
	struct mm_struct *mm = vma->vm_mm;

	if (vma->vm_ops && vma->vm_ops->name)
		return vma->vm_ops->name(vma);
	if (vma->vm_file)
		return NULL;
	if (vma->vm_start <= mm->brk && vma->vm_end >= mm->start_brk)
		return "[heap]";
	if (vma->vm_start <= mm->start_stack && vma->vm_end >= mm->start_stack)
		return "[stack]";
	return NULL;
}
