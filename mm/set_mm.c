/*
 * prctl(PR_SET_MM): changes what an address space records about itself (the bounds of code, data,
 * heap, stack, arguments and environment, the auxiliary vector, the executable), one by one or all
 * at once. Programs that restore a process from a file need it. It changes no mapping.
 */
#include "mm/calls.h"
#include "mm/internal.h"
#include "kernel/fs/fs.h"
#include "kernel/fs/namei.h"
#include "kernel/lib/util.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include "mm/layout.h"
#include <linux/auxvec.h>
#include <linux/errno.h>
#include <linux/prctl.h>

#define NO_FILE ((u32)-1)

/* What mm records now, without the auxiliary vector and the file. */
static struct prctl_mm_map read_map(const struct mm_struct *mm)
{
	return (struct prctl_mm_map){
		.start_code = mm->start_code,
		.end_code = mm->end_code,
		.start_data = mm->start_data,
		.end_data = mm->end_data,
		.start_brk = mm->start_brk,
		.brk = mm->brk,
		.start_stack = mm->start_stack,
		.arg_start = mm->arg_start,
		.arg_end = mm->arg_end,
		.env_start = mm->env_start,
		.env_end = mm->env_end,
		.exe_fd = NO_FILE,
	};
}

static void write_map(struct mm_struct *mm, const struct prctl_mm_map *map)
{
	mm->start_code = map->start_code;
	mm->end_code = map->end_code;
	mm->start_data = map->start_data;
	mm->end_data = map->end_data;
	mm->start_brk = map->start_brk;
	mm->brk = map->brk;
	mm->start_stack = map->start_stack;
	mm->arg_start = map->arg_start;
	mm->arg_end = map->arg_end;
	mm->env_start = map->env_start;
	mm->env_end = map->env_end;
}

/* The structure begins with this many addresses. */
#define NR_ADDRESSES (__builtin_offsetof(struct prctl_mm_map, auxv) / sizeof(u64))

static bool data_limit_exceeded(const struct prctl_mm_map *map)
{
	unsigned long limit = rlimit(RLIMIT_DATA);

	return limit < RLIM_INFINITY &&
	       (unsigned long)map->brk - (unsigned long)map->start_brk +
			       (unsigned long)(map->end_data - map->start_data) >
		       limit;
}

/* Check that all addresses are in user space and that no end lies before its start. Only the low
   32 bits of each count. */
static int validate_map(struct prctl_mm_map *map)
{
	u64 *address = &map->start_code;

	for (unsigned int i = 0; i < NR_ADDRESSES; i++) {
		address[i] = (unsigned long)address[i];
		if (address[i] >= TASK_SIZE || address[i] < mmap_min_addr)
			return -EINVAL;
	}
	if (map->start_code >= map->end_code || map->start_data > map->end_data ||
	    map->start_brk > map->brk || map->arg_start > map->arg_end ||
	    map->env_start > map->env_end)
		return -EINVAL;
	return data_limit_exceeded(map) ? -EINVAL : 0;
}

/* ---- the program's file ---- */

static bool maps_file(struct mm_struct *mm, const struct file *file)
{
	const struct path *path = &file->f_path;
	struct vm_area_struct *vma;
	bool found = false;

	down_read(&mm->mmap_sem);
	for (vma = mm->mmap; vma && !found; vma = vma->vm_next)
		found = vma->vm_file && vma->vm_file->f_path.mnt == path->mnt &&
			vma->vm_file->f_path.dentry == path->dentry;
	up_read(&mm->mmap_sem);
	return found;
}

static int replace_exe_file(struct mm_struct *mm, struct file *file)
{
	struct file *old = mm->exe_file;

	if (old && maps_file(mm, old))
		return -EBUSY;
	if (deny_write_access(file))
		return -EACCES;
	old = mm->exe_file; /* may have changed while maps_file slept */
	mm->exe_file = get_file(file);
	if (old) {
		allow_write_access(old);
		fput(old);
	}
	return 0;
}

/* Record another executable file, unless a VMA still maps the old one. */
static int set_exe_file(struct mm_struct *mm, unsigned int fd)
{
	struct file *file = fget(fd);
	int err = -EACCES;

	if (!file)
		return -EBADF;
	if (S_ISREG(file->f_inode->i_mode) && !(file->f_path.mnt->mnt_flags & MS_NOEXEC))
		err = inode_permission(file->f_inode, MAY_EXEC);
	if (!err)
		err = replace_exe_file(mm, file);
	fput(file);
	return err;
}

/* ---- the auxiliary vector ---- */

/* Copy `len` bytes of it from the caller. The rest is zeros, and the last pair always AT_NULL. */
static int set_auxv(struct mm_struct *mm, const void __user *from, unsigned long len)
{
	unsigned long auxv[AT_VECTOR_SIZE] = {0};

	if (len > sizeof(auxv))
		return -EINVAL;
	if (copy_from_user(auxv, from, len))
		return -EFAULT;
	auxv[AT_VECTOR_SIZE - 2] = auxv[AT_VECTOR_SIZE - 1] = AT_NULL;
	memcpy(mm->saved_auxv, auxv, sizeof(auxv));
	return 0;
}

/* ---- all at once: only a change of the file needs a privilege ---- */

static int set_map(struct mm_struct *mm, const void __user *from, unsigned long size)
{
	unsigned long auxv[AT_VECTOR_SIZE] = {0};
	struct prctl_mm_map map;
	int err;

	if (size != sizeof(map))
		return -EINVAL;
	if (copy_from_user(&map, from, sizeof(map)))
		return -EFAULT;
	err = validate_map(&map);
	if (err)
		return err;
	if (map.auxv_size && (!map.auxv || map.auxv_size > sizeof(auxv)))
		return -EINVAL;
	if (copy_from_user(auxv, map.auxv, map.auxv_size))
		return -EFAULT;
	auxv[AT_VECTOR_SIZE - 2] = auxv[AT_VECTOR_SIZE - 1] = AT_NULL;
	if (map.exe_fd != NO_FILE) {
		if (!has_cap(CAP_CHECKPOINT_RESTORE) && !capable())
			return -EPERM;
		err = set_exe_file(mm, map.exe_fd);
		if (err)
			return err;
	}
	down_write(&mm->mmap_sem);
	write_map(mm, &map);
	if (map.auxv_size)
		memcpy(mm->saved_auxv, auxv, sizeof(auxv));
	up_write(&mm->mmap_sem);
	return 0;
}

/* ---- one by one ---- */

/* The field that an option sets, or NULL if there is no such option. */
static u64 *address_of(struct prctl_mm_map *map, unsigned long opt)
{
	switch (opt) {
	case PR_SET_MM_START_CODE:
		return &map->start_code;
	case PR_SET_MM_END_CODE:
		return &map->end_code;
	case PR_SET_MM_START_DATA:
		return &map->start_data;
	case PR_SET_MM_END_DATA:
		return &map->end_data;
	case PR_SET_MM_START_STACK:
		return &map->start_stack;
	case PR_SET_MM_START_BRK:
		return &map->start_brk;
	case PR_SET_MM_BRK:
		return &map->brk;
	case PR_SET_MM_ARG_START:
		return &map->arg_start;
	case PR_SET_MM_ARG_END:
		return &map->arg_end;
	case PR_SET_MM_ENV_START:
		return &map->env_start;
	case PR_SET_MM_ENV_END:
		return &map->env_end;
	}
	return NULL;
}

/* Stack, arguments and environment must have a mapping at or above them. */
static bool wants_mapping(unsigned long opt)
{
	return opt == PR_SET_MM_START_STACK ||
	       (opt >= PR_SET_MM_ARG_START && opt <= PR_SET_MM_ENV_END);
}

static int set_address(struct mm_struct *mm, unsigned long opt, unsigned long addr)
{
	struct prctl_mm_map map;
	u64 *place;
	int err = -EINVAL;

	if (addr >= TASK_SIZE || addr < mmap_min_addr)
		return -EINVAL;
	down_write(&mm->mmap_sem);
	map = read_map(mm);
	place = address_of(&map, opt);
	if (place) {
		*place = addr;
		err = validate_map(&map);
	}
	if (!err && wants_mapping(opt) && !find_vma(mm, addr))
		err = -EFAULT;
	if (!err)
		write_map(mm, &map);
	up_write(&mm->mmap_sem);
	return err;
}

long prctl_set_mm(unsigned long opt, unsigned long addr, unsigned long arg4, unsigned long arg5)
{
	struct mm_struct *mm = current->mm;

	if (arg5 ||
	    (arg4 && opt != PR_SET_MM_AUXV && opt != PR_SET_MM_MAP && opt != PR_SET_MM_MAP_SIZE))
		return -EINVAL;
	if (opt == PR_SET_MM_MAP_SIZE)
		return put_user((unsigned int)sizeof(struct prctl_mm_map),
				(unsigned int __user *)addr);
	if (opt == PR_SET_MM_MAP)
		return set_map(mm, (const void __user *)addr, arg4);
	if (!has_cap(CAP_SYS_RESOURCE))
		return -EPERM;
	if (opt == PR_SET_MM_EXE_FILE)
		return set_exe_file(mm, addr);
	if (opt == PR_SET_MM_AUXV)
		return set_auxv(mm, (const void __user *)addr, arg4);
	return set_address(mm, opt, addr);
}
