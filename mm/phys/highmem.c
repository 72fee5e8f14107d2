/*
 * kmap_local: temporary addresses for pages above the direct map. There are KM_MAX_IDX slots at the
 * top of the address space, used as a stack.
 */
#include "mm/phys/highmem.h"
#include "kernel/core/panic.h"

unsigned int kmap_local_depth;

void *__kmap_local_page(struct page *page)
{
	/* An interrupt handler may nest here: it restores the depth. */
	unsigned int slot = kmap_local_depth++;
	unsigned long addr = __fix_to_virt(slot);

	BUG_ON(slot >= KM_MAX_IDX);
	set_pte(kernel_pte(addr), mk_pte(page, PAGE_KERNEL));
	return (void *)addr;
}

void __kunmap_local(const void *kaddr)
{
	unsigned long addr = (unsigned long)kaddr & PAGE_MASK;

	/* Slots are released in reverse order, so the depth is all the state there is. */
	BUG_ON(!kmap_local_depth || __virt_to_fix(addr) != kmap_local_depth - 1);
	unmap_kernel_page(addr);
	kmap_local_depth--;
}

void __kmap_local_save(struct kmap_ctrl *ctrl)
{
	for (unsigned int i = 0; i < kmap_local_depth; i++) {
		unsigned long addr = __fix_to_virt(i);

		ctrl->pteval[i] = *kernel_pte(addr);
		unmap_kernel_page(addr);
	}
	ctrl->idx = kmap_local_depth;
	kmap_local_depth = 0;
}

void __kmap_local_restore(struct kmap_ctrl *ctrl)
{
	for (unsigned int i = 0; i < ctrl->idx; i++)
		set_pte(kernel_pte(__fix_to_virt(i)), ctrl->pteval[i]);
	kmap_local_depth = ctrl->idx;
	ctrl->idx = 0;
}
