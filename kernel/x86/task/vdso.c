/*
 * Reads the kernel's vdso image: its pages, and the addresses of its functions.
 */
#include "kernel/x86/task/vdso.h"
#include "kernel/core/panic.h"
#include "libc/include/string.h"
#include "mm/phys/page.h"
#include <linux/elf.h>

extern const char vdso_image[], vdso_image_end[];

struct page *vdso_pages[VDSO_NR_PAGES + 1];
unsigned long vdso_sym_vsyscall, vdso_sym_sigreturn, vdso_sym_rt_sigreturn;

static const void *dynamic_entry(int tag)
{
	const Elf32_Ehdr *ehdr = (const Elf32_Ehdr *)vdso_image;
	const Elf32_Phdr *phdr = (const Elf32_Phdr *)(vdso_image + ehdr->e_phoff);
	const Elf32_Dyn *dyn;

	while (phdr->p_type != PT_DYNAMIC)
		phdr++;
	for (dyn = (const Elf32_Dyn *)(vdso_image + phdr->p_offset); dyn->d_tag != tag; dyn++) {
		if (dyn->d_tag == DT_NULL)
			panic("vdso: no dynamic entry %d", tag);
	}
	return vdso_image + dyn->d_un.d_ptr;
}

static unsigned long find_symbol(const char *name)
{
	const Elf32_Sym *sym = dynamic_entry(DT_SYMTAB);
	const char *strings = dynamic_entry(DT_STRTAB);
	const u32 *hash = dynamic_entry(DT_HASH);
	u32 nr_symbols = hash[1], i;

	for (i = 0; i < nr_symbols; i++) {
		if (!strcmp(strings + sym[i].st_name, name))
			return sym[i].st_value;
	}
	panic("vdso: no symbol %s", name);
}

void vdso_init(void)
{
	int i;

	for (i = 0; i < VDSO_NR_PAGES; i++)
		vdso_pages[i] = virt_to_page(vdso_image + i * PAGE_SIZE);
	vdso_sym_vsyscall = find_symbol("__kernel_vsyscall");
	vdso_sym_sigreturn = find_symbol("__kernel_sigreturn");
	vdso_sym_rt_sigreturn = find_symbol("__kernel_rt_sigreturn");
}
