/*
 * Shared anonymous mappings. See shmem.h.
 */
#include "mm/shmem.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/err.h"
#include "mm/internal.h"

int shmem_zero_setup(struct vm_area_struct *vma)
{
	struct file *file =
		shmem_file_setup("dev/zero", vma->vm_end - vma->vm_start, vma->vm_flags);
	int err;

	if (IS_ERR(file))
		return PTR_ERR(file);
	err = file->f_op->mmap(file, vma);
	if (err) {
		fput(file);
		return err;
	}
	if (vma->vm_file) /* /dev/zero: the new file takes its place */
		fput(vma->vm_file);
	vma->vm_file = file;
	return 0;
}
