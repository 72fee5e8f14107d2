/*
 * Resource usage: getrusage(2), times(2), and wait4's report on a child.
 */
#include "kernel/sched/sched.h"
#include "kernel/process/wait.h"
#include "libc/include/string.h"
#include "mm/mm.h"

#define PAGES_TO_KB(pages) ((pages) << (PAGE_SHIFT - 10))

static void ns_to_timeval(struct __kernel_old_timeval *tv, u64 ns)
{
	u32 rest;

	tv->tv_sec = (long)div_u64_rem(ns, NSEC_PER_SEC, &rest);
	tv->tv_usec = rest / NSEC_PER_USEC;
}

void k_getrusage(struct task_struct *p, int who, struct rusage *r)
{
	const struct signal_struct *sig = p->signal;
	struct task_usage u = {0};
	unsigned long maxrss = 0;

	memset(r, 0, sizeof(*r));
	if (who == RUSAGE_THREAD) {
		task_usage(p, &u);
		maxrss = sig->maxrss;
	}
	if (who == RUSAGE_SELF || who == RUSAGE_BOTH) {
		thread_group_usage(p, &u);
		maxrss = sig->maxrss;
	}
	if (who == RUSAGE_CHILDREN || who == RUSAGE_BOTH) {
		u.utime_ns += sig->cutime_ns;
		u.stime_ns += sig->cstime_ns;
		u.min_flt += sig->cmin_flt;
		u.maj_flt += sig->cmaj_flt;
		u.nvcsw += sig->cnvcsw;
		u.nivcsw += sig->cnivcsw;
		maxrss = max(maxrss, sig->cmaxrss);
	}
	if (who != RUSAGE_CHILDREN && p->mm)
		maxrss = max(maxrss, mm_hiwater_rss(p->mm));
	ns_to_timeval(&r->ru_utime, u.utime_ns);
	ns_to_timeval(&r->ru_stime, u.stime_ns);
	r->ru_maxrss = PAGES_TO_KB(maxrss);
	r->ru_minflt = u.min_flt;
	r->ru_majflt = u.maj_flt;
	r->ru_nvcsw = u.nvcsw;
	r->ru_nivcsw = u.nivcsw;
}
