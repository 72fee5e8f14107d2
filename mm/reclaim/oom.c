/*
 * The OOM killer. The kernel overcommits memory, so a page fault may find none, and a fault cannot
 * return ENOMEM to its program. Nor should the calls of other processes fail because one process
 * has used all memory. So a process must be killed: not the one that happened to request the last
 * page, but the one whose death frees the most memory.
 */
#include "mm/reclaim/oom.h"
#include "kernel/core/panic.h"
#include "kernel/time/time.h"
#include "kernel/locking/wait.h"
#include "kernel/sched/sched.h"
#include "kernel/signal/signal.h"
#include "kernel/fs/writeback.h"
#include "mm/cache/lru.h"
#include "mm/phys/gfp.h"
#include "mm/mm.h"
#include "mm/rmap.h"
#include "mm/phys/vmstat.h"
#include "mm/phys/page_alloc.h"
#include "mm/swap/swap.h"
#include <linux/oom.h>

#define PANIC_ALWAYS	   2   /* panic_on_oom: panic even if only a part of memory is exhausted */
#define OOM_WAIT	   5UL /* ticks; memory may also be freed without a kill */
#define OOM_PATIENCE	   ((unsigned long)HZ) /* time for a dying process to exit, in ticks */
#define WRITE_PATIENCE	   ((unsigned long)(5 * HZ)) /* time for the disk to write a page, in ticks */
#define PAGES_TO_KB(pages) ((pages) << (PAGE_SHIFT - 10))

/* A wait-queue entry that a wake-up does not remove, so that its task keeps its place. */
#define PLACE_IN_LINE(name)                                     \
	{                                                       \
		.task = current, .func = default_wake_function, \
		.entry = LIST_HEAD_INIT((name).entry)           \
	}

int sysctl_panic_on_oom, sysctl_oom_kill_allocating_task;

struct task_struct *find_task_mm(struct task_struct *p)
{
	struct task_struct *t;

	for_each_thread (p, t)
		if (t->mm)
			return t;
	return NULL;
}

/* The address space of a process. NULL: none. */
static struct mm_struct *process_mm(struct task_struct *p)
{
	struct task_struct *t = find_task_mm(p);

	return t ? t->mm : NULL;
}

bool oom_unkillable(const struct task_struct *p)
{
	return (p->signal->flags & SIGNAL_UNKILLABLE) || (p->flags & PF_KTHREAD);
}

static bool may_be_killed(struct task_struct *p)
{
	return process_mm(p) && !oom_unkillable(p) && p->signal->oom_score_adj != OOM_SCORE_ADJ_MIN;
}

static long oom_badness(struct task_struct *p)
{
	const struct mm_struct *mm = process_mm(p);
	long adj = p->signal->oom_score_adj, points;

	if (!may_be_killed(p))
		return OOM_NEVER;
	points = get_mm_rss(mm) + mm->rss_stat[MM_SWAPENTS] + (mm_pgtables_bytes(mm) >> PAGE_SHIFT);
	return points + adj * ((long)(totalram_pages() + total_swap_pages) / OOM_SCORE_ADJ_MAX);
}

/*
 * Memory that Linux's badness does not count although a process's death frees it: the contents of
 * files that only this process has open, and kernel structures. Without it, a shell would seem
 * larger than a process that holds all memory in pipes.
 */
struct held {
	unsigned long pages, max;
	unsigned long bytes; /* less than a page */
};

/* A file may be mapped thousands of times; the sum must not wrap. */
static void add_held(struct held *h, unsigned long pages)
{
	h->pages = min(h->pages + min(pages, h->max), h->max);
}

static void add_bytes(struct held *h, unsigned long bytes)
{
	h->bytes += bytes;
	add_held(h, h->bytes >> PAGE_SHIFT);
	h->bytes &= PAGE_SIZE - 1;
}

static void add_file(struct held *h, const struct file *f)
{
	if (!f)
		return;
	add_bytes(h, file_own_bytes(f));
	if (f->f_op->held_pages)
		add_held(h, f->f_op->held_pages(f));
}

static void add_files(struct held *h, const struct files_struct *files)
{
	const struct file *last = NULL;

	add_bytes(h, files_own_bytes(files));
	for (unsigned int fd = 0; fd < files->max_fds; fd++) {
		if (files->fd[fd] != last)
			add_file(h, files->fd[fd]);
		last = files->fd[fd];
	}
}

static void add_mm(struct held *h, const struct mm_struct *mm)
{
	const struct vm_area_struct *vma;
	const struct file *last = NULL;

	for (vma = mm->mmap; vma; vma = vma->vm_next) {
		if (vma->vm_file != last)
			add_file(h, vma->vm_file);
		last = vma->vm_file;
		add_bytes(h, sizeof(*vma));
		if (vma->anon_vma)
			add_bytes(h, sizeof(struct anon_vma) + sizeof(struct anon_vma_chain));
	}
	h->pages -= min(h->pages, mm->rss_stat[MM_SHMEMPAGES]); /* badness includes them */
}

static unsigned long held_pages(struct task_struct *p)
{
	struct held h = {.max = totalram_pages()};
	const struct files_struct *files = NULL;
	struct task_struct *t;

	add_mm(&h, process_mm(p));
	for_each_thread (p, t) {
		add_held(&h, THREAD_SIZE_PAGES);
		add_bytes(&h, sizeof(*t) + t->call_bytes);
		if (t->exec_mm)
			add_held(&h, get_mm_rss(t->exec_mm));
		if (t->files == files)
			continue;
		files = t->files;
		if (files)
			add_files(&h, files);
	}
	add_held(&h, p->signal->nr_sigqueue * sizeof(struct sigqueue) / PAGE_SIZE);
	return h.pages;
}

/* Has it started to exit without having released its memory and files? */
static bool is_dying(const struct task_struct *t)
{
	return (t->flags & PF_EXITING || t->signal->flags & SIGNAL_GROUP_EXIT) &&
	       (t->mm || t->files);
}

/* Does it wait for a lock that another task holds? */
static bool is_stuck(const struct task_struct *t)
{
	return t->state == TASK_UNINTERRUPTIBLE;
}

/* How long to wait for the dying threads of p, in ticks; 0 if there are none. */
static unsigned long patience_with(struct task_struct *p)
{
	unsigned long patience = 0;
	struct task_struct *t;

	for_each_thread (p, t) {
		if (is_dying(t))
			patience = max(patience, is_stuck(t) ? OOM_WAIT : OOM_PATIENCE);
	}
	return patience;
}

static unsigned long patience_with_all(void)
{
	unsigned long patience = 0;
	struct task_struct *p;

	for_each_process (p)
		patience = max(patience, patience_with(p));
	return patience;
}

/* The process to kill, which must not be dying already; NULL if there is none. */
static struct task_struct *select_bad_process(void)
{
	struct task_struct *p, *chosen = NULL;
	long most = OOM_NEVER;

	for_each_process (p) {
		long points = patience_with(p) ? OOM_NEVER : oom_badness(p);

		if (points != OOM_NEVER)
			points += held_pages(p);
		if (points > most) {
			most = points;
			chosen = p;
		}
	}
	return chosen;
}

/* Kill all processes that share the victim's mm, because only the last one to exit frees it. */
static void oom_kill_process(const struct oom_control *oc, const char *message)
{
	static struct ratelimit_state reports;
	const struct task_struct *victim = oc->chosen;
	const struct mm_struct *mm = process_mm(oc->chosen);
	struct task_struct *p;

	if (__ratelimit(&reports))
		dump_header(oc);
	count_vm_event(OOM_KILL);
	pr_err("%s: Killed process %d (%s) total-vm:%lukB, anon-rss:%lukB, "
	       "file-rss:%lukB, shmem-rss:%lukB, UID:%u pgtables:%lukB oom_score_adj:%d\n",
	       message, victim->tgid, victim->comm, PAGES_TO_KB(mm->total_vm),
	       PAGES_TO_KB(mm->rss_stat[MM_ANONPAGES]), PAGES_TO_KB(mm->rss_stat[MM_FILEPAGES]),
	       PAGES_TO_KB(mm->rss_stat[MM_SHMEMPAGES]), victim->cred.uid,
	       mm_pgtables_bytes(mm) >> 10, victim->signal->oom_score_adj);
	for_each_process (p)
		if (process_mm(p) == mm && !oom_unkillable(p))
			group_send_sig_info(SIGKILL, SEND_SIG_PRIV, p);
}

/*
 * Tasks that wait for memory queue in order, and keep their places until they get some. Each one is
 * woken when there may be enough for it. In each tick, only the first task to come here looks at
 * all processes, so that the victim gets processor time to exit.
 */
static DECLARE_WAIT_QUEUE_HEAD(oom_waiters);
static unsigned long looked_at; /* in jiffies */
static unsigned long hope_at;	/* in jiffies: the last kill or release of memory */
static enum oom_advice advice;	/* the last */

void oom_memory_freed(void)
{
	hope_at = jiffies;
	wake_up_all(&oom_waiters);
}

void oom_page_written(void)
{
	wake_up(&oom_waiters);
}

/* Pages that reclaim has taken since boot. */
static unsigned long nr_stolen(void)
{
	return vm_event_counters[PGSTEAL_DIRECT] + vm_event_counters[PGSTEAL_KSWAPD];
}

/*
 * Are there dirty pages, and does writing them help? The flusher writes them while the tasks wait,
 * and reclaim takes those that are clean. As long as it finds some, there is no reason to kill.
 */
static bool disks_may_help(bool short_only_now)
{
	static unsigned long stolen, taken_at; /* the pages that reclaim has taken, and when */

	if (!nr_file_dirty && !nr_writeback)
		return false;
	wakeup_flusher();
	if (short_only_now || nr_stolen() != stolen)
		taken_at = jiffies;
	stolen = nr_stolen();
	return !time_after(jiffies, taken_at + WRITE_PATIENCE);
}

/*
 * Kill a process, unless one is already dying. A dying task may have to wait for a lock whose
 * holder waits here for memory. So after a while the next process is killed, which may be the
 * holder itself. When there is no process left to kill, the waiting tasks may use the reserve, so
 * that the holder can continue.
 */
static enum oom_advice look_for_victim(struct oom_control *oc)
{
	bool short_only_now = time_after(jiffies, looked_at + OOM_PATIENCE);
	unsigned long patience = patience_with_all();

	if (short_only_now)
		hope_at = jiffies;
	looked_at = jiffies;
	if (patience && !time_after(jiffies, hope_at + patience))
		return OOM_TRY_AGAIN;
	if (disks_may_help(short_only_now))
		return OOM_TRY_AGAIN;
	if (sysctl_oom_kill_allocating_task && may_be_killed(current->group_leader)) {
		oc->chosen = current->group_leader;
		oom_kill_process(oc, "Out of memory (oom_kill_allocating_task)");
	} else {
		oc->chosen = select_bad_process(); /* slow if many files are open */
		if (!oc->chosen)
			return patience ? OOM_STUCK : OOM_NOBODY;
		oom_kill_process(oc, "Out of memory");
	}
	hope_at = jiffies;
	return OOM_TRY_AGAIN;
}

static bool current_dies(void)
{
	return current->flags & PF_EXITING || fatal_signal_pending(current);
}

static void check_panic_on_oom(const struct oom_control *oc)
{
	if (!sysctl_panic_on_oom)
		return;
	dump_header(oc);
	panic("Out of memory: %s panic_on_oom is enabled",
	      sysctl_panic_on_oom == PANIC_ALWAYS ? "compulsory" : "system-wide");
}

/* Wait in the queue: at the task's place, or at the end if it has none yet. in_vain: the allocation
   found no memory. */
static enum oom_advice wait_in_line(wait_queue_entry_t *place, struct oom_control *oc, bool in_vain)
{
	if (current_dies())
		return OOM_DYING;
	if (in_vain)
		check_panic_on_oom(oc);
	if (in_vain && time_after(jiffies, looked_at))
		advice = look_for_victim(oc);
	prepare_to_wait_exclusive(&oom_waiters, place, TASK_KILLABLE);
	schedule_timeout(OOM_WAIT);
	if (current_dies())
		return OOM_DYING;
	return in_vain ? advice : OOM_TRY_AGAIN;
}

/* Leave the queue, and wake the next task: there may be enough memory left for it. */
static void leave_line(wait_queue_entry_t *place)
{
	finish_wait(&oom_waiters, place);
	wake_up(&oom_waiters);
}

enum oom_advice out_of_memory(void)
{
	wait_queue_entry_t place = PLACE_IN_LINE(place);
	struct oom_control oc = {.gfp_mask = 0};
	enum oom_advice ret = wait_in_line(&place, &oc, true);

	leave_line(&place);
	return ret;
}

/* How much of the reserve below the watermark the advice permits. */
static gfp_t reserve_for(enum oom_advice adv, gfp_t gfp)
{
	switch (adv) {
	case OOM_TRY_AGAIN:
		return 0;
	case OOM_DYING:
		return __GFP_HIGH;
	case OOM_STUCK:
		return __GFP_MEMALLOC;
	case OOM_NOBODY:
		break;
	}
	return gfp & __GFP_NOFAIL ? __GFP_MEMALLOC : 0;
}

/* The page allocator's oom_hook: wait until memory has been freed, and kill a process if needed. */
static struct page *alloc_pages_oom(gfp_t gfp, unsigned int order, bool in_vain)
{
	wait_queue_entry_t place = PLACE_IN_LINE(place);
	struct oom_control oc = {.gfp_mask = gfp, .order = order};
	enum oom_advice adv;
	struct page *page;

	/* those who write pages, so that these can be freed, must not wait for that themselves */
	if (current->flags & PF_MEMALLOC)
		return alloc_pages_again(gfp | __GFP_MEMALLOC, order);
	do {
		adv = wait_in_line(&place, &oc, in_vain);
		page = alloc_pages_again(gfp | reserve_for(adv, gfp), order);
		in_vain = true;
	} while (!page && (adv == OOM_TRY_AGAIN || gfp & __GFP_NOFAIL));
	leave_line(&place);
	return page;
}

void oom_init(void)
{
	oom_hook = alloc_pages_oom;
}
