/*
 * Attributes of files: permission checks, and changes of owner, mode, times and size.
 */
#include "kernel/fs/internal.h"
#include "kernel/fs/writeback.h"
#include "kernel/fs/xattr.h"

#define RELATIME_SECONDS (24 * 60 * 60)

/* The clock of files goes by ticks: divided once for each. */
static const struct timespec64 *tick_time(void)
{
	static s64 last_ns;
	static struct timespec64 last;
	s64 ns = ktime_get_coarse_real_ns();

	if (ns != last_ns) {
		last = ns_to_timespec64(ns);
		last_ns = ns;
	}
	return &last;
}

struct timespec64 current_time(void)
{
	return *tick_time();
}

/* ---- permissions ---- */

bool inode_owner_or_capable(const struct inode *inode)
{
	return current->cred.fsuid == inode->i_uid || has_cap(CAP_FOWNER);
}

/* May current give a file of group `gid` the set-group-id bit? */
static bool in_group_or_capable(gid_t gid)
{
	return in_group_p(gid) || has_cap(CAP_FSETID);
}

/* May current do what the permission bits forbid, by a capability? This permits reading, writing
   and searching; but executing only if at least one execute bit is set. */
static bool may_override(const struct inode *inode, int mask)
{
	bool dir = S_ISDIR(inode->i_mode);

	if (has_cap(CAP_DAC_READ_SEARCH) && (dir ? !(mask & MAY_WRITE) : mask == MAY_READ))
		return true;
	if (!dir && mask & MAY_EXEC && !(inode->i_mode & (S_IXUSR | S_IXGRP | S_IXOTH)))
		return false;
	return has_cap(CAP_DAC_OVERRIDE);
}

int generic_permission(struct inode *inode, int mask)
{
	unsigned int mode = inode->i_mode;

	mask &= MAY_READ | MAY_WRITE | MAY_EXEC;
	if (current->cred.fsuid == inode->i_uid)
		mode >>= 6;
	else if (in_group_p(inode->i_gid))
		mode >>= 3;
	return !(mask & ~mode) || may_override(inode, mask) ? 0 : -EACCES;
}

int inode_permission(struct inode *inode, int mask)
{
	if (mask & MAY_WRITE && sb_rdonly(inode->i_sb) &&
	    (S_ISREG(inode->i_mode) || S_ISDIR(inode->i_mode) || S_ISLNK(inode->i_mode)))
		return -EROFS;
	if (mask & MAY_WRITE && IS_IMMUTABLE(inode))
		return -EPERM;
	if (inode->i_op->permission)
		return inode->i_op->permission(inode, mask);
	return generic_permission(inode, mask);
}

/* ---- times ---- */

static bool timespec64_before(const struct timespec64 *a, const struct timespec64 *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

/* relatime: a read is recorded only if the last recorded one is not younger than the last change,
   or is older than a day (or so says a difference of 32 bits: as Linux on i386). */
static bool atime_is_due(const struct inode *inode, const struct timespec64 *now)
{
	return !timespec64_before(&inode->i_mtime, &inode->i_atime) ||
	       !timespec64_before(&inode->i_ctime, &inode->i_atime) ||
	       (long)(now->tv_sec - inode->i_atime.tv_sec) >= RELATIME_SECONDS;
}

/* A time as the file system can keep it. Where it ends, fractions end. */
static struct timespec64 timestamp_truncate(struct timespec64 t, const struct super_block *sb)
{
	t.tv_sec = clamp(t.tv_sec, sb->s_time_min, sb->s_time_max);
	if (t.tv_sec == sb->s_time_min || t.tv_sec == sb->s_time_max)
		t.tv_nsec = 0;
	return t;
}

void touch_atime(const struct path *path)
{
	struct inode *inode = path->dentry->d_inode;
	const struct timespec64 *now;

	if (!inode || !path->mnt || inode->i_flags & S_NOATIME || mnt_want_write(path->mnt))
		return;
	if (path->mnt->mnt_flags & MS_NOATIME ||
	    ((path->mnt->mnt_flags | inode->i_sb->s_flags) & MS_NODIRATIME &&
	     S_ISDIR(inode->i_mode)))
		return;
	now = tick_time();
	/* the kernel's own mounts (pipes, memfd) are not relatime */
	if (path->mnt->mnt_flags & MS_RELATIME && !atime_is_due(inode, now))
		return;
	inode->i_atime = *now;
	mark_inode_dirty_sync(inode);
}

void file_update_time(struct file *file)
{
	struct inode *inode = file->f_mapping ? file->f_mapping->host : file->f_inode;

	inode->i_mtime = inode->i_ctime = *tick_time();
	mark_inode_dirty_sync(inode);
}

/* ---- changing ---- */

int setattr_limits(struct inode *inode, loff_t size)
{
	unsigned long limit = rlimit(RLIMIT_FSIZE);

	/* swap would go on writing to blocks that are free */
	if (size <= inode->i_size)
		return IS_SWAPFILE(inode) ? -ETXTBSY : 0;
	if (limit != RLIM_INFINITY && size > (loff_t)limit) {
		send_sig_info(SIGXFSZ, SEND_SIG_NOINFO, current);
		return -EFBIG;
	}
	return size > inode->i_sb->s_maxbytes ? -EFBIG : 0;
}

/* May current make this change? May take the set-group-id bit out of attr. */
static int setattr_prepare(struct inode *inode, struct iattr *attr)
{
	unsigned int valid = attr->ia_valid;
	bool owner = current->cred.fsuid == inode->i_uid;

	if (valid & ATTR_SIZE) {
		int err = setattr_limits(inode, attr->ia_size);

		if (err)
			return err;
	}
	if (valid & ATTR_FORCE)
		return 0;
	if (valid & ATTR_UID && !(owner && attr->ia_uid == inode->i_uid) && !has_cap(CAP_CHOWN))
		return -EPERM;
	if (valid & ATTR_GID && !has_cap(CAP_CHOWN) &&
	    !(owner && (attr->ia_gid == inode->i_gid || in_group_p(attr->ia_gid))))
		return -EPERM;
	if (valid & ATTR_MODE) {
		if (!inode_owner_or_capable(inode))
			return -EPERM;
		if (!in_group_or_capable(valid & ATTR_GID ? attr->ia_gid : inode->i_gid))
			attr->ia_mode &= ~S_ISGID;
	}
	if (valid & (ATTR_ATIME_SET | ATTR_MTIME_SET | ATTR_TIMES_SET) &&
	    !inode_owner_or_capable(inode))
		return -EPERM;
	return 0;
}

/* A set-group-id bit goes if it means something, which it does with the group's execute bit, or if
   current could not give it. */
static unsigned int setattr_should_drop_sgid(const struct inode *inode)
{
	if (!(inode->i_mode & S_ISGID))
		return 0;
	return inode->i_mode & S_IXGRP || !in_group_or_capable(inode->i_gid) ? ATTR_KILL_SGID : 0;
}

unsigned int setattr_should_drop_suidgid(const struct inode *inode)
{
	return (inode->i_mode & S_ISUID ? ATTR_KILL_SUID : 0) | setattr_should_drop_sgid(inode);
}

unsigned int inode_needs_remove_privs(struct inode *inode)
{
	unsigned int kill;

	if (!S_ISREG(inode->i_mode))
		return 0;
	kill = has_cap(CAP_FSETID) ? 0 : setattr_should_drop_suidgid(inode);
	return cap_inode_need_killpriv(inode) ? kill | ATTR_KILL_PRIV : kill;
}

umode_t mode_strip_sgid(const struct inode *dir, umode_t mode)
{
	bool meaningful = (mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);

	if (!meaningful || !(dir->i_mode & S_ISGID) || in_group_or_capable(dir->i_gid))
		return mode;
	return mode & ~S_ISGID;
}

void setattr_copy(struct inode *inode, const struct iattr *attr)
{
	if (attr->ia_valid & ATTR_UID)
		inode->i_uid = attr->ia_uid;
	if (attr->ia_valid & ATTR_GID)
		inode->i_gid = attr->ia_gid;
	if (attr->ia_valid & ATTR_MODE)
		inode->i_mode = in_group_or_capable(inode->i_gid) ? attr->ia_mode
								  : attr->ia_mode & ~S_ISGID;
	if (attr->ia_valid & ATTR_ATIME)
		inode->i_atime = attr->ia_atime;
	if (attr->ia_valid & ATTR_MTIME)
		inode->i_mtime = attr->ia_mtime;
	if (attr->ia_valid & ATTR_CTIME)
		inode->i_ctime = attr->ia_ctime;
}

/* ATTR_KILL_SUID and ATTR_KILL_SGID are a change of the mode, if there is something to take. */
static void attr_kill_to_mode(const struct inode *inode, struct iattr *attr)
{
	umode_t kill = (attr->ia_valid & ATTR_KILL_SUID ? S_ISUID : 0) |
		       (attr->ia_valid & ATTR_KILL_SGID ? S_ISGID : 0);

	if (inode->i_mode & kill) {
		attr->ia_valid |= ATTR_MODE;
		attr->ia_mode = inode->i_mode & ~kill;
	}
}

/* Checks the inode's flags, and the permission to set its times to now. */
static int may_setattr(struct inode *inode, unsigned int valid)
{
	if (valid & (ATTR_MODE | ATTR_UID | ATTR_GID | ATTR_TIMES_SET) &&
	    (IS_IMMUTABLE(inode) || IS_APPEND(inode)))
		return -EPERM;
	if (!(valid & ATTR_TOUCH))
		return 0;
	if (IS_IMMUTABLE(inode))
		return -EPERM;
	return inode_owner_or_capable(inode) ? 0 : inode_permission(inode, MAY_WRITE);
}

int notify_change(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = dentry->d_inode;
	struct timespec64 now = current_time();
	int err;

	err = may_setattr(inode, attr->ia_valid);
	if (err)
		return err;
	/* The mode of a symbolic link has no meaning; only a descriptor of the link leads here. */
	if (attr->ia_valid & ATTR_MODE && S_ISLNK(inode->i_mode))
		return -EOPNOTSUPP;
	attr->ia_ctime = now;
	attr->ia_atime = attr->ia_valid & ATTR_ATIME_SET
				 ? timestamp_truncate(attr->ia_atime, inode->i_sb)
				 : now;
	attr->ia_mtime = attr->ia_valid & ATTR_MTIME_SET
				 ? timestamp_truncate(attr->ia_mtime, inode->i_sb)
				 : now;
	attr_kill_to_mode(inode, attr);
	err = setattr_prepare(inode, attr);
	if (!err && attr->ia_valid & ATTR_KILL_PRIV && cap_inode_need_killpriv(inode))
		err = cap_inode_killpriv(inode);
	if (err)
		return err;
	if (inode->i_op->setattr)
		return inode->i_op->setattr(dentry, attr);
	if (attr->ia_valid & ATTR_SIZE)
		truncate_setsize(inode, attr->ia_size);
	setattr_copy(inode, attr);
	mark_inode_dirty(inode);
	return 0;
}

static int file_remove_privs(struct file *f)
{
	struct inode *inode = f->f_inode;
	unsigned int kill = inode_needs_remove_privs(inode);
	struct iattr attr = {.ia_valid = kill | ATTR_CTIME | ATTR_FORCE};

	return kill ? notify_change(f->f_path.dentry, &attr) : 0;
}

int file_modified(struct file *f)
{
	int err = file_remove_privs(f);

	if (!err)
		file_update_time(f);
	return err;
}
