/*
 * Inodes: from a number in a directory to the VFS's inode, by the way of the group's inode table.
 */
#include "kernel/fs/ext2/ext2.h"
#include "mm/phys/highmem.h"
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/stat.h>

/* Copy `size` bytes at a place of the disk. 0, -EIO or -ENOMEM. */
static int read_place(struct super_block *sb, struct ext2_place place, void *to, u32 size)
{
	unsigned int offset;
	struct page *page = bread_page(sb->s_bdev, place.block, sb->s_blocksize, &offset);

	if (IS_ERR(page))
		return PTR_ERR(page);
	memcpy_from_page(to, page, offset + place.offset, size);
	put_page(page);
	return 0;
}

/* Read and decode inode `ino`. 0, -EINVAL, -ESTALE, -EUCLEAN, -EIO, -ENOMEM. */
static int read_inode_data(struct super_block *sb, u64 ino, struct ext2_inode_data *data)
{
	const struct ext2_layout *l = &EXT2_SB(sb)->layout;
	struct ext2_group_desc gd;
	struct ext2_inode raw;
	const char *why;
	u32 group;
	int err;

	if (!ext2_valid_ino(l, ino)) {
		ext2_error(sb, "ext2_get_inode", "bad inode number: %lu", (unsigned long)ino);
		return -EINVAL;
	}
	group = ext2_ino_group(l, ino);
	err = read_place(sb, ext2_group_desc_place(l, group), &gd, sizeof(gd));
	if (err)
		return err;
	/* It was good at the time of the mount; the disk may have changed since. */
	if (ext2_check_group_desc(l, group, &gd, &why)) {
		ext2_error(sb, "ext2_get_inode", "group %u: %s", group, why);
		return -EIO;
	}
	err = read_place(sb, ext2_inode_place(l, ino, &gd), &raw, sizeof(raw));
	if (err) {
		ext2_error(sb, "ext2_get_inode", "unable to read inode block - inode=%lu",
			   (unsigned long)ino);
		return err;
	}
	err = ext2_parse_inode(l, &raw, data, &why);
	if (err == -EUCLEAN)
		ext2_error(sb, "ext2_iget", "inode #%lu: %s", (unsigned long)ino, why);
	return err;
}

static struct timespec64 seconds(u32 on_disk)
{
	return (struct timespec64){.tv_sec = (s32)on_disk};
}

u32 ext2_fileattr_get(struct inode *inode)
{
	return EXT2_I(inode)->data.flags & FS_FL_USER_VISIBLE;
}

int ext2_getattr(struct inode *inode, struct kstat *stat)
{
	generic_fillattr(inode, stat);
	fill_stat_attributes(stat, ext2_fileattr_get(inode),
			     FS_APPEND_FL | FS_COMPR_FL | FS_ENCRYPT_FL | FS_IMMUTABLE_FL |
				     FS_NODUMP_FL);
	return 0;
}

static const struct inode_operations ext2_file_inode_operations = {
	.getattr = ext2_getattr,
	.fileattr_get = ext2_fileattr_get,
};

/* Give the inode the operations of its kind. */
static void set_operations(struct inode *inode, const struct ext2_inode_data *data)
{
	u32 major, minor;

	inode->i_mapping->a_ops = &ext2_aops;
	switch (inode->i_mode & S_IFMT) {
	case S_IFREG:
		inode->i_op = &ext2_file_inode_operations;
		inode->i_fop = &ext2_file_operations;
		break;
	case S_IFDIR:
		inode->i_op = &ext2_dir_inode_operations;
		inode->i_fop = &ext2_dir_operations;
		break;
	case S_IFLNK:
		inode->i_op = &ext2_symlink_inode_operations;
		break;
	default:
		ext2_inode_rdev(data, &major, &minor);
		init_special_inode(inode, inode->i_mode, MKDEV(major, minor));
	}
}

struct inode *ext2_iget(struct super_block *sb, u64 ino)
{
	struct inode *inode = iget_locked(sb, ino);
	struct ext2_inode_data *data;
	int err;

	if (IS_ERR_OR_NULL(inode))
		return inode ? inode : ERR_PTR(-ENOMEM);
	if (!(inode->i_state & I_NEW))
		return inode;
	data = &EXT2_I(inode)->data;
	err = read_inode_data(sb, ino, data);
	if (err) {
		iget_failed(inode);
		return ERR_PTR(err);
	}
	inode->i_mode = data->mode;
	inode->i_nlink = data->links;
	inode->i_uid = data->uid;
	inode->i_gid = data->gid;
	inode->i_size = data->size;
	inode->i_atime = seconds(data->atime);
	inode->i_mtime = seconds(data->mtime);
	inode->i_ctime = seconds(data->ctime);
	inode->i_blocks = data->sectors;
	inode->i_blkbits = EXT2_SB(sb)->layout.block_bits;
	inode_set_fsflags(inode, data->flags);
	set_operations(inode, data);
	unlock_new_inode(inode);
	return inode;
}
