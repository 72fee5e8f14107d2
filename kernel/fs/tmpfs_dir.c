/*
 * Directories of tmpfs: they exist in the dentry cache only. Each name's dentry is pinned by one
 * reference for as long as the name exists; reading a directory walks its dentry's children.
 */
#include "kernel/fs/tmpfs.h"
#include "libc/include/string.h"
#include "mm/gfp.h"
#include "mm/slab.h"
#include <linux/fs.h>

/*
 * Where a name stands in its directory, as a position for readdir: newer names come first, and a
 * name's position never changes, so a reader misses nothing and sees nothing twice whatever else is
 * removed.
 */
#define DIR_OFFSET_MAX	 0x7fffffffU
#define DIR_OFFSET_FIRST 2 /* after . and .. */

static unsigned int d_dir_offset(const struct dentry *d)
{
	return DIR_OFFSET_MAX - (unsigned int)(unsigned long)d->d_fsdata;
}

static void give_dir_offset(struct dentry *d)
{
	struct tmpfs_sb_info *sbi = TMPFS_SB(d->d_sb);

	if (sbi->next_offset < DIR_OFFSET_MAX - DIR_OFFSET_FIRST)
		sbi->next_offset++;
	d->d_fsdata = (void *)(unsigned long)sbi->next_offset;
}

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
	list_move(&dentry->d_child, &dentry->d_parent->d_subdirs);
	give_dir_offset(dentry);
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
	char *text;

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	text = kstrdup(target, GFP_KERNEL);
	if (!text) {
		inode->i_nlink = 0;
		iput(inode);
		return -ENOMEM;
	}
	TMPFS_I(inode)->symlink = text;
	inode->i_size = strlen(text);
	add_name(dir, dentry, inode);
	return 0;
}

static int tmpfs_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = old->d_inode;

	inode->i_nlink++;
	inode->i_ctime = current_time();
	add_name(dir, dentry, igrab(inode));
	return 0;
}

/* The name goes: the pin with it. */
static int tmpfs_unlink(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;

	dir->i_size -= BOGO_DIRENT_SIZE;
	touch_dir(dir);
	inode->i_ctime = dir->i_ctime;
	inode->i_nlink--;
	dput(dentry);
	return 0;
}

static bool dir_is_empty(const struct dentry *dir)
{
	const struct dentry *d;

	list_for_each_entry (d, &dir->d_subdirs, d_child) {
		if (d->d_inode && !d_unhashed(d))
			return false;
	}
	return true;
}

static int tmpfs_rmdir(struct inode *dir, struct dentry *dentry)
{
	if (!dir_is_empty(dentry))
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
	give_dir_offset(old);
	give_dir_offset(newd);
	return 0;
}

static int tmpfs_rename(struct inode *olddir, struct dentry *old, struct inode *newdir,
			struct dentry *newd, unsigned int flags)
{
	bool isdir = S_ISDIR(old->d_inode->i_mode);

	if (flags & ~(unsigned int)(RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	if (flags & RENAME_EXCHANGE)
		return tmpfs_exchange(olddir, old, newdir, newd);
	if (newd->d_inode) {
		if (isdir && !dir_is_empty(newd))
			return -ENOTEMPTY;
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
	give_dir_offset(old); /* d_move puts it in front */
	return 0;
}

const struct inode_operations tmpfs_dir_iops = {
	.lookup = tmpfs_lookup,
	.create = tmpfs_create,
	.link = tmpfs_link,
	.unlink = tmpfs_unlink,
	.symlink = tmpfs_symlink,
	.mkdir = tmpfs_mkdir,
	.rmdir = tmpfs_rmdir,
	.mknod = tmpfs_mknod,
	.rename = tmpfs_rename,
	.getattr = tmpfs_getattr,
};

/* ---- reading ---- */

static unsigned int mode_to_type(umode_t mode)
{
	return (mode & S_IFMT) >> 12; /* DT_ values are the mode's top bits */
}

static int tmpfs_iterate(struct file *f, struct dir_context *ctx)
{
	struct dentry *dir = f->f_path.dentry, *d;
	u64 parent_ino = dir->d_parent->d_inode->i_ino;

	if (ctx->pos == 0) {
		if (ctx->actor(ctx->ctx, ".", 1, 0, dir->d_inode->i_ino, mode_to_type(S_IFDIR)))
			return 0;
		ctx->pos = 1;
	}
	if (ctx->pos == 1) {
		if (ctx->actor(ctx->ctx, "..", 2, 1, parent_ino, mode_to_type(S_IFDIR)))
			return 0;
		ctx->pos = DIR_OFFSET_FIRST;
	}
	/* The children are sorted by falling number, so by rising position. Names that exist are
	   pinned, and the locked directory keeps them: the walk may sleep at one. */
	list_for_each_entry (d, &dir->d_subdirs, d_child) {
		if (!d->d_inode || d_unhashed(d) || d_dir_offset(d) < ctx->pos)
			continue;
		if (ctx->actor(ctx->ctx, d->d_name.name, d->d_name.len, d_dir_offset(d),
			       d->d_inode->i_ino, mode_to_type(d->d_inode->i_mode)))
			return 0;
		ctx->pos = (loff_t)d_dir_offset(d) + 1;
	}
	return 0;
}

static loff_t tmpfs_dir_llseek(struct file *f, loff_t offset, int whence)
{
	if (whence == SEEK_CUR)
		offset += f->f_pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (offset < 0)
		return -EINVAL;
	f->f_pos = offset;
	return offset;
}

static int noop_fsync(struct file *f, loff_t start, loff_t end, int datasync)
{
	return 0;
}

const struct file_operations tmpfs_dir_fops = {
	.llseek = tmpfs_dir_llseek,
	.iterate = tmpfs_iterate,
	.fsync = noop_fsync,
};
