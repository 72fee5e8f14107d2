/*
 * Files without name and contents. See anon_inodes.h.
 */
#include "kernel/fs/anon_inodes.h"
#include "kernel/fs/internal.h"
#include "libc/include/stdio.h"
#include <linux/magic.h>

static struct vfsmount *anon_inode_mnt;

static int anon_inode_dname(struct dentry *d, char *buf, int len)
{
	int n = snprintf(buf, len, "anon_inode:%s", d->d_name.name);

	return n < len ? n : -ENAMETOOLONG;
}

static const struct dentry_operations anon_inode_dops = {.d_dname = anon_inode_dname};

void anon_inodes_init(void)
{
	anon_inode_mnt = kern_mount_pseudo("anon_inodefs", ANON_INODE_FS_MAGIC);
}

struct file *anon_inode_getfile(const char *name, const struct file_operations *fop,
				void *private_data, unsigned int flags)
{
	struct inode *inode = new_inode(anon_inode_mnt->mnt_sb);
	struct file *f;

	if (!inode)
		return ERR_PTR(-ENOMEM);
	inode->i_ino = get_next_ino();
	inode->i_mode = S_IRUSR | S_IWUSR; /* no type of file, as on Linux */
	inode->i_uid = current->cred.fsuid;
	inode->i_gid = current->cred.fsgid;
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time();
	f = alloc_file_pseudo(inode, name, flags, fop, &anon_inode_dops);
	if (!IS_ERR(f))
		f->private_data = private_data;
	return f;
}
