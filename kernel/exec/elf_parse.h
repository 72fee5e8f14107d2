/*
 * Reading an ELF file's headers: pure checks on bytes, also compiled and tested on the host.
 */
#ifndef KERNEL_EXEC_ELF_PARSE_H
#define KERNEL_EXEC_ELF_PARSE_H

#include "kernel/abi/types.h"
#include <linux/elf.h>

#define ELF_MAX_PHDR_BYTES 65536U /* as in Linux: a larger table is refused */

/* Is this the header of an i386 executable or shared object? 0 or -ENOEXEC. */
int elf_check_header(const Elf32_Ehdr *ehdr);
/* Bytes of the program header table; 0 if the header's numbers are not acceptable. */
u32 elf_phdr_bytes(const Elf32_Ehdr *ehdr);
/* May this PT_LOAD be mapped at all: is it valid and below TASK_SIZE (`limit`)? `bias` is added. */
bool elf_segment_ok(const Elf32_Phdr *phdr, u32 bias, u32 limit);
/* From the first page of the first PT_LOAD to the end of the last; 0 if there is none. */
u32 elf_total_mapping_size(const Elf32_Phdr *phdr, int n);
/* p_vaddr of the first PT_LOAD; 0 if there is none. */
u32 elf_first_vaddr(const Elf32_Phdr *phdr, int n);
/* The greatest p_align of the PT_LOADs that is a power of two, at least a page. */
u32 elf_maximum_alignment(const Elf32_Phdr *phdr, int n);
/* Where the program headers themselves are in the loaded image (without bias); 0 if they are not.
 */
u32 elf_phdr_address(const Elf32_Ehdr *ehdr, const Elf32_Phdr *phdr);

#endif
