/*
 * execve: a new program in an old process.
 *
 * A linux_binprm holds the new program's data until the old program is given up: the file, its
 * first bytes, and a new address space that has only a stack so far, with the strings of argv and
 * envp. begin_new_exec() is the point of no return.
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
	char buf[BINPRM_BUF_SIZE];  /* filled up with zeros for a short file */
	struct file *file;	    /* referenced, writes denied */
	struct mm_struct *mm;	    /* NULL after begin_new_exec: current's */
	struct vm_area_struct *vma; /* the stack */
	unsigned long p;	    /* lowest string on it so far */
	unsigned long argmin;	    /* strings must not go below this: E2BIG */
	unsigned long exec;	    /* where the file name is on the stack */
	int argc, envc;
	const char *filename;	  /* as AT_EXECFN shows it */
	const char *interp;	  /* the program really loaded: differs for scripts */
	char *interp_buf;	  /* owned: interp of a script, or NULL */
	bool randomize;		  /* randomise the stack's address */
	struct rlimit rlim_stack; /* RLIMIT_STACK of the new program, as it was when exec began */
	/* Of the program as begin_new_exec found it: */
	struct cred cred;
	unsigned int per_clear; /* bits of the personality that it does not inherit */
	bool secureexec;	/* it has more privileges than the old one: AT_SECURE */
	bool enforce_nondump;	/* the user may not read the file, so must not see its memory */
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
DECLARE_STATIC_CALL(do_execve);
/* init: the first program of a kernel thread. argv and envp are NULL-terminated. */
int kernel_execve(const char *filename, const char *const *argv, const char *const *envp);

/* ---- for the loaders ---- */
/*
 * End the old program: other threads, address space, handlers, descriptors, credentials. -errno
 * only before the point of no return. On success current->signal->exec_update_lock is held for
 * writing, for setup_new_exec.
 */
int begin_new_exec(struct linux_binprm *bprm);
/* Called when the loader has set the personality: chooses the layout, and lets others inspect the
   process again. */
void setup_new_exec(struct linux_binprm *bprm);
/* Push one string of the kernel's. 0 or -E2BIG, -ENOMEM. */
int copy_string_kernel(const char *s, struct linux_binprm *bprm);
/* Remove argv[0], the lowest string. 0 or -EFAULT. */
int remove_arg_zero(struct linux_binprm *bprm);
/* Set the stack's protection and extend it by 128 KiB. 0 or -errno. */
int setup_arg_pages(struct linux_binprm *bprm, int executable_stack);
enum {
	EXSTACK_DEFAULT,
	EXSTACK_DISABLE_X,
	EXSTACK_ENABLE_X
};

/* creds.c: fill in bprm->cred and what goes with it, from bprm->file. The other threads are gone.
 */
void bprm_creds_from_file(struct linux_binprm *bprm);
/* creds.c: check a file of the program: if current may not read it, others must not inspect the
   process. */
void would_dump(struct linux_binprm *bprm, const struct file *file);

/* binfmt_elf.c, binfmt_script.c: 0, -ENOEXEC if the file is of another kind, -errno. The script
   loader puts another file into bprm and returns 0 with *again set. */
int load_elf_binary(struct linux_binprm *bprm, struct pt_regs *regs);
int load_script(struct linux_binprm *bprm, bool *again);

#endif
