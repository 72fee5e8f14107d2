/*
 * userfaultfd: a program handles page faults of an address space itself. It is called the pager, or
 * the monitor. See docs/userfaultfd.md.
 *
 *	userfaultfd.c		the fault: wait until the pager has filled the page
 *	userfaultfd_register.c	which VMAs are watched
 *	userfaultfd_fill.c	what the pager does to missing pages
 *	userfaultfd_wp.c	and to those that it wants to see written
 *	userfaultfd_events.c	what the pager is told of fork, mremap, munmap and madvise
 *	kernel/fs/userfaultfd.c	the file through which it does all this
 */
#ifndef MM_USERFAULTFD_H
#define MM_USERFAULTFD_H

#include "kernel/locking/wait.h"
#include "mm/mm_types.h"
#include <linux/userfaultfd.h>

/* One pager and the address space that it watches. Everything that uses it runs without sleeping in
   between, or holds a reference. */
struct userfaultfd_ctx {
	int refcount;		  /* the file, each task that waits, each event not delivered yet */
	struct mm_struct *mm;	  /* mm_count is held: it may be without users */
	unsigned int flags;	  /* of the call: UFFD_USER_MODE_ONLY, O_CLOEXEC, O_NONBLOCK */
	unsigned int features;	  /* UFFD_FEATURE_, as agreed; 0: no handshake yet */
	bool released;		  /* the file is closed */
	int mmap_changing;	  /* events that the pager has not read: its view is out of date */
	struct list_head pending; /* of struct uffd_wait: faults that the pager has not read */
	struct list_head faults;  /* and those that it has */
	struct list_head events;  /* of struct uffd_event, being delivered */
	wait_queue_head_t fd_wait; /* who reads the file or polls it */
};

/* In userfaultfd_ctx.features: the handshake was done (Linux: 1 << 31). */
#define UFFD_FEATURE_INITIALIZED (1U << 31)

/* A task that waits for its page, on its stack. */
struct uffd_wait {
	struct list_head list; /* empty once it was woken */
	struct task_struct *task;
	struct uffd_msg msg;
};

/* What the pager is told. */
struct uffd_event {
	struct list_head list;	       /* of mm->uffd_events, then of ctx->events */
	struct userfaultfd_ctx *ctx;   /* referenced; counted in its mmap_changing */
	struct userfaultfd_ctx *child; /* UFFD_EVENT_FORK: that of the child, referenced */
	struct uffd_msg msg;
	struct task_struct *task; /* who waits until it is read */
	bool reading, done;	  /* the pager is about to read it; has read it */
};

/* ---- userfaultfd.c ---- */
/* A pager for mm, without references but the caller's. NULL: no memory. */
struct userfaultfd_ctx *userfaultfd_ctx_alloc(struct mm_struct *mm, unsigned int flags);
void userfaultfd_ctx_get(struct userfaultfd_ctx *ctx);
/* Drop a reference; the last one frees it. */
void userfaultfd_ctx_put(struct userfaultfd_ctx *ctx);
/* A fault in a VMA that is watched. 0: it is not for the pager, and is handled as any other; else
   what handle_userfault() returns. mmap_sem r. */
vm_fault_t userfaultfd_fault(struct vm_fault *vmf, unsigned long address);
/*
 * Wait for the pager of vmf->vma; reason: one of VM_UFFD_FLAGS. The caller has just seen that the
 * page is missing (or is only in the page cache, or write-protected), and has not slept since.
 * - VM_FAULT_RETRY: mmap_sem was released; start again.
 * - VM_FAULT_NOPAGE: the pager is about to let go of the VMA; start again with mmap_sem as it is.
 * - VM_FAULT_SIGBUS: the pager wants no such faults, or the caller cannot start again.
 * mmap_sem r.
 */
vm_fault_t handle_userfault(struct vm_fault *vmf, unsigned long reason);
/* Wake the tasks that wait for a page of [start, start + len), or all if len is 0. */
void wake_userfault(struct userfaultfd_ctx *ctx, u64 start, u64 len);
/* Is something to be read? */
static inline bool userfaultfd_readable(const struct userfaultfd_ctx *ctx)
{
	return !list_empty(&ctx->pending) || !list_empty(&ctx->events);
}
static inline bool userfaultfd_missing(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_UFFD_MISSING;
}
static inline bool userfaultfd_minor(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_UFFD_MINOR;
}
static inline bool userfaultfd_wp(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_UFFD_WP;
}

/* ---- userfaultfd_register.c ---- */
/* Watch all VMAs of [start, end), for the faults that vm_flags names (VM_UFFD_FLAGS). *basic
   becomes whether some consist of huge pages. 0; -EINVAL: there are none, or some cannot be watched
   so; -EPERM: one can never be written; -EBUSY: another pager has one; -ENOMEM: mm has no users, or
   no memory, with part of them changed. Takes mmap_sem. */
int userfaultfd_register(struct userfaultfd_ctx *ctx, unsigned long start, unsigned long end,
			 unsigned long vm_flags, bool *basic);
/* No longer watch the VMAs of [start, end), and wake who waits there. 0 or -errno as above. */
int userfaultfd_unregister(struct userfaultfd_ctx *ctx, unsigned long start, unsigned long end);
/* The pager's file is closed: no longer watch anything. Takes mmap_sem. */
void userfaultfd_unregister_all(struct userfaultfd_ctx *ctx);

/* ---- userfaultfd_fill.c ---- */
/* Fill missing pages of ctx->mm: [dst, dst + len), within one VMA that is watched. Copied from src
   in current's memory, or zeros. Returns the bytes filled, or if there are none: -EAGAIN (an event
   is to be read first); -ENOENT: no such VMA; -EINVAL: it cannot be filled so; -EEXIST: the page is
   there; -EFAULT: bad src, or beyond the end of the file; -ENOMEM. Takes mmap_sem. */
ssize_t mcopy_atomic(struct userfaultfd_ctx *ctx, unsigned long dst, unsigned long src,
		     unsigned long len, u64 mode);
ssize_t mfill_zeropage(struct userfaultfd_ctx *ctx, unsigned long dst, unsigned long len);
/* The same with the pages that the file of the VMA has: -EFAULT if it has none there. */
ssize_t mcontinue_atomic(struct userfaultfd_ctx *ctx, unsigned long dst, unsigned long len);

/* ---- userfaultfd_wp.c ---- */
/* Write-protect the pages of [start, end) of the VMA for its pager, or no longer. An entry that may
   be written again is still read-only: the next write faults. mmap_sem r; lets others run. */
void uffd_wp_range(struct vm_area_struct *vma, unsigned long start, unsigned long end,
		   bool protect);
/* The same for [start, start + len) of ctx->mm. 0; -EAGAIN (an event is to be read first); -ENOENT:
   it is not within one VMA that is watched for writes. Takes mmap_sem. */
int mwriteprotect_range(struct userfaultfd_ctx *ctx, unsigned long start, unsigned long len,
			bool protect);

/* ---- userfaultfd_events.c ---- */
/* fork: let the child's VMA, a copy, be watched if the pager wants to know of forks; else no
   longer. 0 or -ENOMEM. The parent's mmap_sem w. */
int dup_userfaultfd(struct vm_area_struct *vma, struct mm_struct *oldmm);
/* munmap: remember to tell the pager of vma that [start, end) goes, if it wants to know. 0 or
   -ENOMEM. mmap_sem w. */
int userfaultfd_unmap_prep(struct vm_area_struct *vma, unsigned long start, unsigned long end);
/* mremap: make the event of a move of vma. *event is NULL if its pager does not want to know. 0 or
   -ENOMEM. mmap_sem w. */
int mremap_userfaultfd_prep(struct vm_area_struct *vma, struct uffd_event **event);
/* The pages of [from, from + len) are at `to` now, in `new`. Without an event, `new` is no longer
   watched. The event is delivered after that in the list behind `after`. mmap_sem w. */
void mremap_userfaultfd_moved(struct vm_area_struct *new, struct uffd_event *event,
			      struct list_head *after, unsigned long from, unsigned long to,
			      unsigned long len);
/* Forget the event of a move that failed; NULL is allowed. */
void mremap_userfaultfd_fail(struct uffd_event *event);
/* madvise: tell the pager of vma that the pages of [start, end) go, and wait until it has read
   that. True: mmap_sem was released for this. False: it was not, as the pager does not want to
   know. mmap_sem r. */
bool userfaultfd_remove(struct vm_area_struct *vma, unsigned long start, unsigned long end);
/* Forget the events that mm has collected: what failed, or what no pager is told. mmap_sem w. */
void userfaultfd_forget_events(struct mm_struct *mm);
/* Tell the pagers of the events, which were taken from mm->uffd_events: sleeps until they have read
   them. Frees them. Without mmap_sem. */
void userfaultfd_deliver(struct list_head *events);
/* Release mmap_sem, held for writing, and tell the pagers what happened meanwhile. */
void mmap_write_unlock_notify(struct mm_struct *mm);
/* The pager has read the event, or (done == false) could not. Wakes who waits for that. */
void userfaultfd_event_read(struct uffd_event *event, bool done);

#endif
