/*
 * The vdso: a small shared object in the kernel's image that is mapped into every program.
 */
#ifndef KERNEL_X86_TASK_VDSO_H
#define KERNEL_X86_TASK_VDSO_H

#include "kernel/abi/types.h"

#define VDSO_NR_PAGES 2
#define VVAR_NR_PAGES 4 /* for clock data below the vdso, as in Linux; still unused */

struct page;
extern struct page *vdso_pages[VDSO_NR_PAGES + 1]; /* NULL-terminated */
/* Offsets in the image: add the address at which it is mapped. */
extern unsigned long vdso_sym_vsyscall, vdso_sym_sigreturn, vdso_sym_rt_sigreturn;

/* Set the above from the image. Called after mem_init(). */
void vdso_init(void);

#endif
