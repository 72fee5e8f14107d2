/*
 * /proc/PID/maps: a line for each VMA; and the walk over VMAs that the other memory files share.
 *
 * The position of the walk is an address, that of the next line's VMA: between two reads the
 * address space may change in any way, and the walk goes on with what is there then.
 */
#include "kernel/fs/proc/internal.h"
#include "libc/include/stdio.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>

/* ---- the walk over VMAs ---- */

struct proc_maps_private *proc_maps_private_alloc(struct inode *inode)
{
	struct proc_maps_private *priv = kzalloc(sizeof(*priv), GFP_KERNEL);
	struct mm_struct *mm;

	if (!priv)
		return ERR_PTR(-ENOMEM);
	mm = proc_mem_open(inode, PTRACE_MODE_READ);
	if (IS_ERR(mm)) {
		kfree(priv);
		return ERR_CAST(mm);
	}
	priv->inode = inode;
	priv->mm = mm;
	return priv;
}

void proc_maps_private_free(struct proc_maps_private *priv)
{
	if (priv->mm)
		mmdrop(priv->mm);
	kfree(priv);
}

unsigned long proc_maps_held_pages(const struct file *file)
{
	const struct seq_file *m = file->private_data;
	const struct proc_maps_private *priv = m ? m->private : NULL;

	return seq_held_pages(file) + (priv ? proc_mm_held_pages(priv->mm) : 0);
}

int proc_maps_open(struct inode *inode, struct file *file, const struct seq_operations *op)
{
	struct proc_maps_private *priv = proc_maps_private_alloc(inode);
	int err;

	if (IS_ERR(priv))
		return PTR_ERR(priv);
	err = seq_open(file, op);
	if (err) {
		proc_maps_private_free(priv);
		return err;
	}
	((struct seq_file *)file->private_data)->private = priv;
	return 0;
}

int proc_map_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	proc_maps_private_free(m->private);
	return seq_release(inode, file);
}

/* The VMA is what is shown next: note where it begins. */
static void *proc_get_vma(struct vm_area_struct *vma, loff_t *pos)
{
	*pos = vma ? (loff_t)vma->vm_start : (loff_t)TASK_SIZE;
	return vma;
}

void *proc_maps_start(struct seq_file *m, loff_t *pos)
{
	struct proc_maps_private *priv = m->private;
	struct mm_struct *mm = priv->mm;

	if (*pos >= TASK_SIZE)
		return NULL;
	priv->task = get_proc_task(priv->inode);
	if (!priv->task)
		return ERR_PTR(-ESRCH);
	if (!mm || !mmget_not_zero(mm))
		return NULL;
	priv->locked = true;
	if (down_read_killable(&mm->mmap_sem)) {
		priv->locked = false;
		mmput(mm);
		return ERR_PTR(-EINTR);
	}
	return proc_get_vma(find_vma(mm, *pos), pos);
}

void *proc_maps_next(struct seq_file *m, void *v, loff_t *pos)
{
	return proc_get_vma(((struct vm_area_struct *)v)->vm_next, pos);
}

void proc_maps_stop(struct seq_file *m, void *v)
{
	struct proc_maps_private *priv = m->private;

	if (priv->locked) {
		up_read(&priv->mm->mmap_sem);
		mmput(priv->mm);
		priv->locked = false;
	}
	if (priv->task) {
		put_task_struct(priv->task);
		priv->task = NULL;
	}
}

/* ---- maps ---- */

/* The column of the name, less the blank before it: as wide as a line with the largest numbers. */
#define NAME_COLUMN (25 + sizeof(void *) * 6 - 1)

void show_vma_header_prefix(struct seq_file *m, unsigned long start, unsigned long end,
			    unsigned long flags, u64 offset, dev_t dev, u64 ino)
{
	seq_setwidth(m, NAME_COLUMN);
	seq_printf(m, "%08lx-%08lx %c%c%c%c %08llx %02x:%02x %llu ", start, end,
		   flags & VM_READ ? 'r' : '-', flags & VM_WRITE ? 'w' : '-',
		   flags & VM_EXEC ? 'x' : '-', flags & VM_MAYSHARE ? 's' : 'p', offset, MAJOR(dev),
		   MINOR(dev), ino);
}

void show_map_vma(struct seq_file *m, struct vm_area_struct *vma)
{
	struct file *file = vma->vm_file;
	const struct inode *inode = file ? file->f_inode : NULL;
	const char *name;

	show_vma_header_prefix(m, vma->vm_start, vma->vm_end, vma->vm_flags,
			       file ? (u64)vma->vm_pgoff << PAGE_SHIFT : 0,
			       inode ? inode->i_sb->s_dev : 0, inode ? inode->i_ino : 0);
	if (file) {
		seq_pad(m, ' ');
		seq_path(m, &file->f_path, "\n");
	} else {
		name = arch_vma_name(vma);
		if (name) {
			seq_pad(m, ' ');
			seq_puts(m, name);
		}
	}
	seq_putc(m, '\n');
}

static int show_map(struct seq_file *m, void *v)
{
	show_map_vma(m, v);
	return 0;
}

static const struct seq_operations proc_pid_maps_op = {
	.start = proc_maps_start,
	.next = proc_maps_next,
	.stop = proc_maps_stop,
	.show = show_map,
};

static int pid_maps_open(struct inode *inode, struct file *file)
{
	return proc_maps_open(inode, file, &proc_pid_maps_op);
}

const struct file_operations proc_pid_maps_operations = {
	.open = pid_maps_open,
	.read = seq_read,
	.held_pages = proc_maps_held_pages,
	.llseek = seq_lseek,
	.release = proc_map_release,
};
