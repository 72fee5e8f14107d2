/*
 * Block devices as files: /dev/vda. Its bytes are in the device's page cache (bdev_cache.c).
 */
#include "kernel/fs/internal.h"
#include "kernel/fs/uio.h"
#include "kernel/fs/writeback.h"
#include "mm/mm_types.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
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
	struct inode *inode = bdev->inode ? bdev->inode : new_inode(bdev_mnt->mnt_sb);

	if (!inode)
		return -ENOMEM;
	inode->i_mode = S_IFBLK | S_IRUSR | S_IWUSR;
	inode->i_rdev = bdev->dev;
	inode->i_ino = get_next_ino();
	inode->i_bdev = bdev;
	inode->i_size = bdev->nr_sectors * SECTOR_SIZE;
	inode->i_data.a_ops = &blkdev_aops;
	/* file systems read their blocks with locks held */
	/* a file system that could not read its metadata for lack of memory would look damaged */
	inode->i_data.gfp_mask = GFP_NOFS | __GFP_HIGHMEM | __GFP_NOFAIL;
	inode->i_data.pages.gfp_mask = GFP_NOFS | __GFP_NOFAIL;
	/* the largest blocks that make up the whole device */
	inode->i_blkbits = SECTOR_SHIFT;
	while (inode->i_blkbits < PAGE_SHIFT && !(inode->i_size & i_blocksize(inode)))
		inode->i_blkbits++;
	bdev->inode = inode;
	return 0;
}

/* ---- who uses it ---- */

/* The holder of a disk of which partitions are held: it excludes a holder of the disk itself, not
   of another partition. */
static const char partitions_held;

static bool may_claim(const struct block_device *bdev, const void *holder)
{
	const void *whole_holder = bdev->bd_whole->bd_holder;

	if (bdev->bd_holder)
		return bdev->bd_holder == holder;
	return !whole_holder || whole_holder == &partitions_held;
}

static void claim(struct block_device *bdev, const void *holder)
{
	bdev->bd_holder = holder;
	bdev->bd_holders++;
}

static void release_claim(struct block_device *bdev)
{
	if (!--bdev->bd_holders)
		bdev->bd_holder = NULL;
}

int blkdev_get(struct block_device *bdev, const void *holder)
{
	struct block_device *whole = bdev->bd_whole;
	int err = 0;

	mutex_lock(&whole->bd_mutex);
	if (holder && !may_claim(bdev, holder)) {
		err = -EBUSY;
	} else {
		if (holder)
			claim(bdev, holder);
		if (holder && bdev != whole)
			claim(whole, &partitions_held);
		bdev->bd_openers++;
		if (bdev != whole) {
			whole->bd_openers++;
			whole->open_partitions++;
		}
	}
	mutex_unlock(&whole->bd_mutex);
	return err;
}

/* One user less. The last one leaves nothing in memory. */
static void put_opener(struct block_device *bdev)
{
	if (bdev->bd_openers == 1) {
		sync_blockdev(bdev);
		truncate_inode_pages(bdev->inode->i_mapping, 0);
	}
	bdev->bd_openers--;
}

void blkdev_put(struct block_device *bdev, const void *holder)
{
	struct block_device *whole = bdev->bd_whole;

	mutex_lock(&whole->bd_mutex);
	if (holder)
		release_claim(bdev);
	if (holder && bdev != whole)
		release_claim(whole);
	put_opener(bdev);
	if (bdev != whole) {
		put_opener(whole);
		whole->open_partitions--;
	}
	mutex_unlock(&whole->bd_mutex);
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

/*
 * O_DIRECT: whole sectors to or from memory that is aligned like them. They pass through the page
 * cache all the same, but before and after they are nowhere else than on the device.
 */
static bool is_unaligned(const struct file *f, const char __user *buf, size_t len, loff_t pos)
{
	return f->f_flags & O_DIRECT && (pos | (unsigned long)buf | len) % SECTOR_SIZE;
}

static int leave_cache(struct file *f, loff_t start, size_t len)
{
	loff_t end = start + len - 1;
	int err;

	if (!(f->f_flags & O_DIRECT) || !len)
		return 0;
	err = filemap_write_and_wait_range(f->f_mapping, start, end);
	invalidate_mapping_pages(f->f_mapping, start >> PAGE_SHIFT, end >> PAGE_SHIFT);
	return err;
}

static ssize_t blkdev_read(struct file *f, char __user *buf, size_t len, loff_t *ppos)
{
	loff_t size = f->f_mapping->host->i_size;
	int err;

	if (*ppos >= size)
		return 0;
	len = min_t(loff_t, len, size - *ppos);
	if (is_unaligned(f, buf, len, *ppos))
		return -EINVAL;
	err = leave_cache(f, *ppos, len);
	return err ? err : generic_file_read(f, buf, len, ppos);
}

/* A device has no end to append at and no size to pass: it is written to where one stands. */
static ssize_t blkdev_write(struct file *f, const char __user *buf, size_t len, loff_t *ppos)
{
	struct inode *inode = f->f_mapping->host;
	struct iov_iter iter;
	loff_t start = *ppos;
	struct iovec iov;
	ssize_t ret;
	int err;

	if (mapping_bdev(f->f_mapping)->read_only)
		return -EPERM;
	if (IS_SWAPFILE(inode))
		return -ETXTBSY;
	if (!len)
		return 0;
	if (*ppos >= inode->i_size)
		return -ENOSPC;
	len = min_t(loff_t, len, inode->i_size - *ppos);
	if (is_unaligned(f, buf, len, *ppos))
		return -EINVAL;
	iov_iter_ubuf(&iter, &iov, buf, len);
	inode_lock(inode);
	ret = file_modified(f);
	if (!ret)
		ret = generic_perform_write(f, &iter, ppos);
	inode_unlock(inode);
	err = ret > 0 ? leave_cache(f, start, ret) : 0;
	return err ? err : generic_write_sync(f, *ppos, ret, 0);
}

static int blkdev_fsync(struct file *f, loff_t start, loff_t end, int datasync)
{
	int err = filemap_write_and_wait_range(f->f_mapping, start, end);
	int wb_err = file_check_and_advance_wb_err(f);

	if (!err)
		err = wb_err;
	return err ? err : blkdev_issue_flush(mapping_bdev(f->f_mapping));
}

static int blkdev_mmap(struct file *f, struct vm_area_struct *vma)
{
	if (mapping_bdev(f->f_mapping)->read_only && vma->vm_flags & VM_SHARED &&
	    vma->vm_flags & VM_MAYWRITE)
		return -EINVAL;
	return generic_file_mmap(f, vma);
}

const struct file_operations def_blk_fops = {
	.llseek = generic_file_llseek,
	.read = blkdev_read,
	.write = blkdev_write,
	.mmap = blkdev_mmap,
	.open = blkdev_open,
	.release = blkdev_release,
	.fsync = blkdev_fsync,
	.ioctl = blkdev_ioctl,
};
