/*
 * /proc itself: mounting it, its files that belong to no process, /proc/self and /proc/thread-self.
 * All mounts share one super block.
 */
#include "kernel/core/panic.h"
#include "kernel/drivers/fb.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/proc/internal.h"
#include "kernel/fs/proc/proc.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>
#include <linux/magic.h>

#define PROC_BLOCK_SIZE 1024 /* what stat shows as the best size of a read */

static const struct inode_operations proc_dir_inode_operations;
static const struct file_operations proc_dir_operations;

/* By length, then by name: the order in which Linux lists them. */
static const struct proc_dir_entry proc_root_entries[] = {
	{.name = "fb", .mode = S_IFREG | 0444, .show = fb_proc_show},
	{.name = "sys",
	 .mode = S_IFDIR | 0555,
	 .iop = &proc_sys_dir_inode_operations,
	 .fop = &proc_sys_dir_operations},
	{.name = "kmsg", .mode = S_IFREG | 0400, .fop = &proc_kmsg_operations},
	{.name = "stat", .mode = S_IFREG | 0444, .show = stat_proc_show},
	{.name = "iomem", .mode = S_IFREG | 0444, .show = iomem_proc_show},
	{.name = "locks", .mode = S_IFREG | 0444, .fop = &proc_locks_operations},
	{.name = "swaps", .mode = S_IFREG | 0444, .show = swaps_proc_show, .no_splice = true},
	{.name = "mounts", .mode = S_IFLNK | 0777, .target = "self/mounts"},
	{.name = "uptime", .mode = S_IFREG | 0444, .show = uptime_proc_show},
	{.name = "vmstat", .mode = S_IFREG | 0444, .show = vmstat_proc_show},
	{.name = "cmdline", .mode = S_IFREG | 0444, .show = cmdline_proc_show},
	{.name = "cpuinfo", .mode = S_IFREG | 0444, .show = cpuinfo_proc_show},
	{.name = "devices", .mode = S_IFREG | 0444, .show = devices_proc_show},
	{.name = "loadavg", .mode = S_IFREG | 0444, .show = loadavg_proc_show},
	{.name = "ioports", .mode = S_IFREG | 0444, .show = ioports_proc_show},
	{.name = "meminfo", .mode = S_IFREG | 0444, .show = meminfo_proc_show},
	{.name = "modules", .mode = S_IFREG | 0444, .show = modules_proc_show, .no_splice = true},
	{.name = "sysvipc",
	 .mode = S_IFDIR | 0555,
	 .iop = &proc_dir_inode_operations,
	 .fop = &proc_dir_operations,
	 .child = proc_sysvipc_entries,
	 .nr_child = NR_SYSVIPC_ENTRIES},
	{.name = "version", .mode = S_IFREG | 0444, .show = version_proc_show},
	{.name = "kallsyms", .mode = S_IFREG | 0444, .fop = &proc_kallsyms_operations},
	{.name = "slabinfo", .mode = S_IFREG | 0400, .show = slabinfo_proc_show, .no_splice = true},
	{.name = "zoneinfo", .mode = S_IFREG | 0444, .show = zoneinfo_proc_show},
	{.name = "buddyinfo", .mode = S_IFREG | 0444, .show = buddyinfo_proc_show},
	{.name = "diskstats", .mode = S_IFREG | 0444, .show = diskstats_proc_show},
	{.name = "interrupts", .mode = S_IFREG | 0444, .show = interrupts_proc_show},
	{.name = "kpagecount", .mode = S_IFREG | 0400, .fop = &proc_kpagecount_operations},
	{.name = "kpageflags", .mode = S_IFREG | 0400, .fop = &proc_kpageflags_operations},
	{.name = "partitions", .mode = S_IFREG | 0444, .show = partitions_proc_show},
	{.name = "filesystems", .mode = S_IFREG | 0444, .show = filesystems_proc_show},
	{.name = "vmallocinfo", .mode = S_IFREG | 0400, .fop = &proc_vmallocinfo_operations},
	{.name = "pagetypeinfo", .mode = S_IFREG | 0400, .show = pagetypeinfo_proc_show},
};
#define NR_ROOT_ENTRIES ARRAY_SIZE(proc_root_entries)
_Static_assert(NR_ROOT_ENTRIES + 2 < FIRST_PROCESS_ENTRY, "positions in /proc");

/* ---- files that are one record ---- */

static int proc_show_open(struct inode *inode, struct file *file)
{
	keep_opener_caps(file);
	return seq_open_show(file, PROC_I(inode)->pde->show, NULL);
}

ssize_t proc_no_write(struct file *file, const char __user *buf, size_t len, loff_t *ppos)
{
	return -EIO;
}

static int proc_no_mmap(struct file *file, struct vm_area_struct *vma)
{
	return -EIO;
}

static const struct file_operations proc_show_operations = {
	.open = proc_show_open,
	.read = seq_read,
	.held_pages = seq_held_pages,
	.read_kernel = seq_read_kernel,
	.write = proc_no_write,
	.mmap = proc_no_mmap,
	.llseek = seq_lseek,
	.release = seq_release,
};
/* The same for those that Linux does not let sendfile read. */
static const struct file_operations proc_show_no_splice_operations = {
	.open = proc_show_open,
	.read = seq_read,
	.held_pages = seq_held_pages,
	.write = proc_no_write,
	.mmap = proc_no_mmap,
	.llseek = seq_lseek,
	.release = seq_release,
};

static const struct inode_operations proc_file_inode_operations = {.setattr = proc_setattr};

/* ---- symbolic links ---- */

static char *proc_get_link(struct inode *inode)
{
	char *text = kstrdup(PROC_I(inode)->pde->target, GFP_KERNEL);

	return text ? text : ERR_PTR(-ENOMEM);
}

static const struct inode_operations proc_link_inode_operations = {
	.get_link = proc_get_link,
	.setattr = proc_setattr,
};

static char *proc_self_get_link(struct inode *inode)
{
	char *text = kasprintf(GFP_KERNEL, "%d", current->tgid);

	return text ? text : ERR_PTR(-ENOMEM);
}

static char *proc_thread_self_get_link(struct inode *inode)
{
	char *text = kasprintf(GFP_KERNEL, "%d/task/%d", current->tgid, current->pid);

	return text ? text : ERR_PTR(-ENOMEM);
}

static const struct inode_operations proc_self_inode_operations = {
	.get_link = proc_self_get_link,
	.setattr = proc_setattr,
};
static const struct inode_operations proc_thread_self_inode_operations = {
	.get_link = proc_thread_self_get_link,
	.setattr = proc_setattr,
};
/* These two stand behind the other files, before the processes. */
static const struct proc_dir_entry proc_self_entries[] = {
	{.name = "self", .mode = S_IFLNK | 0777, .iop = &proc_self_inode_operations},
	{.name = "thread-self", .mode = S_IFLNK | 0777, .iop = &proc_thread_self_inode_operations},
};

/* ---- the directory ---- */

static u64 root_entry_ino(const struct proc_dir_entry *pde)
{
	if (pde >= proc_sysvipc_entries && pde < proc_sysvipc_entries + NR_SYSVIPC_ENTRIES)
		return PROC_DYNAMIC_FIRST + NR_ROOT_ENTRIES + ARRAY_SIZE(proc_self_entries) +
		       (pde - proc_sysvipc_entries);
	if (pde >= proc_self_entries && pde < proc_self_entries + ARRAY_SIZE(proc_self_entries))
		return PROC_DYNAMIC_FIRST + NR_ROOT_ENTRIES + (pde - proc_self_entries);
	return PROC_DYNAMIC_FIRST + (pde - proc_root_entries);
}

static const struct proc_dir_entry *find_entry(const struct proc_dir_entry *entries, unsigned int n,
					       const struct qstr *name)
{
	for (; n--; entries++) {
		if (strlen(entries->name) == name->len &&
		    !memcmp(entries->name, name->name, name->len))
			return entries;
	}
	return NULL;
}

static struct inode *proc_get_inode(struct super_block *sb, const struct proc_dir_entry *pde)
{
	struct inode *inode = proc_new_inode(sb, pde->mode, root_entry_ino(pde));

	if (!inode)
		return NULL;
	PROC_I(inode)->pde = pde;
	inode->i_op = pde->iop ? pde->iop : &proc_file_inode_operations;
	if (pde->target) {
		inode->i_op = &proc_link_inode_operations;
		inode->i_size = strlen(pde->target);
	}
	if (pde->show)
		inode->i_fop =
			pde->no_splice ? &proc_show_no_splice_operations : &proc_show_operations;
	else if (pde->fop)
		inode->i_fop = pde->fop;
	return inode;
}

/* A directory of fixed files, other than /proc itself. */
static struct dentry *proc_lookup(struct inode *dir, struct dentry *dentry)
{
	const struct proc_dir_entry *parent = PROC_I(dir)->pde, *pde;
	struct inode *inode;

	pde = find_entry(parent->child, parent->nr_child, &dentry->d_name);
	if (!pde)
		return ERR_PTR(-ENOENT);
	inode = proc_get_inode(dir->i_sb, pde);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	d_add(dentry, inode);
	return NULL;
}

static int proc_readdir(struct file *file, struct dir_context *ctx)
{
	const struct proc_dir_entry *parent = PROC_I(file->f_inode)->pde;

	if (!proc_emit_dots(file, ctx, PROC_ROOT_INO))
		return 0;
	while (ctx->pos >= 2 && ctx->pos < 2 + (loff_t)parent->nr_child) {
		const struct proc_dir_entry *pde = &parent->child[ctx->pos - 2];

		if (!proc_emit(ctx, pde->name, root_entry_ino(pde), S_DT(pde->mode)))
			return 0;
	}
	return 0;
}

static const struct inode_operations proc_dir_inode_operations = {
	.lookup = proc_lookup,
	.setattr = proc_setattr,
};
static const struct file_operations proc_dir_operations = {
	.llseek = generic_file_llseek,
	.read = generic_read_dir,
	.iterate = proc_readdir,
};

static struct dentry *proc_root_lookup(struct inode *dir, struct dentry *dentry)
{
	const struct proc_dir_entry *pde;
	struct inode *inode;

	pde = find_entry(proc_root_entries, NR_ROOT_ENTRIES, &dentry->d_name);
	if (!pde)
		pde = find_entry(proc_self_entries, ARRAY_SIZE(proc_self_entries), &dentry->d_name);
	if (!pde)
		return proc_pid_lookup(dir, dentry);
	inode = proc_get_inode(dir->i_sb, pde);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	if (pde->fop == &proc_sys_dir_operations)
		PROC_I(inode)->sysctl = &sysctl_root;
	d_add(dentry, inode);
	return NULL;
}

static int proc_root_readdir(struct file *file, struct dir_context *ctx)
{
	if (!proc_emit_dots(file, ctx, file->f_path.dentry->d_parent->d_inode->i_ino))
		return 0;
	while (ctx->pos >= 2 && ctx->pos < 2 + (loff_t)NR_ROOT_ENTRIES) {
		const struct proc_dir_entry *pde = &proc_root_entries[ctx->pos - 2];

		if (!proc_emit(ctx, pde->name, root_entry_ino(pde), S_DT(pde->mode)))
			return 0;
	}
	if (ctx->pos < FIRST_PROCESS_ENTRY)
		ctx->pos = FIRST_PROCESS_ENTRY;
	while (ctx->pos < TGID_OFFSET) {
		const struct proc_dir_entry *pde =
			&proc_self_entries[ctx->pos - FIRST_PROCESS_ENTRY];

		if (!proc_emit(ctx, pde->name, root_entry_ino(pde), S_DT(pde->mode)))
			return 0;
	}
	return proc_pid_readdir(file, ctx);
}

static int proc_root_getattr(struct inode *inode, struct kstat *stat)
{
	struct task_struct *p;

	generic_fillattr(inode, stat);
	/* Itself, its ".", its two fixed directories, and the processes. */
	stat->nlink = 4;
	for_each_process (p)
		stat->nlink++;
	return 0;
}

static const struct file_operations proc_root_operations = {
	.llseek = generic_file_llseek,
	.read = generic_read_dir,
	.iterate = proc_root_readdir,
};
static const struct inode_operations proc_root_inode_operations = {
	.lookup = proc_root_lookup,
	.getattr = proc_root_getattr,
	.setattr = proc_setattr,
};

/* ---- mounting ---- */

static struct super_block *proc_sb; /* the one that all mounts share, or NULL */

void proc_put_super(struct super_block *sb)
{
	if (proc_sb == sb) /* else mounted anew meanwhile */
		proc_sb = NULL;
}

static struct super_block *proc_mount(struct file_system_type *type, unsigned long flags,
				      struct block_device *bdev, const char *data)
{
	struct super_block *sb = proc_sb;
	struct inode *root;

	if (sb && sb->s_active) { /* 0: its umount is under way */
		sb->s_active++;
		return sb;
	}
	sb = alloc_super(type, flags);
	if (!sb)
		return ERR_PTR(-ENOMEM);
	sb->s_op = &proc_sops;
	sb->s_magic = PROC_SUPER_MAGIC;
	sb->s_blocksize = PROC_BLOCK_SIZE;
	sb->s_noexec = true;
	sb->s_flags |= MS_NODIRATIME;
	root = proc_new_inode(sb, S_IFDIR | 0555, PROC_ROOT_INO);
	if (root) {
		root->i_op = &proc_root_inode_operations;
		root->i_fop = &proc_root_operations;
	}
	sb->s_root = d_make_root(root);
	if (!sb->s_root) {
		deactivate_super(sb);
		return ERR_PTR(-ENOMEM);
	}
	proc_sb = sb;
	return sb;
}

static struct file_system_type proc_fs_type = {.name = "proc", .mount = proc_mount};

void proc_init(void)
{
	if (proc_init_inodecache() || register_filesystem(&proc_fs_type))
		panic("proc: cannot register the file system");
}
