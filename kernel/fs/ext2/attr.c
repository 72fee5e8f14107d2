/*
 * Attributes: what stat and chattr see, and how they change.
 */
#include "kernel/cred/cred.h"
#include "kernel/fs/ext2/ext2.h"
#include "kernel/x86/uaccess.h"
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/stat.h>

/* Flags that programs see, and of them those that they can change: Linux's EXT4_FL_USER_VISIBLE and
   MODIFIABLE. */
#define FL_MODIFIABLE                                                                           \
	(FS_SECRM_FL | FS_UNRM_FL | FS_COMPR_FL | FS_SYNC_FL | FS_IMMUTABLE_FL | FS_APPEND_FL | \
	 FS_NODUMP_FL | FS_NOATIME_FL | FS_JOURNAL_DATA_FL | FS_NOTAIL_FL | FS_DIRSYNC_FL |     \
	 FS_TOPDIR_FL | FS_EXTENT_FL | FS_EOFBLOCKS_FL | FS_DAX_FL | FS_PROJINHERIT_FL |        \
	 FS_CASEFOLD_FL)
#define FL_VISIBLE                                                                     \
	(FL_MODIFIABLE | FS_DIRTY_FL | FS_COMPRBLK_FL | FS_NOCOMP_FL | FS_ENCRYPT_FL | \
	 FS_INDEX_FL | FS_VERITY_FL | FS_INLINE_DATA_FL)
/* Those that not every kind of file can have. */
#define FL_DIR_ONLY (FS_DIRSYNC_FL | FS_TOPDIR_FL | FS_CASEFOLD_FL | FS_PROJINHERIT_FL)
#define FL_OTHER    (FS_NODUMP_FL | FS_NOATIME_FL)

u32 ext2_fileattr_get(struct inode *inode)
{
	return EXT2_I(inode)->data.flags & FL_VISIBLE;
}

int ext2_getattr(struct inode *inode, struct kstat *stat)
{
	const struct ext2_inode_data *data = &EXT2_I(inode)->data;

	generic_fillattr(inode, stat);
	fill_stat_attributes(stat, ext2_fileattr_get(inode),
			     FS_APPEND_FL | FS_COMPR_FL | FS_ENCRYPT_FL | FS_IMMUTABLE_FL |
				     FS_NODUMP_FL | FS_VERITY_FL);
	if (data->has_crtime) {
		stat->has_btime = true;
		stat->btime = (struct timespec64){.tv_sec = data->crtime.sec,
						  .tv_nsec = data->crtime.nsec};
	}
	/* A small inode knows whole seconds. */
	if (EXT2_SB(inode->i_sb)->layout.inode_size < EXT2_MAX_INODE_KNOWN)
		stat->atime.tv_nsec = stat->mtime.tv_nsec = stat->ctime.tv_nsec = 0;
	return 0;
}

static u32 flags_of_kind(umode_t mode)
{
	if (S_ISDIR(mode))
		return ~0U;
	return S_ISREG(mode) ? ~FL_DIR_ONLY : FL_OTHER;
}

int ext2_fileattr_set(struct inode *inode, u32 flags)
{
	struct ext2_inode_data *data = &EXT2_I(inode)->data;
	u32 old = data->flags;

	if (flags & ~FL_VISIBLE)
		return -EOPNOTSUPP;
	flags &= FL_MODIFIABLE;
	if (flags & ~flags_of_kind(inode->i_mode))
		return -EOPNOTSUPP;
	/* What an immutable file has stays, but for that flag itself. */
	if (old & flags & FS_IMMUTABLE_FL && (old ^ flags) & FL_MODIFIABLE)
		return -EPERM;
	if ((old ^ flags) & FS_JOURNAL_DATA_FL && !has_cap(CAP_SYS_RESOURCE))
		return -EPERM;
	if (flags & FS_CASEFOLD_FL)
		return -EOPNOTSUPP;
	if (flags & FS_EXTENT_FL) /* the map of blocks is not turned into extents */
		return -EINVAL;
	flags &= ~FS_JOURNAL_DATA_FL; /* without a journal it means nothing */
	data->flags = (old & ~FL_MODIFIABLE) | flags;
	inode_set_fsflags(inode, data->flags);
	inode->i_ctime = current_time();
	mark_inode_dirty(inode);
	return 0;
}

/* The version of an inode: a number that NFS servers tell apart two files of one inode by. */
static int set_version(struct file *f, const int __user *arg)
{
	struct inode *inode = f->f_inode;
	int version;

	if (!inode_owner_or_capable(inode))
		return -EPERM;
	if (sb_rdonly(inode->i_sb) || f->f_path.mnt->mnt_flags & MS_RDONLY)
		return -EROFS;
	if (get_user(version, arg))
		return -EFAULT;
	inode_lock(inode);
	EXT2_I(inode)->data.generation = version;
	inode->i_ctime = current_time();
	mark_inode_dirty(inode);
	inode_unlock(inode);
	return 0;
}

long ext2_ioctl(struct file *f, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case FS_IOC_GETVERSION:
		return put_user((int)EXT2_I(f->f_inode)->data.generation, (int __user *)arg);
	case FS_IOC_SETVERSION:
		return set_version(f, (const int __user *)arg);
	case FS_IOC_FIEMAP:
		return ext2_fiemap(f, (struct fiemap __user *)arg);
	default:
		return -ENOTTY;
	}
}

int ext2_setattr(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = dentry->d_inode;
	int err = 0;

	if (attr->ia_valid & ATTR_SIZE && S_ISREG(inode->i_mode))
		err = ext2_setsize(inode, attr->ia_size);
	if (err)
		return err;
	setattr_copy(inode, attr);
	mark_inode_dirty(inode);
	return 0;
}

const struct inode_operations ext2_file_inode_operations = {
	.getattr = ext2_getattr,
	.setattr = ext2_setattr,
	.fileattr_get = ext2_fileattr_get,
	.fileattr_set = ext2_fileattr_set,
	.listxattr = ext2_listxattr,
};

/* Devices, FIFOs, sockets. */
const struct inode_operations ext2_special_inode_operations = {
	.getattr = ext2_getattr,
	.setattr = ext2_setattr,
	.listxattr = ext2_listxattr,
};
