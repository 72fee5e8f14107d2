/*
 * Files that are memory and nothing else: memfd_create(2).
 */
#include "kernel/fs/tmpfs/memfd.h"
#include "mm/mm_types.h"
#include "kernel/fs/fs.h"
#include "kernel/sched/sched.h"
#include "kernel/time/time.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include "mm/hugetlb.h"
#include "mm/shmem.h"
#include "mm/phys/slab.h"
#include <linux/memfd.h>

#define MFD_NAME_PREFIX	    "memfd:"
#define MFD_NAME_PREFIX_LEN (sizeof(MFD_NAME_PREFIX) - 1)
#define MFD_NAME_MAX_LEN    (NAME_MAX_KERNEL - MFD_NAME_PREFIX_LEN)
/* 6.1's; later ones are unknown flags */
#define MFD_ALL_FLAGS	    (MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB)

static int check_flags(unsigned int flags)
{
	unsigned int all = MFD_ALL_FLAGS;

	if (flags & MFD_HUGETLB) /* then the size of the pages is in there too */
		all |= MFD_HUGE_MASK << MFD_HUGE_SHIFT;
	return flags & ~all ? -EINVAL : 0;
}

/* "memfd:NAME", to be freed by kfree; ERR_PTR. */
static char *get_memfd_name(const char __user *uname)
{
	long len = strnlen_user(uname, MFD_NAME_MAX_LEN + 1); /* with the NUL */
	char *name;

	if (len <= 0)
		return ERR_PTR(-EFAULT);
	if (len > (long)MFD_NAME_MAX_LEN + 1)
		return ERR_PTR(-EINVAL);
	name = kmalloc(MFD_NAME_PREFIX_LEN + len, GFP_KERNEL);
	if (!name)
		return ERR_PTR(-ENOMEM);
	memcpy(name, MFD_NAME_PREFIX, MFD_NAME_PREFIX_LEN);
	if (!copy_from_user(name + MFD_NAME_PREFIX_LEN, uname, len) &&
	    !name[MFD_NAME_PREFIX_LEN + len - 1]) /* otherwise the name has changed meanwhile */
		return name;
	kfree(name);
	return ERR_PTR(-EFAULT);
}

static struct file *make_memfd(const char *name, unsigned int flags)
{
	struct file *f;

	if (flags & MFD_HUGETLB)
		f = hugetlb_file_setup(name, 0, VM_NORESERVE,
				       flags >> MFD_HUGE_SHIFT & MFD_HUGE_MASK);
	else
		f = shmem_file_setup(name, 0, VM_NORESERVE);
	if (!IS_ERR(f) && flags & MFD_ALLOW_SEALING)
		*f->f_op->seals(f) &= ~F_SEAL_SEAL;
	return f;
}

long do_memfd_create(const char __user *uname, unsigned int flags)
{
	long fd = check_flags(flags);
	struct file *f;
	char *name;

	if (fd)
		return fd;
	name = get_memfd_name(uname);
	if (IS_ERR(name))
		return PTR_ERR(name);
	fd = get_unused_fd_flags(flags & MFD_CLOEXEC ? O_CLOEXEC : 0);
	if (fd >= 0) {
		f = make_memfd(name, flags);
		if (IS_ERR(f)) {
			put_unused_fd(fd);
			fd = PTR_ERR(f);
		} else {
			fd_install(fd, f);
		}
	}
	kfree(name);
	return fd;
}
