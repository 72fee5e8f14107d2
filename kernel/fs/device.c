/*
 * Devices by number: the registry of character and block devices, and what happens when a device
 * node is opened.
 */
#include "kernel/fs/internal.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/phys/slab.h"

struct char_device {
	struct list_head list;
	dev_t dev;
	const char *name;
	const struct file_operations *fop;
};

LIST_HEAD(all_bdevs);
static LIST_HEAD(all_cdevs);

static struct char_device *find_cdev(dev_t dev)
{
	struct char_device *cd;

	list_for_each_entry (cd, &all_cdevs, list) {
		if (cd->dev == dev)
			return cd;
	}
	return NULL;
}

int register_chrdev(unsigned int major, unsigned int minor, const char *name,
		    const struct file_operations *fop)
{
	struct char_device *cd;

	if (find_cdev(MKDEV(major, minor)))
		return -EBUSY;
	cd = kmalloc(sizeof(*cd), GFP_KERNEL);
	if (!cd)
		return -ENOMEM;
	cd->dev = MKDEV(major, minor);
	cd->name = name;
	cd->fop = fop;
	list_add_tail(&cd->list, &all_cdevs);
	return devtmpfs_create_node(name, S_IFCHR, cd->dev);
}

const char *next_chrdev(dev_t *dev)
{
	const struct char_device *cd, *best = NULL;

	list_for_each_entry (cd, &all_cdevs, list) {
		if (cd->dev >= *dev && (!best || cd->dev < best->dev))
			best = cd;
	}
	if (!best)
		return NULL;
	*dev = best->dev;
	return best->name;
}

/* A disk comes last, a partition behind its disk's partitions with lower numbers. */
static struct list_head *place_of_bdev(const struct block_device *bdev)
{
	struct list_head *at = all_bdevs.prev;

	if (bdev_is_partition(bdev)) {
		at = &bdev->bd_whole->list;
		while (at->next != &all_bdevs) {
			struct block_device *next = list_entry(at->next, struct block_device, list);

			if (next->bd_whole != bdev->bd_whole || next->bd_partno > bdev->bd_partno)
				break;
			at = at->next;
		}
	}
	return at;
}

int add_bdev(struct block_device *bdev)
{
	int err;

	if (bdev_by_devt(bdev->dev))
		return -EBUSY;
	err = bdev_setup_inode(bdev);
	if (err)
		return err;
	list_add(&bdev->list, place_of_bdev(bdev));
	err = devtmpfs_create_node(bdev->name, S_IFBLK, bdev->dev);
	if (err)
		list_del(&bdev->list);
	return err;
}

void del_bdev(struct block_device *bdev)
{
	list_del(&bdev->list);
	devtmpfs_delete_node(bdev->name, bdev->dev);
}

int register_blkdev(struct block_device *disk)
{
	int err;

	mutex_init(&disk->bd_mutex);
	disk->bd_whole = disk;
	err = add_bdev(disk);
	if (err) {
		if (disk->inode) /* the driver is going to free the disk */
			iput(disk->inode);
		return err;
	}
	blkdev_get(disk, NULL);
	mutex_lock(&disk->bd_mutex);
	bdev_disk_changed(disk); /* without partitions it is a disk all the same */
	mutex_unlock(&disk->bd_mutex);
	blkdev_put(disk, NULL);
	return 0;
}

unsigned long nr_blockdev_pages(void)
{
	struct block_device *bdev;
	unsigned long pages = 0;

	list_for_each_entry (bdev, &all_bdevs, list)
		pages += bdev->inode->i_mapping->nrpages;
	return pages;
}

struct block_device *bdev_by_devt(dev_t dev)
{
	struct block_device *bdev;

	list_for_each_entry (bdev, &all_bdevs, list) {
		if (bdev->dev == dev)
			return bdev;
	}
	return NULL;
}

struct block_device *lookup_bdev(const char *path)
{
	static const char dir[] = "/dev/";
	struct block_device *bdev;

	if (!strncmp(path, dir, sizeof(dir) - 1))
		path += sizeof(dir) - 1;
	list_for_each_entry (bdev, &all_bdevs, list) {
		if (!strcmp(bdev->name, path))
			return bdev;
	}
	return NULL;
}

static int chrdev_open(struct inode *inode, struct file *f)
{
	struct char_device *cd = find_cdev(inode->i_rdev);

	if (!cd)
		return -ENXIO;
	f->f_op = cd->fop;
	return f->f_op->open ? f->f_op->open(inode, f) : 0;
}

/* The real operations take its place at open. */
const struct file_operations def_chr_fops = {.open = chrdev_open};
