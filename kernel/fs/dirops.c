/*
 * Changing directories: mkdir, mknod, unlink, rmdir, symlink, link, and readlink. Each call finds
 * the parent directory, locks it, looks the last name up, checks the rights, and lets the file
 * system do it.
 */
#include "kernel/fs/internal.h"
#include "kernel/fs/namei.h"
#include "kernel/fs/writeback.h"
#include "libc/include/bits/format.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/phys/slab.h"

/* ---- rights ---- */

int may_create(struct inode *dir, struct dentry *child)
{
	if (child->d_inode)
		return -EEXIST;
	if (IS_DEADDIR(dir))
		return -ENOENT;
	return inode_permission(dir, MAY_WRITE | MAY_EXEC);
}

/* In a sticky directory only the owner of the file or of the directory may take a name away. */
static bool sticky_forbids(const struct inode *dir, const struct inode *inode)
{
	return dir->i_mode & S_ISVTX && current->cred.fsuid != inode->i_uid &&
	       current->cred.fsuid != dir->i_uid && !has_cap(CAP_FOWNER);
}

int may_delete(struct inode *dir, struct dentry *victim, bool isdir)
{
	struct inode *inode = victim->d_inode;
	int err;

	if (!inode)
		return -ENOENT;
	err = inode_permission(dir, MAY_WRITE | MAY_EXEC);
	if (err)
		return err;
	if (IS_APPEND(dir) || sticky_forbids(dir, inode) || IS_APPEND(inode) ||
	    IS_IMMUTABLE(inode) || IS_SWAPFILE(inode))
		return -EPERM;
	if (isdir != !!S_ISDIR(inode->i_mode))
		return isdir ? -ENOTDIR : -EISDIR;
	if (isdir && IS_ROOT(victim))
		return -EBUSY;
	return IS_DEADDIR(dir) ? -ENOENT : 0;
}

/* ---- creating ---- */

/*
 * The parent of a name to be made, locked, in *nd, and the negative dentry of the name.
 * finish_create undoes it. `dir`: a directory is to be made, so slashes may follow the name.
 */
static struct dentry *start_create(int dfd, const char *name, struct nameidata *nd, bool dir)
{
	struct dentry *d;
	int err;

	err = path_parentat(dfd, name, 0, nd);
	if (err)
		return ERR_PTR(err);
	if (nd->last_type != LAST_NORM) {
		nd_put(nd);
		return ERR_PTR(-EEXIST);
	}
	inode_lock(nd->path.dentry->d_inode);
	d = lookup_last_locked(nd);
	if (IS_ERR(d))
		err = PTR_ERR(d);
	else if (d->d_inode)
		err = -EEXIST;
	else if (nd->last_slash && !dir)
		err = -ENOENT;
	else
		err = mnt_want_write(nd->path.mnt);
	if (!err)
		return d;
	if (!IS_ERR(d))
		dput(d);
	inode_unlock(nd->path.dentry->d_inode);
	nd_put(nd);
	return ERR_PTR(err);
}

static void finish_create(struct nameidata *nd, struct dentry *d)
{
	dput(d);
	inode_unlock(nd->path.dentry->d_inode);
	nd_put(nd);
}

/* The mode of a new file in `dir`. A process cannot create a set-group-id file of a group that it
   is not a member of. */
static umode_t vfs_prepare_mode(const struct inode *dir, umode_t mode)
{
	return mode_strip_sgid(dir, mode) & ~current->fs->umask;
}

int vfs_create(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	int err = may_create(dir, dentry);

	if (err)
		return err;
	if (!dir->i_op->create)
		return -EACCES;
	err = dir->i_op->create(dir, dentry, vfs_prepare_mode(dir, mode & S_IALLUGO) | S_IFREG);
	return names_changed(dir, dentry->d_inode, err);
}

/* The name that /proc shows of a file without one. */
static struct dentry *d_alloc_tmpfile(struct dentry *parent, const struct inode *inode)
{
	char text[24];
	struct qstr name = {.name = text};

	name.len = snprintf(text, sizeof(text), "#%llu", (unsigned long long)inode->i_ino);
	name.hash = full_name_hash(name.name, name.len);
	return d_alloc(parent, &name);
}

int vfs_tmpfile(const struct path *parent, umode_t mode, bool linkable, struct path *file)
{
	struct inode *dir = parent->dentry->d_inode, *inode;
	struct dentry *dentry;
	int err = inode_permission(dir, MAY_WRITE | MAY_EXEC);

	if (err)
		return err;
	if (!dir->i_op->tmpfile)
		return -EOPNOTSUPP;
	inode = dir->i_op->tmpfile(dir, vfs_prepare_mode(dir, mode & S_IALLUGO) | S_IFREG);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	dentry = d_alloc_tmpfile(parent->dentry, inode);
	if (!dentry) {
		iput(inode);
		return -ENOMEM;
	}
	if (linkable)
		inode->i_state |= I_LINKABLE;
	d_instantiate(dentry, inode);
	*file = (struct path){.mnt = parent->mnt, .dentry = dentry};
	path_get(file);
	dput(dentry);
	return 0;
}

static int vfs_mkdir(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	int err = may_create(dir, dentry);

	if (err)
		return err;
	if (!dir->i_op->mkdir)
		return -EPERM;
	err = dir->i_op->mkdir(
		dir, dentry, vfs_prepare_mode(dir, mode & (S_IRWXU | S_IRWXG | S_IRWXO | S_ISVTX)));
	return names_changed(dir, dentry->d_inode, err);
}

int do_mkdirat(int dfd, const char __user *uname, umode_t mode)
{
	char *name = getname(uname);
	struct nameidata nd;
	struct dentry *d;
	int err;

	if (IS_ERR(name))
		return PTR_ERR(name);
	d = start_create(dfd, name, &nd, true);
	err = PTR_ERR_OR_ZERO(d);
	if (!err) {
		err = vfs_mkdir(nd.path.dentry->d_inode, d, mode);
		finish_create(&nd, d);
	}
	putname(name);
	return err;
}

static int vfs_mknod(struct inode *dir, struct dentry *dentry, umode_t mode, dev_t dev)
{
	int err = may_create(dir, dentry);

	if (err)
		return err;
	/* the character device 0:0 leads to no driver: it is a whiteout, which anybody may make */
	if ((S_ISCHR(mode) || S_ISBLK(mode)) && !(S_ISCHR(mode) && !dev) && !has_cap(CAP_MKNOD))
		return -EPERM;
	if (!dir->i_op->mknod)
		return -EPERM;
	err = dir->i_op->mknod(dir, dentry, vfs_prepare_mode(dir, mode), dev);
	return names_changed(dir, dentry->d_inode, err);
}

/* What may be made by mknod. */
static int may_mknod(umode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
	case 0:
		return 0;
	case S_IFDIR:
		return -EPERM;
	default:
		return -EINVAL;
	}
}

int do_mknodat(int dfd, const char __user *uname, umode_t mode, unsigned int dev)
{
	int err = may_mknod(mode);
	struct nameidata nd;
	struct dentry *d;
	char *name;

	if (err)
		return err;
	name = getname(uname);
	if (IS_ERR(name))
		return PTR_ERR(name);
	d = start_create(dfd, name, &nd, false);
	err = PTR_ERR_OR_ZERO(d);
	if (!err) {
		struct inode *dir = nd.path.dentry->d_inode;

		if (S_ISREG(mode) || !(mode & S_IFMT))
			err = vfs_create(dir, d, mode);
		else
			err = vfs_mknod(dir, d, mode,
					S_ISCHR(mode) || S_ISBLK(mode) ? new_decode_dev(dev) : 0);
		finish_create(&nd, d);
	}
	putname(name);
	return err;
}

static int vfs_symlink(struct inode *dir, struct dentry *dentry, const char *target)
{
	int err = may_create(dir, dentry);

	if (err)
		return err;
	if (!dir->i_op->symlink)
		return -EPERM;
	err = dir->i_op->symlink(dir, dentry, target);
	return names_changed(dir, dentry->d_inode, err);
}

int do_symlinkat(const char __user *utarget, int newdfd, const char __user *uname)
{
	char *target = getname(utarget), *name = NULL;
	struct nameidata nd;
	struct dentry *d;
	int err;

	if (IS_ERR(target))
		return PTR_ERR(target);
	name = getname(uname);
	err = PTR_ERR_OR_ZERO(name);
	if (err)
		goto out;
	d = start_create(newdfd, name, &nd, false);
	err = PTR_ERR_OR_ZERO(d);
	if (err)
		goto out;
	err = vfs_symlink(nd.path.dentry->d_inode, d, target);
	finish_create(&nd, d);
out:
	putname(name);
	putname(target);
	return err;
}

/*
 * Which files a process may link: its own, and regular files that it may read and write and that
 * are neither set-user-id nor executable set-group-id (fs.protected_hardlinks, which Debian
 * enables).
 */
static int may_linkat(struct inode *inode)
{
	bool safe = S_ISREG(inode->i_mode) && !(inode->i_mode & S_ISUID) &&
		    (inode->i_mode & (S_ISGID | S_IXGRP)) != (S_ISGID | S_IXGRP) &&
		    !inode_permission(inode, MAY_READ | MAY_WRITE);

	return safe || inode_owner_or_capable(inode) ? 0 : -EPERM;
}

static int vfs_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = old->d_inode;
	int err = may_create(dir, dentry);

	if (err)
		return err;
	if (dir->i_sb != inode->i_sb)
		return -EXDEV;
	if (IS_APPEND(inode) || IS_IMMUTABLE(inode))
		return -EPERM;
	if (!dir->i_op->link || S_ISDIR(inode->i_mode))
		return -EPERM;
	inode_lock(inode);
	/* The last name went away between the walk and here; or there was none yet. */
	if (inode->i_nlink || inode->i_state & I_LINKABLE)
		err = dir->i_op->link(old, dir, dentry);
	else
		err = -ENOENT;
	if (!err)
		inode->i_state &= ~I_LINKABLE;
	inode_unlock(inode);
	return names_changed(dir, inode, err);
}

int do_linkat(int olddfd, const char __user *uold, int newdfd, const char __user *unew, int flags)
{
	unsigned int how = flags & AT_SYMLINK_FOLLOW ? LOOKUP_FOLLOW : 0;
	struct nameidata nd;
	struct path old;
	struct dentry *d;
	char *name;
	int err;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH) {
		if (!has_cap(CAP_DAC_READ_SEARCH))
			return -ENOENT;
		how |= LOOKUP_EMPTY;
	}
	err = user_path_at(olddfd, uold, how, &old);
	if (err)
		return err;
	name = getname(unew);
	err = PTR_ERR_OR_ZERO(name);
	if (err)
		goto out_old;
	d = start_create(newdfd, name, &nd, false);
	err = PTR_ERR_OR_ZERO(d);
	if (err)
		goto out_name;
	if (old.mnt != nd.path.mnt)
		err = -EXDEV;
	else
		err = may_linkat(old.dentry->d_inode);
	if (!err)
		err = vfs_link(old.dentry, nd.path.dentry->d_inode, d);
	finish_create(&nd, d);
out_name:
	putname(name);
out_old:
	path_put(&old);
	return err;
}

/* ---- removing ---- */

static int vfs_rmdir(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;
	int err = may_delete(dir, dentry, true);

	if (err)
		return err;
	if (!dir->i_op->rmdir)
		return -EPERM;
	inode_lock(inode);
	if (d_mountpoint(dentry)) {
		err = -EBUSY;
	} else {
		err = dir->i_op->rmdir(dir, dentry);
		if (!err) {
			shrink_dcache_parent(dentry);
			inode->i_flags |= S_DEAD;
		}
	}
	inode_unlock(inode);
	if (!err)
		d_delete(dentry);
	return names_changed(dir, NULL, err);
}

static int vfs_unlink(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;
	int err = may_delete(dir, dentry, false);

	if (err)
		return err;
	if (!dir->i_op->unlink)
		return -EPERM;
	inode_lock(inode);
	err = d_mountpoint(dentry) ? -EBUSY : dir->i_op->unlink(dir, dentry);
	inode_unlock(inode);
	if (!err)
		d_delete(dentry);
	return names_changed(dir, NULL, err);
}

/* What a removing call answers when the name is not a plain one. */
static int bad_last_for_rmdir(int last_type)
{
	switch (last_type) {
	case LAST_DOTDOT:
		return -ENOTEMPTY;
	case LAST_DOT:
		return -EINVAL;
	case LAST_ROOT:
		return -EBUSY;
	default:
		return 0;
	}
}

/* Common to unlink and rmdir: find, lock, remove. */
static int remove_at(int dfd, const char *name, bool isdir)
{
	struct inode *inode = NULL, *dir;
	struct nameidata nd;
	struct dentry *d;
	int err;

	err = path_parentat(dfd, name, 0, &nd);
	if (err)
		return err;
	if (isdir)
		err = bad_last_for_rmdir(nd.last_type);
	else if (nd.last_type != LAST_NORM)
		err = -EISDIR;
	if (!err)
		err = mnt_want_write(nd.path.mnt);
	if (err)
		goto out;
	dir = nd.path.dentry->d_inode;
	inode_lock(dir);
	d = lookup_last_locked(&nd);
	err = PTR_ERR_OR_ZERO(d);
	if (!err) {
		if (!d->d_inode)
			err = -ENOENT;
		else if (!isdir && nd.last_slash)
			err = S_ISDIR(d->d_inode->i_mode) ? -EISDIR : -ENOTDIR;
		else
			inode = igrab(d->d_inode); /* its pages go after the unlock */
		if (!err)
			err = isdir ? vfs_rmdir(dir, d) : vfs_unlink(dir, d);
		dput(d);
	}
	inode_unlock(dir);
	iput(inode);
out:
	nd_put(&nd);
	return err;
}

int do_rmdir(int dfd, const char __user *uname)
{
	char *name = getname(uname);
	int err;

	if (IS_ERR(name))
		return PTR_ERR(name);
	err = remove_at(dfd, name, true);
	putname(name);
	return err;
}

int kern_unlink(const char *name)
{
	return remove_at(AT_FDCWD, name, false);
}

int do_unlinkat(int dfd, const char __user *uname)
{
	char *name = getname(uname);
	int err;

	if (IS_ERR(name))
		return PTR_ERR(name);
	err = remove_at(dfd, name, false);
	putname(name);
	return err;
}

/* ---- readlink ---- */

/* The text of a link: of a magic one, the path of what it leads to. kmalloc'ed or ERR_PTR. */
static char *read_link_text(const struct path *path)
{
	struct inode *inode = path->dentry->d_inode;
	struct path target;
	char *buf, *text;
	int err;

	if (!inode->i_op->follow_magic)
		return inode->i_op->get_link ? inode->i_op->get_link(inode) : ERR_PTR(-EINVAL);
	err = inode->i_op->follow_magic(inode, &target);
	if (err)
		return ERR_PTR(err);
	buf = kmalloc(PATH_MAX_KERNEL, GFP_KERNEL);
	text = buf ? d_path(&target, buf, PATH_MAX_KERNEL) : ERR_PTR(-ENOMEM);
	path_put(&target);
	if (IS_ERR(text)) {
		kfree(buf);
		return text;
	}
	memmove(buf, text, strlen(text) + 1);
	return buf;
}

int do_readlinkat(int dfd, const char __user *name, char __user *buf, int size)
{
	struct path path;
	char *text;
	int err;

	if (size <= 0)
		return -EINVAL;
	err = user_path_at(dfd, name, LOOKUP_EMPTY, &path);
	if (err)
		return err;
	if (!S_ISLNK(path.dentry->d_inode->i_mode)) {
		/* An empty name means dfd itself (an O_PATH file of a link); anything else there is
		 * ENOENT. */
		char first;

		err = get_user(first, name) ? -EFAULT : first ? -EINVAL : -ENOENT;
		goto out;
	}
	touch_atime(&path);
	text = read_link_text(&path);
	err = PTR_ERR_OR_ZERO(text);
	if (!err) {
		err = min_t(int, size, strlen(text));
		if (copy_to_user(buf, text, err))
			err = -EFAULT;
		kfree(text);
	}
out:
	path_put(&path);
	return err;
}
