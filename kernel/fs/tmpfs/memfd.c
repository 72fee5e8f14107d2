/*
 * Files that are memory and nothing else: memfd_create, and the seals by which their makers promise
 * others that they will not shrink, grow or change any more (fcntl F_ADD_SEALS).
 */
#include "kernel/fs/tmpfs/memfd.h"
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

/* ---- waiting for pins ---- */

#define MEMFD_TAG_PINNED 0 /* nobody else tags pages of such files */
#define LAST_SCAN	 4 /* after about 150 ms */

/* Has anybody the page but the cache and those who map it? */
static bool has_extra_refs(const struct page *page)
{
	return page_count(page) - page_mapcount(page) != 1;
}

static void tag_pins(struct address_space *mapping)
{
	unsigned long index = 0;
	struct page *page;

	for (; (page = radix_tree_find(&mapping->pages, &index)); index++) {
		if (has_extra_refs(page))
			radix_tree_tag_set(&mapping->pages, index, MEMFD_TAG_PINNED);
		cond_resched();
	}
}

/* Take the tags of pages off that are free by now; in the end (`last`) all. => whether a page was
   not free even then. */
static bool untag_pins(struct address_space *mapping, bool last)
{
	unsigned long index = 0;
	struct page *page;
	bool busy = false;

	for (; (page = radix_tree_find_tag(&mapping->pages, &index, MEMFD_TAG_PINNED)); index++) {
		bool pinned = has_extra_refs(page);

		if (last || !pinned)
			radix_tree_tag_clear(&mapping->pages, index, MEMFD_TAG_PINNED);
		busy |= last && pinned;
		cond_resched();
	}
	return busy;
}

/* Whoever has pages of the file for a call under way may write them yet, though no mapping is left.
   Those that come later cannot: no mapping is made, and the inode is locked. 0, or -EBUSY if they
   take too long. */
static int memfd_wait_for_pins(struct address_space *mapping)
{
	bool busy = false;

	tag_pins(mapping);
	for (int scan = 0;
	     scan <= LAST_SCAN && radix_tree_tagged(&mapping->pages, MEMFD_TAG_PINNED); scan++) {
		if (scan && schedule_timeout_killable((HZ << scan) / 200))
			scan = LAST_SCAN;
		busy = untag_pins(mapping, scan == LAST_SCAN);
	}
	return busy ? -EBUSY : 0;
}

/* The inode is locked. May sleep. */
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
		err = memfd_wait_for_pins(f->f_mapping);
		if (err) {
			mapping_allow_writable(f->f_mapping);
			return err;
		}
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
