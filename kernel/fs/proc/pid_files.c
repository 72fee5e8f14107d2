/*
 * The smaller files of a process: its arguments, environment and auxiliary vector, its memory as a
 * file, its name, limits, personality, and how readily it is sacrificed when memory runs out.
 */
#include "kernel/fs/proc/internal.h"
#include "kernel/lib/kstrtox.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>
#include <linux/fs.h>
#include "mm/swap/swap.h"
#include <linux/oom.h>

/* ---- reading another process's memory ---- */

struct mm_struct *proc_mem_open(struct inode *inode, unsigned int mode)
{
	struct task_struct *p = get_proc_task(inode);
	struct mm_struct *mm;

	if (!p)
		return ERR_PTR(-ESRCH);
	mm = mm_access(p, mode | PTRACE_MODE_FSCREDS);
	put_task_struct(p);
	if (!IS_ERR_OR_NULL(mm)) {
		mmgrab(mm);
		mmput(mm);
	}
	return mm;
}

/* The page directory; the structure itself is small. */
unsigned long proc_mm_held_pages(const struct mm_struct *mm)
{
	return mm && !mm->mm_users;
}

unsigned long proc_mem_held_pages(const struct file *file)
{
	return proc_mm_held_pages(file->private_data);
}

static int mem_file_open(struct inode *inode, struct file *file, unsigned int mode)
{
	struct mm_struct *mm = proc_mem_open(inode, mode);

	if (IS_ERR(mm))
		return PTR_ERR(mm);
	file->private_data = mm;
	return 0;
}

static int read_open(struct inode *inode, struct file *file)
{
	return mem_file_open(inode, file, PTRACE_MODE_READ);
}

static int mem_open(struct inode *inode, struct file *file)
{
	file->f_mode |= FMODE_UNSIGNED_OFFSET;
	return mem_file_open(inode, file, PTRACE_MODE_ATTACH);
}

static int mem_file_release(struct inode *inode, struct file *file)
{
	if (file->private_data)
		mmdrop(file->private_data);
	return 0;
}

/*
 * Copy [addr, addr + len) of mm to the user, page by page, or the other way for FOLL_WRITE. Bytes
 * done; -EIO if nothing is there, -EFAULT if the user's buffer is bad, -ENOMEM.
 */
static ssize_t copy_remote(struct mm_struct *mm, unsigned long addr, char __user *buf, size_t len,
			   unsigned int flags)
{
	char *page = kmalloc(PAGE_SIZE, GFP_KERNEL);
	ssize_t done = 0;
	int n, err = 0;

	if (!page)
		return -ENOMEM;
	while (len && !err && !fatal_signal_pending(current)) {
		n = min(len, (size_t)(PAGE_SIZE - offset_in_page(addr)));
		if (flags & FOLL_WRITE && copy_from_user(page, buf, n))
			err = -EFAULT;
		else
			n = access_process_vm(mm, addr, page, n, flags);
		if (!err && n <= 0)
			err = -EIO;
		if (!err && !(flags & FOLL_WRITE) && copy_to_user(buf, page, n))
			err = -EFAULT;
		if (err)
			break;
		done += n;
		addr += n;
		buf += n;
		len -= n;
	}
	kfree(page);
	return done ? done : err;
}

/* ---- cmdline ---- */

/*
 * A program may have overwritten its arguments with a title (setproctitle). It may run on into the
 * environment behind them, so its end is the first NUL.
 */
static ssize_t read_proctitle(struct mm_struct *mm, char __user *buf, size_t len, unsigned long pos)
{
	char *page = kmalloc(PAGE_SIZE, GFP_KERNEL);
	ssize_t ret = 0;
	int got;

	if (!page)
		return -ENOMEM;
	got = pos < PAGE_SIZE ? access_process_vm(mm, mm->arg_start, page, PAGE_SIZE, 0) : 0;
	if (got > 0) {
		unsigned long size = strnlen(page, got);

		if (size < (unsigned long)got)
			size++; /* the NUL too */
		if (size > pos) {
			ret = min(len, (size_t)(size - pos));
			if (copy_to_user(buf, page + pos, ret))
				ret = -EFAULT;
		}
	}
	kfree(page);
	return ret;
}

static ssize_t read_mm_cmdline(struct mm_struct *mm, char __user *buf, size_t len, loff_t pos)
{
	unsigned long arg_start = mm->arg_start, arg_end = mm->arg_end;
	unsigned long env_start = mm->env_start, env_end = mm->env_end;
	char last;

	/* Without an environment exec is still at work. */
	if (!env_end || arg_start >= arg_end)
		return 0;
	if (env_start != arg_end || env_end < env_start)
		env_end = arg_end;
	if (pos >= (loff_t)(env_end - arg_start))
		return 0;
	len = min((loff_t)len, (loff_t)(env_end - arg_start) - pos);
	if (access_process_vm(mm, arg_end - 1, &last, 1, 0) == 1 && last)
		return read_proctitle(mm, buf, len, pos);
	if (pos >= (loff_t)(arg_end - arg_start))
		return 0;
	len = min((loff_t)len, (loff_t)(arg_end - arg_start) - pos);
	return copy_remote(mm, arg_start + (unsigned long)pos, buf, len, 0);
}

static ssize_t proc_pid_cmdline_read(struct file *file, char __user *buf, size_t len, loff_t *ppos)
{
	struct task_struct *p = get_proc_task(file->f_inode);
	struct mm_struct *mm;
	ssize_t ret = 0;

	if (!p)
		return -ESRCH;
	mm = get_task_mm(p);
	put_task_struct(p);
	if (!mm)
		return 0;
	ret = read_mm_cmdline(mm, buf, len, *ppos);
	mmput(mm);
	if (ret == -EIO)
		ret = 0;
	if (ret > 0)
		*ppos += ret;
	return ret;
}

const struct file_operations proc_pid_cmdline_operations = {
	.read = proc_pid_cmdline_read,
	.llseek = generic_file_llseek,
};

/* ---- environ, auxv, mem ---- */

static ssize_t environ_read(struct file *file, char __user *buf, size_t len, loff_t *ppos)
{
	struct mm_struct *mm = file->private_data;
	unsigned long size;
	ssize_t ret = 0;

	if (!mm || !mm->env_end || !mmget_not_zero(mm))
		return 0;
	size = mm->env_end - mm->env_start;
	if (*ppos < (loff_t)size) {
		len = min((loff_t)len, (loff_t)size - *ppos);
		ret = copy_remote(mm, mm->env_start + (unsigned long)*ppos, buf, len, 0);
	}
	mmput(mm);
	if (ret > 0)
		*ppos += ret;
	return ret;
}

const struct file_operations proc_environ_operations = {
	.open = read_open,
	.read = environ_read,
	.llseek = generic_file_llseek,
	.release = mem_file_release,
	.held_pages = proc_mem_held_pages,
};

static ssize_t auxv_read(struct file *file, char __user *buf, size_t len, loff_t *ppos)
{
	struct mm_struct *mm = file->private_data;
	size_t size = 0;

	if (!mm)
		return 0;
	/* Pairs up to and with the one of type AT_NULL. */
	do {
		size += 2;
	} while (size < AT_VECTOR_SIZE && mm->saved_auxv[size - 2]);
	size *= sizeof(mm->saved_auxv[0]);
	if (*ppos >= (loff_t)size)
		return 0;
	len = min(len, size - (size_t)*ppos);
	if (copy_to_user(buf, (char *)mm->saved_auxv + *ppos, len))
		return -EFAULT;
	*ppos += len;
	return len;
}

const struct file_operations proc_auxv_operations = {
	.open = read_open,
	.read = auxv_read,
	.llseek = generic_file_llseek,
	.release = mem_file_release,
	.held_pages = proc_mem_held_pages,
};

static ssize_t mem_rw(struct file *file, char __user *buf, size_t len, loff_t *ppos, bool write)
{
	struct mm_struct *mm = file->private_data;
	unsigned long addr = *ppos; /* as in Linux, positions are addresses modulo 4 GiB */
	ssize_t ret = 0;

	if (!mm || !mmget_not_zero(mm))
		return 0;
	if (addr >= TASK_SIZE)
		ret = len ? -EIO : 0;
	else
		ret = copy_remote(mm, addr, buf, len, FOLL_FORCE | (write ? FOLL_WRITE : 0));
	mmput(mm);
	if (ret >= 0)
		*ppos = addr + ret;
	return ret;
}

static ssize_t mem_read(struct file *file, char __user *buf, size_t len, loff_t *ppos)
{
	return mem_rw(file, buf, len, ppos, false);
}

static ssize_t mem_write(struct file *file, const char __user *buf, size_t len, loff_t *ppos)
{
	return mem_rw(file, (char __user *)buf, len, ppos, true);
}

loff_t mem_lseek(struct file *file, loff_t offset, int whence)
{
	if (whence == SEEK_CUR)
		offset += file->f_pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	file->f_pos = offset;
	return offset;
}

const struct file_operations proc_mem_operations = {
	.open = mem_open,
	.read = mem_read,
	.write = mem_write,
	.llseek = mem_lseek,
	.release = mem_file_release,
	.held_pages = proc_mem_held_pages,
};

/* ---- comm ---- */

static int comm_show(struct seq_file *m, void *v)
{
	struct task_struct *p = get_proc_task(m->private);

	if (!p)
		return -ESRCH;
	seq_printf(m, "%s\n", p->comm);
	put_task_struct(p);
	return 0;
}

static int comm_open(struct inode *inode, struct file *file)
{
	return seq_open_show(file, comm_show, inode);
}

static ssize_t comm_write(struct file *file, const char __user *buf, size_t len, loff_t *ppos)
{
	char name[TASK_COMM_LEN] = "";
	struct task_struct *p;
	ssize_t ret = len;

	if (copy_from_user(name, buf, min(len, sizeof(name) - 1)))
		return -EFAULT;
	p = get_proc_task(file->f_inode);
	if (!p)
		return -ESRCH;
	if (p->signal == current->signal)
		set_task_comm(p, name);
	else
		ret = -EINVAL;
	put_task_struct(p);
	return ret;
}

const struct file_operations proc_pid_comm_operations = {
	.open = comm_open,
	.read = seq_read,
	.held_pages = seq_held_pages,
	.write = comm_write,
	.llseek = seq_lseek,
	.release = seq_release,
};

/* ---- limits, personality ---- */

static void put_limit(struct seq_file *m, unsigned long value)
{
	if (value == RLIM_INFINITY)
		seq_printf(m, "%-20s ", "unlimited");
	else
		seq_printf(m, "%-20lu ", value);
}

int proc_pid_limits(struct seq_file *m, struct task_struct *p)
{
	static const struct {
		const char *name, *unit;
	} names[RLIM_NLIMITS] = {
		[RLIMIT_CPU] = {"Max cpu time", "seconds"},
		[RLIMIT_FSIZE] = {"Max file size", "bytes"},
		[RLIMIT_DATA] = {"Max data size", "bytes"},
		[RLIMIT_STACK] = {"Max stack size", "bytes"},
		[RLIMIT_CORE] = {"Max core file size", "bytes"},
		[RLIMIT_RSS] = {"Max resident set", "bytes"},
		[RLIMIT_NPROC] = {"Max processes", "processes"},
		[RLIMIT_NOFILE] = {"Max open files", "files"},
		[RLIMIT_MEMLOCK] = {"Max locked memory", "bytes"},
		[RLIMIT_AS] = {"Max address space", "bytes"},
		[RLIMIT_LOCKS] = {"Max file locks", "locks"},
		[RLIMIT_SIGPENDING] = {"Max pending signals", "signals"},
		[RLIMIT_MSGQUEUE] = {"Max msgqueue size", "bytes"},
		[RLIMIT_NICE] = {"Max nice priority", NULL},
		[RLIMIT_RTPRIO] = {"Max realtime priority", NULL},
		[RLIMIT_RTTIME] = {"Max realtime timeout", "us"},
	};
	const struct rlimit *rlim = p->signal->rlim;

	seq_printf(m, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
	for (unsigned int i = 0; i < RLIM_NLIMITS; i++) {
		seq_printf(m, "%-25s ", names[i].name);
		put_limit(m, rlim[i].rlim_cur);
		put_limit(m, rlim[i].rlim_max);
		if (names[i].unit)
			seq_printf(m, "%-10s\n", names[i].unit);
		else
			seq_putc(m, '\n');
	}
	return 0;
}

int proc_pid_personality(struct seq_file *m, struct task_struct *p)
{
	int err = lock_trace(p);

	if (err)
		return err;
	seq_printf(m, "%08x\n", p->personality);
	unlock_trace(p);
	return 0;
}

/* ---- when memory runs out ---- */

/* How much there is to gain, as Linux reckons it: 0 to 2000, 667 for a process without memory. */
int proc_oom_score(struct seq_file *m, struct task_struct *p)
{
	long total = totalram_pages() + total_swap_pages, points, adj = p->signal->oom_score_adj;
	struct mm_struct *mm = get_task_mm(p);

	if (!mm || p->tgid == INIT_PID || adj == OOM_SCORE_ADJ_MIN) {
		seq_puts(m, "0\n");
	} else {
		points = get_mm_rss(mm) + mm->rss_stat[MM_SWAPENTS] +
			 (mm_pgtables_bytes(mm) >> PAGE_SHIFT);
		points += adj * (total / OOM_SCORE_ADJ_MAX);
		points = OOM_SCORE_ADJ_MAX + points * OOM_SCORE_ADJ_MAX / total;
		seq_printf(m, "%ld\n", points * 2 / 3);
	}
	if (mm)
		mmput(mm);
	return 0;
}

/* KSM: how many of its pages are merged, and how many ksmd has seen. */
int proc_ksm_merging_pages(struct seq_file *m, struct task_struct *p)
{
	struct mm_struct *mm = get_task_mm(p);

	if (mm) {
		seq_printf(m, "%lu\n", mm->ksm_merging_pages);
		mmput(mm);
	}
	return 0;
}

int proc_ksm_stat(struct seq_file *m, struct task_struct *p)
{
	struct mm_struct *mm = get_task_mm(p);

	if (mm) {
		seq_printf(m, "ksm_rmap_items %lu\n", mm->ksm_rmap_items);
		mmput(mm);
	}
	return 0;
}

/* The older scale, from -17 (never) to 15, on that of oom_score_adj and back, as Linux rounds. */
static int oom_adj_of_score(int score)
{
	return min(score * -OOM_DISABLE / OOM_SCORE_ADJ_MAX, OOM_ADJUST_MAX);
}

static int oom_score_of_adj(int adj)
{
	if (adj == OOM_ADJUST_MAX)
		return OOM_SCORE_ADJ_MAX;
	return adj * OOM_SCORE_ADJ_MAX / -OOM_DISABLE;
}

#define OOM_TEXT_SIZE 16

static ssize_t oom_read(struct file *file, char __user *buf, size_t len, loff_t *ppos, bool old)
{
	struct task_struct *p = get_proc_task(file->f_inode);
	char text[OOM_TEXT_SIZE];
	int score, n;

	if (!p)
		return -ESRCH;
	score = p->signal->oom_score_adj;
	put_task_struct(p);
	n = snprintf(text, sizeof(text), "%d\n", old ? oom_adj_of_score(score) : score);
	if (*ppos >= n)
		return 0;
	len = min(len, (size_t)(n - *ppos));
	if (copy_to_user(buf, text + *ppos, len))
		return -EFAULT;
	*ppos += len;
	return len;
}

/* A number from the user. 0 or -errno. */
static int oom_number(const char __user *buf, size_t len, int *value)
{
	char text[OOM_TEXT_SIZE] = "";

	if (copy_from_user(text, buf, min(len, sizeof(text) - 1)))
		return -EFAULT;
	return kstrtoint(strim(text), 0, value);
}

/* Processes that share an mm are killed together, so they share this value too, except a vfork
   child, which borrows the mm only for a while. */
static void set_oom_score_of_sharers(struct task_struct *p, int value, bool min)
{
	struct mm_struct *mm = p->vfork_done ? NULL : get_task_mm(p);
	struct task_struct *q;

	if (!mm)
		return;
	for_each_process (q) {
		if (mm->flags & MMF_MULTIPROCESS && q->mm == mm && q->signal != p->signal &&
		    !q->vfork_done && q->tgid != INIT_PID) {
			q->signal->oom_score_adj = value;
			if (min)
				q->signal->oom_score_adj_min = value;
		}
	}
	mmput(mm);
}

/* 0 or -errno. Only a privileged process may set a value below the one that a privileged process
   set; in the old file, below the current value. */
static int set_oom_score(struct file *file, int value, bool old)
{
	struct task_struct *p = get_proc_task(file->f_inode);
	struct signal_struct *sig;
	int err = 0;

	if (!p)
		return -ESRCH;
	sig = p->signal;
	if (value < (old ? sig->oom_score_adj : sig->oom_score_adj_min) &&
	    !has_cap(CAP_SYS_RESOURCE)) {
		err = -EACCES;
	} else {
		sig->oom_score_adj = value;
		if (!old && has_cap(CAP_SYS_RESOURCE))
			sig->oom_score_adj_min = value;
		set_oom_score_of_sharers(p, value, !old && has_cap(CAP_SYS_RESOURCE));
	}
	put_task_struct(p);
	return err;
}

static ssize_t oom_score_adj_read(struct file *file, char __user *buf, size_t len, loff_t *ppos)
{
	return oom_read(file, buf, len, ppos, false);
}

static ssize_t oom_score_adj_write(struct file *file, const char __user *buf, size_t len,
				   loff_t *ppos)
{
	int value, err = oom_number(buf, len, &value);

	if (!err && (value < OOM_SCORE_ADJ_MIN || value > OOM_SCORE_ADJ_MAX))
		err = -EINVAL;
	if (!err)
		err = set_oom_score(file, value, false);
	return err ? err : (ssize_t)len;
}

static ssize_t oom_adj_read(struct file *file, char __user *buf, size_t len, loff_t *ppos)
{
	return oom_read(file, buf, len, ppos, true);
}

static ssize_t oom_adj_write(struct file *file, const char __user *buf, size_t len, loff_t *ppos)
{
	int value, err = oom_number(buf, len, &value);

	if (!err && (value < OOM_ADJUST_MIN || value > OOM_ADJUST_MAX) && value != OOM_DISABLE)
		err = -EINVAL;
	if (!err)
		err = set_oom_score(file, oom_score_of_adj(value), true);
	return err ? err : (ssize_t)len;
}

const struct file_operations proc_oom_score_adj_operations = {
	.read = oom_score_adj_read,
	.write = oom_score_adj_write,
	.llseek = default_llseek,
};
const struct file_operations proc_oom_adj_operations = {
	.read = oom_adj_read,
	.write = oom_adj_write,
	.llseek = generic_file_llseek,
};

/* ---- what a core dump holds ---- */

#define FILTER_TEXT_SIZE 16

static ssize_t coredump_filter_read(struct file *file, char __user *buf, size_t len, loff_t *ppos)
{
	struct task_struct *p = get_proc_task(file->f_inode);
	char text[FILTER_TEXT_SIZE];
	struct mm_struct *mm;
	int n = 0;

	if (!p)
		return -ESRCH;
	mm = get_task_mm(p);
	put_task_struct(p);
	if (mm) {
		n = snprintf(text, sizeof(text), "%08lx\n",
			     (mm->flags & MMF_DUMP_FILTER_MASK) >> MMF_DUMP_FILTER_SHIFT);
		mmput(mm);
	}
	if (*ppos >= n)
		return 0;
	len = min(len, (size_t)(n - *ppos));
	if (copy_to_user(buf, text + *ppos, len))
		return -EFAULT;
	*ppos += len;
	return len;
}

static ssize_t coredump_filter_write(struct file *file, const char __user *buf, size_t len,
				     loff_t *ppos)
{
	char text[FILTER_TEXT_SIZE] = "";
	struct task_struct *p;
	struct mm_struct *mm;
	unsigned int value;
	int err;

	if (copy_from_user(text, buf, min(len, sizeof(text) - 1)))
		return -EFAULT;
	err = kstrtouint(text, 0, &value);
	if (err)
		return err;
	p = get_proc_task(file->f_inode);
	mm = p ? get_task_mm(p) : NULL;
	if (p)
		put_task_struct(p);
	if (!mm)
		return -ESRCH;
	mm->flags = (mm->flags & ~MMF_DUMP_FILTER_MASK) |
		    (((unsigned long)value << MMF_DUMP_FILTER_SHIFT) & MMF_DUMP_FILTER_MASK);
	mmput(mm);
	return len;
}

const struct file_operations proc_coredump_filter_operations = {
	.read = coredump_filter_read,
	.write = coredump_filter_write,
	.llseek = generic_file_llseek,
};
