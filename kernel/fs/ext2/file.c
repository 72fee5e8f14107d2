/*
 * Regular files: what open files and mappings of them can do.
 */
#include "kernel/fs/ext2/ext2.h"
#include "mm/fault.h"
#include "mm/mm_types.h"
#include <linux/errno.h>

/* A mapped page is going to be written: its blocks are found now, so that a full disk is a signal
   to the writer and not a loss later. */
static vm_fault_t ext2_page_mkwrite(struct vm_fault *vmf)
{
	struct inode *inode = vmf->vma->vm_file->f_mapping->host;
	vm_fault_t ret = filemap_lock_page_for_write(vmf);
	struct page *page = vmf->page;
	bool fresh;
	loff_t bytes;
	int err;

	if (!(ret & VM_FAULT_LOCKED))
		return ret;
	bytes = min_t(loff_t, inode->i_size - ((loff_t)page->index << PAGE_SHIFT), PAGE_SIZE);
	err = ext2_map_page(inode, page, 0, bytes, &fresh);
	if (!err) {
		set_page_dirty(page);
		return ret;
	}
	unlock_page(page);
	return vmf_error(err);
}

static const struct vm_operations_struct ext2_file_vm_ops = {
	.fault = filemap_fault,
	.page_mkwrite = ext2_page_mkwrite,
	.map_around = true,
};

static int ext2_file_mmap(struct file *f, struct vm_area_struct *vma)
{
	int err = generic_file_mmap(f, vma);

	if (!err)
		vma->vm_ops = &ext2_file_vm_ops;
	return err;
}

/* Who closes a file that was written to does not let it grow soon. */
static int ext2_release(struct inode *inode, struct file *f)
{
	if (f->f_mode & FMODE_WRITE)
		ext2_discard_reservation(inode);
	return 0;
}

const struct file_operations ext2_file_operations = {
	.llseek = ext2_file_llseek,
	.read = generic_file_read,
	.write = generic_file_write,
	.write_iter = generic_file_write_iter,
	.mmap = ext2_file_mmap,
	.release = ext2_release,
	.fsync = ext2_fsync,
	.fallocate = ext2_fallocate,
	.ioctl = ext2_ioctl,
};
