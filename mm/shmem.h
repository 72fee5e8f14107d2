/*
 * Shared anonymous memory: a file without a name, whose pages exist only in memory.
 */
#ifndef MM_SHMEM_H
#define MM_SHMEM_H

#include "kernel/abi/types.h"

struct file;
struct user_struct;
struct vm_area_struct;

/* Back a VM_SHARED VMA with a nameless file of its own. 0 or -errno. */
int shmem_zero_setup(struct vm_area_struct *vma);
/* Create an unlinked file of `size` bytes on the kernel's own tmpfs; /proc shows it as `name`. Its
   memory is charged at once, or page by page if `flags` has VM_NORESERVE. Returns the file, or
   ERR_PTR. In kernel/fs/tmpfs/super.c. */
struct file *shmem_file_setup(const char *name, loff_t size, unsigned long flags);
/* SHM_LOCK: count a file of `size` bytes among the locked memory of `user`, whose record gets a
   reference. False: that is more than current's RLIMIT_MEMLOCK. */
bool user_shm_lock(size_t size, struct user_struct *user);
/* It is unlocked; drops the reference. */
void user_shm_unlock(size_t size, struct user_struct *user);

#endif
