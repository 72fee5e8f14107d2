/*
 * Files that are memory and nothing else: memfd_create, and the seals by which their makers promise
 * others that they will not shrink, grow or change any more (fcntl F_ADD_SEALS).
 */
#include "kernel/fs/tmpfs/memfd.h"
#include "kernel/fs/fs.h"
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
#define F_ALL_SEALS	    (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)

/* ---- seals ---- */

static unsigned int *seals_of(struct file *f)
{
	unsigned int *seals = shmem_seals(f);

	return seals ? seals : hugetlb_seals(f);
}

unsigned int memfd_file_seals(struct file *f)
{
	const unsigned int *seals = seals_of(f);

	return seals ? *seals : 0;
}

/* The inode is locked. */
static long add_seals_locked(struct file *f, unsigned int seals)
{
	unsigned int *old = seals_of(f);
	int err;

	if (!old)
		return -EINVAL;
	if (*old & F_SEAL_SEAL)
		return -EPERM;
	if (seals & F_SEAL_WRITE && !(*old & F_SEAL_WRITE)) {
		err = mapping_deny_writable(f->f_mapping);
		if (err)
			return err;
	}
	*old |= seals;
	return 0;
}

static long add_seals(struct file *f, unsigned int seals)
{
	long err;

	if (!(f->f_mode & FMODE_WRITE))
		return -EPERM;
	if (seals & ~F_ALL_SEALS)
		return -EINVAL;
	inode_lock(f->f_inode);
	err = add_seals_locked(f, seals);
	inode_unlock(f->f_inode);
	return err;
}

long memfd_fcntl(struct file *f, unsigned int cmd, unsigned long arg)
{
	unsigned int *seals;

	if (cmd == F_ADD_SEALS)
		return add_seals(f, arg);
	seals = seals_of(f);
	return seals ? (long)*seals : -EINVAL;
}

/* ---- memfd_create ---- */

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
	    !name[MFD_NAME_PREFIX_LEN + len - 1]) /* else somebody changed it meanwhile */
		return name;
	kfree(name);
	return ERR_PTR(-EFAULT);
}

static struct file *make_memfd(const char *name, unsigned int flags)
{
	struct file *f;

	if (flags & MFD_HUGETLB)
		f = hugetlb_file_setup(name, 0, flags >> MFD_HUGE_SHIFT & MFD_HUGE_MASK);
	else
		f = shmem_file_setup(name, 0, VM_NORESERVE);
	if (!IS_ERR(f) && flags & MFD_ALLOW_SEALING)
		*seals_of(f) &= ~F_SEAL_SEAL;
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
