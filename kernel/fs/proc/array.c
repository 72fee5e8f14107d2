/*
 * A process in figures: /proc/PID/status for people, stat for programs, and statm, its memory in
 * pages.
 */
#include "kernel/drivers/tty.h"
#include "kernel/fs/proc/internal.h"
#include "kernel/signal/signal.h"
#include "kernel/cred/user.h"
#include "kernel/x86/ptrace.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/hugetlb.h"

#define DEFAULT_PRIO 20 /* what stat shows for nice 0 */

/* ---- parts that both have ---- */

static const char *get_task_state(const struct task_struct *p)
{
	if (p->state & EXIT_DEAD)
		return "X (dead)";
	if (p->state & EXIT_ZOMBIE)
		return "Z (zombie)";
	if (p->state & TASK_STOPPED)
		return "T (stopped)";
	if (p->state & TASK_UNINTERRUPTIBLE)
		return "D (disk sleep)";
	return p->state & TASK_INTERRUPTIBLE ? "S (sleeping)" : "R (running)";
}

/* A process that is out of the lists has no relatives to be asked any more. */
static bool pid_alive(const struct task_struct *p)
{
	return p->sighand != NULL;
}

static pid_t task_ppid(const struct task_struct *p)
{
	return pid_alive(p) ? p->real_parent->tgid : 0;
}

unsigned int get_nr_threads(struct task_struct *p)
{
	struct task_struct *t;
	unsigned int n = 0;

	if (pid_alive(p)) {
		for_each_thread (p, t)
			n++;
	}
	return n;
}

/* The signals that p ignores, and those that it catches. */
static void collect_sigign_sigcatch(const struct task_struct *p, u64 *ignored, u64 *caught)
{
	*ignored = *caught = 0;
	for (int sig = 1; p->sighand && sig <= _NSIG; sig++) {
		__sighandler_t handler = p->sighand->action[sig - 1].sa.sa_handler;

		if (handler == SIG_IGN)
			*ignored |= rt_sigmask(sig);
		else if (handler != SIG_DFL)
			*caught |= rt_sigmask(sig);
	}
}

/* ---- status ---- */

/* The name, with newlines escaped so that they cannot start a new line. */
static void proc_task_name(struct seq_file *m, const struct task_struct *p)
{
	seq_puts(m, "Name:\t");
	for (const char *c = p->comm; *c; c++) {
		if (*c == '\n')
			seq_puts(m, "\\n");
		else if (*c == '\\')
			seq_puts(m, "\\\\");
		else
			seq_putc(m, *c);
	}
	seq_putc(m, '\n');
}

static void task_state(struct seq_file *m, const struct task_struct *p)
{
	const struct cred *cred = &p->cred;
	struct group_info *groups = cred->group_info;
	bool alive;

	groups->usage++;
	if (p->fs)
		seq_printf(m, "Umask:\t%#04o\n", p->fs->umask);
	seq_printf(m, "State:\t%s\n", get_task_state(p));
	seq_printf(m, "Tgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n", p->tgid, p->pid,
		   task_ppid(p));
	seq_printf(m, "Uid:\t%u\t%u\t%u\t%u\n", cred->uid, cred->euid, cred->suid, cred->fsuid);
	seq_printf(m, "Gid:\t%u\t%u\t%u\t%u\n", cred->gid, cred->egid, cred->sgid, cred->fsgid);
	seq_printf(m, "FDSize:\t%u\nGroups:\t", p->files ? p->files->max_fds : 0);
	for (unsigned int g = 0; g < groups->ngroups; g++) {
		seq_printf(m, g ? " %u" : "%u", groups->gid[g]);
		cond_resched();
	}
	put_group_info(groups);
	alive = pid_alive(p);
	seq_printf(m, " \nNStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n", p->tgid, p->pid,
		   alive ? p->signal->pgrp : 0, alive ? p->signal->session : 0);
}

static void put_kb(struct seq_file *m, const char *name, unsigned long kb)
{
	seq_printf(m, "%s:\t%8lu kB\n", name, kb);
}

/* Bytes of the program's own code; the rest of what is executable are libraries. */
static unsigned long mm_text_bytes(const struct mm_struct *mm)
{
	unsigned long text = PAGE_ALIGN(mm->end_code) - (mm->start_code & PAGE_MASK);

	return min(text, mm->exec_vm << PAGE_SHIFT);
}

static void task_mem(struct seq_file *m, const struct mm_struct *mm)
{
	unsigned long text = mm_text_bytes(mm);

	put_kb(m, "VmPeak", pages_to_kb(mm_hiwater_vm(mm)));
	put_kb(m, "VmSize", pages_to_kb(mm->total_vm));
	put_kb(m, "VmLck", pages_to_kb(mm->locked_vm));
	put_kb(m, "VmPin", pages_to_kb(mm->pinned_vm));
	put_kb(m, "VmHWM", pages_to_kb(mm_hiwater_rss(mm)));
	put_kb(m, "VmRSS", pages_to_kb(get_mm_rss(mm)));
	put_kb(m, "RssAnon", pages_to_kb(mm->rss_stat[MM_ANONPAGES]));
	put_kb(m, "RssFile", pages_to_kb(mm->rss_stat[MM_FILEPAGES]));
	put_kb(m, "RssShmem", pages_to_kb(mm->rss_stat[MM_SHMEMPAGES]));
	put_kb(m, "VmData", pages_to_kb(mm->data_vm));
	put_kb(m, "VmStk", pages_to_kb(mm->stack_vm));
	put_kb(m, "VmExe", text >> 10);
	put_kb(m, "VmLib", pages_to_kb(mm->exec_vm) - (text >> 10));
	put_kb(m, "VmPTE", mm_pgtables_bytes(mm) >> 10);
	put_kb(m, "VmSwap", pages_to_kb(mm->rss_stat[MM_SWAPENTS]));
	put_kb(m, "HugetlbPages", pages_to_kb(mm->hugetlb_usage));
}

static void task_sig(struct seq_file *m, struct task_struct *p)
{
	u64 ignored, caught;

	collect_sigign_sigcatch(p, &ignored, &caught);
	seq_printf(m, "Threads:\t%u\n", get_nr_threads(p));
	seq_printf(m, "SigQ:\t%lu/%lu\n", p->cred.user->sigpending,
		   p->signal->rlim[RLIMIT_SIGPENDING].rlim_cur);
	seq_printf(m, "SigPnd:\t%016llx\n", sigset_bits(&p->pending.signal));
	seq_printf(m, "ShdPnd:\t%016llx\n", sigset_bits(&p->signal->shared_pending.signal));
	seq_printf(m, "SigBlk:\t%016llx\n", sigset_bits(&p->blocked));
	seq_printf(m, "SigIgn:\t%016llx\n", ignored);
	seq_printf(m, "SigCgt:\t%016llx\n", caught);
}

static void task_cap(struct seq_file *m, const struct cred *cred)
{
	seq_printf(m, "CapInh:\t%016llx\nCapPrm:\t%016llx\nCapEff:\t%016llx\n",
		   cred->cap_inheritable, cred->cap_permitted, cred->cap_effective);
	seq_printf(m, "CapBnd:\t%016llx\nCapAmb:\t%016llx\n", cred->cap_bset, cred->cap_ambient);
}

int proc_pid_status(struct seq_file *m, struct task_struct *p)
{
	struct mm_struct *mm = get_task_mm(p);

	proc_task_name(m, p);
	task_state(m, p);
	if (mm) {
		task_mem(m, mm);
		seq_printf(m, "CoreDumping:\t%d\nTHP_enabled:\t%d\n", p->signal->core_state != NULL,
			   !(mm->flags & MMF_DISABLE_THP));
	}
	task_sig(m, p);
	task_cap(m, &p->cred);
	seq_printf(m, "NoNewPrivs:\t%d\nSeccomp:\t0\nSeccomp_filters:\t0\n", p->no_new_privs);
	/* Nothing here keeps the processor from guessing. */
	seq_puts(m, "Speculation_Store_Bypass:\tvulnerable\n"
		    "SpeculationIndirectBranch:\talways enabled\n");
	/* One processor, one node of memory. */
	seq_puts(m, "Cpus_allowed:\t1\nCpus_allowed_list:\t0\n");
	seq_puts(m, "Mems_allowed:\t1\nMems_allowed_list:\t0\n");
	seq_printf(m, "voluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t%lu\n", p->nvcsw,
		   p->nivcsw);
	if (mm)
		mmput(mm);
	return 0;
}

/* ---- stat ---- */

static long task_prio(const struct task_struct *p)
{
	return rt_task(p) ? -1 - (long)p->rt_priority : DEFAULT_PRIO + p->nice;
}

static unsigned long low_signals(u64 set)
{
	return (unsigned long)set & 0x7fffffffUL;
}

/* Faults and times: of the whole process with its dead children, or of one thread. */
static void stat_accounts(struct seq_file *m, struct task_struct *p, bool whole)
{
	const struct signal_struct *sig = p->signal;
	bool alive = whole && pid_alive(p);
	struct task_usage u;

	if (alive)
		thread_group_usage(p, &u);
	else
		task_usage(p, &u);
	seq_printf(m, " %lu %lu %lu %lu", u.min_flt, alive ? sig->cmin_flt : 0, u.maj_flt,
		   alive ? sig->cmaj_flt : 0);
	seq_printf(m, " %llu %llu %llu %llu", ns_to_ticks(u.utime_ns), ns_to_ticks(u.stime_ns),
		   ns_to_ticks(alive ? sig->cutime_ns : 0),
		   ns_to_ticks(alive ? sig->cstime_ns : 0));
}

/* What else is known of the address space; mm may be NULL. Secret unless `permitted`. */
static void stat_mm_addresses(struct seq_file *m, const struct mm_struct *mm, bool permitted)
{
	if (mm && permitted)
		seq_printf(m, " %lu %lu %lu %lu %lu %lu %lu", mm->start_data, mm->end_data,
			   mm->start_brk, mm->arg_start, mm->arg_end, mm->env_start, mm->env_end);
	else
		seq_puts(m, " 0 0 0 0 0 0 0");
}

/* Only an exiting thread shows its stack pointer and instruction pointer. */
static void stat_registers(struct seq_file *m, struct task_struct *p, bool permitted)
{
	const struct pt_regs *regs =
		permitted && p->flags & PF_EXITING && p->stack ? task_pt_regs(p) : NULL;

	seq_printf(m, " %lu %lu", regs ? regs->sp : 0, regs ? regs->ip : 0);
}

static void stat_signals(struct seq_file *m, const struct task_struct *p)
{
	u64 ignored, caught;

	collect_sigign_sigcatch(p, &ignored, &caught);
	seq_printf(m, " %lu %lu %lu %lu", low_signals(sigset_bits(&p->pending.signal)),
		   low_signals(sigset_bits(&p->blocked)), low_signals(ignored),
		   low_signals(caught));
}

static int do_task_stat(struct seq_file *m, struct task_struct *p, bool whole)
{
	const struct signal_struct *sig = p->signal;
	bool permitted = ptrace_may_access(p, PTRACE_MODE_READ_FSCREDS), alive = pid_alive(p);
	struct mm_struct *mm = get_task_mm(p);
	int tty_nr, tty_pgrp;

	task_tty_numbers(p, &tty_nr, &tty_pgrp);
	seq_printf(m, "%d (%s) %c %d %d %d %d %d %u", p->pid, p->comm, *get_task_state(p),
		   task_ppid(p), alive ? sig->pgrp : -1, alive ? sig->session : -1, tty_nr,
		   tty_pgrp, p->flags);
	stat_accounts(m, p, whole);
	seq_printf(m, " %ld %d %u 0 %llu", task_prio(p), p->nice, get_nr_threads(p),
		   ns_to_ticks(p->start_time_ns));
	seq_printf(m, " %lu %lu %lu", mm ? mm->total_vm << PAGE_SHIFT : 0, mm ? get_mm_rss(mm) : 0,
		   sig->rlim[RLIMIT_RSS].rlim_cur);
	seq_printf(m, " %lu %lu %lu", mm ? (permitted ? mm->start_code : 1) : 0,
		   mm ? (permitted ? mm->end_code : 1) : 0, mm && permitted ? mm->start_stack : 0);
	stat_registers(m, p, permitted);
	stat_signals(m, p);
	seq_printf(m, " %d 0 0 %d 0 %u %u 0 0 0", permitted && p->state != TASK_RUNNING,
		   p->exit_signal, p->rt_priority, p->policy);
	stat_mm_addresses(m, mm, permitted);
	seq_printf(m, " %d\n", permitted ? p->exit_code : 0);
	if (mm)
		mmput(mm);
	return 0;
}

int proc_tgid_stat(struct seq_file *m, struct task_struct *p)
{
	return do_task_stat(m, p, true);
}

int proc_tid_stat(struct seq_file *m, struct task_struct *p)
{
	return do_task_stat(m, p, false);
}

/* ---- statm ---- */

int proc_pid_statm(struct seq_file *m, struct task_struct *p)
{
	struct mm_struct *mm = get_task_mm(p);

	if (!mm) {
		seq_puts(m, "0 0 0 0 0 0 0\n");
		return 0;
	}
	seq_printf(m, "%lu %lu %lu %lu 0 %lu 0\n", mm->total_vm, get_mm_rss(mm),
		   mm->rss_stat[MM_FILEPAGES] + mm->rss_stat[MM_SHMEMPAGES],
		   (PAGE_ALIGN(mm->end_code) - (mm->start_code & PAGE_MASK)) >> PAGE_SHIFT,
		   mm->data_vm + mm->stack_vm);
	mmput(mm);
	return 0;
}
