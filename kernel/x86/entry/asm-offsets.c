/*
 * The numbers that assembly files and linker.ld share with C. This file is compiled, not linked:
 * make reads the numbers out of the compiler's output and writes asm-offsets.inc and
 * asm-offsets.ld.
 */
#include "kernel/sched/sched.h"
#include "kernel/x86/kbuild.h"
#include "kernel/x86/ptrace.h"
#include "mm/layout.h"

void asm_offsets(void)
{
	DEFINE(PAGE_OFFSET, PAGE_OFFSET);
	DEFINE(LOAD_PHYS, LOAD_PHYS);
	DEFINE(MAXMEM, MAXMEM);
	DEFINE(PAGE_SIZE, PAGE_SIZE);
	DEFINE(THREAD_SIZE, THREAD_SIZE);

	DEFINE(USER_DS, __USER_DS);
	DEFINE(SEGMENT_RPL, SEGMENT_RPL_MASK);

	OFFSET(PT_AX, struct pt_regs, ax);
	OFFSET(PT_GS, struct pt_regs, gs);
	OFFSET(PT_ORIG_AX, struct pt_regs, orig_ax);
	OFFSET(PT_CS, struct pt_regs, cs);

	OFFSET(TASK_WORK, struct task_struct, work);
	OFFSET(TASK_SP, struct task_struct, sp);
}
