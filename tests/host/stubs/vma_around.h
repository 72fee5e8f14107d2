/*
 * What the VMA code calls and has no work on the host: page tables, pages, files. Included after
 * the sources of mm/.
 */
#ifndef TESTS_HOST_STUBS_VMA_AROUND_H
#define TESTS_HOST_STUBS_VMA_AROUND_H

void mm_check_empty(const struct mm_struct *mm)
{
}

void unmap_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	CHECK(vma->vm_start <= start && end <= vma->vm_end);
}
void free_pgtables(struct mm_struct *m, unsigned long start, unsigned long end, unsigned long floor,
		   unsigned long ceiling)
{
	CHECK(floor <= start && end <= ceiling);
}
void change_protection(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	CHECK(vma->vm_start <= start && end <= vma->vm_end);
}
void mm_populate(unsigned long addr, unsigned long len)
{
}
int populate_vma_range(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	return 0;
}
int populate_range(unsigned long start, unsigned long len, bool ignore_errors)
{
	return 0;
}
pgprot_t vm_get_page_prot(unsigned long vm_flags)
{
	return (pgprot_t){vm_flags};
}
int shmem_zero_setup(struct vm_area_struct *vma)
{
	return -ENOMEM;
}

unsigned int file_seals(struct file *file)
{
	return 0;
}
bool is_file_hugepages(const struct file *f)
{
	return false;
}
struct file *hugetlb_file_setup(const char *name, loff_t size, unsigned long flags,
				unsigned int page_size_log)
{
	return ERR_PTR(-ENODEV);
}

long nr_swap_pages, total_swap_pages;
void swap_setup(void)
{
}
void split_huge_pmd_address(struct mm_struct *mm, unsigned long addr)
{
}
int split_large_page(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	return 0;
}

int userfaultfd_unmap_prep(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	return 0;
}
void mmap_write_unlock_notify(struct mm_struct *mm)
{
	up_write(&mm->mmap_sem);
}

#endif
