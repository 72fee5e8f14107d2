/*
 * The files of namespaces. They hold nothing: what counts is which one it is.
 */
#include "kernel/fs/nsfs.h"
#include "kernel/core/panic.h"
#include "kernel/fs/internal.h"
#include "libc/include/stdio.h"
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <linux/sched.h>

/* Names, numbers (of the first namespace of each kind, as Linux gives them: proc_ns.h) and the
   flags of clone that would make a new one. */
static const struct {
	const char *name;
	unsigned int ino;
	int clone_flag;
} ns_kinds[NR_NS_KINDS] = {
	[NS_UTS] = {"uts", 0xEFFFFFFEU, CLONE_NEWUTS},
	[NS_PID] = {"pid", 0xEFFFFFFCU, CLONE_NEWPID},
	[NS_USER] = {"user", 0xEFFFFFFDU, CLONE_NEWUSER},
	[NS_MNT] = {"mnt", 0xF0000000U, CLONE_NEWNS},
	[NS_IPC] = {"ipc", 0xEFFFFFFFU, CLONE_NEWIPC},
	[NS_TIME] = {"time", 0xEFFFFFFAU, CLONE_NEWTIME},
};

static struct vfsmount *nsfs_mnt;
static struct dentry *ns_dentries[NR_NS_KINDS];

static enum ns_kind ns_kind_of(const struct inode *inode)
{
	enum ns_kind kind = NS_UTS;

	while (ns_kinds[kind].ino != inode->i_ino)
		kind++;
	return kind;
}

static int ns_dname(struct dentry *d, char *buf, int len)
{
	enum ns_kind kind = ns_kind_of(d->d_inode);
	int n = snprintf(buf, len, "%s:[%u]", ns_kinds[kind].name, ns_kinds[kind].ino);

	return n < len ? n : -ENAMETOOLONG;
}

static const struct dentry_operations ns_dentry_operations = {.d_dname = ns_dname};

static int ns_open(struct inode *inode, struct file *f)
{
	return f->f_mode & FMODE_WRITE ? -EPERM : 0;
}

static long ns_ioctl(struct file *f, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case NS_GET_NSTYPE:
		return ns_kinds[ns_kind_of(f->f_inode)].clone_flag;
	default:
		return -ENOTTY;
	}
}

static const struct file_operations ns_file_operations = {
	.open = ns_open,
	.llseek = no_llseek,
	.ioctl = ns_ioctl,
};

/* Their modes and owners cannot be changed. */
static int ns_setattr(struct dentry *dentry, struct iattr *attr)
{
	return -EPERM;
}

static const struct inode_operations ns_inode_operations = {.setattr = ns_setattr};

void nsfs_init(void)
{
	static const struct qstr no_name = {"", 0, 0};

	nsfs_mnt = kern_mount_pseudo("nsfs", NSFS_MAGIC);
	for (enum ns_kind kind = 0; kind < NR_NS_KINDS; kind++) {
		struct dentry *d = d_alloc_pseudo(nsfs_mnt->mnt_sb, &no_name);
		struct inode *inode = d ? new_inode(nsfs_mnt->mnt_sb) : NULL;

		if (!inode)
			panic("nsfs: no memory");
		inode->i_ino = ns_kinds[kind].ino;
		inode->i_mode = S_IFREG | 0444;
		inode->i_atime = inode->i_mtime = inode->i_ctime = current_time();
		inode->i_op = &ns_inode_operations;
		inode->i_fop = &ns_file_operations;
		d->d_op = &ns_dentry_operations;
		d_instantiate(d, inode);
		ns_dentries[kind] = d;
	}
}

void ns_get_path(enum ns_kind kind, struct path *path)
{
	*path = (struct path){nsfs_mnt, ns_dentries[kind]};
	path_get(path);
}
