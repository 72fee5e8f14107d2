/*
 * The life of an address space: made by exec or fork, shared by threads and vfork, borrowed by
 * kernel threads, destroyed when the last user leaves.
 *
 * mm_users counts the tasks that run in it or look into it; at 0, all mappings go. mm_count counts
 * the reasons to keep the structure and the page directory: one for all users together, and one for
 * each borrower.
 */
#include "mm/huge_memory.h"
#include "mm/internal.h"
#include "kernel/core/panic.h"
#include "kernel/fs/fs.h"
#include "kernel/fs/namei.h"
#include "kernel/lib/util.h"
#include "kernel/cred/ptrace.h"
#include "kernel/x86/task/mmu_context.h"
#include "mm/ksm.h"
#include "mm/layout.h"
#include "mm/userfaultfd.h"
#include "mm/reclaim/oom.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>

static struct kmem_cache *mm_cachep;

void vma_init(void);
void anon_vma_init(void);

void mm_init_caches(void)
{
	mm_cachep = kmem_cache_create("mm_struct", sizeof(struct mm_struct), 0, 0, NULL);
	vma_init();
	anon_vma_init();
	ksm_init();
}

/* Initialize what every address space begins with; the rest is zero or copied from the parent. */
static void mm_init(struct mm_struct *mm, pgd_t *pgd)
{
	init_rwsem(&mm->mmap_sem);
	spin_lock_init(&mm->page_table_lock);
	INIT_LIST_HEAD(&mm->mmlist);
	INIT_LIST_HEAD(&mm->uffd_events);
	mm->mmap = mm->mmap_cache = NULL;
	mm->mm_rb = RB_ROOT;
	mm->highest_vm_end = 0;
	mm->map_count = 0;
	mm->mm_users = mm->mm_count = 1;
	mm->locked_vm = mm->pinned_vm = 0;
	mm->pgtables_bytes = mm->hugetlb_usage = 0;
	mm->pmd_huge_pte = NULL;
	memset(mm->rss_stat, 0, sizeof(mm->rss_stat));
	mm->ksm_slot = NULL;
	mm->ksm_rmap_items = mm->ksm_merging_pages = 0;
	mm->pgd = pgd;
}

/* Allocate a zeroed structure, and a page directory without user mappings. NULL: no memory. */
static struct mm_struct *alloc_mm_and_pgd(pgd_t **pgd)
{
	struct mm_struct *mm = kmem_cache_zalloc(mm_cachep, GFP_KERNEL);

	*pgd = mm ? pgd_alloc() : NULL;
	if (*pgd)
		return mm;
	if (mm)
		kmem_cache_free(mm_cachep, mm);
	return NULL;
}

struct mm_struct *mm_alloc(void)
{
	pgd_t *pgd;
	struct mm_struct *mm = alloc_mm_and_pgd(&pgd);

	if (!mm)
		return NULL;
	mm_init(mm, pgd);
	mm->task_size = TASK_SIZE;
	mm->flags = current->mm ? current->mm->flags & MMF_INIT_MASK : MMF_DUMP_FILTER_DEFAULT;
	return mm;
}

/* A copy-on-write copy of current's address space, or NULL. mmap_sem is held from the first field
   on, so that brk and the mappings are of the same moment. */
static struct mm_struct *dup_mm(struct mm_struct *oldmm)
{
	pgd_t *pgd;
	struct mm_struct *mm = alloc_mm_and_pgd(&pgd);
	int err;

	if (!mm)
		return NULL;
	down_write(&oldmm->mmap_sem);
	*mm = *oldmm;
	mm->def_flags = 0;
	mm->flags &= MMF_INIT_MASK;
	mm_init(mm, pgd);
	if (mm->exe_file)
		mm_set_exe_file(mm, mm->exe_file);
	down_write(&mm->mmap_sem); /* free: nobody knows this address space yet */
	err = ksm_fork(mm, oldmm);
	if (!err)
		err = static_call(dup_mmap)(mm, oldmm);
	if (!err)
		mm_check_debug(mm);
	up_write(&mm->mmap_sem);
	mmap_write_unlock_notify(oldmm);
	if (err) {
		mmput(mm);
		return NULL;
	}
	mm->hiwater_rss = get_mm_rss(mm);
	mm->hiwater_vm = mm->total_vm;
	return mm;
}

int copy_mm(unsigned long clone_flags, struct task_struct *p)
{
	struct mm_struct *oldmm = current->mm;

	p->min_flt = p->maj_flt = 0;
	p->mm = p->active_mm = NULL;
	if (!oldmm) /* a kernel thread creates another */
		return 0;
	if (clone_flags & CLONE_VM) {
		if (!(clone_flags & (CLONE_THREAD | CLONE_VFORK)))
			oldmm->flags |= MMF_MULTIPROCESS;
		mmget(oldmm);
		p->mm = oldmm;
	} else {
		p->mm = dup_mm(oldmm);
		if (!p->mm)
			return -ENOMEM;
	}
	p->active_mm = p->mm;
	return 0;
}

void mm_set_exe_file(struct mm_struct *mm, struct file *file)
{
	/* cannot fail: exec, or the parent, denies writing already */
	BUG_ON(deny_write_access(file));
	mm->exe_file = get_file(file);
}

void mmdrop(struct mm_struct *mm)
{
	if (--mm->mm_count)
		return;
	BUG_ON(mm == &init_mm || mm == current->active_mm);
	pgd_free(mm->pgd);
	kmem_cache_free(mm_cachep, mm);
}

void mmput(struct mm_struct *mm)
{
	if (--mm->mm_users)
		return;
	static_call(exit_mmap)(mm);
	ksm_exit(mm);
	mm_put_huge_zero_page(mm);
	list_del_init(&mm->mmlist);
	if (mm->exe_file) {
		allow_write_access(mm->exe_file);
		fput(mm->exe_file);
	}
	mmdrop(mm);
}

struct mm_struct *get_task_mm(struct task_struct *p)
{
	struct mm_struct *mm = p->mm;

	if (!mm || p->flags & PF_KTHREAD)
		return NULL;
	mmget(mm);
	return mm;
}

struct mm_struct *mm_access(struct task_struct *p, unsigned int mode)
{
	struct mm_struct *mm;
	int err = down_read_killable(&p->signal->exec_update_lock);

	if (err)
		return ERR_PTR(err);
	mm = get_task_mm(p);
	if (mm && mm != current->mm && !ptrace_may_access(p, mode)) {
		mmput(mm);
		mm = ERR_PTR(-EACCES);
	}
	up_read(&p->signal->exec_update_lock);
	return mm;
}

/* Record the peak of resident memory, for getrusage. */
static void note_maxrss(struct mm_struct *mm)
{
	unsigned long rss = mm_hiwater_rss(mm);

	if (current->signal->maxrss < rss)
		current->signal->maxrss = rss;
}

void exit_mm(void)
{
	struct mm_struct *mm = current->mm;

	if (!mm)
		return;
	note_maxrss(mm);
	if (mm->mm_users == 1) { /* check what faults have changed since the last call */
		down_read(&mm->mmap_sem);
		mm_check_debug(mm);
		up_read(&mm->mmap_sem);
	}
	/* go on as a borrower: the page directory stays loaded until the next switch */
	mmgrab(mm);
	current->mm = NULL;
	mmput(mm);
}
DEFINE_STATIC_CALL(exit_mm);

int exec_mmap(struct mm_struct *mm)
{
	struct mm_struct *old = current->mm, *old_active = current->active_mm;
	int err;

	err = down_write_killable(&current->signal->exec_update_lock);
	if (err)
		return err;
	if (old)
		note_maxrss(old);
	current->mm = current->active_mm = mm;
	switch_mm(old_active, mm);
	if (old)
		mmput(old);
	else
		mmdrop(old_active);
	return 0;
}
DEFINE_STATIC_CALL(exec_mmap);
