/*
 * tmpfs: a file system whose files are nothing but pages of the page cache (file.c). Here are its
 * inodes and super blocks, and the files without a name behind shared anonymous memory and
 * memfd_create (shmem_file_setup).
 */
#include "kernel/fs/mount.h"
#include "kernel/fs/mount_options.h"
#include "kernel/fs/tmpfs/tmpfs.h"
#include "mm/mm.h"
#include "kernel/core/panic.h"
#include "kernel/cred/cred.h"
#include "kernel/fs/seq_file.h"
#include "kernel/lib/kstrtox.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/shmem.h"
#include "mm/phys/slab.h"
#include <linux/fs.h>
#include <linux/magic.h>

#define TMPFS_ROOT_MODE (S_IRWXU | S_IRWXG | S_IRWXO | S_ISVTX)

static struct kmem_cache *tmpfs_inode_cache;
static struct vfsmount *shm_mnt; /* for files without a name */

int tmpfs_getattr(struct inode *inode, struct kstat *stat)
{
	generic_fillattr(inode, stat);
	stat->has_btime = true;
	stat->btime = TMPFS_I(inode)->crtime;
	fill_stat_attributes(stat, TMPFS_I(inode)->fsflags,
			     FS_APPEND_FL | FS_IMMUTABLE_FL | FS_NODUMP_FL);
	return 0;
}

#define FL_MODIFIABLE (FS_IMMUTABLE_FL | FS_APPEND_FL | FS_NODUMP_FL | FS_NOATIME_FL)
#define FL_INHERITED  (FS_NODUMP_FL | FS_NOATIME_FL)

u32 tmpfs_fileattr_get(struct inode *inode)
{
	return TMPFS_I(inode)->fsflags;
}

int tmpfs_fileattr_set(struct inode *inode, u32 flags)
{
	if (flags & ~FL_MODIFIABLE)
		return -EOPNOTSUPP;
	TMPFS_I(inode)->fsflags = flags;
	inode_set_fsflags(inode, flags);
	inode->i_ctime = current_time();
	return 0;
}

static const struct inode_operations tmpfs_iops = {
	.setattr = tmpfs_setattr,
	.getattr = tmpfs_getattr,
	.fileattr_get = tmpfs_fileattr_get,
	.fileattr_set = tmpfs_fileattr_set,
	.listxattr = tmpfs_listxattr,
};
static const struct inode_operations tmpfs_special_iops = {
	.setattr = tmpfs_setattr, .getattr = tmpfs_getattr, .listxattr = tmpfs_listxattr};

/* ---- inodes ---- */

int tmpfs_reserve_inode(struct super_block *sb)
{
	struct tmpfs_sb_info *sbi = TMPFS_SB(sb);

	if (sbi->max_inodes && sbi->used_inodes >= sbi->max_inodes)
		return -ENOSPC;
	sbi->used_inodes++;
	return 0;
}

void tmpfs_free_inode(struct super_block *sb)
{
	TMPFS_SB(sb)->used_inodes--;
}

static struct inode *tmpfs_alloc_inode(struct super_block *sb)
{
	struct tmpfs_inode_info *info = kmem_cache_zalloc(tmpfs_inode_cache, GFP_KERNEL);

	if (!info)
		return NULL;
	simple_xattrs_init(&info->xattrs);
	INIT_LIST_HEAD(&info->swaplist);
	return &info->vfs_inode;
}

static void tmpfs_destroy_inode(struct inode *inode)
{
	kmem_cache_free(tmpfs_inode_cache, TMPFS_I(inode));
}

static void tmpfs_evict_inode(struct inode *inode)
{
	struct tmpfs_inode_info *info = TMPFS_I(inode);

	tmpfs_recalc_pages(inode);
	list_del_init(&info->swaplist);
	if (info->reserved)
		vm_unacct_memory(info->reserved);
	kfree(info->symlink);
	simple_xattrs_free(&info->xattrs);
	tmpfs_free_inode(inode->i_sb);
}

struct inode *tmpfs_get_inode(struct super_block *sb, const struct inode *dir, umode_t mode,
			      dev_t dev)
{
	struct tmpfs_sb_info *sbi = TMPFS_SB(sb);
	struct inode *inode;
	int err = tmpfs_reserve_inode(sb);

	if (err)
		return ERR_PTR(err);
	inode = new_inode(sb);
	if (!inode) {
		tmpfs_free_inode(sb);
		return ERR_PTR(-ENOMEM);
	}
	inode->i_ino = ++sbi->last_ino;
	inode_init_owner(inode, dir, mode);
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time();
	TMPFS_I(inode)->crtime = inode->i_ctime;
	TMPFS_I(inode)->fsflags = dir ? TMPFS_CI(dir)->fsflags & FL_INHERITED : 0;
	inode_set_fsflags(inode, TMPFS_I(inode)->fsflags);
	TMPFS_I(inode)->noreserve = true;
	TMPFS_I(inode)->seals = F_SEAL_SEAL;
	inode->i_op = &tmpfs_iops;
	switch (mode & S_IFMT) {
	case S_IFREG:
		inode->i_fop = &tmpfs_file_fops;
		inode->i_data.a_ops = &tmpfs_aops;
		mapping_set_unevictable(&inode->i_data);
		break;
	case S_IFDIR:
		inode->i_nlink = 2; /* with its own . */
		inode->i_size = 2 * BOGO_DIRENT_SIZE;
		inode->i_op = &tmpfs_dir_iops;
		inode->i_fop = &simple_dir_operations;
		break;
	case S_IFLNK:
		inode->i_op = &tmpfs_symlink_iops;
		break;
	default:
		inode->i_op = &tmpfs_special_iops;
		init_special_inode(inode, mode, dev);
	}
	return inode;
}

/* ---- the super block ---- */

static unsigned long default_blocks(void)
{
	return totalram_pages() / 2;
}

static unsigned long default_inodes(void)
{
	return min(totalram_pages() - totalhigh_pages(), totalram_pages() / 2);
}

/* size=N[kmg%] or nr_blocks=N[kmg], as pages. */
static int parse_blocks(const char *value, bool bytes, unsigned long *res)
{
	char *end;
	unsigned long long n = memparse(value, &end);

	if (bytes && *end == '%' && !end[1]) {
		*res = n * totalram_pages() / 100;
		return 0;
	}
	if (*end || end == value)
		return -EINVAL;
	*res = bytes ? PFN_UP(n) : n;
	return 0;
}

static int parse_option(void *arg, const char *name, const char *value)
{
	struct tmpfs_sb_info *sbi = arg;
	unsigned int mode;
	char *end;

	if (!value) /* numbers of inodes have 32 bits anyway */
		return strcmp(name, "inode32") ? -EINVAL : 0;
	if (!strcmp(name, "size"))
		return parse_blocks(value, true, &sbi->max_blocks);
	if (!strcmp(name, "nr_blocks"))
		return parse_blocks(value, false, &sbi->max_blocks);
	if (!strcmp(name, "nr_inodes")) {
		sbi->max_inodes = memparse(value, &end);
		return *end ? -EINVAL : 0;
	}
	if (!strcmp(name, "mode")) {
		if (kstrtouint(value, 8, &mode))
			return -EINVAL;
		sbi->mode = mode & S_IALLUGO;
		return 0;
	}
	if (!strcmp(name, "uid"))
		return parse_mount_id(value, &sbi->uid);
	if (!strcmp(name, "gid"))
		return parse_mount_id(value, &sbi->gid);
	return !strcmp(name, "huge") && !strcmp(value, "never") ? 0 : -EINVAL;
}

/* A limit can change to what is in use at least, or go; none can come where there was none. */
static bool limit_may_become(unsigned long old, unsigned long new, unsigned long used)
{
	return new == old || !new || (old && new >= used);
}

/* Only the limits change: the other options were for making the root directory. */
static int tmpfs_remount(struct super_block *sb, unsigned long *flags, const char *data)
{
	struct tmpfs_sb_info *sbi = TMPFS_SB(sb), new = *sbi;
	int err = parse_mount_options(data, parse_option, &new);

	if (err)
		return err;
	/* the parser may have slept, so read the usage only now */
	if (!limit_may_become(sbi->max_blocks, new.max_blocks, sbi->used_blocks) ||
	    !limit_may_become(sbi->max_inodes, new.max_inodes, sbi->used_inodes))
		return -EINVAL;
	sbi->max_blocks = new.max_blocks;
	sbi->max_inodes = new.max_inodes;
	return 0;
}

static int tmpfs_statfs(struct super_block *sb, struct kstatfs *buf)
{
	struct tmpfs_sb_info *sbi = TMPFS_SB(sb);

	buf->f_type = sb->s_magic;
	buf->f_bsize = PAGE_SIZE;
	buf->f_namelen = NAME_MAX_KERNEL;
	buf->f_fsid = new_encode_dev(sb->s_dev);
	if (sbi->max_blocks) {
		buf->f_blocks = sbi->max_blocks;
		buf->f_bavail = buf->f_bfree = sbi->max_blocks - sbi->used_blocks;
	}
	if (sbi->max_inodes) {
		buf->f_files = sbi->max_inodes;
		buf->f_ffree = sbi->max_inodes - sbi->used_inodes;
	}
	return 0;
}

static int tmpfs_show_options(struct seq_file *m, struct super_block *sb)
{
	struct tmpfs_sb_info *sbi = TMPFS_SB(sb);

	if (sbi->max_blocks != default_blocks())
		seq_printf(m, ",size=%luk", sbi->max_blocks << (PAGE_SHIFT - 10));
	if (sbi->max_inodes != default_inodes())
		seq_printf(m, ",nr_inodes=%lu", sbi->max_inodes);
	if (sbi->mode != TMPFS_ROOT_MODE)
		seq_printf(m, ",mode=%03o", sbi->mode);
	if (sbi->uid)
		seq_printf(m, ",uid=%u", sbi->uid);
	if (sbi->gid)
		seq_printf(m, ",gid=%u", sbi->gid);
	return 0;
}

static void tmpfs_put_super(struct super_block *sb)
{
	kfree(sb->s_fs_info);
}

static const struct super_operations tmpfs_sops = {
	.alloc_inode = tmpfs_alloc_inode,
	.destroy_inode = tmpfs_destroy_inode,
	.evict_inode = tmpfs_evict_inode,
	.put_super = tmpfs_put_super,
	.statfs = tmpfs_statfs,
	.show_options = tmpfs_show_options,
	.remount_fs = tmpfs_remount,
};

/* Negative dentries are not cached. */
static const struct dentry_operations tmpfs_dops = {.delete_when_unused = true};

struct super_block *tmpfs_fill_super(struct file_system_type *type, unsigned long flags,
				     const char *data)
{
	struct tmpfs_sb_info *sbi = kzalloc(sizeof(*sbi), GFP_KERNEL);
	struct super_block *sb;
	struct inode *root;
	int err;

	if (!sbi)
		return ERR_PTR(-ENOMEM);
	sbi->max_blocks = default_blocks();
	sbi->max_inodes = default_inodes();
	sbi->mode = TMPFS_ROOT_MODE;
	sbi->uid = current->cred.fsuid;
	sbi->gid = current->cred.fsgid;
	err = parse_mount_options(data, parse_option, sbi);
	sb = err ? NULL : alloc_super(type, flags);
	if (!sb) {
		kfree(sbi);
		return ERR_PTR(err ? err : -ENOMEM);
	}
	sb->s_fs_info = sbi;
	sb->s_op = &tmpfs_sops;
	sb->s_d_op = &tmpfs_dops;
	sb->s_xattr = tmpfs_xattr_handlers;
	sb->s_magic = TMPFS_MAGIC;
	sb->s_maxbytes = MAX_LFS_FILESIZE;
	root = tmpfs_get_inode(sb, NULL, S_IFDIR | sbi->mode, 0);
	if (!IS_ERR(root)) {
		root->i_uid = sbi->uid;
		root->i_gid = sbi->gid;
		sb->s_root = d_make_root(root);
	}
	if (!sb->s_root) {
		deactivate_super(sb);
		return ERR_PTR(-ENOMEM);
	}
	return sb;
}

static struct super_block *tmpfs_mount(struct file_system_type *type, unsigned long flags,
				       struct block_device *dev, const char *data)
{
	return tmpfs_fill_super(type, flags, data);
}

static struct file_system_type tmpfs_type = {.name = "tmpfs", .mount = tmpfs_mount};

void tmpfs_init(void)
{
	struct super_block *sb;

	tmpfs_inode_cache =
		kmem_cache_create("shmem_inode_cache", sizeof(struct tmpfs_inode_info), 0, 0, NULL);
	if (!tmpfs_inode_cache || register_filesystem(&tmpfs_type))
		panic("tmpfs: no memory");
	sb = tmpfs_fill_super(&tmpfs_type, 0, NULL);
	if (IS_ERR(sb))
		panic("tmpfs: no memory for the kernel's own");
	TMPFS_SB(sb)->max_blocks = TMPFS_SB(sb)->max_inodes = 0;
	shm_mnt = kern_mount_super(sb);
}

/* ---- files without a name ---- */

static int shmem_dname(struct dentry *d, char *buf, int len)
{
	int n = snprintf(buf, len, "/%s (deleted)", d->d_name.name);

	return n < len ? n : -ENAMETOOLONG;
}

static const struct dentry_operations shmem_dops = {.d_dname = shmem_dname};

struct file *shmem_file_setup(const char *name, loff_t size, unsigned long flags)
{
	bool noreserve = flags & VM_NORESERVE;
	long pages = noreserve ? 0 : PFN_UP(size);
	struct inode *inode;

	if (size < 0 || size > MAX_LFS_FILESIZE)
		return ERR_PTR(-EINVAL);
	/* All of it is promised now, so that touching it later cannot fail for that reason. */
	if (pages && security_vm_enough_memory(pages))
		return ERR_PTR(-ENOMEM);
	inode = tmpfs_get_inode(shm_mnt->mnt_sb, NULL, S_IFREG | 0777, 0);
	if (IS_ERR(inode)) {
		vm_unacct_memory(pages);
		return ERR_CAST(inode);
	}
	TMPFS_I(inode)->noreserve = noreserve;
	TMPFS_I(inode)->reserved = pages;
	inode->i_size = size;
	inode->i_nlink = 0;
	return alloc_file_pseudo(inode, name, O_RDWR | O_LARGEFILE, &tmpfs_file_fops, &shmem_dops);
}
