/*
 * Names: creating, linking and removing files. The order on the disk that a power cut asks for is
 * kept by write_inode.c (a new inode after its name) and here (a dead inode before the name goes).
 */
#include "kernel/fs/ext2/ext2.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/stat.h>

/* A new inode that does not get its name after all. */
static void abandon(struct inode *inode)
{
	inode->i_nlink = 0;
	unlock_new_inode(inode);
	iput(inode);
}

/* The new inode gets the name, and becomes the dentry's. Its reference is taken over. */
static int finish_new(struct inode *dir, struct dentry *dentry, struct inode *inode, int err)
{
	if (!err)
		err = ext2_add_name(dir, &dentry->d_name, inode);
	if (err) {
		abandon(inode);
		return err;
	}
	ext2_note_name(inode, dir);
	mark_inode_dirty(inode);
	unlock_new_inode(inode);
	d_instantiate(dentry, inode);
	return 0;
}

static int ext2_create(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	struct inode *inode = ext2_new_inode(dir, mode);

	return IS_ERR(inode) ? (int)PTR_ERR(inode) : finish_new(dir, dentry, inode, 0);
}

static struct inode *ext2_tmpfile(struct inode *dir, umode_t mode)
{
	struct inode *inode = ext2_new_inode(dir, mode);

	if (IS_ERR(inode))
		return inode;
	inode->i_nlink = 0;
	mark_inode_dirty(inode);
	unlock_new_inode(inode);
	return inode;
}

static int ext2_mknod(struct inode *dir, struct dentry *dentry, umode_t mode, dev_t rdev)
{
	struct inode *inode = ext2_new_inode(dir, mode);

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	ext2_encode_rdev(&EXT2_I(inode)->data, MAJOR(rdev), MINOR(rdev));
	init_special_inode(inode, inode->i_mode, rdev);
	return finish_new(dir, dentry, inode, 0);
}

/* The target of a symbolic link: in the inode if it is short, else in a block of its own. */
static int set_target(struct inode *inode, const char *target, size_t len)
{
	struct page *page;
	bool fresh;
	int err;

	inode->i_size = len;
	if (len < sizeof(EXT2_I(inode)->data.block)) {
		memcpy(EXT2_I(inode)->data.block, target, len);
		return 0;
	}
	page = find_or_create_page(inode->i_mapping, 0, GFP_NOFS | __GFP_HIGHMEM);
	if (IS_ERR(page))
		return PTR_ERR(page);
	err = ext2_map_page(inode, page, 0, inode->i_sb->s_blocksize, &fresh);
	if (!err) {
		zero_user(page, 0, PAGE_SIZE);
		memcpy_to_page(page, 0, target, len);
		SetPageUptodate(page);
		set_page_dirty(page);
	}
	unlock_page(page);
	put_page(page);
	return err;
}

static int ext2_symlink(struct inode *dir, struct dentry *dentry, const char *target)
{
	size_t len = strlen(target);
	struct inode *inode;

	if (len + 1 > dir->i_sb->s_blocksize)
		return -ENAMETOOLONG;
	inode = ext2_new_inode(dir, S_IFLNK | S_IRWXU | S_IRWXG | S_IRWXO);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	return finish_new(dir, dentry, inode, set_target(inode, target, len));
}

static int ext2_mkdir(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	struct inode *inode;
	int err;

	if (dir->i_nlink >= EXT2_LINK_MAX)
		return -EMLINK;
	inode = ext2_new_inode(dir, S_IFDIR | mode);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	inode->i_nlink = 2;
	err = finish_new(dir, dentry, inode, ext2_make_empty(inode, dir));
	if (err)
		return err;
	dir->i_nlink++;
	mark_inode_dirty(dir);
	return 0;
}

static int ext2_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = old->d_inode;
	struct ext2_inode_info *ei = EXT2_I(inode);
	int err = 0;

	if (inode->i_nlink >= EXT2_LINK_MAX)
		return -EMLINK;
	/* At most one directory has names of it that are not on the disk. */
	if (inode->i_nlink && ei->name_dir && ei->name_dir != dir->i_ino)
		err = ext2_settle_name(inode);
	if (!err)
		err = ext2_add_name(dir, &dentry->d_name, inode);
	if (err)
		return err;
	ext2_note_name(inode, dir);
	inode->i_nlink++;
	inode->i_ctime = current_time();
	mark_inode_dirty(inode);
	if (!igrab(inode))
		return -ENOENT;
	d_instantiate(dentry, inode);
	return 0;
}

/* ---- removing ---- */

int ext2_drop_link(struct inode *dir, struct inode *inode)
{
	struct ext2_sb_info *sbi = EXT2_SB(dir->i_sb);
	struct ext2_inode_info *di = EXT2_I(dir), *ei = EXT2_I(inode);
	unsigned int links = inode->i_nlink;
	int err = 0;

	if (!links) {
		ext2_error(dir->i_sb, "ext2_unlink", "inode #%lu has a name, but no links",
			   (unsigned long)inode->i_ino);
		return -EIO;
	}
	inode->i_nlink = S_ISDIR(inode->i_mode) ? 0 : links - 1;
	/* The name that remains is perhaps not on the disk yet. */
	if (inode->i_nlink && ei->alive)
		err = ext2_settle_name(inode);
	if (!err && !inode->i_nlink && ei->on_disk)
		err = ext2_update_inode(inode);
	if (err) {
		inode->i_nlink = links;
		return err;
	}
	if (!inode->i_nlink && ei->on_disk)
		di->removal_seq = ei->meta_seq;
	if (!inode->i_nlink && list_empty(&di->removal_list))
		list_add_tail(&di->removal_list, &sbi->removal_dirs);
	return 0;
}

/* Remove a name that is known to be there. */
static int remove_name(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;
	unsigned int links = inode->i_nlink;
	struct ext2_entry e;
	int found = ext2_find_entry(dir, &dentry->d_name, &e), err;

	if (found <= 0)
		return found ? found : -ENOENT;
	err = e.ino == inode->i_ino ? ext2_drop_link(dir, inode) : -EUCLEAN;
	if (err) {
		put_page(e.page);
		return err;
	}
	err = ext2_delete_entry(dir, &e);
	if (err) {
		inode->i_nlink = links;
		mark_inode_dirty(inode);
		return err;
	}
	inode->i_ctime = dir->i_ctime;
	mark_inode_dirty(inode);
	return 0;
}

static int ext2_unlink(struct inode *dir, struct dentry *dentry)
{
	return remove_name(dir, dentry);
}

static int ext2_rmdir(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;
	int err;

	if (!ext2_dir_is_empty(inode))
		return -ENOTEMPTY;
	err = remove_name(dir, dentry);
	if (err)
		return err;
	if (dir->i_nlink > 2)
		dir->i_nlink--;
	mark_inode_dirty(dir);
	return 0;
}

const struct inode_operations ext2_dir_inode_operations = {
	.getattr = ext2_getattr,
	.setattr = ext2_setattr,
	.fileattr_get = ext2_fileattr_get,
	.fileattr_set = ext2_fileattr_set,
	.listxattr = ext2_listxattr,
	.lookup = ext2_lookup,
	.create = ext2_create,
	.tmpfile = ext2_tmpfile,
	.link = ext2_link,
	.unlink = ext2_unlink,
	.symlink = ext2_symlink,
	.mkdir = ext2_mkdir,
	.rmdir = ext2_rmdir,
	.mknod = ext2_mknod,
	.rename = ext2_rename,
};
