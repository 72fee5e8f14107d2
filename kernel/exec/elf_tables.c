/*
 * The initial stack of a program (System V ABI, i386 supplement, "Process Initialization"):
 *
 *	high   file name, environment strings, argument strings    (args.c)
 *	       platform string, 16 random bytes
 *	       auxiliary vector: pairs of a tag and a value, AT_NULL last
 *	       envp pointers, NULL
 *	       argv pointers, NULL
 *	esp -> argc
 */
#include "kernel/exec/elf_tables.h"
#include "kernel/abi/signal.h"
#include "kernel/core/random.h"
#include "kernel/lib/util.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/uaccess.h"
#include "kernel/x86/task/vdso.h"
#include "libc/include/string.h"
#include "mm/aslr.h"
#include "mm/layout.h"
#include "mm/mm_types.h"
#include <asm/auxvec.h>
#include <linux/auxvec.h>
#include <linux/errno.h>

#define USER_HZ	     100
#define RANDOM_BYTES 16
#define MAX_STRING   (PAGE_SIZE * 32)

/* The largest signal frame, computed as in Linux (arch/x86/kernel/signal.c), with room to align the
   frame to 16 and the FPU state to 64 bytes. */
#define AT_MINSIGSTKSZ_VALUE \
	ALIGN(sizeof(struct sigframe) + (16 - 1) + sizeof(struct _fpstate_32) + (64 - 1), 16)

static const char elf_platform[] = "i686";

/* Append a pair to saved_auxv; returns the next free place. */
static unsigned long *aux(unsigned long *p, unsigned long tag, unsigned long value)
{
	*p++ = tag;
	*p++ = value;
	return p;
}

/* Fill mm->saved_auxv. Returns its length in words, AT_NULL included. */
static int fill_auxv(const struct elf_start *s, unsigned long u_platform, unsigned long u_random)
{
	struct mm_struct *mm = current->mm;
	const struct cred *cred = &current->cred;
	unsigned long *p = mm->saved_auxv;

	memset(mm->saved_auxv, 0, sizeof(mm->saved_auxv));
	p = aux(p, AT_SYSINFO, mm->vdso + vdso_sym_vsyscall);
	p = aux(p, AT_SYSINFO_EHDR, mm->vdso);
	p = aux(p, AT_MINSIGSTKSZ, AT_MINSIGSTKSZ_VALUE);
	p = aux(p, AT_HWCAP, boot_cpu_data.features);
	p = aux(p, AT_PAGESZ, PAGE_SIZE);
	p = aux(p, AT_CLKTCK, USER_HZ);
	p = aux(p, AT_PHDR, s->phdr_addr);
	p = aux(p, AT_PHENT, sizeof(Elf32_Phdr));
	p = aux(p, AT_PHNUM, s->ehdr->e_phnum);
	p = aux(p, AT_BASE, s->interp_base);
	p = aux(p, AT_FLAGS, 0);
	p = aux(p, AT_ENTRY, s->entry);
	p = aux(p, AT_UID, cred->uid);
	p = aux(p, AT_EUID, cred->euid);
	p = aux(p, AT_GID, cred->gid);
	p = aux(p, AT_EGID, cred->egid);
	p = aux(p, AT_SECURE, s->bprm->secureexec);
	p = aux(p, AT_RANDOM, u_random);
	p = aux(p, AT_HWCAP2, 0);
	p = aux(p, AT_EXECFN, s->bprm->exec);
	p = aux(p, AT_PLATFORM, u_platform);
	p = aux(p, AT_NULL, 0);
	return p - mm->saved_auxv;
}

/* Put n pointers to the strings that begin at *string, and a NULL, at *sp; both move on. */
static int put_pointers(u32 __user **sp, unsigned long *string, int n)
{
	while (n-- > 0) {
		long len;

		if (put_user((u32)*string, (*sp)++))
			return -EFAULT;
		len = strnlen_user((const char __user *)*string, MAX_STRING);
		if (!len || len > (long)MAX_STRING)
			return -EINVAL;
		*string += len;
		cond_resched();
	}
	return put_user(0U, (*sp)++) ? -EFAULT : 0;
}

int create_elf_tables(struct elf_start *s)
{
	struct linux_binprm *bprm = s->bprm;
	struct mm_struct *mm = current->mm;
	unsigned char random[RANDOM_BYTES];
	unsigned long p = arch_align_stack(bprm->p), u_platform, u_random;
	int auxc, items, err;
	u32 __user *sp;

	u_platform = p -= sizeof(elf_platform);
	get_random_bytes(random, sizeof(random));
	u_random = p -= sizeof(random);
	if (copy_to_user((void __user *)u_platform, elf_platform, sizeof(elf_platform)) ||
	    copy_to_user((void __user *)u_random, random, sizeof(random)))
		return -EFAULT;

	auxc = fill_auxv(s, u_platform, u_random);
	items = 1 + (bprm->argc + 1) + (bprm->envc + 1);
	p = (p & ~3UL) - auxc * sizeof(u32);
	bprm->p = (p - items * sizeof(u32)) & ~15UL;
	sp = (u32 __user *)bprm->p;

	if (put_user((u32)bprm->argc, sp++))
		return -EFAULT;
	p = mm->arg_end = mm->arg_start;
	err = put_pointers(&sp, &p, bprm->argc);
	if (err)
		return err;
	mm->arg_end = mm->env_start = p;
	err = put_pointers(&sp, &p, bprm->envc);
	if (err)
		return err;
	mm->env_end = p;
	return copy_to_user(sp, mm->saved_auxv, auxc * sizeof(u32)) ? -EFAULT : 0;
}
