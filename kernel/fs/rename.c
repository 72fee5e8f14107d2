/*
 * rename: a name moves, within a directory or between two, over an existing name or not, or two
 * names change places.
 */
#include "kernel/fs/internal.h"
#include "kernel/fs/namei.h"
#include "kernel/fs/writeback.h"
#include <linux/fs.h>

/* Serializes renames between directories: only they change which directory is an ancestor of which.
 */
DEFINE_MUTEX(rename_mutex);

/* Lock both parents, the one above first. If one is below the other, returns the child of the upper
   one on the way down: it must not take part in the rename. */
static struct dentry *lock_rename(struct dentry *p1, struct dentry *p2)
{
	struct dentry *trap;

	if (p1 == p2) {
		inode_lock(p1->d_inode);
		return NULL;
	}
	mutex_lock(&rename_mutex);
	trap = d_ancestor(p2, p1);
	if (trap)
		swap(p1, p2);
	else
		trap = d_ancestor(p1, p2);
	inode_lock(p1->d_inode);
	inode_lock(p2->d_inode);
	return trap;
}

static void unlock_rename(struct dentry *p1, struct dentry *p2)
{
	inode_unlock(p1->d_inode);
	if (p1 != p2) {
		inode_unlock(p2->d_inode);
		mutex_unlock(&rename_mutex);
	}
}

/* The rights for a rename, in Linux's order. */
static int rename_permission(struct inode *olddir, struct dentry *old, struct inode *newdir,
			     struct dentry *newd, unsigned int flags)
{
	bool isdir = S_ISDIR(old->d_inode->i_mode);
	int err = may_delete(olddir, old, isdir);

	if (err)
		return err;
	if (!newd->d_inode)
		err = may_create(newdir, newd);
	else if (flags & RENAME_EXCHANGE)
		err = may_delete(newdir, newd, S_ISDIR(newd->d_inode->i_mode));
	else
		err = may_delete(newdir, newd, isdir);
	if (err)
		return err;
	if (!olddir->i_op->rename)
		return -EPERM;
	if (olddir == newdir)
		return 0;
	/* Its ".." changes. */
	if (isdir)
		err = inode_permission(old->d_inode, MAY_WRITE);
	if (!err && flags & RENAME_EXCHANGE && S_ISDIR(newd->d_inode->i_mode))
		err = inode_permission(newd->d_inode, MAY_WRITE);
	return err;
}

static int vfs_rename(struct inode *olddir, struct dentry *old, struct inode *newdir,
		      struct dentry *newd, unsigned int flags)
{
	struct inode *target = newd->d_inode;
	int err;

	if (old->d_inode == target)
		return 0;
	err = rename_permission(olddir, old, newdir, newd, flags);
	if (err)
		return err;
	dget(newd);
	if (target)
		inode_lock(target);
	if (d_mountpoint(old) || d_mountpoint(newd))
		err = -EBUSY;
	if (!err)
		err = olddir->i_op->rename(olddir, old, newdir, newd, flags);
	if (!err && target && !(flags & RENAME_EXCHANGE) && S_ISDIR(target->i_mode)) {
		shrink_dcache_parent(newd);
		target->i_flags |= S_DEAD;
	}
	if (!err && flags & RENAME_EXCHANGE)
		d_exchange(old, newd);
	else if (!err)
		d_move(old, newd);
	if (target)
		inode_unlock(target);
	dput(newd);
	err = names_changed(newdir, old->d_inode, err);
	return olddir == newdir ? err : names_changed(olddir, NULL, err);
}

/* The checks that need both names, and the rename. Both parents are locked. */
static int rename_locked(struct nameidata *from, struct nameidata *to, struct dentry *trap,
			 unsigned int flags)
{
	struct dentry *old, *newd;
	int err = 0;

	old = lookup_last_locked(from);
	if (IS_ERR(old))
		return PTR_ERR(old);
	newd = old->d_inode ? lookup_last_locked(to) : ERR_PTR(-ENOENT);
	if (IS_ERR(newd)) {
		err = PTR_ERR(newd);
		goto out_old;
	}
	if (flags & RENAME_NOREPLACE && newd->d_inode)
		err = -EEXIST;
	else if (flags & RENAME_EXCHANGE && !newd->d_inode)
		err = -ENOENT;
	else if (flags & RENAME_EXCHANGE && !S_ISDIR(newd->d_inode->i_mode) && to->last_slash)
		err = -ENOTDIR;
	else if (!S_ISDIR(old->d_inode->i_mode) &&
		 (from->last_slash || (!(flags & RENAME_EXCHANGE) && to->last_slash)))
		err = -ENOTDIR;
	else if (old == trap)
		err = -EINVAL;
	else if (newd == trap)
		err = flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	else
		err = vfs_rename(from->path.dentry->d_inode, old, to->path.dentry->d_inode, newd,
				 flags);
	dput(newd);
out_old:
	dput(old);
	return err;
}

static int rename_paths(struct nameidata *from, struct nameidata *to, unsigned int flags)
{
	struct dentry *trap;
	int err;

	if (from->path.mnt != to->path.mnt)
		return -EXDEV;
	if (from->last_type != LAST_NORM)
		return -EBUSY;
	if (to->last_type != LAST_NORM)
		return flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	err = mnt_want_write(from->path.mnt);
	if (err)
		return err;
	trap = lock_rename(to->path.dentry, from->path.dentry);
	err = rename_locked(from, to, trap, flags);
	unlock_rename(to->path.dentry, from->path.dentry);
	return err;
}

int do_renameat2(int olddfd, const char __user *uold, int newdfd, const char __user *unew,
		 unsigned int flags)
{
	char *old, *new = NULL;
	struct nameidata from, to;
	int err;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT))
		return -EINVAL;
	if (flags & RENAME_EXCHANGE && flags & (RENAME_NOREPLACE | RENAME_WHITEOUT))
		return -EINVAL;
	old = getname(uold);
	if (IS_ERR(old))
		return PTR_ERR(old);
	new = getname(unew);
	err = path_parentat(olddfd, old, 0, &from);
	if (err)
		goto out;
	/* The new name's fault is seen only after the old one's. */
	err = PTR_ERR_OR_ZERO(new);
	if (!err)
		err = path_parentat(newdfd, new, 0, &to);
	if (!err) {
		err = rename_paths(&from, &to, flags);
		nd_put(&to);
	}
	nd_put(&from);
out:
	putname(new);
	putname(old);
	return err;
}
