/*
 * open(2): flags, the walk with its special last step (create, or do not follow), rights, and the
 * file object that comes of it.
 */
#include "kernel/fs/internal.h"
#include "kernel/fs/namei.h"
#include "kernel/fs/writeback.h"
#include "kernel/fs/lease.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"

/* Flags that have a meaning; open(2) ignores all others. */
#define VALID_OPEN_FLAGS                                                                        \
	(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NDELAY | O_NONBLOCK | \
	 O_SYNC | O_DSYNC | FASYNC | O_DIRECT | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW |        \
	 O_NOATIME | O_CLOEXEC | O_PATH | __O_TMPFILE)
#define O_PATH_FLAGS (O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC)

struct open_flags {
	int flags;    /* O_ */
	umode_t mode; /* of a new file */
	int acc_mode; /* MAY_ */
};

/* ---- the file object gets its inode ---- */

static bool special_file(umode_t mode)
{
	return S_ISCHR(mode) || S_ISBLK(mode) || S_ISFIFO(mode) || S_ISSOCK(mode);
}

static int get_write_access(struct inode *inode)
{
	if (inode->i_writecount < 0)
		return -ETXTBSY;
	inode->i_writecount++;
	return 0;
}

int deny_write_access(struct file *f)
{
	if (f->f_inode->i_writecount > 0)
		return -ETXTBSY;
	f->f_inode->i_writecount--;
	return 0;
}

void allow_write_access(struct file *f)
{
	f->f_inode->i_writecount++;
}

/* A file open for writing counts, so that it cannot be executed nor its mount become read-only. One
   that only reads counts for leases. */
static int count_user(struct file *f)
{
	int err;

	if ((f->f_mode & (FMODE_READ | FMODE_WRITE)) == FMODE_READ) {
		f->f_inode->i_readcount++;
		f->f_mode |= FMODE_READER;
	}
	if (!(f->f_mode & FMODE_WRITE) || special_file(f->f_inode->i_mode))
		return 0;
	err = get_write_access(f->f_inode);
	if (err)
		return err;
	err = mnt_want_write(f->f_path.mnt);
	if (err) {
		f->f_inode->i_writecount--;
		return err;
	}
	f->f_inode->i_sb->s_writers++;
	f->f_mode |= FMODE_WRITER;
	return 0;
}

static const struct file_operations no_fops;

/* Can the file be opened with these flags at all? */
static int check_open_flags(const struct file *f)
{
	const struct inode *inode = f->f_inode;

	if (S_ISSOCK(inode->i_mode) || (S_ISLNK(inode->i_mode)))
		return -ENXIO;
	/* tmpfs does not look at the size, as in Linux. */
	if (S_ISREG(inode->i_mode) && inode->i_sb->s_bdev && !(f->f_flags & O_LARGEFILE) &&
	    inode->i_size > MAX_NON_LFS)
		return -EOVERFLOW;
	/* What lives in memory only has nothing to go past. */
	if (f->f_flags & O_DIRECT && !S_ISFIFO(inode->i_mode) && !inode->i_sb->s_bdev &&
	    !S_ISBLK(inode->i_mode))
		return -EINVAL;
	return 0;
}

/* f->f_path is set: open it. On failure the caller puts the file, which undoes the rest. */
static int do_dentry_open(struct file *f)
{
	struct inode *inode = f->f_path.dentry->d_inode;
	int err;

	f->f_inode = inode;
	f->f_mapping = inode->i_mapping;
	if (f->f_flags & O_PATH) {
		f->f_mode = FMODE_PATH;
		f->f_op = &no_fops;
		return 0;
	}
	f->f_op = inode->i_fop;
	f->f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	err = count_user(f);
	if (!err)
		err = break_lease(inode, f->f_flags);
	if (!err)
		err = check_open_flags(f);
	if (!err && f->f_op->open)
		err = f->f_op->open(inode, f);
	if (err)
		return err;
	f->f_mode |= FMODE_OPENED;
	file_sample_wb_err(f);
	if (!f->f_op->llseek || f->f_op->llseek == no_llseek)
		f->f_mode &= ~(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE);
	f->f_flags &= ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
	file_ra_state_init(&f->f_ra, f->f_mapping);
	return 0;
}

/* ---- the last step of the walk ---- */

static int may_open(const struct path *path, int acc_mode, int flags)
{
	struct inode *inode = path->dentry->d_inode;
	int err;

	switch (inode->i_mode & S_IFMT) {
	case S_IFLNK:
		return -ELOOP;
	case S_IFDIR:
		if (acc_mode & MAY_WRITE)
			return -EISDIR;
		if (acc_mode & MAY_EXEC)
			return -EACCES;
		break;
	case S_IFBLK:
	case S_IFCHR:
		if (path->mnt->mnt_flags & MS_NODEV)
			return -EACCES;
		fallthrough;
	case S_IFIFO:
	case S_IFSOCK:
		if (acc_mode & MAY_EXEC)
			return -EACCES;
		break;
	case S_IFREG:
		if (acc_mode & MAY_EXEC && path_noexec(path))
			return -EACCES;
		break;
	}
	err = inode_permission(inode, MAY_OPEN | acc_mode);
	if (err)
		return err;
	if (IS_APPEND(inode) &&
	    (((flags & O_ACCMODE) != O_RDONLY && !(flags & O_APPEND)) || flags & O_TRUNC))
		return -EPERM;
	if (flags & O_NOATIME && !inode_owner_or_capable(inode))
		return -EPERM;
	return 0;
}

/* Look the last name up and make the file if it is not there. The reference is the caller's. */
static struct dentry *lookup_or_create(struct nameidata *nd, const struct open_flags *op,
				       bool *created)
{
	struct inode *dir = nd->path.dentry->d_inode;
	struct dentry *d;
	int err;

	inode_lock(dir);
	d = lookup_last_locked(nd);
	if (!IS_ERR(d) && !d->d_inode) {
		err = mnt_want_write(nd->path.mnt);
		if (!err)
			err = vfs_create(dir, d, op->mode);
		if (err) {
			dput(d);
			d = ERR_PTR(err);
		} else {
			*created = true;
		}
	}
	inode_unlock(dir);
	return d;
}

/* Take the last step: nd->path becomes the file to open. */
static int open_last(struct nameidata *nd, const struct open_flags *op, bool *created)
{
	bool exclusive = (op->flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
	bool follow = !(op->flags & O_NOFOLLOW) && !exclusive;
	struct dentry *d;
	int err;

	for (;;) {
		if (nd->last_type != LAST_NORM) {
			nd_handle_dots(nd);
			return 0;
		}
		if (op->flags & O_CREAT)
			d = nd->last_slash ? ERR_PTR(-EISDIR) : lookup_or_create(nd, op, created);
		else
			d = lookup_last(nd);
		if (IS_ERR(d))
			return PTR_ERR(d);
		if (!d->d_inode) {
			dput(d);
			return -ENOENT;
		}
		if (!S_ISLNK(d->d_inode->i_mode) || !(follow || nd->last_slash)) {
			nd_step(nd, d);
			return 0;
		}
		err = nd_follow_link(nd, d);
		if (err)
			return err < 0 ? err : 0;
	}
}

/*
 * O_CREAT on an existing file of another user in a sticky directory that is writable for all: an
 * attack on programs that expect to create the file. Linux permits regular files and FIFOs unless
 * fs.protected_regular and fs.protected_fifos are set, which they are not at boot.
 */
static bool sticky_forbids_create(const struct inode *dir, const struct inode *inode)
{
	return !S_ISREG(inode->i_mode) && !S_ISFIFO(inode->i_mode) && dir->i_mode & S_ISVTX &&
	       dir->i_mode & S_IWOTH && inode->i_uid != dir->i_uid &&
	       inode->i_uid != current->cred.fsuid;
}

/* Rights, then the open itself, then O_TRUNC. */
static int do_open(struct nameidata *nd, struct file *f, const struct open_flags *op, bool created)
{
	struct inode *dir = nd->path.dentry->d_parent->d_inode;
	struct inode *inode = nd->path.dentry->d_inode;
	int acc_mode = op->acc_mode, err;
	bool truncate = false;

	if (op->flags & O_CREAT) {
		if (op->flags & O_EXCL && !created)
			return -EEXIST;
		if (S_ISDIR(inode->i_mode))
			return -EISDIR;
		if (!created && sticky_forbids_create(dir, inode))
			return -EACCES;
	}
	if ((op->flags & O_DIRECTORY || nd->last_slash) && !S_ISDIR(inode->i_mode))
		return -ENOTDIR;
	if (created) {
		acc_mode = 0;
		f->f_mode |= FMODE_CREATED;
	} else if (S_ISREG(inode->i_mode) && op->flags & O_TRUNC) {
		err = mnt_want_write(nd->path.mnt);
		if (err)
			return err;
		truncate = true;
	}
	err = may_open(&nd->path, acc_mode, op->flags);
	if (err)
		return err;
	f->f_path = nd->path;
	path_get(&f->f_path);
	err = do_dentry_open(f);
	if (!err && truncate) {
		err = get_write_access(inode);
		if (!err) {
			err = do_truncate(nd->path.dentry, 0, ATTR_MTIME | ATTR_CTIME);
			inode->i_writecount--;
		}
	}
	return err;
}

static int open_o_path(int dfd, const char *name, struct file *f, int flags)
{
	unsigned int how = (flags & O_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
			   (flags & O_DIRECTORY ? LOOKUP_DIRECTORY : 0);
	int err = kern_path_at(dfd, name, how, &f->f_path);

	return err ? err : do_dentry_open(f);
}

/* O_TMPFILE: a file without a name in a directory. With O_EXCL it never gets one. */
static int open_tmpfile(int dfd, const char *name, struct file *f, const struct open_flags *op)
{
	struct path path;
	int err = kern_path_at(dfd, name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &path);

	if (err)
		return err;
	err = mnt_want_write(path.mnt);
	if (!err)
		err = vfs_tmpfile(&path, op->mode, !(op->flags & O_EXCL), &f->f_path);
	path_put(&path);
	if (!err)
		err = may_open(&f->f_path, 0, op->flags);
	return err ? err : do_dentry_open(f);
}

static int path_openat(int dfd, const char *name, struct file *f, const struct open_flags *op)
{
	struct nameidata nd;
	bool created = false;
	int err;

	if (op->flags & O_PATH)
		return open_o_path(dfd, name, f, op->flags);
	if (op->flags & __O_TMPFILE)
		return open_tmpfile(dfd, name, f, op);
	if (!*name)
		return -ENOENT;
	err = path_parentat(dfd, name, 0, &nd);
	if (err)
		return err;
	err = open_last(&nd, op, &created);
	if (!err)
		err = do_open(&nd, f, op, created);
	nd_put(&nd);
	return err;
}

static struct file *do_open_flags(int dfd, const char *name, const struct open_flags *op)
{
	struct file *f = alloc_empty_file(op->flags);
	int err;

	if (IS_ERR(f))
		return f;
	err = path_openat(dfd, name, f, op);
	if (!err)
		return f;
	fput(f);
	return ERR_PTR(err);
}

/* ---- flags ---- */

static int build_open_flags(int flags, umode_t mode, struct open_flags *op)
{
	static const unsigned char acc_modes[] = {MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE,
						  MAY_READ | MAY_WRITE};

	if (flags & O_PATH)
		flags &= O_PATH_FLAGS;
	if ((flags & (O_DIRECTORY | O_CREAT)) == (O_DIRECTORY | O_CREAT))
		return -EINVAL;
	op->flags = flags & VALID_OPEN_FLAGS;
	op->mode = flags & (O_CREAT | __O_TMPFILE) ? mode & S_IALLUGO : 0;
	op->acc_mode = acc_modes[flags & O_ACCMODE];
	if (flags & __O_TMPFILE &&
	    ((flags & (O_TMPFILE | O_CREAT)) != O_TMPFILE || !(op->acc_mode & MAY_WRITE)))
		return -EINVAL;
	if (flags & O_PATH)
		op->acc_mode = 0;
	if (flags & O_TRUNC)
		op->acc_mode |= MAY_WRITE;
	if (flags & O_APPEND)
		op->acc_mode |= MAY_APPEND;
	return 0;
}

static struct file *do_filp_open(int dfd, const char *name, int flags, umode_t mode)
{
	struct open_flags op;
	int err = build_open_flags(flags, mode, &op);

	return err ? ERR_PTR(err) : do_open_flags(dfd, name, &op);
}

struct file *filp_open(const char *name, int flags, umode_t mode)
{
	return do_filp_open(AT_FDCWD, name, flags | O_LARGEFILE, mode);
}

struct file *open_exec(const char *name)
{
	static const struct open_flags op = {O_RDONLY | O_LARGEFILE, 0, MAY_EXEC};
	struct file *f = do_open_flags(AT_FDCWD, name, &op);
	int err;

	if (IS_ERR(f))
		return f;
	err = S_ISREG(f->f_inode->i_mode) ? deny_write_access(f) : -EACCES;
	if (!err)
		return f;
	fput(f);
	return ERR_PTR(err);
}

long do_sys_open(int dfd, const char __user *uname, int flags, umode_t mode)
{
	struct open_flags op;
	struct file *f;
	char *name;
	int fd;

	fd = build_open_flags(flags, mode, &op);
	if (fd)
		return fd;
	name = getname(uname);
	if (IS_ERR(name))
		return PTR_ERR(name);
	fd = get_unused_fd_flags(flags);
	if (fd >= 0) {
		f = do_open_flags(dfd, name, &op);
		if (IS_ERR(f)) {
			put_unused_fd(fd);
			fd = PTR_ERR(f);
		} else {
			fd_install(fd, f);
		}
	}
	putname(name);
	return fd;
}
