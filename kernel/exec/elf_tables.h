/*
 * The initial stack of an ELF program: see elf_tables.c.
 */
#ifndef KERNEL_EXEC_ELF_TABLES_H
#define KERNEL_EXEC_ELF_TABLES_H

#include "kernel/exec/exec.h"
#include <linux/elf.h>

struct elf_start {
	struct linux_binprm *bprm; /* p: the strings so far; on return the initial stack pointer */
	const Elf32_Ehdr *ehdr;
	unsigned long phdr_addr, entry;
	unsigned long interp_base; /* 0 without interpreter */
};

/* Lay out argc, argv, envp and auxv below the strings, and record their addresses in current->mm. 0
   or -EFAULT. */
int create_elf_tables(struct elf_start *start);

#endif
