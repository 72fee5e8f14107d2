/* The ELF format, and the auxiliary vector's types. */
#ifndef LIBC_ELF_H
#define LIBC_ELF_H

#include <stdint.h>
#include <linux/elf.h>
#include <linux/auxvec.h>

typedef struct {
	uint32_t a_type;
	union {
		uint32_t a_val;
	} a_un;
} Elf32_auxv_t;

#endif
