/*
 * Super blocks, one for each mounted file system, and the registry of file system types.
 */
#include "kernel/core/panic.h"
#include "kernel/fs/internal.h"
#include "kernel/fs/writeback.h"
#include "kernel/lib/bitmap.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/phys/slab.h"
#include "mm/phys/vmalloc.h"

#define NR_ANON_DEVS	 (1UL << MINORBITS)
#define FIRST_ANON_WORDS 8

LIST_HEAD(file_systems);
LIST_HEAD(super_blocks);

/* The numbers 0:N that are in use: a bitmap that grows when it is full. 0:0 is no device. */
static unsigned long first_anon_devs[FIRST_ANON_WORDS] = {1};
static unsigned long *anon_devs = first_anon_devs, nr_anon_devs = FIRST_ANON_WORDS * BITS_PER_LONG;

int register_filesystem(struct file_system_type *type)
{
	if (get_fs_type(type->name))
		return -EBUSY;
	list_add_tail(&type->list, &file_systems);
	return 0;
}

struct file_system_type *get_fs_type(const char *name)
{
	struct file_system_type *type;

	list_for_each_entry (type, &file_systems, list) {
		if (!strcmp(type->name, name))
			return type;
	}
	return NULL;
}

/* Twice as many numbers. 0, -ENOMEM, or -EMFILE if no device has a higher one. May sleep. */
static int grow_anon_devs(void)
{
	unsigned long before = nr_anon_devs, bytes = before / BITS_PER_BYTE, *old, *bigger;

	if (before >= NR_ANON_DEVS)
		return -EMFILE;
	bigger = kvmalloc(2 * bytes);
	if (!bigger)
		return -ENOMEM;
	if (nr_anon_devs != before) { /* another task has done it meanwhile */
		kvfree(bigger);
		return 0;
	}
	old = anon_devs;
	memcpy(bigger, old, bytes);
	memset((char *)bigger + bytes, 0, bytes);
	anon_devs = bigger;
	nr_anon_devs = 2 * before;
	if (old != first_anon_devs)
		kvfree(old);
	return 0;
}

/* A number 0:N for a file system without a device. 0 or -errno; may sleep. */
static int get_anon_bdev(dev_t *dev)
{
	unsigned long minor;

	while ((minor = find_first_zero_bit(anon_devs, nr_anon_devs)) >= nr_anon_devs) {
		int err = grow_anon_devs();

		if (err)
			return err;
	}
	set_bit(minor, anon_devs);
	*dev = MKDEV(0, minor);
	return 0;
}

static void free_anon_bdev(dev_t dev)
{
	if (!MAJOR(dev) && MINOR(dev))
		clear_bit(MINOR(dev), anon_devs);
}

static const struct super_operations default_sops;

struct super_block *alloc_super(struct file_system_type *type, unsigned long flags)
{
	struct super_block *sb = kzalloc(sizeof(*sb), GFP_KERNEL);

	if (!sb)
		return NULL;
	if (!type->requires_dev && get_anon_bdev(&sb->s_dev)) {
		kfree(sb);
		return NULL;
	}
	sb->s_type = type;
	sb->s_flags = flags & SB_FLAGS;
	sb->s_op = &default_sops;
	sb->s_blocksize = PAGE_SIZE;
	sb->s_maxbytes = MAX_NON_LFS;
	sb->s_active = 1;
	sb->s_time_min = INT64_MIN;
	sb->s_time_max = INT64_MAX;
	sb->s_count = 1;
	init_rwsem(&sb->s_umount);
	INIT_LIST_HEAD(&sb->s_inodes);
	INIT_LIST_HEAD(&sb->s_inode_lru);
	INIT_LIST_HEAD(&sb->s_dirty);
	list_add_tail(&sb->s_list, &super_blocks);
	return sb;
}

/* The last reference to the structure frees it. */
static void put_super(struct super_block *sb)
{
	if (--sb->s_count)
		return;
	list_del(&sb->s_list);
	kfree(sb);
}

/* Nothing uses the file system any more: bring it to the disk, and let go of what it has in memory.
 */
static void generic_shutdown_super(struct super_block *sb)
{
	if (sb->s_root)
		shrink_dcache_for_umount(sb);
	sync_filesystem(sb);
	evict_inodes(sb);
	if (!list_empty(&sb->s_inodes))
		printk(KERN_WARNING "VFS: busy inodes after unmounting a %s\n", sb->s_type->name);
	if (sb->s_op->put_super)
		sb->s_op->put_super(sb);
	if (sb->s_claim)
		blkdev_put(sb->s_bdev, sb->s_type);
	free_anon_bdev(sb->s_dev);
}

void deactivate_super(struct super_block *sb)
{
	if (--sb->s_active)
		return;
	down_write(&sb->s_umount);
	generic_shutdown_super(sb);
	up_write(&sb->s_umount);
	put_super(sb);
}

void iterate_supers(void (*fn)(struct super_block *sb, void *arg), void *arg, bool wait)
{
	struct super_block *sb, *last = NULL;

	/* each is kept on the list until the next one is found: fn may sleep */
	list_for_each_entry (sb, &super_blocks, s_list) {
		if (!sb->s_active)
			continue;
		sb->s_count++;
		if (last)
			put_super(last);
		last = sb;
		if (wait)
			down_read(&sb->s_umount);
		else if (!down_read_trylock(&sb->s_umount))
			continue;
		if (sb->s_active && sb->s_root)
			fn(sb, arg);
		up_read(&sb->s_umount);
	}
	if (last)
		put_super(last);
}

/* The super block of a device that is mounted already, with a reference, or NULL. One that is being
   unmounted is waited for: its last writes must be on the disk before the disk is read again. */
static struct super_block *find_super(struct file_system_type *type, struct block_device *bdev)
{
	struct super_block *sb;

again:
	list_for_each_entry (sb, &super_blocks, s_list) {
		if (!bdev || sb->s_bdev != bdev || sb->s_type != type || !sb->s_root)
			continue;
		if (sb->s_active) {
			sb->s_active++;
			return sb;
		}
		sb->s_count++;
		down_read(&sb->s_umount);
		up_read(&sb->s_umount);
		put_super(sb);
		goto again;
	}
	return NULL;
}

int fsync_bdev(struct block_device *bdev)
{
	struct super_block *sb;
	int err;

	list_for_each_entry (sb, &super_blocks, s_list) {
		if (sb->s_bdev != bdev || !sb->s_active || !sb->s_root)
			continue;
		sb->s_active++;
		down_read(&sb->s_umount);
		err = sync_filesystem(sb);
		up_read(&sb->s_umount);
		deactivate_super(sb);
		return err;
	}
	return sync_blockdev(bdev);
}

/* One at a time: two of the same device share a super block, and the first may sleep while it
 * reads. */
static DEFINE_MUTEX(mount_mutex);

static struct super_block *mount_fs_locked(struct file_system_type *type, unsigned long flags,
					   struct block_device *bdev, const char *data)
{
	struct super_block *sb = find_super(type, bdev);
	int err;

	if (sb) {
		if ((flags ^ sb->s_flags) & MS_RDONLY) {
			deactivate_super(sb);
			return ERR_PTR(-EBUSY);
		}
		return sb;
	}
	if (!bdev)
		return type->mount(type, flags, NULL, data);
	if (bdev->read_only && !(flags & MS_RDONLY))
		return ERR_PTR(-EACCES);
	err = blkdev_get(bdev, type);
	if (err)
		return ERR_PTR(err);
	sb = type->mount(type, flags, bdev, data);
	if (IS_ERR(sb)) {
		blkdev_put(bdev, type);
		return sb;
	}
	sb->s_claim = true;
	sb->s_bdev = bdev;
	sb->s_dev = bdev->dev;
	return sb;
}

struct super_block *mount_fs(struct file_system_type *type, unsigned long flags,
			     struct block_device *bdev, const char *data)
{
	struct super_block *sb;

	mutex_lock(&mount_mutex);
	sb = mount_fs_locked(type, flags, bdev, data);
	mutex_unlock(&mount_mutex);
	return sb;
}

/* ---- file systems of nameless files (pipes): mounted nowhere ---- */

static int pseudo_statfs(struct super_block *sb, struct kstatfs *buf)
{
	buf->f_type = sb->s_magic;
	buf->f_bsize = PAGE_SIZE;
	buf->f_namelen = NAME_MAX_KERNEL;
	return 0;
}

static const struct super_operations pseudo_sops = {.statfs = pseudo_statfs};

struct vfsmount *kern_mount_super(struct super_block *sb)
{
	struct vfsmount *mnt = kzalloc(sizeof(*mnt), GFP_KERNEL);

	if (!mnt)
		panic("VFS: no memory for a mount of %s", sb->s_type->name);
	mnt->mnt_sb = sb;
	mnt->mnt_root = dget(sb->s_root);
	mnt->mnt_parent = mnt;
	mnt->mnt_mountpoint = mnt->mnt_root;
	mnt->mnt_count = 1;
	INIT_LIST_HEAD(&mnt->mnt_list);
	sb->s_kern_mnt = mnt;
	return mnt;
}

struct vfsmount *kern_mount_pseudo(const char *name, unsigned long magic)
{
	struct file_system_type *type = kzalloc(sizeof(*type), GFP_KERNEL);
	struct super_block *sb = type ? alloc_super(type, 0) : NULL;
	struct inode *root = sb ? new_inode(sb) : NULL;

	if (!root)
		panic("VFS: no memory for %s", name);
	type->name = name;
	list_add_tail(&type->list, &file_systems);
	sb->s_op = &pseudo_sops;
	sb->s_magic = magic;
	sb->s_maxbytes = MAX_LFS_FILESIZE;
	root->i_mode = S_IFDIR | S_IRUSR | S_IWUSR;
	root->i_ino = get_next_ino();
	sb->s_root = d_make_root(root);
	if (!sb->s_root)
		panic("VFS: no memory for %s", name);
	return kern_mount_super(sb);
}
