/*
 * Shared anonymous mappings, and the limit of locked segments. See shmem.h.
 */
#include "mm/shmem.h"
#include "kernel/cred/user.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/err.h"
#include "kernel/sched/sched.h"
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

bool user_shm_lock(size_t size, struct user_struct *user)
{
	unsigned long pages = PFN_UP(size);

	if (user->locked_shm + pages > rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT &&
	    !has_cap(CAP_IPC_LOCK))
		return false;
	get_uid(user)->locked_shm += pages;
	return true;
}

void user_shm_unlock(size_t size, struct user_struct *user)
{
	user->locked_shm -= PFN_UP(size);
	free_uid(user);
}
