/*
 * ioctl on block devices.
 */
#include "kernel/fs/internal.h"
#include <linux/fs.h>
#include <linux/hdreg.h>

/* Those that change something are for the administrator, and fail with another error than most. */
static int check_admin(void)
{
	return capable() ? 0 : -EACCES;
}

static int blkdev_flushbuf(struct block_device *bdev)
{
	int err = check_admin();

	if (err)
		return err;
	fsync_bdev(bdev);
	invalidate_mapping_pages(bdev->inode->i_mapping, 0, ~0UL);
	return 0;
}

static int blkdev_roset(struct block_device *bdev, const int __user *arg)
{
	int err = check_admin(), on;

	if (err)
		return err;
	if (get_user(on, arg))
		return -EFAULT;
	bdev->read_only = on || bdev->queue->read_only;
	return 0;
}

static int blkdev_raset(struct block_device *bdev, unsigned long sectors)
{
	int err = check_admin();

	if (!err)
		bdev->queue->ra_pages = sectors / (PAGE_SIZE / SECTOR_SIZE);
	return err;
}

static int blkdev_bszset(struct block_device *bdev, const int __user *arg)
{
	int err = check_admin(), size;

	if (err)
		return err;
	if (!arg)
		return -EINVAL;
	if (get_user(size, arg))
		return -EFAULT;
	if (size < SECTOR_SIZE || size > (int)PAGE_SIZE || !is_power_of_2(size))
		return -EINVAL;
	bdev->inode->i_blkbits = fls(size) - 1;
	return 0;
}

static int blkdev_getgeo(struct block_device *bdev, struct hd_geometry __user *arg)
{
	struct hd_geometry geo;

	if (!arg)
		return -EINVAL;
	if (!bdev->ops->getgeo)
		return -ENOTTY;
	memset(&geo, 0, sizeof(geo));
	bdev->ops->getgeo(bdev->bd_whole, &geo);
	geo.start = bdev->bd_start_sect;
	return copy_to_user(arg, &geo, sizeof(geo)) ? -EFAULT : 0;
}

static int blkdev_reread_part(struct block_device *bdev, struct file *f)
{
	int err = check_admin();

	if (err)
		return err;
	if (bdev_is_partition(bdev))
		return -EINVAL;
	/* who holds the disk may; others must be able to */
	if (!f->private_data)
		err = blkdev_get(bdev, f);
	if (err)
		return err;
	mutex_lock(&bdev->bd_mutex);
	err = bdev_disk_changed(bdev);
	mutex_unlock(&bdev->bd_mutex);
	if (!f->private_data)
		blkdev_put(bdev, f);
	return err;
}

static long put_long(unsigned long arg, unsigned long value)
{
	return arg ? put_user(value, (unsigned long __user *)arg) : -EINVAL;
}

/* What only tells. -ENOIOCTLCMD: it is none of these. */
static long blkdev_tell(struct block_device *bdev, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case BLKGETSIZE64:
		return put_user(bdev->nr_sectors * SECTOR_SIZE, (u64 __user *)arg);
	case BLKGETSIZE:
		if (bdev->nr_sectors > (unsigned long)-1)
			return -EFBIG;
		return put_user((unsigned long)bdev->nr_sectors, (unsigned long __user *)arg);
	case BLKSSZGET:
		return put_user(SECTOR_SIZE, (int __user *)arg);
	case BLKPBSZGET:
	case BLKIOMIN:
		return put_user((unsigned int)SECTOR_SIZE, (unsigned int __user *)arg);
	case BLKIOOPT:
	case BLKDISCARDZEROES:
		return put_user(0U, (unsigned int __user *)arg);
	case BLKALIGNOFF:
		return put_user(0, (int __user *)arg);
	case BLKROTATIONAL:
		return put_user((unsigned short)1, (unsigned short __user *)arg);
	case BLKSECTGET:
		return put_user((unsigned short)min(bdev->queue->limits.max_sectors, 0xffffU),
				(unsigned short __user *)arg);
	case BLKBSZGET:
		return put_user((int)i_blocksize(bdev->inode), (int __user *)arg);
	case BLKROGET:
		return put_user((int)bdev->read_only, (int __user *)arg);
	case BLKRAGET:
	case BLKFRAGET:
		return put_long(arg, bdev->queue->ra_pages * (PAGE_SIZE / SECTOR_SIZE));
	case HDIO_GETGEO:
		return blkdev_getgeo(bdev, (struct hd_geometry __user *)arg);
	default:
		return -ENOTTY;
	}
}

long blkdev_ioctl(struct file *f, unsigned int cmd, unsigned long arg)
{
	struct block_device *bdev = f->f_mapping->host->i_bdev;

	switch (cmd) {
	case BLKFLSBUF:
		return blkdev_flushbuf(bdev);
	case BLKROSET:
		return blkdev_roset(bdev, (const int __user *)arg);
	case BLKRASET:
	case BLKFRASET:
		return blkdev_raset(bdev, arg);
	case BLKBSZSET:
		return blkdev_bszset(bdev, (const int __user *)arg);
	case BLKRRPART:
		return blkdev_reread_part(bdev, f);
	default:
		return blkdev_tell(bdev, cmd, arg);
	}
}
