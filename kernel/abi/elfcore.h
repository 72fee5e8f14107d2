/*
 * What stands in the notes of a core file. The UAPI headers lack it: the structures are those of
 * Linux's include/linux/elfcore.h and arch/x86/include/asm/elf.h for i386.
 */
#ifndef KERNEL_ABI_ELFCORE_H
#define KERNEL_ABI_ELFCORE_H

#include "kernel/abi/types.h"

#define ELF_NGREG    17 /* ebx ecx edx esi edi ebp eax ds es fs gs orig_eax eip cs eflags esp ss */
#define ELF_PRARGSZ  80
#define ELF_FNAME_SZ 16

struct elf_siginfo {
	s32 si_signo, si_code, si_errno;
};

struct elf_timeval {
	s32 tv_sec, tv_usec;
};

/* NT_PRSTATUS: one for each thread. */
struct elf_prstatus {
	struct elf_siginfo pr_info;
	s16 pr_cursig;
	u32 pr_sigpend, pr_sighold;
	s32 pr_pid, pr_ppid, pr_pgrp, pr_sid;
	struct elf_timeval pr_utime, pr_stime, pr_cutime, pr_cstime;
	u32 pr_reg[ELF_NGREG];
	s32 pr_fpvalid;
};

/* NT_PRPSINFO: the process. */
struct elf_prpsinfo {
	char pr_state, pr_sname, pr_zomb, pr_nice;
	u32 pr_flag;
	u16 pr_uid, pr_gid;
	s32 pr_pid, pr_ppid, pr_pgrp, pr_sid;
	char pr_fname[ELF_FNAME_SZ];
	char pr_psargs[ELF_PRARGSZ];
};

_Static_assert(sizeof(struct elf_prstatus) == 144, "elf_prstatus");
_Static_assert(__builtin_offsetof(struct elf_prstatus, pr_reg) == 72, "elf_prstatus.pr_reg");
_Static_assert(sizeof(struct elf_prpsinfo) == 124, "elf_prpsinfo");
_Static_assert(__builtin_offsetof(struct elf_prpsinfo, pr_fname) == 28, "elf_prpsinfo.pr_fname");

#endif
