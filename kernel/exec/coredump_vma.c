/*
 * Which mappings go into a core file, and how much of each: coredump_filter, MADV_DONTDUMP, and the
 * rule that memory which can be read from its file again is left out (core(5)).
 */
#include "kernel/exec/coredump.h"
#include "kernel/fs/fs.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include "mm/mm_types.h"
#include "mm/phys/slab.h"
#include "mm/phys/vmalloc.h"
#include <linux/elf.h>
#include <linux/errno.h>

/* Means "one page, if it begins with an ELF header": that can be checked only later, without
   mmap_sem. */
#define DUMP_SIZE_MAYBE_ELFHDR 1UL

static bool filter(const struct coredump_params *cprm, unsigned long type)
{
	return cprm->mm_flags & type;
}

/* [vdso] and [vvar]: a debugger cannot get them from a file. */
static bool always_dump_vma(struct vm_area_struct *vma)
{
	return vma->vm_ops && vma->vm_ops->name && vma->vm_ops->name(vma);
}

/* The first page of a program or library tells a debugger which file it is. */
static unsigned long headers_size(const struct coredump_params *cprm,
				  const struct vm_area_struct *vma)
{
	if (!filter(cprm, MMF_DUMP_ELF_HEADERS) || vma->vm_pgoff || !(vma->vm_flags & VM_READ))
		return 0;
	return vma->vm_file->f_inode->i_mode & 0111 ? PAGE_SIZE : DUMP_SIZE_MAYBE_ELFHDR;
}

/* How many bytes of a mapping are dumped. */
static unsigned long vma_dump_size(const struct coredump_params *cprm, struct vm_area_struct *vma)
{
	const unsigned long whole = vma->vm_end - vma->vm_start, shared = vma->vm_flags & VM_SHARED;

	if (always_dump_vma(vma))
		return whole;
	if (vma->vm_flags & VM_DONTDUMP)
		return 0;
	if (vma->vm_flags & VM_HUGETLB)
		return filter(cprm, shared ? MMF_DUMP_HUGETLB_SHARED : MMF_DUMP_HUGETLB_PRIVATE)
			       ? whole
			       : 0;
	if (vma->vm_flags & VM_IO)
		return 0;
	if (shared)
		return filter(cprm, vma->vm_file->f_inode->i_nlink ? MMF_DUMP_MAPPED_SHARED
								   : MMF_DUMP_ANON_SHARED)
			       ? whole
			       : 0;
	if (vma->anon_vma && filter(cprm, MMF_DUMP_ANON_PRIVATE))
		return whole;
	if (!vma->vm_file)
		return 0;
	return filter(cprm, MMF_DUMP_MAPPED_PRIVATE) ? whole : headers_size(cprm, vma);
}

static bool begins_with_elf_magic(unsigned long addr)
{
	char magic[SELFMAG];

	return !copy_from_user(magic, (const void __user *)addr, SELFMAG) &&
	       !memcmp(magic, ELFMAG, SELFMAG);
}

static void take_down(struct coredump_params *cprm, struct vm_area_struct *vma)
{
	struct core_vma *m = &cprm->vmas[cprm->vma_count++];

	*m = (struct core_vma){.start = vma->vm_start,
			       .end = vma->vm_end,
			       .flags = vma->vm_flags,
			       .pgoff = vma->vm_pgoff,
			       .dump_size = vma_dump_size(cprm, vma),
			       .file = vma->vm_file ? get_file(vma->vm_file) : NULL};
}

int dump_vma_snapshot(struct coredump_params *cprm)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;

	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	cprm->vmas = kvmalloc(mm->map_count * sizeof(struct core_vma));
	for (vma = cprm->vmas ? mm->mmap : NULL; vma; vma = vma->vm_next)
		take_down(cprm, vma);
	up_write(&mm->mmap_sem);
	if (!cprm->vmas)
		return -ENOMEM;
	for (int i = 0; i < cprm->vma_count; i++) {
		struct core_vma *m = &cprm->vmas[i];

		if (m->dump_size == DUMP_SIZE_MAYBE_ELFHDR)
			m->dump_size = begins_with_elf_magic(m->start) ? PAGE_SIZE : 0;
		cond_resched();
	}
	return 0;
}

void free_vma_snapshot(struct coredump_params *cprm)
{
	for (int i = 0; i < cprm->vma_count; i++)
		if (cprm->vmas[i].file)
			fput(cprm->vmas[i].file);
	kvfree(cprm->vmas);
}
