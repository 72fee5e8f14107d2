/*
 * memfd_create(2) and the seals of memory files: promises about a file that nobody can take back.
 */
#ifndef MM_MEMFD_H
#define MM_MEMFD_H

#include "mm/mm_types.h"
#include <linux/errno.h>
#include <linux/fcntl.h>

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
unsigned int memfd_file_seals(struct file *f);
/* memfd_create(2): a descriptor or -errno. */
long do_memfd_create(const char __user *uname, unsigned int flags);

#endif
