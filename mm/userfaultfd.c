/*
 * userfaultfd: faults that a program handles.
 *
 * A fault on a missing page of a watched VMA queues itself, releases mmap_sem, and sleeps. The
 * pager reads the fault from its file, fills the page (userfaultfd_fill.c), and thereby wakes the
 * task. Its handler returns VM_FAULT_RETRY, and the access starts again from the beginning, because
 * without mmap_sem everything may have changed.
 *
 * Nothing here needs a lock of its own: there is one processor, and no interrupt handler looks at a
 * pager. Between the look at the page-table entry and the place in the queue nothing sleeps, so the
 * pager cannot fill the page unnoticed.
 */
#include "mm/userfaultfd.h"
#include "kernel/core/panic.h"
#include "libc/include/string.h"
#include "mm/internal.h"
#include "mm/phys/slab.h"

struct userfaultfd_ctx *userfaultfd_ctx_alloc(struct mm_struct *mm, unsigned int flags)
{
	struct userfaultfd_ctx *ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);

	if (!ctx)
		return NULL;
	ctx->refcount = 1;
	ctx->mm = mm;
	mmgrab(mm);
	ctx->flags = flags;
	INIT_LIST_HEAD(&ctx->pending);
	INIT_LIST_HEAD(&ctx->faults);
	INIT_LIST_HEAD(&ctx->events);
	init_waitqueue_head(&ctx->fd_wait);
	return ctx;
}

void userfaultfd_ctx_get(struct userfaultfd_ctx *ctx)
{
	ctx->refcount++;
}

void userfaultfd_ctx_put(struct userfaultfd_ctx *ctx)
{
	if (--ctx->refcount)
		return;
	VM_BUG_ON(userfaultfd_readable(ctx) || !list_empty(&ctx->faults));
	VM_BUG_ON(waitqueue_active(&ctx->fd_wait) || ctx->mmap_changing);
	mmdrop(ctx->mm);
	kfree(ctx);
}

/* ---- waiting ---- */

/* What the pager reads about a fault. */
static void fault_message(struct uffd_msg *msg, const struct vm_fault *vmf, unsigned long reason,
			  unsigned int features)
{
	memset(msg, 0, sizeof(*msg));
	msg->event = UFFD_EVENT_PAGEFAULT;
	msg->arg.pagefault.address =
		features & UFFD_FEATURE_EXACT_ADDRESS ? vmf->real_address : vmf->address;
	if (vmf->flags & FAULT_FLAG_WRITE)
		msg->arg.pagefault.flags |= UFFD_PAGEFAULT_FLAG_WRITE;
	if (reason == VM_UFFD_WP)
		msg->arg.pagefault.flags |= UFFD_PAGEFAULT_FLAG_WP;
	if (reason == VM_UFFD_MINOR)
		msg->arg.pagefault.flags |= UFFD_PAGEFAULT_FLAG_MINOR;
	if (features & UFFD_FEATURE_THREAD_ID)
		msg->arg.pagefault.feat.ptid = current->pid;
}

/* In user mode every signal ends the wait: the program handles it and faults again. A fault in the
   kernel starts again at once, and tells its pager once more; where Linux would go round in circles
   with the signal, it then waits for the page, or for a fatal signal. */
static unsigned int blocking_state(unsigned int flags)
{
	if (!(flags & FAULT_FLAG_INTERRUPTIBLE))
		return TASK_KILLABLE;
	return flags & FAULT_FLAG_USER || !signal_pending(current) ? TASK_INTERRUPTIBLE
								   : TASK_KILLABLE;
}

/* Sleep until the pager wakes the task, or a signal comes. */
static void wait_for_pager(struct userfaultfd_ctx *ctx, struct uffd_wait *wait, unsigned int flags)
{
	wake_up_all(&ctx->fd_wait);
	set_current_state(blocking_state(flags));
	if (!list_empty(&wait->list) && !ctx->released)
		schedule();
	set_current_state(TASK_RUNNING);
}

vm_fault_t handle_userfault(struct vm_fault *vmf, unsigned long reason)
{
	struct userfaultfd_ctx *ctx = vmf->vma->vm_userfaultfd_ctx;
	struct mm_struct *mm = vmf->vma->vm_mm;
	struct uffd_wait wait = {.task = current};

	mmap_assert_locked(mm);
	VM_BUG_ON(!ctx || ctx->mm != mm);
	/* a dying task cannot wait for a pager that may be a thread of its own */
	if (current->flags & (PF_EXITING | PF_DUMPCORE) || ctx->features & UFFD_FEATURE_SIGBUS)
		return VM_FAULT_SIGBUS;
	if (!(vmf->flags & FAULT_FLAG_USER) && ctx->flags & UFFD_USER_MODE_ONLY)
		return VM_FAULT_SIGBUS;
	if (!(vmf->flags & FAULT_FLAG_ALLOW_RETRY))
		return VM_FAULT_SIGBUS;

	userfaultfd_ctx_get(ctx);
	fault_message(&wait.msg, vmf, reason, ctx->features);
	list_add_tail(&wait.list, &ctx->pending);
	/* If the file was closed just now, that call waits for mmap_sem, to let go of the VMA. */
	up_read(&mm->mmap_sem);
	wait_for_pager(ctx, &wait, vmf->flags);
	list_del(&wait.list);
	userfaultfd_ctx_put(ctx);
	return VM_FAULT_RETRY;
}

static void wake_list(struct list_head *list, u64 start, u64 len)
{
	struct uffd_wait *wait, *next;

	list_for_each_entry_safe (wait, next, list, list) {
		u64 address = wait->msg.arg.pagefault.address;

		if (len && (address < start || address - start >= len))
			continue;
		list_del_init(&wait->list);
		wake_up_process(wait->task);
	}
}

void wake_userfault(struct userfaultfd_ctx *ctx, u64 start, u64 len)
{
	wake_list(&ctx->pending, start, len);
	wake_list(&ctx->faults, start, len);
}

/* ---- the fault ---- */

/* Is there no entry, or an empty one? */
static bool entry_is_none(const struct vm_fault *vmf)
{
	if (pmd_none(*vmf->pmd))
		return true;
	return pmd_has_table(*vmf->pmd) && pte_none(*pte_offset_map(vmf->pmd, vmf->address));
}

/* Is the entry that of a page which is write-protected for the pager? */
static bool entry_is_protected(const struct vm_fault *vmf)
{
	pte_t pte = __pte(0);

	if (pmd_has_table(*vmf->pmd))
		pte = *pte_offset_map(vmf->pmd, vmf->address);
	return pte_present(pte) && pte_uffd_wp(pte);
}

vm_fault_t userfaultfd_fault(struct vm_fault *vmf, unsigned long address)
{
	struct vm_area_struct *vma = vmf->vma;

	vmf->real_address = address; /* for shared memory too, whose ->fault looks for the page */
	if (userfaultfd_wp(vma) && vmf->flags & FAULT_FLAG_WRITE && entry_is_protected(vmf))
		return handle_userfault(vmf, VM_UFFD_WP);
	if (!userfaultfd_missing(vma) || !vma_is_anonymous(vma))
		return 0;
	/* as Linux: the page table is there before the page, and a write decides about the VMA's
	   anon_vma even if the page comes from a pager */
	if (pmd_none(*vmf->pmd) && !mm_pte_alloc(vma->vm_mm, vmf->pmd, vmf->address))
		return VM_FAULT_OOM;
	if (vmf->flags & FAULT_FLAG_WRITE && anon_vma_prepare(vma))
		return VM_FAULT_OOM;
	return entry_is_none(vmf) ? handle_userfault(vmf, VM_UFFD_MISSING) : 0;
}
