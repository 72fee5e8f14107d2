/*
 * Inodes: from a number in a directory to the VFS's inode, by the way of the group's inode table.
 */
#include "kernel/fs/ext2/ext2.h"
#include "mm/phys/highmem.h"
#include <linux/errno.h>
#include <linux/stat.h>

struct page *ext2_inode_page(struct super_block *sb, u64 ino, unsigned int *offset)
{
	const struct ext2_sb_info *sbi = EXT2_SB(sb);
	u32 g = ext2_ino_group(&sbi->layout, ino);
	struct ext2_group_desc gd = {.bg_inode_table = sbi->groups[g].at.inode_table};
	struct ext2_place place = ext2_inode_place(&sbi->layout, ino, &gd);
	struct page *page = bread_page(sb->s_bdev, place.block, sb->s_blocksize, offset);

	if (IS_ERR(page))
		ext2_error(sb, "ext2_get_inode", "unable to read inode block - inode=%lu",
			   (unsigned long)ino);
	else
		*offset += place.offset;
	return page;
}

/* Read and decode inode `ino`. 0, -EINVAL, -ESTALE, -EUCLEAN, -EIO, -ENOMEM. */
static int read_inode_data(struct super_block *sb, u64 ino, struct ext2_inode_data *data)
{
	const struct ext2_layout *l = &EXT2_SB(sb)->layout;
	unsigned int offset;
	struct page *page;
	const char *why, *raw;
	int err;

	if (!ext2_valid_ino(l, ino)) {
		ext2_error(sb, "ext2_get_inode", "bad inode number: %lu", (unsigned long)ino);
		return -EINVAL;
	}
	page = ext2_inode_page(sb, ino, &offset);
	if (IS_ERR(page))
		return PTR_ERR(page);
	raw = (const char *)kmap_local_page(page) + offset;
	err = ext2_parse_inode(l, raw, data, &why);
	kunmap_local(raw);
	put_page(page);
	if (err == -EUCLEAN)
		ext2_error(sb, "ext2_iget", "inode #%lu: %s", (unsigned long)ino, why);
	return err;
}

void ext2_set_operations(struct inode *inode)
{
	const struct ext2_inode_data *data = &EXT2_I(inode)->data;
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
		inode->i_mapping->a_ops = &ext2_dir_aops;
		break;
	case S_IFLNK:
		inode->i_op = &ext2_symlink_inode_operations;
		break;
	default:
		inode->i_op = &ext2_special_inode_operations;
		ext2_inode_rdev(data, &major, &minor);
		init_special_inode(inode, inode->i_mode, MKDEV(major, minor));
	}
}

static struct timespec64 to_timespec(struct ext2_time t)
{
	return (struct timespec64){.tv_sec = t.sec, .tv_nsec = t.nsec};
}

struct inode *ext2_iget(struct super_block *sb, u64 ino)
{
	struct inode *inode = iget_locked(sb, ino);
	struct ext2_inode_info *ei;
	int err;

	if (IS_ERR_OR_NULL(inode))
		return inode ? inode : ERR_PTR(-ENOMEM);
	if (!(inode->i_state & I_NEW))
		return inode;
	ei = EXT2_I(inode);
	err = read_inode_data(sb, ino, &ei->data);
	if (err) {
		iget_failed(inode);
		return ERR_PTR(err);
	}
	ei->on_disk = true;
	ei->alive = ei->data.links;
	inode->i_mode = ei->data.mode;
	inode->i_nlink = ei->data.links;
	inode->i_uid = ei->data.uid;
	inode->i_gid = ei->data.gid;
	inode->i_size = ei->data.size;
	inode->i_atime = to_timespec(ei->data.atime);
	inode->i_mtime = to_timespec(ei->data.mtime);
	inode->i_ctime = to_timespec(ei->data.ctime);
	inode->i_blocks = ei->data.sectors;
	inode->i_blkbits = EXT2_SB(sb)->layout.block_bits;
	inode_set_fsflags(inode, ei->data.flags);
	ext2_set_operations(inode);
	unlock_new_inode(inode);
	return inode;
}
