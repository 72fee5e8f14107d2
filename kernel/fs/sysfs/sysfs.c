/*
 * The file system that shows the tables of tree.c. All mounts share one super block.
 */
#include "kernel/fs/sysfs/sysfs.h"
#include "kernel/core/panic.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/sysfs/internal.h"
#include "kernel/lib/util.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>
#include <linux/magic.h>

#define NAME_SIZE   32	 /* a disk's name or number */
#define VALUE_SIZE  64	 /* a text that is written */
#define FILE_SIZE   4096 /* what stat shows: a file has a page at most */
#define ROOT_INO    1
#define TABLE_FIRST 2
#define DISK_FIRST  0x10000000U
#define DISK_INODES 64 /* numbers for each disk: its directory, two links, its files */

struct sysfs_inode {
	const struct sysfs_entry *entry; /* NULL: of a link */
	struct block_device *bdev; /* in or below the directory of a disk, and of a link to it */
	struct inode vfs_inode;
};

static struct kmem_cache *sysfs_inode_cachep;
static struct super_block *sysfs_sb; /* the one that all mounts share, or NULL */

static struct sysfs_inode *SYSFS_I(const struct inode *inode)
{
	return container_of(inode, struct sysfs_inode, vfs_inode);
}

/* ---- disks ---- */

/* Does a directory of this kind, of `parent` if it is a disk's, have an entry for bdev? */
static bool has_entry(enum sysfs_devices kind, const struct block_device *parent,
		      const struct block_device *bdev)
{
	switch (kind) {
	case NO_DEVICES:
		return false;
	case DEVICE_DIRS:
		return !bdev_is_partition(bdev);
	case PARTITION_DIRS:
		return bdev_is_partition(bdev) && bdev->bd_whole == parent;
	default:
		return true;
	}
}

static struct block_device *nth_bdev(enum sysfs_devices kind, const struct block_device *parent,
				     unsigned int n)
{
	struct block_device *bdev;

	list_for_each_entry (bdev, &all_bdevs, list) {
		if (has_entry(kind, parent, bdev) && !n--)
			return bdev;
	}
	return NULL;
}

static unsigned int bdev_index(const struct block_device *bdev)
{
	const struct block_device *other;
	unsigned int n = 0;

	list_for_each_entry (other, &all_bdevs, list) {
		if (other == bdev)
			break;
		n++;
	}
	return n;
}

/* Its name in a directory of this kind. */
static void disk_name(const struct block_device *bdev, enum sysfs_devices kind, char *name)
{
	if (kind == DEVICE_LINKS_BY_NUMBER)
		snprintf(name, NAME_SIZE, "%u:%u", MAJOR(bdev->dev), MINOR(bdev->dev));
	else
		strlcpy(name, bdev->name, NAME_SIZE);
}

static u64 disk_ino(const struct block_device *bdev, enum sysfs_devices kind)
{
	unsigned int n = kind == DEVICE_LINKS ? 1 : kind == DEVICE_LINKS_BY_NUMBER ? 2 : 0;

	return DISK_FIRST + bdev_index(bdev) * DISK_INODES + n;
}

static const struct sysfs_entry *disk_entry(const struct block_device *bdev)
{
	return bdev_is_partition(bdev) ? &sysfs_partition : &sysfs_disk;
}

/* The place of an entry among those of a disk's directory, and of the directories in it. */
static unsigned int place_below(const struct sysfs_entry *dir, const struct sysfs_entry *entry)
{
	const struct sysfs_entry *child = dir->child;
	unsigned int before = dir->nr_child;

	if (entry >= child && entry < child + dir->nr_child)
		return entry - child;
	for (; entry < child->child || entry >= child->child + child->nr_child; child++)
		before += child->nr_child;
	return before + (entry - child->child);
}

/* All tables are constants of the kernel's image, so their place there serves as a number; the
   files of a disk have one for each. */
static u64 entry_ino(const struct sysfs_entry *entry, const struct block_device *bdev)
{
	if (bdev)
		return disk_ino(bdev, DEVICE_LINKS_BY_NUMBER) + 1 +
		       place_below(disk_entry(bdev), entry);
	return TABLE_FIRST + ((unsigned long)entry - KERNEL_LOAD) / sizeof(*entry);
}

/* ---- files and links ---- */

static int sysfs_show(struct seq_file *m, void *v)
{
	const struct sysfs_inode *si = SYSFS_I(m->private);

	return si->entry->show(m, si->bdev);
}

static int sysfs_open(struct inode *inode, struct file *file)
{
	if (file->f_mode & FMODE_WRITE && !SYSFS_I(inode)->entry->store)
		return -EACCES; /* root too */
	return seq_open_show(file, sysfs_show, inode);
}

/* Each write is a value of its own. */
static ssize_t sysfs_write(struct file *f, const char __user *buf, size_t len, loff_t *ppos)
{
	const struct sysfs_inode *si = SYSFS_I(f->f_inode);
	char text[VALUE_SIZE];
	int err;

	if (!len)
		return 0;
	if (len >= sizeof(text))
		return -EINVAL; /* no value is that long */
	if (copy_from_user(text, buf, len))
		return -EFAULT;
	text[len] = '\0';
	err = si->entry->store(si->bdev, text);
	if (err)
		return err;
	*ppos += len;
	return len;
}

static const struct file_operations sysfs_file_operations = {
	.open = sysfs_open,
	.read = seq_read,
	.write = sysfs_write,
	.held_pages = seq_held_pages,
	.read_kernel = seq_read_kernel,
	.llseek = generic_file_llseek,
	.release = seq_release,
};

static int sysfs_setattr(struct dentry *dentry, struct iattr *attr)
{
	attr->ia_valid &= ~ATTR_SIZE;
	setattr_copy(dentry->d_inode, attr);
	return 0;
}

static const struct inode_operations sysfs_file_inode_operations = {.setattr = sysfs_setattr};

static char *sysfs_get_link(struct inode *inode)
{
	const struct block_device *bdev = SYSFS_I(inode)->bdev;
	bool part = bdev_is_partition(bdev);
	char *text = kasprintf(GFP_KERNEL, "../../block/%s%s%s", bdev->bd_whole->name,
			       part ? "/" : "", part ? bdev->name : "");

	return text ? text : ERR_PTR(-ENOMEM);
}

static const struct inode_operations sysfs_link_inode_operations = {
	.get_link = sysfs_get_link,
	.setattr = sysfs_setattr,
};

/* ---- inodes ---- */

static const struct inode_operations sysfs_dir_inode_operations;
static const struct file_operations sysfs_dir_operations;

static struct inode *sysfs_alloc_inode(struct super_block *sb)
{
	struct sysfs_inode *si = kmem_cache_zalloc(sysfs_inode_cachep, GFP_KERNEL);

	return si ? &si->vfs_inode : NULL;
}

static void sysfs_destroy_inode(struct inode *inode)
{
	kmem_cache_free(sysfs_inode_cachep, SYSFS_I(inode));
}

static struct inode *new_sysfs_inode(struct super_block *sb, umode_t mode, u64 ino,
				     struct block_device *bdev)
{
	struct inode *inode = new_inode(sb);

	if (!inode)
		return NULL;
	inode->i_ino = ino;
	inode->i_mode = mode;
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time();
	SYSFS_I(inode)->bdev = bdev;
	return inode;
}

/* Are these directories, or links? */
static bool are_dirs(enum sysfs_devices kind)
{
	return kind == DEVICE_DIRS || kind == PARTITION_DIRS;
}

static bool is_there(const struct sysfs_entry *e)
{
	return !e->there || e->there();
}

/* A file or directory; NULL: no memory. */
static struct inode *entry_inode(struct super_block *sb, const struct sysfs_entry *entry, u64 ino,
				 struct block_device *bdev)
{
	umode_t mode = entry->show ? S_IFREG | (entry->store ? 0644 : 0444) : S_IFDIR | 0755;
	struct inode *inode = new_sysfs_inode(sb, mode, ino, bdev);

	if (!inode)
		return NULL;
	SYSFS_I(inode)->entry = entry;
	if (entry->show) {
		inode->i_size = FILE_SIZE;
		inode->i_op = &sysfs_file_inode_operations;
		inode->i_fop = &sysfs_file_operations;
		return inode;
	}
	inode->i_nlink = 2;
	for (unsigned int i = 0; i < entry->nr_child; i++)
		inode->i_nlink += !entry->child[i].show && is_there(&entry->child[i]);
	if (are_dirs(entry->devices)) {
		for (unsigned int n = 0; nth_bdev(entry->devices, bdev, n); n++)
			inode->i_nlink++;
	}
	inode->i_op = &sysfs_dir_inode_operations;
	inode->i_fop = &sysfs_dir_operations;
	return inode;
}

/* What stands for a disk in a directory of this kind. */
static struct inode *disk_inode(struct super_block *sb, struct block_device *bdev,
				enum sysfs_devices kind)
{
	struct inode *inode;

	if (are_dirs(kind))
		return entry_inode(sb, disk_entry(bdev), disk_ino(bdev, kind), bdev);
	inode = new_sysfs_inode(sb, S_IFLNK | 0777, disk_ino(bdev, kind), bdev);
	if (inode)
		inode->i_op = &sysfs_link_inode_operations;
	return inode;
}

/* ---- directories ---- */

static bool same_name(const char *name, const struct qstr *wanted)
{
	return strlen(name) == wanted->len && !memcmp(name, wanted->name, wanted->len);
}

/* The inode of a name in a directory; ERR_PTR(-ENOENT, -ENOMEM). */
static struct inode *find_inode(struct inode *dir, const struct qstr *wanted)
{
	const struct sysfs_entry *d = SYSFS_I(dir)->entry;
	struct block_device *bdev = SYSFS_I(dir)->bdev, *child;
	struct inode *inode = ERR_PTR(-ENOENT);
	char name[NAME_SIZE];

	for (unsigned int i = 0; i < d->nr_child; i++) {
		const struct sysfs_entry *e = &d->child[i];

		if (same_name(e->name, wanted) && is_there(e))
			inode = entry_inode(dir->i_sb, e, entry_ino(e, bdev), bdev);
	}
	for (unsigned int n = 0; (child = nth_bdev(d->devices, bdev, n)); n++) {
		disk_name(child, d->devices, name);
		if (same_name(name, wanted))
			inode = disk_inode(dir->i_sb, child, d->devices);
	}
	return inode ? inode : ERR_PTR(-ENOMEM);
}

static struct dentry *sysfs_lookup(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = find_inode(dir, &dentry->d_name);

	/* A missing name gets a negative dentry; creating it fails later. */
	if (IS_ERR(inode) && PTR_ERR(inode) != -ENOENT)
		return ERR_PTR(PTR_ERR(inode));
	if (IS_ERR(inode))
		inode = NULL;
	d_add(dentry, inode);
	return NULL;
}

/* Give one name to readdir and move on; false: it is full. */
static bool emit(struct dir_context *ctx, const char *name, u64 ino, umode_t type)
{
	if (ctx->actor(ctx->ctx, name, strlen(name), ctx->pos, ino, type >> 12))
		return false;
	ctx->pos++;
	return true;
}

/* The name at position `n` behind the dots. False: there is none, or readdir is full. */
static bool emit_nth(struct dir_context *ctx, const struct inode *dir, unsigned int n)
{
	const struct sysfs_entry *d = SYSFS_I(dir)->entry;
	struct block_device *bdev = SYSFS_I(dir)->bdev;
	char name[NAME_SIZE];

	if (n < d->nr_child) {
		const struct sysfs_entry *e = &d->child[n];

		if (!is_there(e)) {
			ctx->pos++;
			return true;
		}
		return emit(ctx, e->name, entry_ino(e, bdev), e->show ? S_IFREG : S_IFDIR);
	}
	bdev = nth_bdev(d->devices, bdev, n - d->nr_child);
	if (!bdev)
		return false;
	disk_name(bdev, d->devices, name);
	return emit(ctx, name, disk_ino(bdev, d->devices),
		    are_dirs(d->devices) ? S_IFDIR : S_IFLNK);
}

static int sysfs_readdir(struct file *file, struct dir_context *ctx)
{
	u64 parent = file->f_path.dentry->d_parent->d_inode->i_ino;

	if (ctx->pos == 0 && !emit(ctx, ".", file->f_inode->i_ino, S_IFDIR))
		return 0;
	if (ctx->pos == 1 && !emit(ctx, "..", parent, S_IFDIR))
		return 0;
	while (ctx->pos >= 2 && ctx->pos < DISK_FIRST && emit_nth(ctx, file->f_inode, ctx->pos - 2))
		;
	return 0;
}

static const struct inode_operations sysfs_dir_inode_operations = {
	.lookup = sysfs_lookup,
	.setattr = sysfs_setattr,
};
static const struct file_operations sysfs_dir_operations = {
	.llseek = generic_file_llseek,
	.read = generic_read_dir,
	.iterate = sysfs_readdir,
};

/* ---- mounting ---- */

static int sysfs_statfs(struct super_block *sb, struct kstatfs *buf)
{
	buf->f_type = SYSFS_MAGIC;
	buf->f_bsize = PAGE_SIZE;
	buf->f_namelen = NAME_MAX_KERNEL;
	return 0;
}

static void sysfs_put_super(struct super_block *sb)
{
	if (sysfs_sb == sb) /* else mounted anew meanwhile */
		sysfs_sb = NULL;
}

static const struct super_operations sysfs_sops = {
	.alloc_inode = sysfs_alloc_inode,
	.destroy_inode = sysfs_destroy_inode,
	.put_super = sysfs_put_super,
	.statfs = sysfs_statfs,
	.drop_inode_when_unused = true,
};

/* Partitions come and go, and names with them. */
static const struct dentry_operations sysfs_dentry_operations = {.delete_when_unused = true};

static struct super_block *sysfs_mount(struct file_system_type *type, unsigned long flags,
				       struct block_device *bdev, const char *data)
{
	struct super_block *sb = sysfs_sb;
	struct inode *root;

	if (sb && sb->s_active) { /* 0: its umount is under way */
		sb->s_active++;
		return sb;
	}
	sb = alloc_super(type, flags);
	if (!sb)
		return ERR_PTR(-ENOMEM);
	sb->s_op = &sysfs_sops;
	sb->s_d_op = &sysfs_dentry_operations;
	sb->s_magic = SYSFS_MAGIC;
	root = entry_inode(sb, &sysfs_root, ROOT_INO, NULL);
	if (root)
		root->i_mode = S_IFDIR | 0555;
	sb->s_root = d_make_root(root);
	if (!sb->s_root) {
		deactivate_super(sb);
		return ERR_PTR(-ENOMEM);
	}
	sysfs_sb = sb;
	return sb;
}

static struct file_system_type sysfs_fs_type = {.name = "sysfs", .mount = sysfs_mount};

void sysfs_init(void)
{
	sysfs_inode_cachep =
		kmem_cache_create("sysfs_inode_cache", sizeof(struct sysfs_inode), 0, 0, NULL);
	if (!sysfs_inode_cachep || register_filesystem(&sysfs_fs_type))
		panic("sysfs: cannot register the file system");
}
