/*
 * hugetlbfs: a file system whose files consist of huge pages. Here are its mounts and inodes, and
 * the files without a name behind MAP_HUGETLB, memfd_create and shmget.
 */
#include "kernel/fs/mount.h"
#include "kernel/fs/mount_options.h"
#include "kernel/fs/hugetlbfs/hugetlbfs.h"
#include "kernel/core/panic.h"
#include "kernel/cred/cred.h"
#include "kernel/fs/seals.h"
#include "kernel/fs/seq_file.h"
#include "kernel/lib/kstrtox.h"
#include "kernel/x86/div64.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"
#include <linux/magic.h>

#define ROOT_MODE      0755
#define ROOT_MODE_BITS 01777

static struct vfsmount *hugetlbfs_mnt; /* for files without a name */

static const struct inode_operations hugetlbfs_iops = {.setattr = hugetlbfs_setattr};

bool is_file_hugepages(const struct file *f)
{
	return f->f_mapping->flags & AS_HUGETLB;
}

/* ---- inodes ---- */

static struct inode *hugetlbfs_alloc_inode(struct super_block *sb)
{
	struct hugetlbfs_sb_info *sbi = HUGETLBFS_SB(sb);
	struct hugetlbfs_inode_info *info;

	if (!sbi->free_inodes)
		return NULL;
	info = kzalloc(sizeof(*info), GFP_KERNEL);
	if (!info)
		return NULL;
	if (sbi->free_inodes > 0)
		sbi->free_inodes--;
	return &info->vfs_inode;
}

static void hugetlbfs_destroy_inode(struct inode *inode)
{
	struct hugetlbfs_sb_info *sbi = HUGETLBFS_SB(inode->i_sb);

	if (sbi->free_inodes >= 0)
		sbi->free_inodes++;
	kfree(HUGETLBFS_I(inode));
}

static void hugetlbfs_evict_inode(struct inode *inode)
{
	struct hugetlbfs_inode_info *info = HUGETLBFS_I(inode);

	if (!info->resv)
		return;
	remove_inode_hugepages(inode, 0, MAX_LFS_FILESIZE, true);
	resv_map_put(info->resv);
}

static void init_regular(struct inode *inode, struct resv_map *resv)
{
	inode->i_blkbits = HPAGE_SHIFT;
	inode->i_fop = &hugetlbfs_file_fops;
	inode->i_data.a_ops = &hugetlbfs_aops;
	mapping_set_unevictable(&inode->i_data);
	inode->i_data.flags |= AS_HUGETLB;
	HUGETLBFS_I(inode)->resv = resv;
}

struct inode *hugetlbfs_get_inode(struct super_block *sb, const struct inode *dir, umode_t mode,
				  dev_t dev)
{
	struct resv_map *resv = S_ISREG(mode) ? resv_map_alloc() : NULL;
	struct inode *inode = S_ISREG(mode) && !resv ? NULL : new_inode(sb);

	if (!inode) {
		resv_map_put(resv);
		return NULL;
	}
	inode->i_ino = get_next_ino();
	inode_init_owner(inode, dir, mode);
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time();
	inode->i_op = &hugetlbfs_iops;
	HUGETLBFS_I(inode)->seals = F_SEAL_SEAL;
	if (S_ISREG(mode)) {
		init_regular(inode, resv);
	} else if (S_ISDIR(mode)) {
		inode->i_nlink = 2; /* with its own . */
		inode->i_op = &hugetlbfs_dir_iops;
		inode->i_fop = &simple_dir_operations;
	} else {
		init_special_inode(inode, mode, dev);
	}
	return inode;
}

/* ---- options of a mount ---- */

/* A number of bytes, or of per cent of the pool, as huge pages. */
static int parse_size(const char *value, long *pages)
{
	char *end;
	u64 n = memparse(value, &end);

	if (*value < '0' || *value > '9')
		return -EINVAL;
	*pages = *end == '%' ? div_u64(n * default_hstate.max_huge_pages, 100) : n >> HPAGE_SHIFT;
	return 0;
}

static int parse_option(void *arg, const char *name, const char *value)
{
	struct hugetlbfs_sb_info *sbi = arg;
	unsigned int mode;

	if (!value)
		return -EINVAL;
	if (!strcmp(name, "size"))
		return parse_size(value, &sbi->max_size);
	if (!strcmp(name, "min_size"))
		return parse_size(value, &sbi->min_size);
	if (!strcmp(name, "nr_inodes")) {
		if (*value < '0' || *value > '9')
			return -EINVAL;
		sbi->max_inodes = memparse(value, NULL);
		return 0;
	}
	if (!strcmp(name, "mode")) {
		if (kstrtouint(value, 8, &mode))
			return -EINVAL;
		sbi->mode = mode & ROOT_MODE_BITS;
		return 0;
	}
	if (!strcmp(name, "uid"))
		return parse_mount_id(value, &sbi->uid);
	if (!strcmp(name, "gid"))
		return parse_mount_id(value, &sbi->gid);
	if (!strcmp(name, "pagesize"))
		return memparse(value, NULL) == HPAGE_SIZE ? 0 : -EINVAL;
	return -EINVAL;
}

static int parse_options(struct hugetlbfs_sb_info *sbi, const char *data)
{
	int err = parse_mount_options(data, parse_option, sbi);

	return !err && sbi->max_size != -1 && sbi->min_size > sbi->max_size ? -EINVAL : err;
}

/* Linux reads the options of a second mount, and changes nothing. */
static int hugetlbfs_remount(struct super_block *sb, unsigned long *flags, const char *data)
{
	struct hugetlbfs_sb_info unused = *HUGETLBFS_SB(sb);

	return parse_options(&unused, data);
}

static int hugetlbfs_statfs(struct super_block *sb, struct kstatfs *buf)
{
	const struct hugetlbfs_sb_info *sbi = HUGETLBFS_SB(sb);
	const struct hugepage_subpool *spool = sbi->spool;

	buf->f_type = sb->s_magic;
	buf->f_bsize = HPAGE_SIZE;
	buf->f_namelen = NAME_MAX_KERNEL;
	if (spool) { /* a limit that is not there is -1 */
		buf->f_blocks = spool->max;
		buf->f_bavail = buf->f_bfree = spool->max - spool->used;
		buf->f_files = sbi->max_inodes;
		buf->f_ffree = sbi->free_inodes;
	}
	return 0;
}

static int hugetlbfs_show_options(struct seq_file *m, struct super_block *sb)
{
	const struct hugetlbfs_sb_info *sbi = HUGETLBFS_SB(sb);

	if (sbi->uid)
		seq_printf(m, ",uid=%u", sbi->uid);
	if (sbi->gid)
		seq_printf(m, ",gid=%u", sbi->gid);
	if (sbi->mode != ROOT_MODE)
		seq_printf(m, ",mode=%o", sbi->mode);
	if (sbi->max_inodes != -1)
		seq_printf(m, ",nr_inodes=%ld", sbi->max_inodes);
	seq_printf(m, ",pagesize=%luM", HPAGE_SIZE >> 20);
	if (sbi->max_size != -1)
		seq_printf(m, ",size=%llu", (u64)sbi->max_size << HPAGE_SHIFT);
	if (sbi->min_size != -1)
		seq_printf(m, ",min_size=%llu", (u64)sbi->min_size << HPAGE_SHIFT);
	return 0;
}

static void hugetlbfs_put_super(struct super_block *sb)
{
	struct hugetlbfs_sb_info *sbi = HUGETLBFS_SB(sb);

	hugepage_put_subpool(sbi->spool);
	kfree(sbi);
}

static const struct super_operations hugetlbfs_sops = {
	.alloc_inode = hugetlbfs_alloc_inode,
	.destroy_inode = hugetlbfs_destroy_inode,
	.evict_inode = hugetlbfs_evict_inode,
	.put_super = hugetlbfs_put_super,
	.statfs = hugetlbfs_statfs,
	.show_options = hugetlbfs_show_options,
	.remount_fs = hugetlbfs_remount,
};

/* Negative dentries are not cached. */
static const struct dentry_operations hugetlbfs_dops = {.delete_when_unused = true};

/* The options and limits of a new mount, or ERR_PTR. */
static struct hugetlbfs_sb_info *make_sb_info(const char *data)
{
	struct hugetlbfs_sb_info *sbi = kzalloc(sizeof(*sbi), GFP_KERNEL);
	int err;

	if (!sbi)
		return ERR_PTR(-ENOMEM);
	sbi->max_inodes = sbi->max_size = sbi->min_size = -1;
	sbi->mode = ROOT_MODE;
	sbi->uid = current->cred.fsuid;
	sbi->gid = current->cred.fsgid;
	err = parse_options(sbi, data);
	sbi->free_inodes = sbi->max_inodes;
	if (!err && (sbi->max_size != -1 || sbi->min_size != -1)) {
		sbi->spool = hugepage_new_subpool(sbi->max_size, sbi->min_size);
		if (!sbi->spool)
			err = -ENOMEM;
	}
	if (!err)
		return sbi;
	kfree(sbi);
	return ERR_PTR(err);
}

static struct super_block *hugetlbfs_mount(struct file_system_type *type, unsigned long flags,
					   struct block_device *dev, const char *data)
{
	struct hugetlbfs_sb_info *sbi = make_sb_info(data);
	struct super_block *sb;
	struct inode *root;

	if (IS_ERR(sbi))
		return ERR_CAST(sbi);
	sb = alloc_super(type, flags);
	if (!sb) {
		hugepage_put_subpool(sbi->spool);
		kfree(sbi);
		return ERR_PTR(-ENOMEM);
	}
	sb->s_fs_info = sbi;
	sb->s_op = &hugetlbfs_sops;
	sb->s_d_op = &hugetlbfs_dops;
	sb->s_magic = HUGETLBFS_MAGIC;
	sb->s_maxbytes = MAX_LFS_FILESIZE;
	sb->s_blocksize = HPAGE_SIZE;
	root = hugetlbfs_get_inode(sb, NULL, S_IFDIR | sbi->mode, 0);
	if (root) {
		root->i_uid = sbi->uid;
		root->i_gid = sbi->gid;
		sb->s_root = d_make_root(root);
	}
	if (sb->s_root)
		return sb;
	deactivate_super(sb);
	return ERR_PTR(-ENOMEM);
}

static struct file_system_type hugetlbfs_type = {.name = "hugetlbfs", .mount = hugetlbfs_mount};

void hugetlbfs_init(void)
{
	struct super_block *sb;

	if (register_filesystem(&hugetlbfs_type))
		panic("hugetlbfs: no memory");
	sb = hugetlbfs_mount(&hugetlbfs_type, 0, NULL, NULL);
	if (IS_ERR(sb))
		panic("hugetlbfs: no memory for the kernel's own");
	hugetlbfs_mnt = kern_mount_super(sb);
}

/* ---- files without a name ---- */

static int hugetlb_dname(struct dentry *d, char *buf, int len)
{
	int n = snprintf(buf, len, "/%s (deleted)", d->d_name.name);

	return n < len ? n : -ENAMETOOLONG;
}

static const struct dentry_operations hugetlb_dops = {.d_dname = hugetlb_dname};

struct file *hugetlb_file_setup(const char *name, loff_t size, unsigned long flags,
				unsigned int page_size_log)
{
	struct inode *inode;

	if (!hugetlb_size_ok(page_size_log))
		return ERR_PTR(-ENODEV);
	inode = hugetlbfs_get_inode(hugetlbfs_mnt->mnt_sb, NULL,
				    S_IFREG | S_IRWXU | S_IRWXG | S_IRWXO, 0);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	inode->i_size = size;
	inode->i_nlink = 0;
	if (!hugetlb_reserve_pages(inode, 0, size >> HPAGE_SHIFT, NULL, flags)) {
		iput(inode);
		return ERR_PTR(-ENOMEM);
	}
	return alloc_file_pseudo(inode, name, O_RDWR | O_LARGEFILE, &hugetlbfs_file_fops,
				 &hugetlb_dops);
}
