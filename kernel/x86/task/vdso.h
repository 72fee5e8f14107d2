/*
 * The vdso: a small shared object in the kernel's image that is mapped into every program.
 */
#ifndef KERNEL_X86_VDSO_H
#define KERNEL_X86_VDSO_H

#include "kernel/abi/types.h"

#define VDSO_NR_PAGES 2
#define VVAR_NR_PAGES 4 /* room for clock data in front of it, as Linux has it; still empty */

struct page;
extern struct page *vdso_pages[VDSO_NR_PAGES + 1]; /* NULL-terminated */
/* Places in the image: add the address it is mapped at. */
extern unsigned long vdso_sym_vsyscall, vdso_sym_sigreturn, vdso_sym_rt_sigreturn;

/* Fill the above from the image. After mem_init. */
void vdso_init(void);

#endif
