/*
 * execve: collecting the new program's strings, trying the loaders, and the switch from old to new.
 * See exec.h.
 */
#include "kernel/exec/exec.h"
#include "kernel/core/panic.h"
#include "kernel/exec/args.h"
#include "kernel/fs/fs.h"
#include "kernel/fs/namei.h"
#include "kernel/cred/cred.h"
#include "kernel/signal/signal.h"
#include "kernel/x86/ptrace.h"
#include "libc/include/string.h"
#include "mm/layout.h"
#include "mm/mm.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>
#include <linux/personality.h>

#define MAX_INTERPRETERS 5 /* the interpreter of a script may be a script, up to this depth */

/* ---- the point of no return ---- */

/* Is address randomisation enabled? */
static bool may_randomize(void)
{
	return !(current->personality & ADDR_NO_RANDOMIZE) && randomize_va_space;
}

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Set the credentials of the new program, and whether others may inspect it. */
static void set_new_rights(struct linux_binprm *bprm)
{
	const struct cred *old = &current->cred;
	bool same = old->euid == old->uid && old->egid == old->gid;

	if (bprm->secureexec) {
		current->pdeath_signal = 0;
		bprm->rlim_stack.rlim_cur = min(bprm->rlim_stack.rlim_cur, (unsigned long)_STK_LIM);
	}
	set_dumpable(current->mm, bprm->enforce_nondump || !same ? suid_dumpable : SUID_DUMP_USER);
	commit_creds(&bprm->cred);
}

int begin_new_exec(struct linux_binprm *bprm)
{
	int err;

	bprm->point_of_no_return = true; /* the other threads go first */
	err = de_thread();
	if (err)
		return err;
	bprm_creds_from_file(bprm);
	err = unshare_files();
	if (err)
		return err;
	would_dump(bprm, bprm->file);
	mm_set_exe_file(bprm->mm, bprm->file);
	mm_release(current);
	err = static_call(exec_mmap)(bprm->mm);
	if (err)
		return err;
	bprm->mm = current->exec_mm = NULL; /* current's now */
	flush_thread();
	current->flags &= ~(PF_RANDOMIZE | PF_FORKNOEXEC | PF_KTHREAD);
	current->personality &= ~bprm->per_clear;
	if (may_randomize())
		current->flags |= PF_RANDOMIZE;
	do_close_on_exec(current->files);
	current->did_exec = true;
	current->self_exec_id++;
	current->sas_ss_sp = current->sas_ss_size = 0;
	current->exit_signal = SIGCHLD;
	set_task_comm(current, last_component(bprm->filename));
	flush_signal_handlers(current);
	set_new_rights(bprm);
	return 0;
}

void setup_new_exec(struct linux_binprm *bprm)
{
	arch_pick_mmap_layout(current->mm, bprm->rlim_stack.rlim_cur);
	up_write(&current->signal->exec_update_lock);
}

/* ---- loading ---- */

/* Read the first bytes of the file, which tell its format. */
static int prepare_binprm(struct linux_binprm *bprm)
{
	loff_t pos = 0;
	ssize_t n;

	memset(bprm->buf, 0, BINPRM_BUF_SIZE);
	n = kernel_read(bprm->file, bprm->buf, BINPRM_BUF_SIZE, &pos);
	task_io_count(&current->ioac, false, n);
	return n < 0 ? n : 0;
}

static int search_binary_handler(struct linux_binprm *bprm, struct pt_regs *regs)
{
	int depth, err;

	for (depth = 0;; depth++) {
		bool again = false;

		if (depth > MAX_INTERPRETERS)
			return -ELOOP;
		err = prepare_binprm(bprm);
		if (err)
			return err;
		err = load_script(bprm, &again);
		if (err == -ENOEXEC)
			return load_elf_binary(bprm, regs);
		if (err || !again)
			return err;
	}
}

static void free_bprm(struct linux_binprm *bprm)
{
	current->exec_mm = NULL;
	if (bprm->mm)
		mmput(bprm->mm);
	if (bprm->file) {
		allow_write_access(bprm->file);
		fput(bprm->file);
	}
	kfree(bprm->interp_buf);
	kfree(bprm);
}

static struct linux_binprm *alloc_bprm(const char *filename)
{
	struct linux_binprm *bprm = kzalloc(sizeof(*bprm), GFP_KERNEL);
	int err;

	if (!bprm)
		return ERR_PTR(-ENOMEM);
	bprm->filename = bprm->interp = filename;
	bprm->randomize = may_randomize();
	err = bprm_mm_init(bprm);
	if (err) {
		free_bprm(bprm);
		return ERR_PTR(err);
	}
	return bprm;
}

/* The strings come first, so that errors in them are reported before errors in the file. */
static int load_program(struct linux_binprm *bprm, struct arg_vector argv, struct arg_vector envp,
			struct pt_regs *regs)
{
	int err = copy_all_strings(bprm, argv, envp);
	struct file *file;

	if (err)
		return err;
	file = open_exec(bprm->filename);
	if (IS_ERR(file))
		return PTR_ERR(file);
	bprm->file = file;
	return search_binary_handler(bprm, regs);
}

int do_execve(const char *filename, struct arg_vector argv, struct arg_vector envp,
	      struct pt_regs *regs)
{
	struct linux_binprm *bprm;
	int err;

	/* Check again the limit that setuid ignored; it may no longer be exceeded. */
	if ((current->flags & PF_NPROC_EXCEEDED) && nproc_exceeded(current->cred.user))
		return -EAGAIN;
	current->flags &= ~PF_NPROC_EXCEEDED;
	bprm = alloc_bprm(filename);
	if (IS_ERR(bprm))
		return PTR_ERR(bprm);
	err = load_program(bprm, argv, envp, regs);
	if (err && bprm->point_of_no_return && !fatal_signal_pending(current))
		force_sigsegv(SIGSEGV);
	free_bprm(bprm);
	return err;
}
DEFINE_STATIC_CALL(do_execve);

int kernel_execve(const char *filename, const char *const *argv, const char *const *envp)
{
	return static_call(do_execve)(filename, (struct arg_vector){.kernel = argv},
				      (struct arg_vector){.kernel = envp}, task_pt_regs(current));
}
