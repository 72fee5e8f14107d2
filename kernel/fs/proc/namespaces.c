/*
 * /proc/PID/ns: links to the namespaces that a process is in.
 */
#include "kernel/fs/nsfs.h"
#include "kernel/fs/proc/internal.h"
#include "kernel/cred/ptrace.h"
#include "libc/include/string.h"
#include <linux/errno.h>

/* In Linux's order. What there is nothing of here (networks, control groups) has no namespace, as
   on a Linux built without them. */
static const struct proc_ns_entry {
	const char *name;
	enum ns_kind kind;
} ns_entries[] = {
	{"uts", NS_UTS},   {"ipc", NS_IPC}, {"pid", NS_PID},   {"pid_for_children", NS_PID},
	{"user", NS_USER}, {"mnt", NS_MNT}, {"time", NS_TIME}, {"time_for_children", NS_TIME},
};

static int proc_ns_follow(struct inode *inode, struct path *path)
{
	struct task_struct *p = get_proc_task(inode);
	int err = -EACCES;

	if (!p)
		return -EACCES;
	if (ptrace_may_access(p, PTRACE_MODE_READ_FSCREDS)) {
		ns_get_path(ns_entries[PROC_I(inode)->fd].kind, path);
		err = 0;
	}
	put_task_struct(p);
	return err;
}

static const struct inode_operations proc_ns_link_inode_operations = {
	.follow_magic = proc_ns_follow,
	.getattr = pid_getattr,
	.setattr = proc_pid_setattr,
};

static const struct dentry_operations ns_link_dentry_operations = {
	.d_revalidate = pid_revalidate,
	.delete_when_unused = true,
};

static struct dentry *proc_ns_dir_lookup(struct inode *dir, struct dentry *dentry)
{
	const struct qstr *name = &dentry->d_name;
	struct task_struct *p;
	struct inode *inode;
	unsigned int i = 0;

	while (i < ARRAY_SIZE(ns_entries) && (strlen(ns_entries[i].name) != name->len ||
					      memcmp(ns_entries[i].name, name->name, name->len)))
		i++;
	p = i < ARRAY_SIZE(ns_entries) ? get_proc_task(dir) : NULL;
	if (!p)
		return ERR_PTR(-ENOENT);
	inode = proc_pid_make_inode(dir->i_sb, p, S_IFLNK | 0777,
				    PROC_PID_INO(p->pid, PROC_INO_NS + i));
	put_task_struct(p);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	PROC_I(inode)->fd = i;
	inode->i_op = &proc_ns_link_inode_operations;
	dentry->d_op = &ns_link_dentry_operations;
	d_add(dentry, inode);
	return NULL;
}

static int proc_ns_dir_readdir(struct file *file, struct dir_context *ctx)
{
	struct task_struct *p = get_proc_task(file->f_inode);

	if (!p)
		return -ENOENT;
	put_task_struct(p);
	if (!proc_emit_dots(file, ctx, file->f_path.dentry->d_parent->d_inode->i_ino))
		return 0;
	while (ctx->pos >= 2 && ctx->pos < 2 + (loff_t)ARRAY_SIZE(ns_entries)) {
		unsigned int i = ctx->pos - 2;
		u64 ino = PROC_PID_INO(PROC_I(file->f_inode)->pid, PROC_INO_NS + i);

		if (!proc_emit(ctx, ns_entries[i].name, ino, S_DT(S_IFLNK)))
			break;
	}
	return 0;
}

const struct inode_operations proc_ns_dir_inode_operations = {
	.lookup = proc_ns_dir_lookup,
	.getattr = pid_getattr,
	.setattr = proc_pid_setattr,
};
const struct file_operations proc_ns_dir_operations = {
	.llseek = generic_file_llseek,
	.read = generic_read_dir,
	.iterate = proc_ns_dir_readdir,
};
