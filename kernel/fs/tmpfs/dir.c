/*
 * Directories of tmpfs: they exist in the dentry cache only. Each name's dentry is pinned by one
 * reference for as long as the name exists; reading a directory walks its dentry's children
 * (libfs.c).
 */
#include "kernel/fs/tmpfs/tmpfs.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/phys/slab.h"
#include <linux/fs.h>

static struct dentry *tmpfs_lookup(struct inode *dir, struct dentry *dentry)
{
	d_add(dentry, NULL);
	return NULL;
}

static void touch_dir(struct inode *dir)
{
	dir->i_mtime = dir->i_ctime = current_time();
}

/* The name comes to be: pin it. */
static void add_name(struct inode *dir, struct dentry *dentry, struct inode *inode)
{
	dir->i_size += BOGO_DIRENT_SIZE;
	touch_dir(dir);
	d_instantiate(dentry, inode);
	dget(dentry);
}

int tmpfs_mknod(struct inode *dir, struct dentry *dentry, umode_t mode, dev_t dev)
{
	struct inode *inode = tmpfs_get_inode(dir->i_sb, dir, mode, dev);

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	add_name(dir, dentry, inode);
	return 0;
}

static int tmpfs_create(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	return tmpfs_mknod(dir, dentry, mode | S_IFREG, 0);
}

/* Without a name: nothing pins it, and it ends with its last user unless it gets one. */
static struct inode *tmpfs_tmpfile(struct inode *dir, umode_t mode)
{
	struct inode *inode = tmpfs_get_inode(dir->i_sb, dir, mode, 0);

	if (!IS_ERR(inode))
		inode->i_nlink = 0;
	return inode;
}

static int tmpfs_mkdir(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	int err = tmpfs_mknod(dir, dentry, mode | S_IFDIR, 0);

	if (!err)
		dir->i_nlink++;
	return err;
}

static int tmpfs_symlink(struct inode *dir, struct dentry *dentry, const char *target)
{
	struct inode *inode = tmpfs_get_inode(dir->i_sb, dir, S_IFLNK | 0777, 0);
	int err;

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	err = tmpfs_set_link(inode, target);
	if (err) {
		inode->i_nlink = 0;
		iput(inode);
		return err;
	}
	add_name(dir, dentry, inode);
	return 0;
}

/*
 * A file system on a disk counts no names as inodes. But here each name pins a dentry, which no
 * reclaim can free: a user could fill the memory with names of one file. A file's first name is
 * paid for with its inode.
 */
static int tmpfs_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = old->d_inode;
	int err = inode->i_nlink ? tmpfs_reserve_inode(inode->i_sb) : 0;

	if (err)
		return err;
	inode->i_nlink++;
	inode->i_ctime = current_time();
	add_name(dir, dentry, igrab(inode));
	return 0;
}

/* The name goes: the pin with it. */
static int tmpfs_unlink(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;

	if (inode->i_nlink > 1 && !S_ISDIR(inode->i_mode))
		tmpfs_free_inode(inode->i_sb);
	dir->i_size -= BOGO_DIRENT_SIZE;
	touch_dir(dir);
	inode->i_ctime = dir->i_ctime;
	inode->i_nlink--;
	dput(dentry);
	return 0;
}

static int tmpfs_rmdir(struct inode *dir, struct dentry *dentry)
{
	if (!simple_empty(dentry))
		return -ENOTEMPTY;
	dentry->d_inode->i_nlink--; /* its own . */
	dir->i_nlink--;		    /* and its .. */
	return tmpfs_unlink(dir, dentry);
}

static int tmpfs_exchange(struct inode *olddir, struct dentry *old, struct inode *newdir,
			  struct dentry *newd)
{
	bool a = S_ISDIR(old->d_inode->i_mode), b = S_ISDIR(newd->d_inode->i_mode);

	if (olddir != newdir && a != b) {
		olddir->i_nlink += b - a;
		newdir->i_nlink += a - b;
	}
	touch_dir(olddir);
	touch_dir(newdir);
	old->d_inode->i_ctime = newd->d_inode->i_ctime = olddir->i_ctime;
	return 0;
}

/* The old name of what moves away stays: a whiteout, the device 0:0, stands there. The dentry moves
   with the file, so the whiteout gets a new one, which is found once the old one is gone. */
static int tmpfs_whiteout(struct inode *dir, struct dentry *old)
{
	struct dentry *whiteout = d_alloc(old->d_parent, &old->d_name);
	int err;

	if (!whiteout)
		return -ENOMEM;
	d_add(whiteout, NULL);
	err = tmpfs_mknod(dir, whiteout, S_IFCHR, 0);
	if (err)
		d_drop(whiteout);
	dput(whiteout);
	return err;
}

static int tmpfs_rename(struct inode *olddir, struct dentry *old, struct inode *newdir,
			struct dentry *newd, unsigned int flags)
{
	bool isdir = S_ISDIR(old->d_inode->i_mode);
	int err;

	if (flags & RENAME_EXCHANGE)
		return tmpfs_exchange(olddir, old, newdir, newd);
	if (newd->d_inode && isdir && !simple_empty(newd))
		return -ENOTEMPTY;
	if (flags & RENAME_WHITEOUT) {
		err = tmpfs_whiteout(olddir, old);
		if (err)
			return err;
	}
	if (newd->d_inode) {
		if (isdir)
			newd->d_inode->i_nlink--;
		tmpfs_unlink(newdir, newd);
	} else if (isdir) {
		newdir->i_nlink++;
	}
	if (isdir)
		olddir->i_nlink--;
	olddir->i_size -= BOGO_DIRENT_SIZE;
	newdir->i_size += BOGO_DIRENT_SIZE;
	touch_dir(olddir);
	touch_dir(newdir);
	old->d_inode->i_ctime = olddir->i_ctime;
	return 0;
}

const struct inode_operations tmpfs_dir_iops = {
	.lookup = tmpfs_lookup,
	.create = tmpfs_create,
	.tmpfile = tmpfs_tmpfile,
	.link = tmpfs_link,
	.unlink = tmpfs_unlink,
	.symlink = tmpfs_symlink,
	.mkdir = tmpfs_mkdir,
	.rmdir = tmpfs_rmdir,
	.mknod = tmpfs_mknod,
	.rename = tmpfs_rename,
	.getattr = tmpfs_getattr,
	.fileattr_get = tmpfs_fileattr_get,
	.fileattr_set = tmpfs_fileattr_set,
	.listxattr = tmpfs_listxattr,
};
