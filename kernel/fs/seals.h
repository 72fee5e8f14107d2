/*
 * Seals of memory files: permanent restrictions on what may be done with a file.
 */
#ifndef KERNEL_FS_SEALS_H
#define KERNEL_FS_SEALS_H

#include "mm/mm_types.h"
#include <linux/errno.h>
#include <linux/fcntl.h>

struct file;

/* Seals that forbid new writers. */
#define WRITE_SEALS (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)

/* For a file's mmap: a shared mapping of a file sealed so is read-only for good. 0 or -EPERM. */
static inline int seal_check_write(unsigned int seals, struct vm_area_struct *vma)
{
	if (!(seals & WRITE_SEALS) || !(vma->vm_flags & VM_SHARED))
		return 0;
	if (vma->vm_flags & VM_WRITE)
		return -EPERM;
	vma->vm_flags &= ~VM_MAYWRITE;
	return 0;
}

/* The F_SEAL_ bits of a file; 0 for one that cannot be sealed. */
unsigned int file_seals(struct file *f);
/* fcntl(2), F_ADD_SEALS and F_GET_SEALS. The seals, 0 or -errno. May sleep. */
long fcntl_seals(struct file *f, unsigned int cmd, unsigned long arg);

#endif
