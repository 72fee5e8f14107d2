/*
 * The page fault, as far as it is the processor's business: which address, what kind of access,
 * whose address space. Making the page present is handle_mm_fault's (mm/memory.c).
 *
 *	user address, valid VMA			handle_mm_fault
 *	user address, no VMA or wrong access	user mode: SIGSEGV; uaccess: its fixup; else the end
 *	kernel address				user mode: SIGSEGV; else the end
 */
#include "kernel/core/panic.h"
#include "kernel/signal/signal.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/ptrace.h"
#include "kernel/x86/entry/trap_handlers.h"
#include "kernel/x86/entry/traps.h"
#include "kernel/x86/extable.h"
#include "kernel/x86/uaccess.h"
#include "mm/cache/page_writeback.h"
#include "mm/phys/gfp.h"
#include "mm/fault.h"
#include "mm/mm.h"
#include "mm/vma.h"
#include "mm/reclaim/memory_failure.h"
#include "mm/reclaim/oom.h"

static __cold void show_fault_oops(struct pt_regs *regs, unsigned long error_code,
				   unsigned long address)
{
	const char *access = error_code & X86_PF_INSTR	 ? "instruction fetch"
			     : error_code & X86_PF_WRITE ? "write access"
							 : "read access";

	if (error_code & X86_PF_INSTR && error_code & X86_PF_PROT)
		pr_emerg("kernel tried to execute NX-protected page - exploit attempt? (uid: %u)\n",
			 current->cred.uid);
	if (address < PAGE_SIZE)
		pr_emerg("BUG: Unable to handle kernel NULL pointer dereference at %08lx\n",
			 address);
	else
		pr_emerg("BUG: Unable to handle page fault at %08lx\n", address);
	pr_emerg("#PF: %s %s in %s mode\n", error_code & X86_PF_USER ? "user" : "supervisor",
		 access, user_mode(regs) ? "user" : "kernel");
	pr_emerg("#PF: error_code(0x%04lx) - %s\n", error_code,
		 error_code & X86_PF_RSVD   ? "reserved bit violation"
		 : error_code & X86_PF_PROT ? "permissions violation"
					    : "not-present page");
	dump_pagetable(address);
}

/* The kernel faulted. Continue at the fixup if there is one; otherwise panic. */
static void no_context(struct pt_regs *regs, unsigned long error_code, unsigned long address)
{
	if (fixup_exception(regs))
		return;
	exit_if_vm86(regs);
	local_irq_disable();
	show_fault_oops(regs, error_code, address);
	die("Oops", regs, error_code);
}

/* Set what the signal frame reports. For a kernel address, the program must not learn whether
   something is mapped there. */
static void set_signal_archinfo(unsigned long address, unsigned long error_code)
{
	if (address >= TASK_SIZE)
		error_code |= X86_PF_PROT;
	current->thread.trap_nr = X86_TRAP_PF;
	current->thread.error_code = error_code | X86_PF_USER;
	current->thread.cr2 = address;
}

static __cold void show_segv(struct pt_regs *regs, unsigned long error_code, unsigned long address)
{
	if (show_unhandled_signals && unhandled_signal(current, SIGSEGV) && printk_ratelimit())
		pr_info("%s[%d]: segfault at %lx ip %08lx sp %08lx error %lx\n", current->comm,
			current->pid, address, regs->ip, regs->sp, error_code);
}

static void bad_area_nosemaphore(struct pt_regs *regs, unsigned long error_code,
				 unsigned long address, int code)
{
	if (!user_mode(regs)) {
		no_context(regs, error_code, address);
		return;
	}
	local_irq_enable();
	show_segv(regs, address >= TASK_SIZE ? error_code | X86_PF_PROT : error_code, address);
	set_signal_archinfo(address, error_code);
	force_sig_fault(SIGSEGV, code, (void __user *)address);
}

static void bad_area(struct pt_regs *regs, unsigned long error_code, unsigned long address,
		     int code)
{
	up_read(&current->mm->mmap_sem);
	bad_area_nosemaphore(regs, error_code, address, code);
}

/*
 * The allocator waited for memory but got none: the process is dying, or the dying processes make
 * no progress. In user mode, the program repeats the access, or dies. The kernel, in a copy from or
 * to the page, also tries again. It gives up only where retrying cannot help, and never for init,
 * which might die of the error.
 */
static __cold void pagefault_out_of_memory(struct pt_regs *regs, unsigned long error_code,
					   unsigned long address)
{
	enum oom_advice advice = OOM_NOBODY;

	if (user_mode(regs) || search_exception_tables(regs->ip))
		advice = out_of_memory();
	if (user_mode(regs) || advice == OOM_TRY_AGAIN)
		return;
	if (advice == OOM_DYING || !(current->signal->flags & SIGNAL_UNKILLABLE))
		no_context(regs, error_code, address);
}

/* handle_mm_fault failed; mmap_sem is released. */
static __cold void mm_fault_error(struct pt_regs *regs, unsigned long error_code,
				  unsigned long address, vm_fault_t fault)
{
	if (fault & VM_FAULT_OOM) {
		pagefault_out_of_memory(regs, error_code, address);
	} else if (!user_mode(regs)) {
		no_context(regs, error_code, address);
	} else if (is_hwpoison_fault(fault)) {
		set_signal_archinfo(address, error_code);
		force_sig_mceerr((void __user *)address, fault);
	} else if (fault & VM_FAULT_SIGBUS) {
		set_signal_archinfo(address, error_code);
		force_sig_fault(SIGBUS, BUS_ADRERR, (void __user *)address);
	} else {
		bad_area_nosemaphore(regs, error_code, address, SEGV_MAPERR);
	}
}

/* The kind of access, as handle_mm_fault() wants it. */
static inline unsigned int fault_flags(unsigned long error_code)
{
	return FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_INTERRUPTIBLE |
	       (error_code & X86_PF_WRITE ? FAULT_FLAG_WRITE : 0) |
	       (error_code & X86_PF_USER ? FAULT_FLAG_USER : 0);
}

static inline bool access_error(unsigned long error_code, const struct vm_area_struct *vma)
{
	if (error_code & X86_PF_WRITE)
		return !(vma->vm_flags & VM_WRITE);
	/* A read that faults on a present page is not permitted. If the page is missing, any access
	   right will do. */
	return error_code & X86_PF_PROT || !(vma->vm_flags & VM_ACCESS_FLAGS);
}

/*
 * Lock the address space. The kernel may fault on a user address only at instructions in the
 * exception table. Anywhere else it may hold the lock itself, and waiting would deadlock.
 */
static inline bool lock_mm(struct mm_struct *mm, const struct pt_regs *regs)
{
	might_sleep();
	if (likely(down_read_trylock(&mm->mmap_sem)))
		return true;
	if (!user_mode(regs) && !search_exception_tables(regs->ip))
		return false;
	down_read(&mm->mmap_sem);
	return true;
}

static inline void do_user_addr_fault(struct pt_regs *regs, unsigned long error_code,
				      unsigned long address)
{
	struct mm_struct *mm = current->mm;
	unsigned int flags = fault_flags(error_code);
	struct vm_area_struct *vma;
	vm_fault_t fault;

	if (unlikely(!mm || in_interrupt() || faulthandler_disabled() ||
		     (error_code & X86_PF_RSVD))) {
		bad_area_nosemaphore(regs, error_code, address, SEGV_MAPERR);
		return;
	}
	if (likely(user_mode(regs))) {
		local_irq_enable();
	} else {
		exit_if_vm86(regs);
		if (regs->flags & X86_EFLAGS_IF)
			local_irq_enable();
	}
retry:
	if (unlikely(!lock_mm(mm, regs))) {
		bad_area_nosemaphore(regs, error_code, address, SEGV_MAPERR);
		return;
	}
	vma = find_vma(mm, address);
	if (unlikely(!vma ||
		     (vma->vm_start > address && (!(vma->vm_flags & VM_GROWSDOWN) ||
						  static_call(expand_stack)(vma, address))))) {
		bad_area(regs, error_code, address, SEGV_MAPERR);
		return;
	}
	if (unlikely(access_error(error_code, vma))) {
		bad_area(regs, error_code, address, SEGV_ACCERR);
		return;
	}
	fault = static_call(handle_mm_fault)(vma, address, flags);
	if (likely(!(fault & (VM_FAULT_RETRY | VM_FAULT_ERROR | VM_FAULT_DIRTIED)))) {
		up_read(&mm->mmap_sem);
		return;
	}
	if (unlikely(fault & VM_FAULT_RETRY)) { /* mmap_sem was released */
		flags |= FAULT_FLAG_TRIED;
		if (!fatal_signal_pending(current) && !(user_mode(regs) && signal_pending(current)))
			goto retry;
		if (!user_mode(regs))
			no_context(regs, error_code, address);
		return; /* to the signal: the program repeats the access after it */
	}
	up_read(&mm->mmap_sem);
	if (unlikely(fault & VM_FAULT_ERROR))
		mm_fault_error(regs, error_code, address, fault);
	else /* sleeps, now that the other threads can go on */
		balance_dirty_pages();
}

/* Interrupts are off, so that no other fault can overwrite CR2 before it is read. */
void do_page_fault(struct pt_regs *regs, long error_code)
{
	unsigned long address = read_cr2();

	if (likely(address < TASK_SIZE))
		do_user_addr_fault(regs, error_code, address);
	else
		bad_area_nosemaphore(regs, error_code, address, SEGV_MAPERR);
}
DEFINE_STATIC_CALL(do_page_fault);
