/*
 * exec's choice of addresses, at random or not. (mm.h has those that mmap needs.)
 */
#ifndef MM_ASLR_H
#define MM_ASLR_H

/* Boot: option norandmaps. */
void aslr_init(void);
unsigned long randomize_stack_top(unsigned long top); /* up to 8 MiB lower */
unsigned long arch_randomize_brk(unsigned long brk);  /* somewhere in the 32 MiB above */
/* Aligned to 16, and a little lower if current may be randomised. */
unsigned long arch_align_stack(unsigned long sp);

#endif
