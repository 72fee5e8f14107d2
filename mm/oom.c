/*
 * The OOM killer. Memory is promised before it is there (overcommit), so a fault may find none, and
 * a fault has no caller that could be told ENOMEM. Then somebody must die, and it should not be the
 * one who happened to ask for the last page, but the one whose death helps most: the process with
 * the most memory of its own.
 */
#include "mm/oom.h"
#include "kernel/core/panic.h"
#include "kernel/core/time.h"
#include "kernel/core/wait.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/signal.h"
#include "mm/gfp.h"
#include "mm/mm.h"
#include <linux/oom.h>

#define PANIC_ALWAYS	   2  /* of panic_on_oom: also where only a part of memory is used up */
#define OOM_WAIT	   5  /* ticks; memory comes back not only by a death */
#define OOM_PATIENCE	   HZ /* how long a dying process may take, in ticks */
#define PAGES_TO_KB(pages) ((pages) << (PAGE_SHIFT - 10))

int sysctl_panic_on_oom;

struct mm_struct *process_mm(struct task_struct *p)
{
	struct task_struct *t;

	for_each_thread (p, t)
		if (t->mm)
			return t->mm;
	return NULL;
}

static bool oom_unkillable(const struct task_struct *p)
{
	return (p->signal->flags & SIGNAL_UNKILLABLE) || (p->flags & PF_KTHREAD);
}

long oom_badness(struct task_struct *p)
{
	const struct mm_struct *mm = process_mm(p);
	long adj = p->signal->oom_score_adj, points;

	if (!mm || oom_unkillable(p) || adj == OOM_SCORE_ADJ_MIN)
		return OOM_NEVER;
	points = get_mm_rss(mm) + mm->rss_stat[MM_SWAPENTS] + (mm->pgtables_bytes >> PAGE_SHIFT);
	return points + adj * ((long)totalram_pages() / OOM_SCORE_ADJ_MAX);
}

/* Killed, but its memory is still there. */
static bool is_dying(struct task_struct *p)
{
	return (p->signal->flags & SIGNAL_GROUP_EXIT) && process_mm(p);
}

/* The process to kill; NULL if none may be, or all are. *dying: one is dying already. */
static struct task_struct *select_bad_process(bool *dying)
{
	struct task_struct *p, *chosen = NULL;
	long most = OOM_NEVER;

	*dying = false;
	for_each_process (p) {
		long points = oom_badness(p);

		if (is_dying(p))
			*dying = true;
		else if (points > most) {
			most = points;
			chosen = p;
		}
	}
	return chosen;
}

/* With everybody who lives in the same memory: it comes back when the last one leaves. */
static void oom_kill_process(struct task_struct *victim)
{
	const struct mm_struct *mm = process_mm(victim);
	struct task_struct *p;

	count_vm_event(OOM_KILL);
	pr_err("Out of memory: Killed process %d (%s) total-vm:%lukB, anon-rss:%lukB, "
	       "file-rss:%lukB, shmem-rss:%lukB, UID:%u pgtables:%lukB oom_score_adj:%d\n",
	       victim->tgid, victim->comm, PAGES_TO_KB(mm->total_vm),
	       PAGES_TO_KB(mm->rss_stat[MM_ANONPAGES]), PAGES_TO_KB(mm->rss_stat[MM_FILEPAGES]),
	       PAGES_TO_KB(mm->rss_stat[MM_SHMEMPAGES]), victim->cred.uid,
	       (unsigned long)mm->pgtables_bytes >> 10, victim->signal->oom_score_adj);
	for_each_process (p)
		if (process_mm(p) == mm && !oom_unkillable(p))
			group_send_sig_info(SIGKILL, SEND_SIG_PRIV, p);
}

/*
 * Everybody may wait here, and the one who dies needs the processor too: of all who come in a tick
 * only the first looks at all processes, and each sleeps until it is worth to try again.
 */
static DECLARE_WAIT_QUEUE_HEAD(oom_waiters);
static unsigned long looked_at; /* in jiffies */
static unsigned long hope_at;	/* the same: when somebody was killed or gave memory back */
static bool hopeless;

void oom_memory_freed(void)
{
	hope_at = jiffies;
	wake_up_all(&oom_waiters);
}

/*
 * Kill, unless somebody is dying. Who dies may have to wait for a lock first, and its holder may be
 * one that waits here: after a while the next one is killed, which may be the holder itself.
 */
static void look_for_victim(void)
{
	bool dying;
	struct task_struct *victim = select_bad_process(&dying);

	if (time_after(jiffies, looked_at + OOM_PATIENCE)) /* memory was not short until now */
		hope_at = jiffies;
	looked_at = jiffies;
	hopeless = false;
	if (dying && !time_after(jiffies, hope_at + OOM_PATIENCE))
		return;
	if (victim) {
		hope_at = jiffies;
		oom_kill_process(victim);
	} else if (dying) {
		hopeless = true;
	} else {
		panic("Out of memory and no killable processes...");
	}
}

bool out_of_memory(void)
{
	DEFINE_WAIT(entry);

	if (fatal_signal_pending(current))
		return false;
	if (sysctl_panic_on_oom)
		panic("Out of memory: %s panic_on_oom is enabled",
		      sysctl_panic_on_oom == PANIC_ALWAYS ? "compulsory" : "system-wide");
	if (time_after(jiffies, looked_at))
		look_for_victim();
	prepare_to_wait(&oom_waiters, &entry, TASK_KILLABLE);
	schedule_timeout(OOM_WAIT);
	finish_wait(&oom_waiters, &entry);
	return !hopeless && !fatal_signal_pending(current);
}
