/*
 * Directories of file systems that exist in the dentry cache only (tmpfs, hugetlbfs): reading one
 * walks its dentry's children.
 */
#include "kernel/fs/internal.h"
#include "mm/phys/gfp.h"
#include "mm/phys/slab.h"
#include <linux/fs.h>

bool simple_empty(const struct dentry *dir)
{
	const struct dentry *d;

	list_for_each_entry (d, &dir->d_subdirs, d_child) {
		if (d->d_inode && !d_unhashed(d))
			return false;
	}
	return true;
}

static unsigned int mode_to_type(umode_t mode)
{
	return (mode & S_IFMT) >> 12; /* DT_ values are the mode's top bits */
}

/*
 * A position counts names, newest first. Between two calls the reader's place is kept by a cursor,
 * a dentry without a name in the list of children, so that names that come and go do not move it.
 */
#define DIR_POS_FIRST 2 /* after . and .. */

static int dcache_dir_open(struct inode *inode, struct file *f)
{
	f->private_data = d_alloc_cursor(f->f_path.dentry);
	return f->private_data ? 0 : -ENOMEM;
}

static int dcache_dir_close(struct inode *inode, struct file *f)
{
	dput(f->private_data);
	return 0;
}

/* The count-th name behind `p` in the list of children, or NULL. Names that exist are pinned, and
   the locked directory keeps them: the result needs no reference. */
static struct dentry *scan_positives(struct dentry *dir, struct list_head *p, loff_t count)
{
	while ((p = p->next) != &dir->d_subdirs) {
		struct dentry *d = list_entry(p, struct dentry, d_child);

		if (d->d_inode && !d_unhashed(d) && !--count)
			return d;
	}
	return NULL;
}

static loff_t dcache_dir_lseek(struct file *f, loff_t offset, int whence)
{
	struct dentry *dir = f->f_path.dentry, *cursor = f->private_data, *to = NULL;

	if (whence == SEEK_CUR)
		offset += f->f_pos;
	if ((whence != SEEK_SET && whence != SEEK_CUR) || offset < 0)
		return -EINVAL;
	if (offset == f->f_pos)
		return offset;
	down_read(&dir->d_inode->i_rwsem);
	if (offset > DIR_POS_FIRST)
		to = scan_positives(dir, &dir->d_subdirs, offset - DIR_POS_FIRST);
	if (to)
		list_move(&cursor->d_child, &to->d_child);
	else
		list_del_init(&cursor->d_child);
	f->f_pos = offset;
	up_read(&dir->d_inode->i_rwsem);
	return offset;
}

/* The entries . and .. ; false if the reader has no room for them. */
static bool emit_dots(struct dentry *dir, struct dir_context *ctx)
{
	unsigned int type = mode_to_type(S_IFDIR);

	if (ctx->pos == 0) {
		if (ctx->actor(ctx->ctx, ".", 1, 0, dir->d_inode->i_ino, type))
			return false;
		ctx->pos = 1;
	}
	if (ctx->pos == 1) {
		if (ctx->actor(ctx->ctx, "..", 2, 1, dir->d_parent->d_inode->i_ino, type))
			return false;
		ctx->pos = DIR_POS_FIRST;
	}
	return true;
}

static int dcache_readdir(struct file *f, struct dir_context *ctx)
{
	struct dentry *dir = f->f_path.dentry, *cursor = f->private_data, *d;
	struct list_head *p = &cursor->d_child;

	if (!emit_dots(dir, ctx))
		return 0;
	if (ctx->pos == DIR_POS_FIRST)
		p = &dir->d_subdirs;
	else if (list_empty(p))
		return 0;
	while ((d = scan_positives(dir, p, 1))) {
		if (ctx->actor(ctx->ctx, d->d_name.name, d->d_name.len, ctx->pos, d->d_inode->i_ino,
			       mode_to_type(d->d_inode->i_mode)))
			break;
		ctx->pos++;
		p = &d->d_child;
	}
	if (d)
		list_move_tail(&cursor->d_child, &d->d_child);
	else
		list_del_init(&cursor->d_child);
	return 0;
}

static int noop_fsync(struct file *f, loff_t start, loff_t end, int datasync)
{
	return 0;
}

const struct file_operations simple_dir_operations = {
	.llseek = dcache_dir_lseek,
	.open = dcache_dir_open,
	.release = dcache_dir_close,
	.read = generic_read_dir,
	.iterate = dcache_readdir,
	.fsync = noop_fsync,
};
