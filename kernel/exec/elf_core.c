/*
 * The core file: an ELF file of notes (registers, names, mappings) and, for each mapping, a PT_LOAD
 * with the dumped part of it. Order and contents are Linux's, which debuggers expect.
 *
 *	ELF header, program headers
 *	notes			of the process, after the registers of the thread that died;
 *				then those of the other threads
 *	(up to a page boundary)
 *	memory			mapping by mapping; pages that are not there are holes
 */
#include "kernel/abi/elfcore.h"
#include "kernel/exec/coredump.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "kernel/signal/coredump.h"
#include "kernel/signal/signal.h"
#include "kernel/x86/task/regset.h"
#include "kernel/x86/thread.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include "mm/mm_types.h"
#include "mm/phys/slab.h"
#include "mm/phys/vmalloc.h"
#include <linux/auxvec.h>
#include <linux/elf.h>

#define CORE_PAGE     4096
#define NOTE_ALIGN    4
#define OVERFLOW_ID   65534
#define FILE_NOTE_MAX (4U << 20) /* bytes of NT_FILE */

/* ---- notes ---- */

/* Passes over the notes twice: to compute their length (cprm NULL), and to write them. */
struct note_writer {
	struct coredump_params *cprm;
	u32 size;
	bool ok;
	/* Prepared before, since they may change or need memory. */
	struct elf_prpsinfo psinfo;
	void *files; /* NT_FILE, or NULL */
	u32 files_size;
};

static void write_note(struct note_writer *w, const char *name, u32 type, const void *data,
		       u32 size)
{
	struct elf32_note note = {.n_namesz = strlen(name) + 1, .n_descsz = size, .n_type = type};
	struct coredump_params *cprm = w->cprm;

	w->size += sizeof(note) + ALIGN(note.n_namesz, NOTE_ALIGN) + ALIGN(size, NOTE_ALIGN);
	if (!cprm || !w->ok)
		return;
	w->ok = dump_emit(cprm, &note, sizeof(note)) && dump_emit(cprm, name, note.n_namesz);
	dump_align(cprm, NOTE_ALIGN);
	w->ok = w->ok && dump_emit(cprm, data, size);
	dump_align(cprm, NOTE_ALIGN);
}

static struct elf_timeval elf_time(u64 ns)
{
	struct timespec64 t = ns_to_timespec64(ns);

	return (struct elf_timeval){t.tv_sec, t.tv_nsec / NSEC_PER_USEC};
}

static void note_prstatus(struct note_writer *w, struct task_struct *p, int sig)
{
	struct task_usage used = {.utime_ns = p->utime_ns, .stime_ns = p->stime_ns};
	struct elf_prstatus status = {
		.pr_info.si_signo = sig,
		.pr_cursig = sig,
		.pr_sigpend = p->pending.signal.sig[0],
		.pr_sighold = p->blocked.sig[0],
		.pr_pid = p->pid,
		.pr_ppid = p->real_parent->tgid,
		.pr_pgrp = p->signal->pgrp,
		.pr_sid = p->signal->session,
		.pr_cutime = elf_time(p->signal->cutime_ns),
		.pr_cstime = elf_time(p->signal->cstime_ns),
		.pr_fpvalid = 1,
	};

	if (thread_group_leader(p)) /* for the process */
		thread_group_usage(p, &used);
	status.pr_utime = elf_time(used.utime_ns);
	status.pr_stime = elf_time(used.stime_ns);
	regset_get_general(p, status.pr_reg);
	write_note(w, "CORE", NT_PRSTATUS, &status, sizeof(status));
}

/* All other registers. */
static void note_registers(struct note_writer *w, struct task_struct *p)
{
	struct user_desc tls[GDT_ENTRY_TLS_ENTRIES];
	struct user_i387 fp;

	regset_get_fp(p, &fp);
	write_note(w, "CORE", NT_PRFPREG, &fp, sizeof(fp));
	write_note(w, "LINUX", NT_PRXFPREG, regset_get_xfp(p), sizeof(struct fxregs_state));
	if (regset_get_tls(p, tls))
		write_note(w, "LINUX", NT_386_TLS, tls, sizeof(tls));
}

static void note_auxv(struct note_writer *w)
{
	const unsigned long *auxv = current->mm->saved_auxv;
	unsigned int n = 0;

	do {
		n += 2;
	} while (auxv[n - 2] != AT_NULL);
	write_note(w, "CORE", NT_AUXV, auxv, n * sizeof(*auxv));
}

static void write_notes(struct note_writer *w, const siginfo_t *info)
{
	struct core_thread *other = current->signal->core_state->dumper.next;

	note_prstatus(w, current, info->si_signo);
	write_note(w, "CORE", NT_PRPSINFO, &w->psinfo, sizeof(w->psinfo));
	write_note(w, "CORE", NT_SIGINFO, info, sizeof(*info));
	note_auxv(w);
	if (w->files)
		write_note(w, "CORE", NT_FILE, w->files, w->files_size);
	note_registers(w, current);
	for (; other; other = other->next) {
		note_prstatus(w, other->task, info->si_signo);
		note_registers(w, other->task);
	}
}

/* ---- notes that are made before ---- */

/* The arguments, separated by spaces, as far as there is room. */
static void fill_psargs(char *args)
{
	const struct mm_struct *mm = current->mm;
	unsigned long len = min(mm->arg_end - mm->arg_start, (unsigned long)ELF_PRARGSZ - 1);

	if (copy_from_user(args, (const void __user *)mm->arg_start, len))
		len = 0;
	for (unsigned long i = 0; i < len; i++)
		if (!args[i])
			args[i] = ' ';
	args[len] = '\0';
}

static u16 id16(u32 id)
{
	return id > 0xffff ? OVERFLOW_ID : id;
}

static void fill_psinfo(struct elf_prpsinfo *psinfo)
{
	static const char names[] = "RSDTZW";
	const struct task_struct *p = current->group_leader;
	unsigned int state = p->state ? (unsigned int)__builtin_ctz(p->state) + 1 : 0;

	*psinfo = (struct elf_prpsinfo){
		.pr_state = state,
		.pr_sname = state < sizeof(names) - 1 ? names[state] : '.',
		.pr_nice = p->nice,
		.pr_flag = p->flags,
		.pr_uid = id16(current->cred.uid),
		.pr_gid = id16(current->cred.gid),
		.pr_pid = p->tgid,
		.pr_ppid = p->real_parent->tgid,
		.pr_pgrp = p->signal->pgrp,
		.pr_sid = p->signal->session,
	};
	memcpy(psinfo->pr_fname, p->comm, sizeof(psinfo->pr_fname));
	fill_psargs(psinfo->pr_psargs);
}

/* The words at the beginning of NT_FILE: how many mappings, the unit of offsets, and then three for
   each mapping. Their files' names follow. */
#define FILE_NOTE_HEAD	2
#define FILE_NOTE_ENTRY 3

/* Fill `note` of `size` bytes with the mappings of files. The length, or 0 if it does not fit. */
static u32 fill_files_note(const struct coredump_params *cprm, u32 *note, u32 size)
{
	char *start = (char *)(note + FILE_NOTE_HEAD + FILE_NOTE_ENTRY * cprm->vma_count);
	char *name = start, *end = (char *)note + size;
	u32 *entry = note + FILE_NOTE_HEAD;

	for (int i = 0; i < cprm->vma_count; i++) {
		const struct core_vma *m = &cprm->vmas[i];
		const char *path;
		size_t len;

		if (!m->file)
			continue;
		path = d_path(&m->file->f_path, name, end - name);
		if (IS_ERR(path))
			return 0;
		len = strlen(path) + 1;
		memmove(name, path, len);
		name += len;
		*entry++ = m->start;
		*entry++ = m->end;
		*entry++ = m->pgoff;
		cond_resched();
	}
	note[0] = (entry - note - FILE_NOTE_HEAD) / FILE_NOTE_ENTRY;
	note[1] = CORE_PAGE;
	memmove(entry, start, name - start); /* those without a file left a gap */
	return (char *)entry + (name - start) - (char *)note;
}

/* NT_FILE; it is left out if there is no memory for it or if it would be very long. */
static void make_files_note(struct note_writer *w, const struct coredump_params *cprm)
{
	const u32 guess = 64; /* bytes for a name; the buffer grows if that is not enough */
	u32 words = FILE_NOTE_HEAD + FILE_NOTE_ENTRY * cprm->vma_count;
	u32 size = ALIGN(words * sizeof(u32) + cprm->vma_count * guess, CORE_PAGE);

	for (; size < FILE_NOTE_MAX; size += size / 4) {
		w->files = kvmalloc(size);
		if (!w->files)
			return;
		w->files_size = fill_files_note(cprm, w->files, size);
		if (w->files_size)
			return;
		kvfree(w->files);
		w->files = NULL;
	}
}

/* ---- the file ---- */

static bool emit_ehdr(struct coredump_params *cprm, unsigned int nr_phdr, u32 shoff)
{
	Elf32_Ehdr ehdr = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB,
			    EV_CURRENT},
		.e_type = ET_CORE,
		.e_machine = EM_386,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(ehdr),
		.e_ehsize = sizeof(ehdr),
		.e_phentsize = sizeof(Elf32_Phdr),
		.e_phnum = min(nr_phdr, (unsigned int)PN_XNUM),
	};

	if (nr_phdr >= PN_XNUM) { /* the number stands in a section header */
		ehdr.e_shoff = shoff;
		ehdr.e_shentsize = sizeof(Elf32_Shdr);
		ehdr.e_shnum = 1;
	}
	return dump_emit(cprm, &ehdr, sizeof(ehdr));
}

static bool emit_load_phdrs(struct coredump_params *cprm, u32 offset)
{
	for (int i = 0; i < cprm->vma_count; i++) {
		const struct core_vma *m = &cprm->vmas[i];
		Elf32_Phdr phdr = {
			.p_type = PT_LOAD,
			.p_offset = offset,
			.p_vaddr = m->start,
			.p_filesz = m->dump_size,
			.p_memsz = m->end - m->start,
			.p_flags = (m->flags & VM_READ ? PF_R : 0) |
				   (m->flags & VM_WRITE ? PF_W : 0) |
				   (m->flags & VM_EXEC ? PF_X : 0),
			.p_align = CORE_PAGE,
		};

		if (!dump_emit(cprm, &phdr, sizeof(phdr)))
			return false;
		offset += m->dump_size;
		cond_resched();
	}
	return true;
}

static bool emit_headers(struct coredump_params *cprm, u32 notes_size, u32 data, u32 end)
{
	unsigned int nr_phdr = cprm->vma_count + 1;
	Elf32_Phdr notes = {.p_type = PT_NOTE,
			    .p_offset = sizeof(Elf32_Ehdr) + nr_phdr * sizeof(Elf32_Phdr),
			    .p_filesz = notes_size};

	return emit_ehdr(cprm, nr_phdr, end) && dump_emit(cprm, &notes, sizeof(notes)) &&
	       emit_load_phdrs(cprm, data);
}

static bool emit_memory(struct coredump_params *cprm)
{
	for (int i = 0; i < cprm->vma_count; i++)
		if (!dump_user_range(cprm, cprm->vmas[i].start, cprm->vmas[i].dump_size))
			return false;
	return true;
}

static void emit_section_header(struct coredump_params *cprm)
{
	unsigned int nr_phdr = cprm->vma_count + 1;
	Elf32_Shdr shdr = {.sh_type = SHT_NULL, .sh_size = 1, .sh_info = nr_phdr};

	if (nr_phdr >= PN_XNUM)
		dump_emit(cprm, &shdr, sizeof(shdr));
}

bool elf_core_dump(struct coredump_params *cprm)
{
	struct note_writer w = {.ok = true};
	u32 data = sizeof(Elf32_Ehdr) + (cprm->vma_count + 1) * sizeof(Elf32_Phdr), end;

	fill_psinfo(&w.psinfo);
	make_files_note(&w, cprm);
	write_notes(&w, cprm->siginfo); /* only counts */
	end = data = ALIGN(data + w.size, CORE_PAGE);
	for (int i = 0; i < cprm->vma_count; i++)
		end += cprm->vmas[i].dump_size;
	if (emit_headers(cprm, w.size, data, end)) {
		w.cprm = cprm;
		write_notes(&w, cprm->siginfo);
		dump_skip_to(cprm, data);
		if (w.ok && emit_memory(cprm))
			emit_section_header(cprm);
	}
	kvfree(w.files);
	return true;
}
