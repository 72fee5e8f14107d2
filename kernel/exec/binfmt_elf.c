/*
 * The ELF loader: maps the segments of a program (and of its interpreter, the dynamic linker), maps
 * bss, and builds the program's initial stack.
 *
 * Only the headers of the file are read: the segments are mapped, and page faults load each page at
 * its first access. The order of the steps is Linux's, because it decides the addresses.
 */
#include "kernel/exec/elf_tables.h"
#include "kernel/exec/elf_parse.h"
#include "kernel/exec/exec.h"
#include "kernel/fs/fs.h"
#include "kernel/fs/namei.h"
#include "kernel/lib/util.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/uaccess.h"
#include "kernel/x86/task/vdso.h"
#include "libc/include/string.h"
#include "mm/aslr.h"
#include "mm/layout.h"
#include "mm/mm.h"
#include "mm/vma.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/mman.h>
#include <linux/personality.h>

#define ELF_ET_DYN_BASE 0x00400000UL /* programs with an interpreter, away from the mappings */

/* One image: the program, or its interpreter. */
struct elf_image {
	struct file *file; /* borrowed from bprm, or owned (interpreter) */
	Elf32_Ehdr ehdr;
	Elf32_Phdr *phdr;
	unsigned long bias; /* load address minus link address */
	unsigned long map_addr;
	unsigned long bss, brk; /* end of the file's data, and of the memory */
	int bss_prot;
	unsigned long start_code, end_code, start_data, end_data;
};

static int elf_read(struct file *file, void *buf, size_t len, loff_t pos)
{
	ssize_t n = kernel_read(file, buf, len, &pos);

	task_io_count(&current->ioac, false, n);

	return n == (ssize_t)len ? 0 : n < 0 ? (int)n : -EIO;
}

/* Read the program headers of img->ehdr. -ENOEXEC if they are invalid, or -ENOMEM. */
static int load_phdrs(struct elf_image *img)
{
	u32 bytes = elf_phdr_bytes(&img->ehdr);

	if (elf_check_header(&img->ehdr) || !img->file->f_op->mmap)
		return -ENOEXEC;
	img->phdr = kmalloc(bytes, GFP_KERNEL);
	if (!img->phdr)
		return -ENOMEM;
	return elf_read(img->file, img->phdr, bytes, img->ehdr.e_phoff) ? -ENOEXEC : 0;
}

static void free_image(struct elf_image *img)
{
	if (img->file) {
		allow_write_access(img->file);
		fput(img->file);
	}
	kfree(img->phdr);
}

/* ---- segments ---- */

/* Map one segment. If total_size is not 0, also reserve the addresses of the whole image. */
static unsigned long elf_map(struct file *file, unsigned long addr, const Elf32_Phdr *phdr,
			     int prot, int type, unsigned long total_size)
{
	unsigned long size = PAGE_ALIGN(phdr->p_filesz + offset_in_page(phdr->p_vaddr));
	unsigned long off = phdr->p_offset - offset_in_page(phdr->p_vaddr), map;

	addr &= PAGE_MASK;
	if (!size) /* the segment has no bytes in the file: all of it is bss */
		return addr;
	if (off & ~PAGE_MASK)
		return -EINVAL;
	total_size = PAGE_ALIGN(total_size);
	map = static_call(vm_mmap)(file, addr, total_size ? total_size : size, prot, type,
				   off >> PAGE_SHIFT);
	if (total_size > size && !IS_ERR_VALUE(map))
		vm_munmap(map + size, total_size - size);
	return map;
}

static int make_prot(u32 p_flags)
{
	return (p_flags & PF_R ? PROT_READ : 0) | (p_flags & PF_W ? PROT_WRITE : 0) |
	       (p_flags & PF_X ? PROT_EXEC : 0);
}

/* The rest of the last page of the file's data is bss: it must read as zeros. If the file ends
   before that page, an access is SIGBUS, as on Linux 6.1.
 */
static void padzero(unsigned long bss)
{
	unsigned long n = offset_in_page(bss);

	if (n)
		clear_user((void __user *)bss, PAGE_SIZE - n);
}

/* Map the whole pages of bss above the file's data. */
static int map_bss(const struct elf_image *img)
{
	unsigned long start = PAGE_ALIGN(img->bss), end = PAGE_ALIGN(img->brk);

	if (end <= start)
		return 0;
	return vm_brk_flags(start, end - start, img->bss_prot & PROT_EXEC ? VM_EXEC : 0);
}

/* Extend the recorded (link) addresses of the image by one segment. */
static void note_segment(struct elf_image *img, const Elf32_Phdr *p, int prot)
{
	unsigned long start = p->p_vaddr, file_end = start + p->p_filesz, end = start + p->p_memsz;

	if (p->p_flags & PF_X && start < img->start_code)
		img->start_code = start;
	if (start > img->start_data)
		img->start_data = start;
	if (file_end > img->bss)
		img->bss = file_end;
	if (p->p_flags & PF_X && file_end > img->end_code)
		img->end_code = file_end;
	if (file_end > img->end_data)
		img->end_data = file_end;
	if (end > img->brk) {
		img->bss_prot = prot;
		img->brk = end;
	}
}

/* Map all PT_LOADs. `type` holds the mmap flags for the first one; bias is the load address of an
   ET_DYN. */
static int load_segments(struct elf_image *img, int type, unsigned long bias)
{
	unsigned long total = elf_total_mapping_size(img->phdr, img->ehdr.e_phnum), addr;
	bool first = true;
	int i, err;

	if (!total)
		return -EINVAL;
	img->bias = bias;
	img->start_code = ~0UL;
	for (i = 0; i < img->ehdr.e_phnum; i++) {
		const Elf32_Phdr *p = &img->phdr[i];
		int prot = make_prot(p->p_flags);

		cond_resched();
		if (p->p_type != PT_LOAD)
			continue;
		if (!first && img->brk > img->bss) { /* bss between two segments */
			struct elf_image biased = *img;

			biased.bss += img->bias;
			biased.brk += img->bias;
			err = map_bss(&biased);
			if (err)
				return err;
			clear_user((void __user *)biased.bss,
				   min(-biased.bss & ~PAGE_MASK, biased.brk - biased.bss));
		}
		addr = elf_map(img->file, img->bias + p->p_vaddr, p, prot, type,
			       first && (img->ehdr.e_type == ET_DYN) ? total : 0);
		if (IS_ERR_VALUE(addr))
			return addr;
		if (first) {
			img->map_addr = addr;
			if (img->ehdr.e_type == ET_DYN)
				img->bias = addr - (p->p_vaddr & PAGE_MASK);
		}
		first = false;
		type = MAP_PRIVATE | MAP_FIXED;
		if (!elf_segment_ok(p, img->bias, TASK_SIZE))
			return -EINVAL;
		note_segment(img, p, prot);
	}
	img->start_code += img->bias;
	img->end_code += img->bias;
	img->start_data += img->bias;
	img->end_data += img->bias;
	img->bss += img->bias;
	img->brk += img->bias;
	return 0;
}

/* ---- the program and its interpreter ---- */

/* Open the file that PT_INTERP names, if there is one. 0 or -errno; interp->file stays NULL
 * without. */
static int open_interpreter(struct linux_binprm *bprm, const struct elf_image *exe,
			    struct elf_image *interp)
{
	const Elf32_Phdr *p = exe->phdr, *end = p + exe->ehdr.e_phnum;
	struct file *file;
	char *name;
	int err;

	while (p < end && p->p_type != PT_INTERP)
		p++;
	if (p == end)
		return 0;
	if (p->p_filesz > PATH_MAX || p->p_filesz < 2)
		return -ENOEXEC;
	name = kmalloc(p->p_filesz, GFP_KERNEL);
	if (!name)
		return -ENOMEM;
	err = elf_read(exe->file, name, p->p_filesz, p->p_offset);
	if (!err && name[p->p_filesz - 1])
		err = -ENOEXEC;
	file = err ? ERR_PTR(err) : open_exec(name);
	kfree(name);
	if (IS_ERR(file))
		return PTR_ERR(file);
	interp->file = file;
	would_dump(bprm, file);
	err = elf_read(file, &interp->ehdr, sizeof(interp->ehdr), 0);
	if (err)
		return err;
	return load_phdrs(interp) ? -ELIBBAD : 0;
}

static int executable_stack(const struct elf_image *exe)
{
	int i;

	for (i = 0; i < exe->ehdr.e_phnum; i++)
		if (exe->phdr[i].p_type == PT_GNU_STACK)
			return exe->phdr[i].p_flags & PF_X ? EXSTACK_ENABLE_X : EXSTACK_DISABLE_X;
	return EXSTACK_DEFAULT;
}

/* The address where mmap would put a static PIE, rounded down to the alignment that it asks for; or
   -errno. Like Linux, this maps it and unmaps it again. */
static unsigned long place_static_pie(const struct elf_image *exe, unsigned long align)
{
	unsigned long total = elf_total_mapping_size(exe->phdr, exe->ehdr.e_phnum), addr;
	const Elf32_Phdr *p = exe->phdr;

	if (!total)
		return -EINVAL;
	while (p->p_type != PT_LOAD)
		p++;
	addr = elf_map(exe->file, 0, p, make_prot(p->p_flags), MAP_PRIVATE, total);
	if (IS_ERR_VALUE(addr))
		return addr;
	vm_munmap(addr, total);
	return addr & ~(align - 1);
}

static int load_program(struct elf_image *exe, bool has_interp)
{
	unsigned long bias = 0, align = elf_maximum_alignment(exe->phdr, exe->ehdr.e_phnum);
	int type = MAP_PRIVATE, err;

	if (exe->ehdr.e_type == ET_EXEC) {
		type |= MAP_FIXED_NOREPLACE;
	} else if (has_interp) {
		bias = ELF_ET_DYN_BASE;
		if (current->flags & PF_RANDOMIZE)
			bias += arch_mmap_rnd();
		bias &= ~(align - 1);
		type |= MAP_FIXED_NOREPLACE;
	} else if (align > PAGE_SIZE) {
		bias = place_static_pie(exe, align);
		if (IS_ERR_VALUE(bias))
			return bias;
		type |= MAP_FIXED_NOREPLACE;
	}
	if (exe->ehdr.e_type == ET_DYN)
		bias = (bias - elf_first_vaddr(exe->phdr, exe->ehdr.e_phnum)) & PAGE_MASK;
	err = load_segments(exe, type, bias);
	if (err)
		return err;
	err = map_bss(exe);
	if (err)
		return err;
	current->mm->start_brk = current->mm->brk = PAGE_ALIGN(exe->brk);
	if (exe->bss != exe->brk)
		padzero(exe->bss);
	return 0;
}

static int load_interpreter(struct elf_image *interp)
{
	int err = load_segments(interp, MAP_PRIVATE, 0);

	if (err)
		return err;
	padzero(interp->bss);
	return map_bss(interp);
}

/* ---- vdso, heap and stack ---- */

static struct page *vvar_pages[] = {NULL};
static const struct vm_special_mapping vvar_mapping = {.name = "[vvar]", .pages = vvar_pages};
static const struct vm_special_mapping vdso_mapping = {.name = "[vdso]", .pages = vdso_pages};

/* Map [vvar] and, directly above it, [vdso], where mmap would put them. */
static int map_vdso(void)
{
	const unsigned long vvar_size = VVAR_NR_PAGES * PAGE_SIZE;
	const unsigned long vdso_size = VDSO_NR_PAGES * PAGE_SIZE;
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	unsigned long addr;
	int err = 0;

	down_write(&mm->mmap_sem);
	addr = get_unmapped_area(NULL, 0, vvar_size + vdso_size, 0, 0);
	if (IS_ERR_VALUE(addr)) {
		err = addr;
		goto out;
	}
	vma = install_special_mapping(mm, addr + vvar_size, vdso_size,
				      VM_READ | VM_EXEC | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC,
				      &vdso_mapping);
	if (!IS_ERR(vma)) {
		mm->vdso = addr + vvar_size;
		vma = install_special_mapping(
			mm, addr, vvar_size, VM_READ | VM_MAYREAD | VM_IO | VM_DONTDUMP | VM_PFNMAP,
			&vvar_mapping);
	}
	if (IS_ERR(vma))
		err = PTR_ERR(vma);
out:
	up_write(&mm->mmap_sem);
	return err;
}

static void place_brk(const struct elf_image *exe, bool has_interp)
{
	struct mm_struct *mm = current->mm;

	/* a static PIE is among the mappings, so its heap goes where programs usually are */
	if (exe->ehdr.e_type == ET_DYN && !has_interp)
		mm->brk = mm->start_brk = ELF_ET_DYN_BASE;
	if (current->flags & PF_RANDOMIZE && randomize_va_space > 1)
		mm->brk = mm->start_brk = arch_randomize_brk(mm->brk);
}

static void set_personality(int exec_stack)
{
	current->personality = PER_LINUX | (current->personality & ~PER_MASK);
	if (exec_stack == EXSTACK_DEFAULT) /* an old program: all readable memory is executable */
		current->personality |= READ_IMPLIES_EXEC;
}

/* After the point of no return: build the new image. */
static int build_image(struct linux_binprm *bprm, struct elf_image *exe, struct elf_image *interp,
		       struct pt_regs *regs)
{
	struct mm_struct *mm = current->mm;
	struct elf_start start = {.bprm = bprm, .ehdr = &exe->ehdr};
	int exec_stack = executable_stack(exe), err;

	set_personality(exec_stack);
	setup_new_exec(bprm);
	err = setup_arg_pages(bprm, exec_stack);
	if (!err)
		err = load_program(exe, interp->file);
	if (!err && interp->file)
		err = load_interpreter(interp);
	if (!err)
		err = map_vdso();
	if (err)
		return err;
	start.phdr_addr = elf_phdr_address(&exe->ehdr, exe->phdr) + exe->bias;
	start.entry = exe->ehdr.e_entry + exe->bias;
	start.interp_base = interp->file ? interp->bias : 0;
	mm->start_code = exe->start_code;
	mm->end_code = exe->end_code;
	mm->start_data = exe->start_data;
	mm->end_data = exe->end_data;
	err = create_elf_tables(&start);
	if (err)
		return err;
	mm->start_stack = bprm->p;
	place_brk(exe, interp->file);
	if (current->personality & MMAP_PAGE_ZERO)
		static_call(vm_mmap)(NULL, 0, PAGE_SIZE, PROT_READ | PROT_EXEC,
				     MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, 0);
	down_read(&mm->mmap_sem);
	mm_check_debug(mm);
	up_read(&mm->mmap_sem);
	current->signal->rlim[RLIMIT_STACK] = bprm->rlim_stack;
	start_thread(regs, interp->file ? interp->ehdr.e_entry + interp->bias : start.entry,
		     bprm->p);
	return 0;
}

int load_elf_binary(struct linux_binprm *bprm, struct pt_regs *regs)
{
	struct elf_image exe = {0}, interp = {0};
	int err;

	memcpy(&exe.ehdr, bprm->buf, sizeof(exe.ehdr));
	exe.file = bprm->file;
	err = load_phdrs(&exe);
	if (!err)
		err = open_interpreter(bprm, &exe, &interp);
	if (!err)
		err = begin_new_exec(bprm);
	if (!err)
		err = build_image(bprm, &exe, &interp, regs);
	exe.file = NULL; /* bprm's */
	free_image(&exe);
	free_image(&interp);
	return err;
}
