/*
 * What a process is doing and what it has used: where it waits (wchan, stack, syscall), what it
 * read and wrote (io), how exact its timers are (timerslack_ns), its share of the processor (sched,
 * schedstat), its control groups.
 */
#include "kernel/core/panic.h"
#include "kernel/fs/proc/internal.h"
#include "kernel/lib/kstrtox.h"
#include "kernel/cred/ptrace.h"
#include "kernel/x86/ptrace.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/stdio.h"
#include <linux/errno.h>

#define SYMBOL_SIZE 96
#define NUMBER_SIZE 24

/* ---- where it waits ---- */

int proc_pid_wchan(struct seq_file *m, struct task_struct *p)
{
	unsigned long wchan = 0, offset, size;
	const char *name;

	if (ptrace_may_access(p, PTRACE_MODE_READ_FSCREDS))
		wchan = get_wchan(p);
	name = wchan ? kallsyms_lookup(wchan, &offset, &size) : NULL;

	seq_puts(m, name ? name : "0");
	return 0;
}

#define MAX_STACK_TRACE_DEPTH 64

/* The kernel's side of its stack, for the administrator. */
int proc_pid_stack(struct seq_file *m, struct task_struct *p)
{
	unsigned long entries[MAX_STACK_TRACE_DEPTH];
	char symbol[SYMBOL_SIZE];
	unsigned int n;
	int err;

	if (!file_opener_has_cap(m->file, CAP_SYS_ADMIN))
		return -EACCES;
	err = lock_trace(p);
	if (err)
		return err;
	n = stack_trace_save_tsk(p, entries, MAX_STACK_TRACE_DEPTH);
	for (unsigned int i = 0; i < n; i++) {
		if (!in_sched_functions(entries[i]))
			seq_printf(m, "[<0>] %s\n",
				   sprint_symbol(symbol, sizeof(symbol), entries[i]));
	}
	unlock_trace(p);
	return 0;
}

static void show_syscall(struct seq_file *m, struct task_struct *p)
{
	const struct pt_regs *regs;
	long nr;

	if (p != current && p->state == TASK_RUNNING) {
		seq_puts(m, "running\n");
		return;
	}
	if (!p->stack) { /* a zombie has none any more */
		seq_puts(m, "-1 0x0 0x0\n");
		return;
	}
	regs = task_pt_regs(p);
	nr = regs->orig_ax;
	if (nr < 0)
		seq_puts(m, "-1");
	else
		seq_printf(m, "%ld 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx", nr, regs->bx, regs->cx,
			   regs->dx, regs->si, regs->di, regs->bp);
	seq_printf(m, " 0x%lx 0x%lx\n", regs->sp, regs->ip);
}

/* The system call it is in, its arguments, the stack pointer and where it came from. */
int proc_pid_syscall(struct seq_file *m, struct task_struct *p)
{
	int err = lock_trace(p);

	if (err)
		return err;
	show_syscall(m, p);
	unlock_trace(p);
	return 0;
}

/* ---- io ---- */

static int show_io(struct seq_file *m, const struct task_struct *p,
		   const struct task_io_accounting *io)
{
	if (!ptrace_may_access(p, PTRACE_MODE_READ_FSCREDS))
		return -EACCES;
	seq_printf(m, "rchar: %llu\nwchar: %llu\nsyscr: %llu\nsyscw: %llu\n", io->rchar, io->wchar,
		   io->syscr, io->syscw);
	seq_printf(m, "read_bytes: %llu\nwrite_bytes: %llu\ncancelled_write_bytes: %llu\n",
		   io->read_bytes, io->write_bytes, io->cancelled_write_bytes);
	return 0;
}

int proc_tid_io_accounting(struct seq_file *m, struct task_struct *p)
{
	return show_io(m, p, &p->ioac);
}

/* Of all threads, with the dead ones and the children waited for. */
int proc_tgid_io_accounting(struct seq_file *m, struct task_struct *p)
{
	struct task_io_accounting io = p->signal->ioac;
	struct task_struct *t;

	for_each_thread (p, t)
		task_io_accounting_add(&io, &t->ioac);
	return show_io(m, p, &io);
}

/* ---- sched, schedstat ---- */

/* Time on the processor and time spent waiting for it, in ns, and how often it had it. */
int proc_pid_schedstat(struct seq_file *m, struct task_struct *p)
{
	seq_printf(m, "%llu %llu %lu\n", p->se.sum_exec_runtime, p->sched_info.run_delay,
		   p->sched_info.pcount);
	return 0;
}

static void put_figure(struct seq_file *m, const char *name, long long value)
{
	seq_printf(m, "%-45s:%21lld\n", name, value);
}

/* ns as ms with what is behind the point. */
static void put_ns(struct seq_file *m, const char *name, u64 ns)
{
	u32 rest;
	u64 ms = div_u64_rem(ns, NSEC_PER_MSEC, &rest);

	seq_printf(m, "%-45s:%14llu.%06u\n", name, ms, rest);
}

#define SCHED_PRIO_BASE	   120 /* of nice 0 */
#define SCHED_RT_PRIO_BASE 99  /* of real-time priority 0 */

static void show_sched(struct seq_file *m, struct task_struct *p)
{
	u64 now;

	seq_printf(m, "%s (%d, #threads: %u)\n", p->comm, p->pid, get_nr_threads(p));
	seq_puts(m, "-------------------------------------------------------------------\n");
	put_ns(m, "se.exec_start", p->se.exec_start);
	put_ns(m, "se.vruntime", p->se.vruntime);
	put_ns(m, "se.sum_exec_runtime", p->se.sum_exec_runtime);
	put_figure(m, "se.nr_migrations", 0); /* from one processor to another */
	put_figure(m, "nr_switches", (u64)p->nvcsw + p->nivcsw);
	put_figure(m, "nr_voluntary_switches", p->nvcsw);
	put_figure(m, "nr_involuntary_switches", p->nivcsw);
	put_figure(m, "se.load.weight", p->se.weight);
	put_figure(m, "policy", p->policy);
	put_figure(m, "prio",
		   rt_task(p) ? SCHED_RT_PRIO_BASE - (int)p->rt_priority
			      : SCHED_PRIO_BASE + p->nice);
	/* The duration of one clock read. */
	now = sched_clock();
	put_figure(m, "clock-delta", sched_clock() - now);
}

static int sched_show(struct seq_file *m, void *v)
{
	struct task_struct *p = get_proc_task(m->private);

	if (!p)
		return -ESRCH;
	show_sched(m, p);
	put_task_struct(p);
	return 0;
}

static int sched_open(struct inode *inode, struct file *file)
{
	return seq_open_show(file, sched_show, inode);
}

/* Sets the statistics of sched_schedstats to 0, and those are never kept. */
static ssize_t sched_write(struct file *file, const char __user *buf, size_t len, loff_t *ppos)
{
	struct task_struct *p = get_proc_task(file->f_inode);

	if (!p)
		return -ESRCH;
	put_task_struct(p);
	return len;
}

const struct file_operations proc_pid_sched_operations = {
	.open = sched_open,
	.read = seq_read,
	.held_pages = seq_held_pages,
	.write = sched_write,
	.llseek = seq_lseek,
	.release = seq_release,
};

/* ---- timerslack_ns ---- */

static int timerslack_ns_show(struct seq_file *m, void *v)
{
	struct task_struct *p = get_proc_task(m->private);
	int err = 0;

	if (!p)
		return -ESRCH;
	if (p != current && !has_cap(CAP_SYS_NICE))
		err = -EPERM;
	else
		seq_printf(m, "%llu\n", p->timerslack_ns);
	put_task_struct(p);
	return err;
}

static int timerslack_ns_open(struct inode *inode, struct file *file)
{
	return seq_open_show(file, timerslack_ns_show, inode);
}

static ssize_t timerslack_ns_write(struct file *file, const char __user *buf, size_t len,
				   loff_t *ppos)
{
	char text[NUMBER_SIZE] = "";
	struct task_struct *p;
	ssize_t ret = len;
	u64 slack;

	if (copy_from_user(text, buf, min(len, sizeof(text) - 1)))
		return -EFAULT;
	if (kstrtoull(text, 10, &slack))
		return -EINVAL;
	p = get_proc_task(file->f_inode);
	if (!p)
		return -ESRCH;
	if (p != current && !has_cap(CAP_SYS_NICE))
		ret = -EPERM;
	else
		p->timerslack_ns = slack ? slack : p->default_timerslack_ns;
	put_task_struct(p);
	return ret;
}

const struct file_operations proc_timerslack_ns_operations = {
	.open = timerslack_ns_open,
	.read = seq_read,
	.held_pages = seq_held_pages,
	.write = timerslack_ns_write,
	.llseek = seq_lseek,
	.release = seq_release,
};

/* ---- cgroup ---- */

/* A line for each hierarchy that is mounted, and there can be none. */
int proc_cgroup_show(struct seq_file *m, struct task_struct *p)
{
	return 0;
}
