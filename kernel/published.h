/*
 * What the kernel publishes of its own layout, for readers outside of it that look at its memory:
 * the explorer's page finds the structure in physical memory and needs no other knowledge.
 */
#ifndef KERNEL_PUBLISHED_H
#define KERNEL_PUBLISHED_H

#include "kernel/abi/types.h"

#define PUBLISHED_MAGIC	    "MAPIXPUB" /* at the beginning of a page frame */
#define PUBLISHED_MAGIC_LEN 8
#define PUBLISHED_VERSION   1 /* of the two structures below, and of the meaning of the names */
#define PUBLISHED_NAME_LEN  36

/* The offset of a field ("mm_struct.pgd"), the size of a structure ("sizeof.page"), the virtual
   address of a variable ("&mem_map"), or a constant ("PAGE_OFFSET"). */
struct published_number {
	char name[PUBLISHED_NAME_LEN]; /* ends with a 0 byte */
	u32 value;
};

struct mapix_published {
	char magic[PUBLISHED_MAGIC_LEN];
	u32 version;
	u32 number_size;		   /* of one of them, in bytes */
	struct published_number numbers[]; /* the last has an empty name */
};

extern const struct mapix_published mapix_published;

#endif
