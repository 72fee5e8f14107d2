/*
 * Segment selectors. The numbers are Linux's on i386, since programs see them: in signal frames, by
 * `mov %cs`, and in the entry number that set_thread_area hands out. Also read by nasm
 * (kernel/x86/asm.inc repeats what it needs).
 */
#ifndef KERNEL_X86_SEGMENT_H
#define KERNEL_X86_SEGMENT_H

#define GDT_ENTRIES		  32
#define GDT_ENTRY_TLS_MIN	  6
#define GDT_ENTRY_TLS_ENTRIES	  3
#define GDT_ENTRY_TLS_MAX	  (GDT_ENTRY_TLS_MIN + GDT_ENTRY_TLS_ENTRIES - 1)
#define GDT_ENTRY_KERNEL_CS	  12
#define GDT_ENTRY_KERNEL_DS	  13
#define GDT_ENTRY_DEFAULT_USER_CS 14
#define GDT_ENTRY_DEFAULT_USER_DS 15
#define GDT_ENTRY_TSS		  16
#define GDT_ENTRY_DOUBLEFAULT_TSS 31

#define SEGMENT_RPL_MASK 0x3
#define USER_RPL	 0x3
#define __KERNEL_CS	 (GDT_ENTRY_KERNEL_CS * 8)
#define __KERNEL_DS	 (GDT_ENTRY_KERNEL_DS * 8)
#define __USER_CS	 (GDT_ENTRY_DEFAULT_USER_CS * 8 + USER_RPL)
#define __USER_DS	 (GDT_ENTRY_DEFAULT_USER_DS * 8 + USER_RPL)
_Static_assert(__KERNEL_CS == 0x60 && __USER_CS == 0x73 && __USER_DS == 0x7b, "Linux's selectors");

#endif
