/*
 * The file system that shows the tables of tree.c, and a directory for each system and event. All
 * mounts share one super block.
 */
#include "kernel/core/panic.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/tracefs/internal.h"
#include "kernel/fs/tracefs/tracefs.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"
#include <linux/magic.h>

#define ROOT_INO    1
#define TABLE_FIRST 2
#define INODE_STEP  0x1000000ULL /* between the numbers of two systems or events */
#define TEXT_SIZE   PAGE_SIZE	 /* what one write may have */
#define DOTS	    2		 /* positions in a directory before its first entry */

struct tracefs_inode {
	const struct tracefs_entry *entry;
	unsigned int id; /* the system or event that it belongs to */
	struct inode vfs_inode;
};

static struct kmem_cache *tracefs_inode_cachep;
static struct super_block *tracefs_sb; /* the one that all mounts share, or NULL */

static struct tracefs_inode *TRACEFS_I(const struct inode *inode)
{
	return container_of(inode, struct tracefs_inode, vfs_inode);
}

/* ---- files ---- */

static int tracefs_show(struct seq_file *m, void *v)
{
	const struct tracefs_inode *ti = TRACEFS_I(m->private);

	return ti->entry->show(m, ti->id);
}

static int tracefs_open(struct inode *inode, struct file *file)
{
	const struct tracefs_entry *entry = TRACEFS_I(inode)->entry;

	if (file->f_mode & FMODE_WRITE && file->f_flags & O_TRUNC && entry->clear) {
		int err = entry->clear();

		if (err)
			return err;
	}
	return seq_open_show(file, tracefs_show, inode);
}

static ssize_t tracefs_write(struct file *f, const char __user *buf, size_t len, loff_t *ppos)
{
	const struct tracefs_inode *ti = TRACEFS_I(f->f_inode);
	char *text;
	int err;

	if (!ti->entry->store)
		return -EINVAL;
	if (!len)
		return 0;
	len = min(len, (size_t)TEXT_SIZE - 1);
	text = kmalloc(TEXT_SIZE, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	err = copy_from_user(text, buf, len) ? -EFAULT : 0;
	text[len] = '\0';
	if (!err)
		err = ti->entry->store(ti->id, text);
	kfree(text);
	if (err)
		return err;
	*ppos += len;
	return len;
}

static const struct file_operations tracefs_file_operations = {
	.open = tracefs_open,
	.read = seq_read,
	.write = tracefs_write,
	.held_pages = seq_held_pages,
	.read_kernel = seq_read_kernel,
	.llseek = seq_lseek,
	.release = seq_release,
};

static int tracefs_setattr(struct dentry *dentry, struct iattr *attr)
{
	attr->ia_valid &= ~ATTR_SIZE;
	setattr_copy(dentry->d_inode, attr);
	return 0;
}

static const struct inode_operations tracefs_file_inode_operations = {.setattr = tracefs_setattr};

/* ---- inodes ---- */

static const struct inode_operations tracefs_dir_inode_operations;
static const struct file_operations tracefs_dir_operations;

static struct inode *tracefs_alloc_inode(struct super_block *sb)
{
	struct tracefs_inode *ti = kmem_cache_zalloc(tracefs_inode_cachep, GFP_KERNEL);

	return ti ? &ti->vfs_inode : NULL;
}

static void tracefs_destroy_inode(struct inode *inode)
{
	kmem_cache_free(tracefs_inode_cachep, TRACEFS_I(inode));
}

/* All tables are constants of the kernel's image, so their place there serves as a number. */
static u64 entry_ino(const struct tracefs_entry *entry, unsigned int id)
{
	if (entry == &tracefs_root)
		return ROOT_INO;
	return TABLE_FIRST + ((unsigned long)entry - KERNEL_LOAD) / sizeof(*entry) +
	       INODE_STEP * id;
}

/* Does the directory `dir` of number id have a child for this system or event? */
static bool has_child(const struct tracefs_entry *dir, unsigned int id, unsigned int child)
{
	switch (dir->children) {
	case SYSTEM_DIRS:
		return system_name(child);
	case EVENT_DIRS:
		return event_exists(child) && event_system(child) == id;
	default:
		return false;
	}
}

/* The numbers of these children are below it. */
static unsigned int child_limit(const struct tracefs_entry *dir)
{
	return dir->children == NO_CHILDREN ? 0 : nr_events();
}

static const struct tracefs_entry *child_entry(const struct tracefs_entry *dir)
{
	return dir->children == SYSTEM_DIRS ? &tracefs_system : &tracefs_event;
}

/* Its name, perhaps in the buffer. */
static const char *child_name(const struct tracefs_entry *dir, unsigned int child, char *buf)
{
	return dir->children == SYSTEM_DIRS ? system_name(child) : event_name(child, buf);
}

static unsigned int count_links(const struct tracefs_entry *dir, unsigned int id)
{
	unsigned int n = 2;

	for (unsigned int i = 0; i < dir->nr_child; i++)
		n += S_ISDIR(dir->child[i].mode);
	for (unsigned int i = 0; i < child_limit(dir); i++)
		n += has_child(dir, id, i);
	return n;
}

/* NULL: no memory. */
static struct inode *new_tracefs_inode(struct super_block *sb, const struct tracefs_entry *entry,
				       unsigned int id)
{
	struct inode *inode = new_inode(sb);

	if (!inode)
		return NULL;
	TRACEFS_I(inode)->entry = entry;
	TRACEFS_I(inode)->id = id;
	inode->i_ino = entry_ino(entry, id);
	inode->i_mode = entry->mode;
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time();
	if (S_ISDIR(entry->mode)) {
		inode->i_nlink = count_links(entry, id);
		inode->i_op = &tracefs_dir_inode_operations;
		inode->i_fop = &tracefs_dir_operations;
	} else {
		inode->i_op = &tracefs_file_inode_operations;
		inode->i_fop = entry->fop ? entry->fop : &tracefs_file_operations;
	}
	return inode;
}

/* ---- directories ---- */

static bool same_name(const char *name, const struct qstr *wanted)
{
	return strlen(name) == wanted->len && !memcmp(name, wanted->name, wanted->len);
}

/* The inode of a name in a directory; ERR_PTR(-ENOENT), NULL: no memory. */
static struct inode *find_inode(struct inode *dir, const struct qstr *wanted)
{
	const struct tracefs_entry *d = TRACEFS_I(dir)->entry;
	unsigned int id = TRACEFS_I(dir)->id;
	char name[EVENT_NAME_SIZE];

	for (unsigned int i = 0; i < d->nr_child; i++) {
		if (same_name(d->child[i].name, wanted))
			return new_tracefs_inode(dir->i_sb, &d->child[i], id);
	}
	for (unsigned int i = 0; i < child_limit(d); i++) {
		if (has_child(d, id, i) && same_name(child_name(d, i, name), wanted))
			return new_tracefs_inode(dir->i_sb, child_entry(d), i);
	}
	return ERR_PTR(-ENOENT);
}

static struct dentry *tracefs_lookup(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = find_inode(dir, &dentry->d_name);

	if (!inode)
		return ERR_PTR(-ENOMEM);
	d_add(dentry, IS_ERR(inode) ? NULL : inode);
	return NULL;
}

/* Give one name to readdir and move on; false: it is full. */
static bool emit(struct dir_context *ctx, const char *name, u64 ino, umode_t mode)
{
	if (ctx->actor(ctx->ctx, name, strlen(name), ctx->pos, ino, (mode & S_IFMT) >> 12))
		return false;
	ctx->pos++;
	return true;
}

/* The name at position n behind the dots: first the entries, then one place for each number that a
   child may have. False: readdir is full. */
static bool emit_nth(struct dir_context *ctx, const struct tracefs_inode *dir, unsigned int n)
{
	const struct tracefs_entry *d = dir->entry;
	char name[EVENT_NAME_SIZE];

	if (n < d->nr_child)
		return emit(ctx, d->child[n].name, entry_ino(&d->child[n], dir->id),
			    d->child[n].mode);
	n -= d->nr_child;
	if (has_child(d, dir->id, n))
		return emit(ctx, child_name(d, n, name), entry_ino(child_entry(d), n), S_IFDIR);
	ctx->pos++;
	return true;
}

static int tracefs_readdir(struct file *file, struct dir_context *ctx)
{
	const struct tracefs_inode *dir = TRACEFS_I(file->f_inode);
	loff_t end = DOTS + dir->entry->nr_child + child_limit(dir->entry);
	u64 parent = file->f_path.dentry->d_parent->d_inode->i_ino;

	if (ctx->pos == 0 && !emit(ctx, ".", file->f_inode->i_ino, S_IFDIR))
		return 0;
	if (ctx->pos == 1 && !emit(ctx, "..", parent, S_IFDIR))
		return 0;
	while (ctx->pos >= DOTS && ctx->pos < end && emit_nth(ctx, dir, ctx->pos - DOTS))
		;
	return 0;
}

static const struct inode_operations tracefs_dir_inode_operations = {
	.lookup = tracefs_lookup,
	.setattr = tracefs_setattr,
};
static const struct file_operations tracefs_dir_operations = {
	.llseek = generic_file_llseek,
	.read = generic_read_dir,
	.iterate = tracefs_readdir,
};

/* ---- mounting ---- */

static int tracefs_statfs(struct super_block *sb, struct kstatfs *buf)
{
	buf->f_type = TRACEFS_MAGIC;
	buf->f_bsize = PAGE_SIZE;
	buf->f_namelen = NAME_MAX_KERNEL;
	return 0;
}

static void tracefs_put_super(struct super_block *sb)
{
	if (tracefs_sb == sb) /* else mounted anew meanwhile */
		tracefs_sb = NULL;
}

static const struct super_operations tracefs_sops = {
	.alloc_inode = tracefs_alloc_inode,
	.destroy_inode = tracefs_destroy_inode,
	.put_super = tracefs_put_super,
	.statfs = tracefs_statfs,
	.drop_inode_when_unused = true,
};

static const struct dentry_operations tracefs_dentry_operations = {.delete_when_unused = true};

/* Linux knows the options uid, gid and mode, and ignores all others; here is none. */
static struct super_block *tracefs_mount(struct file_system_type *type, unsigned long flags,
					 struct block_device *bdev, const char *data)
{
	struct super_block *sb = tracefs_sb;

	if (data && *data)
		return ERR_PTR(-EINVAL);
	if (sb && sb->s_active) { /* 0: its umount is under way */
		sb->s_active++;
		return sb;
	}
	sb = alloc_super(type, flags);
	if (!sb)
		return ERR_PTR(-ENOMEM);
	sb->s_op = &tracefs_sops;
	sb->s_d_op = &tracefs_dentry_operations;
	sb->s_magic = TRACEFS_MAGIC;
	sb->s_root = d_make_root(new_tracefs_inode(sb, &tracefs_root, 0));
	if (!sb->s_root) {
		deactivate_super(sb);
		return ERR_PTR(-ENOMEM);
	}
	tracefs_sb = sb;
	return sb;
}

static struct file_system_type tracefs_fs_type = {.name = "tracefs", .mount = tracefs_mount};

void tracefs_init(void)
{
	tracefs_inode_cachep =
		kmem_cache_create("tracefs_inode_cache", sizeof(struct tracefs_inode), 0, 0, NULL);
	if (!tracefs_inode_cachep || register_filesystem(&tracefs_fs_type))
		panic("tracefs: cannot register the file system");
	buffer_init();
}
