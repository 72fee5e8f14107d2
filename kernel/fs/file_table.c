/*
 * Open files: the file object that open(2), pipe(2) and their like make and that descriptors share,
 * and the working directory and root of a task.
 */
#include "kernel/core/panic.h"
#include "kernel/fs/internal.h"
#include "kernel/fs/lease.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/phys/slab.h"

#define NR_FILE 8192 /* the least that files_max is by default */
#define FILE_KB 1    /* what a file with its inode and dentry takes, about */

static struct kmem_cache *filp_cache;
long nr_open_files, files_max; /* in the whole system, for all but root */

/* A tenth of the memory that is left may go into open files, as in Linux. */
static long default_files_max(void)
{
	unsigned long total = totalram_pages();
	unsigned long reserved = min(total, (total - nr_free_pages()) / 2 * 3);

	return max((total - reserved) * (PAGE_SIZE / 1024 / FILE_KB) / 10, (unsigned long)NR_FILE);
}

void file_table_init(void)
{
	files_max = default_files_max();
	filp_cache = kmem_cache_create("filp", sizeof(struct file), 0, 0, NULL);
	if (!filp_cache)
		panic("VFS: no memory for the cache of open files");
}

static const struct file_operations unopened_fops;

struct file *alloc_empty_file(unsigned int flags)
{
	struct file *f;

	if (nr_open_files >= files_max && !capable())
		return ERR_PTR(-ENFILE);
	f = kmem_cache_zalloc(filp_cache, GFP_KERNEL);
	if (!f)
		return ERR_PTR(-ENOMEM);
	nr_open_files++;
	f->f_count = 1;
	f->f_flags = flags & ~O_CLOEXEC;
	/* O_RDONLY, O_WRONLY, O_RDWR are 0, 1, 2: one more gives the two mode bits. */
	f->f_mode = (flags + 1) & O_ACCMODE;
	f->f_op = &unopened_fops;
	mutex_init(&f->f_pos_lock);
	return f;
}

void fput(struct file *f)
{
	struct inode *inode = f->f_inode;

	if (--f->f_count)
		return;
	if (inode && inode->i_flock)
		locks_remove_file(f);
	if (inode && inode->i_lease)
		leases_remove_file(f);
	if (f->f_flags & FASYNC && f->f_op->fasync)
		f->f_op->fasync(-1, f, false);
	if (f->f_mode & FMODE_OPENED && f->f_op->release)
		f->f_op->release(inode, f);
	if (f->f_mode & FMODE_READER)
		inode->i_readcount--;
	if (f->f_mode & FMODE_WRITER) {
		inode->i_writecount--;
		inode->i_sb->s_writers--;
	}
	if (f->f_path.dentry)
		path_put(&f->f_path);
	kmem_cache_free(filp_cache, f);
	nr_open_files--;
}

void fput_later(struct file *f)
{
	if (f->f_count > 1 || !current->mm) {
		fput(f);
		return;
	}
	f->f_next_dying = current->dying_files;
	current->dying_files = f;
	set_task_work(current, TIF_DYING_FILES);
}

void fput_dying_files(void)
{
	struct file *f;

	clear_task_work(current, TIF_DYING_FILES);
	while ((f = current->dying_files)) {
		current->dying_files = f->f_next_dying;
		fput(f);
	}
}

unsigned long file_own_bytes(const struct file *f)
{
	const struct dentry *d = f->f_path.dentry;
	unsigned long bytes = sizeof(*f) + f->lock_bytes;

	/* without a name in the tree it is the file's alone */
	if (d && (IS_ROOT(d) || d_unhashed(d)))
		bytes += sizeof(*d) + sizeof(struct inode);
	return bytes;
}

struct file *alloc_file_pseudo(struct inode *inode, const char *name, unsigned int flags,
			       const struct file_operations *fop,
			       const struct dentry_operations *dop)
{
	struct qstr qname = {name, strlen(name), 0};
	struct file *f = alloc_empty_file(flags);
	struct dentry *d;

	if (IS_ERR(f))
		goto out_inode;
	d = d_alloc_pseudo(inode->i_sb, &qname);
	if (!d) {
		fput(f);
		f = ERR_PTR(-ENOMEM);
		goto out_inode;
	}
	d->d_op = dop;
	d_instantiate(d, inode);
	f->f_path = (struct path){mntget(inode->i_sb->s_kern_mnt), d};
	f->f_inode = inode;
	f->f_mapping = inode->i_mapping;
	f->f_op = fop;
	f->f_mode |= FMODE_OPENED;
	if (fop->llseek && fop->llseek != no_llseek)
		f->f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	return f;
out_inode:
	iput(inode);
	return f;
}

struct file *alloc_file_clone(const struct file *base, unsigned int flags,
			      const struct file_operations *fop)
{
	struct file *f = alloc_empty_file(flags);

	if (IS_ERR(f))
		return f;
	f->f_path = base->f_path;
	path_get(&f->f_path);
	f->f_inode = base->f_inode;
	f->f_mapping = base->f_mapping;
	f->f_op = fop;
	f->f_mode |= FMODE_OPENED;
	return f;
}

/* ---- root and working directory of a task ---- */

struct fs_struct init_fs = {.count = 1, .umask = S_IWGRP | S_IWOTH};

int copy_fs(unsigned long clone_flags, struct task_struct *p)
{
	struct fs_struct *old = current->fs ? current->fs : &init_fs, *fs;

	if (clone_flags & CLONE_FS) {
		old->count++;
		p->fs = old;
		return 0;
	}
	fs = kmalloc(sizeof(*fs), GFP_KERNEL);
	if (!fs)
		return -ENOMEM;
	*fs = *old;
	fs->count = 1;
	path_get(&fs->root);
	path_get(&fs->pwd);
	p->fs = fs;
	return 0;
}

void exit_fs(struct task_struct *p)
{
	struct fs_struct *fs = p->fs;

	p->fs = NULL;
	if (!fs || --fs->count || fs == &init_fs)
		return;
	path_put(&fs->root);
	path_put(&fs->pwd);
	kfree(fs);
}
