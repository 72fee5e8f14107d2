/*
 * /proc/PID and /proc/PID/task/TID: which files a process has, their lookup, listing and ownership,
 * and whether the process still exists.
 */
#include "kernel/fs/proc/internal.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>

#define PID_NAME_SIZE 12

static const struct inode_operations proc_task_inode_operations;
static const struct file_operations proc_task_operations;

static int proc_exe_link(struct task_struct *p, struct path *path);
static int proc_cwd_link(struct task_struct *p, struct path *path);
static int proc_root_link(struct task_struct *p, struct path *path);

/* ---- the files of a process, and of a thread ---- */

/* One table for both: a thread has not the first eight, nor a process the last two. */
static const struct pid_entry base_stuff[] = {
	PID_SHOW("ksm_merging_pages", 0400, proc_ksm_merging_pages),
	PID_SHOW("ksm_stat", 0400, proc_ksm_stat),
	PID_DIR("task", 0555, proc_task_inode_operations, proc_task_operations),
	PID_SHOW("stat", 0444, proc_tgid_stat),
	PID_DIR("map_files", 0500, proc_map_files_inode_operations, proc_map_files_operations),
	PID_SHOW("io", 0400, proc_tgid_io_accounting),
	PID_FILE("timerslack_ns", 0666, proc_timerslack_ns_operations),
	PID_FILE("coredump_filter", 0644, proc_coredump_filter_operations),
	PID_DIR("fd", 0500, proc_fd_inode_operations, proc_fd_operations),
	PID_DIR("fdinfo", 0555, proc_fdinfo_inode_operations, proc_fdinfo_operations),
	PID_DIR("ns", 0511, proc_ns_dir_inode_operations, proc_ns_dir_operations),
	PID_FILE("environ", 0400, proc_environ_operations),
	PID_FILE("auxv", 0400, proc_auxv_operations),
	PID_SHOW("status", 0444, proc_pid_status),
	PID_SHOW("personality", 0400, proc_pid_personality),
	PID_SHOW("limits", 0444, proc_pid_limits),
	PID_FILE("sched", 0644, proc_pid_sched_operations),
	PID_FILE("comm", 0644, proc_pid_comm_operations),
	PID_SHOW("syscall", 0400, proc_pid_syscall),
	PID_FILE("cmdline", 0444, proc_pid_cmdline_operations),
	PID_SHOW("statm", 0444, proc_pid_statm),
	PID_FILE("maps", 0444, proc_pid_maps_operations),
	PID_FILE("mem", 0600, proc_mem_operations),
	PID_LINK("cwd", proc_cwd_link),
	PID_LINK("root", proc_root_link),
	PID_LINK("exe", proc_exe_link),
	PID_FILE("mounts", 0444, proc_mounts_operations),
	PID_FILE("mountinfo", 0444, proc_mountinfo_operations),
	PID_FILE("clear_refs", 0200, proc_clear_refs_operations),
	PID_FILE("smaps", 0444, proc_pid_smaps_operations),
	PID_FILE("smaps_rollup", 0444, proc_pid_smaps_rollup_operations),
	PID_FILE("pagemap", 0400, proc_pagemap_operations),
	PID_SHOW("wchan", 0444, proc_pid_wchan),
	PID_SHOW("stack", 0400, proc_pid_stack),
	PID_SHOW("schedstat", 0444, proc_pid_schedstat),
	PID_SHOW("cgroup", 0444, proc_cgroup_show),
	PID_SHOW("oom_score", 0444, proc_oom_score),
	PID_FILE("oom_adj", 0644, proc_oom_adj_operations),
	PID_FILE("oom_score_adj", 0644, proc_oom_score_adj_operations),
	PID_SHOW("stat", 0444, proc_tid_stat),
	PID_SHOW("io", 0400, proc_tid_io_accounting),
};
#define NR_TGID_ONLY 8
#define NR_TID_ONLY  2

/* A directory of such files: its entries, and the number from which their inode numbers count. */
struct pid_dir {
	const struct pid_entry *entries;
	unsigned int n, ino;
};
static const struct pid_dir tgid_base = {base_stuff, ARRAY_SIZE(base_stuff) - NR_TID_ONLY,
					 PROC_INO_TGID};
static const struct pid_dir tid_base = {base_stuff + NR_TGID_ONLY,
					ARRAY_SIZE(base_stuff) - NR_TGID_ONLY, PROC_INO_TID};

static unsigned int pid_dir_nlink(const struct pid_dir *dir)
{
	unsigned int nlink = 2;

	for (unsigned int i = 0; i < dir->n; i++)
		nlink += !!S_ISDIR(dir->entries[i].mode);
	return nlink;
}

/* ---- the process of an inode ---- */

/* No reference: valid until the caller sleeps. */
static struct task_struct *proc_task(const struct inode *inode)
{
	const struct proc_inode *ei = PROC_I(inode);
	struct task_struct *p = find_task_by_pid(ei->pid);

	return p && p->start_time_ns == ei->start_time_ns ? p : NULL;
}

struct task_struct *get_proc_task(const struct inode *inode)
{
	struct task_struct *p = proc_task(inode);

	return p ? get_task_struct(p) : NULL;
}

int lock_trace(struct task_struct *p)
{
	int err = down_read_killable(&p->signal->exec_update_lock);

	if (!err && !ptrace_may_access(p, PTRACE_MODE_ATTACH_FSCREDS)) {
		up_read(&p->signal->exec_update_lock);
		err = -EPERM;
	}
	return err;
}

void unlock_trace(struct task_struct *p)
{
	up_read(&p->signal->exec_update_lock);
}

/* As files of p are owned: by its effective ids, or by root if it keeps others out. */
static void task_dump_owner(const struct task_struct *p, umode_t mode, uid_t *uid, gid_t *gid)
{
	*uid = *gid = 0;
	if (p->flags & PF_KTHREAD)
		return;
	/* The directory itself tells whose process it is, in any case. */
	if (mode == (S_IFDIR | 0555) || (p->mm && get_dumpable(p->mm) == SUID_DUMP_USER)) {
		*uid = p->cred.euid;
		*gid = p->cred.egid;
	}
}

struct inode *proc_pid_make_inode(struct super_block *sb, struct task_struct *p, umode_t mode,
				  u64 ino)
{
	struct inode *inode = proc_new_inode(sb, mode, ino);

	if (!inode)
		return NULL;
	PROC_I(inode)->pid = p->pid;
	PROC_I(inode)->start_time_ns = p->start_time_ns;
	task_dump_owner(p, mode, &inode->i_uid, &inode->i_gid);
	return inode;
}

int pid_revalidate(struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;
	struct task_struct *p = proc_task(inode);

	if (!p)
		return 0;
	task_dump_owner(p, inode->i_mode, &inode->i_uid, &inode->i_gid);
	inode->i_mode &= ~(S_ISUID | S_ISGID);
	return 1;
}

/* Dentries of a process's files are not cached, so that a process leaves none when it exits. */
static const struct dentry_operations pid_dentry_operations = {
	.d_revalidate = pid_revalidate,
	.delete_when_unused = true,
};

int pid_getattr(struct inode *inode, struct kstat *stat)
{
	struct task_struct *p = proc_task(inode);

	generic_fillattr(inode, stat);
	stat->uid = stat->gid = 0;
	if (p)
		task_dump_owner(p, inode->i_mode, &stat->uid, &stat->gid);
	return 0;
}

/* ---- files that are one record ---- */

static int proc_single_show(struct seq_file *m, void *v)
{
	struct inode *inode = m->private;
	struct task_struct *p = get_proc_task(inode);
	int err;

	if (!p)
		return -ESRCH;
	err = PROC_I(inode)->entry->show(m, p);
	put_task_struct(p);
	return err;
}

static int proc_single_open(struct inode *inode, struct file *file)
{
	keep_opener_caps(file);
	return seq_open_show(file, proc_single_show, inode);
}

static const struct file_operations proc_single_operations = {
	.open = proc_single_open,
	.read = seq_read,
	.held_pages = seq_held_pages,
	.llseek = seq_lseek,
	.release = seq_release,
};

static const struct inode_operations proc_pid_file_inode_operations = {
	.getattr = pid_getattr,
	.setattr = proc_pid_setattr,
};

/* ---- links ---- */

static int proc_pid_follow(struct inode *inode, struct path *path)
{
	struct task_struct *p = get_proc_task(inode);
	int err = -EACCES;

	if (!p)
		return -EACCES;
	if (ptrace_may_access(p, PTRACE_MODE_READ_FSCREDS))
		err = PROC_I(inode)->entry->follow(p, path);
	put_task_struct(p);
	return err;
}

static const struct inode_operations proc_pid_link_inode_operations = {
	.follow_magic = proc_pid_follow,
	.getattr = pid_getattr,
	.setattr = proc_pid_setattr,
};

static int take_path(struct path *to, const struct path *from)
{
	if (!from || !from->dentry)
		return -ENOENT;
	path_get(from);
	*to = *from;
	return 0;
}

static int proc_exe_link(struct task_struct *p, struct path *path)
{
	struct mm_struct *mm = get_task_mm(p);
	int err;

	if (!mm)
		return -ENOENT;
	err = take_path(path, mm->exe_file ? &mm->exe_file->f_path : NULL);
	mmput(mm);
	return err;
}

static int proc_cwd_link(struct task_struct *p, struct path *path)
{
	return take_path(path, p->fs ? &p->fs->pwd : NULL);
}

static int proc_root_link(struct task_struct *p, struct path *path)
{
	return take_path(path, p->fs ? &p->fs->root : NULL);
}

/* ---- looking a process's files up and listing them ---- */

static void proc_pident_setup(struct inode *inode, const struct pid_entry *entry)
{
	PROC_I(inode)->entry = entry;
	inode->i_op = &proc_pid_file_inode_operations;
	if (entry->iop)
		inode->i_op = entry->iop;
	else if (entry->follow)
		inode->i_op = &proc_pid_link_inode_operations;
	if (entry->show)
		inode->i_fop = &proc_single_operations;
	else if (entry->fop)
		inode->i_fop = entry->fop;
	if (S_ISDIR(entry->mode))
		inode->i_nlink = 2;
}

static struct dentry *proc_pident_lookup(struct inode *dir, struct dentry *dentry,
					 const struct pid_dir *base)
{
	const struct qstr *name = &dentry->d_name;
	const struct pid_entry *entry = base->entries, *end = entry + base->n;
	struct task_struct *p;
	struct inode *inode;

	while (entry < end &&
	       (strlen(entry->name) != name->len || memcmp(entry->name, name->name, name->len)))
		entry++;
	p = entry < end ? get_proc_task(dir) : NULL;
	if (!p)
		return ERR_PTR(-ENOENT);
	inode = proc_pid_make_inode(dir->i_sb, p, entry->mode,
				    PROC_PID_INO(p->pid, base->ino + 1 + (entry - base->entries)));
	put_task_struct(p);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	proc_pident_setup(inode, entry);
	dentry->d_op = &pid_dentry_operations;
	d_add(dentry, inode);
	return NULL;
}

static int proc_pident_readdir(struct file *file, struct dir_context *ctx,
			       const struct pid_dir *base)
{
	pid_t pid = PROC_I(file->f_inode)->pid;

	if (!proc_task(file->f_inode))
		return -ENOENT;
	if (!proc_emit_dots(file, ctx, file->f_path.dentry->d_parent->d_inode->i_ino))
		return 0;
	while (ctx->pos >= 2 && ctx->pos < 2 + (loff_t)base->n) {
		unsigned int i = ctx->pos - 2;
		const struct pid_entry *entry = &base->entries[i];

		if (!proc_emit(ctx, entry->name, PROC_PID_INO(pid, base->ino + 1 + i),
			       S_DT(entry->mode)))
			return 0;
	}
	return 0;
}

/* The directory of a process cannot be changed, by anybody: Linux has it immutable. */
static int proc_base_permission(struct inode *inode, int mask)
{
	return mask & MAY_WRITE ? -EPERM : generic_permission(inode, mask);
}

static int proc_tgid_base_permission(struct inode *inode, int mask)
{
	return proc_task(inode) || mask & MAY_WRITE ? proc_base_permission(inode, mask) : -ESRCH;
}

static int proc_base_setattr(struct dentry *dentry, struct iattr *attr)
{
	const unsigned int refused = ATTR_MODE | ATTR_UID | ATTR_GID | ATTR_TIMES_SET | ATTR_TOUCH;

	return attr->ia_valid & refused ? -EPERM : proc_setattr(dentry, attr);
}

static int proc_pid_permission(struct inode *inode, int mask)
{
	return proc_task(inode) ? generic_permission(inode, mask) : -ESRCH;
}

/* ---- /proc/PID ---- */

static struct dentry *proc_tgid_base_lookup(struct inode *dir, struct dentry *dentry)
{
	return proc_pident_lookup(dir, dentry, &tgid_base);
}

static int proc_tgid_base_readdir(struct file *file, struct dir_context *ctx)
{
	return proc_pident_readdir(file, ctx, &tgid_base);
}

static const struct inode_operations proc_tgid_base_inode_operations = {
	.lookup = proc_tgid_base_lookup,
	.getattr = pid_getattr,
	.setattr = proc_base_setattr,
	.permission = proc_tgid_base_permission,
};
static const struct file_operations proc_tgid_base_operations = {
	.llseek = generic_file_llseek,
	.read = generic_read_dir,
	.iterate = proc_tgid_base_readdir,
};

/* The directory of a process or thread under `dentry`. */
static struct dentry *add_base_dir(struct inode *dir, struct dentry *dentry, struct task_struct *p,
				   const struct pid_dir *base, const struct inode_operations *iop,
				   const struct file_operations *fop)
{
	struct inode *inode =
		proc_pid_make_inode(dir->i_sb, p, S_IFDIR | 0555, PROC_PID_INO(p->pid, base->ino));

	if (!inode)
		return ERR_PTR(-ENOMEM);
	inode->i_op = iop;
	inode->i_fop = fop;
	inode->i_nlink = pid_dir_nlink(base);
	dentry->d_op = &pid_dentry_operations;
	d_add(dentry, inode);
	return NULL;
}

struct dentry *proc_pid_lookup(struct inode *dir, struct dentry *dentry)
{
	struct task_struct *p = find_task_by_pid(name_to_int(&dentry->d_name));
	struct dentry *res;

	if (!p)
		return ERR_PTR(-ENOENT);
	get_task_struct(p);
	res = add_base_dir(dir, dentry, p, &tgid_base, &proc_tgid_base_inode_operations,
			   &proc_tgid_base_operations);
	put_task_struct(p);
	return res;
}

/* The process with the lowest number that is not below `pid`. */
static struct task_struct *next_tgid(pid_t pid)
{
	struct task_struct *p, *best = NULL;

	for_each_process (p) {
		if (p->tgid >= pid && (!best || p->tgid < best->tgid))
			best = p;
	}
	return best;
}

int proc_pid_readdir(struct file *file, struct dir_context *ctx)
{
	char name[PID_NAME_SIZE];
	struct task_struct *p;

	while (ctx->pos >= TGID_OFFSET && ctx->pos - TGID_OFFSET < pid_max) {
		p = next_tgid(ctx->pos - TGID_OFFSET);
		if (!p)
			break;
		ctx->pos = TGID_OFFSET + p->tgid;
		snprintf(name, sizeof(name), "%d", p->tgid);
		if (!proc_emit(ctx, name, PROC_PID_INO(p->tgid, PROC_INO_TGID), S_DT(S_IFDIR)))
			return 0;
	}
	return 0;
}

/* ---- /proc/PID/task ---- */

static struct dentry *proc_tid_base_lookup(struct inode *dir, struct dentry *dentry)
{
	return proc_pident_lookup(dir, dentry, &tid_base);
}

static int proc_tid_base_readdir(struct file *file, struct dir_context *ctx)
{
	return proc_pident_readdir(file, ctx, &tid_base);
}

static const struct inode_operations proc_tid_base_inode_operations = {
	.lookup = proc_tid_base_lookup,
	.getattr = pid_getattr,
	.setattr = proc_base_setattr,
	.permission = proc_base_permission,
};
static const struct file_operations proc_tid_base_operations = {
	.llseek = generic_file_llseek,
	.read = generic_read_dir,
	.iterate = proc_tid_base_readdir,
};

static struct dentry *proc_task_lookup(struct inode *dir, struct dentry *dentry)
{
	struct task_struct *p = find_task_by_pid(name_to_int(&dentry->d_name));
	struct task_struct *leader = proc_task(dir);
	struct dentry *res;

	if (!p || !leader || p->signal != leader->signal)
		return ERR_PTR(-ENOENT);
	get_task_struct(p);
	res = add_base_dir(dir, dentry, p, &tid_base, &proc_tid_base_inode_operations,
			   &proc_tid_base_operations);
	put_task_struct(p);
	return res;
}

/* The thread of p's process with the lowest number that is not below `pid`. */
static struct task_struct *next_tid(struct task_struct *p, pid_t pid)
{
	struct task_struct *t, *best = NULL;

	for_each_thread (p, t) {
		if (t->pid >= pid && (!best || t->pid < best->pid))
			best = t;
	}
	return best;
}

static int proc_task_readdir(struct file *file, struct dir_context *ctx)
{
	char name[PID_NAME_SIZE];
	struct task_struct *p, *t;

	if (!proc_task(file->f_inode))
		return -ENOENT;
	if (!proc_emit_dots(file, ctx, file->f_path.dentry->d_parent->d_inode->i_ino))
		return 0;
	while (ctx->pos >= 2 && ctx->pos - 2 < pid_max) {
		p = proc_task(file->f_inode);
		t = p ? next_tid(p, ctx->pos - 2) : NULL;
		if (!t)
			break;
		ctx->pos = 2 + t->pid;
		snprintf(name, sizeof(name), "%d", t->pid);
		if (!proc_emit(ctx, name, PROC_PID_INO(t->pid, PROC_INO_TID), S_DT(S_IFDIR)))
			break;
	}
	return 0;
}

static int proc_task_getattr(struct inode *inode, struct kstat *stat)
{
	struct task_struct *p = proc_task(inode), *t;

	pid_getattr(inode, stat);
	if (p) {
		for_each_thread (p, t)
			stat->nlink++;
	}
	return 0;
}

static const struct inode_operations proc_task_inode_operations = {
	.lookup = proc_task_lookup,
	.getattr = proc_task_getattr,
	.setattr = proc_pid_setattr,
	.permission = proc_pid_permission,
};
static const struct file_operations proc_task_operations = {
	.llseek = generic_file_llseek,
	.read = generic_read_dir,
	.iterate = proc_task_readdir,
};
