/*
 * Starting the VFS, and mounting the root file system that root= on the kernel's command line
 * names.
 */
#include "kernel/core/cmdline.h"
#include "kernel/core/panic.h"
#include "kernel/fs/anon_inodes.h"
#include "kernel/fs/internal.h"
#include "kernel/fs/nsfs.h"
#include "kernel/fs/writeback.h"
#include "kernel/lib/kstrtox.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"

#define ROOT_NAME_MAX 64
#define ROOT_LIST_MAX 256

void vfs_init(void)
{
	dcache_init();
	inode_init();
	writeback_init();
	files_init();
	tmpfs_init(); /* first: its files without a name are on device 0:1, as in Linux */
	pipe_init();
	nsfs_init();
	anon_inodes_init();
	bdev_init();
	devtmpfs_init();
}

/* "maj:min" or a hexadecimal number of 8 bits of minor and the rest major, as Linux takes them. */
static struct block_device *root_by_number(const char *name)
{
	const char *colon = strchr(name, ':');
	unsigned int number, minor;
	char major_text[8];

	if (colon && (size_t)(colon - name) < sizeof(major_text)) {
		memcpy(major_text, name, colon - name);
		major_text[colon - name] = '\0';
		if (kstrtouint(major_text, 10, &number) || kstrtouint(colon + 1, 10, &minor))
			return NULL;
		return bdev_by_devt(MKDEV(number, minor));
	}
	if (kstrtouint(name, 16, &number))
		return NULL;
	return bdev_by_devt(new_decode_dev(number));
}

/* The device to mount, and what to call it in messages. */
static struct block_device *root_device(char name[ROOT_NAME_MAX])
{
	struct block_device *bdev;

	if (cmdline_get("root", name, ROOT_NAME_MAX) < 0) {
		/* Nothing asked for: the first disk there is. */
		if (list_empty(&all_bdevs)) {
			strlcpy(name, "(no root= given)", ROOT_NAME_MAX);
			return NULL;
		}
		bdev = list_first_entry(&all_bdevs, struct block_device, list);
		snprintf(name, ROOT_NAME_MAX, "/dev/%s", bdev->name);
		return bdev;
	}
	bdev = lookup_bdev(name);
	return bdev ? bdev : root_by_number(name);
}

static void __noreturn panic_no_root(const char *name, int err)
{
	char list[ROOT_LIST_MAX] = "";
	struct block_device *bdev;
	size_t used = 0;

	list_for_each_entry (bdev, &all_bdevs, list) {
		int n = snprintf(list + used, sizeof(list) - used, " %s (%u:%u, %llu KiB)",
				 bdev->name, MAJOR(bdev->dev), MINOR(bdev->dev),
				 (unsigned long long)bdev->nr_sectors / 2);

		if (n < 0 || (size_t)n >= sizeof(list) - used)
			break;
		used += n;
	}
	panic("VFS: Unable to mount root fs on \"%s\" (error %d); devices:%s", name, -err,
	      used ? list : " none");
}

/* Try the file system types one after the other, or the one that rootfstype= names. */
static struct super_block *mount_root_fs(struct block_device *bdev, unsigned long flags)
{
	struct super_block *sb = ERR_PTR(-ENODEV);
	struct file_system_type *type;
	char wanted[ROOT_NAME_MAX];
	bool any = cmdline_get("rootfstype", wanted, sizeof(wanted)) < 0;

	list_for_each_entry (type, &file_systems, list) {
		if (!type->requires_dev || (!any && strcmp(type->name, wanted)))
			continue;
		sb = mount_fs(type, flags, bdev, NULL);
		if (!IS_ERR(sb))
			break;
	}
	return sb;
}

static void set_root(struct fs_struct *fs, struct vfsmount *mnt)
{
	struct path root = {mnt, mnt->mnt_root};

	path_get(&root);
	path_get(&root);
	fs->root = fs->pwd = root;
}

void mount_root(void)
{
	unsigned long flags = cmdline_has("rw") ? 0 : MS_RDONLY;
	char name[ROOT_NAME_MAX];
	struct block_device *bdev = root_device(name);
	struct super_block *sb;
	struct vfsmount *mnt;

	if (!bdev)
		panic_no_root(name, -ENODEV);
	sb = mount_root_fs(bdev, flags);
	if (IS_ERR(sb) && !(flags & MS_RDONLY))
		sb = mount_root_fs(bdev, flags |= MS_RDONLY);
	if (IS_ERR(sb))
		panic_no_root(name, PTR_ERR(sb));
	mnt = do_add_mount(sb, NULL, flags | MS_RELATIME, "/dev/root");
	if (IS_ERR(mnt))
		panic_no_root(name, PTR_ERR(mnt));
	set_root(&init_fs, mnt);
	if (current->fs && current->fs != &init_fs)
		set_root(current->fs, mnt);
	printk(KERN_INFO "VFS: Mounted root (%s filesystem)%s on device %u:%u.\n", sb->s_type->name,
	       sb_rdonly(sb) ? " readonly" : "", MAJOR(bdev->dev), MINOR(bdev->dev));
	devtmpfs_mount_dev();
}
