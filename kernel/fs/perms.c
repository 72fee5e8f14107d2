/*
 * The calls that ask for or change a file's attributes by its name: access, chmod, chown, utimes,
 * truncate; and chdir, chroot.
 */
#include "kernel/fs/internal.h"
#include "kernel/fs/lease.h"
#include "kernel/fs/namei.h"
#include <linux/falloc.h>
#include <linux/securebits.h>

/* Linux: include/linux/stat.h, not in the UAPI headers. */
#define UTIME_NOW  ((1L << 30) - 1L)
#define UTIME_OMIT ((1L << 30) - 2L)

/* ---- truncate ---- */

int do_truncate(struct dentry *dentry, loff_t length, unsigned int attrs)
{
	struct inode *inode = dentry->d_inode;
	struct iattr attr = {.ia_valid = ATTR_SIZE | attrs, .ia_size = length};
	unsigned int kill;
	int err;

	if (length < 0)
		return -EINVAL;
	inode_lock(inode);
	kill = inode_needs_remove_privs(inode);
	if (kill)
		attr.ia_valid |= kill | ATTR_FORCE;
	err = notify_change(dentry, &attr);
	inode_unlock(inode);
	return err;
}

static int vfs_truncate(const struct path *path, loff_t length)
{
	struct inode *inode = path->dentry->d_inode;
	int err;

	if (S_ISDIR(inode->i_mode))
		return -EISDIR;
	if (!S_ISREG(inode->i_mode))
		return -EINVAL;
	err = mnt_want_write(path->mnt);
	if (!err)
		err = inode_permission(inode, MAY_WRITE);
	if (!err && IS_APPEND(inode))
		err = -EPERM;
	if (err)
		return err;
	if (inode->i_writecount < 0)
		return -ETXTBSY;
	inode->i_writecount++;
	err = break_lease(inode, O_WRONLY);
	if (!err)
		err = do_truncate(path->dentry, length, 0);
	inode->i_writecount--;
	return err;
}

int do_sys_truncate(const char __user *name, loff_t length)
{
	struct path path;
	int err;

	if (length < 0)
		return -EINVAL;
	err = user_path_at(AT_FDCWD, name, LOOKUP_FOLLOW, &path);
	if (err)
		return err;
	err = vfs_truncate(&path, length);
	path_put(&path);
	return err;
}

int do_sys_ftruncate(unsigned int fd, loff_t length, bool small)
{
	struct file *f;
	int err = -EINVAL;

	if (length < 0)
		return -EINVAL;
	f = fget(fd);
	if (!f)
		return -EBADF;
	if (f->f_flags & O_LARGEFILE)
		small = false;
	if (S_ISREG(f->f_inode->i_mode) && f->f_mode & FMODE_WRITE &&
	    !(small && length > MAX_NON_LFS))
		err = IS_APPEND(f->f_inode)
			      ? -EPERM
			      : do_truncate(f->f_path.dentry, length, ATTR_MTIME | ATTR_CTIME);
	fput(f);
	return err;
}

/* The combinations of mode that make sense, in Linux's order. */
static int check_fallocate_mode(int mode)
{
	const int known = FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_COLLAPSE_RANGE |
			  FALLOC_FL_ZERO_RANGE | FALLOC_FL_INSERT_RANGE | FALLOC_FL_UNSHARE_RANGE;
	const int both = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE;

	if (mode & ~known || (mode & both) == both)
		return -EOPNOTSUPP;
	if (mode & FALLOC_FL_PUNCH_HOLE && !(mode & FALLOC_FL_KEEP_SIZE))
		return -EOPNOTSUPP;
	if ((mode & FALLOC_FL_COLLAPSE_RANGE && mode & ~FALLOC_FL_COLLAPSE_RANGE) ||
	    (mode & FALLOC_FL_INSERT_RANGE && mode & ~FALLOC_FL_INSERT_RANGE) ||
	    (mode & FALLOC_FL_UNSHARE_RANGE &&
	     mode & ~(FALLOC_FL_UNSHARE_RANGE | FALLOC_FL_KEEP_SIZE)))
		return -EINVAL;
	return 0;
}

int vfs_fallocate(struct file *f, int mode, loff_t offset, loff_t len)
{
	umode_t type = f->f_inode->i_mode;
	int err;

	if (offset < 0 || len <= 0)
		return -EINVAL;
	err = check_fallocate_mode(mode);
	if (err)
		return err;
	if (!(f->f_mode & FMODE_WRITE))
		return -EBADF;
	if (IS_IMMUTABLE(f->f_inode) || (mode & ~FALLOC_FL_KEEP_SIZE && IS_APPEND(f->f_inode)))
		return -EPERM;
	if (IS_SWAPFILE(f->f_inode))
		return -ETXTBSY;
	if (S_ISFIFO(type))
		return -ESPIPE;
	if (S_ISDIR(type))
		return -EISDIR;
	if (!S_ISREG(type) && !S_ISBLK(type))
		return -ENODEV;
	if (offset > f->f_inode->i_sb->s_maxbytes - len)
		return -EFBIG;
	return f->f_op->fallocate ? f->f_op->fallocate(f, mode, offset, len) : -EOPNOTSUPP;
}

int do_fallocate(int fd, int mode, loff_t offset, loff_t len)
{
	struct file *f = fget(fd);
	int err;

	if (!f)
		return -EBADF;
	err = vfs_fallocate(f, mode, offset, len);
	fput(f);
	return err;
}

/* ---- access ---- */

static int access_path(const struct path *path, int mode)
{
	struct inode *inode = path->dentry->d_inode;
	int err;

	if (mode & MAY_EXEC && S_ISREG(inode->i_mode) && path_noexec(path))
		return -EACCES;
	err = inode_permission(inode, mode | MAY_ACCESS);
	if (err || !(mode & MAY_WRITE))
		return err;
	if (S_ISREG(inode->i_mode) || S_ISDIR(inode->i_mode) || S_ISLNK(inode->i_mode))
		return mnt_want_write(path->mnt);
	return 0;
}

/* The rights with which the real user would do it. */
static void access_override_creds(struct cred *cred)
{
	cred->fsuid = cred->uid;
	cred->fsgid = cred->gid;
	if (!(cred->securebits & issecure_mask(SECURE_NO_SETUID_FIXUP)))
		cred->cap_effective = cred->uid ? 0 : cred->cap_permitted;
}

int do_faccessat(int dfd, const char __user *name, int mode, int flags)
{
	struct cred *cred = &current->cred, old = *cred;
	struct path path;
	int err;

	if (mode & ~(MAY_READ | MAY_WRITE | MAY_EXEC))
		return -EINVAL;
	/* The question is about the real user, for set-user-id programs. */
	if (!(flags & AT_EACCESS))
		access_override_creds(cred);
	err = user_path_at_flags(dfd, name, flags, AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH,
				 &path);
	if (!err) {
		err = access_path(&path, mode);
		path_put(&path);
	}
	*cred = old;
	return err;
}

/* ---- working directory and root ---- */

static void replace_path(struct path *place, const struct path *path)
{
	struct path old = *place;

	path_get(path);
	*place = *path;
	if (old.dentry)
		path_put(&old);
}

int do_chdir(const char __user *name)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &path);

	if (err)
		return err;
	err = inode_permission(path.dentry->d_inode, MAY_EXEC | MAY_CHDIR);
	if (!err)
		replace_path(&current->fs->pwd, &path);
	path_put(&path);
	return err;
}

int do_fchdir(unsigned int fd)
{
	struct file *f = fget_raw(fd);
	int err;

	if (!f)
		return -EBADF;
	err = S_ISDIR(f->f_inode->i_mode) ? inode_permission(f->f_inode, MAY_EXEC | MAY_CHDIR)
					  : -ENOTDIR;
	if (!err)
		replace_path(&current->fs->pwd, &f->f_path);
	fput(f);
	return err;
}

int do_chroot(const char __user *name)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &path);

	if (err)
		return err;
	err = inode_permission(path.dentry->d_inode, MAY_EXEC | MAY_CHDIR);
	if (!err && !has_cap(CAP_SYS_CHROOT))
		err = -EPERM;
	if (!err)
		replace_path(&current->fs->root, &path);
	path_put(&path);
	return err;
}

/* ---- mode, owner, times ---- */

/* owner: the owner or group changes, so the set-user-id and set-group-id bits of a file are
   cleared. */
static int change_attr(const struct path *path, struct iattr *attr, bool owner)
{
	struct inode *inode = path->dentry->d_inode;
	int err = mnt_want_write(path->mnt);

	if (err)
		return err;
	inode_lock(inode);
	if (attr->ia_valid & ATTR_MODE)
		attr->ia_mode = (attr->ia_mode & S_IALLUGO) | (inode->i_mode & ~S_IALLUGO);
	if (owner && !S_ISDIR(inode->i_mode))
		attr->ia_valid |= setattr_should_drop_suidgid(inode) | ATTR_KILL_PRIV;
	err = notify_change(path->dentry, attr);
	inode_unlock(inode);
	return err;
}

int do_fchmodat(int dfd, const char __user *name, umode_t mode)
{
	struct iattr attr = {.ia_valid = ATTR_MODE | ATTR_CTIME, .ia_mode = mode};
	struct path path;
	int err = user_path_at(dfd, name, LOOKUP_FOLLOW, &path);

	if (err)
		return err;
	err = change_attr(&path, &attr, false);
	path_put(&path);
	return err;
}

int do_fchmod(unsigned int fd, umode_t mode)
{
	struct iattr attr = {.ia_valid = ATTR_MODE | ATTR_CTIME, .ia_mode = mode};
	struct file *f = fget(fd);
	int err;

	if (!f)
		return -EBADF;
	err = change_attr(&f->f_path, &attr, false);
	fput(f);
	return err;
}

static int chown_path(const struct path *path, uid_t uid, gid_t gid)
{
	struct iattr attr = {.ia_valid = ATTR_CTIME, .ia_uid = uid, .ia_gid = gid};

	if (uid != (uid_t)-1)
		attr.ia_valid |= ATTR_UID;
	if (gid != (gid_t)-1)
		attr.ia_valid |= ATTR_GID;
	return change_attr(path, &attr, true);
}

int do_fchownat(int dfd, const char __user *name, uid_t uid, gid_t gid, int flags)
{
	struct path path;
	int err;

	err = user_path_at_flags(dfd, name, flags, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, &path);
	if (err)
		return err;
	err = chown_path(&path, uid, gid);
	path_put(&path);
	return err;
}

int do_fchown(unsigned int fd, uid_t uid, gid_t gid)
{
	struct file *f = fget(fd);
	int err;

	if (!f)
		return -EBADF;
	err = chown_path(&f->f_path, uid, gid);
	fput(f);
	return err;
}

static bool nsec_valid(long nsec)
{
	return nsec == UTIME_NOW || nsec == UTIME_OMIT ||
	       (unsigned long)nsec < (unsigned long)NSEC_PER_SEC;
}

static int vfs_utimes(const struct path *path, const struct timespec64 *times)
{
	struct iattr attr = {.ia_valid = ATTR_CTIME | ATTR_ATIME | ATTR_MTIME};

	if (times && (!nsec_valid(times[0].tv_nsec) || !nsec_valid(times[1].tv_nsec)))
		return -EINVAL;
	if (times && times[0].tv_nsec == UTIME_NOW && times[1].tv_nsec == UTIME_NOW)
		times = NULL;
	if (!times) {
		attr.ia_valid |= ATTR_TOUCH;
		return change_attr(path, &attr, false);
	}
	attr.ia_valid |= ATTR_TIMES_SET;
	attr.ia_atime = times[0];
	attr.ia_mtime = times[1];
	if (times[0].tv_nsec == UTIME_OMIT)
		attr.ia_valid &= ~ATTR_ATIME;
	else if (times[0].tv_nsec != UTIME_NOW)
		attr.ia_valid |= ATTR_ATIME_SET;
	if (times[1].tv_nsec == UTIME_OMIT)
		attr.ia_valid &= ~ATTR_MTIME;
	else if (times[1].tv_nsec != UTIME_NOW)
		attr.ia_valid |= ATTR_MTIME_SET;
	return change_attr(path, &attr, false);
}

int do_utimes(int dfd, const char __user *name, const struct timespec64 *times, int flags)
{
	struct path path;
	struct file *f;
	int err;

	if (times && times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT)
		return 0;
	if (!name && dfd != AT_FDCWD) {
		if (flags)
			return -EINVAL;
		f = fget(dfd);
		if (!f)
			return -EBADF;
		err = vfs_utimes(&f->f_path, times);
		fput(f);
		return err;
	}
	err = user_path_at_flags(dfd, name, flags, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, &path);
	if (err)
		return err;
	err = vfs_utimes(&path, times);
	path_put(&path);
	return err;
}
