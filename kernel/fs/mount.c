/*
 * Mounts: which file system hangs at which directory. A vfsmount keeps its super block; a path is a
 * pair of mount and dentry. There is one tree of mounts for all.
 */
#include "kernel/core/panic.h"
#include "kernel/fs/internal.h"
#include "kernel/fs/namei.h"
#include "kernel/fs/writeback.h"
#include "kernel/fs/seq_file.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/phys/slab.h"

/* umount2's flags (Linux: include/linux/fs.h, not in the UAPI headers). */
#define MNT_FORCE	1
#define MNT_DETACH	2
#define MNT_EXPIRE	4
#define UMOUNT_NOFOLLOW 8

/* The flags of mount(2) that belong to the mount and not to the file system. */
#define MNT_FLAGS                                                                                  \
	(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MS_RELATIME | \
	 MS_STRICTATIME | MS_NOSYMFOLLOW)
#define MS_PROPAGATION (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)

LIST_HEAD(mount_list);
DECLARE_RWSEM(namespace_sem);
static struct vfsmount *root_mount;

struct vfsmount *mntget(struct vfsmount *mnt)
{
	if (mnt)
		mnt->mnt_count++;
	return mnt;
}

static void mntput(struct vfsmount *mnt)
{
	if (!mnt)
		return;
	mnt->mnt_expiry_mark = false;
	if (--mnt->mnt_count)
		return;
	dput(mnt->mnt_root);
	deactivate_super(mnt->mnt_sb);
	kfree(mnt->mnt_devname);
	kfree(mnt);
}

void path_get(const struct path *path)
{
	mntget(path->mnt);
	dget(path->dentry);
}

void path_put(const struct path *path)
{
	dput(path->dentry);
	mntput(path->mnt);
}

int mnt_want_write(const struct vfsmount *mnt)
{
	return mnt->mnt_flags & MS_RDONLY || sb_rdonly(mnt->mnt_sb) ? -EROFS : 0;
}

bool d_mountpoint(const struct dentry *d)
{
	return d->d_mounted;
}

/* The newest mount at this very place, by the list of all. */
static struct vfsmount *search_mount(const struct vfsmount *parent, const struct dentry *d)
{
	struct vfsmount *mnt;

	list_for_each_entry_reverse (mnt, &mount_list, mnt_list) {
		if (mnt->mnt_mountpoint == d && mnt->mnt_parent != mnt &&
		    (!parent || mnt->mnt_parent == parent))
			return mnt;
	}
	return NULL;
}

struct vfsmount *lookup_mnt(const struct path *path)
{
	struct vfsmount *mnt = path->dentry->d_mounted;

	if (!mnt || mnt->mnt_parent == path->mnt)
		return mnt;
	/* The directory is seen through a second mount of the same file system. */
	return search_mount(path->mnt, path->dentry);
}

int sysctl_mount_max = 100000;
static int nr_mounts; /* in mount_list */

/* Hang mnt into the tree, or make it the root of all. The tree holds one reference. */
static void attach_mnt(struct vfsmount *mnt, const struct path *path)
{
	mnt->mnt_parent = path ? mntget(path->mnt) : mnt;
	mnt->mnt_mountpoint = path ? dget(path->dentry) : mnt->mnt_root;
	if (path)
		path->dentry->d_mounted = mnt;
	else
		root_mount = mnt;
	list_add_tail(&mnt->mnt_list, &mount_list);
	nr_mounts++;
}

/* Take mnt out of the tree; the tree's reference goes to the caller. */
static void detach_mnt(struct vfsmount *mnt)
{
	struct path old = {mnt->mnt_parent, mnt->mnt_mountpoint};

	list_del_init(&mnt->mnt_list);
	nr_mounts--;
	mnt->mnt_parent = mnt;
	mnt->mnt_mountpoint = mnt->mnt_root;
	if (old.dentry->d_mounted == mnt)
		old.dentry->d_mounted = search_mount(NULL, old.dentry);
	path_put(&old);
}

/* Lock the place for a mount: *path becomes the newest that is mounted there by now. 0; -ENOENT: it
   has been removed; -EINVAL: its own mount is in the tree no more. Then nothing is locked. */
static int lock_mount(struct path *path)
{
	for (;;) {
		struct inode *inode = path->dentry->d_inode;
		struct path top;

		inode_lock(inode);
		if (IS_DEADDIR(inode) || d_unlinked(path->dentry)) {
			inode_unlock(inode);
			return -ENOENT;
		}
		down_write(&namespace_sem);
		top.mnt = lookup_mnt(path);
		if (!top.mnt && !list_empty(&path->mnt->mnt_list))
			return 0;
		if (top.mnt) {
			top.dentry = top.mnt->mnt_root;
			path_get(&top);
		}
		up_write(&namespace_sem);
		inode_unlock(inode);
		if (!top.mnt)
			return -EINVAL;
		path_put(path);
		*path = top;
	}
}

/* Hang mnt in at *path; the tree has the caller's reference then. */
static int graft_mnt(struct vfsmount *mnt, struct path *path)
{
	int err = lock_mount(path);
	struct inode *inode = path->dentry->d_inode;

	if (err)
		return err;
	if (path->mnt->mnt_sb == mnt->mnt_sb && path->mnt->mnt_root == path->dentry)
		err = -EBUSY;
	else if (S_ISDIR(mnt->mnt_root->d_inode->i_mode) != S_ISDIR(inode->i_mode))
		err = -ENOTDIR;
	else if (nr_mounts >= sysctl_mount_max)
		err = -ENOSPC;
	else
		attach_mnt(mnt, path);
	up_write(&namespace_sem);
	inode_unlock(inode);
	return err;
}

static int last_mnt_id;

struct vfsmount *do_add_mount(struct super_block *sb, struct path *path, unsigned long flags,
			      const char *devname)
{
	int err;

	struct vfsmount *mnt = kzalloc(sizeof(*mnt), GFP_KERNEL);

	if (mnt)
		mnt->mnt_devname = kstrdup(devname ? devname : "none", GFP_KERNEL);
	if (!mnt || !mnt->mnt_devname) {
		kfree(mnt);
		deactivate_super(sb);
		return ERR_PTR(-ENOMEM);
	}
	mnt->mnt_sb = sb;
	mnt->mnt_root = dget(sb->s_root);
	mnt->mnt_flags = flags & MNT_FLAGS;
	mnt->mnt_count = 1;
	mnt->mnt_id = ++last_mnt_id;
	INIT_LIST_HEAD(&mnt->mnt_list);
	if (!path) {
		attach_mnt(mnt, NULL);
		return mnt;
	}
	err = graft_mnt(mnt, path);
	if (!err)
		return mnt;
	mntput(mnt);
	return ERR_PTR(err);
}

/* The block device that a path names, for mount(2). */
static struct block_device *mount_source(const char *name)
{
	struct block_device *bdev;
	struct path path;
	struct inode *inode;
	int err;

	if (!name)
		return ERR_PTR(-EINVAL);
	err = kern_path_at(AT_FDCWD, name, LOOKUP_FOLLOW, &path);
	if (err)
		return ERR_PTR(err);
	inode = path.dentry->d_inode;
	if (!S_ISBLK(inode->i_mode))
		bdev = ERR_PTR(-ENOTBLK);
	else if (path.mnt->mnt_flags & MS_NODEV)
		bdev = ERR_PTR(-EACCES);
	else
		bdev = bdev_by_devt(inode->i_rdev);
	path_put(&path);
	return bdev ? bdev : ERR_PTR(-ENXIO);
}

static int do_new_mount(const char *dev, struct path *path, const char *typename,
			unsigned long flags, const char *data)
{
	struct block_device *bdev = NULL;
	struct file_system_type *type;
	struct super_block *sb;
	struct vfsmount *mnt;

	if (!typename)
		return -EINVAL;
	type = get_fs_type(typename);
	if (!type)
		return -ENODEV;
	if (!type->mount)
		return -EINVAL;
	if (type->requires_dev) {
		bdev = mount_source(dev);
		if (IS_ERR(bdev))
			return PTR_ERR(bdev);
	}
	sb = mount_fs(type, flags, bdev, data);
	if (IS_ERR(sb))
		return PTR_ERR(sb);
	mnt = do_add_mount(sb, path, flags, dev);
	return PTR_ERR_OR_ZERO(mnt);
}

/* Give the super block other flags and options. */
static int remount_super(struct super_block *sb, unsigned long flags, const char *data)
{
	bool to_ro = flags & MS_RDONLY && !sb_rdonly(sb);
	bool to_rw = !(flags & MS_RDONLY) && sb_rdonly(sb);
	int err;

	if (to_ro && sb->s_writers)
		return -EBUSY;
	if (to_ro)
		sync_filesystem(sb);
	if (to_rw && sb->s_bdev && sb->s_bdev->read_only)
		return -EACCES;
	if (sb->s_op->remount_fs) {
		err = sb->s_op->remount_fs(sb, &flags, data);
		if (err)
			return err;
	} else if (to_rw) {
		return -EROFS;
	}
	sb->s_flags = (sb->s_flags & ~SB_FLAGS) | (flags & SB_FLAGS);
	return 0;
}

static int do_remount(const struct path *path, unsigned long flags, const char *data)
{
	struct vfsmount *mnt = path->mnt;
	unsigned int mnt_flags = flags & MNT_FLAGS;
	int err;

	if (path->dentry != mnt->mnt_root)
		return -EINVAL;
	if (flags & MS_BIND) {
		if (mnt_flags & MS_RDONLY && !(mnt->mnt_flags & MS_RDONLY) &&
		    mnt->mnt_sb->s_writers)
			return -EBUSY;
	} else {
		down_write(&mnt->mnt_sb->s_umount);
		err = remount_super(mnt->mnt_sb, flags, data);
		up_write(&mnt->mnt_sb->s_umount);
		if (err)
			return err;
	}
	mnt->mnt_flags = mnt_flags;
	return 0;
}

static int do_mount_at(const char *dev, struct path *path, const char *type, unsigned long flags,
		       const char *data)
{
	if (!capable())
		return -EPERM;
	if (!(flags & (MS_NOATIME | MS_STRICTATIME)))
		flags |= MS_RELATIME;
	if (flags & MS_STRICTATIME)
		flags &= ~(MS_RELATIME | MS_NOATIME);
	if (flags & MS_REMOUNT)
		return do_remount(path, flags, data);
	if (flags & MS_PROPAGATION) {
		/* Private is what every mount is. */
		return (flags & (MS_PROPAGATION | MS_BIND | MS_MOVE)) == MS_PRIVATE ? 0 : -EINVAL;
	}
	if (flags & (MS_BIND | MS_MOVE))
		return -EINVAL;
	return do_new_mount(dev, path, type, flags, data);
}

int do_mount(const char *dev, const char *dir, const char *type, unsigned long flags,
	     const char *data)
{
	struct path path;
	int err;

	if ((flags & MS_MGC_MSK) == MS_MGC_VAL)
		flags &= ~MS_MGC_MSK;
	err = kern_path_at(AT_FDCWD, dir, LOOKUP_FOLLOW, &path);
	if (err)
		return err;
	err = do_mount_at(dev, &path, type, flags, data);
	path_put(&path);
	return err;
}

/* ---- umount ---- */

static bool has_children(const struct vfsmount *parent)
{
	struct vfsmount *mnt;

	list_for_each_entry (mnt, &mount_list, mnt_list) {
		if (mnt->mnt_parent == parent && mnt != parent)
			return true;
	}
	return false;
}

/* MNT_DETACH: remove the mount and all mounts below it from the tree; those in use live on until
   they are released. */
static void detach_tree(struct vfsmount *top)
{
	struct vfsmount *mnt;

again:
	list_for_each_entry_reverse (mnt, &mount_list, mnt_list) {
		if (mnt->mnt_parent == top && mnt != top) {
			detach_tree(mnt);
			goto again;
		}
	}
	detach_mnt(top);
	mntput(top);
}

/* The root stays: it becomes read-only. */
static int umount_root(struct super_block *sb)
{
	int err = 0;

	down_write(&sb->s_umount);
	if (!sb_rdonly(sb))
		err = remount_super(sb, MS_RDONLY, NULL);
	up_write(&sb->s_umount);
	return err;
}

/* path_refs: references to the mount that the caller itself holds. */
static int do_umount(struct vfsmount *mnt, int flags, int path_refs)
{
	bool detached = false;
	int err = 0;

	if (mnt == current->fs->root.mnt && !(flags & MNT_DETACH))
		return umount_root(mnt->mnt_sb);
	if (mnt->mnt_parent == mnt)
		return -EINVAL;
	down_write(&namespace_sem);
	if (list_empty(&mnt->mnt_list)) { /* another task has unmounted it */
		err = -EINVAL;
	} else if (flags & MNT_DETACH) {
		detach_tree(mnt);
	} else if (has_children(mnt) || mnt->mnt_count > 1 + path_refs) {
		err = -EBUSY;
	} else if (flags & MNT_EXPIRE && !mnt->mnt_expiry_mark) {
		mnt->mnt_expiry_mark = true;
		err = -EAGAIN;
	} else {
		detach_mnt(mnt);
		detached = true;
	}
	up_write(&namespace_sem);
	if (detached) /* what is dirty is written now, which may take long */
		mntput(mnt);
	return err;
}

int do_umount_path(const char __user *name, int flags)
{
	struct vfsmount *mnt;
	struct path path;
	int err;

	if (flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW))
		return -EINVAL;
	err = user_path_at(AT_FDCWD, name, flags & UMOUNT_NOFOLLOW ? 0 : LOOKUP_FOLLOW, &path);
	if (err)
		return err;
	mnt = path.mnt;
	if (!capable())
		err = -EPERM;
	else if (path.dentry != mnt->mnt_root || list_empty(&mnt->mnt_list))
		err = -EINVAL;
	else if (flags & MNT_EXPIRE && flags & (MNT_FORCE | MNT_DETACH))
		err = -EINVAL;
	else
		err = do_umount(mnt, flags, 1);
	dput(path.dentry);
	if (err == -EAGAIN)
		mnt->mnt_count--; /* mntput would take the expiry mark away; it is not the last one
				   */
	else
		mntput(mnt);
	return err;
}

/* ---- /proc/mounts, statfs ---- */

static const char mount_escaped[] = " \t\n\\#";

struct flag_name {
	unsigned int flag;
	const char *text;
};

static const struct flag_name sb_flag_names[] = {{MS_SYNCHRONOUS, ",sync"},
						 {MS_DIRSYNC, ",dirsync"},
						 {MS_MANDLOCK, ",mand"},
						 {MS_LAZYTIME, ",lazytime"}};
static const struct flag_name mnt_flag_names[] = {
	{MS_NOSUID, ",nosuid"},		 {MS_NODEV, ",nodev"},		 {MS_NOEXEC, ",noexec"},
	{MS_NOATIME, ",noatime"},	 {MS_NODIRATIME, ",nodiratime"}, {MS_RELATIME, ",relatime"},
	{MS_NOSYMFOLLOW, ",nosymfollow"}};

static void show_flags(struct seq_file *m, unsigned long flags, const struct flag_name *names,
		       unsigned int n)
{
	for (; n--; names++) {
		if (flags & names->flag)
			seq_puts(m, names->text);
	}
}

static void show_sb_opts(struct seq_file *m, const struct super_block *sb)
{
	show_flags(m, sb->s_flags, sb_flag_names, ARRAY_SIZE(sb_flag_names));
}

static void show_mnt_opts(struct seq_file *m, const struct vfsmount *mnt)
{
	show_flags(m, mnt->mnt_flags, mnt_flag_names, ARRAY_SIZE(mnt_flag_names));
}

static void show_options(struct seq_file *m, struct super_block *sb)
{
	if (sb->s_op->show_options)
		sb->s_op->show_options(m, sb);
}

int show_vfsmnt(struct seq_file *m, struct vfsmount *mnt)
{
	struct path path = {mnt, mnt->mnt_root};
	int err;

	seq_escape(m, mnt->mnt_devname, mount_escaped);
	seq_putc(m, ' ');
	err = seq_path(m, &path, mount_escaped);
	if (err)
		return err;
	seq_printf(m, " %s%s", mnt->mnt_sb->s_type->name, mnt_want_write(mnt) ? " ro" : " rw");
	show_sb_opts(m, mnt->mnt_sb);
	show_mnt_opts(m, mnt);
	show_options(m, mnt->mnt_sb);
	seq_puts(m, " 0 0\n");
	return 0;
}

int show_mountinfo(struct seq_file *m, struct vfsmount *mnt)
{
	struct super_block *sb = mnt->mnt_sb;
	struct path path = {mnt, mnt->mnt_root};
	int err;

	/* Every mount shows its file system's whole tree: the root in it is always "/". */
	seq_printf(m, "%d %d %u:%u / ", mnt->mnt_id, mnt->mnt_parent->mnt_id, MAJOR(sb->s_dev),
		   MINOR(sb->s_dev));
	err = seq_path(m, &path, mount_escaped);
	if (err)
		return err;
	seq_puts(m, mnt->mnt_flags & MS_RDONLY ? " ro" : " rw");
	show_mnt_opts(m, mnt);
	seq_printf(m, " - %s ", sb->s_type->name);
	seq_escape(m, mnt->mnt_devname, mount_escaped);
	seq_puts(m, sb_rdonly(sb) ? " ro" : " rw");
	show_sb_opts(m, sb);
	show_options(m, sb);
	seq_putc(m, '\n');
	return 0;
}

int vfs_statfs(const struct path *path, struct kstatfs *buf)
{
	struct super_block *sb = path->dentry->d_sb;
	int err;

	memset(buf, 0, sizeof(*buf));
	if (!sb->s_op->statfs)
		return -ENOSYS;
	err = sb->s_op->statfs(sb, buf);
	if (!err && !buf->f_frsize)
		buf->f_frsize = buf->f_bsize;
	return err;
}
