/*
 * A core dump in progress: what is dumped, and how it is written.
 *
 * coredump.c stops the threads and opens the file, corename.c builds its name, coredump_vma.c
 * records which part of each mapping is dumped, and elf_core.c writes the ELF file.
 */
#ifndef KERNEL_EXEC_COREDUMP_H
#define KERNEL_EXEC_COREDUMP_H

#include "kernel/abi/signal.h"
#include "kernel/abi/types.h"

struct file;

/* One mapping as it was when the dump began. */
struct core_vma {
	unsigned long start, end, flags; /* VM_ */
	unsigned long dump_size;	 /* bytes from the start that are dumped */
	unsigned long pgoff;
	struct file *file; /* referenced, or NULL */
};

struct coredump_params {
	const siginfo_t *siginfo;
	struct file *file;
	unsigned long limit;	/* bytes that may be written: RLIMIT_CORE */
	unsigned long mm_flags; /* when the dump began */
	int dumpable;		/* SUID_DUMP_ */
	u64 written;		/* holes do not count */
	loff_t pos;		/* in the file */
	loff_t to_skip;		/* length of the hole before the next write */
	int vma_count;
	struct core_vma *vmas;
};

/* ---- coredump.c ---- */
/* Append bytes. False: no more can be written (the limit, the disk, SIGKILL).
 */
bool dump_emit(struct coredump_params *cprm, const void *data, size_t len);
/* Leave a hole: up to a multiple of align; up to a position in the file. */
void dump_align(struct coredump_params *cprm, unsigned int align);
void dump_skip_to(struct coredump_params *cprm, loff_t pos);
/* Write current's memory; pages that are not present become holes. Sleeps; takes mmap_sem. */
bool dump_user_range(struct coredump_params *cprm, unsigned long start, unsigned long len);

/* ---- corename.c ---- */
/* The file's name by core_pattern: kmalloc'ed, or ERR_PTR(-ENOMEM, -ENAMETOOLONG). *is_pipe: it is
   a command to which the dump should be piped. */
char *format_corename(const struct coredump_params *cprm, bool *is_pipe);

/* ---- coredump_vma.c ---- */
/* Fill in vmas; 0, -ENOMEM, -EINTR. free_vma_snapshot() frees them. */
int dump_vma_snapshot(struct coredump_params *cprm);
void free_vma_snapshot(struct coredump_params *cprm);

/* ---- elf_core.c ---- */
/* Write the file. True if there is one, even a truncated one. */
bool elf_core_dump(struct coredump_params *cprm);

#endif
