/*
 * Attributes: what stat and chattr see, and how they change.
 */
#include "kernel/cred/cred.h"
#include "kernel/fs/ext2/ext2.h"
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/stat.h>

/* Flags that programs see, and of them those that they can change (Linux's EXT4_FL_USER_…). */
#define FL_EXTENTS     0x00080000U
#define FL_EOFBLOCKS   0x00400000U
#define FL_DAX	       0x02000000U
#define FL_INLINE_DATA 0x10000000U
#define FL_PROJINHERIT 0x20000000U
#define FL_CASEFOLD    0x40000000U
#define FL_VERITY      0x00100000U
#define FL_DIRTY       0x00000100U
#define FL_COMPRBLK    0x00000200U
#define FL_MODIFIABLE                                                                           \
	(FS_SECRM_FL | FS_UNRM_FL | FS_COMPR_FL | FS_SYNC_FL | FS_IMMUTABLE_FL | FS_APPEND_FL | \
	 FS_NODUMP_FL | FS_NOATIME_FL | FS_JOURNAL_DATA_FL | FS_NOTAIL_FL | FS_DIRSYNC_FL |     \
	 FS_TOPDIR_FL | FL_EXTENTS | FL_EOFBLOCKS | FL_DAX | FL_PROJINHERIT | FL_CASEFOLD)
#define FL_VISIBLE                                                                             \
	(FL_MODIFIABLE | FL_DIRTY | FL_COMPRBLK | FS_NOCOMP_FL | FS_ENCRYPT_FL | FS_INDEX_FL | \
	 FL_VERITY | FL_INLINE_DATA)
/* Those that not every kind of file can have. */
#define FL_DIR_ONLY (FS_DIRSYNC_FL | FS_TOPDIR_FL | FL_CASEFOLD | FL_PROJINHERIT)
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
				     FS_NODUMP_FL);
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
	/* There are no extents, nor what DAX and letters of any case would need. */
	if (flags & (FL_EXTENTS | FL_CASEFOLD | FL_EOFBLOCKS))
		return -EOPNOTSUPP;
	data->flags = (old & ~FL_MODIFIABLE) | flags;
	inode_set_fsflags(inode, data->flags);
	inode->i_ctime = current_time();
	mark_inode_dirty(inode);
	return 0;
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
};

/* Devices, FIFOs, sockets. */
const struct inode_operations ext2_special_inode_operations = {
	.getattr = ext2_getattr,
	.setattr = ext2_setattr,
};
