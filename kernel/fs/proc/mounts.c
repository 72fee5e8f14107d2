/*
 * /proc/PID/mounts and mountinfo: the mounts, one line each. All processes see the same.
 */
#include "kernel/fs/mount.h"
#include "kernel/fs/proc/internal.h"
#include <linux/errno.h>

static void *mounts_start(struct seq_file *m, loff_t *pos)
{
	struct vfsmount *mnt;
	loff_t n = *pos;

	down_read(&namespace_sem);
	list_for_each_entry (mnt, &mount_list, mnt_list) {
		if (!n--)
			return mnt;
	}
	return NULL;
}

static void *mounts_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct vfsmount *mnt = list_next_entry((struct vfsmount *)v, mnt_list);

	++*pos;
	return &mnt->mnt_list == &mount_list ? NULL : mnt;
}

static void mounts_stop(struct seq_file *m, void *v)
{
	up_read(&namespace_sem);
}

static int mounts_show(struct seq_file *m, void *v)
{
	return show_vfsmnt(m, v);
}

static int mountinfo_show(struct seq_file *m, void *v)
{
	return show_mountinfo(m, v);
}

static const struct seq_operations mounts_op = {
	.start = mounts_start,
	.next = mounts_next,
	.stop = mounts_stop,
	.show = mounts_show,
};
static const struct seq_operations mountinfo_op = {
	.start = mounts_start,
	.next = mounts_next,
	.stop = mounts_stop,
	.show = mountinfo_show,
};

static int mounts_open_common(struct inode *inode, struct file *file,
			      const struct seq_operations *op)
{
	struct task_struct *p = get_proc_task(inode);
	bool has_fs;

	if (!p)
		return -EINVAL;
	has_fs = p->fs != NULL;
	put_task_struct(p);
	return has_fs ? seq_open(file, op) : -EINVAL;
}

static int mounts_open(struct inode *inode, struct file *file)
{
	return mounts_open_common(inode, file, &mounts_op);
}

static int mountinfo_open(struct inode *inode, struct file *file)
{
	return mounts_open_common(inode, file, &mountinfo_op);
}

const struct file_operations proc_mounts_operations = {
	.open = mounts_open,
	.read = seq_read,
	.held_pages = seq_held_pages,
	.read_kernel = seq_read_kernel,
	.llseek = seq_lseek,
	.release = seq_release,
};
const struct file_operations proc_mountinfo_operations = {
	.open = mountinfo_open,
	.read = seq_read,
	.held_pages = seq_held_pages,
	.read_kernel = seq_read_kernel,
	.llseek = seq_lseek,
	.release = seq_release,
};
