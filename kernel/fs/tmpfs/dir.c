/*
 * Directories of tmpfs: they exist in the dentry cache only. Each name's dentry is pinned by one
 * reference for as long as the name exists; reading a directory walks its dentry's children.
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
	if (newd->d_inode && isdir && !dir_is_empty(newd))
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

/* ---- reading ---- */

static unsigned int mode_to_type(umode_t mode)
{
	return (mode & S_IFMT) >> 12; /* DT_ values are the mode's top bits */
}

/*
 * A position counts names, newest first. Between two calls the reader's place is kept by a cursor,
 * a dentry without a name in the list of children, so that names that come and go do not move it.
 */
#define DIR_POS_FIRST 2 /* after . and .. */

static int tmpfs_dir_open(struct inode *inode, struct file *f)
{
	f->private_data = d_alloc_cursor(f->f_path.dentry);
	return f->private_data ? 0 : -ENOMEM;
}

static int tmpfs_dir_release(struct inode *inode, struct file *f)
{
	dput(f->private_data);
	return 0;
}

/* The count-th name behind `p` in the list of children, or NULL. Names that exist are pinned, and
   the locked directory keeps them: the result needs no reference. */
static struct dentry *scan_positives(struct dentry *dir, struct list_head *p, loff_t count)
{
	while ((p = p->next) != &dir->d_subdirs) {
		struct dentry *d = list_entry(p, struct dentry, d_child);

		if (d->d_inode && !d_unhashed(d) && !--count)
			return d;
	}
	return NULL;
}

static loff_t tmpfs_dir_llseek(struct file *f, loff_t offset, int whence)
{
	struct dentry *dir = f->f_path.dentry, *cursor = f->private_data, *to = NULL;

	if (whence == SEEK_CUR)
		offset += f->f_pos;
	if ((whence != SEEK_SET && whence != SEEK_CUR) || offset < 0)
		return -EINVAL;
	if (offset == f->f_pos)
		return offset;
	down_read(&dir->d_inode->i_rwsem);
	if (offset > DIR_POS_FIRST)
		to = scan_positives(dir, &dir->d_subdirs, offset - DIR_POS_FIRST);
	if (to)
		list_move(&cursor->d_child, &to->d_child);
	else
		list_del_init(&cursor->d_child);
	f->f_pos = offset;
	up_read(&dir->d_inode->i_rwsem);
	return offset;
}

/* The entries . and .. ; false if the reader has no room for them. */
static bool emit_dots(struct dentry *dir, struct dir_context *ctx)
{
	unsigned int type = mode_to_type(S_IFDIR);

	if (ctx->pos == 0) {
		if (ctx->actor(ctx->ctx, ".", 1, 0, dir->d_inode->i_ino, type))
			return false;
		ctx->pos = 1;
	}
	if (ctx->pos == 1) {
		if (ctx->actor(ctx->ctx, "..", 2, 1, dir->d_parent->d_inode->i_ino, type))
			return false;
		ctx->pos = DIR_POS_FIRST;
	}
	return true;
}

static int tmpfs_iterate(struct file *f, struct dir_context *ctx)
{
	struct dentry *dir = f->f_path.dentry, *cursor = f->private_data, *d;
	struct list_head *p = &cursor->d_child;

	if (!emit_dots(dir, ctx))
		return 0;
	if (ctx->pos == DIR_POS_FIRST)
		p = &dir->d_subdirs;
	else if (list_empty(p))
		return 0;
	while ((d = scan_positives(dir, p, 1))) {
		if (ctx->actor(ctx->ctx, d->d_name.name, d->d_name.len, ctx->pos, d->d_inode->i_ino,
			       mode_to_type(d->d_inode->i_mode)))
			break;
		ctx->pos++;
		p = &d->d_child;
	}
	if (d)
		list_move_tail(&cursor->d_child, &d->d_child);
	else
		list_del_init(&cursor->d_child);
	return 0;
}

static int noop_fsync(struct file *f, loff_t start, loff_t end, int datasync)
{
	return 0;
}

const struct file_operations tmpfs_dir_fops = {
	.llseek = tmpfs_dir_llseek,
	.open = tmpfs_dir_open,
	.release = tmpfs_dir_release,
	.read = generic_read_dir,
	.iterate = tmpfs_iterate,
	.fsync = noop_fsync,
};
