/*
 * What the trace records of address spaces. The functions that do the work do not know of it: their
 * callers call them by static_call(), and while somebody reads the trace, the functions here stand
 * in between. They look at the entries before and after.
 */
#include "mm/mm_trace.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/ptrace.h"
#include "mm/fault.h"
#include "mm/internal.h"
#include "mm/layout.h"
#include "mm/pagewalk.h"

/* What identifies an address space in the trace: the physical address of its page directory. */
static u32 mm_number(const struct mm_struct *mm)
{
	return __pa(mm->pgd);
}

/* ---- faults ---- */

/* What a fault finds, and what it leaves. */
struct fault_view {
	struct vm_area_struct *vma;
	unsigned long address;
	unsigned int flags; /* FAULT_FLAG_ */
	unsigned long vm_flags, vm_start;
	bool anonymous;
	pte_t before, after;
	vm_fault_t result;
};

static pte_t entry_at(struct mm_struct *mm, unsigned long address)
{
	pte_t *pte = lookup_pte(mm, address);

	return pte ? *pte : __pte(0);
}

static u32 frame_of(pte_t pte)
{
	return pte_present(pte) ? pte_pfn(pte) : TRACE_NONE;
}

/* TRACE_FOUND_ */
static enum trace_found what_entry_holds(pte_t pte)
{
	const struct page *page = vm_normal_page(pte);

	if (page)
		return PageAnon(page) ? TRACE_FOUND_ANON_PAGE : TRACE_FOUND_FILE_PAGE;
	if (pte_none(pte))
		return TRACE_FOUND_NOTHING;
	if (!pte_present(pte))
		return TRACE_FOUND_POISON;
	return pte_pfn(pte) == zero_pfn ? TRACE_FOUND_ZERO_PAGE : TRACE_FOUND_DEVICE;
}

/* What a fault did that found nothing in the entry. */
static enum trace_done how_filled(const struct fault_view *f)
{
	switch (what_entry_holds(f->after)) {
	case TRACE_FOUND_ZERO_PAGE:
		return TRACE_DONE_ZERO_PAGE;
	case TRACE_FOUND_ANON_PAGE:
		return f->anonymous ? TRACE_DONE_NEW_PAGE : TRACE_DONE_FILE_COPY;
	case TRACE_FOUND_FILE_PAGE:
		return pte_write(f->after) ? TRACE_DONE_FILE_SHARED : TRACE_DONE_FILE_PAGE;
	case TRACE_FOUND_DEVICE:
		return TRACE_DONE_DEVICE;
	default:
		return TRACE_DONE_NOTHING;
	}
}

/* What a fault did that found a page. */
static enum trace_done how_changed(const struct fault_view *f)
{
	if (!pte_present(f->after) || pte_same(f->before, f->after))
		return TRACE_DONE_NOTHING;
	if (pte_pfn(f->before) != pte_pfn(f->after))
		return pte_pfn(f->before) == zero_pfn ? TRACE_DONE_NEW_PAGE : TRACE_DONE_COPIED;
	if (pte_write(f->before) || !pte_write(f->after))
		return TRACE_DONE_ACCESSED;
	return f->vm_flags & VM_SHARED ? TRACE_DONE_WRITABLE : TRACE_DONE_REUSED;
}

static enum trace_done what_was_done(const struct fault_view *f)
{
	if (f->result & VM_FAULT_OOM)
		return TRACE_DONE_NO_MEMORY;
	if (f->result & VM_FAULT_ERROR)
		return TRACE_DONE_SIGNAL;
	return pte_present(f->before) ? how_changed(f) : how_filled(f);
}

/* Does the fault come from user mode? Then the registers on top of the kernel stack are those of an
   exception, and not of a system call. */
static bool from_user_mode(void)
{
	return current->mm && (long)task_pt_regs(current)->orig_ax < 0;
}

static u32 access_of(unsigned int flags)
{
	return (flags & FAULT_FLAG_WRITE ? TRACE_ACCESS_WRITE : 0) |
	       (flags & FAULT_FLAG_UNSHARE ? TRACE_ACCESS_UNSHARE : 0) |
	       (from_user_mode() ? TRACE_ACCESS_USER : 0);
}

static void write_fault(const struct fault_view *f, u32 insns)
{
	const u32 args[] = {
		f->address,	  access_of(f->flags), what_entry_holds(f->before),
		what_was_done(f), frame_of(f->before), frame_of(f->after),
		f->result,	  f->vm_flags,	       mm_number(f->vma->vm_mm),
		f->vm_start,
	};

	trace_write(TRACE_FAULT, insns, args, ARRAY_SIZE(args));
}

/* Stands before handle_mm_fault(). */
static vm_fault_t trace_mm_fault(struct vm_area_struct *vma, unsigned long address,
				 unsigned int flags)
{
	struct mm_struct *mm = vma->vm_mm;
	struct fault_view f = {
		.vma = vma,
		.address = address,
		.flags = flags,
		.vm_flags = vma->vm_flags,
		.vm_start = vma->vm_start,
		.anonymous = vma_is_anonymous(vma),
		.before = entry_at(mm, address),
	};
	u64 start = trace_cycles();
	u32 insns;

	f.result = handle_mm_fault(vma, address, flags);
	insns = trace_cycles() - start;
	if (!(f.result & VM_FAULT_RETRY)) { /* mmap_sem is still held */
		f.after = entry_at(mm, address);
		write_fault(&f, insns);
	}
	return f.result;
}

static void watch_faults(bool on)
{
	static_call_update(handle_mm_fault, on ? trace_mm_fault : handle_mm_fault);
}

/* ---- boot ---- */

static struct trace_switch switches[] = {
	{.events = TRACE_BIT(TRACE_FAULT), .set = watch_faults},
};

void mm_trace_init(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(switches); i++)
		trace_register_switch(&switches[i]);
}
