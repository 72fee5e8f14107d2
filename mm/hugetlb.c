/*
 * The part of hugetlbfs that nameless files need. A file of huge pages can be made, resized, read
 * (as zeros) and, with MAP_NORESERVE, mapped at addresses that are multiples of the huge page. See
 * hugetlb.h.
 */
#include "mm/hugetlb.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/stdio.h"
#include "mm/internal.h"
#include "kernel/fs/seals.h"
#include "mm/phys/slab.h"
#include <linux/falloc.h>
#include <linux/magic.h>
#include <linux/mman.h>

struct hugetlbfs_inode_info {
	struct inode vfs_inode;
	unsigned int seals; /* F_SEAL_; guarded by i_rwsem */
};

static struct vfsmount *hugetlbfs_mnt;

static struct hugetlbfs_inode_info *HUGETLBFS_I(struct inode *inode)
{
	return container_of(inode, struct hugetlbfs_inode_info, vfs_inode);
}

/* ---- where ---- */

/* Like the default for other files, but all addresses are multiples of the huge page. */
static unsigned long hugetlb_get_unmapped_area(struct file *f, unsigned long addr,
					       unsigned long len, unsigned long pgoff,
					       unsigned long flags)
{
	struct mm_struct *mm = current->mm;

	if (len & ~HPAGE_MASK)
		return -EINVAL;
	if (len > TASK_SIZE)
		return -ENOMEM;
	if (flags & MAP_FIXED)
		return addr & ~HPAGE_MASK ? (unsigned long)-EINVAL : addr;
	/* a hint within the first huge page becomes 0, as on Linux */
	if (addr && area_is_free(mm, addr & HPAGE_MASK, len))
		return addr & HPAGE_MASK;
	return vm_unmapped_area(mm, len, HPAGE_SIZE);
}

/* ---- mappings ---- */

static vm_fault_t hugetlb_fault(struct vm_fault *vmf)
{
	return VM_FAULT_SIGBUS; /* the pool is empty */
}

static int hugetlb_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	return addr & ~HPAGE_MASK ? -EINVAL : 0;
}

static const struct vm_operations_struct hugetlb_vm_ops = {
	.fault = hugetlb_fault,
	.may_split = hugetlb_may_split,
};

static int hugetlbfs_mmap(struct file *f, struct vm_area_struct *vma)
{
	struct inode *inode = f->f_mapping->host;
	loff_t end = ((loff_t)vma->vm_pgoff << PAGE_SHIFT) + (vma->vm_end - vma->vm_start);
	int err;

	vma->vm_flags |= VM_HUGETLB | VM_DONTEXPAND;
	vma->vm_ops = &hugetlb_vm_ops;
	err = seal_check_write(HUGETLBFS_I(inode)->seals, vma);
	if (err)
		return err;
	if (vma->vm_pgoff & (~HPAGE_MASK >> PAGE_SHIFT))
		return -EINVAL;
	file_accessed(f);
	/* there is nothing to reserve; for a segment, shmget has reserved what it wanted */
	if (!(vma->vm_flags & VM_NORESERVE) && !(inode->i_flags & S_PRIVATE))
		return -ENOMEM;
	if (vma->vm_flags & VM_WRITE && inode->i_size < end)
		inode->i_size = end;
	return 0;
}

/* ---- files ---- */

/* No page can ever be present: the whole file is a hole. */
static ssize_t hugetlbfs_read(struct file *f, char __user *buf, size_t len, loff_t *ppos)
{
	loff_t size = f->f_mapping->host->i_size;
	size_t done = 0, left = 0;

	if (*ppos >= size)
		return 0;
	len = min((loff_t)len, size - *ppos);
	while (done < len && !left) {
		size_t n = min(len - done, (size_t)PAGE_SIZE);

		left = clear_user(buf + done, n);
		done += n - left;
		cond_resched();
	}
	*ppos += done;
	return left && !done ? -EFAULT : (ssize_t)done;
}

static int hugetlbfs_fsync(struct file *f, loff_t start, loff_t end, int datasync)
{
	return 0;
}

static int allocate_range(struct inode *inode, loff_t end)
{
	int err = setattr_limits(inode, end);

	if (!err && HUGETLBFS_I(inode)->seals & F_SEAL_GROW && end > inode->i_size)
		err = -EPERM;
	return err ? err : -ENOSPC;
}

static int hugetlbfs_fallocate(struct file *f, int mode, loff_t offset, loff_t len)
{
	struct inode *inode = f->f_mapping->host;
	int err;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE))
		return -EOPNOTSUPP;
	inode_lock(inode);
	if (mode & FALLOC_FL_PUNCH_HOLE)
		err = HUGETLBFS_I(inode)->seals & WRITE_SEALS ? -EPERM : 0;
	else
		err = allocate_range(inode, offset + len);
	inode_unlock(inode);
	return err;
}

static unsigned int *hugetlbfs_seals(struct file *f)
{
	return &HUGETLBFS_I(f->f_mapping->host)->seals;
}

static const struct file_operations hugetlbfs_file_fops = {
	.llseek = generic_file_llseek,
	.read = hugetlbfs_read,
	.mmap = hugetlbfs_mmap,
	.get_unmapped_area = hugetlb_get_unmapped_area,
	.fsync = hugetlbfs_fsync,
	.fallocate = hugetlbfs_fallocate,
	.seals = hugetlbfs_seals,
};

static int hugetlbfs_setattr(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = dentry->d_inode;
	unsigned int seals = HUGETLBFS_I(inode)->seals;

	if (attr->ia_valid & ATTR_SIZE) {
		loff_t size = attr->ia_size, old = inode->i_size;

		if (size & ~HPAGE_MASK)
			return -EINVAL;
		if ((size < old && seals & F_SEAL_SHRINK) || (size > old && seals & F_SEAL_GROW))
			return -EPERM;
		inode->i_size = size;
	}
	setattr_copy(inode, attr);
	return 0;
}

static const struct inode_operations hugetlbfs_iops = {.setattr = hugetlbfs_setattr};
/* Nothing is ever cached or written, so no operation is needed. */
static const struct address_space_operations hugetlbfs_aops;

bool is_file_hugepages(const struct file *f)
{
	return f->f_op == &hugetlbfs_file_fops;
}

/* ---- making them ---- */

static struct inode *hugetlbfs_alloc_inode(struct super_block *sb)
{
	struct hugetlbfs_inode_info *info = kzalloc(sizeof(*info), GFP_KERNEL);

	return info ? &info->vfs_inode : NULL;
}

static void hugetlbfs_destroy_inode(struct inode *inode)
{
	kfree(HUGETLBFS_I(inode));
}

static int hugetlbfs_statfs(struct super_block *sb, struct kstatfs *buf)
{
	buf->f_type = sb->s_magic;
	buf->f_bsize = HPAGE_SIZE;
	buf->f_namelen = NAME_MAX_KERNEL;
	return 0;
}

static const struct super_operations hugetlbfs_sops = {
	.alloc_inode = hugetlbfs_alloc_inode,
	.destroy_inode = hugetlbfs_destroy_inode,
	.statfs = hugetlbfs_statfs,
};

void hugetlb_init(void)
{
	hugetlbfs_mnt = kern_mount_pseudo("hugetlbfs", HUGETLBFS_MAGIC);
	hugetlbfs_mnt->mnt_sb->s_op = &hugetlbfs_sops;
}

static int hugetlb_dname(struct dentry *d, char *buf, int len)
{
	int n = snprintf(buf, len, "/%s (deleted)", d->d_name.name);

	return n < len ? n : -ENAMETOOLONG;
}

static const struct dentry_operations hugetlb_dops = {.d_dname = hugetlb_dname};

struct file *hugetlb_file_setup(const char *name, loff_t size, unsigned int page_size_log)
{
	struct inode *inode;

	if (!hugetlb_size_ok(page_size_log))
		return ERR_PTR(-ENODEV);
	inode = new_inode(hugetlbfs_mnt->mnt_sb);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	inode->i_ino = get_next_ino();
	inode->i_mode = S_IFREG | S_IRWXU | S_IRWXG | S_IRWXO;
	inode->i_uid = current->cred.fsuid;
	inode->i_gid = current->cred.fsgid;
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time();
	inode->i_blkbits = HPAGE_SHIFT;
	inode->i_op = &hugetlbfs_iops;
	inode->i_fop = &hugetlbfs_file_fops;
	inode->i_data.a_ops = &hugetlbfs_aops;
	inode->i_data.flags |= AS_UNEVICTABLE;
	inode->i_size = size;
	inode->i_nlink = 0;
	HUGETLBFS_I(inode)->seals = F_SEAL_SEAL;
	return alloc_file_pseudo(inode, name, O_RDWR | O_LARGEFILE, &hugetlbfs_file_fops,
				 &hugetlb_dops);
}
