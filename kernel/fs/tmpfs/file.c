/*
 * The files of tmpfs: pages of the page cache and nothing behind them. What is never written is a
 * hole, reads as zeros and costs nothing; a fault or a write makes a page and counts it.
 *
 * A page that is in the cache but not uptodate was promised by fallocate and not written yet: a
 * hole with its place taken. A page that is in swap is a value in the cache: see swap.c.
 */
#include "kernel/fs/tmpfs/tmpfs.h"
#include "mm/cache/lru.h"
#include "mm/fault.h"
#include "mm/mm.h"
#include "kernel/fs/seals.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include "mm/phys/vmstat.h"
#include "kernel/fs/tmpfs/memfd.h"
#include "mm/shmem.h"
#include "mm/userfaultfd.h"
#include "mm/reclaim/memory_failure.h"
#include <linux/falloc.h>
#include <linux/fs.h>

#define SECTORS_PER_PAGE (PAGE_SIZE / SECTOR_SIZE)

/* ---- counting pages ---- */

/* One more page for the inode: -ENOSPC beyond the file system's size or the commit limit. */
static int charge_page(struct inode *inode)
{
	struct tmpfs_inode_info *info = TMPFS_I(inode);
	struct tmpfs_sb_info *sbi = TMPFS_SB(inode->i_sb);

	if (sbi->max_blocks && sbi->used_blocks >= sbi->max_blocks)
		return -ENOSPC;
	if (info->noreserve && security_vm_enough_memory(1))
		return -ENOSPC;
	sbi->used_blocks++;
	info->charged++;
	return 0;
}

void tmpfs_recalc_pages(struct inode *inode)
{
	struct tmpfs_inode_info *info = TMPFS_I(inode);
	unsigned long have = inode->i_data.nrpages + info->swapped;

	if (info->charged > have) {
		TMPFS_SB(inode->i_sb)->used_blocks -= info->charged - have;
		if (info->noreserve)
			vm_unacct_memory(info->charged - have);
		info->charged = have;
	}
	inode->i_blocks = (u64)have * SECTORS_PER_PAGE;
}

/* A page may have been added: charge it, or remove it again. Nothing sleeps between adding and
   charging, so no other task sees charged and nrpages differ. */
static int charge_added_page(struct inode *inode, struct page *page)
{
	int err = 0;

	if (TMPFS_I(inode)->charged < inode->i_data.nrpages + TMPFS_I(inode)->swapped)
		err = charge_page(inode);
	if (err)
		delete_from_page_cache(page);
	tmpfs_recalc_pages(inode);
	return err;
}

/* ---- pages ---- */

/*
 * The page at `index`, locked; made and counted if there was none. A page that is not uptodate was
 * never written: it reads as zeros (fallocate makes such). ERR_PTR(-ENOSPC, -ENOMEM).
 */
static struct page *get_page_locked(struct address_space *mapping, pgoff_t index)
{
	struct page *page;
	int err;

	tmpfs_recalc_pages(mapping->host); /* clean ones may have gone when memory was short */
	page = find_or_create_page(mapping, index, mapping->gfp_mask);
	if (IS_ERR(page))
		return page;
	err = charge_added_page(mapping->host, page);
	if (!err)
		return page;
	unlock_page(page);
	put_page(page);
	return ERR_PTR(err);
}

static void make_uptodate(struct page *page)
{
	if (!PageUptodate(page)) {
		clear_highpage(page);
		SetPageUptodate(page);
	}
}

/* The kernel reads a page itself (exec): it is in the cache already. */
static int tmpfs_readpage(struct file *file, struct page *page)
{
	int err = charge_added_page(page->mapping->host, page);

	if (!err)
		make_uptodate(page);
	unlock_page(page);
	return err;
}

/* May these bytes be written? The inode is locked. */
static int check_write_seals(const struct inode *inode, loff_t end)
{
	unsigned int seals = TMPFS_I((struct inode *)inode)->seals;

	if (seals & WRITE_SEALS)
		return -EPERM;
	return seals & F_SEAL_GROW && end > inode->i_size ? -EPERM : 0;
}

static int tmpfs_write_begin(struct file *file, struct address_space *mapping, loff_t pos,
			     unsigned int len, struct page **pagep)
{
	struct page *page;
	int err = check_write_seals(mapping->host, pos + len);

	if (err)
		return err;
	page = get_page_locked(mapping, pos >> PAGE_SHIFT);
	if (IS_ERR(page))
		return PTR_ERR(page);
	if (PageHWPoison(page)) {
		unlock_page(page);
		put_page(page);
		return -EIO;
	}
	make_uptodate(page);
	mark_page_accessed(page);
	*pagep = page;
	return 0;
}

static int tmpfs_write_end(struct file *file, struct address_space *mapping, loff_t pos,
			   unsigned int len, unsigned int copied, struct page *page)
{
	struct inode *inode = mapping->host;

	if (copied && pos + copied > inode->i_size)
		inode->i_size = pos + copied;
	set_page_dirty(page);
	unlock_page(page);
	put_page(page);
	return copied;
}

const struct address_space_operations tmpfs_aops = {
	.readpage = tmpfs_readpage,
	.write_begin = tmpfs_write_begin,
	.write_end = tmpfs_write_end,
	.writepage = shmem_writepage,
	.swapin = shmem_swapin,
	.drop_value = shmem_drop_value,
};

/* ---- files ---- */

/* The page to read from, with a reference; NULL: a hole, which reading does not fill. ERR_PTR. */
static struct page *page_to_read(struct address_space *mapping, pgoff_t index)
{
	int err = mapping_swapin(mapping, index);
	struct page *page = err ? ERR_PTR(err) : find_get_page(mapping, index);

	if (!IS_ERR_OR_NULL(page) && PageHWPoison(page)) {
		put_page(page);
		return ERR_PTR(-EIO);
	}
	return page;
}

static ssize_t tmpfs_read(struct file *f, char __user *buf, size_t len, loff_t *ppos)
{
	struct address_space *mapping = f->f_mapping;
	struct inode *inode = mapping->host;
	size_t done = 0, n;
	unsigned long left = 0;
	int err = 0;

	while (done < len && *ppos < inode->i_size && !left) {
		unsigned int offset = *ppos & (PAGE_SIZE - 1);
		struct page *page = page_to_read(mapping, *ppos >> PAGE_SHIFT), *shown;
		char *kaddr;

		if (IS_ERR(page)) {
			err = PTR_ERR(page);
			break;
		}
		shown = page && PageUptodate(page) ? page : ZERO_PAGE(0);
		kaddr = kmap_local_page(shown);
		n = min(len - done, (size_t)(PAGE_SIZE - offset));
		n = min((loff_t)n, inode->i_size - *ppos);
		left = copy_to_user(buf + done, kaddr + offset, n);
		kunmap_local(kaddr);
		if (shown == page && !offset) /* once for a page that is read in pieces */
			mark_page_accessed(page);
		if (page)
			put_page(page);
		done += n - left;
		*ppos += n - left;
		cond_resched();
	}
	file_accessed(f);
	if (left)
		err = -EFAULT;
	return done ? (ssize_t)done : err;
}

static bool is_written(const struct inode *inode, pgoff_t index)
{
	const struct page *page = radix_tree_lookup(&inode->i_data.pages, index);

	return page && (xa_is_value(page) || PageUptodate(page));
}

/* The first written page at or behind *index; false if there is none. */
static bool next_written(const struct inode *inode, pgoff_t *index)
{
	const struct page *page;

	while ((page = radix_tree_find(&inode->i_data.pages, index))) {
		if (xa_is_value(page) || PageUptodate(page))
			return true;
		++*index;
		cond_resched();
	}
	return false;
}

/* SEEK_DATA and SEEK_HOLE: a page that was written is data. -ENXIO behind the last. */
static loff_t seek_hole_data(struct inode *inode, loff_t offset, int whence)
{
	unsigned long index = offset >> PAGE_SHIFT;
	loff_t found;

	if (offset < 0 || offset >= inode->i_size)
		return -ENXIO;
	if (whence == SEEK_DATA) {
		if (!next_written(inode, &index))
			return -ENXIO;
	} else {
		for (; is_written(inode, index); index++)
			cond_resched();
	}
	found = max(offset, (loff_t)index << PAGE_SHIFT);
	if (whence == SEEK_DATA)
		return found < inode->i_size ? found : -ENXIO;
	return min(found, inode->i_size);
}

static loff_t tmpfs_llseek(struct file *f, loff_t offset, int whence)
{
	struct inode *inode = f->f_mapping->host;

	if (whence != SEEK_DATA && whence != SEEK_HOLE)
		return generic_file_llseek(f, offset, whence);
	inode_lock(inode);
	offset = seek_hole_data(inode, offset, whence);
	if (offset >= 0)
		f->f_pos = offset;
	inode_unlock(inode);
	return offset;
}

static int tmpfs_fsync(struct file *f, loff_t start, loff_t end, int datasync)
{
	return 0;
}

static void zero_part(struct page *page, unsigned int offset, unsigned int n)
{
	zero_user(page, offset, n);
	set_page_dirty(page);
}

/* Drop the whole pages in [start, end) and zero the rest of it. Private copies stay. */
static void punch_hole(struct inode *inode, loff_t start, loff_t end)
{
	struct address_space *mapping = inode->i_mapping;
	loff_t unmap_start = ALIGN(start, (loff_t)PAGE_SIZE);
	loff_t unmap_end = end & ~(loff_t)(PAGE_SIZE - 1);
	loff_t pos = start;

	if (unmap_end > unmap_start)
		unmap_mapping_range(mapping, unmap_start, unmap_end - unmap_start, false);
	else if (!unmap_end) /* a hole within the first page: Linux unmaps all that follows */
		unmap_mapping_range(mapping, unmap_start, 0, false);
	for (; pos < end; cond_resched()) {
		unsigned int offset = pos & (PAGE_SIZE - 1);
		unsigned int n = min((loff_t)(PAGE_SIZE - offset), end - pos);
		unsigned long index = pos >> PAGE_SHIFT;
		struct page *page;

		if (n < PAGE_SIZE)
			mapping_swapin(mapping,
				       index); /* if it cannot be read, it stays as it is */
		page = find_lock_page(mapping, index);
		if (page) {
			if (n == PAGE_SIZE)
				truncate_inode_page(page);
			else
				zero_part(page, offset, n);
			unlock_page(page);
			put_page(page);
			pos += n;
			continue;
		}
		if (n == PAGE_SIZE && xa_is_value(radix_tree_lookup(&mapping->pages, index)))
			shmem_drop_value(mapping, index);
		/* A hole may be huge: go on at the next page there is. */
		index++;
		if (!radix_tree_find(&mapping->pages, &index))
			break;
		pos = (loff_t)index << PAGE_SHIFT;
	}
	tmpfs_recalc_pages(inode);
}

/* Take the pages from `index` up to `end` out again that were allocated and not written. */
static void undo_allocation(struct inode *inode, pgoff_t index, pgoff_t end)
{
	struct page *page;

	for (; index < end; index++) {
		cond_resched();
		page = find_lock_page(inode->i_mapping, index);
		if (!page)
			continue;
		if (!PageUptodate(page))
			delete_from_page_cache(page);
		unlock_page(page);
		put_page(page);
	}
	tmpfs_recalc_pages(inode);
}

static int allocate_range(struct inode *inode, int mode, loff_t start, loff_t end)
{
	unsigned long max_blocks = TMPFS_SB(inode->i_sb)->max_blocks;
	pgoff_t index, first = start >> PAGE_SHIFT, last = (end - 1) >> PAGE_SHIFT;
	int err = setattr_limits(inode, end);

	if (!err && TMPFS_I(inode)->seals & F_SEAL_GROW && end > inode->i_size)
		err = -EPERM;
	if (!err && max_blocks && last - first >= max_blocks)
		return -ENOSPC;
	for (index = first; !err && index <= last; index++) {
		struct page *page = find_lock_page(inode->i_mapping, index);

		/* One that an earlier call promised must survive our undo: it counts as written. */
		if (page)
			make_uptodate(page);
		else
			page = get_page_locked(inode->i_mapping, index);
		if (IS_ERR(page)) {
			err = PTR_ERR(page);
			break;
		}
		set_page_dirty(page);
		unlock_page(page);
		put_page(page);
		if (signal_pending(current))
			err = -EINTR;
		cond_resched();
	}
	if (err)
		undo_allocation(inode, first, index);
	else if (!(mode & FALLOC_FL_KEEP_SIZE) && end > inode->i_size)
		inode->i_size = end;
	return err;
}

static int tmpfs_fallocate(struct file *f, int mode, loff_t offset, loff_t len)
{
	struct inode *inode = f->f_mapping->host;
	int err = 0;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE))
		return -EOPNOTSUPP;
	if (mode & FALLOC_FL_PUNCH_HOLE && !(mode & FALLOC_FL_KEEP_SIZE))
		return -EOPNOTSUPP;
	inode_lock(inode);
	if (mode & FALLOC_FL_PUNCH_HOLE && TMPFS_I(inode)->seals & WRITE_SEALS)
		err = -EPERM;
	else if (mode & FALLOC_FL_PUNCH_HOLE)
		punch_hole(inode, offset, offset + len);
	else
		err = allocate_range(inode, mode, offset, offset + len);
	if (!err)
		err = file_modified(f);
	inode_unlock(inode);
	return err;
}

/* ---- mappings ---- */

/* Is the fault for a pager in user space? Then why: the file has a hole there (VM_UFFD_MISSING), or
   a page, in memory or in swap (VM_UFFD_MINOR); else 0. */
static unsigned long pager_wants(const struct vm_fault *vmf)
{
	unsigned long watched = vmf->vma->vm_flags & VM_UFFD_FLAGS;

	if (likely(!watched) || vmf->flags & FAULT_FLAG_PAGER)
		return 0;
	if (radix_tree_lookup(&vmf->vma->vm_file->f_mapping->pages, vmf->pgoff))
		return watched & VM_UFFD_MINOR;
	return watched & VM_UFFD_MISSING;
}

static vm_fault_t tmpfs_fault(struct vm_fault *vmf)
{
	struct address_space *mapping = vmf->vma->vm_file->f_mapping;
	struct page *page = NULL;
	vm_fault_t major = 0;
	unsigned long reason;

	/* the size is looked at again: getting the page may have slept */
	for (;;) {
		if ((loff_t)vmf->pgoff << PAGE_SHIFT >= mapping->host->i_size) {
			if (page) {
				unlock_page(page);
				put_page(page);
			}
			return VM_FAULT_SIGBUS;
		}
		if (page)
			break;
		reason = pager_wants(vmf);
		if (unlikely(reason))
			return handle_userfault(vmf, reason);
		if (tmpfs_must_read(mapping, vmf->pgoff)) {
			count_vm_event(PGMAJFAULT);
			major = VM_FAULT_MAJOR;
		}
		page = get_page_locked(mapping, vmf->pgoff);
		if (IS_ERR(page))
			return vmf_error(PTR_ERR(page));
	}
	make_uptodate(page);
	vmf->page = page;
	return VM_FAULT_LOCKED | major;
}

/* A pager in user space fills a hole: see vm_operations_struct. */
static int tmpfs_add_page(struct vm_area_struct *vma, pgoff_t pgoff, struct page *page)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	int err;

	tmpfs_recalc_pages(mapping->host);
	if (!page) { /* charge one, and give that back */
		err = charge_page(mapping->host);
		tmpfs_recalc_pages(mapping->host);
		return err ? -ENOMEM : 0;
	}
	if (pgoff >= i_size_pages(mapping->host))
		return -EFAULT;
	err = add_to_page_cache(page, mapping, pgoff, mapping->gfp_mask);
	if (err)
		return err;
	if (charge_added_page(mapping->host, page)) {
		unlock_page(page);
		return -ENOMEM;
	}
	SetPageUptodate(page); /* it is the entry that is dirty, as on Linux */
	return 0;
}

static const struct vm_operations_struct tmpfs_vm_ops = {
	.fault = tmpfs_fault,
	.add_page = tmpfs_add_page,
	.map_around = true,
};

static int tmpfs_mmap(struct file *f, struct vm_area_struct *vma)
{
	int err = seal_check_write(TMPFS_I(f->f_mapping->host)->seals, vma);

	if (err)
		return err;
	file_accessed(f);
	vma->vm_ops = &tmpfs_vm_ops;
	return 0;
}

static unsigned int *tmpfs_seals(struct file *f)
{
	return &TMPFS_I(f->f_mapping->host)->seals;
}

/* A file with a name stays when it is closed. */
static unsigned long tmpfs_held_pages(const struct file *f)
{
	return f->f_inode->i_nlink ? 0 : f->f_inode->i_data.nrpages;
}

const struct file_operations tmpfs_file_fops = {
	.llseek = tmpfs_llseek,
	.read = tmpfs_read,
	.write = generic_file_write,
	.write_iter = generic_file_write_iter,
	.mmap = tmpfs_mmap,
	.fsync = tmpfs_fsync,
	.fallocate = tmpfs_fallocate,
	.held_pages = tmpfs_held_pages,
	.seals = tmpfs_seals,
};

/* ---- attributes ---- */

/* Memory promised for the whole file at once follows its size. -ENOMEM. */
static int reaccount_size(struct tmpfs_inode_info *info, loff_t size)
{
	unsigned long pages = PFN_UP(size);

	if (info->noreserve)
		return 0;
	if (pages > info->reserved && security_vm_enough_memory(pages - info->reserved))
		return -ENOMEM;
	if (pages < info->reserved)
		vm_unacct_memory(info->reserved - pages);
	info->reserved = pages;
	return 0;
}

/* The page that holds the end was written to: its rest is zeros now. */
static void dirty_last_page(struct address_space *mapping, loff_t size)
{
	struct page *page =
		size & (PAGE_SIZE - 1) ? find_get_page(mapping, size >> PAGE_SHIFT) : NULL;

	if (!page)
		return;
	set_page_dirty(page);
	put_page(page);
}

static int change_size(struct inode *inode, loff_t size)
{
	struct tmpfs_inode_info *info = TMPFS_I(inode);
	loff_t oldsize = inode->i_size;
	int err;

	if ((size < oldsize && info->seals & F_SEAL_SHRINK) ||
	    (size > oldsize && info->seals & F_SEAL_GROW))
		return -EPERM;
	err = reaccount_size(info, size);
	if (err)
		return err;
	truncate_setsize(inode, size);
	if (size == oldsize) /* what fallocate reserved after the end is freed nevertheless */
		truncate_inode_pages(inode->i_mapping, size);
	if (size <= oldsize)
		dirty_last_page(inode->i_mapping, size);
	if (size != oldsize)
		inode->i_mtime = inode->i_ctime = current_time();
	tmpfs_recalc_pages(inode);
	return 0;
}

int tmpfs_setattr(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = dentry->d_inode;

	if (attr->ia_valid & ATTR_SIZE && S_ISREG(inode->i_mode)) {
		int err = change_size(inode, attr->ia_size);

		if (err)
			return err;
	}
	setattr_copy(inode, attr);
	return 0;
}
