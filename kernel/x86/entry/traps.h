/*
 * Exceptions: the vectors' numbers, and what the handlers share.
 */
#ifndef KERNEL_X86_ENTRY_TRAPS_H
#define KERNEL_X86_ENTRY_TRAPS_H

#include "kernel/abi/types.h"

struct pt_regs;

#define X86_TRAP_DE	  0
#define X86_TRAP_DB	  1
#define X86_TRAP_NMI	  2
#define X86_TRAP_BP	  3
#define X86_TRAP_OF	  4
#define X86_TRAP_BR	  5
#define X86_TRAP_UD	  6
#define X86_TRAP_NM	  7
#define X86_TRAP_DF	  8
#define X86_TRAP_OLD_MF	  9
#define X86_TRAP_TS	  10
#define X86_TRAP_NP	  11
#define X86_TRAP_SS	  12
#define X86_TRAP_GP	  13
#define X86_TRAP_PF	  14
#define X86_TRAP_SPURIOUS 15
#define X86_TRAP_MF	  16
#define X86_TRAP_AC	  17
#define X86_TRAP_MC	  18
#define X86_TRAP_XF	  19
#define X86_TRAP_IRET	  32

/* The page-fault error code. */
#define X86_PF_PROT  0x01 /* a page was there */
#define X86_PF_WRITE 0x02 /* a store */
#define X86_PF_USER  0x04 /* from user mode */
#define X86_PF_RSVD  0x08 /* a reserved bit was set in an entry */
#define X86_PF_INSTR 0x10 /* an instruction fetch (with NX only) */

/* Boot: fill the interrupt descriptor table and sort the exception table. */
void trap_init(void);
/* Kill the program if it was in virtual-8086 mode, in which its cs may look like the kernel's. On a
   real processor no program can enter that mode; QEMU's iret permits it. */
void exit_if_vm86(const struct pt_regs *regs);
/* A fault that the kernel cannot survive: registers, backtrace, panic. */
void die(const char *what, struct pt_regs *regs, long error_code) __noreturn;

#endif
