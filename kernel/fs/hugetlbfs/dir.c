/*
 * Directories of hugetlbfs: they exist in the dentry cache only, in which each name pins a dentry.
 * Reading them is in kernel/fs/libfs.c.
 */
#include "kernel/fs/hugetlbfs/hugetlbfs.h"
#include <linux/fs.h>

static struct dentry *hugetlbfs_lookup(struct inode *dir, struct dentry *dentry)
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
	touch_dir(dir);
	d_instantiate(dentry, inode);
	dget(dentry);
}

static int hugetlbfs_mknod(struct inode *dir, struct dentry *dentry, umode_t mode, dev_t dev)
{
	struct inode *inode = hugetlbfs_get_inode(dir->i_sb, dir, mode, dev);

	if (!inode)
		return -ENOSPC;
	add_name(dir, dentry, inode);
	return 0;
}

static int hugetlbfs_create(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	return hugetlbfs_mknod(dir, dentry, mode | S_IFREG, 0);
}

/* Without a name: nothing pins it, and it ends with its last user unless it gets one. */
static struct inode *hugetlbfs_tmpfile(struct inode *dir, umode_t mode)
{
	struct inode *inode = hugetlbfs_get_inode(dir->i_sb, dir, mode | S_IFREG, 0);

	if (!inode)
		return ERR_PTR(-ENOSPC);
	touch_dir(dir);
	inode->i_nlink = 0;
	return inode;
}

static int hugetlbfs_mkdir(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	int err = hugetlbfs_mknod(dir, dentry, mode | S_IFDIR, 0);

	if (!err)
		dir->i_nlink++;
	return err;
}

/* The text of a symbolic link would be written to a page of the file, and those cannot be written
   by calls: as on Linux, there are none. */
static int hugetlbfs_symlink(struct inode *dir, struct dentry *dentry, const char *target)
{
	return -EINVAL;
}

static int hugetlbfs_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = old->d_inode;

	inode->i_nlink++;
	add_name(dir, dentry, igrab(inode));
	inode->i_ctime = dir->i_ctime;
	return 0;
}

/* The name goes: the pin with it. */
static int hugetlbfs_unlink(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;

	touch_dir(dir);
	inode->i_ctime = dir->i_ctime;
	inode->i_nlink--;
	dput(dentry);
	return 0;
}

static int hugetlbfs_rmdir(struct inode *dir, struct dentry *dentry)
{
	if (!simple_empty(dentry))
		return -ENOTEMPTY;
	dentry->d_inode->i_nlink--; /* its own . */
	dir->i_nlink--;		    /* and its .. */
	return hugetlbfs_unlink(dir, dentry);
}

static void exchange_parents(struct inode *olddir, const struct inode *old, struct inode *newdir,
			     const struct inode *new)
{
	bool a = S_ISDIR(old->i_mode), b = S_ISDIR(new->i_mode);

	olddir->i_nlink += b - a;
	newdir->i_nlink += a - b;
}

static int hugetlbfs_rename(struct inode *olddir, struct dentry *old, struct inode *newdir,
			    struct dentry *newd, unsigned int flags)
{
	bool isdir = S_ISDIR(old->d_inode->i_mode);

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	if (flags & RENAME_EXCHANGE) {
		if (olddir != newdir)
			exchange_parents(olddir, old->d_inode, newdir, newd->d_inode);
	} else if (newd->d_inode) {
		if (!simple_empty(newd))
			return -ENOTEMPTY;
		if (isdir) {
			newd->d_inode->i_nlink--;
			olddir->i_nlink--;
		}
		hugetlbfs_unlink(newdir, newd);
	} else if (isdir) {
		olddir->i_nlink--;
		newdir->i_nlink++;
	}
	touch_dir(olddir);
	touch_dir(newdir);
	old->d_inode->i_ctime = olddir->i_ctime;
	if (flags & RENAME_EXCHANGE)
		newd->d_inode->i_ctime = olddir->i_ctime;
	return 0;
}

const struct inode_operations hugetlbfs_dir_iops = {
	.lookup = hugetlbfs_lookup,
	.create = hugetlbfs_create,
	.tmpfile = hugetlbfs_tmpfile,
	.link = hugetlbfs_link,
	.unlink = hugetlbfs_unlink,
	.symlink = hugetlbfs_symlink,
	.mkdir = hugetlbfs_mkdir,
	.rmdir = hugetlbfs_rmdir,
	.mknod = hugetlbfs_mknod,
	.rename = hugetlbfs_rename,
	.setattr = hugetlbfs_setattr,
};
