/*
 * /proc/PID/fd, links to the open files of a process, and /proc/PID/fdinfo, what else there is to
 * know of them.
 */
#include "kernel/fs/proc/internal.h"
#include "kernel/lib/bitops.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include <linux/errno.h>

#define FD_NAME_SIZE 12
#define FD_LINK_SIZE 64 /* what stat shows as the link's length */

/* The open file, not referenced: valid until the caller sleeps. NULL if there is none. */
static struct file *task_file(const struct task_struct *p, unsigned int fd)
{
	const struct files_struct *files = p->files;

	return files && fd < files->max_fds ? files->fd[fd] : NULL;
}

/* The lowest open descriptor from fd on, or -1. */
static int next_fd(const struct task_struct *p, unsigned int fd)
{
	const struct files_struct *files = p->files;

	for (; files && fd < files->max_fds; fd++) {
		if (files->fd[fd])
			return fd;
	}
	return -1;
}

static umode_t fd_link_mode(const struct file *f)
{
	umode_t mode = S_IFLNK;

	if (f->f_mode & FMODE_READ)
		mode |= S_IRUSR | S_IXUSR;
	if (f->f_mode & FMODE_WRITE)
		mode |= S_IWUSR | S_IXUSR;
	return mode;
}

/* ---- one entry ---- */

static int tid_fd_revalidate(struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;
	struct task_struct *p;
	struct file *f;

	if (!pid_revalidate(dentry))
		return 0;
	p = find_task_by_pid(PROC_I(inode)->pid);
	f = task_file(p, PROC_I(inode)->fd);
	if (!f)
		return 0;
	if (S_ISLNK(inode->i_mode))
		inode->i_mode = fd_link_mode(f);
	return 1;
}

static const struct dentry_operations tid_fd_dentry_operations = {
	.d_revalidate = tid_fd_revalidate,
	.delete_when_unused = true,
};

static int proc_fd_follow(struct inode *inode, struct path *path)
{
	struct task_struct *p = get_proc_task(inode);
	int err = -EACCES;
	struct file *f;

	if (!p)
		return -EACCES;
	if (ptrace_may_access(p, PTRACE_MODE_READ_FSCREDS)) {
		f = task_file(p, PROC_I(inode)->fd);
		err = f ? 0 : -ENOENT;
		if (f) {
			*path = f->f_path;
			path_get(path);
		}
	}
	put_task_struct(p);
	return err;
}

static const struct inode_operations proc_fd_link_inode_operations = {
	.follow_magic = proc_fd_follow,
	.getattr = pid_getattr,
	.setattr = proc_pid_setattr,
};

static int proc_fdinfo_show(struct seq_file *m, void *v)
{
	struct inode *inode = m->private;
	struct task_struct *p = get_proc_task(inode);
	unsigned int fd = PROC_I(inode)->fd, flags;
	struct file *f;

	if (!p)
		return -ENOENT;
	f = task_file(p, fd);
	if (f) {
		flags = f->f_flags & ~O_CLOEXEC;
		if (test_bit(fd, p->files->close_on_exec))
			flags |= O_CLOEXEC;
		seq_printf(m, "pos:\t%lld\nflags:\t0%o\nmnt_id:\t%d\nino:\t%llu\n", f->f_pos, flags,
			   f->f_path.mnt->mnt_id, f->f_inode->i_ino);
		show_fd_locks(m, f, p->files);
		if (f->f_op->show_fdinfo)
			f->f_op->show_fdinfo(m, f);
	}
	put_task_struct(p);
	return f ? 0 : -ENOENT;
}

/* Of the directory, and of each file in it. */
static int proc_fdinfo_access(struct inode *inode)
{
	struct task_struct *p = get_proc_task(inode);
	bool allowed;

	if (!p)
		return -ESRCH;
	allowed = ptrace_may_access(p, PTRACE_MODE_READ_FSCREDS);
	put_task_struct(p);
	return allowed ? 0 : -EACCES;
}

static int proc_fdinfo_dir_open(struct inode *inode, struct file *file)
{
	return proc_fdinfo_access(inode);
}

static int proc_fdinfo_open(struct inode *inode, struct file *file)
{
	int err = proc_fdinfo_access(inode);

	return err ? err : seq_open_show(file, proc_fdinfo_show, inode);
}

static const struct file_operations proc_fdinfo_file_operations = {
	.open = proc_fdinfo_open,
	.read = seq_read,
	.held_pages = seq_held_pages,
	.llseek = seq_lseek,
	.release = seq_release,
};
static const struct inode_operations proc_fdinfo_file_inode_operations = {
	.getattr = pid_getattr,
	.setattr = proc_pid_setattr,
};

/* ---- the two directories ---- */

static u64 fd_ino(pid_t pid, unsigned int fd, unsigned int first)
{
	return PROC_PID_INO(pid, first | (fd & PROC_INO_FD_MASK));
}

/* The entry `dentry` of a directory, whose inode numbers begin at `first`. */
static struct dentry *lookup_fd(struct inode *dir, struct dentry *dentry, unsigned int first)
{
	struct task_struct *p = get_proc_task(dir);
	long fd = name_to_int(&dentry->d_name);
	struct file *f = p && fd >= 0 ? task_file(p, fd) : NULL;
	struct inode *inode = NULL;
	umode_t mode;

	if (f) {
		mode = first == PROC_INO_FD ? fd_link_mode(f) : S_IFREG | 0444;
		inode = proc_pid_make_inode(dir->i_sb, p, mode, fd_ino(p->pid, fd, first));
	}
	if (p)
		put_task_struct(p);
	if (!inode)
		return ERR_PTR(f ? -ENOMEM : -ENOENT);
	PROC_I(inode)->fd = fd;
	if (first == PROC_INO_FD) {
		inode->i_op = &proc_fd_link_inode_operations;
		inode->i_size = FD_LINK_SIZE;
	} else {
		inode->i_op = &proc_fdinfo_file_inode_operations;
		inode->i_fop = &proc_fdinfo_file_operations;
	}
	dentry->d_op = &tid_fd_dentry_operations;
	d_add(dentry, inode);
	return NULL;
}

static int readdir_fd(struct file *file, struct dir_context *ctx, unsigned int first)
{
	struct inode *dir = file->f_inode;
	struct task_struct *p = get_proc_task(dir);
	char name[FD_NAME_SIZE];
	int fd;

	if (!p)
		return -ENOENT;
	if (proc_emit_dots(file, ctx, file->f_path.dentry->d_parent->d_inode->i_ino)) {
		while (ctx->pos >= 2 && (fd = next_fd(p, ctx->pos - 2)) >= 0) {
			ctx->pos = 2 + fd;
			snprintf(name, sizeof(name), "%d", fd);
			if (!proc_emit(ctx, name, fd_ino(p->pid, fd, first),
				       S_DT(first == PROC_INO_FD ? S_IFLNK : S_IFREG)))
				break;
		}
	}
	put_task_struct(p);
	return 0;
}

static struct dentry *proc_fd_lookup(struct inode *dir, struct dentry *dentry)
{
	return lookup_fd(dir, dentry, PROC_INO_FD);
}

static int proc_fd_readdir(struct file *file, struct dir_context *ctx)
{
	return readdir_fd(file, ctx, PROC_INO_FD);
}

/* A process may always look at its own, even after it has given up its rights. */
int proc_fd_permission(struct inode *inode, int mask)
{
	int err = generic_permission(inode, mask);

	if (err) {
		struct task_struct *p = get_proc_task(inode);

		if (p && p->signal == current->signal)
			err = 0;
		if (p)
			put_task_struct(p);
	}
	return err;
}

const struct inode_operations proc_fd_inode_operations = {
	.lookup = proc_fd_lookup,
	.permission = proc_fd_permission,
	.getattr = pid_getattr,
	.setattr = proc_pid_setattr,
};
const struct file_operations proc_fd_operations = {
	.llseek = generic_file_llseek,
	.read = generic_read_dir,
	.iterate = proc_fd_readdir,
};

static struct dentry *proc_fdinfo_lookup(struct inode *dir, struct dentry *dentry)
{
	return lookup_fd(dir, dentry, PROC_INO_FDINFO);
}

static int proc_fdinfo_readdir(struct file *file, struct dir_context *ctx)
{
	return readdir_fd(file, ctx, PROC_INO_FDINFO);
}

const struct inode_operations proc_fdinfo_inode_operations = {
	.lookup = proc_fdinfo_lookup,
	.getattr = pid_getattr,
	.setattr = proc_pid_setattr,
};
const struct file_operations proc_fdinfo_operations = {
	.open = proc_fdinfo_dir_open,
	.llseek = generic_file_llseek,
	.read = generic_read_dir,
	.iterate = proc_fdinfo_readdir,
};
