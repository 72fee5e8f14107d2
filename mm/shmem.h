/*
 * Shared anonymous memory: a file without a name, whose pages are memory only.
 */
#ifndef MM_SHMEM_H
#define MM_SHMEM_H

#include "kernel/abi/types.h"

struct file;
struct vm_area_struct;

/* Give a VM_SHARED VMA without a file one of its own. 0 or -errno. */
int shmem_zero_setup(struct vm_area_struct *vma);
/* An unlinked file of `size` bytes on the kernel's own tmpfs; `name` is what /proc shows. Its
   memory is committed at once, or page by page with VM_NORESERVE in `flags`. ERR_PTR. In
   kernel/fs/tmpfs/super.c. */
struct file *shmem_file_setup(const char *name, loff_t size, unsigned long flags);

#endif
