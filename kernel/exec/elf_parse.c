/*
 * Reading an ELF file's headers. See elf_parse.h. (System V ABI, chapter 4; the limits are
 * Linux's.)
 */
#include "kernel/exec/elf_parse.h"
#include "libc/include/string.h"
#include <linux/elf-em.h>
#include <linux/errno.h>

#define ELF_PAGE 4096U

int elf_check_header(const Elf32_Ehdr *ehdr)
{
	if (memcmp(ehdr->e_ident, ELFMAG, SELFMAG))
		return -ENOEXEC;
	if (ehdr->e_type != ET_EXEC && ehdr->e_type != ET_DYN)
		return -ENOEXEC;
	if (ehdr->e_machine != EM_386 && ehdr->e_machine != EM_486)
		return -ENOEXEC;
	return elf_phdr_bytes(ehdr) ? 0 : -ENOEXEC;
}

u32 elf_phdr_bytes(const Elf32_Ehdr *ehdr)
{
	u32 bytes = sizeof(Elf32_Phdr) * ehdr->e_phnum;

	if (ehdr->e_phentsize != sizeof(Elf32_Phdr) || bytes > ELF_MAX_PHDR_BYTES)
		return 0;
	return bytes;
}

bool elf_segment_ok(const Elf32_Phdr *phdr, u32 bias, u32 limit)
{
	u32 start = phdr->p_vaddr + bias;

	return start < limit && phdr->p_filesz <= phdr->p_memsz && phdr->p_memsz <= limit &&
	       limit - phdr->p_memsz >= start;
}

u32 elf_total_mapping_size(const Elf32_Phdr *phdr, int n)
{
	u32 first = ~0U, end = 0;
	bool any = false;
	int i;

	for (i = 0; i < n; i++) {
		u32 start = phdr[i].p_vaddr & ~(ELF_PAGE - 1),
		    stop = phdr[i].p_vaddr + phdr[i].p_memsz;

		if (phdr[i].p_type != PT_LOAD)
			continue;
		if (start < first)
			first = start;
		if (stop > end)
			end = stop;
		any = true;
	}
	return any && end > first ? end - first : 0;
}

u32 elf_first_vaddr(const Elf32_Phdr *phdr, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (phdr[i].p_type == PT_LOAD)
			return phdr[i].p_vaddr;
	return 0;
}

u32 elf_maximum_alignment(const Elf32_Phdr *phdr, int n)
{
	u32 alignment = ELF_PAGE;
	int i;

	for (i = 0; i < n; i++) {
		u32 a = phdr[i].p_align;

		if (phdr[i].p_type == PT_LOAD && a > alignment && !(a & (a - 1)))
			alignment = a;
	}
	return alignment;
}

u32 elf_phdr_address(const Elf32_Ehdr *ehdr, const Elf32_Phdr *phdr)
{
	int i;

	for (i = 0; i < ehdr->e_phnum; i++) {
		const Elf32_Phdr *p = &phdr[i];

		if (p->p_type == PT_LOAD && p->p_offset <= ehdr->e_phoff &&
		    ehdr->e_phoff - p->p_offset < p->p_filesz)
			return ehdr->e_phoff - p->p_offset + p->p_vaddr;
	}
	return 0;
}
