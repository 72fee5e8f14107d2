/*
 * Block devices as files: /dev/vda. Its bytes are in the device's page cache (bdev_cache.c).
 */
#include "kernel/fs/internal.h"
#include "kernel/fs/uio.h"
#include "kernel/fs/writeback.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include <linux/fs.h>
#include <linux/magic.h>

static struct vfsmount *bdev_mnt;

void bdev_init(void)
{
	bdev_mnt = kern_mount_pseudo("bdev", BDEVFS_MAGIC);
	bdev_mnt->mnt_sb->s_writeback = true;
}

static struct block_device *mapping_bdev(const struct address_space *mapping)
{
	return mapping->host->i_bdev;
}

int bdev_setup_inode(struct block_device *bdev)
{
	struct inode *inode = new_inode(bdev_mnt->mnt_sb);

	if (!inode)
		return -ENOMEM;
	inode->i_mode = S_IFBLK | S_IRUSR | S_IWUSR;
	inode->i_rdev = bdev->dev;
	inode->i_ino = get_next_ino();
	inode->i_bdev = bdev;
	inode->i_size = bdev->nr_sectors * SECTOR_SIZE;
	inode->i_data.a_ops = &blkdev_aops;
	bdev->inode = inode;
	mutex_init(&bdev->bd_mutex);
	return 0;
}

/* ---- who uses it ---- */

static int try_to_claim(struct block_device *bdev, const void *holder)
{
	if (bdev->bd_holder && bdev->bd_holder != holder)
		return -EBUSY;
	bdev->bd_holder = holder;
	bdev->bd_holders++;
	return 0;
}

int blkdev_get(struct block_device *bdev, const void *holder)
{
	int err = 0;

	mutex_lock(&bdev->bd_mutex);
	if (holder)
		err = try_to_claim(bdev, holder);
	if (!err)
		bdev->bd_openers++;
	mutex_unlock(&bdev->bd_mutex);
	return err;
}

void blkdev_put(struct block_device *bdev, const void *holder)
{
	mutex_lock(&bdev->bd_mutex);
	if (holder && !--bdev->bd_holders)
		bdev->bd_holder = NULL;
	if (bdev->bd_openers == 1) {
		sync_blockdev(bdev);
		truncate_inode_pages(bdev->inode->i_mapping, 0);
	}
	bdev->bd_openers--;
	mutex_unlock(&bdev->bd_mutex);
}

/* ---- the device as a file ---- */

/* With O_EXCL the file holds the device; private_data says that it does. */
static int blkdev_open(struct inode *inode, struct file *f)
{
	struct block_device *bdev = bdev_by_devt(inode->i_rdev);
	int err;

	if (!bdev)
		return -ENXIO;
	f->private_data = f->f_flags & O_EXCL ? f : NULL;
	err = blkdev_get(bdev, f->private_data);
	if (!err)
		f->f_mapping = bdev->inode->i_mapping;
	return err;
}

static int blkdev_release(struct inode *inode, struct file *f)
{
	blkdev_put(mapping_bdev(f->f_mapping), f->private_data);
	return 0;
}

/* A device has no end to append at and no size to pass: it is written to where one stands. */
static ssize_t blkdev_write(struct file *f, const char __user *buf, size_t len, loff_t *ppos)
{
	struct inode *inode = f->f_mapping->host;
	struct iov_iter iter;
	struct iovec iov;
	ssize_t ret;

	if (mapping_bdev(f->f_mapping)->read_only)
		return -EPERM;
	if (!len)
		return 0;
	if (*ppos >= inode->i_size)
		return -ENOSPC;
	iov_iter_ubuf(&iter, &iov, buf, min((loff_t)len, inode->i_size - *ppos));
	inode_lock(inode);
	ret = file_modified(f);
	if (!ret)
		ret = generic_perform_write(f, &iter, ppos);
	inode_unlock(inode);
	return generic_write_sync(f, *ppos, ret, 0);
}

static int blkdev_fsync(struct file *f, loff_t start, loff_t end, int datasync)
{
	int err = filemap_write_and_wait_range(f->f_mapping, start, end);
	int wb_err = file_check_and_advance_wb_err(f);

	if (!err)
		err = wb_err;
	return err ? err : blkdev_issue_flush(mapping_bdev(f->f_mapping));
}

static int flush_buffers(struct block_device *bdev)
{
	if (!capable())
		return -EACCES;
	fsync_bdev(bdev);
	invalidate_mapping_pages(bdev->inode->i_mapping, 0, ~0UL);
	return 0;
}

static long blkdev_ioctl(struct file *f, unsigned int cmd, unsigned long arg)
{
	struct block_device *bdev = mapping_bdev(f->f_mapping);

	switch (cmd) {
	case BLKGETSIZE64:
		return put_user((u64)bdev->nr_sectors * SECTOR_SIZE, (u64 __user *)arg);
	case BLKGETSIZE:
		if (bdev->nr_sectors > (unsigned long)-1)
			return -EFBIG;
		return put_user((unsigned long)bdev->nr_sectors, (unsigned long __user *)arg);
	case BLKSSZGET:
		return put_user(SECTOR_SIZE, (int __user *)arg);
	case BLKPBSZGET:
		return put_user((unsigned int)SECTOR_SIZE, (unsigned int __user *)arg);
	case BLKBSZGET:
		return put_user((int)PAGE_SIZE, (int __user *)arg);
	case BLKROGET:
		return put_user((int)bdev->read_only, (int __user *)arg);
	case BLKFLSBUF:
		return flush_buffers(bdev);
	default:
		return -ENOTTY;
	}
}

const struct file_operations def_blk_fops = {
	.llseek = generic_file_llseek,
	.read = generic_file_read,
	.write = blkdev_write,
	.mmap = generic_file_mmap,
	.open = blkdev_open,
	.release = blkdev_release,
	.fsync = blkdev_fsync,
	.ioctl = blkdev_ioctl,
};
