/*
 * Block devices as files: the page cache of the raw device, which file systems read their metadata
 * through and /dev/vda shows. Writes go to the device at once (write-through).
 */
#include "kernel/fs/internal.h"
#include "kernel/fs/uio.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include <linux/fs.h>
#include <linux/magic.h>

#define SECTORS_PER_PAGE (PAGE_SIZE / SECTOR_SIZE)

static struct vfsmount *bdev_mnt;

void bdev_init(void)
{
	bdev_mnt = kern_mount_pseudo("bdev", BDEVFS_MAGIC);
}

static struct block_device *mapping_bdev(const struct address_space *mapping)
{
	return mapping->host->i_bdev;
}

/* Transfer a page's sectors, as many as the device has there. 0 or -errno. */
static int bdev_rw_page(struct block_device *bdev, struct page *page, bool write)
{
	u64 sector = (u64)page->index * SECTORS_PER_PAGE;
	struct bio_vec vec = {page, 0, PAGE_SIZE};

	if (sector >= bdev->nr_sectors)
		return -EIO;
	if (bdev->nr_sectors - sector < SECTORS_PER_PAGE) {
		vec.len = (bdev->nr_sectors - sector) * SECTOR_SIZE;
		if (!write)
			zero_user(page, vec.len, PAGE_SIZE - vec.len);
	}
	return bdev_rw(bdev, write, sector, &vec, 1);
}

static int blkdev_readpage(struct file *file, struct page *page)
{
	int err = bdev_rw_page(mapping_bdev(page->mapping), page, false);

	if (!err)
		SetPageUptodate(page);
	unlock_page(page);
	return err;
}

static int blkdev_write_begin(struct file *file, struct address_space *mapping, loff_t pos,
			      unsigned int len, struct page **pagep)
{
	struct page *page;

	for (;;) {
		page = read_mapping_page(mapping, pos >> PAGE_SHIFT, file);
		if (IS_ERR(page))
			return PTR_ERR(page);
		lock_page(page);
		if (page->mapping == mapping)
			break;
		unlock_page(page);
		put_page(page);
	}
	*pagep = page;
	return 0;
}

static int blkdev_write_end(struct file *file, struct address_space *mapping, loff_t pos,
			    unsigned int len, unsigned int copied, struct page *page)
{
	int err = copied ? bdev_rw_page(mapping_bdev(mapping), page, true) : 0;

	unlock_page(page);
	put_page(page);
	return err ? err : (int)copied;
}

static const struct address_space_operations blkdev_aops = {
	.readpage = blkdev_readpage,
	.write_begin = blkdev_write_begin,
	.write_end = blkdev_write_end,
};

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
	return 0;
}

struct page *bread_page(struct block_device *bdev, u64 block, unsigned int blocksize,
			unsigned int *offset)
{
	u64 pos = block * blocksize;

	if (block > (u64)bdev->inode->i_size / blocksize ||
	    pos + blocksize > (u64)bdev->inode->i_size)
		return ERR_PTR(-EIO);
	*offset = pos & (PAGE_SIZE - 1);
	return read_mapping_page(bdev->inode->i_mapping, pos >> PAGE_SHIFT, NULL);
}

/* ---- the device as a file ---- */

static int blkdev_open(struct inode *inode, struct file *f)
{
	struct block_device *bdev = bdev_by_devt(inode->i_rdev);

	if (!bdev)
		return -ENXIO;
	f->f_mapping = bdev->inode->i_mapping;
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
	return ret;
}

static int blkdev_fsync(struct file *f, loff_t start, loff_t end, int datasync)
{
	return 0; /* written through already */
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
		/* Nothing is dirty, and what is cached is true. */
		return capable() ? 0 : -EACCES;
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
	.fsync = blkdev_fsync,
	.ioctl = blkdev_ioctl,
};
