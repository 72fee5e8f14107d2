/*
 * devtmpfs: one tmpfs whose nodes the kernel makes, one for each registered device. Mounted on /dev
 * after the root file system, and wherever else it is mounted.
 */
#include "kernel/core/panic.h"
#include "kernel/drivers/mem.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/tmpfs/tmpfs.h"
#include "kernel/fs/userfaultfd.h"
#include "libc/include/string.h"

static struct super_block *devtmpfs_sb;

/* Devices that all may use; the others are root's. */
static umode_t device_mode(const char *name)
{
	static const struct {
		const char *name;
		umode_t mode;
	} modes[] = {{"null", 0666},	{"zero", 0666}, {"full", 0666}, {"random", 0666},
		     {"urandom", 0666}, {"tty", 0666},	{"ptmx", 0666}, {"kmsg", 0644}};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		if (!strcmp(modes[i].name, name))
			return modes[i].mode;
	}
	return 0600;
}

int devtmpfs_create_node(const char *name, umode_t type, dev_t dev)
{
	struct qstr qname = {name, strlen(name), 0};
	struct inode *dir = devtmpfs_sb->s_root->d_inode;
	struct dentry *d;
	int err;

	inode_lock(dir);
	d = lookup_locked(devtmpfs_sb->s_root, &qname);
	err = PTR_ERR_OR_ZERO(d);
	if (!err) {
		err = d->d_inode ? -EEXIST : tmpfs_mknod(dir, d, type | device_mode(name), dev);
		dput(d);
	}
	inode_unlock(dir);
	return err;
}

void devtmpfs_delete_node(const char *name, dev_t dev)
{
	struct qstr qname = {name, strlen(name), 0};
	struct inode *dir = devtmpfs_sb->s_root->d_inode;
	struct dentry *d;

	inode_lock(dir);
	d = lookup_locked(devtmpfs_sb->s_root, &qname);
	if (!IS_ERR(d)) {
		/* not what a program has put in its place */
		if (d->d_inode && S_ISBLK(d->d_inode->i_mode) && d->d_inode->i_rdev == dev &&
		    !dir->i_op->unlink(dir, d))
			d_delete(d);
		dput(d);
	}
	inode_unlock(dir);
}

/* There is one: each mount shows the same. */
static struct super_block *devtmpfs_mount(struct file_system_type *type, unsigned long flags,
					  struct block_device *dev, const char *data)
{
	devtmpfs_sb->s_active++;
	return devtmpfs_sb;
}

static struct file_system_type devtmpfs_type = {.name = "devtmpfs", .mount = devtmpfs_mount};

void devtmpfs_init(void)
{
	if (register_filesystem(&devtmpfs_type))
		panic("devtmpfs: registered twice");
	devtmpfs_sb = tmpfs_fill_super(&devtmpfs_type, 0, "mode=0755");
	if (IS_ERR(devtmpfs_sb))
		panic("devtmpfs: no memory");
	mem_devices_init();
	userfaultfd_init();
}

void devtmpfs_mount_dev(void)
{
	int err = do_mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);

	if (err)
		printk(KERN_WARNING "devtmpfs: error mounting %d\n", err);
	else
		printk(KERN_INFO "devtmpfs: mounted\n");
}
