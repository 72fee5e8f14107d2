/*
 * Files of hugetlbfs. They are written through mappings only; read(2) works. A size is a whole
 * number of huge pages, except for the mark that ftruncate of Linux refuses.
 */
#include "kernel/fs/hugetlbfs/hugetlbfs.h"
#include "kernel/fs/seals.h"
#include "kernel/lib/util.h"
#include "mm/phys/highmem.h"
#include <linux/falloc.h>
#include <linux/mman.h>

/* ---- mappings ---- */

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

static int hugetlbfs_mmap(struct file *f, struct vm_area_struct *vma)
{
	struct inode *inode = f->f_mapping->host;
	loff_t end = ((loff_t)vma->vm_pgoff << PAGE_SHIFT) + (vma->vm_end - vma->vm_start);
	unsigned long flags;
	int err;

	vma->vm_flags |= VM_HUGETLB | VM_DONTEXPAND;
	vma->vm_ops = &hugetlb_vm_ops;
	err = seal_check_write(HUGETLBFS_I(inode)->seals, vma);
	if (err)
		return err;
	if (vma->vm_pgoff & (~HPAGE_MASK >> PAGE_SHIFT))
		return -EINVAL;
	file_accessed(f);
	flags = vma->vm_flags;
	if (inode->i_flags & S_PRIVATE) /* shmget has reserved what it wanted */
		flags |= VM_NORESERVE;
	if (!hugetlb_reserve_pages(inode, vma->vm_pgoff >> HPAGE_ORDER, end >> HPAGE_SHIFT, vma,
				   flags))
		return -ENOMEM;
	if (vma->vm_flags & VM_WRITE && inode->i_size < end)
		inode->i_size = end;
	return 0;
}

/* ---- read ---- */

/* Copy the part of the file that lies in one small page to the user, at most len bytes. => bytes
   copied, or -errno if there are none. */
static ssize_t read_piece(struct address_space *mapping, loff_t pos, char __user *buf, size_t len)
{
	struct page *page = find_get_page(mapping, pos >> HPAGE_SHIFT);
	unsigned long within = pos & ~HPAGE_MASK;
	size_t left;
	char *kaddr;

	if (!page) {
		left = clear_user(buf, len);
	} else if (broken_part(page)) {
		put_page(page);
		return -EIO;
	} else {
		kaddr = kmap_local_page(page + (within >> PAGE_SHIFT));
		left = copy_to_user(buf, kaddr + offset_in_page(within), len);
		kunmap_local(kaddr);
		put_page(page);
	}
	return left < len ? (ssize_t)(len - left) : -EFAULT;
}

static ssize_t hugetlbfs_read(struct file *f, char __user *buf, size_t len, loff_t *ppos)
{
	struct address_space *mapping = f->f_mapping;
	ssize_t n = 0;
	size_t done = 0;

	while (done < len && *ppos < mapping->host->i_size) {
		size_t piece = min(len - done, (size_t)(PAGE_SIZE - offset_in_page(*ppos)));

		piece = min((loff_t)piece, mapping->host->i_size - *ppos);
		n = read_piece(mapping, *ppos, buf + done, piece);
		if (n < 0)
			break;
		done += n;
		*ppos += n;
		cond_resched();
	}
	return done ? (ssize_t)done : n;
}

static int hugetlbfs_fsync(struct file *f, loff_t start, loff_t end, int datasync)
{
	return 0;
}

/* ---- pages that go ---- */

/* Take one page, to which the caller has a reference, out of the file. => was it there still? */
static bool remove_huge_page(struct address_space *mapping, struct page *page)
{
	loff_t start = (loff_t)page->index << HPAGE_SHIFT;
	bool there;

	mutex_lock(&hugetlb_fault_mutex);
	lock_page(page);
	there = page->mapping == mapping;
	if (there) {
		if (page_mapped(page)) /* since the caller unmapped the range */
			unmap_mapping_range(mapping, start, HPAGE_SIZE, true);
		hugetlb_delete_from_page_cache(page);
	}
	unlock_page(page);
	mutex_unlock(&hugetlb_fault_mutex);
	return there;
}

void remove_inode_hugepages(struct inode *inode, loff_t start, loff_t end, bool whole)
{
	pgoff_t first = start >> HPAGE_SHIFT, index = first, last = end >> HPAGE_SHIFT;
	struct address_space *mapping = &inode->i_data;
	long freed = 0;
	struct page *page;

	while ((page = radix_tree_find(&mapping->pages, &index)) && index < last) {
		bool removed;

		get_page(page);
		removed = remove_huge_page(mapping, page);
		put_page(page);
		freed += removed;
		if (removed && !whole && hugetlb_unreserve_pages(inode, index, index + 1, 1))
			hugetlb_fix_reserve_counts(inode);
		index++;
		cond_resched();
	}
	if (whole)
		hugetlb_unreserve_pages(inode, first, __LONG_MAX__, freed);
}

static int change_size(struct inode *inode, loff_t size)
{
	unsigned int seals = HUGETLBFS_I(inode)->seals;
	loff_t old = inode->i_size;

	if (size & ~HPAGE_MASK)
		return -EINVAL;
	if ((size < old && seals & F_SEAL_SHRINK) || (size > old && seals & F_SEAL_GROW))
		return -EPERM;
	mutex_lock(&hugetlb_fault_mutex); /* a fault has come to its end, or sees the new size */
	inode->i_size = size;
	unmap_mapping_range(&inode->i_data, size, 0, true);
	mutex_unlock(&hugetlb_fault_mutex);
	remove_inode_hugepages(inode, size, MAX_LFS_FILESIZE, true);
	return 0;
}

int hugetlbfs_setattr(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = dentry->d_inode;
	int err = 0;

	if (attr->ia_valid & ATTR_SIZE && S_ISREG(inode->i_mode))
		err = change_size(inode, attr->ia_size);
	if (!err)
		setattr_copy(inode, attr);
	return err;
}

/* ---- fallocate ---- */

/* Fill the bytes [start, end), which lie in one huge page, with zeros if the page is there. */
static void zero_partial_page(struct address_space *mapping, loff_t start, loff_t end)
{
	struct page *page = find_lock_page(mapping, start >> HPAGE_SHIFT);

	if (!page)
		return;
	while (start < end) {
		unsigned long within = start & ~HPAGE_MASK;
		unsigned int offset = offset_in_page(within);
		unsigned int n = min((loff_t)(PAGE_SIZE - offset), end - start);

		zero_user(page + (within >> PAGE_SHIFT), offset, n);
		start += n;
	}
	unlock_page(page);
	put_page(page);
}

static int punch_hole(struct inode *inode, loff_t offset, loff_t len)
{
	loff_t first = (offset + HPAGE_SIZE - 1) & ~(loff_t)~HPAGE_MASK;
	loff_t end = offset + len, last = end & ~(loff_t)~HPAGE_MASK;
	struct address_space *mapping = &inode->i_data;

	if (HUGETLBFS_I(inode)->seals & WRITE_SEALS)
		return -EPERM;
	if (offset < first)
		zero_partial_page(mapping, offset, min(first, end));
	if (first < last) {
		unmap_mapping_range(mapping, first, last - first, true);
		remove_inode_hugepages(inode, first, last, false);
	}
	if (last < end && last >= first)
		zero_partial_page(mapping, last, end);
	return 0;
}

/* Make one page of the file present. `vma` stands for a shared mapping of it. 0 or -errno.
   hugetlb_fault_mutex. */
static int add_huge_page(struct vm_area_struct *vma, pgoff_t index)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	struct page *page = find_get_page(mapping, index);
	int err;

	if (page) {
		put_page(page);
		return 0;
	}
	vma->vm_pgoff = index << HPAGE_ORDER;
	page = alloc_huge_page(vma, vma->vm_start, false);
	if (IS_ERR(page))
		return PTR_ERR(page);
	clear_huge_page(page);
	SetPageUptodate(page);
	err = hugetlb_add_to_page_cache(page, mapping, index);
	if (err)
		restore_reserve_on_error(vma, vma->vm_start, page);
	else
		unlock_page(page);
	put_page(page);
	return err;
}

static int allocate_range(struct file *f, int mode, loff_t offset, loff_t len)
{
	struct inode *inode = f->f_mapping->host;
	struct vm_area_struct vma = {.vm_flags = VM_HUGETLB | VM_MAYSHARE | VM_SHARED,
				     .vm_file = f};
	pgoff_t index = offset >> HPAGE_SHIFT;
	pgoff_t end = (offset + len + HPAGE_SIZE - 1) >> HPAGE_SHIFT;
	int err = setattr_limits(inode, offset + len);

	if (!err && HUGETLBFS_I(inode)->seals & F_SEAL_GROW && offset + len > inode->i_size)
		err = -EPERM;
	for (; !err && index < end; index++) {
		cond_resched();
		if (signal_pending(current))
			return -EINTR;
		mutex_lock(&hugetlb_fault_mutex);
		err = add_huge_page(&vma, index);
		mutex_unlock(&hugetlb_fault_mutex);
	}
	if (err)
		return err;
	if (!(mode & FALLOC_FL_KEEP_SIZE) && offset + len > inode->i_size)
		inode->i_size = offset + len;
	inode->i_ctime = current_time();
	return 0;
}

static int hugetlbfs_fallocate(struct file *f, int mode, loff_t offset, loff_t len)
{
	struct inode *inode = f->f_mapping->host;
	int err;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE))
		return -EOPNOTSUPP;
	inode_lock(inode);
	if (mode & FALLOC_FL_PUNCH_HOLE)
		err = punch_hole(inode, offset, len);
	else
		err = allocate_range(f, mode, offset, len);
	inode_unlock(inode);
	return err;
}

static unsigned int *hugetlbfs_seals(struct file *f)
{
	return &HUGETLBFS_I(f->f_mapping->host)->seals;
}

const struct file_operations hugetlbfs_file_fops = {
	.llseek = generic_file_llseek,
	.read = hugetlbfs_read,
	.mmap = hugetlbfs_mmap,
	.get_unmapped_area = hugetlb_get_unmapped_area,
	.fsync = hugetlbfs_fsync,
	.fallocate = hugetlbfs_fallocate,
	.seals = hugetlbfs_seals,
};

/* Nothing is read from or written to a store. */
const struct address_space_operations hugetlbfs_aops;
