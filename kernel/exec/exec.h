/*
 * execve: a new program in an old process.
 *
 * A linux_binprm collects what is known of the new program before the old one is given up: the
 * file, its first bytes, and a new address space in which so far only the stack exists, with the
 * strings of argv and envp on it. begin_new_exec is the point of no return.
 */
#ifndef KERNEL_EXEC_EXEC_H
#define KERNEL_EXEC_EXEC_H

#include "kernel/abi/types.h"
#include "kernel/sched/sched.h"

struct file;
struct mm_struct;
struct pt_regs;
struct vm_area_struct;

#define BINPRM_BUF_SIZE 256 /* the first bytes of the file, as Linux looks at them */

struct linux_binprm {
	char buf[BINPRM_BUF_SIZE];  /* zero behind the end of a short file */
	struct file *file;	    /* referenced, writes denied */
	struct mm_struct *mm;	    /* NULL after begin_new_exec: current's */
	struct vm_area_struct *vma; /* the stack */
	unsigned long p;	    /* lowest string on it so far */
	unsigned long argmin;	    /* strings must not reach below: E2BIG */
	unsigned long exec;	    /* where the file name is on the stack */
	int argc, envc;
	const char *filename;	  /* as AT_EXECFN shows it */
	const char *interp;	  /* the program really loaded: differs for scripts */
	char *interp_buf;	  /* owned: interp of a script, or NULL */
	bool randomize;		  /* the stack is at a random place */
	struct rlimit rlim_stack; /* RLIMIT_STACK of the new program, as it was when exec began */
	/* Of the program as begin_new_exec found it: */
	struct cred cred;
	unsigned int per_clear; /* bits of the personality that it does not inherit */
	bool secureexec;	/* it may more than its starter: AT_SECURE */
	bool enforce_nondump;	/* its starter may not read it, so must not see its memory */
	bool point_of_no_return;
};

/* Strings of a vector in user space, or (kernel != NULL) of the kernel's own. */
struct arg_vector {
	const u32 __user *user;
	const char *const *kernel;
};

/* execve(2) of `filename` (from user space by getname, or the kernel's own string). 0 with regs set
   to the new program's start, or -errno with the old program untouched; a failure after the point
   of no return kills. */
int do_execve(const char *filename, struct arg_vector argv, struct arg_vector envp,
	      struct pt_regs *regs);
/* init: the first program of a kernel thread. argv and envp are NULL-terminated. */
int kernel_execve(const char *filename, const char *const *argv, const char *const *envp);

/* ---- for the loaders ---- */
/* The old program ends here: other threads, address space, handlers, descriptors, credentials.
   -errno only before the point of no return. On success current->signal->exec_update_lock is held
   for writing, for setup_new_exec. */
int begin_new_exec(struct linux_binprm *bprm);
/* After the loader has set the personality: the layout is chosen, and others may look. */
void setup_new_exec(struct linux_binprm *bprm);
/* Push one string of the kernel's. 0 or -E2BIG, -ENOMEM. */
int copy_string_kernel(const char *s, struct linux_binprm *bprm);
/* Forget argv[0], which lies lowest. 0 or -EFAULT. */
int remove_arg_zero(struct linux_binprm *bprm);
/* The stack gets its protection and its first 128 KiB of room. 0 or -errno. */
int setup_arg_pages(struct linux_binprm *bprm, int executable_stack);
enum {
	EXSTACK_DEFAULT,
	EXSTACK_DISABLE_X,
	EXSTACK_ENABLE_X
};

/* creds.c: fill in bprm->cred and what goes with it, from bprm->file. The other threads are gone.
 */
void bprm_creds_from_file(struct linux_binprm *bprm);
/* creds.c: a file of the program: if current may not read it, nobody may look into the process. */
void would_dump(struct linux_binprm *bprm, const struct file *file);

/* binfmt_elf.c, binfmt_script.c: 0, -ENOEXEC if the file is of another kind, -errno. The script
   loader puts another file into bprm and answers 0 with *again set. */
int load_elf_binary(struct linux_binprm *bprm, struct pt_regs *regs);
int load_script(struct linux_binprm *bprm, bool *again);

#endif
