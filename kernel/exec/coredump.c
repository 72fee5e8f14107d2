/*
 * Core dumps: a process that dies of certain signals leaves its memory and registers in a file
 * (core(5)). Making the file; see coredump.h for the rest.
 */
#include "kernel/exec/coredump.h"
#include "kernel/core/printk.h"
#include "kernel/fs/fs.h"
#include "kernel/fs/namei.h"
#include "kernel/signal/coredump.h"
#include "kernel/signal/signal.h"
#include "libc/include/string.h"
#include "mm/phys/highmem.h"
#include "mm/fault.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>

#define CORE_MODE  0600
#define MIN_CORE   PAGE_SIZE /* a smaller RLIMIT_CORE means none */
#define CORE_FLAGS (O_CREAT | O_WRONLY | O_NOFOLLOW | O_LARGEFILE | O_EXCL)

/* ---- writing ---- */

/* Write bytes at cprm->pos. */
static bool emit_here(struct coredump_params *cprm, const void *data, size_t len)
{
	if (cprm->written + len > cprm->limit || fatal_signal_pending(current))
		return false;
	if (kernel_write(cprm->file, data, len, &cprm->pos) != (ssize_t)len)
		return false;
	cprm->written += len;
	return true;
}

bool dump_emit(struct coredump_params *cprm, const void *data, size_t len)
{
	cprm->pos += cprm->to_skip;
	cprm->to_skip = 0;
	return emit_here(cprm, data, len);
}

void dump_align(struct coredump_params *cprm, unsigned int align)
{
	unsigned int over = (cprm->pos + cprm->to_skip) & (align - 1);

	if (over)
		cprm->to_skip += align - over;
}

void dump_skip_to(struct coredump_params *cprm, loff_t pos)
{
	cprm->to_skip = pos - cprm->pos;
}

bool dump_user_range(struct coredump_params *cprm, unsigned long start, unsigned long len)
{
	unsigned long addr;

	for (addr = start; addr < start + len; addr += PAGE_SIZE) {
		struct page *page = get_dump_page(addr);
		bool ok;
		char *kaddr;

		cond_resched();
		if (!page) {
			cprm->to_skip += PAGE_SIZE;
			continue;
		}
		kaddr = kmap_local_page(page);
		ok = dump_emit(cprm, kaddr, PAGE_SIZE);
		kunmap_local(kaddr);
		put_page(page);
		if (!ok)
			return false;
	}
	return true;
}

/* ---- the file ---- */

/* With root's rights, the file is looked up as if nobody had changed the root directory. */
static struct file *open_as_root(const char *name)
{
	struct fs_struct *own = current->fs;
	struct file *f;

	current->fs = &init_fs;
	f = filp_open(name, CORE_FLAGS, CORE_MODE);
	current->fs = own;
	return f;
}

/* No other process has it open or can read it, and it is the file that was just created. */
static bool core_file_ok(const struct file *f)
{
	const struct inode *inode = f->f_inode;

	if (inode->i_nlink > 1 || d_unhashed(f->f_path.dentry) || !S_ISREG(inode->i_mode))
		return false;
	if (inode->i_uid != current->cred.fsuid) {
		pr_info("Core dump to %s aborted: cannot preserve file owner\n",
			f->f_path.dentry->d_name.name);
		return false;
	}
	if ((inode->i_mode & 0677) != CORE_MODE) {
		pr_info("Core dump to %s aborted: cannot preserve file permissions\n",
			f->f_path.dentry->d_name.name);
		return false;
	}
	return true;
}

/* Create the file, open for writing; NULL if there is to be no dump. */
static struct file *open_core_file(const struct coredump_params *cprm, const char *name)
{
	bool as_root = cprm->dumpable == SUID_DUMP_ROOT;
	struct file *f;

	if (cprm->limit < MIN_CORE)
		return NULL;
	if (as_root && *name != '/') {
		pr_warn("Pid %d(%s) can only dump core to fully qualified path!\n", current->tgid,
			current->comm);
		pr_warn("Skipping core dump\n");
		return NULL;
	}
	if (!as_root)
		kern_unlink(name);
	f = as_root ? open_as_root(name) : filp_open(name, CORE_FLAGS, CORE_MODE);
	if (IS_ERR(f))
		return NULL;
	if (core_file_ok(f))
		return f;
	fput(f);
	return NULL;
}

/* Write the open file. True if it holds a dump, even a truncated one. */
static bool fill_core_file(struct coredump_params *cprm)
{
	bool dumped = false;

	if (fatal_signal_pending(current))
		return false;
	if (!dump_vma_snapshot(cprm)) {
		dumped = elf_core_dump(cprm);
		/* A hole at the end: the file must be as long as its headers say. */
		if (cprm->to_skip) {
			cprm->to_skip--;
			dump_emit(cprm, "", 1);
		}
		free_vma_snapshot(cprm);
	}
	return dumped;
}

static bool write_core(struct coredump_params *cprm)
{
	bool is_pipe, dumped = false;
	char *name = format_corename(cprm, &is_pipe);

	if (IS_ERR(name))
		return false;
	if (is_pipe) {
		pr_info("Core dump to |%s: programs that take core dumps are not run\n", name);
	} else {
		cprm->file = open_core_file(cprm, name);
		if (cprm->file) {
			dumped = fill_core_file(cprm);
			fput(cprm->file);
		}
	}
	kfree(name);
	return dumped;
}

void do_coredump(const siginfo_t *info)
{
	struct coredump_params cprm = {
		.siginfo = info,
		.limit = rlimit(RLIMIT_CORE),
		.mm_flags = current->mm->flags,
		.dumpable = get_dumpable(current->mm),
	};
	uid_t fsuid = current->cred.fsuid;
	struct core_state state;
	bool dumped;

	if (cprm.dumpable == SUID_DUMP_DISABLE || coredump_wait(&state, info->si_signo))
		return;
	if (cprm.dumpable == SUID_DUMP_ROOT) /* the user must not read what the program could */
		current->cred.fsuid = 0;
	dumped = write_core(&cprm);
	current->cred.fsuid = fsuid;
	coredump_finish(dumped);
}
