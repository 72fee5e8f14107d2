/*
 * userfaultfd: what a pager is told of changes to the address space, so that its own view of it
 * stays right. It asks for each kind of event by a feature (UFFD_FEATURE_EVENT_).
 *
 * fork, munmap and mremap collect their events in mm->uffd_events while they hold mmap_sem, and
 * deliver them after they have released it: they sleep until the pager has read each. madvise
 * delivers its event before it drops the pages. From the moment an event is made until it is read,
 * the pager cannot fill pages (-EAGAIN): it would not know what it does.
 */
#include "mm/userfaultfd.h"
#include "kernel/core/panic.h"
#include "mm/internal.h"
#include "mm/phys/slab.h"

/* Make an event for the pager. NULL: no memory. */
static struct uffd_event *new_event(struct userfaultfd_ctx *ctx, unsigned int kind)
{
	struct uffd_event *event = kzalloc(sizeof(*event), GFP_KERNEL);

	if (!event)
		return NULL;
	INIT_LIST_HEAD(&event->list);
	userfaultfd_ctx_get(ctx);
	event->ctx = ctx;
	event->msg.event = kind;
	return event;
}

/* Forget it, read or not. */
static void free_event(struct uffd_event *event)
{
	list_del(&event->list);
	userfaultfd_ctx_put(event->ctx);
	if (event->child)
		userfaultfd_ctx_put(event->child);
	kfree(event);
}

static void count_event(struct uffd_event *event, struct list_head *after)
{
	event->ctx->mmap_changing++;
	list_add(&event->list, after);
}

/* Of a VMA that has no pages yet. */
static void forget_pager(struct vm_area_struct *vma)
{
	vma->vm_flags &= ~VM_UFFD_FLAGS;
	vma->vm_userfaultfd_ctx = NULL;
}

/* mmap_sem w. */
static void stop_watching(struct vm_area_struct *vma)
{
	if (userfaultfd_wp(vma))
		uffd_wp_range(vma, vma->vm_start, vma->vm_end, false);
	forget_pager(vma);
}

/* ---- delivery ---- */

/* The pager has not learned of the fork, so it will never handle the child's faults. */
static void orphan_child(struct userfaultfd_ctx *child)
{
	struct mm_struct *mm = child->mm;
	struct vm_area_struct *vma;

	down_write(&mm->mmap_sem);
	for (vma = mm->mmap; vma; vma = vma->vm_next)
		if (vma->vm_userfaultfd_ctx == child)
			stop_watching(vma);
	up_write(&mm->mmap_sem);
}

/* Wait until the event is read; or until its pager is gone or current is killed, but not in the
   middle of being read. Then free it. */
static void deliver(struct uffd_event *event)
{
	struct userfaultfd_ctx *ctx = event->ctx;

	event->task = current;
	list_add_tail(&event->list, &ctx->events);
	for (;;) {
		wake_up_all(&ctx->fd_wait);
		set_current_state(event->reading ? TASK_UNINTERRUPTIBLE : TASK_KILLABLE);
		if (event->done ||
		    (!event->reading && (ctx->released || fatal_signal_pending(current))))
			break;
		schedule();
	}
	set_current_state(TASK_RUNNING);
	if (event->child)
		orphan_child(event->child);
	ctx->mmap_changing--;
	free_event(event);
}

void userfaultfd_event_read(struct uffd_event *event, bool done)
{
	event->reading = false;
	event->done = done;
	if (!done)
		list_add(&event->list, &event->ctx->events);
	wake_up_process(event->task);
}

void userfaultfd_deliver(struct list_head *events)
{
	while (!list_empty(events)) {
		struct uffd_event *event = list_first_entry(events, struct uffd_event, list);

		list_del(&event->list);
		deliver(event);
	}
}

void mmap_write_unlock_notify(struct mm_struct *mm)
{
	LIST_HEAD(events);

	if (likely(list_empty(&mm->uffd_events))) {
		up_write(&mm->mmap_sem);
		return;
	}
	list_splice_init(&mm->uffd_events, &events);
	up_write(&mm->mmap_sem);
	userfaultfd_deliver(&events);
}

void userfaultfd_forget_events(struct mm_struct *mm)
{
	struct uffd_event *event, *next;

	list_for_each_entry_safe (event, next, &mm->uffd_events, list) {
		event->ctx->mmap_changing--;
		free_event(event);
	}
}

/* ---- fork ---- */

/* The pager of the child that corresponds to `old`; it is made for the first VMA. NULL: no
   memory. */
static struct userfaultfd_ctx *child_ctx(struct userfaultfd_ctx *old, struct mm_struct *mm,
					 struct mm_struct *oldmm)
{
	struct uffd_event *event;

	list_for_each_entry (event, &oldmm->uffd_events, list)
		if (event->ctx == old)
			return event->child;
	event = new_event(old, UFFD_EVENT_FORK);
	if (!event)
		return NULL;
	event->child = userfaultfd_ctx_alloc(mm, old->flags);
	if (!event->child) {
		free_event(event);
		return NULL;
	}
	event->child->features = old->features;
	count_event(event, oldmm->uffd_events.prev);
	return event->child;
}

int dup_userfaultfd(struct vm_area_struct *vma, struct mm_struct *oldmm)
{
	struct userfaultfd_ctx *old = vma->vm_userfaultfd_ctx;

	if (likely(!old))
		return 0;
	if (!(old->features & UFFD_FEATURE_EVENT_FORK)) {
		forget_pager(vma);
		return 0;
	}
	vma->vm_userfaultfd_ctx = child_ctx(old, vma->vm_mm, oldmm);
	if (vma->vm_userfaultfd_ctx)
		return 0;
	forget_pager(vma);
	return -ENOMEM;
}

/* ---- munmap ---- */

int userfaultfd_unmap_prep(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct userfaultfd_ctx *ctx = vma->vm_userfaultfd_ctx;
	struct list_head *events = &vma->vm_mm->uffd_events;
	struct uffd_event *event;

	if (likely(!ctx) || !(ctx->features & UFFD_FEATURE_EVENT_UNMAP))
		return 0;
	list_for_each_entry (event, events, list)
		if (event->ctx == ctx && event->msg.event == UFFD_EVENT_UNMAP &&
		    event->msg.arg.remove.start == start && event->msg.arg.remove.end == end)
			return 0;
	event = new_event(ctx, UFFD_EVENT_UNMAP);
	if (!event)
		return -ENOMEM;
	event->msg.arg.remove.start = start;
	event->msg.arg.remove.end = end;
	count_event(event, events->prev);
	return 0;
}

/* ---- mremap ---- */

int mremap_userfaultfd_prep(struct vm_area_struct *vma, struct uffd_event **event)
{
	struct userfaultfd_ctx *ctx = vma->vm_userfaultfd_ctx;

	*event = NULL;
	if (likely(!ctx) || !(ctx->features & UFFD_FEATURE_EVENT_REMAP))
		return 0;
	*event = new_event(ctx, UFFD_EVENT_REMAP);
	return *event ? 0 : -ENOMEM;
}

void mremap_userfaultfd_moved(struct vm_area_struct *new, struct uffd_event *event,
			      struct list_head *after, unsigned long from, unsigned long to,
			      unsigned long len)
{
	if (!event) {
		if (unlikely(new->vm_userfaultfd_ctx))
			stop_watching(new);
		return;
	}
	event->msg.arg.remap.from = from;
	event->msg.arg.remap.to = to;
	event->msg.arg.remap.len = len;
	count_event(event, after);
}

void mremap_userfaultfd_fail(struct uffd_event *event)
{
	if (event)
		free_event(event);
}

/* ---- madvise ---- */

bool userfaultfd_remove(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct userfaultfd_ctx *ctx = vma->vm_userfaultfd_ctx;
	struct mm_struct *mm = vma->vm_mm;
	struct uffd_event *event;

	if (likely(!ctx) || !(ctx->features & UFFD_FEATURE_EVENT_REMOVE))
		return false;
	event = new_event(ctx, UFFD_EVENT_REMOVE);
	if (!event) /* small allocations that may sleep fail only for a task that dies */
		return false;
	event->msg.arg.remove.start = start;
	event->msg.arg.remove.end = end;
	ctx->mmap_changing++;
	up_read(&mm->mmap_sem);
	deliver(event);
	return true;
}
