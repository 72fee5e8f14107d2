/*
 * Functions that only entry.asm calls.
 */
#ifndef KERNEL_X86_ENTRY_TRAP_HANDLERS_H
#define KERNEL_X86_ENTRY_TRAP_HANDLERS_H

#include "kernel/lib/static_call.h"

struct pt_regs;

#define TRAP_HANDLER(name) void do_##name(struct pt_regs *regs, long error_code)
TRAP_HANDLER(divide_error);
TRAP_HANDLER(debug);
TRAP_HANDLER(nmi);
TRAP_HANDLER(int3);
TRAP_HANDLER(overflow);
TRAP_HANDLER(bounds);
TRAP_HANDLER(invalid_op);
TRAP_HANDLER(device_not_available);
TRAP_HANDLER(coprocessor_segment_overrun);
TRAP_HANDLER(invalid_tss);
TRAP_HANDLER(segment_not_present);
TRAP_HANDLER(stack_segment);
TRAP_HANDLER(general_protection);
TRAP_HANDLER(spurious_interrupt_bug);
TRAP_HANDLER(coprocessor_error);
TRAP_HANDLER(alignment_check);
TRAP_HANDLER(machine_check);
TRAP_HANDLER(simd_error);
TRAP_HANDLER(page_fault);
DECLARE_STATIC_CALL(do_page_fault);
#undef TRAP_HANDLER

/* iret faulted on the registers of a program: SIGILL for current. Called with interrupts off. */
void iret_error(struct pt_regs *regs);
/* Reschedule, check the timers and deliver signals until current->work is empty. Interrupts are off
   at the call and at the return; it opens them in between and may sleep. */
void exit_to_user_mode_work(struct pt_regs *regs);

#endif
